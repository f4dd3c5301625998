"""What to run for a server: the command as the user wrote it, its placeholders filled in.

``{fd}`` is a listening socket that the server inherits: nobody can take its port. ``{port}`` is a port that was free
a moment ago, for servers that cannot inherit one. ``{host}`` is the address of either. They may stand in the values
of ``env`` too.
"""

import os
import shlex
import shutil
import socket
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tracereplay.errors import PlanError
from tracereplay.trace.discreet import discreet

_HINT = (
    'say where to listen: ["gunicorn", "-b", "fd://{fd}", "app:app"], ["uvicorn", "--fd", "{fd}", "app:app"],'
    ' ["flask", "run", "--port", "{port}"]'
)


@dataclass(frozen=True, slots=True)
class Command:
    """A command that can be run. ``listener`` is to be inherited, and to be closed here once it is."""

    argv: tuple[str, ...]
    env: dict[str, str]
    host: str
    port: int
    listener: socket.socket | None


def read_command(command: str | Sequence[str | os.PathLike[str]]) -> list[str]:
    """Return the words of a command: a string is taken apart as a shell would, and no shell ever runs it.

    Raises PlanError for what is no command.
    """
    if not isinstance(command, str | list | tuple):
        raise PlanError(f"the command {command!r} is neither a line nor a list of words", hint=_HINT)
    words = words_of(command) if isinstance(command, str) else [_text("a word", word) for word in command]
    if not words:
        raise PlanError("there is no command to start a server with", hint=_HINT)
    return [_text("a word", word) for word in words]


def words_of(line: str) -> list[str]:
    """Return the words of a line, taken apart as a shell would. Raises PlanError where that cannot be."""
    try:
        return shlex.split(line)
    except ValueError as error:
        raise PlanError(f"the command {discreet(line)!r} cannot be taken apart: {error}") from None


def prepare(words: Sequence[str], *, cwd: Path, env: Mapping[str, str], host: str) -> Command:
    """Return the command with its placeholders filled in; ``env`` is added to our own environment.

    Programs are looked for beside our own Python first, as in an activated virtual environment. What they print is
    seen at once, also from Python. Raises PlanError when there is no such program, or no address to listen on.
    """
    host = _text("host", host)
    env = {_variable(name): _text(f"{name} in env", value) for name, value in env.items()}
    texts = (*words, *env.values())
    if not any("{fd}" in text or "{port}" in text for text in texts):
        raise PlanError(f"{discreet(shlex.join(words))} does not say where to listen", hint=_HINT)
    beside = str(Path(sys.executable).parent)
    path = os.pathsep.join([beside, os.environ.get("PATH", os.defpath)])
    surroundings = {**os.environ, "PATH": path, "PYTHONUNBUFFERED": "1", **env}
    program = _program(words[0], cwd, surroundings["PATH"])
    listener = _listen(host)
    port: int = listener.getsockname()[1]
    fills = {"{host}": host, "{port}": str(port), "{fd}": str(listener.fileno())}
    if not any("{fd}" in text for text in texts):
        listener.close()
    return Command(
        argv=(program, *(_filled(word, fills) for word in words[1:])),
        env={name: _filled(value, fills) if name in env else value for name, value in surroundings.items()},
        host=host,
        port=port,
        listener=None if listener.fileno() < 0 else listener,
    )


def _text(what: str, value: object) -> str:
    text = os.fspath(value) if isinstance(value, os.PathLike) else value
    if not isinstance(text, str):
        raise PlanError(f"{what} is {value!r}, and not a text", hint=f'write "{value}"' if type(value) is int else None)
    if "\0" in text:
        raise PlanError(f"{what} is {value!r}: no program can be told a NUL")
    return text


def _variable(name: object) -> str:
    text = _text("a name in env", name)
    if not text or "=" in text:
        raise PlanError(f"{text!r} in env is no name of a variable")
    return text


def _program(name: str, cwd: Path, path: str) -> str:
    if "/" in name:
        return name if Path(name).is_absolute() else str(cwd.absolute() / name)
    found = shutil.which(name, path=path)
    if found is None:
        raise PlanError(
            f"{name} was not found, neither beside {sys.executable} nor on the PATH",
            hint=f"is it installed here? {sys.executable} -m pip install {name}",
        )
    return found


def _listen(host: str) -> socket.socket:
    try:
        return socket.create_server((host, 0), family=socket.AF_INET6 if ":" in host else socket.AF_INET, backlog=128)
    except OSError as error:
        raise PlanError(f"nobody can listen on {host!r} here: {error.strerror or error}") from error


def _filled(text: str, fills: Mapping[str, str]) -> str:
    for placeholder, value in fills.items():
        text = text.replace(placeholder, value)
    return text

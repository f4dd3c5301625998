"""The stacks that are measured, and how each is started."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tracereplay import Server, serve

APPS = Path(__file__).parents[3] / "docs" / "tables" / "stacks"
TIMEOUT_SECONDS = 3  # of those that have one; gunicorn's is 2, for it looks once a second
FILES, STREAM = "/files", "/stream"


@dataclass(frozen=True, slots=True)
class Stack:
    """A server with an application: ``command`` without the Python that runs it, and the ``path`` to upload to.

    ``buffering`` is the ``proxy_request_buffering`` of an nginx in front, None without one.
    """

    server: str
    app: str
    command: str
    path: str = FILES
    buffering: str | None = None

    @property
    def name(self) -> str:
        """What it is called, on the page and in the data."""
        return f"{self.server}: {self.app}"


_GUNICORN = "-m gunicorn --no-control-socket --preload --timeout 2 --bind fd://{fd} "
_GTHREAD = f"{_GUNICORN} --worker-class gthread --threads 4 "
_WAITRESS = f"-m waitress --listen {{host}}:{{port}} --channel-timeout {TIMEOUT_SECONDS} --cleanup-interval 1 "
_WERKZEUG = "-m flask --app {} run --port {{port}}"
_CHEROOT = f"-m cheroot --bind {{host}}:{{port}} --timeout {TIMEOUT_SECONDS} "
_UVICORN = "-m uvicorn --fd {fd} "
_HYPERCORN = "-m hypercorn --bind fd://{fd} "
_AIOHTTP = "-m aiohttp.web -H {host} -P {port} "
_CAREFUL, _NAIVE, _STREAM = "Flask, careful", "Flask, naive", "Flask, `request.stream`"

STACKS = (
    Stack("gunicorn sync", _CAREFUL, f"{_GUNICORN} flask_app:careful"),
    Stack("gunicorn sync", "Flask, counting", f"{_GUNICORN} flask_app:counting"),
    Stack("gunicorn sync", _NAIVE, f"{_GUNICORN} flask_app:naive"),
    Stack("gunicorn sync", _STREAM, f"{_GUNICORN} flask_app:stream"),
    Stack("gunicorn sync", "Django, upload handler", f"{_GUNICORN} django_app:app"),
    Stack("gunicorn sync", "Django, `request.read()`", f"{_GUNICORN} django_app:app", STREAM),
    Stack("gunicorn gthread", _CAREFUL, f"{_GTHREAD} flask_app:careful"),
    Stack("gunicorn gthread", _NAIVE, f"{_GTHREAD} flask_app:naive"),
    Stack("waitress", _CAREFUL, f"{_WAITRESS} flask_app:careful"),
    Stack("waitress", _NAIVE, f"{_WAITRESS} flask_app:naive"),
    Stack("cheroot", _CAREFUL, f"{_CHEROOT} flask_app:careful"),
    Stack("cheroot", _NAIVE, f"{_CHEROOT} flask_app:naive"),
    Stack("cheroot", _STREAM, f"{_CHEROOT} flask_app:stream"),
    Stack("Werkzeug dev", _CAREFUL, _WERKZEUG.format("flask_app:careful")),
    Stack("Werkzeug dev", _NAIVE, _WERKZEUG.format("flask_app:naive")),
    Stack("uvicorn", "Starlette `form()`", f"{_UVICORN} starlette_app:form"),
    Stack("uvicorn", "Starlette `stream()`", f"{_UVICORN} starlette_app:stream"),
    Stack("uvicorn", "FastAPI `UploadFile`", f"{_UVICORN} starlette_app:fast"),
    Stack("hypercorn", "Starlette `form()`", f"{_HYPERCORN} starlette_app:form"),
    Stack("hypercorn", "Starlette `stream()`", f"{_HYPERCORN} starlette_app:stream"),
    Stack("hypercorn", "FastAPI `UploadFile`", f"{_HYPERCORN} starlette_app:fast"),
    Stack("aiohttp", "`multipart()`", f"{_AIOHTTP} aiohttp_app:multipart"),
    Stack("aiohttp", "`post()`", f"{_AIOHTTP} aiohttp_app:post"),
    Stack("Tornado", "body", "tornado_app.py {port}"),
    Stack("Tornado", "`stream_request_body`", "tornado_app.py {port}", STREAM),
    Stack("nginx, gunicorn sync", _CAREFUL, f"{_GUNICORN} flask_app:careful", buffering="on"),
    Stack("nginx, gunicorn sync", _NAIVE, f"{_GUNICORN} flask_app:naive", buffering="on"),
    Stack("nginx unbuffered, gunicorn sync", _CAREFUL, f"{_GUNICORN} flask_app:careful", buffering="off"),
    Stack("nginx unbuffered, gunicorn sync", _NAIVE, f"{_GUNICORN} flask_app:naive", buffering="off"),
)


@dataclass(frozen=True, slots=True)
class Running:
    """A stack that runs: the ``front`` is what a client talks to, the ``back`` what runs the application."""

    front: Server
    back: Server


@contextmanager
def running(stack: Stack, python: Path, folder: Path) -> Iterator[Running]:
    """Yield the stack once it is ready; its application keeps its journal at ``folder / "journal"``."""
    env = {"JOURNAL": str(folder / "journal"), "PYTHONDONTWRITEBYTECODE": "1"}
    command = [str(python), *stack.command.split()]
    with serve(command, cwd=APPS, env=env, timeout="30s") as back:
        if stack.buffering is None:
            yield Running(back, back)
            return
        with serve(_nginx(folder, back, stack.buffering), cwd=folder) as front:
            yield Running(front, back)


def nginx_program() -> str:
    """Return where nginx is. Debian does not put it on the PATH."""
    found = shutil.which("nginx", path=os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin"]))
    assert found is not None, "nginx is not installed: apt install nginx-light"
    return found


def _nginx(folder: Path, back: Server, buffering: str) -> list[str]:
    text = (APPS / "nginx.conf").read_text("utf-8")
    for name, value in {"folder": str(folder), "upstream": back.target, "buffering": buffering}.items():
        text = text.replace(f"@{name}@", value)
    (folder / "nginx.conf").write_text(text if os.getuid() else f"user root;\n{text}", "utf-8")
    # nginx reads no environment: the port is put into the file.
    line = f"sed -i 's/@port@/{{port}}/' nginx.conf && exec {nginx_program()} -e stderr -c {folder}/nginx.conf"
    return ["sh", "-c", line]

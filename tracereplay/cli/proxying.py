"""nginx in front of a server, by a configuration of the user's with placeholders."""

import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from tracereplay.cli.serving import served
from tracereplay.errors import PlanError

if TYPE_CHECKING:
    from tracereplay.testing.server import Server

_PLACES = os.pathsep.join([os.environ.get("PATH", os.defpath), "/usr/sbin"])  # Debian puts it there
_PORT = "@port-of-nginx@"  # nginx reads no environment: only the shell that begins it knows its port
_NEEDED = ("{port}", "{upstream}")
_LISTENS = "it must listen {host}:{port}, and proxy_pass http://{upstream}, which must answer"
_BEGIN = f'sed -i s/{_PORT}/{{port}}/g nginx.conf && exec "$@"'


def read_conf(name: str) -> str:
    """Return the text of a configuration. Raises PlanError when it is none, or says not where to listen or to go."""
    try:
        text = Path(name).read_text("utf-8")
    except (OSError, UnicodeDecodeError) as fault:
        raise PlanError(f"{name} cannot be read: {fault}") from fault
    for one in _NEEDED:
        if one not in text:
            raise PlanError(
                f"{name} has no {one}, so that nginx would not stand between",
                hint="listen {host}:{port}; and proxy_pass http://{upstream}; {folder} is for its files",
            )
    return text


@contextmanager
def nginx(conf: str, upstream: str) -> Iterator["Server"]:
    """Run nginx with this text of a configuration, and yield it once it is ready.

    ``{host}`` and ``{port}`` are where it listens, ``{upstream}`` is the server behind it, ``{folder}`` an empty
    directory. It stays in the foreground. Raises PlanError without nginx, ServerError when it does not become ready.
    """
    program = shutil.which("nginx", path=_PLACES)
    if program is None:
        raise PlanError("nginx is not installed", hint="apt install nginx-light")
    with tempfile.TemporaryDirectory(prefix="tracereplay-nginx-") as folder:
        Path(folder).chmod(0o755)  # the workers of root are another user
        fills = {"{host}": "127.0.0.1", "{port}": _PORT, "{upstream}": upstream, "{folder}": folder}
        for placeholder, value in fills.items():
            conf = conf.replace(placeholder, value)
        (Path(folder) / "nginx.conf").write_text(conf, "utf-8")
        lacking = {"daemon": "daemon off;", "pid": f'pid "{folder}/nginx.pid";'}
        more = " ".join(text for name, text in lacking.items() if not re.search(rf"^\s*{name}\s", conf, re.MULTILINE))
        command = [program, "-p", folder, "-e", "stderr", "-c", f"{folder}/nginx.conf", *(("-g", more) if more else ())]
        with served(["sh", "-c", _BEGIN, "sh", *command], hint=_LISTENS, cwd=folder) as server:
            yield server

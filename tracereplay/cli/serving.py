"""What a command line starts, and how it is told there when it does not get ready."""

import os
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

from tracereplay.errors import NotReadyError

if TYPE_CHECKING:
    from tracereplay.testing.server import Server

SLOW = (
    "it must listen at {fd} or {port}; what needs longer can be started by hand, and is then named: --target HOST:PORT"
)


@contextmanager
def served(
    command: str | Sequence[str],
    *,
    hint: str = SLOW,
    cwd: str | os.PathLike[str] | None = None,
    timeout: str | None = None,
) -> Iterator["Server"]:
    """Run ``command`` as ``serve`` does, and yield it; where it does not get ready in time there is this ``hint``."""
    from tracereplay.testing.server import TIMEOUT, serve  # noqa: PLC0415

    with ExitStack() as stack:
        try:
            server = stack.enter_context(serve(command, cwd=cwd, timeout=timeout or TIMEOUT))
        except NotReadyError as error:
            error.hint = hint
            raise
        yield server

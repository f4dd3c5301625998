"""A trace of curl: a file that is read once to know what is in it, and again whenever its bytes are wanted."""

import io
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO

from tracereplay.errors import TraceError
from tracereplay.trace.connections import Connections, Placed
from tracereplay.trace.conversation import Conversation
from tracereplay.trace.event import Event, Info, Stray
from tracereplay.trace.reader import Form, detect_form, read_items
from tracereplay.trace.source import Source

_VERBOSE_LINE = re.compile(rb"^(?:\S+ )?(?:\[\S+\] )?[<>{}] ", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Warning:  # noqa: A001 - a warning of the trace, as the JSON calls it
    """Something in the trace that a user should know: where, a stable code, and a sentence."""

    line: int
    code: str
    message: str


class Trace:
    """What curl wrote: ``conversations``, one for each connection, and ``warnings``.

    ``strict`` makes a dot in a header an unknown byte, as one in a body is. Memory is constant in the
    size of payloads: events are read from the file each time they are asked for.
    """

    def __init__(self, path: Path, name: str, *, strict: bool = False) -> None:
        self.path = path
        self.name = name
        self.strict = strict
        self.form: Form = "ascii"
        self.is_timed = False
        self.conversations: tuple[Conversation, ...] = ()
        self.warnings: tuple[Warning, ...] = ()
        self._state: tuple[int, int] | None = None
        self._summarise()

    def items(self) -> Iterator[Placed]:
        """Yield everything in the trace, in its order, with the connection that it belongs to.

        Raises TraceError when the file has changed since it was loaded.
        """
        with self._open() as stream:
            for placed in Connections().sort(read_items(Source(stream), self.form)):
                yield self._strictly(placed) if self.strict else placed

    def events(self, connection: int) -> Iterator[Event]:
        """Yield the events of one connection, payload only, in their order."""
        for placed in self.items():
            if isinstance(placed.item, Event) and placed.item.is_payload:
                assert placed.connection is not None
                if placed.connection.id == connection:
                    yield placed.item

    def conversation(self, connection: int) -> Conversation:
        """Return the conversation with this number. Raises TraceError when there is none."""
        for conversation in self.conversations:
            if conversation.id == connection:
                return conversation
        numbers = ", ".join(str(one.id) for one in self.conversations) or "none"
        raise TraceError(
            f"there is no connection {connection}: the trace has {numbers}",
            trace=self.name,
            hint=f"tracereplay show {self.name}",
        )

    def _summarise(self) -> None:
        with self._open() as stream:
            self.form = self._find_form(Source(stream))
        found: dict[int, Conversation] = {}
        warnings: list[Warning] = []
        position = 0
        for placed in self.items():
            if isinstance(placed.item, Event) and placed.connection is not None:
                self.is_timed = self.is_timed or placed.item.time_ns is not None
                one = found.setdefault(placed.connection.id, Conversation(placed.connection))
                one.add(placed.item, position, is_ambiguous=placed.is_ambiguous)
                position += 1
            warnings += _warnings_of(placed)
        for one in found.values():
            one.connection.requests.finish()
        self.conversations = tuple(
            sorted((one for one in found.values() if one.first is not None), key=lambda one: one.first or 0)
        )
        self.warnings = tuple(warnings)

    def _find_form(self, source: Source) -> Form:
        form = detect_form(source)
        if form is not None:
            return form
        text = source.peek(1 << 16)
        if not text:
            raise TraceError("the file is empty", trace=self.name, hint="record again: tracereplay record -- curl …")
        if _VERBOSE_LINE.search(text):
            raise TraceError(
                "this is what curl -v prints, which shows neither sizes nor bodies; a trace is needed",
                trace=self.name,
                hint="record it with --trace upload.txt in place of -v, or: tracereplay record -- curl …",
            )
        items = list(read_items(Source(io.BytesIO(text)), "ascii"))
        if any(isinstance(item, (Info, Event)) for item in items):
            return "ascii"
        raise TraceError(
            "this is no trace of curl: no line such as '=> Send header, 158 bytes (0x9e)' is in it",
            trace=self.name,
            line=1,
            hint="make one with: curl --trace upload.txt --trace-time …, or: tracereplay record -- curl …",
        )

    @contextmanager
    def _open(self) -> Iterator[BinaryIO]:
        try:
            with self.path.open("rb") as stream:
                status = os.fstat(stream.fileno())
                state = (status.st_size, status.st_mtime_ns)
                if self._state not in (None, state):
                    raise TraceError("the file was changed while it was in use", trace=self.name)
                self._state = state
                yield stream
        except OSError as error:
            raise TraceError(f"cannot be read: {error.strerror}", trace=self.name) from error

    @staticmethod
    def _strictly(placed: Placed) -> Placed:
        if not isinstance(placed.item, Event):
            return placed
        return replace(placed, item=replace(placed.item, payload=placed.item.payload.strict()))


def load(path: str | Path, *, strict: bool = False) -> Trace:
    """Return the trace in the file at ``path``; ``-`` reads the standard input.

    Raises TraceError when it cannot be read, or is no trace.
    """
    if str(path) != "-":
        return Trace(Path(path), str(path), strict=strict)
    with tempfile.NamedTemporaryFile(prefix="tracereplay-", suffix=".txt", delete=False) as spool:
        shutil.copyfileobj(sys.stdin.buffer, spool)
    return Trace(Path(spool.name), "-", strict=strict)


def _warnings_of(placed: Placed) -> Iterator[Warning]:
    item = placed.item
    if isinstance(item, Event) and item.is_torn:
        yield Warning(
            item.line,
            "torn",
            f"the dump has {len(item.payload):,} of the {item.declared_bytes:,} bytes that its head declares",
        )
    if placed.is_ambiguous:
        yield Warning(item.line, "ambiguous", "nothing tells which of the open connections this belongs to")
    if isinstance(item, Stray) and not item.text.endswith(b"\n"):
        yield Warning(item.line, "stray", "the text ends within a line")



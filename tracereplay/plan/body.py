"""A file in the place of the recorded body: of any size, and never in memory.

The head says how long the body is, so a Content-Length that was there follows; a chunked body is the file in chunks of
its own, and has no trailers. A body of multipart becomes the file as it is: its head still speaks of parts.
"""

import re
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from typing import Self

from tracereplay.errors import PlanError, SystemFault, refuse_too_many_files
from tracereplay.plan.place import main_request
from tracereplay.plan.splice import Content, Splice, edited
from tracereplay.trace.conversation import Conversation
from tracereplay.trace.event import Direction, Event
from tracereplay.trace.framing import is_chunked
from tracereplay.trace.request import Request
from tracereplay.trace.spans import Spans

PIECE_BYTES = 1 << 20
CHUNK_BYTES = 1 << 18
_LENGTH = re.compile(rb"^content-length:[ \t]*(\d+)", re.IGNORECASE | re.MULTILINE)
_LAST_CHUNK = b"0\r\n\r\n"


@dataclass(frozen=True, slots=True)
class FileContent:
    """The bytes of a file, as many as it had when it was named."""

    path: Path
    size_bytes: int

    @classmethod
    def of(cls, name: str | Path) -> Self:
        """Return the content of a file. Raises PlanError for what is no file that can be read."""
        if not str(name):
            raise PlanError("no file has an empty name", hint="--body takes @ and a file: --body @big.csv")
        path, size = Path(name), None
        try:
            mode = path.stat().st_mode
            if stat.S_ISREG(mode) or stat.S_ISDIR(mode):  # to open anything else may wait without end
                with path.open("rb", buffering=0) as stream:
                    size = stream.seek(0, 2)
        except (OSError, ValueError) as error:
            refuse_too_many_files(error)
            reason = getattr(error, "strerror", None) or str(error)
            raise PlanError(f"{path} cannot be read: {reason}", hint="--body takes @ and a file") from error
        if size is None:
            raise PlanError(
                f"{path} is no file of a known size, and how much is sent must be known before",
                hint="write it to a file first",
            )
        return cls(path, size)

    def pieces(self, piece_bytes: int = PIECE_BYTES) -> Iterator[bytes]:
        """Yield the bytes in pieces, all but the last of that size.

        Raises SystemFault when the file can no longer be read, or has become shorter.
        """
        left = self.size_bytes
        try:
            with self.path.open("rb") as stream:
                while left:
                    piece = stream.read(min(piece_bytes, left))
                    if not piece:
                        raise SystemFault(f"{self.path} has become shorter by {left:,} bytes while it was sent")
                    left -= len(piece)
                    yield piece
        except OSError as error:
            refuse_too_many_files(error)
            raise SystemFault(f"{self.path} cannot be read any more: {error.strerror}") from error


@dataclass(frozen=True, slots=True)
class Chunks:
    """The bytes of a file as a chunked body."""

    file: FileContent

    @property
    def size_bytes(self) -> int:
        """How many bytes the body has, framing included."""
        return sum(len(_size_line(size)) + size + 2 for size in self._sizes()) + len(_LAST_CHUNK)

    def pieces(self) -> Iterator[bytes]:
        """Yield a chunk at a time."""
        for piece in self.file.pieces(CHUNK_BYTES):
            yield b"".join((_size_line(len(piece)), piece, b"\r\n"))
        yield _LAST_CHUNK

    def content(self, at: int) -> Iterator[tuple[int, int]]:
        """Yield where the bytes of the file are in a body that begins at offset ``at``."""
        for size in self._sizes():
            at += len(_size_line(size))
            yield at, at + size
            at += size + 2

    def _sizes(self) -> Iterator[int]:
        whole, rest = divmod(self.file.size_bytes, CHUNK_BYTES)
        return chain((CHUNK_BYTES for _ in range(whole)), (rest,) if rest else ())


def _size_line(size: int) -> bytes:
    return b"%x\r\n" % size


def body_splices(
    conversation: Conversation, events: Iterable[Event], file: FileContent
) -> tuple[tuple[Splice, ...], Conversation]:
    """Return the edit that puts ``file`` in the place of the body of the main request, and the edited conversation.

    ``events`` are those of the conversation. Raises PlanError when no request has a body.
    """
    request = main_request(conversation)
    chunked = request is not None and is_chunked(request.header("Transfer-Encoding") or "")
    has_body = request is not None and (chunked or request.body_bytes or request.header("Content-Length") is not None)
    if request is None or request.head_end is None or not has_body:
        raise PlanError(
            f"no request on connection {conversation.id} has a body, in whose place a file could be sent",
            hint="record an upload: curl -T FILE, or -d",
        )
    content: Content = Chunks(file) if chunked else file
    lengths = [] if chunked else list(_lengths(request, events, file.size_bytes))
    splices = (*lengths, Splice(request.head_end, request.end, content))
    return splices, edited(conversation, splices, request, _replaced(request, lengths, content, file))


def _replaced(request: Request, lengths: list[Splice], content: Content, file: FileContent) -> Request:
    assert request.head_end is not None
    head_end = request.head_end + sum(one.size_bytes - (one.end - one.start) for one in lengths)
    spans = Spans()
    whole = (head_end, head_end + file.size_bytes)
    for start, end in content.content(head_end) if isinstance(content, Chunks) else [whole]:
        spans.add(start, end)
    return replace(
        request,
        head_end=head_end,
        end=head_end + content.size_bytes,
        headers=tuple(
            (name, str(file.size_bytes) if lengths and name.lower() == "content-length" else value)
            for name, value in request.headers
        ),
        content=spans,
        files=spans,
        parts=[],
        is_complete=True,
    )


def _lengths(request: Request, events: Iterable[Event], size_bytes: int) -> Iterator[Splice]:
    """Yield the splices that make each Content-Length in the head of ``request`` say ``size_bytes``."""
    assert request.head_end is not None
    head = b""
    offset = 0
    for event in events:
        if event.direction is not Direction.SENT:
            continue
        first, last = request.start - offset, request.head_end - offset
        head += event.payload.data[max(0, first) : max(0, last)]
        offset += len(event.payload)
        if offset >= request.head_end:
            break
    for found in _LENGTH.finditer(head):
        yield Splice(request.start + found.start(1), request.start + found.end(1), b"%d" % size_bytes)

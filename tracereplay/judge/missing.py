"""What of a message is missing where it is cut: by its framing alone (RFC 9112, sections 6 to 8)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from tracereplay.trace.framing import is_chunked, length_of
from tracereplay.trace.multipart import boundary_of
from tracereplay.trace.request import Request

What = Literal["nothing", "head", "body", "last chunk", "end of chunks", "final CR LF", "unknown"]

_LINE_END_BYTES = 2
_LAST_CHUNK_BYTES = 3  # "0", CR LF; with an extension it is longer, and then this judges too mildly


@dataclass(frozen=True, slots=True)
class Missing:
    """What a message lacks where the client left off.

    ``what`` is ``nothing`` of a whole message, and where none was begun. ``last chunk``: the content came, the chunk of
    size 0 did not; ``end of chunks``: that came, the line after it did not. ``final CR LF``: a form whose closing
    boundary came, and only the end of its line did not. ``unknown``: nothing tells where the message ends. ``bytes`` is
    how many were to come, framing included; None where that cannot be known.
    """

    what: What
    bytes: int | None = 0

    @property
    def is_cut(self) -> bool:
        """Whether there was more to come of a message."""
        return self.what not in ("nothing", "unknown")

    @property
    def is_incomplete(self) -> bool:
        """Whether a message was cut short: with the chunk of size 0 it is no longer, says section 8."""
        return self.is_cut and self.what != "end of chunks"

    def __str__(self) -> str:
        """Return it in words that go on from *without*: ``10,104 bytes of its body``."""
        count = f"{self.bytes:,} byte{'' if self.bytes == 1 else 's'}" if self.bytes else "the rest"
        match self.what:
            case "head" | "body":
                return f"{count} of its {self.what}"
            case "end of chunks":
                return "the line after its last chunk"
            case _:
                return f"its {self.what}"


WHOLE = Missing("nothing")
UNKNOWN = Missing("unknown", None)


def missing_at(requests: Sequence[Request], at: int) -> tuple[int, Missing]:
    """Return which of ``requests`` byte ``at`` cuts, or was the last before it, counted from 0; and what it lacks.

    It is -1 where none was begun. ``requests`` are in the order in which they are sent.
    """
    number = sum(1 for one in requests if one.start < at) - 1
    return (number, WHOLE) if number < 0 else (number, _missing(requests[number], at))


def _missing(request: Request, at: int) -> Missing:
    head_end = request.head_end
    if head_end is None or at < head_end:
        return Missing("head", None if head_end is None else head_end - at)
    length = length_of(request.header("Content-Length") or "")
    if is_chunked(request.header("Transfer-Encoding") or ""):
        return _of_chunks(request, head_end, at)
    if length is not None:
        return _of_length(request, head_end + length, at)
    speaks_on = request.is_tunnel or request.header("Upgrade") is not None
    return UNKNOWN if speaks_on and at > head_end else WHOLE


def _of_length(request: Request, end: int, at: int) -> Missing:
    if at >= end:
        return WHOLE
    is_form_whole = end - at <= _LINE_END_BYTES and at >= _form_end(request, end)
    return Missing("final CR LF" if is_form_whole else "body", end - at)


def _form_end(request: Request, end: int) -> int:
    """Return where the closing boundary of a form ends; ``end`` where there is no form, or it is not whole."""
    boundary = boundary_of(request.header("Content-Type") or "")
    if boundary is None or not request.parts or not request.parts[-1].is_whole or not request.content.total:
        return end
    closed = request.parts[-1].end + _LINE_END_BYTES + len(boundary) + 4  # two dashes before it, two after it
    return request.content.offset_of(closed) if closed <= request.content.total else end


def _of_chunks(request: Request, head_end: int, at: int) -> Missing:
    if request.is_complete and at >= request.end:
        return WHOLE
    count = request.end - at if request.is_complete else None
    last = head_end
    for _, end in request.content:
        last = end
    if not request.is_complete or at < last:
        return Missing("body", count)
    zero = last if last == head_end else last + _LINE_END_BYTES
    return Missing("last chunk" if at < zero + _LAST_CHUNK_BYTES else "end of chunks", count)

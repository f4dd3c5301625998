"""Finds CR LFs that curl's writes have split: where one event ends in CR and the next one begins with LF.

``--trace-ascii`` shows a CR LF by its gap only when both are in one event; else each is a dot. Where the
framing of the body leaves nothing but a CR LF, it is *reasoned*, and known from then on: behind the content
of a chunk and its size, before a delimiter of multipart, and within and behind the head of a part. curl
writes that framing itself; a boundary that it did not choose proves nothing.
"""

import re
from dataclasses import dataclass, field

from tracereplay.trace.connection import Connection
from tracereplay.trace.event import Direction, Event, Kind
from tracereplay.trace.framing import is_chunked
from tracereplay.trace.multipart import boundary_of
from tracereplay.trace.payload import UNKNOWN
from tracereplay.trace.request import Request

_BEFORE_BYTES = 2048
_AFTER_BYTES = 128
_CURLS_BOUNDARY = re.compile(rb"-{20,40}[0-9A-Za-z]{12,22}")
_SIZE_LINE = re.compile(rb"(?:\A|\r\n)[0-9A-Fa-f]{1,16}\Z")
_DISPOSITION = re.compile(rb'Content-Disposition: [a-z-]+(?:; (?:file)?name="(?:[^"\\\r\n]|\\.)*")+')
_TYPE = re.compile(rb"Content-(?:Type|Transfer-Encoding): [!-~][ -~]*")
_HEADER = re.compile(rb"[!-9;-~]+: ")


@dataclass(slots=True)
class _Sent:
    """The end of what was sent on a connection, and the seams in it that are not judged yet."""

    offset: int = 0  # of what comes next
    text: bytes = b""  # what came last, of this body
    ends_unknown: bool = False
    seams: list[int] = field(default_factory=list)  # offsets of the LF
    request: Request | None = None


class Seams:
    """Fed with the events of a trace, in order; ``found`` are the offsets of the CRs, by connection."""

    def __init__(self) -> None:
        self.found: dict[int, list[int]] = {}
        self._sent: dict[int, _Sent] = {}

    def feed(self, connection: Connection, event: Event) -> None:
        """Read on; ``connection`` has read ``event`` already."""
        if event.direction is not Direction.SENT or not event.payload.data or not event.is_payload:
            return
        sent = self._sent.setdefault(connection.id, _Sent())
        marks = event.payload.marks
        if event.kind is Kind.HEADER:
            self._judge(connection.id, sent)
            sent.text = b""
            sent.ends_unknown = False
        else:
            sent.request = connection.requests.current
            if sent.ends_unknown and marks[:1] == _UNKNOWN:
                sent.seams.append(sent.offset)
            sent.text += event.payload.data if sent.seams else event.payload.data[-_BEFORE_BYTES:]
            sent.ends_unknown = marks[-1:] == _UNKNOWN
        sent.offset += len(event.payload)
        if sent.seams and sent.offset - sent.seams[-1] > _AFTER_BYTES:
            self._judge(connection.id, sent)
        if not sent.seams:
            sent.text = sent.text[-_BEFORE_BYTES:]

    def finish(self) -> dict[int, list[int]]:
        """Say that nothing more was sent; return all that was found."""
        for number, sent in self._sent.items():
            self._judge(number, sent)
        return self.found

    def _judge(self, number: int, sent: _Sent) -> None:
        """Decide on the seams that wait, in their order: each that is reasoned helps with the next."""
        for seam in sent.seams:
            at = len(sent.text) - (sent.offset - seam)
            if sent.request is None or at < 1:
                continue
            before, after = sent.text[: at - 1][-_BEFORE_BYTES:], sent.text[at + 1 :][:_AFTER_BYTES]
            if _is_line_end(sent.request, seam, before, after):
                self.found.setdefault(number, []).append(seam - 1)
                sent.text = sent.text[: at - 1] + b"\r\n" + sent.text[at + 1 :]
        sent.seams.clear()


_UNKNOWN = bytes((UNKNOWN,))


def _is_line_end(request: Request, seam: int, before: bytes, after: bytes) -> bool:
    """Return whether framing leaves nothing but a CR LF whose LF is at ``seam``."""
    in_chunks = is_chunked(request.header("Transfer-Encoding") or "")
    if in_chunks and not request.content.holds(seam - 1) and not request.content.holds(seam):
        return _ends_chunk_line(request, seam, before, after)
    boundary = boundary_of(request.header("Content-Type") or "")
    if boundary is None or not _CURLS_BOUNDARY.fullmatch(boundary):
        return False
    delimiter = b"--" + boundary
    if after.startswith(delimiter) or before.endswith((delimiter, delimiter + b"--")):
        return True
    _, found, head = before.rpartition(delimiter + b"\r\n")
    return bool(found) and _ends_part_line(head, after)


def _ends_chunk_line(request: Request, seam: int, before: bytes, after: bytes) -> bool:
    if request.content.holds(seam - 2):
        return True
    size = _SIZE_LINE.search(before)
    if size is not None:
        start = seam - 1 - len(size[0])
        is_whole = size[0].startswith(b"\r\n") or start == request.head_end
        return is_whole and not request.content.holds(start)
    is_last = before.endswith(b"\r\n0\r\n") or (before == b"0\r\n" and seam - 4 == request.head_end)
    return is_last and not after and not request.content.holds(seam - 4)


def _ends_part_line(head: bytes, after: bytes) -> bool:
    """Return whether a line of the head of a part must end after ``head``, which begins behind the delimiter."""
    *lines, last = head.split(b"\r\n")
    if b"" in lines or not all(_HEADER.match(line) for line in lines):
        return False
    if not last:
        return bool(lines)
    if _DISPOSITION.fullmatch(last):
        return True
    # A type might end in dots of its own: then what follows had to be a header, or the end of the head.
    is_end = after.startswith(b"\r\n") and not after.startswith(b"\r\n\r\n") and not _HEADER.match(after, 2)
    return is_end and len(after) > 2 and _TYPE.fullmatch(last) is not None

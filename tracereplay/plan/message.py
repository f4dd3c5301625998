"""A request as a whole, to be edited: its head, and a body that is a row of kept ranges of the content and new ones.

An edit says what changes in the head, and what in the content: the bytes as the application gets them, without chunks.
What frames the content is made from that again: Content-Length, or the sizes of the chunks that are touched. Or it
stays as it was, where the request shall lie. It all comes down to splices, and to the request that is then sent.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from tracereplay.errors import PlanError
from tracereplay.plan.content import Chunks, Content
from tracereplay.plan.rewrite import Rewrite
from tracereplay.plan.splice import Splice
from tracereplay.trace.event import Direction, Event, Kind
from tracereplay.trace.framing import is_chunked, length_of
from tracereplay.trace.multipart import MultipartScanner, Part, boundary_of
from tracereplay.trace.payload import Payload
from tracereplay.trace.request import Request, RequestScanner
from tracereplay.trace.spans import Spans
from tracereplay.trace.unknown import Unknown

_LENGTH = re.compile(rb"^content-length[ \t]*:[ \t]*(\d+)", re.IGNORECASE | re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Revision:
    """What an edit comes to: ``splices`` of what is sent, in order, by which the request ``old`` becomes ``new``.

    ``old`` is None where no request is touched, ``new`` where none is left. Where ``moves_parts`` a form may have other
    parts than ``new`` says, and they must be looked for.
    """

    splices: tuple[Splice, ...]
    old: Request | None = None
    new: Request | None = None
    moves_parts: bool = False


@dataclass(frozen=True, slots=True)
class Message:
    """A request that is sent on a connection with these ``events``, and its head.

    ``unknown`` are the bytes that nobody knows of all that is sent; with ``keeps_length`` what frames the body stays.
    """

    connection: int
    request: Request
    head: Payload
    events: Callable[[], Iterator[Event]]
    unknown: Unknown
    keeps_length: bool = False

    @property
    def is_chunked(self) -> bool:
        """Whether its head says that its body comes in chunks."""
        return is_chunked(self.request.header("Transfer-Encoding") or "")

    @property
    def head_end(self) -> int:
        """Where its body begins."""
        assert self.request.head_end is not None
        return self.request.head_end

    def read(self, start: int, end: int) -> Iterator[bytes]:
        """Yield the bytes from ``start`` to ``end`` of the content."""
        wanted = self.request.content.between(start, end)
        span = next(wanted, None)
        offset = 0
        for event in self.events():
            if span is None:
                return
            if event.direction is not Direction.SENT:
                continue
            after = offset + len(event.payload)
            while span is not None and span[0] < after:
                yield event.payload.data[max(0, span[0] - offset) : span[1] - offset]
                if span[1] > after:
                    break
                span = next(wanted, None)
            offset = after

    def is_unknown(self, start: int, end: int) -> bool:
        """Return whether a byte from ``start`` to ``end`` of the content is unknown."""
        return any(self.unknown.meet(*span) for span in self.request.content.between(start, end))

    def refuse_without_body(self) -> None:
        """Raise PlanError when the request has no body, nor an empty one."""
        if not (self.is_chunked or self.request.body_bytes or self.request.header("Content-Length") is not None):
            raise PlanError(
                f"no request on connection {self.connection} has a body, in whose place a file could be sent",
                hint="record an upload: curl -T FILE, or -d",
            )

    def revised(self, *, head: Iterable[Splice] = (), content: Iterable[Splice] = ()) -> Revision:
        """Return the revision with ``splices`` of the head, counted from its start, and of the content, from its own.

        They are in order, and do not overlap. Raises PlanError when the body cannot be framed anew, or the head is
        none any more.
        """
        changes = tuple(content)
        self._refuse_odd_framing(changes)
        in_head = sorted([*head, *self._lengths(changes)], key=lambda one: one.start)
        rewrite = Rewrite(_grown(in_head))
        if self.is_chunked and not self.keeps_length:
            rewrite.in_chunks(self.head_end, self.request.content, changes)
        else:
            rewrite.in_place(self.head_end, self.request.content, changes)
        parts = [_moved(part, changes) for part in self.request.parts]
        revision = self._revision(in_head, rewrite, replace(self.request, content=rewrite.spans, parts=parts))
        assert revision.new is not None
        return replace(revision, moves_parts=not changes and _boundary(revision.new) != _boundary(self.request))

    def with_body(self, content: Content) -> Revision:
        """Return the revision with ``content`` as the whole body; it has no parts then."""
        self.refuse_without_body()
        whole = (Splice(0, self.request.content.total, content),)
        in_head = list(self._lengths(whole))
        rewrite = Rewrite(_grown(in_head))
        if self.keeps_length:
            rewrite.in_place(self.head_end, self.request.content, whole)
        else:
            rewrite.put(self.head_end, self.request.end, Chunks(content) if self.is_chunked else content)
        new = replace(self.request, content=rewrite.spans, parts=[], is_complete=True)
        found = self._revision(in_head, rewrite, new)
        return replace(found, new=None if found.new is None else replace(found.new, files=found.new.content))

    def _revision(self, in_head: Sequence[Splice], rewrite: Rewrite, new: Request) -> Revision:
        start = self.request.start
        splices = (*(replace(one, start=start + one.start, end=start + one.end) for one in in_head), *rewrite.splices)
        new = self._with_head(in_head, replace(new, end=self.request.end + _grown(splices)))
        return Revision(splices, self.request, _with_files(replace(new, is_complete=_is_complete(new))))

    def _refuse_odd_framing(self, changes: tuple[Splice, ...]) -> None:
        """Raise PlanError where what frames the body is not as it was recorded, or not all of it was."""
        if not changes:
            return
        spans = list(self.request.content)[:1]
        is_torn = self.is_chunked and not self.request.is_complete
        is_odd = bool(spans) and (spans[0][0] > self.head_end) != self.is_chunked
        if (is_torn and not self.keeps_length) or is_odd:
            why = "its chunks end early" if is_torn else "its head no longer says how it is framed"
            raise PlanError(
                f"the body of request on connection {self.connection} cannot be framed anew: {why}",
                hint="edit the body before its head, or leave the framing as it is with --keep-length",
            )

    def _lengths(self, changes: tuple[Splice, ...]) -> Iterator[Splice]:
        """Yield what makes each Content-Length follow; a change of the end says where the content ends."""
        if self.keeps_length or self.is_chunked or not changes:
            return
        total = self.request.content.total
        for found in _LENGTH.finditer(self.head.data):
            size = total if changes[-1].end == total else int(found[1])
            yield Splice(found.start(1), found.end(1), b"%d" % (size + _grown(changes)))

    def _with_head(self, splices: Sequence[Splice], request: Request) -> Request:
        """Return ``request`` with the head that ``splices`` give. Raises PlanError when it is none."""
        if not splices:
            return request
        head = patched(self.head.data, splices)
        scanner = RequestScanner()
        scanner.feed(Kind.HEADER, head, request.line)
        read = scanner.current
        if read is None or read.head_end != len(head):
            first = head.partition(b"\r\n")[0].decode("latin-1")
            raise PlanError(f"with that, no request could be read: it would begin with {first!r}")
        return replace(
            request,
            method=read.method,
            target=read.target,
            version=read.version,
            headers=read.headers,
            head_end=request.start + len(head),
        )


@dataclass(frozen=True, slots=True)
class Recorded:
    """The bytes from ``start`` to ``end`` of the content of a message."""

    message: Message
    start: int
    end: int

    @property
    def size_bytes(self) -> int:
        """How many there are."""
        return self.end - self.start

    def pieces(self) -> Iterator[bytes]:
        """Yield them, as they were recorded."""
        return self.message.read(self.start, self.end)


def patched(data: bytes, splices: Iterable[Splice]) -> bytes:
    """Return ``data`` with the splices, whose content is a few bytes."""
    parts, at = [], 0
    for one in splices:
        assert isinstance(one.content, bytes)
        parts += [data[at : one.start], one.content]
        at = one.end
    return b"".join((*parts, data[at:]))


def read_head(events: Iterable[Event], start: int, end: int) -> Payload:
    """Return the bytes from ``start`` to ``end`` of what ``events`` send, with what is known of each."""
    data, marks = bytearray(), bytearray()
    offset = 0
    for event in events:
        if event.direction is not Direction.SENT:
            continue
        part = event.payload[max(0, start - offset) : max(0, end - offset)]
        data += part.data
        marks += part.marks or bytes(len(part))
        offset += len(event.payload)
        if offset >= end:
            break
    return Payload(bytes(data), bytes(marks) if any(marks) else b"")


def _grown(splices: Iterable[Splice]) -> int:
    """Return by how much all that comes behind the splices is moved."""
    return sum(one.size_bytes - (one.end - one.start) for one in splices)


def _is_complete(request: Request) -> bool:
    """Return whether all of the content is there that the head speaks of."""
    if is_chunked(request.header("Transfer-Encoding") or ""):
        return request.is_complete
    length = length_of(request.header("Content-Length") or "")
    return request.header("Upgrade") is None if length is None else request.content.total >= length


def _with_files(request: Request) -> Request:
    """Return the request whose files are those of its parts, or its content."""
    if _boundary(request) is None:
        return replace(request, files=request.content)
    files = Spans()
    for part in request.parts:
        for span in request.content.between(part.start, part.end) if part.is_file else ():
            files.add(*span)
    return replace(request, files=files)


def with_parts(message: Message) -> Request:
    """Return the request of a message with the parts that are found in its content, which is read."""
    boundary = _boundary(message.request)
    scanner = None if boundary is None else MultipartScanner(boundary)
    if scanner is not None:
        for piece in message.read(0, message.request.content.total):
            scanner.feed(piece)
        scanner.close()
    return _with_files(replace(message.request, parts=[] if scanner is None else scanner.parts))


def _boundary(request: Request) -> bytes | None:
    return boundary_of(request.header("Content-Type") or "")


def _moved(part: Part, changes: Sequence[Splice]) -> Part:
    return replace(
        part,
        head_start=_shifted(part.head_start, changes, is_end=False),
        start=_shifted(part.start, changes, is_end=False),
        end=_shifted(part.end, changes, is_end=True),
    )


def _shifted(at: int, changes: Sequence[Splice], *, is_end: bool) -> int:
    """Return where the offset ``at`` of the content is after the changes; an end has what is put in there before it."""
    moved = at
    for one in changes:
        if one.end < at or (one.end == at and (is_end or one.start < at)):
            moved += one.size_bytes - (one.end - one.start)
        elif one.start < at:
            moved += min(at - one.start, one.size_bytes) - (at - one.start)
    return moved

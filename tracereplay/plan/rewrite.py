"""A body that is framed anew: splices of what is sent, and where the content is then.

Only chunks that are touched are written anew: what is kept of one is a chunk, and so is what is new.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from tracereplay.plan.content import Chunks, Content, Joined, Text, size_line
from tracereplay.plan.splice import Splice
from tracereplay.trace.event import Kind
from tracereplay.trace.spans import Spans


class _Framing(Text):
    """Bytes between those of the content."""


@dataclass(slots=True)
class Rewrite:
    """Made from the first byte of a body to its last; ``grown`` is by how much all that comes before has grown."""

    grown: int = 0
    splices: list[Splice] = field(default_factory=list)
    spans: Spans = field(default_factory=Spans)

    def keep(self, start: int, end: int) -> None:
        """Take over the content from ``start`` to ``end`` as it is."""
        self.spans.add(start + self.grown, end + self.grown)

    def put(self, start: int, end: int, *parts: Content) -> None:
        """Put ``parts`` in the place of what is sent from ``start`` to ``end``."""
        at = start + self.grown
        for part in parts:
            if isinstance(part, Chunks):
                for span in part.spans(at):
                    self.spans.add(*span)
            elif not isinstance(part, _Framing):
                self.spans.add(at, at + part.size_bytes)
            at += part.size_bytes
        self.splices.append(Splice(start, end, _inline(parts), Kind.DATA))
        self.grown = at - end

    def in_place(self, start: int, content: Spans, changes: Sequence[Splice]) -> None:
        """Change the content within its framing, which stays as it is, in a body that begins at ``start``."""
        at = 0
        for one in changes:
            self._keep_between(content, at, one.start)
            here = content.offset_of(one.start) if content.total else start
            first, *others = list(content.between(one.start, one.end)) or [(here, here)]
            self.put(*first, content_of(one))
            for other in others:
                self.put(*other)
            at = one.end
        self._keep_between(content, at, content.total)

    def in_chunks(self, start: int, content: Spans, changes: Sequence[Splice]) -> None:
        """Change the content of a body in chunks, which begins at ``start``; the sizes of its chunks follow."""
        todo = list(changes)
        opened = _Opened(self)
        at, size_at = 0, start  # in the content, and where the size of the next chunk is
        for first, last in content:
            end = at + last - first
            is_last = end == content.total
            mine = []
            while todo and (todo[0].start < end or (is_last and todo[0].start == end)):
                mine.append(todo.pop(0))
            if mine or opened.goes_on_to > at:
                opened.chunk(first - at, (at, end), size_at, mine)
            else:
                self.keep(first, last)
            at, size_at = end, last + 2
        for one in todo:  # where there is no content
            self.put(start, start, Chunks(content_of(one), is_whole=False))

    def _keep_between(self, content: Spans, first: int, last: int) -> None:
        for span in content.between(first, last):
            self.keep(*span)


@dataclass(slots=True)
class _Opened:
    """A chunk that is written anew, or several of them; the change at its end goes on to an offset of the content."""

    rewrite: Rewrite
    start: int = 0
    parts: list[Content] = field(default_factory=list)
    goes_on_to: int = 0

    def chunk(self, base: int, bounds: tuple[int, int], size_at: int, changes: Sequence[Splice]) -> None:
        """Write the chunk with the content in ``bounds`` anew; ``base`` more is where that is in what is sent."""
        at, end = bounds
        if self.goes_on_to <= at:
            self.start = size_at
        at = min(max(at, self.goes_on_to), end)
        for one in changes:
            if at < one.start:
                self._keep(base, at, one.start)
                self.start, self.parts = base + one.start, [_Framing(b"\r\n")]
            self.parts.append(Chunks(content_of(one), is_whole=False))
            self.goes_on_to = one.end
            at = min(one.end, end)
        if at < end:
            self._keep(base, at, end)
        elif self.goes_on_to <= end:
            self.rewrite.put(self.start, base + end + 2, *self.parts)
            self.parts = []

    def _keep(self, base: int, first: int, last: int) -> None:
        self.rewrite.put(self.start, base + first, *self.parts, _Framing(size_line(last - first)))
        self.rewrite.keep(base + first, base + last)
        self.parts = []


def content_of(splice: Splice) -> Content:
    """Return what a splice puts in."""
    return Text(splice.content) if isinstance(splice.content, bytes) else splice.content


def _inline(parts: Sequence[Content]) -> bytes | Content:
    """Return the parts as the bytes that they are, where they are in memory: these stay within a write."""
    plain = [part.plain if isinstance(part, Chunks) else part for part in parts]
    if all(isinstance(part, Text) for part in plain):
        return b"".join(piece for part in parts for piece in part.pieces())
    return parts[0] if len(parts) == 1 else Joined(tuple(parts))

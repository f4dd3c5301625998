"""What a script of plain sockets does, one thing after the other: blocks of bytes, with their writes, and waits.

The steps of a plan are many, and a script names few things: what is sent without a wait is one block, and writes that
are alike are counted, so that a file of any size takes a line. No block holds more than 1 MiB.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from tracereplay.errors import PlanError
from tracereplay.plan.connection import ConnectionPlan
from tracereplay.plan.content import Chunks, FileContent
from tracereplay.plan.splice import contents
from tracereplay.plan.step import Awaited, Expect, Leave, Pause, Read, Send, Settle

MOST_WRITES = 10_000
_KEPT_BYTES = 1 << 20


@dataclass(slots=True)
class Write:
    """So many bytes, in nanoseconds after the last wait, so often."""

    at_ns: int
    size: int
    times: int = 1


@dataclass(slots=True)
class Block:
    """Bytes of one kind, and their writes. ``streamed`` are those of a file, ``literal`` is what the script says.

    ``data`` is None of a block that is too large to be kept.
    """

    kind: str
    start: int
    streamed: bool = False
    size: int = 0
    writes: list[Write] = field(default_factory=list)
    data: bytearray | None = field(default_factory=bytearray)
    name: str = ""
    literal: str | None = None

    @property
    def is_stored(self) -> bool:
        """Whether the bytes are in the file beside the script."""
        return self.literal is None and not self.streamed

    @property
    def has_several(self) -> bool:
        """Whether there are several writes."""
        return len(self.writes) > 1 or self.writes[0].times > 1

    @property
    def has_times(self) -> bool:
        """Whether there are several writes, or one that is not made at once."""
        return self.has_several or self.writes[0].at_ns > 0

    def add(self, send: Send) -> bool:
        """Take what is sent; return whether that is a write unlike the last one."""
        size = len(send.data)
        self.size += size
        if self.streamed or self.size > _KEPT_BYTES:
            self.data = None
        if self.data is not None:
            self.data += send.data
        if self.writes and (self.writes[-1].at_ns, self.writes[-1].size) == (send.at_ns, size):
            self.writes[-1].times += 1
            return False
        self.writes.append(Write(send.at_ns, size))
        return True


@dataclass(frozen=True, slots=True)
class Answers:
    """Wait for an answer to each of the requests, of these methods."""

    methods: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Continue:
    """Wait for 100 Continue to a request of this method."""

    method: str
    patience_ns: int


Part = Block | Answers | Continue | Expect | Pause | Leave


@dataclass(frozen=True, slots=True)
class Streamed:
    """A file that is sent as it is, or in chunks, from byte ``start`` to ``end`` of what is sent."""

    start: int
    end: int
    content: FileContent | Chunks

    @property
    def file(self) -> FileContent:
        """The file."""
        plain = self.content.plain if isinstance(self.content, Chunks) else self.content
        assert isinstance(plain, FileContent)
        return plain


def streamed(plan: ConnectionPlan) -> Streamed | None:
    """Return the file that takes the place of the body, None where there is none, or where it was edited further."""
    for start, end, content in contents(plan.edits):
        plain = content.plain if isinstance(content, Chunks) and content.is_whole else content
        if isinstance(plain, FileContent) and isinstance(content, FileContent | Chunks):
            return Streamed(start, end, content)
    return None


def parts(plan: ConnectionPlan) -> Iterator[Part]:
    """Yield what is done; what is sent without a wait, and is of one kind, is a block.

    Raises PlanError for what a plain socket cannot do.
    """
    kinds = {request.start: "HEAD" for request in plan.conversation.requests}
    kinds |= {one.head_end: "BODY" for one in plan.conversation.requests if one.head_end is not None}
    file = streamed(plan)
    if file is not None:
        kinds = {file.start: "BODY", file.end: "DATA"} | kinds
    kind = "DATA"
    unanswered: list[str] = []
    block: Block | None = None
    offset = writes = 0
    for step in plan.steps():
        if isinstance(step, Send):
            if offset in kinds or block is None:
                if block is not None:
                    yield block
                kind = kinds.get(offset, kind)
                block = Block(kind, offset, file is not None and file.start <= offset < file.end)
            writes += block.add(step)
            offset += len(step.data)
            if step.opening is not None:
                unanswered.append(step.opening.method)
            if writes > MOST_WRITES:
                raise PlanError(
                    f"more than {MOST_WRITES:,} writes are too many for a script to name each",
                    hint="cut it earlier, send larger pieces, or play it with tracereplay play",
                )
            continue
        if block is not None:
            yield block
            block = None
        yield _other(step, unanswered)


def _other(step: Expect | Pause | Read | Settle | Leave, unanswered: list[str]) -> Part:
    match step:
        case Expect(Awaited.ANSWER, count):
            methods = tuple(unanswered[:count])
            del unanswered[:count]
            return Answers(methods)
        case Expect(Awaited.CONTINUE, _, patience_ns):
            if len(unanswered) != 1 or patience_ns is None:
                raise PlanError("a request waits for 100 Continue behind another one: that cannot be exported")
            return Continue(unanswered[0], patience_ns)
        case Read():
            raise PlanError(
                "to leave in the middle of an answer takes more than a script of plain sockets",
                hint="cut it in what is sent, or play it with tracereplay play",
            )
        case Settle():
            raise PlanError(
                "lockstep waits for what a script of plain sockets cannot know",
                hint="use other segments, such as mtu, or play it with tracereplay play",
            )
        case _:
            return step

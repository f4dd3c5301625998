"""A plan as a script of plain sockets, which needs nothing but Python: what people write by hand.

The law: it sends the same bytes, in the same writes, as a play of the plan, and waits where that waits. It tells less:
it prints what the server says.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import takewhile
from typing import Self, assert_never

from tracereplay.errors import PlanError
from tracereplay.plan.connection import ConnectionPlan
from tracereplay.plan.step import Awaited, Expect, Leave, Pause, Send, Settle
from tracereplay.plan.way import Way
from tracereplay.show.literal import assigned, text_literal
from tracereplay.show.printable import printable
from tracereplay.show.socket_functions import FUNCTIONS, MAIN, called, imports
from tracereplay.units import SECOND_NS, format_bytes

MOST_WRITES = 10_000
_KEPT_BYTES = 1 << 20

_WAYS = {
    Way.FIN: "a close (fin)",
    Way.RST: "a reset (rst)",
    Way.HALF: "a close of the sending side (half)",
    Way.STALL: "silence (stall)",
}


@dataclass(slots=True)
class _Block:
    """Bytes that have a name in the script, and their writes: when, in nanoseconds, and how many.

    ``data`` is None of a block that is too large to be kept.
    """

    kind: str
    start: int
    size: int = 0
    writes: list[tuple[int, int]] = field(default_factory=list)
    data: bytearray | None = field(default_factory=bytearray)
    name: str = ""
    literal: str | None = None

    def add(self, send: Send) -> None:
        self.writes.append((send.at_ns, len(send.data)))
        self.size += len(send.data)
        if self.size > _KEPT_BYTES:
            self.data = None
        if self.data is not None:
            self.data += send.data


@dataclass(frozen=True, slots=True)
class _Answers:
    """Wait for an answer to each of the requests, of these methods."""

    methods: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Continue:
    """Wait for 100 Continue to a request of this method."""

    method: str
    patience_ns: int


_Part = _Block | _Answers | _Continue | Expect | Pause | Leave
_WAITS = (_Answers, _Continue, Expect)


@dataclass(frozen=True, slots=True)
class SocketScript:
    """What happens on one connection, as a script. ``stored_bytes`` do not fit into it, and are in a file beside it."""

    plan: ConnectionPlan
    parts: tuple[_Part, ...]

    @classmethod
    def of(cls, plan: ConnectionPlan) -> Self:
        """Return the script of ``plan``. Raises PlanError for what a plain socket cannot do."""
        if plan.way not in _WAYS:
            raise PlanError(
                "to vanish takes more than a plain socket, so it cannot be exported",
                hint=f"tracereplay play {plan.trace.name} --close vanish",
            )
        if plan.cut is not None and plan.cut.wire_bytes is not None:
            raise PlanError(f"{plan.cut.spec} counts ciphertext, and a script of plain sockets speaks no TLS")
        parts = tuple(_parts(plan))
        blocks = [part for part in parts if isinstance(part, _Block)]
        kinds = [block.kind for block in blocks]
        for number, block in enumerate(blocks):
            nth = kinds[: number + 1].count(block.kind)
            block.name = block.kind if kinds.count(block.kind) == 1 else f"{block.kind}_{nth}"
            block.literal = None if block.data is None else assigned(block.name, bytes(block.data))
        return cls(plan, parts)

    @property
    def stored_bytes(self) -> int:
        """How many bytes the file beside the script has, 0 when there is none."""
        return sum(block.size for block in self._blocks if block.literal is None)

    def stored(self) -> Iterator[bytes]:
        """Yield the bytes of that file, in pieces."""
        ranges = [(block.start, block.start + block.size) for block in self._blocks if block.literal is None]
        offset = 0
        for step in self.plan.steps():
            if isinstance(step, Send):
                if any(start <= offset < end for start, end in ranges):
                    yield step.data
                offset += len(step.data)

    def text(self, *, host: str, port: int, file: str, command: str) -> str:
        """Return the script, which connects to ``host``; ``file`` has what does not fit, and lies beside it.

        ``command`` does the same.
        """
        play = "\n".join(["def play(sock, answers):", *(f"    {line}" for line in self._play())])
        functions = [FUNCTIONS[name].strip("\n") for name in called(play + MAIN)]
        code = "\n\n\n".join([*functions, play, MAIN.strip("\n")])
        constants = [*self._constants(host, port, file, code)]
        head = [
            '"""Send once more what curl has sent, byte for byte, over a plain socket."""',
            "",
            f"# {printable(self.plan.trace.name)}: {self._told()}.",
            f"# The same: {printable(command)}",
            "",
        ]
        return "\n".join([*head, *imports("\n".join([*constants, code])), "", *constants, "", "", code, ""])

    @property
    def _blocks(self) -> list[_Block]:
        return [part for part in self.parts if isinstance(part, _Block)]

    def _told(self) -> str:
        plan = self.plan
        sends = format_bytes(plan.sends_bytes)
        if plan.cut is None:
            return f"{sends}, and then {_WAYS[plan.way]}"
        return (
            f"{plan.sends_bytes:,} of {format_bytes(plan.planned_bytes)} ({plan.cut.spec}), and then {_WAYS[plan.way]}"
        )

    def _constants(self, host: str, port: int, file: str, code: str) -> Iterator[str]:
        yield f"HOST, PORT = {text_literal(host)}, {port}"
        yield "TIMEOUT = 30  # seconds in which nothing happens"
        if "SETTLE" in code:
            settle = _seconds(self.plan.settle_ns)
            yield f"SETTLE = {settle}  # seconds: what the server has not read by then, a reset throws away"
        if "HOLD" in code:
            hold = "TIMEOUT" if self.plan.hold_ns is None else _seconds(self.plan.hold_ns)
            yield f"HOLD = {hold}  # seconds to stay, unless the server ends it"
        if self.stored_bytes:
            yield ""
            yield f'with Path(__file__).with_name({text_literal(file)}).open("rb") as file:'
            yield "    STORED = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))"
        at = 0
        for block in self._blocks:
            yield ""
            yield block.literal or f"{block.name} = STORED[{at}:{at + block.size}]"
            at += 0 if block.literal else block.size
            if len(block.writes) > 1:
                yield f"{block.name}_WRITES = [  # seconds, and bytes"
                yield from (f"    ({_seconds(at_ns)}, {size})," for at_ns, size in block.writes)
                yield "]"

    def _play(self) -> Iterator[str]:
        has_origin = False
        for number, part in enumerate(self.parts):
            if not has_origin and _has_times(self.parts[number:]):
                yield "origin = time.monotonic()"
                has_origin = True
            match part:
                case _Block():
                    yield from _sending(part)
                case _Answers(methods):
                    yield from (f"read_answer(answers, {text_literal(method)})" for method in methods)
                case _Continue(method, patience_ns):
                    wait = f"may_go_on(sock, answers, {text_literal(method)}, patience={_seconds(patience_ns)})"
                    yield f"if not {wait}:"
                    yield "    return"
                case Expect(awaited, count):
                    yield f"{'read_lines' if awaited is Awaited.LINES else 'read_bytes'}(answers, {count})"
                case Pause(duration_ns):
                    yield f"time.sleep({_seconds(duration_ns)})"
                    if has_origin:
                        yield f"origin += {_seconds(duration_ns)}"
                case Leave(way):
                    yield from _leaving(way)
                case _:
                    assert_never(part)
            has_origin = has_origin and not isinstance(part, _WAITS)


def _has_times(parts: tuple[_Part, ...]) -> bool:
    """Return whether something is to be sent at a time of its own before the next wait."""
    until = takewhile(lambda part: not isinstance(part, _WAITS), parts)
    return any(len(part.writes) > 1 or part.writes[0][0] for part in until if isinstance(part, _Block))


def _parts(plan: ConnectionPlan) -> Iterator[_Part]:
    """Yield what is done, one thing after the other; what is sent without a wait, and is of one kind, is a block."""
    kinds = {request.start: "HEAD" for request in plan.conversation.requests}
    kinds |= {one.head_end: "BODY" for one in plan.conversation.requests if one.head_end is not None}
    kind = "DATA"
    unanswered: list[str] = []
    block: _Block | None = None
    offset = writes = 0
    for step in plan.steps():
        if isinstance(step, Send):
            if offset in kinds or block is None:
                if block is not None:
                    yield block
                kind = kinds.get(offset, kind)
                block = _Block(kind, offset)
            block.add(step)
            offset += len(step.data)
            writes += 1
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


def _other(step: Expect | Pause | Settle | Leave, unanswered: list[str]) -> _Part:
    match step:
        case Expect(Awaited.ANSWER, count):
            methods = tuple(unanswered[:count])
            del unanswered[:count]
            return _Answers(methods)
        case Expect(Awaited.CONTINUE, _, patience_ns):
            if len(unanswered) != 1 or patience_ns is None:
                raise PlanError("a request waits for 100 Continue behind another one: that cannot be exported")
            return _Continue(unanswered[0], patience_ns)
        case Settle():
            raise PlanError(
                "lockstep waits for what a script of plain sockets cannot know",
                hint="use other segments, such as mtu, or play it with tracereplay play",
            )
        case _:
            return step


def _sending(block: _Block) -> Iterator[str]:
    if len(block.writes) > 1:
        yield f"send(sock, {block.name}, origin, {block.name}_WRITES)"
        return
    for at_ns, _ in block.writes:
        if at_ns:
            yield f"sleep_until(origin + {_seconds(at_ns)})"
        yield f"sock.sendall({block.name})"


def _leaving(way: Way) -> Iterator[str]:
    if way is Way.RST:
        yield "reset(sock)"
    elif way is Way.HALF:
        yield "wait_until_acknowledged(sock)"
        yield "sock.shutdown(socket.SHUT_WR)"
        yield "stay(sock, answers, HOLD)"
    else:
        if way is Way.STALL:
            yield "stay(sock, answers, HOLD)"
        yield "close(sock)"


def _seconds(ns: int) -> str:
    """Return seconds as a number of Python, to the microsecond."""
    return f"{ns / SECOND_NS:.6f}".rstrip("0").removesuffix(".") or "0"

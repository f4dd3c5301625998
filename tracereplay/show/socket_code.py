"""A plan as a script of plain sockets, which needs nothing but Python: what people write by hand.

The law: it sends the same bytes, in the same writes, as a play of the plan, and waits where that waits. It tells less:
it prints what the server says.
"""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path
from typing import Self, assert_never

from tracereplay.errors import PlanError
from tracereplay.plan.connection import ConnectionPlan
from tracereplay.plan.content import CHUNK_BYTES, Chunks
from tracereplay.plan.step import Awaited, Expect, Leave, Pause, Send
from tracereplay.plan.way import Way
from tracereplay.show.literal import assigned, text_literal
from tracereplay.show.printable import printable
from tracereplay.show.socket_functions import FUNCTIONS, MAIN, called, imports
from tracereplay.show.socket_parts import Answers, Block, Continue, Part, Streamed, parts, streamed
from tracereplay.show.socket_secrets import Live, live_secrets, put_in
from tracereplay.units import SECOND_NS, format_bytes

_WAYS = {
    Way.FIN: "a close (fin)",
    Way.RST: "a reset (rst)",
    Way.HALF: "a close of the sending side (half)",
    Way.STALL: "silence (stall)",
}
_WAITS = (Answers, Continue, Expect)
_LITERAL = re.compile(r"""b?"(?:[^"\\]|\\.)*"|b?'(?:[^'\\]|\\.)*'""")


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a script needs and a plan does not say.

    Where it connects to, how long it waits, what it sends first, the file ``stored`` beside it for what does not fit,
    the ``folder`` that it lies in if that is known, and the ``command`` that does the same.
    """

    host: str
    port: int
    timeout_ns: int
    preface: bytes
    stored: str
    folder: Path | None
    command: str


@dataclass(frozen=True, slots=True)
class SocketScript:
    """What happens on one connection, as a script. ``stored_bytes`` do not fit into it, and are in a file beside it.

    ``live`` is what it takes from the environment, for each block.
    """

    plan: ConnectionPlan
    parts: tuple[Part, ...]
    streamed: Streamed | None
    live: dict[str, list[Live]]

    @classmethod
    def of(cls, plan: ConnectionPlan, longer: ConnectionPlan | None = None) -> Self:
        """Return the script of ``plan``. Raises PlanError for what a plain socket cannot do.

        ``longer`` is the same with longer secrets; without it what was redacted is sent as it is.
        """
        if plan.way not in _WAYS:
            raise PlanError(
                "to vanish takes more than a plain socket, so it cannot be exported",
                hint=f"tracereplay play {plan.trace.name} --close vanish",
            )
        if plan.cut is not None and plan.cut.wire_bytes is not None:
            raise PlanError(f"{plan.cut.spec} counts ciphertext, and a script of plain sockets speaks no TLS")
        found = tuple(parts(plan))
        blocks = [part for part in found if isinstance(part, Block)]
        kinds = [block.kind for block in blocks]
        for number, block in enumerate(blocks):
            nth = kinds[: number + 1].count(block.kind)
            block.name = block.kind if kinds.count(block.kind) == 1 else f"{block.kind}_{nth}"
            block.literal = None if block.data is None else assigned(block.name, bytes(block.data))
        live = {} if longer is None else live_secrets(plan, found, longer)
        return cls(plan, found, streamed(plan) if any(block.streamed for block in blocks) else None, live)

    @property
    def stored_bytes(self) -> int:
        """How many bytes the file beside the script has, 0 when there is none."""
        return sum(block.size for block in self._blocks if block.is_stored)

    def stored(self) -> Iterator[bytes]:
        """Yield the bytes of that file, in pieces."""
        ranges = [(block.start, block.start + block.size) for block in self._blocks if block.is_stored]
        offset = 0
        for step in self.plan.steps():
            if isinstance(step, Send):
                if any(start <= offset < end for start, end in ranges):
                    yield step.data
                offset += len(step.data)

    def text(self, around: Surroundings) -> str:
        """Return the script. Raises PlanError for a preface that it cannot hold."""
        play = "\n".join(["def play(sock, answers):", *(f"    {line}" for line in self._play(around))])
        functions = [FUNCTIONS[name].strip("\n") for name in called(play + MAIN)]
        code = "\n\n\n".join([*functions, play, MAIN.strip("\n")])
        constants = [*self._constants(around, code)]
        plain = _LITERAL.sub("", "\n".join(constants))
        wanted = "\n\n\n".join(FUNCTIONS[name].strip() for name in called(plain))
        first = f"\n\n{wanted}\n\n" if wanted else ""  # the constants call them
        head = [
            '"""Send once more what curl has sent, byte for byte, over a plain socket."""',
            "",
            f"# {printable(self.plan.trace.name)}: {self._told()}.",
            f"# The same: {printable(around.command)}",
            *self._told_of_secrets(),
            "",
        ]
        modules = imports(plain + first + code)
        return "\n".join([*head, *modules, first, *constants, "", "", code, ""])

    @property
    def _blocks(self) -> list[Block]:
        return [part for part in self.parts if isinstance(part, Block)]

    def _told(self) -> str:
        plan = self.plan
        sends = format_bytes(plan.sends_bytes)
        if plan.cut is None:
            return f"{sends}, and then {_WAYS[plan.way]}"
        return (
            f"{plan.sends_bytes:,} of {format_bytes(plan.planned_bytes)} ({plan.cut.spec}), and then {_WAYS[plan.way]}"
        )

    def _told_of_secrets(self) -> list[str]:
        variables = dict.fromkeys(live.variable for lives in self.live.values() for live in lives)
        if not variables:
            return []
        told = "# What was redacted comes from the environment, and may have another length:"
        return [told, *(f"#   {variable}" for variable in variables)]

    def _constants(self, around: Surroundings, code: str) -> Iterator[str]:
        yield f"HOST, PORT = {text_literal(around.host)}, {around.port}"
        yield f"TIMEOUT = {_seconds(around.timeout_ns)}  # seconds in which nothing happens"
        if "SETTLE" in code:
            settle = _seconds(self.plan.settle_ns)
            yield f"SETTLE = {settle}  # seconds: what the server has not read by then, a reset throws away"
        if "HOLD" in code:
            hold = "TIMEOUT" if self.plan.hold_ns is None else _seconds(self.plan.hold_ns)
            yield f"HOLD = {hold}  # seconds to stay, unless the server ends it"
        if self.stored_bytes:
            yield f"STORED = Path(__file__).with_name({text_literal(around.stored)})"
        if self.streamed is not None:
            yield from _file(self.streamed, around.folder)
        if around.preface:
            yield ""
            yield _preface(around.preface)
        for block in self._blocks:
            if block.literal is not None or block.has_several:
                yield ""
            if block.literal is not None:
                yield block.literal
            if block.name in self.live:
                yield from put_in(block.name, self.live[block.name])
            if block.has_several:
                yield f"{block.name}_WRITES = [  # seconds, bytes, and how often"
                yield from (f"    ({_seconds(one.at_ns)}, {one.size}, {one.times})," for one in block.writes)
                yield "]"

    def _play(self, around: Surroundings) -> Iterator[str]:
        opened = ['STORED.open("rb") as stored'] if self.stored_bytes else []
        opened += ['FILE.open("rb") as file'] if self.streamed is not None else []
        if opened:
            yield f"with {', '.join(opened)}:"
        yield from (f"{'    ' if opened else ''}{line}" for line in self._steps(around))

    def _steps(self, around: Surroundings) -> Iterator[str]:
        if self.streamed is not None and isinstance(self.streamed.content, Chunks):
            yield "chunks = Chunked(file)"
        if around.preface:
            yield "sock.sendall(PREFACE)"
        has_origin = False
        for number, part in enumerate(self.parts):
            if not has_origin and _has_times(self.parts[number:]):
                yield "origin = time.monotonic()"
                has_origin = True
            match part:
                case Block():
                    yield from self._sending(part)
                case Answers(methods):
                    yield from (f"read_answer(answers, {text_literal(method)})" for method in methods)
                case Continue(method, patience_ns):
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

    def _sending(self, block: Block) -> Iterator[str]:
        source = None
        if block.streamed and self.streamed is not None:
            source = "chunks" if isinstance(self.streamed.content, Chunks) else "file"
        elif block.is_stored:
            source = "stored"
        if block.has_several:
            yield f"send(sock, {source or f'io.BytesIO({block.name})'}, origin, {block.name}_WRITES)"
            return
        for one in block.writes:
            if one.at_ns:
                yield f"sleep_until(origin + {_seconds(one.at_ns)})"
            yield f"sock.sendall({f'{source}.read({one.size})' if source else block.name})"


def _file(streamed: Streamed, folder: Path | None) -> Iterator[str]:
    """Yield the lines that name the file which is sent; one within the folder of the script may move with it."""
    file = streamed.file
    path = file.path.absolute()
    within = None if folder is None else os.path.relpath(path, folder.absolute())
    if within is None or within.startswith(".."):
        yield f"FILE = Path({text_literal(str(path))})"
    else:
        yield f"FILE = Path(__file__).parent / {text_literal(within)}"
    yield f"if not FILE.is_file() or FILE.stat().st_size != {file.size_bytes}:"
    yield f'    raise SystemExit(f"{{FILE}} does not have {file.size_bytes:,} bytes any more: export it again")'
    if isinstance(streamed.content, Chunks):
        yield f"CHUNK_BYTES = {CHUNK_BYTES}"


def _preface(data: bytes) -> str:
    literal = assigned("PREFACE", data)
    if literal is None:
        raise PlanError(f"a preface of {len(data):,} bytes is too long for a script to hold")
    return literal


def _has_times(parts: tuple[Part, ...]) -> bool:
    """Return whether something is to be sent at a time of its own before the next wait."""
    until = takewhile(lambda part: not isinstance(part, _WAITS), parts)
    return any(part.has_times for part in until if isinstance(part, Block))


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

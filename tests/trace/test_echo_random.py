"""Whatever a body looks like, and wherever curl writes it: no byte is read as known that was not so on the wire."""

import random
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.trace.reading import DATA, HEADER, RECEIVED, SENT, agrees, event, info, text_of
from tracereplay.errors import TraceError
from tracereplay.trace.event import Direction, Event, Kind
from tracereplay.trace.payload import Payload
from tracereplay.trace.reader import Form
from tracereplay.trace.trace import Trace

GET = b"GET /%d HTTP/1.1\r\nHost: h\r\nUser-Agent: curl/8.12.1\r\n\r\n"
POST = b"POST /%d HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\n"
KEPT = "Connection #0 to host h left intact"
LINES = (
    b"== Info: Connection #0 to host h left intact\n", b"== Info: Closing connection\n", b"* a list\n", b"plain\n",
    b"=> Send data, 3 bytes (0x3)\n0000: abc\n", b"<= Recv data, 5 bytes (0x5)\n0000: hello\n", b"dots. and\r\n", b"\n",
    b"=> Send data, 3 bytes (0x3)\n", b"0000: abc\n", b"0040: ab\n", b"0001: x\r\n", b"0042: \r\n", b"x" * 64 + b"\r\n",
    b"y" * 55, b"x" * 66, b"no end", b"<= Recv header, 2 bytes (0x2)\n0000: \n", b"\xff\0", b"* ", b"=", b"\r",
    b"=> Send header, 18 bytes (0x12)\n0000: GET / HTTP/1.1\n0010: \n", b"0006: x\r\n", b"\r\n",
    text_of([event(b"abc")]), text_of([event(b"hello", DATA, RECEIVED)]), text_of([event(b"ok\n", DATA, RECEIVED)]),
)  # fmt: skip


@dataclass
class Recorder:
    """Prints what a curl would, and keeps the bytes."""

    chance: random.Random
    form: Form
    text: bytes = b""
    wire: dict[Direction, bytes] = field(default_factory=lambda: {SENT: b"", RECEIVED: b""})

    def moves(self, data: bytes, kind: Kind, way: Direction, echo: bytes = b"") -> None:
        self.text += text_of([event(data, kind, way)], self.form) + echo
        self.wire[way] += data

    def says(self, text: str) -> None:
        self.text += text_of([info(text)], self.form)

    def transfers(self, number: int) -> None:
        chance = self.chance
        has_heads, has_body = chance.random() < 0.2, chance.random() < 0.6
        is_upload = chance.random() < 0.3
        if is_upload:
            self.moves(POST % number, HEADER, SENT)
            self.moves(b"a.\n", DATA, SENT)
        else:
            self.moves(GET % number, HEADER, SENT)
        pieces = [self._lookalike() for _ in range(chance.choice((1, 1, 1, 2, 3)))]
        framing = chance.choice((b"Content-Length: %d\r\n" % sum(map(len, pieces)), b"Transfer-Encoding: chunked\r\n"))
        for line in (b"HTTP/1.1 200 OK\r\n", b"Server: a.b\r\n", framing, b"\r\n"):
            self.moves(line, HEADER, RECEIVED, line if has_heads else b"")
        is_chunked = framing.startswith(b"T")
        for at, piece in enumerate(pieces):
            raw = b"%x\r\n%s\r\n" % (len(piece), piece) if is_chunked else piece
            raw += b"0\r\n\r\n" if is_chunked and at == len(pieces) - 1 else b""
            self.moves(raw, DATA, RECEIVED, piece if has_body else b"")
        self.says(KEPT)
        if not is_upload:  # behind an upload ``missing`` cannot tell yet what ``-w`` wrote
            self.text += chance.choice(
                (b"",) * 9 + (b"200", b"200\n", b"200\n=> Send data, 3 bytes (0x3)\n0000: abc\n")
            )

    def _lookalike(self) -> bytes:
        body = b"".join(self.chance.choices(LINES, k=self.chance.choice((1, 1, 2, 3, 6))))
        if self.chance.random() < 0.2:  # what curl is about to print
            body = text_of([info(KEPT)], self.form) * self.chance.choice((1, 2))
        if self.chance.random() < 0.2:
            body = (body + b"x" * 66)[:64] + b"\r\n"
        return body


def recorded(seed: int) -> Recorder:
    chance = random.Random(seed)
    made = Recorder(chance, chance.choice(("ascii", "ascii", "hex")))
    made.says("  Trying 127.0.0.1:80...")
    made.says("Connected to h (127.0.0.1) port 80 (#0)")
    for number in range(chance.choice((1, 2, 3, 4))):
        made.transfers(number)
    made.text = made.text.replace(b"\n", b"\r\n") if chance.random() < 0.15 else made.text
    return made


def verdict(made: Recorder, path: Path) -> str:
    """Return ``exact``, ``warned`` or ``refused``.

    Raises AssertionError where a known byte is wrong, and nothing tells.
    """
    path.write_bytes(made.text)
    try:
        trace = Trace.load(path)
    except TraceError:
        return "refused"
    if trace.faults:
        return "refused"
    for way in Direction:
        shown = [item.item for item in trace.story() if isinstance(item.item, Event) and item.item.direction is way]
        data = b"".join(one.payload.data for one in shown)
        marks = b"".join(one.payload.marks or bytes(len(one.payload)) for one in shown)
        assert len(data) == len(made.wire[way]), way
        assert agrees(Payload(data, marks), made.wire[way]), way
    return "warned" if trace.warnings else "exact"


def check(seeds: range, folder: Path) -> dict[str, int]:
    counts = {"exact": 0, "warned": 0, "refused": 0}
    for seed in seeds:
        made = recorded(seed)
        try:
            counts[verdict(made, folder / "trace.txt")] += 1
        except AssertionError as error:
            raise AssertionError(f"seed {seed}: {error}\n{made.text.decode('latin-1')}") from error
    return counts


def test_no_byte_is_wrong_and_told_as_known(tmp_path: Path) -> None:
    first = random.SystemRandom().randrange(1 << 40)
    print(f"seeds from {first}")
    counts = check(range(first, first + 400), tmp_path)
    assert counts["exact"] > 100, counts


@pytest.mark.long
def test_no_byte_is_wrong_and_told_as_known_in_many(tmp_path: Path) -> None:
    first = random.SystemRandom().randrange(1 << 40)
    counts = check(range(first, first + 20_000), tmp_path)
    print(f"seeds from {first}: {counts}")

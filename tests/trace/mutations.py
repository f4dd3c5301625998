"""The ways in which a trace breaks: text is lost, added, changed, put elsewhere, and mixed with another trace."""

import random
from collections.abc import Callable
from functools import cache
from pathlib import Path

FIXTURES = Path(__file__).parents[2] / "fixtures" / "traces"
LARGEST_BYTES = 14_000
JUNK = (
    b"\0", b"\n", b"\r", b"\r\n", b".", b"  ", b"\xff" * 20, b"0000: ", b"0040: x", b"0010: 61 ", b"x" * 3000,
    b"=> Send data, 99999999999 bytes (0x174876e7ff)\n", b"<= Recv header, 2 bytes (0x2)\n0000: \n",
    b"=> Send header, 18446744073709551615 bytes (0xffffffffffffffff)\n", b"== Info: ", b"* Closing connection\n",
    b"12:00:00.000000 ", b"[0-0] ", b"[7-x] ", b"== Info: Connected to g (127.0.0.1) port 81 (#1)\n",
    b"* Re-using existing connection with host 127.0.0.1\n", b"\x1f\x8b\x08\x00",
    b"$ curl -v http://a/\n> GET / HTTP/1.1\n",
)  # fmt: skip
Change = Callable[[random.Random, bytes], bytes]


@cache
def originals() -> tuple[tuple[str, bytes], ...]:
    """Return the small traces among the fixtures, by name."""
    found = ((path.parent.name, path.read_bytes()) for path in sorted(FIXTURES.glob("*/trace.txt")))
    return tuple((name, text) for name, text in found if 0 < len(text) <= LARGEST_BYTES)


def _cut(chance: random.Random, text: bytes) -> bytes:
    return text[: chance.randrange(len(text) + 1)]


def _behead(chance: random.Random, text: bytes) -> bytes:
    return text[chance.randrange(len(text)) :]


def _lose(chance: random.Random, text: bytes) -> bytes:
    start = chance.randrange(len(text))
    return text[:start] + text[start + chance.choice((1, 2, 16, 70, 500)) :]


def _insert(chance: random.Random, text: bytes) -> bytes:
    at = chance.randrange(len(text) + 1)
    return text[:at] + chance.choice(JUNK) + text[at:]


def _flip(chance: random.Random, text: bytes) -> bytes:
    changed = bytearray(text)
    for _ in range(chance.choice((1, 1, 1, 3, 20))):
        at = chance.randrange(len(changed))
        changed[at] = chance.choice((changed[at] ^ 1 << chance.randrange(8), chance.randrange(256), 0x2E, 0x0A))
    return bytes(changed)


def _lines(change: Callable[[random.Random, list[bytes], int], None]) -> Change:
    def changed(chance: random.Random, text: bytes) -> bytes:
        lines = text.splitlines(keepends=True)
        for _ in range(chance.choice((1, 1, 2, 5))):
            if lines:
                change(chance, lines, chance.randrange(len(lines)))
        return b"".join(lines)

    return changed


def _delete(chance: random.Random, lines: list[bytes], at: int) -> None:
    del lines[at : at + chance.choice((1, 1, 1, 3, 9))]


def _double(chance: random.Random, lines: list[bytes], at: int) -> None:
    count = chance.choice((1, 1, 4))
    lines[at:at] = lines[at : at + count]


def _swap(chance: random.Random, lines: list[bytes], at: int) -> None:
    other = chance.choice((min(at + 1, len(lines) - 1), chance.randrange(len(lines))))
    lines[at], lines[other] = lines[other], lines[at]


def _indent(chance: random.Random, lines: list[bytes], at: int) -> None:
    lines[at] = chance.choice((b" ", b"> ", b"\x1b[32m", b"\xef\xbb\xbf")) + lines[at]


def _end(chance: random.Random, lines: list[bytes], at: int) -> None:
    lines[at] = lines[at].rstrip(b"\r\n") + chance.choice((b"", b"\r\n", b"\r", b" \n", b"\n\n"))


def _line_ends(chance: random.Random, text: bytes) -> bytes:
    end = chance.choice((b"\r\n", b"\r", b"\r\r\n", b" \n"))
    return text.replace(b"\n", end, chance.choice((-1, 3)))


def _splice(chance: random.Random, text: bytes) -> bytes:
    _, other = chance.choice(originals())
    at, rest = chance.randrange(len(text)), chance.randrange(len(other))
    return text[:at] + other[rest:] + chance.choice((b"", text[at:]))


def _count(chance: random.Random, text: bytes) -> bytes:
    """Change a digit, where sizes, offsets, times and numbers are."""
    places = [at for at, byte in enumerate(text) if byte in b"0123456789abcdef"]
    at = chance.choice(places) if places else 0
    return text[:at] + chance.choice((b"", b"0", b"f", b"9", b"12345")) + text[at + 1 :]


CHANGES: tuple[Change, ...] = (
    _cut, _behead, _lose, _insert, _flip, _line_ends, _splice, _count,
    *map(_lines, (_delete, _delete, _double, _swap, _indent, _end)),
)  # fmt: skip


def mutant(seed: int, number: int) -> tuple[str, bytes, bytes]:
    """Return the name of an original, its text, and the mutation of it that has this number."""
    chance = random.Random(f"{seed}:{number}")
    name, text = chance.choice(originals())
    changed = text
    if number % 4 == 0:
        return name, text, _cut(chance, text)  # what can be judged by the original
    for _ in range(chance.choice((1, 1, 2, 4))):
        if changed:
            changed = chance.choice(CHANGES)(chance, changed)
    return name, text, changed

"""Rows looked at together must say what rows looked at one by one say, of sound and of damaged dumps."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.trace.reading import as_ascii_shows, source_of
from tests.trace.strategies import line_ends
from tracereplay.trace import dump_ascii
from tracereplay.trace.ascii_rows import Block, read_block
from tracereplay.trace.payload import Payload

NEXT_ITEMS = b"=> Send data, 70 bytes (0x46)\n0000: " + b"y" * 64 + b"\n0040: zzzzzz\n== Info: left intact\n"
PIECES = {
    "a table": b"\0binary\xff" * 640,
    "a short line": b"short\r\n",
    "an empty line": b"\r\n",
    "a line that fills a row": b"f" * 64 + b"\r\n",
    "a line that wraps": b"w" * 150 + b"\r\n",
    "a lone LF": b"a\nb",
    "a CR that wraps": b"c" * 63 + b"\r\r\n",
}


def taken(text: bytes, size: int, line_end: bytes) -> tuple[Payload, bytes, int]:
    source = source_of(text)
    payload = dump_ascii.take(source, size, line_end)
    return payload, source.peek(len(text)), source.line


def taken_row_by_row(text: bytes, size: int, line_end: bytes) -> tuple[Payload, bytes, int]:
    def nothing(*_: object) -> Block | None:
        return None

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(dump_ascii, "read_block", nothing)
        return taken(text, size, line_end)


@pytest.mark.parametrize("piece", [pytest.param(piece, id=name) for name, piece in PIECES.items()])
@pytest.mark.parametrize("line_end", [b"\n", b"\r\n"])
def test_each_kind_of_line_is_read_many_at_a_time(piece: bytes, line_end: bytes) -> None:
    data = (piece * (200_000 // len(piece)))[:150_001]
    text = dump_ascii.write(Payload(data), line_end)
    assert taken(text + NEXT_ITEMS, len(data), line_end) == (
        as_ascii_shows(data),
        NEXT_ITEMS,
        text.count(b"\n") + 1,
    )


@settings(deadline=None)
@given(st.lists(st.sampled_from(sorted(PIECES.values())), min_size=1, max_size=40), line_ends, st.integers(0, 2000))
def test_many_at_a_time_is_as_one_by_one(pieces: list[bytes], line_end: bytes, seed: int) -> None:
    chance = random.Random(seed)
    data = b"".join(pieces) * chance.choice([1, 1, 5])
    text = bytearray(dump_ascii.write(Payload(data), line_end) + NEXT_ITEMS)
    if seed % 2:
        at = chance.randrange(len(text))
        text[at : at + chance.randint(0, 3)] = bytes(chance.choices(b"\r\n .:09afF=x\xff", k=chance.randint(0, 3)))
    assert taken(bytes(text), len(data), line_end) == taken_row_by_row(bytes(text), len(data), line_end)


@pytest.mark.long
@settings(max_examples=1500, deadline=None)
@given(st.integers(), line_ends)
def test_any_damage_is_found_many_at_a_time_as_one_by_one(seed: int, line_end: bytes) -> None:
    chance = random.Random(seed)
    data = b"".join(chance.choices(sorted(PIECES.values()), k=chance.randint(1, 60)))
    text = bytearray(dump_ascii.write(Payload(data), line_end) + NEXT_ITEMS)
    for _ in range(chance.randint(0, 3)):
        at = chance.randrange(len(text))
        text[at : at + chance.randint(0, 80)] = bytes(chance.choices(b"\r\n .:09afF=x\xff", k=chance.randint(0, 80)))
    size = max(1, len(data) + chance.choice([0, 0, -2, 2, -64]))
    assert taken(bytes(text), size, line_end) == taken_row_by_row(bytes(text), size, line_end)


def test_the_row_whose_end_only_the_next_head_tells_is_left_out() -> None:
    text = dump_ascii.write(Payload(b"x" * 64 * 100))
    block = read_block(text, 0, 6400, b"\n")
    assert block is not None
    assert (block.rows, block.shown.data, block.text_bytes) == (99, b"x" * 6336, 99 * 71)


@pytest.mark.parametrize("behind", [b"short\r\n", b"f" * 64 + b"\r\n"])
@pytest.mark.parametrize("line_end", [b"\n", b"\r\n"])
def test_a_table_goes_as_far_as_its_rows_are_full_and_follow_each_other(behind: bytes, line_end: bytes) -> None:
    data = b"x" * 64 * 100 + behind + b"x" * 64 * 100
    block = read_block(dump_ascii.write(Payload(data), line_end), 0, len(data), line_end)
    assert block is not None
    assert (block.rows, block.shown) == (100, Payload(b"x" * 6400))


@pytest.mark.parametrize(
    ("at", "new"),
    [
        (4000, b"\x80"),
        (4000, b"\r"),
        (4000, b"\n"),
        (71 * 50, b"g"),
        (71 * 50 + 4, b";"),
        (71 * 50 + 5, b"."),
        (71 * 50 + 2, b"C"),
    ],
)
def test_a_table_in_which_one_byte_is_wrong_is_no_table(at: int, new: bytes) -> None:
    text = bytearray(dump_ascii.write(Payload(b"x" * 6400)))
    text[at : at + 1] = new
    block = read_block(bytes(text), 0, 6400, b"\n")
    assert block is None or block.text_bytes <= 71 * 57
    assert block is None or set(block.shown.data) == {0x78}

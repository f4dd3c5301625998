import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.trace.reading import source_of, taken
from tests.trace.strategies import line_ends, payloads
from tracereplay.trace import dump_hex
from tracereplay.trace.payload import Payload

HEAD = """\
0000: 47 45 54 20 2f 20 48 54 54 50 2f 31 2e 31 0d 0a GET / HTTP/1.1..
0010: 48 6f 73 74 3a 20 61 0d 0a 0d 0a                Host: a....
"""


def test_a_dump_looks_as_curl_prints_it() -> None:
    data = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"
    assert dump_hex.write(Payload(data)).decode() == HEAD
    assert taken("hex", HEAD.encode(), len(data)) == Payload(data)


@given(payloads, line_ends)
def test_what_is_written_is_read_back(data: bytes, line_end: bytes) -> None:
    assert taken("hex", dump_hex.write(Payload(data), line_end), len(data), line_end) == Payload(data)


@pytest.mark.parametrize("size", [0, 1, 15, 16, 17, 4095, 65_535, 65_536, 65_537, 65_552, 131_072, 200_000])
def test_offsets_grow_to_five_digits(size: int) -> None:
    data = random.Random(size).randbytes(size)
    text = dump_hex.write(Payload(data))
    assert text.count(b"\n") == -(-size // 16)
    assert taken("hex", text, size) == Payload(data)


@pytest.mark.long
@settings(max_examples=50)
@given(st.integers(0, 2_000_000), st.integers(), line_ends)
def test_any_size_is_read_back(size: int, seed: int, line_end: bytes) -> None:
    data = random.Random(seed).randbytes(size)
    assert taken("hex", dump_hex.write(Payload(data), line_end), size, line_end) == Payload(data)


@pytest.mark.parametrize("shown", [b"\x7f", b"."], ids=["to 7.84.0", "from 7.85.0 on"])
def test_delete_is_shown_raw_or_as_a_dot(shown: bytes) -> None:
    text = b"0000: 61 7f 62 " + b"   " * 13 + b"a" + shown + b"b\n"
    assert taken("hex", text, 3) == Payload(b"a\x7fb")
    many = dump_hex.write(Payload(b"\x7f" * 64)).replace(b"." * 16, shown * 16)
    assert taken("hex", many, 64) == Payload(b"\x7f" * 64)


def test_what_follows_the_dump_is_not_taken() -> None:
    source = source_of(HEAD.encode() + b"0020: 61")
    dump_hex.take(source, 27, b"\n")
    assert (source.peek(10), source.line) == (b"0020: 61", 3)


@given(payloads, line_ends, st.data())
def test_a_torn_dump_is_whole_rows_and_never_a_wrong_byte(data: bytes, line_end: bytes, draw: st.DataObject) -> None:
    text = dump_hex.write(Payload(data), line_end)
    end = draw.draw(st.integers(0, len(text)))
    payload = taken("hex", text[:end], len(data), line_end)
    whole_rows = text[:end].count(line_end)
    assert payload == Payload(data[: whole_rows * 16])


def test_a_large_dump_is_torn_at_a_row() -> None:
    data = random.Random(5).randbytes(70_000)
    text = dump_hex.write(Payload(data))
    payload = taken("hex", text[:-3000], 70_000)
    assert data.startswith(payload.data)
    assert 70_000 - 900 < len(payload) < 70_000


@given(payloads.filter(bool), st.data())
def test_one_changed_character_is_noticed(data: bytes, draw: st.DataObject) -> None:
    text = bytearray(dump_hex.write(Payload(data)))
    at = draw.draw(st.integers(0, len(text) - 1))
    other = draw.draw(st.integers(0, 255).filter(lambda byte: byte != text[at]))
    is_delete = {text[at], other} == {0x2E, 0x7F}  # both are how curl shows 0x7f
    text[at] = other
    payload = taken("hex", bytes(text), len(data))
    assert data.startswith(payload.data)
    assert len(payload) < len(data) or is_delete


@pytest.mark.parametrize("at", [0, 1, 1234, 4095])
@pytest.mark.parametrize("column", [0, 5, 6, 8, 55, 60, 69], ids=str)
def test_one_changed_character_among_thousands_of_rows_ends_the_dump_there(at: int, column: int) -> None:
    data = random.Random(at).randbytes(4100 * 16)
    text = bytearray(dump_hex.write(Payload(data)))
    place = at * 71 + column
    text[place] = 0x7A if text[place] != 0x7A else 0x79
    assert taken("hex", bytes(text), len(data)) == Payload(data[: at * 16])


@pytest.mark.parametrize(
    ("text", "size"),
    [
        pytest.param(HEAD.upper(), 27, id="capitals"),
        pytest.param(HEAD.replace("0000:", "0010:"), 27, id="another first offset"),
        pytest.param("0000: " + "61 " * 15 + "   " + "a" * 15 + "\n", 16, id="a byte too few"),
        pytest.param("0000: " + "61 " * 16 + "a" * 16 + " \n", 16, id="a blank at the end"),
        pytest.param("0000: ６１ " + "   " * 15 + "a\n", 1, id="digits of another script"),
        pytest.param("", 1, id="nothing"),
        pytest.param("0000: 61", 10**18, id="no end in sight"),
    ],
)
def test_what_is_no_row_is_not_taken(text: str, size: int) -> None:
    assert taken("hex", text.encode(), size) == Payload(b"")


@pytest.mark.parametrize(
    ("line", "following", "size", "is_hex"),
    [
        (b"0000: 61 " + b"   " * 15 + b"a\n", b"=> Sen", 1, True),
        (b"0000: a\n", b"=> Sen", 1, False),
        (HEAD.encode().splitlines(keepends=True)[0], b"0010: ", 27, True),
        (HEAD.encode().splitlines(keepends=True)[0], b"0040: ", 90, False),
        (HEAD.encode().splitlines(keepends=True)[0].replace(b"\n", b"\r\n"), b"", 27, True),
        (HEAD.encode().splitlines(keepends=True)[0], b"001", 27, True),
    ],
    ids=[
        "one byte",
        "one character",
        "two rows",
        "text that looks like a row",
        "torn after a row",
        "torn within an offset",
    ],
)
def test_the_first_row_tells_the_form(line: bytes, following: bytes, size: int, is_hex: bool) -> None:
    assert dump_hex.is_first_row(line, following, size) is is_hex

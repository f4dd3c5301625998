import random

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.trace.reading import agrees, as_ascii_shows, marks_of, source_of, taken
from tests.trace.strategies import line_ends, payloads
from tracereplay.trace import dump_ascii
from tracereplay.trace.payload import Payload

X63, X64 = "x" * 63, "x" * 64
NEXT_ITEM = b"== Info: Connection #0 to host 127.0.0.1 left intact\n"

# As curl's dump() walks: text, its bytes, and how it is shown.
WALKS = [
    pytest.param(b"abc", "0000: abc\n", id="a row without a line end"),
    pytest.param(b"abc\r\n", "0000: abc\n", id="a CR LF at the end has no row of its own"),
    pytest.param(b"\r\n", "0000: \n", id="a CR LF alone"),
    pytest.param(b"\r\n\r\n", "0000: \n0002: \n", id="two empty lines"),
    pytest.param(b"a\r\nb", "0000: a\n0003: b\n", id="a CR LF ends a row"),
    pytest.param(X64.encode() + b"y", f"0000: {X64}\n0040: y\n", id="64 characters and one more"),
    pytest.param(X64.encode() + b"\r\n", f"0000: {X64}\n", id="64 characters and a CR LF take one row"),
    pytest.param(X64.encode() + b"\r\ny", f"0000: {X64}\n0042: y\n", id="and the next row starts two further"),
    pytest.param(X64.encode() + b"\r\n\r\n", f"0000: {X64}\n0042: \n", id="an empty line behind a full one"),
    pytest.param(X63.encode() + b"\r\n", f"0000: {X63}\n", id="63 characters and a CR LF"),
    pytest.param(X64.encode() + b"\r", f"0000: {X64}\n0040: .\n", id="a CR that wraps"),
    pytest.param(b"\r\r\n", "0000: .\n", id="CR CR LF: a dot, and then the end"),
    pytest.param(b"\r\n\n", "0000: \n0002: .\n", id="CR LF LF: the end, and then a dot"),
    pytest.param(b"a\nb\rc\0\xff.", "0000: a.b.c...\n", id="every other byte is a dot, as a dot is"),
]


@pytest.mark.parametrize(("data", "shown"), WALKS)
def test_a_dump_looks_as_curl_prints_it(data: bytes, shown: str) -> None:
    assert dump_ascii.write(Payload(data)).decode() == shown


@pytest.mark.parametrize(("data", "shown"), WALKS)
def test_offsets_and_size_give_every_cr_lf_back(data: bytes, shown: str) -> None:
    assert taken("ascii", shown.encode() + NEXT_ITEM, len(data)) == as_ascii_shows(data)


def test_a_dot_is_unknown() -> None:
    payload = taken("ascii", b"0000: a.b..\n", 5)
    assert (payload.data, marks_of(payload), payload.unknown) == (b"a.b..", "k?k??", 3)


@given(payloads, line_ends)
@example(X63.encode() + b"\r\n", b"\r\n")
def test_what_is_written_is_read_back_but_for_dots(data: bytes, line_end: bytes) -> None:
    text = dump_ascii.write(Payload(data), line_end) + NEXT_ITEM
    assert taken("ascii", text, len(data), line_end) == as_ascii_shows(data)


@pytest.mark.parametrize("size", [1, 64, 4095, 65_535, 65_536, 65_537, 131_072, 200_000])
def test_offsets_grow_to_five_digits(size: int) -> None:
    pieces = random.Random(size).choices([b"\r\n", b"a", b"x" * 60, b"\n", b".", X64.encode()], k=size)
    data = b"".join(pieces)[:size]
    text = dump_ascii.write(Payload(data))
    assert taken("ascii", text + NEXT_ITEM, size) == as_ascii_shows(data)


@pytest.mark.long
@settings(max_examples=50)
@given(st.integers(0, 1_000_000), st.integers(), line_ends)
def test_any_size_is_read_back_but_for_dots(size: int, seed: int, line_end: bytes) -> None:
    pieces = random.Random(seed).choices([b"\r\n", b"a", b"x" * 60, b"\n", b"\r", X64.encode()], k=size // 4)
    data = b"".join(pieces)[:size]
    text = dump_ascii.write(Payload(data), line_end) + NEXT_ITEM
    assert taken("ascii", text, len(data), line_end) == as_ascii_shows(data)


def test_delete_is_known_where_it_is_shown() -> None:
    assert taken("ascii", b"0000: a\x7fb\n", 3) == Payload(b"a\x7fb")


def test_what_follows_the_dump_is_not_taken() -> None:
    source = source_of(b"0000: a\n0003: b\n")
    assert len(dump_ascii.take(source, 3, b"\n")) == 3
    assert (source.peek(20), source.line) == (b"0003: b\n", 2)


@given(payloads, line_ends, st.data())
@example(X64.encode() + b"yz", b"\n", None)
@example(X64.encode() + b"\r\n", b"\n", None)
@example(X64.encode() * 3 + b"yz", b"\n", None)
def test_a_torn_dump_never_gives_a_wrong_byte(data: bytes, line_end: bytes, draw: st.DataObject | None) -> None:
    text = dump_ascii.write(Payload(data), line_end)
    ends = range(len(text) + 1) if draw is None else [draw.draw(st.integers(0, len(text)))]
    for end in ends:
        payload = taken("ascii", text[:end], len(data), line_end)
        assert agrees(payload, data), (end, payload)


@pytest.mark.parametrize(
    ("text", "size", "data", "marks"),
    [
        pytest.param(f"0000: {X64}\n", 66, X64 + "..", "k" * 64 + "??", id="a CR LF, or two characters"),
        pytest.param(f"0000: {X64}\n004", 66, X64 + "..", "k" * 64 + "??", id="torn within the next offset"),
        pytest.param(f"0000: {X64}\n0040: y", 66, X64, "k" * 64, id="torn within the next row"),
        pytest.param(f"0000: {X64}\n", 99, X64, "k" * 64, id="more is to come, whatever it is"),
        pytest.param(f"0000: {X64}\n0042", 99, X64 + "\r\n", "k" * 66, id="the next offset shows enough"),
        pytest.param("0000: abc\n", 99, "abc\r\n", "k" * 5, id="a short row can only be ended by a CR LF"),
        pytest.param("0000: abc", 99, "", "", id="a row without its end"),
        pytest.param(f"0000: {X64}\n", 5, "", "", id="a row that is more than the size"),
    ],
)
def test_a_torn_dump_says_how_much_is_sure(text: str, size: int, data: str, marks: str) -> None:
    payload = taken("ascii", text.encode(), size)
    assert (payload.data.decode(), marks_of(payload)) == (data, marks)


@given(payloads.filter(bool), st.data())
def test_a_changed_offset_is_noticed(data: bytes, draw: st.DataObject) -> None:
    rows = dump_ascii.write(Payload(data)).splitlines(keepends=True)
    number = draw.draw(st.integers(0, len(rows) - 1))
    row = bytearray(rows[number])
    at = draw.draw(st.integers(0, 5))
    row[at] = draw.draw(st.sampled_from(b"0123456789abcdef: ").filter(lambda byte: byte != row[at]))
    rows[number] = bytes(row)
    payload = taken("ascii", b"".join(rows) + NEXT_ITEM, len(data))
    assert agrees(payload, data)
    assert len(payload) < len(data) or payload.unknown > as_ascii_shows(data).unknown


@given(payloads.filter(bool), st.booleans(), st.data())
def test_a_character_more_or_less_is_noticed(data: bytes, is_more: bool, draw: st.DataObject) -> None:
    rows = dump_ascii.write(Payload(data)).splitlines(keepends=True)
    number = draw.draw(st.integers(0, len(rows) - 1))
    row = rows[number]
    at = draw.draw(st.integers(6, len(row) - 1))
    rows[number] = row[:at] + (b"+" + row[at:] if is_more else row[at + 1 :])
    payload = taken("ascii", b"".join(rows) + NEXT_ITEM, len(data))
    assert agrees(payload, data)
    assert len(payload) < len(data)


@pytest.mark.parametrize(
    ("text", "size"),
    [
        pytest.param("0000: " + "x" * 65 + "\n", 65, id="too wide"),
        pytest.param("0000: a\tb\n", 3, id="a byte that is never printed"),
        pytest.param("0000: é\n", 2, id="a byte beyond ASCII"),
        pytest.param("0000:abc\n", 3, id="no blank"),
        pytest.param("0000: abcd\n", 3, id="more than the size"),
        pytest.param("0000: " + "x" * 64 + "\n", 5, id="a full row that is more than the size"),
        pytest.param("0000: abc\n", 4, id="one byte is missing"),
        pytest.param("", 1, id="nothing"),
    ],
)
def test_what_is_no_row_is_not_taken(text: str, size: int) -> None:
    assert taken("ascii", text.encode() + NEXT_ITEM, size) == Payload(b"")


@given(payloads.filter(bool), st.integers(1, 99), line_ends)
def test_a_torn_payload_is_written_so_that_no_cr_lf_is_made_up(data: bytes, missing: int, line_end: bytes) -> None:
    text = dump_ascii.write(Payload(data), line_end, missing_bytes=missing)
    for following in (b"", NEXT_ITEM):
        payload = taken("ascii", text + following, len(data) + missing, line_end)
        assert agrees(payload, data), (text, payload)

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracereplay.trace.framing import Chunked, Counted


def content(framing: Chunked | Counted, data: bytes, piece_bytes: int) -> bytes:
    found = []
    for at in range(0, len(data), piece_bytes):
        piece = data[at : at + piece_bytes]
        found += [piece[start:end] for start, end in framing.feed(piece)]
    return b"".join(found)


@pytest.mark.parametrize("piece_bytes", [1, 2, 3, 100])
@pytest.mark.parametrize(
    ("data", "body", "is_complete"),
    [
        pytest.param(b"5\r\nhello\r\n0\r\n\r\n", b"hello", True, id="one chunk"),
        pytest.param(b"5;a=b\r\nhello\r\n1\r\n!\r\n0\r\nA: b\r\nC: d\r\n\r\n", b"hello!", True, id="all that may be"),
        pytest.param(b"00A \r\n0123456789\r\n0\r\n\r\n", b"0123456789", True, id="zeros and a blank"),
        pytest.param(b"0\r\n\r\n", b"", True, id="nothing"),
        pytest.param(b"5\r\nhel", b"hel", False, id="torn"),
        pytest.param(b"0\r\n\r\nrest", b"", True, id="what follows is no content"),
    ],
)
def test_the_content_of_chunks_is_found(data: bytes, body: bytes, is_complete: bool, piece_bytes: int) -> None:
    framing = Chunked()
    assert content(framing, data, piece_bytes) == body
    assert framing.is_complete is is_complete


def test_a_line_end_that_two_events_split_is_two_dots_in_ascii() -> None:
    framing = Chunked()
    pieces = [b"5;a=..b.", b".hello.", b".0.", b".\r\n"]
    assert [framing.feed(piece) for piece in pieces] == [[], [(1, 6)], [], []]
    assert framing.is_complete


@pytest.mark.parametrize("data", [b"hello", b"5 apples", b"-", b"12345678901234567"])
def test_what_cannot_become_a_size_is_not_chunked(data: bytes) -> None:
    framing = Chunked()
    framing.feed(data)
    assert framing.is_broken


@pytest.mark.parametrize("data", [b"", b"5", b"5\r", b"5.", b"5 ", b"5;a=b c", b"5\r\nzz", b"0\r\nA: b"])
def test_what_may_still_become_one_is(data: bytes) -> None:
    framing = Chunked()
    framing.feed(data)
    assert not framing.is_broken


@pytest.mark.parametrize(
    "data",
    [
        b"hello\r\nworld",
        b"-4\r\nabcd",
        b"0x4\r\nabcd",
        b"+4\r\nabcd",
        b"1_0\r\nabcd",
        b"\r\nabcd",
        b"f" * 17 + b"\r\nabcd",
    ],
)
def test_what_is_not_chunked_is_content_from_there_on_and_never_complete(data: bytes) -> None:
    framing = Chunked()
    found = content(framing, data, 100)
    assert data.endswith(found)
    assert found == data.partition(b"\r\n")[2]
    assert not framing.is_complete


def test_a_chunk_that_is_longer_than_its_size_is_no_chunk() -> None:
    framing = Chunked()
    assert content(framing, b"2\r\nabcd\r\n0\r\n\r\n", 100) == b"ab0\r\n\r\n"
    assert not framing.is_complete


def test_a_size_without_end_is_no_size() -> None:
    framing = Chunked()
    content(framing, b"1" * 20_000, 1000)
    assert not framing.is_complete


@given(st.lists(st.binary(min_size=1, max_size=40)), st.integers(1, 50))
def test_any_chunks_in_any_pieces_give_their_content(chunks: list[bytes], piece_bytes: int) -> None:
    data = b"".join(b"%x\r\n%s\r\n" % (len(chunk), chunk) for chunk in chunks) + b"0\r\n\r\n"
    framing = Chunked()
    assert content(framing, data, piece_bytes) == b"".join(chunks)
    assert framing.is_complete


@given(st.binary(max_size=80), st.integers(1, 20))
def test_any_bytes_are_content_in_order_or_none(data: bytes, piece_bytes: int) -> None:
    found = content(Chunked(), data, piece_bytes)
    assert len(found) <= len(data)


@pytest.mark.parametrize(
    ("left", "body", "is_complete"),
    [(5, b"hello", True), (20, b"hello and more", False), (0, b"", True), (None, b"hello and more", False)],
)
def test_a_counted_body_ends_with_its_count(left: int | None, body: bytes, is_complete: bool) -> None:
    framing = Counted(left)
    assert content(framing, b"hello and more", 3) == body
    assert framing.is_complete is is_complete

import io

import pytest

from tests.trace.reading import source_of
from tracereplay.trace.source import Source

TEXT = b"one\ntwo\n\nfour, which has no end"


@pytest.mark.parametrize("most_bytes", [1, 2, 3, 7, 1000])
def test_lines_come_whole_and_counted_in_pieces_of_any_size(most_bytes: int) -> None:
    source = source_of(TEXT, most_bytes)
    lines = []
    numbers = []
    while not source.is_at_end:
        line = source.peek_line()
        numbers.append(source.line)
        assert source.peek_line() == line, "looking takes nothing"
        lines.append(source.take(len(line)))
    assert b"".join(lines) == TEXT
    assert numbers == [1, 2, 3, 4]
    assert lines[-1] == b"four, which has no end"


def test_looking_past_the_end_gives_what_there_is() -> None:
    source = source_of(b"ab", 1)
    assert source.peek(10) == b"ab"
    assert source.take(10) == b"ab"
    assert source.is_at_end
    assert source.peek(1) == source.peek_line() == source.take(1) == b""


def test_a_line_that_is_too_long_comes_in_parts() -> None:
    source = source_of(b"x" * 10 + b"\ny\n", 4)
    assert source.peek_line(6) == b"x" * 6
    source.take(6)
    assert (source.peek_line(6), source.line) == (b"xxxx\n", 1)


def test_what_was_taken_is_not_kept() -> None:
    source = Source(io.BytesIO(b"x" * 100_000), chunk_bytes=1000)
    for _ in range(100):
        source.take(1000)
        assert len(source._buffer) <= 2000

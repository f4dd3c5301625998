from pathlib import Path

import pytest

from tests.trace.reading import DATA, HEADER, RECEIVED, SENT, event, info, text_of
from tracereplay.errors import UnknownBytesError
from tracereplay.trace.doubts import refuse_unknown
from tracereplay.trace.event import Item
from tracereplay.trace.trace import Trace

HEAD = b"POST / HTTP/1.1\r\nHost: a.b\r\n\r\n"


def trace_of(folder: Path, body: bytes, *, strict: bool = False) -> Trace:
    path = folder / "trace.txt"
    items: list[Item] = [event(HEAD, HEADER), event(body, DATA), event(b"\n\n", DATA, RECEIVED), info("x")]
    path.write_bytes(text_of(items, "ascii"))
    return Trace.load(path, strict=strict)


def test_unknown_bytes_are_refused_with_their_number_and_places(tmp_path: Path) -> None:
    trace = trace_of(tmp_path, b"a\nb\n\nc\nd\ne\n")
    with pytest.raises(UnknownBytesError) as refused:
        refuse_unknown(trace, trace.conversations[0], SENT)
    assert str(refused.value) == (
        f"{trace.name}: 6 of the 41 bytes sent on connection 0 are unknown, at 31, 33-34, 36, …: --trace-ascii shows a"
        " dot for LF, for every byte outside 0x20-0x7e, and for a dot\n"
        "  hint: record again with `tracereplay record`, or take the dots as they are with --unknown keep"
    )
    assert refused.value.ranges == ((31, 32), (33, 35), (36, 37))
    assert (refused.value.trace, refused.value.exit_code) == (trace.name, 3)


def test_only_bytes_that_are_wanted_are_refused(tmp_path: Path) -> None:
    trace = trace_of(tmp_path, b"abc\n\n\n")
    one = trace.conversations[0]
    refuse_unknown(trace, one, SENT, end=33)
    with pytest.raises(UnknownBytesError, match="2 of the 35 bytes sent on connection 0 are unknown, at 33-34: "):
        refuse_unknown(trace, one, SENT, end=35)


def test_more_places_are_hinted_at_only_where_there_are_more_that_are_wanted(tmp_path: Path) -> None:
    trace = trace_of(tmp_path, b"a\nb\nc\nd\ne\n")
    one = trace.conversations[0]
    with pytest.raises(UnknownBytesError, match="are unknown, at 31, 33, 35: "):
        refuse_unknown(trace, one, SENT, end=36)
    with pytest.raises(UnknownBytesError, match="are unknown, at 31, 33, 35, …: "):
        refuse_unknown(trace, one, SENT, end=38)


def test_each_direction_is_asked_for_by_itself(tmp_path: Path) -> None:
    trace = trace_of(tmp_path, b"abc")
    refuse_unknown(trace, trace.conversations[0], SENT)
    with pytest.raises(UnknownBytesError, match="2 of the 2 bytes received on connection 0 are unknown, at 0-1: "):
        refuse_unknown(trace, trace.conversations[0], RECEIVED)


def test_a_dot_in_a_head_is_refused_only_by_the_strict(tmp_path: Path) -> None:
    trace = trace_of(tmp_path, b"abc", strict=True)
    with pytest.raises(UnknownBytesError, match="2 of the 33 bytes sent on connection 0 are unknown, at 13, 24: "):
        refuse_unknown(trace, trace.conversations[0], SENT)

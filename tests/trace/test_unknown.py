from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.trace.reading import DATA, HEADER, SENT, event, text_of
from tracereplay.errors import UnknownBytesError
from tracereplay.trace import unknown
from tracereplay.trace.doubts import refuse_unknown
from tracereplay.trace.payload import UNKNOWN, Payload
from tracereplay.trace.trace import Trace
from tracereplay.trace.unknown import Unknown

marked = st.binary(max_size=12).map(lambda data: Payload(b"." * len(data), bytes(byte % 3 for byte in data)))


def unknown_of(payloads: list[Payload]) -> Unknown:
    found = Unknown()
    for payload in payloads:
        found.add(payload)
    found.read_again_by(lambda: payloads)
    return found


@given(st.lists(marked, max_size=6), st.integers(0, 5), st.integers(0, 80), st.integers(0, 80))
def test_few_ranges_are_kept_and_all_are_told(payloads: list[Payload], kept: int, first: int, last: int) -> None:
    marks = b"".join(payload.marks for payload in payloads)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(unknown, "KEPT_RANGES", kept)
        found = unknown_of(payloads)
    ranges = list(found)
    assert [at for start, end in ranges for at in range(start, end)] == [
        at for at, mark in enumerate(marks) if mark == UNKNOWN
    ]
    assert all(end < start for (_, end), (start, _) in pairwise(ranges))
    assert found.total == marks.count(UNKNOWN)
    assert found.before(last) == marks[:last].count(UNKNOWN)
    if first < last:
        assert found.meet(first, last) == (UNKNOWN in marks[first:last])
    rest = found.beyond(min(first, len(marks)))
    assert [at for start, end in rest for at in range(start, end)] == [
        at for at, mark in enumerate(marks[first:]) if mark == UNKNOWN
    ]
    assert (rest.total, rest.before(last)) == (marks[first:].count(UNKNOWN), marks[first:][:last].count(UNKNOWN))


def test_what_is_not_kept_is_read_from_the_trace_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unknown, "KEPT_RANGES", 2)
    path = tmp_path / "trace.txt"
    head = b"POST / HTTP/1.1\r\nHost: a\r\n\r\n"
    path.write_bytes(text_of([event(head, HEADER), *(event(b"a\nb\n", DATA) for _ in range(50))], "ascii"))
    trace = Trace.load(path)
    (one,) = trace.conversations
    assert list(one.sent.unknown) == [(at, at + 1) for at in range(len(head) + 1, len(head) + 200, 2)]
    with pytest.raises(
        UnknownBytesError, match=r"90 of the 208 bytes sent on connection 0 are unknown, at 29, 31, 33, …:"
    ):
        refuse_unknown(trace, one, SENT, end=len(head) + 180)

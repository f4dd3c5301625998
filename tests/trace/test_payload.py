from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.trace.reading import marks_of
from tracereplay.trace.payload import INFERRED, KNOWN, UNKNOWN, Payload

_MARKS = st.sampled_from((KNOWN, INFERRED, UNKNOWN))


@st.composite
def marked_payloads(draw: st.DrawFn) -> Payload:
    marks = bytes(draw(st.lists(_MARKS, max_size=20)))
    return Payload(bytes(0x2E if mark else 0x61 for mark in marks), marks)


def test_marks_are_as_many_as_bytes() -> None:
    with pytest.raises(ValueError, match="2 marks for 3 bytes"):
        Payload(b"abc", b"\0\0")


def test_a_payload_without_marks_is_all_known() -> None:
    payload = Payload(b"abc")
    assert (len(payload), payload.unknown, payload.inferred) == (3, 0, 0)
    assert list(payload.unknown_ranges()) == []
    assert payload.strict() is payload
    assert payload[1:] == Payload(b"bc")


@given(marked_payloads(), st.integers(0, 20), st.integers(0, 20))
def test_each_byte_keeps_its_mark_through_slicing(payload: Payload, start: int, end: int) -> None:
    part = payload[start:end]
    assert part.data == payload.data[start:end]
    assert part.marks == payload.marks[start:end]


@given(marked_payloads(), st.integers(0, 1000))
def test_the_ranges_cover_the_unknown_bytes_and_no_others(payload: Payload, base: int) -> None:
    ranges = list(payload.unknown_ranges(base))
    assert all(start < end for start, end in ranges)
    assert all(one[1] < two[0] for one, two in pairwise(ranges))
    covered = [at for start, end in ranges for at in range(start - base, end - base)]
    assert covered == [at for at, mark in enumerate(payload.marks) if mark == UNKNOWN]
    assert payload.unknown == len(covered)


@given(marked_payloads())
def test_strict_takes_what_is_inferred_for_unknown(payload: Payload) -> None:
    strict = payload.strict()
    assert strict.data == payload.data
    assert strict.inferred == 0
    assert strict.unknown == payload.unknown + payload.inferred


@pytest.mark.parametrize(
    ("data", "marks"),
    [
        pytest.param(b"a.b\r\n", "kikkk", id="within a line a dot is a dot"),
        pytest.param(b".b\r\n", "?kkk", id="at the start it may be the LF of a CR LF"),
        pytest.param(b"a\r\nb.", "kkkk?", id="at the end it may be the CR of a CR LF"),
        pytest.param(b"a.b.", "k?k?", id="without a CR LF it is no head"),
        pytest.param(b"..", "??", id="nothing but dots"),
        pytest.param(b"a\r\n", "kkk", id="no dot"),
    ],
)
def test_a_dot_is_inferred_only_within_a_line_of_a_head(data: bytes, marks: str) -> None:
    unknown = bytes(UNKNOWN if byte == 0x2E else KNOWN for byte in data)
    assert marks_of(Payload(data, unknown).with_dots_inferred()) == marks

"""Edits of steps, for any steps."""

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from tracereplay.plan.edit import Pace, cut, paced, paused
from tracereplay.plan.step import Leave, Opening, Pause, Send, Step
from tracereplay.plan.way import Way

HEAD = b"POST /f HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 4\r\n\r\n"
EXPECTING = HEAD.replace(b"Host", b"Expect: 100-continue\r\nHost")
CONTINUE = b"HTTP/1.1 100 Continue\r\n"
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
POST = Opening("POST")
MS = 1_000_000

SENDS = st.lists(st.tuples(st.binary(max_size=30), st.integers(0, 10**9)), max_size=8)


def sends(parts: list[tuple[bytes, int]]) -> list[Step]:
    return [Send(data, at_ns) for data, at_ns in parts]


def bytes_of(steps: list[Step]) -> bytes:
    return b"".join(step.data for step in steps if isinstance(step, Send))


@given(parts=SENDS, rate=st.integers(1, 10_000))
def test_a_trickle_sends_the_same_bytes_in_small_pieces_at_rising_times(
    parts: list[tuple[bytes, int]], rate: int
) -> None:
    steps = list(paced(sends(parts), Pace(rate_bytes=Fraction(rate))))
    assert bytes_of(steps) == bytes_of(sends(parts))
    sent = 0
    for step in steps:
        assert isinstance(step, Send)
        assert len(step.data) <= max(1, rate // 100)
        assert step.at_ns == sent * 10**9 // rate
        sent += len(step.data)


@given(parts=SENDS, share=st.floats(0, 1))
def test_a_pause_changes_no_byte_and_stands_at_its_place(parts: list[tuple[bytes, int]], share: float) -> None:
    whole = bytes_of(sends(parts))
    at_bytes = int(len(whole) * share)
    steps = list(paused([*sends(parts), Leave(Way.FIN)], at_bytes, 5))
    assert bytes_of(steps) == whole
    place = steps.index(Pause(5))
    assert len(bytes_of(steps[:place])) == at_bytes


@given(parts=SENDS, share=st.floats(0, 1))
def test_a_cut_keeps_what_stands_before_it(parts: list[tuple[bytes, int]], share: float) -> None:
    whole = bytes_of(sends(parts))
    at_bytes = int(len(whole) * share)
    steps = list(cut(sends(parts), at_bytes, Leave(Way.RST, is_cut=True)))
    assert bytes_of(steps) == whole[:at_bytes]
    assert steps[-1] == Leave(Way.RST, is_cut=True)

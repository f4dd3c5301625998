"""Edits of steps, for any steps."""

from fractions import Fraction
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from tracereplay.plan.edit import Pace, cut, paced, paused
from tracereplay.plan.step import Awaited, Expect, Leave, Opening, Pause, Send, Step
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


def test_long_gaps_are_shortened_before_the_speed_counts() -> None:
    steps: list[Step] = [
        Send(b"a", 100),
        Send(b"b", 5_000),
        Expect(Awaited.ANSWER),
        Send(b"c", 3_000),
        Send(b"d", 3_010),
    ]
    shorter = paced(steps, Pace(Fraction(2), idle_limit_ns=1_000))
    assert list(shorter) == [
        Send(b"a", 50),
        Send(b"b", 550),
        Expect(Awaited.ANSWER),
        Send(b"c", 500),
        Send(b"d", 505),
    ]


@given(parts=SENDS, limit_ns=st.integers(0, 10**9))
def test_no_gap_is_longer_than_the_limit_and_the_others_stay(parts: list[tuple[bytes, int]], limit_ns: int) -> None:
    parts.sort(key=lambda part: part[1])
    steps = [step for step in paced(sends(parts), Pace(idle_limit_ns=limit_ns)) if isinstance(step, Send)]
    recorded, played = [0, *(at_ns for _, at_ns in parts)], [0, *(step.at_ns for step in steps)]
    gaps = [(after - before) for before, after in pairwise(recorded)]
    assert [after - before for before, after in pairwise(played)] == [min(gap, limit_ns) for gap in gaps]


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

"""In which writes the bytes are sent, and how a user says so."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.traces import make_trace
from tracereplay.errors import PlanError
from tracereplay.plan.segments import Segments, read_segments, segmented
from tracereplay.plan.step import Awaited, Expect, Leave, Opening, Pause, Send, Settle, Step
from tracereplay.plan.way import Way

POST = Opening("POST")
PARTS = st.lists(st.tuples(st.binary(min_size=1, max_size=30), st.integers(0, 10**9)), max_size=8)


@pytest.mark.parametrize(
    ("text", "segments"),
    [
        ("recorded", Segments()),
        ("mtu", Segments(1448)),
        ("1", Segments(1)),
        ("4k", Segments(4096)),
        ("lockstep", Segments(None, is_lockstep=True)),
        ("lockstep:recorded", Segments(None, is_lockstep=True)),
        ("lockstep:1", Segments(1, is_lockstep=True)),
        ("lockstep:mtu", Segments(1448, is_lockstep=True)),
        ("random:7", Segments(seed="7")),
        ("lockstep:random:a:b", Segments(is_lockstep=True, seed="a:b")),
        ("joined", Segments(is_joined=True)),
        ("lockstep:joined", Segments(is_lockstep=True, is_joined=True)),
        ("at:217", Segments(is_joined=True, ends=(217,))),
        ("lockstep:at:300,7,300", Segments(is_lockstep=True, is_joined=True, ends=(7, 300))),
    ],
)
def test_segments_are_named(text: str, segments: Segments) -> None:
    assert read_segments(text) == segments


@pytest.mark.parametrize(
    "text", ["", "0", "0.1", "-1", "lockstep:", "lockstep:0", "lockstep1", "mtu:1", "words", "random:"]
)
def test_what_names_no_segments_is_refused(text: str) -> None:
    with pytest.raises(PlanError, match="says nothing of segments"):
        read_segments(text)


@pytest.mark.parametrize("text", ["at:", "at:1,", "at:x", "at:-1", "at:50%", "lockstep:at:٣", "at:" + "9" * 5000])
def test_what_names_no_bytes_is_refused(text: str) -> None:
    with pytest.raises(PlanError, match="names no bytes"):
        read_segments(text)


@given(parts=PARTS, seed=st.text(), is_lockstep=st.booleans())
def test_pieces_by_chance_are_the_same_for_the_same_seed(
    parts: list[tuple[bytes, int]], seed: str, is_lockstep: bool
) -> None:
    steps: list[Step] = [Send(data, at_ns, POST) for data, at_ns in parts]
    segments = Segments(None, is_lockstep, seed)
    sends = [step for step in segmented(steps, segments) if isinstance(step, Send)]
    assert sends == [step for step in segmented(steps, segments) if isinstance(step, Send)]
    assert b"".join(step.data for step in sends) == b"".join(data for data, _ in parts)
    assert all(0 < len(step.data) <= 4096 for step in sends)


def test_other_seeds_give_other_pieces_small_and_large() -> None:
    sizes = [
        tuple(len(one.data) for one in segmented([Send(bytes(40_000))], Segments(seed=seed)) if isinstance(one, Send))
        for seed in "ab"
    ]
    assert sizes[0] != sizes[1]
    assert min(min(one) for one in sizes) < 16
    assert max(max(one) for one in sizes) > 1024


@given(parts=PARTS, ends=st.sets(st.integers(1, 100)), is_lockstep=st.booleans(), waits=st.sets(st.integers(0, 5)))
def test_joined_writes_end_where_it_is_said_and_where_the_client_waits(
    parts: list[tuple[bytes, int]], ends: set[int], is_lockstep: bool, waits: set[int]
) -> None:
    steps: list[Step] = []
    at, must = 0, set()
    for number, (data, at_ns) in enumerate(parts):
        if number in waits:
            steps.append(Expect(Awaited.CONTINUE))
            must.add(at)
        steps.append(Send(data, at_ns, POST if number == 0 else None))
        at += len(data)
    found, settled, sent = set(), set(), b""
    done = list(segmented(steps, Segments(is_lockstep=is_lockstep, is_joined=True, ends=tuple(sorted(ends)))))
    for step in done:
        if isinstance(step, Settle):
            settled.add(len(sent))
        if isinstance(step, Send):
            sent += step.data
            found.add(len(sent))
    assert sent == b"".join(data for data, _ in parts)
    assert found | {0} == {0, at} | must | {one for one in ends if one < at}
    assert settled == ({0} | found - {at} if is_lockstep and parts else set())
    assert [one for one in done if isinstance(one, Expect)] == [one for one in steps if isinstance(one, Expect)]
    assert [one.opening for one in done if isinstance(one, Send)][:1] == [POST] * bool(parts)


def test_joined_writes_have_64_kib_at_most_and_no_request_begins_within_one() -> None:
    steps: list[Step] = [
        Send(b"h" * 10, 1, POST),
        Send(b"b" * 65_530, 2),
        Send(b"b" * 70_000, 3),
        Send(b"g" * 5, 3, POST),
    ]
    done = [one for one in segmented(steps, Segments(is_joined=True)) if isinstance(one, Send)]
    assert [(len(one.data), one.at_ns, one.opening) for one in done] == [
        (65_536, 2, POST),
        (65_536, 3, None),
        (4_468, 3, None),
        (5, 3, POST),
    ]


def test_no_write_ends_behind_the_last_byte(tmp_path: Path) -> None:
    plan = make_trace(tmp_path, [("=> Send data", b"0123456789")]).plan()
    assert plan.in_segments("at:9").main_connection.segments.ends == (9,)
    with pytest.raises(PlanError, match="no write can end at byte 10: the last of them ends at 10"):
        plan.in_segments("at:3,10")


@given(
    parts=PARTS,
    size=st.one_of(st.none(), st.integers(1, 40)),
    is_lockstep=st.booleans(),
)
def test_pieces_have_the_size_the_time_and_the_bytes(
    parts: list[tuple[bytes, int]], size: int | None, is_lockstep: bool
) -> None:
    steps: list[Step] = [Send(data, at_ns, POST) for data, at_ns in parts]
    done = list(segmented([*steps, Leave(Way.FIN)], Segments(size, is_lockstep)))
    assert done.pop() == Leave(Way.FIN)
    sends = [step for step in done if isinstance(step, Send)]
    assert b"".join(step.data for step in sends) == b"".join(data for data, _ in parts)
    assert sum(step.opening is not None for step in sends) == len(parts)
    assert all(len(step.data) <= (size or 30) for step in sends)
    if size is None:
        assert sends == steps
    settles = [number for number, step in enumerate(done) if isinstance(step, Settle)]
    assert settles == ([2 * number for number in range(len(sends))] if is_lockstep else [])


def test_pieces_end_at_a_pause_and_at_the_cut(tmp_path: Path) -> None:
    plan = make_trace(tmp_path, [("=> Send data", b"0123456789")]).plan()
    edited = plan.truncated("-1").paused("5=1s").in_segments("lockstep:2")
    assert [step.data if isinstance(step, Send) else type(step) for step in edited.main_connection.steps()] == [
        *(Settle, b"01", Settle, b"23", Settle, b"4", Pause, Settle, b"56", Settle, b"78", Leave)
    ]

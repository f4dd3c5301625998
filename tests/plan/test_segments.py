"""In which writes the bytes are sent, and how a user says so."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.traces import make_trace
from tracereplay.errors import PlanError
from tracereplay.plan.segments import Segments, read_segments, segmented
from tracereplay.plan.step import Leave, Opening, Pause, Send, Settle, Step
from tracereplay.plan.way import Way

POST = Opening("POST")


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
    ],
)
def test_segments_are_named(text: str, segments: Segments) -> None:
    assert read_segments(text) == segments


@pytest.mark.parametrize("text", ["", "0", "0.1", "-1", "lockstep:", "lockstep:0", "lockstep1", "mtu:1", "words"])
def test_what_names_no_segments_is_refused(text: str) -> None:
    with pytest.raises(PlanError, match="says nothing of segments"):
        read_segments(text)


@given(
    parts=st.lists(st.tuples(st.binary(min_size=1, max_size=30), st.integers(0, 10**9)), max_size=8),
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

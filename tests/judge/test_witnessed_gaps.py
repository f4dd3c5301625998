"""What was read of the witness and stands there no more, and what was never written."""

import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.judge.test_witnessed import GET, PORTS, PUT, line, sent, write
from tracereplay.errors import PlanError
from tracereplay.judge.sent import Sent
from tracereplay.judge.witnessed import Witness


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "witness.jsonl"


LOST: dict[str, tuple[Callable[[Path], object], str]] = {
    "cut off": (lambda log: log.write_bytes(b""), "was cut off, or another took its place,"),
    "cut off, and grown since": (
        lambda log: log.write_text(line(2) * 9, "utf-8"),
        "was cut off, or another took its place,",
    ),
    "as long as before": (
        lambda log: log.write_text(line() + line(2), "utf-8"),
        "was cut off, or another took its place,",
    ),
    "removed": (lambda log: log.unlink(), "was removed"),
}


@pytest.mark.parametrize("how", LOST)
@pytest.mark.parametrize("is_read", [True, False], ids=["read", "from before"])
def test_a_file_that_is_no_more_what_it_was_is_no_witness(how: str, log: Path, *, is_read: bool) -> None:
    lose, why = LOST[how]
    if not is_read:
        write(log, line(), line(1))
    witness = Witness(log)
    if is_read:
        write(log, line(), line(1))
        witness.look()
    lose(log)
    for look in (witness.look, witness.refuse_lost):
        with pytest.raises(PlanError, match=f"{why} while it was read, and nothing tells"):
            look()


def test_a_file_that_is_yet_to_come_is_waited_for(log: Path) -> None:
    witness = Witness(log)
    witness.refuse_lost()
    assert not witness.look()
    write(log, line())
    assert witness.look()


@pytest.mark.parametrize("ports", [PORTS, (40002, 8000)], ids=["of the play", "of another one"])
def test_lines_that_could_not_be_written_are_a_gap_that_is_told(ports: tuple[int, int], log: Path) -> None:
    witness = Witness(log)
    witness.expect(PORTS, 0.25, 1000.0)
    write(log, line(1, ports=(40002, 8000), lost=3), line(ports=ports))
    with pytest.raises(PlanError, match="3 lines of the witness could not be written"):
        witness.wait([], "0s", threading.Event())
    assert (witness.of(sent()) is not None) == (ports == PORTS)  # what is behind the gap was read all the same


def test_by_a_port_that_was_used_again_nothing_is_said_to_be_missing(log: Path) -> None:
    """The clocks of both machines need not agree, so that of two plays with a port it may be seen of neither."""
    witness = Witness(log)
    write(log, line())
    witness.look()
    for seconds in (0.25, 0.5):
        witness.expect(PORTS, seconds, 5000.0)
    again = Sent(PORTS, (PUT,), seconds=0.5)
    assert witness.of(again) is None
    witness.answered(again)
    witness.refuse_gone_blind()
    witness.answered(sent(ports=(40002, 8000)))
    witness.answered(again)
    with pytest.raises(PlanError, match="not any more at the end"):
        witness.refuse_gone_blind()


def test_what_was_answered_at_the_end_must_be_seen_there(log: Path) -> None:
    witness = Witness(log)
    witness.refuse_gone_blind()
    write(log, line())
    witness.answered(sent(GET), sent(PUT))
    with pytest.raises(PlanError, match="saw the whole request at the beginning, and not any more at the end"):
        witness.refuse_gone_blind()
    witness.look()
    witness.refuse_gone_blind()

"""The lines of the witness, read while they are written."""

import json
import threading
import time
from pathlib import Path

import pytest

from tracereplay.errors import PlanError
from tracereplay.judge.seen import Seen, as_json, seen_of
from tracereplay.judge.witnessed import Witness

PORTS = (40001, 8000)


def line(number: int = 0, state: str = "done", ports: tuple[int | None, int | None] = PORTS, **more: object) -> str:
    known = {"read": 10, "end": "clean", "error": None, "status": 200, "failed": None}
    head = {"version": 1, "pid": 7, "number": number, "port": ports[0], "server_port": ports[1], "state": state}
    return json.dumps({**head, **known, **more}) + "\n"


def write(path: Path, *texts: str) -> None:
    with path.open("a", encoding="utf-8") as file:
        file.writelines(texts)


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "witness.jsonl"


def test_only_what_is_written_from_now_on_is_read(log: Path) -> None:
    write(log, line())
    witness = Witness(log)
    assert not witness.look()
    write(log, line(1, read=20))
    assert witness.look()
    assert witness.of(PORTS, 0) == Seen(20, "clean", None, 200)


def test_a_file_that_became_shorter_is_no_witness(log: Path) -> None:
    write(log, line(), line(1))
    witness = Witness(log)
    log.write_text("", "utf-8")
    with pytest.raises(PlanError, match="became shorter while it was read"):
        witness.look()


def test_the_last_line_about_a_request_counts_and_one_that_is_being_written_waits(log: Path) -> None:
    witness = Witness(log)
    last = line(read=30)
    write(log, line(state="called", read=0), line(state="read", read=20), last[:20])
    witness.look()
    assert witness.of(PORTS, 0) == Seen(20, "clean", None, 200, is_over=False)
    write(log, last[20:])
    witness.look()
    assert witness.of(PORTS, 0) == Seen(30, "clean", None, 200)


def test_the_requests_of_a_connection_are_in_their_order(log: Path) -> None:
    witness = Witness(log)
    write(log, line(4, read=1), line(5, read=2))
    witness.look()
    assert [witness.of(PORTS, number) for number in range(3)] == [
        Seen(1, "clean", None, 200),
        Seen(2, "clean", None, 200),
        None,
    ]


def test_of_two_plays_with_the_same_ports_nobody_knows_whose_it_is(log: Path) -> None:
    witness = Witness(log)
    write(log, line())
    witness.look()
    witness.expect(PORTS)
    assert witness.of(PORTS, 0) is not None
    witness.expect(PORTS)
    assert witness.of(PORTS, 0) is None


def test_what_is_forgotten_is_not_taken_for_another_play(log: Path) -> None:
    witness = Witness(log)
    write(log, line(read=1))
    witness.forget()
    assert witness.of(PORTS, 0) is None
    write(log, line(1, read=2))
    witness.look()
    assert witness.of(PORTS, 0) == Seen(2, "clean", None, 200)


def test_what_stands_in_between_has_another_port(log: Path) -> None:
    witness = Witness(log)
    write(log, line(ports=(40001, 9000)), line(1, ports=(None, None)))
    with pytest.raises(PlanError, match="the witness has not seen the whole request") as error:
        witness.refuse_blind(PORTS)
    assert f"TRACEREPLAY_WITNESS={log}" in str(error.value)
    assert witness.unreadable == 0


def test_what_is_no_line_of_it_is_counted(log: Path) -> None:
    witness = Witness(log)
    write(log, "hello\n", "[1]\n", line(version=2), line(end="soon"), line(read="1"), line())
    witness.look()
    assert witness.unreadable == 5
    assert witness.of(PORTS, 0) is not None


def test_it_waits_until_all_are_over_and_no_longer(log: Path) -> None:
    witness = Witness(log)
    write(log, line(state="read"))
    began = time.monotonic()
    witness.wait([(PORTS, 0)], "0.6s", threading.Event())
    assert 0.6 <= time.monotonic() - began < 3
    write(log, line())
    began = time.monotonic()
    witness.wait([(PORTS, 0)], "60s", threading.Event())
    assert time.monotonic() - began < 30


def test_a_folder_is_no_witness(tmp_path: Path) -> None:
    with pytest.raises(PlanError, match="cannot be read"):
        Witness(tmp_path).look()


@pytest.mark.parametrize("seen", [Seen(1, "open"), Seen(2, "error", "OSError", 500, "OSError", is_over=False)])
def test_what_was_seen_reads_back(seen: Seen) -> None:
    assert seen_of(json.loads(json.dumps(as_json(seen)))) == seen

"""The lines of the witness, read while they are written."""

import json
import threading
import time
from pathlib import Path

import pytest

from tracereplay.errors import PlanError
from tracereplay.judge.seen import Seen, as_json, seen_of
from tracereplay.judge.sent import Sent
from tracereplay.judge.witnessed import Witness
from tracereplay.trace.request import Request

PORTS = (40001, 8000)


def line(number: int = 0, state: str = "done", ports: tuple[int | None, int | None] = PORTS, **more: object) -> str:
    known = {"read": 10, "end": "clean", "error": None, "status": 200, "failed": None, "at": 1000.0}
    head = {
        "version": 1,
        "pid": 7,
        "number": number,
        "port": ports[0],
        "server_port": ports[1],
        "state": state,
        "id": None,
    }
    return json.dumps({**head, "method": "PUT", "root": "", "path": "/raw", "announced": 10, **known, **more}) + "\n"


def request(target: str = "/raw", method: str = "PUT", length: int | None = 10) -> Request:
    headers = () if length is None else (("Content-Length", str(length)),)
    return Request(1, 0, method, target, "1.1", 0, 0, headers)


def sent(*requests: Request, number: int = 0, ports: tuple[int, int] | None = PORTS) -> Sent:
    return Sent(ports, requests or (request(),), number)


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
    assert witness.of(sent()) == Seen(20, "clean", None, 200)


def test_the_last_line_about_a_request_counts_and_one_that_is_being_written_waits(log: Path) -> None:
    witness = Witness(log)
    last = line(read=30)
    write(log, line(state="called", read=0), line(state="read", read=20), last[:20])
    witness.look()
    assert witness.of(sent()) == Seen(20, "clean", None, 200, is_over=False)
    write(log, last[20:])
    witness.look()
    assert witness.of(sent()) == Seen(30, "clean", None, 200)


GET, PUT, LONGER = request("/health", "GET", None), request(), request(length=20)
LINES = {
    "health": line(3, method="GET", path="/health", announced=None, read=0),
    "put": line(4, read=1),
    "put again": line(5, read=2),
    "longer": line(6, announced=20, read=3),
    "mounted": line(7, root="/raw", path="", read=4),
    "of a body of the cut request": line(8, method="POST", path="/other", read=5),
}
KNOWN: dict[str, tuple[list[str], tuple[Request, ...], int, int | None]] = {
    "all in their order": (["put", "put again"], (PUT, PUT), 1, 2),
    "the first of two that are equal": (["put", "put again"], (PUT, PUT), 0, 1),
    "one that was answered before the application": (["put"], (GET, PUT), 1, 1),
    "the one that was answered so": (["put"], (GET, PUT), 0, None),
    "one of another length": (["put", "longer"], (LONGER, PUT), 0, 3),
    "one of two that are equal was not asked": (["put again"], (PUT, PUT), 1, None),
    "one more than was sent": (["put", "put again"], (PUT,), 0, None),
    "bytes that were taken for a request": (["put", "of a body of the cut request"], (PUT,), 0, 1),
    "one that is mounted": (["mounted"], (PUT,), 0, 4),
    "none was begun": (["put"], (PUT,), -1, None),
}


@pytest.mark.parametrize("name", KNOWN)
def test_a_request_of_a_connection_is_known_by_what_it_asks(name: str, log: Path) -> None:
    told, requests, number, read = KNOWN[name]
    witness = Witness(log)
    write(log, *(LINES[one] for one in told))
    witness.look()
    seen = witness.of(sent(*requests, number=number))
    assert (None if seen is None else seen.read) == read


CUT_HEADS: dict[str, tuple[list[str], tuple[Request, ...], int, int | None]] = {
    "that was taken for another one": (["longer"], (PUT,), 0, 3),
    "behind another one": (["health", "longer"], (GET, PUT), 1, 3),
    "behind one that was answered before the application": (["longer"], (GET, PUT), 1, 3),
    "that was not taken": (["health"], (GET, PUT), 1, None),
    "that may be the one before": (["put", "put again"], (PUT, PUT), 1, None),
    "with more than was sent": (["put", "longer"], (LONGER,), 0, None),
}


@pytest.mark.parametrize("name", CUT_HEADS)
def test_a_head_that_is_cut_short_may_ask_anything(name: str, log: Path) -> None:
    told, requests, number, read = CUT_HEADS[name]
    witness = Witness(log)
    write(log, *(LINES[one] for one in told))
    witness.look()
    seen = witness.of(Sent(PORTS, requests, number, has_head=False))
    assert (None if seen is None else seen.read) == read


@pytest.mark.parametrize(
    ("told", "found"),
    [(["put", "put again"], "PUT /raw, PUT /raw"), (["health"], "GET /health")],
    ids=["twice", "as another one"],
)
def test_a_witness_of_something_else_is_refused_and_told(told: list[str], found: str, log: Path) -> None:
    witness = Witness(log)
    write(log, *(LINES[one] for one in told))
    with pytest.raises(PlanError, match=f"has seen {found}, and nothing tells which of it is .*: PUT /raw"):
        witness.refuse_blind(sent())


def test_of_several_requests_one_that_was_seen_is_enough(log: Path) -> None:
    witness = Witness(log)
    write(log, LINES["put"])
    witness.refuse_blind(sent(GET, PUT), sent(GET, PUT, number=1))


@pytest.mark.parametrize(
    ("lives", "expected"),
    [
        ([(0.25, 1000.2)], [None]),
        ([(0.25, 1000.2), (0.125, 1060.0)], [1, 2]),
        ([(0.25, 1000.2), (0.125, 1000.6)], [None, None]),
        ([(0.25, 1000.2), (0.25, 1060.0)], [None, None]),
        ([(0.25, 1000.2), (0.125, 1030.0), (2.0, 1061.0)], [1, None, 2]),
        ([(0.25, 1000.2), (0.25, 1030.0)], [None, None]),
    ],
    ids=[
        "one, and two requests",
        "each in its time",
        "both at the time of a request",
        "both took as long, so that they cannot be told apart",
        "one of which nothing was seen",
        "one of two that took as long",
    ],
)
def test_of_plays_with_the_same_ports_each_has_what_was_called_in_its_time(
    lives: list[tuple[float, float]], expected: list[int | None], log: Path
) -> None:
    """A port is used again after some thousand connections."""
    witness = Witness(log)
    write(log, line(0, "called", at=1000.0), line(1, at=1060.3, read=2), line(0, at=1060.5, read=1))
    witness.look()
    for seconds, ended in lives:
        witness.expect(PORTS, seconds, ended)
    seen = [witness.of(Sent(PORTS, (request(),), seconds=seconds)) for seconds, _ in lives]
    assert [None if one is None else one.read for one in seen] == expected


def test_what_is_forgotten_is_not_taken_for_another_play(log: Path) -> None:
    witness = Witness(log)
    write(log, line(read=1))
    witness.forget()
    assert witness.of(sent()) is None
    write(log, line(1, read=2))
    witness.look()
    assert witness.of(sent()) == Seen(2, "clean", None, 200)


def test_what_stands_in_between_has_another_port(log: Path) -> None:
    witness = Witness(log)
    write(log, line(ports=(40001, 9000)))
    with pytest.raises(PlanError, match="the witness has not seen the whole request") as error:
        witness.refuse_blind(sent())
    assert f"TRACEREPLAY_WITNESS={log}" in str(error.value)
    assert witness.unreadable == 0


def test_a_server_that_does_not_tell_ports_is_named_as_such(log: Path) -> None:
    witness = Witness(log)
    write(log, line(ports=(None, 8000)))
    with pytest.raises(PlanError, match="does not tell the application the port of the client"):
        witness.refuse_blind(sent())
    assert witness.unreadable == 0


def test_what_is_no_line_of_it_is_counted(log: Path) -> None:
    witness = Witness(log)
    write(log, "hello\n", "[1]\n", line(version=2), line(end="soon"), line(read="1"), line())
    witness.look()
    assert witness.unreadable == 5
    assert witness.of(sent()) is not None


def test_it_waits_until_all_are_over_and_no_longer(log: Path) -> None:
    witness = Witness(log)
    witness.expect(PORTS, 0.25, 1000.0)
    write(log, line(state="read"))
    began = time.monotonic()
    witness.wait([sent()], "0.6s", threading.Event())
    assert 0.6 <= time.monotonic() - began < 30
    write(log, line())
    began = time.monotonic()
    witness.wait([sent()], "60s", threading.Event())
    assert time.monotonic() - began < 30


def test_what_others_ask_is_not_waited_for_and_not_kept(log: Path) -> None:
    witness = Witness(log)
    witness.expect(PORTS, 0.25, 1000.0)
    others = (line(number, ports=(number, 8000)) for number in range(1, 1_000_000))
    stop, is_written = threading.Event(), threading.Event()

    def write_on() -> None:
        while not stop.wait(0.02):
            write(log, next(others))
            is_written.set()

    writing = threading.Thread(target=write_on)
    writing.start()
    try:
        assert is_written.wait(30)
        write(log, line())
        began = time.monotonic()
        witness.wait([sent()], "60s", threading.Event())
        assert time.monotonic() - began < 30
        write(log, line(state="read"))
        witness.wait([sent()], "1s", threading.Event())
        assert time.monotonic() - began < 45
    finally:
        stop.set()
        writing.join()
    assert set(witness._found) == {PORTS}


@pytest.mark.parametrize("seen", [Seen(1, "open"), Seen(2, "error", "OSError", 500, "OSError", is_over=False)])
def test_what_was_seen_reads_back(seen: Seen) -> None:
    assert seen_of(json.loads(json.dumps(as_json(seen)))) == seen

"""Plays of a trace with marks in it, counted at the peer; and what show tells of them."""

import json
import subprocess
from pathlib import Path

import pytest

from tests.cli.command_line import invoke
from tests.cli.samples import ANSWER, SENT, two_uploads, upload
from tests.net.sink import Sink, answer_with
from tests.traces import make_trace
from tracereplay.library import load
from tracereplay.plan.way import Way
from tracereplay.trace.event import Direction
from tracereplay.trace.mark import Mark

HALF = 162


def marked(folder: Path, *more: str, form: str = "hex") -> Path:
    path = upload(folder, form=form)
    invoke("mark", path, "--at", "file:50%", "--name", "half", "--close", "rst", *more)
    invoke("mark", path, "--at", "10", "--name", "early")
    return path


@pytest.mark.parametrize(
    ("words", "count", "end"),
    [
        (["--truncate", "@half"], HALF, "rst"),
        (["--truncate", "@half", "--close", "fin"], HALF, "fin"),
        (["--truncate", "@half-10"], HALF - 10, "rst"),
        (["--truncate", "@early"], 10, "fin"),
        ([], 262, "fin"),
    ],
)
def test_a_cut_has_a_name(words: list[str], count: int, end: str, tmp_path: Path) -> None:
    with Sink(answer_with(ANSWER, after=SENT)) as sink:
        told = invoke("play", marked(tmp_path), "--target", sink.target, *words)
        assert sink.seen().data == SENT[:count]
        assert sink.seen().end == end
    assert ("(a mark in the trace) is byte" in told.out) is bool(words)


@pytest.mark.parametrize("form", ["hex", "ascii"])
def test_a_plain_play_obeys_the_default_and_the_pauses(form: str, tmp_path: Path) -> None:
    path = upload(tmp_path)
    invoke("mark", path, "--at", "file:50%", "--name", "half", "--close", "rst", "--default")
    invoke("mark", path, "--at", "20", "--pause", "80ms")
    invoke("mark", path, "--at", "200", "--pause", "30s")  # after the cut
    if form == "ascii":
        told = invoke("convert", path, "--to", "ascii", "-o", tmp_path / "ascii.txt")
        path = tmp_path / "ascii.txt"
        assert told.code == 0
    with Sink(answer_with(ANSWER, after=b"200\r\n\r\n")) as sink:
        told = invoke("play", path, "--target", sink.target, "--format", "json", "--unknown", "keep")
        assert len(sink.seen().data) == HALF
        assert sink.seen().end == "rst"
    (one,) = json.loads(told.out)["connections"]
    assert one["cut"] == {"spec": "@half", "at": HALF, "reads": None, "how": "rst"}
    assert one["seconds"] >= 0.08
    with Sink(answer_with(ANSWER, after=b"200\r\n\r\n")) as sink:
        told = invoke("play", path, "--target", sink.target, "--no-marks", "--format", "json", "--unknown", "keep")
        assert len(sink.seen().data) == len(SENT)
        assert sink.seen().end == "fin"
    with Sink(answer_with(ANSWER, after=b"200\r\n\r\n")) as sink:
        invoke("play", path, "--target", sink.target, "--truncate", "30", "--unknown", "keep")
        assert len(sink.seen().data) == 30


def test_a_line_that_should_be_a_mark_is_never_passed_over(tmp_path: Path) -> None:
    path = marked(tmp_path)
    path.write_text(path.read_text().replace("#: cut half", "#: cat half"))
    for words in ([], ["--truncate", "50%"], ["--truncate", "@half"]):
        told = invoke("play", path, "--target", "127.0.0.1:1", *words)
        assert told.code == 2
    told = invoke("play", path, "--target", "127.0.0.1:1")
    assert f"{path}:15: '#: cat half +4 rst' is no mark: 'cat' stands where" in told.err
    assert "did you mean cut?" in told.err
    assert "--no-marks" in told.err
    with Sink(answer_with(ANSWER, after=SENT)) as sink:
        assert invoke("play", path, "--target", sink.target, "--no-marks").code == 0
        assert sink.seen().data == SENT
    assert "'#: cat half +4 rst' is no mark" in invoke("check", path).out
    assert "'#: cat half +4 rst' is no mark" in invoke("show", path).out
    assert "'#: cat half +4 rst' is no mark" in invoke("show", path, "--marks").out


def test_a_name_that_is_not_there_is_refused(tmp_path: Path) -> None:
    told = invoke("play", marked(tmp_path), "--target", "127.0.0.1:1", "--truncate", "@hlaf")
    assert told.code == 2
    assert "there is no mark hlaf" in told.err
    assert "it has @early, @half" in told.err


def test_a_default_on_another_connection_is_cut_there(tmp_path: Path) -> None:
    path = two_uploads(tmp_path)
    invoke("mark", path, "--at", "70", "--name", "a", "--connection", "0", "--default")
    plan = load(path).plan().marked()
    (only,) = plan.connections  # the other one comes after the cut
    assert (plan.main, only.id, only.sends_bytes) == (0, 0, 70)
    told = invoke("play", path, "--truncate", "@a")
    assert "--connection 0" in told.err


def test_an_edit_moves_the_marks(tmp_path: Path) -> None:
    path = marked(tmp_path)
    (tmp_path / "big").write_bytes(b"x" * 1000)
    plan = load(path).plan().with_body(tmp_path / "big")
    cut = plan.truncated("@half").main_connection
    assert cut.sends_bytes == cut.planned_bytes - 900
    assert cut.way is Way.RST
    assert plan.truncated("@early").main_connection.sends_bytes == 10


def test_cuts_are_listed_by_name(tmp_path: Path) -> None:
    path = marked(tmp_path)
    invoke("mark", path, "--at", "file:50%", "--name", "again", "--close", "fin")
    invoke("mark", path, "--at", "12", "--name", "b", "--no-cut")
    found = load(path).cuts("marks")
    assert [(str(one), one.name, one.at) for one in found] == [
        ("@early", "early", 10), ("@b", "b", 12), ("@half", "half", HALF), ("@again", "again", HALF),
    ]  # fmt: skip
    assert [one.name for one in load(path).cuts(["body:marks", "every:100"])] == ["100", "half", "again", "200"]


def test_show_lists_the_marks(tmp_path: Path) -> None:
    path = marked(tmp_path, "--default")
    assert invoke("show", path, "--marks").out.splitlines() == [
        "line 3   cut      early       byte 10 of 262 bytes",
        "line 16  default  half",
        "line 15  cut      half   rst  byte 162 of 262 bytes",
    ]
    assert "marks     3 (--marks lists them)" in invoke("show", path).out.splitlines()
    told = json.loads(invoke("show", path, "--marks", "--format", "json").out)
    assert told["marks"][2] == {
        "line": 15, "what": "cut", "name": "half", "connection": 0, "at": HALF, "way": "rst", "seconds": None,
    }  # fmt: skip
    assert invoke("show", upload(tmp_path), "--marks").out == f"{path} has no marks\n"


PO = b'# a translation\n#: src/main.c:12\nmsgid "x"\n#: cut half rst\n#: default cut half\n#: pause 2s\n'


@pytest.mark.parametrize("flag", ["--trace", "--trace-ascii"])
@pytest.mark.parametrize("body", [PO, PO * 500, b"#: cut half\n", b"# x", b"\n#: cut half\n"], ids=len)
@pytest.mark.parametrize("words", [["-s"], ["-s", "-i"], ["-s", "--trace-time"], []], ids=" ".join)
def test_what_curl_echoes_of_a_body_is_no_mark(flag: str, body: bytes, words: list[str], tmp_path: Path) -> None:
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)
    with Sink(lambda sock, _: _answer(sock, answer)) as sink, (tmp_path / "trace.txt").open("wb") as out:
        subprocess.run(
            ["curl", "-q", *words, flag, "-", f"http://{sink.target}/"],
            stdout=out, stderr=out if not words else None, check=True, timeout=20,
        )  # fmt: skip
    trace = load(tmp_path / "trace.txt")
    assert not any(isinstance(item, Mark) for item in trace.printed())
    assert trace.conversations[0].marks == ()
    assert not [one for one in trace.warnings if one.code == "mark"]
    data = b"".join(event.payload.data for event in trace.events(0) if event.direction is Direction.RECEIVED)
    assert data.endswith(body)


def _answer(sock: object, answer: bytes) -> None:
    import socket  # noqa: PLC0415

    assert isinstance(sock, socket.socket)
    heard = b""
    while not heard.endswith(b"\r\n\r\n"):
        heard += sock.recv(65536)
    sock.sendall(answer)


def test_in_a_file_of_its_own_the_answer_may_hold_such_lines_and_marks_stand_beside_it(tmp_path: Path) -> None:
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(PO)
    events: list[tuple[str, bytes] | str] = [
        ("=> Send header", b"GET / HTTP/1.1\r\n\r\n"), ("<= Recv header", answer), ("<= Recv data", PO),
        "#: mark heard\n", "== Info: Connection #0 to host h left intact\n",
    ]  # fmt: skip
    trace = make_trace(tmp_path, events)
    assert [mark.name for mark in trace.conversations[0].marks] == ["heard"]

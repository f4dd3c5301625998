import json
from pathlib import Path

import pytest

from tests.cli.command_line import NOBODY, invoke, run
from tests.cli.samples import ANSWER, REQUEST, SENT, timed_upload, two_uploads, upload
from tests.net.sink import Sink, answer_with, swallow
from tests.traces import make_trace
from tracereplay.cli.cutting import place_words

UNTIMED_NOTE = "has no times, so it is played as fast as the server reads (--speed max)"


def test_a_whole_play_sends_every_byte_and_tells_the_answer(tmp_path: Path) -> None:
    trace = upload(tmp_path)
    with Sink(answer_with(ANSWER, after=SENT)) as sink:
        told = invoke("play", trace, "--target", sink.target)
        assert sink.seen().data == SENT
    assert told.code == 0
    lines = told.out.splitlines()
    assert lines[0] == f"{trace} => {sink.target}"
    assert lines[1:4] == [
        "sent          262 of 262 bytes (100.0 %)",
        "left by       fin: closed",
        "acknowledged  262 bytes, by the other end's kernel",
    ]
    assert "answer        201 Created, body of 3 bytes, complete" in lines


@pytest.mark.parametrize(
    ("spec", "count"),
    [
        (["--truncate", "50%"], 131),
        (["--truncate", "-1"], 261),
        (["--truncate=-1"], 261),
        (["--truncate", "body:50%"], len(REQUEST) + 100),
        (["--truncate", "file:-1"], 261),
        (["--truncate", "head:3"], 3),
        (["--truncate", "0"], 0),
    ],
)
@pytest.mark.parametrize("how", ["fin", "rst"])
def test_a_cut_is_exact(tmp_path: Path, spec: list[str], count: int, how: str) -> None:
    with Sink() as sink:
        told = invoke("play", upload(tmp_path), "--target", sink.target, *spec, "--close", how)
        assert sink.seen().data == SENT[:count]
        assert sink.seen().end == how
    assert told.code == 0
    assert f"sent          {count} of 262 bytes" in told.out
    assert f"is byte {count}" in told.out


@pytest.mark.parametrize("how", ["half", "stall"])
def test_a_client_that_stays_can_be_held(tmp_path: Path, how: str) -> None:
    with Sink(swallow) as sink:
        args = ("--truncate", "64", "--close", how, "--hold", "20ms", "--format", "json")
        told = invoke("play", upload(tmp_path), "--target", sink.target, *args)
        assert sink.seen().data == SENT[:64]
    (one,) = json.loads(told.out)["connections"]
    assert one["cut"] == {"spec": "64", "at": 64, "reads": None, "how": how}
    assert one["peer"] == ("fin" if how == "half" else "none")


def test_json_is_the_contract(tmp_path: Path) -> None:
    trace = upload(tmp_path)
    with Sink(answer_with(ANSWER, after=SENT)) as sink:
        told = run("play", trace, "--target", f"http://{sink.target}", "--format", "json", "--truncate", "100%")
    assert told.err == f"note: {trace} {UNTIMED_NOTE}\n"
    assert told.out.count("\n") == 1
    found = json.loads(told.out)
    assert list(found) == ["version", "trace", "connections", "check"]
    (one,) = found["connections"]
    assert one.pop("seconds") > 0
    one.pop("reaction_seconds")
    one.pop("received")
    one.pop("answers")
    read = one.pop("read")  # when we left, which nothing waits for; None where it cannot be known
    assert read is None or 0 <= read <= 262
    one.pop("window")
    moments = one.pop("timeline")["moments"]
    assert [moment["what"] for moment in moments if moment["what"] not in ("received", "status")] == [
        "handed",
        "acknowledged",
        "left",
    ]
    assert one == {
        "id": 0,
        "target": sink.target,
        "translated_from": None,
        "tls": None,
        "planned": 262,
        "cut": {"spec": "100%", "at": 262, "reads": None, "how": "fin"},
        "handed": 262,
        "acknowledged": 262,
        "interim": [],
        "surplus": 0,
        "surplus_status": None,
        "peer": "none",
        "ended": "cut",
        "lateness": None,
    }


def test_the_recorded_host_is_the_target_when_it_is_this_machine(tmp_path: Path) -> None:
    with Sink() as sink:
        told = invoke("play", upload(tmp_path, port=sink.port), "--truncate", "-1")
        assert sink.seen().data == SENT[:-1]
    assert told.code == 0


def test_any_other_recorded_host_needs_a_target(tmp_path: Path) -> None:
    told = invoke("play", upload(tmp_path, host="192.0.2.1"))
    assert told.code == 2
    assert "192.0.2.1, which is not this machine" in told.err
    assert "hint: name where to play it: --target 127.0.0.1:8000" in told.err


def test_a_trace_is_read_from_the_standard_input(tmp_path: Path) -> None:
    with Sink() as sink:
        told = run("play", "-", "--target", sink.target, "--truncate", "9", stdin=upload(tmp_path).read_bytes())
        assert sink.seen().data == SENT[:9]
    assert told.out.startswith(f"- => {sink.target}\n")


@pytest.mark.parametrize("answer", [b"", b"no HTTP at all\r\n"], ids=["closes", "babbles"])
def test_a_server_that_only_closes_is_a_result(tmp_path: Path, answer: bytes) -> None:
    with Sink(answer_with(answer, after=SENT, then_close=True)) as sink:
        told = invoke("play", upload(tmp_path), "--target", sink.target)
    assert told.code == 0
    assert "answer        none" in told.out
    assert "peer          fin: the server closed" in told.out
    assert "ended by      the server" in told.out


def test_a_server_that_never_answers_is_a_result(tmp_path: Path) -> None:
    with Sink() as sink:
        told = invoke("play", upload(tmp_path), "--target", sink.target, "--timeout", "50ms")
    assert told.code == 0
    assert "ended by      the timeout" in told.out


def test_with_several_connections_the_report_says_which_one_was_cut(tmp_path: Path) -> None:
    with Sink(answer_with(b"HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n", after=SENT[-200:])) as sink:
        told = invoke("play", two_uploads(tmp_path), "--target", sink.target, "--connection", "0", "--truncate", "50%")
    assert told.code == 0
    assert f"connection 0 => {sink.target}" in told.out
    assert "connection 1 was not opened: it comes after the cut on connection 0" in told.out


def test_without_a_number_the_cut_is_for_the_connection_that_sends_most(tmp_path: Path) -> None:
    with Sink(answer_with(b"HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n", after=SENT[-200:])) as sink:
        told = invoke("play", two_uploads(tmp_path), "--target", sink.target, "--truncate", "70", "--format", "json")
    cuts = {one["id"]: one["cut"] for one in json.loads(told.out)["connections"]}
    assert cuts == {0: None, 1: {"spec": "70", "at": 70, "reads": None, "how": "fin"}}


@pytest.mark.parametrize(
    "pace",
    [
        ["--speed", "max"],
        ["--speed", "4"],
        ["--limit-rate", "10k"],
        ["--duration", "20ms"],
        ["--pause", "body:50%=5ms", "--pause", "head:1=5ms"],
        ["--idle-time-limit", "1ms", "--speed", "2"],
        ["--segments", "7"],
        ["--segments", "lockstep"],
    ],
    ids=" ".join,
)
def test_every_pace_sends_the_same_bytes(tmp_path: Path, pace: list[str]) -> None:
    with Sink(answer_with(ANSWER, after=SENT)) as sink:
        told = invoke("play", timed_upload(tmp_path), "--target", sink.target, *pace)
        assert sink.seen().data == SENT
    assert told.code == 0
    assert told.err == ""


@pytest.mark.parametrize(
    ("args", "is_told"),
    [
        ([], True),
        (["--speed", "2"], True),
        (["--speed", "max"], False),
        (["--limit-rate", "1M"], False),
        (["-q"], False),
    ],
)
def test_a_trace_without_times_is_played_at_once_and_that_is_told(
    tmp_path: Path, args: list[str], is_told: bool
) -> None:
    with Sink() as sink:
        told = invoke("play", upload(tmp_path), "--target", sink.target, "--truncate", "5", *args)
    assert told.code == 0
    assert (UNTIMED_NOTE in told.err) is is_told


def test_unknown_bytes_are_refused_and_can_be_kept(tmp_path: Path) -> None:
    trace = upload(tmp_path, form="ascii")
    refused = invoke("play", trace, "--target", NOBODY)
    assert refused.code == 3
    assert "25 of the 262 bytes sent on connection 0 are unknown" in refused.err
    assert "--unknown keep" in refused.err
    with Sink() as sink:
        kept = invoke("play", trace, "--target", sink.target, "--unknown", "keep", "--truncate", "100%")
        assert sink.seen().data == SENT.replace(b"e\n", b"e.")
    assert kept.code == 0
    assert "note: 25 bytes are unknown, and sent as dots" in kept.err


def test_before_the_first_unknown_byte_nothing_is_refused(tmp_path: Path) -> None:
    with Sink() as sink:
        told = invoke("play", upload(tmp_path, form="ascii"), "--target", sink.target, "--truncate", "body:7")
        assert sink.seen().data == SENT[: len(REQUEST) + 7]
    assert told.code == 0


def test_strict_makes_a_dot_in_a_header_unknown(tmp_path: Path) -> None:
    told = invoke("play", upload(tmp_path, form="ascii"), "--target", NOBODY, "--strict", "--truncate", "head:-1")
    assert told.code == 3
    assert "are unknown" in told.err


def test_a_torn_trace_is_refused_and_can_be_kept(tmp_path: Path) -> None:
    trace = upload(tmp_path)
    whole = trace.read_bytes()
    trace.write_bytes(whole[: whole.index(b"0050: ")])
    refused = invoke("play", trace, "--target", NOBODY)
    assert refused.code == 3
    assert "--torn keep" in refused.err
    with Sink() as sink:
        kept = invoke("play", trace, "--target", sink.target, "--torn", "keep", "--truncate", "100%")
        assert sink.seen().data == SENT[: len(sink.seen().data)]
        assert len(sink.seen().data) == len(REQUEST) + 0x50
    assert kept.code == 0


def test_what_a_server_says_cannot_control_the_terminal(tmp_path: Path) -> None:
    answer = b"HTTP/1.1 200 \x9b31mred\xe2\x80\xae\r\nContent-Length: 0\r\n\r\n"
    with Sink(answer_with(answer, after=SENT)) as sink:
        told = invoke("play", upload(tmp_path), "--target", sink.target)
    assert "\x9b" not in told.out
    assert "answer        " in told.out


def test_a_list_of_places_is_a_play_for_each(tmp_path: Path) -> None:
    trace = upload(tmp_path)
    with Sink() as sink:
        told = invoke("play", trace, "--target", sink.target, "--truncate", "head:0%..100%/2", "--truncate", "1")
        sizes = [len(sink.seen(number).data) for number in range(4)]
    assert told.code == 0
    assert sizes[0] == 0
    assert sizes[3] == 1
    assert sizes[1] == sizes[2] // 2


def test_where_the_answer_was_left_is_told(tmp_path: Path) -> None:
    trace = make_trace(
        tmp_path, [("=> Send header", b"GET / HTTP/1.1\r\n\r\n"), ("<= Recv header", b"HTTP/1.1 200 OK\r\n\r\n")]
    ).path
    with Sink(answer_with(b"HTTP/1.1 200 OK\r\n\r\n" + bytes(1000), after=b"\r\n\r\n")) as sink:
        told = invoke(
            "play", trace, "--target", sink.target, "--truncate", "answer:10", "--close", "rst", "--settle", "0"
        )
    assert "cut           answer:10 (of the answer) is byte 10 of what is received\n" in told.out


@pytest.mark.parametrize(
    ("incomplete", "words"),
    [
        ("b", ["body:", "before ", "boundaries"]),
        ("body:e", ["body:end", "body:every:"]),
        ("request:2:h", ["request:2:head:"]),
        ("x", []),
    ],
)
def test_a_shell_completes_the_words_of_a_place(incomplete: str, words: list[str]) -> None:
    assert place_words(incomplete) == words

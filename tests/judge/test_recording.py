"""Live answers against recorded ones: what differs, what does not count, and what is said of the rest."""

from dataclasses import replace
from pathlib import Path

import pytest

from tests.cli.samples import RECEIVE_DATA, RECEIVE_HEADER, SEND_DATA, SEND_HEADER
from tests.judge.answers import HEAD, JSON_HEAD, REQUEST, lines, message, played, recorded
from tests.traces import make_trace
from tracereplay.errors import PlanError
from tracereplay.judge.recording import compare


def test_what_is_as_recorded_matches_and_says_what_did_not_count(tmp_path: Path) -> None:
    trace = recorded(tmp_path, message(b"stored"))
    match = compare(played(trace, message(b"stored").replace(b"then", b"now")))
    assert match
    assert match.differences == ()
    assert lines(match) == ["as recorded: 1 answer compared", "  not compared: date"]
    assert repr(match) == "<as recorded: 1 answer compared>"


OTHERS = {
    "the status": (
        message(b"stored").replace(b"200 OK", b"500 Oops"),
        "answer 1, status: recorded 200 OK, live 500 Oops",
    ),
    "the reason": (message(b"stored").replace(b"OK", b"Fine"), "answer 1, reason: recorded 'OK', live 'Fine'"),
    "a header": (
        message(b"stored").replace(b"plain", b"html"),
        "answer 1, header Content-Type: recorded 'text/plain', live 'text/html'",
    ),
    "a header that is gone": (
        message(b"stored").replace(b"Content-Type: text/plain\r\n", b""),
        "answer 1, header Content-Type: recorded 'text/plain', live nothing",
    ),
    "a header that is new": (
        message(b"stored").replace(b"Date", b"X-New: 1\r\nDate"),
        "answer 1, header X-New: recorded nothing, live '1'",
    ),
    "a body cut short": (message(b"stored")[:-1], "answer 1, body from byte 5 on: recorded 6 bytes, live 5 bytes"),
    "no answer": (b"", "answer 1, status: recorded 200 OK, live no answer (peer none, ended complete)"),
    "a second answer": (
        message(b"stored") + b"HTTP/1.1 500 LEFTOVER\r\nContent-Length: 0\r\n\r\n",
        "surplus: recorded nothing, live 44 bytes that answer no request",
    ),
    "garbage behind it": (
        message(b"stored") + b"garbage",
        "surplus: recorded nothing, live 7 bytes that answer no request",
    ),
    "an interim answer": (
        b"HTTP/1.1 100 Continue\r\n\r\n" + message(b"stored"),
        "interim: recorded nothing, live 100",
    ),
}


@pytest.mark.parametrize(("live", "told"), OTHERS.values(), ids=OTHERS)
def test_what_differs_is_told_with_its_place(tmp_path: Path, live: bytes, told: str) -> None:
    match = compare(played(recorded(tmp_path, message(b"stored")), live))
    assert not match
    assert lines(match)[1] == f"  {told}"
    assert told in repr(match)


def test_the_framing_is_not_the_content(tmp_path: Path) -> None:
    live = HEAD.replace(b"Content-Length: %d", b"Transfer-Encoding: chunked") + b"6\r\nstored\r\n0\r\n\r\n"
    assert compare(played(recorded(tmp_path, message(b"stored")), live))


def test_text_is_told_as_a_diff_with_the_byte_where_it_begins(tmp_path: Path) -> None:
    match = compare(played(recorded(tmp_path, message(b"one\ntwo\nthree\n")), message(b"one\ntvo\nthr\x1b\n")))
    assert lines(match)[1:] == [
        "  answer 1, body from byte 5 on: recorded 14 bytes, live 13 bytes",
        "        one",
        "      - two",
        "      - three",
        "      + tvo",
        "      + thr\\x1b",
        "  not compared: date",
    ]


def test_bytes_are_told_in_hex(tmp_path: Path) -> None:
    match = compare(played(recorded(tmp_path, message(b"\0\1\2\3")), message(b"\0\1\xff\3")))
    assert lines(match)[1:4] == [
        "  answer 1, body from byte 2 on: recorded 4 bytes, live 4 bytes",
        "      - 02 03  '\\x02\\x03'",
        "      + ff 03  '\\\\xff\\x03'",
    ]


def test_json_is_told_by_paths_and_its_spelling_does_not_count(tmp_path: Path) -> None:
    trace = recorded(tmp_path, message(b'{"id": 7, "files": [{"name": "a", "size": 1}], "x y": null}', JSON_HEAD))
    same = compare(played(trace, message(b'{"files":[{"size":1,"name":"a"}],"id":7,"x y":null}', JSON_HEAD)))
    assert same
    assert same.notes == ("answer 1: the JSON of this body is equal, and its text is not",)
    other = played(trace, message(b'{"id": 8, "files": [{"name": "b", "size": 1.0}, {}]}', JSON_HEAD))
    assert lines(compare(other))[1:6] == [
        "  answer 1, body.id: recorded 7, live 8",
        "  answer 1, body.files[0].name: recorded 'a', live 'b'",
        "  answer 1, body.files[0].size: recorded 1, live 1.0",
        "  answer 1, body.files[1]: recorded nothing, live {}",
        "  answer 1, body['x y']: recorded null, live nothing",
    ]
    assert compare(other, ignore=["body.id", "body.files", "body['x y']"])
    assert len(compare(other, ignore=["body.files[*].name"]).differences) == 4


def test_what_is_to_be_ignored_is_and_is_said(tmp_path: Path) -> None:
    trace = recorded(tmp_path, message(b"stored"))
    live = message(b"other").replace(b"plain", b"html").replace(b"OK", b"Fine")
    match = compare(played(trace, live), ignore=["Content-Type", "reason", "body"])
    assert match
    assert lines(match)[1] == "  not compared: content-type, date, reason, body"
    assert not compare(played(trace, live), ignore="body")


def test_answers_of_a_connection_are_compared_one_by_one(tmp_path: Path) -> None:
    trace = recorded(tmp_path, message(b"one"), message(b"two"))
    assert compare(played(trace, message(b"one") + message(b"two"))).answers == 2
    match = compare(played(trace, message(b"one") + message(b"2")))
    assert [one.answer for one in match.differences] == [2]


def test_a_large_body_is_compared_by_its_digest(tmp_path: Path) -> None:
    body = bytes(200_000)
    trace = recorded(tmp_path, message(body))
    assert compare(played(trace, message(body)))
    match = compare(played(trace, message(body[:-1] + b"x")))
    assert "SHA-256" in lines(match)[1]
    assert "somewhere in the body behind its first 65,536 bytes" in lines(match)[2]
    assert "from byte 200,000 on: recorded 200,000 bytes, live 200,001 bytes" in str(
        compare(played(trace, message(body + b"x")))
    )


def test_surplus_that_was_recorded_too_is_no_difference(tmp_path: Path) -> None:
    trace = recorded(tmp_path, message(b"stored") + b"garbage")
    assert compare(played(trace, message(b"stored") + b"garbage"))
    assert compare(played(recorded(tmp_path, message(b"stored")), message(b"stored") + b"x"), ignore="surplus")


def test_an_answer_to_head_has_no_body(tmp_path: Path) -> None:
    request = b"HEAD / HTTP/1.1\r\nHost: x\r\n\r\n"
    events: list[tuple[str, bytes] | str] = [(SEND_HEADER, request), (RECEIVE_HEADER, HEAD % 7)]
    trace = make_trace(tmp_path, events)
    assert compare(played(trace, HEAD % 7))
    assert lines(compare(played(trace, HEAD % 8)))[1] == "  answer 1, header Content-Length: recorded '7', live '8'"


def test_a_connection_that_was_not_opened_is_a_difference(tmp_path: Path) -> None:
    outcome = replace(played(recorded(tmp_path, message(b"x")), b""), connections=())
    assert lines(compare(outcome))[1] == "  connection: recorded 1 answers, live not opened"


def test_what_has_no_recorded_counterpart_is_refused(tmp_path: Path) -> None:
    trace = recorded(tmp_path, message(b"stored"))
    with pytest.raises(PlanError, match="was cut at body:1"):
        compare(played(trace, b"", plan=trace.plan().truncated("body:1")))
    with pytest.raises(PlanError, match="made by hand"):
        compare(replace(played(trace, b""), plan=None))
    with pytest.raises(PlanError, match="no answer was recorded"):
        compare(played(make_trace(tmp_path, [(SEND_HEADER, REQUEST), (SEND_DATA, b"ab")]), b""))
    with pytest.raises(PlanError, match="no answer was recorded that can be read"):
        compare(played(make_trace(tmp_path, [(SEND_HEADER, REQUEST), (RECEIVE_DATA, b"ab")]), b""))
    with pytest.raises(PlanError, match="no HTTP/1"):
        compare(played(make_trace(tmp_path, [(SEND_DATA, b"HELLO\r\n"), (RECEIVE_DATA, b"250\r\n")]), b""))
    h2 = [(SEND_HEADER, REQUEST.replace(b"1.1", b"2")), (RECEIVE_HEADER, b"HTTP/2 200 \r\n\r\n")]
    with pytest.raises(PlanError, match="over HTTP/2"):
        compare(played(make_trace(tmp_path, h2), b""))


def test_the_value_of_a_cookie_does_not_count_and_that_is_said(tmp_path: Path) -> None:
    cookie = message(b"x").replace(b"Date", b"Set-Cookie: id=%d; Path=/\r\nDate")
    trace = recorded(tmp_path, cookie.replace(b"%d", b"1"))
    match = compare(played(trace, cookie.replace(b"%d", b"2")))
    assert match
    assert match.ignored == ("the value of set-cookie", "date")
    assert not compare(played(trace, cookie.replace(b"id", b"sid")))

"""Live answers against a recording that does not know all of its own: what can be compared is, and the rest is said."""

from pathlib import Path

import pytest

from tests.cli.samples import RECEIVE_HEADER, SEND_DATA, SEND_HEADER
from tests.judge.answers import HEAD, JSON_HEAD, REQUEST, lines, message, played, recorded
from tests.traces import make_trace
from tracereplay.judge.recording import compare
from tracereplay.library import Trace


def test_unknown_bytes_match_anything_and_are_counted(tmp_path: Path) -> None:
    trace = recorded(tmp_path, message(b"a\nb\n\xff.c"), form="ascii")
    match = compare(played(trace, message(b"a\nb\n\xff.c")))
    assert match
    assert lines(match)[-1] == "  4 bytes unknown to the recording match anything"
    assert compare(played(trace, message(b"a?b????"))).differences[0].offset == 6
    assert "      - a?b?..c" not in str(match)


def test_unknown_bytes_do_not_hide_what_differs_in_json(tmp_path: Path) -> None:
    trace = recorded(tmp_path, message(b'{\n"a": 1,\n"b": 2}', JSON_HEAD), form="ascii")
    match = compare(played(trace, message(b'{\n"a": 1,\n"b": 33}', JSON_HEAD)))
    assert lines(match)[1] == "  answer 1, body.b: recorded 2, live 33"


def test_far_behind_unknown_bytes_make_a_large_body_incomparable_and_that_is_said(tmp_path: Path) -> None:
    trace = recorded(tmp_path, message(b"x" * 70_000 + b"\n"), form="ascii")
    match = compare(played(trace, message(b"x" * 70_000 + b"!")))
    assert match
    assert "only a digest is kept" in match.notes[0]


def test_a_torn_recording_is_compared_as_far_as_it_goes(tmp_path: Path) -> None:
    whole = recorded(tmp_path, message(b"one\ntwo\n" * 4))
    text = whole.path.read_bytes()
    whole.path.write_bytes(text[: text.rindex(b"0010: ")])
    trace = Trace.load(whole.path)
    plan = trace.plan().accepting(torn=True)
    match = compare(played(trace, message(b"one\ntwo\n" * 2 + b"three"), plan=plan))
    assert match
    assert match.notes == ("answer 1: the recording does not hold the end of this body: its first 16 bytes count",)
    assert not compare(played(trace, message(b"one\ntwo\nthree"), plan=plan))


def test_chunks_that_curl_left_out_are_no_difference(tmp_path: Path) -> None:
    request = REQUEST.replace(b"Host: x", b"Host: x\r\nUser-Agent: curl/8.5.0")
    head = HEAD.replace(b"Content-Length: %d", b"Transfer-Encoding: chunked")
    shown = [head + b"one\n", head + b"two\n"]
    trace = recorded(tmp_path, *shown, request=request)
    wire = b"".join(head + b"4\r\n" + body + b"\r\n0\r\n\r\n" for body in (b"one\n", b"two\n"))
    match = compare(played(trace, wire))
    assert match
    assert match.answers == 2
    assert "without their chunks" in match.notes[0]
    assert not compare(played(trace, wire.replace(b"one", b"six")))


UNTIL_THE_END = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n"
SAID = {
    "closed": (b"== Info: Closing connection 0\n", True),
    "closed over TLS": (b"== Info: TLSv1.3 (IN), TLS alert, close notify (256):\n== Info: Closing connection\n", True),
    "timed out": (b"== Info: Operation timed out after 9 ms\n== Info: Closing connection 0\n", False),
    "too large": (b"== Info: Exceeded the maximum allowed file size\n== Info: Closing connection 0\n", False),
    "killed": (b"", False),
}


@pytest.mark.parametrize(("said", "is_whole"), SAID.values(), ids=SAID)
def test_a_body_without_a_length_ends_where_curl_saw_the_server_close(
    tmp_path: Path, said: bytes, is_whole: bool
) -> None:
    path = recorded(tmp_path, UNTIL_THE_END + b"abc").path
    path.write_bytes(path.read_bytes() + said)
    trace = Trace.load(path)
    assert compare(played(trace, UNTIL_THE_END + b"abc", closes=True))
    longer = compare(played(trace, UNTIL_THE_END + b"abcd", closes=True))
    assert bool(longer) is not is_whole
    assert ("does not hold the end" in str(longer)) is not is_whole


@pytest.mark.parametrize("said", [b"Connection #0 to host x left intact", b"Closing connection 0"])
def test_the_last_of_the_bodies_without_their_chunks_is_whole_when_curl_says_so(tmp_path: Path, said: bytes) -> None:
    request = REQUEST.replace(b"Host: x", b"Host: x\r\nUser-Agent: curl/8.5.0")
    head = HEAD.replace(b"Content-Length: %d", b"Transfer-Encoding: chunked")
    path = recorded(tmp_path, head + b"one\n", request=request).path
    path.write_bytes(path.read_bytes() + b"== Info: " + said + b"\n")
    trace = Trace.load(path)
    match = compare(played(trace, head + b"4\r\none\n\r\n0\r\n\r\n"))
    assert match
    assert "does not hold the end" not in str(match)
    assert not compare(played(trace, head + b"5\r\none\n!\r\n0\r\n\r\n"))


def test_a_body_that_curl_ignored_swallows_no_answer(tmp_path: Path) -> None:
    moved = b"HTTP/1.1 302 Found\r\nLocation: /b\r\nContent-Length: 9\r\n\r\n"
    trace = recorded(tmp_path, moved, message(b"there"))
    match = compare(played(trace, moved + b"elsewhere" + message(b"there")))
    assert match
    assert match.answers == 2
    assert "does not hold the end" in match.notes[0]


def test_an_answer_that_was_not_recorded_is_said_and_not_judged(tmp_path: Path) -> None:
    events = [(SEND_HEADER, REQUEST), (SEND_DATA, b"ab"), (RECEIVE_HEADER, message(b"one"))]
    trace = make_trace(tmp_path, [*events, (SEND_HEADER, REQUEST), (SEND_DATA, b"ab")])
    match = compare(played(trace, message(b"one") + message(b"two")))
    assert "answer 2: the recording has none, the server answered 200 OK" in match.notes

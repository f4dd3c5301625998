"""A trace as HAR 1.2: what the format wants, and nothing that is not known."""

import json
from pathlib import Path
from typing import cast

import pytest

from tests.show.har_format import HAR, body_of
from tests.traces import make_trace
from tracereplay.errors import PlanError, TracereplayError
from tracereplay.library import Trace, load
from tracereplay.show.exchanges import MOST_BODY_BYTES
from tracereplay.show.har import har

FIXTURES = sorted((Path(__file__).parents[2] / "fixtures" / "traces").glob("*/trace.txt"))
SH, SD, RH, RD = "=> Send header", "=> Send data", "<= Recv header", "<= Recv data"
HEAD = b"POST /files?a=1&b= HTTP/1.1\r\nHost: 127.0.0.1:8000\r\nCookie: a=1; b=2\r\nContent-Length: %d\r\n\r\n"


Entry = dict[str, dict[str, object]]


def read(trace: Trace) -> tuple[list[Entry], str]:
    """Return the entries of the HAR of a trace, which is one, and its comment."""
    found: object = json.loads("".join(har(trace, "upload.txt", {})))
    HAR(found)
    log = cast("dict[str, dict[str, object]]", found)["log"]
    return cast("list[Entry]", log["entries"]), str(log["comment"])


def at(seconds: str, kind: str) -> str:
    return f"12:00:{seconds} {kind}"


@pytest.mark.parametrize("path", FIXTURES[::4], ids=lambda path: path.parent.name)
def test_every_trace_of_http_is_a_har(path: Path) -> None:
    try:
        trace = load(path)
    except TracereplayError:
        return  # it is no trace
    requests = [one for conversation in trace.conversations for one in conversation.requests]
    if requests:
        assert len(read(trace)[0]) == len(requests)


def test_an_exchange_is_told_with_its_times_and_its_bodies(tmp_path: Path) -> None:
    body = b"caf\xc3\xa9\r\n" * 10
    trace = make_trace(
        tmp_path,
        [
            (at("01.000000", SH), HEAD % len(body)),
            (at("01.250000", SD), body[:20]),
            (at("01.500000", SD), body[20:]),
            (at("01.600000", RH), b"HTTP/1.1 100 Continue\r\n"),
            (at("01.600000", RH), b"\r\n"),
            (at("02.000000", RH), b"HTTP/1.1 302 Found It\r\n"),
            (at("02.000000", RH), b"Location: /there\r\n"),
            (at("02.000000", RH), b"Set-Cookie: id=7; Path=/\r\n"),
            (at("02.000000", RH), b"Transfer-Encoding: chunked\r\n"),
            (at("02.000000", RH), b"\r\n"),
            (at("02.125000", RD), b"3\r\n\xff\x00a\r\n0\r\n\r\n"),
        ],
        port=8000,
    )
    (entry,), _ = read(trace)
    request, answer = entry["request"], entry["response"]
    assert str(entry["startedDateTime"]) == "1970-01-01T12:00:01.000000+00:00"
    assert str(entry["time"]) == "1125.0"
    assert entry["timings"] == {
        **dict.fromkeys(("blocked", "dns", "connect", "ssl"), -1),
        "send": 500,
        "wait": 500,
        "receive": 125,
    }
    assert str(entry["comment"]) == "Before the answer came 100."
    assert str(entry["serverIPAddress"]) == "127.0.0.1"
    assert request["url"] == "http://127.0.0.1:8000/files?a=1&b="
    assert request["queryString"] == [{"name": "a", "value": "1"}, {"name": "b", "value": ""}]
    assert request["cookies"] == [{"name": "a", "value": "1"}, {"name": "b", "value": "2"}]
    assert request["bodySize"] == len(body)
    assert request["headersSize"] == len(HEAD % len(body))
    assert isinstance(request["postData"], dict)
    assert request["postData"] == {"mimeType": "x-unknown", "text": body.decode()}
    assert (answer["status"], answer["statusText"], answer["redirectURL"]) == (302, "Found It", "/there")
    assert answer["cookies"] == [{"name": "id", "value": "7"}]
    assert answer["bodySize"] == 13
    content = answer["content"]
    assert isinstance(content, dict)
    assert (content["size"], content["encoding"], body_of(content, "encoding")) == (3, "base64", b"\xff\x00a")
    assert "comment" not in content


def test_what_is_not_known_is_minus_one_or_said(tmp_path: Path) -> None:
    trace = make_trace(tmp_path, [(SH, HEAD % 9), (SD, b"a\nb")], form="ascii")
    (entry,), comment = read(trace)
    assert set(map(str, entry["timings"].values())) == {"-1"}
    assert str(entry["time"]) == "0"
    assert entry["request"]["postData"] == {
        "mimeType": "x-unknown",
        "text": "a.b",
        "comment": "Unknown, and shown as dots: 1 byte. Its end is not in the trace, or nothing tells where it is.",
    }
    assert (entry["response"]["status"], entry["response"]["comment"]) == (0, "No answer is in the trace.")
    assert "The trace has no times" in comment


def test_an_answer_that_comes_before_all_was_sent_was_not_waited_for(tmp_path: Path) -> None:
    events = [
        (at("01.000000", SH), HEAD % 8),
        (at("02.000000", RH), b"HTTP/1.1 413 No\r\n"),
        (at("02.000000", RH), b"\r\n"),
        (at("03.000000", SD), b"12345678"),
    ]
    (entry,), _ = read(make_trace(tmp_path, events))
    assert (entry["timings"]["send"], entry["timings"]["wait"], entry["timings"]["receive"]) == (2000, -1, 0)


def test_each_request_of_a_connection_has_its_own_answer(tmp_path: Path) -> None:
    events = []
    for number, method in enumerate((b"GET", b"HEAD", b"GET"), 1):
        events += [
            (SH, b"%s /%d HTTP/1.1\r\nHost: a\r\n\r\n" % (method, number)),
            (RH, b"HTTP/1.1 20%d OK\r\n" % number),
            (RH, b"Content-Length: %d\r\n" % number),
            (RH, b"\r\n"),
            *([] if method == b"HEAD" else [(RD, b"x" * number)]),
        ]
    entries, _ = read(make_trace(tmp_path, events))
    assert [(one["request"]["url"], one["response"]["status"]) for one in entries] == [
        (f"http://a/{number}", 200 + number) for number in (1, 2, 3)
    ]
    assert [one["response"]["content"] for one in entries] == [
        {"size": size, "mimeType": "x-unknown", "text": "x" * size} for size in (1, 0, 3)
    ]


def test_a_body_that_is_too_long_is_counted_and_left_out(tmp_path: Path) -> None:
    size = MOST_BODY_BYTES + 1
    trace = make_trace(
        tmp_path, [(SH, HEAD % size), *((SD, b"x" * min(65536, size - at)) for at in range(0, size, 65536))]
    )
    (entry,), _ = read(trace)
    data = entry["request"]["postData"]
    assert isinstance(data, dict)
    assert (entry["request"]["bodySize"], data["text"]) == (size, "")
    assert str(data["comment"]).startswith("It has 1,048,577 bytes, and is left out")


def test_over_http_2_the_size_of_a_head_is_not_what_curl_shows(tmp_path: Path) -> None:
    events = [(SH, b"GET / HTTP/2\r\nHost: a\r\n\r\n"), (RH, b"HTTP/2 200 \r\n"), (RH, b"\r\n"), (RD, b"ok")]
    (entry,), _ = read(make_trace(tmp_path, events))
    assert (entry["request"]["httpVersion"], entry["request"]["headersSize"]) == ("HTTP/2", -1)
    assert (entry["response"]["headersSize"], entry["response"]["bodySize"]) == (-1, 2)


def test_a_trace_without_http_is_no_har(tmp_path: Path) -> None:
    trace = make_trace(tmp_path, [(SD, b"HELO\r\n"), (RD, b"250 yes\r\n")])
    with pytest.raises(PlanError, match="has no HTTP request") as told:
        next(har(trace, "talk.txt", {}))
    assert told.value.hint == "--format pcapng takes any trace"


@pytest.mark.parametrize("host", ["[", "[::1", "a b", "a:99999", "\xff", "[v1.x]"])
def test_a_host_that_is_none_is_written_as_it_was(host: str, tmp_path: Path) -> None:
    head = f"GET /?q=%ff&r=[ HTTP/1.1\r\nHost: {host}\r\n\r\n".encode("latin-1")
    found = json.loads("".join(har(make_trace(tmp_path, [(SH, head)]), "upload.txt", {})))
    (entry,) = found["log"]["entries"]
    assert entry["request"]["url"] == f"http://{host}/?q=%ff&r=["
    assert [one["name"] for one in entry["request"]["queryString"]] == ["q", "r"]

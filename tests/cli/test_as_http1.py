import json
from pathlib import Path

from tests.cli.command_line import NOBODY, invoke
from tests.net.sink import Sink, answer_with
from tests.traces import make_trace

FIXTURES = Path(__file__).parents[2] / "fixtures" / "traces"
RECORDED = FIXTURES / "8.16.0-h2c_prior_knowledge-hex-time-ids" / "trace.txt"
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"


def test_without_the_option_the_refusal_names_it() -> None:
    told = invoke("play", RECORDED, "--target", NOBODY)
    assert told.code == 3
    assert "speaks HTTP/2" in told.err
    assert "--as-http1" in told.err
    assert "--http1.1" in told.err


def test_the_report_says_that_it_is_a_translation() -> None:
    with Sink(answer_with(ANSWER, after=b"field=value")) as sink:
        told = invoke("play", RECORDED, "--target", sink.target, "--as-http1")
        count = len(sink.seen().data)
    assert told.code == 0
    lines = told.out.splitlines()
    assert lines[1] == "translated    from HTTP/2 to HTTP/1.1: these are not the bytes that curl sent"
    assert f"sent          {count} of {count} bytes (100.0 %)" in lines


def test_json_says_it_too_and_the_cut_counts_what_is_sent() -> None:
    with Sink() as sink:
        args = ("--as-http1", "--truncate", "body:-1", "--close", "rst", "--format", "json")
        told = invoke("play", RECORDED, "--target", sink.target, *args)
        seen = sink.seen()
    (one,) = json.loads(told.out)["connections"]
    assert one["translated_from"] == "h2"
    assert one["cut"]["at"] == one["handed"] == len(seen.data)
    assert seen.data.startswith(b"POST /x HTTP/1.1\r\n")
    assert seen.data.endswith(b"\r\n\r\nfield=valu")


def test_a_mark_in_what_curl_sent_has_no_place_in_the_translation(tmp_path: Path) -> None:
    trace = tmp_path / "marked.txt"
    trace.write_bytes(RECORDED.read_bytes() + b"#: cut half\n#: default cut half\n")
    for words in (["--truncate", "@half"], []):
        told = invoke("play", trace, "--as-http1", *words)
        assert told.code == 2
        assert "that mark stands in what curl sent on connection 0, and a translation of that is sent" in told.err
        assert "--no-marks" in told.err


def test_show_says_that_the_headers_are_not_those_of_the_wire() -> None:
    told = invoke("show", RECORDED)
    assert "the headers are how curl shows them, and not bytes of the wire: play sends a translation, with" in told.out


def test_http_1_is_played_as_it_is(tmp_path: Path) -> None:
    head = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
    make_trace(tmp_path, [("=> Send header", head)])
    with Sink(answer_with(ANSWER, after=head)) as sink:
        told = invoke("play", tmp_path / "trace.txt", "--target", sink.target, "--as-http1")
        assert sink.seen().data == head
    assert "translated" not in told.out

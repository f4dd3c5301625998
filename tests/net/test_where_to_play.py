"""Where a trace is played, and where it never is."""

from pathlib import Path

import pytest

from tests.net.sink import Sink
from tests.traces import make_trace
from tracereplay.errors import PlanError, TargetError
from tracereplay.library import Plan, play


def test_nothing_listening_is_an_error_of_its_own(plan: Plan) -> None:
    with Sink() as sink:
        target = sink.target
    with pytest.raises(TargetError, match=rf"{target} cannot be reached: Connection refused") as caught:
        play(plan, target)
    assert caught.value.exit_code == 4


def test_the_recorded_host_is_the_target_when_it_is_this_machine(tmp_path: Path) -> None:
    with Sink() as sink:
        trace = make_trace(tmp_path, [("=> Send header", b"GET / HTTP/1.1\r\n\r\n")], port=sink.port)
        play(trace.plan().truncated("100%"))
        assert sink.seen().end == "fin"


def test_another_machine_is_never_the_target_unless_it_is_named(tmp_path: Path) -> None:
    trace = make_trace(tmp_path, [("=> Send header", b"GET / HTTP/1.1\r\n\r\n")])
    text = trace.path.read_bytes().replace(b"127.0.0.1 (127.0.0.1)", b"localhost (192.0.2.7)")
    trace.path.write_bytes(text)
    with pytest.raises(PlanError, match="recorded with localhost, which is not this machine") as caught:
        play(type(trace).load(trace.path).plan())
    assert "--target" in str(caught.value)


@pytest.mark.parametrize(
    "request_line",
    [b"GET http://prod.example/f HTTP/1.1", b"CONNECT prod.example:443 HTTP/1.1"],
    ids=["plain", "tunnel"],
)
def test_a_proxy_on_this_machine_is_no_way_to_another(tmp_path: Path, request_line: bytes) -> None:
    plan = make_trace(tmp_path, [("=> Send header", request_line + b"\r\n\r\n")]).plan()
    with pytest.raises(PlanError, match=r"through a proxy with prod\.example, which is not this machine"):
        play(plan)


@pytest.mark.parametrize("target", ["a..b:80", "x" * 70 + ":80"])
def test_a_name_that_cannot_be_is_not_reached(plan: Plan, target: str) -> None:
    with pytest.raises(TargetError, match="cannot be reached"):
        play(plan, target)


def test_a_timeout_of_nothing_is_refused(plan: Plan) -> None:
    with pytest.raises(PlanError, match="a timeout of 0"):
        play(plan, "127.0.0.1:9", timeout="0")


def test_what_was_recorded_over_tls_is_not_sent_in_the_clear_by_accident(tmp_path: Path) -> None:
    trace = make_trace(tmp_path, [("=> Send SSL data", b"\x16\x03\x01"), ("=> Send header", b"GET / HTTP/1.1\r\n\r\n")])
    with Sink() as sink:
        with pytest.raises(TargetError, match="TLS"):
            play(trace.plan(), sink.target, timeout="0.3s")
        assert sink.seen().data[:1] == b"\x16"
    with Sink() as sink:
        play(trace.plan().truncated("100%"), f"http://{sink.target}")
        assert bytes(sink.seen().data) == b"GET / HTTP/1.1\r\n\r\n"

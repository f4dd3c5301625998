"""What tells nothing of a cut: it is neither a finding nor right, and said to be so."""

from pathlib import Path

from tests.judge import servers
from tests.judge.test_sweep import found, sweeping, swept
from tests.net.sink import Sink

PROCESSING = b"HTTP/1.1 102 Processing\r\nX: y\r\n\r\n"


def whole_and_then(more: bytes) -> servers.Reply:
    """Return a reply to which this is added at the end of the connection."""
    return lambda _, whole: servers.OK + more if whole else servers.BAD


def test_an_interim_answer_after_the_last_one_answers_nothing(tmp_path: Path) -> None:
    with Sink(servers.replying(whole_and_then(PROCESSING))) as sink:
        sweep = swept(sweeping(tmp_path, sink.target, ("every:50", "100%")))
    assert found(sweep) == []


def test_an_answer_behind_an_interim_one_is_told(tmp_path: Path) -> None:
    with Sink(servers.replying(whole_and_then(2 * PROCESSING + servers.FAILED))) as sink:
        sweep = swept(sweeping(tmp_path, sink.target, ("100%",)))
    assert [one.first.facts.surplus_status for one in sweep.findings] == [500]

"""``tracereplay.sweep``: what the command does, as a call."""

from pathlib import Path

import pytest

from tests.cli.command_line import invoke
from tests.cli.samples import SENT, upload
from tests.judge import servers
from tests.net.sink import Sink
from tracereplay import PlanError, TargetError, load, sweep


@pytest.fixture
def trace(tmp_path: Path) -> Path:
    return upload(tmp_path)


def test_a_server_that_takes_a_part_for_the_whole_is_found(trace: Path) -> None:
    with Sink(servers.naive) as sink:
        found = sweep(trace, sink.target, cuts="every:40", close="half")
    assert not found
    assert {one.rule for one in found.findings} == {"2xx-for-incomplete"}
    command = found.findings[0].first.command
    assert command is not None
    assert command.startswith(f"tracereplay play {trace} --target {sink.target} --timeout 5s --truncate ")


def test_of_a_careful_one_all_is_right(trace: Path) -> None:
    with Sink(servers.careful) as sink:
        found = sweep(load(trace), sink, cuts=["every:40", "-1"], close=["half", "fin"], set_header="X-A: b")
    assert found, found.findings
    assert found.plays == len(found.verdicts) > 2 * len(SENT) // 40
    assert repr(found) == f"<sweep of {trace}: nothing wrong>"
    assert all(b"X-A: b" in bytes(one.data) for one in sink.connections if len(one.data) > 200)


def test_it_says_what_the_command_says(trace: Path) -> None:
    with Sink(servers.failing) as sink:
        found = sweep(trace, sink.target, cuts="every:40")
        told = invoke("sweep", str(trace), "--target", sink.target, "--cuts", "every:40")
    assert told.code == 1
    for one in found.findings:
        assert one.first.why in told.out
        assert f"$ {one.first.command}\n" in told.out


def test_probes_are_called_around_each_play(trace: Path) -> None:
    counted = iter(range(10**6))
    with Sink(servers.careful) as sink:
        found = sweep(
            trace, sink.target, cuts="50%", close="half", settled={"rows": lambda: next(counted)}, within="1s"
        )
    assert [one.rule for one in found.findings] == ["still-started"]
    assert [look.name for look in found.verdicts[0].facts.looks] == ["rows"]


def test_other_pieces_are_a_sweep_too(trace: Path) -> None:
    with Sink(servers.careful) as sink:
        assert sweep(trace, sink.target, split=["2", "1"], cuts="every:40")


@pytest.mark.parametrize(
    ("options", "says", "hint"),
    [
        ({"truncate": "50%"}, "a sweep has no truncate", "cuts"),
        ({"timeout": "1s"}, "a sweep has no timeout", "hang"),
        ({"setheader": "X: y"}, "there is no option 'setheader'", "set_header"),
        ({"cuts": "50%%"}, "50%%", ""),
        ({"close": "rest"}, "'rest'", "rst"),
        ({"allow": "all"}, "'all' is no tolerance", "200-when-only-final-crlf-missing"),
        ({"split": "2", "hold": "1s"}, "hold= says how a cut is left, and with split= nothing is cut", ""),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_what_cannot_be_is_refused_by_its_keyword(
    trace: Path, options: dict[str, object], says: str, hint: str
) -> None:
    with pytest.raises(PlanError) as refused:
        sweep(trace, "127.0.0.1:1", **options)  # type: ignore[arg-type]
    assert says in refused.value.message
    assert hint in (refused.value.hint or "")


def test_a_server_that_is_not_there_is_told(trace: Path) -> None:
    with Sink(servers.careful) as sink:
        target = sink.target
    with pytest.raises(TargetError):
        sweep(trace, target, cuts="50%")

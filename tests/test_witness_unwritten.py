"""A witness that cannot write: the application goes on, and what comes later says how much is missing."""

import io
import json
import resource
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from tests.test_witness_around import called, receive
from tracereplay.witness import WSGI

LINES = 3  # of a request: called, read, done


@contextmanager
def full_after(size: int) -> Iterator[None]:
    """Let no file of this process grow larger: what a full disk is to a writer."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, ignored)


@pytest.mark.parametrize("name", ["nowhere/log", "folder", "/dev/full"])
def test_an_application_answers_though_its_witness_cannot_write(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "folder").mkdir()
    app = WSGI(receive, tmp_path / name)
    assert [called(app), called(app)] == [[b"ok"], [b"ok"]]
    assert 1 <= len(capsys.readouterr().err.splitlines()) <= 2  # and not one for each line


@pytest.mark.parametrize("stream", ["closed", "full", "none"])
def test_it_answers_though_nobody_can_be_told(stream: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    closed = io.StringIO()
    closed.close()
    with suppress(OSError), Path("/dev/full").open("w", encoding="utf-8", buffering=1) as full:
        monkeypatch.setattr(sys, "stderr", {"closed": closed, "full": full, "none": None}[stream])
        assert called(WSGI(receive, tmp_path / "nowhere" / "log")) == [b"ok"]
        monkeypatch.undo()


def test_a_line_says_how_many_before_it_were_lost(tmp_path: Path) -> None:
    log = tmp_path / "log"
    app = WSGI(receive, log)
    called(app)
    size = log.stat().st_size
    with full_after(size + 100):
        assert called(app) == [b"ok"]
    assert log.stat().st_size == size + 100
    called(app)
    called(app)
    lines = log.read_bytes().splitlines()
    torn = lines.pop(LINES)
    assert len(torn) == 100
    assert [json.loads(one)["lost"] for one in lines] == [0] * LINES + [LINES] + [0] * (2 * LINES - 1)

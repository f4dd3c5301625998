"""``play --check``: what the server answers against what it answered in the recording."""

import json
from pathlib import Path

import pytest

from tests.cli.command_line import invoke, run
from tests.cli.samples import ANSWER, BODY, RECEIVE_HEADER, REQUEST, SEND_DATA, SEND_HEADER, SENT
from tests.net.sink import Sink, answer_with
from tests.traces import make_trace

OTHER = b"HTTP/1.1 201 Created\r\nContent-Length: 3\r\nX-Id: 7\r\n\r\nno\n"


def upload(folder: Path) -> Path:
    """Write the trace of an upload whose answer says how long it is."""
    return make_trace(folder, [(SEND_HEADER, REQUEST), (SEND_DATA, BODY), (RECEIVE_HEADER, ANSWER)]).path


def test_what_is_as_recorded_ends_with_0(tmp_path: Path) -> None:
    with Sink(answer_with(ANSWER, after=SENT)) as sink:
        told = run("play", upload(tmp_path), "--target", sink.target, "--check")
    assert told.code == 0
    assert told.out.splitlines()[-2:] == ["", "as recorded: 1 answer compared"]


def test_what_differs_is_printed_and_ends_with_1(tmp_path: Path) -> None:
    with Sink(answer_with(OTHER, after=SENT)) as sink:
        told = run("play", upload(tmp_path), "--target", sink.target, "--check")
    assert told.code == 1
    assert told.out.splitlines()[-5:] == [
        "not as recorded: 2 differences, 1 answer compared",
        "  answer 1, header X-Id: recorded nothing, live '7'",
        "  answer 1, body from byte 0 on: recorded 3 bytes, live 3 bytes",
        "      - ok",
        "      + no",
    ]


def test_what_is_ignored_does_not_fail(tmp_path: Path) -> None:
    with Sink(answer_with(OTHER, after=SENT)) as sink:
        told = invoke(
            "play", upload(tmp_path), "--target", sink.target, "--check", "--ignore", "x-id", "--ignore", "body"
        )
    assert told.code == 0
    assert told.out.splitlines()[-1] == "  not compared: x-id, body"


def test_json_has_what_differs(tmp_path: Path) -> None:
    with Sink(answer_with(OTHER, after=SENT)) as sink:
        told = invoke("play", upload(tmp_path), "--target", sink.target, "--check", "--format", "json", "--quiet")
    assert told.code == 1
    assert json.loads(told.out)["check"] == {
        "matches": False,
        "answers": 1,
        "differences": [
            {
                "connection": 0,
                "answer": 1,
                "where": "header X-Id",
                "recorded": None,
                "live": "'7'",
                "offset": None,
                "lines": [],
            },
            {
                "connection": 0,
                "answer": 1,
                "where": "body",
                "recorded": "3 bytes",
                "live": "3 bytes",
                "offset": 0,
                "lines": ["- ok", "+ no"],
            },
        ],
        "ignored": [],
        "unknown": 0,
        "notes": [],
    }


VAIN = {
    "a cut": (["--check", "--truncate", "50%"], "this play was cut at 50%"),
    "several cuts": (["--check", "--truncate", "50%", "--truncate", "1"], "this play was cut at 50%"),
    "many plays": (["--check", "--repeat", "2"], "--check compares one play"),
    "nothing is compared": (["--ignore", "Date"], "--ignore says what --check shall not compare"),
}


@pytest.mark.parametrize(("options", "told"), VAIN.values(), ids=VAIN)
def test_what_cannot_be_compared_is_refused_before_anything_is_sent(
    tmp_path: Path, options: list[str], told: str
) -> None:
    with Sink() as sink:
        refused = invoke("play", upload(tmp_path), "--target", sink.target, *options)
        assert sink.connections == []
    assert refused.code == 2
    assert told in refused.err
    assert "hint: " in refused.err

from pathlib import Path

import pytest

from tests.cli.command_line import NOBODY, invoke
from tests.cli.samples import upload


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "cannot be read: No such file or directory"),
        (b"", "the file is empty"),
        (b"%PDF-1.4 no trace\n", "this is no trace of curl"),
        (b"* Connected to x\n> GET / HTTP/1.1\n> Host: x\n>\n", "this is what curl -v prints"),
    ],
    ids=["missing", "empty", "something else", "the output of -v"],
)
@pytest.mark.parametrize("command", ["play", "show", "extract"])
def test_what_is_no_trace_ends_with_3(tmp_path: Path, content: bytes | None, words: str, command: str) -> None:
    path = tmp_path / "trace.txt"
    if content is not None:
        path.write_bytes(content)
    told = invoke(command, path, *(["--sent", tmp_path / "out"] if command == "extract" else []))
    assert told.code == 3
    assert told.out == ""
    assert told.err.startswith(f"tracereplay: {path}:")
    assert words in told.err


def test_a_place_that_does_not_read_is_shown_with_a_caret(tmp_path: Path) -> None:
    told = invoke("play", upload(tmp_path), "--target", NOBODY, "--truncate", "50%%")
    assert told.code == 2
    assert told.err == (
        "tracereplay: '50%%' is not a place\n"
        "    50%%\n"
        "       ^\n"
        "  hint: write it like 50%, 64k, -1, body:50%, file:64k, or a list: boundaries, every:64k, 0%..100%/10\n"
    )


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["--truncate", "body:120%"], "lies past the end: connection 0 sends a body of 200 bytes"),
        (["--truncate", "body:-201"], "lies before the start"),
        (["--truncate", ""], "is not a place"),
        (["--truncate", "trailer:50%"], "is not a place"),
        (["--pause", "50%"], "is not a pause"),
        (["--speed", "fast"], "'fast' is not a speed"),
        (["--speed", "0"], "'0' is not a speed"),
        (["--limit-rate", "slow"], "'slow' is not a size"),
        (["--limit-rate", "0"], "never ends"),
        (["--duration", "soon"], "'soon' is not a duration"),
        (["--timeout", "never"], "'never' is not a duration"),
        (["--close", "stall", "--hold", "long"], "'long' is not a duration"),
        (["--hold", "5s"], "it goes with --close half and --close stall"),
        (["--speed", "2", "--limit-rate", "3k"], "--speed and --limit-rate exclude each other"),
        (["--limit-rate", "3k", "--duration", "4s"], "--limit-rate and --duration exclude each other"),
        (["--limit-rate", "3k", "--idle-time-limit", "1s"], "--limit-rate and --idle-time-limit exclude each other"),
        (["--idle-time-limit", "soon"], "'soon' is not a duration"),
        (["--segments", "few"], "'few' says nothing of segments"),
        (["--body", "big.csv"], "--body @big.csv"),
        (["--body", "@missing.csv"], "missing.csv cannot be read: No such file or directory"),
        (["--settle", "1s"], "it goes with --close rst"),
        (["--close", "rst", "--settle", "soon"], "'soon' is not a duration"),
        (["--target", "localhost"], "is not a target"),
        (["--target", "ftp://localhost"], "is not a target"),
        (["--target", "127.0.0.1:99999"], "is not a target"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_a_value_that_cannot_be_is_a_usage_error(tmp_path: Path, args: list[str], words: str) -> None:
    told = invoke("play", upload(tmp_path), "--target", NOBODY, *args)
    assert told.code == 2
    assert told.out == ""
    assert words in told.err


def test_a_target_that_is_not_there_ends_with_4(tmp_path: Path) -> None:
    told = invoke("play", upload(tmp_path), "--target", NOBODY)
    assert told.code == 4
    assert told.out == ""
    assert "tracereplay: 127.0.0.1:1 cannot be reached: Connection refused\n  hint: " in told.err


def test_a_connection_that_is_not_there_is_told_with_those_that_are(tmp_path: Path) -> None:
    told = invoke("play", upload(tmp_path), "--target", NOBODY, "--connection", "7")
    assert told.code == 2
    assert "there is no connection 7: the trace has 0" in told.err


def test_an_error_about_a_trace_cannot_control_the_terminal(tmp_path: Path) -> None:
    name = tmp_path / "a\x1b[31m.txt"
    name.write_bytes(b"")
    told = invoke("show", name)
    assert told.code == 3
    assert "\x1b" not in told.err
    assert "a\\x1b[31m.txt" in told.err

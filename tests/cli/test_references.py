"""A trace that refers to the file that was sent: every command takes it as if it showed the bytes."""

import re
from pathlib import Path

import pytest

from tests.cli.command_line import invoke
from tests.net.sink import Sink, swallow
from tests.trace.test_references import BODY, HEAD, SENT, part, plain, short, whole, written
from tracereplay.library import load
from tracereplay.trace.reference import Reference


def lines_about_files(path: Path) -> list[bytes]:
    return [line for line in path.read_bytes().splitlines() if line.startswith((b"#: from", b"#: source"))]


def test_convert_writes_the_bytes_out(tmp_path: Path) -> None:
    trace, output = written(tmp_path, short(part(160, 65_536))), tmp_path / "plain.txt"
    assert invoke("convert", trace, "--to", "hex", "-o", output).code == 0
    assert output.read_bytes() == plain()


def test_extract_writes_what_was_sent(tmp_path: Path) -> None:
    assert invoke("extract", written(tmp_path, whole()), "--sent", tmp_path / "sent.bin").code == 0
    assert (tmp_path / "sent.bin").read_bytes() == SENT


def test_a_cut_within_the_file_is_exact(tmp_path: Path) -> None:
    trace = written(tmp_path, whole())
    with Sink(swallow) as sink:
        told = invoke("play", trace, "--target", sink.target, "--truncate", "body:40001")
        assert told.code == 0, told.err
        assert bytes(sink.seen().data) == HEAD + BODY[:40_001]


def test_a_mark_within_the_file_is_written_and_taken_out_again(tmp_path: Path) -> None:
    trace = written(tmp_path, whole())
    assert invoke("mark", trace, "--at", "body:50%", "--name", "half").code == 0
    assert [mark.at for mark in load(trace).conversations[0].marks] == [len(HEAD) + 35_000]
    assert lines_about_files(trace) == [line for line in whole().splitlines() if line.startswith(b"#: ")]
    assert invoke("unmark", trace, "half").code == 0
    assert trace.read_bytes() == whole()


def test_an_edit_of_the_head_leaves_the_body_by_reference(tmp_path: Path) -> None:
    trace, output = written(tmp_path, whole()), tmp_path / "edited.txt"
    told = invoke("edit", trace, "--set-header", "X-New: 1", "-o", output)
    assert told.code == 0, told.err
    assert lines_about_files(output) == lines_about_files(trace)
    sent = b"".join(event.payload.data for event in load(output).events(0))
    assert sent == HEAD.replace(b"\r\n\r\n", b"\r\nX-New: 1\r\n\r\n") + BODY


def test_an_edit_of_the_body_writes_out_what_it_touches(tmp_path: Path) -> None:
    trace, output = written(tmp_path, whole()), tmp_path / "edited.txt"
    told = invoke("edit", trace, "--replace", "body:0=!", "-o", output)
    assert told.code == 0, told.err
    assert b"".join(event.payload.data for event in load(output).events(0)).endswith(BODY[1:])


@pytest.mark.parametrize("edit", [["--body", "@{}"], ["--replace", "body:0=!"], ["--grow", "body=80k"]])
def test_what_no_dump_refers_to_any_more_is_not_said_of_a_file(edit: list[str], tmp_path: Path) -> None:
    other = tmp_path / "other.bin"
    other.write_bytes(b"abc")
    trace = written(tmp_path, whole() + b"# the end\n")
    told = invoke("edit", trace, edit[0], edit[1].format(other), "--in-place")
    assert told.code == 0, told.err
    assert lines_about_files(trace) == []
    assert trace.read_bytes().endswith(b"\n# the end\n")


@pytest.mark.parametrize("command", [["edit", "--set-header", "X-New: 1"], ["redact"]])
def test_a_trace_is_not_written_where_it_would_not_find_its_file(command: list[str], tmp_path: Path) -> None:
    (tmp_path / "else").mkdir()
    trace, output = written(tmp_path, whole()), tmp_path / "else" / "new.txt"
    told = invoke(command[0], trace, *command[1:], "-o", output)
    assert (told.code, output.exists()) == (2, False)
    assert f"the trace refers to big.bin, which would not be found from {output}\n  hint: write it beside" in told.err
    (tmp_path / "else" / "big.bin").symlink_to(tmp_path / "big.bin")
    assert invoke(command[0], trace, *command[1:], "-o", output).code == 0
    assert len(lines_about_files(output)) == len(lines_about_files(trace))


def test_redact_leaves_it_as_it_is(tmp_path: Path) -> None:
    head = HEAD.replace(b"\r\n\r\n", b"\r\nAuthorization: Basic abcdefgh\r\n\r\n")
    trace, output = written(tmp_path, whole().replace(HEAD[-4:], HEAD[-4:])), tmp_path / "redacted.txt"
    assert invoke("edit", trace, "--set-header", "Authorization: Basic abcdefgh", "--in-place").code == 0
    assert invoke("redact", trace, "-o", output).code == 0
    assert lines_about_files(output) == lines_about_files(trace)
    sent = b"".join(event.payload.data for event in load(output).events(0))
    assert sent == head.replace(b"abcdefgh", b"xxxxxxxx") + BODY


@pytest.mark.parametrize("command", [("play",), ("extract", "--sent", "-"), ("convert", "--to", "hex"), ("export",)])
def test_a_file_that_is_not_there_is_said(tmp_path: Path, command: tuple[str, ...]) -> None:
    trace = written(tmp_path, whole(), None)
    told = invoke(command[0], trace, *command[1:])
    assert (told.code, told.out) == (3, "")
    assert re.search(r"upload\.txt:\d+: .*big\.bin cannot be read: No such file or directory\n  hint: give ", told.err)


def test_show_and_check_say_that_it_is_not_there_and_go_on(tmp_path: Path) -> None:
    trace = written(tmp_path, whole(), None)
    for command in ("show", "check"):
        told = invoke(command, trace)
        assert told.code == 0
        assert "70,000" in told.out
        assert "big.bin cannot be read: No such file or directory (reference)" in told.out
    assert "they are in a file that the trace refers to, and does not find" in invoke("show", trace).out


def test_the_file_can_be_given(tmp_path: Path) -> None:
    (tmp_path / "else").mkdir()
    trace, file = written(tmp_path, whole(), None), tmp_path / "else" / "big.bin"
    file.write_bytes(BODY)
    assert invoke("extract", trace, "--sent", tmp_path / "sent.bin", "--file", file).code == 0
    assert (tmp_path / "sent.bin").read_bytes() == SENT
    file.write_bytes(BODY[:-1] + b"!")
    told = invoke("extract", trace, "--sent", tmp_path / "sent2.bin", "--file", file)
    assert (told.code, (tmp_path / "sent2.bin").exists()) == (3, False)
    assert "is not what was sent" in told.err


def test_a_trace_with_a_wrong_reference_is_torn(tmp_path: Path) -> None:
    trace = written(tmp_path, short((0, 70_000, Reference("big.bin", 0, 15).text)))
    assert invoke("play", trace).code == 3

"""``tracereplay edit``: a trace of another request, written whole or not at all."""

import gzip
import stat
from pathlib import Path
from shlex import quote

import pytest

from tests.cli import forms
from tests.cli.command_line import invoke, run
from tests.cli.samples import ANSWER, BODY, REQUEST, upload
from tests.net.sink import Sink, answer_with
from tracereplay.library import load
from tracereplay.trace.event import Direction


def sent(path: Path) -> bytes:
    trace = load(path)
    return b"".join(event.payload.data for event in trace.events(0) if event.direction is Direction.SENT)


@pytest.mark.parametrize("form", ["hex", "ascii"])
def test_the_edited_trace_has_the_same_form_and_plays(tmp_path: Path, form: str) -> None:
    trace, edited = upload(tmp_path, form=form), tmp_path / "edited.txt"
    told = invoke("edit", trace, "--path", "/x?y", "--set-header", "Host: example.org", "-o", edited)
    assert (told.code, told.out, told.err) == (0, "", "")
    assert load(edited).form == form
    assert sent(edited).startswith(b"POST /x?y HTTP/1.1\r\nHost: example.org\r\nContent-Length: 200\r\n\r\n")
    options = ["--unknown", "keep"] if form == "ascii" else []
    with Sink(answer_with(ANSWER, after=sent(edited))) as sink:
        assert invoke("play", edited, "--target", sink.target, *options).code == 0
        assert sink.seen().data == sent(edited)


def test_what_a_play_with_the_same_options_sends_is_what_is_written(tmp_path: Path) -> None:
    forms.form(tmp_path)
    (tmp_path / "b.csv").write_bytes(b"other\r\n")
    edits = [
        "--set-file",
        f"file=@{tmp_path / 'b.csv'}",
        "--boundary",
        "new",
        "--set-header",
        "X: 1",
        "--set-header",
        "X: 2",
    ]
    edits += ["--grow", "file=100k", "--method", "PUT", "--replace", "-1=!", "--remove-header", "Host"]
    edited = tmp_path / "edited.txt"
    assert invoke("edit", tmp_path / "upload.txt", *edits, "-o", edited).code == 0
    with Sink(answer_with(ANSWER, after=b"--new--")) as sink:
        invoke("play", tmp_path / "upload.txt", *edits, "--target", sink.target)
        assert sink.seen().data == sent(edited)
    assert sent(edited).count(b"\r\nX: ") == 2
    assert sent(edited).endswith(b"\r\n--new--\r!")


def test_what_an_ascii_trace_cannot_show_is_told(tmp_path: Path) -> None:
    told = invoke(
        "edit", upload(tmp_path, form="ascii"), "--grow", "body=1k", "--fill", "zeros", "-o", tmp_path / "e.txt"
    )
    assert told.code == 0
    assert told.err == (
        "note: 824 bytes that are new are unknown in the edited trace: its form shows a dot for each of them\n"
    )


def test_what_an_ascii_trace_cannot_show_of_a_file_is_told_with_that_file(tmp_path: Path) -> None:
    trace, other, edited = upload(tmp_path, form="ascii"), tmp_path / "other.csv", tmp_path / "e.txt"
    other.write_bytes(b"a\tb\n" * 40)
    told = invoke("edit", trace, "--body", f"@{other}", "-o", edited)
    assert f"a dot for each of them; a play knows them with --file {quote(str(other))}," in told.err
    with Sink(answer_with(ANSWER, after=other.read_bytes())) as sink:
        assert invoke("play", edited, "--target", sink.target, "--file", other).code == 0
        assert sink.seen().data.endswith(other.read_bytes())


def test_in_place_replaces_the_trace_and_keeps_its_permissions(tmp_path: Path) -> None:
    trace = upload(tmp_path)
    trace.chmod(0o640)
    assert invoke("edit", trace, "--announce", "5GiB", "--in-place").code == 0
    assert sent(trace) == REQUEST.replace(b"200", b"5368709120") + BODY
    assert stat.S_IMODE(trace.stat().st_mode) == 0o640
    assert [one.name for one in tmp_path.iterdir()] == [trace.name]


def test_the_standard_output_and_gzip(tmp_path: Path) -> None:
    trace = upload(tmp_path)
    told = run("edit", "-", "--method", "PUT", stdin=trace.read_bytes())
    packed = tmp_path / "edited.txt.gz"
    assert invoke("edit", trace, "--method", "PUT", "-o", packed).code == 0
    assert gzip.decompress(packed.read_bytes()).decode() == told.out


REFUSED = {
    "an edit that cannot be done": (["--remove-header", "X"], 2, "no header 'X'"),
    "a trace over itself": (["--method", "PUT", "-o", "{trace}"], 2, "is the trace itself"),
    "a file that is there": (["--method", "PUT", "-o", "{there}"], 2, "exists"),
    "a file that is read": (["--set-file", "a=@{there}", "-o", "{there}", "--overwrite"], 2, "is read, and cannot be"),
    "two places": (["--method", "PUT", "-o", "x.txt", "--in-place"], 2, "--in-place replaces the trace itself"),
    "a fill of nothing": (["--fill", "zeros"], 2, "--grow file=1G --fill zeros"),
    "a file without its part": (["--set-file", "b.csv"], 2, "write name, =@ and a file"),
    "a body without @": (["--body", "b.csv"], 2, "--body @b.csv"),
    "nothing": ([], 2, "no edit"),
}


@pytest.mark.parametrize(("options", "code", "why"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_written_leaves_all_as_it_was(tmp_path: Path, options: list[str], code: int, why: str) -> None:
    trace, there = upload(tmp_path), tmp_path / "there.txt"
    there.write_text("mine")
    before = trace.read_bytes()
    told = invoke("edit", trace, *(one.format(trace=trace, there=there) for one in options))
    assert (told.code, told.out) == (code, "")
    assert why in told.err
    assert (trace.read_bytes(), there.read_text()) == (before, "mine")
    assert {one.name for one in tmp_path.iterdir()} == {trace.name, there.name}

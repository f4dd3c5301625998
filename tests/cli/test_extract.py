import subprocess
from pathlib import Path

import pytest

from tests.cli.command_line import COMMAND, invoke
from tests.cli.samples import BODY, SENT, two_uploads, upload

RECEIVED = b"HTTP/1.1 201 Created\r\n\r\nok\n"


def test_both_directions_are_written_exactly(tmp_path: Path) -> None:
    sent, received = tmp_path / "sent", tmp_path / "received"
    told = invoke("extract", upload(tmp_path), "--sent", sent, "--received", received)
    assert (told.code, told.out, told.err) == (0, "", "")
    assert sent.read_bytes() == SENT
    assert received.read_bytes() == RECEIVED


@pytest.mark.parametrize("option", ["--sent", "--received"])
def test_a_file_that_is_there_is_replaced_only_when_asked(tmp_path: Path, option: str) -> None:
    output = tmp_path / "out"
    output.write_text("before")
    told = invoke("extract", upload(tmp_path), option, output)
    hint = "give --overwrite to replace it, or choose another name"
    assert (told.code, told.err) == (2, f"tracereplay: {output} exists\n  hint: {hint}\n")
    assert output.read_text() == "before"
    assert invoke("extract", upload(tmp_path), option, output, "--overwrite").code == 0
    assert output.read_bytes() == {"--sent": SENT, "--received": RECEIVED}[option]
    assert invoke("extract", upload(tmp_path), option, "/dev/null").code == 0


@pytest.mark.parametrize("command", [("extract", "", "--sent", "a"), ("show", ""), ("convert", "", "--to", "hex")])
def test_an_empty_name_is_told_of(command: tuple[str, ...]) -> None:
    told = invoke(*command)
    assert (told.code, told.err) == (3, "tracereplay: '': no file has an empty name\n  hint: - is the standard input\n")


@pytest.mark.parametrize(("option", "expected"), [("--sent", SENT), ("--received", RECEIVED)])
def test_a_dash_is_the_standard_output(tmp_path: Path, option: str, expected: bytes) -> None:
    done = subprocess.run([*COMMAND, "extract", upload(tmp_path), option, "-"], capture_output=True, check=True)
    assert (done.stdout, done.stderr) == (expected, b"")


def test_unknown_bytes_are_refused_with_their_count_and_nothing_is_written(tmp_path: Path) -> None:
    output = tmp_path / "sent"
    output.write_text("before")
    told = invoke("extract", upload(tmp_path, form="ascii"), "--sent", output, "--overwrite")
    assert told.code == 3
    assert "25 of the 262 bytes sent on connection 0 are unknown" in told.err
    assert output.read_text() == "before"
    assert sorted(one.name for one in tmp_path.iterdir()) == ["sent", "upload.txt"]


def test_unknown_bytes_can_be_kept_as_dots(tmp_path: Path) -> None:
    output = tmp_path / "sent"
    told = invoke("extract", upload(tmp_path, form="ascii"), "--sent", output, "--unknown", "keep")
    assert told.code == 0
    assert output.read_bytes() == SENT.replace(b"e\n", b"e.")
    assert "note: 25 bytes sent are unknown, and written as dots\n" in told.err
    assert "note: 4 bytes sent are inferred: dots in headers, taken for dots (--strict refuses them)\n" in told.err


def test_unknown_bytes_of_the_other_direction_do_not_matter(tmp_path: Path) -> None:
    trace = upload(tmp_path, form="ascii")
    trace.write_bytes(trace.read_bytes().replace(b"=> Send data", b"<= Recv data"))
    told = invoke("extract", trace, "--sent", tmp_path / "sent")
    assert told.code == 0
    assert invoke("extract", trace, "--sent", tmp_path / "strict", "--strict").code == 3


def test_one_of_several_connections_must_be_chosen(tmp_path: Path) -> None:
    trace, output = two_uploads(tmp_path), tmp_path / "sent"
    refused = invoke("extract", trace, "--sent", output)
    assert refused.code == 2
    assert "has several connections: 0, 1\n  hint: choose one: --connection 0" in refused.err
    assert invoke("extract", trace, "--sent", output, "--connection", "1").code == 0
    assert output.read_bytes().endswith(BODY * 2)


def test_what_to_write_must_be_said(tmp_path: Path) -> None:
    told = invoke("extract", upload(tmp_path))
    assert told.code == 2
    assert "neither --sent nor --received" in told.err


def test_no_file_is_two_things_at_once(tmp_path: Path) -> None:
    trace = upload(tmp_path)
    before = trace.read_bytes()
    assert invoke("extract", trace, "--sent", trace).code == 2
    assert trace.read_bytes() == before
    assert invoke("extract", trace, "--sent", tmp_path / "a", "--received", tmp_path / "x" / ".." / "a").code == 2
    assert invoke("extract", trace, "--sent", "-", "--received", "-").code == 2


def test_a_link_stays_a_link_and_a_device_a_device(tmp_path: Path) -> None:
    trace, real, link = upload(tmp_path), tmp_path / "real", tmp_path / "link"
    real.write_text("before")
    link.symlink_to(real)
    assert invoke("extract", trace, "--sent", link, "--received", "/dev/null", "--overwrite").code == 0
    assert link.is_symlink()
    assert real.read_bytes() == SENT
    assert not Path("/dev/null").is_file()


@pytest.mark.parametrize("place", ["missing/sent", "."])
def test_a_place_that_cannot_be_written_is_told(tmp_path: Path, place: str) -> None:
    told = invoke("extract", upload(tmp_path), "--sent", tmp_path / place)
    assert told.code == 2
    assert "cannot be written: " in told.err


def test_a_damaged_trace_is_refused(tmp_path: Path) -> None:
    trace = upload(tmp_path)
    text = trace.read_bytes()
    row = text.index(b"0040: ", text.index(b"Send data"))
    trace.write_bytes(text[:row] + text[text.index(b"\n", row) + 1 :])
    told = invoke("extract", trace, "--sent", tmp_path / "sent")
    assert told.code == 3
    assert "rows of it are missing" in told.err
    assert not (tmp_path / "sent").exists()


def torn(folder: Path) -> Path:
    trace = upload(folder)
    text = trace.read_bytes()
    trace.write_bytes(text[: text.index(b"0040: ", text.index(b"Send data"))])
    return trace


def test_a_torn_end_is_refused_as_play_refuses_it(tmp_path: Path) -> None:
    trace = torn(tmp_path)
    told = invoke("extract", trace, "--sent", tmp_path / "sent")
    assert told.code == 3
    assert "the trace is torn here: 126 bytes of connection 0 are there\n" in told.err
    assert "hint: it stops where curl was killed; write what is there with --torn keep" in told.err
    played = invoke("play", trace, "--target", "127.0.0.1:1")
    assert told.err.replace("write what", "play what") == played.err
    assert not (tmp_path / "sent").exists()


def test_what_is_there_of_a_torn_end_can_be_had(tmp_path: Path) -> None:
    told = invoke("extract", torn(tmp_path), "--sent", tmp_path / "sent", "--torn", "keep")
    assert told.code == 0
    assert (tmp_path / "sent").read_bytes() == SENT[: 62 + 64]
    assert "the dump has 64 of the 200 bytes" in told.err


def test_a_torn_end_of_the_other_direction_does_not_matter(tmp_path: Path) -> None:
    trace = upload(tmp_path)
    trace.write_bytes(trace.read_bytes()[:-20])
    assert invoke("extract", trace, "--received", tmp_path / "received").code == 3
    assert invoke("extract", trace, "--sent", tmp_path / "sent").code == 0
    assert (tmp_path / "sent").read_bytes() == SENT

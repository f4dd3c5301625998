"""A sweep that does not come to its end by itself: it is no success, and what it has is told."""

import json
import socket
from pathlib import Path

import pytest

from tests.cli.command_line import Told, invoke
from tests.cli.samples import REQUEST, upload
from tests.judge import servers
from tests.net.sink import Seen, Sink

HEAD = len(REQUEST)
SOME = ("--cuts", "every:40", "--close", "half")
ONE_BY_ONE = ("--cuts", "body:all", "--close", "half", "--parallel", "1")


class Gone(servers.Dying):
    """Listens no more once it has answered two whole requests, by which a sweep learns what is usual."""

    def __init__(self) -> None:
        super().__init__(-1)
        answered: list[int] = []

        def talk(sock: socket.socket, seen: Seen) -> None:
            servers.naive(sock, seen)
            answered.append(1)
            if len(answered) == 2:
                self._listener.shutdown(socket.SHUT_RDWR)

        self._talk = talk


def sweep(folder: Path, target: str, *args: object) -> Told:
    return invoke("sweep", upload(folder), "--target", target, *args)


@pytest.mark.parametrize("form", ["text", "json", "jsonl"])
def test_a_server_that_is_gone_before_the_first_cut_is_no_server_without_findings(form: str, tmp_path: Path) -> None:
    xml = tmp_path / "report.xml"
    with Gone() as gone:
        told = sweep(tmp_path, gone.target, *ONE_BY_ONE, "--format", form, "--report-junit", xml)
    assert told.code == 4, told.out
    assert "tracereplay: the server was not well any more: 201 of 201 plays were not made\n" in told.err
    assert "nothing wrong" not in told.out
    assert 'errors="1"' in xml.read_text("utf-8")
    if form == "json":
        found = json.loads(told.out)
        assert (found["whole"], found["plays"]) == (False, 0)
        assert "201 plays were not made, since the server was not well any more" in found["notes"]


def test_what_was_found_before_fails_as_a_finding(tmp_path: Path) -> None:
    with servers.Dying(HEAD + 100) as dying:
        told = sweep(tmp_path, dying.target, *ONE_BY_ONE, "--format", "json")
    found = json.loads(told.out)
    assert (told.code, found["whole"]) == (1, False)
    assert any("plays were not made" in one for one in found["notes"])


def test_what_is_not_all_is_not_accepted_and_fails(tmp_path: Path) -> None:
    baseline = tmp_path / "baseline.json"
    with servers.Dying(HEAD + 100) as dying:
        told = sweep(tmp_path, dying.target, *ONE_BY_ONE, "--baseline", baseline, "--accept")
    assert told.code == 1
    assert f"note: {baseline} stays as it is, for the sweep did not come to its end" in told.err
    assert not baseline.exists()


def test_a_sweep_without_a_remark_has_no_notes(tmp_path: Path) -> None:
    with Sink(servers.careful) as sink:
        found = json.loads(sweep(tmp_path, sink.target, *SOME, "--format", "json").out)
    assert (found["whole"], found["notes"]) == (True, [])


@pytest.mark.parametrize(
    ("args", "why"),
    [
        (["--report-html", "{folder}/absent/page.html"], "No such file or directory"),
        (["--report-junit", "{folder}"], "Is a directory"),
        (["--baseline", "{folder}/absent/known.json", "--accept"], "No such file or directory"),
    ],
    ids=["a page in no folder", "a folder", "a baseline in no folder"],
)
def test_a_file_that_cannot_be_written_is_told_before_anything_is_played(
    args: list[str], why: str, tmp_path: Path
) -> None:
    with Sink(servers.careful) as sink:
        told = sweep(tmp_path, sink.target, *SOME, *(one.replace("{folder}", str(tmp_path)) for one in args))
    assert (told.code, told.out, sink.connections) == (2, "", [])
    assert f"cannot be written: {why}" in told.err
    assert [one.name for one in tmp_path.iterdir()] == ["upload.txt"]


def test_a_baseline_that_is_written_takes_the_place_of_nothing_that_is_read(tmp_path: Path) -> None:
    log = tmp_path / "witness.jsonl"
    told = sweep(tmp_path, "127.0.0.1:1", *SOME, "--witness", log, "--baseline", log, "--accept")
    assert (told.code, f"{log} is read, and cannot be the output" in told.err) == (2, True)


@pytest.mark.parametrize(
    ("option", "why"),
    [("--resume", "No such file or directory"), ("--resume", "Is a directory"), ("--baseline", "Is a directory")],
)
def test_a_file_that_cannot_be_read_is_told_in_words(option: str, why: str, tmp_path: Path) -> None:
    name = tmp_path / "absent" if why.startswith("No") else tmp_path
    told = sweep(tmp_path, "127.0.0.1:1", *SOME, option, name)
    assert (told.code, told.err) == (2, f"tracereplay: {name} cannot be read: {why}\n")


@pytest.mark.parametrize("option", ["--resume", "--baseline"])
def test_a_file_that_is_no_text_is_told_in_words(option: str, tmp_path: Path) -> None:
    name = tmp_path / "bytes"
    name.write_bytes(b"\xff\xfe\n")
    told = sweep(tmp_path, "127.0.0.1:1", *SOME, option, name)
    assert (told.code, told.err) == (2, f"tracereplay: {name} cannot be read: it is no text in UTF-8\n")


def test_no_way_of_leaving_is_none(tmp_path: Path) -> None:
    told = sweep(tmp_path, "127.0.0.1:1", "--close", "")
    assert (told.code, "'' is no way of leaving" in told.err) == (2, True)


def test_what_was_played_is_told_though_the_page_at_the_end_is_not_there(tmp_path: Path) -> None:
    page = tmp_path / "report.html"
    with Sink(servers.naive) as sink:
        args = ("--starve", "http://127.0.0.1:1/health", "--report-html", page, "--format", "json")
        told = sweep(tmp_path, sink.target, *SOME, *args)
    found = json.loads(told.out)
    assert told.code == 2
    assert (found["plays"], len(found["findings"]), found["whole"]) == (6, 2, False)
    assert "--starve http://127.0.0.1:1/health" in found["notes"][-1]
    assert "--starve http://127.0.0.1:1/health is not answered alone, either: " in told.err
    assert page.exists()

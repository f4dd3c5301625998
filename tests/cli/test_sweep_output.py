"""A sweep whose output nobody takes any more: it ends quietly, and the files that were asked for are written."""

import json
import re
import socket
import subprocess
import threading
from collections.abc import Mapping
from pathlib import Path
from xml.etree.ElementTree import parse

import pytest

from tests.cli.command_line import COMMAND, environment, run
from tests.cli.samples import SENT, upload
from tests.judge import servers
from tests.net.sink import Seen, Sink, Talk

ALL = [f"{at}" for at in range(40, len(SENT), 40)]
CUTS = ["--cuts", "every:40", "--close", "half", "--parallel", "1"]


def reports(folder: Path) -> list[str]:
    return ["--report-html", f"{folder}/r.html", "--report-junit", f"{folder}/r.xml"]


def places(folder: Path) -> list[str]:
    """Return the places that the page tells."""
    (text,) = re.findall(r'id="data">(.*?)</script>', (folder / "r.html").read_text("utf-8"), re.DOTALL)
    return [str(one[1]) for one in json.loads(text)["places"]]


def patient(gates: Mapping[int, threading.Event]) -> Talk:
    """Return a talk that answers, but what has more bytes than a gate only when that is open."""

    def talk(sock: socket.socket, seen: Seen) -> None:
        servers.read(sock, seen)
        for most, gate in gates.items():
            if most < len(seen.data) < len(SENT):
                assert gate.wait(30)
        sock.sendall(servers.OK)

    return talk


def unread(folder: Path, form: str, *args: str) -> tuple[int, str, str]:
    """Sweep into a pipe of which the first line is read; return its exit code, that line, and what it said.

    Until then nothing is answered from byte 80 on; where lines are printed, what comes after that waits for the end.
    """
    go_on, end = threading.Event(), threading.Event()
    with Sink(patient({40: go_on, 80: end} if form == "jsonl" else {40: go_on})) as sink:
        process = subprocess.Popen(
            [*COMMAND, "sweep", str(upload(folder)), "--target", sink.target, *CUTS, "--format", form, *args],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment(),
            text=True,
        )
        assert process.stdout is not None
        assert process.stderr is not None
        line = process.stdout.readline() if form == "jsonl" else ""
        process.stdout.close()
        go_on.set()
        said = process.stderr.read()
        process.stderr.close()
        code = process.wait(30)
        end.set()
        return code, line, said


def test_lines_that_nobody_reads_end_the_sweep_and_the_reports_say_how_far_it_came(
    tmp_path: Path,
) -> None:
    baseline = tmp_path / "baseline.json"
    code, line, said = unread(tmp_path, "jsonl", *reports(tmp_path), "--baseline", str(baseline), "--accept")
    assert (code, json.loads(line)["at"]) == (141, 40)
    assert said == f"note: {baseline} stays as it is, for the sweep did not come to its end\n"
    assert places(tmp_path) == ["40", "80"]
    assert "2 plays in " in (tmp_path / "r.html").read_text("utf-8")
    assert ", stopped before its end</p>" in (tmp_path / "r.html").read_text("utf-8")
    assert parse(tmp_path / "r.xml").getroot()[0].attrib["errors"] == "1"
    assert not baseline.exists()


@pytest.mark.parametrize("form", ["text", "json"])
def test_a_sweep_that_tells_at_its_end_comes_to_it_whoever_reads(form: str, tmp_path: Path) -> None:
    baseline = tmp_path / "baseline.json"
    code, _, said = unread(tmp_path, form, *reports(tmp_path), "--baseline", str(baseline), "--accept")
    assert code == 141
    assert said == f"note: 6 known findings are in {baseline}\n"
    assert places(tmp_path) == ALL
    assert ", stopped before its end" not in (tmp_path / "r.html").read_text("utf-8")
    assert parse(tmp_path / "r.xml").getroot()[0].attrib["errors"] == "0"
    assert baseline.read_text("utf-8").count('"rule"') == 6


@pytest.mark.parametrize(("form", "plays"), [("jsonl", ALL[:1]), ("text", ALL), ("json", ALL)])
def test_an_output_that_is_full_is_told_and_the_reports_are_written(
    form: str, plays: list[str], tmp_path: Path
) -> None:
    end = threading.Event()
    with Sink(patient({40: end} if form == "jsonl" else {})) as sink:
        line = ["sweep", str(upload(tmp_path)), "--target", sink.target, *CUTS, "--format", form, *reports(tmp_path)]
        full = ["sh", "-c", 'exec "$@" > /dev/full', "sh", *COMMAND, *line]
        done = subprocess.run(full, stderr=subprocess.PIPE, env=environment(), timeout=30, text=True, check=False)
        end.set()
    assert done.returncode == 4
    assert done.stderr == "tracereplay: the output cannot be written: No space left on device\n"
    assert places(tmp_path) == plays


def test_a_reader_that_takes_all_changes_nothing(tmp_path: Path) -> None:
    with Sink(servers.naive) as sink:
        told = run("sweep", upload(tmp_path), "--target", sink.target, *CUTS, "--format", "jsonl", *reports(tmp_path))
    assert (told.code, told.err) == (1, "")
    assert places(tmp_path) == ALL

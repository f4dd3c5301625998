"""``tracereplay sweep --pid`` and ``--server``: what becomes of the server, told of real ones."""

import json
import re
import sys
from pathlib import Path
from shlex import quote

import pytest

from tests.cli.command_line import invoke, run
from tests.cli.samples import upload
from tracereplay import serve, wait_until
from tracereplay.cli.health import examined
from tracereplay.judge.cell import Cell, cells
from tracereplay.judge.setting import Setting
from tracereplay.judge.sweep import Sweeping
from tracereplay.library import Plan, load
from tracereplay.plan.way import Way

SERVER = """\
import asyncio, sys, tempfile
kept = []
async def talk(reader, writer):
    try:
        head = await reader.readuntil(b"\\r\\n\\r\\n")
        await reader.readexactly(int(head.partition(b"Content-Length: ")[2].partition(b"\\r\\n")[0]))
        status = b"201 Created"
    except (asyncio.IncompleteReadError, ConnectionError):
        status = b"400 Bad Request"
        if sys.argv[2] == "leaky":
            kept.append(tempfile.TemporaryFile())
    writer.write(b"HTTP/1.1 " + status + b"\\r\\nContent-Length: 0\\r\\nConnection: close\\r\\n\\r\\n")
    writer.close()
async def main():
    server = await asyncio.start_server(talk, "127.0.0.1", int(sys.argv[1]))
    await server.serve_forever()
asyncio.run(main())
"""
CUTS = ("--cuts", "every:3", "--close", "fin,half")  # 2 * 87 plays


def command(folder: Path, manner: str) -> str:
    (folder / "server.py").write_text(SERVER, "utf-8")
    return f"{quote(sys.executable)} {quote(str(folder / 'server.py'))} {{port}} {manner}"


def test_a_file_that_stays_open_for_each_cut_is_a_leak_and_the_exit_code_is_1(tmp_path: Path) -> None:
    args = ("--server", command(tmp_path, "leaky"), *CUTS, "--within", "200ms")
    told = run("sweep", upload(tmp_path), *args, "--report-junit", tmp_path / "junit.xml")
    assert told.code == 1, told.out + told.err
    found = re.search(
        r"^leak: open files\n  open files grew from (\d+) to (\d+) in a sweep of 174 plays, ", told.out, re.MULTILINE
    )
    assert found is not None, told.out
    assert int(found[2]) - int(found[1]) >= 174
    assert re.search(r"^plays +174 in .*: 1 finding$", told.out, re.MULTILINE)
    assert re.search(rf"^open files +{found[1]} +{found[2]}$", told.out, re.MULTILINE)
    deleted = re.search(r"^deleted, open +(\d+) +(\d+)$", told.out, re.MULTILINE)
    assert deleted is not None, told.out
    assert int(deleted[2]) - int(deleted[1]) >= 174  # and those of the second look
    assert '<failure type="leak"' in (tmp_path / "junit.xml").read_text("utf-8")


def test_too_few_plays_to_tell_a_leak_are_told(tmp_path: Path) -> None:
    with serve(command(tmp_path, "clean")) as server:
        few = ("--cuts", "boundaries", "--close", "half")
        told = invoke("sweep", upload(tmp_path), "--target", server.target, "--pid", server.pid, *few)
    assert told.code == 0
    assert " 8 at a time, are too few to tell a leak" in told.out


def test_of_a_clean_server_all_is_told_and_nothing_is_wrong(tmp_path: Path) -> None:
    with serve(command(tmp_path, "clean")) as server:
        args = ("--target", server.target, "--pid", server.pid, *CUTS, "--format", "json")
        told = invoke("sweep", upload(tmp_path), *args)
    assert (told.code, told.err) == (0, "")
    health = json.loads(told.out)["health"]
    assert (health["pid"], health["plays"], health["findings"]) == (server.pid, 174, [])
    before, after = health["before"], health["after"]
    for what in ("open_files", "threads", "processes", "deleted_files", "workers_ended"):
        assert before[what] == after[what]
    assert before["memory_bytes"] > 2**20
    assert after["cpu_seconds"] > before["cpu_seconds"]


@pytest.mark.parametrize(
    ("args", "message"),
    [
        pytest.param(
            ("--server", "true", "--target", "127.0.0.1:1"), "--server starts a server, and --target", id="two servers"
        ),
        pytest.param(("--server", "true", "--pid", "1"), "and --pid names one that runs", id="two processes"),
        pytest.param(("--target", "127.0.0.1:1", "--starve", "health"), "--starve 'health' is no page", id="no page"),
        pytest.param(("--target", "127.0.0.1:1", "--pid", "4194305"), "there is no process 4194305", id="nobody"),
        pytest.param(("--target", "127.0.0.1:1", "--pid", "9" * 30), "there is no process 999", id="no such number"),
    ],
)
def test_what_cannot_be_looked_at_is_refused(args: tuple[str, ...], message: str, tmp_path: Path) -> None:
    told = invoke("sweep", upload(tmp_path), *args)
    assert (told.code, told.out) == (2, "")
    assert message in told.err


def test_without_psutil_it_is_said_how_to_get_it(tmp_path: Path) -> None:
    (tmp_path / "psutil.py").write_text("raise ImportError", "utf-8")
    args = ("--target", "127.0.0.1:1", "--pid", "1")
    told = run("sweep", upload(tmp_path), *args, PYTHONPATH=str(tmp_path))
    assert (told.code, told.out) == (2, "")
    assert "read by psutil, which is not installed" in told.err
    assert "pip install 'tracereplay[health]'" in told.err


def test_a_leak_is_told_also_when_the_plays_are_made_before_their_verdicts_are_taken(tmp_path: Path) -> None:
    whole = load(upload(tmp_path)).plan().at_speed("max")

    def plan_of(cell: Cell) -> Plan:
        return whole.truncated(str(cell.place)).leaving(cell.way)

    listed = cells(whole.main_connection, ["body:every:4"], [Way.HALF])[:48]
    setting = Setting(whole=whole, plan_of=plan_of, command_of=lambda _: None, parallel=4)
    with examined(setting, command(tmp_path, "leaky"), None, None) as checkup:
        vitals = checkup.vitals
        assert vitals is not None
        before = checkup.readings[0].deleted
        sweeping = Sweeping(listed, checkup.quartered(len(listed)))
        taken = sweeping.play()
        next(taken)
        wait_until(lambda: (now := vitals.read()) is not None and now.deleted >= before + len(listed), within="30s")
        assert len(list(taken)) >= len(listed) - 1
        health = checkup.told(sweeping.result(1.0), resumed=0, within="100ms").health
    assert health is not None
    assert [one.what for one in health.leaks] == ["open files"]

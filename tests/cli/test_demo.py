import json
import time
from pathlib import Path

from tests.cli.command_line import run
from tests.programs import needs_curl


@needs_curl
def test_the_demo_shows_every_way_to_leave_and_leaves_the_trace(tmp_path: Path) -> None:
    taken = tmp_path / "demo-upload.txt"
    taken.write_text("mine")
    began = time.monotonic()
    told = run("demo", cwd=tmp_path)
    assert time.monotonic() - began < 25
    assert (told.code, told.err) == (0, "")
    table = {line[:9].strip(): line for line in told.out.splitlines() if line.startswith(("whole", "50%"))}
    assert list(table) == ["whole", "50% fin", "50% rst", "50% half", "50% stall"]
    for how, words in {
        "whole": ("all came", "201 Created"),
        "50% fin": ("end of stream, early", "none"),
        "50% rst": ("connection reset", "none"),
        "50% half": ("end of stream, early", "400 Bad Request"),
        "50% stall": ("nothing for 1.5 s", "408 Request Timeout"),
    }.items():
        assert all(word in table[how] for word in words), table[how]
    assert "  tracereplay show demo-upload-2.txt -n 20\n" in told.out
    assert taken.read_text() == "mine"
    assert sorted(one.name for one in tmp_path.iterdir()) == ["demo-upload-2.txt", "demo-upload.txt"]
    shown = json.loads(run("show", "demo-upload-2.txt", "--format", "json", cwd=tmp_path).out)
    assert shown["connections"][0]["sent"]["unknown"] == []


@needs_curl
def test_the_trace_is_left_where_it_is_wanted(tmp_path: Path) -> None:
    place = tmp_path / "a place"
    place.mkdir()
    told = run("demo", "--keep", place, cwd=tmp_path)
    assert told.code == 0
    assert [one.name for one in place.iterdir()] == ["demo-upload.txt"]
    assert f"tracereplay show '{place}/demo-upload.txt' -n 20" in told.out


def test_a_place_that_is_not_there_is_a_usage_error(tmp_path: Path) -> None:
    told = run("demo", "--keep", "missing", cwd=tmp_path)
    assert told.code == 2
    assert "missing is not a directory\n  hint: mkdir -p missing" in told.err


def test_without_curl_the_error_says_so(tmp_path: Path) -> None:
    told = run("demo", cwd=tmp_path, PATH=str(tmp_path))
    assert told.code == 2
    assert "curl was not found on the PATH" in told.err
    assert list(tmp_path.iterdir()) == []

"""What ``sweep`` writes for people to look at, and for CI."""

import json
import re
from pathlib import Path
from xml.etree.ElementTree import parse

import pytest

from tests.cli.command_line import Told, invoke
from tests.cli.samples import SENT, upload
from tests.judge import servers
from tests.net.sink import Sink, Talk


def sweep(folder: Path, *args: str, talk: Talk = servers.naive) -> Told:
    with Sink(talk) as sink:
        return invoke("sweep", upload(folder), "--target", sink.target, "--cuts", "every:40", *args)


def data(page: Path) -> dict[str, object]:
    (text,) = re.findall(r'id="data">(.*?)</script>', page.read_text("utf-8"), re.DOTALL)
    found = json.loads(text)
    assert isinstance(found, dict)
    return found


def test_a_page_and_xml_are_written_beside_what_is_printed(tmp_path: Path) -> None:
    page, xml = tmp_path / "report.html", tmp_path / "report.xml"
    told = sweep(tmp_path, "--report-html", str(page), "--report-junit", str(xml))
    assert (told.code, told.err) == (1, "")
    assert "2xx-for-incomplete: half" in told.out
    found = data(page)
    assert found["total"] == len(SENT)
    assert list(found["plays"]) == ["fin", "rst", "half"]  # type: ignore[call-overload]
    assert page.read_text("utf-8").count("--truncate 40 --close half") == 1
    suite = parse(xml).getroot()[0]
    assert (suite.attrib["failures"], suite.attrib["errors"]) == ("1", "0")


def test_each_play_has_its_timeline(tmp_path: Path) -> None:
    page = tmp_path / "report.html"
    sweep(tmp_path, "--report-html", str(page), "--close", "half")
    plays = data(page)["plays"]
    assert isinstance(plays, dict)
    assert all(len(one.split(" ")) > 5 for one in plays["half"].split(";"))


def test_what_is_known_does_not_fail_in_ci(tmp_path: Path) -> None:
    baseline, xml = str(tmp_path / "baseline.json"), tmp_path / "report.xml"
    sweep(tmp_path, "--baseline", baseline, "--accept")
    told = sweep(tmp_path, "--baseline", baseline, "--report-junit", str(xml))
    assert told.code == 0
    assert 'failures="0"' in xml.read_text("utf-8")


def test_a_split_is_reported_too(tmp_path: Path) -> None:
    page = tmp_path / "report.html"
    told = sweep(tmp_path, "--split", "2", "--report-html", str(page), talk=servers.careful)
    assert told.code == 0
    assert list(data(page)["plays"]) == ["split recorded", "split 2"]  # type: ignore[call-overload]


def test_no_report_takes_the_place_of_the_trace_or_of_another(tmp_path: Path) -> None:
    trace = upload(tmp_path)
    before = trace.read_bytes()
    assert invoke("sweep", trace, "--report-html", trace).code == 2
    same = str(tmp_path / "one")
    assert invoke("sweep", trace, "--report-html", same, "--report-junit", same).code == 2
    assert trace.read_bytes() == before


@pytest.mark.parametrize("option", ["--report-html", "--report-junit"])
def test_a_file_that_cannot_be_written_is_told_in_one_line(option: str, tmp_path: Path) -> None:
    told = sweep(tmp_path, option, str(tmp_path / "absent" / "report"))
    assert told.code == 2
    assert "cannot be written: No such file or directory" in told.err
    assert told.err.count("\n") == 1


@pytest.mark.parametrize("option", ["--body", "--witness", "--resume", "--file", "--baseline"])
def test_no_report_takes_the_place_of_a_file_that_is_read(option: str, tmp_path: Path) -> None:
    read = tmp_path / "read.bin"
    read.write_bytes(b"kept")
    told = sweep(tmp_path, option, f"@{read}" if option == "--body" else str(read), "--report-html", str(read))
    assert (told.code, told.out) == (2, "")
    assert f"{read} is read, and cannot be the output" in told.err
    assert read.read_bytes() == b"kept"

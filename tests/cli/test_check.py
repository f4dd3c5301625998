"""``tracereplay check``: all that is wrong, of each trace, and 3 when one cannot be read."""

import gzip
import json
import random
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.command_line import invoke
from tests.cli.samples import upload


def torn(folder: Path) -> Path:
    path = folder / "torn.txt"
    path.write_bytes(upload(folder).read_bytes()[:-20])
    return path


def test_a_sound_trace_has_nothing_to_say(tmp_path: Path) -> None:
    trace = upload(tmp_path)
    told = invoke("check", trace)
    assert (told.code, told.out, told.err) == (0, f"{trace}: 1 connection, no byte unknown, 0 warnings\n", "")


def test_warnings_have_their_line_code_and_sentence(tmp_path: Path) -> None:
    trace = torn(tmp_path)
    told = invoke("check", trace)
    assert told.code == 0
    first, *warnings = told.out.splitlines()
    assert first == f"{trace}: 1 connection, no byte unknown, {len(warnings)} warning{'s' * (len(warnings) != 1)}"
    assert f"  {trace}:26: warning: the dump has 0 of the 3 bytes that its head declares (torn)" in warnings


def test_what_is_not_known_is_counted(tmp_path: Path) -> None:
    trace = upload(tmp_path, form="ascii")
    told = invoke("check", trace)
    assert told.out.startswith(f"{trace}: 1 connection, 26 unknown, 5 inferred, 0 warnings\n")
    assert "31 unknown, 0 warnings" in invoke("check", trace, "--strict").out


def test_one_that_cannot_be_read_does_not_stop_the_others(tmp_path: Path) -> None:
    trace, empty = upload(tmp_path), tmp_path / "empty.txt"
    empty.write_bytes(b"")
    told = invoke("check", tmp_path / "none.txt", empty, trace)
    assert told.code == 3
    assert told.out.splitlines() == [
        f"{tmp_path}/none.txt: cannot be read: No such file or directory (unreadable)",
        f"{empty}: the file is empty (unreadable)",
        "  hint: record again: tracereplay record -- curl …",
        f"{trace}: 1 connection, no byte unknown, 0 warnings",
    ]


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("#: cutt half", "'#: cutt half' is no mark"),
        (" #: cut half", "a mark stands before"),
        ("#: default cut a", "no cut"),
    ],
)
def test_a_mark_that_play_refuses_is_a_failure(line: str, told: str, tmp_path: Path) -> None:
    trace = upload(tmp_path)
    trace.write_bytes(line.encode() + b"\n\n# why\n" + trace.read_bytes())
    for command, code in (("check", 3), ("play", 2)):
        said = invoke(command, trace)
        assert said.code == code
        assert told in said.out + said.err


def test_json_has_an_object_for_each_trace(tmp_path: Path) -> None:
    trace, empty = torn(tmp_path), tmp_path / "empty.txt"
    empty.write_bytes(b"")
    told = invoke("check", trace, empty, "--format", "json")
    assert told.code == 3
    found = json.loads(told.out)
    assert found["version"] == 1
    one, other = found["traces"]
    assert one["trace"] == str(trace)
    assert (one["readable"], one["error"], one["connections"], one["unknown"], one["inferred"]) == (True, None, 1, 0, 0)
    assert {
        "line": 26,
        "code": "torn",
        "message": "the dump has 0 of the 3 bytes that its head declares",
        "fault": False,
    } in one["warnings"]
    assert (other["readable"], other["error"]) == (False, f"{empty}: the file is empty")
    assert other["warnings"] == []


DAMAGE: list[tuple[str, Callable[[bytes], bytes], int, str]] = [
    ("nothing at all", lambda _: b"", 3, "the file is empty"),
    ("binary junk", lambda _: random.Random(1).randbytes(50_000), 3, "this is no trace of curl"),
    ("another encoding", lambda text: text.decode().encode("utf-16"), 3, "this is no trace of curl"),
    ("half a gzip", lambda text: gzip.compress(text)[:200], 3, "the gzip is damaged"),
    ("one endless line", lambda text: b"x" * 9_000_000 + text, 3, "this is no trace of curl"),
    ("a whole gzip", gzip.compress, 0, "no byte unknown, 0 warnings"),
    ("line ends of Windows", lambda text: text.replace(b"\n", b"\r\n"), 0, "no byte unknown, 0 warnings"),
    ("a terminal around it", lambda text: b"$ curl --trace - x\n" + text + b"$ ls\n", 0, "(stray)"),
    ("a byte order mark", lambda text: b"\xef\xbb\xbf" + text, 0, "(stray)"),
    ("line ends that differ", lambda text: text.replace(b"\n0000: ", b"\r\n0000: "), 0, "(damaged)"),
    ("an indentation", lambda text: text.replace(b"\n", b"\n    "), 0, "(damaged)"),
    ("a row that was edited", lambda text: text.replace(b"69 64 2c", b"69 65 2c", 1), 0, "(damaged)"),
    ("an endless line between", lambda text: text.replace(b"=> Send d", b"y" * 200_000 + b"\n=> Send d"), 0, "(stray)"),
]


@pytest.mark.parametrize(("change", "code", "said"), [pytest.param(*one[1:], id=one[0]) for one in DAMAGE])
def test_damage_is_said_or_refused(change: Callable[[bytes], bytes], code: int, said: str, tmp_path: Path) -> None:
    trace = upload(tmp_path)
    trace.write_bytes(change(trace.read_bytes()))
    told = invoke("check", trace)
    assert (told.code, told.err) == (code, "")
    assert said in told.out
    if "(damaged)" in told.out:
        assert invoke("extract", trace, "--sent", tmp_path / "sent").code == 3


def test_help_has_an_example() -> None:
    assert "tracereplay check" in invoke("check", "--help").out.partition("Example:")[2]

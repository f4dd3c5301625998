"""Marks are written into a trace and taken out of it; no other byte of the file changes."""

import gzip
import random
from pathlib import Path

import pytest

from tests.cli.command_line import invoke
from tests.cli.samples import BODY, REQUEST, two_uploads, upload
from tests.trace.corpus import Recording, recordings
from tracereplay.trace.meaning import PlacedMark
from tracereplay.trace.trace import Trace

FIXTURES = Path(__file__).parents[2] / "fixtures" / "traces"
TRACES = [pytest.param(one, id=one.folder.name) for one in recordings(FIXTURES) if one.is_trace]


def marks_of(path: Path) -> list[tuple[str, str | None, int, str | None]]:
    return [(mark.what, mark.name, mark.at, mark.way) for one in Trace.load(path).conversations for mark in one.marks]


@pytest.mark.parametrize("recording", TRACES)
def test_marked_and_unmarked_a_trace_is_what_it_was(recording: Recording, tmp_path: Path) -> None:
    path, text = tmp_path / "trace.txt", recording.read(recording.truth["trace"]["file"])
    path.write_bytes(text)
    seed = random.randrange(1 << 32)
    print("seed", seed)
    chance = random.Random(seed)
    sending = [one for one in Trace.load(path).conversations if one.sent.bytes]
    for one in chance.sample(sending, min(1, len(sending))):
        if one.protocol in ("h2", "h3"):
            told = invoke("mark", path, "--at", 0, "--name", "half", "--connection", one.id)
            assert told.code == 2
            assert "play sends a translation, in which no mark has a place" in told.err
            continue
        tunnel = max((it.head_end or 0 for it in one.requests if it.is_tunnel), default=0)
        at = chance.choice((0, one.sent.bytes - tunnel, chance.randrange(one.sent.bytes - tunnel + 1)))
        told = invoke("mark", path, "--at", at, "--name", "half", "--close", "rst", "--connection", one.id, "--default")
        assert told.code == 0, told.err
        (again,) = (it for it in Trace.load(path).conversations if it.id == one.id)
        assert [(mark.what, mark.name, mark.way) for mark in again.marks if mark.what == "cut"] == [
            ("cut", "half", "rst")
        ]
        assert {mark.at for mark in again.marks if mark.what == "cut"} in ({at}, {at + tunnel})
        added = path.read_bytes()
        assert [line for line in added.split(b"\n") if not line.startswith(b"#: ")] == text.split(b"\n")
        assert invoke("unmark", path, "half").code == 0
        assert path.read_bytes() == text


@pytest.mark.parametrize("form", ["hex", "ascii"])
@pytest.mark.parametrize("line_end", [b"\n", b"\r\n"])
def test_every_byte_can_be_marked(form: str, line_end: bytes, tmp_path: Path) -> None:
    path = upload(tmp_path, form=form)
    text = path.read_bytes().replace(b"\n", line_end)
    size = len(REQUEST + BODY)
    for at in (*range(0, size, 7), size):
        path.write_bytes(text)
        assert invoke("mark", path, "--at", at, "--name", "here").code == 0
        assert marks_of(path) == [("cut", "here", at, None)]
        (line,) = {*path.read_bytes().splitlines(keepends=True)} - {*text.splitlines(keepends=True)}
        assert line.startswith(b"#: cut here")
        assert line.endswith(line_end)


def test_the_mark_stands_in_the_row_of_its_byte(tmp_path: Path) -> None:
    path = upload(tmp_path)
    invoke("mark", path, "--at", "body:50%", "--name", "half", "--close", "rst")
    lines = path.read_text().splitlines()
    at = lines.index("#: cut half +4 rst")
    assert lines[at + 1].startswith("0060: ")
    assert marks_of(path) == [("cut", "half", len(REQUEST) + 100, "rst")]


def test_a_pause_a_place_and_a_default(tmp_path: Path) -> None:
    path = upload(tmp_path)
    for words in (("0", "--pause", "2s"), ("1", "--pause", "2s", "--name", "slow"), ("2", "--name", "b", "--no-cut")):
        assert invoke("mark", path, "--at", *words).code == 0
    assert invoke("mark", path, "--at", "3", "--name", "c", "--default").code == 0
    assert [line for line in path.read_text().splitlines() if line.startswith("#")] == [
        "#: pause 2s", "#: pause slow +1 2s", "#: mark b +2", "#: cut c +3", "#: default cut c",
    ]  # fmt: skip
    assert invoke("unmark", path, "--all").code == 0
    assert path.read_bytes() == upload(tmp_path).read_bytes()


def test_overwrite_moves_a_mark_which_keeps_its_way(tmp_path: Path) -> None:
    path = upload(tmp_path)
    invoke("mark", path, "--at", "10", "--name", "half", "--close", "stall", "--default")
    before = path.read_bytes()
    refusal = invoke("mark", path, "--at", "20", "--name", "half")
    assert refusal.code == 2
    assert f"{path}:3: there is a mark already: half" in refusal.err
    assert path.read_bytes() == before
    assert invoke("mark", path, "--at", "20", "--name", "half", "--overwrite").code == 0
    assert ("cut", "half", 20, "stall") in marks_of(path)
    assert invoke("mark", path, "--at", "30", "--name", "other", "--default", "--overwrite").code == 0
    assert sorted(mark[:2] for mark in marks_of(path) if mark[1]) == [
        ("cut", "half"),
        ("cut", "other"),
        ("default", "other"),
    ]


def test_it_stands_on_the_connection_that_is_named(tmp_path: Path) -> None:
    path = two_uploads(tmp_path)
    assert "byte 5 of connection 0" in invoke("mark", path, "--at", "5", "--name", "a", "--connection", "0").err
    invoke("mark", path, "--at", "100%", "--name", "b", "--connection", "0")
    first, second = Trace.load(path).conversations
    assert [mark.at for mark in first.marks] == [5, first.sent.bytes]
    assert second.marks == ()


def test_a_link_stays_one_a_gzip_stays_one_and_so_do_the_permissions(tmp_path: Path) -> None:
    path = upload(tmp_path)
    packed, link = tmp_path / "packed", tmp_path / "link"
    packed.write_bytes(gzip.compress(path.read_bytes()))
    packed.chmod(0o640)
    link.symlink_to(packed)
    assert invoke("mark", link, "--at", "5", "--name", "a").code == 0
    assert link.is_symlink()
    assert packed.stat().st_mode & 0o777 == 0o640
    assert b"#: cut a +5\n" in gzip.decompress(packed.read_bytes())
    assert invoke("unmark", link, "a").code == 0
    assert gzip.decompress(packed.read_bytes()) == path.read_bytes()
    assert sorted(one.name for one in tmp_path.iterdir()) == ["link", "packed", "upload.txt"]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--at", "0"], "a cut has a name"),
        (["--at", "0", "--name", "part-1"], "'-1' stands where"),
        (["--at", "0", "--name", "über"], "hint: a letter, then letters, digits, _ . and -, all of ASCII"),
        (["--at", "0", "--name", "a b"], "hint: a letter, then letters, digits, _ . and -, all of ASCII"),
        (["--at", "0", "--name", "a +4"], "'a +4' is no name of a mark\n  hint: a letter, then"),
        (["--at", "0", "--name", "2s", "--pause", "1s"], "hint: a letter, then"),
        (["--at", "0", "--name", "a", "--pause", "2s", "--close", "rst"], "a pause is no place to leave at"),
        (["--at", "0", "--name", "a", "--no-cut", "--close", "rst"], "says nothing of how to leave"),
        (["--at", "0", "--pause", "soon"], "'soon' is not a duration"),
        (["--at", "101%", "--name", "a"], "lies past the end"),
        (["--at", "wire:5", "--name", "a"], "ciphertext"),
        (["--at", "0", "--name", "a", "--connection", "7"], "there is no connection 7"),
    ],
)
def test_what_cannot_be_marked_is_refused_and_nothing_is_written(words: list[str], told: str, tmp_path: Path) -> None:
    path = upload(tmp_path)
    before = path.read_bytes()
    refusal = invoke("mark", path, *words)
    assert refusal.code == 2
    assert told in refusal.err
    assert path.read_bytes() == before


@pytest.mark.parametrize("command", [["mark", "-", "--at", "0", "--name", "a"], ["unmark", "-", "a"]])
def test_the_standard_input_is_no_file_to_write_in(command: list[str]) -> None:
    refusal = invoke(*command)
    assert refusal.code == 2
    assert "- is no file that can be written in place" in refusal.err


@pytest.mark.parametrize(
    ("words", "told"), [(["b"], "there is no mark 'b'"), ([], "name the marks"), (["a", "--all"], "name the marks")]
)
def test_unmark_says_what_it_cannot_take_out(words: list[str], told: str, tmp_path: Path) -> None:
    path = upload(tmp_path)
    invoke("mark", path, "--at", "0", "--name", "a")
    refusal = invoke("unmark", path, *words)
    assert refusal.code == 2
    assert told in refusal.err


def test_unmark_leaves_comments_and_what_is_redacted(tmp_path: Path) -> None:
    path = upload(tmp_path)
    text = path.read_bytes().replace(b"=> Send data", b"# why\n#: redacted Cookie -3\n=> Send data")
    path.write_bytes(text)
    invoke("mark", path, "--at", "0", "--name", "a")
    assert invoke("unmark", path, "--all").code == 0
    assert path.read_bytes() == text


def test_unmark_says_which_lines_stay_that_are_no_marks(tmp_path: Path) -> None:
    path = upload(tmp_path)
    path.write_bytes(b"#: cutt a\n\n#: default cut b\n" + path.read_bytes())
    told = invoke("unmark", path, "--all")
    assert told.code == 0
    assert "1 mark is taken out" in told.err
    assert f"note: {path}:1: '#: cutt a' is no mark: " in told.err
    assert "the line stays" in told.err
    assert ":3:" not in told.err
    assert path.read_bytes().startswith(b"#: cutt a\n\n== Info")


def test_a_mark_has_its_own_name_or_that_of_another() -> None:
    assert PlacedMark(1, "cut", "a", 0).has_own_name
    assert not PlacedMark(1, "default", "a", 0).has_own_name
    assert not PlacedMark(1, "pause", None, 0).has_own_name

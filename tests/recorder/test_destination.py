import os
import socket
import stat
from pathlib import Path

import pytest

from tests.recorder.curl_server import names_in
from tracereplay.errors import PlanError, SystemFault
from tracereplay.recorder.destination import check, draft, keep


def test_a_free_name_is_accepted(tmp_path: Path) -> None:
    check(tmp_path / "up.txt", overwrite=False)


def test_an_existing_file_is_refused_unless_it_may_be_overwritten(tmp_path: Path) -> None:
    output = tmp_path / "up.txt"
    output.touch()

    with pytest.raises(PlanError, match=r"up\.txt exists\n  hint: give --overwrite"):
        check(output, overwrite=False)
    check(output, overwrite=True)


def test_a_link_to_nowhere_is_refused_too(tmp_path: Path) -> None:
    output = tmp_path / "up.txt"
    output.symlink_to(tmp_path / "nowhere")

    with pytest.raises(PlanError, match="exists"):
        check(output, overwrite=False)


@pytest.mark.parametrize("overwrite", [False, True])
@pytest.mark.parametrize(
    ("output", "message"),
    [
        pytest.param("-", "standard output is curl's", id="standard output"),
        pytest.param("{}", "is a directory", id="a directory"),
        pytest.param("{}/none/up.txt", "there is no directory", id="a missing directory"),
        pytest.param("/dev/null", "not an ordinary file", id="a device"),
        pytest.param("{}/socket", "not an ordinary file", id="a socket"),
        pytest.param("{}/" + "x" * 300, "too long", id="a name that no file can have"),
    ],
)
def test_a_place_that_cannot_hold_a_trace_is_refused(
    tmp_path: Path, output: str, message: str, overwrite: bool
) -> None:
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "socket"))
        with pytest.raises(PlanError, match=message):
            check(Path(output.format(tmp_path)), overwrite=overwrite)


def test_a_draft_is_hidden_beside_its_destination_and_gone_in_the_end(tmp_path: Path) -> None:
    with draft(tmp_path, "up.txt") as part:
        assert names_in(tmp_path) == {part.name}
        assert part.name.startswith(".up.txt.")
        assert part.name.endswith(".part")
        assert part.is_absolute()
    assert names_in(tmp_path) == set()


def test_a_draft_is_gone_after_an_exception(tmp_path: Path) -> None:
    with pytest.raises(KeyError), draft(tmp_path, "up.txt"):
        raise KeyError
    assert names_in(tmp_path) == set()


@pytest.mark.parametrize("umask", [0o022, 0o077, 0o002])
def test_a_recording_has_the_permissions_of_any_new_file(tmp_path: Path, umask: int) -> None:
    before = os.umask(umask)
    try:
        with draft(tmp_path, "up.txt") as part:
            kept = keep(part, tmp_path / "up.txt", overwrite=False)
    finally:
        os.umask(before)
    assert stat.S_IMODE(kept.stat().st_mode) == 0o666 & ~umask


def test_a_long_name_has_a_draft_too(tmp_path: Path) -> None:
    with draft(tmp_path, "ü" * 120) as part:
        assert part.exists()


def test_a_place_where_nothing_can_be_written_is_refused() -> None:
    with pytest.raises(PlanError, match="nothing can be written in /proc"), draft(Path("/proc"), "up.txt"):
        pass


@pytest.mark.parametrize("suffix", [".txt", ".txt.gz"])
def test_what_appeared_meanwhile_is_not_overwritten(tmp_path: Path, suffix: str) -> None:
    wanted = tmp_path / f"up{suffix}"
    for name in (f"up{suffix}", f"up-2{suffix}"):
        (tmp_path / name).write_text("precious")

    with draft(tmp_path, wanted.name) as part:
        part.write_text("trace")
        kept = keep(part, wanted, overwrite=False)

    assert kept == tmp_path / f"up-3{suffix}"
    assert kept.read_text() == "trace"
    assert wanted.read_text() == "precious"
    assert names_in(tmp_path) == {f"up{suffix}", f"up-2{suffix}", f"up-3{suffix}"}


def test_overwriting_replaces_the_file(tmp_path: Path) -> None:
    wanted = tmp_path / "up.txt"
    wanted.write_text("old")

    with draft(tmp_path, "up.txt") as part:
        part.write_text("new")
        assert keep(part, wanted, overwrite=True) == wanted

    assert wanted.read_text() == "new"
    assert names_in(tmp_path) == {"up.txt"}


@pytest.mark.parametrize("overwrite", [False, True])
def test_a_folder_that_went_away_is_a_fault_of_the_system(tmp_path: Path, overwrite: bool) -> None:
    with draft(tmp_path, "up.txt") as part, pytest.raises(SystemFault, match="cannot be moved"):
        keep(part, tmp_path / "gone" / "up.txt", overwrite=overwrite)

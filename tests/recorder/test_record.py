import gzip
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from tests.programs import needs_curl
from tests.recorder.curl_server import (
    EVERY_BYTE,
    CurlServer,
    driver,
    fake_curl,
    names_in,
    plainly,
    recorded,
    sent_data,
)
from tracereplay.errors import PlanError
from tracereplay.recorder import Recording, record
from tracereplay.recorder.dialect import ask

pytestmark = pytest.mark.usefixtures("_without_curlrc")


@needs_curl
@pytest.mark.parametrize(
    "line",
    [
        pytest.param("-sS {url}/a", id="a plain GET"),
        pytest.param("-sS -i -w %{{http_code}} {url}/a", id="heads and codes"),
        pytest.param("-sS {url}/a --data-binary @body.bin", id="a POST of every byte"),
        pytest.param("-sS -F file=@body.bin -o out.bin {url}/a", id="a form"),
        pytest.param("-sS {url}/a {url}/b", id="two transfers on a connection"),
        pytest.param("-sS {url}/a --next -sS -d x {url}/b", id="--next"),
        pytest.param("-sS -Z --no-progress-meter {url}/a", id="--parallel"),
        pytest.param("-sSf {url}/missing", id="a 404 that fails"),
        pytest.param("-sS -d x -- {url}/a", id="two dashes"),
        pytest.param("-sS -d -- {url}/a", id="two dashes as a value"),
        pytest.param("-sS -d -v {url}/a", id="-v as a value"),
        pytest.param("-sS -T -v {url}/a", id="-v as a file"),
        pytest.param("-q -sS {url}/a", id="-q first"),
        pytest.param("-sS {url}/short", id="an answer that ends early"),
    ],
)
def test_curl_behaves_as_without_us_and_leaves_a_trace(server: CurlServer, folder: Path, line: str) -> None:
    argv = ["curl", *line.format(url=server.url).split()]

    done = recorded(argv, folder)

    assert done == plainly(argv, folder)
    assert done.path == "up.txt"
    assert done.notes == ()
    assert names_in(folder) - {"out.bin"} == {"body.bin", "-v", "up.txt"}
    sent_data(folder / "up.txt")


@needs_curl
@pytest.mark.parametrize(
    "line",
    [
        pytest.param("-sS {refused}", id="a refused connection"),
        pytest.param("-sS http://", id="no host"),
        pytest.param("--nonsense {url}/a", id="an unknown option"),
        pytest.param("-s -? {url}/a", id="an unknown letter"),
        pytest.param("{url}/a -o", id="a missing value"),
        pytest.param("{url}/a -sSv --trace", id="a missing trace file"),
        pytest.param("-sS", id="no URL"),
        pytest.param("-v", id="no URL, talkative"),
        pytest.param("", id="nothing at all"),
        pytest.param("--version", id="the version"),
        pytest.param("--help", id="help"),
        pytest.param("-h http", id="a category of help"),
        pytest.param("-sS {url}/a --help", id="late help"),
        pytest.param("-sS file:///dev/null", id="a URL without a connection"),
    ],
)
def test_curl_fails_as_without_us_and_leaves_nothing(server: CurlServer, folder: Path, refused: str, line: str) -> None:
    argv = ["curl", *line.format(url=server.url, refused=refused).split()]

    done = recorded(argv, folder)

    assert done == plainly(argv, folder)
    assert done.path is None
    assert names_in(folder) == {"body.bin", "-v"}


@needs_curl
@pytest.mark.parametrize(
    ("given", "as_if", "left_out"),
    [
        pytest.param("-v -sS {url}/a", "-sS {url}/a", "-v", id="-v"),
        pytest.param("-sSv {url}/a", "-sS {url}/a", "-v", id="among letters"),
        pytest.param("-sS {url}/a --verbose", "-sS {url}/a", "--verbose", id="--verbose"),
        pytest.param("-sS --trace-ascii - {url}/a", "-sS {url}/a", "--trace-ascii", id="--trace-ascii"),
        pytest.param("-sS --trace mine.txt {url}/a", "-sS {url}/a", "--trace", id="--trace"),
        pytest.param("-vq -sS {url}/a", "--trace-time -q -sS {url}/a", "-v", id="before a late -q"),
    ],
)
def test_the_users_own_trace_is_left_out_and_he_is_told(
    server: CurlServer, folder: Path, given: str, as_if: str, left_out: str
) -> None:
    (folder.parent / "home" / ".curlrc").write_text("user-agent = mine\n")

    done = recorded(["curl", *given.format(url=server.url).split()], folder)

    assert done == plainly(["curl", *as_if.format(url=server.url).split()], folder)
    [note] = done.notes
    assert note.startswith(f"curl writes one trace at a time: {left_out} was left out; ")
    assert "up.txt" in note
    assert names_in(folder) == {"body.bin", "-v", "up.txt"}
    assert "mine" in "".join(line[-16:] for line in (folder / "up.txt").read_text().splitlines(keepends=False))


@needs_curl
@pytest.mark.parametrize("given", ["", "-v", "--trace-ascii -", "--no-trace-time -sv", "-K config"])
def test_the_trace_is_lossless_whatever_the_user_asked_for(server: CurlServer, folder: Path, given: str) -> None:
    (folder / "config").write_text("trace-ascii = mine.txt\n")
    recorded(["curl", "-s", *given.split(), "--data-binary", "@body.bin", f"{server.url}/a"], folder)

    assert sent_data(folder / "up.txt") == EVERY_BYTE == server.bodies[-1]


@needs_curl
def test_the_trace_is_lossless_where_curl_would_put_ids_into_the_bytes(server: CurlServer, folder: Path) -> None:
    if not ask("curl").knows("trace-config"):
        pytest.skip("this curl is older than 8.3.0: it has no --trace-config")
    (folder.parent / "home" / ".curlrc").write_text("trace-config = all\n")
    recorded(["curl", "-s", "--trace-config", "all,lib-ids", "-d", "short", f"{server.url}/a"], folder)

    assert sent_data(folder / "up.txt") == b"short" == server.bodies[-1]


@needs_curl
def test_ids_are_recorded_where_curl_has_them(server: CurlServer, folder: Path) -> None:
    help_text = subprocess.run(["curl", "--help", "all"], capture_output=True, check=True).stdout

    recorded(["curl", "-s", f"{server.url}/a"], folder)

    assert (b"[0-0] => Send header" in (folder / "up.txt").read_bytes()) == (b"--trace-ids" in help_text)


@needs_curl
@pytest.mark.parametrize("line", ["-sS -T - {url}/a", "-sS -d @- {url}/a", "-sS -F file=@- {url}/a"])
def test_standard_input_passes(server: CurlServer, folder: Path, line: str) -> None:
    done = recorded(["curl", *line.format(url=server.url).split()], folder, stdin=b"typed in")

    assert done.exit_code == 0
    assert b"typed in" in server.bodies[-1]
    assert b"typed in" in sent_data(folder / "up.txt")


@needs_curl
def test_a_name_that_ends_in_gz_gets_a_gzip(server: CurlServer, folder: Path) -> None:
    argv = ["curl", "-sS", "--data-binary", "@body.bin", f"{server.url}/a"]

    done = recorded(argv, folder, output="up.txt.gz")

    assert done == plainly(argv, folder)
    assert done.path == "up.txt.gz"
    packed = (folder / "up.txt.gz").read_bytes()
    (folder / "up.txt").write_bytes(gzip.decompress(packed))
    assert sent_data(folder / "up.txt") == EVERY_BYTE
    assert b"up.txt" not in packed[:32]


@needs_curl
def test_files_that_the_shell_opened_for_curl_stay_open(server: CurlServer, folder: Path) -> None:
    with (folder / "body.bin").open("rb") as body:
        number = body.fileno()
        argv = ["curl", "-s", "-o", os.devnull, "--data-binary", f"@/dev/fd/{number}", f"{server.url}/a"]
        subprocess.run(driver(argv, folder / "answer", "up.txt"), cwd=folder, pass_fds=[number], check=True)

    assert sent_data(folder / "up.txt") == EVERY_BYTE


@needs_curl
def test_a_note_tells_no_secret(server: CurlServer, folder: Path) -> None:
    argv = [
        "curl",
        "-sv",
        "-u",
        "me:secret",
        "--trace",
        "secret.txt",
        "-o",
        os.devnull,
        f"{server.url}/secret",
    ]
    assert "secret" not in "".join(record(argv, Path("up.txt")).notes)


@needs_curl
def test_recording_works_in_another_thread(server: CurlServer, folder: Path) -> None:
    done: list[Recording] = []
    argv = ["curl", "-s", "-o", os.devnull, f"{server.url}/a"]
    thread = threading.Thread(target=lambda: done.append(record(argv, Path("up.txt"))))
    thread.start()
    thread.join()

    assert done == [Recording(Path("up.txt"), 0)]


def test_curl_can_be_given_by_its_path(server: CurlServer, folder: Path, curl: str) -> None:
    assert record([curl, "-s", "-o", os.devnull, f"{server.url}/a"], Path("up.txt")).exit_code == 0


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        pytest.param([], "there is no curl command", id="nothing"),
        pytest.param(["wget", "http://h/"], "must begin with curl, not with 'wget'", id="another program"),
        pytest.param(["http://h/"], "must begin with curl", id="a URL"),
        pytest.param(["./curl-none"], "no program that can be run", id="a missing file"),
    ],
)
def test_what_is_no_curl_command_is_refused_with_the_right_form(argv: list[str], message: str) -> None:
    with pytest.raises(PlanError, match=message) as caught:
        record(argv)
    assert "curl" in (caught.value.hint or "")


def test_a_missing_curl_is_said_with_the_way_to_get_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(PlanError, match="curl was not found on the PATH") as caught:
        record(["curl", "http://h/"])
    assert caught.value.hint == "sudo apt install curl"


def test_a_curl_that_cannot_be_started_is_refused(tmp_path: Path) -> None:
    broken = tmp_path / "curl"
    broken.write_bytes(b"\x7fELF is not enough")
    broken.chmod(0o755)

    with pytest.raises(PlanError, match="cannot be run: Exec format error"):
        record([str(broken), "http://h/"])


def test_a_newer_curl_gets_the_options_that_it_has(
    folder: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    names = (" -v, --verbose", " --trace <file>", " --trace-time", " --trace-ids", " --trace-config <string>")
    curl = fake_curl(tmp_path, "8.14.1", "\n".join(f"{name}  Says what it does" for name in names))

    assert record([str(curl), "-v", "U"]).path is None

    url, _, trace, *rest = capfd.readouterr().out.split()
    assert url == "U"
    assert trace.startswith("/dev/fd/")  # no name in any folder
    assert rest == ["--trace-time", "--trace-ids", "--trace-config", "-lib-ids"]
    assert names_in(folder) == {"body.bin", "-v"}


def test_what_was_said_before_comes_before_what_curl_says(tmp_path: Path) -> None:
    curl = fake_curl(tmp_path, "7.88.1", " --trace <file>  T\n")
    record_it = f"record([{str(curl)!r}, 'then'])"
    script = f"from tracereplay.recorder import record\nprint('first')\n{record_it}\nprint('last')"

    command = [sys.executable, "-W", "error", "-c", script]
    said = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True).stdout

    assert [word for word in said.split() if not word.startswith(("-", "/"))] == ["first", "then", "last"]


@needs_curl
def test_an_output_may_be_named_by_a_string(server: CurlServer, folder: Path) -> None:
    assert record(["curl", "-sS", "-o", str(folder / "out.bin"), server.url], str(folder / "up.txt")) == Recording(
        folder / "up.txt", 0
    )

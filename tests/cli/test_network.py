"""How ``play`` gets to the server: the options of curl that say so."""

import json
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.cli.command_line import NOBODY, invoke
from tests.cli.samples import SENT, upload
from tests.net.proxies import socks_proxy
from tests.net.sink import Sink
from tests.net.unix_sink import UnixSink

ALL = ("--truncate", "100%")


@pytest.mark.parametrize("option", ["--unix-socket", "--target"])
def test_it_plays_to_a_unix_socket(tmp_path: Path, option: str) -> None:
    with TemporaryDirectory(dir="/tmp") as folder, UnixSink(f"{folder}/s") as sink:
        path = f"{folder}/s" if option == "--unix-socket" else f"unix:{folder}/s"
        told = invoke("play", upload(tmp_path), option, path, *ALL, "--format", "json")
        assert sink.seen().data == SENT
        (one,) = json.loads(told.out)["connections"]
        assert (one["target"], one["handed"], one["acknowledged"]) == (f"unix:{folder}/s", 262, None)


def test_many_plays_get_there_in_the_same_way(tmp_path: Path) -> None:
    with TemporaryDirectory(dir="/tmp") as folder, UnixSink(f"{folder}/s") as sink:
        told = invoke("play", upload(tmp_path), "--unix-socket", f"{folder}/s", *ALL, "--repeat", "3")
        assert [bytes(sink.seen(number).data) for number in range(3)] == [SENT] * 3
    assert told.code == 0


def test_it_connects_to_somewhere_else(tmp_path: Path) -> None:
    trace = upload(tmp_path, host="prod.example")
    with Sink() as sink:
        detours = ("--connect-to", f"other::{NOBODY}", "--connect-to", f"prod.example:80:{sink.target}")
        assert invoke("play", trace, *detours, *ALL).code == 0
        assert sink.seen().data == SENT


@pytest.mark.parametrize("option", ["--proxy", "-x"])
def test_it_goes_through_a_proxy(tmp_path: Path, option: str) -> None:
    with socks_proxy() as proxy, Sink() as sink:
        assert invoke("play", upload(tmp_path), "--target", sink.target, option, f"socks5h://{proxy}", *ALL).code == 0
        assert sink.seen().data == SENT


def test_a_preface_goes_first_and_from_where_one_says(tmp_path: Path) -> None:
    (tmp_path / "hello").write_bytes(b"PROXY UNKNOWN\r\n")
    args = ("--preface", tmp_path / "hello", "--interface", "127.0.0.3", *ALL)
    with Sink() as sink:
        told = invoke("play", upload(tmp_path), "--target", sink.target, *args)
        assert sink.seen().data == b"PROXY UNKNOWN\r\n" + SENT
    assert "sent          262 of 262 bytes" in told.out


@pytest.mark.parametrize("option", ["--max-time", "-m"])
def test_it_ends_when_its_time_is_over(tmp_path: Path, option: str) -> None:
    with Sink() as sink:
        told = invoke("play", upload(tmp_path), "--target", sink.target, option, "0.2", "--format", "json")
        assert sink.seen().data == SENT
    assert told.code == 0
    assert json.loads(told.out)["connections"][0]["ended"] == "timeout"


@pytest.mark.parametrize(
    ("args", "code", "message"),
    [
        (("--unix-socket", "/a", "--close", "rst"), 2, "a Unix socket has no reset"),
        (("--unix-socket", "/nowhere"), 4, "unix:/nowhere cannot be reached: No such file"),
        (("--unix-socket", "/a", "--target", "h:1"), 2, "--target and --unix-socket both say where to play"),
        (("--connect-to", "a:b"), 2, "'a:b' does not say what to connect to what"),
        (("--proxy", "gopher://h"), 2, "a proxy by gopher:// is not known"),
        (("--proxy", NOBODY, "--target", "h:1"), 4, f"the proxy http://{NOBODY} is not reached: Connection refused"),
        (("--interface", "eth99"), 2, "'eth99' is neither an address nor an interface"),
        (("--preface", "/nowhere"), 2, "the preface '/nowhere' cannot be read"),
        (("--max-time", "0"), 2, "a play of 0 seconds"),
    ],
)
def test_what_cannot_be_is_told(tmp_path: Path, args: tuple[str, ...], code: int, message: str) -> None:
    told = invoke("play", upload(tmp_path), *args)
    assert (told.code, message in told.err, told.out) == (code, True, ""), told.err

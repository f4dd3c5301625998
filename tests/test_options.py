"""The options of a play as keywords: those of ``tracereplay play``, and the command that they become."""

import inspect
import shlex
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import pytest

from tests.cli.samples import upload
from tracereplay.cli.app import app
from tracereplay.cli.play import play
from tracereplay.errors import PlanError
from tracereplay.library import load
from tracereplay.options import Options

NOT_OF_ONE_PLAY = {"check", "ignore", "trace", "repeat", "parallel", "format_", "quiet"}
ALL = {
    "target": "127.0.0.1:1",
    "connection": 0,
    "timeout": 5,
    "truncate": "body:50%",
    "close": "half",
    "hold": "1s",
    "pause": ["1=1s", "2=1s"],
    "speed": "max",
    "idle_time_limit": "1s",
    "segments": "mtu",
    "connect_to": "a:1:b:2",
    "preface": "preface.txt",
    "max_time": "9s",
    "tls": True,
    "cacert": Path("ca.pem"),
    "tlsv1_2": True,
    "tls_max": "1.3",
    "tls_end": "none",
    "unknown": "keep",
    "torn": True,
    "as_http1": True,
    "request": 1,
    "drop_event": [3, 2],
    "boundary": "xyz",
    "body": "@-large.bin",
    "set_file": "data=@b.csv",
    "set_field": ["a=1", "b=2"],
    "grow": "file=5GiB",
    "fill": "@a.bin",
    "method": "PUT",
    "path": "/x?y",
    "remove_header": "Accept",
    "set_header": "Host: x",
    "announce": "5GiB",
    "replace": "0=P",
    "keep_length": True,
    "retime": 0.5,
    "file": ["a.csv", "b.csv"],
    "strict": True,
}


def of(**given: object) -> Options:
    return Options.of(given, lambda name: Path("/files") / name)


def test_each_option_of_play_is_a_keyword() -> None:
    assert {one.name for one in fields(Options)} == set(inspect.signature(play).parameters) - NOT_OF_ONE_PLAY


def test_the_command_is_what_a_shell_takes() -> None:
    command = of(**ALL).command(Path("/files/up load.txt"), lambda path: path.removeprefix("/files/"))
    assert command == (
        "tracereplay play 'up load.txt' --target 127.0.0.1:1 --connection 0 --timeout 5 --truncate body:50%"
        " --close half --hold 1s --pause 1=1s --pause 2=1s --speed max --idle-time-limit 1s --segments mtu"
        " --connect-to a:1:b:2 --preface preface.txt --max-time 9s --tls --cacert ca.pem"
        " --tlsv1.2 --tls-max 1.3 --tls-end none --unknown keep --torn keep --as-http1 --request 1 --drop-event 3"
        " --drop-event 2 --boundary xyz --body @-large.bin --set-file data=@b.csv --set-field a=1 --set-field b=2"
        " --grow file=5GiB --fill @a.bin --method PUT --path '/x?y' --remove-header Accept --set-header 'Host: x'"
        " --announce 5GiB --replace 0=P --keep-length --retime 0.5 --file a.csv --file b.csv --strict"
    )


def test_a_secret_that_was_given_is_not_told_by_the_command() -> None:
    options = of(
        set_header=["Authorization: Bearer t0ken", "Accept: a/b"],
        set_field="password=it's mine",
        path="/?token=a&b=c",
        proxy="joe:pw@h:1",
        secret="Authorization=env:TOKEN",
    )
    assert options.command(Path("t"), str) == (
        "tracereplay play t --proxy '***:**@h:1' --set-field 'password=*********' --path '/?token=*&b=c'"
        " --set-header 'Authorization: Bearer *****' --set-header 'Accept: a/b' --secret Authorization=env:TOKEN"
    )


def test_the_command_line_knows_the_command(capsys: pytest.CaptureFixture[str]) -> None:
    words = shlex.split(of(**ALL, insecure=True, tlsv1_3=True).command(Path("no.txt"), str))
    with pytest.raises(SystemExit):
        app(words[1:])
    assert "no.txt: cannot be read" in capsys.readouterr().err


def test_a_place_that_looks_like_an_option_is_none() -> None:
    assert of(truncate="-1").command(Path("t"), str) == "tracereplay play t --truncate=-1"


def test_what_is_as_it_always_is_goes_without_saying() -> None:
    assert of(close=None, timeout="30s", tls=False, truncate=None).command(Path("t"), str) == "tracereplay play t"


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"trunkate": "1"}, "did you mean truncate?"),
        ({"parallel": 3}, "there is no option 'parallel'"),
        ({"truncate": ["1", "2"]}, r"truncate=\['1', '2'\] is not a text"),
        ({"tls": "yes"}, "tls='yes' is neither True nor False"),
        ({"connection": "0"}, "connection='0' is not the number"),
        ({"speed": "2", "duration": "1s"}, "speed and duration exclude each other"),
        ({"limit_rate": "3k", "idle_time_limit": "1s"}, "limit_rate and idle_time_limit exclude each other"),
    ],
)
def test_what_cannot_be_is_refused(given: dict[str, object], message: str) -> None:
    with pytest.raises(PlanError, match=message):
        of(**given)


def test_the_plan_is_that_of_the_command_line(tmp_path: Path) -> None:
    trace = load(upload(tmp_path))
    plan = of(truncate="body:50%", close="rst", settle="1s", pause="1=1s", limit_rate="3k").plan(trace)
    by_hand = trace.plan().truncated("body:50%").leaving("rst", settle="1s").paused("1=1s").limited("3k")
    assert plan == by_hand


def test_the_plugin_imports_nothing_of_the_library() -> None:
    code = "import sys, pytest, tracereplay.pytest_plugin; print(sorted(sys.modules))"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    for module in ("tracereplay.library", "tracereplay.trace", "tracereplay.net", "lark", "typer", "h11", "rich"):
        assert f"'{module}" not in found

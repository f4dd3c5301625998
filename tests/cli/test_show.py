import json
import os
import subprocess
from pathlib import Path

import pytest

from tests.cli.command_line import COMMAND, environment, invoke, run
from tests.cli.samples import BODY, REQUEST, timed_upload, two_uploads, upload
from tests.traces import trace_text


def test_a_trace_is_shown_as_a_timeline_and_in_total(tmp_path: Path) -> None:
    trace = timed_upload(tmp_path, seconds=1.5)
    told = invoke("show", trace)
    assert (told.code, told.err) == (0, "")
    assert told.out.splitlines() == [
        "     seconds      kind           bytes  what",
        "    0.000000  =>  header            62  POST /files HTTP/1.1",
        '    1.500000  =>  data             200  "' + r"id,name\n" * 9 + "id,na...",
        "    1.500000  <=  header            22  HTTP/1.1 201 Created",
        "    1.500000  <=  header             2  (end of the head)",
        r'    1.500000  <=  data               3  "ok\n"',
        "",
        f"{trace}: hex trace with times",
        "connection 0  127.0.0.1:80, http/1.1, 1.500 s",
        "  sent      262 bytes in 2 events",
        "  received  27 bytes in 3 events",
        "every byte is known",
    ]


def test_what_is_not_known_is_counted(tmp_path: Path) -> None:
    lines = invoke("show", upload(tmp_path, form="ascii")).out.splitlines()
    assert lines[3].endswith("  25 unknown")
    assert "  sent      262 bytes in 2 events, 25 unknown, 4 inferred" in lines
    assert any(line.startswith("unknown   26 bytes: --trace-ascii shows a dot for LF") for line in lines)
    assert any(line.startswith("inferred  5 bytes in headers") for line in lines)
    strict = invoke("show", upload(tmp_path, form="ascii"), "--strict").out
    assert "29 unknown" in strict
    assert "inferred" not in strict


def test_json_is_the_contract(tmp_path: Path) -> None:
    trace = upload(tmp_path, form="ascii")
    told = run("show", trace, "--format", "json")
    assert told.err == ""
    assert told.out.count("\n") == 1
    head = len(REQUEST)
    assert json.loads(told.out) == {
        "version": 1,
        "trace": str(trace),
        "form": "ascii",
        "timed": False,
        "connections": [
            {
                "id": 0,
                "host": "127.0.0.1",
                "port": 80,
                "tls": False,
                "protocol": "http/1.1",
                "sent": {
                    "bytes": 262,
                    "unknown": [[head + at, head + at + 1] for at in range(7, 200, 8)],
                    "inferred": 4,
                    "events": 2,
                },
                "received": {"bytes": 27, "unknown": [[26, 27]], "inferred": 1, "events": 3},
                "seconds": None,
            }
        ],
        "warnings": [],
    }


def test_json_of_several_connections_and_warnings(tmp_path: Path) -> None:
    trace = two_uploads(tmp_path)
    trace.write_bytes(trace.read_bytes() + b"something else\n")
    found = json.loads(invoke("show", trace, "--format", "json").out)
    assert [one["id"] for one in found["connections"]] == [0, 1]
    (warning,) = found["warnings"]
    assert list(warning) == ["line", "code", "message"]
    assert warning["code"] == "stray"


def test_several_connections_have_a_column(tmp_path: Path) -> None:
    lines = invoke("show", two_uploads(tmp_path)).out.splitlines()
    assert lines[0].split() == ["conn", "kind", "bytes", "what"]
    assert lines[2].split()[:2] == ["0", "=>"]
    assert any(line.split()[:2] == ["1", "=>"] for line in lines)


def test_a_limit_may_be_of_any_size(tmp_path: Path) -> None:
    trace = upload(tmp_path)
    assert invoke("show", trace, "-n", str(10**20)).out == invoke("show", trace).out


def test_rows_can_be_limited(tmp_path: Path) -> None:
    lines = invoke("show", upload(tmp_path), "-n", "2").out.splitlines()
    assert lines[3] == "... and 4 more"
    assert lines[4] == ""


def test_a_trace_comes_from_the_standard_input(tmp_path: Path) -> None:
    told = run("show", "-", stdin=upload(tmp_path).read_bytes())
    assert told.code == 0
    assert "-: hex trace without times" in told.out


def test_warnings_that_are_alike_are_counted(tmp_path: Path) -> None:
    trace = tmp_path / "torn.txt"
    trace.write_bytes(b"=> Send data, 4 bytes (0x4)\n" * 5 + trace_text([("=> Send data", b"a")]))
    out = invoke("show", trace).out
    assert out.count("(torn)") == 4
    assert "warning: and 2 more like it (torn)" in out


@pytest.mark.parametrize("stdout_encoding", ["utf-8", "ascii", "latin-1"])
def test_no_trace_can_control_the_terminal_or_break_the_output(tmp_path: Path, stdout_encoding: str) -> None:
    trace = tmp_path / "evil.txt"
    evil = "\x1b]0;gotcha\x07\x1b[31mred\x9b31m\u202e\N{SNOWMAN}".encode()
    trace.write_bytes(
        b"== Info: " + evil + b"\n"
        b"== Info: Connected to "
        + evil
        + b" (127.0.0.1) port 80 (#0)\n"
        + trace_text(
            [
                ("=> Send header", b"GET /" + evil + b" HTTP/1.1\r\nHost: x\r\n\r\n"),
                ("<= Recv header", evil + b": x\r\n"),
                ("<= Recv data", evil + b'--\r\nContent-Disposition: form-data; name="x"\r\n'),
                ("<= Recv data", b"--" + evil + b"\r\nContent-Disposition: " + evil),
            ]
        )
    )
    done = subprocess.run(
        [*COMMAND, "show", str(trace)],
        capture_output=True,
        env=environment(PYTHONIOENCODING=stdout_encoding),
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, b"")
    shown = done.stdout.decode(stdout_encoding)
    assert all(character.isprintable() or character == "\n" for character in shown)
    assert r"\x1b]0;gotcha\x07\x1b[31mred" in shown
    assert r"\u202e" in shown


def test_secrets_in_headers_are_not_shown(tmp_path: Path) -> None:
    trace = tmp_path / "login.txt"
    trace.write_bytes(trace_text([("<= Recv header", b"Set-Cookie: session=hidden42\r\n")]))
    out = invoke("show", trace).out
    assert "Set-Cookie: (not shown)" in out
    assert "hidden42" not in out


def test_a_part_of_a_form_is_named(tmp_path: Path) -> None:
    part = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\n'
    trace = tmp_path / "form.txt"
    trace.write_bytes(trace_text([("=> Send data", part + BODY)]))
    assert 'multipart part head: name="file"; filename="a.csv"' in invoke("show", trace).out


def _shown_on_a_terminal(trace: Path, **extra: str) -> bytes:
    ours, theirs = os.openpty()
    process = subprocess.Popen([*COMMAND, "show", str(trace)], stdout=theirs, stderr=theirs, env=environment(**extra))
    os.close(theirs)
    said = b""
    try:
        while chunk := os.read(ours, 65536):
            said += chunk
    except OSError:
        pass  # how a pseudo terminal ends on Linux
    os.close(ours)
    assert process.wait(30) == 0
    return said


def test_colours_are_for_terminals_that_want_them(tmp_path: Path) -> None:
    trace = upload(tmp_path)
    assert b"\x1b[" in _shown_on_a_terminal(trace, TERM="xterm")
    assert b"\x1b[" not in _shown_on_a_terminal(trace, TERM="xterm", NO_COLOR="1")
    assert b"\x1b[" not in _shown_on_a_terminal(trace, TERM="dumb")
    assert "\x1b[" not in run("show", trace, TERM="xterm").out
    assert "\x1b[" in run("show", trace, TERM="xterm", FORCE_COLOR="1").out


@pytest.mark.parametrize(
    ("form", "begin", "end"), [("svg", "<svg ", "</svg>\n"), ("html", "<!DOCTYPE html>", "</html>\n")]
)
def test_a_trace_is_shown_as_a_picture(form: str, begin: str, end: str, tmp_path: Path) -> None:
    told = invoke("show", timed_upload(tmp_path, seconds=1.5), "--format", form, "-n", "2")
    assert (told.code, told.err) == (0, "")
    assert told.out.startswith(begin)
    assert told.out.endswith(end)
    assert "POST /files HTTP/1.1" in told.out
    assert "left out: 4 rows" in told.out


def test_there_is_no_picture_of_the_marks_alone(tmp_path: Path) -> None:
    told = invoke("show", upload(tmp_path), "--marks", "--format", "svg")
    assert told.code == 2
    assert "there is no picture of the marks alone" in told.err

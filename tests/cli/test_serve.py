"""``tracereplay demo --serve``: a server to play with."""

import re
import signal
import socket
import subprocess
import sys
import urllib.request

from typer.testing import CliRunner

from tracereplay.cli.app import app


def test_it_says_what_it_saw_until_it_is_interrupted() -> None:
    command = [sys.executable, "-m", "tracereplay", "demo", "--serve", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        found = re.search(r"http://127\.0\.0\.1:\d+/files", server.stdout.readline())
        assert found is not None
        with urllib.request.urlopen(found[0], data=b"a\nb\n", timeout=10) as answer:
            assert answer.status == 201
        assert server.stdout.readline() == "saw 4 of 4 bytes: all came\n"
        server.send_signal(signal.SIGINT)
        assert server.wait(10) == 130


def test_a_port_that_is_taken_is_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ran = CliRunner().invoke(app, ["demo", "--serve", str(port)])
    assert ran.exit_code == 4
    assert "Address already in use" in ran.stderr

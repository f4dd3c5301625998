"""Plays a fixture with the installed wheel against a server that counts; run far from the source tree."""

import json
import socket
import subprocess
import sys
import threading
from pathlib import Path

import tracereplay

FIXTURE = Path("fixtures/traces/8.12.1-post_form-hex-time-ids")


def main() -> None:
    """Exit with a message when what arrives is not half of what the recording sent."""
    assert "site-packages" in tracereplay.__file__, tracereplay.__file__
    listener = socket.create_server(("127.0.0.1", 0))
    arrived = bytearray()

    def count() -> None:
        sock, _ = listener.accept()
        with sock:
            while chunk := sock.recv(65536):
                arrived.extend(chunk)

    counter = threading.Thread(target=count)
    counter.start()
    command = Path(sys.executable).with_name("tracereplay")
    target = f"127.0.0.1:{listener.getsockname()[1]}"
    trace = next(FIXTURE.glob("trace.txt"))
    options = ["--target", target, "--truncate", "50%", "--format", "json"]
    ran = subprocess.run([command, "play", trace, *options], check=True, capture_output=True)
    counter.join()
    listener.close()
    sent = (FIXTURE / "sent.0.bin").read_bytes()
    half = sent[: len(sent) // 2]
    if bytes(arrived) != half or json.loads(ran.stdout)["connections"][0]["handed"] != len(half):
        raise SystemExit(f"{len(arrived)} bytes arrived, and not the first {len(half)}:\n{ran.stdout.decode()}")
    print(f"the wheel played {trace}: {len(half)} of {len(sent)} bytes, exact")


main()

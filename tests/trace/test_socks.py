from pathlib import Path

import pytest

from tests.trace.reading import info
from tests.traces import trace_text
from tracereplay.library import load
from tracereplay.trace.socks import SocksDestination, socks_destination

GET = trace_text([("=> Send header", b"GET / HTTP/1.1\r\nHost: h\r\n\r\n")]).decode()
TRYING, CONNECTED = "Trying 127.0.0.1:1080...", "Connected to 127.0.0.1 (127.0.0.1) port 1080"


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("SOCKS5 communication to h:80", SocksDestination("h", 80, 5)),  # 7.4x-7.82.0
        ("SOCKS5 connect to h:80 (remotely resolved)", SocksDestination("h", 80, 5)),  # 7.83.0 on
        ("SOCKS5 connect to IPv4 127.0.0.1:80 (locally resolved)", SocksDestination("127.0.0.1", 80, 5)),
        ("SOCKS5 connect to [::1]:80 (locally resolved)", SocksDestination("::1", 80, 5)),
        ("SOCKS4 communication to h:80", SocksDestination("h", 80, 4)),
        ("Opened SOCKS connection from ::1 port 5 to h port 80 (via ::1 port 1080)", SocksDestination("h", 80)),
        ("SOCKS5 request granted.", None),
        ("SOCKS4a connect to IPv4 1.2.3.4 (locally resolved)", None),  # to 7.82.0: no port
        ("Connected to h (127.0.0.1) port 80", None),
    ],
)
def test_what_was_asked_of_a_socks_proxy_is_read(text: str, asked: SocksDestination | None) -> None:
    assert socks_destination(info(text)) == asked


@pytest.mark.parametrize(
    "said",
    [
        ["Trying 127.0.0.1:1080...", f"{CONNECTED} (#0)", "SOCKS5 connect to h:80 (remotely resolved)",
         "SOCKS5 request granted.", f"{CONNECTED} (#0)"],
        [TRYING, CONNECTED, "SOCKS5 connect to h:80 (remotely resolved)", "SOCKS5 request granted.", CONNECTED],
        [TRYING, "SOCKS5 connect to h:80 (remotely resolved)", "SOCKS5 request granted.",
         "Connected to 127.0.0.1 () port 1080", CONNECTED],
        [TRYING, "Opened SOCKS connection from ::1 port 5 to h port 80 (via 127.0.0.1 port 1080)",
         "Established connection to 127.0.0.1 (127.0.0.1 port 1080) from 127.0.0.1 port 4 "],
    ],
    ids=["7.88.1", "8.2.1-8.9.1", "8.12.1", "8.16.0-8.17.0"],
)  # fmt: skip
def test_it_is_known_of_its_connection_alone(tmp_path: Path, said: list[str]) -> None:
    direct = ["== Info: Trying 127.0.0.1:80...\n", "== Info: Connected to h (127.0.0.1) port 80\n"]
    path = tmp_path / "trace.txt"
    path.write_text(
        "".join([*(f"== Info: {text}\n" for text in said), GET, "== Info: Closing connection\n", *direct, GET])
    )
    through, straight = load(path).conversations
    assert through.socks is not None
    assert (through.socks.host, through.socks.port, through.port) == ("h", 80, 1080)
    assert (straight.socks, straight.port) == (None, 80)

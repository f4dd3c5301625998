from collections.abc import Callable

import pytest

from tests.trace.reading import info
from tracereplay.trace.event import Info
from tracereplay.trace.wording import (
    News,
    news_of,
    speaks_of_giving_up,
    speaks_of_ignoring,
    speaks_of_pong,
    speaks_of_proxy,
    speaks_of_socks,
    speaks_of_telnet,
    speaks_of_tls,
    speaks_of_trying,
    speaks_of_waiting_no_longer,
)

# Every wording in the releases that print it: facts of curl's history, not ours.
WORDINGS = [
    ("Connected to h (127.0.0.1) port 80", News("opened", None, "h", "127.0.0.1", 80)),  # 7.12.0-7.15, 8.2.0-8.15.0
    ("Connected to h (127.0.0.1) port 80 (#3)", News("opened", 3, "h", "127.0.0.1", 80)),  # 7.16.0-8.1.2
    ("Connected to h (::1) port 8080 (#0)", News("opened", 0, "h", "::1", 8080)),
    ("Connected to localhost (/tmp/a (b)/s) port 80 (#0)", None),
    ("Connected to a.sock (/run/a.sock) port 0", News("opened", None, "a.sock", "/run/a.sock", 0)),
    (
        "Established connection to h (127.0.0.1 port 80) from 127.0.0.1 port 40000 ",  # 8.16.0 on
        News("opened", None, "h", "127.0.0.1", 80),
    ),
    ("Established connection to h (/run/a.sock port 0) from  port 0 ", News("opened", None, "h", "/run/a.sock", 0)),
    ("Established connection to /s (/s port 0) from  port 0 ", News("opened", None, "/s", "/s", 0)),  # 8.22.0
    (
        "Established connection to h (fe80::1%eth0 port 80) from fe80::2 port 4 ",
        News("opened", None, "h", "fe80::1%eth0", 80),
    ),
    ("Connecting to h (127.0.0.1) port 99", News("second", None, "h", "127.0.0.1", 99)),  # FTP: to 8.17.0
    ("Connecting to h port 99", News("second", None, "h", None, 99)),  # 8.18.0 on
    (
        "Established 2nd connection to h (127.0.0.1 port 99) from 127.0.0.1 port 4 ",  # 8.16.0 on
        News("second", None, "h", "127.0.0.1", 99),
    ),
    ("[HAPPY-EYEBALLS] Connected to h (127.0.0.1) port 80", None),  # 8.16.0 on, --trace-config
    ("Re-using existing connection! (#3) with host h", News("reused", 3, "h")),  # 7.12.0-7.82.0
    ("Re-using existing connection! (#3) with proxy h", News("reused", 3, "h")),  # 7.42.0 on
    ("Re-using existing connection #3 with host h", News("reused", 3, "h")),  # 7.83.0-8.1.2
    ("Re-using existing connection with host h", News("reused", None, "h")),  # 8.2.0-8.12.1
    ("Re-using existing http: connection with host h", News("reused", None, "h")),  # 8.13.0-8.15.0
    ("Re-using existing http: connection (upgraded to SSL) with host h", News("reused", None, "h")),
    ("Reusing existing http: connection with host h", News("reused", None, "h")),  # 8.16.0 on
    ("Connection #3 to host h left intact", News("kept", 3)),  # 7.12.0-8.15.0
    ("Connection #3 to host h:80 left intact", News("kept", 3)),  # 8.16.0 on
    ("Closing connection #3", News("closed", 3)),  # to 7.28
    ("Closing connection 3", News("closed", 3)),  # 7.29.0-8.1.2
    ("Closing connection", News("closed")),  # 8.2.0-8.8.0
    ("closing connection #3", News("closed", 3)),  # 8.9.0 on
    ("shutting down connection #3", News("closed", 3)),
    ("Connection #3 seems to be dead!", News("kept", 3)),  # to 7.28
    ("Connection 3 seems to be dead!", News("kept", 3)),  # 7.29.0-7.82.0
    ("Connection 3 seems to be dead", News("kept", 3)),  # 7.83.0 on
    ("Mark bundle as not supporting multiuse", None),
    ("Connected to h (127.0.0.1) port " + "9" * 5000, None),
    ("Closing connection " + "9" * 5000, None),
    ("Established connection to " + " (a port " * 20_000, None),
    ("", None),
]


SPOKEN = [
    (speaks_of_socks, "SOCKS5 communication to h:80", True),  # 7.4x-7.82.0
    (speaks_of_socks, "SOCKS5 connect to h:80 (remotely resolved)", True),  # 7.83.0 on
    (speaks_of_socks, "SOCKS4 request granted.", True),
    (speaks_of_socks, "SOCKS", False),
    (speaks_of_proxy, "About to connect() to proxy h port 1080 (#0)", True),  # to 7.33.0
    (speaks_of_proxy, "About to connect() to h port 80 (#0)", False),
    (speaks_of_telnet, "RCVD WILL ECHO", True),
    (speaks_of_telnet, "SENT DO SUPPRESS GO AHEAD", True),
    (speaks_of_telnet, "SENT", False),
    (speaks_of_pong, "[WS] auto-respond to PING with a PONG", True),  # --trace-config
    (speaks_of_ignoring, "Ignoring the response-body", True),
    (speaks_of_ignoring, "setting size while ignoring", False),  # 8.9.0 on
    (speaks_of_waiting_no_longer, "Done waiting for 100-continue", True),
    (speaks_of_giving_up, "Nul byte in header", True),  # 7.85.0 on
    (speaks_of_giving_up, "The requested URL returned error: 404", True),
    (speaks_of_giving_up, "Closing connection", False),
]


@pytest.mark.parametrize(("question", "text", "is_so"), SPOKEN)
def test_what_else_curl_speaks_of_is_understood(question: Callable[[Info], bool], text: str, is_so: bool) -> None:
    assert question(info(text)) is is_so
    assert question(info(text + " more\xff")) is is_so


@pytest.mark.parametrize(("text", "news"), WORDINGS, ids=lambda value: str(value)[:60])
def test_what_curl_says_of_a_connection_is_understood(text: str, news: News | None) -> None:
    assert news_of(info(text)) == news


@pytest.mark.parametrize(
    ("text", "tls", "trying"),
    [
        ("TLSv1.3 (OUT), TLS handshake, Client hello (1):", True, False),
        ("SSL connection using TLSv1.3 / TLS_AES_256_GCM_SHA384", True, False),
        ("ALPN: curl offers h2,http/1.1", True, False),
        ("  Trying 127.0.0.1:80...", False, True),
        ("Trying 127.0.0.1...", False, True),
        ("Connected", False, False),
    ],
)
def test_tls_and_attempts_are_spoken_of(text: str, tls: bool, trying: bool) -> None:
    assert (speaks_of_tls(info(text)), speaks_of_trying(info(text))) == (tls, trying)

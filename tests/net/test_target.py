"""Where to play."""

import pytest

from tracereplay.errors import PlanError
from tracereplay.net.target import Target, UnixTarget, read_target


@pytest.mark.parametrize(
    ("text", "target"),
    [
        ("127.0.0.1:8000", Target("127.0.0.1", 8000)),
        ("localhost:8000", Target("localhost", 8000)),
        ("[::1]:8000", Target("::1", 8000)),
        ("http://127.0.0.1", Target("127.0.0.1", 80, is_plain=True)),
        ("http://host:81/path?q", Target("host", 81, is_plain=True)),
        ("https://host", Target("host", 443, tls_name="host")),
        ("https://127.0.0.1:8443/path", Target("127.0.0.1", 8443, tls_name="127.0.0.1")),
        ("http://[::1]:81/", Target("::1", 81, is_plain=True)),
        ("unix:/run/app.sock", UnixTarget("/run/app.sock")),
        ("unix:///run/app.sock", UnixTarget("/run/app.sock")),
        ("unix:app.sock", UnixTarget("app.sock")),
        ("unix:@app", UnixTarget("@app")),
        ("http+unix:/run/app.sock", UnixTarget("/run/app.sock", is_plain=True)),
    ],
)
def test_a_target_is_read(text: str, target: Target | UnixTarget) -> None:
    assert read_target(text) == target


@pytest.mark.parametrize(
    "text",
    [
        "",
        "8000",
        "host",
        ":80",
        "host:",
        "host:port",
        "host:99999",
        "a:80/x",
        "ftp://h:1",
        "::1:80",
        "http://me:pw@h:1",
        "h:80#x",
        "unix:",
        "unix://host/path",
    ],
)
def test_what_is_no_target_is_refused(text: str) -> None:
    with pytest.raises(PlanError, match="is not a target"):
        read_target(text)


def test_what_is_no_text_is_no_target() -> None:
    with pytest.raises(PlanError, match="'8000' is not a target: it is of type int, and a text is needed"):
        read_target(8000)


@pytest.mark.parametrize(
    ("target", "text"), [(Target("h", 1), "h:1"), (Target("::1", 2), "[::1]:2"), (UnixTarget("/a"), "unix:/a")]
)
def test_a_target_prints_as_it_is_written(target: Target | UnixTarget, text: str) -> None:
    assert str(target) == text

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracereplay.recorder.name import LONGEST_NAME, default_name


@pytest.mark.parametrize(
    ("method", "host", "target", "expected"),
    [
        pytest.param("POST", "127.0.0.1:8000", "/files?x=1", "post-127.0.0.1-8000-files.txt", id="an upload"),
        pytest.param("GET", "example.org", "/", "get-example.org.txt", id="no path"),
        pytest.param("GET", "example.org", "", "get-example.org.txt", id="no target"),
        pytest.param("PUT", "h", "/a/b.csv", "put-h-a-b.csv.txt", id="a file name"),
        pytest.param("GET", "h", "/a.txt", "get-h-a.txt", id="a text file"),
        pytest.param("GET", "h", "/a%20b//c/", "get-h-a-b-c.txt", id="blanks and slashes"),
        pytest.param("GET", "h", "/../../etc", "get-h-etc.txt", id="no way up"),
        pytest.param("GET", "h", "/%2e%2e/%2F", "get-h.txt", id="no hidden way up"),
        pytest.param("GET", "[::1]:80", "/x", "get-1-80-x.txt", id="an IPv6 address"),
        pytest.param("GET", "h", "http://h:80/x?y", "get-h-x.txt", id="through a proxy"),
        pytest.param("GET", "h", "http://h?x", "get-h.txt", id="through a proxy, no path"),
        pytest.param("GET", "h", "http://[h/x", "get-h-x.txt", id="through a proxy, a broken host"),
        pytest.param("GET", "h", "/x?y=http://z/w", "get-h-x.txt", id="a URL in the query"),
        pytest.param("CONNECT", "h:443", "h:443", "connect-h-443.txt", id="a tunnel"),
        pytest.param("OPTIONS", "h", "*", "options-h.txt", id="the server itself"),
        pytest.param("GET", "Exämple.ORG", "/é", "get-ex-mple.org.txt", id="other letters"),
        pytest.param("", "", "", "curl.txt", id="nothing known"),
        pytest.param("GET", "h", "/?" + "q" * 200, "get-h.txt", id="a long query"),
    ],
)
def test_a_name_tells_the_method_and_the_url(method: str, host: str, target: str, expected: str) -> None:
    assert default_name(method, host, target) == expected


@given(st.text(), st.text(), st.text())
def test_a_name_is_plain_short_and_never_hidden(method: str, host: str, target: str) -> None:
    name = default_name(method, host, target)

    assert set(name) <= set("abcdefghijklmnopqrstuvwxyz0123456789.-")
    assert len(name) <= LONGEST_NAME
    assert name.endswith(".txt")
    assert name[0] not in ".-"

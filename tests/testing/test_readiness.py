"""What a server is asked before it is taken for ready."""

import pytest

from tests.net.sink import Sink, answer_with
from tracereplay.testing.readiness import await_page


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_a_page_is_asked_for_at_the_host_as_a_url_names_it(host: str) -> None:
    page = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
    with Sink(answer_with(page, after=b"\r\n\r\n"), host=host) as sink:
        await_page(host, sink.port, "/health", lambda: None)
        asked = bytes(sink.seen().data)
    assert asked.startswith(b"GET /health HTTP/1.1\r\nHost: %s\r\n" % sink.target.encode())

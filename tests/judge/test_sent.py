"""A request is known again as what an application gets of it."""

import pytest

from tracereplay.judge.sent import asked_by, asked_in
from tracereplay.trace.request import Request


def line(path: str, root: str = "", method: str = "PUT", announced: object = 10) -> dict[str, object]:
    return {"method": method, "root": root, "path": path, "announced": announced}


def request(target: str, method: str = "PUT", **headers: str) -> Request:
    named = tuple((name.replace("_", "-"), value) for name, value in headers.items())
    return Request(1, 0, method, target, "1.1", 0, 0, named)


LONG = "/" + "x" * 500
ALIKE = {
    "a path": ("/files", line("/files")),
    "with a query": ("/files?a=/b", line("/files")),
    "with a blank": ("/a%20b+c", line("/a b+c")),
    "of umlauts, in WSGI": ("/%C3%A4", line("/Ã¤")),
    "of umlauts, in ASGI": ("/%C3%A4", line("/ä")),
    "of umlauts that were not escaped": ("/Ã¤", line("/ä")),
    "of bytes that are no UTF-8": ("/%E4", line("/\ufffd")),
    "longer than what is written": (LONG, line(LONG[:200])),
    "of a whole URL": ("http://x:8000/files?a", line("/files")),
    "of a whole URL that the server keeps": ("http://x:8000/files?a", line("http://x:8000/files")),
    "of a whole URL without a path": ("http://x", line("/")),
    "with two slashes that the server makes one": ("//files", line("/files")),
    "with two slashes": ("//files", line("//files")),
    "of all": ("*", line("*")),
    "below where a WSGI application is mounted": ("/api/files", line("/files", "/api")),
    "below where an ASGI application is mounted": ("/api/files", line("/api/files", "/api")),
    "below what a proxy takes away": ("/files", line("/api/files", "/api")),
    "of the root where it is mounted": ("/api", line("", "/api")),
}


@pytest.mark.parametrize("name", ALIKE)
def test_a_path_is_known_again(name: str) -> None:
    target, seen = ALIKE[name]
    assert asked_by(request(target)).is_like(asked_in(seen))


OTHERS = {
    "another path": (request("/files"), line("/file")),
    "another method": (request("/files"), line("/files", method="POST")),
    "another length": (request("/files", Content_Length="11"), line("/files")),
    "a path below": (request("/"), line("/files")),
}


@pytest.mark.parametrize("name", OTHERS)
def test_another_request_is_not_taken_for_it(name: str) -> None:
    sent, seen = OTHERS[name]
    assert not asked_by(sent).is_like(asked_in(seen))


@pytest.mark.parametrize("announced", [10, None], ids=["made by the server", "none"])
def test_a_length_that_was_not_sent_tells_nothing(announced: int | None) -> None:
    chunked = request("/files", "put", Transfer_Encoding="chunked")
    assert asked_by(chunked).is_like(asked_in(line("/files", announced=announced)))


def test_a_length_that_the_application_does_not_get_tells_nothing() -> None:
    assert asked_by(request("/files", Content_Length="10")).is_like(asked_in(line("/files", announced=None)))

"""The lines of a head, as edits: each gives splices, counted from the start of the head."""

import re
from collections.abc import Iterable, Iterator, Sequence

from tracereplay.errors import PlanError
from tracereplay.plan.message import Message
from tracereplay.plan.splice import Splice
from tracereplay.units import format_bytes

_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_REQUEST_LINE = re.compile(rb"(\S+) (\S+) ")
_AUTHORITY = re.compile(rb"[A-Za-z][A-Za-z0-9+.-]*://[^/?#]*")
_LENGTH = re.compile(rb"(content-length[ \t]*:[ \t]*)([^\r\n]*)", re.IGNORECASE)


def read_field(text: str) -> tuple[str, str]:
    """Return the name and the value in ``Name: value``. Raises PlanError."""
    name, colon, value = text.partition(":")
    if not colon:
        raise PlanError(f"{text!r} is no header", hint=f"write a name, a colon and a value: '{name}: value'")
    return name, value.strip(" \t")


def values_by_name(headers: Iterable[str]) -> dict[str, list[str]]:
    """Return the values of each header, by the first spelling of its name."""
    spelled: dict[str, str] = {}
    found: dict[str, list[str]] = {}
    for name, value in map(read_field, headers):
        found.setdefault(spelled.setdefault(name.lower(), name), []).append(value)
    return found


def header_set(message: Message, name: str, values: Sequence[str]) -> Iterator[Splice]:
    """Yield what puts lines with these values in the place of all of that name, or at the end of the head."""
    new = b"".join(_line(name, value) for value in values)
    lines = list(_lines(message, name))
    end = len(message.head) - 2
    start, stop = lines[0] if lines else (end, end)
    yield Splice(start, stop, new)
    for first, last in lines[1:]:
        yield Splice(first, last, b"")


def header_removed(message: Message, name: str) -> Iterator[Splice]:
    """Yield what leaves out all lines of that name. Raises PlanError when there is none."""
    _check_name(name)
    lines = list(_lines(message, name))
    if not lines:
        names = ", ".join(one for one, _ in message.request.headers) or "none"
        raise PlanError(
            f"the request has no header {name!r} ({message.request.method} {message.request.target})",
            hint=f"it has {names}",
        )
    for first, last in lines:
        yield Splice(first, last, b"")


def method_set(message: Message, method: str) -> Iterator[Splice]:
    """Yield what makes it a request of another method."""
    if not _TOKEN.fullmatch(method) or not method[0].isalpha():
        raise PlanError(f"{method!r} is no method", hint="one word, such as PUT; for any bytes there is --replace")
    first, _ = _start_line(message)
    yield Splice(*first, method.encode("ascii"))


def path_set(message: Message, path: str) -> Iterator[Splice]:
    """Yield what asks for another path, with its query; a host before it stays."""
    data = _encoded(path, "path")
    if re.search(rb"[\x00-\x20\x7f]", data) or not data.startswith((b"/", b"*", b"?")):
        raise PlanError(
            f"{path!r} is no path of a request",
            hint="it begins with / and has no blanks, %20 in their place; for any bytes there is --replace",
        )
    _, (start, end) = _start_line(message)
    host = _AUTHORITY.match(message.head.data[start:end])
    yield Splice(start + (host.end() if host else 0), end, data)


def length_announced(message: Message, size_bytes: int) -> Iterator[Splice]:
    """Yield what makes Content-Length say ``size_bytes``. Raises PlanError when there is none."""
    lines = list(_lines(message, "Content-Length"))
    for first, last in lines:
        found = _LENGTH.match(message.head.data, first, last)
        assert found is not None
        yield Splice(found.start(2), found.end(2), b"%d" % size_bytes)
    if not lines:
        why = "its body comes in chunks" if message.is_chunked else "it has no Content-Length"
        raise PlanError(
            f"the request announces no length that could say {format_bytes(size_bytes)}: {why}",
            hint=f"put a header in: --set-header 'Content-Length: {size_bytes}'",
        )


def _start_line(message: Message) -> tuple[tuple[int, int], tuple[int, int]]:
    found = _REQUEST_LINE.match(message.head.data)
    assert found is not None
    return found.span(1), found.span(2)


def _lines(message: Message, name: str) -> Iterator[tuple[int, int]]:
    """Yield where the lines of a field are, with those that go on with it."""
    line = rb"(?<=\n)%s[ \t]*:[^\n]*\n(?:[ \t][^\n]*\n)*" % re.escape(name.encode("latin-1", "replace"))
    for found in re.finditer(line, message.head.data, re.IGNORECASE):
        yield found.span()


def _line(name: str, value: str) -> bytes:
    _check_name(name)
    if re.search(r"[\r\n\0]", value):
        raise PlanError(f"the value of {name} has a line end in it", hint="for any bytes there is --replace")
    return b"%s: %s\r\n" % (name.encode("ascii"), _encoded(value, name))


def _check_name(name: str) -> None:
    if not _TOKEN.fullmatch(name):
        raise PlanError(f"{name!r} is no name of a header", hint="write it like X-Request-Id")


def _encoded(text: str, what: str) -> bytes:
    """Return the bytes of an argument as they were given: a head has no encoding."""
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError as error:
        raise PlanError(f"the {what} {text!r} is no text that could be sent") from error

"""The fields and files of a form, and its boundary, as edits of the content of a body."""

import re
from collections.abc import Iterator
from urllib.parse import quote_plus, unquote_to_bytes

from tracereplay.errors import PlanError
from tracereplay.plan.content import Content
from tracereplay.plan.delimiter import refuse_delimiter
from tracereplay.plan.message import Message, Recorded, Revision
from tracereplay.plan.splice import Splice
from tracereplay.trace.multipart import Part, boundary_of

MOST_URLENCODED_BYTES = 1 << 20

_BOUNDARY = re.compile(
    rb'(?<=\n)content-type[ \t]*:[^\r\n]*?;[ \t]*boundary[ \t]*=[ \t]*("(?:[^"\\\r\n]|\\.)*"|[^;\s]+)', re.IGNORECASE
)
_NEW_BOUNDARY = re.compile(r"[0-9A-Za-z'()+_,./:=? -]{0,69}[0-9A-Za-z'()+_,./:=?-]")
_PLAIN = re.compile(r"[0-9A-Za-z'+_.-]+")
_PAIR = re.compile(rb"([^&=]+)(=?)([^&]*)")


def part_named(message: Message, name: str) -> Part:
    """Return the first part of a multipart body with this name. Raises PlanError without one, or an end of it."""
    wanted = name.encode("utf-8", "surrogateescape")
    for part in message.request.parts:
        if part.name is not None and _unescaped(part.name) == wanted:
            return _whole(part, name)
    _refuse_other_types(message)
    raise _missing(f"part {name!r}", [part.name or b"" for part in message.request.parts])


def file_part(message: Message) -> Part:
    """Return the part with the largest file. Raises PlanError when the form has none."""
    files = [part for part in message.request.parts if part.is_file]
    if not files:
        raise PlanError(f"the form has no file, in {message.request.method} {message.request.target}")
    largest = max(files, key=lambda part: part.end - part.start)
    return _whole(largest, (largest.name or b"").decode("utf-8", "backslashreplace"))


def part_set(message: Message, name: str, content: bytes | Content) -> Revision:
    """Return the revision with other content in the part ``name``; its head stays."""
    part = part_named(message, name)
    refuse_delimiter(message, part.start, content)
    return message.revised(content=[Splice(part.start, part.end, content)])


def field_set(message: Message, name: str, value: bytes) -> Revision:
    """Return the revision in which the first field ``name`` has this value."""
    kind = (message.request.header("Content-Type") or "").partition(";")[0].strip().lower()
    if kind != "application/x-www-form-urlencoded":
        return part_set(message, name, value)
    if message.request.content.total > MOST_URLENCODED_BYTES:
        raise PlanError(f"more than {MOST_URLENCODED_BYTES:,} bytes of a form are not searched for {name!r}")
    wanted = name.encode("utf-8", "surrogateescape")
    names = []
    for found in _PAIR.finditer(b"".join(message.read(0, message.request.content.total))):
        names.append(unquote_to_bytes(found[1].replace(b"+", b" ")))
        if names[-1] == wanted:
            new = quote_plus(value).encode("ascii")
            return message.revised(content=[Splice(found.start(3), found.end(3), new if found[2] else b"=" + new)])
    raise _missing(f"field {name!r}", names)


def boundary_set(message: Message, boundary: str) -> Revision:
    """Return the revision with another boundary: in the head, and in every delimiter."""
    if not _NEW_BOUNDARY.fullmatch(boundary):
        raise PlanError(
            f"{boundary!r} is no boundary (RFC 2046, 5.1.1)",
            hint="1 to 70 letters, digits or '()+_,-./:=?, and no blank at the end",
        )
    old = boundary_of(message.request.header("Content-Type") or "")
    found = _BOUNDARY.search(message.head.data)
    if old is None or found is None:
        _refuse_other_types(message)
        raise PlanError("the Content-Type of the request names no boundary")
    new = boundary.encode("ascii")
    for part in message.request.parts if new != old else ():
        refuse_delimiter(message, part.head_start, Recorded(message, part.head_start, part.end), new)
    named = new if _PLAIN.fullmatch(boundary) else b'"%s"' % new
    changes = [Splice(start, start + len(old), new) for start in _delimiters(message, len(old))]
    for one in changes:
        if message.is_unknown(one.start - 2, one.end):
            raise PlanError(
                "the trace does not know the bytes of a delimiter, so that nothing tells whether it is one",
                hint="record again with `tracereplay record`",
            )
    return message.revised(head=[Splice(*found.span(1), named)], content=changes)


def _delimiters(message: Message, size: int) -> Iterator[int]:
    """Yield where the boundary stands in each delimiter: behind its two dashes."""
    parts = message.request.parts
    for part in parts:
        yield part.head_start - 2 - size
    if parts and parts[-1].is_whole:
        yield parts[-1].end + 4


def _whole(part: Part, name: str) -> Part:
    if not part.is_whole:
        raise PlanError(f"the part {name!r} was not all recorded, so that nothing tells where it ends")
    return part


def _unescaped(name: bytes) -> bytes:
    """Return the name as curl was told it: to 7.80.0 it puts a backslash before quotes, since then it writes %22."""
    return re.sub(rb"\\(.)", rb"\1", name).replace(b"%22", b'"').replace(b"%0D", b"\r").replace(b"%0A", b"\n")


def _refuse_other_types(message: Message) -> None:
    kind = message.request.header("Content-Type")
    if boundary_of(kind or "") is None:
        said = f"is {kind}" if kind else "has no Content-Type"
        raise PlanError(
            f"the body of {message.request.method} {message.request.target} {said}: it has no parts",
            hint="--body @FILE replaces the body as a whole",
        )


def _missing(what: str, names: list[bytes]) -> PlanError:
    known = ", ".join(one.decode("utf-8", "backslashreplace") for one in names)
    return PlanError(f"the form has no {what}", hint=f"it has {known}" if known else "it has none at all")

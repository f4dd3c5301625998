"""A body, or a file in it, made larger than it was recorded: what is added comes behind what is there."""

import re
from dataclasses import dataclass

from tracereplay.errors import PlanError
from tracereplay.plan.content import Content, FileContent, Noise, Repeated, Zeros
from tracereplay.plan.delimiter import refuse_delimiter
from tracereplay.plan.form import file_part, part_named
from tracereplay.plan.message import Message, Recorded, Revision
from tracereplay.plan.splice import Splice
from tracereplay.units import format_bytes, size_bytes

_GROWTH = re.compile(r"(?P<what>file|body|part:(?P<name>.+))=(?P<size>[^=]*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Growth:
    """What grows, ``file``, ``body`` or a part by its ``name``, and to how many bytes."""

    spec: str
    what: str
    name: str | None
    size_bytes: int


def read_growth(spec: str) -> Growth:
    """Return what ``spec`` says: ``file=5GiB``, ``body=64k``, ``part:data=1M``. Raises PlanError."""
    found = _GROWTH.fullmatch(spec)
    if found is None:
        raise PlanError(
            f"{spec!r} does not say what grows", hint="write file=5GiB, body=5GiB, or part:NAME=5GiB of a form"
        )
    return Growth(spec, found["what"].partition(":")[0], found["name"], size_bytes(found["size"]))


def grown(message: Message, growth: Growth, fill: str | None) -> Revision:
    """Return the revision in which ``growth`` has happened.

    Raises PlanError when there is nothing that could grow, or it is larger already.
    """
    message.refuse_without_body()
    start, end = _range(message, growth)
    more = growth.size_bytes - (end - start)
    if growth.what == "body":
        more = growth.size_bytes - message.request.content.total
    if more < 0:
        raise PlanError(
            f"{growth.spec!r} is less than what is there: {format_bytes(growth.size_bytes - more)}",
            hint="to send less of it there is --truncate",
        )
    if fill is not None:
        return _added(message, end, _filled(fill, more))
    if more and start == end:
        raise PlanError(f"{growth.spec!r}: there is nothing that could be repeated", hint="say with what: --fill zeros")
    if more and message.is_unknown(start, end):
        raise PlanError(
            f"{growth.spec!r} repeats bytes that the trace does not know",
            hint="give what was sent with --file FILE, or say with what it grows: --fill zeros",
        )
    return _added(message, end, Repeated(Recorded(message, start, end), more))


def _added(message: Message, at: int, content: Content) -> Revision:
    refuse_delimiter(message, at, content)
    return message.revised(content=[Splice(at, at, content)])


def _range(message: Message, growth: Growth) -> tuple[int, int]:
    """Return where what grows is in the content: in a form it is a part, so that it stays a form."""
    if growth.name is not None:
        part = part_named(message, growth.name)
    elif message.request.parts:
        part = file_part(message)
    else:
        return 0, message.request.content.total
    return part.start, part.end


def _filled(fill: str, size: int) -> Content:
    if fill == "zeros":
        return Zeros(size)
    if fill.startswith("random:"):
        return Noise(fill.removeprefix("random:"), size)
    if not fill.startswith("@"):
        raise PlanError(f"{fill!r} fills nothing", hint="one of zeros, random:SEED, @FILE")
    file = FileContent.of(fill[1:], "--fill")
    if size and not file.size_bytes:
        raise PlanError(f"{file.path} is empty, and fills nothing")
    return Repeated(file, size)

"""Lists of places where a connection may be cut: ``boundaries``, ``every:64k``, ``all``, ``0%..100%/10``.

Each of them may stand behind a scope (``head:all``, ``body:every:64k``), and beside plain places (``50%``). The same
trace gives the same list, in the order of the bytes.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from fractions import Fraction
from typing import Self

from tracereplay.errors import PlanError
from tracereplay.plan.boundaries import boundaries
from tracereplay.plan.connection import ConnectionPlan
from tracereplay.plan.find import cut_at, locate
from tracereplay.plan.place import Listed, Place, Range, Share, read_places
from tracereplay.plan.region import Region, region_of
from tracereplay.plan.scope import Scope

MOST_CUTS = 1000
_WRITABLE = 100 * 10**9  # a share is written in percent, with nine decimals at most

_NOT_IN_ID = re.compile(r"[^A-Za-z0-9:%.+@_=-]+")


class NamedPlace(str):
    """A place as ``truncate`` takes it, with a ``name`` for people, such as ``head-end+1``.

    ``at`` is how many bytes are sent before it: None for a place of the ciphertext, which is not known before it is
    sent, and for one in what is received.
    """

    __slots__ = ("at", "name")

    name: str
    at: int | None

    def __new__(cls, spec: str, name: str, at: int | None) -> Self:
        """Return the place ``spec``."""
        self = super().__new__(cls, spec)
        self.name = name
        self.at = at
        return self

    def __getnewargs__(self) -> tuple[str, str, int | None]:  # type: ignore[override]
        return str(self), self.name, self.at


def cuts(connection: ConnectionPlan, specs: str | Iterable[str], most: int = MOST_CUTS) -> list[NamedPlace]:
    """Return the places that ``specs`` name, sorted, each byte once; of plain places all that are written.

    Those in what is received come last. Raises SpecError, and PlanError for a place that is not there, or when they are
    more than ``most``.
    """
    plain: dict[str, NamedPlace] = {}
    found: dict[int | str, NamedPlace] = {}
    for spec in (specs,) if isinstance(specs, str) else specs:
        read = read_places(spec)
        if isinstance(read, Place):
            plain[spec] = _plain(connection, read)
            continue
        if read.how == "marks":  # each has a name and a way of its own, also at the same byte
            plain |= {str(one): one for one in _listed(connection, read, most)}
            continue
        for one in _listed(connection, read, most):
            found.setdefault(_byte(one), one)
            if len(found) > most:
                raise _too_many(spec, f"more than {most:,} places", most)
    for one in plain.values():
        found.pop(_byte(one), None)
    if len(plain) + len(found) > most:
        raise _too_many("all of it", f"{len(plain) + len(found):,} places", most)
    last = connection.planned_bytes + 1
    return sorted([*plain.values(), *found.values()], key=lambda one: last if one.at is None else one.at)


def _byte(one: NamedPlace) -> int | str:
    return str(one) if one.at is None else one.at


def _plain(connection: ConnectionPlan, place: Place) -> NamedPlace:
    cut = cut_at(place, connection)
    is_sent = cut.wire_bytes is None and cut.reads is None
    return NamedPlace(place.spec, _name(place.spec), cut.at if is_sent else None)


def _listed(connection: ConnectionPlan, listed: Listed, most: int) -> Iterator[NamedPlace]:
    """Yield the places of one list. Raises PlanError, also for more than ``most`` of them."""
    region = region_of(listed.scope, listed.spec, connection)
    total = region.ranges.total
    match listed.how:
        case "boundaries":
            if listed.scope.is_received:
                raise PlanError(f"{listed.spec!r}: boundaries are those of what is sent", hint="answer:every:64k")
            for at, name in boundaries(connection):
                if any(start <= at <= end for start, end in region.ranges):
                    yield NamedPlace(str(at), name, at)
            return
        case "marks":
            marks = [mark for mark in connection.conversation.marks if mark.has_own_name and mark.what != "pause"]
            if not marks or listed.scope.is_received:
                raise PlanError(
                    f"{listed.spec!r}: {connection.trace.name} has no cut and no mark in {listed.scope.words}",
                    hint=f"tracereplay mark {connection.trace.name} --at body:50% --name half",
                )
            for mark in marks:
                if region.start <= mark.at <= region.end:
                    yield NamedPlace(f"@{mark.name}", str(mark.name), mark.at)
            return
        case "all":
            counts = range(total + 1)
        case int(step):
            if not step:
                raise PlanError(f"{listed.spec!r} goes no further", hint="write a size, such as every:64k")
            counts = range(step, total, step)
        case Range():
            yield from _range(connection, listed, listed.how, most)
            return
    _refuse_many(listed.spec, len(counts), most)
    for count in counts:
        yield _counted(listed, region, count)


def _range(connection: ConnectionPlan, listed: Listed, how: Range, most: int) -> Iterator[NamedPlace]:
    """Yield the places of a range: of its scope, or of all bytes where an end does not count those of the scope."""
    region = region_of(listed.scope, listed.spec, connection)
    ends = [Place(listed.spec, listed.scope, *end) for end in (how.first, how.last)]
    ats = [locate(place, connection) for place in ends]
    counts = [count for place in ends if (count := _count(place, region)) is not None]
    if listed.scope.is_received:
        counts = [at - region.start for at in ats]
    elif len(counts) < len(ends):
        listed, counts = replace(listed, scope=Scope()), ats
        region = region_of(listed.scope, listed.spec, connection)
    low, high = counts
    if not 0 <= low <= high <= region.ranges.total or how.steps == 0:
        raise PlanError(
            f"{listed.spec!r} leads from byte {ats[0]:,} to byte {ats[1]:,} in {how.steps} steps",
            hint="write the earlier place first, and how many steps, such as 0%..100%/10",
        )
    steps = high - low if how.steps is None else min(how.steps, high - low)
    _refuse_many(listed.spec, steps + 1, most)
    shares = _shares(how) if steps == how.steps else None
    if shares is not None:
        for share in shares:
            yield _counted(listed, region, int(region.ranges.total * share), f"{_decimal(share * 100)}%")
        return
    for step in range(steps + 1):
        yield _counted(listed, region, low + (high - low) * step // max(steps, 1))


def _count(place: Place, region: Region) -> int | None:
    """Return how many bytes of the region lie before the place, None when it does not say that."""
    if not isinstance(place.position, Share) or place.shift_bytes:
        return None
    return place.position.within(region.ranges.total)


def _shares(how: Range) -> list[Fraction] | None:
    """Return the shares of a range that goes from a share to another, None when they can't be written as such."""
    (first, first_shift), (last, last_shift) = how.first, how.last
    if not isinstance(first, Share) or not isinstance(last, Share) or not how.steps:
        return None
    if first.offset_bytes or last.offset_bytes or first_shift or last_shift:
        return None
    step = (last.share - first.share) / how.steps
    shares = [first.share + number * step for number in range(how.steps + 1)]
    return shares if all(_WRITABLE % share.denominator == 0 for share in shares) else None


def _decimal(number: Fraction) -> str:
    """Return a number as it is written, exactly, if it has nine decimals at most."""
    whole, rest = divmod(int(number * 10**9), 10**9)
    return f"{whole}.{rest:09}".rstrip("0").rstrip(".")


def _counted(listed: Listed, region: Region, count: int, position: str = "") -> NamedPlace:
    prefix = "" if listed.scope.section == "all" else listed.scope.prefix
    spec = f"{prefix}{position or count}"
    return NamedPlace(spec, _name(spec), None if listed.scope.is_received else region.offset_of(count))


def _name(spec: str) -> str:
    """Return a place as a part of the id of a test."""
    return _NOT_IN_ID.sub("-", spec).rstrip("-")


def _refuse_many(spec: str, count: int, most: int) -> None:
    if count > most:
        raise _too_many(spec, f"{count:,} places", most)


def _too_many(spec: str, found: str, most: int) -> PlanError:
    return PlanError(
        f"{spec!r} is {found}, and at most {most:,} are wanted",
        hint="choose fewer, such as boundaries or every:64k, or allow more: in pytest"
        " --tracereplay-max-cuts N, in Python cuts(..., most=N)",
    )


def expanded(connection: ConnectionPlan, specs: Iterable[str]) -> Iterator[str]:
    """Yield each of ``specs``, in their order, and in the place of a list the places that it names. As ``cuts``."""
    for spec in specs:
        if isinstance(read_places(spec), Place):
            yield spec
        else:
            yield from cuts(connection, spec)

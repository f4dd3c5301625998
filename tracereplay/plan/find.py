"""Finds a Place in what a connection will send, or in what it received when it was recorded.

A text is looked for in the events, as they pass by. A shift moves by bytes as they are sent, also out of the scope:
what lies between the ranges of a file in chunks counts.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from tracereplay.errors import PlanError
from tracereplay.plan.cut import Cut
from tracereplay.plan.place import Named, Place, Share, Text, Time
from tracereplay.plan.region import Region, received_bytes, region_of
from tracereplay.plan.search import Search
from tracereplay.trace.event import Direction
from tracereplay.trace.meaning import PlacedMark
from tracereplay.trace.payload import Payload
from tracereplay.units import SECOND_NS, format_bytes

if TYPE_CHECKING:
    from tracereplay.plan.connection import ConnectionPlan


def find(place: Place, connection: "ConnectionPlan") -> int:
    """Return how many bytes the connection has sent at ``place``.

    Raises PlanError when it has no such part, the place lies outside of it, or is none in what is sent.
    """
    if place.scope.section == "wire" or place.scope.is_received:
        what = "what is received" if place.scope.is_received else "the ciphertext, which is not known before it is sent"
        raise PlanError(f"{place.spec!r} is a place in {what}", hint="--truncate takes it, and nothing else does")
    return locate(place, connection)


def locate(place: Place, connection: "ConnectionPlan") -> int:
    """Return how many bytes were sent, or received where the place is in that, before it. Raises PlanError."""
    return _locate(place, region_of(place.scope, place.spec, connection), connection)


def _locate(place: Place, region: Region, connection: "ConnectionPlan") -> int:
    match place.position:
        case Share():
            count = place.position.within(region.ranges.total)
            if not 0 <= count <= region.ranges.total:
                raise _outside(place, connection, region, is_past=count > 0)
            at = region.offset_of(count)
        case Text():
            at = _at_text(place, place.position, region, connection)
        case Time():
            at = _at_time(place, place.position, region, connection)
        case Named():
            at = _at_mark(place, place.position, region, connection)
    if not place.shift_bytes:
        return at
    total = received_bytes(connection) if place.scope.is_received else connection.planned_bytes
    at += place.shift_bytes
    if not 0 <= at <= total:
        raise _outside(place, connection, Region.whole("a total", 0, total), is_past=at > 0)
    return at


def cut_at(place: Place, connection: "ConnectionPlan") -> Cut:
    """Return the cut at ``place``, also of one in the ciphertext, or in what is received. Raises PlanError."""
    if place.scope.section == "wire":
        assert isinstance(place.position, Share)
        return Cut(place.spec, connection.planned_bytes, wire_bytes=place.position.offset_bytes)
    region = region_of(place.scope, place.spec, connection)
    at = _locate(place, region, connection)
    if not place.scope.is_received:
        return Cut(place.spec, at)
    return Cut(place.spec, _sent_before(max(at, region.start + 1), connection), reads=at)


def _sent_before(count: int, connection: "ConnectionPlan") -> int:
    """Return how many bytes were sent before the ``count``-th was received, in the recording."""
    sent = received = 0
    for event in connection.events():
        if event.direction is Direction.SENT:
            sent += len(event.payload)
            continue
        received += len(event.payload)
        if received >= count:
            break
    return sent


def _direction(place: Place) -> Direction:
    return Direction.RECEIVED if place.scope.is_received else Direction.SENT


def _outside(place: Place, connection: "ConnectionPlan", region: Region, *, is_past: bool) -> PlanError:
    verb = "has received" if place.scope.is_received else "sends"
    total = region.ranges.total
    return PlanError(
        f"{place.spec!r} lies {'past the end' if is_past else 'before the start'}: connection {connection.id} {verb}"
        f" {region.what} of {format_bytes(total)}",
        hint=f"use a place between 0 and {total}, or between 0% and 100%",
    )


def _at_text(place: Place, text: Text, region: Region, connection: "ConnectionPlan") -> int:
    search = Search(text.text)
    for payload in _payloads(place, region, connection):
        if search.feed(payload):
            break
    if search.found_at is not None:
        if text.is_behind:
            return region.offset_of(search.found_at + len(text.text))
        return region.ranges.offset_before(search.found_at)  # where a chunk begins with it, behind what frames that
    if search.doubtful_at is not None:
        raise PlanError(
            f"{place.spec!r}: {text.written} may stand at byte {region.offset_of(search.doubtful_at):,} of connection"
            f" {connection.id}, and nowhere else: the trace does not know the bytes there",
            hint="give the file that was sent, --file upload.csv, or record again with `tracereplay record`",
        )
    side = "--received" if place.scope.is_received else "--sent"
    raise PlanError(
        f"{place.spec!r}: {text.written} is not in {place.scope.words}: {format_bytes(region.ranges.total)} of"
        f" connection {connection.id}",
        hint=f"tracereplay extract {connection.trace.name} {side} - shows all of it",
    )


def _payloads(place: Place, region: Region, connection: "ConnectionPlan") -> Iterator[Payload]:
    """Yield what lies in the region, in pieces."""
    offset = 0
    for event in connection.events():
        if event.direction is not _direction(place):
            continue
        end = offset + len(event.payload)
        for start, stop in region.ranges.meeting(offset, end):
            yield event.payload[max(0, start - offset) : stop - offset]
        offset = end
        if offset >= region.end:
            break


def _at_time(place: Place, time: Time, region: Region, connection: "ConnectionPlan") -> int:
    """Return how far what moved had come; of all that is sent since the first event, be it sent or received."""
    is_all = place.scope.section == "all"
    begun_ns = last_ns = None
    at, offset = region.start, 0
    for event in connection.events():
        is_own = event.direction is _direction(place)
        offset += len(event.payload) * is_own
        if event.time_ns is None:
            raise PlanError(
                f"{place.spec!r} is a time, and {connection.trace.name} has none",
                hint="record with curl --trace-time, or tracereplay record",
            )
        if not is_all and not (is_own and offset > region.start):
            continue
        begun_ns = event.time_ns if begun_ns is None else begun_ns
        last_ns = event.time_ns
        if event.time_ns - begun_ns <= time.after_ns and is_own:
            at = min(offset, region.end)
        if not is_all and offset >= region.end:
            break
    lasted_ns = 0 if begun_ns is None or last_ns is None else last_ns - begun_ns
    if time.after_ns > lasted_ns:
        raise PlanError(
            f"{place.spec!r} lies past the end: {place.scope.words} of connection {connection.id} took"
            f" {_seconds(lasted_ns)} s",
            hint=f"use a time between 0s and {_seconds(lasted_ns)}s",
        )
    return at


def mark_at(place: Place, connection: "ConnectionPlan") -> PlacedMark | None:
    """Return the mark that the place names; None where it names none."""
    position = place.position
    marks = connection.conversation.marks if isinstance(position, Named) else ()
    return next((mark for mark in marks if isinstance(position, Named) and mark.is_called(position.name)), None)


def _at_mark(place: Place, named: Named, region: Region, connection: "ConnectionPlan") -> int:
    marks = {mark.name: mark.at for mark in connection.conversation.marks if mark.has_own_name}
    at = None if place.scope.is_received else marks.get(named.name)
    if at is not None and region.start <= at <= region.end:
        return at
    recorded = () if connection.translation is None else connection.translation.recorded.marks
    if any(mark.is_called(named.name) for mark in recorded):
        raise PlanError(
            f"{place.spec!r}: that mark stands in what curl sent on connection {connection.id}, and a translation of"
            " that is sent",
            hint="say where to cut in that: --truncate body:50%; --no-marks leaves out a default cut",
        )
    elsewhere = [
        one.id
        for one in connection.trace.conversations
        if one.id != connection.id and any(mark.has_own_name and mark.name == named.name for mark in one.marks)
    ]
    known = ", ".join(f"@{name}" for name in marks)
    advice = f"it has {known}" if known else "tracereplay mark writes one"
    raise PlanError(
        f"{place.spec!r}: there is no mark {named.name} in {place.scope.words}, on connection {connection.id}",
        hint=f"it stands on another one: --connection {elsewhere[0]}" if elsewhere else advice,
    )


def _seconds(ns: int) -> str:
    return f"{ns / SECOND_NS:.6f}".rstrip("0").rstrip(".")

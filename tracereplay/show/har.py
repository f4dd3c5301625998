"""A trace as HAR 1.2, the archive that the tools of browsers open (http://www.softwareishard.com/blog/har-12-spec/).

Nothing is made up: a time that is not known is -1, as the format has it, and what else is not known a comment says.
"""

import base64
import datetime as dt
import ipaddress
import json
from collections.abc import Iterator, Mapping
from urllib.parse import parse_qsl

from tracereplay import __version__
from tracereplay.errors import PlanError
from tracereplay.show.exchanges import MOST_BODY_BYTES, Exchange, Message, exchanges
from tracereplay.show.origin import origin
from tracereplay.trace.trace import Trace
from tracereplay.units import format_bytes

_MS = 1_000_000
_DIGITS = 6  # of milliseconds: nanoseconds
_NO_TYPE = "x-unknown"
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)

Json = dict[str, object]


def har(trace: Trace, name: str, masked: Mapping[str, int]) -> Iterator[str]:
    """Yield the text of a HAR with all HTTP exchanges of ``trace``, which is called ``name``, without its secrets.

    ``masked`` has how many of them there are of each name. An entry stands where its exchange is over.
    Raises PlanError when there is none, TraceError when the file has changed.
    """
    if not any(one.requests for one in trace.conversations):
        raise PlanError(
            f"{name} has no HTTP request, and a HAR has nothing else",
            hint="--format pcapng takes any trace",
        )
    creator = {"name": "tracereplay", "version": __version__}
    log = {"version": "1.2", "creator": creator, "comment": " ".join(_comment(trace, name, masked))}
    yield f'{{"log": {json.dumps(log)[:-1]}, "entries": ['
    for number, one in enumerate(exchanges(trace)):
        yield f"{',' if number else ''}\n{json.dumps(_entry(one))}"
    yield "\n]}}\n"


def _comment(trace: Trace, name: str, masked: Mapping[str, int]) -> Iterator[str]:
    yield from origin(trace, name, masked)
    for one in trace.conversations:
        if not one.requests:
            yield f"Connection {one.id} speaks no HTTP, and is not in it."


def _entry(one: Exchange) -> Json:
    timings = _timings(one)
    entry: Json = {
        "startedDateTime": _moment(one.sent.first_ns),
        "time": round(sum(value for value in timings.values() if value >= 0), _DIGITS),
        "request": _request(one),
        "response": _response(one),
        "cache": {},
        "timings": timings,
        "connection": str(one.conversation.id),
    }
    if _is_address(one.conversation.address):
        entry["serverIPAddress"] = one.conversation.address
    if one.interim:
        entry["comment"] = f"Before the answer came {', '.join(map(str, one.interim))}."
    return entry


def _timings(one: Exchange) -> dict[str, float]:
    """Return the milliseconds of each phase, -1 for those that are not known: a wait of who had not sent all."""
    sent, received = one.sent, one.received
    answered = None if received is None else received.first_ns
    return {
        "blocked": -1,
        "dns": -1,
        "connect": -1,
        "ssl": -1,
        "send": _between(sent.first_ns, sent.last_ns),
        "wait": _between(sent.last_ns, answered),
        "receive": -1 if received is None else _between(received.first_ns, received.last_ns),
    }


def _between(start_ns: int | None, end_ns: int | None) -> float:
    if start_ns is None or end_ns is None or end_ns < start_ns:
        return -1
    return (end_ns - start_ns) / _MS


def _moment(time_ns: int | None) -> str:
    return (_EPOCH + dt.timedelta(microseconds=(time_ns or 0) // 1000)).isoformat(timespec="microseconds")


def _request(one: Exchange) -> Json:
    first, headers = _head(bytes(one.sent.head))
    method, target, version = (*first.split(" "), "", "")[:3]
    query = target.partition("#")[0].partition("?")[2]
    value: Json = {
        "method": method,
        "url": _url(one, target, headers),
        "httpVersion": version,
        "cookies": [cookie for value in _all(headers, "cookie") for cookie in _cookies(value)],
        "headers": headers,
        "queryString": [{"name": name, "value": text} for name, text in parse_qsl(query, keep_blank_values=True)],
        "headersSize": _head_bytes(one, one.sent),
        "bodySize": one.sent.body_bytes,
    }
    if one.sent.body_bytes:
        data: Json = {"mimeType": _first(headers, "content-type") or _NO_TYPE, **_text(one.sent, "_encoding")}
        value["postData"] = {"text": "", **data}
    return value


def _response(one: Exchange) -> Json:
    answer = one.received
    if answer is None:
        return {
            "status": 0,
            "statusText": "",
            "httpVersion": "",
            "cookies": [],
            "headers": [],
            "content": {"size": 0, "mimeType": _NO_TYPE},
            "redirectURL": "",
            "headersSize": -1,
            "bodySize": -1,
            "comment": "No answer is in the trace.",
        }
    first, headers = _head(bytes(answer.head))
    version, status, reason = (*first.split(" ", 2), "", "")[:3]
    content = {"size": answer.content_bytes, "mimeType": _first(headers, "content-type") or _NO_TYPE}
    return {
        "status": int(status) if status.isdecimal() else 0,
        "statusText": reason,
        "httpVersion": version,
        "cookies": [next(_cookies(value)) for value in _all(headers, "set-cookie")],
        "headers": headers,
        "content": {**content, **_text(answer, "encoding")},
        "redirectURL": _first(headers, "location") or "",
        "headersSize": _head_bytes(one, answer),
        "bodySize": answer.body_bytes,
    }


def _text(message: Message, encoding: str) -> Json:
    """Return the body as ``text``, its encoding if it is no UTF-8, and a comment if it is not all there."""
    value: Json = {}
    notes = []
    if message.is_kept:
        data = bytes(message.content)
        try:
            value["text"] = data.decode()
        except UnicodeDecodeError:
            value |= {"text": base64.b64encode(data).decode(), encoding: "base64"}
            if encoding.startswith("_"):
                notes.append("The text is base64.")
    else:
        size, most = format_bytes(message.content_bytes), format_bytes(MOST_BODY_BYTES)
        notes.append(f"It has {size}, and is left out, for it is longer than {most}.")
    if message.unknown:
        notes.append(f"Unknown, and shown as dots: {format_bytes(message.unknown)}.")
    if not message.is_complete:
        notes.append("Its end is not in the trace, or nothing tells where it is.")
    return {**value, "comment": " ".join(notes)} if notes else value


def _head(head: bytes) -> tuple[str, list[Json]]:
    """Return the first line, and the headers."""
    lines = head.decode("latin-1").replace("\r\n", "\n").split("\n")
    fields = [line.partition(":") for line in lines[1:] if ":" in line]
    return lines[0], [{"name": name, "value": value.strip()} for name, _, value in fields]


def _head_bytes(one: Exchange, message: Message) -> int:
    """Return the size of the head; -1 where what was sent is not what curl shows."""
    return -1 if one.conversation.protocol in ("h2", "h3") else len(message.head)


def _url(one: Exchange, target: str, headers: list[Json]) -> str:
    if "://" in target:
        return target
    scheme = "https" if one.conversation.tls else "http"
    if one.request.is_tunnel:
        return f"{scheme}://{target}"
    authority = _first(headers, "host") or _authority(one)
    return f"{scheme}://{authority}{target if target.startswith('/') else f'/{target}'}"


def _authority(one: Exchange) -> str:
    host = one.conversation.host or "unknown"
    host = f"[{host}]" if ":" in host else host
    return host if one.conversation.port is None else f"{host}:{one.conversation.port}"


def _first(headers: list[Json], name: str) -> str | None:
    return next(_all(headers, name), None)


def _all(headers: list[Json], name: str) -> Iterator[str]:
    return (str(one["value"]) for one in headers if str(one["name"]).lower() == name)


def _cookies(text: str) -> Iterator[Json]:
    for one in text.split(";"):
        name, _, value = one.strip().partition("=")
        yield {"name": name, "value": value}


def _is_address(text: str | None) -> bool:
    try:
        ipaddress.ip_address(text or "")
    except ValueError:
        return False
    return True

"""What curl's information says about connections, each wording with the releases that print it."""

import re
from dataclasses import dataclass
from typing import Literal

from tracereplay.trace.event import Info

_OPENED = re.compile(  # 7.12.0-8.15.0
    rb"Connected to (?P<host>.*) \((?P<address>[^()]*)\) port (?P<port>\d{1,5})(?: \(#(?P<number>\d{1,19})\))?$"
)
_ESTABLISHED = re.compile(
    rb"Established connection to (?P<host>.*) \((?P<address>.*) port (?P<port>\d{1,5})\) from "
)  # 8.16.0 on
# The data connection of FTP. The address: to 8.17.0.
_SECOND = re.compile(rb"Connecting to (?P<host>\S+) (?:\((?P<address>[^()]*)\) )?port (?P<port>\d{1,5})$")
_SECOND_ESTABLISHED = re.compile(
    rb"Established 2nd connection to (?P<host>.*) \((?P<address>.*) port (?P<port>\d{1,5})\) from "
)  # 8.16.0 on
_REUSED = re.compile(
    rb"Re-?using existing (?:\S+: )?connection(?:!? \(?#(?P<number>\d{1,19})\)?)?(?: \(upgraded to SSL\))? with"
    rb" (?:host|proxy) (?P<host>.*)$"
)
_KEPT = re.compile(rb"Connection #(?P<number>\d{1,19}) to host .* left intact$")
_CLOSED = re.compile(rb"(?:[Cc]losing|shutting down) connection(?: #?(?P<number>\d{1,19}))?$")  # no number: 8.2.0-8.8.0
_TLS = re.compile(rb"SSL connection using |TLSv1\.\d \((?:OUT|IN)\)|ALPN")

_DEAD = re.compile(rb"Connection #?(?P<number>\d{1,19}) seems to be dead")  # "Closing connection" follows
_SOCKS = re.compile(rb"SOCKS[45]a? (?:connect|communication|request granted)|Opened SOCKS connection")
_PROXY = re.compile(rb"About to connect\(\) to proxy ")  # to 7.33.0
_TELNET = re.compile(rb"(?:RCVD|SENT) (?:WILL|WONT|DO|DONT|IAC|SB|EXOPL) ")
_TRYING = re.compile(rb"\s*Trying ")
_WAITED = re.compile(rb"Done waiting for 100-continue")
_IGNORING = re.compile(rb"Ignoring the response-body")
_PONG = re.compile(rb"\[WS\] auto-respond to PING")
_GIVING_UP = re.compile(
    rb"Nul byte in header|Header without colon|Weird server reply|The requested URL returned error|Too large response "
    rb"headers|Maximum file size exceeded|Exceeded the maximum allowed file size|Received HTTP/0\.9|Unsupported HTTP"
    rb"|Invalid Content-Length|(?:Invalid|Unsolicited|Bad) .*header|Fail(?:ed|ure) writing"
)
# 7.20-7.7x and 8.7.0 on; the framing of chunks is counted too.
_SENT = re.compile(
    rb"(?:upload completely sent off:|abort upload after having sent) (?P<bytes>\d{1,19}) (?:out of|bytes)"
)
_ALL_SENT = re.compile(rb"We are completely uploaded and fine")
_STOPPING = re.compile(rb"stop send|failure|timed out|too slow|abort|reset|broken pipe|error", re.IGNORECASE)
# What curl says when it gets no further than this; so a list in a text, whose lines begin with "* ", is told apart.
_NO_CONNECTION = re.compile(
    rb"  Trying \S+\.\.\.|Host \S+:\d+ was resolved|(?:Could not|Couldn't) (?:resolve|connect to) "
    rb"|Failed to connect to \S+ port|connect to \S+ port \d+ |(?:Resolving|Connection) timed out after"
    rb"|Protocol .* (?:not supported|disabled)|URL rejected|Uses proxy env variable|Hostname \S+ was found in DNS cache"
    rb"|Added \S+ to DNS cache|Immediate connect fail for"
)
_LONGEST_BYTES = 4096  # curl cuts a line at 2,048

What = Literal["opened", "second", "reused", "kept", "closed"]

_WORDINGS: tuple[tuple[What, re.Pattern[bytes]], ...] = (
    ("opened", _OPENED),
    ("opened", _ESTABLISHED),
    ("second", _SECOND),
    ("second", _SECOND_ESTABLISHED),
    ("reused", _REUSED),
    ("kept", _KEPT),
    ("kept", _DEAD),
    ("closed", _CLOSED),
)


@dataclass(frozen=True, slots=True)
class News:
    """What an information line says of a connection; None for what it does not say."""

    what: What
    number: int | None = None
    host: str | None = None
    address: str | None = None
    port: int | None = None


def news_of(info: Info) -> News | None:
    """Return what ``info`` says about a connection, None when it speaks of something else."""
    for what, pattern in _WORDINGS:
        if found := pattern.match(info.text, 0, _LONGEST_BYTES):
            said = {name: value for name, value in found.groupdict().items() if value is not None}
            text = {name: said[name].decode("latin-1") for name in ("host", "address") if name in said}
            numbers = {name: int(said[name]) for name in ("number", "port") if name in said}
            return News(what, numbers.get("number"), text.get("host"), text.get("address"), numbers.get("port"))
    return None


def is_of_curl(info: Info) -> bool:
    """Return whether ``info`` can only be of curl, even where no event is near."""
    is_marked = not info.mark.startswith(b"*") or info.time_ns is not None or info.ids is not None
    return is_marked or news_of(info) is not None or _NO_CONNECTION.match(info.text, 0, _LONGEST_BYTES) is not None


def speaks_of_tls(info: Info) -> bool:
    """Return whether ``info`` tells of a TLS handshake."""
    return _TLS.match(info.text) is not None


def speaks_of_trying(info: Info) -> bool:
    """Return whether ``info`` tells of an attempt to connect."""
    return _TRYING.match(info.text) is not None


def speaks_of_socks(info: Info) -> bool:
    """Return whether ``info`` tells of what is said to a SOCKS proxy."""
    return _SOCKS.match(info.text) is not None


def speaks_of_waiting_no_longer(info: Info) -> bool:
    """Return whether curl no longer waits for ``100 Continue``, and sends the body without it."""
    return _WAITED.match(info.text) is not None


def speaks_of_ignoring(info: Info) -> bool:
    """Return whether curl is to ignore the body of an answer, as that of a redirect."""
    return _IGNORING.match(info.text) is not None


def speaks_of_giving_up(info: Info) -> bool:
    """Return whether curl does not read on in an answer that it will not have."""
    return _GIVING_UP.match(info.text) is not None


def speaks_of_pong(info: Info) -> bool:
    """Return whether curl answers the PING of a WebSocket: 8.6.0 on, with ``--trace-config``."""
    return _PONG.match(info.text) is not None


def speaks_of_telnet(info: Info) -> bool:
    """Return whether ``info`` tells of options that are agreed upon in telnet."""
    return _TELNET.match(info.text) is not None


def speaks_of_proxy(info: Info) -> bool:
    """Return whether ``info`` calls the host that curl connects to a proxy: to 7.33.0."""
    return _PROXY.match(info.text) is not None


def count_of_sent(info: Info) -> int | None:
    """Return how many bytes of a body curl says that it has sent, when it is done or gives up."""
    found = _SENT.match(info.text)
    return int(found["bytes"]) if found else None


def speaks_of_all_sent(info: Info) -> bool:
    """Return whether curl has sent all of a body: to 8.6.0."""
    return _ALL_SENT.match(info.text) is not None


def speaks_of_stopping(info: Info) -> bool:
    """Return whether ``info`` tells of something that went wrong, or that curl stops sending."""
    return _STOPPING.search(info.text, 0, _LONGEST_BYTES) is not None

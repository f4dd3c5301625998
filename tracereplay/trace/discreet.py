"""Masks what is secret in words that a person typed: a command, an address, a query; a ``*`` for each byte of it.

It goes by the same names as in a trace. A value ends where its quotes do, and without any at the next space.
"""

import re
from collections.abc import Callable, Iterator
from functools import partial

from tracereplay.trace.secret import TARGET_VALUE, HeadLines, Names, in_url

MASK = b"*"

_NAMES = Names(("*-passwd", "*-pwd", "*-pass", "*passphrase", "*bearer"))
_NAME = rb"[A-Za-z][\w.-]{0,127}"
_HEADER = re.compile(rb"(?:(?<![\w-])|(?<=-H))(%s):([ \t]*)" % _NAME)
_SET = re.compile(rb"(?<![\w.%%?&;#-])-{0,2}(%s)(?:\]*\s*=\s*|\\?[\"']\s*:\s*)" % _NAME)
_FLAG = re.compile(rb"(?<!\S)--?(%s)[ \t]+(?!-)" % _NAME)
_LOGIN = re.compile(rb"(?<!\S)(?:-u|-U|--user|--proxy-user|--auth)[ \t=]*")
_COOKIES = re.compile(rb"(?<!\S)(?:-b|--cookie)[ \t=]*")
_PAIR = re.compile(rb"=([^;]*)")
_SCHEME = re.compile(rb"[A-Za-z][\w-]*[ \t]+(?=\S)")
_BEARER = re.compile(rb"\bBearer[ \t]+(?=\S)", re.IGNORECASE)
_KEY = re.compile(rb"[?&;#]([^=&;#?\s]{1,128})=")
# Not as a URL has it, for people write any password into one; but behind a host a number is a port.
_LOGIN_IN_URL = re.compile(rb"[A-Za-z][A-Za-z0-9+.-]{0,31}://([^\s/?#@]*|[^\s/?#@:]*:(?!\d+[/?#])\S*)@")
_QUOTE = re.compile(rb"\\*[\"']")
_ARGUMENT, _IN_URL, _REST = b"\\s", b"\\s&#", b""  # which letters end a value
_ENDS_URL = re.compile(rb"[/?#@]")
_SOURCE = re.compile(rb"(?:[\w.-]+=)?(?:(?:env|file):|redacted$|\$)")  # where it is, and not what it is
_PROXY_LOGIN = re.compile(rb"(?:[A-Za-z][A-Za-z0-9+.-]*://)?(.*)@", re.DOTALL)
_FIELD = re.compile(rb".*?([^\[\].]*)\]*=(.*)", re.DOTALL)

_Span = tuple[int, int]
_Find = Callable[[bytes], Iterator[_Span]]


def discreet(text: str) -> str:
    """Return a text of any kind, such as a command, with what is secret in it masked."""
    return _masked(text, _in_text)


def discreet_option(name: str, value: str) -> str:
    """Return the value of an option of ``play`` with what is secret in it masked: of ``set_header``, ``path``, …."""
    return _masked(value, partial(_in_option, name))


def secrets_of(text: str) -> Iterator[bytes]:
    """Yield what ``discreet`` masks."""
    yield from _found(text, _in_text)


def secrets_of_option(name: str, value: str) -> Iterator[bytes]:
    """Yield what ``discreet_option`` masks."""
    yield from _found(value, partial(_in_option, name))


def secrets_of_head(head: bytes) -> Iterator[bytes]:
    """Yield what is secret in the lines of a head."""
    lines = HeadLines(_NAMES)
    for line in head.splitlines(keepends=True):
        yield from (line[one.start : one.end] for one in lines.find(line))


def _in_option(name: str, value: bytes) -> Iterator[_Span]:
    match name:
        case "set_header":
            yield from ((one.start, one.end) for one in HeadLines(_NAMES).find(value))
        case "set_field":
            field = _FIELD.fullmatch(value)
            if field is not None and _is_secret(field[1]):
                yield field.span(2)
            else:
                yield from _in_text(value)
        case "path":
            yield from ((one.start, one.end) for one in in_url(value, 0, len(value), _NAMES, TARGET_VALUE))
        case "proxy":
            login = _PROXY_LOGIN.match(value)
            if login is not None:
                yield from _parts(value, *login.span(1))
        case "target" | "replace" | "boundary" | "fill":
            yield from _in_text(value)


def _in_text(text: bytes) -> Iterator[_Span]:
    for found in _LOGIN_IN_URL.finditer(text):
        yield from _parts(text, *found.span(1))
    for found in _KEY.finditer(text):
        if _NAMES.has_key(found[1]):
            yield _bare(text, found.end(), _IN_URL)
    for found in _HEADER.finditer(text):
        if _NAMES.has_header(found[1]):
            start, end = _value(text, found, _REST if found[2] else _ARGUMENT)
            scheme = _SCHEME.match(text, start, end) if found[1].lower().endswith(b"authorization") else None
            yield (start if scheme is None else scheme.end()), end
    for found in _SET.finditer(text):
        if _is_secret(found[1]):
            yield _value(text, found, _ARGUMENT)
    for found in _FLAG.finditer(text):
        if _is_secret(found[1]):
            yield _value(text, found, _ARGUMENT)
    for found in _LOGIN.finditer(text):
        start, end = _value(text, found, _ARGUMENT)
        if b":" in text[start:end]:
            yield from _parts(text, start, end)
    for found in _COOKIES.finditer(text):
        yield from (one.span(1) for one in _PAIR.finditer(text, *_value(text, found, _ARGUMENT)))
    yield from (_bare(text, found.end(), _ARGUMENT) for found in _BEARER.finditer(text))


def _is_secret(name: bytes) -> bool:
    return _NAMES.has_key(name) or _NAMES.has_header(name)


def _value(text: bytes, name: re.Match[bytes], ends: bytes) -> _Span:
    """Return where the value behind a name is: in quotes, in those that stand before the name, or bare."""
    start = name.end()
    opened = text[name.start() - 1 : name.start()]
    quote = _QUOTE.match(text, start)
    if quote is not None:
        start, closing = quote.end(), quote[0]
    elif opened in (b'"', b"'"):
        closing = opened
    else:
        return _bare(text, start, ends)
    end = re.compile(rb"(?<!\\)" + re.escape(closing)).search(text, start)
    return start, len(text) if end is None else end.start()


def _bare(text: bytes, start: int, ends: bytes) -> _Span:
    """Return where a value is that ``ends`` at one of these, or at the end of the quotes that it is in."""
    quotes = b"".join(one for one in (b'"', b"'") if text.count(one, 0, start) % 2)
    found = re.compile(b"[%s%s]" % (ends, quotes)).search(text, start) if ends or quotes else None
    return start, len(text) if found is None else found.start()


def _parts(text: bytes, start: int, end: int) -> Iterator[_Span]:
    """Yield the user and the password; and the beginning of one that ends early for whoever reads it as a URL."""
    colon = text.find(b":", start, end)
    if colon < 0:
        yield start, end
        return
    yield start, colon
    yield colon + 1, end
    early = _ENDS_URL.search(text, colon + 1, end)
    if early is not None:
        yield colon + 1, early.start()


def _masked(text: str, find: _Find) -> str:
    data = _bytes(text)
    masked = bytearray(data)
    for start, end in find(data):
        if not _SOURCE.match(data, start, end):
            masked[start:end] = MASK * (end - start)
    return masked.decode("utf-8", "surrogateescape")


def _found(text: str, find: _Find) -> Iterator[bytes]:
    data = _bytes(text)
    yield from (data[start:end] for start, end in find(data) if not _SOURCE.match(data, start, end))


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")

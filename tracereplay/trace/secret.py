"""Finds the secret values in a line of a head, or of information: what to look for, and how far a value goes.

A secret has a name that says where it stands: ``Authorization``, ``Cookie.sid``, ``query.api_key``, ``url.password``.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from itertools import chain
from urllib.parse import unquote_to_bytes

from tracereplay.trace.spelling import any_spelling

TEXT = "body.any-text"  # what a text is called that is secret wherever it stands
FILLER = b"x"  # may stand in a token, in base64, in a URL, in a quoted string

# A star stands for anything; - and _ are the same here, and capitals are small letters.
HEADERS = (
    *("*authorization", "authentication", "*authentication-info", "x-auth", "cookie", "set-cookie"),
    *("*token", "*-token-*", "*password", "*secret", "*signature", "*-signature-*", "*apikey", "api-key", "*-key"),
)
NO_SECRETS = ("sec-websocket-key", "idempotency-key", "x-idempotency-key", "surrogate-key", "*-cache-key")
KEYS = (
    *("*token", "*api-key", "*apikey", "*access-key", "*secret-key", "key", "sig", "*signature", "*credential"),
    *("*password", "passwd", "pwd", "pass", "*secret", "auth", "jwt", "code"),
)

_HEADER = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*")
_REQUEST = re.compile(rb"\S+ (.*) HTTP/[\d.]+\s*$", re.DOTALL)
_SCHEME = re.compile(rb"[A-Za-z][\w-]*[ \t]+(?=\S)")
_COOKIE = re.compile(rb"[ \t]*(?:([^=;]*)=)?([^;]*)")
# The scheme is bounded, so that a long word is not looked through from each of its letters.
_USERINFO = re.compile(rb"[A-Za-z][A-Za-z0-9+.-]{0,31}://([^/?#\s\"<>]*)@")
_CUT_USERINFO = re.compile(rb"[A-Za-z][A-Za-z0-9+.-]{0,31}://([^\[/?#\s\"<>@:]*:(?!\d*'?$)[^/?#\s\"<>@]*)$")
_KEY = re.compile(rb"[?&;#]([^=&;#?\s]{1,128})=")
TARGET_VALUE = re.compile(rb"[^&#]*")
TEXT_VALUE = re.compile(rb"(?:[^&#\s\"<>']|'(?![\s,.)\]]|$))*")

_COMMAND = re.compile(
    rb"(?:[A-Za-z]?\d+ )?(PASS|ACCT|AUTH [\w-]+|APOP \S+|LOGIN|AUTHENTICATE [\w-]+)(?:[ ]|\s*$)", re.IGNORECASE
)
_ANONYMOUS = b"ftp@example.com"  # curl's own, lib/urldata.h
_SASL = re.compile(rb"(?![A-Z]{4}\s)[A-Za-z0-9+/]{2,}={0,2}\s*$")

_AUTH_USER = re.compile(rb"auth using .+? with user '(.*?)(?:'?$)", re.DOTALL)
_SET = re.compile(rb"(?:Added|Replaced) cookie ([^=]*)=\"(.*?)(?:\" for domain [^\"]*$|$)", re.DOTALL)
_NAMED = re.compile(rb"(?<![^\[ ])([A-Za-z0-9-]{2,}): +")
_BRACKETED = re.compile(rb"\[:?[A-Za-z0-9-]+: .*(?=\]\s*$)", re.DOTALL)
_ODD = re.compile(r"[^!-~]")  # what a mark does not take for a part of a name
_PROXY = re.compile(rb"== '([^'@/]*)@")


@dataclass(frozen=True, slots=True)
class Secret:
    """The value of ``name``, from ``start`` to ``end``."""

    name: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Names:
    """What is secret: the usual, and ``more``, headers and keys of a query alike, but nothing that is ``allowed``.

    The ``texts`` are so wherever they stand, also escaped as in a URL or in JSON.
    """

    more: tuple[str, ...] = ()
    allowed: tuple[str, ...] = ()
    texts: tuple[bytes, ...] = field(default=(), repr=False)

    def has_header(self, name: bytes) -> bool:
        """Return whether the value of this header is secret."""
        usual = _pattern(HEADERS).fullmatch(_plain(name)) and not _pattern(NO_SECRETS).fullmatch(_plain(name))
        return bool(usual or _pattern(self.more).fullmatch(_plain(name)))

    def has_key(self, name: bytes) -> bool:
        """Return whether the value of this key is secret."""
        return _pattern(KEYS + self.more).fullmatch(_plain(unquote_to_bytes(name))) is not None

    def in_any(self, text: bytes) -> Iterator[Secret]:
        """Yield where the texts stand."""
        if self.texts:
            yield from (Secret(TEXT, *one.span()) for one in _pattern_of(self.texts).finditer(text))

    def allows(self, name: str) -> bool:
        """Return whether the secret of this name may be seen."""
        allowed = _pattern(self.allowed)
        return any(allowed.fullmatch(_plain(part.encode())) for part in (name, name.partition(".")[0]))


USUAL = Names()


def without_secrets(line: bytes) -> bytes:
    """Return a line of a head with one filler for each secret, so that it is the same whatever they are."""
    for is_blank in (False, True):
        for one in reversed(_apart(line, USUAL, HeadLines(USUAL).all_in(line), is_blank=is_blank)):
            line = line[: one.start] + FILLER + line[one.end :]
    return line


def _plain(name: bytes) -> str:
    return name.decode("latin-1").lower().replace("_", "-")


@cache
def _pattern_of(texts: tuple[bytes, ...]) -> re.Pattern[bytes]:
    return re.compile(b"|".join(map(any_spelling, sorted(texts, key=len, reverse=True))))


@cache
def _pattern(names: tuple[str, ...]) -> re.Pattern[str]:
    texts = (re.escape(_plain(name.encode())).replace(r"\*", ".*") for name in names)
    return re.compile("|".join(texts) or "(?!)", re.DOTALL)


class HeadLines:
    """Finds secrets in the lines of a head, one after the other: a value may go on in the next."""

    def __init__(self, names: Names) -> None:
        self._names = names
        self._header = b""  # the secret one, in whose value we are
        self._is_sasl = False

    def find(self, line: bytes) -> list[Secret]:
        """Return the secrets in ``line``, which may end in a line end."""
        return _apart(line, self._names, self.all_in(line), is_blank=False)

    def find_blanked(self, line: bytes) -> list[Secret]:
        """Return those that are nothing but filler already."""
        return _apart(line, self._names, self.all_in(line), is_blank=True)

    def all_in(self, line: bytes) -> Iterator[Secret]:
        """Yield what is secret in ``line``, whatever it is; one may be in another."""
        yield from self._named_in(line)
        yield from self._names.in_any(line)

    def _named_in(self, line: bytes) -> Iterator[Secret]:
        end = len(line.rstrip())
        if self._header and line[:1] in (b" ", b"\t"):
            yield from _in_header(self._header, line, len(line) - len(line.lstrip()), end, is_folded=True)
            return
        self._header = b""
        header = _HEADER.match(line)
        if header and self._names.has_header(header[1]):
            self._header = header[1]
            yield from _in_header(header[1], line, header.end(), end)
            return
        request = None if header else _REQUEST.match(line)
        if request:
            yield from in_url(line, request.start(1), request.end(1), self._names, TARGET_VALUE)
            return
        if header is None:
            yield from self._in_command(line, end)
        yield from in_url(line, 0, end, self._names)

    def _in_command(self, line: bytes, end: int) -> Iterator[Secret]:
        """Yield what proves who we are in FTP, SMTP, IMAP and POP3: in a command, or alone in the lines after it."""
        command = _COMMAND.match(line)
        if command:
            self._is_sasl = command[1].upper().startswith(b"AUTH")
            if line[command.end() : end] != _ANONYMOUS:
                yield Secret(command[1].split()[0].decode().upper(), command.end(), end)
        elif self._is_sasl and _SASL.match(line):
            yield Secret("AUTH", 0, end)
        else:
            self._is_sasl = False


def in_information(text: bytes, names: Names) -> list[Secret]:
    """Return the secrets in the text of a line of information."""
    found = chain(_in_information(text, names), names.in_any(text))
    return _apart(text, names, found, is_blank=False)


def _in_information(text: bytes, names: Names) -> Iterator[Secret]:
    user = _AUTH_USER.search(text)
    if user:
        yield Secret("user", *user.span(1))
        return
    cookie = _SET.match(text)
    if cookie:
        yield Secret(f"Set-Cookie.{cookie[1].decode('latin-1')}", *cookie.span(2))
        return
    bracketed = _BRACKETED.search(text)
    end = bracketed.end() if bracketed else len(text.rstrip())
    for named in _NAMED.finditer(text):
        if names.has_header(named[1]):
            yield from _in_header(named[1], text, named.end(), end)
            return
    proxy = _PROXY.search(text)
    if proxy:
        yield from _in_userinfo(text, *proxy.span(1))
    yield from in_url(text, 0, end, names)


def _in_header(name: bytes, line: bytes, start: int, end: int, *, is_folded: bool = False) -> Iterator[Secret]:
    """Yield the secret parts of the value of a header: all of it, but for a scheme, and what cookies are called."""
    title = name.decode("latin-1").title()
    if title in ("Cookie", "Set-Cookie"):
        while start < end:
            cookie = _COOKIE.match(line, start, end)
            assert cookie is not None
            called = f".{cookie[1].decode('latin-1')}" if cookie[1] else ""
            yield Secret(f"{title}{called}", cookie.start(2), cookie.end(2))
            if title == "Set-Cookie":  # attributes follow
                break
            start = cookie.end() + 1
        return
    if title.endswith("Authorization") and not is_folded:
        scheme = _SCHEME.match(line, start, end)
        start = scheme.end() if scheme else start
    yield Secret(title, start, end)


def in_url(text: bytes, start: int, end: int, names: Names, value: re.Pattern[bytes] = TEXT_VALUE) -> Iterator[Secret]:
    """Yield user and password of the URLs in a text, and the values of secret keys of their queries."""
    for found in _USERINFO.finditer(text, start, end):
        yield from _in_userinfo(text, *found.span(1))
    cut = _CUT_USERINFO.search(text, start, end)
    if cut:
        yield from _in_userinfo(text, *cut.span(1))
    for key in _KEY.finditer(text, start, end):
        if names.has_key(key[1]):
            given = value.match(text, key.end(), end)
            assert given is not None
            yield Secret(f"query.{unquote_to_bytes(key[1]).decode('latin-1')}", *given.span())


def _in_userinfo(text: bytes, start: int, end: int) -> Iterator[Secret]:
    colon = text.find(b":", start, end)
    if colon < 0:
        yield Secret("url.user", start, end)
    else:
        yield Secret("url.user", start, colon)
        yield Secret("url.password", colon + 1, end)


def _apart(text: bytes, names: Names, found: Iterator[Secret], *, is_blank: bool) -> list[Secret]:
    """Return what was found, in order and apart, and is or ``is_blank``; but not what is nothing, or allowed."""
    secrets: list[Secret] = []
    at = 0
    for one in sorted(found, key=lambda one: (one.start, -one.end)):
        start = max(one.start, at)
        name = _ODD.sub("_", one.name)
        is_filler = not text[start : one.end].strip(FILLER)
        if start < one.end and is_filler is is_blank and not names.allows(name):
            secrets.append(Secret(name, start, one.end))
            at = one.end
    return secrets

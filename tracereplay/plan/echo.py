"""Secrets in what others say, who may tell what they got: an x for each byte of them."""

import re
from base64 import b64decode, b64encode
from binascii import Error
from collections.abc import Iterable, Iterator
from functools import lru_cache
from urllib.parse import unquote_to_bytes

from tracereplay.plan.splice import Splice
from tracereplay.trace.secret import FILLER
from tracereplay.trace.spelling import any_spelling

_SHORTEST_BYTES = 3  # what is shorter stands in any text
_SHORTEST_WITHIN_BYTES = 6  # of what is to be found within the base64 of something longer


class Discretion:
    """Knows ``secrets``, and finds them in what others say: plainly, escaped, or in base64."""

    def __init__(self, secrets: Iterable[bytes] = ()) -> None:
        self._secrets = frozenset(secrets)

    def __bool__(self) -> bool:
        return bool(self._secrets)

    def masked(self, text: str) -> str:
        """Return ``text`` with x's for the secrets, as where a server has printed what it got."""
        return self.masked_bytes(text.encode("utf-8", "surrogatepass")).decode("utf-8", "surrogatepass")

    def masked_bytes(self, data: bytes) -> bytes:
        """Return ``data`` with x's for the secrets."""
        pattern = _pattern(self._secrets)
        return data if pattern is None else pattern.sub(lambda found: FILLER * len(found[0]), data)

    def find(self, data: bytes) -> Iterator[tuple[int, int]]:
        """Yield where the secrets stand in ``data``."""
        pattern = _pattern(self._secrets)
        yield from () if pattern is None else (one.span() for one in pattern.finditer(data))


def contents(live: Iterable[Splice]) -> Iterator[bytes]:
    """Yield the secrets that were put in."""
    return (one.content for one in live if isinstance(one.content, bytes))


@lru_cache(8)
def _pattern(secrets: frozenset[bytes]) -> re.Pattern[bytes] | None:
    values = {value for one in secrets for value in _told_by(one) if len(value) >= _SHORTEST_BYTES}
    within = {value for one in values if len(one) >= _SHORTEST_WITHIN_BYTES for value in _in_base64(one)}
    longest_first = sorted(values, key=len, reverse=True)
    patterns = [*map(any_spelling, longest_first), *map(_of_base64, sorted(within, key=len, reverse=True))]
    return re.compile(b"|".join(patterns)) if patterns else None


def _told_by(secret: bytes) -> Iterator[bytes]:
    """Yield all that tells a secret: what was sent, and the user and the password that are in it."""
    yield secret
    yield unquote_to_bytes(secret)
    try:
        user, colon, password = b64decode(secret, validate=True).partition(b":")
        (user + password).decode()
    except (Error, UnicodeDecodeError):
        return
    if colon:
        yield from (user + colon + password, user, password)


def _in_base64(secret: bytes) -> Iterator[bytes]:
    """Yield what of a secret is the same in the base64 of all that holds it, wherever in three bytes it begins."""
    for before in range(3):
        text = b64encode(bytes(before) + secret)
        yield text[-(-before * 8 // 6) : (before + len(secret)) * 8 // 6]


def _of_base64(text: bytes) -> bytes:
    """Return a pattern for base64, plain or as in a URL."""
    odd = {ord("+"): b"(?:-|%s)" % any_spelling(b"+"), ord("/"): b"(?:_|%s)" % any_spelling(b"/")}
    return b"".join(odd.get(letter, bytes([letter])) for letter in text)

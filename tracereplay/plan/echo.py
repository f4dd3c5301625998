"""Live secrets in what a server says, which may tell what it got: an x for each byte of them."""

import re
from base64 import b64decode
from binascii import Error
from collections.abc import Iterable, Iterator
from urllib.parse import unquote_to_bytes

from tracereplay.plan.splice import Splice
from tracereplay.trace.secret import FILLER
from tracereplay.trace.spelling import any_spelling

_SHORTEST_BYTES = 3  # what is shorter stands in any text


def masked(text: str, live: Iterable[Splice]) -> str:
    """Return ``text`` with x's for the secrets that were sent, as where a server has printed what it got."""
    return masked_bytes(text.encode("utf-8", "surrogatepass"), live).decode("utf-8", "surrogatepass")


def masked_bytes(data: bytes, live: Iterable[Splice]) -> bytes:
    """Return ``data`` with x's for the secrets that were sent, however they are escaped in it."""
    values = {value for one in live if isinstance(one.content, bytes) for value in _told_by(one.content)}
    patterns = [any_spelling(one) for one in sorted(values, key=len, reverse=True) if len(one) >= _SHORTEST_BYTES]
    return re.sub(b"|".join(patterns), lambda found: FILLER * len(found[0]), data) if patterns else data


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

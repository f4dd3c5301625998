"""All that a text may be written as: plainly, or escaped as in a URL, in JSON, or as Python shows it.

As patterns, for each letter of a text may be escaped in its own way.
"""

import json
import re
from collections.abc import Iterator
from urllib.parse import quote, quote_plus

_BACKSLASHES = rb"\\{1,8}"  # for JSON may stand in JSON


def any_spelling(text: bytes) -> bytes:
    """Return a pattern for a text."""
    return _each([letter] for letter in text.decode("utf-8", "surrogateescape"))


def any_spelling_of_name(name: str) -> bytes:
    """Return a pattern for a name, in which capitals do not matter, and - and _ are the same."""
    return _each("-_" if letter in "-_" else (letter.lower(), letter.upper()) for letter in name)


def usual_spellings(text: bytes) -> Iterator[bytes]:
    """Yield a text as it is, and as it is usually escaped; the same may come twice."""
    yield text
    yield quote(text).encode()
    yield quote_plus(text).encode()
    for is_ascii in (True, False):
        escaped = json.dumps(text.decode("utf-8", "surrogateescape"), ensure_ascii=is_ascii)[1:-1]
        yield escaped.encode("utf-8", "surrogateescape")


def _each(letters: Iterator[Iterator[str]] | Iterator[list[str]] | Iterator[str | tuple[str, str]]) -> bytes:
    return b"".join(
        b"(?:%s)" % b"|".join(dict.fromkeys(p for one in some for p in _spellings(one))) for some in letters
    )


def _spellings(letter: str) -> Iterator[bytes]:
    plain = letter.encode("utf-8", "surrogateescape")
    units = letter.encode("utf-16-be", "surrogatepass").hex()
    for raw in (plain, plain.decode("latin-1").encode()):  # the second is how the value of a header is shown
        yield re.escape(raw)
        yield rb"(?i:%s)" % b"".join(rb"%%(?:25)*%02x" % byte for byte in raw)
    yield rb"(?i:%s)" % b"".join(rb"%s%02x" % (_BACKSLASHES + b"x", byte) for byte in plain)
    yield rb"(?i:%s)" % b"".join(_BACKSLASHES + f"u{units[at : at + 4]}".encode() for at in range(0, len(units), 4))
    if letter in "\"'/\\":
        yield _BACKSLASHES + re.escape(plain)
    if letter == " ":
        yield rb"\+"

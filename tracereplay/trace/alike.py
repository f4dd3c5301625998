"""Finds the bytes that events show in raw text: exactly where the form is hex, but for what is a dot in ascii."""

import re
from collections.abc import Iterator

from tracereplay.trace.mark import behind_marks
from tracereplay.trace.payload import KNOWN, Payload

LONGEST_METER_BYTES = 4096
_SURE_BYTES = 16  # fewer known bytes agree with anything: then an item must follow
_LONGEST_PROBE_BYTES = 256
_BUFFER_BYTES = 4096
_GLUED = re.compile(rb"== Info: |(?:=> Send|<= Recv) |[0-2]\d:[0-5]\d:[0-6]\d\.\d{6} ")
_MARK = re.compile(rb"(?:\A|\n)#[: ][^\r\n]*\r?(?:\n|\Z)")
_ROW_HEAD = re.compile(rb"[0-9a-f]{4,}: ")
_TOKENS = re.compile(rb"\r\n|\n|\r|\.|[^\r\n.]+")
SHOWN = bytes(byte if 0x20 <= byte <= 0x7E else 0x2E for byte in range(256))
_SHOWN_OLD = SHOWN[:0x7F] + b"\x7f" + SHOWN[0x80:]  # to 7.84.0

Pieces = tuple[Payload, ...]
Places = list[tuple[int, int]]


def shows(text: bytes, payload: Payload) -> bool:
    """Return whether curl shows ``text`` as ``payload``: exactly in hex; in ascii dots for what is no character."""
    if not payload.marks:
        return text == payload.data
    if text.endswith(b"\r") and payload.data.endswith(b"\r"):  # half of a CR LF that is cut here
        text, payload = text[:-1], payload[:-1]
    if text.startswith(b"\n") and payload.data.startswith(b"\n"):
        text, payload = text[1:], payload[1:]
    if text.endswith(b"\r\n") and payload.data.endswith(b"..") and not _ROW_HEAD.match(text):  # behind a full row
        text, payload = text[:-2], payload[:-2]
    lines = text.split(b"\r\n")
    return any(b"\r\n".join([line.translate(shown) for line in lines]) == payload.data for shown in (SHOWN, _SHOWN_OLD))


def find(text: bytes, pieces: Pieces, items: re.Pattern[bytes]) -> Places | None:
    """Return where ``text``, in which ``items`` tells an item, shows ``pieces``: at its start, or around the meter."""
    size = sum(map(len, pieces))
    is_item = items.match(text) is not None
    if _agree(text[:size], _cut(pieces, len(text))):
        is_sure = is_item or _is_sure(text, min(size, len(text)), pieces, items)
        return [(0, min(size, len(text)))] if is_sure else None
    return None if is_item else _find_around_meter(text, pieces, items)


def find_converted(text: bytes, pieces: Pieces, items: re.Pattern[bytes]) -> Places | None:
    """Return where ``text`` begins with ``pieces``, when each LF of theirs may have become CR LF."""
    end = 0
    for piece in pieces:
        for token in _TOKENS.finditer(piece.data):
            is_doubt = bool(piece.marks) and piece.marks[token.start()] != KNOWN
            count = _converted_bytes(text, end, token[0], is_doubt=is_doubt)
            if not count:
                return None
            end += count
            if end >= len(text):
                return [(0, len(text))]
    return [(0, end)] if items.match(text) or _is_sure(text, end, pieces, items) else None


def _converted_bytes(text: bytes, at: int, token: bytes, *, is_doubt: bool) -> int:
    """Return how many bytes show ``token`` at this place, 0 when it is not there."""
    if is_doubt:
        return 2 if text.startswith(b"\r\n", at) else int(text[at : at + 1].translate(SHOWN) == b".")
    forms = (b"\r" + token, token) if token.endswith(b"\n") else (token,)
    return next((len(one) for one in forms if one.startswith(text[at : at + len(one)])), 0)


def _is_sure(text: bytes, end: int, pieces: Pieces, items: re.Pattern[bytes]) -> bool:
    known = sum(len(piece) - piece.unknown - piece.inferred for piece in pieces)
    return known >= _SURE_BYTES or end >= len(text) or items.match(text, behind_marks(text, end)) is not None


def _agree(text: bytes, pieces: Pieces) -> bool:
    at = 0
    for piece in pieces:
        if not shows(text[at : at + len(piece)], piece):
            return False
        at += len(piece)
    return at == len(text)


def _cut(pieces: Pieces, size: int) -> Pieces:
    """Return the first ``size`` bytes of ``pieces``."""
    return tuple(_between(pieces, 0, size))


def _between(pieces: Pieces, start: int, end: int) -> Iterator[Payload]:
    at = 0
    for piece in pieces:
        low, high = max(start - at, 0), min(end - at, len(piece))
        if low < high:
            yield piece[low:high]
        at += len(piece)


def _find_around_meter(text: bytes, pieces: Pieces, items: re.Pattern[bytes]) -> Places | None:
    """Return the parts of ``text`` that are the echo of ``pieces``, with the progress meter before or within them.

    It breaks in where curl's buffer was full: the rest of the body comes when the buffer is flushed.
    """
    size = sum(map(len, pieces))
    low, high = 0, min(size, len(text))
    while low < high:  # how much of it agrees
        middle = (low + high + 1) // 2
        low, high = (middle, high) if _agree(text[:middle], _cut(pieces, middle)) else (low, middle - 1)
    for begun in dict.fromkeys((low - low % _BUFFER_BYTES or low, low, 0)):
        if begun and not any(piece.unknown < len(piece) for piece in _between(pieces, 0, begun)):
            continue  # the CR of the meter, which agrees with a dot
        rest = tuple(_between(pieces, begun, size))
        probe = _pattern(next(_between(rest, 0, _LONGEST_PROBE_BYTES)))
        for found in probe.finditer(text, begun + 1):
            end = found.start() + size - begun
            if _holds_item(text[begun : found.start()], items):
                break
            if _is_sure(text, end, rest, items) and _agree(text[found.start() : end], rest):
                return [(0, begun), (found.start(), end)]
    return None


def _holds_item(text: bytes, items: re.Pattern[bytes]) -> bool:
    """Return whether an item begins in ``text``; the meter has no line end, and touches what follows it."""
    return (_MARK.search(text) or _GLUED.search(text)) is not None or any(
        items.match(text, line.end()) for line in re.finditer(rb"\n|\A", text)
    )


def _pattern(payload: Payload) -> re.Pattern[bytes]:
    """Return a pattern for text that curl may show as ``payload``."""
    marks = payload.marks or bytes(len(payload))
    parts = [b"." if mark else re.escape(payload.data[at : at + 1]) for at, mark in enumerate(marks)]
    return re.compile(b"".join(parts), re.DOTALL)

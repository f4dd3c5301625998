"""Bytes and texts as Python literals: as a person would write them, and as a formatter leaves them."""

import base64
import re
import textwrap
import zlib

LINE_WIDTH = 88
_TEXT_BYTES = 4096
_PACKED_CHARACTERS = 16_384
_KEPT_BYTES = 160  # of a line
_LINE = re.compile(rb"[^\n]*\n|[^\n]+")
_ATOM = re.compile(rb".{1,16}", re.DOTALL)
_PACKED_WIDTH = 76
_MOST_LINES = 40
_SHORT = {0x09: "\\t", 0x0A: "\\n", 0x0D: "\\r", 0x5C: "\\\\"}
_FIRST_VISIBLE, _LAST_VISIBLE = 0x20, 0x7E
_MOST_UNREADABLE = 10  # one in so many


def text_literal(text: str) -> str:
    """Return ``text`` as a literal in the quotes that need fewer escapes, double ones if that is the same."""
    quote = "'" if text.count('"') > text.count("'") else '"'
    return quote + "".join(_escaped(character, quote) for character in text) + quote


def _escaped(character: str, quote: str) -> str:
    if character == quote:
        return f"\\{character}"
    number = ord(character)
    if number in _SHORT:
        return _SHORT[number]
    return character if character.isprintable() else repr(character)[1:-1]


def bytes_literal(data: bytes) -> str:
    """Return ``data`` as a literal on one line."""
    quote = "'" if data.count(b'"') > data.count(b"'") else '"'
    return f"b{quote}" + "".join(_escaped_byte(byte, quote) for byte in data) + quote


def _escaped_byte(byte: int, quote: str) -> str:
    if byte == ord(quote):
        return f"\\{quote}"
    if byte in _SHORT:
        return _SHORT[byte]
    return chr(byte) if _is_visible(byte) else f"\\x{byte:02x}"


def _is_visible(byte: int) -> bool:
    return _FIRST_VISIBLE <= byte <= _LAST_VISIBLE


def assigned(name: str, data: bytes) -> str | None:
    """Return the lines that give ``data`` to ``name``: text as text, else packed; None if that is too long to read."""
    if _is_text(data):
        whole = f"{name} = {bytes_literal(data)}"
        if len(whole) <= LINE_WIDTH:
            return whole
        pieces = [bytes_literal(piece) for piece in _pieces(data)]
        if len(pieces) == 1:
            return whole
        return _bracketed(f"{name} = (", pieces, ")")
    packed = base64.b85encode(zlib.compress(data, 9)).decode("ascii")
    if len(packed) > _PACKED_CHARACTERS:
        return None
    pieces = [f'b"{line}"' for line in textwrap.wrap(packed, _PACKED_WIDTH, break_on_hyphens=False)]
    # A single piece may fit on the line; the comment keeps it where it is.
    return _bracketed(f"{name} = zlib.decompress(\n    base64.b85decode(  # {len(data):,} bytes", pieces, "    )\n)", 8)


def _is_text(data: bytes) -> bool:
    unreadable = sum(not _is_visible(byte) and byte not in _SHORT for byte in data[:_TEXT_BYTES])
    return len(data) <= _TEXT_BYTES and unreadable * _MOST_UNREADABLE <= len(data)


def _pieces(data: bytes) -> list[bytes]:
    """Return the lines of ``data``; where they are many, or long, as much of them at a time as fits."""
    lines = _LINE.findall(data)
    is_list = len(lines) <= _MOST_LINES
    pieces: list[bytes] = []
    for line in lines:
        is_kept = is_list and len(line) <= _KEPT_BYTES
        for atom in [line] if is_kept else _ATOM.findall(line):
            is_next = pieces and not (is_list and pieces[-1].endswith(b"\n"))
            if is_next and len(bytes_literal(pieces[-1] + atom)) + 4 <= LINE_WIDTH:
                pieces[-1] += atom
            else:
                pieces.append(atom)
    return pieces


def _bracketed(first: str, pieces: list[str], last: str, indent: int = 4) -> str:
    return "\n".join([first, *(" " * indent + piece for piece in pieces), last])

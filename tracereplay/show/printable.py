"""Makes text harmless: what a trace or a server says must not control the terminal it is shown on."""

_SHORT = {"\r": "\\r", "\n": "\\n", "\t": "\\t"}


def printable(text: str | bytes) -> str:
    r"""Return ``text`` with every character escaped that is not plainly visible: ``\x1b``, ``\u202e``.

    Bytes are read as UTF-8, and bytes that are not UTF-8 are escaped too.
    """
    if isinstance(text, bytes):
        text = text.decode("utf-8", "backslashreplace")
    return text if text.isprintable() else "".join(map(_escaped, text))


def cropped(text: str, width: int) -> str:
    """Return ``text``, or as much of it as fits into ``width`` characters with dots behind it."""
    return text if len(text) <= width else text[: width - 3] + "..."


def _escaped(character: str) -> str:
    if character.isprintable():
        return character
    if character in _SHORT:
        return _SHORT[character]
    number = ord(character)
    if 0xDC80 <= number <= 0xDCFF:
        number -= 0xDC00
    return f"\\x{number:02x}" if number <= 0xFF else f"\\u{number:04x}"

"""Tells whether a dump is damaged because its lines end differently, as where a part of a trace was pasted.

Neither form shows a CR of the payload as a CR: one at the end of a row is of the text.
"""

import re
import shlex
from dataclasses import replace

from tracereplay.trace.notice import Notice
from tracereplay.trace.source import Source

_ROW = re.compile(rb"(?:[0-9a-f]{4,}: [ -\x7f]*|#[^\r\n]*)\r?\n")  # or a mark among them


def explained(notice: Notice, source: Source, name: str) -> Notice:
    """Return ``notice``, of a dump whose head stands at its line, with the row of it that ends otherwise, if any.

    ``source`` is the trace from its beginning, and ``name`` what the user calls it.
    """
    while source.line < notice.line and not source.is_at_end:
        _take_line(source)
    expected = _end_of(_take_line(source))
    while _ROW.fullmatch(row := source.peek_line()):
        if _end_of(row) != expected and not row.startswith(b"#"):
            message = (
                f"line {source.line} ends in {_end_of(row)}, and the head of its dump in {expected}:"
                " the text was pasted or edited"
            )
            hint = f"make the line ends alike: sed 's/\\r$//' {shlex.quote(name)} > even.txt"
            return replace(notice, message=message, hint=hint)
        _take_line(source)
    return notice


def _take_line(source: Source) -> bytes:
    return source.take(len(source.peek_line()))


def _end_of(line: bytes) -> str:
    return "CR LF" if line.endswith(b"\r\n") else "LF"

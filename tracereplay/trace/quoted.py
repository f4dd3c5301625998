"""Finds where information goes on in further lines: curl quotes what the user gave, newlines and all.

Such a line has no mark of any kind, and may read like an item: ``Server auth using Basic with user 'joe`` is
followed by whatever the name of the user goes on with. The quote that was opened says where it ends.
Source: curl lib/vauth, lib/http.c (infof with '%s'); a text is cut at 2,048 bytes.
"""

import re

from tracereplay.trace.event import Info, Stray
from tracereplay.trace.mark import without_marks
from tracereplay.trace.source import Source

_OPEN_QUOTE = re.compile(rb"(?:^|[ (=:])'[^']*$")  # not the one in "doesn't"
_CLOSING = re.compile(rb"'\r?\n")
_LONGEST_BYTES = 2048
_ITEM = re.compile(
    rb"(?:[0-2]\d:[0-5]\d:[0-6]\d\.\d{6} )?(?:\[\d+-(?:\d+|x)\] )?(?:== Info: |\* |(?:=> Send|<= Recv) )"
)


def take_rest(source: Source, info: Info) -> Stray | None:
    """Take the lines behind ``info`` that still belong to it, as text; None when there are none."""
    if not _OPEN_QUOTE.search(info.text):
        return None
    text = source.peek(_LONGEST_BYTES)
    for closing in _CLOSING.finditer(text):
        following = without_marks(text[closing.end() :])
        if not following or _ITEM.match(following):
            return Stray(source.line, source.take(closing.end()))
    return None

"""What a user should know of a trace: each notice has a line, a stable code, and a sentence."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from tracereplay.trace.connections import Placed
from tracereplay.trace.conversation import Conversation
from tracereplay.trace.event import Event, Info, Stray
from tracereplay.trace.mark import Mark

_IDS_TWICE = re.compile(rb"\[\d+-(?:\d+|x)\] ")
_ROW = re.compile(rb"[0-9a-f]{4,}: ")
_NEARLY_A_HEAD = re.compile(rb"=> Send|<= Recv|\d bytes \(0x")


@dataclass(frozen=True, slots=True)
class Notice:
    """A warning; ``is_fault`` when payloads of the trace are not what curl sent. ``hint``: what helps against it."""

    line: int
    code: str
    message: str
    is_fault: bool = False
    hint: str | None = None


class Notices:
    """Collects the notices about the text of a trace while it is read: damage, and what belongs to nothing."""

    def __init__(self) -> None:
        self._found: list[Notice] = []
        self._torn: Event | None = None
        self._spoilt_head: int | None = None
        self._info: Info | None = None  # which was right before: what follows may still be of it
        self._said: set[str] = set()

    def read(self, placed: Placed) -> None:
        """Take note of the next item."""
        item = placed.item
        if isinstance(item, Mark):
            return
        if self._torn is not None and not isinstance(item, Stray):
            self._tell_damage(self._torn)
        if isinstance(item, Event):
            self._read_event(item)
            if placed.is_ambiguous:
                self._once(item.line, "ambiguous", "nothing tells to which of the open connections this belongs")
        elif isinstance(item, Info):
            self._read_info(item)
        else:
            self._read_stray(item)
        self._info = item if isinstance(item, Info) else None

    def finish(self, conversations: Iterable[Conversation]) -> list[Notice]:
        """Return the notices; ``conversations`` are those of the trace."""
        for one in conversations:
            if one.protocol in ("h2", "h3"):
                message = (
                    f"HTTP/{one.protocol[1]}: the headers are how curl shows them, and not bytes of the wire:"
                    " play sends a translation, with --as-http1"
                )
                self._found.append(Notice(one.requests[0].line, "rendered-headers", message))
        return self._found

    def _read_event(self, event: Event) -> None:
        if event.is_torn:
            self._torn = event
            message = (
                f"the dump has {len(event.payload):,} of the {event.declared_bytes:,} bytes that its head declares"
            )
            self._found.append(Notice(event.line, "torn", message))

    def _read_info(self, info: Info) -> None:
        if info.ids is not None and _IDS_TWICE.match(info.text):
            message = "curl 8.13.0 to 8.16.0 with --trace-config all put ids into the payloads and cut them at NUL"
            self._once(info.line, "lib-ids", message, is_fault=True)

    def _read_stray(self, stray: Stray) -> None:
        if self._torn is not None and stray.text.startswith(b"%04x: " % len(self._torn.payload)):
            return  # the row in which the trace is torn
        if self._spoilt_head is not None and stray.text.startswith(b"0000: "):
            message = "the head of an event cannot be read: its bytes are missing"
            self._once(self._spoilt_head, "damaged", message, is_fault=True)
        elif _ROW.match(stray.text) and self._torn is not None:
            self._tell_damage(self._torn)
        elif _ROW.match(stray.text) and not self._ends_quote(stray):
            message = "rows of a dump stand without their head: the bytes of an event are missing"
            self._once(stray.line, "damaged", message, is_fault=True)
        self._spoilt_head = stray.line if _NEARLY_A_HEAD.search(stray.text) else None
        if not stray.text.isspace():
            self._once(stray.line, "stray", "text that belongs to no item: other output, or damage")

    def _ends_quote(self, stray: Stray) -> bool:
        """Return whether ``stray`` may be the rest of what the information before it quotes, newlines and all."""
        return self._info is not None and b"'" in self._info.text and stray.text.rstrip(b"\r\n").endswith(b"'")

    def _tell_damage(self, torn: Event) -> None:
        message = "a dump ends early, and the trace goes on: rows of it are missing or were changed"
        self._once(torn.line, "damaged", message, is_fault=True)

    def _once(self, line: int, code: str, message: str, *, is_fault: bool = False) -> None:
        if code not in self._said:
            self._said.add(code)
            self._found.append(Notice(line, code, message, is_fault))

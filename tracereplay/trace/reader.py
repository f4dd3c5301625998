"""Reads a trace into items, by the grammars in ``grammars/trace_*.lark``.

One ``parse()`` takes one item from the source. The lexer splits its first line into the tokens of the
grammar; the dump that follows is one token, and the size in the head says where it ends. So a dump that
looks like a head, or like another dump, fools nobody, and a trace of any size is read in constant memory.
"""

import re
from codecs import BOM_UTF8
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from typing import Literal

from lark import Lark, Token, Transformer
from lark.common import LexerConf
from lark.lexer import Lexer

from tracereplay.grammar import grammars_dir
from tracereplay.trace import dump_ascii, dump_hex
from tracereplay.trace.clock import RisingClock, time_of_day_ns
from tracereplay.trace.echo import Echo
from tracereplay.trace.event import Direction, Event, Ids, Info, Item, Kind, Stray
from tracereplay.trace.mark import LOOKED_AT_BYTES, Mark, behind_marks, is_statement
from tracereplay.trace.payload import Payload
from tracereplay.trace.quoted import take_rest
from tracereplay.trace.reference import Refer
from tracereplay.trace.source import Source

Form = Literal["ascii", "hex"]

_KINDS = {
    f"{arrow} {kind.value}, ".encode(): (direction, kind)
    for arrow, direction in (("=> Send", Direction.SENT), ("<= Recv", Direction.RECEIVED))
    for kind in Kind
}
_MARKS = (b"=> Send ", b"<= Recv ", b"== Info: ", b"* ")  # one of them is in every first line


@dataclass(slots=True)
class _Place:
    """Where the lexer stands: what the tokens of one item are taken from."""

    source: Source
    form: Form
    clock: RisingClock | None = None  # None leaves the times as they stand there
    line_end: bytes = b"\n"  # of the last dump
    refer: Refer | None = None
    marks_end: int = 0  # the position up to which the lines are known to be marks

    def time_ns(self, text: bytes) -> int:
        of_day_ns = time_of_day_ns(text.decode("ascii"))
        return of_day_ns if self.clock is None else self.clock.rise(of_day_ns)

    def take_dump(self, kind: bytes, size: int) -> tuple[Payload, tuple[Mark, ...]]:
        marks: list[Mark] = []
        if self.form == "hex":
            return dump_hex.take(self.source, size, self.line_end, marks, self.refer), tuple(marks)
        payload = dump_ascii.take(self.source, size, self.line_end, marks)
        return payload.with_dots_inferred() if b"header" in kind else payload, tuple(marks)


class _ItemLexer(Lexer):
    """Splits one item into tokens; the patterns are those of the grammar."""

    def __init__(self, conf: LexerConf) -> None:
        texts = {term.name: term.pattern.to_regexp() for term in conf.terminals}
        named = {name: f"(?P<{name}>{text})" for name, text in texts.items()}
        first_line = "{TIME}?{IDS}?(?:{INFO}|{KIND}{SIZE})".format(**named)
        self._first_line = re.compile(first_line.encode("latin-1"))
        prefix, head = f"({texts['TIME']})?({texts['IDS']})?", texts["KIND"] + texts["SIZE"]
        glued = f"{prefix}({head}|== Info: )|{texts['TIME']}({texts['IDS']})?\\* "
        self._glued = re.compile(glued.encode("latin-1"))
        self._mark = re.compile(texts["MARK"].encode("latin-1"))
        self._behind_mark = re.compile(rb"%s|[0-9a-f]{4,}: |(?:#[^\r\n]*|[ \t]*)\Z" % first_line.encode("latin-1"))

    def lex(self, place: _Place) -> Iterator[Token]:  # type: ignore[override]  # lark passes a custom input as it is
        """Yield the tokens of the item that begins where ``place`` stands."""
        source = place.source
        line = source.peek_line()
        number = source.line
        found = self._first_line.match(line)
        if found is None or (found["SIZE"] is not None and found.end() < len(line)):
            yield self._mark_or_stray(place, line)
            return
        time, ids, info, kind, text = found.group("TIME", "IDS", "INFO", "KIND", "SIZE")
        size = 0 if text is None else _size(text)
        if size is None:
            yield self._stray(source, line)
            return
        source.skip(len(line), line.count(b"\n"))
        if time is not None:
            yield _token("TIME", place.time_ns(time), number)
        if ids is not None:
            yield _token("IDS", ids, number)
        if kind is None:
            yield _token("INFO", info, number)
            return
        yield _token("KIND", kind, number)
        yield _token("SIZE", size, number)
        if size:
            place.line_end = b"\r\n" if line.endswith(b"\r\n") else b"\n"
            yield _token("DUMP", place.take_dump(kind, size), number)

    def _mark_or_stray(self, place: _Place, line: bytes) -> Token:
        """Take a line that is no item of curl's. Such lines as marks are may be text as well: what follows tells."""
        source, number = place.source, place.source.line
        if not line.startswith(b"#") or not self._mark.fullmatch(line):
            return self._stray(source, line)
        if source.position >= place.marks_end:
            text = source.peek(LOOKED_AT_BYTES)
            end = behind_marks(text) or len(line)
            if not self._behind_mark.match(text, end):
                return self._stray(source, line)
            place.marks_end = source.position + end
        return _token("MARK", source.take(len(line)), number)

    def _stray(self, source: Source, line: bytes) -> Token:
        """Take what is no item. Other output of curl may stand before one, in the same line."""
        number = source.line
        if not source.position and line.startswith(BOM_UTF8):  # of an editor: the first line begins behind it
            return _token("STRAY", source.take(len(BOM_UTF8)), number)
        glued = self._glued.search(line, 1) if any(mark in line for mark in _MARKS) else None
        return _token("STRAY", source.take(glued.start() if glued else len(line)), number)


def _size(text: bytes) -> int | None:
    """Return the size that is written twice; None when it is not the same."""
    decimal, _, hexadecimal = text.partition(b" bytes (0x")
    size = int(decimal)
    return size if size == int(hexadecimal.rstrip(b")\r\n"), 16) else None


def _token(name: str, value: object, line: int) -> Token:
    """Return a token whose text is its value: bytes, and not always text, for which there is no need of a copy."""
    token: Token = str.__new__(Token, "")
    token.type, token.value, token.line = name, value, line
    return token


_Prefix = tuple[int | None, Ids | None]


class _ToItem(Transformer[Token, Item]):
    """Makes the item of the tokens."""

    def item(self, children: tuple[Item]) -> Item:
        return children[0]

    def prefix(self, children: tuple[Token | None, Token | None]) -> _Prefix:
        time, ids = children
        numbers = ids.value[1:-2].split(b"-") if ids is not None else None
        return (
            time.value if time is not None else None,
            Ids(int(numbers[0]), None if numbers[1] == b"x" else int(numbers[1])) if numbers else None,
        )

    def event(self, children: tuple[_Prefix, Token, Token, Token | None]) -> Event:
        (time_ns, ids), kind, size, dump = children
        direction, of = _KINDS[kind.value]
        payload, marks = dump.value if dump is not None else (Payload(b""), ())
        return Event(kind.line or 0, time_ns, ids, direction, of, payload, size.value, None, marks)

    def info(self, children: tuple[_Prefix, Token]) -> Info:
        (time_ns, ids), text = children
        mark = b"* " if text.value.startswith(b"* ") else b"== Info: "
        words = text.value[len(mark) :]
        told = words.rstrip(b"\r\n")
        return Info(text.line or 0, time_ns, ids, told, mark, words[len(told) :])

    def mark(self, children: tuple[Token]) -> Mark:
        return Mark(children[0].line or 0, children[0].value)

    def stray(self, children: tuple[Token]) -> Stray:
        return Stray(children[0].line or 0, children[0].value)


@cache
def _parser(form: Form) -> Lark:
    return Lark(
        (grammars_dir() / f"trace_{form}.lark").read_text("utf-8"),
        parser="lalr",
        lexer=_ItemLexer,
        start="item",
        transformer=_ToItem(),
        maybe_placeholders=True,
        import_paths=[str(grammars_dir())],
    )


def read_items(source: Source, form: Form, *, of_day: bool = False, refer: Refer | None = None) -> Iterator[Item]:
    """Yield the items of a trace in the given form, in the order of the text.

    Nothing is raised for damage: text that fits nowhere is Stray, a dump that ends early makes its event
    torn. Where curl's trace and the body share one stream, the body that follows its event is skipped, and shows
    what ascii does not. Times never fall, unless they are wanted as they stand there, ``of_day``. ``refer`` gives
    what a hex dump refers to in a file; without it such a dump ends there.
    """
    place = _Place(source, form, None if of_day else RisingClock(), refer=refer)
    echo = Echo(lambda ahead: _items(_Place(ahead, form)))
    for item in _items(place):
        others: tuple[Mark | Stray, ...] = ()
        known = item
        if isinstance(item, Event) and item.direction is Direction.RECEIVED and item.is_payload:
            known, others = echo.take(source, item, place.line_end)
        elif isinstance(item, Info) or (isinstance(item, Event) and item.kind is Kind.HEADER):
            echo.follow(item)
        elif isinstance(item, Mark) and echo.awaits(item.text):
            known = Stray(item.line, item.text)
        elif isinstance(item, Stray) and is_statement(item.text) and not echo.awaits(item.text):
            known = replace(item, is_misplaced_mark=True)
        yield known
        yield from others


def _items(place: _Place) -> Iterator[Item]:
    """Yield what stands at ``place`` as items, and the further lines of information."""
    parse, source = _parser(place.form).parse, place.source
    while not source.is_at_end:
        item: Item = parse(place)  # type: ignore[assignment]  # a custom lexer takes any input
        rest = take_rest(source, item) if isinstance(item, Info) else None
        yield item
        if rest:
            yield rest


def detect_form(source: Source) -> Form | None:
    """Return the form of the trace at ``source``, without taking anything; None when no dump is in reach.

    The first dump that can have but one form decides: damage in one before it must not.
    """
    text = source.peek(1 << 20)
    likely: Form | None = None
    for found in _HEAD.finditer(text):
        size = int(found[1])
        if size == 0 or size != int(found[2], 16):
            continue
        start = behind_marks(text, found.end())
        line, feed, _ = text[start : start + _ROW_BYTES].partition(b"\n")
        second = behind_marks(text, start + len(line) + len(feed))
        following = text[second : second + 6]
        if dump_hex.is_first_row(line + feed, following, size):
            return "hex"
        if dump_ascii.is_first_row(line + feed, following, size):
            return "ascii"
        if dump_ascii.may_be_first_row(line, size):
            likely = "ascii"
    return likely


_ROW_BYTES = 128
_HEAD = re.compile(rb"(?:=> Send|<= Recv) (?:header|data|SSL data), (\d{1,19}) bytes \(0x([0-9a-f]{1,16})\)\r?\n")

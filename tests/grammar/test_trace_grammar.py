"""The grammars by themselves: what Lark's own lexer makes of them, beside what the reader makes."""

import importlib.util
from functools import cache
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lark import Lark, Token, Tree

from tests.trace.reading import read, source_of, text_of
from tests.trace.strategies import items, line_ends, payloads
from tracereplay.grammar import grammars_dir
from tracereplay.trace import dump_ascii, dump_hex
from tracereplay.trace.event import Event, Ids, Info, Item
from tracereplay.trace.mark import Mark
from tracereplay.trace.payload import Payload
from tracereplay.trace.reader import Form

FORMS: tuple[Form, ...] = get_args(Form)


CAN_TELL_COLLISIONS = importlib.util.find_spec("interegular") is not None  # of the lint extra: it slows each start


@cache
def grammar(form: Form) -> Lark:
    """Return the parser that Lark makes by itself; it refuses terminals that collide, where it can tell."""
    return Lark(
        (grammars_dir() / f"trace_{form}.lark").read_text("utf-8"),
        parser="lalr",
        lexer="contextual",
        start="item",
        strict=CAN_TELL_COLLISIONS,
        maybe_placeholders=True,
        import_paths=[str(grammars_dir())],
    )


def parsed(form: Form, text: bytes) -> Tree[Token]:
    return grammar(form).parse(text.decode("latin-1"))


def tokens_of(tree: Tree[Token]) -> dict[str, str]:
    return {token.type: str(token) for token in tree.scan_values(lambda value: isinstance(value, Token))}


@pytest.mark.parametrize("form", FORMS)
@given(data=payloads.filter(bool), line_end=line_ends)
def test_the_dump_of_the_grammar_is_the_dump_that_the_size_ends(form: Form, data: bytes, line_end: bytes) -> None:
    room = dump_hex if form == "hex" else dump_ascii
    text = room.write(Payload(data), line_end)
    source = source_of(text + b"== Info: next\n")
    room.take(source, len(data), line_end)
    assert source.peek(100) == b"== Info: next\n"
    tree = parsed(form, b"=> Send data, %d bytes (0x%x)%s" % (len(data), len(data), line_end) + text)
    assert tokens_of(tree)["DUMP"] == text.decode("latin-1")


def _as_told(item: Item) -> tuple[object, ...]:
    if isinstance(item, Event):
        return ("event", item.direction.value, item.kind.value, item.declared_bytes, item.ids)
    if isinstance(item, Info):
        return ("info", item.text, item.ids)
    return ("mark" if isinstance(item, Mark) else "stray", item.text)


def _as_parsed(tree: Tree[Token]) -> tuple[object, ...]:
    tokens = tokens_of(tree)
    (kind,) = [child.data for child in tree.children if isinstance(child, Tree)]
    ids = None
    if "IDS" in tokens:
        transfer, connection = tokens["IDS"].strip("[] ").split("-")
        ids = Ids(int(transfer), None if connection == "x" else int(connection))
    if kind == "event":
        arrow, _, rest = tokens["KIND"].rstrip(", ").partition(" ")
        direction = "sent" if arrow == "=>" else "received"
        return ("event", direction, rest.partition(" ")[2], int(tokens["SIZE"].split()[0]), ids)
    if kind == "info":
        text = tokens["INFO"].encode("latin-1").removeprefix(b"== Info: ").rstrip(b"\r\n")
        return ("info", text, ids)
    return (kind, tokens[kind.upper()].encode("latin-1"))


@given(items(), st.sampled_from(FORMS))
def test_an_item_is_to_lark_what_it_is_to_the_reader(found: list[Item], form: Form) -> None:
    for item in found:
        text = text_of([item], form)
        (read_item,) = read(text, form)
        assert _as_parsed(parsed(form, text)) == _as_told(read_item)


EVERY_RULE = [
    b"12:00:00.000001 [0-1] => Send data, 1 bytes (0x1)\n%s",
    b"[0-x] <= Recv SSL data, 0 bytes (0x0)\n",
    b"== Info: x\n",
    b"12:00:00.000001 * x",
    b"#: cut half\n",
    b"other output\n",
    b"\n",
]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("text", [b"#: cut half rst\n", b"# why\r\n", b"#\n", b"# at the end", b"#:\n"])
def test_a_mark_is_to_lark_what_it_is_to_the_reader(text: bytes, form: Form) -> None:
    (item,) = read(text, form)
    assert _as_parsed(parsed(form, text)) == _as_told(item) == ("mark", text)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("data", [b"ab", b"x" * 64 + b"\r\n" + b"y" * 70])
def test_marks_between_rows_are_of_the_dump(data: bytes, form: Form) -> None:
    rows = (dump_hex if form == "hex" else dump_ascii).write(Payload(data)).splitlines(keepends=True)
    dump = b"".join(b"#: mark m%d\n# why\n" % number + row for number, row in enumerate(rows))
    text = b"=> Send data, %d bytes (0x%x)\n" % (len(data), len(data)) + dump
    (item,) = read(text, form)
    assert isinstance(item, Event)
    assert item.payload.data == data
    assert len(item.marks) == 2 * len(rows)
    assert tokens_of(parsed(form, text))["DUMP"] == dump.decode()


@pytest.mark.parametrize("form", FORMS)
def test_every_rule_and_terminal_is_used(form: Form) -> None:
    dump = (dump_hex if form == "hex" else dump_ascii).write(Payload(b"a"))
    trees = [parsed(form, text.replace(b"%s", dump)) for text in EVERY_RULE]
    rules = {str(subtree.data) for tree in trees for subtree in tree.iter_subtrees()}
    terminals = {name for tree in trees for name in tokens_of(tree)}
    assert rules == {str(rule.origin.name) for rule in grammar(form).rules}
    assert terminals == {str(terminal.name) for terminal in grammar(form).terminals}


@pytest.mark.parametrize("name", sorted(path.name for path in grammars_dir().glob("*.lark")))
def test_a_grammar_names_its_sources(name: str) -> None:
    if name != "mark.lark":  # a format of our own
        assert "curl src/" in (grammars_dir() / name).read_text("utf-8")

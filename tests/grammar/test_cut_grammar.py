import importlib.util
from functools import cache

import pytest
from lark import Lark, Token, Tree
from lark.exceptions import UnexpectedInput

from tracereplay.grammar import grammars_dir

CAN_TELL_COLLISIONS = importlib.util.find_spec("interegular") is not None  # of the lint extra: it slows each start


@cache
def grammar() -> Lark:
    """Return the parser that Lark makes by itself; it refuses terminals that collide, where it can tell."""
    text = (grammars_dir() / "cut.lark").read_text("utf-8")
    return Lark(
        text,
        parser="lalr",
        lexer="contextual",
        start=["place", "pause", "places"],
        strict=CAN_TELL_COLLISIONS,
        keep_all_tokens=True,
    )


PLACES = [
    "50%",
    "12.5%",
    "0",
    "65536",
    "64k",
    "1.5MiB",
    "-1",
    "-64k",
    "head:50%",
    "body:-1",
    "file:0",
    "all:64K",
    "wire:20000",
    "all:end+1",
    "start",
    "head:end-2k",
    "-5-1",
    "request:2:body:50%",
    "request:2:50%",
    "part:2:head:end",
    'part:"my \\"file":50%',
    "part:file_1:50%",
    "chunk:3:0",
    "event:5:1",
    "answer:50%",
    "answer:2:body:1m",
    "answer:head:end",
    'after "name="',
    'body:before "\\r\\n\\x00"+1',
    "2.5s",
    "@half",
    "@before-the.head-1",
    "body:300ms-1",
]
LISTS = [
    "boundaries",
    "marks",
    "@half..end",
    "all",
    "head:all",
    "every:4k",
    "0%..100%/10",
    "file:0..end",
    "end-4..end+4/2",
    "body:50%",
]
PAUSES = ["50%=2s", "body:50%=300ms", "-1=2.5", "file:64k=1m"]


def test_every_rule_and_terminal_is_used() -> None:
    trees = [grammar().parse(text, start="place") for text in PLACES]
    trees += [grammar().parse(text, start="pause") for text in PAUSES]
    trees += [grammar().parse(text, start="places") for text in LISTS]
    used = {str(subtree.data) for tree in trees for subtree in tree.iter_subtrees()}
    tokens = {token.type for tree in trees for token in tree.scan_values(lambda value: isinstance(value, Token))}
    names = {str(rule.alias or rule.origin.name) for rule in grammar().rules}
    assert used == {name for name in names if not name.startswith("_")}  # what begins so stands in no tree
    assert tokens == {str(terminal.name) for terminal in grammar().terminals}


@pytest.mark.parametrize("text", PLACES)
def test_a_place_is_read_whole(text: str) -> None:
    tree: Tree[Token] = grammar().parse(text, start="place")
    assert "".join(tree.scan_values(lambda value: isinstance(value, Token))) == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "50%%",
        "%",
        "body",
        "body:",
        "tail:5",
        "--1",
        "-50%",
        "1 2",
        "64q",
        "BODY:1",
        "50%=2s",
        "wire:50%",
        "wire:-1",
        "part:50%",
        "body:head:1",
        "part:1:body:0",
        "request:1:event:1:0",
        "answer:1:file:0",
        "after x",
        'after ""',
        'after "\\q"',
        'after "\\x0"',
        "5 s",
        "50%+",
        "50%+1%",
        "all",
        "0..1",
        "@",
        "@1",
        "@half-",
    ],
)
def test_what_is_no_place_is_refused(text: str) -> None:
    with pytest.raises(UnexpectedInput):
        grammar().parse(text, start="place")


@pytest.mark.parametrize("text", ["", "50%", "50%=", "=2s", "50%=2 s", "50%=2d", "50%=-1"])
def test_what_is_no_pause_is_refused(text: str) -> None:
    with pytest.raises(UnexpectedInput):
        grammar().parse(text, start="pause")

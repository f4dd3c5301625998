"""Literals: they mean what they stand for, and a formatter leaves them alone."""

import ast
import base64
import random
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracereplay.show.literal import LINE_WIDTH, assigned, bytes_literal, text_literal


@given(st.text())
def test_a_text_comes_back(text: str) -> None:
    assert ast.literal_eval(text_literal(text)) == text


@given(st.binary())
def test_bytes_come_back(data: bytes) -> None:
    assert ast.literal_eval(bytes_literal(data)) == data


@pytest.mark.parametrize(
    ("data", "literal"),
    [
        (b"plain\r\n", r'b"plain\r\n"'),
        (b'name="file"', "b'name=\"file\"'"),
        (b"it's", 'b"it\'s"'),
        (b"'\"", 'b"\'\\""'),
        (b"\x00\xff\\", r'b"\x00\xff\\"'),
    ],
)
def test_the_quotes_are_those_that_need_fewer_escapes(data: bytes, literal: str) -> None:
    assert bytes_literal(data) == literal


def value(lines: str) -> bytes:
    names: dict[str, bytes] = {}
    exec(lines, {"zlib": zlib, "base64": base64}, names)
    return names["NAME"]


@pytest.mark.parametrize(
    "data",
    [
        b"GET / HTTP/1.1\r\n\r\n",
        b"POST /files HTTP/1.1\r\nHost: 127.0.0.1:8000\r\nContent-Length: 20\r\nExpect: 100-continue\r\n\r\n",
        b"".join(b"%d\n" % number for number in range(500)),
        b"x" * 3000,
        bytes(100_000),
        random.Random(1).randbytes(9000),
        b"a\rb\n" * 30,
        b"",
    ],
    ids=["short", "head", "many lines", "one long line", "zeros", "noise", "lone CR", "nothing"],
)
def test_what_is_assigned_comes_back_in_lines_that_fit(data: bytes) -> None:
    lines = assigned("NAME", data)
    assert lines is not None
    assert value(lines) == data
    assert max(map(len, lines.splitlines())) <= LINE_WIDTH


def test_each_line_of_a_head_has_a_line() -> None:
    lines = assigned("HEAD", b"POST /files HTTP/1.1\r\nHost: 127.0.0.1:8000\r\nContent-Length: 20\r\nX: " + b"y" * 9)
    assert lines is not None
    assert lines.splitlines()[:3] == [
        "HEAD = (",
        r'    b"POST /files HTTP/1.1\r\n"',
        r'    b"Host: 127.0.0.1:8000\r\n"',
    ]


def test_what_is_too_long_to_read_is_none() -> None:
    assert assigned("NAME", random.Random(1).randbytes(20_000)) is None

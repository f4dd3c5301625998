"""The values of fields in a body, however it comes."""

import io
import json
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.traces import trace_text
from tracereplay.errors import TraceError
from tracereplay.trace.body_secret import BodyNames, BodyScanner, field_of
from tracereplay.trace.event import Event
from tracereplay.trace.reader import Form, read_items
from tracereplay.trace.redact import Redaction
from tracereplay.trace.secret import Names
from tracereplay.trace.source import Source

NAMES = BodyNames(("password", "pin"), (b"hunter2", b"hunt"))
PART = b'--B\r\nContent-Disposition: form-data; name="%s"\r\nX: y\r\n\r\n%s\r\n'
BODIES = [
    (b"a=1&password=s3c&b=2&pin=&x=hunter2", b"a=1&password=xxx&b=2&pin=&x=xxxxxxx"),
    (b"password=abc", b"password=xxx"),
    (b"mypassword=1&xpin=2&pinx=3&pi=hun", b"mypassword=1&xpin=2&pinx=3&pi=hun"),
    (b'{"a":"pin","password" : "a\\"b\\\\","pin":12, "c":[1]}', b'{"a":"pin","password" : "xxxxxx","pin":xx, "c":[1]}'),
    (b'{"pin":\r\n"1","password":null}', b'{"pin":\r\n"x","password":xxxx}'),
    (
        b'{"password": {"a]}": "}\\"]", "b": [1, {}]}, "pin": [12, 34], "c": [{"pin":[]}]}',
        b'{"password": %s, "pin": xxxxxxxx, "c": [{"pin":xx}]}' % (b"x" * 29),
    ),
    (b'{"p\\u0061ssword": "s", "PIN": 1, "user.pin": "2"}', b'{"p\\u0061ssword": "x", "PIN": x, "user.pin": "x"}'),
    (b'{"pin": "a\\', b'{"pin": "xx'),
    (
        b"pass%77ord=a;b&Password=c&u[password]=d&u%5Bpin%5D[0]=e",
        b"pass%77ord=xxx&Password=x&u[password]=x&u%5Bpin%5D[0]=x",
    ),
    (b"a=1;pin=s;b=2&pinned[a]=1&pin.a=3", b"a=1;pin=x;b=2&pinned[a]=1&pin.a=3"),
    (
        PART % (b"u[password]", b"a") + b"--B\r\nContent-Disposition: form-data; NAME=pin\r\n\r\nb\r\n--B--",
        PART % (b"u[password]", b"x") + b"--B\r\nContent-Disposition: form-data; NAME=pin\r\n\r\nx\r\n--B--",
    ),
    (
        PART % (b"password", b"a\r\n-b\r\n") + PART % (b"pins", b"1"),
        PART % (b"password", b"xxxxxxx") + PART % (b"pins", b"1"),
    ),
]


def blanked(body: bytes, cuts: list[int]) -> bytes:
    scanner, out = BodyScanner(NAMES), bytearray(body)
    edges = [0, *sorted(cut for cut in set(cuts) if cut < len(body)), len(body)]
    for number, end in enumerate(edges[1:]):
        for one in scanner.feed(body[edges[number] : end]):
            assert scanner.decided >= one.end
            out[one.start : one.end] = b"x" * (one.end - one.start)
        assert scanner.decided <= end
    for one in scanner.feed(b"", is_end=True):
        out[one.start : one.end] = b"x" * (one.end - one.start)
    assert len(out) == len(body)
    assert scanner.decided == len(body)
    return bytes(out)


@pytest.mark.parametrize(("body", "shown"), [pytest.param(*one, id=repr(one[0][:40])) for one in BODIES])
@given(cuts=st.lists(st.integers(1, 120), max_size=12))
def test_a_value_is_found_however_the_body_comes(body: bytes, shown: bytes, cuts: list[int]) -> None:
    assert blanked(body, cuts) == shown


@pytest.mark.parametrize(
    ("field", "body", "name"),
    [
        ("my field", b"my+field=s", "body.my%20field"),
        ("my_field", b"my%2DField=s", "body.my_field"),
        ("\u00fcber", b"%C3%9CBER=s", "body.%C3%BCber"),
        ("\u00fcber", '{"\u00fcber":"s"}'.encode(), "body.%C3%BCber"),
        ("\u00fcber", b'{"\\u00DCber":"s"}', "body.%C3%BCber"),
        ("a,b[c]", b'{"a,b[c]":"s"}', "body.a%2Cb[c]"),
    ],
)
def test_a_field_has_one_name_however_it_is_written(field: str, body: bytes, name: str) -> None:
    assert field_of(name) == field
    [one] = BodyScanner(BodyNames((field,))).feed(body)
    assert (one.name, body[one.start : one.end]) == (name, b"s")


def test_a_value_may_be_longer_than_anything_that_is_kept() -> None:
    scanner = BodyScanner(NAMES)
    assert scanner.feed(b"password=") == []
    for number in range(100):
        [one] = scanner.feed(b"y" * 10_000)
        assert (one.start, one.end) == (9 + number * 10_000, 9 + (number + 1) * 10_000)
    assert scanner.feed(b"&a=b") == []


@pytest.mark.parametrize("form", ["hex", "ascii"])
@given(cuts=st.lists(st.integers(1, 90), max_size=6))
def test_a_trace_is_without_them_and_has_its_sizes(form: Form, cuts: list[int]) -> None:
    body = b'{"user":"joe","password":"' + b"QWZY" * 15 + b'"}'
    edges = [0, *sorted(cut for cut in set(cuts) if cut < len(body)), len(body)]
    head = ("=> Send header", b"POST / HTTP/1.1\r\n\r\n")
    text = trace_text([head, *(("=> Send data", body[at:end]) for at, end in pairwise(edges))], form=form)
    redaction = Redaction(Names(), BodyNames(("password",)))
    after = b"".join(redaction.text(io.BytesIO(text), form))
    events = [item for item in read_items(Source(io.BytesIO(after)), form) if isinstance(item, Event)]
    assert (
        b"".join(one.payload.data for one in events[1:])
        == json.dumps({"user": "joe", "password": "x" * 60}, separators=(",", ":")).encode()
    )
    assert set(redaction.found.counts) == {"body.password"}
    assert b"#: redacted body.password " in after


@pytest.mark.parametrize("form", ["hex", "ascii"])
@pytest.mark.parametrize("size", range(1, 200, 7))
def test_nothing_is_left_where_a_trace_is_torn(form: Form, size: int) -> None:
    text = trace_text([("=> Send data", b"password=QWZYQWZYQWZYQWZYQWZY&a=b")], form=form)[:-size]
    after = b"".join(Redaction(Names(), NAMES).text(io.BytesIO(text), form))
    assert b"Q" not in after
    assert b" 51" not in after


def test_a_body_that_stands_twice_is_refused() -> None:
    head = [("<= Recv header", line) for line in (b"HTTP/1.1 200 OK\r\n", b"\r\n")]
    text = trace_text([*head, ("<= Recv data", b"password=abc"), "password=abc"])
    with pytest.raises(TraceError, match="the body stands in it twice"):
        list(Redaction(Names(), NAMES).text(io.BytesIO(text), "hex"))


@pytest.mark.parametrize("form", ["hex", "ascii"])
def test_a_text_is_blanked_wherever_it_stands(form: Form) -> None:
    url = b"GET /?q=Q%20WZ%22Y HTTP/1.1\r\n"
    head = ("=> Send header", url + b'X-Note: it is Q WZ"Y\r\nAuthorization: Bearer Q WZ"Y\r\n\r\n')
    answer = [("<= Recv header", line) for line in (b"HTTP/1.1 200 OK\r\n", b'Set-Cookie: a=b; c=Q WZ"Y\r\n', b"\r\n")]
    info = ["== Info: using Q+WZ%22Y\n", '== Info: at the end Q WZ"Y\n', "stray: Q+WZ%22Y 'a' http://joe:pw@h/\n"]
    bodies = [("=> Send data", b"a=Q+WZ%22Y&b=Q%20W"), ("=> Send data", b'Z%22Y {"c": "Q WZ\\"Y"}')]
    text = trace_text([head, *info, *bodies, *answer], form=form)
    redaction = Redaction(Names(), BodyNames((), (b'Q WZ"Y',)))

    after = b"".join(redaction.text(io.BytesIO(text), form))

    events = [item for item in read_items(Source(io.BytesIO(after)), form) if isinstance(item, Event)]
    assert not any(one in after + b"".join(event.payload.data for event in events) for one in (b"Q", b"WZ", b"pw"))
    assert redaction.found.counts["body.any-text"] == 9
    assert after.count(b"#: redacted body.any-text ") == 5
    assert b"== Info: using xxxxxxxx\n" in after

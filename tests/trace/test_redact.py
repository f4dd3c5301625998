"""A trace without its secrets: not a byte of them is left, and not a byte of anything else has changed."""

import base64
import io
import re
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.traces import trace_text
from tracereplay.trace.event import Event
from tracereplay.trace.reader import Form, detect_form, read_items
from tracereplay.trace.redact import Redaction
from tracereplay.trace.secret import Names
from tracereplay.trace.source import Source

FORMS: list[Form] = ["hex", "ascii"]
FIXTURES = sorted(Path("fixtures/traces").glob("*/trace.txt"))
MARK = re.compile(rb"^#:? redacted [^\n]*\n", re.MULTILINE)


def redacted(text: bytes, form: Form | None = None, names: Names | None = None) -> tuple[bytes, Redaction]:
    redaction = Redaction(names or Names())
    form = form or detect_form(Source(io.BytesIO(text))) or "ascii"
    return b"".join(redaction.text(io.BytesIO(text), form)), redaction


def payloads(text: bytes, form: Form) -> list[bytes]:
    items = read_items(Source(io.BytesIO(text)), form)
    return [item.payload.data for item in items if isinstance(item, Event)]


def holds(text: bytes, form: Form, secret: bytes) -> bool:
    """Whether the secret can be read in the text or in its payloads, across rows and events, as it is or in base64."""
    whole = b"".join(payloads(text, form))
    packed = [base64.b64encode(b"\0" * shift + secret)[4 if shift else 0 :].rstrip(b"=")[:-1] for shift in range(3)]
    places = (text, whole, MARK.sub(b"", text).replace(b"\n", b""))
    return any(one in place for one in (secret, secret.hex(" ").encode(), *packed) for place in places)


SECRETS = {
    "cookies_auth": [b"s3cret", b"joe:"],
    "digest_auth": [b'username="', b"response="],
    "proxy_connect_407": [b"joe:secret", b"'joe'"],
    "info_two_lines": [b"second line", b"joe"],
    "info_latin1": [b"jo\xe9\xff\xc3"],
}


@pytest.mark.parametrize("path", [pytest.param(path, id=path.parent.name) for path in FIXTURES])
def test_no_secret_is_left_of_a_recording_and_nothing_else_changed(path: Path) -> None:
    before = path.read_bytes()
    after, redaction = redacted(before)
    form = detect_form(Source(io.BytesIO(before))) or "ascii"

    unmarked = MARK.sub(b"", after)
    assert len(unmarked) == len(before)
    changed = [at for at in range(len(before)) if before[at] != unmarked[at]]
    assert {unmarked[at : at + 1] for at in changed} <= {b"x", b"7", b"8"}
    assert [len(one) for one in payloads(after, form)] == [len(one) for one in payloads(before, form)]
    assert bool(changed) == bool(redaction.found.counts)
    for scenario, secrets in SECRETS.items():
        for secret in secrets if scenario in path.parent.name else ():
            assert holds(before, form, secret)
            assert not holds(after, form, secret)
    again, redaction = redacted(unmarked)
    assert (again, redaction.found.counts.total()) == (unmarked, 0)


HEAD = (
    b"GET /?api_key=%s&a=b HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer %s\r\nCookie: a=%s; b=%s\r\nAccept: */*\r\n\r\n"
)
TOKENS = st.text("ABCDEFGHIJKLMNOPQRSTUVWYZ", min_size=4, max_size=150).map(str.encode)


@given(token=TOKENS, cuts=st.lists(st.integers(1, 700), max_size=4), form=st.sampled_from(FORMS), ids=st.booleans())
def test_no_byte_of_a_secret_is_left_however_the_head_was_written(
    token: bytes, cuts: list[int], form: Form, ids: bool
) -> None:
    head = HEAD.replace(b"%s", token)
    edges = [0, *sorted(cut for cut in set(cuts) if cut < len(head)), len(head)]
    pieces = [head[start:end] for start, end in pairwise(edges)]
    prefix = "[0-1] " if ids else ""
    text = trace_text([(f"{prefix}=> Send header", piece) for piece in pieces], form=form)

    after, redaction = redacted(text, form)

    blank = b"x" * len(token)
    if form == "hex":
        assert b"".join(payloads(after, form)) == HEAD.replace(b"%s", blank)
    assert token not in b"".join(payloads(after, form))
    if form == "ascii" and any(piece.endswith(b"\r") for piece in pieces):
        return  # nothing tells where such a line ends, and what follows is left out, too
    assert redaction.found.counts == {"query.api_key": 1, "Authorization": 1, "Cookie.a": 1, "Cookie.b": 1}
    marks = [line.split()[2:4] for line in MARK.findall(after)]
    size = b"%d" % len(token)
    names = (b"query.api_key", b"Authorization", b"Cookie.a", b"Cookie.b")
    assert marks == [[name, size] for name in names]


@pytest.mark.parametrize("form", FORMS)
def test_a_line_end_in_two_events_ends_the_value_before_it(form: Form) -> None:
    pieces = [b"GET / HTTP/1.1\r\nAuthorization: Bearer abcdef\r", b"\nCookie: a=ghijkl\r\nAccept: */*\r\n\r\n"]
    after, redaction = redacted(trace_text([("=> Send header", one) for one in pieces], form=form), form)
    assert redaction.found.counts == {"Authorization": 1, "Cookie.a": 1}
    assert b"Cookie: a=xxxxxx" in b"".join(payloads(after, form))


@pytest.mark.parametrize("form", FORMS)
def test_dots_in_a_value_in_two_events_do_not_end_it(form: Form) -> None:
    pieces = [b"GET / HTTP/1.1\r\nAuthorization: Bearer abc.", b".def\r\nAccept: */*\r\n\r\n"]
    after, _ = redacted(trace_text([("=> Send header", one) for one in pieces], form=form), form)
    assert b"def" not in b"".join(payloads(after, form))


@pytest.mark.parametrize("form", FORMS)
def test_a_mark_says_what_stood_there_how_long_and_where_in_the_row(form: Form) -> None:
    text = trace_text([("=> Send header", b"GET / HTTP/1.1\r\nX-Api-Key: secret\r\n\r\n")], form=form)
    after, _ = redacted(text, form)
    before, mark, rest = after.partition(b"#: redacted X-Api-Key 6")
    row = before.rsplit(b"\n", 2)[-2]
    assert mark
    assert row.startswith(b"0000: ")
    assert rest.startswith(b" +11\n")
    assert rest[5:].startswith(b"0010: 58" if form == "hex" else b"0010: X-Api-Key: xxxxxx\n")


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("size", range(1, 400, 7))
def test_nothing_is_left_where_a_trace_is_torn(form: Form, size: int) -> None:
    head = b"GET / HTTP/1.1\r\nAuthorization: Bearer QWZYQWZYQ\r\nAccept: */*\r\n\r\n"
    text = trace_text([("=> Send header", head)], form=form)[:-size]
    after, _ = redacted(text, form)
    assert len(MARK.sub(b"", after)) == len(text)
    assert not re.search(rb"[QWZY]| (51|57|5a|59)\b", after)


def test_rows_that_are_missing_hide_nothing() -> None:
    head = b"GET / HTTP/1.1\r\nAuthorization: Bearer QWZYQWZYQWZYQWZYQWZYQWZYQ\r\nAccept: */*\r\n\r\n"
    rows = trace_text([("=> Send header", head)]).splitlines(keepends=True)
    for gone in range(1, len(rows)):
        after, _ = redacted(b"".join(rows[:gone] + rows[gone + 1 :]), "hex")
        assert gone <= 3 or b"QWZ" not in after  # without its name it is no secret


def test_the_line_ends_and_marks_of_a_trace_stay() -> None:
    text = b"# mine\r\n" + trace_text([("=> Send header", b"GET / HTTP/1.1\r\nX-Api-Key: s\r\n\r\n")]).replace(
        b"\n", b"\r\n"
    )
    after, _ = redacted(text)
    assert after.startswith(b"# mine\r\n=> Send header")
    assert after.count(b"\r\n") == after.count(b"\n") == text.count(b"\n") + 1


def test_heads_that_went_the_same_way_as_the_trace_are_looked_at() -> None:
    line = b"Set-Cookie: sid=secret; Path=/\r\n"
    text = trace_text([("<= Recv header", line), line.decode(), ("<= Recv header", b"\r\n"), "\r\n"])
    after, redaction = redacted(text)
    assert b"secret" not in after
    assert redaction.found.counts == {"Set-Cookie.sid": 2}


def test_connections_that_write_at_once_are_kept_apart() -> None:
    text = trace_text(
        [
            ("[0-0] => Send header", b"GET / HTTP/1.1\r\nAuthorization: Bea"),
            ("[1-1] => Send header", b"GET / HTTP/1.1\r\nHost: h\r\n\r\n"),
            ("[0-0] => Send header", b"rer secret\r\n\r\n"),
        ]
    )
    after, redaction = redacted(text)
    assert b"secret" not in b"".join(payloads(after, "hex"))
    assert redaction.found.counts == {"Authorization": 1}
    assert b"Host: h" in b"".join(payloads(after, "hex"))


def test_a_body_passes_by_as_it_is() -> None:
    text = trace_text([("=> Send data", b"Authorization: Bearer secret\r\n"), ("<= Recv data", b"PASS secret\r\n")])
    assert redacted(text)[0] == text


def test_the_first_line_of_each_secret_is_told() -> None:
    head = ("=> Send header", b"GET / HTTP/1.1\r\nX-Api-Key: s\r\n\r\n")
    _, redaction = redacted(trace_text(["== Info: Server auth using Basic with user 'joe'\n", head, head]))
    assert redaction.found.lines == {"user": 1, "X-Api-Key": 2}
    assert redaction.found.counts == {"user": 1, "X-Api-Key": 2}

"""Live secrets in the place of redacted ones: what is sent, what is refused, and what is never shown."""

import io
import json
from base64 import b64encode
from pathlib import Path

import pytest

from tests.traces import make_trace, trace_text
from tracereplay.errors import PlanError
from tracereplay.library import Trace, load
from tracereplay.plan.echo import Discretion, contents
from tracereplay.plan.secrets import variable_of
from tracereplay.trace.body_secret import BodyNames
from tracereplay.trace.event import Direction
from tracereplay.trace.redact import Redaction
from tracereplay.trace.secret import Names

HEAD = (
    b"POST /?key=abc&a=b HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer token\r\n"
    b"Cookie: sid=one; theme=dark\r\nX-Mine: 12\r\nContent-Length: 4\r\n\r\n"
)
BODY = b"body"
FOUND = ["query.key", "Authorization", "Cookie.sid", "Cookie.theme", "X-Mine"]
Sources = dict[str, str]


def redacted_trace(folder: Path, events: list[tuple[str, bytes] | str], names: Names | None = None) -> Trace:
    path = folder / "redacted.txt"
    text = io.BytesIO(trace_text(events))
    path.write_bytes(b"".join(Redaction(names or Names(("X-Mine",))).text(text, "hex")))
    return load(path)


@pytest.fixture
def trace(tmp_path: Path) -> Trace:
    return redacted_trace(tmp_path, [("=> Send header", HEAD), ("=> Send data", BODY)])


def sent(trace: Trace, sources: Sources, *, keep: bool = True) -> bytes:
    one = trace.plan().with_secrets(sources, keep=keep).main_connection
    data = b"".join(event.payload.data for event in one.events() if event.direction is Direction.SENT)
    assert one.planned_bytes == len(data)
    return data


def test_what_was_redacted_is_known_by_its_marks(trace: Trace) -> None:
    gaps = trace.plan().main_connection.gaps()
    assert [gap.name for gap in gaps] == FOUND
    assert [HEAD[gap.start : gap.end] for gap in gaps] == [b"abc", b"token", b"one", b"dark", b"12"]


def test_without_marks_an_x_is_an_x(tmp_path: Path) -> None:
    plan = make_trace(tmp_path, [("=> Send header", HEAD.replace(b"token", b"xxxxx"))]).plan()
    plan.check()
    assert plan.main_connection.gaps() == ()


def test_a_redacted_trace_is_refused_as_long_as_nothing_is_given(trace: Trace) -> None:
    for plan in (trace.plan(), trace.plan().with_secrets()):
        with pytest.raises(PlanError, match=r"query\.key was redacted, at byte 11, and what to send there") as caught:
            plan.check()
        assert "--secret query.key=env:VARIABLE, or TRACEREPLAY_SECRET_QUERY_KEY in" in (caught.value.hint or "")
    trace.plan().with_secrets(keep=True).check()
    trace.plan().truncated("10").check()
    trace.plan().with_secrets().truncated("11").check()
    with pytest.raises(PlanError, match=r"query\.key"):
        trace.plan().truncated("12").check()


SENT = [
    ("Authorization", "much-longer-token", b"Bearer token", b"Bearer much-longer-token"),
    ("authorization", "bearer t", b"Bearer token", b"Bearer t"),
    ("query.key", "a b&c=\u00e9/?", b"key=abc", b"key=a%20b%26c=%C3%A9/?"),
    ("query", "d", b"key=abc", b"key=d"),
    ("Cookie.sid", "2", b"sid=one; theme=xxxx", b"sid=2; theme=xxxx"),
    ("Cookie", "theme=light; sid=two", b"sid=one; theme=dark", b"sid=two; theme=light"),
    ("cookie", "sid=1;theme=2", b"sid=one; theme=dark", b"sid=1; theme=2"),
    ("X-Mine", "", b"X-Mine: 12", b"X-Mine: "),
    ("KEY", "by a short name", b"key=abc", b"key=by%20a%20short%20name"),
    ("Sid", "cookie by a short name", b"sid=one; theme=xxxx", b"sid=cookie by a short name; theme=xxxx"),
    ("x_mine", "with an underscore", b"X-Mine: 12", b"X-Mine: with an underscore"),
]


@pytest.mark.parametrize(("name", "value", "recorded", "live"), [pytest.param(*one, id=one[1]) for one in SENT])
def test_the_live_value_is_sent_where_it_stood(
    trace: Trace,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    *,
    name: str,
    value: str,
    recorded: bytes,
    live: bytes,
) -> None:
    masked = HEAD
    for gap in trace.plan().main_connection.gaps():
        masked = masked[: gap.start] + b"x" * (gap.end - gap.start) + masked[gap.end :]
    start = HEAD.index(recorded.replace(b"xxxx", b"dark"))
    wanted = masked[:start] + live + masked[start + len(recorded) :] + BODY
    monkeypatch.setenv("GIVEN", value)
    (tmp_path / "given").write_text(f"{value}\n")

    assert sent(trace, {name: "env:GIVEN"}) == wanted
    assert sent(trace, {name: f"file:{tmp_path / 'given'}"}) == wanted


def test_basic_takes_user_and_password_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    head = b"GET / HTTP/1.1\r\nAuthorization: Basic am9lOmE=\r\n\r\n"
    trace = redacted_trace(tmp_path, [("=> Send header", head)])
    for value in ("joe:new", b64encode(b"joe:new").decode(), "Basic am9lOm5ldw=="):
        monkeypatch.setenv("GIVEN", value)
        assert sent(trace, {"Authorization": "env:GIVEN"}) == head.replace(b"am9lOmE=", b"am9lOm5ldw==")


def test_the_environment_is_looked_at_for_what_is_not_given(trace: Trace, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in FOUND:
        monkeypatch.setenv(variable_of(name), "theme=t;sid=s" if name == "Cookie" else "v")
    assert variable_of("Cookie.sid") == "TRACEREPLAY_SECRET_COOKIE_SID"
    plan = trace.plan().with_secrets({"Authorization": "redacted"})
    plan.check()
    one = plan.main_connection
    data = b"".join(event.payload.data for event in one.events())
    assert b"Bearer xxxxx\r\nCookie: sid=v; theme=v\r\nX-Mine: v\r\n" in data


def test_places_count_what_is_sent_and_edits_come_before(trace: Trace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIVEN", "t" * 1000)
    plan = trace.plan().without_header("Cookie").with_header("X-Mine", "other").with_secrets({"query.key": "redacted"})
    assert [gap.name for gap in plan.main_connection.missing or ()] == ["Authorization"]
    plan = trace.plan().with_secrets({"Authorization": "env:GIVEN"}, keep=True)
    cut = plan.truncated("body:2").main_connection.cut
    assert cut is not None
    assert cut.at == len(HEAD) - 5 + 1000 + 2
    with pytest.raises(PlanError, match="comes before cuts"):
        trace.plan().truncated("50%").with_secrets()


@pytest.mark.parametrize("name", ["Authorization", "authorization", "x_mine", "X-Mine", "Cookie", "sid", "cookie.SID"])
def test_what_an_edit_has_replaced_may_be_given_and_is_not_needed(trace: Trace, name: str) -> None:
    plan = trace.plan().with_header("Authorization", "Bearer mine").without_header("Cookie").without_header("X-Mine")
    assert not plan.with_secrets({name: "env:NO_SUCH_THING"}, keep=True).main_connection.live
    with pytest.raises(PlanError, match="no such secret was redacted"):
        plan.with_secrets({"X-Other": "env:HOME"}, keep=True)


REFUSED = [
    ({"Nothing": "env:HOME"}, "--secret Nothing: no such secret was redacted", "there are: Authorization, Cookie.sid"),
    ({"Authorization": "env:NO_SUCH_THING"}, "there is no NO_SUCH_THING in the environment", "export"),
    ({"Authorization": "file:/no/such"}, "/no/such cannot be read: No such file", ""),
    ({"Authorization": "QWZY"}, "--secret Authorization does not say where the secret is", "env:VARIABLE"),
    ({"Authorization": "env:LINES"}, "the secret Authorization has a line end in it", "one line"),
    ({"Cookie": "env:GIVEN"}, "the secret Cookie has no sid in it", "sid=…"),
]


@pytest.mark.parametrize(("sources", "said", "hint"), [pytest.param(*one, id=one[1]) for one in REFUSED])
def test_what_cannot_be_had_is_refused_and_not_repeated(
    trace: Trace, monkeypatch: pytest.MonkeyPatch, sources: Sources, said: str, hint: str
) -> None:
    monkeypatch.setenv("LINES", "QWZY\r\nX: y")
    monkeypatch.setenv("GIVEN", "QWZY")
    with pytest.raises(PlanError) as caught:
        trace.plan().with_secrets(sources)
    assert said in str(caught.value)
    assert hint in (caught.value.hint or "")
    assert "QWZY" not in str(caught.value)


def test_a_short_name_means_one_secret(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    head = b"GET /?sig=abc&SIG=abc HTTP/1.1\r\nCookie: sig=old; token=old\r\nX-Token: old\r\n\r\n"
    trace = redacted_trace(tmp_path, [("=> Send header", head)])
    monkeypatch.setenv("GIVEN", "new")
    with pytest.raises(PlanError, match="--secret sig: several such secrets were redacted") as caught:
        trace.plan().with_secrets({"sig": "env:GIVEN"})
    assert caught.value.hint == "there are: Cookie.sig, query.sig"
    assert b"; token=new\r\nX-Token: xxx\r\n" in sent(trace, {"TOKEN": "env:GIVEN"})
    assert b"GET /?sig=new&SIG=new HTTP" in sent(trace, {"query.sig": "env:GIVEN"})


def test_a_live_secret_is_in_nothing_that_is_shown(trace: Trace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIVEN", "QWZY")
    plan = trace.plan().with_secrets({"Authorization": "env:GIVEN", "query": "env:GIVEN"}, keep=True)
    assert "QWZY" not in repr(plan)
    assert all("QWZY" not in repr(request) for request in plan.main_connection.conversation.requests)


def test_a_tunnel_is_asked_for_with_the_live_secret(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = b"CONNECT h:80 HTTP/1.1\r\nHost: h:80\r\nProxy-Authorization: Basic am9lOmE=\r\n\r\n"
    granted = [("<= Recv header", line) for line in (b"HTTP/1.1 200 OK\r\n", b"\r\n")]
    head = b"GET / HTTP/1.1\r\nHost: h\r\nX-Api-Key: old\r\n\r\n"
    trace = redacted_trace(tmp_path, [("=> Send header", asked), *granted, ("=> Send header", head)])
    monkeypatch.setenv("GIVEN", "joe:new")

    with pytest.raises(PlanError, match="Proxy-Authorization was redacted"):
        trace.plan().with_secrets({"X-Api-Key": "redacted"}).check()
    one = trace.plan().with_secrets({"Proxy-Authorization": "env:GIVEN"}, keep=True).main_connection
    assert one.tunnel is not None
    assert one.tunnel.head == asked.replace(b"am9lOmE=", b"am9lOm5ldw==")
    assert "am9lOm5ldw" not in repr(one)
    assert Discretion(contents(one.tunnel.live)).masked("am9lOm5ldw== is joe:new") == "xxxxxxxxxxxx is xxxxxxx"


def test_what_is_translated_from_http2_gets_it_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    head = b"GET /?key=abc HTTP/2\r\nHost: h\r\nauthorization: Bearer old\r\n\r\n"
    answer = [("<= Recv header", line) for line in (b"HTTP/2 200 \r\n", b"\r\n")]
    trace = redacted_trace(tmp_path, [("=> Send header", head), *answer])
    monkeypatch.setenv("GIVEN", "new")
    plan = trace.plan().as_http1().with_secrets({"Authorization": "env:GIVEN", "query.key": "env:GIVEN"})
    plan.check()
    data = b"".join(event.payload.data for event in plan.main_connection.events())
    assert b"GET /?key=new HTTP/1.1\r\n" in data
    assert b"uthorization: Bearer new\r\n" in data


def test_a_secret_of_a_body_must_be_as_long(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    head = b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 21\r\n\r\n"
    text = io.BytesIO(
        trace_text([("=> Send header", head), ("=> Send data", b"a=b&password"), ("=> Send data", b"=QWZY&c=d")])
    )
    path = tmp_path / "body.txt"
    path.write_bytes(b"".join(Redaction(Names(), BodyNames(("password",), (b"a=b",))).text(text, "hex")))
    trace = load(path)

    with pytest.raises(PlanError, match=r"body\.password was redacted, at byte 61"):
        trace.plan().check()
    keeps = {"body.any-text": "redacted"}
    monkeypatch.setenv("GIVEN", "new!")
    assert sent(trace, {"body.password": "env:GIVEN"} | keeps, keep=False) == head + b"xxx&password=new!&c=d"
    monkeypatch.setenv("GIVEN", "longer")
    with pytest.raises(PlanError, match="has 6 bytes, and 4 were redacted"):
        trace.plan().with_secrets({"body.password": "env:GIVEN"} | keeps)
    with pytest.raises(PlanError, match="cannot be put in again"):
        trace.plan().with_secrets({"body.any-text": "env:GIVEN"})


def test_a_value_of_several_lines_is_one_secret(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    body = b'{"pin": {\n  "a": 1,\n  "b": 2\n}, "c": 3}'
    head = b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: %d\r\n\r\n" % len(body)
    text = io.BytesIO(trace_text([("=> Send header", head), ("=> Send data", body)]))
    path = tmp_path / "lines.txt"
    path.write_bytes(b"".join(Redaction(Names(), BodyNames(("pin",))).text(text, "hex")))
    monkeypatch.setenv("GIVEN", '{"a": 3333, "b": 4444}')
    data = sent(load(path), {"body.pin": "env:GIVEN"})
    assert data == head + b'{"pin": {"a": 3333, "b": 4444}, "c": 3}'


def test_what_a_server_has_printed_of_a_live_secret_is_masked(trace: Trace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIVEN", "a secret&")
    plan = trace.plan().with_secrets({"query.key": "env:GIVEN", "Authorization": "env:GIVEN"}, keep=True)
    live = plan.main_connection.live
    assert not plan.main_connection.is_edited
    assert (
        Discretion(contents(live)).masked("GET /?key=a%20secret%26 'a secret&'")
        == "GET /?key=xxxxxxxxxxxxx 'xxxxxxxxx'"
    )


ECHOES = [
    ("plainly", 'joe:p\u00e4ss "w/d\\'),
    ("the password alone", 'pw: p\u00e4ss "w/d\\.'),
    ("in base64", "Basic am9lOnDDpHNzICJ3L2Rc"),
    ("in a URL", "http://joe:p%C3%a4ss+%22w%2fd%5C@h/"),
    ("in JSON", json.dumps({"pw": 'p\u00e4ss "w/d\\'})),
    ("in JSON of PHP", '"p\\u00E4ss \\"w\\/d\\\\"'),
    ("as a header is shown", 'p\u00e4ss "w/d\\'.encode().decode("latin-1")),
    ("as Python shows bytes", repr('p\u00e4ss "w/d\\'.encode())),
]


@pytest.mark.parametrize("text", [pytest.param(text, id=name) for name, text in ECHOES])
def test_user_and_password_are_masked_however_they_are_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    head = b"GET / HTTP/1.1\r\nAuthorization: Basic am9lOmE=\r\n\r\n"
    trace = redacted_trace(tmp_path, [("=> Send header", head)])
    monkeypatch.setenv("GIVEN", 'joe:p\u00e4ss "w/d\\')
    live = trace.plan().with_secrets({"Authorization": "env:GIVEN"}).main_connection.live
    shown = Discretion(contents(live)).masked(text)
    assert not any(part in shown for part in ("joe", "ss", "w/d", "22w", "am9l"))

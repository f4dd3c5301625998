"""Information goes on in further lines where it quotes something that has a newline in it."""

import pytest

from tests.trace.reading import DATA, HEADER, RECEIVED, event, events_of, read, text_of
from tracereplay.trace.event import Info, Stray
from tracereplay.trace.reader import Form

FORMS: list[Form] = ["ascii", "hex"]
GET = event(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n", HEADER)

NAMES = {
    "two lines": b"joe\nsecond line\n",
    "a fake event of no bytes": b"joe\n<= Recv data, 0 bytes (0x0)\n",
    "a fake head": b"joe\n=> Send data, 5 bytes (0x5)\n",
    "a fake event": b"joe\n=> Send data, 5 bytes (0x5)\n0000: hello\nx",
    "a whole fake exchange": b"joe\n" + text_of([GET, event(b"abc", DATA, RECEIVED)], "ascii"),
    "a fake Info": b"joe\n== Info: Closing connection 0\n",
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("mark", [b"== Info: ", b"* "])
@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
def test_what_a_quoted_name_looks_like_fools_nobody(form: Form, mark: bytes, name: bytes) -> None:
    said = mark + b"Server auth using Basic with user '" + name
    found = read(said + b"'\n" + text_of([GET], form), form)
    assert [type(one) for one in found[:2]] == [Info, Stray]
    (sent,) = events_of(found)
    assert (sent.payload.data, sent.line) == (GET.payload.data, 2 + name.count(b"\n"))
    assert len(found) == 3


@pytest.mark.parametrize(
    "said",
    [
        b"Server auth using Basic with user 'joe'",
        b"the server doesn't say",
        b"Issue another request to this URL: 'http://h/'",
        b"an 'open quote that nothing closes",
    ],
)
def test_information_of_one_line_has_no_more(said: bytes) -> None:
    found = read(b"== Info: " + said + b"\n== Info: it's so\n" + text_of([GET], "hex"), "hex")
    assert [type(one).__name__ for one in found] == ["Info", "Info", "Event"]

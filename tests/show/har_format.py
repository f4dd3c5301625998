"""The rules of HAR 1.2 (http://www.softwareishard.com/blog/har-12-spec/), written down as what each object has."""

import base64
import datetime as dt
import ipaddress
from collections.abc import Callable
from urllib.parse import urlsplit

Check = Callable[[object], None]
OPTIONAL = "?"


def text(value: object) -> None:
    assert isinstance(value, str), value


def count(value: object) -> None:
    """Check an integer of at least -1, which is for what is not known."""
    assert isinstance(value, int), value
    assert not isinstance(value, bool)
    assert value >= -1


def milliseconds(value: object) -> None:
    assert isinstance(value, int | float), value
    assert value >= -1


def length(value: object) -> None:
    milliseconds(value)
    assert isinstance(value, int | float)
    assert value >= 0


def moment(value: object) -> None:
    assert isinstance(value, str)
    assert dt.datetime.fromisoformat(value).tzinfo is not None


def url(value: object) -> None:
    assert isinstance(value, str)
    assert urlsplit(value).scheme in ("http", "https")


def address(value: object) -> None:
    assert isinstance(value, str)
    ipaddress.ip_address(value)


def empty(value: object) -> None:
    assert value == {}


def is_(expected: object) -> Check:
    def check(value: object) -> None:
        assert value == expected

    return check


def many(check: Check) -> Check:
    def check_all(value: object) -> None:
        assert isinstance(value, list)
        for one in value:
            check(one)

    return check_all


def having(**fields: Check) -> Check:
    """Return the check of an object with these fields and no others; a name that ends in _ may be missing."""

    def check(value: object) -> None:
        assert isinstance(value, dict)
        needed = {name for name in fields if not name.endswith("_")}
        known = {name.removesuffix("_"): one for name, one in fields.items()}
        assert needed <= set(value), needed - set(value)
        for name, one in value.items():
            if not name.startswith("_"):  # of the program that wrote it
                assert name in known, name
                known[name](one)

    return check


PAIR = having(name=text, value=text, comment_=text)
REQUEST = having(
    method=text,
    url=url,
    httpVersion=text,
    cookies=many(PAIR),
    headers=many(PAIR),
    queryString=many(PAIR),
    postData_=having(mimeType=text, text=text, comment_=text),
    headersSize=count,
    bodySize=count,
    comment_=text,
)
RESPONSE = having(
    status=length,
    statusText=text,
    httpVersion=text,
    cookies=many(PAIR),
    headers=many(PAIR),
    content=having(size=length, mimeType=text, text_=text, encoding_=is_("base64"), comment_=text),
    redirectURL=text,
    headersSize=count,
    bodySize=count,
    comment_=text,
)
TIMINGS = having(**dict.fromkeys(("blocked", "dns", "connect", "ssl", "send", "wait", "receive"), milliseconds))
ENTRY = having(
    startedDateTime=moment,
    time=length,
    request=REQUEST,
    response=RESPONSE,
    cache=empty,
    timings=TIMINGS,
    serverIPAddress_=address,
    connection_=text,
    comment_=text,
)
HAR = having(
    log=having(version=is_("1.2"), creator=having(name=text, version=text), entries=many(ENTRY), comment_=text)
)


def body_of(side: dict[str, object], encoding: str) -> bytes:
    """Return the body in a postData or a content."""
    body = str(side["text"])
    return base64.b64decode(body) if side.get(encoding) == "base64" else body.encode()

"""What is secret in a line, and how far the value goes: each byte of it is shown as an x."""

import pytest

from tracereplay.trace.secret import HeadLines, Names, Secret, in_information


def blanked(line: str, secrets: list[Secret]) -> tuple[str, list[str]]:
    text = bytearray(line.encode("latin-1"))
    for one in secrets:
        text[one.start : one.end] = b"x" * (one.end - one.start)
    return text.decode("latin-1"), [one.name for one in secrets]


HEADS = [
    ("Authorization: Bearer ey.J-_+/=\r\n", "Authorization: Bearer xxxxxxxxx\r\n", ["Authorization"]),
    ("authorization: 0123\r\n", "authorization: xxxx\r\n", ["Authorization"]),
    ("Authorization:Basic  am9l \n", "Authorization:Basic  xxxx \n", ["Authorization"]),
    ('Authorization: Digest a="b", c=d\r\n', "Authorization: Digest xxxxxxxxxx\r\n", ["Authorization"]),
    ("Proxy-Authorization: Basic am9l\r\n", "Proxy-Authorization: Basic xxxx\r\n", ["Proxy-Authorization"]),
    (
        'Cookie: a=b; c="d e";f=;g\r\n',
        "Cookie: a=x; c=xxxxx;f=;x\r\n",
        ["Cookie.a", "Cookie.c", "Cookie"],
    ),
    ("set-cookie: sid=abc=; Path=/a=b\r\n", "set-cookie: sid=xxxx; Path=/a=b\r\n", ["Set-Cookie.sid"]),
    ("Set-Cookie: bad\r\n", "Set-Cookie: xxx\r\n", ["Set-Cookie"]),
    ("X-Api-Key: 1 2\r\n", "X-Api-Key: xxx\r\n", ["X-Api-Key"]),
    ("X-Amz-Security-Token: IQ\r\n", "X-Amz-Security-Token: xx\r\n", ["X-Amz-Security-Token"]),
    ("PRIVATE_TOKEN: g\r\n", "PRIVATE_TOKEN: x\r\n", ["Private_Token"]),
    ("Authorization:\r\n", "Authorization:\r\n", []),
    ("GET /?a=1&api_key=k;'>/&b HTTP/1.1\r\n", "GET /?a=1&api_key=xxxxx&b HTTP/1.1\r\n", ["query.api_key"]),
    ("GET /?access%5Ftoken=a+b#c HTTP/2\r\n", "GET /?access%5Ftoken=xxx#c HTTP/2\r\n", ["query.access_token"]),
    ("GET /?password=a b HTTP/1.1\r\n", "GET /?password=xxx HTTP/1.1\r\n", ["query.password"]),
    (
        "GET http://u:p@h/?Sig=1 HTTP/1.1\r\n",
        "GET http://x:x@h/?Sig=x HTTP/1.1\r\n",
        ["url.user", "url.password", "query.Sig"],
    ),
    (
        "Location: https://tok@h/#id_token=1&b=2\r\n",
        "Location: https://xxx@h/#id_token=x&b=2\r\n",
        ["url.user", "query.id_token"],
    ),
    ("PASS hunter2\r\n", "PASS xxxxxxx\r\n", ["PASS"]),
    ("PASS ftp@example.com\r\n", "PASS ftp@example.com\r\n", []),
    ("AUTH PLAIN AGpvZQ==\r\n", "AUTH PLAIN xxxxxxxx\r\n", ["AUTH"]),
    ("A002 LOGIN joe pw\r\n", "A002 LOGIN xxxxxx\r\n", ["LOGIN"]),
    ("Host: 127.0.0.1:8000\r\n", "Host: 127.0.0.1:8000\r\n", []),
    ("Sec-WebSocket-Key: abc\r\n", "Sec-WebSocket-Key: abc\r\n", []),
    (
        "Content-Type: multipart/form-data; boundary=key=1\r\n",
        "Content-Type: multipart/form-data; boundary=key=1\r\n",
        [],
    ),
    ("GET /?sort_key=1&keys=2&monkey=3 HTTP/1.1\r\n", "GET /?sort_key=1&keys=2&monkey=3 HTTP/1.1\r\n", []),
    ("GET /user@host:80/?mail=a@b HTTP/1.1\r\n", "GET /user@host:80/?mail=a@b HTTP/1.1\r\n", []),
    ("Authorization: Bearer xxxx\r\n", "Authorization: Bearer xxxx\r\n", []),
]


@pytest.mark.parametrize(("line", "shown", "names"), [pytest.param(*one, id=one[0].strip()) for one in HEADS])
def test_a_line_of_a_head_keeps_all_but_the_value(line: str, shown: str, names: list[str]) -> None:
    secrets = HeadLines(Names()).find(line.encode("latin-1"))
    assert blanked(line, secrets) == (shown, names)
    assert HeadLines(Names()).find(shown.encode("latin-1")) == []


INFORMATION = [
    ("[HTTP/2] [1] [authorization: Bearer abc]", "[HTTP/2] [1] [authorization: Bearer xxx]", ["Authorization"]),
    ("h2h3 [cookie: a=b; c=d]", "h2h3 [cookie: a=x; c=x]", ["Cookie.a", "Cookie.c"]),
    ("h2 [:path: /?token=abc]", "h2 [:path: /?token=xxx]", ["query.token"]),
    ("[HTTP/2] [1] header: set-cookie: s=1; path=/", "[HTTP/2] [1] header: set-cookie: s=x; path=/", ["Set-Cookie.s"]),
    ("[HTTP/2] [1] [authorization: Bearer abc...", "[HTTP/2] [1] [authorization: Bearer xxxxxx", ["Authorization"]),
    (
        "[HTTP/2] [1] OPENED stream for https://h/?key=1",
        "[HTTP/2] [1] OPENED stream for https://h/?key=x",
        ["query.key"],
    ),
    ("Server auth using Basic with user 'jo\xe9'", "Server auth using Basic with user 'xxx'", ["user"]),
    ("Proxy auth using Digest with user 'joe", "Proxy auth using Digest with user 'xxx", ["user"]),
    ('Added cookie sid="a"b" for domain h, path /', 'Added cookie sid="xxx" for domain h, path /', ["Set-Cookie.sid"]),
    ('Replaced cookie sid="ab', 'Replaced cookie sid="xx', ["Set-Cookie.sid"]),
    (
        "Issue another request to this URL: 'http://u:p@h:5/'",
        "Issue another request to this URL: 'http://x:x@h:5/'",
        ["url.user", "url.password"],
    ),
    ("x 'http://h/?password=it's'", "x 'http://h/?password=xxxx'", ["query.password"]),
    (
        "Uses proxy env variable http_proxy == 'u:p@h:3'",
        "Uses proxy env variable http_proxy == 'x:x@h:3'",
        ["url.user", "url.password"],
    ),
    ("processing: http://joe:a-very-long-one", "processing: http://xxx:xxxxxxxxxxxxxxx", ["url.user", "url.password"]),
    ("processing: http://127.0.0.1:8000", "processing: http://127.0.0.1:8000", []),
    ("  Trying [::1]:80...", "  Trying [::1]:80...", []),
    ("Connection #0 to host 127.0.0.1 left intact", "Connection #0 to host 127.0.0.1 left intact", []),
    ("ALPN: curl offers h2,http/1.1", "ALPN: curl offers h2,http/1.1", []),
]


@pytest.mark.parametrize(("text", "shown", "names"), [pytest.param(*one, id=one[0]) for one in INFORMATION])
def test_information_keeps_all_but_the_value(text: str, shown: str, names: list[str]) -> None:
    assert blanked(text, in_information(text.encode("latin-1"), Names())) == (shown, names)


@pytest.mark.parametrize(
    "name",
    [
        *(
            "X-Authorization",
            "X-Auth",
            "Token",
            "Password",
            "Secret",
            "X-CSRFToken",
            "Authentication",
            "x-functions-key",
        ),
        *("Ocp-Apim-Subscription-Key", "X-Amz-Signature", "X-Hub-Signature-256", "X-Token-Old", "Authentication-Info"),
        *("X-Amz-Server-Side-Encryption-Customer-Key", "Signature", "X_Api_Key", "APIKEY"),
    ],
)
def test_a_header_that_is_called_like_a_secret_is_one(name: str) -> None:
    [one] = HeadLines(Names()).find(f"{name}: QWZY\r\n".encode())
    assert one.start == len(name) + 2


@pytest.mark.parametrize(
    "name", ["Idempotency-Key", "Surrogate-Key", "Sec-WebSocket-Key", "WWW-Authenticate", "X-Tokens", "Host", "Keys"]
)
def test_a_header_that_is_none_stays_unless_it_is_named(name: str) -> None:
    line = f"{name}: QWZY\r\n".encode()
    assert HeadLines(Names()).find(line) == []
    assert len(HeadLines(Names((name,))).find(line)) == 1


def test_a_folded_value_is_secret_in_all_its_lines() -> None:
    lines = HeadLines(Names())
    told = [lines.find(line) for line in (b"X-Api-Key: a\r\n", b"\t bc\r\n", b"Accept: a\r\n", b" b\r\n")]
    assert told == [[Secret("X-Api-Key", 11, 12)], [Secret("X-Api-Key", 2, 4)], [], []]


def test_what_answers_a_challenge_is_secret_up_to_the_next_command() -> None:
    lines = HeadLines(Names())
    said = (b"AUTH LOGIN\r\n", b"am9l\r\n", b"aHVudGVyMg==\r\n", b"MAIL FROM:<a@b>\r\n", b"abcd\r\n", b"QUIT\r\n")
    assert [[one.end for one in lines.find(line)] for line in said] == [[], [4], [12], [], [], []]


def test_more_names_are_secret_and_others_allowed() -> None:
    line = b"GET /?session-ID=1&token=2&key=3 HTTP/1.1\r\n"
    assert [one.name for one in HeadLines(Names(("*_id",), ("query.token",))).find(line)] == [
        "query.session-ID",
        "query.key",
    ]
    assert HeadLines(Names(("X-My",))).find(b"x-my: a\r\n") == [Secret("X-My", 6, 7)]
    assert HeadLines(Names((), ("cookie",))).find(b"Cookie: a=b\r\n") == []
    assert HeadLines(Names((), ("Cookie.A*",))).find(b"Cookie: a=b; b=c\r\n") == [Secret("Cookie.b", 15, 16)]

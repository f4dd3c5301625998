"""Secrets in what a person types: commands, addresses, queries, options."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracereplay.trace.discreet import discreet, discreet_option, secrets_of, secrets_of_option


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("url:http://joe:s3cret@h/a?x=1&api_key=abc#token=def", "url:http://***:******@h/a?x=1&api_key=***#token=***"),
        ("sql:postgresql://joe:s3cret@h/db SELECT token", "sql:postgresql://***:******@h/db SELECT token"),
        ("cmd:curl -H 'Authorization: Bearer a b' http://h", "cmd:curl -H 'Authorization: Bearer ***' http://h"),
        ("cmd:sh -c \"curl -H 'X-Api-Key: abc' h\"", "cmd:sh -c \"curl -H 'X-Api-Key: ***' h\""),
        ("cmd:curl -HX-Api-Key:abc h", "cmd:curl -HX-Api-Key:*** h"),
        ('cmd:http h Authorization:"Bearer abc" x', 'cmd:http h Authorization:"Bearer ***" x'),
        ("cmd:curl -u joe:s3cret --proxy-user 'a:b c' h", "cmd:curl -u ***:****** --proxy-user '*:***' h"),
        ("cmd:curl -b 'sid=abc; b=c' h", "cmd:curl -b 'sid=***; b=*' h"),
        ('cmd:curl -d \'{"token": "abc", "a": 1}\'', 'cmd:curl -d \'{"token": "***", "a": 1}\''),
        ('cmd:curl -d "{\\"token\\": \\"abc\\"}" h', 'cmd:curl -d "{\\"token\\": \\"***\\"}" h'),
        (
            "cmd:env PGPASSWORD='a b' psql --password s3cret -p 5",
            "cmd:env PGPASSWORD='***' psql --password ****** -p 5",
        ),
        ("MYSQL_PWD=abc gunicorn --env 'SECRET_KEY=a b' app", "MYSQL_PWD=*** gunicorn --env 'SECRET_KEY=***' app"),
        (
            "sql:x.db SELECT 1 FROM t WHERE token = 'abc' AND a=1",
            "sql:x.db SELECT 1 FROM t WHERE token = '***' AND a=1",
        ),
        ("token='it\\'s' b", "token='*****' b"),
        ("token='a b", "token='***"),
    ],
    ids=lambda text: text[:40],
)
def test_a_secret_is_masked_where_a_name_says_that_it_is_one(text: str, masked: str) -> None:
    assert discreet(text) == masked
    assert discreet(masked) == masked
    for one in secrets_of(text):
        assert one.decode() in text


@pytest.mark.parametrize(
    "text",
    [
        "gunicorn -b fd://{fd} -u www --threads 2 app:app",
        "uvicorn --fd {fd} --ssl-keyfile key.pem app:app",
        "sql:uploads.db SELECT count(*) FROM uploads WHERE state = 'started'",
        "files:uploads/*.part",
        "tracereplay play --secret Authorization=env:TOKEN --secret query.key=file:key.txt",
        "sh -c 'curl --token $TOKEN'",
        "http://h:8000/?a=b",
        "no UTF-8 \udcff",
    ],
)
def test_what_is_none_stays_as_it_is(text: str) -> None:
    assert discreet(text) == text
    assert list(secrets_of(text)) == []


@pytest.mark.parametrize(
    ("name", "value", "masked"),
    [
        ("set_header", "Authorization: Bearer t0ken", "Authorization: Bearer *****"),
        ("set_header", "Cookie: a=bc; d=e", "Cookie: a=**; d=*"),
        ("set_header", "Referer: http://h/?token=abc", "Referer: http://h/?token=***"),
        ("set_header", "Accept: key=abc", "Accept: key=abc"),
        ("set_field", "password=it's mine", "password=*********"),
        ("set_field", "user[password]=a=b", "user[password]=***"),
        ("set_field", "next=http://h/?token=abc", "next=http://h/?token=***"),
        ("set_field", "a=b", "a=b"),
        ("path", "/x?token=a b'c&d=e", "/x?token=*****&d=e"),
        ("proxy", "me:p@w@h:1", "**:***@h:1"),
        ("proxy", "socks5://me:pw@h", "socks5://**:**@h"),
        ("proxy", "http://h:3128", "http://h:3128"),
        ("replace", '"token=abc"=token=def', '"token=***"=token=***'),
        ("secret", "Authorization=env:TOKEN", "Authorization=env:TOKEN"),
        ("set_file", "token=@a.csv", "token=@a.csv"),
        ("truncate", "after 'token=abc'", "after 'token=abc'"),
    ],
)
def test_the_values_of_options_are_masked_as_what_they_are(name: str, value: str, masked: str) -> None:
    assert discreet_option(name, value) == masked
    assert all(one.decode() in value for one in secrets_of_option(name, value))


@given(st.text(alphabet="abcAB :=\"'\\&;-?/@", max_size=60).map(lambda text: text.replace("ab", "token")))
def test_any_text_keeps_its_length_and_is_masked_once_for_all(text: str) -> None:
    masked = discreet(text)
    assert len(masked.encode()) == len(text.encode())
    assert all(a in (b, "*") for a, b in zip(masked, text, strict=True))

"""Secrets in heads and in commands."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.show.sweeps import sweep, verdict
from tracereplay.show.masking import Masking, masked_command, shareable

HEAD = b"GET /a?token=s3cret&b=1 HTTP/1.1\r\nAuthorization: Bearer t0ken\r\nCookie: sid=c00kie\r\nHost: h\r\n\r\n"


def test_what_is_secret_is_masked_and_nothing_else() -> None:
    assert Masking().masked(HEAD) == (
        HEAD.replace(b"s3cret", b"******").replace(b"t0ken", b"*****").replace(b"c00kie", b"******")
    )


@given(st.lists(st.integers(0, len(HEAD)), max_size=6))
def test_a_head_in_pieces_is_masked_at_the_same_places(ends: list[int]) -> None:
    masking = Masking()
    found: set[int] = set()
    at = 0
    for end in [*sorted(ends), len(HEAD)]:
        for first, last in masking.find(HEAD[at:end]):
            found.update(range(at + first, at + last))
        at = end
    wanted = {one for first, last in Masking().find(HEAD) for one in range(first, last)}
    assert wanted <= found


@pytest.mark.parametrize(
    ("command", "masked"),
    [
        ("play t --truncate 50%", "play t --truncate 50%"),
        (
            "play 'a b' --set-header 'Authorization: Bearer t0ken'",
            "play 'a b' --set-header 'Authorization: Bearer *****'",
        ),
        ("play t --path '/?api_key=abc&b=1'", "play t --path '/?api_key=***&b=1'"),
        ("play t --proxy http://me:pw@h:1", "play t --proxy 'http://**:**@h:1'"),
        ("play t\udcff --truncate 1", "play t\udcff --truncate 1"),
    ],
    ids=["none", "a header", "a key", "a user", "no UTF-8"],
)
def test_a_command_is_shown_without_what_was_given_in_it(command: str, masked: str) -> None:
    assert masked_command(command) == masked


def test_a_sweep_that_others_see_has_no_secret_in_its_commands() -> None:
    one = verdict(5)
    told = replace(one, command=f"{one.command} --set-header 'X-Api-Key: abcdef'")
    commands = [play.command or "" for play in shareable(sweep([one, told])).verdicts]
    assert commands == [one.command, f"{one.command} --set-header 'X-Api-Key: ******'"]

"""Secrets in heads."""

from hypothesis import given
from hypothesis import strategies as st

from tracereplay.show.masking import Masking

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

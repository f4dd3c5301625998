import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracereplay.show.printable import cropped, printable


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain", "plain"),
        ("\N{SNOWMAN} is a character", "\N{SNOWMAN} is a character"),
        ("\x1b[31m", r"\x1b[31m"),
        ("a\r\n\tb", r"a\r\n\tb"),
        ("\x9b", r"\x9b"),
        ("\u202e", r"\u202e"),
        ("file-\udcff", r"file-\xff"),
        (b"\xff\x00", r"\xff\x00"),
        ("\N{SNOWMAN}".encode(), "\N{SNOWMAN}"),
    ],
)
def test_what_is_not_plainly_visible_is_escaped(text: str | bytes, shown: str) -> None:
    assert printable(text) == shown


@given(st.one_of(st.text(), st.binary()))
def test_nothing_that_controls_a_terminal_is_left(text: str | bytes) -> None:
    assert printable(text).isprintable()


def test_what_is_too_long_ends_in_dots() -> None:
    assert cropped("123456", 6) == "123456"
    assert cropped("1234567", 6) == "123..."

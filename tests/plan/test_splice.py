"""Splices: where content is that one has put in, when later ones have moved it."""

from pathlib import Path

import pytest

from tracereplay.plan.content import FileContent
from tracereplay.plan.splice import Splice, contents

FILE = FileContent(Path("body.bin"), 1000)
BODY = (Splice(16, 18, b"1000"), Splice(40, 44, FILE))  # a length, and the body: it is then from 42 to 1042

LATER = {
    "nothing": ((), (42, 1042)),
    "bytes before it": ((Splice(5, 7, b""),), (40, 1040)),
    "bytes put in right before it": ((Splice(42, 42, b"abc"),), (45, 1045)),
    "bytes after it": ((Splice(1042, 1050, b"abc"),), (42, 1042)),
    "on both sides": ((Splice(0, 0, b"abc"), Splice(1042, 1042, b"abc")), (45, 1045)),
    "its first byte": ((Splice(42, 43, b"x"),), None),
    "bytes put into it": ((Splice(500, 500, b"x"),), None),
    "all of it": ((Splice(0, 2000, b""),), None),
}


@pytest.mark.parametrize(("later", "where"), LATER.values(), ids=LATER)
def test_content_is_found_unless_it_was_edited(later: tuple[Splice, ...], where: tuple[int, int] | None) -> None:
    assert contents([BODY, later]) == ([] if where is None else [(*where, FILE)])


def test_content_that_takes_the_place_of_other_content_is_what_is_there() -> None:
    other = FileContent(Path("other.bin"), 5)
    assert contents([BODY, (Splice(42, 1042, other),)]) == [(42, 47, other)]

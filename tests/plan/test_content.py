"""Content that is made while it is sent: as much as was said, and the same each time."""

import hashlib
from pathlib import Path

import pytest

from tracereplay.plan.content import PIECE_BYTES, Content, FileContent, Joined, Noise, Repeated, Text, Zeros

SMALL, LARGE = Text(b"abc"), Zeros(PIECE_BYTES + 5)
CONTENTS: dict[str, Content] = {
    "nothing": Text(b""),
    "zeros": Zeros(2 * PIECE_BYTES + 3),
    "noise": Noise("seed", PIECE_BYTES + 3),
    "a few bytes again and again": Repeated(SMALL, 2 * PIECE_BYTES + 1),
    "less than once": Repeated(SMALL, 2),
    "many bytes again and again": Repeated(LARGE, 3 * PIECE_BYTES),
    "several": Joined((SMALL, LARGE, SMALL)),
}


@pytest.mark.parametrize("content", CONTENTS.values(), ids=CONTENTS)
def test_there_are_as_many_bytes_as_are_said_and_the_same_each_time(content: Content) -> None:
    first, second = b"".join(content.pieces()), b"".join(content.pieces())
    assert len(first) == content.size_bytes
    assert first == second
    assert all(len(piece) <= PIECE_BYTES for piece in content.pieces())


def test_what_is_repeated_goes_on_where_it_left_off() -> None:
    assert b"".join(Repeated(SMALL, PIECE_BYTES + 2).pieces()) == (b"abc" * PIECE_BYTES)[: PIECE_BYTES + 2]


def test_noise_is_what_the_docs_say_it_is() -> None:
    blocks = [hashlib.shake_128(b"seed\0" + number.to_bytes(8, "big")).digest(PIECE_BYTES) for number in range(2)]
    assert b"".join(Noise("seed", PIECE_BYTES + 10).pieces()) == b"".join(blocks)[: PIECE_BYTES + 10]


def test_a_file_can_be_repeated(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"0123")
    assert b"".join(Repeated(FileContent.of(tmp_path / "file"), 10).pieces()) == b"0123012301"

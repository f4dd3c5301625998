"""The strips at the end of a run, from what the reports say."""

import json

from tracereplay.testing.strips import strips


def play(at: int, *, trace: str = "a.txt", status: int | None = 400, ended: str = "cut") -> str:
    return json.dumps({"trace": trace, "at": at, "close": "fin", "status": status, "ended": ended})


def test_a_strip_is_in_the_order_of_the_bytes_whatever_that_of_the_tests() -> None:
    tests = [
        (True, [play(30)]),
        (False, [play(10)]),
        (False, [play(20, status=503)]),
        (False, [play(5, ended="timeout")]),
        (True, [play(1, trace="longer.txt")]),
    ]
    assert list(strips(tests)) == ["a.txt       !F5.  4 plays, 3 failed", "longer.txt  .  1 play"]


def test_of_several_plays_in_a_test_the_last_one_failed() -> None:
    assert list(strips([(False, [play(1), play(2), play(3)])])) == ["a.txt  ..F  3 plays, 1 failed"]


def test_of_neighbours_that_share_a_column_the_worst_is_shown() -> None:
    tests = [(at != 77, [play(at)]) for at in range(600)]
    (line,) = strips(tests)
    assert line == f"a.txt  {'.' * 7}F{'.' * 52}  600 plays, 1 failed"

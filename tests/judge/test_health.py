"""What of a server's growth is a leak, and what is not."""

from collections.abc import Sequence

import pytest

from tracereplay.judge.health import Health, Reading, is_back

MAIN, WORKER, LATER = (1, 1.0), (2, 1.0), (3, 9.0)


def reading(files: int, threads: int = 1, **more: int) -> Reading:
    extra = {LATER: more["later"]} if "later" in more else {}
    return Reading(
        {MAIN: 5, WORKER: files, **extra}, {MAIN: 1, WORKER: threads, **dict.fromkeys(extra, 1)}, 1, 0.5, 0, 0, 0
    )


def health(files: Sequence[int], threads: Sequence[int], *, is_judged: bool = True) -> Health:
    *first, last = (reading(one, other) for one, other in zip(files, threads, strict=True))
    return Health(1, 400, 8, first, last, is_judged)


@pytest.mark.parametrize(
    ("files", "threads", "leaks"),
    [
        pytest.param([9, 109, 209, 309, 409], [1] * 5, ["open files"], id="a file for each play"),
        pytest.param([9] * 5, [1, 101, 201, 301, 401], ["threads"], id="a thread for each play"),
        pytest.param([9, 9, 9, 109, 209], [1] * 5, ["open files"], id="a file for each play of the last way"),
        pytest.param([9, 109, 209, 309, 9], [1] * 5, [], id="closed at the end"),
        pytest.param([9, 73, 73, 73, 73], [1, 65, 65, 65, 65], [], id="a pool that was filled once"),
        pytest.param([9, 17, 25, 33, 41], [1, 9, 17, 25, 33], [], id="no more than the plays at a time may keep"),
        pytest.param([9, 18, 26, 34, 42], [1] * 5, ["open files"], id="one more"),
    ],
)
def test_a_leak_is_told_only_when_it_is_clear(files: list[int], threads: list[int], leaks: list[str]) -> None:
    found = health(files, threads)
    assert [one.what for one in found.leaks] == leaks
    assert not health(files, threads, is_judged=False).leaks
    assert not Health(1, 400, 8, found.readings, None).leaks


def test_of_too_few_plays_it_is_said_that_no_leak_could_be_told() -> None:
    files = [reading(9 + count) for count in (0, 8, 16, 24, 32)]
    few, enough = (Health(1, plays, 8, files[:-1], files[-1]) for plays in (32, 33))
    assert few.note == (
        "32 plays, 8 at a time, are too few to tell a leak of one file or thread for each play: more than 32 can;"
        " --parallel 1, or more --cuts"
    )
    assert enough.note is None
    assert Health(1, 32, 8, files[:-1], files[-1], is_judged=False).note is None


def test_a_process_that_came_later_has_files_of_its_own() -> None:
    readings = [reading(9), *(reading(9, later=count) for count in (100, 200, 300))]
    assert not Health(1, 400, 8, readings, reading(9, later=400)).leaks


def test_a_worker_that_has_ended_has_left_nothing_open() -> None:
    before = reading(9, later=3)
    assert is_back(reading(9), before)
    assert not is_back(reading(10), before)
    assert not is_back(reading(9, threads=2), before)


def test_both_numbers_of_a_leak_are_those_of_the_same_processes() -> None:
    (leak,) = health([9, 109, 209, 309, 409], [1] * 5).leaks
    assert (leak.before, leak.after, leak.plays) == (14, 414, 400)
    assert leak.why.startswith("open files grew from 14 to 414 in a sweep of 400 plays")

"""Waiting: what is returned, what is said when it never comes, and what is not waited for."""

import asyncio
import re
from collections.abc import Callable
from itertools import chain, repeat

import pytest

from tracereplay import PlanError, await_until, wait_until


def looks(*values: object) -> Callable[[], object]:
    """Return a look that sees these, one after the other, and then the last one for ever. Exceptions are raised."""
    coming = chain(values, repeat(values[-1]))

    def it() -> object:
        value = next(coming)
        if isinstance(value, Exception):
            raise value
        return value

    return it


@pytest.mark.parametrize(
    ("values", "seen"),
    [
        pytest.param(["yes"], "yes", id="at the first look"),
        pytest.param([None, "", 0, [], "yes"], "yes", id="after what is false"),
        pytest.param([OSError("refused"), "yes"], "yes", id="after an exception"),
        pytest.param([["no", "row"]], ["no", "row"], id="whatever is true"),
    ],
)
def test_the_first_true_value_is_returned(values: list[object], seen: object) -> None:
    assert wait_until(looks(*values), every="1ms") == seen


@pytest.mark.parametrize("value", [0, None, [], "aborted", False])
def test_any_value_can_be_waited_for(value: object) -> None:
    assert wait_until(looks(object(), value), equals=value, every="1ms") == value


def test_what_was_seen_last_is_told() -> None:
    with pytest.raises(AssertionError) as raised:
        wait_until(looks("started"), equals="aborted", within="30ms", every="10ms")
    told = str(raised.value).splitlines()
    assert re.fullmatch(r"it\(\) was not 'aborted' in \d\.\d\d s \(\d looks, every 10ms\)", told[0])
    assert told[1:] == [
        "  last seen: 'started'",
        '  hint: it never changed: is it the right place to look? if it only needs longer, within="10s"',
    ]


@pytest.mark.parametrize(
    ("values", "told"),
    [
        pytest.param([1, 2, 3], ["last seen: 3 (after 2 changes)", "hint: it was on its way"], id="what changes"),
        pytest.param(
            [OSError("refused")],
            ["the last look raised OSError: refused", "hint: no look succeeded"],
            id="only exceptions",
        ),
        pytest.param([7, KeyError("x")], ["last seen: 7\n", "raised KeyError: 'x'"], id="an exception at the end"),
    ],
)
def test_how_the_looks_went_is_told(values: list[object], told: list[str]) -> None:
    with pytest.raises(AssertionError) as raised:
        wait_until(looks(*values), equals="never", within="100ms", every="1ms")
    assert [part for part in told if part not in str(raised.value)] == []


def test_what_counts_as_not_yet_but_may_be_meant_is_told() -> None:
    with pytest.raises(AssertionError, match="0 counts as not yet; if it is what you wait for, equals=0"):
        wait_until(lambda: 0, within="0")


def test_the_exception_of_the_last_look_is_the_cause() -> None:
    fault = OSError("refused")
    with pytest.raises(AssertionError) as raised:
        wait_until(looks(fault), within="0")
    assert raised.value.__cause__ is fault


def test_without_any_time_there_is_one_look() -> None:
    assert wait_until(lambda: "yes", within="0") == "yes"
    with pytest.raises(AssertionError, match=r"it was not true in \d\.\d\d s \(1 look, every 20ms\)"):
        wait_until(lambda: None, within="0")


def test_the_last_look_is_at_the_end_of_the_time() -> None:
    seen = looks(None, "yes")
    assert wait_until(seen, within="20ms", every="1h") == "yes"


def test_a_typo_is_not_waited_for() -> None:
    with pytest.raises(NameError, match="not_there"):
        wait_until(lambda: not_there)  # type: ignore[name-defined]  # noqa: F821


def test_an_asynchronous_look_is_not_taken_for_true() -> None:
    async def look() -> bool:
        return False  # pragma: no cover

    with pytest.raises(TypeError, match="await await_until"):
        wait_until(look)  # type: ignore[unused-coroutine]


@pytest.mark.parametrize("wrong", [{"within": "soon"}, {"every": "-1"}])
def test_what_is_no_duration_is_refused_before_any_look(wrong: dict[str, str]) -> None:
    with pytest.raises(PlanError, match="not a duration"):
        wait_until(lambda: pytest.fail("looked"), **wrong)


def test_others_work_while_we_wait_asynchronously() -> None:
    async def scene() -> list[str]:
        said: list[str] = []

        async def look() -> bool:
            return "done" in said

        async def other() -> None:
            await asyncio.sleep(0)
            said.append("done")

        task = asyncio.create_task(other())
        assert await await_until(look, every="1ms")
        assert await await_until(lambda: len(said), equals=1)
        await task
        return said

    assert asyncio.run(scene()) == ["done"]


def test_an_asynchronous_look_that_fails_is_told_as_any() -> None:
    async def look() -> str:
        raise OSError("refused")

    with pytest.raises(AssertionError, match=r"look\(\) was not true[\s\S]*OSError: refused"):
        asyncio.run(await_until(look, within="5ms", every="1ms"))

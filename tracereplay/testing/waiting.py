"""Waits until the world is as it should be: looks at it, again and again, and says what it saw if it never is.

    wait_until(lambda: database.execute(QUERY).fetchone(), within="3s")
    wait_until(probe.sql(database, QUERY), equals="aborted")

A look that raises counts as "not yet": the table, the file or the server may still come. The last look is at the very
end of the time, and there is always one.
"""

import asyncio
import inspect
import time
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar, overload

from tracereplay.units import SECOND_NS, duration_ns

Seen = TypeVar("Seen")

WITHIN = "3s"
EVERY = "20ms"

_SHOWN_CHARACTERS = 2_000
_FALSE_VALUES: tuple[object, ...] = ("", b"", 0)


class _Anything:
    def __repr__(self) -> str:
        return "anything true"


ANYTHING: Final = _Anything()
_NOTHING: Final = object()


def wait_until(
    look: Callable[[], Seen], *, equals: object = ANYTHING, within: str = WITHIN, every: str = EVERY
) -> Seen:
    """Return the first thing that ``look`` returns and that is true, or that ``equals`` what is given.

    Durations are written as everywhere: ``3s``, ``200ms``. Raises AssertionError with what was seen last when that
    does not happen ``within`` the time, PlanError for what is no duration, and NameError at once: waiting mends no
    typo.
    """
    __tracebackhide__ = True
    watch = _Watch(look, equals, within, every)
    while True:
        try:
            seen = look()
        except NameError:
            raise
        except Exception as error:  # noqa: BLE001 - whatever it is, it may be over soon
            watch.failed(error)
        else:
            _refuse_awaitable(seen)
            if watch.is_so(seen):
                return seen
        time.sleep(watch.pause_seconds())


@overload
async def await_until(
    look: Callable[[], Awaitable[Seen]], *, equals: object = ..., within: str = ..., every: str = ...
) -> Seen: ...
@overload
async def await_until(
    look: Callable[[], Seen], *, equals: object = ..., within: str = ..., every: str = ...
) -> Seen: ...
async def await_until(
    look: Callable[[], object], *, equals: object = ANYTHING, within: str = WITHIN, every: str = EVERY
) -> object:
    """Return as ``wait_until`` does, and let others work meanwhile; ``look`` may be asynchronous or not."""
    __tracebackhide__ = True
    watch = _Watch(look, equals, within, every)
    while True:
        try:
            looked = look()
            seen = await looked if inspect.isawaitable(looked) else looked
        except NameError:
            raise
        except Exception as error:  # noqa: BLE001 - as above
            watch.failed(error)
        else:
            if watch.is_so(seen):
                return seen
        await asyncio.sleep(watch.pause_seconds())


class _Watch:
    """What was seen so far, and how long it may still take."""

    def __init__(self, look: Callable[[], object], equals: object, within: str, every: str) -> None:
        self._look, self._equals = look, equals
        self._every, self._within_ns, self._every_ns = every, duration_ns(within), duration_ns(every)
        self._start_ns = time.monotonic_ns()
        self._looks = 0
        self._changes = 0
        self._last: object = _NOTHING
        self._error: Exception | None = None

    def is_so(self, seen: object) -> bool:
        """Return whether this is what is waited for."""
        self._error = None
        if self._last is not _NOTHING and not _same(self._last, seen):
            self._changes += 1
        self._last = seen
        return bool(seen) if self._equals is ANYTHING else bool(seen == self._equals)

    def failed(self, error: Exception) -> None:
        """Take note of a look that raised."""
        self._error = error

    def pause_seconds(self) -> float:
        """Return how long to wait after a look that was not it. Raises AssertionError when that was the last one."""
        __tracebackhide__ = True
        self._looks += 1
        gone_ns = time.monotonic_ns() - self._start_ns
        if gone_ns >= self._within_ns:
            raise AssertionError(self._message(gone_ns)) from self._error
        return min(self._every_ns, self._within_ns - gone_ns) / SECOND_NS

    def _message(self, gone_ns: int) -> str:
        wanted = "true" if self._equals is ANYTHING else repr(self._equals)
        looks = "1 look" if self._looks == 1 else f"{self._looks:,} looks"
        lines = [f"{_name(self._look)} was not {wanted} in {gone_ns / SECOND_NS:.2f} s ({looks}, every {self._every})"]
        if self._last is not _NOTHING:
            lines.append(f"  last seen: {_shown(self._last)}{self._changed()}")
        if self._error is not None:
            lines.append(f"  the last look raised {type(self._error).__name__}: {_shown_text(str(self._error))}")
        return "\n".join([*lines, f"  hint: {self._hint()}"])

    def _changed(self) -> str:
        return f" (after {self._changes:,} change{'s'[: self._changes != 1]})" if self._changes else ""

    def _hint(self) -> str:
        if self._last is _NOTHING:
            return "no look succeeded: is it the right place, and is somebody there?"
        if self._equals is ANYTHING and self._last is not False and self._last in _FALSE_VALUES:
            return f"{self._last!r} counts as not yet; if it is what you wait for, equals={self._last!r}"
        if self._changes:
            return 'it was on its way: give it longer, within="10s"'
        return 'it never changed: is it the right place to look? if it only needs longer, within="10s"'


def _same(one: object, other: object) -> bool:
    return one is other or bool(one == other)


def _name(look: Callable[[], object]) -> str:
    """Return what a person calls it: a probe says what it looks at, a function has a name."""
    name = getattr(look, "__name__", None)
    if name == "<lambda>":
        return "it"
    return f"{name}()" if name else repr(look)


def _shown(value: object) -> str:
    return _shown_text(repr(value))


def _shown_text(text: str) -> str:
    return text if len(text) <= _SHOWN_CHARACTERS else f"{text[:_SHOWN_CHARACTERS]}… ({len(text):,} characters)"


def _refuse_awaitable(seen: object) -> None:
    if inspect.iscoroutine(seen):
        seen.close()
    if inspect.isawaitable(seen):
        raise TypeError("the look is asynchronous: write `await await_until(...)`")

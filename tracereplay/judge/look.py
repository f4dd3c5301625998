"""What probes see before and after a play, where the application itself cannot be asked."""

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from tracereplay.errors import PlanError
from tracereplay.plan.echo import Discretion
from tracereplay.trace.discreet import discreet
from tracereplay.units import SECOND_NS, duration_ns

Value = int | float | str | None

_STEADY_SECONDS = 0.1  # two equal looks so far apart, and what is seen is taken for the end of it
_GLANCE_SECONDS = 0.02
_NOTHING = Discretion()


@dataclass(frozen=True, slots=True)
class Look:
    """What a probe saw ``before`` a play and ``after`` it; ``name`` is how it was written, without secrets.

    ``is_settled``: of one that must come back to what it was, whether it did in time; None of one that need not.
    """

    name: str
    before: Value
    after: Value
    is_settled: bool | None = None


def as_json(look: Look) -> dict[str, object]:
    """Return what ``look_of`` reads."""
    return {"name": look.name, "before": look.before, "after": look.after, "settled": look.is_settled}


def look_of(value: dict[str, object]) -> Look:
    """Return what stands in an object of JSON. Raises TypeError, KeyError."""
    name, before, after, settled = (value[one] for one in ("name", "before", "after", "settled"))
    if not isinstance(name, str) or not isinstance(settled, bool | None):
        raise TypeError("a look has a name")
    if not isinstance(before, Value) or not isinstance(after, Value):
        raise TypeError("what a probe sees is a number or a text")
    return Look(name, before, after, settled)


class Watch:
    """The probes of a sweep, by their names; those ``settled`` must come back to what they were.

    What they see is told without the secrets that are ``known``.
    """

    def __init__(
        self,
        probes: Mapping[str, Callable[[], object]],
        settled: Mapping[str, Callable[[], object]],
        within: str,
        known: Discretion = _NOTHING,
    ) -> None:
        self._probes = {**probes, **settled}
        self._settled = settled
        self._within_seconds = duration_ns(within) / SECOND_NS
        self._known = known

    def refuse_blind(self, stop: threading.Event) -> None:
        """Raise PlanError when a probe cannot look, though the server has worked already, and nobody stops it."""
        for name, probe in self._probes.items():
            try:
                probe()
            except Exception as fault:  # noqa: BLE001 - whatever it is, it is told
                if stop.is_set():
                    return
                raise PlanError(f"the probe {discreet(name)} cannot look: {told(fault, self._known)}") from None

    def has_taken(self, looks: Sequence[Look]) -> bool:
        """Return whether these are looks by the same probes."""
        taken = [(one.name, one.is_settled is not None) for one in looks]
        return taken == [(discreet(name), name in self._settled) for name in self._probes]

    def look(self) -> list[Value]:
        """Return what is to be seen now, one value for each probe."""
        return [_seen(probe, self._known) for probe in self._probes.values()]

    def since(self, before: Sequence[Value], stop: threading.Event) -> tuple[Look, ...]:
        """Return what has become of ``before``: waits until nothing changes any more, and all that must has settled."""
        steady_since = began = time.monotonic()
        after: list[Value] = []
        while True:
            now, seen = time.monotonic(), self.look()
            if seen != after:
                after, steady_since = seen, now
            looks = self._looks(before, after)
            is_settled = all(one.is_settled is not False for one in looks)
            is_steady = now - steady_since >= _STEADY_SECONDS
            if (is_steady and is_settled) or now - began >= self._within_seconds or stop.wait(_GLANCE_SECONDS):
                return looks

    def _looks(self, before: Sequence[Value], after: Sequence[Value]) -> tuple[Look, ...]:
        return tuple(
            Look(discreet(name), old, new, _is_back(old, new) if name in self._settled else None)
            for name, old, new in zip(self._probes, before, after, strict=True)
        )


class _Unseen(str):
    """Why a probe saw nothing: no value, and so never what a value has come back to."""

    __slots__ = ()


def _is_back(old: Value, new: Value) -> bool:
    return old == new and not isinstance(new, _Unseen)


def told(fault: Exception, known: Discretion) -> str:
    """Return why a probe saw nothing, without the secrets that are ``known``, or that stand in addresses in it."""
    return discreet(known.masked(f"{type(fault).__name__}: {fault}"))


def _seen(probe: Callable[[], object], known: Discretion) -> Value:
    try:
        value = probe()
    except Exception as fault:  # noqa: BLE001 - what it cannot see now is what is to be told
        return _Unseen(told(fault, known))
    if isinstance(value, int | float) or value is None:
        return value
    return known.masked(str(value))

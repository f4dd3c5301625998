"""What a Player wants done. Its twin, ``inputs``, is what comes back."""

from dataclasses import dataclass

from tracereplay.plan.way import Way


@dataclass(frozen=True, slots=True)
class Write:
    """Hand ``data`` to the kernel, in one write; wait for room until ``until_ns`` at most."""

    data: memoryview
    until_ns: int


@dataclass(frozen=True, slots=True)
class Wait:
    """Wait for the peer until ``until_ns`` at most."""

    until_ns: int


@dataclass(frozen=True, slots=True)
class Drain:
    """Wait until the peer's kernel has acknowledged everything; ``patience_ns`` without any progress ends it.

    ``until_read`` waits until the peer's application has also read it, where that can be known.
    """

    patience_ns: int
    until_read: bool = False


@dataclass(frozen=True, slots=True)
class Depart:
    """Do the last act, in this way."""

    way: Way


@dataclass(frozen=True, slots=True)
class Stop:
    """It is over: close what is still open."""


Action = Write | Wait | Drain | Depart | Stop

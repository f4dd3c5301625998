"""The ways in which a client leaves, by name; what each does to a socket is written in ``net/leaving``."""

from enum import Enum

from tracereplay.errors import PlanError


class Way(Enum):
    """How a client goes away."""

    FIN = "fin"  #: closes the connection, as a program that ends does
    RST = "rst"  #: resets it, once the peer's kernel has acknowledged every byte
    HALF = "half"  #: closes its sending side, and stays to read the answer
    STALL = "stall"  #: stays, and is silent
    VANISH = "vanish"  #: is gone without a word, as when the cable is pulled

    @property
    def stays(self) -> bool:
        """Whether the client goes on to read after it left off sending."""
        return self in (Way.HALF, Way.STALL)

    @property
    def discards(self) -> bool:
        """Whether the peer may throw away what its application has not read by then."""
        return self is Way.RST


def way_named(name: str) -> Way:
    """Return the way called ``name``. Raises PlanError for an unknown one."""
    try:
        return Way(name)
    except ValueError:
        names = ", ".join(way.value for way in Way)
        raise PlanError(f"{name!r} is no way of leaving", hint=f"one of {names}") from None

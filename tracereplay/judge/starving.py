"""Whether another client is answered while one has paused in the middle of its body."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Asked:
    """What came of asking for a page: its ``status`` after so many ``seconds``, or the ``failure`` in words."""

    seconds: float
    status: int | None = None
    failure: str | None = None


@dataclass(frozen=True, slots=True)
class Starving:
    """How a ``page`` was answered ``alone``, and ``during`` a stall, which is None when the server ended that at once.

    ``most_seconds`` is how long was waited for it. ``is_accepted``: it may starve.
    """

    page: str
    alone: Asked
    during: Asked | None
    most_seconds: float
    is_accepted: bool = False

    @property
    def is_starved(self) -> bool:
        """Whether it was found so, and is not accepted."""
        return self.is_found and not self.is_accepted

    @property
    def is_found(self) -> bool:
        """Whether it was answered alone and, in all the time it was given, not during the stall."""
        late = self.during is not None and self.during.status is None and self.during.seconds >= self.most_seconds
        return late and self.alone.status is not None

    @property
    def why(self) -> str:
        """What is wrong, as a sentence."""
        return (
            f"while a client had paused in the middle of its body, another one got no answer to GET {self.page} within"
            f" {self.most_seconds:g} s; alone it takes {self.alone.seconds:.3f} s"
        )

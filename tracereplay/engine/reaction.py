"""How long the peer took to react to us."""


class Reaction:
    """From our last act to the peer's first after it."""

    def __init__(self) -> None:
        self._acted_ns: int | None = None
        self._reacted_ns: int | None = None

    def acted(self, now_ns: int) -> None:
        """Take note that we did something."""
        self._acted_ns = now_ns
        self._reacted_ns = None

    def reacted(self, now_ns: int) -> None:
        """Take note that the peer did."""
        if self._acted_ns is not None and self._reacted_ns is None:
            self._reacted_ns = now_ns

    @property
    def ns(self) -> int | None:
        """How long it took, None when there was none."""
        return None if self._acted_ns is None or self._reacted_ns is None else self._reacted_ns - self._acted_ns

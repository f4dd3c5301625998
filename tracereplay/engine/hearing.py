"""What came from the peer, against what is waited for."""

from typing import assert_never

from tracereplay.engine.answers import AnswerReader
from tracereplay.plan.step import Awaited, Expect


class Hearing:
    """Counts what came, and takes off what was waited for. ``http`` reads the answers, None in other protocols."""

    def __init__(self, http: AnswerReader | None) -> None:
        self.http = http
        self._lines = 0
        self._bytes = 0
        self._answers = 0  # that were waited for
        self.appetite: int | None = None  # how many bytes may still be read, None without a limit

    def feed(self, data: bytes) -> None:
        """Take in what the peer sent."""
        self._lines += data.count(b"\n")
        self._bytes += len(data)
        self.appetite = None if self.appetite is None else self.appetite - len(data)
        if self.http is not None:
            self.http.feed(data)

    def has(self, step: Expect) -> bool:
        """Return whether what is waited for has come, or never will, because no more is read."""
        if self.appetite == 0:
            return True
        match step.awaited:
            case Awaited.CONTINUE:
                return self.http is None or self.http.has_continue
            case Awaited.ANSWER:
                return self.http is None or self.http.finished >= self._answers + step.count
            case Awaited.LINES:
                return self._lines >= step.count
            case Awaited.BYTES:
                return self._bytes >= step.count
            case Awaited.ALL_READ:
                return self.appetite is None
            case _:
                assert_never(step.awaited)

    def take(self, step: Expect) -> None:
        """Take note that the wait is over."""
        self._lines = self._bytes = 0
        if step.awaited is Awaited.ANSWER:
            self._answers += step.count

    @property
    def unanswered(self) -> int:
        """How many requests were sent whose answer was not waited for."""
        return 0 if self.http is None else self.http.opened - self._answers

"""Where a place lies, as it is written: ``body:``, ``request:2:part:file:head:``, ``answer:``."""

from dataclasses import dataclass
from typing import Literal

Section = Literal["all", "message", "head", "body", "file", "chunk", "part", "part head", "event", "wire"]

_WORDS: dict[Section, str] = {
    "all": "all that is sent",
    "wire": "the ciphertext",
    "head": "the {message} head",
    "body": "the body as it is sent",
    "file": "the uploaded file",
    "chunk": "chunk {which}",
    "part": "part {which}",
    "part head": "the head of part {which}",
    "event": "event {which}",
}


@dataclass(frozen=True, slots=True)
class Scope:
    """A ``section`` of a request, of an answer, or of all that is sent; ``prefix`` is how it was written.

    ``number`` says of which request or answer, from 1, None of the main one. Of parts, chunks and events ``which``
    is the number, from 1, or the name of the field.
    """

    prefix: str = ""
    section: Section = "all"
    number: int | None = None
    which: int | bytes | None = None
    is_received: bool = False

    @property
    def words(self) -> str:
        """What it is, in words: ``the body as it is sent, of request 2``."""
        message = "answer" if self.is_received else "request"
        if self.section == "message":
            return f"the {message}" if self.number is None else f"{message} {self.number}"
        which = self.which if isinstance(self.which, int) else repr((self.which or b"").decode("utf-8", "replace"))
        told = _WORDS[self.section].format(message=message, which=which)
        told = "the body as it is received" if self.is_received and self.section == "body" else told
        return told if self.number is None else f"{told}, of {message} {self.number}"

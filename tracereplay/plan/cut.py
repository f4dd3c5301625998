"""Where a connection ends early."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Cut:
    """Where a connection ends early: the place as it was written, and how many bytes are sent before it.

    ``wire_bytes`` of the ciphertext may come first: then ``at`` is all until it is known what they carried. With
    ``reads`` so many bytes are read after that, and no more, before it ends.
    """

    spec: str
    at: int
    wire_bytes: int | None = None
    reads: int | None = None

"""What is said in a file that is made of a trace: where it comes from, and what of it is not known."""

from collections.abc import Iterator, Mapping

from tracereplay.show.printable import printable
from tracereplay.trace.trace import Trace

_MOST_FAULTS = 10


def origin(trace: Trace, name: str, masked: Mapping[str, int]) -> Iterator[str]:
    """Yield sentences: which trace it is, what its times are, what is wrong with it, and what was ``masked``."""
    yield f"Made by tracereplay of {printable(name)}, a trace of curl."
    if trace.is_timed:
        yield "A trace has the time of day and no date: it is shown as UTC, and its first day as 1970-01-01."
    else:
        yield "The trace has no times: all is at 1970-01-01 00:00:00."
    for one in trace.conversations:
        inferred = one.sent.inferred + one.received.inferred
        if inferred:
            yield f"{inferred:,} dots in heads on connection {one.id} are inferred to be dots."
    faults = [one for one in trace.warnings if one.is_fault or one.code == "dechunked"]
    for fault in faults[:_MOST_FAULTS]:
        yield f"Line {fault.line:,} of the trace: {printable(fault.message)}."
    if len(faults) > _MOST_FAULTS:
        yield f"{len(faults) - _MOST_FAULTS:,} more lines like these are left out."
    if masked:
        told = ", ".join(f"{printable(secret)} ({count:,}x)" for secret, count in masked.items())
        yield f"Secrets are masked, an x for each of their bytes: {told}."

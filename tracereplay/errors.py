"""Every exception of tracereplay, one base, and below it whose fault it is.

``TraceError``: the text that curl wrote (or somebody edited). ``PlanError``: what the user asks for.
``SystemFault``: the operating system or the network said no. What the *peer* does is never an error:
it is a result, and stands in the Outcome. Each carries what a message needs: where, what was found,
what was expected, and a hint that can be pasted.
"""

import errno


class TracereplayError(Exception):
    """The base of all errors; ``str()`` gives the whole message with its hint, ready to print."""

    exit_code = 2

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        """Return the message, and its hint on a line of its own."""
        return f"{self.message}\n  hint: {self.hint}" if self.hint else self.message


class TraceError(TracereplayError):
    """A trace that cannot be read, or does not hold what is needed; ``line`` counts from 1."""

    exit_code = 3

    def __init__(self, message: str, *, trace: str, line: int | None = None, hint: str | None = None) -> None:
        super().__init__(f"{trace}: {message}" if line is None else f"{trace}:{line}: {message}", hint=hint)
        self.trace = trace
        self.line = line


class UnknownBytesError(TraceError):
    """Bytes are asked for that the trace cannot know: ``ranges`` are half-open offsets into a direction."""

    def __init__(
        self, message: str, *, trace: str, ranges: tuple[tuple[int, int], ...], hint: str | None = None
    ) -> None:
        super().__init__(message, trace=trace, hint=hint)
        self.ranges = ranges


class PlanError(TracereplayError):
    """What the user asks for cannot be done: a place, an option, a target, a file."""


class SpecError(PlanError):
    """A specification that does not read, such as ``--truncate 50%%``; ``column`` counts from 1."""

    def __init__(self, message: str, *, spec: str, column: int, hint: str | None = None) -> None:
        shown = "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in spec)
        caret = " " * (column - 1) + "^"
        super().__init__(f"{message}\n    {shown}\n    {caret}", hint=hint)
        self.spec = spec
        self.column = column


class SystemFault(TracereplayError):  # noqa: N818 - a fault, as opposed to an error of the user's
    """The operating system or the network said no."""

    exit_code = 4


class TargetError(SystemFault):
    """The target cannot be reached: nothing listens, no such host, no route."""


class ServerError(SystemFault):
    """A server that was to be started for a test did not start, or did not answer in time."""


class NotReadyError(ServerError):
    """A server that was started runs, and did not get ready in time."""


def refuse_too_many_files(error: Exception) -> None:
    """Raise SystemFault when ``error`` says that we have as many files open as we may: then it is no other's fault."""
    if isinstance(error, OSError) and error.errno in (errno.EMFILE, errno.ENFILE):
        raise SystemFault(
            f"no more files can be opened: {error.strerror}",
            hint="raise the limit with `ulimit -n 65536`, or play fewer at a time with --parallel",
        ) from error

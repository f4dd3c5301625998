"""The door of all commands: errors to messages and exit codes, a reader that went away to a silent end.

Exit codes: 0 as asked, 1 an expectation failed, 2 usage, 3 unreadable trace, 4 the system or the network said no,
130 interrupted (Typer's own), 141 nobody reads the output any more, as a shell calls a death by SIGPIPE.
"""

import io
import os
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

import typer
from typer.core import TyperCommand, TyperGroup

from tracereplay.errors import SystemFault, TracereplayError

if TYPE_CHECKING:
    from typer._click import Context, HelpFormatter

OUTPUT_CLOSED = 141


class Door(TyperGroup):
    """The group of all commands."""

    def parse_args(self, ctx: "Context", args: list[str]) -> list[str]:
        """Read the options, and keep all words: what ends the command is told without the secrets in them."""
        ctx.obj = tuple(args)
        return super().parse_args(ctx, args)

    def invoke(self, ctx: "Context") -> object:
        """Run the command, and turn what ends it early into an exit code."""
        _write_any_character()
        try:
            try:
                return super().invoke(ctx)
            finally:
                _flush()
        except TracereplayError as error:
            from tracereplay.cli.known import known_in  # noqa: PLC0415

            say(known_in(ctx.obj).masked(f"tracereplay: {error}"))
            raise typer.Exit(error.exit_code) from None
        except BrokenPipeError:
            _discard(sys.stdout)
            raise typer.Exit(OUTPUT_CLOSED) from None


class Grouped(TyperCommand):
    """A command whose help shows its options in groups: the ``rich_help_panel`` of each, without rich."""

    def format_options(self, ctx: "Context", formatter: "HelpFormatter") -> None:
        """Write a section for each group, in the order in which they appear."""
        groups: dict[str, list[tuple[str, str]]] = {}
        for param in self.get_params(ctx):
            record = param.get_help_record(ctx)
            if record is not None:
                is_option = param.param_type_name == "option"
                panel = getattr(param, "rich_help_panel", None) or "Options"
                groups.setdefault(panel if is_option else "Arguments", []).append(record)
        for title, records in groups.items():
            with formatter.section(title):
                formatter.write_dl(records)


def put(pieces: Iterable[str], end: str = "\n", *, now: bool = False) -> None:
    """Print each piece on stdout, at once if it is wanted ``now``. Raises SystemFault when it cannot be written."""
    for piece in pieces:
        try:
            print(piece, end=end, flush=now)
        except BrokenPipeError:
            raise
        except OSError as fault:
            raise unwritable(fault) from fault


def say(text: str) -> None:
    """Print a message for the user on stderr; nothing in it can control the terminal.

    What cannot be written there is lost: it must not hide what happened, nor the exit code.
    """
    from tracereplay.show.printable import printable  # noqa: PLC0415

    try:
        print("\n".join(printable(line) for line in text.split("\n")), file=sys.stderr, flush=True)
    except OSError:
        _discard(sys.stderr)


def note(text: str) -> None:
    """Print, on stderr, something that the user should know and need not act on."""
    say(f"note: {text}")


def _write_any_character() -> None:
    """Let no character of a trace or a file name stop the output, whatever the terminal's encoding."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def open_closed_streams() -> None:
    """Put nothing in the place of the standard streams that the caller has closed (``>&-``)."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, Path(os.devnull).open(mode))  # noqa: SIM115 - for as long as we run


def _flush() -> None:
    """Write what is left now, where a fault can still be told."""
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError as fault:
        raise unwritable(fault) from fault


def unwritable(fault: OSError) -> SystemFault:
    """Return what to raise when the standard output cannot be written; what is left of it goes nowhere."""
    _discard(sys.stdout)
    return SystemFault(f"the output cannot be written: {fault.strerror}")


def _discard(stream: TextIO) -> None:
    """Send the rest of the output nowhere, so that the interpreter does not complain at its end."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)

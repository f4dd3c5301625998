"""The command line: each file reads the options of one command, makes one call of the library, and prints."""

import sys

from tracereplay import __version__

__all__ = ["main"]


def main() -> None:
    """Run the command line of this process, and exit."""
    if sys.argv[1:] in (["--version"], ["-V"]):  # Typer would take most of the time
        print(f"tracereplay {__version__}")
        return
    from tracereplay.cli.app import main as run  # noqa: PLC0415

    run()

"""The command line: each file reads the options of one command, makes one call of the library, and prints."""

from tracereplay.cli.app import main

__all__ = ["main"]

"""Finds the grammars: beside the package when installed, at the top of the tree when it is worked on.

A wheel carries ``grammars/`` inside the package; an editable install imports the package from the
source tree, where the folder stands one level higher.
"""

from functools import cache
from pathlib import Path


@cache
def grammars_dir() -> Path:
    """Return the folder that holds the ``*.lark`` files."""
    package = Path(__file__).resolve().parent
    installed = package / "grammars"
    return installed if installed.is_dir() else package.parent / "grammars"

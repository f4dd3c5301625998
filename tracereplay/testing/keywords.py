"""Messages that speak of options as the command line does, said as keywords: ``hold=`` for ``--hold``."""

import re
from dataclasses import fields
from typing import TypeVar

from tracereplay.errors import TracereplayError
from tracereplay.options import Options, flag_of

_Error = TypeVar("_Error", bound=TracereplayError)

_NAMES = {flag_of(field.name): field for field in fields(Options)}
_VALUE = r"'[^'\n]*'|fin|rst|half|stall|vanish|keep|max|zeros|[^\s,;']*(?:[A-Z0-9@%:/]|\.\w)[^\s,;']*"
_FLAG = re.compile(rf"(?<![\w-])(--[a-z][a-z0-9.-]*)(?![\w-])(?: ({_VALUE})(?![\w-]))?")
_COMMAND = re.compile(r"tracereplay [a-z-]+ [^`]*--")


def as_keywords(error: _Error) -> _Error:
    """Return ``error``, in whose message options are keywords; within a command they stay."""
    error.message = _said(error.message)
    error.hint = None if error.hint is None else _said(error.hint)
    return error


def _said(text: str) -> str:
    return text if _COMMAND.search(text) else _FLAG.sub(_keyword, text)


def _keyword(found: re.Match[str]) -> str:
    field = _NAMES.get(found[1])
    if field is None:
        return found[0]
    if isinstance(field.default, bool) and not found[2]:
        return f"{field.name}=True"
    value = f'"{found[2].strip(chr(39))}"' if found[2] else ""
    return f"{field.name}={value}"

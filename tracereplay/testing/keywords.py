"""Messages that speak of options as the command line does, said as keywords: ``hold=`` for ``--hold``."""

import re
from dataclasses import fields
from typing import TypeVar

from tracereplay.errors import TracereplayError
from tracereplay.options import Options, flag_of

_Error = TypeVar("_Error", bound=TracereplayError)

_OF_A_SWEEP = ("cuts", "split", "hang", "allow", "within", "witness")
_NAMES = {flag_of(one.name): (one.name, isinstance(one.default, bool)) for one in fields(Options)}
_NAMES |= {flag_of(name): (name, False) for name in _OF_A_SWEEP}
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
    name, is_flag = _NAMES.get(found[1], (None, False))
    if name is None:
        return found[0]
    if is_flag and not found[2]:
        return f"{name}=True"
    value = f'"{found[2].strip(chr(39))}"' if found[2] else ""
    return f"{name}={value}"

"""The secrets that a command was given, so that nothing tells them that it prints or writes."""

import dataclasses
import os
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from tracereplay.errors import PlanError
from tracereplay.plan.echo import Discretion
from tracereplay.plan.secrets import VARIABLE, read_source
from tracereplay.trace.discreet import secrets_of, secrets_of_option

if TYPE_CHECKING:
    from tracereplay.library import Plan
    from tracereplay.options import Options

_SOURCED = "--secret"  # whose value says where a secret is


def known_secrets(plan: "Plan", options: "Options", *texts: Sequence[str] | None) -> Discretion:
    """Return what is secret in what is sent live, in the ``options``, and in ``texts`` such as probes."""
    from tracereplay.judge.live_secrets import secrets_in  # noqa: PLC0415

    found = (one for some in texts for text in some or () for one in secrets_of(text))
    return Discretion([*secrets_in(plan, dataclasses.asdict(options)), *found])


def known_in(words: Sequence[str]) -> Discretion:
    """Return what is secret in the words of a command line, whatever they mean, and what they say where to find."""
    return Discretion([*_in_words(words), *_in_environment()])


def _in_words(words: Iterable[str]) -> Iterator[bytes]:
    before = ""
    for word in words:
        flag, is_there, value = word.partition("=")
        if not (word.startswith("--") and is_there):
            flag, value = before, word
        before = word
        yield from secrets_of(word)
        yield from secrets_of_option(flag.removeprefix("--").replace("-", "_"), value)
        if flag == _SOURCED:
            yield from _given(value)


def _given(value: str) -> Iterator[bytes]:
    try:
        yield read_source(_SOURCED, value.partition("=")[2])
    except PlanError:
        return


def _in_environment() -> Iterator[bytes]:
    return (os.environb[name] for name in os.environb if name.startswith(VARIABLE.encode()))

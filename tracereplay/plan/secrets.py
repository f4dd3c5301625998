"""Secrets that were taken out of a trace: where they stood in what is sent, and the live ones that go there.

The marks of a connection name what was redacted. Where it stands is read from the heads as they will be sent, after all
edits: a header that was removed, or set to something else, is missed by nobody. A live value comes from the environment
or from a file; it is in the splices of a plan, and is shown by nothing.
"""

import os
from base64 import b64encode
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self
from urllib.parse import quote_from_bytes

from tracereplay.errors import PlanError, refuse_too_many_files
from tracereplay.plan.splice import Splice
from tracereplay.trace.body_secret import BodyNames, BodyScanner, field_of
from tracereplay.trace.conversation import Conversation
from tracereplay.trace.event import Kind
from tracereplay.trace.secret import TEXT, HeadLines, Names, Secret

VARIABLE = "TRACEREPLAY_SECRET_"
KEEP = "redacted"
_SCHEMES_BYTES = 64
LEGAL = {"query": "%!$'()*+,;:@/?=-._~[]", "url": "%!$'()*+,;=-._~"}


@dataclass(frozen=True, slots=True)
class Gap:
    """Where the secret ``name`` stood in what is sent: from ``start`` to ``end``; ``before`` is the line up to it.

    What is said before all that, to a proxy, is at negative places.
    """

    name: str
    start: int
    end: int
    before: bytes


def gaps(recorded: Conversation, sent: Iterable[tuple[Kind, bytes]], start: int = 0) -> tuple[Gap, ...]:
    """Return where something was redacted in what is ``sent``, by the marks of the ``recorded`` conversation.

    Places count from ``start``.
    """
    marked = set(redacted_names([recorded]))
    if not marked:
        return ()
    names = Names(tuple(sorted(name.partition(".")[2] or name for name in marked)))
    fields = BodyNames(tuple(field for name in sorted(marked) if (field := field_of(name)) is not None))
    found = [gap for gap in _blanked(sent, names, fields, start) if gap.name in marked]
    texts = [Gap(TEXT, mark.at, mark.at, b"") for mark in recorded.marks if str(mark.name).startswith(f"{TEXT} ")]
    return (*found, *texts)


def _blanked(sent: Iterable[tuple[Kind, bytes]], names: Names, fields: BodyNames, start: int) -> Iterator[Gap]:
    lines, line = HeadLines(names), b""
    body, body_start = BodyScanner(fields), start
    for kind, data in sent:
        if kind is Kind.DATA:
            start += len(line)
            line = b""
            if fields.fields:
                yield from (_gap(one, b"", body_start) for one in body.feed(data, is_blank=True))
            start += len(data)
            continue
        line += data
        while end := line.find(b"\n") + 1:
            yield from (_gap(one, line, start) for one in lines.find_blanked(line[:end]))
            line, start = line[end:], start + end
        body, body_start = BodyScanner(fields), start + len(line)


def _gap(secret: Secret, line: bytes, start: int) -> Gap:
    return Gap(secret.name, start + secret.start, start + secret.end, line[: secret.start])


@dataclass(frozen=True, slots=True)
class Secrets:
    """Where live values come from, by name: ``env:VARIABLE``, ``file:PATH``, or ``redacted``, which is to send the x's.

    What has no source is looked for in the environment, ``TRACEREPLAY_SECRET_AUTHORIZATION``, unless ``keeps`` all.
    """

    sources: Mapping[str, str]
    keeps: bool = False

    def named_in(self, found: Iterable[Gap], recorded: Iterable[Conversation]) -> Self:
        """Return the same with the whole name for a short one: ``query.api_key`` for ``api_key``.

        What was redacted in what is ``recorded``, and an edit has replaced, is left out. Raises PlanError when a secret
        is given that stands nowhere, or a short name may mean several.
        """
        names = sorted({gap.name for gap in found})
        replaced = {_plain(name) for name in redacted_names(recorded)}
        sources = {}
        for name, source in self.sources.items():
            short = {_plain(one): one for one in names if _plain(one).partition(".")[2] == _plain(name)}
            if any(_is_named(one, name) for one in names):
                sources[name] = source
            elif len(short) == 1:
                sources[short.popitem()[1]] = source
            elif short or not any(_plain(name) in (*_scopes(one), one.partition(".")[2]) for one in replaced):
                raise PlanError(
                    f"--secret {name}: {'several such secrets were' if short else 'no such secret was'} redacted in"
                    " what is sent",
                    hint=f"there are: {', '.join(short.values() or names)}" if names else "there is none",
                )
        return replace(self, sources=sources)

    def fill(self, found: Iterable[Gap]) -> tuple[tuple[Splice, ...], tuple[Gap, ...]]:
        """Return the splices that put live values in, and the gaps for which there is none. Raises PlanError."""
        splices, missing = [], []
        for gap in found:
            name = next((name for name in self.sources if _is_named(gap.name, name)), None)
            source = None if name is None else self.sources[name]
            if source == KEEP or (source is None and self.keeps):
                continue
            value = (
                os.environb.get(variable_of(gap.name).encode())
                if source is None
                else read_source(f"--secret {name}", source)
            )
            if value is None:
                missing.append(gap)
                continue
            splices.append(Splice(gap.start, gap.end, _fitting(gap, value, is_whole=_is_all(name, gap.name))))
        return tuple(splices), tuple(missing)


def variable_of(name: str) -> str:
    """Return the variable of the environment that is looked at for a secret."""
    return VARIABLE + "".join(letter if letter.isalnum() else "_" for letter in name.upper())


def advised(recorded: Iterable[Conversation]) -> tuple[str, ...]:
    """Return what ``--secret`` may be given for all that was redacted in what was sent: ``Authorization=env:TOKEN``."""
    wholes = ("Cookie" if name.startswith("Cookie.") else name for name in redacted_names(recorded))
    return tuple(dict.fromkeys(f"{name}={_source(name)}" for name in wholes))


def redacted_names(recorded: Iterable[Conversation]) -> Iterator[str]:
    """Yield the name of each secret that was redacted in what was sent, as often as it was."""
    return (str(mark.name).split()[0] for one in recorded for mark in one.marks if mark.what == "redacted")


def _source(name: str) -> str:
    if name == TEXT:
        return KEEP  # it cannot be put in again
    return "env:TOKEN" if name == "Authorization" else f"env:{variable_of(name).removeprefix(VARIABLE)}"


def refuse_missing(found: Iterable[Gap], sends_bytes: int) -> None:
    """Raise PlanError when a gap is in what is sent."""
    for gap in found:
        if gap.start < sends_bytes:
            where = f"at byte {gap.start:,}" if gap.start >= 0 else "in what asks the proxy for a tunnel"
            raise PlanError(
                f"{gap.name} was redacted, {where}, and what to send there is not known",
                hint=f"--secret {gap.name}=env:VARIABLE, or {variable_of(gap.name)} in the environment; or send it as"
                " it is, with --redacted keep",
            )


def _is_named(gap: str, name: str) -> bool:
    return _plain(name) in _scopes(_plain(gap))


def _scopes(name: str) -> tuple[str, str]:
    return name, name.partition(".")[0]


def _is_all(name: str | None, gap: str) -> bool:
    """Return whether a source has all cookies in it, of which one goes into the gap."""
    return name is not None and _plain(name) == "cookie" != _plain(gap)


def _plain(name: str) -> str:
    return name.lower().replace("_", "-")


def read_source(option: str, source: str) -> bytes:
    """Return what ``env:VARIABLE`` or ``file:PATH`` holds, without the last line end. Raises PlanError."""
    kind, _, where = source.partition(":")
    if kind == "env" and where:
        value = os.environb.get(where.encode("utf-8", "surrogateescape"))
        if value is None:
            raise PlanError(f"{option}: there is no {where} in the environment", hint=f"export {where}=…")
        return value
    if kind == "file" and where:
        try:
            return Path(where).read_bytes().rstrip(b"\r\n")
        except OSError as error:
            refuse_too_many_files(error)
            raise PlanError(f"{option}: {where} cannot be read: {error.strerror}") from error
    # What was written there may be the secret itself: it is not repeated.
    raise PlanError(
        f"{option} does not say where the secret is",
        hint=f"in the environment, env:VARIABLE, or in a file, file:PATH; {KEEP} sends the x's",
    )


def _fitting(gap: Gap, value: bytes, *, is_whole: bool) -> bytes:
    """Return the bytes to put in the gap. Raises PlanError, without the value, for one that would end the line."""
    if any(byte in value for byte in b"\r\n\0"):
        raise PlanError(f"the secret {gap.name} has a line end in it, which ends a header", hint="give it on one line")
    if gap.name == TEXT:
        raise PlanError("a text that was redacted cannot be put in again", hint=f"--secret {TEXT}={KEEP}")
    if field_of(gap.name) is not None:
        if len(value) != gap.end - gap.start:
            raise PlanError(
                f"the secret {gap.name} has {len(value):,} bytes, and {gap.end - gap.start:,} were redacted: in a body"
                " it must be as long",
                hint=f"--secret {gap.name}={KEEP}",
            )
        return value
    scope, _, called = gap.name.partition(".")
    if scope in LEGAL:
        return quote_from_bytes(value, LEGAL[scope]).encode()
    if is_whole:
        pairs = dict(pair.strip().partition(b"=")[::2] for pair in value.split(b";"))
        found = pairs.get(called.encode("latin-1"))
        if found is None:
            raise PlanError(f"the secret Cookie has no {called} in it, and one was redacted", hint=f"{called}=…; …")
        return found
    scheme = gap.before.partition(b":")[2].strip() if gap.name.endswith("Authorization") else b""
    if scheme and value.lower().startswith(scheme.lower() + b" "):
        value = value[len(scheme) :].lstrip()
    return b64encode(value) if scheme.lower() == b"basic" and b":" in value else value

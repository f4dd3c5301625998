"""What ``play`` takes: on the command line, and as keywords of the marker, of ``replay()``, of ``replay_config``."""

import shlex
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields, replace
from difflib import get_close_matches
from os import PathLike, fspath
from pathlib import Path
from typing import Self, cast

from tracereplay.errors import PlanError
from tracereplay.library import Network
from tracereplay.net.play import DEFAULT_TIMEOUT
from tracereplay.net.target import address_of, read_target
from tracereplay.net.tls import TlsOptions
from tracereplay.net.tls_link import TlsEnd
from tracereplay.plan.fields import values_by_name
from tracereplay.plan.plan import Plan
from tracereplay.plan.way import Way
from tracereplay.trace.discreet import discreet_option
from tracereplay.trace.trace import Trace
from tracereplay.units import duration_ns

Find = Callable[[str], str | Path]

_FILES = ("preface", "cacert", "cert", "key", "body", "set_file", "fill", "file")
_PACES = ("speed", "limit_rate", "duration", "idle_time_limit")
_FLAGS = {"tlsv1_2": "--tlsv1.2", "tlsv1_3": "--tlsv1.3"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """The options of ``tracereplay play``, with ``_`` for ``-`` and ``.`` in their names; they mean the same."""

    target: str | None = None
    connection: int | None = None
    timeout: str = DEFAULT_TIMEOUT
    truncate: str | None = None
    close: str | None = None
    no_marks: bool = False
    hold: str | None = None
    settle: str | None = None
    pause: tuple[str, ...] = ()
    speed: str | None = None
    limit_rate: str | None = None
    duration: str | None = None
    idle_time_limit: str | None = None
    segments: str = "recorded"
    connect_to: tuple[str, ...] = ()
    unix_socket: str | None = None
    interface: str | None = None
    proxy: str | None = None
    preface: str | None = None
    max_time: str | None = None
    tls: bool = False
    insecure: bool = False
    cacert: str | None = None
    cert: str | None = None
    key: str | None = None
    tlsv1_2: bool = False
    tlsv1_3: bool = False
    tls_max: str | None = None
    tls_end: str | None = None
    unknown: bool = False
    torn: bool = False
    as_http1: bool = False
    request: int | None = None
    drop_event: tuple[str, ...] = ()
    boundary: str | None = None
    body: str | None = None
    set_file: tuple[str, ...] = ()
    set_field: tuple[str, ...] = ()
    grow: tuple[str, ...] = ()
    fill: str | None = None
    method: str | None = None
    path: str | None = None
    remove_header: tuple[str, ...] = ()
    set_header: tuple[str, ...] = ()
    announce: str | None = None
    replace: tuple[str, ...] = ()
    keep_length: bool = False
    retime: str | None = None
    secret: tuple[str, ...] = ()
    redacted: bool = False
    file: tuple[str, ...] = ()
    strict: bool = False

    @classmethod
    def of(cls, given: Mapping[str, object], find: Find, spell: Callable[[str], str] = str) -> Self:
        """Return the options that are ``given``; files are looked for by ``find``. None is what an option is without.

        ``spell`` gives the name of one as the user writes it. Raises PlanError for a name that is none, or a value that
        cannot be one.
        """
        defaults = {field.name: field.default for field in fields(cls)}
        values = {}
        for name, value in given.items():
            if name not in defaults:
                near = get_close_matches(name, defaults, 1)
                advice = f"did you mean {near[0]}?" if near else "its keywords are the options of: tracereplay play -h"
                raise PlanError(f"there is no option {name!r}", hint=advice)
            if value is not None:
                values[name] = _read(name, value, defaults[name], find)
        options = cls(**values)  # type: ignore[arg-type]
        options._refuse_several(spell)
        return options

    def whole(self, trace: Trace) -> Plan:
        """Return the plan without its cut and its pace: what is then sent, which places count."""
        plan = Plan.of(trace).accepting(unknown=self.unknown, torn=self.torn)
        plan = plan.as_http1() if self.as_http1 else plan
        plan = self.edited(plan.about(self.connection, request=self.request))
        return plan.with_secrets(_by_secret(self.secret), keep=self.redacted)

    def edited(self, plan: Plan) -> Plan:
        """Return the plan with the edits: those of the head come after those of the body, and outdo them."""
        if self.fill is not None and not self.grow:
            raise PlanError("--fill says with what a body grows", hint=f"--grow file=1G --fill {self.fill}")
        plan = plan.keeping_length() if self.keep_length else plan
        for number in sorted({_number(one) for one in self.drop_event}, reverse=True):
            plan = plan.without_event(number)
        plan = plan if self.boundary is None else plan.with_boundary(self.boundary)
        plan = plan if self.body is None else plan.with_body(self.body)
        for one in self.set_file:
            name, _, file = one.partition("=@")
            plan = plan.with_file(name, file)
        for one in self.set_field:
            plan = plan.with_field(*_named(one))
        for one in self.grow:
            plan = plan.grown(one, self.fill)
        plan = plan if self.method is None else plan.with_method(self.method)
        plan = plan if self.path is None else plan.with_path(self.path)
        for one in self.remove_header:
            plan = plan.without_header(one)
        for name, values in values_by_name(self.set_header).items():
            plan = plan.with_header(name, *values)
        plan = plan if self.announce is None else plan.announcing(self.announce)
        for one in self.replace:
            plan = plan.replaced(one)
        return plan if self.retime is None else plan.retimed(self.retime)

    @property
    def inputs(self) -> tuple[str, ...]:
        """The files that are read for what is sent."""
        named = (one.partition("=@")[2] for one in (*self.set_file, f"={self.fill}"))
        return tuple(one for one in (self.body, self.preface, *named, *self.file) if one)

    def plan(self, trace: Trace) -> Plan:
        """Return the plan. Raises PlanError, TraceError."""
        return self.cut(self.whole(trace), self.truncate)

    def cut(self, whole: Plan, place: str | None) -> Plan:
        """Return the plan with its pace, that ends at ``place``. Raises PlanError."""
        plan = whole if place is None else whole.truncated(place)
        plan = plan if self.no_marks else plan.marked()
        way = plan.main_connection.way if self.close is None else self.close
        plan = plan.leaving(way, hold=self.hold, settle=self.settle).in_segments(self.segments)
        for one in self.pause:
            plan = plan.paused(one)
        plan = plan if self.idle_time_limit is None else plan.idle_limited(self.idle_time_limit)
        plan = plan if self.speed is None else plan.at_speed(self.speed)
        plan = plan if self.limit_rate is None else plan.limited(self.limit_rate)
        return plan if self.duration is None else plan.lasting(self.duration)

    def leaving_at(self, place: str, way: Way) -> Self:
        """Return the options to leave there in this way, with what goes with it of ``hold`` and ``settle``."""
        hold, settle = self.hold if way.stays else None, self.settle if way.discards else None
        return replace(self, truncate=place, close=way.value, hold=hold, settle=settle)

    def check(self, trace: Trace) -> None:
        """Raise PlanError when the options do not go together, or with this trace; nothing is connected to."""
        self.plan(trace)
        self.network()
        duration_ns(self.timeout)
        if self.target is not None:
            read_target(self.target)

    def network(self) -> Network:
        """Return how to get to the server. Raises PlanError."""
        if self.tls_end not in (None, "notify", "none"):
            raise PlanError(f"tls_end={self.tls_end!r} is not known", hint="one of notify, none")
        return Network(
            connect_to=self.connect_to,
            unix_socket=self.unix_socket,
            interface=self.interface,
            proxy=self.proxy,
            preface=self.preface,
            max_time=self.max_time,
            tls=TlsOptions(
                forced=self.tls,
                insecure=self.insecure,
                cacert=self.cacert,
                cert=self.cert,
                key=self.key,
                least="1.3" if self.tlsv1_3 else "1.2" if self.tlsv1_2 else None,
                most=self.tls_max,
                end=cast("TlsEnd | None", self.tls_end),
            ),
        )

    def command(self, trace: Path, shown: Callable[[str], str]) -> str:
        """Return what to type in a shell to play the same, secrets masked; ``shown`` gives a file's name from there."""
        words = ["tracereplay", "play", shown(str(trace))]
        for field in fields(self):
            value, flag = getattr(self, field.name), flag_of(field.name)
            if value == field.default:
                continue
            if isinstance(value, bool):
                words += [flag, "keep"] if field.name in ("unknown", "torn", "redacted") else [flag]
                continue
            for one in value if isinstance(value, tuple) else (value,):
                text = discreet_option(field.name, _with_file(field.name, str(one), shown))
                text = f"@{text}" if field.name == "body" else text
                words += [f"{flag}={text}"] if text.startswith("-") else [flag, text]
        return shlex.join(words)

    def _refuse_several(self, spell: Callable[[str], str]) -> None:
        for name in _PACES:
            given = [spell(one) for one in (name, *_excluded(name)) if getattr(self, one) is not None]
            if getattr(self, name) is not None and len(given) > 1:
                raise PlanError(
                    f"{' and '.join(given)} exclude each other: each says how fast",
                    hint=f"choose one, such as {given[0]}",
                )


def laid_over(below: Mapping[str, object], above: Mapping[str, object]) -> dict[str, object]:
    """Return the options ``above``, and of those ``below`` what they leave: a pace displaces all that it excludes."""
    displaced = {one for name in _PACES if above.get(name) is not None for one in _excluded(name)}
    return {name: value for name, value in below.items() if name not in displaced} | dict(above)


def _excluded(pace: str) -> list[str]:
    """Return the paces that cannot go with this one: shorter gaps may be played at another speed, and that is all."""
    return [one for one in _PACES if one != pace and {one, pace} != {"speed", "idle_time_limit"}]


def flag_of(name: str) -> str:
    """Return how the command line calls an option: ``--limit-rate`` for ``limit_rate``."""
    return _FLAGS.get(name, f"--{name.replace('_', '-')}")


def _read(name: str, value: object, default: object, find: Find) -> object:
    if isinstance(default, bool):
        if value in ("keep", True, False):
            return bool(value)
        raise PlanError(f"{name}={value!r} is neither True nor False")
    if isinstance(default, tuple):
        one = isinstance(value, str | PathLike) or not isinstance(value, Iterable)
        return tuple(_text(name, item, find) for item in ((value,) if one else cast("Iterable[object]", value)))
    if name in ("connection", "request"):
        if isinstance(value, int) and not isinstance(value, bool):
            return value
        raise PlanError(f"{name}={value!r} is not the number of a {name}")
    if name == "target":
        return address_of(value)
    return _text(name, value, find)


def _text(name: str, value: object, find: Find) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int | float | PathLike):
        raise PlanError(f"{name}={value!r} is not a text", hint="it is what the option of tracereplay play takes")
    text = fspath(value) if isinstance(value, PathLike) else str(value)
    if name == "set_file" and "=@" not in text:
        raise PlanError(f"{text!r} names no part and file", hint="write name, =@ and a file: data=@b.csv")
    return _with_file(name, text.removeprefix("@") if name == "body" else text, lambda one: str(find(one)))


def _with_file(name: str, text: str, changed: Callable[[str], str]) -> str:
    """Return the value of an option with the name of a file in it ``changed``, if it has one."""
    if name == "set_file":
        part, _, file = text.partition("=@")
        return f"{part}=@{changed(file)}"
    if name == "fill":
        return f"@{changed(text[1:])}" if text.startswith("@") else text
    return changed(text) if name in _FILES else text


def _number(text: str) -> int:
    if not text.isdecimal():
        raise PlanError(f"{text!r} is not the number of an event", hint="they count from 1: --drop-event 2")
    return int(text)


def _by_secret(given: Iterable[str]) -> dict[str, str]:
    """Return the source of each secret; a text that is not understood may be a secret, and is not repeated."""
    sources = {}
    for one in given:
        name, is_there, source = one.partition("=")
        if not is_there or not name:
            raise PlanError("--secret takes a name, = and a source", hint="--secret Authorization=env:TOKEN")
        sources[name] = source
    return sources


def _named(text: str) -> tuple[str, str]:
    name, is_there, value = text.partition("=")
    if not is_there:
        raise PlanError(f"{text!r} gives no field a value", hint=f"write a name, = and a value: {text}=value")
    return name, value

"""From ``@pytest.mark.tracereplay`` to cases: the product of its traces, its places and its ways of leaving."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import pytest

from tracereplay.errors import PlanError, TracereplayError
from tracereplay.judge.oracle import Terms
from tracereplay.library import Trace, load
from tracereplay.options import Options
from tracereplay.plan.cuts import MOST_CUTS, cuts
from tracereplay.plan.find import mark_at
from tracereplay.plan.place import read_place
from tracereplay.plan.plan import Plan
from tracereplay.plan.way import Way, way_named
from tracereplay.testing.keywords import as_keywords
from tracereplay.testing.lookup import Lookup, short_names
from tracereplay.testing.session import Settings
from tracereplay.testing.verdicts import terms_of
from tracereplay.testing.where import place_of_mark

MARK = "tracereplay"


@dataclass(frozen=True, slots=True)
class Case:
    """One play that a mark asks for; ``given`` are its options, as they were written. ``words`` become its id.

    With ``terms`` it is judged by the rules of a sweep.
    """

    trace: Path
    given: Mapping[str, object]
    words: tuple[str, ...]
    terms: Terms | None = None


def cases_of(node: pytest.Item, config: pytest.Config) -> list[Case]:
    """Return the cases of all marks of a test, those of the class and the module first.

    Raises CollectError, which names the line of the mark, for what can't be.
    """
    settings = Settings.of(config)
    lookup = Lookup.beside(node.path, config)
    cases: list[Case] = []
    seen: list[pytest.Mark] = []
    for holder, mark in reversed(list(node.iter_markers_with_node(MARK))):
        if mark in seen:  # the same again makes no other test
            continue
        seen.append(mark)
        try:
            cases += _cases(mark, lookup, settings)
        except TracereplayError as error:
            where = place_of_mark(holder, mark, lookup.shown)
            told = str(as_keywords(error)).replace(f"{lookup.cwd}/", "")
            raise pytest.Collector.CollectError(f"{where}: @pytest.mark.{MARK}: {told}") from None
    return cases


def refuse_unused(node: pytest.Item) -> None:
    """Raise CollectError when a test has a mark of its own that nothing plays."""
    mark = next((mark for mark in node.own_markers if mark.name == MARK), None)
    if mark is not None:
        where = place_of_mark(node, mark, Lookup.beside(node.path, node.config).shown)
        raise pytest.Collector.CollectError(
            f"{where}: @pytest.mark.{MARK}: {node.name} takes neither replay nor replay_start, so nothing is played"
        )


def ids_of(cases: Iterable[Case], config: pytest.Config) -> list[str]:
    """Return an id for each case: the place and the way, and before them the trace, where there are several."""
    cases = list(cases)
    names = short_names((case.trace for case in cases), config.rootpath)
    return [
        "-".join(case.words if len(names) == 1 and case.words else (names[case.trace], *case.words)) for case in cases
    ]


def _cases(mark: pytest.Mark, lookup: Lookup, settings: Settings) -> Iterator[Case]:
    if not mark.args:
        raise PlanError("no trace is named", hint=f'@pytest.mark.{MARK}("upload.txt", truncate="50%")')
    given = dict(mark.kwargs)
    is_whole = "truncate" in given and given["truncate"] is None
    terms = terms_of(given)
    specs, specs_by = _texts("truncate", given, settings.truncate_option, settings.truncate_ini)
    ways, ways_by = _texts("close", given, settings.close_option, settings.close_ini)
    with _said_by(ways_by):
        variants = _variants(given, ways)
    for name in mark.args:
        if not isinstance(name, str | Path):
            raise PlanError(f"{name!r} is not the name of a trace")
        for path in lookup.files(str(name)):
            read = [Options.of(variant, lookup.file) for variant, _ in variants]
            trace = load_once(path, read[0])
            for options in read:
                options.check(trace)
            whole = read[0].whole(trace)
            with _said_by(specs_by):
                for spec, place in _places(whole, specs, settings.max_cuts or MOST_CUTS):
                    own = _said_by_mark(whole, spec, has_way=ways is not None, is_wanted_whole=is_whole or bool(place))
                    for (variant, way), options in zip(variants, read, strict=True):
                        options.cut(whole, spec).check()
                        yield Case(path, {**variant, "truncate": spec, **own}, (*place, *way), terms)


@contextmanager
def _said_by(source: str) -> Iterator[None]:
    """Name in an error what said the thing, if that was not the mark: the ``source``."""
    try:
        yield
    except PlanError as error:
        if source:
            raise PlanError(f"{source}: {error}") from None
        raise


def _places(plan: Plan, specs: list[str | None] | None, most: int) -> Iterator[tuple[str | None, tuple[str, ...]]]:
    """Yield the places to cut, each with the word for it; None is the whole, which needs no word if it is all."""
    if specs is None:
        yield None, ()
        return
    for one in cuts(plan.main_connection, [spec for spec in specs if spec is not None], most):
        yield str(one), (one.name,)
    if None in specs:
        yield None, ("whole",)


def _said_by_mark(whole: Plan, spec: str | None, *, has_way: bool, is_wanted_whole: bool) -> dict[str, object]:
    """Return what goes with a place that is a mark: its way. What is wanted whole is not cut by the default."""
    if spec is None:
        has_default = any(mark.what == "default" for one in whole.trace.conversations for mark in one.marks)
        return {"no_marks": True} if is_wanted_whole and has_default else {}
    mark = None if has_way else mark_at(read_place(spec), whole.main_connection)
    return {} if mark is None or mark.way is None else {"close": mark.way}


def _variants(
    given: dict[str, object], ways: list[str | None] | None
) -> list[tuple[dict[str, object], tuple[str, ...]]]:
    """Return the options for each way of leaving, with its word; those that only others of them take are left out."""
    if ways is None:
        return [(given, ())]
    named = list(dict.fromkeys(way_named(str(way)) for way in ways))
    if len(named) == 1:
        return [({**given, "close": named[0].value}, (named[0].value,))]
    return [(for_way(given, way), (way.value,)) for way in named]


def for_way(options: Mapping[str, object], way: Way) -> dict[str, object]:
    """Return the options for one way of leaving, of which ``hold`` and ``settle`` go with some only."""
    unfit = {"hold": not way.stays, "settle": not way.discards, "close": True}
    return {name: value for name, value in options.items() if not unfit.get(name)} | {"close": way.value}


def _texts(
    name: str, given: dict[str, object], option: tuple[str, ...], ini: tuple[str, ...]
) -> tuple[list[str | None] | None, str]:
    """Take ``name`` off what is ``given``; return its values, None when nothing is said, and who said it but the mark.

    The option of the command line takes the place of what the mark says, unless that is None, and what the ini
    file says counts where the mark says nothing.
    """
    is_said = name in given
    is_whole = is_said and given[name] is None
    value = given.pop(name, ini or None)
    value = None if is_whole else option or value
    if value is None:
        return None, ""
    source = f"--tracereplay-{name}" if option else "" if is_said else f"tracereplay_{name} in the ini file"
    values = [value] if isinstance(value, str) or not isinstance(value, Iterable) else list(value)
    texts = [one for one in values if one is None or isinstance(one, str)]
    if len(texts) < len(values):
        raise PlanError(f"{name}={value!r} is not a text, nor a list of texts")
    if not texts:
        raise PlanError(f"{name} is empty, and there is nothing to test", hint=f"leave it out, or {name}=None")
    return texts, source


def load_once(path: Path, options: Options) -> Trace:
    """Return the trace at ``path``, which is read once for all tests, unless the file changes. Raises TraceError."""
    stat = path.stat()
    return _loaded(path, options.strict, options.file, (stat.st_mtime_ns, stat.st_size))


@lru_cache(maxsize=64)
def _loaded(path: Path, strict: bool, files: tuple[str, ...], _state: tuple[int, int]) -> Trace:
    return load(path, strict=strict, files=files)

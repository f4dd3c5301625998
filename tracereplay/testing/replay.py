"""What the fixtures ``replay`` and ``replay_start`` do: play this parameter of the test, or another trace by hand."""

from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path

import pytest

from tracereplay.errors import PlanError, TracereplayError
from tracereplay.library import Outcome, Playback, Trace, start
from tracereplay.net.tape import Tape
from tracereplay.net.target import AnyTarget
from tracereplay.options import Options, laid_over
from tracereplay.plan.way import Way, way_named
from tracereplay.testing.keywords import as_keywords
from tracereplay.testing.lookup import Lookup
from tracereplay.testing.marks import Case, cases_of, for_way, load_once
from tracereplay.testing.played import Played
from tracereplay.testing.session import DRAFTS, PLAYS
from tracereplay.testing.verdicts import fail_if_wrong, refuse_unanswered


class Replays:
    """The plays of one test. ``target`` and ``defaults`` are those of ``replay_target`` and ``replay_config``."""

    def __init__(
        self, node: pytest.Item, case: Case | None, target: AnyTarget | None, defaults: Mapping[str, object]
    ) -> None:
        self._node = node
        self._case = case
        self._target = target
        self._defaults = defaults
        self._lookup = Lookup.beside(node.path, node.config)
        self._begun: list[tuple[Played, Tape]] = []
        self._tapes = ExitStack()
        self._drafts = node.config.stash.get(DRAFTS, None)

    def __repr__(self) -> str:
        return f"<plays of {self._node.name}>"

    def play(
        self, target: AnyTarget | None = None, trace: str | Path | Trace | None = None, **options: object
    ) -> Outcome:
        """Play, and return what happened.

        The trace and the options are those of this parameter of the test; what is given here comes first, and with
        another ``trace`` the place and the way of leaving of the parameter are not taken. ``target`` is an address, or
        a server: anything that has one as its ``target``. ``truncate`` is one place here, and None is the whole trace.
        Raises what ``tracereplay.play`` raises.
        """
        __tracebackhide__ = True
        try:
            with Tape() as tape:
                played, playback = self._begin(target, trace, options, tape)
                try:
                    with playback:
                        played.outcome = playback.outcome()
                finally:
                    self._end(played)
                self._record(played, tape)
        except TracereplayError as error:
            # What the user did, and where we noticed is of no use.
            raise as_keywords(error).with_traceback(None) from None
        fail_if_wrong(played)
        return played.outcome

    def start(
        self, target: AnyTarget | None = None, trace: str | Path | Trace | None = None, **options: object
    ) -> Playback:
        """Begin to play in the background, and return the Playback; what still plays at the end of the test is ended.

        The arguments are those of ``replay``.
        """
        __tracebackhide__ = True
        try:
            tape = self._tapes.enter_context(Tape())
            played, playback = self._begin(target, trace, options, tape)
        except TracereplayError as error:
            raise as_keywords(error).with_traceback(None) from None
        self._begun.append((played, tape))
        return playback

    def finish(self) -> None:
        """End what still plays. Raises what recording the others anew raises."""
        with self._tapes:
            over = [(played, tape) for played, tape in self._begun if played.playback and played.playback.is_over]
            for played, _ in self._begun:
                if played.playback is not None:
                    if not played.playback.is_over:
                        played.playback.stop()
                    played.playback.join()
                self._end(played)
            for played, tape in over:
                self._record(played, tape)
        for played, _ in self._begun:
            fail_if_wrong(played)

    def _record(self, played: Played, tape: Tape) -> None:
        """Draft the trace anew, if that is wanted, and all of it was played."""
        if self._drafts is not None and played.outcome is not None and played.is_as_recorded:
            self._drafts.take(played.outcome, tape)

    def _begin(
        self,
        target: AnyTarget | None,
        trace: str | Path | Trace | None,
        given: Mapping[str, object],
        tape: Tape,
    ) -> tuple[Played, Playback]:
        case = self._case or (self._only_case() if trace is None else None)
        of_case = {} if case is None else case.given
        if trace is not None:
            of_case = {name: value for name, value in of_case.items() if name not in ("truncate", "close")}
        asked = laid_over(self._defaults, of_case)
        way = given.get("close", asked.get("close"))
        if way is None or isinstance(way, str):
            fit = for_way(asked, Way.FIN if way is None else way_named(way))
            asked = {name: value for name, value in fit.items() if name != "close" or way is not None}
        asked = laid_over(asked, given)
        named = target if target is not None else asked.pop("target", None)
        server = self._target if named is None else named
        options = Options.of({**asked, "target": server}, self._lookup.file)
        if isinstance(trace, Trace):
            path, loaded = Path(trace.path or trace.name), trace
        else:
            path = self._lookup.file(str(trace)) if case is None or trace is not None else case.trace
            loaded = load_once(path, options)
        terms = None if case is None or trace is not None else case.terms
        played = Played(path, options, options.plan(loaded), self._lookup.shown, server, terms)
        refuse_unanswered(played, self._node.config)
        self._node.stash.setdefault(PLAYS, []).append(played)
        try:
            network = options.network()
            kept = tape if self._drafts is not None else None
            played.playback = start(played.plan, options.target, timeout=options.timeout, network=network, tape=kept)
        except TracereplayError:
            self._end(played)
            raise
        return played, played.playback

    def _end(self, played: Played) -> None:
        """Take note of the end of a play, however it came."""
        self._node.user_properties.append(played.as_property())

    def _only_case(self) -> Case:
        """Return the case of a test that pytest has not parametrized, as it can't a method of a unittest.TestCase."""
        fault = ""
        cases: list[Case] = []
        try:
            cases = cases_of(self._node, self._node.config)
        except pytest.Collector.CollectError as error:
            fault = str(error)
        if fault:
            pytest.fail(fault, pytrace=False)
        if not cases:
            raise PlanError(
                "there is no trace to play: this test has no mark",
                hint='@pytest.mark.tracereplay("upload.txt"), or replay(trace="upload.txt")',
            )
        if len(cases) > 1:
            raise PlanError(
                f"the mark means {len(cases)} plays, and pytest cannot parametrize this test",
                hint="name replay as an argument of the test, or give the mark the trace alone, and loop: for cut in"
                ' load("upload.txt").cuts(): with self.subTest(cut=cut): replay(truncate=cut)',
            )
        return cases[0]

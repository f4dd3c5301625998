"""Plays a trace at many cuts, many at a time, and judges each; the order is always the same.

In between the whole request is played now and then, which tells a server that is dead, or answers otherwise than
before, and which plays may have done it. A play that went wrong among many may have gone wrong because of the others,
so that it is looked at again.
"""

import threading
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from functools import partial

from tracereplay.judge.again import in_turns, looked_again, looked_through
from tracereplay.judge.as_seen import as_seen
from tracereplay.judge.cell import Cell, Key, judged, rejudged
from tracereplay.judge.finding import Sweep
from tracereplay.judge.leftover import is_answered_once
from tracereplay.judge.look import Look, Watch
from tracereplay.judge.norm import MOST_ASKED, Norm, asked
from tracereplay.judge.notes import notes_of
from tracereplay.judge.plays import Plays
from tracereplay.judge.setting import Setting
from tracereplay.judge.split import narrowed
from tracereplay.judge.suspects import Suspects
from tracereplay.judge.verdict import Verdict
from tracereplay.judge.witnessed import Witness
from tracereplay.net.many import Played
from tracereplay.plan.plan import Plan

_CHECKED_AFTER = 32  # plays
_MOST_ALARMS = 3


class Sweeping:
    """A sweep that is under way: ``play`` makes it, ``result`` tells at any time what there is."""

    def __init__(
        self,
        cells: Sequence[Cell],
        setting: Setting,
        *,
        done: Mapping[Key, Verdict] | None = None,
        twice: bool = False,
        stop: threading.Event | None = None,
    ) -> None:
        self._cells = cells
        self._setting = setting
        self._twice = twice
        self._stop = threading.Event() if stop is None else stop
        self._plays = Plays(setting, self._stop)
        self._target = setting.target or ""
        self._norm = Norm()
        self._is_dead = False
        self._alarms = 0
        self._notes = list(setting.notes)
        self._verdicts: dict[int, Verdict] = {}
        self._suspects = Suspects(setting.at_once)
        for number, cell in enumerate(cells):
            if done and cell.key in done:
                self._keep(number, rejudged(done[cell.key], setting.terms))

    def play(self) -> Iterator[Verdict]:
        """Play, and yield each verdict, in the order of the cells. One that comes a second time replaces the first.

        Ends early when ``stop`` is set. Raises TargetError when the server is not there at the beginning, PlanError
        when it does not answer the whole request, and what ``play_many`` raises.
        """
        if not self._learn():
            return
        yield from (self._verdicts[number] for number in sorted(self._verdicts))
        yield from self._first_looks()
        if not self._is_over:
            yield from self._last_check()
        if not self._is_over:
            yield from self._second_looks()
            yield from self._narrowed()
        if self._setting.witness is not None:
            yield from self._what_was_seen(self._setting.witness)

    def result(self, seconds: float) -> Sweep:
        """Return what there is."""
        verdicts = tuple(self._verdicts[number] for number in sorted(self._verdicts))
        is_whole = len(verdicts) == len(self._cells) and not self._is_over
        notes = (*self._notes, *notes_of(verdicts, self._norm.varies))
        return Sweep(self._setting.whole.trace.name, self._target, verdicts, seconds, is_whole, notes)

    @property
    def _is_over(self) -> bool:
        return self._is_dead or self._stop.is_set()

    # Whether the server is well.

    def _learn(self) -> bool:
        """Learn what the server answers to the whole request; return whether there is time for more."""
        for _ in range(2):  # what is made once may not be made again, and the second answer is the norm
            played = self._plays.alone(self._setting.whole)
            if played is None:
                return False
            if played.error is not None:
                raise played.error
            assert played.outcome is not None
            self._target = played.outcome.connection.target
            before, self._norm = self._norm, Norm.of(played, self._setting.terms.hang)
            if before.answers and (fault := before.fault(played)):
                self._notes.append(fault)
            if before.answers:
                self._norm = replace(self._norm, varies=before.learning(played).varies)
            self._plays.learned_by(played)
        if self._setting.watch is not None:
            self._setting.watch.refuse_blind(self._stop)
        self._notes += self._norm.notes()
        for _ in self._by_norm():  # of an earlier run, and all is still to be told
            pass
        return True

    def _last_check(self) -> Iterator[Verdict]:
        played, faults = asked(partial(self._plays.alone, self._setting.whole), self._norm)
        if played is None:
            return
        if len(faults) == MOST_ASKED:
            yield from self._died(faults[-1])
            return
        self._notes += [f"{one}; asked again, it was as before" for one in faults[:1]]
        self._norm = self._norm.learning(played)
        self._plays.checked_by(played)
        self._suspects.acquit()

    def _died(self, fault: str) -> Iterator[Verdict]:
        """Say which play was the last before the server was no more what it was."""
        self._is_dead = True
        left = len(self._cells) - len(self._verdicts)
        if left:
            self._notes.append(f"{left:,} plays were not made, since the server was not well any more")
        if not self._verdicts:
            self._notes.append(fault)
            return
        last, doubt = self._suspects.last(self._verdicts)
        why = f"after this play{doubt} the server was not as before: {fault}"
        yield self._keep(last, replace(self._verdicts[last], kind="dead-afterwards", rule="dead-afterwards", why=why))

    # The first look: all of them, many at a time.

    def _first_looks(self) -> Iterator[Verdict]:
        while not self._is_over:
            numbers = [number for number in range(len(self._cells)) if number not in self._verdicts]
            watch = self._setting.watch
            is_suspicious = yield from self._crowd(numbers) if watch is None else self._watched(numbers, watch)
            if not is_suspicious:
                return
            self._alarms += 1
            yield from self._last_check()

    def _crowd(self, numbers: Sequence[int]) -> Generator[Verdict, None, bool]:
        """Play these, and yield their verdicts; return whether it was ended since the server did not look well."""
        order: list[tuple[int | None, int]] = []  # of the plays: which cell, None for the whole; what had ended before
        waiting: dict[int, Played] = {}
        following = 0
        is_suspicious = False
        with closing(self._plays.many(self._plans(numbers, order), self._setting.at_once)) as plays:
            for played in plays:
                number, ended_before = order[played.number]
                is_suspicious = self._is_suspicious(played, number)
                if not (is_suspicious or played.is_unfinished):
                    waiting[played.number] = played
                    self._suspects.note(number, ended_before, is_well=self._is_well(played, number))
                while following in waiting:
                    yield from self._taken(order[following][0], waiting.pop(following))
                    following += 1
                if is_suspicious:
                    break
        for at in sorted(waiting):
            yield from self._taken(order[at][0], waiting[at])
        if is_suspicious:  # the one that was is counted in, unless it was the whole request
            unknown = sum(one is not None and one not in self._verdicts for one, _ in order)
            self._suspects.broke_off(unknown - (number is not None))
        return is_suspicious

    def _watched(self, numbers: Sequence[int], watch: Watch) -> Generator[Verdict, None, bool]:
        """Play these, one at a time, and look by the probes before and after each; return as ``_crowd`` does."""
        order: list[tuple[int | None, int]] = []
        for plan in self._plans(numbers, order):
            before = watch.look()
            played = self._plays.alone(plan)
            if played is None:
                return False
            number = order[-1][0]
            if self._is_suspicious(played, number):
                return True
            looks = watch.since(before, self._stop)
            if self._stop.is_set():
                return False
            self._suspects.note(*order[-1], is_well=self._is_well(played, number))
            yield from self._taken(number, played, looks)
        return False

    def _plans(self, numbers: Sequence[int], order: list[tuple[int | None, int]]) -> Iterator[Plan]:
        """Yield the plans of the cells, and now and then the whole request; ``order`` is told which is which."""
        for count, number in enumerate(numbers, 1):
            order.append((number, self._suspects.count))
            yield self._setting.plan_of(self._cells[number])
            if self._norm.statuses and count % _CHECKED_AFTER == 0 and count < len(numbers):
                order.append((None, self._suspects.count))
                yield self._setting.whole

    def _is_suspicious(self, played: Played, number: int | None) -> bool:
        return self._alarms < _MOST_ALARMS and not played.is_unfinished and not self._is_well(played, number)

    def _is_well(self, played: Played, number: int | None) -> bool:
        return played.error is None and (number is not None or self._norm.fault(played) is None)

    def _taken(self, number: int | None, played: Played, looks: tuple[Look, ...] = ()) -> Iterator[Verdict]:
        if number is None:
            self._norm = self._norm.learning(played)
            self._plays.checked_by(played)
            return
        verdict = self._judged(self._cells[number], played)
        if verdict.facts.status is not None:
            self._suspects.acquit_others()
        if looks:
            verdict = rejudged(replace(verdict, facts=replace(verdict.facts, looks=looks)), self._setting.terms)
        yield self._keep(number, verdict)

    # What is looked at again, alone.

    def _second_looks(self) -> Iterator[Verdict]:
        connection = self._setting.whole.main_connection
        if is_answered_once(self._verdicts.values(), connection, self._tried):
            self._norm = replace(self._norm, is_answered_once=True)
        yield from self._by_norm()
        for number, verdict in looked_through(self._verdicts, self._looked, twice=self._twice):
            yield self._keep(number, verdict)
        yield from self._by_norm()

    def _looked(self, number: int) -> Verdict | None:
        if self._is_over:
            return None
        before, cell = self._known(self._verdicts[number]), self._cells[number]
        return self._surely(cell, looked_again(before, partial(self._tried, cell), self._setting.at_once))

    def _surely(self, cell: Cell, verdict: Verdict) -> Verdict:
        """Return the verdict, or what is to be said in its place where it depends on chance, and not on segments."""
        while verdict.rule == "depends-on-segments":
            settled = in_turns(verdict, partial(self._tried, cell), self._whole_tried)
            if settled is not None:
                return settled
            verdict = self._known(verdict)
        return verdict

    def _whole_tried(self) -> tuple[str, ...] | None:
        """Play the whole request as for the norm, and return what differs, which then counts no more."""
        played = None if self._is_over else self._plays.alone(self._setting.whole)
        if played is None or played.outcome is None:
            return None
        differs = self._norm.facts_of(played.outcome.connection).differs
        self._norm = replace(self._norm, varies=self._norm.varies.union(differs))
        return differs

    def _by_norm(self) -> Iterator[Verdict]:
        """Judge all by what is known now of the whole request, and yield what has changed."""
        for number, verdict in sorted(self._verdicts.items()):
            now = self._known(verdict)
            if now is not verdict:
                yield self._keep(number, now)

    def _known(self, verdict: Verdict) -> Verdict:
        facts = self._norm.known(verdict.facts)
        return verdict if facts == verdict.facts else rejudged(replace(verdict, facts=facts), self._setting.terms)

    def _narrowed(self) -> Iterator[Verdict]:
        """Yield what depends on segments with the few ends of writes that matter."""
        for number, verdict in sorted(self._verdicts.items()):
            if not (verdict or self._is_over) and verdict.rule == "depends-on-segments":
                now = narrowed(verdict, self._setting.whole.main_connection, self._tried, self._surely)
                if now is not verdict:
                    yield self._keep(number, now)
        yield from self._by_norm()

    def _tried(self, cell: Cell) -> Verdict | None:
        played = None if self._is_over else self._plays.alone(self._setting.plan_of(cell))
        return None if played is None else self._judged(cell, played)

    # What the application has seen, by which each is judged once more.

    def _what_was_seen(self, witness: Witness) -> Iterator[Verdict]:
        seen = as_seen(dict(self._verdicts), witness, self._setting.terms, self._stop, is_over=self._is_over)
        for number, verdict in seen:
            yield self._keep(number, verdict)
        if witness.unreadable:
            self._notes.append(f"{witness.unreadable:,} lines of the witness cannot be read")

    # How a play comes to a verdict.

    def _judged(self, cell: Cell, played: Played) -> Verdict:
        return judged(cell, played, self._setting.terms, self._norm, self._setting.command_of(cell))

    def _keep(self, number: int, verdict: Verdict) -> Verdict:
        self._verdicts[number] = verdict = self._setting.accepted.applied(verdict)
        return verdict

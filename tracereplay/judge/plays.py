"""How the plays of a sweep are made: many at a time, or one alone."""

import threading
from collections.abc import Generator, Iterator
from contextlib import closing
from dataclasses import replace

from tracereplay.judge.live_secrets import without
from tracereplay.judge.sent import sent_by
from tracereplay.judge.setting import Setting
from tracereplay.net.many import Played, play_many
from tracereplay.plan.plan import Plan


class Plays:
    """Makes plays as ``setting`` says, until ``stop`` is set; the witness, if there is one, is told of each."""

    def __init__(self, setting: Setting, stop: threading.Event) -> None:
        self._setting = setting
        self._stop = stop

    def learned_by(self, whole: Played) -> None:
        """Let the witness take this for what it must see. Raises PlanError when it has seen nothing of it."""
        if self._setting.witness is not None:
            self._setting.witness.refuse_blind(*sent_by(whole))

    def checked_by(self, whole: Played) -> None:
        """Let the witness know that this was answered as before."""
        if self._setting.witness is not None:
            self._setting.witness.answered(*sent_by(whole))

    def alone(self, plan: Plan) -> Played | None:
        """Play, with no other play beside it; None when it was stopped."""
        with closing(self.many(iter((plan,)), 1)) as plays:
            played = next(plays, None)
        return None if played is None or played.is_unfinished else played

    def many(self, plans: Iterator[Plan], parallel: int) -> Generator[Played, None, None]:
        """Play each, so many at a time, and yield them in the order of their ends; whole answers tell no secret."""
        given = self._setting
        plans = plans if given.witness is None else map(given.witness.named, plans)
        plays = play_many(
            plans, given.target, parallel=parallel, timeout=given.terms.hang, network=given.network, stop=self._stop
        )
        with closing(plays):
            for played in plays:
                if given.witness is not None and played.outcome is not None:
                    one = played.outcome.connection
                    given.witness.expect(one.ports, one.seconds, one.over)
                    given.witness.refuse_lost()  # now, and not after all the others
                if played.outcome is not None and played.plan.main_connection.cut is None:  # else its status counts
                    played = replace(played, outcome=without(given.known, played.outcome))  # noqa: PLW2901  # the same
                yield played

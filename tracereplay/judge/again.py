"""What is looked at again, alone, so that no other play of ours is at fault, and that nothing is told by chance.

Of neighbouring equal verdicts the first is looked at, of a hang also the last; the next when it was not so again. What
differs in other writes is told only when it does so each time, and in one write never, in turns.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import groupby
from math import inf

from tracereplay.judge.verdict import Verdict

_MOST_LOOKS = 200  # at what is right; at what is wrong always
_SPLIT, _WHOLE = "sw"
_TURNS = "swwswssw"  # Thue and Morse's, which repeats nothing: who answers otherwise each third time is not in step


def looked_through(
    verdicts: Mapping[int, Verdict], look: Callable[[int], Verdict | None], *, twice: bool
) -> Iterator[tuple[int, Verdict]]:
    """Yield the verdicts that ``look`` changes, which returns None when it is over.

    ``verdicts`` are to be changed before the next one is asked for. With ``twice`` all of them are looked at.
    """
    looks = 0
    numbers = [number for number, one in sorted(verdicts.items()) if one.facts.is_reached and one.facts.hears]
    for _, run in groupby(numbers, key=lambda number: verdicts[number].sameness):
        members = list(run)
        is_hang = verdicts[members[0]].kind == "hang"
        for direction in (members, members[:0:-1]) if is_hang else (members,):
            for number in direction:
                if looks >= (_MOST_LOOKS if verdicts[number] and not twice else inf):
                    break
                before, now = verdicts[number], look(number)
                looks += 1
                if now is None:
                    return
                if now is not before:
                    yield number, now
                elif not twice or is_hang:
                    break


def looked_again(first: Verdict, play: Callable[[], Verdict | None], at_once: int) -> Verdict:
    """Return ``first`` when it is so again; else the verdict of a play alone, or that there is no telling.

    ``play`` makes it once more, and gives None when it was stopped; ``at_once`` were made at a time before. A play that
    is blind tells nothing against another.
    """
    seen = [first]
    for _ in range(2):
        now = play()
        if now is None or not now.facts.is_reached:
            return first
        if now.facts.is_blind:
            continue
        if first.facts.is_blind:
            return now
        seen.append(now)
        if seen[1].answer == first.answer:
            return first
    if len(seen) == 1:
        return first
    is_our_load = seen[1].answer == seen[-1].answer and at_once > 1
    return seen[1] if is_our_load else flaky(seen)


def in_turns(
    first: Verdict, split: Callable[[], Verdict | None], whole: Callable[[], Collection[str] | None]
) -> Verdict | None:
    """Return ``first`` when it is so each time, and never in one write; flaky when it is not.

    None when one write is answered so, too: then it means nothing. ``whole`` plays that, and returns what differs.
    Both give None when it was stopped.
    """
    seen = [first]
    for turn in _TURNS:
        if turn == _SPLIT:
            now = split()
            if now is None or not now.facts.is_reached:
                return first
            seen.append(now)
            if now.answer != first.answer:
                return flaky(seen)
        else:
            differs = whole()
            if differs is None:
                return first
            if not set(first.facts.differs).isdisjoint(differs):
                return None
    return first


def flaky(seen: Sequence[Verdict]) -> Verdict:
    """Return that equal plays were answered differently."""
    first, *others = map(_told, seen)
    what = "cut" if seen[0].facts.is_cut else "split"
    why = f"the same {what} was played {len(seen)} times, and what came was {first}, then {', then '.join(others)}"
    return replace(seen[-1], kind="flaky", rule="flaky", why=why)


def _told(verdict: Verdict) -> str:
    facts = verdict.facts
    if facts.status is None:
        return "silence" if facts.ended == "timeout" else "no answer"
    if facts.differs:
        return f"{facts.status} with another {', '.join(facts.differs)}"
    return str(facts.status) if facts.surplus_status is None else f"{facts.status} and {facts.surplus_status}"

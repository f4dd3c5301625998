"""What was redacted, in a script of plain sockets: it holds none of it, and takes it from the environment when it runs.

The law: whatever its length, the script sends what a play would send that has the same secret. How long that is nobody
knows yet, so that nothing but the one write of its head may depend on it: else a plan with longer ones is another plan.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from tracereplay.errors import PlanError
from tracereplay.plan.connection import ConnectionPlan
from tracereplay.plan.message import Revision
from tracereplay.plan.plan import Plan
from tracereplay.plan.secrets import LEGAL, Gap, variable_of
from tracereplay.plan.splice import Splice
from tracereplay.show.literal import bytes_literal, text_literal
from tracereplay.show.socket_parts import Block, Part, parts
from tracereplay.trace.secret import FILLER, TEXT

_BODY = "body."
_KEEP = "send the x's with --redacted keep, or play it: --secret takes the live value"


@dataclass(frozen=True, slots=True)
class Live:
    """What is put into a block when the script runs, from ``start`` to ``end`` of it: the value of ``call``."""

    start: int
    end: int
    variable: str
    call: str


def with_longer_secrets(plan: Plan) -> Plan:
    """Return the plan in which all that was redacted in heads is longer than it was."""
    return replace(plan, connections=tuple(map(_longer, plan.connections)))


def _longer(one: ConnectionPlan) -> ConnectionPlan:
    splices = [
        Splice(gap.start, gap.end, FILLER * (gap.end - gap.start + _growth(number)))
        for number, gap in enumerate(one.gaps())
        if _is_of_any_length(gap)
    ]
    return one.revised(Revision(tuple(splices))) if splices else one


def _growth(number: int) -> int:
    """Return how much longer the gap with this number gets: more than any piece that writes are made of.

    Each gets another length, so that no share of all is by chance that of some.
    """
    return 100_003 + 7_919 * number * number


def _is_of_any_length(gap: Gap) -> bool:
    return not gap.name.startswith(_BODY)


def live_secrets(plan: ConnectionPlan, found: Sequence[Part], longer: ConnectionPlan) -> dict[str, list[Live]]:
    """Return what is put into each block of those ``found``, by its name; ``longer`` is the plan of longer secrets.

    Raises PlanError when more depends on the length of a secret than the write that it is in.
    """
    gaps = [gap for gap in plan.gaps() if gap.start < plan.sends_bytes]
    if not gaps:
        return {}
    names = ", ".join(dict.fromkeys(gap.name for gap in gaps))
    texts = [gap for gap in gaps if gap.name == TEXT]
    if texts:
        raise PlanError("a text that was redacted cannot be put in again, nor by a script", hint=_KEEP)
    if not _is_same_for(longer, found, gaps):
        cut = "" if plan.cut is None else f" of {plan.cut.spec}"
        raise PlanError(
            f"where the cut{cut}, the writes or their times are depends on how long what was redacted is: {names};"
            " a script learns that when it runs",
            hint="a place in the body does not count the head: --truncate body:50%; or send the x's: --redacted keep",
        )
    blocks = {part.name: list(_in_block(part, gaps)) for part in found if isinstance(part, Block)}
    return {name: lives for name, lives in blocks.items() if lives}


def _is_same_for(longer: ConnectionPlan, found: Sequence[Part], gaps: Sequence[Gap]) -> bool:
    try:
        others = tuple(parts(longer))
    except PlanError:  # too many writes, and there were not too many before
        return False
    return len(found) == len(others) and all(_is_same(*pair, gaps) for pair in zip(found, others, strict=True))


def _is_same(part: Part, longer: Part, gaps: Sequence[Gap]) -> bool:
    """Return whether nothing changes with the length of a secret, but for the size of a block that is one write."""
    if not isinstance(part, Block) or not isinstance(longer, Block):
        return part == longer
    within = [
        _growth(number)
        for number, gap in enumerate(gaps)
        if part.start <= gap.start < part.start + part.size and _is_of_any_length(gap)
    ]
    if part.kind != longer.kind or longer.size != part.size + sum(within):
        return False
    if not within:
        return part.writes == longer.writes
    is_one = not part.has_several and not longer.has_several
    return is_one and part.writes[0].at_ns == longer.writes[0].at_ns


def _in_block(block: Block, gaps: Sequence[Gap]) -> Iterator[Live]:
    end = block.start + block.size
    for gap in gaps:
        if block.start <= gap.start < end:
            if block.literal is None or gap.end > end:
                where = "in a file beside the script" if block.literal is None else "cut in the middle"
                raise PlanError(f"{gap.name} was redacted, and would be {where}", hint=_KEEP)
            variable = variable_of(gap.name)
            yield Live(gap.start - block.start, gap.end - block.start, variable, _call(gap, text_literal(variable)))


def _call(gap: Gap, variable: str) -> str:
    scope = gap.name.partition(".")[0]
    if not _is_of_any_length(gap):
        return f"as_long({variable}, {gap.end - gap.start})"
    if scope in LEGAL:
        return f"escaped({variable}, {text_literal(LEGAL[scope])})"
    scheme = gap.before.partition(b":")[2].strip() if gap.name.endswith("Authorization") else b""
    return f"credentials({variable}, {bytes_literal(scheme)})" if scheme else f"secret({variable})"


def put_in(name: str, lives: Sequence[Live]) -> Iterator[str]:
    """Yield the lines that put live secrets into the bytes that are called ``name``."""
    yield f'{name} = b"".join('
    yield "    ["
    at = ""
    for live in lives:
        yield f"        {name}[{at}:{live.start}],"
        yield f"        {live.call},"
        at = str(live.end)
    yield f"        {name}[{at}:],"
    yield "    ]"
    yield ")"

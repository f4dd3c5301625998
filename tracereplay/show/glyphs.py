"""How a verdict looks in a picture: a colour for what it comes to, and a sign, for colour alone is not seen by all."""

from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from tracereplay.judge.verdict import Verdict

Group = Literal["wrong", "right", "known", "unseen"]

_GLYPHS: dict[str, str] = {
    "2xx-for-incomplete": "2",
    "5xx-for-incomplete": "5",
    "truncated-taken-for-whole": "T",
    "still-started": "O",
    "hang": "H",
    "dead-afterwards": "X",
    "leftover-as-request": "L",
    "depends-on-segments": "S",
    "flaky": "F",
    "whole": "=",
    "rejected": "r",
    "closed": "c",
    "waiting": "w",
    "tolerated": "t",
    "accepted": "a",
    "noticed": "n",
    "unseen": "-",
    "unreached": "?",
    "unjudged": "?",
}
_KNOWN = ("tolerated", "accepted")
_UNSEEN = ("unseen", "unreached", "unjudged")


def glyph(kind: str) -> str:
    """Return the sign of a kind of verdict, ``!`` for one that has none of its own."""
    return _GLYPHS.get(kind, "!")


def group_of(verdict: "Verdict") -> Group:
    """Return what a verdict comes to."""
    if not verdict:
        return "wrong"
    if verdict.kind in _KNOWN:
        return "known"
    return "unseen" if verdict.kind in _UNSEEN else "right"

"""A sweep as JUnit XML: a test for each rule and way of leaving, which are the same from run to run.

A finding fails the test of its rule. What could not be seen is skipped, and a sweep that did not come to its end is an
error. Jenkins and GitLab read it.
"""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from tracereplay.show.printable import printable
from tracereplay.show.sweep import finding_lines

if TYPE_CHECKING:
    from tracereplay.judge.finding import Finding, Sweep
    from tracereplay.judge.verdict import Rule, Verdict

_OF_ALL: "tuple[Rule, ...]" = ("dead-afterwards", "flaky")
_OF_CUT: "tuple[Rule, ...]" = (
    "2xx-for-incomplete",
    "5xx-for-incomplete",
    "truncated-taken-for-whole",
    "still-started",
    "hang",
    "leftover-as-request",
    *_OF_ALL,
)
_OF_WHOLE: "tuple[Rule, ...]" = ("depends-on-segments", *_OF_ALL)


def sweep_as_junit(sweep: "Sweep") -> Iterator[str]:
    """Yield the lines of the XML."""
    suite = Element("testsuite", name=_text(f"tracereplay sweep {sweep.trace}"), time=f"{sweep.seconds:.3f}")
    if not sweep.is_whole:
        case = SubElement(suite, "testcase", classname=_text(sweep.trace), name="every play was made")
        SubElement(case, "error", message=f"the sweep was stopped before its end, after {sweep.plays:,} plays")
    by_how: dict[str, list[Verdict]] = {}
    for one in sweep.verdicts:
        by_how.setdefault(one.how, []).append(one)
    findings = sweep.findings
    for how, verdicts in by_how.items():
        for rule in _OF_CUT if verdicts[0].facts.is_cut else _OF_WHOLE:
            case = SubElement(suite, "testcase", classname=_text(f"{sweep.trace}.{how}"), name=rule)
            found = [one for one in findings if one.rule == rule and one.first.how == how]
            if found:
                _fail(case, found)
            elif reason := _unseen(rule, verdicts):
                SubElement(case, "skipped", message=f"of {len(verdicts):,} plays {reason}")
    for name, looked in (("leak", sweep.health), ("starved", sweep.starving)):
        if looked is not None:
            case = SubElement(suite, "testcase", classname=_text(sweep.trace), name=name)
            wrong = [_text(str(one)) for one in sweep.faults if one.rule == name]
            if wrong:
                SubElement(case, "failure", type=name, message="; ".join(wrong))
    cases = list(suite)
    suite.set("tests", str(len(cases)))
    for what in ("failure", "error", "skipped"):
        name = what if what == "skipped" else f"{what}s"
        suite.set(name, str(sum(case.find(what) is not None for case in cases)))
    _tell(suite, sweep)
    suites = Element("testsuites")
    suites.append(suite)
    indent(suites)
    yield '<?xml version="1.0" encoding="utf-8"?>'
    yield from tostring(suites, "unicode").splitlines()


def _unseen(rule: "Rule", verdicts: "Sequence[Verdict]") -> str | None:
    """Return why these plays cannot tell whether the rule was broken, None where they can."""
    reached = [one.facts for one in verdicts if one.facts.is_reached]
    if not reached:
        return "none was on a connection"
    match rule:
        case "dead-afterwards":
            return None  # who was gone needs to hear nothing: the next play tells it
        case "truncated-taken-for-whole":
            return None if any(one.seen for one in reached) else "no witness saw anything"
        case "still-started":
            is_looked_at = any(one.seen or one.looks for one in reached)
            return None if is_looked_at else "neither a witness nor a probe saw anything"
        case "hang" if any(one.kind == "waiting" for one in verdicts):
            return "some were waited for, as a server may, and without --hang that is not judged"
        case _:
            if any(one.hears and not one.is_blind for one in reached):
                return None
            return (
                "of none it is known what was answered"
                if any(one.hears for one in reached)
                else "none was there to hear an answer"
            )


def _fail(case: Element, found: "list[Finding]") -> None:
    lines = [list(finding_lines(one)) for one in found]
    more = f", and {len(found) - 1:,} more" if len(found) > 1 else ""
    failure = SubElement(case, "failure", type=found[0].rule, message=_text(f"{lines[0][0]}{more}"))
    failure.text = "\n\n".join("\n".join(map(_text, one)) for one in lines)


def _tell(suite: Element, sweep: "Sweep") -> None:
    counts = ", ".join(f"{number:,} {kind}" for kind, number in sweep.counts.most_common())
    lines = [f"{sweep.plays:,} play{'' if sweep.plays == 1 else 's'} at {sweep.target}: {counts}", *sweep.notes]
    SubElement(suite, "system-out").text = "\n".join(map(_text, lines))


def _text(text: str) -> str:
    """Return text that XML can hold: it has no way to say most control characters."""
    return printable(text)

"""A sweep as one page: what is wrong, in words; then each play over the bytes that were sent.

The page loads nothing, and its script is its own. Without it the findings, the pictures and the table are there, and
the map is not.
"""

import base64
import json
from collections.abc import Iterator
from itertools import groupby
from typing import TYPE_CHECKING

from tracereplay.plan.connection import ConnectionPlan
from tracereplay.plan.echo import Discretion
from tracereplay.show.excerpts import Excerpt, excerpts
from tracereplay.show.glyphs import Group, glyph, group_of
from tracereplay.show.lanes import in_words, picture
from tracereplay.show.page import asset, page, safe
from tracereplay.show.play_picture import play_rows
from tracereplay.show.sweep import places_of
from tracereplay.show.sweep_data import answer, sweep_data
from tracereplay.units import SECOND_NS, format_duration

if TYPE_CHECKING:
    from tracereplay.judge.finding import Finding, Sweep
    from tracereplay.judge.verdict import Verdict

_NOTHING = Discretion()
_MOST_FINDINGS, _MOST_PICTURES, _MOST_RUNS = 20, 5, 300


def sweep_as_html(sweep: "Sweep", connection: ConnectionPlan, known: Discretion = _NOTHING) -> Iterator[str]:
    """Yield the lines of the page; ``connection`` is what was sent, without a cut, and what is ``known`` is secret."""
    style = asset("report.css") + asset("lanes.css")
    yield from page(f"{sweep.trace}: sweep", _body(sweep, connection, known), style, asset("report.js"))


def _body(sweep: "Sweep", connection: ConnectionPlan, known: Discretion) -> Iterator[str]:
    findings = sweep.findings
    took = format_duration(round(sweep.seconds * SECOND_NS))
    stopped = "" if sweep.is_whole else ", stopped before its end"
    heading = _count(len(findings)) if sweep.plays else "Nothing was played"
    yield f"<header><h1>{safe(sweep.trace)} <span>to {safe(sweep.target)}</span></h1>"
    yield f"<p>{sweep.plays:,} play{'' if sweep.plays == 1 else 's'} in {took}{stopped}</p>"
    notes = (*sweep.notes, *map(str, sweep.faults), *(f"accepted: {one}" for one in sweep.accepted_faults))
    yield from (f'<p class="note">Note: {safe(note)}</p>' for note in notes)
    yield "</header><main><section aria-labelledby=found>"
    count = len(findings)
    yield f"<h2 id=found>{heading}</h2>"
    for number, finding in enumerate(findings[:_MOST_FINDINGS]):
        yield '<article class="finding">'
        yield from _finding(finding)
        if number < _MOST_PICTURES:
            yield from _folded(finding.first) if number else _picture(finding.first)
        yield "</article>"
    if count > _MOST_FINDINGS:
        yield f"<p>and {count - _MOST_FINDINGS:,} more, which are in the map and in the table below</p>"
    yield "</section>"
    if not findings:
        yield from _one_play(sweep)
    yield from _map(sweep, connection, known)
    yield from _table(sweep)
    yield "</main>"


def _count(count: int) -> str:
    return "Nothing wrong" if not count else f"{count:,} finding{'' if count == 1 else 's'}"


def _finding(finding: "Finding") -> Iterator[str]:
    first = finding.first
    yield f'<h3><b class="sign wrong">{glyph(first.kind)}</b> {safe(finding.rule)}</h3>'
    yield f"<p><b>{safe(first.how)}</b>{safe(places_of(finding))}; answer: {safe(answer(first.facts))}</p>"
    yield f"<p>{safe(finding.why)}</p>"
    if first.command is not None:
        yield f"<pre tabindex=0>{safe(first.command)}</pre>"


def _folded(one: "Verdict") -> Iterator[str]:
    yield "<details><summary>What happened when</summary>"
    yield from _picture(one)
    yield "</details>"


def _one_play(sweep: "Sweep") -> Iterator[str]:
    for one in sweep.verdicts:
        if one.facts.hears and list(one.timeline):
            yield "<section aria-labelledby=one><h2 id=one>One of the plays</h2>"
            yield from _picture(one)
            yield "</section>"
            return


def _picture(one: "Verdict") -> Iterator[str]:
    if not list(one.timeline):
        return
    done = f"cut at byte {one.at:,} and left by {one.way.value}" if one.facts.is_cut else f"sent in pieces: {one.split}"
    title = f"What happened when it was {done}"
    yield f'<figure class="picture"><figcaption>{safe(title)}, in seconds</figcaption>'
    rows = list(play_rows(one.timeline))
    yield from picture(title, rows)
    yield from in_words(rows)
    yield "</figure>"


def _map(sweep: "Sweep", connection: ConnectionPlan, known: Discretion) -> Iterator[str]:
    hows = list(dict.fromkeys(one.how for one in sweep.verdicts))
    ends = "that was split behind it" if any(not one.facts.is_cut for one in sweep.verdicts) else "that ended with it"
    yield '<section aria-labelledby=every class="map"><h2 id=every>Every play, over the bytes that were sent</h2>'
    yield (
        f"<p>Above each byte stands what came of a play {ends}: from the top {safe(', '.join(hows))}."
        " Point at one, or go to it with the arrow keys.</p>"
    )
    yield "<ul class=legend>"
    kinds: dict[str, Group] = {one.kind: group_of(one) for one in sweep.verdicts}
    for kind, count in sweep.counts.most_common():
        yield f'<li><b class="sign {kinds[kind]}">{glyph(kind)}</b> {safe(kind)} <small>{count:,}</small></li>'
    yield "<li><i class=unknown>.</i> unknown byte</li><li><i class=secret>*</i> masked secret</li></ul>"
    detail = "<div id=detail role=region aria-label='The play' tabindex=0><p id=title></p><div id=more></div></div>"
    yield f"<div class=board>{detail}<div id=map></div></div>"
    yield "<noscript><p>The map needs JavaScript. The table below says the same, without the bytes.</p></noscript>"
    data = sweep_data(sweep.verdicts) | {
        "total": connection.planned_bytes,
        "excerpts": [_excerpt(one) for one in excerpts(connection, (one.at for one in sweep.verdicts), known)],
    }
    text = json.dumps(data, separators=(",", ":"))
    for char in "<>&":
        text = text.replace(char, f"\\u{ord(char):04x}")
    yield f'<script type="application/json" id="data">{text}</script></section>'


def _excerpt(one: Excerpt) -> list[object]:
    return [one.name, one.start, base64.b64encode(one.data).decode(), one.marks]


def _table(sweep: "Sweep") -> Iterator[str]:
    runs = [list(run) for _, run in groupby(sweep.verdicts, lambda one: one.sameness)]
    yield "<section aria-labelledby=all><h2 id=all>All verdicts</h2><div class=scroll tabindex=0><table>"
    yield "<caption>Equal verdicts at neighbouring places are one row</caption>"
    titles = ("way", "from byte", "to byte", "plays", "verdict", "answer", "why, at the first")
    yield f"<thead><tr>{''.join(f'<th scope=col>{title}</th>' for title in titles)}</tr></thead><tbody>"
    for run in runs[:_MOST_RUNS]:
        first, last = run[0], run[-1]
        verdict = f'<b class="sign {group_of(first)}">{glyph(first.kind)}</b> {safe(first.kind)}'
        yield (
            f"<tr><th scope=row>{safe(first.how)}</th><td class=n>{first.at:,}</td><td class=n>{last.at:,}</td>"
            f"<td class=n>{len(run):,}</td><td>{verdict}</td><td>{safe(answer(first.facts))}</td>"
            f"<td>{safe(first.why)}</td></tr>"
        )
    yield "</tbody></table></div>"
    if len(runs) > _MOST_RUNS:
        left = sum(map(len, runs[_MOST_RUNS:]))
        yield f"<p>and {len(runs) - _MOST_RUNS:,} rows more, of {left:,} plays: they are in the map</p>"
    yield "</section>"

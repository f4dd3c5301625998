"""Marks in every recording: they change nothing of what is read, and are written back where they stood."""

import random
from dataclasses import replace
from pathlib import Path

import pytest

from tests.trace.between import places_between, with_lines
from tests.trace.corpus import Recording, recordings
from tracereplay.trace.convert import Conversion
from tracereplay.trace.event import Event, Item
from tracereplay.trace.mark import Mark
from tracereplay.trace.trace import Trace

FIXTURES = Path(__file__).parents[2] / "fixtures" / "traces"
TRACES = [pytest.param(one, id=one.folder.name) for one in recordings(FIXTURES) if one.is_trace]
SHARES_STDOUT = ("stdout_", "_progress_merged")  # the body is skipped, and not written back
MOST_MARKED = 400


def _told(trace: Trace) -> list[object]:
    """Return what a trace says, but for its marks and lines."""
    return [
        trace.form,
        trace.reasoned,
        [(one.code, one.message, one.is_fault) for one in trace.warnings if one.code != "mark"],
        [
            (one.id, one.host, one.port, one.protocol, one.tls, one.first, one.last, len(one.requests))
            for one in trace.conversations
        ],
        [(one.sent.bytes, list(one.sent.unknown), one.sent.inferred) for one in trace.conversations],
        [(one.received.bytes, list(one.received.unknown), one.received.inferred) for one in trace.conversations],
        [_bare(item) for item in trace.printed() if not isinstance(item, Mark)],
    ]


def _bare(item: Item) -> Item:
    return replace(item, line=0, marks=()) if isinstance(item, Event) else replace(item, line=0)


@pytest.mark.parametrize("recording", TRACES)
def test_marks_change_nothing_of_what_is_read_and_are_written_back(recording: Recording, tmp_path: Path) -> None:
    path, text = tmp_path / "trace.txt", recording.read(recording.truth["trace"]["file"])
    path.write_bytes(text)
    plain = Trace.load(path)
    told = _told(plain)
    places = places_between(plain, text)
    seed = random.randrange(1 << 32)
    print("seed", seed)
    chance = random.Random(seed)
    line_end = b"\r\n" if chance.random() < 0.2 else b"\n"
    for share in (1, 0.05):
        chosen = sorted(chance.sample(places, min(max(1, int(len(places) * share)), MOST_MARKED)))
        lines = {line: chance.choice((b"#: mark m%d", b"# why %d")) % line + line_end for line in chosen}
        marked_text = with_lines(text, lines)
        path.write_bytes(marked_text)
        marked = Trace.load(path)
        assert _told(marked) == told
        if any(one.sent.bytes for one in plain.conversations):
            assert not any(one.code == "mark" for one in marked.warnings)
        found = [item for item in marked.printed() if isinstance(item, Mark)]
        found += [mark for item in marked.printed() if isinstance(item, Event) for mark in item.marks]
        assert sorted(mark.text for mark in found) == sorted(lines.values())
        if not any(part in recording.folder.name for part in SHARES_STDOUT):
            written = b"".join(Conversion.of(marked, marked.form, keeps_unknown=True).text())
            assert written == marked_text

"""The staircase as a picture."""

from tracereplay.show.curves import Curve, staircase

STEP = 65_536
STALL = Curve("stall", tuple((at, at // STEP * STEP) for at in range(0, 300_000, 8192)), "in steps of 65,536 bytes")
FIN = Curve("fin", tuple((at, at) for at in range(0, 300_000, 8192)))


def test_each_curve_has_a_line_a_sentence_and_its_points() -> None:
    lines = "\n".join(staircase([STALL, FIN]))
    assert lines.count('class="curve') == 2
    assert "<p><b>stall</b> (solid): in steps of 65,536 bytes</p>" in lines
    assert "<p><b>fin</b> (dashed)</p>" in lines
    assert lines.count("37 points") == 2
    assert "<tr><td class=n>73,728<td class=n>65,536" in lines


def test_of_very_many_points_some_are_shown_and_it_says_so() -> None:
    lines = "\n".join(staircase([Curve("fin", tuple((at, at) for at in range(100_001)))]))
    assert "60 of 100,001 points" in lines
    assert len(lines) < 20_000


def test_nothing_seen_is_flat_and_no_curve_is_no_error() -> None:
    assert 'd="M80 280L464 280"' in "\n".join(staircase([Curve("flat", ((0, 0), (10, 0)))]))
    assert "curve" not in "\n".join(staircase([Curve("none", ())])).replace("curves", "")


def test_what_it_is_called_can_be_no_markup() -> None:
    assert "<script>" not in "\n".join(staircase([Curve("<script>", ((0, 0), (1, 1)), "</p><script>")]))

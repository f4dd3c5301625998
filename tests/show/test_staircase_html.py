"""The page of a staircase: what is in it, and what becomes of it in a browser."""

from pathlib import Path

import pytest

from tests.show.browser import looked_at
from tracereplay.judge.staircase import Curve
from tracereplay.plan.way import Way
from tracereplay.show.staircase_html import staircase_as_html

STEP = 65_536
PLACES = range(8192, 300_000, 8192)
STALL = Curve(Way.STALL, tuple((at, at // STEP * STEP) for at in PLACES))
RST = Curve(Way.RST, STALL.points)
FIN = Curve(Way.FIN, tuple((at, at) for at in PLACES))
WIDE = "x" * 400
LOOK = """
  const told = (one) => frame.contentWindow.getComputedStyle(one);
  const curves = [...doc.querySelectorAll("figure .curve:not(.dot)")];
  return {
    wide: doc.documentElement.scrollWidth - doc.documentElement.clientWidth,
    strokes: curves.map((one) => told(one).stroke),
    widths: curves.map((one) => parseFloat(told(one).strokeWidth)),
    keys: [...doc.querySelectorAll("li .curve")].map((one) => told(one).stroke),
    paper: told(doc.body).backgroundColor,
    picture: told(doc.querySelector("figure svg")).backgroundColor,
    out: [...doc.querySelectorAll("figure text")].filter((one) => {
      const box = one.getBoundingClientRect(), all = one.ownerSVGElement.getBoundingClientRect();
      return box.left < all.left || box.right > all.right || box.bottom > all.bottom;
    }).length,
    label: doc.querySelector("figure svg").getAttribute("aria-label"),
    elements: [...new Set([...doc.querySelectorAll("*")].map((one) => one.localName))],
  };
"""


def text_of(*curves: Curve, trace: str = "large.txt", is_whole: bool = True) -> str:
    return "\n".join(staircase_as_html(trace, "127.0.0.1:8000", curves, is_whole=is_whole))


def test_each_curve_has_a_line_its_sentence_and_its_points() -> None:
    text = text_of(STALL, FIN)
    for curve in (STALL, FIN):
        assert f"<p><b>{curve.way.value}</b>: {curve}</p>" in text
        assert text.count(f'<path class="curve {curve.way.value} dot"') == 1
    assert "72 points</p>" in text
    assert "<tr><th scope=row class=n>73,728<td class=n>65,536<td class=n>73,728" in text


def test_curves_of_a_search_have_points_of_their_own() -> None:
    text = text_of(Curve(Way.RST, ((1, 0), (9, 3)), is_search=True), Curve(Way.FIN, ((1, 1), (5, 5)), is_search=True))
    assert "for the first time after more than 1 and at most 9 bytes sent: 3" in text
    assert "<tr><th scope=row class=n>9<td class=n>3<td class=n>" in text


def test_nothing_seen_is_flat_and_no_curve_is_no_picture() -> None:
    assert 'd="M298 348L520 348"' in text_of(Curve(Way.RST, ((5, 0), (10, 0))))
    text = text_of(is_whole=False)
    assert "0 points, stopped before its end" in text
    assert "<figure" not in text


@pytest.mark.parametrize("is_dark", [False, True], ids=["light", "dark"])
def test_in_a_browser_every_curve_can_be_told_and_nothing_overflows(tmp_path: Path, *, is_dark: bool) -> None:
    page = tmp_path / "page.html"
    page.write_text(text_of(FIN, RST, STALL, trace=f"{WIDE}<script><img src=x>"), "utf-8")
    for width, told in zip((390, 1280), looked_at(page, LOOK, is_dark=is_dark), strict=True):
        assert isinstance(told, dict)
        assert told["wide"] <= 0, f"{width}: {told['wide']} px too wide"
        assert told["out"] == 0
        assert len(set(told["strokes"])) == 3
        assert told["strokes"] == list(reversed(told["keys"]))
        assert told["widths"] == sorted(told["widths"], reverse=True)
        assert told["paper"] == told["picture"]
        assert (told["paper"] == "rgb(255, 255, 255)") is not is_dark
        assert told["label"].endswith("the table has it, too")
        assert not {"script", "img"} & set(told["elements"])

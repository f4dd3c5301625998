"""The picture with two lanes."""

from xml.etree.ElementTree import fromstring

import pytest

from tracereplay.show.lanes import Row, in_words, picture
from tracereplay.show.page import asset

SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = "</script><svg onload=alert(1)>\"'&\x00\x1b[31m\u202eevil\u2028\ud800"


def texts(rows: list[Row]) -> list[str]:
    root = fromstring("".join(picture("a title", rows)))
    return ["".join(one.itertext()) for one in root.iter(f"{SVG}text")]


def test_each_row_has_its_time_its_text_and_its_arrow() -> None:
    lines = "".join(picture("t", [Row("sent", "10 bytes", 0), Row("received", "answer 200", 1_500_000)]))
    assert texts([Row("sent", "10 bytes", 0)]) == ["client", "server", "0.000000", "10 bytes"]
    assert "0.001500" in lines
    assert lines.count('class="arrow sent"') == lines.count('class="arrow received"') == 1


def test_alone_its_texts_and_arrows_are_read_and_on_a_page_the_words_beside_it() -> None:
    rows = [Row("sent", "a<" * 99, 0), Row("received", "answer 200", 1_500_000), Row("pause", "2.00 s")]
    alone, beside = (fromstring("".join(picture("t", rows, style))) for style in ("svg{}", ""))
    assert (alone.attrib["role"], beside.attrib["role"]) == ("graphics-document", "img")
    arrows = [one.attrib.get("aria-label") for one in alone.iter(f"{SVG}path") if "arrow" in one.attrib["class"]]
    assert arrows == ["to the server", "to the client"]
    words = "".join(in_words(rows))
    assert f"<li>0.000000 s, client: {'a&lt;' * 99}</li>" in words
    assert "<li>0.001500 s, server: answer 200</li><li>2.00 s</li>" in words


@pytest.mark.parametrize("kind", ["pause", "note"])
def test_a_row_without_an_arrow_is_a_text_between_the_lanes(kind: str) -> None:
    row = Row(kind, "2.00 s")  # type: ignore[arg-type]
    assert "arrow" not in "".join(picture("t", [row]))
    assert texts([row])[-1] == "2.00 s"


def test_what_is_said_can_be_no_markup() -> None:
    lines = "".join(picture(HOSTILE, [Row("sent", HOSTILE)], asset("lanes.css")))
    root = fromstring(lines)
    assert {one.tag for one in root.iter()} <= {
        f"{SVG}{tag}" for tag in ("svg", "title", "text", "path", "style", "rect")
    }
    assert not {"\x00", "\x1b", "\u202e", "\u2028", "\ud800"} & set(lines)


def test_a_long_text_is_cropped_and_whole_where_it_is_pointed_at() -> None:
    root = fromstring("".join(picture("t", [Row("sent", "a" * 200)])))
    (text,) = (one for one in root.iter(f"{SVG}text") if one.text and one.text.startswith("aaa"))
    assert text.text is not None
    assert text.text.endswith("...")
    assert [one.text for one in text] == ["a" * 200]


def test_the_rows_lie_within_the_picture() -> None:
    rows = [Row(kind, "x") for kind in ("sent", "received", "pause", "cut", "note")] * 40
    root = fromstring("".join(picture("t", rows)))
    height = int(root.attrib["viewBox"].split()[3])
    assert all(0 < int(one.attrib["y"]) < height for one in root.iter(f"{SVG}text"))

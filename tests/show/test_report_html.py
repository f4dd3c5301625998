"""The page of a sweep: what is in it, how large it is, and what it looks like in a browser."""

import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest

from tests.cli.samples import REQUEST, UPLOAD
from tests.show.browser import looked_at
from tests.show.sweeps import every_byte, split, sweep, verdict
from tests.traces import make_trace
from tracereplay.judge.finding import Sweep
from tracereplay.plan.connection import ConnectionPlan
from tracereplay.plan.way import Way
from tracereplay.show.report_html import sweep_as_html

HOSTILE = "</script><script>document.title='owned'</script><img src=x onerror=alert(1)>\"'&\x00\x1b[0m\u202eevil\u2028"
WIDE = "x" * 400
OVERFLOW = """
  const cells = [...doc.querySelectorAll("[data-place]")];
  const press = (key) => doc.activeElement.dispatchEvent(new frame.contentWindow.KeyboardEvent(
    "keydown", { key, bubbles: true, cancelable: true }));
  const at = () => [doc.activeElement.dataset.place, doc.activeElement.dataset.way].map(Number);
  const steps = [];
  cells[0].focus();
  for (const key of ["ArrowRight", "ArrowDown", "ArrowDown", "ArrowDown", "ArrowLeft", "End", "Home"]) {
    press(key);
    steps.push(at());
  }
  const style = frame.contentWindow.getComputedStyle(doc.activeElement);
  return {
    title: doc.title,
    wide: doc.documentElement.scrollWidth - doc.documentElement.clientWidth,
    cells: cells.length,
    unlabelled: cells.filter((one) => !one.getAttribute("aria-label")).length,
    tabbable: cells.filter((one) => one.tabIndex === 0).length,
    steps,
    outline: style.outlineStyle,
    detail: doc.getElementById("detail").textContent,
    paper: frame.contentWindow.getComputedStyle(doc.body).backgroundColor,
    gaps: [...doc.querySelectorAll(".gap")].map((one) => one.textContent),
    grid: [...doc.querySelectorAll("[role=grid]")].map((grid) => [...grid.children].map((row) => {
      const owned = row.getAttribute("aria-owns").split(" ").map((id) => doc.getElementById(id));
      const has = [...row.children, ...owned];
      return [has[0].textContent, has.length, ...new Set(has.map((one) => one.getAttribute("role")))];
    })),
    live: [...doc.querySelectorAll("[aria-live]")].map((one) => [one.id, one.ariaLive]),
    heard: (() => {
      cells[1].dispatchEvent(new frame.contentWindow.PointerEvent("pointerover", { bubbles: true }));
      return [...doc.querySelectorAll("[aria-live=polite]")].map((one) => one.textContent);
    })(),
    elements: [...new Set([...doc.querySelectorAll("*")].map((one) => one.localName))],
  };
"""


@pytest.fixture
def connection(tmp_path: Path) -> ConnectionPlan:
    return make_trace(tmp_path, UPLOAD).plan().main_connection


def written(folder: Path, of: Sweep, connection: ConnectionPlan) -> Path:
    path = folder / "report.html"
    path.write_text("\n".join(sweep_as_html(of, connection)), "utf-8")
    return path


class Elements(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def named(self, tag: str) -> Iterator[dict[str, str | None]]:
        return (attrs for name, attrs in self.found if name == tag)


def test_the_findings_come_first_in_words_with_their_command(tmp_path: Path, connection: ConnectionPlan) -> None:
    text = written(tmp_path, every_byte(262), connection).read_text("utf-8")
    assert "<h2 id=found>1 finding</h2>" in text
    order = [
        text.index(one) for one in ("1 finding", "at 261 places from byte 1 to byte 261", "--truncate 1 ", "id=every")
    ]
    assert order == sorted(order)
    assert "786 plays in 1.25 s" in text


def test_of_a_sweep_that_found_nothing_one_play_is_shown(tmp_path: Path, connection: ConnectionPlan) -> None:
    text = written(tmp_path, every_byte(262, (400,)), connection).read_text("utf-8")
    assert "Nothing wrong" in text
    assert text.count("<svg") == 1


def test_beside_each_picture_stands_the_same_in_words(tmp_path: Path, connection: ConnectionPlan) -> None:
    text = written(tmp_path, every_byte(262), connection).read_text("utf-8")
    lists = re.findall(r"</svg>\n<details class=words>.*?</details>", text, re.DOTALL)
    assert len(lists) == text.count("<svg") == 1
    rows = re.findall("<li>(.*?)</li>", lists[0])
    assert [re.sub(r"^[\d.]+ s, ", "", row) for row in rows] == [
        "client: 1 byte handed to our kernel",
        "server: all acknowledged by the other end&#x27;s kernel in 30 us",
        "left by half",
        "server: 157 bytes received",
        "server: answer 200",
        "server: the server closed",
    ]


def test_the_page_loads_nothing_and_allows_no_other_script(tmp_path: Path, connection: ConnectionPlan) -> None:
    text = written(tmp_path, every_byte(262), connection).read_text("utf-8")
    elements = Elements(text)
    assert not [attrs for _, attrs in elements.found if {"src", "href", "style"} & set(attrs)]
    assert not [name for _, attrs in elements.found for name in attrs if name.startswith("on")]
    policy = next(attrs["content"] for attrs in elements.named("meta") if "http-equiv" in attrs)
    assert policy is not None
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy


def test_5000_cells_take_less_than_300_kb(tmp_path: Path) -> None:
    total = 1667
    body = bytes(range(256)) * 7
    head = REQUEST.replace(b"200", b"%d" % (total - len(REQUEST) - 1))
    events = [("=> Send header", head), ("=> Send data", body[: total - len(head)])]
    plan = make_trace(tmp_path, events).plan().main_connection
    sizes = {}
    for name, statuses in (("alike", (200,)), ("in turns", (200, 400, None, 500, 201))):
        of = every_byte(total, statuses)
        assert of.plays == 5001
        sizes[name] = written(tmp_path, of, plan).stat().st_size
    assert max(sizes.values()) < 300_000, sizes


def test_a_table_says_the_same_without_a_script(tmp_path: Path, connection: ConnectionPlan) -> None:
    plays = [verdict(1, 400), verdict(2, 400), verdict(3), verdict(4, way=Way.FIN)]
    text = written(tmp_path, sweep(plays), connection).read_text("utf-8")
    rows = re.findall(r"<tr><th scope=row>(.*?)</tr>", text)
    cells = [re.sub(r"<[^>]*>", "|", row).replace("||", "|").split("|")[:4] for row in rows]
    assert cells == [["half", "1", "2", "2"], ["half", "3", "3", "1"], ["fin", "4", "4", "1"]]
    assert "<noscript>" in text


def test_a_request_that_was_split_has_its_own_words(tmp_path: Path, connection: ConnectionPlan) -> None:
    of = sweep([split(5), split(9, differs=("status",)), split(10)])
    text = written(tmp_path, of, connection).read_text("utf-8")
    assert "a play that was split behind it: from the top split 2." in text
    assert "<p><b>split 2</b>, at byte 9; answer: 200, with another status; the server closed</p>" in text
    assert "when it was sent in pieces: 2" in text


def test_a_sweep_of_many_findings_says_how_many_it_leaves_out(tmp_path: Path, connection: ConnectionPlan) -> None:
    text = written(tmp_path, every_byte(1200, (200, 400)), connection).read_text("utf-8")
    assert "and 579 more, which are in the map and in the table below" in text
    assert re.search(r"and [\d,]+ rows more, of [\d,]+ plays: they are in the map", text)


@pytest.mark.parametrize("is_dark", [False, True], ids=["light", "dark"])
def test_in_a_browser_nothing_overflows_and_the_keys_go_from_cell_to_cell(
    is_dark: bool, tmp_path: Path, connection: ConnectionPlan
) -> None:
    page = written(tmp_path, every_byte(262), connection)
    for width, told in zip((390, 1280), looked_at(page, OVERFLOW, is_dark=is_dark), strict=True):
        assert isinstance(told, dict)
        assert told["wide"] <= 0, f"{width}: {told['wide']} px too wide"
        assert (told["cells"], told["unlabelled"], told["tabbable"]) == (786, 0, 1)
        assert told["steps"] == [[1, 0], [1, 1], [1, 2], [1, 2], [0, 2], [261, 2], [0, 2]]
        assert told["outline"] == "solid"
        assert told["gaps"] == []
        roles = ["rowheader", "gridcell"]
        assert told["grid"] == [[[way, 263, *roles] for way in ("fin", "rst", "half")]]
        assert told["live"] == [["title", "off"]]  # the name of what has the focus is read anyway
        assert told["heard"] == ["- unseen: byte 1 of 262, rst"]
        assert told["detail"].startswith(
            "2 2xx-for-incomplete: byte 1 of 262, halflast byte 0x50 (P), of start line; answer: 200"
        )
        assert "0.000020" not in told["detail"]
        assert "1 byte handed to our kernel" in told["detail"]
        assert (told["paper"] == "rgb(255, 255, 255)") is not is_dark


def test_in_a_browser_what_a_server_says_stays_text(tmp_path: Path, connection: ConnectionPlan) -> None:
    plays = [verdict(at, name=f"{HOSTILE}{at}") for at in (5, 6)]
    hostile = sweep(plays, notes=(HOSTILE, WIDE))
    page = written(tmp_path, hostile, connection)
    text = page.read_text("utf-8")
    assert not {"\x00", "\x1b", "\u202e", "\u2028"} & set(text)
    for told in looked_at(page, OVERFLOW):
        assert isinstance(told, dict)
        assert (told["title"], told["cells"]) == ("upload.txt: sweep", 2)
        assert told["wide"] <= 0
        assert not {"img", "iframe", "a", "link"} & set(told["elements"])
        assert "</script><script>" in told["detail"]


def test_the_data_are_what_the_page_says(tmp_path: Path, connection: ConnectionPlan) -> None:
    text = written(tmp_path, every_byte(262), connection).read_text("utf-8")
    (data,) = re.findall(r'<script type="application/json" id="data">(.*?)</script>', text, re.DOTALL)
    assert json.loads(data)["total"] == 262

"""What hypothesis draws: bytes that are awkward for the format, and lists of items."""

from hypothesis import strategies as st

from tests.trace.reading import DATA, HEADER, RECEIVED, SENT, TLS
from tracereplay.trace.clock import DAY_NS
from tracereplay.trace.event import Event, Ids, Info, Item, Stray
from tracereplay.trace.payload import Payload

_PIECES = (
    b"\r\n",
    b"\r",
    b"\n",
    b".",
    b"\x00",
    b"\x7f",
    b"\xff",
    b" ",
    b"a",
    b"x" * 15,
    b"x" * 16,
    b"x" * 62,
    b"x" * 63,
    b"x" * 64,
    b"y" * 65,
    b"GET / HTTP/1.1\r\n",
    b"0040: ",
    b"=> Send data, 5 bytes (0x5)\r\n0000: hello\r\n",
    b"== Info: forged\n",
)

payloads = st.one_of(
    st.binary(max_size=200), st.lists(st.sampled_from(_PIECES), max_size=12).map(b"".join), st.just(b"")
)
line_ends = st.sampled_from((b"\n", b"\r\n"))

_ids = st.one_of(
    st.none(),
    st.builds(Ids, st.integers(0, 10**12), st.one_of(st.none(), st.integers(0, 10**12))),
)
_info_texts = (
    st.binary(max_size=60).map(lambda text: b"told " + text.replace(b"\n", b" ")).map(lambda text: text.rstrip(b"\r"))
)
_stray_texts = st.text("abc 0123:[]-", max_size=30).map(lambda text: b"stray " + text.encode() + b"\n")
_gaps_us = st.one_of(st.none(), st.integers(0, DAY_NS // 2_000 - 1))


@st.composite
def items(draw: st.DrawFn) -> list[Item]:
    """Draw items with times that never fall, now and then past midnight, now and then without."""
    found: list[Item] = []
    time_us = draw(st.integers(0, DAY_NS // 1_000 - 1))
    is_first = True
    for what in draw(st.lists(st.sampled_from(("event", "event", "info", "stray")), max_size=8)):
        gap_us = draw(_gaps_us)
        if gap_us is not None and what != "stray":
            time_us += 0 if is_first else gap_us
            is_first = False
        time_ns = None if gap_us is None else time_us * 1_000
        if what == "event":
            kind, data = draw(st.sampled_from((HEADER, DATA, TLS))), draw(payloads)
            direction = draw(st.sampled_from((SENT, RECEIVED)))
            found.append(Event(1, time_ns, draw(_ids), direction, kind, Payload(data), len(data)))
        elif what == "info":
            found.append(Info(1, time_ns, draw(_ids), draw(_info_texts)))
        else:
            found.append(Stray(1, draw(_stray_texts)))
    return found

"""The reader against real recordings: what it says to know is what was on the wire."""

from dataclasses import replace
from pathlib import Path

import pytest

from tests.trace.corpus import DOUBTS, EXACT, Match, Recording, check, is_told, recordings
from tests.trace.reading import agrees, as_ascii_shows, events_of, read, text_of
from tracereplay.errors import TraceError
from tracereplay.trace.convert import Conversion
from tracereplay.trace.event import Direction, Event, Info, Item, Kind, Stray
from tracereplay.trace.payload import Payload
from tracereplay.trace.trace import Trace
from tracereplay.trace.writer import write_event

FIXTURES = Path(__file__).parents[2] / "fixtures" / "traces"
ALL = list(recordings(FIXTURES))
TRACES = [pytest.param(one, id=one.folder.name) for one in ALL if one.is_trace]

# Some bytes in a request target are not ASCII: inferring dots is right but for these.
MISINFERRED = {"redirect_latin1": 3}


def matches_of(recording: Recording, scratch: Path) -> tuple[Trace, list[Match]]:
    trace = recording.load(scratch)
    return trace, check(recording, trace)


# The wire of these was not what HTTP/1 over TCP, TLS or a Unix socket sends: curl does not trace all that it sends.
OTHER_WIRES = {"ftp_get", "gopher_get", "h2_tls", "h2c_prior_knowledge", "smtp_send", "socks5_proxy", "telnet_talk"}
OTHER_WIRES |= {"websocket_text", "h2_tls_parallel"}
STOPPED = {"sigkill_torn", "sigterm_upload"}  # curl was killed: the wire may be ahead of the trace


@pytest.mark.parametrize("recording", TRACES)
def test_all_is_as_on_the_wire_or_marked_or_the_user_is_told(recording: Recording, tmp_path: Path) -> None:
    trace, matches = matches_of(recording, tmp_path)
    for match in matches:
        assert all(is_told(trace, match, direction) for direction in Direction), (match, trace.warnings)


@pytest.mark.parametrize("recording", TRACES)
def test_what_http_1_sends_is_read_exactly_or_marked(recording: Recording, tmp_path: Path) -> None:
    trace, matches = matches_of(recording, tmp_path)
    scenario = recording.truth["scenario"]
    if scenario in OTHER_WIRES | STOPPED or any(fault.code == "lib-ids" for fault in trace.faults):
        return
    for match in matches:
        assert match.sent in ((EXACT,) if trace.form == "hex" else (EXACT, DOUBTS)), match
        assert match.misinferred <= (MISINFERRED.get(scenario, 0) if trace.form == "ascii" else 0), match


@pytest.mark.parametrize("recording", TRACES)
def test_nothing_is_warned_of_where_all_is_as_on_the_wire(recording: Recording, tmp_path: Path) -> None:
    trace, matches = matches_of(recording, tmp_path)
    if all(verdict in (EXACT, DOUBTS) for match in matches for verdict in (match.sent, match.received)):
        mended = {"stray", "interim-end", "split-blank-line", "rendered-headers"}
        stopped = {"unfinished"} if recording.truth["scenario"] in STOPPED else set()
        assert {warning.code for warning in trace.warnings} <= mended | stopped


@pytest.mark.parametrize("recording", [one for one in TRACES if "ids" in one.values[0].truth["mode"]])  # type: ignore[union-attr]  # a Recording
def test_ids_leave_nothing_ambiguous(recording: Recording, tmp_path: Path) -> None:
    trace = recording.load(tmp_path)
    assert not any(warning.code == "ambiguous" for warning in trace.warnings)
    assert all(event.ids is not None for one in trace.conversations for event in trace.events(one.id))


@pytest.mark.parametrize("recording", [pytest.param(one, id=one.folder.name) for one in ALL if not one.is_trace])
def test_what_curl_v_prints_is_refused(recording: Recording, tmp_path: Path) -> None:
    with pytest.raises(TraceError, match="this is what curl -v prints"):
        recording.load(tmp_path)


@pytest.mark.parametrize("recording", TRACES)
def test_form_times_and_kinds_are_those_of_the_recording(recording: Recording, tmp_path: Path) -> None:
    trace = recording.load(tmp_path)
    mode = recording.truth["mode"]
    items = [placed.item for placed in trace.items()]
    events = [item for item in items if isinstance(item, Event)]
    kinds = {f"{'send' if one.direction is Direction.SENT else 'recv'}_{_kind_name(one.kind)}" for one in events}
    if any(isinstance(item, Info) for item in items):
        kinds.add("info")
    assert set(recording.truth["expected_kinds"]) <= kinds
    if events:
        assert trace.form == ("hex" if mode.startswith("hex") else "ascii")
        shows_time = {"vvv", "time"} & set(mode.split("-")) or "ids_time" in recording.folder.name
        assert trace.is_timed is bool(shows_time or "trace_config_all" in recording.folder.name)
    times = [item.time_ns for item in events if item.time_ns is not None]
    assert times == sorted(times)
    assert not times or times[-1] - times[0] < 60_000_000_000, "no recording lasts a minute, midnight or not"


def _kind_name(kind: Kind) -> str:
    return kind.value.replace(" ", "_").lower()


@pytest.mark.parametrize("recording", TRACES)
def test_whole_and_in_small_pieces_it_reads_alike(recording: Recording) -> None:
    text = recording.read(recording.truth["trace"]["file"])[:30_000]
    for form in ("ascii", "hex"):
        if form in recording.folder.name:
            assert read(text, form, 7) == read(text, form)


# The body itself stands in the text, raw, behind its events: it is skipped.
SHARES_STDOUT = ("stdout_", "_progress_merged")


@pytest.mark.parametrize("recording", TRACES)
def test_what_was_read_is_written_back_as_curl_printed_it(recording: Recording, tmp_path: Path) -> None:
    text = recording.read(recording.truth["trace"]["file"])
    trace = recording.load(tmp_path)
    written = b"".join(Conversion.of(trace, trace.form, keeps_unknown=True).text())
    if any(part in recording.folder.name for part in SHARES_STDOUT):
        (tmp_path / "written.txt").write_bytes(written)
        assert list(map(_shown, Trace.load(tmp_path / "written.txt").printed())) == list(map(_shown, trace.printed()))
    else:
        assert written == text


def _shown(item: Item) -> Item:
    """Return an item without its place in the text, and with no more than ascii shows."""
    if isinstance(item, Event):
        return replace(item, line=0, payload=as_ascii_shows(item.payload.data))
    return replace(item, line=0)


HEX = [pytest.param(one, id=one.folder.name) for one in ALL if one.is_trace and "hex" in one.truth["mode"]]
ASCII = [pytest.param(one, id=one.folder.name) for one in ALL if one.truth["mode"].startswith("ascii")]


@pytest.mark.parametrize("recording", HEX)
def test_a_hex_trace_in_ascii_shows_the_same_items(recording: Recording, tmp_path: Path) -> None:
    trace = recording.load(tmp_path)
    if not trace.conversations:
        return  # the form of no dump is ascii
    (tmp_path / "ascii.txt").write_bytes(b"".join(Conversion.of(trace, "ascii").text()))
    again = Trace.load(tmp_path / "ascii.txt")
    assert again.form == "ascii"
    printed = [item for item in trace.printed() if not (isinstance(item, Stray) and item.text[4:6] == b": ")]
    for item, shown in zip(printed, again.printed(), strict=True):
        if isinstance(item, Event) and isinstance(shown, Event):
            assert agrees(shown.payload, item.payload.data)
            assert item.is_torn or shown.payload.unknown == 0 or "." in as_ascii_shows(item.payload.data).data.decode()
        assert _shown(item) == _shown(shown) or (isinstance(item, Event) and item.is_torn)


@pytest.mark.parametrize("recording", ASCII)
def test_the_bytes_of_the_wire_in_ascii_are_what_curl_itself_printed(recording: Recording, tmp_path: Path) -> None:
    trace = recording.load(tmp_path)
    for match in check(recording, trace):
        for direction, verdict, file in (
            (Direction.SENT, match.sent, match.connection["sent"]["file"]),
            (Direction.RECEIVED, match.received, match.connection["recv"]["file"]),
        ):
            if match.conversation is None or verdict not in (EXACT, DOUBTS):
                continue
            wire, at = recording.read(file), 0
            for event in trace.events(match.conversation):
                if event.direction is direction and event.restored is None:
                    true = replace(event, payload=Payload(wire[at : at + len(event.payload)]))
                    shows_delete = b"\x7f" in event.payload.data
                    assert write_event(true, "ascii", shows_delete=shows_delete) == write_event(
                        event, "ascii", shows_delete=shows_delete
                    )
                if event.direction is direction:
                    at += len(event.payload)


# These bodies are the same in every run, whatever form the run was traced in.
SAME_IN_BOTH_FORMS = ["body_crlf_at_width", "body_lf_at_width", "body_64_crlf", "body_crcrlflf", "body_all_bytes"]


@pytest.mark.parametrize("scenario", SAME_IN_BOTH_FORMS)
def test_a_hex_reading_written_in_ascii_is_what_curl_itself_prints(scenario: str) -> None:
    texts = {"ascii": b"", "hex": b""}
    for recording in ALL:
        if recording.truth["scenario"] == scenario:
            form = "ascii" if recording.truth["mode"].startswith("ascii") else "hex"
            texts[form] = recording.read(recording.truth["trace"]["file"])
    shown = [one for one in events_of(read(texts["ascii"], "ascii")) if one.kind is Kind.DATA]
    known = [one for one in events_of(read(texts["hex"], "hex")) if one.kind is Kind.DATA]
    assert shown
    dumps = [text_of([one], "ascii").partition(b"\n")[2] for one in known]
    assert dumps == [text_of([one], "ascii").partition(b"\n")[2] for one in shown]
    assert all(dump in texts["ascii"] for dump in dumps)


RECOGNISED = [
    ("8.14.1-multipart_text-hex", "http/1.1", False),
    ("7.61.1-https_get-ascii", "http/1.1", True),
    ("8.16.0-h2_tls-ascii", "h2", True),
    ("7.88.1-h2c_prior_knowledge-hex", "h2", False),
    ("7.35.0-ftp_get-ascii", "unknown", False),
    ("8.9.1-smtp_send-ascii", "unknown", False),
    ("8.14.1-mqtt_publish-ascii-time", "unknown", False),
]


@pytest.mark.parametrize(("name", "protocol", "tls"), RECOGNISED)
def test_the_protocol_is_recognised(name: str, protocol: str, tls: bool) -> None:
    one = Trace.load(FIXTURES / name / "trace.txt").conversations[0]
    assert (one.protocol, one.tls, one.is_loopback) == (protocol, tls, True)


def test_packets_that_are_called_headers_are_no_heads() -> None:
    (one,) = Trace.load(FIXTURES / "8.14.1-mqtt_publish-ascii-time" / "trace.txt").conversations
    assert (one.sent.inferred, one.sent.unknown.total > 0) == (0, True)


def test_payloads_that_curl_spoilt_are_a_fault() -> None:
    trace = Trace.load(FIXTURES / "8.14.1-trace_config_all_binary-hex" / "trace.txt")
    assert "lib-ids" in [fault.code for fault in trace.faults]


def test_the_uploaded_file_is_found() -> None:
    for mode in ("ascii", "ascii-time", "hex", "hex-time-ids"):
        trace = Trace.load(FIXTURES / f"8.14.1-multipart_text-{mode}" / "trace.txt")
        (one,) = trace.conversations
        (request,) = one.requests
        sent = b"".join(event.payload.data for event in trace.events(one.id) if event.direction is Direction.SENT)
        files = b"".join(sent[start:end] for start, end in request.files)
        assert request.is_complete
        assert 0 < len(files) == request.files.total < request.body_bytes
        assert sent[request.files.offset_of(0) - 4 :].startswith(b"\r\n\r\n" + files)


def test_bytes_are_named_by_the_number_of_their_mark() -> None:
    trace = Trace.load(FIXTURES / "7.88.1-expect_100_accepted-ascii" / "trace.txt")
    (one,) = trace.conversations
    sent = [event.payload for event in trace.events(one.id) if event.direction is Direction.SENT]
    whole = Payload(b"".join(part.data for part in sent), b"".join(part.marks or bytes(len(part)) for part in sent))
    assert list(whole.unknown_ranges()) == list(one.sent.unknown)
    assert whole.inferred == one.sent.inferred

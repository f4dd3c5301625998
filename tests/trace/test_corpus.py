"""The reader against real recordings: what it says to know is what was on the wire."""

from pathlib import Path

import pytest

from tests.trace.corpus import DOUBTS, EXACT, GAPS, VERDICTS, WRONG, Match, Recording, check, recordings
from tests.trace.reading import events_of, read, text_of
from tracereplay.errors import TraceError
from tracereplay.trace.event import Direction, Event, Info, Kind
from tracereplay.trace.payload import Payload
from tracereplay.trace.trace import Trace
from tracereplay.trace.writer import INFO_MARK, write_items

FIXTURES = Path(__file__).parents[2] / "fixtures" / "traces"
ALL = list(recordings(FIXTURES))
TRACES = [pytest.param(one, id=one.folder.name) for one in ALL if one.is_trace]

# What curl sends and its trace does not show, or shows otherwise.
SENT_DIFFERS = {
    "ftp_get": (WRONG, "control and data connection share one number; QUIT is not traced"),
    "gopher_get": (GAPS, "the selector is not traced"),
    "h2_tls": (WRONG, "HTTP/2: the headers are rendered"),
    "h2c_prior_knowledge": (WRONG, "HTTP/2: the headers are rendered"),
    "sigkill_torn": (GAPS, "the bytes ran ahead of the trace"),
    "smtp_send": (GAPS, "QUIT is not traced"),
    "socks5_proxy": (GAPS, "the greeting is not traced"),
    "telnet_talk": (GAPS, "what is typed is not traced"),
    "websocket_text": (GAPS, "PONG is not traced"),
}

# And what it receives.
RECEIVED_DIFFERS = {
    "digest_auth": (GAPS, "from 8.5.0 on a body that is ignored is not traced"),
    "digest_auth_post": (GAPS, "from 8.5.0 on a body that is ignored is not traced"),
    "early_hints_103": (GAPS, "to 8.6.0 the blank line after a 1xx is not traced"),
    "expect_100_accepted": (GAPS, "to 8.6.0 the blank line after a 1xx is not traced"),
    "expect_417": (GAPS, "from 8.5.0 on a body that is ignored is not traced"),
    "ftp_get": (WRONG, "control and data connection share one number"),
    "h2_tls": (WRONG, "HTTP/2: the headers are rendered"),
    "h2c_prior_knowledge": (WRONG, "HTTP/2: the headers are rendered"),
    "ignored_bodies": (GAPS, "from 8.5.0 on a body that is ignored is not traced"),
    "nul_in_header": (GAPS, "curl gives up at the NUL, and does not trace the line"),
    "proxy_connect_407": (GAPS, "the body of a refused CONNECT is not traced"),
    "put_stdin_chunked": (GAPS, "to 8.6.0 the blank line after a 1xx is not traced"),
    "redirect_301": (GAPS, "from 8.5.0 on a body that is ignored is not traced"),
    "smtp_send": (GAPS, "the answer to QUIT is not traced"),
    "socks5_proxy": (GAPS, "the reply of the proxy is not traced"),
    "telnet_talk": (GAPS, "options are not traced"),
    "upload_limit_rate": (GAPS, "to 8.6.0 the blank line after a 1xx is not traced"),
}

# Some bytes in a request target are not ASCII: inferring dots is right but for these.
MISINFERRED = {"redirect_latin1": 3}


def matches_of(recording: Recording, scratch: Path) -> tuple[Trace, list[Match]]:
    trace = recording.load(scratch)
    return trace, check(recording, trace)


def is_without_ids(recording: Recording) -> bool:
    return recording.truth["scenario"].startswith("parallel") and "ids" not in recording.truth["mode"]


@pytest.mark.parametrize("recording", TRACES)
def test_what_was_sent_is_read_exactly_or_marked(recording: Recording, tmp_path: Path) -> None:
    trace, matches = matches_of(recording, tmp_path)
    scenario = recording.truth["scenario"]
    allowed = EXACT if trace.form == "hex" else DOUBTS
    if any(fault.code == "lib-ids" for fault in trace.faults):
        return  # the payloads are not what curl sent, and the trace says so
    for match in matches:
        assert _is_within(match.sent, allowed, SENT_DIFFERS.get(scenario)), match
        if scenario not in SENT_DIFFERS:
            assert match.misinferred <= (MISINFERRED.get(scenario, 0) if trace.form == "ascii" else 0), match


@pytest.mark.parametrize("recording", TRACES)
def test_what_was_received_is_read_exactly_or_marked_where_it_is_traced(recording: Recording, tmp_path: Path) -> None:
    trace, matches = matches_of(recording, tmp_path)
    scenario = recording.truth["scenario"]
    codes = {warning.code for warning in trace.warnings}
    allowed = EXACT if trace.form == "hex" else DOUBTS
    if "lib-ids" in codes:
        return
    if is_without_ids(recording):
        assert "ambiguous" in codes, "nothing tells which of several connections: the user is told"
        return
    differs = RECEIVED_DIFFERS.get(scenario)
    if scenario == "chunked_trailers" and recording.folder.name.startswith("8.5.0-"):
        differs = (GAPS, "this release alone shows the chunks decoded")
    for match in matches:
        assert _is_within(match.received, allowed, differs), match


def _is_within(verdict: str, allowed: str, differs: tuple[str, str] | None) -> bool:
    worst = allowed if differs is None else differs[0]
    return VERDICTS.index(verdict) <= VERDICTS.index(worst)


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


# Other output of curl in the text, or 0x7f as old curls print it in ascii: a dot is written for it.
NOT_WRITTEN_BACK = ("stdout_", "stderr_", "_progress_", "verbose_", "sigkill_torn")


@pytest.mark.parametrize(
    "recording", [one for one in TRACES if not any(part in str(one.id) for part in NOT_WRITTEN_BACK)]
)
def test_what_was_read_is_written_back_as_curl_printed_it(recording: Recording, tmp_path: Path) -> None:
    text = recording.read(recording.truth["trace"]["file"])
    trace = recording.load(tmp_path)
    minor = int(recording.folder.name.split(".")[1])
    mark = b"* " if recording.folder.name.startswith("8.") and minor >= 17 else INFO_MARK
    written = b"".join(write_items((placed.item for placed in trace.items()), trace.form, info_mark=mark))
    if b"\x7f" in text:
        written, text = written.replace(b"\x7f", b"."), text.replace(b"\x7f", b".")
    assert written == text


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

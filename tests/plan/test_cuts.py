"""Lists of places: which there are, what they are called, and that there are not too many."""

import pickle
from pathlib import Path

import pytest

from tests.plan.test_place import BODY, FILE, HEAD, PART, TAIL
from tests.traces import make_trace
from tracereplay.errors import PlanError, SpecError
from tracereplay.library import Trace
from tracereplay.plan.cuts import NamedPlace, cuts

TOTAL = len(HEAD) + len(BODY)
CHUNKED = b"PUT /f HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
CHUNKS = b"5\r\nhello\r\n3\r\nyou\r\n0\r\n\r\n"


@pytest.fixture
def upload(tmp_path: Path) -> Trace:
    return make_trace(tmp_path, [("=> Send header", HEAD), ("=> Send data", BODY[:100]), ("=> Send data", BODY[100:])])


def names(places: list[NamedPlace]) -> dict[str, int | None]:
    return {one.name: one.at for one in places}


def test_the_boundaries_of_a_form_are_where_a_reader_changes_its_mind(upload: Trace) -> None:
    head = len(HEAD)
    exact = {name: at for name, at in names(upload.cuts()).items() if name[-2] not in "+-"}
    assert exact == {
        "start-line-end": HEAD.index(b"Host"),
        "header-host-end": HEAD.index(b"Content-Length"),
        "header-content-length-end": HEAD.index(b"Content-Type"),
        "header-content-type-end": head - 2,
        "head-end": head,
        "part-1-head": head + len(b"--XX\r\n"),
        "part-1-data": head + len(PART),
        "part-1-end": head + len(PART) + len(FILE),
        "last-boundary": TOTAL - len(TAIL) + 2,
        "last-byte": TOTAL - 1,
    }


def test_a_byte_on_each_side_of_a_boundary_is_one_too(upload: Trace) -> None:
    places = names(upload.cuts())
    assert places["header-host-end-1"] == HEAD.index(b"Content-Length") - 1
    assert places["header-content-type-end+1"] == len(HEAD) - 1  # and not head-end-1: a byte has one name
    assert places["head-end+1"] == len(HEAD) + 1
    assert places["last-byte+1"] == TOTAL


def test_the_places_are_sorted_and_each_byte_is_there_once(upload: Trace) -> None:
    ats = [one.at for one in upload.cuts()]
    assert ats == sorted(set(ats), key=lambda at: at or 0)
    assert upload.cuts() == upload.cuts()


def test_chunks_have_boundaries(tmp_path: Path) -> None:
    trace = make_trace(tmp_path, [("=> Send header", CHUNKED), ("=> Send data", CHUNKS)])
    chunk = {name: at for name, at in names(trace.cuts()).items() if "chunk" in name and name[-2] not in "+-"}
    head = len(CHUNKED)
    assert chunk == {
        "chunk-1-data": head + 3,
        "chunk-1-end": head + 8,
        "chunk-2-head": head + 10,
        "chunk-2-data": head + 13,
        "chunk-2-end": head + 16,
        "last-chunk": head + 18,
    }


def test_a_boundary_that_begins_a_chunk_lies_behind_the_size_of_that(tmp_path: Path) -> None:
    head = b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nContent-Type: multipart/form-data; boundary=XX\r\n\r\n"
    part = b'--XX\r\nContent-Disposition: form-data; name="a"\r\n\r\n'
    pieces = (part, b"1\r\n", part, b"2\r\n", b"--XX--\r\n")
    body = b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"
    trace = make_trace(tmp_path, [("=> Send header", head), ("=> Send data", body)])
    places = {one.name: one.at for one in trace.cuts()}
    sent = head + body
    starts = {
        "part-1-head": b"Content-Disposition",
        "part-1-data": b"1\r\n",
        "part-2-boundary": b"--XX\r\nContent",
        "part-2-data": b"2\r\n",
        "last-boundary": b"--XX--",
    }
    assert {name: sent[places[name] :].startswith(text) for name, text in starts.items()} == dict.fromkeys(starts, True)


def test_each_request_of_a_connection_has_its_own(tmp_path: Path) -> None:
    first, second = b"GET /1 HTTP/1.1\r\nHost: h\r\n\r\n", b"GET /2 HTTP/1.1\r\nX: 1\r\nX: 2\r\n\r\n"
    trace = make_trace(
        tmp_path,
        [
            ("=> Send header", first),
            ("<= Recv header", b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"),
            ("=> Send header", second),
        ],
    )
    places = names(trace.cuts())
    assert places["request-1-head-end"] == len(first)
    assert places["request-2-start-line-end"] == len(first) + len(b"GET /2 HTTP/1.1\r\n")
    assert places["request-2-header-x-2-end"] == len(first) + len(second) - 2


def test_what_is_no_http_has_a_last_byte(tmp_path: Path) -> None:
    trace = make_trace(tmp_path, [("=> Send data", b"hello\r\n")])
    assert names(trace.cuts()) == {"last-byte-1": 5, "last-byte": 6, "last-byte+1": 7}


@pytest.mark.parametrize(
    ("specs", "found"),
    [
        ("every:100", ["100", "200"]),
        ("body:every:100", ["body:100"]),
        ("file:every:20", ["file:20", "file:40"]),
        ("0%..100%/4", ["0%", "25%", "50%", "75%", "100%"]),
        ("0%..25%/4", ["0%", "6.25%", "12.5%", "18.75%", "25%"]),
        ("file:0..30/3", ["file:0", "file:10", "file:20", "file:30"]),
        ("file:start..end/3", ["file:0", "file:17", "file:34", "file:51"]),
        ("part:1:0..2", ["part:1:0", "part:1:1", "part:1:2"]),
        ("0..3/1000000000"[:-1], ["0", "1", "2", "3"]),
        ("head:end-1..end+1", [str(len(HEAD) + shift) for shift in (-1, 0, 1)]),
        (['after "name="', "1"], ["1", 'after "name="']),
        (["50%", "-1", "0"], ["0", "50%", "-1"]),
        (["50%", "50%"], ["50%"]),
        (["all:50%"], ["all:50%"]),
        (["wire:7", "100%"], ["100%", "wire:7"]),
        (["100", "every:100"], ["100", "200"]),
    ],
)
def test_lists_and_plain_places_go_together(upload: Trace, specs: str | list[str], found: list[str]) -> None:
    assert [str(one) for one in upload.cuts(specs)] == found


def test_all_is_each_byte_nothing_and_everything(upload: Trace) -> None:
    assert [one.at for one in upload.cuts("all")] == list(range(TOTAL + 1))
    start = len(HEAD) + len(PART)
    assert [one.at for one in upload.cuts("file:all")] == list(range(start, start + len(FILE) + 1))


def test_boundaries_of_a_scope_lie_in_it(upload: Trace) -> None:
    assert {one.at for one in upload.cuts("head:boundaries")} == {
        one.at for one in upload.cuts() if one.at is not None and one.at <= len(HEAD)
    }


def test_a_place_is_cut_where_it_says(upload: Trace) -> None:
    for one in upload.cuts(["boundaries", "body:every:50"]):
        cut = upload.plan().truncated(one).main_connection.cut
        assert cut is not None
        assert cut.at == one.at


def test_places_count_what_an_edit_sends(upload: Trace, tmp_path: Path) -> None:
    (tmp_path / "new.bin").write_bytes(b"x" * 1000)
    plan = upload.plan().with_body(tmp_path / "new.bin")
    places = names(cuts(plan.main_connection, "boundaries"))
    assert places["last-byte"] == plan.main_connection.planned_bytes - 1
    assert places["head-end"] == len(HEAD) + 1  # the Content-Length has a digit more
    assert not any(name.startswith("part-") for name in places)


@pytest.mark.parametrize("specs", ["all", "every:1", "boundaries", "0..end", "0%..100%/9", ["1", "2", "3", "4"]])
def test_too_many_are_refused(upload: Trace, specs: str | list[str]) -> None:
    with pytest.raises(PlanError, match="at most 3 are wanted"):
        upload.cuts(specs, most=3)


def test_all_of_a_huge_upload_is_refused_before_it_is_built(tmp_path: Path, upload: Trace) -> None:
    large = tmp_path / "large.bin"
    with large.open("wb") as stream:
        stream.truncate(5 << 30)
    plan = upload.plan().with_body(large)
    with pytest.raises(PlanError, match=r"'body:all' is 5,368,709,121 places"):
        cuts(plan.main_connection, "body:all")


def test_a_text_makes_a_word_of_an_id(upload: Trace) -> None:
    (one,) = upload.cuts('body:after "name=\\"file"+3')
    assert (one, one.name) == ('body:after "name=\\"file"+3', "body:after-name=-file-+3")


def test_lists_in_the_answer_are_places_that_are_read(tmp_path: Path) -> None:
    answer = [("<= Recv header", b"HTTP/1.1 200 OK\r\n"), ("<= Recv header", b"\r\n"), ("<= Recv data", bytes(100))]
    trace = make_trace(tmp_path, [("=> Send header", b"GET / HTTP/1.1\r\n\r\n"), *answer])
    specs = ["answer:0%..100%/2", "answer:body:every:40", "answer:end-1..end", "1"]
    places = trace.cuts(specs)
    assert [str(one) for one in places] == [
        *("1", "answer:0%", "answer:50%", "answer:100%", "answer:body:40", "answer:body:80", "answer:118", "answer:119")
    ]
    assert {one.at for one in places} == {1, None}
    cuts_ = [trace.plan().truncated(one).main_connection.cut for one in places]
    assert [cut.reads for cut in cuts_ if cut] == [None, 0, 59, 119, 59, 99, 118, 119]


@pytest.mark.parametrize(
    "spec", ["answer:boundaries", "50%..10%/2", "0..10/0", "marks", "answer:body:start-2..end", "chunk:1:all"]
)
def test_a_list_that_leads_nowhere_is_refused(upload: Trace, spec: str) -> None:
    with pytest.raises(PlanError):
        upload.cuts(spec)


@pytest.mark.parametrize("spec", ["body:120%", "every:0", "every:x", "0..120%/2"])
def test_what_is_no_place_is_refused(upload: Trace, spec: str) -> None:
    with pytest.raises(PlanError):
        upload.cuts(spec)


def test_what_does_not_read_is_refused(upload: Trace) -> None:
    with pytest.raises(SpecError):
        upload.cuts(["50%", "boundary"])


def test_a_place_survives_the_way_to_another_process(upload: Trace) -> None:
    (one,) = upload.cuts("50%")
    again = pickle.loads(pickle.dumps(one))
    assert (again, again.name, again.at) == (one, "50%", one.at)

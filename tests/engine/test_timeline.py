"""What happened when, as it is written down while a connection is played."""

from tests.engine.stage import Stage
from tracereplay.engine.diary import KEPT_MOMENTS, Diary
from tracereplay.engine.inputs import Departed, Drained, PauseNow, PeerClosed, PeerReset, Received, ResumeNow, Wrote
from tracereplay.engine.timeline import Moment, Timeline
from tracereplay.plan.step import Awaited, Expect, Leave, Opening, Pause, Send
from tracereplay.plan.way import Way
from tracereplay.units import SECOND_NS

ANSWER = b"HTTP/1.1 201 Created\r\nContent-Length: 3\r\n\r\nok\n"
POST = Opening("POST")


def told(stage: Stage) -> list[str]:
    """Return the moments as words: the second (or from when to when), what, and its detail."""
    return [in_words(one) for one in stage.player.diary.timeline()]


def in_words(one: Moment) -> str:
    start, end = one.start_ns / SECOND_NS, one.end_ns / SECOND_NS
    detail = next((str(value) for value in (one.bytes, one.status, one.how) if value is not None), "")
    return f"{start:g}{'' if start == end else f'-{end:g}'} {one.what} {detail}".rstrip()


def test_a_whole_play_is_told_from_its_first_byte_to_our_leaving() -> None:
    stage = Stage(Send(b"head", opening=POST), Send(b"body"), Expect(Awaited.ANSWER), Leave(Way.FIN))
    stage.writes()
    stage.at(1).happens(Received(b"HTTP/1.1 100 Continue\r\n\r\n"))
    stage.at(2).happens(Received(ANSWER))
    stage.at(3).leaves()
    assert told(stage) == [
        "0 handed 8",
        "1 received 25",
        "1 status 100",
        f"2 received {len(ANSWER)}",
        "2 status 201",
        "3 acknowledged 8",
        "3 left fin",
    ]


def test_writes_without_anything_in_between_are_one_moment() -> None:
    stage = Stage(Send(b"abc"), Send(b"defgh", at_ns=2 * SECOND_NS), Leave(Way.FIN))
    stage.writes(most=1)
    stage.at(2).writes(most=2)
    assert told(stage) == ["0-2 handed 8"]


def test_reads_are_one_moment_until_an_answer_begins() -> None:
    stage = Stage(Send(b"x", opening=POST), Expect(Awaited.ANSWER), Leave(Way.FIN))
    stage.writes()
    for second, piece in enumerate((ANSWER[:5], ANSWER[5:40], ANSWER[40:44], ANSWER[44:]), 1):
        stage.at(second).happens(Received(piece))
    assert told(stage) == ["0 handed 1", "1-3 received 44", "3 status 201", "4 received 2"]


def test_a_pause_of_the_plan_and_one_by_wish_are_told_with_their_length() -> None:
    stage = Stage(Send(b"a"), Pause(2 * SECOND_NS), Send(b"b"), Leave(Way.FIN))
    stage.writes()
    stage.at(2).writes()
    stage.at(3).happens(PauseNow()).at(3.5).happens(ResumeNow())
    assert told(stage) == ["0 handed 1", "0-2 pause", "2 handed 1"]  # once it leaves, nothing is paused any more
    stage = Stage(Send(b"ab"), Leave(Way.FIN))
    stage.happens(Wrote(1)).at(1).happens(PauseNow()).at(1.5).happens(ResumeNow()).writes()
    assert told(stage) == ["0 handed 1", "1-1.5 pause", "1.5 handed 1"]


def test_a_reset_is_told_with_what_the_server_had_read() -> None:
    stage = Stage(Send(b"abc"), Leave(Way.RST, is_cut=True))
    stage.writes()
    stage.wants()
    stage.at(1).happens(Drained())
    stage.wants()
    stage.at(2).happens(Drained(1))
    stage.wants()
    stage.happens(Departed())
    assert told(stage) == ["0 handed 3", "1 acknowledged 3", "2 read", "2 left rst"]


def test_the_end_of_the_peer_is_told_once_however_it_comes() -> None:
    stage = Stage(Send(b"abc"), Leave(Way.HALF, is_cut=True))
    stage.writes()
    stage.leaves()
    stage.at(1).happens(PeerClosed(), PeerClosed(), PeerReset(), PeerReset())
    assert told(stage)[-2:] == ["1 peer fin", "1 peer rst"]


def test_a_server_that_never_answers_ends_in_a_timeout() -> None:
    stage = Stage(Send(b"x", opening=POST), Expect(Awaited.ANSWER), Leave(Way.FIN))
    stage.writes()
    stage.at(30).is_over()
    stage.at(31).is_over()
    assert told(stage) == ["0 handed 1", "30 timeout"]


def test_the_first_and_the_last_moments_are_kept_and_the_others_counted() -> None:
    diary = Diary(None)
    diary.begin(1_000)
    for number in range(1_000):
        diary.goes_on("handed", 1, 1_000 + 2 * number)
        diary.goes_on("received", 1, 1_001 + 2 * number)
    timeline = diary.timeline()
    assert len([*timeline]) == KEPT_MOMENTS
    assert timeline.left_out == 2_000 - KEPT_MOMENTS
    assert [one.start_ns for one in timeline.first] == [*range(KEPT_MOMENTS // 2)]
    assert [one.start_ns for one in timeline.last] == [*range(2_000 - KEPT_MOMENTS // 2, 2_000)]


def test_where_nothing_happened_there_is_nothing_to_tell() -> None:
    assert Diary(None).timeline() == Timeline()

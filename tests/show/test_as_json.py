import json
from dataclasses import replace
from pathlib import Path

from tests.show.outcomes import HALF_WAY, WHOLE, outcome
from tests.traces import make_trace
from tracereplay.engine.lateness import Lateness
from tracereplay.engine.timeline import Moment, Timeline
from tracereplay.plan.way import Way
from tracereplay.show.as_json import outcome_as_json, trace_as_json

MOMENTS = Timeline(
    (Moment("handed", 0, 250_000_000, 524_459),), (Moment("left", 300_000_000, 300_000_000, how="half"),), 7
)
LATENESS = Lateness(20, 12_000, 300_000, 500_000)


def test_an_outcome_is_the_contract_key_for_key() -> None:
    one = replace(
        WHOLE,
        cut=HALF_WAY,
        way=Way.HALF,
        acknowledged=None,
        lateness=LATENESS,
        peer="fin",
        ended="peer",
        seconds=0.12345678,
        timeline=MOMENTS,
    )
    assert outcome_as_json(outcome(one)) == (
        '{"version":1,"trace":"upload.txt","connections":[{"id":0,"target":"127.0.0.1:8000","translated_from":null,"tls":null,'
        '"planned":1048759,'
        '"cut":{"spec":"body:50%","at":524459,"reads":null,"how":"half"},"handed":1048759,"acknowledged":null,"read":null,"window":null,"received":140,'
        '"interim":[100],"surplus":0,"surplus_status":null,"answers":[{"status":201,"reason":"Created","headers":[["Content-Length","3"],'
        '["Date","now"]],"body_bytes":3,"complete":true}],"peer":"fin","ended":"peer","seconds":0.123457,'
        '"reaction_seconds":0.0021,"lateness":{"sends":20,"median":1.2e-05,"p99":0.0003,"max":0.0005},"timeline":{"moments":[{"seconds":0.0,'
        '"until":0.25,"what":"handed","bytes":524459,"status":null,"how":null},{"seconds":0.3,"until":0.3,"what":"left",'
        '"bytes":null,"status":null,"how":"half"}],"left_out":7}}],"check":null}'
    )


def test_what_there_was_not_is_null() -> None:
    found = json.loads(outcome_as_json(outcome(replace(WHOLE, reaction_seconds=None, answers=()))))
    (one,) = found["connections"]
    assert one["cut"] is None
    assert one["reaction_seconds"] is None
    assert one["answers"] == []


def test_a_trace_is_the_contract_key_for_key(tmp_path: Path) -> None:
    events = [("12:00:00.000000 => Send data", b"a.b\nc"), ("12:00:01.500000 <= Recv data", b"d")]
    trace = make_trace(tmp_path, events, form="ascii", port=8000)
    name = json.dumps(str(tmp_path / "trace.txt"))
    assert "".join(trace_as_json(trace)) == (
        f'{{"version":1,"trace":{name},"form":"ascii","timed":true,"connections":[{{"id":0,"host":"127.0.0.1",'
        '"port":8000,"tls":false,"protocol":"unknown","sent":{"bytes":5,"unknown":[[1,2],[3,4]],"inferred":0,'
        '"events":1},"received":{"bytes":1,"unknown":[],"inferred":0,"events":1},"seconds":1.5}],"warnings":[]}'
    )


def test_a_trace_without_anything_in_it_is_json_too(tmp_path: Path) -> None:
    trace = make_trace(tmp_path, [("<= Recv SSL data", b"x"), "no item\n", "nor this\n"])
    found = json.loads("".join(trace_as_json(trace)))
    assert found["connections"] == []
    assert [list(one) for one in found["warnings"]] == [["line", "code", "message"]]

"""A trace as a file of tests, to be read and changed by a person; a formatter leaves it alone, from 88 columns on."""

from dataclasses import dataclass

from tracereplay.plan.connection import ConnectionPlan
from tracereplay.plan.region import main_request
from tracereplay.plan.secrets import advised
from tracereplay.show.literal import LINE_WIDTH, text_literal
from tracereplay.trace.event import Direction, Kind
from tracereplay.trace.request import Request
from tracereplay.trace.response import is_interim_status, status_of
from tracereplay.units import SECOND_NS

_SLOW_NS = SECOND_NS

_TEST = """\
{mark}
def test_the_whole_{what}_is_answered_as_recorded(replay, server):
    outcome = replay(server)
{whole}
    # Look at your database here: is all of the {what} there?


{marks}
def test_a_truncated_{what}_is_not_taken_for_a_whole_one(replay, server):
    outcome = replay(server)
    # Who leaves by fin or rst does not stay to read an answer; half and stall do.
{refused}
    # Look at your database here: is there nothing that half {article} {what} has left behind?
    # For what comes a moment later there is wait_until(lambda: ..., within="3s").

    # The server is as well as before.
    outcome = replay(server, truncate=None, close=None)
{whole}
"""


@dataclass(frozen=True, slots=True)
class ServerCode:
    """A fixture ``server``: its lines, the constants and the imports that it needs, and what is said of it."""

    doc: str
    imports: tuple[str, ...]
    constants: tuple[str, ...]
    lines: tuple[str, ...]

    @classmethod
    def started(cls, command: str, parents: int | None) -> "ServerCode":
        """Return the fixture that runs ``command``: so many folders above the file, None is where pytest is started."""
        up = "parent" if parents == 0 else f"parents[{parents}]"
        root = () if parents is None else (f"ROOT = Path(__file__).{up}  # where the command runs",)
        return cls(
            "The server under test: started once, on a port of its own, and ended with the tests.",
            ("from pathlib import Path", "") if root else (),
            (*root, f"COMMAND = {text_literal(command)}"),
            (
                "def server(replay_server):",
                f"    with replay_server(COMMAND{', cwd=ROOT' if root else ''}) as server:",
                "        yield server",
            ),
        )

    @classmethod
    def running(cls, target: str) -> "ServerCode":
        """Return the fixture that names a server which runs already."""
        return cls(
            "The server under test: it must run before the tests do.",
            (),
            (f"TARGET = {text_literal(target)}",),
            (
                "def server(replay_target):",
                "    return replay_target or TARGET  # pytest --tracereplay-target=HOST:PORT",
            ),
        )

    def conftest(self) -> str:
        """Return a ``conftest.py`` with the fixture alone."""
        head = [f'"""{self.doc}"""', "", *self.imports, "import pytest", "", *self.constants, "", ""]
        return "\n".join([*head, *self.fixture(), ""])

    def fixture(self) -> list[str]:
        """Return the lines of the fixture."""
        return ['@pytest.fixture(scope="session")', *self.lines]


def pytest_file(plan: ConnectionPlan, trace: str, *, server: ServerCode | None) -> str:
    """Return a file of tests that play ``trace``, as it is called from there; with a fixture ``server``, if given.

    ``plan`` is the whole plan of the main connection.
    """
    request = main_request(plan.conversation)
    assert request is not None
    index = plan.conversation.requests.index(request)
    cuts = _cuts(plan, request)
    secrets = advised([plan.trace.conversation(plan.id)])
    live = ("secret=SECRETS",) if secrets else ()
    options = (*(('speed="max"',) if _is_slow(plan) else ()), *live)
    middle = cuts[1] if request.body_bytes else cuts[0]
    has_body = request.body_bytes > 0
    tests = _TEST.format(
        what="upload" if has_body else "request",
        article="an" if has_body else "a",
        whole="\n".join(_whole(recorded_status(plan))),
        mark=_mark(*live),
        marks="\n".join(
            [
                _mark("truncate=CUTS", 'close=["fin", "rst", "half"]', *options),
                _mark(f"truncate={text_literal(middle)}", 'close="stall"', 'hold="1s"', *options),
            ]
        ),
        refused="\n".join(_refused(index)),
    )
    fixture = [] if server is None else [*server.fixture(), "", ""]
    lines = [
        f'"""What the server makes of {"an upload" if has_body else "a request"} whose client leaves half-way."""',
        "",
        *(() if server is None else server.imports),
        "import pytest",
        "",
        f"TRACE = {text_literal(trace)}",
        *_live(secrets),
        *(() if server is None else server.constants),
        "",
        "CUTS = [  # where the client leaves",
        *(f"    {text_literal(cut)},{_told(cut)}" for cut in cuts),
        "]",
        "",
        "",
        *fixture,
        tests,
    ]
    return "\n".join(lines)


def recorded_status(plan: ConnectionPlan) -> int | None:
    """Return the status of the last answer that was recorded, None without one."""
    last = None
    for event in plan.events():
        if event.direction is Direction.RECEIVED and event.kind is Kind.HEADER:
            status = status_of(event.payload.data)
            last = last if status is None or is_interim_status(status) else status
    return last


def _cuts(plan: ConnectionPlan, request: Request) -> list[str]:
    """Return places within the main request, of which the second is in the middle of a body."""
    is_alone = len(plan.conversation.requests) == 1
    if not request.body_bytes:
        return ["50%", "-1"] if is_alone else ["head:50%", "head:-1"]
    # What frames a file may come after it: a server that has all of the file may say so.
    ends = [end for _, end in request.files]
    is_framed = bool(ends) and ends[-1] < request.end
    last = "file:-1" if is_framed else "-1" if is_alone else "body:-1"
    return ["25%" if is_alone else "head:50%", "body:50%", last]


def _told(cut: str) -> str:
    """Return a comment for a place that does not speak for itself."""
    scope, _, place = cut.rpartition(":")
    if place == "-1":
        return f"  # all but the last byte{f' of the {scope}' if scope else ''}"
    return "" if scope else "  # of all that is sent"


def _is_slow(plan: ConnectionPlan) -> bool:
    start_ns, end_ns = plan.conversation.start_ns, plan.conversation.end_ns
    return start_ns is not None and end_ns is not None and end_ns - start_ns > _SLOW_NS


def _live(secrets: tuple[str, ...]) -> list[str]:
    if not secrets:
        return []
    return [
        "SECRETS = [  # what to send where the trace holds none",
        *(f"    {text_literal(one)}," for one in secrets),
        "]",
    ]


def _whole(status: int | None) -> list[str]:
    lines = ["    assert outcome.answer is not None"]
    return lines if status is None else [*lines, f"    assert outcome.answer.status == {status}"]


def _refused(index: int) -> list[str]:
    if index == 0:
        return ["    assert outcome.answer is None or outcome.answer.status >= 300"]
    return [
        f"    # The first {index} of the answers {'is' if index == 1 else 'are'} to what comes before it.",
        f"    answers = outcome.connection.answers[{index}:]",
        "    assert all(answer.status >= 300 for answer in answers)",
    ]


def _mark(*options: str) -> str:
    line = f"@pytest.mark.tracereplay({', '.join(('TRACE', *options))})"
    if len(line) <= LINE_WIDTH:
        return line
    return "\n".join(["@pytest.mark.tracereplay(", *(f"    {one}," for one in ("TRACE", *options)), ")"])

import pytest

from tracereplay.errors import (
    PlanError,
    SpecError,
    SystemFault,
    TargetError,
    TraceError,
    TracereplayError,
    UnknownBytesError,
)

SPOILT = TraceError("the dump ends at 0xfa0", trace="up.txt", line=41, hint="record it again")


@pytest.mark.parametrize(
    ("error", "text", "exit_code"),
    [
        (TracereplayError("no"), "no", 2),
        (TracereplayError("no", hint="try"), "no\n  hint: try", 2),
        (PlanError("no such place"), "no such place", 2),
        (TraceError("the file is empty", trace="up.txt"), "up.txt: the file is empty", 3),
        (SPOILT, "up.txt:41: the dump ends at 0xfa0\n  hint: record it again", 3),
        (UnknownBytesError("2 bytes are unknown", trace="up.txt", ranges=((1, 3),)), "up.txt: 2 bytes are unknown", 3),
        (SpecError("no", spec="50%%", column=4, hint="50%"), "no\n    50%%\n       ^\n  hint: 50%", 2),
        (SystemFault("disk full"), "disk full", 4),
        (TargetError("nothing listens"), "nothing listens", 4),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else "",
)
def test_an_error_says_all_in_one_text_and_has_its_exit_code(
    error: TracereplayError, text: str, exit_code: int
) -> None:
    assert (str(error), error.exit_code) == (text, exit_code)


def test_an_error_keeps_what_a_program_wants_to_know() -> None:
    assert (SPOILT.trace, SPOILT.line, SPOILT.hint, SPOILT.message) == (
        "up.txt", 41, "record it again", "up.txt:41: the dump ends at 0xfa0",
    )  # fmt: skip
    assert UnknownBytesError("x", trace="up.txt", ranges=((1, 3), (5, 6))).ranges == ((1, 3), (5, 6))
    assert (SpecError("x", spec="50%%", column=4).spec, SpecError("x", spec="50%%", column=4).column) == ("50%%", 4)


@pytest.mark.parametrize("kind", [TraceError, PlanError, SystemFault])
def test_one_base_catches_every_error(kind: type[TracereplayError]) -> None:
    assert issubclass(kind, TracereplayError)
    assert issubclass(kind, Exception)
    assert not issubclass(TracereplayError, (OSError, ValueError))

"""What the tests of plays share."""

from pathlib import Path

import pytest

from tests.net.upload import ANSWER, BODY, HEAD
from tests.traces import make_trace
from tracereplay.library import Plan


@pytest.fixture
def plan(tmp_path: Path) -> Plan:
    sends = [("=> Send data", BODY[at : at + 65536]) for at in range(0, len(BODY), 65536)]
    return make_trace(tmp_path, [("=> Send header", HEAD), *sends, ("<= Recv header", ANSWER)]).plan()

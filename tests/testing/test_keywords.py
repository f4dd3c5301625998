"""Messages about options, to those who write them as keywords."""

import pytest

from tracereplay.errors import PlanError
from tracereplay.testing.keywords import as_keywords

SAID = {
    "--hold says how long to stay": "hold= says how long to stay",
    "it goes with --close half and --close stall": 'it goes with close="half" and close="stall"',
    "play what is there with --torn keep": 'play what is there with torn="keep"',
    "give what was sent, --file upload.csv, or record": 'give what was sent, file="upload.csv", or record',
    "put a header in: --set-header 'Content-Length: 5'": 'put a header in: set_header="Content-Length: 5"',
    "play it over TLS: --tls": "play it over TLS: tls=True",
    "play it without: --target 127.0.0.1:80": 'play it without: target="127.0.0.1:80"',
    "use --tlsv1.2 here": "use tlsv1_2=True here",
}
KEPT = (
    "record with curl --http1.1",
    "edit it while it is played: tracereplay play --as-http1",
    "in pytest --tracereplay-max-cuts N",
    "record with --trace-ids, or without --parallel",
    "--hold-on and a--hold",
)


@pytest.mark.parametrize(("flags", "keywords"), [*SAID.items(), *((text, text) for text in KEPT)])
def test_options_are_said_as_keywords_unless_they_are_of_a_command(flags: str, keywords: str) -> None:
    error = as_keywords(PlanError(flags, hint=flags))
    assert str(error) == f"{keywords}\n  hint: {keywords}"
    assert as_keywords(PlanError(flags)).hint is None

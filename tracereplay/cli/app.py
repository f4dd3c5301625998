"""The application: its commands, and what is said of all of them."""

from typing import Annotated

import typer

from tracereplay import __version__
from tracereplay.cli.check import check
from tracereplay.cli.compare import compare
from tracereplay.cli.convert import convert
from tracereplay.cli.demo import demo
from tracereplay.cli.door import Door, Grouped, open_closed_streams
from tracereplay.cli.edit import edit
from tracereplay.cli.export import Export, export
from tracereplay.cli.extract import extract
from tracereplay.cli.init_test import init_test
from tracereplay.cli.mark import mark, unmark
from tracereplay.cli.play import play
from tracereplay.cli.record import record
from tracereplay.cli.redact import redact
from tracereplay.cli.show import show
from tracereplay.cli.staircase import staircase
from tracereplay.cli.sweep import sweep


def _version(wanted: bool) -> None:
    if wanted:
        print(f"tracereplay {__version__}")
        raise typer.Exit


app = typer.Typer(
    name="tracereplay",
    cls=Door,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="""\b
Example:
  tracereplay record -o upload.txt -- curl -F file=@big.bin http://127.0.0.1:8000/files
  tracereplay play upload.txt --truncate 50% --close rst""",
)


@app.callback()
def _tracereplay(
    _is_version_wanted: Annotated[
        bool,
        typer.Option("--version", "-V", callback=_version, is_eager=True, help="Show the version and exit."),
    ] = False,
) -> None:
    """Turn a curl trace into a regression test: replay it byte for byte, and leave half-way."""


app.command(
    "record",
    cls=Grouped,
    short_help="Run a curl command and keep a lossless trace of it.",
    context_settings={"allow_interspersed_args": False},
    options_metavar="[OPTIONS] [--]",
    epilog="""\b
Example:
  tracereplay record -o upload.txt -- curl -F file=@big.bin http://127.0.0.1:8000/files
  tracereplay record -o small.txt --body-by-reference -- curl -T big.bin http://127.0.0.1:8000/files
\b
The exit code is curl's.""",
)(record)
app.command(
    "play",
    cls=Grouped,
    short_help="Replay a trace against a real server, and leave half-way.",
    epilog="""\b
Example:
  tracereplay play upload.txt --target 127.0.0.1:8000 --truncate body:50% --close rst
\b
A server that resets, closes or never answers is a result, and the exit code is 0.""",
)(play)
app.command(
    "sweep",
    cls=Grouped,
    short_help="Cut a trace everywhere, and say what the server does wrong.",
    epilog="""\b
Example:
  tracereplay sweep upload.txt --target 127.0.0.1:8000
  tracereplay sweep upload.txt --target 127.0.0.1:8000 --cuts body:every:4k --close half,stall
  tracereplay sweep upload.txt --target 127.0.0.1:8000 --split 2 --split random:7
  tracereplay sweep upload.txt --target 127.0.0.1:8000 --baseline sweep-baseline.json --accept
\b
The exit code is 1 when something is wrong that is not in the baseline, else 0.""",
)(sweep)
app.command(
    "compare",
    cls=Grouped,
    short_help="Sweep over several servers, and say where they differ.",
    epilog="""\b
Example:
  tracereplay compare upload.txt --server 'gunicorn -b fd://{fd} app:app' --server 'uvicorn --fd {fd} api:app'
  tracereplay compare upload.txt --server 'gunicorn -b fd://{fd} app:app' --via nginx.conf
\b
The exit code is 1 when the servers differ in a verdict, else 0.""",
)(compare)
app.command(
    "staircase",
    cls=Grouped,
    short_help="Say how much of an upload the application has when the client stops.",
    epilog="""\b
Example:
  tracereplay staircase upload.txt --target 127.0.0.1:8000 --witness witness.jsonl
  tracereplay staircase upload.txt --target 127.0.0.1:8000 --witness witness.jsonl --close stall --bisect""",
)(staircase)
app.command(
    "show",
    cls=Grouped,
    short_help="Show what is in a trace.",
    epilog="""\b
Example:
  tracereplay show upload.txt
  tracereplay show upload.txt --format json | jq '.connections[].sent.bytes'""",
)(show)
app.command(
    "extract",
    cls=Grouped,
    short_help="Write the raw bytes of a connection.",
    epilog="""\b
Example:
  tracereplay extract upload.txt --sent request.bin --received answer.bin""",
)(extract)
app.command(
    "init-test",
    cls=Grouped,
    short_help="Write a file of tests that play a trace.",
    epilog="""\b
Example:
  tracereplay init-test upload.txt --server 'gunicorn -b fd://{fd} app:app'
  pytest test_upload.py""",
)(init_test)
app.command(
    "export",
    cls=Export,
    short_help="Write a play as a script, or a recording as HAR or pcapng.",
    epilog="""\b
Example:
  tracereplay export upload.txt --truncate body:50% --close rst -o standalone.py
  python3 standalone.py
  tracereplay export upload.txt -o upload.har
  tracereplay export upload.txt -o upload.pcapng && wireshark upload.pcapng""",
)(export)
app.command(
    "edit",
    cls=Grouped,
    short_help="Write the trace of another request.",
    epilog="""\b
Example:
  tracereplay edit upload.txt --set-header 'Host: example.org' --path '/files?v=2' -o edited.txt
  tracereplay edit upload.txt --set-file file=@other.csv --in-place""",
)(edit)
app.command(
    "check",
    cls=Grouped,
    short_help="Say all that is wrong in some traces.",
    epilog="""\b
Example:
  tracereplay check upload.txt
  tracereplay check recordings/*.txt --format json | jq '.traces[] | select(.unknown > 0).trace'
\b
Warnings do not matter to the exit code; it is 1 if there is a secret in a trace, and 3 if one cannot be read.""",
)(check)
app.command(
    "redact",
    cls=Grouped,
    short_help="Take the secrets out of a trace.",
    epilog="""\b
Example:
  tracereplay redact old.txt -o upload.txt
  tracereplay redact --in-place --redact X-Session upload.txt""",
)(redact)
app.command(
    "convert",
    cls=Grouped,
    short_help="Write a trace in the other form.",
    epilog="""\b
Example:
  tracereplay convert upload.txt --to ascii | less
  tracereplay convert old.txt --to hex --file report.csv -o upload.txt""",
)(convert)
app.command(
    "mark",
    cls=Grouped,
    short_help="Write a cut, a pause or a place into a trace.",
    epilog="""\b
Example:
  tracereplay mark upload.txt --at body:50% --name half --close rst
  tracereplay play upload.txt --truncate @half""",
)(mark)
app.command(
    "unmark",
    cls=Grouped,
    short_help="Take marks out of a trace again.",
    epilog="""\b
Example:
  tracereplay unmark upload.txt half""",
)(unmark)
app.command(
    "demo",
    cls=Grouped,
    short_help="See it work, on this machine, in a few seconds.",
    epilog="""\b
Example:
  tracereplay demo --keep /tmp""",
)(demo)


def main() -> None:
    """Run the command line of this process, and exit."""
    open_closed_streams()
    app(prog_name="tracereplay")

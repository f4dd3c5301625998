"""The recording of one curl command, from the checks before it to the notes after it."""

import shlex
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from tracereplay.errors import SystemFault
from tracereplay.recorder.destination import check, draft, keep
from tracereplay.recorder.dialect import ask
from tracereplay.recorder.options import traced
from tracereplay.recorder.pipe import Pipe, trace_pipe
from tracereplay.recorder.run import find_curl, relayed_signals, run
from tracereplay.recorder.sent_files import SentFile, opened, sent_files
from tracereplay.trace.body_secret import BodyNames
from tracereplay.trace.file import GZIP_SUFFIX, packed
from tracereplay.trace.secret import USUAL, Names


@dataclass(frozen=True, slots=True)
class Recording:
    """What came of a recording.

    ``path``: where the trace is, None when nothing was sent or received. ``exit_code``: curl's own, or
    128 + N when the signal N ended it. ``notes``: what the user should know, a sentence each. ``redacted``: how many
    secrets of each name are not in the trace.
    """

    path: Path | None
    exit_code: int
    notes: tuple[str, ...] = ()
    redacted: Mapping[str, int] = field(default_factory=dict)


def record(
    argv: Sequence[str],
    output: str | Path | None = None,
    *,
    overwrite: bool = False,
    secret: Names | None = USUAL,
    secret_in_bodies: BodyNames | None = None,
    body_by_reference: bool = False,
) -> Recording:
    """Run the curl command ``argv`` as it is, keep its trace, and return what came of it.

    Standard input, output and error are ours, passed on. The trace is hex, with times, and with ids where
    that curl has them; it goes to ``output``, gzipped where that ends in ``.gz``, or to a name after the first
    request in the current directory. However curl ends, what it has traced is kept, but for what is ``secret``, or
    ``secret_in_bodies``: that is an ``x`` for each byte before it reaches the disk. With None everything is kept. With
    ``body_by_reference`` what is in a file that curl sends is not: the trace names the file in its place, and its hash.

    Raises PlanError, before curl is run, when ``argv`` is no curl command, or ``output`` exists and is not
    to be overwritten, or cannot be written; SystemFault, after curl has ended, when the trace cannot be written or
    moved into place.
    """
    executable = find_curl(argv)
    if output is not None:
        output = Path(output)
        check(output, overwrite=overwrite)
    dialect = ask(executable)
    folder, name = (output.parent, output.name) if output is not None else (Path(), "curl")
    found = Counter[str]()
    sent = sent_files(argv[1:], dialect) if body_by_reference else ()
    with relayed_signals() as relay, draft(folder, name) as part, trace_pipe() as pipe, opened(sent, folder) as files:
        line = traced(argv[1:], pipe.name, dialect)
        pieces = _pieces(secret, secret_in_bodies, found, pipe)
        if files:
            from tracereplay.recorder.referring import refer  # noqa: PLC0415 - curl need not wait for it

            pieces = refer(pieces, files)
        write = partial(_write, part, pieces, as_gzip=name.endswith(GZIP_SUFFIX))
        exit_code = run(executable, (argv[0], *line.words), relay, pipe, write)
        from tracereplay.recorder.name import recorded_name  # noqa: PLC0415 - curl need not wait for Lark

        called = recorded_name(part)
        path = None if called is None else keep(part, output or Path(called), overwrite=overwrite)
        notes = [*_notes(line.left_out, path, output), *(_reference_notes(files) if body_by_reference else ())]
    return Recording(path, exit_code, tuple(notes), found)


def _write(part: Path, pieces: Iterator[bytes], _pipe: Pipe, *, as_gzip: bool) -> None:
    """Write the trace that comes in pieces through the pipe. Raises SystemFault when that fails."""
    try:
        with part.open("wb") as stream, packed(stream, as_gzip=as_gzip) as text:
            for piece in pieces:
                text.write(piece)
                stream.flush()  # whatever becomes of us, what was traced is there
    except OSError as fault:
        raise SystemFault(f"the trace cannot be written: {fault.strerror}") from fault


def _pieces(secret: Names | None, in_bodies: BodyNames | None, found: Counter[str], pipe: Pipe) -> Iterator[bytes]:
    if secret is None:
        yield from iter(pipe.read, b"")
        return
    from tracereplay.trace.redact import Redaction  # noqa: PLC0415 - curl need not wait for Lark

    redaction = Redaction(secret, in_bodies)
    yield from redaction.text(pipe, "hex")
    found.update(redaction.found.counts)


def _reference_notes(files: Mapping[str, SentFile]) -> Iterator[str]:
    if not any(file.hashed for file in files.values()):
        yield "no file was sent as it is, so the trace refers to none; -T, -F name=@ and --data-binary @ do so"
    for name, file in files.items():
        if file.hashed and file.is_changed:
            yield f"{name} was changed while curl ran: the trace refers to it as it was, and plays with no other"


def _notes(left_out: Iterable[str], path: Path | None, output: Path | None) -> Iterator[str]:
    for option in left_out:
        note = f"curl writes one trace at a time: {option} was left out"
        if path is not None and option in ("-v", "--verbose"):
            note += f"; `tracereplay show {shlex.quote(str(path))}` shows what it would have"
        elif path is not None:
            note += f"; {path} holds what it would have, and more"
        yield note
    if path is not None and output is not None and path != output:
        yield f"{output} appeared while curl ran and was not touched: the trace is in {path}"

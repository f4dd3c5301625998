"""Fills what was uploaded from the files that it was read from: which file is which upload, and whether it is."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from tracereplay.errors import PlanError, TraceError
from tracereplay.trace.conversation import Conversation
from tracereplay.trace.event import Direction, Event
from tracereplay.trace.multipart import boundary_of
from tracereplay.trace.upload import Upload, disagreement, uploads_of
from tracereplay.units import format_bytes

Events = Callable[[int], Iterator[Event]]


@dataclass(frozen=True, slots=True)
class Fill:
    """A file on disk, and the upload that it fills. ``tail`` is framing that an upload broken off there has begun."""

    path: Path
    size: int
    upload: Upload
    name: bytes = b""
    tail: bytes = b""

    @property
    def is_prefix(self) -> bool:
        """Whether only the beginning of the file was sent."""
        return self.size > self.upload.size

    def spans(self) -> Iterator[tuple[int, int]]:
        """Yield where the bytes of the file lie in what was sent on the connection."""
        return self.upload.spans()

    def name_spans(self) -> Iterator[tuple[int, int]]:
        """Yield where the name of the file lies in what was sent on the connection; nowhere if it has another."""
        part = self.upload.part
        if part is None or not self.name:
            return iter(())
        start = part.head_start + part.name_at
        return self.upload.request.content.between(start, start + len(self.name))

    def read(self, at: int, count: int) -> bytes:
        """Return ``count`` bytes of the upload from ``at`` on. Raises PlanError when the file cannot be read."""
        data = b""
        if at < self.size:
            try:
                with self.path.open("rb") as stream:
                    stream.seek(at)
                    data = stream.read(min(count, self.size - at))
            except OSError as error:
                raise _unreadable(self.path, error) from error
        begun = at + len(data) - self.size
        return data + self.tail[begun : begun + count - len(data)] if begun >= 0 else data

    def __str__(self) -> str:
        """Return which file is taken for what, for people."""
        whose = f"what was uploaded on connection {self.upload.connection}"
        if self.is_prefix:
            sent = format_bytes(self.upload.size)
            return f"{self.path} agrees with {whose}, which is the first {sent} of its {self.size:,}"
        return f"{self.path} agrees with {whose}, in all of its {format_bytes(self.size)}"


def fills(name: str, conversations: Iterable[Conversation], events: Events, files: Sequence[Path]) -> Iterator[Fill]:
    """Yield which upload of the trace ``name`` each file is: by its name, else by order and size.

    Raises TraceError when a file is not what was sent, PlanError when it cannot be read or could be several.
    """
    uploads = [one for conversation in conversations for one in uploads_of(conversation)]
    filled: list[Upload] = []
    sizes = {path: _size(path) for path in files}
    nameless = []
    for number, path in enumerate(files):
        named = [one for one in uploads if one.is_file and one.called(path) is not None]
        alike = [index for index, other in enumerate(files) if other.name == path.name]
        if len(alike) > 1:
            named = named[alike.index(number) :][:1]
        if not named:
            nameless.append(path)
            continue
        tried = [_try(path, sizes[path], one, events) for one in named]
        found = [one for one in tried if isinstance(one, Fill)]
        if not found:
            raise _refusal(name, path, tried)
        filled += [one.upload for one in found]
        yield from found
    for left, path in zip(range(len(nameless), 0, -1), nameless, strict=True):
        open_ones = [one for one in uploads if one.size and not any(one is other for other in filled)]
        open_ones.sort(key=lambda one: (not one.is_file, one.is_whole and one.size != sizes[path]))
        tried = [_try(path, sizes[path], one, events) for one in open_ones]
        found = [one for one in tried if isinstance(one, Fill)]
        if not found:
            raise _refusal(name, path, tried)
        chosen = [one for one in found if _is_repeated(found[0].upload, one.upload)]
        if left == 1 and len(found) > len(chosen):
            raise PlanError(
                f"{path} can be any of {len(found)} uploads in {name}, and none has its name",
                hint="give one --file for each of them, in their order",
            )
        filled += [one.upload for one in chosen]
        yield from chosen


def _is_repeated(one: Upload, other: Upload) -> bool:
    """Return whether ``other`` is the same upload, sent again."""
    return (one.request.method, one.request.target, one.name, one.size) == (
        other.request.method,
        other.request.target,
        other.name,
        other.size,
    )


def _size(path: Path) -> int:
    try:
        if not path.is_file():
            path.stat()
            raise PlanError(f"{path} is not a file", hint="--file takes the file that was uploaded")
        with path.open("rb"):
            return path.stat().st_size
    except OSError as error:
        raise _unreadable(path, error) from error


def _unreadable(path: Path, error: OSError) -> PlanError:
    return PlanError(f"{path} cannot be read: {error.strerror}", hint="--file takes the file that was uploaded")


def _try(path: Path, size: int, upload: Upload, events: Events) -> Fill | str:
    """Return how the file fills the upload, or in words why it cannot be what was sent."""
    excess = upload.size - size
    boundary = boundary_of(upload.request.header("Content-Type") or "")
    tail = b""
    if excess > 0 and not upload.is_whole and upload.part is not None and boundary is not None:
        tail = (b"\r\n--" + boundary)[:excess]
        if excess == len(tail) + 1:  # one byte of what follows a delimiter does not tell what it was
            upload, excess = replace(upload, end=upload.end - 1), excess - 1
    if (excess < 0 and upload.is_whole) or excess > len(tail):
        return f"it has {format_bytes(size)}, and {upload.size:,} were sent"
    fill = Fill(path, size, upload, upload.called(path) or b"", tail)
    spans = upload.spans()
    span = next(spans, None)
    offset = passed = 0
    for event in events(upload.connection):
        if event.direction is not Direction.SENT:
            continue
        first, last = offset, offset + len(event.payload)
        offset = last
        while span is not None and span[0] < last:
            low, high = max(span[0], first), min(span[1], last)
            at = passed + low - span[0]
            data = fill.read(at, high - low)
            if len(data) < high - low:
                return "it was changed while it was read"
            wrong = disagreement(event.payload[low - first : high - first], data, ends_event=high == last)
            if wrong is not None:
                return (
                    f"byte {at + wrong.at:,} of it is {wrong.has}, and the trace shows {wrong.shown}"
                    f" (byte {low + wrong.at:,} sent on connection {upload.connection}, line {event.line:,})"
                )
            if span[1] > last:
                break
            passed += span[1] - span[0]
            span = next(spans, None)
        if span is None:
            break
    return fill


def _refusal(name: str, path: Path, tried: Sequence[Fill | str]) -> TraceError | PlanError:
    reasons = [one for one in tried if isinstance(one, str)]
    if not reasons:
        return PlanError(f"{name} shows no upload that {path} could be", hint=f"tracereplay show {name}")
    return TraceError(
        f"{path} is not what was sent: {reasons[0]}",
        trace=name,
        hint="--file takes the file as it was when curl read it; without it, unknown bytes can be kept as dots:"
        " --unknown keep",
    )

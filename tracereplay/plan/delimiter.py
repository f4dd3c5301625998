"""A part of a form that has the delimiter of the form in it: an application would see it end there."""

from tracereplay.errors import PlanError
from tracereplay.plan.content import Content
from tracereplay.plan.message import Message
from tracereplay.trace.multipart import boundary_of

LOOKED_AT_BYTES = 1 << 24  # so that an edit takes no time to speak of, whatever the size


def refuse_delimiter(message: Message, at: int, content: bytes | Content, boundary: bytes | None = None) -> None:
    """Raise PlanError when ``content``, put at offset ``at`` of that of a form, has a delimiter of it in it.

    It is looked for in the first 16 MiB. ``boundary`` is that of the form, unless another is given. A message that
    keeps its length lies on purpose, and may do so here as well.
    """
    boundary = boundary or boundary_of(message.request.header("Content-Type") or "")
    if boundary is None or message.keeps_length:
        return
    wanted = b"\n--" + boundary  # behind CR LF; some applications take an LF alone
    before = b"".join(message.read(max(0, at - len(wanted) + 1), at)) or b"\n"
    left = LOOKED_AT_BYTES
    for piece in (content,) if isinstance(content, bytes) else content.pieces():
        text = before + piece[:left]
        if wanted in text:
            raise PlanError(
                f"the boundary of the form, {boundary.decode('latin-1')!r}, stands in what would be sent in a part:"
                " there it would end",
                hint="take another --boundary; to send it nevertheless, --keep-length",
            )
        left -= len(piece)
        if left <= 0:
            break
        before = text[1 - len(wanted) :]

"""What Werkzeug writes an uploaded file into while it arrives: processes the pieces, and keeps nothing."""

import io
from collections.abc import Callable
from typing import Any

from ledger import Upload


class ProcessedFile(io.BytesIO):
    """A file that is never whole."""

    def __init__(self, upload: Upload) -> None:
        super().__init__()
        self._upload = upload

    def write(self, piece: Any) -> int:
        """Process a piece."""
        self._upload.process(bytes(piece))
        return len(piece)


def processed_by(upload: Upload) -> Callable[..., io.BytesIO]:
    """Return a ``stream_factory`` for ``parse_form_data``."""
    return lambda *_args, **_kwargs: ProcessedFile(upload)

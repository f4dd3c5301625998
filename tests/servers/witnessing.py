"""What the tests of a witness share: an application, and the recording of an upload beside those that take it."""

from pathlib import Path

from tests.traces import trace_text

READ_ALL = """
async def read_all(scope, receive, send):
    if scope["type"] != "http":
        return
    message = {"more_body": True}
    while message.get("more_body") and message.get("type") != "http.disconnect":
        message = await receive()
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"0")]})
    await send({"type": "http.response.body"})
"""


def beside(apps: str, trace: Path, head: bytes, *writes: bytes) -> Path:
    """Return the ``trace`` that curl would have written of a request, beside ``apps.py`` with these applications."""
    (trace.parent / "apps.py").write_text(apps, "utf-8")
    trace.write_bytes(trace_text([("=> Send header", head), *(("=> Send data", one) for one in writes)]))
    return trace

"""Uploads to Tornado, on the port of the command line: ``/files`` has the whole body, ``/stream`` gets pieces."""

import asyncio
import sys

from journal import Upload
from tornado.web import Application, RequestHandler, stream_request_body


class Files(RequestHandler):
    """Called when the body is there."""

    def post(self) -> None:
        """Take the form."""
        upload = Upload()
        with upload.watched():
            upload.process(self.request.files["file"][0]["body"])
        upload.end("complete")
        self.write({"bytes": upload.seen})


@stream_request_body
class Stream(RequestHandler):
    """Called while the body arrives."""

    def prepare(self) -> None:
        """Begin."""
        self._upload = Upload()

    def data_received(self, chunk: bytes) -> None:
        """Take what came."""
        self._upload.process(chunk)

    def on_connection_close(self) -> None:
        """Be told that the client has gone."""
        self._upload.end("aborted", "on_connection_close")

    def post(self) -> None:
        """Be told that all is there."""
        self._upload.end("complete")
        self.write({"bytes": self._upload.seen})


async def main(port: int) -> None:
    """Serve for ever."""
    Application([("/files", Files), ("/stream", Stream)]).listen(port, "127.0.0.1")
    await asyncio.Event().wait()


asyncio.run(main(int(sys.argv[1])))

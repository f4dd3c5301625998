"""Uploads to Django: ``/files`` by an upload handler, ``/stream`` by reading the request."""

from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile, UploadedFile
from django.core.files.uploadhandler import FileUploadHandler
from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest, JsonResponse
from django.urls import path
from journal import Upload

settings.configure(ALLOWED_HOSTS=["*"], ROOT_URLCONF=__name__, SECRET_KEY="of no use")


class _Processing(FileUploadHandler):
    """Work on the file while it arrives."""

    def __init__(self, upload: Upload) -> None:
        super().__init__()
        self._upload = upload

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:  # noqa: ARG002 - the interface of Django
        self._upload.process(raw_data)

    def file_complete(self, file_size: int) -> UploadedFile:  # noqa: ARG002
        return SimpleUploadedFile("processed", b"")


def _files(request: HttpRequest) -> JsonResponse:
    """Take the form."""
    upload = Upload()
    request.upload_handlers = [_Processing(upload)]
    with upload.watched():
        is_there = "file" in request.FILES
    upload.end("complete", None if is_there else "no file in FILES")
    return JsonResponse({"bytes": upload.seen})


def _stream(request: HttpRequest) -> JsonResponse:
    """Read until there is no more."""
    upload = Upload()
    with upload.watched():
        while piece := request.read(65_536):
            upload.process(piece)
    upload.end("complete")
    return JsonResponse({"bytes": upload.seen})


urlpatterns = [path("files", _files), path("stream", _stream)]
app = get_wsgi_application()

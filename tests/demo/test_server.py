import socket

import pytest

from tracereplay.demo.server import BodyEnd, Upload, UploadServer, serving

HEAD = b"POST /files HTTP/1.1\r\nHost: x\r\nContent-Length: 8\r\n\r\n"


def connected(server: UploadServer) -> socket.socket:
    return socket.create_connection(("127.0.0.1", server.server_port), timeout=10)


def everything(client: socket.socket) -> bytes:
    said = b""
    while chunk := client.recv(65536):
        said += chunk
    return said


def test_a_whole_body_is_counted_and_answered() -> None:
    with serving() as server, connected(server) as client:
        client.sendall(HEAD + b"a,b\nc,d\n")
        assert client.recv(65536).startswith(b"HTTP/1.1 201 Created\r\n")
        assert server.upload(0) == Upload(8, 8, 2, BodyEnd.COMPLETE)


def test_a_body_that_ends_early_is_a_bad_request() -> None:
    with serving() as server, connected(server) as client:
        client.sendall(HEAD + b"a,b\nc")
        client.shutdown(socket.SHUT_WR)
        said = everything(client)
        assert said.startswith(b"HTTP/1.1 400 Bad Request\r\n")
        assert said.endswith(b"1 rows, 5 of 8 bytes\n")
        assert server.upload(0) == Upload(5, 8, 1, BodyEnd.EARLY)


def test_a_silent_client_is_told_and_left() -> None:
    with serving() as server, connected(server) as client:
        client.sendall(HEAD + b"a")
        assert everything(client).startswith(b"HTTP/1.1 408 Request Timeout\r\n")
        assert server.upload(0) == Upload(1, 8, 0, BodyEnd.SILENT)


def test_a_client_that_expects_it_is_told_to_go_on() -> None:
    with serving() as server, connected(server) as client:
        client.sendall(HEAD.replace(b"\r\n\r\n", b"\r\nExpect: 100-continue\r\n\r\n"))
        assert client.recv(25) == b"HTTP/1.1 100 Continue\r\n\r\n"
        client.sendall(b"12345678")
        assert server.upload(0).end is BodyEnd.COMPLETE


def test_an_upload_that_never_ends_is_not_waited_for_for_ever() -> None:
    with serving() as server, pytest.raises(TimeoutError, match="has seen 0 uploads, not 1"):
        server.upload(0, timeout_seconds=0.01)

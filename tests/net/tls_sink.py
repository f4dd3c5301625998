"""A TLS server that counts on the wire: it reads the raw socket, and decrypts in memory what it has read."""

import socket
import ssl
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import trustme

from tests.net.sink import Seen


@dataclass
class Heard:
    """What came on one connection after the handshake: bytes of the wire, and whether the end was said."""

    wire: int = 0
    notified: bool = False
    name: str | None = None
    alpn: str | None = None
    version: str | None = None


@dataclass
class Vault:
    """A certificate authority, a server's certificate, and what each connection was heard to be."""

    folder: Path
    version: ssl.TLSVersion = ssl.TLSVersion.TLSv1_3
    names: tuple[str, ...] = ("127.0.0.1", "localhost")
    pause: Callable[[], None] = lambda: None
    heard: list[Heard] = field(default_factory=list)
    wants_certificate: bool = False
    piece_bytes: int = 1 << 16  # of an answer in a record
    is_deaf: threading.Event = field(default_factory=threading.Event)  # reads nothing while it is set

    def __post_init__(self) -> None:
        self.authority = trustme.CA()
        self.certificate = self.authority.issue_cert(*self.names)
        self.authority.cert_pem.write_to_path(self.cacert)

    @property
    def cacert(self) -> Path:
        return self.folder / "ca.pem"

    def hand_over(self) -> tuple[Path, Path]:
        """Write the certificate and its key for a server that is not ours, and return where they are."""
        certificate, key = self.folder / "server.pem", self.folder / "server.key"
        chain, *_ = self.certificate.cert_chain_pems
        chain.write_to_path(certificate)
        self.certificate.private_key_pem.write_to_path(key)
        return certificate, key

    def context(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = context.maximum_version = self.version
        context.set_alpn_protocols(["h2", "http/1.1"])
        self.certificate.configure_cert(context)
        if self.wants_certificate:
            context.verify_mode = ssl.CERT_REQUIRED
            context.load_verify_locations(self.cacert)
        return context

    def swallow(self, sock: socket.socket, seen: Seen) -> None:
        """Read to the end."""
        self.answer(b"", after=b"never")(sock, seen)

    def answer(self, answer: bytes, *, after: bytes, at_end: bool = False) -> Callable[[socket.socket, Seen], None]:
        """Return a talk that answers once ``after`` was seen, or ``at_end``, and reads to the end."""

        def talk(sock: socket.socket, seen: Seen) -> None:
            heard = Heard()
            self.heard.append(heard)
            incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
            context = self.context()
            context.sni_callback = lambda _tls, name, _context: setattr(heard, "name", name)
            tls = context.wrap_bio(incoming, outgoing, server_side=True)
            has_answered = False
            _shake_hands(sock, tls, incoming, outgoing)
            heard.wire, heard.alpn, heard.version = incoming.pending, tls.selected_alpn_protocol(), tls.version()
            while True:
                try:
                    while piece := tls.read(65536):
                        seen.data += piece
                    heard.notified = True
                except ssl.SSLWantReadError:
                    pass
                except ssl.SSLEOFError:
                    return
                if outgoing.pending:  # tickets; who came with the last word of the handshake may have reset by now
                    sock.sendall(outgoing.read())
                if not has_answered and (after in seen.data or (at_end and heard.notified)):
                    has_answered = True
                    for at in range(0, len(answer), self.piece_bytes):
                        tls.write(answer[at : at + self.piece_bytes])
                    sock.sendall(outgoing.read())
                self.pause()
                while self.is_deaf.is_set():
                    slowly()
                chunk = sock.recv(65536)
                heard.wire += len(chunk)
                if chunk:
                    incoming.write(chunk)
                elif heard.notified:
                    return
                else:
                    incoming.write_eof()

        return talk


def _shake_hands(sock: socket.socket, tls: ssl.SSLObject, incoming: ssl.MemoryBIO, outgoing: ssl.MemoryBIO) -> None:
    while True:
        try:
            tls.do_handshake()
        except ssl.SSLWantReadError:
            sock.sendall(outgoing.read())
            incoming.write(sock.recv(65536))
        except ssl.SSLError as error:
            sock.sendall(outgoing.read())
            raise ConnectionError(str(error)) from error
        else:
            return


def slowly() -> None:
    """Wait for a moment, as a server that is busy."""
    threading.Event().wait(0.01)

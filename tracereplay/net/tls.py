"""TLS: what the user wants of it, in the words of curl's options, and the handshake, as a part of a task."""

import ssl
from collections.abc import Callable, Generator
from dataclasses import dataclass
from pathlib import Path

from tracereplay.errors import PlanError, TargetError
from tracereplay.net.clock import now_ns
from tracereplay.net.link import Link, PeerResetError
from tracereplay.net.loop import Wait
from tracereplay.net.tls_link import Channel, TlsEnd, TlsLink, words

_VERSIONS = {"1.2": ssl.TLSVersion.TLSv1_2, "1.3": ssl.TLSVersion.TLSv1_3}
_PLAIN = "a server without TLS is named with --target http://HOST:PORT"
_NOT_TLS = (
    "WRONG_VERSION_NUMBER",
    "HTTP_REQUEST",
    "UNKNOWN_PROTOCOL",
    "PACKET_LENGTH_TOO_LONG",
    "RECORD_LAYER_FAILURE",
)
_WRONG_NAME = 62  # X509_V_ERR_HOSTNAME_MISMATCH
_WANTS_CERTIFICATE = ("CERTIFICATE_REQUIRED", "BAD_CERTIFICATE", "UNKNOWN_CA", "HANDSHAKE_FAILURE")


@dataclass(frozen=True, slots=True)
class TlsOptions:
    """How to speak TLS; the names are those of curl's options, but for two.

    ``forced``: also where none was recorded (``--tls``). ``insecure``: the certificate of the server may be any.
    ``cacert``: a file of those that may sign it, in place of the system's. ``cert`` and ``key``: our own.
    ``least`` and ``most``: versions, ``1.2`` or ``1.3``. ``end``: whether each FIN follows on a close_notify; None:
    where the client ends in order, as curl does, or closes only for sending; not where it goes away half-way.
    """

    forced: bool = False
    insecure: bool = False
    cacert: str | Path | None = None
    cert: str | Path | None = None
    key: str | Path | None = None
    least: str | None = None
    most: str | None = None
    end: TlsEnd | None = None

    def context(self, *, speaks_http: bool = True) -> ssl.SSLContext:
        """Return what connections share. Raises PlanError for files, and versions, that are of no use."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        if speaks_http:
            context.set_alpn_protocols(["http/1.1"])
        if self.least is not None:
            context.minimum_version = _version(self.least)
        if self.most is not None:
            context.maximum_version = _version(self.most)
            if _version(self.most) < context.minimum_version:
                raise PlanError(f"no version of TLS is at least {self.least} and at most {self.most}")
        if self.insecure:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        elif self.cacert is None:
            context.load_default_certs()
        else:
            _load(self.cacert, "certificates", lambda: context.load_verify_locations(self.cacert))
        if self.cert is not None:
            chain, key = self.cert, self.key
            _load(chain if key is None else key, "a certificate and its key", lambda: _load_own(context, chain, key))
        elif self.key is not None:
            raise PlanError("--key is the key of a certificate", hint="name that too: --cert FILE")
        return context


def _version(text: str) -> ssl.TLSVersion:
    if text not in _VERSIONS:
        raise PlanError(f"TLS {text!r} is not known", hint=f"one of {', '.join(_VERSIONS)}")
    return _VERSIONS[text]


def _load(path: str | Path, what: str, load: Callable[[], None]) -> None:
    try:
        load()
    except ssl.SSLError as error:
        reason = "the key is not that of the certificate" if error.reason == "KEY_VALUES_MISMATCH" else words(error)
        raise PlanError(
            f"{path} does not hold {what}: {reason}", hint="a PEM file is needed, without a pass phrase"
        ) from error
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise PlanError(f"{path} cannot be read: {reason}") from error


def _load_own(context: ssl.SSLContext, cert: str | Path, key: str | Path | None) -> None:
    context.load_cert_chain(cert, key, password=lambda: b"")  # else OpenSSL asks for one on the terminal


@dataclass(frozen=True, slots=True)
class Tls:
    """How one connection speaks TLS with ``name``, for which the certificate must be; an IP address is not sent as SNI.

    After ``wire_limit`` bytes of records with application data it is spent.
    """

    context: ssl.SSLContext
    name: str
    end: TlsEnd | None = None
    wire_limit: int | None = None

    def secured(self, raw: Link, deadline_ns: int) -> Generator[Wait, None, TlsLink]:
        """Return a link over ``raw`` after the handshake. Raises TargetError, and closes ``raw``, when that fails."""
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        try:
            tls = self.context.wrap_bio(incoming, outgoing, server_hostname=self.name)
            before = yield from _handshake(raw, Channel(tls, incoming, outgoing), deadline_ns)
        except (ssl.SSLError, OSError, ValueError, PeerResetError) as error:
            yield Wait(now_ns())  # so that the loop watches it no more
            raw.close()
            raise _refusal(raw.target, self.name, error) from error
        except BaseException:
            raw.close()
            raise
        channel = Channel(tls, incoming, outgoing)
        return TlsLink(raw, channel, before=before, end=self.end, wire_limit=self.wire_limit)


def _handshake(raw: Link, channel: Channel, deadline_ns: int) -> Generator[Wait, None, int]:
    """Shake hands; return how many bytes that took. Raises OSError and PeerResetError."""
    said = 0
    fault: ssl.SSLError | None = None
    is_done = False
    while True:
        try:
            channel.tls.do_handshake()
            is_done = True
        except ssl.SSLWantReadError:
            pass
        except ssl.SSLError as error:
            fault = error
        left = channel.outgoing.read()  # the alert that tells of the fault, too
        said += len(left)
        while left:
            left = left[raw.write(left) :]
            if left:
                yield _wait(raw, deadline_ns, for_room=True)
        if fault is not None:
            raise fault
        if is_done:
            return said
        while (arrived := raw.read()) is None:
            yield _wait(raw, deadline_ns)
        if arrived:
            channel.incoming.write(arrived)
        else:
            channel.incoming.write_eof()


def _wait(raw: Link, deadline_ns: int, *, for_room: bool = False) -> Wait:
    if now_ns() >= deadline_ns:
        raise TimeoutError
    return Wait(deadline_ns, raw.fileno(), for_input=not for_room, for_room=for_room)


def _refusal(target: str, name: str, error: Exception) -> TargetError:
    """Return what to tell the user of a handshake that failed with ``error``."""
    if isinstance(error, ssl.SSLCertVerificationError):
        why = error.verify_message.rstrip(".")
        advice = "take the certificate for good: --cacert FILE with the one that signed it, or -k for any"
        if error.verify_code == _WRONG_NAME or "IP address mismatch" in why:
            advice = "name the server as its certificate does: --target https://NAME:PORT; or take any: -k"
        return TargetError(f"{target} is not trusted as {name}: {why}", hint=advice)
    if isinstance(error, TimeoutError):
        return TargetError(f"{target} does not answer to TLS in time", hint=_PLAIN)
    if isinstance(error, PeerResetError):
        return TargetError(f"{target} reset the connection during the TLS handshake", hint=_PLAIN)
    if isinstance(error, ssl.SSLEOFError):
        return TargetError(f"{target} closed the connection during the TLS handshake", hint=_PLAIN)
    if not isinstance(error, ssl.SSLError):
        return TargetError(f"TLS with {target} as {name!r} cannot be: {error}")
    reason = error.reason or ""
    if any(word in reason for word in _NOT_TLS):
        return TargetError(f"{target} does not speak TLS", hint=_PLAIN)
    wants_ours = any(word in reason for word in _WANTS_CERTIFICATE)
    hint = "it may want a certificate of ours: --cert FILE --key FILE"
    return TargetError(f"TLS with {target} fails: {words(error)}", hint=hint if wants_ours else None)

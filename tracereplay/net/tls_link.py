"""TLS over another link. All numbers are plaintext; what is said of the wire is ciphertext.

Laws: plaintext is handed when the whole record that carries it is in the kernel, for the peer can read no part of a
record. A record holds what one write offers, 16,384 bytes at most, as those of curl do. Nothing is left unread: a
session ticket in the receive queue would turn a close into a reset. After a cut inside a record nothing more is
sent, not even a close_notify: it would lie in the middle of that record.
"""

import contextlib
import ssl
from dataclasses import dataclass
from typing import Literal

from tracereplay.net.link import Link, PeerResetError, Reach
from tracereplay.net.records import Records

RECORD_BYTES = 16_384
_HEADER_BYTES = 5
_LARGEST_OVERHEAD_BYTES = 5 + 256  # RFC 8446, 5.2

TlsEnd = Literal["notify", "none"]


@dataclass(frozen=True, slots=True)
class Channel:
    """A TLS connection in memory: ``incoming`` and ``outgoing`` hold bytes of the wire."""

    tls: ssl.SSLObject
    incoming: ssl.MemoryBIO
    outgoing: ssl.MemoryBIO


class TlsLink:
    """A Link over TLS, once the handshake is done, which took ``before`` bytes of what the raw link has sent.

    ``end`` says whether a FIN follows on a close_notify; None: where we end in order. After ``wire_limit`` bytes
    of records with application data the link ``is_spent``; ``wire`` counts those that our kernel took.
    ``is_notified`` says whether the peer has sent a close_notify, ``fault`` what ended TLS in another way.
    """

    def __init__(
        self, raw: Link, channel: Channel, *, before: int, end: TlsEnd | None = None, wire_limit: int | None = None
    ) -> None:
        self.target = raw.target
        self.ports = raw.ports
        self.ends_in_order = True
        self.is_ended = False
        self.is_notified = False
        self.fault: str | None = None
        self.version = channel.tls.version() or ""
        self.wire = 0
        self._raw = raw
        self._channel = channel
        self._before = before
        self._end = end
        self._wire_limit = wire_limit
        self._is_over = False  # TLS has nothing more to read
        self._aside = b""  # of the wire, without application data
        self._record = b""  # what is left to send of a record, and of what goes before it
        self._record_aside = 0
        self._record_plain = 0
        self.appetite: int | None = None
        self._kept = b""  # plaintext that was decrypted and not read
        self._is_torn = False  # that record will never be whole
        self._handed = 0
        self._handed_wire = 0
        self._overhead = _LARGEST_OVERHEAD_BYTES
        self._records = Records()

    def fileno(self) -> int:
        """Return the descriptor to wait on, -1 once it is closed."""
        return self._raw.fileno()

    @property
    def is_spent(self) -> bool:
        """Whether as much of the wire was sent as may be."""
        return self._wire_limit is not None and self.wire >= self._wire_limit

    def write(self, data: bytes | memoryview) -> int:
        """Hand a record with the first of ``data`` to the kernel; return how many bytes of them it holds.

        0 when the kernel has no room for the whole of it: then the same bytes are to be offered again.
        """
        if self.is_spent:
            return 0
        if not self._record and not (self._send_aside() and self._encrypt(data[:RECORD_BYTES])):
            return 0
        count = self._raw.write(self._record)
        self._record = self._record[count:]
        self._handed_wire += count
        self.wire += max(0, count - self._record_aside)
        self._record_aside = max(0, self._record_aside - count)
        if self._record or self._is_torn:
            return 0
        self._handed += self._record_plain
        self._records.add(self._before + self._handed_wire, self._handed)
        if self._records.are_many:
            self._drop_records()
        return self._record_plain

    def read(self) -> bytes | None:
        """Return what has arrived, ``b""`` once the peer has closed its side, None when nothing is there."""
        if self.is_ended:
            self._raw.read()
            return None
        if self.appetite == 0:
            return None
        while True:
            data = self._kept or (b"" if self._is_over else self._decrypted(self.appetite))
            self._kept = b""
            if not self._record:
                with contextlib.suppress(PeerResetError):  # the next read tells
                    self._send_aside()
            if data:
                self.appetite = None if self.appetite is None else self.appetite - len(data)
                return data
            if self._is_over:
                self.is_ended = True
                return b""
            arrived = self._raw.read()
            if arrived is None:
                return None
            if arrived:
                self._channel.incoming.write(arrived)
            else:
                self._channel.incoming.write_eof()

    def unacknowledged(self) -> int | None:
        """Return how many bytes of the wire the peer's kernel has not acknowledged, None where that is not known."""
        return self._raw.unacknowledged()

    def unread(self) -> int | None:
        """Return how many bytes of the wire the peer's TLS library has not read, None where that is not known."""
        return self._raw.unread()

    def reach(self) -> Reach:
        """Return how far the plaintext has come: that of records that are there as a whole."""
        raw = self._raw.reach()
        return Reach(
            None if raw.acknowledged is None else self._records.plain(raw.acknowledged),
            None if raw.read is None else self._records.plain(raw.read),
            None if raw.window is None else self._plain_within(raw.window),
        )

    def shut(self) -> None:
        """Close the sending side, with a close_notify or without."""
        if (self._end == "notify" or (self._end is None and self.ends_in_order)) and not self._record:
            self._kept += b"" if self._is_over else self._decrypted(None)  # OpenSSL takes unread data for a fault then
            with contextlib.suppress(ssl.SSLError):  # the peer's own close_notify is not there yet
                self._channel.tls.unwrap()
            with contextlib.suppress(PeerResetError):
                self._send_aside()
        self._raw.shut()

    def close(self) -> None:
        """Close both sides."""
        self._raw.close()

    def abort(self) -> None:
        """Reset the connection at once."""
        self._raw.abort()

    def vanish(self) -> None:
        """Be gone without a word. Raises SystemFault."""
        self._raw.vanish()

    def _encrypt(self, data: bytes | memoryview) -> bool:
        """Put ``data`` into a record; return False when TLS must hear from the peer before."""
        try:
            self._channel.tls.write(data)
        except ssl.SSLWantReadError:
            return False
        except ssl.SSLError as error:
            raise PeerResetError(words(error)) from error
        self._record = self._channel.outgoing.read()
        self._record_aside = _last_record(self._record)  # an answer to a key update goes before
        self._record_plain = len(data)
        self._overhead = len(self._record) - self._record_aside - len(data)
        if self._wire_limit is not None:
            end = self._record_aside + self._wire_limit - self.wire
            self._is_torn = end < len(self._record)
            self._record = self._record[:end]
        return True

    def _send_aside(self) -> bool:
        """Send what TLS itself has to say; return whether all of it is sent."""
        if self._is_torn:
            return False
        self._aside += self._channel.outgoing.read()
        if self._aside:
            count = self._raw.write(self._aside)
            self._handed_wire += count
            self._aside = self._aside[count:]
        return not self._aside

    def _decrypted(self, most: int | None) -> bytes:
        """Return the plaintext of all that has arrived: nothing may be left where no one waits for it.

        ``most`` leaves the rest to who reads later, or never.
        """
        pieces: list[bytes] = []
        left = RECORD_BYTES if most is None else most
        try:
            while left and (piece := self._channel.tls.read(min(left, RECORD_BYTES))):
                pieces.append(piece)
                left -= 0 if most is None else len(piece)
            if left:
                self._is_over = self.is_notified = True
        except ssl.SSLWantReadError:
            pass
        except (ssl.SSLEOFError, ssl.SSLZeroReturnError):
            self._is_over = True
        except ssl.SSLError as error:
            self._is_over = True
            self.fault = words(error)
        return b"".join(pieces)

    def _plain_within(self, wire: int) -> int:
        """Return how much plaintext has room in so much of the wire."""
        records, rest = divmod(wire, RECORD_BYTES + self._overhead)
        return records * RECORD_BYTES + max(0, rest - self._overhead)

    def _drop_records(self) -> None:
        raw = self._raw.reach()
        if raw.acknowledged is not None:
            self._records.drop(raw.acknowledged if raw.read is None else min(raw.acknowledged, raw.read))


def words(error: ssl.SSLError) -> str:
    """Return what OpenSSL says, to read: ``tlsv1 alert unknown ca``."""
    return (error.reason or str(error)).replace("_", " ").lower()


def _last_record(wire: bytes) -> int:
    """Return where the last of the records in ``wire`` begins."""
    start = 0
    while (end := start + _HEADER_BYTES + int.from_bytes(wire[start + 3 : start + 5], "big")) < len(wire):
        start = end
    return start

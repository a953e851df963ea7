"""An answer's body: read off the wire, unpacked, and bounded both packed and unpacked."""

import asyncio
import zlib
from collections.abc import Iterator
from typing import Final

import httpx

from ucdn_tui.api.decode import NotAnAnswerError
from ucdn_tui.i18n import _
from ucdn_tui.text import sanitize

_PIECE: Final = 2**20
"""Bytes that are unpacked at once: a few milliseconds, after which a key may have its turn."""

_GZIP: Final = ("gzip", "x-gzip")
_GZIP_MAGIC: Final = b"\x1f\x8b"


async def read_body(response: httpx.Response, limit: int) -> bytes:
    """Return the body, unpacked; both forms may have `limit` bytes.

    Raises NotAnAnswerError for more than that, for broken compression, and for any but one gzip or deflate: each
    further layer multiplies what a few bytes can become by a thousand. httpx unpacks all layers before anybody can
    count, so its own decoders are not used.
    """
    coding = _coding(response)
    unpacker = _Unpacker(coding) if coding else None
    body, received = bytearray(), 0
    assert isinstance(response.stream, httpx.AsyncByteStream)  # noqa: S101 - for the type checker
    async for chunk in response.stream:
        received += len(chunk)
        if unpacker is None:
            body += chunk
        else:
            for piece in unpacker.unpack(chunk):
                body += piece
                _check_size(len(body), limit)
                if len(piece) == _PIECE:
                    await asyncio.sleep(0)
        _check_size(max(received, len(body)), limit)
    if unpacker is not None and not unpacker.is_complete:
        raise NotAnAnswerError(_("The packed answer is cut off."))
    return bytes(body)


def _coding(response: httpx.Response) -> str:
    """Return how the body is packed: one of gzip, x-gzip, deflate, or "" for not at all."""
    header: str = response.headers.get("Content-Encoding", "")
    named = [name.strip().lower() for name in header.split(",")]
    codings = [name for name in named if name not in ("", "identity")]
    if not codings:
        return ""
    if len(codings) > 1 or codings[0] not in (*_GZIP, "deflate"):
        words = _("The answer is packed in a way that is not understood: {codings}.")
        raise NotAnAnswerError(words.format(codings=sanitize(", ".join(codings), 60)))
    return codings[0]


def _check_size(size: int, limit: int) -> None:
    if size > limit:
        raise NotAnAnswerError(
            _("The answer is larger than {size} MB.").format(size=limit // 2**20),
            _("Narrow the window (w, or --since)."),
        )


class _Unpacker:
    """Unpacks one gzip or deflate stream as it comes.

    gzip may have several members. What follows the last of them, or a deflate stream, is passed over, as gzip itself
    and browsers do. Deflate comes with zlib's frame, as it should, and without, as some servers send it.
    """

    def __init__(self, coding: str) -> None:
        self._is_gzip = coding in _GZIP
        self._stream = zlib.decompressobj()
        self._is_open = False
        """Whether a stream has begun, and not ended."""
        self._streams = 0
        """How many have ended."""
        self._is_over = False
        self._held = b""
        """The first byte of a stream whose kind can be told by two."""

    @property
    def is_complete(self) -> bool:
        """Whether each stream that began has ended; nothing at all is complete, too."""
        return not self._is_open and (self._streams > 0 or not self._held)

    def unpack(self, data: bytes) -> Iterator[bytes]:
        """Yield what these bytes unpack to, in pieces of `_PIECE` bytes at the most; raises NotAnAnswerError."""
        data, self._held = self._held + data, b""
        while data and not self._is_over:
            if not self._is_open:
                if len(data) < 2:
                    self._held = data
                    return
                self._open(data[:2])
                continue
            try:
                piece = self._stream.decompress(data, _PIECE)
                while piece:
                    yield piece
                    piece = self._stream.decompress(self._stream.unconsumed_tail, _PIECE)
            except zlib.error:
                raise NotAnAnswerError(_("The answer's compression is broken.")) from None
            data = b""
            if self._stream.eof:
                data = self._stream.unused_data
                self._is_open = False
                self._streams += 1

    def _open(self, start: bytes) -> None:
        """Begin the stream that has these two bytes at its start; or find that no further one does."""
        if self._streams and (not self._is_gzip or start != _GZIP_MAGIC):
            self._is_over = True
            return
        if self._is_gzip:
            bits = 16 + zlib.MAX_WBITS
        else:
            is_framed = start[0] & 15 == zlib.DEFLATED and int.from_bytes(start) % 31 == 0
            bits = zlib.MAX_WBITS if is_framed else -zlib.MAX_WBITS
        self._stream = zlib.decompressobj(bits)
        self._is_open = True

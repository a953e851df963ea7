"""An answer's body: read, decompressed, and limited in size both before and after."""

import asyncio
import zlib
from collections.abc import Iterator
from typing import Final

import httpx

from ucdn_tui.api.decoding.decode import NotAnAnswerError
from ucdn_tui.i18n import N_, _
from ucdn_tui.text import sanitize

_PIECE: Final = 2**20
"""Bytes decompressed at once: a few milliseconds of work between two turns of the event loop."""

_GZIP: Final = ("gzip", "x-gzip")
_GZIP_MAGIC: Final = b"\x1f\x8b"


async def read_body(response: httpx.Response, limit: int) -> bytes:
    """Return the decompressed body; it may have `limit` bytes, and so may the compressed one.

    Raises NotAnAnswerError for a larger body, for broken compression, and for any Content-Encoding other than one gzip
    or deflate: each further layer can multiply the size by a thousand. The decoders of httpx are not used, as they
    decompress all layers without a limit.
    """
    coding = _coding(response)
    decompressor = _Decompressor(coding) if coding else None
    body, received = bytearray(), 0
    assert isinstance(response.stream, httpx.AsyncByteStream)  # noqa: S101 - for the type checker
    async for chunk in response.stream:
        received += len(chunk)
        if decompressor is None:
            body += chunk
        else:
            for piece in decompressor.decompress(chunk):
                body += piece
                _check_size(len(body), limit)
                if len(piece) == _PIECE:
                    await asyncio.sleep(0)
        _check_size(max(received, len(body)), limit)
    if decompressor is not None and not decompressor.is_complete:
        raise NotAnAnswerError(N_("the compressed body is cut off"))
    return bytes(body)


def _coding(response: httpx.Response) -> str:
    """Return the body's Content-Encoding: gzip, x-gzip, deflate, or "" for none."""
    header: str = response.headers.get("Content-Encoding", "")
    named = [name.strip().lower() for name in header.split(",")]
    codings = [name for name in named if name not in ("", "identity")]
    if not codings:
        return ""
    if len(codings) > 1 or codings[0] not in (*_GZIP, "deflate"):
        shown = sanitize(", ".join(codings), 60)
        raise NotAnAnswerError(N_("unsupported compression: {codings}"), codings=shown)
    return codings[0]


def _check_size(size: int, limit: int) -> None:
    if size > limit:
        raise NotAnAnswerError(
            N_("larger than {size} MB"), _("Choose a shorter time range (w, or --since)."), size=limit // 2**20
        )


class _Decompressor:
    """Decompresses one gzip or deflate body as it arrives.

    gzip may have several members. Bytes after the last member, or after a deflate stream, are ignored, as gzip itself
    and browsers do. Deflate is accepted with zlib's header, as the standard says, and without, as some servers send it.
    """

    def __init__(self, coding: str) -> None:
        self._is_gzip = coding in _GZIP
        self._stream = zlib.decompressobj()
        self._is_open = False
        """Whether a stream has begun, and not ended."""
        self._streams = 0
        """How many streams have ended."""
        self._ignores_rest = False
        self._first_byte = b""
        """The first byte of a stream, until the second one arrives: the format shows in two."""

    @property
    def is_complete(self) -> bool:
        """Whether every stream that began has ended; an empty body is complete."""
        return not self._is_open and (self._streams > 0 or not self._first_byte)

    def decompress(self, data: bytes) -> Iterator[bytes]:
        """Yield the decompressed bytes in pieces of up to `_PIECE` bytes; raises NotAnAnswerError."""
        data, self._first_byte = self._first_byte + data, b""
        while data and not self._ignores_rest:
            if not self._is_open:
                if len(data) < 2:
                    self._first_byte = data
                    return
                self._open(data[:2])
                continue
            try:
                piece = self._stream.decompress(data, _PIECE)
                while piece:
                    yield piece
                    piece = self._stream.decompress(self._stream.unconsumed_tail, _PIECE)
            except zlib.error:
                raise NotAnAnswerError(N_("the compression is broken")) from None
            data = b""
            if self._stream.eof:
                data = self._stream.unused_data
                self._is_open = False
                self._streams += 1

    def _open(self, start: bytes) -> None:
        """Begin the stream that starts with these two bytes, or ignore the rest if they start none."""
        if self._streams and (not self._is_gzip or start != _GZIP_MAGIC):
            self._ignores_rest = True
            return
        if self._is_gzip:
            bits = 16 + zlib.MAX_WBITS
        else:
            is_framed = start[0] & 15 == zlib.DEFLATED and int.from_bytes(start) % 31 == 0
            bits = zlib.MAX_WBITS if is_framed else -zlib.MAX_WBITS
        self._stream = zlib.decompressobj(bits)
        self._is_open = True

"""As much of HTTP/1.1 as clients of the API speak: requests read from a stream, answers as bytes."""

import asyncio
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import NamedTuple

MOST_HEAD = 32 * 1024
"""Bytes; a GET with hundreds of TaskIds fits in."""

MOST_BODY = 4 * 1024 * 1024

_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"


class Request(NamedTuple):
    """One request, read to its end."""

    method: str
    target: str
    headers: dict[str, str]
    """By name in lower case; of a name that comes twice, the last."""

    body: bytes
    keeps_alive: bool
    """Whether the client means to use the connection again."""


class BadRequestError(Exception):
    """A request that cannot be read to its end, so that the connection is of no further use."""

    def __init__(self, status: HTTPStatus, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


async def read_request(reader: asyncio.StreamReader, send: Callable[[bytes], Awaitable[None]]) -> Request | None:
    """Return the next request, or None when the client has hung up; BadRequestError when it makes no sense.

    send: takes the interim answer for which a client may wait before it sends a large body
    """
    head = await _read_head(reader)
    if head is None:
        return None
    first, _, rest = head.partition("\r\n")
    match first.split(" "):
        case [method, target, "HTTP/1.1" | "HTTP/1.0" as version]:
            pass
        case _:
            raise BadRequestError(HTTPStatus.BAD_REQUEST, "This is not HTTP/1.1.")
    headers = _headers(rest)
    length = _body_length(headers)
    if length and headers.get("expect", "").lower() == "100-continue":
        await send(_CONTINUE)
    body = await reader.readexactly(length)
    wish = headers.get("connection", "").lower()
    keeps_alive = wish == "keep-alive" if version == "HTTP/1.0" else wish != "close"
    return Request(method, target, headers, body, keeps_alive)


def answer_bytes(
    status: int, headers: dict[str, str], body: bytes, *, keeps_alive: bool, with_body: bool = True
) -> bytes:
    """Return an answer as it travels. The answer to a HEAD has the length of a body, but none."""
    every = {
        **headers,
        "Content-Length": str(len(body)),
        "Connection": "keep-alive" if keeps_alive else "close",
    }
    lines = [f"HTTP/1.1 {status} {HTTPStatus(status).phrase}", *(f"{name}: {every[name]}" for name in every)]
    head = "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n"
    return head + body if with_body else head


async def _read_head(reader: asyncio.StreamReader) -> str | None:
    """Return a request's line and headers, or None at the end of the stream; the reader's limit bounds them."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError as error:
        if error.partial.strip():
            raise BadRequestError(HTTPStatus.BAD_REQUEST, "The request breaks off.") from None
        return None
    except asyncio.LimitOverrunError:
        raise BadRequestError(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, "The headers are too long.") from None
    return head.decode("latin-1").strip()


def _headers(text: str) -> dict[str, str]:
    pairs = (line.partition(":") for line in text.split("\r\n") if line)
    return {name.strip().lower(): value.strip() for name, _, value in pairs}


def _body_length(headers: dict[str, str]) -> int:
    if "transfer-encoding" in headers:
        raise BadRequestError(HTTPStatus.LENGTH_REQUIRED, "Send a Content-Length.")
    text = headers.get("content-length", "0")
    if not (text.isascii() and text.isdecimal()):
        raise BadRequestError(HTTPStatus.BAD_REQUEST, "The Content-Length is no number.")
    if len(text) > 12 or int(text) > MOST_BODY:
        raise BadRequestError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "The body is too long.")
    return int(text)

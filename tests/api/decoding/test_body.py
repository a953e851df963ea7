"""Answers are decompressed within limits: a hostile body cannot fill the memory."""

import asyncio
import functools
import gzip
import resource
import subprocess
import sys
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest

from support import clean_environment
from support.data.documents import REFRESH_ANSWER
from support.servers.client_calls import client_of, error_from
from support.servers.raw_server import REQUEST_ID, Behaviour, RawServer, answer, head, raw
from ucdn_tui.api import caller as caller_module
from ucdn_tui.api.decoding import decode
from ucdn_tui.errors import HttpStatusError, ProtocolError

BODY = REFRESH_ANSWER.encode()
GIGABYTE_OF_SPACES = 2**30


def deflated(body: bytes, bits: int) -> bytes:
    compressor = zlib.compressobj(wbits=bits)
    return compressor.compress(body) + compressor.flush()


@functools.cache
def nested(layers: int, size: int = GIGABYTE_OF_SPACES) -> bytes:
    """Return `size` spaces, compressed `layers` times, without holding them in memory."""
    compressors = [zlib.compressobj(1, wbits=31) for _ in range(layers)]

    def through(data: bytes, *, last: bool) -> bytes:
        for compressor in compressors:
            data = compressor.compress(data) + (compressor.flush() if last else b"")
        return data

    piece = b" " * 2**20
    return b"".join([*(through(piece, last=False) for _ in range(size // len(piece))), through(b"", last=True)])


GOOD = {
    "no header": (BODY, None),
    "identity": (BODY, "identity"),
    "an empty header": (BODY, ""),
    "gzip": (gzip.compress(BODY), "gzip"),
    "gzip and identity": (gzip.compress(BODY), "identity, GZip"),
    "x-gzip": (gzip.compress(BODY), "X-GZip"),
    "two members": (gzip.compress(BODY[:100]) + gzip.compress(BODY[100:]), "gzip"),
    "an empty member": (gzip.compress(b"") + gzip.compress(BODY), "gzip"),
    "bytes after the end": (gzip.compress(BODY) + b"\0\0junk", "gzip"),
    "a byte after the end": (gzip.compress(BODY) + b"\x1f", "gzip"),
    "deflate with zlib's header": (zlib.compress(BODY), "deflate"),
    "deflate, header of a small window": (deflated(BODY, 9), "deflate"),
    "deflate without a header": (deflated(BODY, -15), "deflate"),
    "deflate, bytes after the end": (zlib.compress(BODY) + b"\x1f\x8bjunk", "deflate"),
}


@pytest.mark.parametrize(("wire", "coding"), GOOD.values(), ids=GOOD)
@pytest.mark.parametrize("in_bytes", [False, True], ids=["at once", "byte by byte"])
async def test_an_answer_is_decompressed_as_its_header_says(wire: bytes, coding: str | None, in_bytes: bool) -> None:
    headers = {"Content-Encoding": coding}
    sent = answer(wire, headers=headers)
    if in_bytes:
        chunks = b"".join(b"1\r\n%c\r\n" % byte for byte in wire)
        sent = raw(head(headers={**headers, "Transfer-Encoding": "chunked"}) + chunks + b"0\r\n\r\n")
    async with RawServer(sent) as server, client_of(server) as client:
        page = await client.describe_refresh_tasks()
    assert page.received == 1
    assert server.requests[0].headers["accept-encoding"] == "gzip"


@pytest.mark.parametrize(
    "coding", ["br", "zstd", "gzip, gzip", "gzip, br", "deflate, gzip, x-gzip", "\x9b2J", "a" * 500]
)
async def test_an_unsupported_compression_is_refused_by_name(coding: str) -> None:
    error = await error_from(answer(b"anything", headers={"Content-Encoding": coding}))
    assert isinstance(error, ProtocolError)
    assert error.title.startswith("Unexpected response: unsupported compression: ")
    if coding.isprintable():
        assert coding[:50] in error.title
    assert error.request_id == REQUEST_ID


async def test_layers_in_several_headers_are_counted_together() -> None:
    lines = b"Content-Encoding: gzip\r\nContent-Encoding: gzip\r\nContent-Length: 1\r\n\r\nx"
    error = await error_from(raw(head()[:-2] + lines))
    assert "unsupported compression: gzip, gzip" in error.title


BROKEN = {
    "gzip, the end is missing": (gzip.compress(BODY)[:-9], "gzip"),
    "gzip, half its head": (gzip.compress(BODY)[:5], "gzip"),
    "gzip, one byte": (b"\x1f", "gzip"),
    "gzip, the second member cut": (gzip.compress(BODY) + gzip.compress(BODY)[:20], "gzip"),
    "gzip, a wrong checksum": (gzip.compress(BODY)[:-8] + b"\0" * 8, "gzip"),
    "gzip, not compressed": (BODY, "gzip"),
    "deflate, the end is missing": (zlib.compress(BODY)[:-9], "deflate"),
}


@pytest.mark.parametrize(("wire", "coding"), BROKEN.values(), ids=BROKEN)
async def test_broken_compression_is_an_unexpected_response(wire: bytes, coding: str) -> None:
    error = await error_from(answer(wire, headers={"Content-Encoding": coding}))
    assert isinstance(error, ProtocolError)
    assert "compression is broken" in error.title or "cut off" in error.title


@pytest.mark.parametrize("status", [302, 403, 429, 502])
@pytest.mark.parametrize(
    ("body", "coding"),
    [(b"x", "br"), (gzip.compress(BODY)[:-9], "gzip"), (b"", "gzip"), (gzip.compress(b" " * 9999), "gzip")],
    ids=["br", "cut off", "empty", "large"],
)
async def test_an_http_status_is_reported_whatever_its_body(status: int, body: bytes, coding: str) -> None:
    headers = {"Content-Encoding": coding, "Retry-After": "7", "Location": "http://127.0.0.1:9/"}
    error = await error_from(answer(body, status, headers), body_limit=4096)
    assert isinstance(error, HttpStatusError)
    assert (error.status, error.retry_after) == (status, 7.0)


@pytest.mark.parametrize(
    "wire",
    [gzip.compress(b" " * 5000), gzip.compress(b" " * 2500) * 2, zlib.compress(b" " * 5000)],
    ids=["gzip", "two members", "deflate"],
)
async def test_the_limit_holds_for_the_decompressed_body(wire: bytes) -> None:
    coding = "gzip" if wire.startswith(b"\x1f") else "deflate"
    error = await error_from(answer(wire, headers={"Content-Encoding": coding}), body_limit=4096)
    assert "larger" in error.title


async def test_the_limit_holds_for_the_compressed_body() -> None:
    error = await error_from(answer(gzip.compress(b"") * 300, headers={"Content-Encoding": "gzip"}), body_limit=4096)
    assert "larger" in error.title


CHILD = """
import asyncio, sys
from support.servers.client_calls import client_of
from ucdn_tui.errors import ApiError

async def main():
    async with client_of(sys.argv[1], timeout=60.0) as client:
        for _ in range(int(sys.argv[2])):
            for call in (client.describe_refresh_tasks, client.get_project_list):
                try:
                    await call()
                except ApiError as error:
                    print(error)

asyncio.run(main())
"""

MEMORY = 800 * 2**20
"""Bytes of address space for a client: 100 MB at the start, and an answer of 64 MB may be there twice."""


async def errors_with_little_memory(*behaviours: Behaviour) -> list[str]:
    """Return the errors of two calls for each behaviour, from a process that cannot allocate a gigabyte."""
    async with RawServer(*(behaviour for behaviour in behaviours for _ in range(2))) as server:
        child = await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", CHILD, server.url, str(len(behaviours))),
            cwd=Path(__file__).parents[2],
            env=clean_environment({"PYTHONPATH": "."}),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY)),
        )
        output, errors = await child.communicate()
    assert child.returncode == 0, errors.decode()
    return output.decode().splitlines()


def compressed(body: bytes, status: int = 200, layers: int = 1) -> Behaviour:
    return answer(body, status, {"Content-Encoding": ", ".join(["gzip"] * layers), "Location": "http://127.0.0.1:9/"})


async def test_a_gigabyte_in_a_few_bytes_does_not_fill_the_memory() -> None:
    cases = [(1, 200, "larger than 64 MB"), (3, 200, "unsupported compression: gzip, gzip, gzip")]
    cases += [(1, 500, "HTTP 500"), (3, 302, "HTTP 302")]
    answers = [compressed(nested(layers), status, layers) for layers, status, _ in cases]
    shown = await errors_with_little_memory(*answers)
    for number, (_layers, _status, words) in enumerate(cases):
        assert all(words in line for line in shown[2 * number : 2 * number + 2]), shown


def filled(piece: bytes, start: bytes, end: bytes) -> bytes:
    """Return 60 MB of compressed JSON, just under the limit: a start, this piece repeated, and an end."""
    return gzip.compress(start + piece * (60 * 2**20 // len(piece)) + piece.rstrip(b",") + end, 1)


async def test_millions_of_small_values_do_not_fill_the_memory() -> None:
    bodies = [
        filled(b"{},", b'{"RetCode":0,"TaskList":[{"UrlLists":[', b"]}]}"),
        filled(b'{"TaskId":"n"},', b'{"RetCode":0,"TaskList":[', b"]}"),
        filled(b"[],", b'{"RetCode":0,"Else":NaN,"More":[', b"]}"),
        filled(b'{"Url":"abcdefg"},', b'{"RetCode":"0","TaskList":[{"UrlLists":[', b"]}]}"),
    ]
    shown = await errors_with_little_memory(*map(compressed, bodies), compressed(bodies[0], 400))
    assert all("too many entries" in line for line in shown[:8]), shown
    assert all("HTTP 400" in line for line in shown[8:]), shown


@pytest.mark.parametrize(
    ("make", "limit"),
    [
        (lambda n: b'{"RetCode":0,"TaskList":[%s{}]}' % (b"{}," * (n - 1)), decode.TASK_LIMIT),
        (
            lambda n: b'{"RetCode":0,"TaskList":[{"UrlLists":[%s{}]}]}' % (b"{}," * (n - 3)),
            decode.OBJECT_LIMIT,
        ),
        (
            lambda n: b'{"RetCode":"0","TaskList":[{"UrlLists":[%s{}]}]}' % (b"{}," * (n - 3)),
            decode.LENIENT_OBJECT_LIMIT,
        ),
        (lambda n: b'{"RetCode":0,"Else":NaN,"More":[%s1]}' % (b"1," * (n - 2)), decode.LENIENT_VALUE_LIMIT),
    ],
    ids=["tasks", "URLs", "URLs, field by field", "values"],
)
def test_entries_are_read_up_to_the_limit(make: Callable[[int], bytes], limit: int) -> None:
    decode.decode_describe(make(limit))
    with pytest.raises(decode.NotAnAnswerError, match="too many"):
        decode.decode_describe(make(limit + 1))


def test_a_server_that_ignores_limit_can_send_a_whole_window() -> None:
    """10,000 tasks with 100 URLs each, which have a URL and a status only: as many as fit in 64 MB."""
    url = b'{"Url":"http://img.example.com/1.jpg","Status":"success"}'
    row = b'{"TaskId":"20251009_0","UrlLists":[%s]}' % b",".join([url] * 100)
    body = b'{"RetCode":0,"TaskList":[%s]}' % b",".join([row] * 10_000)
    assert len(body) < caller_module.BODY_LIMIT
    answered, unread = decode.decode_describe(body)
    assert len(answered.task_list or ()) == 10_000
    assert unread == decode.Unread()

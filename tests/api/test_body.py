"""How an answer's body is unpacked, and how little of the machine's memory a hostile one gets."""

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
from support.documents import REFRESH_ANSWER
from support.servers.client_calls import client_of, error_from
from support.servers.raw_server import REQUEST_ID, Behaviour, RawServer, answer, head, raw
from ucdn_tui.api import client as client_module
from ucdn_tui.api import decode
from ucdn_tui.errors import HttpStatusError, ProtocolError

BODY = REFRESH_ANSWER.encode()
GIGABYTE_OF_SPACES = 2**30


def deflated(body: bytes, bits: int) -> bytes:
    packer = zlib.compressobj(wbits=bits)
    return packer.compress(body) + packer.flush()


@functools.cache
def nested(layers: int, size: int = GIGABYTE_OF_SPACES) -> bytes:
    """Return so many spaces, packed so many times, without ever having them in memory."""
    packers = [zlib.compressobj(1, wbits=31) for _ in range(layers)]

    def through(data: bytes, *, last: bool) -> bytes:
        for packer in packers:
            data = packer.compress(data) + (packer.flush() if last else b"")
        return data

    piece = b" " * 2**20
    return b"".join([*(through(piece, last=False) for _ in range(size // len(piece))), through(b"", last=True)])


GOOD = {
    "not packed": (BODY, None),
    "identity": (BODY, "identity"),
    "an empty header": (BODY, ""),
    "gzip": (gzip.compress(BODY), "gzip"),
    "gzip and identity": (gzip.compress(BODY), "identity, GZip"),
    "x-gzip": (gzip.compress(BODY), "X-GZip"),
    "two members": (gzip.compress(BODY[:100]) + gzip.compress(BODY[100:]), "gzip"),
    "an empty member": (gzip.compress(b"") + gzip.compress(BODY), "gzip"),
    "bytes after the end": (gzip.compress(BODY) + b"\0\0junk", "gzip"),
    "a byte after the end": (gzip.compress(BODY) + b"\x1f", "gzip"),
    "deflate in zlib's frame": (zlib.compress(BODY), "deflate"),
    "deflate, frame of a small window": (deflated(BODY, 9), "deflate"),
    "deflate without a frame": (deflated(BODY, -15), "deflate"),
    "deflate, bytes after the end": (zlib.compress(BODY) + b"\x1f\x8bjunk", "deflate"),
}


@pytest.mark.parametrize(("wire", "coding"), GOOD.values(), ids=GOOD)
@pytest.mark.parametrize("in_bytes", [False, True], ids=["at once", "byte by byte"])
async def test_an_answer_is_unpacked_as_its_header_says(wire: bytes, coding: str | None, in_bytes: bool) -> None:
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
async def test_another_packing_is_refused_by_name(coding: str) -> None:
    error = await error_from(answer(b"anything", headers={"Content-Encoding": coding}))
    assert isinstance(error, ProtocolError)
    assert error.sentence.startswith("The answer is packed in a way that is not understood: ")
    if coding.isprintable():
        assert coding[:50] in error.sentence
    assert error.request_id == REQUEST_ID


async def test_layers_in_several_headers_are_counted_together() -> None:
    lines = b"Content-Encoding: gzip\r\nContent-Encoding: gzip\r\nContent-Length: 1\r\n\r\nx"
    error = await error_from(raw(head()[:-2] + lines))
    assert "not understood: gzip, gzip" in error.sentence


BROKEN = {
    "gzip, the end is missing": (gzip.compress(BODY)[:-9], "gzip"),
    "gzip, half its head": (gzip.compress(BODY)[:5], "gzip"),
    "gzip, one byte": (b"\x1f", "gzip"),
    "gzip, the second member cut": (gzip.compress(BODY) + gzip.compress(BODY)[:20], "gzip"),
    "gzip, a wrong checksum": (gzip.compress(BODY)[:-8] + b"\0" * 8, "gzip"),
    "gzip, not packed": (BODY, "gzip"),
    "deflate, the end is missing": (zlib.compress(BODY)[:-9], "deflate"),
}


@pytest.mark.parametrize(("wire", "coding"), BROKEN.values(), ids=BROKEN)
async def test_a_broken_or_cut_off_packing_is_no_answer(wire: bytes, coding: str) -> None:
    error = await error_from(answer(wire, headers={"Content-Encoding": coding}))
    assert isinstance(error, ProtocolError)
    assert "compression is broken" in error.sentence or "cut off" in error.sentence


@pytest.mark.parametrize("status", [302, 403, 429, 502])
@pytest.mark.parametrize(
    ("body", "coding"),
    [(b"x", "br"), (gzip.compress(BODY)[:-9], "gzip"), (b"", "gzip"), (gzip.compress(b" " * 9999), "gzip")],
    ids=["br", "cut off", "empty", "large"],
)
async def test_a_status_is_told_whatever_its_body_is(status: int, body: bytes, coding: str) -> None:
    headers = {"Content-Encoding": coding, "Retry-After": "7", "Location": "http://127.0.0.1:9/"}
    error = await error_from(answer(body, status, headers), body_limit=4096)
    assert isinstance(error, HttpStatusError)
    assert (error.status, error.retry_after) == (status, 7.0)


@pytest.mark.parametrize(
    "wire",
    [gzip.compress(b" " * 5000), gzip.compress(b" " * 2500) * 2, zlib.compress(b" " * 5000)],
    ids=["gzip", "two members", "deflate"],
)
async def test_the_limit_holds_for_what_is_unpacked(wire: bytes) -> None:
    coding = "gzip" if wire.startswith(b"\x1f") else "deflate"
    error = await error_from(answer(wire, headers={"Content-Encoding": coding}), body_limit=4096)
    assert "larger" in error.sentence


async def test_the_limit_holds_for_what_is_packed() -> None:
    error = await error_from(answer(gzip.compress(b"") * 300, headers={"Content-Encoding": "gzip"}), body_limit=4096)
    assert "larger" in error.sentence


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
"""Bytes of address space for a client: it starts with 100 MB, and an answer may have 64 MB, twice for a moment."""


async def told_with_little_memory(*behaviours: Behaviour) -> list[str]:
    """Return what two calls for each of the behaviours end with, in a process that the first gigabyte kills."""
    async with RawServer(*(behaviour for behaviour in behaviours for _ in range(2))) as server:
        child = await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", CHILD, server.url, str(len(behaviours))),
            cwd=Path(__file__).parents[1],
            env=clean_environment({"PYTHONPATH": "."}),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY)),
        )
        output, errors = await child.communicate()
    assert child.returncode == 0, errors.decode()
    return output.decode().splitlines()


def packed(body: bytes, status: int = 200, layers: int = 1) -> Behaviour:
    return answer(body, status, {"Content-Encoding": ", ".join(["gzip"] * layers), "Location": "http://127.0.0.1:9/"})


async def test_a_gigabyte_in_a_few_bytes_does_not_fill_the_memory() -> None:
    cases = [(1, 200, "larger than 64 MB"), (3, 200, "not understood: gzip, gzip, gzip")]
    cases += [(1, 500, "HTTP status 500"), (3, 302, "HTTP 302")]
    told = await told_with_little_memory(*(packed(nested(layers), status, layers) for layers, status, _ in cases))
    for number, (_layers, _status, words) in enumerate(cases):
        assert all(words in line for line in told[2 * number : 2 * number + 2]), told


def filled(piece: bytes, start: bytes, end: bytes) -> bytes:
    """Return 60 MB of JSON, nearly all that may be sent: a start, this piece again and again, and an end. Packed."""
    return gzip.compress(start + piece * (60 * 2**20 // len(piece)) + piece.rstrip(b",") + end, 1)


async def test_millions_of_small_values_do_not_fill_the_memory() -> None:
    bodies = [
        filled(b"{},", b'{"RetCode":0,"TaskList":[{"UrlLists":[', b"]}]}"),
        filled(b'{"TaskId":"n"},', b'{"RetCode":0,"TaskList":[', b"]}"),
        filled(b"[],", b'{"RetCode":0,"Else":NaN,"More":[', b"]}"),
        filled(b'{"Url":"abcdefg"},', b'{"RetCode":"0","TaskList":[{"UrlLists":[', b"]}]}"),
    ]
    told = await told_with_little_memory(*map(packed, bodies), packed(bodies[0], 400))
    assert all("too many entries" in line for line in told[:8]), told
    assert all("HTTP status 400" in line for line in told[8:]), told


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
def test_just_so_many_entries_are_read_and_no_more(make: Callable[[int], bytes], limit: int) -> None:
    decode.decode_describe(make(limit))
    with pytest.raises(decode.NotAnAnswerError, match="too many"):
        decode.decode_describe(make(limit + 1))


def test_a_whole_window_of_a_server_that_ignores_limit_is_read() -> None:
    """10,000 tasks of 100 URLs each, of which nothing but the URL and the status came: all that 64 MB can hold."""
    url = b'{"Url":"http://img.example.com/1.jpg","Status":"success"}'
    row = b'{"TaskId":"20251009_0","UrlLists":[%s]}' % b",".join([url] * 100)
    body = b'{"RetCode":0,"TaskList":[%s]}' % b",".join([row] * 10_000)
    assert len(body) < client_module.BODY_LIMIT
    answered, unread = decode.decode_describe(body)
    assert len(answered.task_list or ()) == 10_000
    assert unread == decode.Unread()

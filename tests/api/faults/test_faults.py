"""Broken and unexpected answers, over real sockets: each is an error of ours, with words and without secrets."""

import asyncio
import gzip
import socket

import pytest

from support import PATIENCE
from support.clock import FakeClock
from support.servers.client_calls import PRIVATE_KEY, PUBLIC_KEY, SHORT, client_of, error_from, error_of
from support.servers.raw_server import REQUEST_ID, Behaviour, RawServer, answer, endless, head, raw, reset, silent
from ucdn_tui.api.client import UcdnClient
from ucdn_tui.api.decoding.decode import decode_tasks
from ucdn_tui.errors import Fault, ProtocolError, TransportError
from ucdn_tui.secret import Keys, Secret

PART = head(headers={"Content-Length": "1000"}) + b'{"RetCode": 0,'
SOUND = answer(b'{"RetCode": 0, "TaskList": [{}]}')
CHUNKED = head(headers={"Transfer-Encoding": "chunked"}) + b'e\r\n{"RetCode": 0,\r\n'


@pytest.mark.parametrize(
    ("behaviour", "fault"),
    [
        pytest.param(reset(), Fault.BROKEN, id="reset before the head"),
        pytest.param(reset(head()[:20]), Fault.BROKEN, id="reset in the head"),
        pytest.param(reset(PART), Fault.BROKEN, id="reset in the body"),
        pytest.param(raw(b""), Fault.BROKEN, id="closed before the head"),
        pytest.param(raw(head()[:20]), Fault.BROKEN, id="closed in the head"),
        pytest.param(raw(PART), Fault.BROKEN, id="closed in the body"),
        pytest.param(raw(CHUNKED), Fault.BROKEN, id="closed between chunks"),
        pytest.param(silent(), Fault.TIMEOUT, id="no answer"),
        pytest.param(silent(head()[:20]), Fault.TIMEOUT, id="no answer after a line"),
        pytest.param(silent(PART), Fault.TIMEOUT, id="no answer after half a body"),
        pytest.param(endless(b"X", b"HTTP/1.1 200 OK\r\nX-Drip: "), Fault.TIMEOUT, id="a head that drips"),
        pytest.param(endless(b" ", PART), Fault.TIMEOUT, id="a body that drips"),
        pytest.param(endless(b"1\r\n \r\n", CHUNKED), Fault.TIMEOUT, id="chunks that drip"),
    ],
)
async def test_an_incomplete_answer_is_reported_by_its_cause(behaviour: Behaviour, fault: Fault) -> None:
    error = await error_from(behaviour, timeout=SHORT if fault is Fault.TIMEOUT else PATIENCE)
    assert isinstance(error, TransportError)
    assert error.fault is fault
    assert "127.0.0.1" in error.title


@pytest.mark.parametrize(
    "behaviour", [raw(PART), silent(PART), endless(b" ", PART)], ids=["closed", "no more", "drips"]
)
async def test_an_incomplete_answer_still_gives_its_request_id(behaviour: Behaviour) -> None:
    error = await error_from(behaviour, timeout=4 * SHORT)  # enough for the head on a busy machine, too
    assert error.request_id == REQUEST_ID


async def test_broken_compression_is_reported_with_the_request_id() -> None:
    error = await error_from(answer(b"this is not gzip at all", headers={"Content-Encoding": "gzip"}))
    assert isinstance(error, ProtocolError)
    assert "compression" in error.title
    assert error.request_id == REQUEST_ID


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "empty"),
        (b"null", "not an object"),
        (b'[{"RetCode": 0}]', "not an object"),
        (b'{"TaskList": []}', "no RetCode"),
        (b'{"RetCode": null}', "no RetCode"),
        (b"<!DOCTYPE html><form action='/login'>", "web page"),
        (b"RetCode=0", "not JSON"),
        (b'{"RetCode": 0, "Action": "DescribeNewUcdnPrefetchCacheTaskResponse"}', "another action"),
        (b'{"RetCode": 0, "Action": "GetProjectList"}', "another action"),
    ],
)
async def test_an_unexpected_body_is_described(body: bytes, words: str) -> None:
    error = await error_from(answer(body))
    assert isinstance(error, ProtocolError)
    assert words in error.title
    assert error.request_id == REQUEST_ID


async def test_half_a_compressed_answer_is_refused() -> None:
    half = gzip.compress(b'{"RetCode": 0, "TaskList": [' + b"{}," * 5000 + b"{}]}")[:-20]
    error = await error_from(answer(half, headers={"Content-Encoding": "gzip"}))
    assert isinstance(error, ProtocolError)


@pytest.mark.parametrize("compressed", [False, True], ids=["plain", "compressed"])
async def test_a_body_over_the_limit_is_refused_while_it_arrives(compressed: bool) -> None:
    start = head(headers={"Content-Encoding": "gzip"}) + gzip.compress(b" " * 5000) if compressed else head()
    error = await error_from(endless(b" " * 512, start), body_limit=4096)
    assert isinstance(error, ProtocolError)
    assert "larger" in error.title
    assert error.request_id == REQUEST_ID


async def test_a_body_of_exactly_the_limit_is_read() -> None:
    body = b'{"RetCode": 0, "TaskList": [{}]}'.ljust(4096)
    async with RawServer(answer(body)) as server, client_of(server, body_limit=4096) as client:
        assert (await client.describe_refresh_tasks()).received == 1


@pytest.mark.parametrize(
    "data",
    [
        b"SSH-2.0-OpenSSH_9.2p1\r\n",
        b"<html>no head</html>",
        b"\x00" * 64,
        b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 50_000 + b"\r\n",
        b"HTTP/1.1 200 OK\r\nX: " + b"y" * 500_000,
        head(headers={"Content-Length": "-1"}),
        head(headers={"Content-Length": "many"}),
        head(headers={"Transfer-Encoding": "chunked"}) + b"zz\r\n",
        head(302, {"Location": "http://[", "Content-Length": "0"}),
        head(302, {"Location": "\x9b\xff://\xe9", "Content-Length": "0"}),
        head(101, {"Upgrade": "websocket", "Connection": "Upgrade"}),
        head(999, {"Content-Length": "0"}),
    ],
    ids=lambda data: repr(data[:24]),
)
async def test_an_answer_that_is_not_http_is_an_error_of_ours(data: bytes) -> None:
    await error_from(raw(data))


async def test_an_exception_that_is_already_being_handled_is_no_cause() -> None:
    async with RawServer(reset()) as server, client_of(server) as client:
        try:
            raise socket.gaierror(-2, "Name or service not known")
        except OSError:
            error = await error_of(client)
    assert isinstance(error, TransportError)
    assert error.fault is Fault.BROKEN


async def test_the_next_call_works_after_any_fault() -> None:
    slow = [silent(PART), endless(b" ", PART)]
    faults = [*slow, raw(PART), reset(PART), answer(b"", 500), endless(b" " * 5000, head())]
    behaviours = [behaviour for fault in faults for behaviour in (fault, SOUND)]
    async with RawServer(*behaviours) as server, client_of(server, body_limit=4096) as client:
        for number, fault in enumerate(faults):
            client._timeout = 4 * SHORT if fault in slow else PATIENCE
            await error_of(client)
            client._timeout = PATIENCE
            assert len(server.requests) == 2 * number + 1
            assert (await client.describe_refresh_tasks()).received == 1


@pytest.mark.parametrize("closing", [reset(), raw(b"")], ids=["reset", "closed"])
async def test_a_call_on_an_idle_connection_that_the_server_closes_is_sent_again(closing: Behaviour) -> None:
    async with RawServer(SOUND, closing, SOUND) as server, client_of(server) as client:
        for _ in range(2):
            assert (await client.describe_refresh_tasks()).received == 1
    assert [request.connection for request in server.requests] == [0, 0, 1]


@pytest.mark.parametrize(
    "behaviours",
    [
        pytest.param([reset()], id="a new connection"),
        pytest.param([SOUND, reset(), reset()], id="another new connection"),
        pytest.param([SOUND, reset(PART)], id="an answer had begun"),
        pytest.param([SOUND, raw(b"no HTTP at all\r\n\r\n")], id="an answer that is none"),
    ],
)
async def test_other_calls_are_sent_once(behaviours: list[Behaviour]) -> None:
    async with RawServer(*behaviours) as server, client_of(server) as client:
        for _ in behaviours[1:2]:
            await client.describe_refresh_tasks()
        await error_of(client)
        assert len(server.requests) == len(behaviours)


async def test_a_call_that_might_change_something_is_never_sent_again() -> None:
    async with RawServer(SOUND, reset()) as server, client_of(server) as client:
        await client.describe_refresh_tasks()
        with pytest.raises(TransportError):
            await client._ask("RefreshNewUcdnDomainCache", {}, decode_tasks)
    assert len(server.requests) == 2


async def test_a_cancelled_call_raises_cancelled_error() -> None:
    async with RawServer(silent()) as server, client_of(server) as client:
        call = asyncio.create_task(client.describe_refresh_tasks())
        await server.asked()
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call


async def test_a_private_key_that_cannot_be_encoded_is_not_shown() -> None:
    keys = Keys(PUBLIC_KEY, Secret(f"{PRIVATE_KEY}\udcff"))  # as os.environ has a byte that is no UTF-8
    async with RawServer(answer(b'{"RetCode": 0}')) as server, UcdnClient(server.url, keys, FakeClock()) as client:
        await error_of(client, server.requests)

"""What became of a request that failed: each fate with a real server that does it, and no submit is sent twice."""

import asyncio
import contextlib
import socket
import ssl
import struct
from collections.abc import AsyncIterator, Callable

import httpx
import pytest
import trustme

from api.faults.fates import DONE, NAME, server_context
from support.clock import FakeClock
from support.servers.client_calls import KEYS, SHORT, client_of, describe, error_from, error_of, submit
from support.servers.proxy import Proxy
from support.servers.raw_server import Behaviour, RawServer, answer, endless, head, raw, reset, silent
from ucdn_tui.api.client import PREFETCH, UcdnClient
from ucdn_tui.errors import ApiError, Fate, Fault, HttpStatusError, ProtocolError, RetCodeError, TransportError
from ucdn_tui.secret import Secret

PART = head(headers={"Content-Length": "1000"}) + b'{"RetCode": 0,'


@pytest.mark.parametrize(
    "behaviour",
    [
        pytest.param(reset(), id="reset after reading"),
        pytest.param(raw(b""), id="closed after reading"),
        pytest.param(reset(head()[:20]), id="reset in the head"),
        pytest.param(raw(PART), id="half a body"),
        pytest.param(reset(PART), id="reset in the body"),
        pytest.param(raw(head(403, {"Content-Length": "9"}) + b"no"), id="half a refusal"),
    ],
)
async def test_the_fate_is_unknown_if_the_connection_breaks_after_the_request(behaviour: Behaviour) -> None:
    error = await error_from(behaviour, call=submit)
    assert isinstance(error, TransportError)
    assert error.fate is Fate.UNKNOWN


@pytest.mark.parametrize(
    "behaviour",
    [silent(), silent(head()[:20]), silent(PART), endless(b" ", PART)],
    ids=["no answer", "half a head", "half a body", "a body that drips"],
)
async def test_the_fate_is_unknown_if_the_answer_does_not_come_in_time(behaviour: Behaviour) -> None:
    error = await error_from(behaviour, timeout=SHORT, call=submit)
    assert isinstance(error, TransportError)
    assert (error.fault, error.fate) == (Fault.TIMEOUT, Fate.UNKNOWN)


@contextlib.asynccontextmanager
async def resetting_server(reads: int) -> AsyncIterator[str]:
    """Reset each connection after so many bytes; yield the server's URL."""

    async def reset_it(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if reads:
            await reader.readexactly(reads)
        connection = writer.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        writer.transport.abort()

    async with await asyncio.start_server(reset_it, "127.0.0.1", 0) as server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


@pytest.mark.parametrize("reads", [0, 1, 250], ids=["unread", "a byte", "the head"])
async def test_the_fate_is_unknown_if_the_connection_is_reset_while_sending(reads: int) -> None:
    urls = [f"http://example.com/{n}/{'x' * 3000}" for n in range(1000)]  # more than fits in the buffers between
    async with resetting_server(reads) as url, client_of(url) as client:
        with pytest.raises(TransportError) as caught:
            await client.submit_prefetch(urls)
    assert (caught.value.action, caught.value.fault, caught.value.fate) == (PREFETCH, Fault.BROKEN, Fate.UNKNOWN)


@pytest.mark.parametrize(
    "behaviour",
    [
        pytest.param(answer(b"<!DOCTYPE html><form action='/login'>"), id="HTML"),
        pytest.param(answer(b""), id="an empty body"),
        pytest.param(answer(b'{"TaskId": "one"}'), id="no RetCode"),
        pytest.param(answer(b'{"RetCode": 0.5, "TaskId": "one"}'), id="half a RetCode"),
        pytest.param(answer(b"no gzip", headers={"Content-Encoding": "gzip"}), id="broken compression"),
        pytest.param(answer(b'{"RetCode": 0, "Action": "PrefetchNewUcdnDomainCacheResponse"}'), id="another action"),
        pytest.param(answer(b'{"RetCode": 0, "Action": "DescribeNewUcdnRefreshCacheTask"}'), id="a describe's answer"),
        pytest.param(raw(b"no HTTP at all\r\n\r\n"), id="not HTTP"),
    ],
)
async def test_the_fate_is_unknown_after_what_is_no_answer(behaviour: Behaviour) -> None:
    error = await error_from(behaviour, call=submit)
    assert isinstance(error, ProtocolError)
    assert error.fate is Fate.UNKNOWN


@pytest.mark.parametrize("body", [b"", b"<html>", b'{"RetCode": null}'], ids=repr)
@pytest.mark.parametrize(
    ("status", "fate"),
    [
        *((status, Fate.UNKNOWN) for status in (202, 301, 302, 304, 307, 500, 502, 503, 504)),
        *((status, Fate.REFUSED) for status in (400, 401, 403, 404, 407, 408, 413, 429, 499)),
    ],
)
async def test_an_http_status_tells_the_fate(status: int, fate: Fate, body: bytes) -> None:
    error = await error_from(answer(b"" if status == 304 else body, status), call=submit)
    assert isinstance(error, HttpStatusError)
    assert (error.status, error.fate) == (status, fate)


async def test_a_status_tells_the_fate_although_its_body_is_unreadable() -> None:
    error = await error_from(answer(b"no gzip", 429, {"Content-Encoding": "gzip"}), call=submit)
    assert (type(error), error.fate) == (HttpStatusError, Fate.REFUSED)


@pytest.mark.parametrize("status", [400, 429, 500])
async def test_the_fate_is_unknown_if_status_and_body_contradict_each_other(status: int) -> None:
    error = await error_from(answer(b'{"RetCode": 0, "TaskId": "one"}', status), call=submit)
    assert (type(error), error.fate) == (HttpStatusError, Fate.UNKNOWN)


@pytest.mark.parametrize("status", [200, 302, 400, 429, 500, 503])
@pytest.mark.parametrize(
    ("code", "fate"),
    [*((code, Fate.REFUSED) for code in (-1, 130, 150, 153, 171, 230, 299, 44001)), (110, Fate.UNKNOWN)],
)
async def test_a_ret_code_tells_the_fate_with_any_http_status(code: int, fate: Fate, status: int) -> None:
    error = await error_from(answer(b'{"RetCode": %d}' % code, status), call=submit)
    assert isinstance(error, RetCodeError)
    assert (error.code, error.fate) == (code, fate)


@pytest.mark.parametrize("scheme", ["http", "socks5"])
async def test_the_fate_is_unknown_if_the_api_breaks_the_tunnel(scheme: str, monkeypatch: pytest.MonkeyPatch) -> None:
    authority, trusting = trustme.CA(), ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    authority.configure_trust(trusting)
    async with RawServer(raw(b""), tls=server_context(authority, NAME)) as server, Proxy(server.port) as proxy:
        monkeypatch.setenv("ALL_PROXY", f"{scheme}://127.0.0.1:{proxy.port}")
        async with client_of(f"https://{NAME}", tls=trusting) as client:
            error = await error_of(client, server.requests, submit)
    assert len(server.requests) == 1
    assert error.fate is Fate.UNKNOWN


async def test_a_header_that_cannot_be_encoded_is_not_sent() -> None:
    keys = KEYS._replace(channel=Secret("two\nlines"))
    async with RawServer(DONE) as server, UcdnClient(server.url, keys, FakeClock()) as client:
        error = await error_of(client, call=submit)
    assert server.requests == []
    assert error.fate is Fate.NOT_SENT


@pytest.mark.parametrize(
    ("failure", "fate"),
    [
        (httpx.ConnectError, Fate.NOT_SENT),
        (httpx.ConnectTimeout, Fate.NOT_SENT),
        (httpx.PoolTimeout, Fate.NOT_SENT),
        (httpx.ReadTimeout, Fate.UNKNOWN),
        (httpx.WriteTimeout, Fate.UNKNOWN),
        (httpx.ReadError, Fate.UNKNOWN),
        (httpx.RemoteProtocolError, Fate.UNKNOWN),
        (OSError, Fate.UNKNOWN),
    ],
)
async def test_a_transport_without_a_trace_tells_the_fate_by_its_error(
    failure: Callable[[str], Exception], fate: Fate
) -> None:
    def fail(_request: httpx.Request) -> httpx.Response:
        raise failure("it failed")

    async with client_of("http://127.0.0.1", transport=httpx.MockTransport(fail)) as client:
        assert (await error_of(client, call=submit)).fate is fate


async def test_nothing_is_sent_again_over_a_transport_without_a_trace() -> None:
    """Such a transport does not tell whether it reused a connection."""
    requests = []

    def fail(request: httpx.Request) -> httpx.Response:
        requests.append(request)
        assert len(requests) == 1, "it was sent again"
        raise httpx.ReadError("it failed")

    async with client_of("http://127.0.0.1", transport=httpx.MockTransport(fail)) as client:
        await error_of(client)


@pytest.mark.parametrize("closing", [reset(), raw(b"")], ids=["reset", "closed"])
async def test_a_submit_on_an_idle_connection_that_the_server_closes_is_sent_once(closing: Behaviour) -> None:
    async with RawServer(DONE, closing, DONE) as server, client_of(server) as client:
        await submit(client)
        error = await error_of(client, server.requests, submit)
        assert error.fate is Fate.UNKNOWN
        assert [request.connection for request in server.requests] == [0, 0]
        await client.submit_prefetch(["http://example.com/"])
    assert [request.connection for request in server.requests] == [0, 0, 1]


async def test_a_submit_replaces_a_connection_that_the_server_has_closed_before() -> None:
    body = b'{"RetCode": 0}'
    leaving = raw(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))
    async with RawServer(leaving, DONE) as server, client_of(server) as client:
        await describe(client)
        await server.idle()
        await submit(client)
    assert [request.connection for request in server.requests] == [0, 1]


@pytest.mark.parametrize(
    "behaviour",
    [
        answer(b"", 500),
        answer(b"", 503, {"Retry-After": "0"}),
        answer(b"", 429),
        answer(b'{"RetCode": 110}'),
        raw(PART),
    ],
    ids=["500", "503", "429", "RetCode 110", "half a body"],
)
async def test_a_submit_that_failed_is_not_sent_again(behaviour: Behaviour) -> None:
    async with RawServer(behaviour) as server, client_of(server) as client:
        await error_of(client, server.requests, submit)
        with pytest.raises(ApiError):
            await client.submit_prefetch(["http://example.com/"])
    assert len(server.requests) == 2


async def test_the_fate_is_unknown_if_only_the_second_attempt_was_not_sent() -> None:
    """A describe is sent again if the server closed its connection, here to a port that is closed by then."""
    async with RawServer(DONE, reset()) as server, client_of(server) as client:
        await describe(client)
        server._server.close()
        error = await error_of(client, server.requests)
    assert isinstance(error, TransportError)
    assert (error.fault, error.fate) == (Fault.REFUSED, Fate.UNKNOWN)

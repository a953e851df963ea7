"""What became of a request that found no server: nothing was sent."""

import pytest
import trustme

from api.faults.fates import DONE, NAME, server_context
from support import PATIENCE
from support.servers.client_calls import SHORT, client_of, error_of, submit
from support.servers.raw_server import Behaviour, RawServer, answer, closed_port, raw, reset, silent
from ucdn_tui.api.client import UcdnClient
from ucdn_tui.errors import Fate, Fault, HttpStatusError, TransportError


async def test_a_closed_port_gets_nothing() -> None:
    with closed_port() as port:
        async with client_of(f"http://127.0.0.1:{port}") as client:
            await assert_not_sent(client, Fault.REFUSED)


async def test_an_unknown_name_gets_nothing() -> None:
    async with client_of("http://nonexistent.invalid") as client:
        await assert_not_sent(client, Fault.DNS)


async def test_an_address_without_a_route_gets_nothing() -> None:
    async with client_of("http://255.255.255.255") as client:
        await assert_not_sent(client, Fault.UNREACHABLE)


@pytest.mark.parametrize("hello", [b"HTTP/1.1 400 Bad Request\r\n\r\n", b""], ids=["plain HTTP", "closed"])
async def test_a_server_without_tls_gets_nothing(hello: bytes) -> None:
    async with RawServer(hello=hello) as server, client_of(server.url.replace("http:", "https:")) as client:
        await assert_not_sent(client, Fault.TLS)


async def test_a_server_that_does_not_answer_the_handshake_gets_nothing() -> None:
    async with RawServer(DONE) as server, client_of(server.url.replace("http:", "https:"), timeout=SHORT) as client:
        await assert_not_sent(client, Fault.TIMEOUT)
    assert server.requests == []


async def test_a_server_with_an_unknown_certificate_gets_nothing() -> None:
    async with RawServer(DONE, tls=server_context(trustme.CA())) as server, client_of(server) as client:
        await assert_not_sent(client, Fault.CERTIFICATE)
    assert server.requests == []


async def assert_not_sent(client: UcdnClient, fault: Fault) -> None:
    error = await error_of(client, call=submit)
    assert isinstance(error, TransportError)
    assert (error.fault, error.fate) == (fault, Fate.NOT_SENT)


@pytest.mark.parametrize(
    ("behaviour", "fault"),
    [
        (raw(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n"), Fault.PROXY),
        (raw(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n"), Fault.PROXY),
        (raw(b""), Fault.PROXY),
        (reset(), Fault.PROXY),
        (silent(), Fault.TIMEOUT),
        (raw(b"HTTP/1.1 200 Go on\r\n\r\n"), Fault.TLS),
    ],
    ids=["403", "502", "closed", "reset", "silent", "a tunnel to nowhere"],
)
async def test_nothing_is_sent_through_a_proxy_that_does_not_connect(
    behaviour: Behaviour, fault: Fault, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The request to the proxy, CONNECT, does not count."""
    timeout = SHORT if fault is Fault.TIMEOUT else PATIENCE
    async with RawServer(behaviour) as proxy:
        monkeypatch.setenv("ALL_PROXY", proxy.url)
        async with client_of(f"https://{NAME}", timeout=timeout) as client:
            await assert_not_sent(client, fault)


@pytest.mark.parametrize("hello", [b"", b"\x05\xff", b"\x05\x02", b"HTTP/1.1 400 Bad Request\r\n\r\n"], ids=repr)
async def test_nothing_is_sent_through_what_is_no_socks_proxy(hello: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    async with RawServer(hello=hello) as proxy:
        monkeypatch.setenv("ALL_PROXY", f"socks5://127.0.0.1:{proxy.port}")
        async with client_of(f"https://{NAME}") as client:
            await assert_not_sent(client, Fault.PROXY)


async def test_nothing_is_sent_through_a_silent_socks_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    async with RawServer() as proxy:
        monkeypatch.setenv("ALL_PROXY", f"socks5://127.0.0.1:{proxy.port}")
        async with client_of(f"https://{NAME}", timeout=SHORT) as client:
            await assert_not_sent(client, Fault.TIMEOUT)


async def test_a_proxy_that_is_not_http_gets_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    async with RawServer(raw(b"no HTTP at all\r\n\r\n")) as proxy:
        monkeypatch.setenv("ALL_PROXY", proxy.url)
        async with client_of(f"https://{NAME}") as client:
            await assert_not_sent(client, Fault.PROXY)


async def test_a_proxy_that_wants_a_login_has_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    async with RawServer(answer(b"", 407)) as proxy:
        monkeypatch.setenv("ALL_PROXY", proxy.url)
        async with client_of(f"https://{NAME}") as client:
            error = await error_of(client, call=submit)
    assert (type(error), error.fate) == (HttpStatusError, Fate.REFUSED)

"""Failures to connect, over real sockets: each is named, without secrets."""

import datetime
import socket
import ssl

import pytest
import trustme

from support.servers.client_calls import SHORT, client_of, error_of
from support.servers.raw_server import RawServer, answer, closed_port, raw
from ucdn_tui.api.httpx_exceptions import transport_error
from ucdn_tui.errors import Fate, Fault, TransportError

SOUND = answer(b'{"RetCode": 0, "TaskList": [{}]}')


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
async def test_a_closed_port_refuses_the_connection(host: str) -> None:
    with closed_port() as port:
        async with client_of(f"http://{host}:{port}") as client:
            error = await error_of(client)
    assert isinstance(error, TransportError)
    assert error.fault is Fault.REFUSED
    assert host in error.title


async def test_a_host_refuses_if_all_its_addresses_refuse(monkeypatch: pytest.MonkeyPatch) -> None:
    with closed_port() as port:
        two = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (f"127.0.0.{n}", port)) for n in (1, 2)]
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_args, **_options: two)
        async with client_of(f"http://two.example:{port}") as client:
            error = await error_of(client)
    assert isinstance(error, TransportError)
    assert error.fault is Fault.REFUSED


@pytest.mark.parametrize("host", ["nonexistent.invalid", "a..invalid", "a" * 64 + ".invalid", "-.invalid"])
async def test_an_unknown_name_is_reported(host: str) -> None:
    async with client_of(f"http://{host}") as client:
        error = await error_of(client)
    assert isinstance(error, TransportError)
    assert error.fault is Fault.DNS
    assert host in error.title


async def test_an_address_without_a_route_is_unreachable() -> None:
    async with client_of("http://255.255.255.255") as client:  # a broadcast address: TCP goes nowhere
        error = await error_of(client)
    assert isinstance(error, TransportError)
    assert error.fault is Fault.UNREACHABLE


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    """A certificate authority that a client trusts only with `client_context`."""
    return trustme.CA()


def server_context(authority: trustme.CA, *names: str, expired: bool = False) -> ssl.SSLContext:
    """Return a server's context with a certificate for these names."""
    now = datetime.datetime.now(datetime.UTC)
    hours = datetime.timedelta(hours=1)
    dates = {"not_before": now - 48 * hours, "not_after": now - 24 * hours} if expired else {}
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(*names, **dates).configure_cert(context)
    return context


def client_context(authority: trustme.CA) -> ssl.SSLContext:
    """Return a client's context that trusts this authority only."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    authority.configure_trust(context)
    return context


async def test_a_trusted_certificate_for_the_host_is_accepted(authority: trustme.CA) -> None:
    async with (
        RawServer(SOUND, tls=server_context(authority, "127.0.0.1")) as server,
        client_of(server, tls=client_context(authority)) as client,
    ):
        assert (await client.describe_refresh_tasks()).received == 1
    assert server.url.startswith("https://")


@pytest.mark.parametrize("knows_another", [False, True], ids=["the system's authorities", "another authority"])
async def test_a_certificate_of_an_unknown_authority_is_not_trusted(authority: trustme.CA, knows_another: bool) -> None:
    tls = client_context(trustme.CA()) if knows_another else None
    async with (
        RawServer(SOUND, tls=server_context(authority, "127.0.0.1")) as server,
        client_of(server, tls=tls) as client,
    ):
        error = await error_of(client)
    assert server.requests == []
    assert isinstance(error, TransportError)
    assert error.fault is Fault.CERTIFICATE
    assert "unable to get local issuer" in error.title


@pytest.mark.parametrize(
    ("name", "expired", "words"),
    [("127.0.0.1", True, "expired"), ("127.0.0.2", False, "127.0.0.1"), ("api.ucloud.cn", False, "127.0.0.1")],
    ids=["expired", "another address", "another name"],
)
async def test_an_expired_certificate_or_another_hosts_is_not_trusted(
    authority: trustme.CA, name: str, expired: bool, words: str
) -> None:
    async with (
        RawServer(SOUND, tls=server_context(authority, name, expired=expired)) as server,
        client_of(server, tls=client_context(authority)) as client,
    ):
        error = await error_of(client)
    assert server.requests == []
    assert isinstance(error, TransportError)
    assert error.fault is Fault.CERTIFICATE
    assert words in error.title
    assert ". (" not in error.title  # OpenSSL ends some of its words with a full stop


@pytest.mark.parametrize("hello", [b"SSH-2.0-OpenSSH_9.2p1\r\n", b"HTTP/1.1 400 Bad Request\r\n\r\n", b""], ids=repr)
async def test_a_server_without_tls_is_reported(hello: bytes) -> None:
    async with RawServer(hello=hello) as server, client_of(server.url.replace("http:", "https:")) as client:
        error = await error_of(client)
    assert isinstance(error, TransportError)
    assert error.fault is Fault.TLS


async def test_an_endless_handshake_times_out_and_closes_its_connection() -> None:
    async with RawServer() as server:
        async with client_of(server.url.replace("http:", "https:"), timeout=SHORT) as client:
            error = await error_of(client)
        await server.idle()
    assert isinstance(error, TransportError)
    assert error.fault is Fault.TIMEOUT


async def test_a_server_with_another_tls_version_is_reported(authority: trustme.CA) -> None:
    new, old = server_context(authority, "127.0.0.1"), client_context(authority)
    new.minimum_version, old.maximum_version = ssl.TLSVersion.TLSv1_3, ssl.TLSVersion.TLSv1_2
    async with RawServer(SOUND, tls=new) as server, client_of(server, tls=old) as client:
        error = await error_of(client)
    assert isinstance(error, TransportError)
    assert error.fault is Fault.TLS


def test_a_refusal_after_the_handshake_is_a_failed_handshake() -> None:
    """In TLS 1.3 a server that wants the client's certificate says so in the first answer; httpx passes that on."""
    refusal = ssl.SSLError(1, "tlsv13 alert certificate required")
    refusal.reason = "TLSV13_ALERT_CERTIFICATE_REQUIRED"
    error = transport_error(refusal, "127.0.0.1", "AnyAction", fate=Fate.UNKNOWN)
    assert isinstance(error, TransportError)
    assert error.fault is Fault.TLS


@pytest.mark.parametrize("variable", ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy", "HTTPS_PROXY"])
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
async def test_loopback_is_reached_without_the_proxy(variable: str, host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with closed_port() as port:
        monkeypatch.setenv(variable, f"http://127.0.0.1:{port}")
        async with RawServer(SOUND) as server, client_of(f"http://{host}:{server.port}") as client:
            assert (await client.describe_refresh_tasks()).received == 1


async def test_a_proxy_sees_only_the_host_and_port(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with RawServer(raw(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        async with client_of("https://nonexistent.invalid") as client:
            error = await error_of(client)
    (request,) = proxy.requests
    assert (request.method, request.target, request.body) == ("CONNECT", "nonexistent.invalid:443", b"")
    assert isinstance(error, TransportError)
    assert error.fault is Fault.PROXY
    assert "nonexistent.invalid" in error.title


async def test_a_proxy_that_wants_a_login_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    async with RawServer(answer(b"", 407)) as proxy:
        monkeypatch.setenv("ALL_PROXY", proxy.url)
        async with client_of("https://nonexistent.invalid") as client:
            error = await error_of(client)
    assert error.title == "Proxy refused (HTTP 407)"
    assert "user:password@" in error.advice


@pytest.mark.parametrize("variable", ["HTTP_PROXY", "http_proxy", "ALL_PROXY"])
async def test_plain_http_never_leaves_through_a_proxy(variable: str, monkeypatch: pytest.MonkeyPatch) -> None:
    async with RawServer(SOUND) as proxy:
        monkeypatch.setenv(variable, proxy.url)
        async with client_of("http://nonexistent.invalid") as client:
            error = await error_of(client)
    assert isinstance(error, TransportError)
    assert error.fault is Fault.DNS
    assert proxy.connections == 0


@pytest.mark.parametrize("variable", ["HTTPS_PROXY", "ALL_PROXY"])
@pytest.mark.parametrize("proxy", ["http://127.0.0.1:{port}", "http://no-proxy.invalid:{port}"])
async def test_a_dead_proxy_is_reported_instead_of_the_host(
    variable: str, proxy: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with closed_port() as port:
        monkeypatch.setenv(variable, proxy.format(port=port))
        async with client_of("https://nonexistent.invalid") as client:
            error = await error_of(client)
    assert isinstance(error, TransportError)
    assert error.fault is Fault.PROXY


@pytest.mark.parametrize(
    "environment",
    [
        {"HTTPS_PROXY": "http://127.0.0.1:{port}", "NO_PROXY": "nonexistent.invalid"},
        {"HTTPS_PROXY": "http://127.0.0.1:{port}", "no_proxy": ".invalid"},
        {"ALL_PROXY": "http://127.0.0.1:{port}", "NO_PROXY": "*"},
        {"HTTPS_PROXY": "http://127.0.0.1:{port}", "NO_PROXY": "fd07:b51a:cc66:f0::/64,*.invalid"},
        {"HTTP_PROXY": "http://127.0.0.1:{port}"},
    ],
    ids=" ".join,
)
async def test_a_proxy_that_does_not_apply_is_not_reported(
    environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with closed_port() as port:
        for name, value in environment.items():
            monkeypatch.setenv(name, value.format(port=port))
        async with client_of("https://nonexistent.invalid") as client:
            error = await error_of(client)
    assert isinstance(error, TransportError)
    assert error.fault is Fault.DNS

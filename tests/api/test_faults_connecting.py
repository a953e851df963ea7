"""Whatever keeps a connection from being made, over real sockets: told by its name, with no secret in it."""

import datetime
import socket
import ssl

import pytest
import trustme

from support.servers.client_calls import SHORT, client_of, error_of
from support.servers.raw_server import RawServer, answer, closed_port, raw
from ucdn_tui.errors import Fault, TransportError

SOUND = answer(b'{"RetCode": 0, "TaskList": [{}]}')


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
async def test_a_port_where_nobody_listens_refuses(host: str) -> None:
    with closed_port() as port:
        async with client_of(f"http://{host}:{port}") as client:
            error = await error_of(client)
    assert isinstance(error, TransportError)
    assert error.fault is Fault.REFUSED
    assert host in error.sentence


async def test_a_host_of_which_every_address_refuses_refuses(monkeypatch: pytest.MonkeyPatch) -> None:
    with closed_port() as port:
        two = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (f"127.0.0.{n}", port)) for n in (1, 2)]
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_args, **_options: two)
        async with client_of(f"http://two.example:{port}") as client:
            error = await error_of(client)
    assert isinstance(error, TransportError)
    assert error.fault is Fault.REFUSED


@pytest.mark.parametrize("host", ["nonexistent.invalid", "a..invalid", "a" * 64 + ".invalid", "-.invalid"])
async def test_a_name_that_does_not_exist_is_told_as_such(host: str) -> None:
    async with client_of(f"http://{host}") as client:
        error = await error_of(client)
    assert isinstance(error, TransportError)
    assert error.fault is Fault.DNS
    assert host in error.sentence


async def test_an_address_without_a_way_to_it_is_unreachable() -> None:
    async with client_of("http://255.255.255.255") as client:  # a broadcast address: TCP goes nowhere
        error = await error_of(client)
    assert isinstance(error, TransportError)
    assert error.fault is Fault.UNREACHABLE


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    """An authority that nobody knows until its certificate is given to them."""
    return trustme.CA()


def server_context(authority: trustme.CA, *names: str, expired: bool = False) -> ssl.SSLContext:
    """Return what a server needs to show a certificate for these names."""
    now = datetime.datetime.now(datetime.UTC)
    hours = datetime.timedelta(hours=1)
    dates = {"not_before": now - 48 * hours, "not_after": now - 24 * hours} if expired else {}
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(*names, **dates).configure_cert(context)
    return context


def client_context(authority: trustme.CA) -> ssl.SSLContext:
    """Return a context of a client that trusts this authority and no other."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    authority.configure_trust(context)
    return context


async def test_a_certificate_of_a_trusted_authority_for_the_right_host_is_accepted(authority: trustme.CA) -> None:
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
    assert "unable to get local issuer" in error.sentence


@pytest.mark.parametrize(
    ("name", "expired", "words"),
    [("127.0.0.1", True, "expired"), ("127.0.0.2", False, "127.0.0.1"), ("api.ucloud.cn", False, "127.0.0.1")],
    ids=["expired", "another address", "another name"],
)
async def test_a_certificate_that_is_expired_or_anothers_is_not_trusted(
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
    assert words in error.sentence


@pytest.mark.parametrize("hello", [b"SSH-2.0-OpenSSH_9.2p1\r\n", b"HTTP/1.1 400 Bad Request\r\n\r\n", b""], ids=repr)
async def test_a_server_that_does_not_speak_tls_is_told_as_such(hello: bytes) -> None:
    async with RawServer(hello=hello) as server, client_of(server.url.replace("http:", "https:")) as client:
        error = await error_of(client)
    assert isinstance(error, TransportError)
    assert error.fault is Fault.TLS


async def test_a_handshake_that_never_ends_times_out_and_leaves_no_connection_open() -> None:
    async with RawServer() as server:
        async with client_of(server.url.replace("http:", "https:"), timeout=SHORT) as client:
            error = await error_of(client)
        await server.idle()
    assert isinstance(error, TransportError)
    assert error.fault is Fault.TIMEOUT


async def test_a_server_that_speaks_another_version_of_tls_is_told_as_such(authority: trustme.CA) -> None:
    new, old = server_context(authority, "127.0.0.1"), client_context(authority)
    new.minimum_version, old.maximum_version = ssl.TLSVersion.TLSv1_3, ssl.TLSVersion.TLSv1_2
    async with RawServer(SOUND, tls=new) as server, client_of(server, tls=old) as client:
        error = await error_of(client)
    assert isinstance(error, TransportError)
    assert error.fault is Fault.TLS


@pytest.mark.parametrize("variable", ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy", "HTTPS_PROXY"])
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
async def test_a_dead_proxy_does_not_keep_anybody_from_loopback(
    variable: str, host: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with closed_port() as port:
        monkeypatch.setenv(variable, f"http://127.0.0.1:{port}")
        async with RawServer(SOUND) as server, client_of(f"http://{host}:{server.port}") as client:
            assert (await client.describe_refresh_tasks()).received == 1


async def test_a_proxy_is_used_for_everybody_else_and_sees_no_more_than_the_host(
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
    assert "nonexistent.invalid" in error.sentence


@pytest.mark.parametrize(
    ("variable", "url"),
    [
        ("HTTPS_PROXY", "https://nonexistent.invalid"),
        ("ALL_PROXY", "https://nonexistent.invalid"),
        ("http_proxy", "http://nonexistent.invalid"),
        ("all_proxy", "http://nonexistent.invalid"),
    ],
)
@pytest.mark.parametrize("proxy", ["http://127.0.0.1:{port}", "http://no-proxy.invalid:{port}"])
async def test_a_dead_proxy_is_what_is_told_of_and_not_the_host_behind_it(
    variable: str, url: str, proxy: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with closed_port() as port:
        monkeypatch.setenv(variable, proxy.format(port=port))
        async with client_of(url) as client:
            error = await error_of(client)
    assert isinstance(error, TransportError)
    assert error.fault is Fault.PROXY


@pytest.mark.parametrize(
    "environment",
    [
        {"HTTPS_PROXY": "http://127.0.0.1:{port}", "NO_PROXY": "nonexistent.invalid"},
        {"HTTPS_PROXY": "http://127.0.0.1:{port}", "no_proxy": ".invalid"},
        {"ALL_PROXY": "http://127.0.0.1:{port}", "NO_PROXY": "*"},
        {"HTTP_PROXY": "http://127.0.0.1:{port}"},
    ],
    ids=" ".join,
)
async def test_a_proxy_that_is_not_for_this_host_is_not_told_of(
    environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with closed_port() as port:
        for name, value in environment.items():
            monkeypatch.setenv(name, value.format(port=port))
        async with client_of("https://nonexistent.invalid") as client:
            error = await error_of(client)
    assert isinstance(error, TransportError)
    assert error.fault is Fault.DNS

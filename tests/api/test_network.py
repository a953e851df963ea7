"""The environment's proxy and certificate settings are used, or reported by the variable's name."""

import ssl
import subprocess
from collections.abc import Mapping
from pathlib import Path

import certifi
import pytest
import trustme
from hypothesis import given
from hypothesis import strategies as st

from support.servers.client_calls import SHORT, client_of, error_of
from support.servers.proxy import PROXY_SETTINGS, Proxy
from support.servers.raw_server import RawServer, answer
from ucdn_tui.api.network import tls_context
from ucdn_tui.errors import Fault, TransportError, UsageError

SOUND = answer(b'{"RetCode": 0, "TaskList": [{}]}')
NAME = "api.nonexistent.invalid"
"""A host name that only the proxy resolves."""

TLS_NAMES = ("SSL_CERT_FILE", "SSL_CERT_DIR", "SSLKEYLOGFILE")


@pytest.fixture(autouse=True)
def no_certificate_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in TLS_NAMES:
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def tls(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> ssl.SSLContext:
    """A server's context with a certificate for NAME, which SSL_CERT_FILE makes clients trust."""
    authority, context = trustme.CA(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(NAME).configure_cert(context)
    authority.cert_pem.write_to_path(tmp_path / "authorities.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "authorities.pem"))
    return context


@pytest.mark.parametrize(("variables", "protocol"), PROXY_SETTINGS, ids=str)
async def test_the_api_is_reached_through_the_configured_proxy(
    variables: Mapping[str, str], protocol: str, tls: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with RawServer(SOUND, tls=tls) as server, Proxy(server.port) as proxy:
        for name, value in variables.items():
            monkeypatch.setenv(name, value.format(port=proxy.port))
        async with client_of(f"https://{NAME}") as client:
            assert (await client.describe_refresh_tasks()).received == 1
            assert (await client.describe_prefetch_tasks()).received == 1
    assert proxy.asked == [(protocol, NAME, 443)]


@pytest.mark.parametrize("proxy", ["http://127.0.0.1:{}\r", " http://127.0.0.1:{} ", "127.0.0.1:{}\t"], ids=ascii)
async def test_white_space_around_a_proxy_address_does_not_matter(
    proxy: str, tls: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with RawServer(SOUND, tls=tls) as server, Proxy(server.port) as running:
        monkeypatch.setenv("HTTPS_PROXY", proxy.format(running.port))
        async with client_of(f"https://{NAME}") as client:
            assert (await client.describe_refresh_tasks()).received == 1
    assert running.asked == [("http", NAME, 443)]


async def test_a_socks_proxy_gets_the_user_and_password(tls: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch) -> None:
    async with RawServer(SOUND, tls=tls) as server, Proxy(server.port, login=(b"someone", b"p@ss:word")) as proxy:
        monkeypatch.setenv("ALL_PROXY", f"socks5://someone:p%40ss%3Aword@127.0.0.1:{proxy.port}")
        async with client_of(f"https://{NAME}") as client:
            assert (await client.describe_refresh_tasks()).received == 1


@pytest.mark.parametrize("variable", ["ALL_PROXY", "all_proxy"])
async def test_a_socks_proxy_is_not_used_for_loopback(variable: str, monkeypatch: pytest.MonkeyPatch) -> None:
    async with RawServer(SOUND) as server, Proxy(server.port) as proxy:
        monkeypatch.setenv(variable, f"socks5://127.0.0.1:{proxy.port}")
        async with client_of(server) as client:
            assert (await client.describe_refresh_tasks()).received == 1
    assert proxy.asked == []


@pytest.mark.parametrize(
    "hello",
    [
        b"",
        b"\x05",
        b"\x05\xff",
        b"\x05\x02",
        b"\x05\x07",
        b"\x04\x5a\0\0\0\0\0\0",
        b"HTTP/1.1 400 Bad Request\r\n\r\n",
        b"\0" * 5000,
    ],
    ids=lambda hello: repr(hello[:12]),
)
async def test_a_server_that_is_no_socks_proxy_is_a_failed_proxy(hello: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    async with RawServer(hello=hello) as proxy:
        monkeypatch.setenv("ALL_PROXY", f"socks5://127.0.0.1:{proxy.port}")
        async with client_of(f"https://{NAME}") as client:
            error = await error_of(client)
            await proxy.idle()
    assert isinstance(error, TransportError)
    assert error.fault is Fault.PROXY
    assert "ALL_PROXY" in error.advice


@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize(
    "hello", [b"", b"\x05\xff", b"SSH-2.0-OpenSSH_9.2p1\r\n", b"HTTP/1.1 100 Continue\r\n\r\n"], ids=repr
)
async def test_a_server_that_is_no_http_proxy_is_a_failed_proxy(
    scheme: str, hello: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with RawServer(hello=hello) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", f"{scheme}://127.0.0.1:{proxy.port}")
        async with client_of(f"https://{NAME}") as client:
            error = await error_of(client)
    assert isinstance(error, TransportError)
    assert error.fault is Fault.PROXY


@pytest.mark.parametrize("scheme", ["http", "socks5"])
async def test_a_fault_behind_a_proxy_is_not_the_proxys(scheme: str, monkeypatch: pytest.MonkeyPatch) -> None:
    async with RawServer(hello=b"SSH-2.0-OpenSSH_9.2p1\r\n") as server, Proxy(server.port) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", f"{scheme}://127.0.0.1:{proxy.port}")
        async with client_of(f"https://{NAME}") as client:
            error = await error_of(client)
    assert isinstance(error, TransportError)
    assert error.fault is Fault.TLS


async def test_a_silent_socks_proxy_times_out_and_is_disconnected(monkeypatch: pytest.MonkeyPatch) -> None:
    async with RawServer() as proxy:
        monkeypatch.setenv("ALL_PROXY", f"socks5://127.0.0.1:{proxy.port}")
        async with client_of(f"https://{NAME}", timeout=SHORT) as client:
            error = await error_of(client)
            await proxy.idle()
    assert isinstance(error, TransportError)
    assert error.fault is Fault.TIMEOUT


async def test_a_password_too_long_for_socks_is_a_failed_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    async with RawServer(hello=b"\x05\x02") as proxy:
        monkeypatch.setenv("ALL_PROXY", f"socks5://someone:{'p' * 300}@127.0.0.1:{proxy.port}")
        async with client_of(f"https://{NAME}") as client:
            error = await error_of(client)
    assert isinstance(error, TransportError)
    assert error.fault is Fault.PROXY


@pytest.mark.parametrize(
    "proxy", ["http://[/b]", "http://127.0.0.1:99999", "socks5://[/b]", "socks5://a..b", "http://%00"]
)
async def test_a_proxy_address_that_fails_only_in_use_is_reported(proxy: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALL_PROXY", proxy)
    if (error := error_of_construction()) is None:
        async with client_of(f"https://{NAME}") as client:
            failed = await error_of(client)
        assert isinstance(failed, TransportError)
        assert failed.fault is Fault.PROXY
    else:
        assert "ALL_PROXY" in error.title


SECRET = "hunter2"


@pytest.mark.parametrize("name", ["ALL_PROXY", "all_proxy", "HTTPS_PROXY", "https_proxy", "Https_Proxy"])
@pytest.mark.parametrize(
    "value",
    [
        f"socks4://someone:{SECRET}@127.0.0.1:1080",
        f"ftp://{SECRET}@proxy.example",
        f"http://someone:{SECRET}",
        f"someone:{SECRET}",
        f"someone:{SECRET}/",
        f"http://someone:{SECRET}@[::1",
        f"http://someone:{SECRET}@a..b\x07:1",
        f"ftp://proxy.example?{SECRET}",
        f"http://u:p://{SECRET}@127.0.0.1:many",
        f" ftp://{SECRET}@127.0.0.1\r",
    ],
)
def test_an_invalid_proxy_is_named_without_its_password(name: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "localhost")
    monkeypatch.setenv(name, value)
    with pytest.raises(UsageError) as caught:
        client_of(f"https://{NAME}")
    error = caught.value
    assert error.title.startswith(f"{name} is invalid: ")
    assert SECRET not in str(error)
    assert str(error).isprintable()
    assert error.__context__ is None
    assert "127.0.0.1" in error.title or "127.0.0.1" not in value or "://u:p" in value


@pytest.mark.parametrize(
    "value", ["localhost,127.0.0.0/8,::1/128", "fd07:b51a:cc66:f0::/64", "fe80::/10", "localhost,[::1]", "[/b]", ",,"]
)
@pytest.mark.parametrize("name", ["NO_PROXY", "no_proxy"])
@pytest.mark.parametrize("proxied", [False, True])
async def test_any_no_proxy_leaves_other_hosts_reachable(
    name: str, value: str, proxied: bool, tls: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, value)
    host = NAME if proxied else "127.0.0.1"
    async with RawServer(SOUND, tls=tls if proxied else None) as server, Proxy(server.port) as proxy:
        if proxied:
            monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{proxy.port}")
        async with client_of(f"https://{host}" if proxied else server) as client:
            assert (await client.describe_refresh_tasks()).received == 1
    assert len(proxy.asked) == proxied


def test_an_invalid_certificate_file_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", "/nonexistent/file.pem")
    monkeypatch.setenv("ALL_PROXY", "ftp://another.example")
    with pytest.raises(UsageError) as caught:
        client_of(f"https://{NAME}")
    assert caught.value.title == "SSL_CERT_FILE is invalid: /nonexistent/file.pem"


async def test_a_key_log_that_cannot_be_written_is_ignored(
    tls: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("SSLKEYLOGFILE", str(tmp_path / "none" / "keys"))
    await check_trusted(tls, monkeypatch)


async def check_trusted(tls: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch) -> None:
    async with RawServer(SOUND, tls=tls) as server, Proxy(server.port) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{proxy.port}")
        async with client_of(f"https://{NAME}") as client:
            assert (await client.describe_refresh_tasks()).received == 1


async def test_certificates_of_the_file_and_the_folder_are_added_to_the_public_ones(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    inside, folder = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), tmp_path / "certs"
    authority, foreign = trustme.CA(), trustme.CA(organization_name="another")
    authority.issue_cert(NAME).configure_cert(inside)
    folder.mkdir()
    authority.cert_pem.write_to_path(folder / "authority.pem")
    subprocess.run(["openssl", "rehash", folder], check=True)
    foreign.cert_pem.write_to_path(tmp_path / "foreign.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "foreign.pem"))
    monkeypatch.setenv("SSL_CERT_DIR", str(folder))
    await check_trusted(inside, monkeypatch)
    public = ssl.create_default_context(cafile=certifi.where()).cert_store_stats()["x509_ca"]
    assert (
        tls_context(needed=True).cert_store_stats()["x509_ca"] == public + 1
    )  # those of a folder are read when needed


async def test_cookies_are_not_sent_back() -> None:
    baked = answer(b'{"RetCode": 0, "TaskList": [{}]}', headers={"Set-Cookie": "sid=abc; Path=/; Max-Age=9999"})
    async with RawServer(baked) as server, client_of(server) as client:
        for _ in range(3):
            await client.describe_refresh_tasks()
    assert not any("cookie" in name.lower() for request in server.requests for name in request.headers)


async def test_netrc_is_not_read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login someone password hunter2\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    async with RawServer(SOUND) as server, client_of(server) as client:
        await client.describe_refresh_tasks()
    assert not any("authorization" in name.lower() for name in server.requests[0].headers)


NAMES = ["http_proxy", "HTTPS_PROXY", "ALL_PROXY", "all_proxy", "no_proxy", "NO_PROXY", *TLS_NAMES, "NETRC"]
VALUES = st.one_of(
    st.binary().map(lambda value: value.decode("utf-8", "surrogateescape").replace("\0", "")),
    st.from_regex(
        r"(https?|socks5h?|socks4|ftp)://([a-z:%@]*@)?[a-z0-9.:\[\]%-]*(:[0-9a-z]*)?(/[ -~]*)?", fullmatch=True
    ),
    st.text("abf019.:/*[],-", max_size=30),
)


@given(variables=st.dictionaries(st.sampled_from(NAMES), VALUES, max_size=3))
def test_any_environment_is_used_or_reported(variables: dict[str, str]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        for name, value in variables.items():
            patch.setenv(name, value)
        error = error_of_construction()
    if error is not None:
        assert str(error).isprintable()
        assert any(error.title.startswith(f"{name} is invalid: ") for name in variables)


def error_of_construction() -> UsageError | None:
    """Return the error of constructing a client, None if that succeeds."""
    try:
        client_of(f"https://{NAME}")
    except UsageError as error:
        return error
    return None

"""The environment's proxy and certificate settings are used, or reported by the variable's name."""

import ssl
from collections.abc import Mapping
from pathlib import Path

import pytest
import trustme
from hypothesis import given
from hypothesis import strategies as st

from support.servers.client_calls import SHORT, client_of, error_of
from support.servers.proxy import PROXY_SETTINGS, Proxy
from support.servers.raw_server import RawServer, answer
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


@pytest.mark.parametrize("name", ["ALL_PROXY", "all_proxy", "HTTPS_PROXY", "https_proxy", "http_proxy", "Https_Proxy"])
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


@pytest.mark.parametrize("value", ["[::1]", "localhost,fd07:b51a:cc66:f0::/64"])
@pytest.mark.parametrize("name", ["NO_PROXY", "no_proxy"])
def test_an_invalid_no_proxy_is_named(name: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, value)
    error = error_of_construction()
    assert error is None or error.title == f"{name} is invalid: {value}"


@pytest.mark.parametrize("name", ["SSL_CERT_FILE", "SSLKEYLOGFILE"])
def test_an_invalid_certificate_file_is_named(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, "/nonexistent/file.pem")
    monkeypatch.setenv("ALL_PROXY", "ftp://another.example")
    with pytest.raises(UsageError) as caught:
        client_of(f"https://{NAME}")
    assert caught.value.title == f"{name} is invalid: /nonexistent/file.pem"


NAMES = ["http_proxy", "HTTPS_PROXY", "ALL_PROXY", "all_proxy", "no_proxy", "NO_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR"]
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

"""The dashboard behind a proxy: usual and unusable settings in the environment."""

import ssl
from collections.abc import Mapping
from pathlib import Path

import pytest
import trustme

from support.clock import FakeClock
from support.screen.dashboard import account, add
from support.servers.faulty_dashboard import faulty_dashboard
from support.servers.faulty_server import Port
from support.servers.proxy import PROXY_SETTINGS, Proxy

NAME = "api.nonexistent.invalid"


@pytest.mark.parametrize(("variables", "protocol"), PROXY_SETTINGS, ids=str)
async def test_requests_go_through_the_configured_proxy(
    variables: Mapping[str, str], protocol: str, clock: FakeClock, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    authority, tls = trustme.CA(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(NAME).configure_cert(tls)
    authority.cert_pem.write_to_path(tmp_path / "authorities.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "authorities.pem"))
    simulated, port = account(clock), Port()
    add(simulated, "one")
    async with Proxy(port.number) as proxy:
        for name, value in variables.items():
            monkeypatch.setenv(name, value.format(port=proxy.port))
        async with faulty_dashboard(clock, simulated, endpoint=f"https://{NAME}", tls=tls, port=port) as ui:
            assert list(ui.statuses()) == ["one"]
    assert {(protocol, NAME, 443)} == set(proxy.asked)


async def test_an_unusable_proxy_setting_is_reported(clock: FakeClock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALL_PROXY", "socks4://someone:hunter2@127.0.0.1:1080")
    async with faulty_dashboard(clock, account(clock), endpoint=f"https://{NAME}", loaded=False) as ui:
        await ui.sees("ALL_PROXY is invalid: ")
        assert "hunter2" not in ui.screen()
        assert "Internal error" not in ui.screen()

"""The edges as an httpx transport, beside that of the same account's API."""

import asyncio
import subprocess
import sys

import httpx
import pytest

from simulator.harness import ApiCalls, ManualClock
from ucdn_tui.simulator.account import Account
from ucdn_tui.simulator.actions.service import Service
from ucdn_tui.simulator.transport import SimulatorTransport, demo_transport


@pytest.fixture
def transport(account: Account) -> SimulatorTransport:
    return SimulatorTransport(Service(account))


async def _get(
    transport: SimulatorTransport, url: str, host: str, method: str = "GET", **extensions: object
) -> httpx.Response:
    async with httpx.AsyncClient(transport=transport.edge_transport()) as client:
        return await client.request(method, url, headers={"Host": host}, extensions=extensions)


async def test_the_urls_host_is_the_address_and_the_host_header_the_site(transport: SimulatorTransport) -> None:
    addresses = transport.resolve("img.example.com")
    assert len(addresses) == 4
    answers = [await _get(transport, f"http://{address}/a.jpg", "img.example.com") for address in addresses]
    assert [answer.headers["X-Via-Ucdn"].split(",")[0] for answer in answers] == [f"HIT by {ip}" for ip in addresses]
    assert all(len(answer.content) == int(answer.headers["Content-Length"]) for answer in answers)


async def test_a_purge_by_the_api_shows_at_the_edges(transport: SimulatorTransport, now: ManualClock) -> None:
    ApiCalls(transport.service).submit_refresh(["http://img.example.com/a.jpg"])
    now.advance(3600)
    answers = [await _get(transport, "http://127.0.20.1/a.jpg", "img.example.com:80") for _ in range(2)]
    assert [answer.headers["X-Via-Ucdn"].split()[0] for answer in answers] == ["MISS", "HIT"]


async def test_the_target_is_requested_as_given(transport: SimulatorTransport) -> None:
    target = b"/a%2f../b?x=|"
    answer = await _get(transport, "http://127.0.20.1/", "img.example.com", target=target)
    assert answer.content.startswith(b"img.example.com" + target)


async def test_head_has_a_length_and_no_body(transport: SimulatorTransport) -> None:
    answer = await _get(transport, "http://127.0.20.1/a.jpg", "img.example.com", "HEAD")
    assert (answer.content, int(answer.headers["Content-Length"]) > 0) == (b"", True)


@pytest.mark.parametrize(
    ("url", "host", "error"),
    [
        ("http://127.0.0.1/", "img.example.com", httpx.ConnectError),
        ("http://127.0.20.1/", "reset.edge.example.com", httpx.ReadError),
        ("https://127.0.20.1/", "certificate.edge.example.com", httpx.ConnectError),
    ],
)
async def test_what_breaks_raises_httpxs_errors(
    transport: SimulatorTransport, url: str, host: str, error: type[Exception]
) -> None:
    with pytest.raises(error):
        await _get(transport, url, host, sni_hostname=host)


async def test_https_is_answered_where_the_certificate_fits(transport: SimulatorTransport) -> None:
    answer = await _get(transport, "https://127.0.20.1/", "img.example.com", sni_hostname="img.example.com")
    assert answer.status_code == 200


async def test_a_slow_answer_can_be_given_up(transport: SimulatorTransport) -> None:
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await _get(transport, "http://127.0.20.1/", "slow.edge.example.com")


async def test_hostile_headers_arrive_in_utf_8(transport: SimulatorTransport) -> None:
    answer = await _get(transport, "http://127.0.20.1/", "hostile.edge.example.com")
    assert ("\u202e" in answer.headers["X-Via-Ucdn"], len(answer.headers["Cache-Control"])) == (True, 8192)


async def test_in_the_demo_some_edges_stay_old_for_a_while(now: ManualClock) -> None:
    transport = demo_transport(now, seed=3)
    urls = [f"http://img.example.com/{number}.jpg" for number in range(30)]
    transport.service.account.add("refresh", urls, queue=1, work=1)
    now.advance(3)
    hits = 0
    for url in urls:
        for address in transport.resolve("img.example.com"):
            path = url.removeprefix("http://img.example.com")
            answer = await _get(transport, f"http://{address}{path}", "img.example.com")
            hits += answer.headers["X-Via-Ucdn"].startswith("HIT")
    assert 1 <= hits <= 12


def test_the_edges_are_imported_only_when_they_are_needed() -> None:
    program = (
        "import sys; from ucdn_tui.simulator.transport import demo_transport; demo_transport();"
        "sys.exit('ucdn_tui.simulator.edges.network' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0

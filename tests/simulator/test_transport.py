"""The simulator as an httpx transport, used by a real `httpx.AsyncClient`."""

from email.utils import parsedate_to_datetime

import httpx
import pytest

from simulator.harness import START, ManualClock, signed
from ucdn_tui.api.signature import sign
from ucdn_tui.simulator import DEMO_PRIVATE_KEY, DEMO_PUBLIC_KEY
from ucdn_tui.simulator.account import Account
from ucdn_tui.simulator.actions.service import Service
from ucdn_tui.simulator.transport import SimulatorTransport, demo_transport

_ENDPOINT = "https://api.ucloud.cn/"
_JSON = {"Content-Type": "application/json"}


def _client(service: Service) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=SimulatorTransport(service), base_url=_ENDPOINT)


async def test_signed_form_gets_a_json_answer(service: Service) -> None:
    task_id = service.account.add("refresh", ["https://www.example.com/首页 1.html?a=1&b=2"])
    async with _client(service) as client:
        answer = await client.post("/", data=signed(service, "DescribeNewUcdnRefreshCacheTask", TaskId=[task_id]))
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith("application/json")
    (task,) = answer.json()["TaskList"]
    assert task["UrlLists"][0]["Url"] == "https://www.example.com/首页 1.html?a=1&b=2"


async def test_values_are_decoded_exactly(service: Service) -> None:
    async with _client(service) as client:
        await client.post("/", data=signed(service, "GetProjectList", Note="a+b & c=d %41 首页", Empty=""))
    assert service.requests[-1]["Note"] == "a+b & c=d %41 首页"
    assert service.requests[-1]["Empty"] == ""


async def test_refusal_is_an_http_200(service: Service) -> None:
    async with _client(service) as client:
        answer = await client.post("/", data={"Action": "GetProjectList"})
    assert (answer.status_code, answer.json()["RetCode"]) == (200, 170)


async def test_date_header_follows_the_accounts_clock(service: Service, now: ManualClock) -> None:
    now.advance(3600)
    async with _client(service) as client:
        answer = await client.post("/")
    assert parsedate_to_datetime(answer.headers["Date"]).timestamp() == START + 3600


async def test_request_ids_are_unique_and_come_from_the_seed(now: ManualClock) -> None:
    async def request_ids(seed: int) -> list[str]:
        async with _client(Service(Account(now, seed=seed))) as client:
            return [(await client.post("/")).headers["X-UCLOUD-REQUEST-UUID"] for _ in range(3)]

    assert len(set(await request_ids(1))) == 3
    assert await request_ids(1) == await request_ids(1)
    assert await request_ids(1) != await request_ids(2)


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        ({"method": "GET", "url": "/"}, 405),
        ({"method": "PUT", "url": "/"}, 405),
        ({"method": "POST", "url": "/v2/"}, 404),
        ({"method": "POST", "url": "/", "headers": {"Content-Type": "text/xml"}}, 415),
        ({"method": "POST", "url": "/", "content": b"Action=%ff"}, 400),
        ({"method": "POST", "url": "/", "content": b"{", "headers": _JSON}, 400),
        ({"method": "POST", "url": "/", "content": b'{"a":' * 5000, "headers": _JSON}, 400),
        ({"method": "POST", "url": "/", "content": b"[1]", "headers": _JSON}, 400),
        ({"method": "POST", "url": "/", "content": b'{"Action":"\\ud800"}', "headers": _JSON}, 400),
    ],
)
async def test_malformed_requests_never_reach_the_service(
    service: Service, request_: dict[str, str], status: int
) -> None:
    async with _client(service) as client:
        answer = await client.request(**request_)
    assert answer.status_code == status
    assert answer.json()["Message"]
    assert not service.requests


async def test_parameters_can_be_a_json_object(service: Service) -> None:
    params = {"Action": "GetProjectList", "PublicKey": service.account.public_key}
    flat = params | {"TaskId.0": "a", "TaskId.1": "b", "IsDcdn": "true", "Limit": "42", "Tag.Name": "x"}
    sent = params | {"TaskId": ["a", "b"], "IsDcdn": True, "Limit": 42.0, "Tag": {"Name": "x"}, "Offset": None}
    async with _client(service) as client:
        answer = await client.post("/", json=sent | {"Signature": sign(flat, service.account.private_key)})
    assert answer.json()["RetCode"] == 0
    assert service.requests[-1] == flat


async def test_pause_is_awaited_before_each_answer(service: Service) -> None:
    asked: list[int] = []

    async def pause() -> None:
        asked.append(len(service.requests))

    async with httpx.AsyncClient(transport=SimulatorTransport(service, pause=pause), base_url=_ENDPOINT) as client:
        await client.post("/")
        await client.post("/")
    assert asked == [0, 1]


async def test_demo_transport_answers(now: ManualClock) -> None:
    params = {"Action": "DescribeNewUcdnPrefetchCacheTask", "PublicKey": DEMO_PUBLIC_KEY}
    async with httpx.AsyncClient(transport=demo_transport(now, seed=5), base_url=_ENDPOINT) as client:
        answer = await client.post("/", data=params | {"Signature": sign(params, DEMO_PRIVATE_KEY)})
    assert answer.json()["TotalCount"] > 5

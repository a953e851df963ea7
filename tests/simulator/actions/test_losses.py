"""Answers to submissions that get lost or come late, in memory and over HTTP."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest

from simulator.harness import ApiCalls, ids, signed, urls
from support import PATIENCE
from support.servers.simulator_server import background_server, running_server
from ucdn_tui.simulator.actions.losses import Loss, Losses, every
from ucdn_tui.simulator.actions.service import Service
from ucdn_tui.simulator.transport import SimulatorTransport

_REFRESH, _PREFETCH = "RefreshNewUcdnDomainCache", "PrefetchNewUcdnDomainCache"


@pytest.fixture(params=["memory", "http"])
async def client(service: Service, request: pytest.FixtureRequest) -> AsyncIterator[httpx.AsyncClient]:
    if request.param == "memory":
        transport = SimulatorTransport(service)
        async with httpx.AsyncClient(transport=transport, base_url="https://api.ucloud.cn", timeout=PATIENCE) as client:
            yield client
    else:
        with running_server(service) as url:
            async with httpx.AsyncClient(base_url=url, trust_env=False, timeout=PATIENCE) as client:
                yield client


async def _submit(client: httpx.AsyncClient, service: Service, action: str = _REFRESH) -> httpx.Response:
    type_ = {"Type": "file"} if action == _REFRESH else {}
    return await client.post("/", data=signed(service, action, **type_, UrlList=urls(2)))


async def _until_held(service: Service, number: int = 1) -> None:
    async with asyncio.timeout(PATIENCE):
        while service.losses.held != number:
            await asyncio.sleep(0)


@pytest.mark.parametrize(("loss", "created"), [(Loss.AFTER, 1), (Loss.BEFORE, 0)])
@pytest.mark.parametrize("action", [_REFRESH, _PREFETCH])
async def test_connection_is_reset_after_or_before_the_task_is_created(
    service: Service, api: ApiCalls, client: httpx.AsyncClient, action: str, loss: Loss, created: int
) -> None:
    service.losses.append(loss)
    with pytest.raises(httpx.ReadError):
        await _submit(client, service, action)
    assert len(ids(api.refresh()) + ids(api.prefetch())) == created
    assert list(service.submitted.values()) == [1, 1] * created
    assert (
        api.quota("img.example.com")["SubmitRefreshFile" if action == _REFRESH else "SubmitPrefetchCount"]
        == 2 * created
    )


@pytest.mark.parametrize(("loss", "created"), [(Loss.ERROR_AFTER, 1), (Loss.ERROR_BEFORE, 0)])
async def test_answer_is_http_500_after_or_before_the_task_is_created(
    service: Service, api: ApiCalls, client: httpx.AsyncClient, loss: Loss, created: int
) -> None:
    service.losses.append(loss)
    answer = await _submit(client, service)
    assert answer.status_code == 500
    assert "TaskId" not in answer.json()
    assert len(ids(api.refresh())) == created
    assert list(service.submitted.values()) == [1, 1] * created


async def test_slow_answer_comes_when_it_is_released(
    service: Service, api: ApiCalls, client: httpx.AsyncClient
) -> None:
    service.losses.append(Loss.SLOW)
    answer = asyncio.create_task(_submit(client, service))
    await _until_held(service)
    created = ids(api.refresh())
    assert len(created) == 1
    assert (await client.post("/", data=signed(service, "GetProjectList"))).json()["RetCode"] == 0
    assert not answer.done()
    service.losses.release()
    assert (await answer).json()["TaskId"] == created[0]
    assert service.losses.held == 0


async def test_slow_answer_comes_after_the_given_time(service: Service, client: httpx.AsyncClient) -> None:
    service.losses.seconds = 0
    service.losses.append(Loss.SLOW)
    async with asyncio.timeout(PATIENCE):
        assert (await _submit(client, service)).json()["RetCode"] == 0
    assert service.losses.held == 0


async def test_answers_that_are_held_together_are_released_together(
    service: Service, client: httpx.AsyncClient
) -> None:
    for _ in range(2):
        service.losses.append(Loss.SLOW)
    answers = asyncio.gather(_submit(client, service), _submit(client, service, _PREFETCH))
    await _until_held(service, 2)
    service.losses.release()
    assert [answer.status_code for answer in await answers] == [200, 200]


async def test_client_can_give_up_on_a_slow_answer(service: Service, client: httpx.AsyncClient) -> None:
    service.losses.append(Loss.SLOW)
    answer = asyncio.create_task(_submit(client, service))
    await _until_held(service)
    answer.cancel()
    with pytest.raises(asyncio.CancelledError):
        await answer
    service.losses.release()
    assert (await _submit(client, service)).json()["RetCode"] == 0


async def test_each_submitting_call_takes_one_loss_and_other_calls_none(
    service: Service, client: httpx.AsyncClient
) -> None:
    for loss in (Loss.ERROR_AFTER, None, Loss.ERROR_BEFORE):
        service.losses.append(loss)
    for action in ("DescribeNewUcdnRefreshCacheTask", "GetProjectList", "GetUcdnDomainInfoList", "GetUcdnDomainConfig"):
        assert (await client.post("/", data=signed(service, action))).status_code == 200
    assert len(service.losses) == 3
    statuses = [(await _submit(client, service)).status_code for _ in range(4)]
    assert statuses == [500, 200, 500, 200]
    assert len(service.losses) == 0
    assert set(service.submitted.values()) == {3}


async def test_refused_submission_is_lost_too(service: Service, client: httpx.AsyncClient) -> None:
    service.losses.append(Loss.AFTER)
    with pytest.raises(httpx.ReadError):
        await client.post("/", data=signed(service, _REFRESH))
    assert not service.submitted


async def test_losses_can_repeat_after_the_queue(service: Service) -> None:
    losses = Losses(every(3, Loss.BEFORE))
    losses.append(Loss.SLOW)
    taken = [losses.take() for _ in range(7)]
    assert taken == [Loss.SLOW, None, None, Loss.BEFORE, None, None, Loss.BEFORE]
    assert [Losses().take() for _ in range(2)] == [None, None]


async def test_closing_the_server_ends_slow_answers(service: Service) -> None:
    service.losses.append(Loss.SLOW)
    async with httpx.AsyncClient(trust_env=False, timeout=PATIENCE) as client:
        with background_server(service) as server:
            data = signed(service, _REFRESH, Type="file", UrlList=urls(1))
            answer = asyncio.create_task(client.post(server.url, data=data))
            await _until_held(service)
        with pytest.raises((httpx.ReadError, httpx.RemoteProtocolError)):
            await answer
    assert service.losses.held == 0


async def test_reset_logs_nothing(service: Service, capfd: pytest.CaptureFixture[str]) -> None:
    service.losses.append(Loss.AFTER)
    with running_server(service) as url:
        async with httpx.AsyncClient(base_url=url, trust_env=False, timeout=PATIENCE) as client:
            with pytest.raises(httpx.ReadError):
                await _submit(client, service)
            assert (await _submit(client, service)).status_code == 200
    assert capfd.readouterr() == ("", "")

"""The simulator on a socket: what HTTP clients send is understood, and what they break off does no harm."""

import asyncio
import json
import socket
import urllib.request
from collections.abc import AsyncIterator

import httpx
import pytest

from simulator.asking import Ask, signed, urls
from ucdn_tui.simulator.server import Server, background_server, running_server, serve
from ucdn_tui.simulator.service import Service


@pytest.fixture
async def server(service: Service) -> AsyncIterator[Server]:
    async with serve(service) as server:
        yield server


@pytest.fixture
async def client(server: Server) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=server.url, trust_env=False) as client:
        yield client


async def _exchange(server: Server, sent: bytes) -> bytes:
    """Send bytes, then nothing more; return all that comes back."""
    host, _, port = server.url.removeprefix("http://").rpartition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(sent)
    writer.write_eof()
    received = await reader.read()
    writer.close()
    await writer.wait_closed()
    return received


def _status(answer: bytes) -> int:
    return int(answer.split(b" ", 2)[1])


async def test_it_answers_as_the_service_does(service: Service, client: httpx.AsyncClient, ask: Ask) -> None:
    service.account.add("refresh", urls(100))
    answer = await client.post("/", data=signed(service, "DescribeNewUcdnRefreshCacheTask"))
    assert answer.json() == ask.refresh()
    assert {"date", "x-ucloud-request-uuid"} <= set(answer.headers)


@pytest.mark.parametrize("how", ["form", "json", "query"])
async def test_parameters_come_as_a_form_as_json_or_as_a_query(
    service: Service, client: httpx.AsyncClient, how: str
) -> None:
    params = signed(service, "DescribeNewUcdnRefreshCacheTask", TaskId=["a b", "双十一"])
    match how:
        case "form":
            answer = await client.post("/", data=params)
        case "json":
            answer = await client.post("/", json=params)
        case _:
            answer = await client.get("/", params=params)
    assert answer.json()["RetCode"] == 0


async def test_one_connection_carries_many_requests(server: Server, client: httpx.AsyncClient) -> None:
    streams = [(await client.post("/")).extensions["network_stream"].get_extra_info("client_addr") for _ in range(5)]
    assert len(set(streams)) == 1
    assert server.request_count == 5


async def test_many_requests_can_be_under_way_at_once(service: Service) -> None:
    arrived = 0
    everybody = asyncio.Event()

    async def pause() -> None:
        nonlocal arrived
        arrived += 1
        if arrived == 8:
            everybody.set()
        await everybody.wait()

    async with (
        serve(service, pause=pause) as server,
        httpx.AsyncClient(base_url=server.url, trust_env=False) as client,
    ):
        answers = await asyncio.gather(*(client.post("/") for _ in range(8)))
    assert {answer.status_code for answer in answers} == {200}


async def test_it_knows_what_it_was_asked_and_how_much_it_sent(
    server: Server, service: Service, client: httpx.AsyncClient
) -> None:
    answer = await client.post("/", data=signed(service, "GetProjectList", Region="cn-bj2"))
    assert server.requests[-1] == {
        "Action": "GetProjectList",
        "Region": "cn-bj2",
        "PublicKey": service.account.public_key,
    }
    assert len(answer.content) < server.bytes_sent < len(answer.content) + 500


async def test_the_memory_of_requests_is_bounded(server: Server, service: Service, ask: Ask) -> None:
    for number in range(1500):
        ask.refresh(Limit=number)
    assert len(server.requests) == 1000
    assert server.requests[-1]["Limit"] == "1499"


async def test_a_connection_closes_when_the_client_wants_it_to(server: Server) -> None:
    closing = b"POST / HTTP/1.1\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
    keeping = b"POST / HTTP/1.1\r\nContent-Length: 0\r\n\r\n"
    old = b"POST / HTTP/1.0\r\nContent-Length: 0\r\n\r\n"
    assert (await _exchange(server, keeping + closing + keeping)).count(b"HTTP/1.1 200 OK") == 2
    assert (await _exchange(server, old + keeping)).count(b"HTTP/1.1 200 OK") == 1


async def test_a_large_body_is_asked_for_when_the_client_waits(server: Server) -> None:
    body = b"Action=" + b"x" * 100_000
    head = b"POST / HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: %d\r\n\r\n" % len(body)
    answer = await _exchange(server, head + body)
    assert answer.startswith(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n")


async def test_a_head_gets_the_headers_alone(server: Server) -> None:
    answer = await _exchange(server, b"HEAD / HTTP/1.1\r\n\r\n")
    assert _status(answer) == 405
    assert answer.endswith(b"\r\n\r\n")


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"hello\r\n\r\n", 400),
        (b"POST / HTTP/2\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nContent-Le", 400),
        (b"POST / HTTP/1.1\r\nContent-Length: -5\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nContent-Length: 5000000\r\n\r\n", 413),
        (b"POST / HTTP/1.1\r\nContent-Length: " + b"9" * 5000 + b"\r\n\r\n", 413),
        (b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 411),
        (b"POST / HTTP/1.1\r\nX: " + b"y" * 50_000 + b"\r\n\r\n", 431),
    ],
)
async def test_what_makes_no_sense_is_refused_and_the_connection_closed(
    server: Server, sent: bytes, status: int
) -> None:
    answer = await _exchange(server, sent)
    assert _status(answer) == status
    assert b"Connection: close" in answer
    assert json.loads(answer.partition(b"\r\n\r\n")[2])["Message"]


async def test_a_client_that_leaves_in_the_middle_does_no_harm(server: Server, client: httpx.AsyncClient) -> None:
    assert await _exchange(server, b"") == b""
    assert await _exchange(server, b"POST / HTTP/1.1\r\nContent-Length: 10\r\n\r\nAct") == b""
    assert (await client.post("/")).status_code == 200


async def test_closing_ends_idle_connections_and_unanswered_requests(service: Service) -> None:
    async def never() -> None:
        await asyncio.Event().wait()

    async with httpx.AsyncClient(trust_env=False) as client:
        async with serve(service, pause=never) as server:
            idle = await asyncio.open_connection("127.0.0.1", int(server.url.rpartition(":")[2]))
            waiting = asyncio.create_task(client.post(server.url))
            while server.request_count == 0:
                await asyncio.sleep(0)
        with pytest.raises(httpx.TransportError):
            await waiting
        with pytest.raises(httpx.ConnectError):
            await client.post(server.url)
    assert await idle[0].read() == b""
    idle[1].close()
    await idle[1].wait_closed()


async def test_closing_does_not_wait_for_a_client_that_has_stopped_reading(service: Service) -> None:
    service.account.add("refresh", urls(50_000))
    body = httpx.Request("POST", "http://x", data=signed(service, "DescribeNewUcdnRefreshCacheTask")).content
    async with serve(service) as server:
        with socket.create_connection(("127.0.0.1", int(server.url.rpartition(":")[2]))) as deaf:
            deaf.sendall(b"POST / HTTP/1.1\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
            while server.bytes_sent == 0:
                await asyncio.sleep(0)
            async with asyncio.timeout(30):
                await server.hang_up()


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1"])
async def test_it_serves_on_loopback_only(service: Service, host: str) -> None:
    with pytest.raises(ValueError, match="loopback"):
        async with serve(service, host=host):
            pass


async def test_a_port_is_taken_once(server: Server, service: Service) -> None:
    with pytest.raises(OSError, match="in use"):
        async with serve(service, int(server.url.rpartition(":")[2])):
            pass


class TestFromAThread:
    def test_callers_without_an_event_loop_are_served(self, service: Service) -> None:
        with running_server(service) as url:
            opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
            with opener.open(url, b"Action=GetProjectList") as answer:
                assert json.load(answer)["RetCode"] == 170
        assert service.requests[-1] == {"Action": "GetProjectList"}

    def test_its_server_can_be_looked_into(self, service: Service) -> None:
        with background_server(service) as server, httpx.Client(base_url=server.url, trust_env=False) as client:
            client.post("/", data=signed(service, "GetProjectList"))
            assert server.request_count == len(server.requests) == 1

    def test_when_the_block_ends_nobody_listens(self, service: Service) -> None:
        with running_server(service) as url:
            pass
        with pytest.raises(httpx.ConnectError):
            httpx.post(url, trust_env=False)

    def test_a_taken_port_is_told_to_the_caller(self, service: Service) -> None:
        with (
            running_server(service) as url,
            pytest.raises(OSError, match="in use"),
            running_server(service, int(url.rpartition(":")[2])),
        ):
            pass

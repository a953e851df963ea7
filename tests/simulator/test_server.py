"""The simulator on a socket: HTTP parsing, connections, and clients that disconnect."""

import asyncio
import json
import socket
import threading
import urllib.request
from collections.abc import AsyncIterator, Iterator, Mapping
from typing import Any

import httpx
import pytest

from simulator.harness import ApiCalls, signed, urls
from support import PATIENCE
from support.servers.simulator_server import background_server, running_server
from ucdn_tui.simulator.actions.service import Service
from ucdn_tui.simulator.server import Server


class BlockingService(Service):
    """Holds requests until `parties` of them have arrived."""

    def __init__(self, service: Service, parties: int) -> None:
        super().__init__(service.account)
        self.barrier = threading.Barrier(parties)

    def handle(self, params: Mapping[str, str]) -> dict[str, Any]:
        answer = super().handle(params)
        self.barrier.wait()
        return answer


@pytest.fixture
def server(service: Service) -> Iterator[Server]:
    with background_server(service) as server:
        yield server


@pytest.fixture
async def client(server: Server) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=server.url, trust_env=False, timeout=PATIENCE) as client:
        yield client


async def _exchange(server: Server, sent: bytes) -> bytes:
    """Send bytes and end of file; return everything received."""
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


async def test_answers_match_the_service(service: Service, client: httpx.AsyncClient, api: ApiCalls) -> None:
    service.account.add("refresh", urls(100))
    answer = await client.post("/", data=signed(service, "DescribeNewUcdnRefreshCacheTask"))
    assert answer.json() == api.refresh()
    assert {"date", "x-ucloud-request-uuid"} <= set(answer.headers)


@pytest.mark.parametrize("encoding", ["form", "json", "query"])
async def test_parameters_can_be_a_form_json_or_a_query(
    service: Service, client: httpx.AsyncClient, encoding: str
) -> None:
    params = signed(service, "DescribeNewUcdnRefreshCacheTask", TaskId=["a b", "双十一"])
    match encoding:
        case "form":
            answer = await client.post("/", data=params)
        case "json":
            answer = await client.post("/", json=params)
        case _:
            answer = await client.get("/", params=params)
    assert answer.json()["RetCode"] == 0


async def test_one_connection_carries_many_requests(service: Service, client: httpx.AsyncClient) -> None:
    streams = [(await client.post("/")).extensions["network_stream"].get_extra_info("client_addr") for _ in range(5)]
    assert len(set(streams)) == 1
    assert len(service.requests) == 5


async def test_requests_are_answered_concurrently(service: Service) -> None:
    with background_server(BlockingService(service, 8)) as server:
        async with httpx.AsyncClient(base_url=server.url, trust_env=False, timeout=PATIENCE) as client:
            answers = await asyncio.gather(*(client.post("/") for _ in range(8)))
    assert {answer.status_code for answer in answers} == {200}


async def test_requests_are_recorded_without_their_signature(service: Service, client: httpx.AsyncClient) -> None:
    await client.post("/", data=signed(service, "GetProjectList", Region="cn-bj2"))
    assert service.requests[-1] == {
        "Action": "GetProjectList",
        "Region": "cn-bj2",
        "PublicKey": service.account.public_key,
    }


def test_number_of_recorded_requests_is_bounded(service: Service, api: ApiCalls) -> None:
    for number in range(1500):
        api.refresh(Limit=number)
    assert len(service.requests) == 1000
    assert service.requests[-1]["Limit"] == "1499"


async def test_connection_closes_when_the_client_asks(server: Server) -> None:
    closing = b"POST / HTTP/1.1\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
    keeping = b"POST / HTTP/1.1\r\nContent-Length: 0\r\n\r\n"
    old = b"POST / HTTP/1.0\r\nContent-Length: 0\r\n\r\n"
    assert (await _exchange(server, keeping + closing + keeping)).count(b"HTTP/1.1 200 OK") == 2
    assert (await _exchange(server, old + keeping)).count(b"HTTP/1.1 200 OK") == 1


async def test_expect_100_continue_is_answered(server: Server) -> None:
    body = b"Action=" + b"x" * 100_000
    head = b"POST / HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: %d\r\n\r\n" % len(body)
    answer = await _exchange(server, head + body)
    assert answer.startswith(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n")


async def test_head_request_gets_only_headers(server: Server) -> None:
    answer = await _exchange(server, b"HEAD / HTTP/1.1\r\n\r\n")
    assert _status(answer) == 405
    assert answer.endswith(b"\r\n\r\n")


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"hello\r\n\r\n", 400),
        (b"POST / HTTP/2\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nContent-Length: -5\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nContent-Length: 5000000\r\n\r\n", 413),
        (b"POST / HTTP/1.1\r\nContent-Length: " + b"9" * 5000 + b"\r\n\r\n", 413),
        (b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 411),
        (b"POST / HTTP/1.1\r\n" + b"X: y\r\n" * 200 + b"\r\n", 431),
        (b"BREW / HTTP/1.1\r\n\r\n", 501),
    ],
)
async def test_malformed_requests_are_refused_and_close_the_connection(
    server: Server, sent: bytes, status: int
) -> None:
    answer = await _exchange(server, sent)
    assert _status(answer) == status
    assert b"Connection: close" in answer
    assert json.loads(answer.partition(b"\r\n\r\n")[2])["Message"]


async def test_server_survives_a_client_that_disconnects_mid_request(server: Server, client: httpx.AsyncClient) -> None:
    assert await _exchange(server, b"") == b""
    assert await _exchange(server, b"POST / HTTP/1.1\r\nContent-Length: 10\r\n\r\nAct") == b""
    assert (await client.post("/")).status_code == 200


async def test_closing_drops_idle_connections_and_pending_requests(service: Service) -> None:
    waiting = BlockingService(service, 2)
    async with httpx.AsyncClient(trust_env=False, timeout=PATIENCE) as client:
        with background_server(waiting) as server:
            idle = await asyncio.open_connection("127.0.0.1", server.server_address[1])
            unanswered = asyncio.create_task(client.post(server.url))
            while not waiting.requests:
                await asyncio.sleep(0)
        with pytest.raises((httpx.ReadError, httpx.RemoteProtocolError)):
            await unanswered
        with pytest.raises(httpx.ConnectError):
            await client.post(server.url)
    waiting.barrier.wait()
    assert await idle[0].read() == b""
    idle[1].close()
    await idle[1].wait_closed()


def test_closing_does_not_wait_for_a_client_that_stopped_reading(service: Service) -> None:
    service.account.add("refresh", urls(50_000))
    body = httpx.Request("POST", "http://x", data=signed(service, "DescribeNewUcdnRefreshCacheTask")).content
    with (
        background_server(service) as server,
        socket.create_connection(("127.0.0.1", server.server_address[1])) as deaf,
    ):
        deaf.sendall(b"POST / HTTP/1.1\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
        assert deaf.recv(1)
        server.shutdown()
        server.server_close()
        while deaf.recv(1 << 20):
            pass


def test_client_that_disconnects_mid_answer_logs_nothing(service: Service, capfd: pytest.CaptureFixture[str]) -> None:
    service.account.add("refresh", urls(50_000))
    body = httpx.Request("POST", "http://x", data=signed(service, "DescribeNewUcdnRefreshCacheTask")).content
    with background_server(service) as server:
        with socket.create_connection(("127.0.0.1", server.server_address[1])) as leaving:
            leaving.sendall(b"POST / HTTP/1.1\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
            assert leaving.recv(1)
        while any(
            thread.name.startswith("Thread-") and "process_request" in thread.name for thread in threading.enumerate()
        ):
            pass
    assert capfd.readouterr() == ("", "")


def test_serves_on_loopback_only(server: Server) -> None:
    assert server.server_address[0] == "127.0.0.1"


class TestBackgroundServer:
    def test_serves_clients_without_an_event_loop(self, service: Service) -> None:
        with running_server(service) as url:
            opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
            with opener.open(url, b"Action=GetProjectList") as answer:
                assert json.load(answer)["RetCode"] == 170
        assert service.requests[-1] == {"Action": "GetProjectList"}

    def test_port_is_closed_after_the_block(self, service: Service) -> None:
        with running_server(service) as url:
            pass
        with pytest.raises(httpx.ConnectError):
            httpx.post(url, trust_env=False, timeout=PATIENCE)

    def test_port_in_use_raises(self, service: Service) -> None:
        with (
            running_server(service) as url,
            pytest.raises(OSError, match="in use"),
            running_server(service, int(url.rpartition(":")[2])),
        ):
            pass

"""The edges on real sockets, plain and with TLS."""

import errno
import socket
import ssl
import sys
import time
from collections.abc import Iterator
from contextlib import suppress

import httpx
import pytest
import trustme

from support import PATIENCE
from support.servers.edge_server import Edges, running_edges
from ucdn_tui.simulator.account import Account
from ucdn_tui.simulator.edges import server as server_module
from ucdn_tui.simulator.edges.network import EdgeNetwork
from ucdn_tui.simulator.edges.nodes import ORIGIN
from ucdn_tui.simulator.edges.quirks import Quirk
from ucdn_tui.simulator.edges.server import ADDRESSES, EdgeServer

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux has all of 127.0.0.0/8")

_HOST = "img.example.com"


@pytest.fixture
def account() -> Account:
    return Account(time.time)


@pytest.fixture
def edges(account: Account) -> Iterator[Edges]:
    with running_edges(account) as edges:
        yield edges


@pytest.fixture
def client() -> Iterator[httpx.Client]:
    with httpx.Client(trust_env=False, timeout=PATIENCE) as client:
        yield client


def _ask(
    client: httpx.Client, edges: Edges, address: str, host: str = _HOST, method: str = "GET", **headers: str
) -> httpx.Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return client.request(method, f"http://{address}:{edges.port}/a.jpg", headers={"Host": host, **named})


def _words(answer: httpx.Response) -> list[str]:
    return [member.split()[0] for member in answer.headers["X-Via-Ucdn"].split(",")]


def test_each_edge_answers_at_its_address(edges: Edges, client: httpx.Client) -> None:
    for address in edges.addresses:
        answer = _ask(client, edges, address, f"{_HOST}:{edges.port}")
        assert answer.headers["X-Via-Ucdn"].startswith(f"HIT by {address}")
        assert len(answer.content) == int(answer.headers["Content-Length"]) > 0
        head = _ask(client, edges, address, method="HEAD")
        assert (head.content, head.headers["Content-Length"]) == (b"", answer.headers["Content-Length"])


def test_the_origin_answers_conditional_requests(edges: Edges, client: httpx.Client, account: Account) -> None:
    etag = _ask(client, edges, ORIGIN).headers["ETag"]
    unchanged = _ask(client, edges, ORIGIN, if_none_match=etag)
    assert (unchanged.status_code, "Content-Length" in unchanged.headers) == (304, False)
    edges.publish(edges.url(_HOST))
    assert _ask(client, edges, ORIGIN, if_none_match=etag).status_code == 200
    assert account.origin_port == edges.port, "the domains' configuration tells it"


def test_a_purge_shows_at_all_edges_but_a_stale_one(edges: Edges, client: httpx.Client) -> None:
    url, stale = edges.url(_HOST), edges.addresses[3]
    edges.make_stale(stale, url, 3600)
    for address in edges.addresses:
        _ask(client, edges, address)
    edges.purge_finished(url)
    answers = [_words(_ask(client, edges, address)) for address in edges.addresses]
    assert answers == [["MISS", "MISS"], ["MISS", "HIT"], ["MISS", "MISS"], ["HIT", "HIT"]]
    assert int(_ask(client, edges, stale).headers["Age"]) >= 600


def test_a_prefetch_shows_at_the_parents(edges: Edges, client: httpx.Client) -> None:
    edges.prefetch_finished(edges.url(_HOST))
    assert _words(_ask(client, edges, edges.addresses[0])) == ["MISS", "HIT"]


def test_quirks_can_be_set_and_taken_back(edges: Edges, client: httpx.Client) -> None:
    address = edges.addresses[0]
    edges.set_quirk(_HOST, Quirk.RESET)
    with pytest.raises(httpx.ReadError):
        _ask(client, edges, address)
    edges.set_quirk(_HOST, Quirk.FORBIDDEN)
    assert _ask(client, edges, address).status_code == 403
    edges.set_quirk(_HOST, None)
    assert _ask(client, edges, address).status_code == 200


def test_hostile_headers_go_out_as_they_are(edges: Edges, client: httpx.Client) -> None:
    answer = _ask(client, edges, edges.addresses[0], "hostile.edge.example.com")
    raw = dict(answer.headers.raw)
    assert b"\x1b[2J" in raw[b"Server"]
    assert "\u202e".encode() in raw[b"X-Via-Ucdn"]
    assert len(raw[b"Cache-Control"]) == 8192


def test_closing_the_server_ends_a_slow_connection(account: Account) -> None:
    with running_edges(account) as edges:
        connection = socket.create_connection((edges.addresses[0], edges.port), timeout=PATIENCE)
        connection.sendall(b"GET / HTTP/1.1\r\nHost: slow.edge.example.com\r\n\r\n")
    with connection, suppress(ConnectionError):
        connection.recv(1)  # the answer or the end, but not a time-out


def test_other_methods_end_the_connection(edges: Edges, client: httpx.Client) -> None:
    answer = client.post(f"http://{edges.addresses[0]}:{edges.port}/", content=b"GET / HTTP/1.1\r\n\r\n")
    assert (answer.status_code, answer.headers["Connection"]) == (405, "close")


def test_tls_has_a_certificate_for_the_name_or_another_one(account: Account) -> None:
    authority = trustme.CA()
    tls, other = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("*.example.com", "*.edge.example.com").configure_cert(tls)
    authority.issue_cert("cdn.example.edu").configure_cert(other)
    trusting = ssl.create_default_context()
    authority.configure_trust(trusting)

    def ask(edges: Edges, host: str) -> httpx.Response:
        with httpx.Client(verify=trusting, trust_env=False, timeout=PATIENCE) as client:
            url = f"https://{edges.addresses[1]}:{edges.port}/"
            return client.get(url, headers={"Host": host}, extensions={"sni_hostname": host})

    with running_edges(account, tls=tls, other_tls=other) as edges:
        assert ask(edges, _HOST).status_code == 200
        assert ask(edges, "redirect.edge.example.com").status_code == 200, "this is https"
        with pytest.raises(httpx.ConnectError, match=r"certificate is not valid for 'certificate\.edge\.example\.com'"):
            ask(edges, "certificate.edge.example.com")
        assert ask(edges, _HOST).status_code == 200, "the refused handshake hurt nobody"
    with running_edges(account, tls=tls) as edges, pytest.raises(httpx.ConnectError, match="UNRECOGNIZED_NAME"):
        ask(edges, "certificate.edge.example.com")


def test_a_taken_port_is_reported_with_its_address(edges: Edges, account: Account) -> None:
    with pytest.raises(OSError, match="in use") as error:
        EdgeServer(EdgeNetwork(account), edges.port)
    assert (error.value.errno, error.value.filename) == (errno.EADDRINUSE, ADDRESSES[0])


def test_a_port_is_chosen_that_is_free_at_all_addresses(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    refused: list[int] = []

    class Taken(server_module._NodeServer):
        """The third address has another server at the first port that is tried."""

        def __init__(self, edges: EdgeServer, address: str, port: int) -> None:
            if address == ADDRESSES[2] and not refused:
                refused.append(port)
                raise OSError(errno.EADDRINUSE, "Address already in use")
            super().__init__(edges, address, port)

    monkeypatch.setattr(server_module, "_NodeServer", Taken)
    with EdgeServer(EdgeNetwork(account)) as server:
        assert refused
        for address in ADDRESSES:
            socket.create_connection((address, server.port), timeout=PATIENCE).close()

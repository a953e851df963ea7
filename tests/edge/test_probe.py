"""One request to one address: what is sent, what is read, and every way to get no answer, over real sockets."""

import ssl

import pytest
import trustme

from support import PATIENCE
from support.clock import FakeClock
from support.servers.raw_server import RawServer, answer, closed_port, raw, reset, silent
from ucdn_tui import __version__
from ucdn_tui.edge.models import Answer, Failure, Obstacle
from ucdn_tui.edge.probe import Prober
from ucdn_tui.errors import Fault

NAME = "img.example.com"
ADDRESS = "127.0.0.1"


def prober(**options) -> Prober:
    return Prober(FakeClock(), **{"allow_loopback": True, "timeout": PATIENCE, **options})


async def failure_of(server: RawServer, *, scheme: str = "http", **options) -> Failure | None:
    async with prober(**options) as probes:
        return (await probes.probe(f"{scheme}://{NAME}:{server.port}/a.jpg", ADDRESS)).failure


async def test_a_probe_sends_what_a_visitor_sends_and_nothing_else():
    async with RawServer(answer(b"body")) as server, prober() as probes:
        await probes.probe(f"http://{NAME}:{server.port}/Ä%2f..//a?b= c#d", ADDRESS)

    (request,) = server.requests
    assert (request.method, request.target) == ("GET", "/%C3%84%2f..//a?b=%20c")
    assert request.headers == {
        "host": f"{NAME}:{server.port}",
        "accept": "*/*",
        "accept-encoding": "gzip",
        "user-agent": f"ucdn-tui/{__version__}",
        "connection": request.headers["connection"],
    }


async def test_a_probe_reads_the_head_of_the_answer():
    headers = {"Age": "400", "ETag": '"1"', "X-Via-Ucdn": "HIT by 192.0.2.1, MISS by 192.0.2.2"}
    async with RawServer(answer(b"body", 404, headers)) as server, prober() as probes:
        probe = await probes.probe(f"http://{NAME}:{server.port}/a", ADDRESS)

    assert probe.failure is None
    assert probe.answer is not None
    assert probe.answer.status == 404
    assert probe.answer.header("age") == "400"
    assert probe.answer.header("x-via-ucdn") == "HIT by 192.0.2.1, MISS by 192.0.2.2"
    assert probe.answer.header("absent") == ""
    assert probe.at == FakeClock().server_now()


async def test_a_body_is_left_unread():
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 50000000\r\n\r\n"
    async with RawServer(silent(head + b"x" * 1000)) as server, prober() as probes:
        probe = await probes.probe(f"http://{NAME}:{server.port}/a", ADDRESS)
        await server.idle()  # the connection was dropped, though 50 MB were to come

    assert probe.answer is not None
    assert probe.answer.header("content-length") == "50000000"


async def test_head_is_asked_for_on_request_only():
    async with RawServer(answer()) as server, prober(method="HEAD") as probes:
        await probes.probe(f"http://{NAME}:{server.port}/a", ADDRESS)

    assert server.requests[0].method == "HEAD"


async def test_a_redirect_is_not_followed():
    async with RawServer(answer(b"", 301, {"Location": "https://example.com/"})) as server, prober() as probes:
        probe = await probes.probe(f"http://{NAME}:{server.port}/a", ADDRESS)

    assert len(server.requests) == 1
    assert probe.answer is not None
    assert probe.answer.header("location") == "https://example.com/"


@pytest.mark.parametrize("location", ["https://example.com:port/", "//[", "/a\x7fb"])
async def test_a_redirect_to_no_url_is_a_redirect(location):
    async with RawServer(answer(b"", 302, {"Location": location})) as server, prober() as probes:
        probe = await probes.probe(f"http://{NAME}:{server.port}/a", ADDRESS)

    assert probe.answer is not None
    assert probe.answer.status == 302
    assert probe.answer.header("location").isprintable()


async def test_cookies_of_an_answer_are_not_sent_back():
    cookie = {"Set-Cookie": f"a=b; Domain={NAME}"}
    async with RawServer(answer(b"", 200, cookie)) as server, prober() as probes:
        for _ in range(2):
            await probes.probe(f"http://{NAME}:{server.port}/a", ADDRESS)

    assert len(server.requests) == 2
    assert not any("cookie" in request.headers for request in server.requests)


async def test_proxies_and_netrc_are_not_used(monkeypatch, tmp_path):
    (tmp_path / ".netrc").write_text(f"machine {NAME} login someone password secret\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    with closed_port() as port:
        for name in ("http_proxy", "all_proxy", "HTTP_PROXY", "ALL_PROXY"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{port}")
        async with RawServer(answer()) as server, prober() as probes:
            probe = await probes.probe(f"http://{NAME}:{server.port}/a", ADDRESS)

    assert probe.answer is not None
    assert "authorization" not in server.requests[0].headers


@pytest.mark.parametrize("value", ["\x1b]0;pwn\x07", "\x9b31m", "a\tb", "é" * 5000])
async def test_a_hostile_header_is_sanitized_and_cut(value):
    data = f"HTTP/1.1 200 OK\r\nETag: {value}\r\nContent-Length: 0\r\n\r\n".encode("latin-1")
    async with RawServer(raw(data)) as server, prober() as probes:
        probe = await probes.probe(f"http://{NAME}:{server.port}/a", ADDRESS)

    if probe.answer is None:  # httpx itself refuses some controls
        assert probe.failure == Failure(Obstacle.NOT_HTTP)
    else:
        assert probe.answer.header("etag").isprintable()
        assert len(probe.answer.header("etag")) <= 1100


async def test_an_address_that_is_not_public_is_not_asked():
    async with RawServer(answer()) as server:
        assert await failure_of(server, allow_loopback=False) == Failure(Obstacle.NOT_PUBLIC)
        assert server.connections == 0

        assert await failure_of(server, allow_loopback=False, allow_private=True) is None


async def test_a_text_that_is_no_url_is_not_asked():
    async with prober() as probes:
        assert (await probes.probe("img.example.com/a", ADDRESS)).failure == Failure(Obstacle.INVALID_URL)


@pytest.mark.parametrize(
    ("behaviour", "reason"),
    [
        (reset(), Fault.BROKEN),
        (reset(b"HTTP/1.1 200 OK\r\nContent-"), Fault.BROKEN),
        (raw(b""), Fault.BROKEN),
        (raw(b"SSH-2.0-OpenSSH_9.2\r\n\r\n"), Obstacle.NOT_HTTP),
    ],
)
async def test_an_answer_that_breaks_is_named(behaviour, reason):
    async with RawServer(behaviour) as server:
        failure = await failure_of(server)

    assert failure is not None
    assert failure.reason is reason


async def test_an_address_that_does_not_answer_in_time_is_named():
    async with RawServer(silent()) as server:
        assert await failure_of(server, timeout=0.5) == Failure(Fault.TIMEOUT)


async def test_a_closed_port_is_named():
    with closed_port() as port:
        async with prober() as probes:
            probe = await probes.probe(f"http://{NAME}:{port}/a", ADDRESS)

    assert probe.failure == Failure(Fault.REFUSED)


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


def contexts(authority: trustme.CA, name: str) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """Return the contexts of a server with a certificate for this name, and of a client that trusts it."""
    server, client = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    authority.issue_cert(name).configure_cert(server)
    authority.configure_trust(client)
    return server, client


async def test_a_certificate_is_verified_for_the_name_not_the_address(authority):
    its, ours = contexts(authority, NAME)
    async with RawServer(answer(), tls=its) as server:
        assert await failure_of(server, scheme="https", tls=ours) is None


async def test_a_certificate_for_another_name_is_refused(authority):
    its, ours = contexts(authority, ADDRESS)
    async with RawServer(answer(), tls=its) as server:
        failure = await failure_of(server, scheme="https", tls=ours)

    assert failure is not None
    assert failure.reason is Fault.CERTIFICATE
    assert NAME in failure.detail
    assert server.requests == []


async def test_an_edge_without_tls_is_named():
    async with RawServer(hello=b"HTTP/1.0 400 Bad Request\r\n\r\n") as server:
        assert await failure_of(server, scheme="https", tls=ssl.create_default_context()) == Failure(Fault.TLS)


async def test_the_origin_is_asked_whether_the_copy_is_still_right():
    edge = Answer(200, (("etag", '"1"'), ("last-modified", "Thu, 09 Oct 2025 08:53:20 GMT")))
    async with RawServer(answer(b"", 304)) as server, prober() as probes:
        probe = await probes.probe_origin(f"https://{NAME}/a?b", ADDRESS, "origin.example.com", server.port, edge)

    (request,) = server.requests
    assert request.target == "/a?b"
    assert request.headers["host"] == f"origin.example.com:{server.port}"
    assert request.headers["if-none-match"] == '"1"'
    assert request.headers["if-modified-since"] == "Thu, 09 Oct 2025 08:53:20 GMT"
    assert probe.answer is not None
    assert probe.answer.status == 304


async def test_an_origin_without_a_name_of_its_own_gets_the_urls():
    async with RawServer(answer()) as server, prober() as probes:
        await probes.probe_origin(f"http://{NAME}/a", ADDRESS, "", server.port, Answer(200, ()))

    assert server.requests[0].headers["host"] == f"{NAME}:{server.port}"
    assert "if-none-match" not in server.requests[0].headers


@pytest.mark.parametrize("etag", ['"中"', '"\\x1b"', "x" * 1000])
async def test_any_etag_of_an_edge_can_be_asked_about(etag):
    async with RawServer(answer()) as server, prober() as probes:
        probe = await probes.probe_origin(f"http://{NAME}/a", ADDRESS, "", server.port, Answer(200, (("etag", etag),)))

    assert probe.failure is None

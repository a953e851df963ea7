"""The cases of the table of faults in `errors`: how each is brought about, and what has to follow."""

import asyncio
import datetime
import gzip
import itertools
import json
import socket
import ssl
from collections.abc import AsyncIterator, Callable, Container
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from dataclasses import dataclass
from functools import cache
from typing import Any
from unittest.mock import patch

import trustme

from support.servers.faulty_dashboard import FaultyDashboard
from support.servers.faulty_server import Port
from support.servers.raw_server import Behaviour, Request, answer, endless, head, raw, reset, silent
from ucdn_tui.api.client import DESCRIBE_PREFETCH, DESCRIBE_REFRESH
from ucdn_tui.api.models import TaskKind

REFRESH, PREFETCH = TaskKind.REFRESH, TaskKind.PREFETCH

BACKS_OFF, EACH_MINUTE, WAITS = "backs off", "tries each minute", "waits for a person"

MIN_DELAY, MAX_BACK_OFF = 1.0, 60.0
"""Minimum and, without Retry-After, maximum seconds between two tries, as documented."""

ROUNDING = 1e-6
"""Tolerance in seconds."""

TIMEOUT = 0.2
"""Timeout in real seconds, where a server lets a call time out."""

LIMIT = 2**20
"""Maximum bytes of an answer here; the real limit has its own test."""

NAME = "api.example.invalid"
"""A host name that only the resolver of these tests knows."""

PART = head(headers={"Content-Length": "1000"}) + b'{"RetCode": 0,'
CHUNKED = head(headers={"Transfer-Encoding": "chunked"}) + b'e\r\n{"RetCode": 0,\r\n'
LOGIN_PAGE = b"<!DOCTYPE html><title>Hotel</title><form action='/login'>"
OOPS = b"<html>oops</html>"
TOO_OLD = b"\x15\x03\x01\x00\x02\x02\x46"
"""The TLS alert of a server that supports none of the offered versions."""

Fault = Callable[[FaultyDashboard], AbstractAsyncContextManager[None]]
"""A context in which the fault lasts."""


@dataclass(frozen=True)
class Case:
    """A fault, what the screen says of it, and what the poller does."""

    name: str
    fault: Fault
    title: str
    words: str = ""
    """What else the screen says."""

    health: str = "FAILED"
    does: str = BACKS_OFF
    place: str = "plain"
    """The server's endpoint, see `arranged`."""

    retry_after: float = 0.0
    """The server's Retry-After, in seconds."""

    lasts: float = 66.0
    """Duration of the fault in seconds; short where each try takes real time."""

    arrives: bool = True
    """Whether requests reach the server."""


# What goes wrong with an answer


def answering(*behaviours: Behaviour, kinds: Container[TaskKind] = tuple(TaskKind)) -> Fault:
    """Answer requests about these kinds with this behaviour, or with several in turn."""
    turns = itertools.cycle(behaviours)

    @asynccontextmanager
    async def fault(ui: FaultyDashboard) -> AsyncIterator[None]:
        ui.server.fault = lambda asked: next(turns) if asked.kind in kinds else None
        yield
        ui.server.fault = lambda _asked: None

    return fault


def says(document: Any, status: int = 200, **headers: str) -> Behaviour:
    """Answer every request with this document."""
    return answer(json.dumps(document).encode(), status, {n.replace("_", "-"): v for n, v in headers.items()})


def refusal(code: Any, **more: Any) -> dict[str, Any]:
    """Return an error of the API."""
    return {"RetCode": code, "Message": "no such luck", "Action": "", **more}


@asynccontextmanager
async def another_action(ui: FaultyDashboard) -> AsyncIterator[None]:
    """Answer each kind as if the other one had been requested."""
    other = {REFRESH: DESCRIBE_PREFETCH, PREFETCH: DESCRIBE_REFRESH}
    ui.server.rewrite = lambda asked, document: document | {"Action": f"{other[asked.kind]}Response"}
    yield
    ui.server.rewrite = lambda _asked, document: document


@asynccontextmanager
async def redirected(ui: FaultyDashboard) -> AsyncIterator[None]:
    """Redirect to another server, which must get no request."""
    strangers: list[Request] = []

    async def stranger(request: Request, _reader: object, _writer: object) -> bool:
        strangers.append(request)
        return False

    async with Port() as elsewhere:
        await elsewhere.listen(stranger)
        location: dict[str, str | None] = {"Location": f"http://127.0.0.1:{elsewhere.number}/?a=b"}
        async with answering(*(answer(b"", status, location) for status in (301, 302, 303, 307, 308)))(ui):
            yield
    assert strangers == [], "the signed request was sent to another server"


def too_slow(fault: Fault) -> Fault:
    """Do the same to a client with a short timeout."""

    @asynccontextmanager
    async def impatient(ui: FaultyDashboard) -> AsyncIterator[None]:
        async with ui.impatient(TIMEOUT), fault(ui):
            yield

    return impatient


# What goes wrong with the server's port, and with the way there


@cache
def authority() -> trustme.CA:
    """A certificate authority, trusted where `arranged` says so."""
    return trustme.CA()


@cache
def certificate(*names: str, expired: bool = False, trusted: bool = True) -> ssl.SSLContext:
    """Return a server context with a certificate for these names."""
    now, day = datetime.datetime.now(datetime.UTC), datetime.timedelta(days=1)
    dates = {"not_before": now - 2 * day, "not_after": now - day} if expired else {}
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    (authority() if trusted else trustme.CA()).issue_cert(*names, **dates).configure_cert(context)
    return context


def showing(*names: str, **options: bool) -> Fault:
    """Make the server present another certificate."""

    @asynccontextmanager
    async def fault(ui: FaultyDashboard) -> AsyncIterator[None]:
        await ui.server.listen_as_another(tls=certificate(*names, **options))
        yield
        await ui.server.listen()

    return fault


def greeting(hello: bytes | None) -> Fault:
    """Make another server listen at the port, which answers everything with this, or not at all."""

    @asynccontextmanager
    async def fault(ui: FaultyDashboard) -> AsyncIterator[None]:
        await ui.server.listen_as_another(hello=hello)
        yield
        await ui.server.listen()

    return fault


@asynccontextmanager
async def nobody_listens(ui: FaultyDashboard) -> AsyncIterator[None]:
    await ui.server.port.close()
    yield
    await ui.server.listen()


@asynccontextmanager
async def proxy_is_gone(ui: FaultyDashboard) -> AsyncIterator[None]:
    assert ui.proxy is not None
    await ui.proxy.close()
    yield
    await ui.proxy.listen(tunnel_to(ui.server.port.number))


def resolving(*addresses: str) -> Fault:
    """Resolve the name to these addresses instead, or to none."""

    @asynccontextmanager
    async def fault(ui: FaultyDashboard) -> AsyncIterator[None]:
        await ui.server.listen()  # the connections that there are break off
        with patch("socket.getaddrinfo", resolver(*addresses)):
            yield

    return fault


def resolver(*addresses: str) -> Callable[..., Any]:
    def getaddrinfo(host: Any, port: Any, *_args: Any, **_options: Any) -> Any:
        assert host in (NAME, NAME.encode()), f"unexpected host {host}"
        if not addresses:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, int(port))) for address in addresses]

    return getaddrinfo


def proxy_refuses(status: int) -> Fault:
    """Let the proxy answer CONNECT with this status."""
    refuse = answer(b"", status)

    @asynccontextmanager
    async def fault(ui: FaultyDashboard) -> AsyncIterator[None]:
        assert ui.proxy is not None
        await ui.proxy.listen(lambda _request, reader, writer: refuse(reader, writer))
        yield
        await ui.proxy.listen(tunnel_to(ui.server.port.number))

    return fault


def tunnel_to(number: int) -> Callable[[Request, asyncio.StreamReader, asyncio.StreamWriter], Any]:
    """Behave as a proxy after CONNECT: copy bytes in both directions."""

    async def carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await reader.read(65536):
                writer.write(data)
                await writer.drain()

    async def behave(request: Request, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        assert (request.method, request.target) == ("CONNECT", f"{NAME}:443")
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", number)
        both = [asyncio.create_task(carry(reader, far_writer)), asyncio.create_task(carry(far_reader, writer))]
        try:
            writer.write(b"HTTP/1.1 200 Go on\r\n\r\n")
            await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for one in both:
                one.cancel()
            await asyncio.gather(*both, return_exceptions=True)
            far_writer.close()
            with suppress(OSError):
                await far_writer.wait_closed()
        return False

    return behave


# The table

LIMITED = {"title": "Rate limited", "health": "RATE LIMITED"}
NO_ANSWER = {"title": "Unexpected response"}
DISTRUST = {"title": "Certificate not trusted", "does": EACH_MINUTE, "lasts": 126.0, "place": "tls", "arrives": False}
BROKEN = {"title": "Connection broken", "words": "broken by 127.0.0.1"}
SLOW = {"title": "Timed out", "words": "waiting for 127.0.0.1.", "lasts": 16.0}
PERSON = {"health": "SIGN-IN NEEDED", "does": WAITS, "lasts": 300.0}
LATER = {"does": EACH_MINUTE, "lasts": 126.0}

CASES = [
    # No answer
    Case("name not found", resolving(), "Name not found", NAME, place="name", arrives=False),
    Case("no way to the host", resolving("255.255.255.255"), "No connection", NAME, place="name", arrives=False),
    Case("refused", nobody_listens, "Connection refused", "by 127.0.0.1", arrives=False),
    Case("reset before an answer", answering(reset()), **BROKEN),
    Case("reset in the head", answering(reset(head()[:20])), **BROKEN),
    Case("reset in the body", answering(reset(PART)), **BROKEN),
    Case("closed before an answer", answering(raw(b"")), **BROKEN),
    Case("half a body", answering(raw(PART)), **BROKEN),
    Case("half a body in chunks", answering(raw(CHUNKED)), **BROKEN),
    Case("no answer in time", too_slow(answering(silent())), **SLOW),
    Case("no more than half an answer in time", too_slow(answering(silent(PART))), **SLOW),
    Case("a head that drips", too_slow(answering(endless(b"X", b"HTTP/1.1 200 OK\r\nX-Drip: "))), **SLOW),
    Case("a body that drips", too_slow(answering(endless(b" ", PART))), **SLOW),
    Case("a handshake that never ends", too_slow(greeting(None)), place="tls", arrives=False, **SLOW),
    Case("certificate unknown", showing("127.0.0.1", trusted=False), words="local issuer certificate", **DISTRUST),
    Case("certificate expired", showing("127.0.0.1", expired=True), words="certificate has expired", **DISTRUST),
    Case("another address's certificate", showing("127.0.0.2"), words="IP address mismatch", **DISTRUST),
    Case("another host's certificate", showing("api.ucloud.cn"), words="IP address mismatch", **DISTRUST),
    Case("no TLS", greeting(b"HTTP/1.1 400 Bad\r\n\r\n"), "TLS handshake failed", place="tls", arrives=False),
    Case("an old TLS", greeting(TOO_OLD), "TLS handshake failed", place="tls", arrives=False),
    Case("the proxy is not there", proxy_is_gone, "Proxy failed", NAME, place="tunnel", arrives=False),
    Case("the proxy refuses", proxy_refuses(403), "Proxy failed", NAME, place="tunnel", arrives=False),
    Case("the proxy wants a login", proxy_refuses(407), "Proxy refused", place="tunnel", arrives=False),
    # An answer, but not one of the API's
    Case("not HTTP", answering(raw(b"<html>\r\n\r\n</html>")), words="not HTTP", **NO_ANSWER),
    Case(
        "broken compression",
        answering(answer(b"no gzip at all", headers={"Content-Encoding": "gzip"})),
        words="compression is broken",
        **NO_ANSWER,
    ),
    Case(
        "half a compressed body",
        answering(answer(gzip.compress(b'{"RetCode": 0}' * 99)[:-20], headers={"Content-Encoding": "gzip"})),
        **NO_ANSWER,
    ),
    Case("a login page", answering(answer(LOGIN_PAGE)), words="web page", **NO_ANSWER),
    Case("empty", answering(answer(b"")), words="empty", **NO_ANSWER),
    Case("null", answering(says(None)), words="not an object", **NO_ANSWER),
    Case("a list", answering(says([{"RetCode": 0}])), words="not an object", **NO_ANSWER),
    Case("no JSON", answering(answer(b"RetCode=0")), words="not JSON", **NO_ANSWER),
    Case("no RetCode", answering(says({"TaskList": []})), words="no RetCode", **NO_ANSWER),
    Case("a RetCode of a wrong type", answering(says({"RetCode": {"0": 0}})), words="no RetCode", **NO_ANSWER),
    Case("a RetCode that is no code", answering(says({"RetCode": "fine"})), words="no RetCode", **NO_ANSWER),
    Case("half a RetCode", answering(says({"RetCode": 0.5})), words="no RetCode", **NO_ANSWER),
    Case("another action's answer", another_action, words="another action", **NO_ANSWER),
    Case("too large", answering(endless(b" " * 2**17, head())), words="larger than 1 MB", **NO_ANSWER),
    # HTTP statuses
    Case("redirected", redirected, "Redirect not followed", "(HTTP 30"),
    *(
        Case(f"HTTP {status}", answering(answer(b"", status), answer(OOPS, status)), title, f"(HTTP {status})")
        for status, title in [
            *dict.fromkeys((400, 403, 404), "Request refused").items(),
            (407, "Proxy refused"),
            *dict.fromkeys((500, 502, 503), "Server error").items(),
        ]
    ),
    Case("HTTP 204", answering(answer(b"", 204)), words="(HTTP 204)", **NO_ANSWER),
    Case("HTTP 503 that asks to wait", answering(says({}, 503, Retry_After="45")), "Server error", retry_after=45.0),
    Case("HTTP 429", answering(answer(b"", 429), answer(OOPS, 429)), words="(HTTP 429)", **LIMITED),
    Case("HTTP 429 that asks to wait", answering(says({}, 429, Retry_After="45")), retry_after=45.0, **LIMITED),
    Case(
        "HTTP 429 that asks to wait until a time",
        answering(says({}, 429, Date="Thu, 09 Oct 2025 01:00:00 GMT", Retry_After="Thu, 09 Oct 2025 01:00:40 GMT")),
        retry_after=40.0,
        **LIMITED,
    ),
    Case("HTTP 503 in the API's own words", answering(says(refusal(153), 503)), words="(RetCode 153)", **LIMITED),
    Case("HTTP 403 in the API's own words", answering(says(refusal(172), 403)), "Wrong public key", **PERSON),
    # Refusals of the API
    *(Case(f"RetCode {code}", answering(says(refusal(code))), "API unavailable") for code in (110, 130, 150)),
    Case("RetCode 153", answering(says(refusal(153))), words="(RetCode 153): no such luck", **LIMITED),
    Case('RetCode "153"', answering(says(refusal("153"))), words="(RetCode 153): no such luck", **LIMITED),
    Case("RetCode 153 that asks to wait", answering(says(refusal(153), Retry_After="45")), retry_after=45.0, **LIMITED),
    *(Case(f"RetCode {code}", answering(says(refusal(code))), "Unknown action") for code in (160, 161)),
    *(Case(f"RetCode {code}", answering(says(refusal(code))), "Wrong private key", **PERSON) for code in (170, 171)),
    Case("RetCode 172", answering(says(refusal(172))), "Wrong public key", **PERSON),
    Case("RetCode 174", answering(says(refusal(174))), "Login expired", **PERSON),
    Case('RetCode "174"', answering(says(refusal("174"))), "Login expired", **PERSON),
    Case("RetCode 292", answering(says(refusal(292))), "No such project", **LATER),
    Case("RetCode 294", answering(says(refusal(294))), "IP address refused", **LATER),
    Case("RetCode 295", answering(says(refusal(295))), "Security lock", **LATER),
    Case("RetCode 299", answering(says(refusal(299))), "No permission", **LATER),
    *(
        Case(f"RetCode {code}", answering(says(refusal(code))), "API error", f"(RetCode {code}): no such luck")
        for code in (8039, -1)
    ),
]

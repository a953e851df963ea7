"""Every fault of the table in `errors`, from a real socket to the screen: reported, survived, and recovered from.

The network is real, and so is the program from its client to its screen; only the time is moved by hand.
"""

import asyncio
import datetime
import gzip
import itertools
import json
import re
import socket
import ssl
import threading
from collections.abc import AsyncIterator, Callable, Container, Iterable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any, cast
from unittest.mock import patch

import keyring.errors
import pytest
import trustme

from support import PATIENCE
from support.clock import FakeClock
from support.screen.dashboard import account, add
from support.servers.faulty_dashboard import FaultyDashboard, faulty_dashboard
from support.servers.faulty_server import INTERVAL, Port
from support.servers.raw_server import Behaviour, Request, answer, endless, head, raw, reset, silent
from ucdn_tui import errors
from ucdn_tui.account import credentials
from ucdn_tui.account.credentials import KeyStore
from ucdn_tui.api.caller import BODY_LIMIT
from ucdn_tui.api.client import DESCRIBE_PREFETCH, DESCRIBE_REFRESH
from ucdn_tui.api.models import TaskKind
from ucdn_tui.duration_words import short_duration
from ucdn_tui.simulator.account import Account as Simulated
from ucdn_tui.ui.text.format import status_word

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


@asynccontextmanager
async def arranged(
    case: Case, clock: FakeClock, simulated: Simulated, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> AsyncIterator[FaultyDashboard]:
    """Run the program over the account, with the server where the case needs it."""
    port, proxy, options = Port(), Port(), {"client": {"body_limit": LIMIT}}
    authorities = tmp_path / "authorities.pem"
    match case.place:
        case "tls":
            options |= {"endpoint": "https://127.0.0.1:{port}", "tls": certificate("127.0.0.1")}
        case "name":
            monkeypatch.setattr(socket, "getaddrinfo", resolver("127.0.0.1"))
            options |= {"endpoint": f"http://{NAME}:{{port}}"}
        case "tunnel":
            monkeypatch.setenv("https_proxy", f"http://127.0.0.1:{proxy.number}")
            options |= {"endpoint": f"https://{NAME}", "tls": certificate(NAME)}
    if "tls" in options:
        authority().cert_pem.write_to_path(authorities)
        monkeypatch.setenv("SSL_CERT_FILE", str(authorities))
    async with proxy:
        await proxy.listen(tunnel_to(port.number))
        async with faulty_dashboard(clock, simulated, port=port, **options) as ui:
            ui.proxy = proxy
            yield ui


def truth(simulated: Simulated, kinds: Iterable[TaskKind] = tuple(TaskKind)) -> dict[str, str]:
    """Return the account's tasks in the form of `FaultyDashboard.statuses`."""
    plans = [plan for kind in kinds for plan in simulated.tasks(kind.value, None)]
    names = [re.search(r"test/([\w-]+)-1\.jpg", next(iter(plan.urls)).url) for plan in plans]
    return {
        match[1]: status_word(plan.status(simulated.now())) for match, plan in zip(names, plans, strict=True) if match
    }


def busy_account(clock: FakeClock) -> Simulated:
    """Return an account with a task that ends within ten seconds, and one that runs on."""
    simulated = account(clock)
    add(simulated, "running", ago=3, work=10_000.0)
    add(simulated, "ending", ago=2, work=10.0)
    add(simulated, "fetching", ago=1, work=10.0, kind="prefetch")
    add(simulated, "over", ago=600)
    return simulated


AT_FIRST = {"running": "running", "ending": "running", "fetching": "running", "over": "success"}


def assert_patient(case: Case, ui: FaultyDashboard, kind: TaskKind, since: float) -> None:
    """Fail if a failing kind is polled too often, or not any more although it should be."""
    tries = [call.at for call in ui.calls_of(kind, since)]
    gaps = [later - earlier for earlier, later in pairwise(tries)]
    match case.does:
        case "waits for a person":
            assert len(tries) == 1
        case "tries each minute":
            assert gaps == [pytest.approx(60.0)] * 2
        case _:
            assert 1 <= len(gaps) < 25, "the tries do not back off"
            for number, gap in enumerate(gaps, 1):
                least, most = max(MIN_DELAY, case.retry_after), max(min(MAX_BACK_OFF, 2.0**number), case.retry_after)
                assert least - ROUNDING <= gap <= most + ROUNDING


def polls(ui: FaultyDashboard, kind: TaskKind, since: float) -> list[float]:
    """Return when a kind was polled; all requests of one poll count as one."""
    return sorted({call.at for call in ui.calls_of(kind, since)})


@pytest.mark.parametrize("case", [pytest.param(case, id=case.name) for case in CASES])
async def test_a_fault_is_reported_hides_no_task_and_ends(
    case: Case, clock: FakeClock, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    simulated = busy_account(clock)
    async with arranged(case, clock, simulated, monkeypatch, tmp_path) as ui:
        assert ui.statuses() == AT_FIRST
        await ui.pass_time(1)
        asked, began = len(ui.server.asked), clock.elapsed()
        async with case.fault(ui):
            await ui.pass_time(INTERVAL + 0.5)
            if case.does == WAITS:
                await ui.sees("Sign in to UCloud", case.title)
                await ui.press("escape")
            await ui.sees(case.title, case.words, case.health)
            assert ui.statuses() == AT_FIRST
            add(simulated, "new")
            add(simulated, "new-too", kind="prefetch")

            await ui.pass_time(case.lasts - INTERVAL)
            if case.retry_after:
                await ui.press("r")  # a person's wish does not beat it
            assert case.title in ui.trouble()
            stale = f"STALE {short_duration(clock.elapsed())} "  # nothing has come since the very first answers
            assert (stale if case.health == "FAILED" else case.health) in ui.status_text()
            assert ui.statuses() == AT_FIRST
            during = [call for call in ui.calls if call.at >= began]
            assert all(call.failed for call in during)
            arrived = len(ui.server.asked) - asked
            if case.arrives and case.title == "Timed out":  # the time may be over before a busy machine has sent it
                assert 0 < arrived <= len(during)
            elif case.title == "Connection broken":  # a call on an idle connection is sent again on another
                assert len(during) <= arrived <= len(during) + len(TaskKind)
            else:
                assert arrived == (len(during) if case.arrives else 0)
            for kind in TaskKind:
                assert_patient(case, ui, kind, began)

        over = clock.elapsed()
        if case.does == WAITS:
            await ui.pass_time(300)
            assert len(ui.calls) == len([call for call in ui.calls if call.at < over])
            assert case.health in ui.status_text()
            await ui.press("r")
            await ui.settle(ui.is_right)
        else:
            assert await ui.pass_time(max(MAX_BACK_OFF, case.retry_after) + INTERVAL, ui.is_right), ui.screen()
        assert ui.statuses() == truth(simulated)
        assert {"new", "new-too"} <= truth(simulated).keys()
        assert not any(call.failed for call in ui.calls if call.at >= over)
        for kind in TaskKind:
            last_in_vain = [call.at for call in ui.calls_of(kind, began) if call.failed][-1]
            assert polls(ui, kind, over)[0] - last_in_vain >= max(MIN_DELAY, case.retry_after) - ROUNDING
        await ui.sees("updated ")

        if case.health == "RATE LIMITED":  # requests stay slower for a while
            await ui.pass_time(10)  # the last pages of the full scan, a second apart
            right = clock.elapsed()
            await ui.pass_time(85)
            for kind in TaskKind:
                gaps = [later - earlier for earlier, later in pairwise(polls(ui, kind, right))]
                assert gaps
                assert min(gaps) >= 2 * INTERVAL - ROUNDING


@pytest.mark.parametrize(
    ("failing", "behaviour", "title", "health", "later"),
    [
        pytest.param(REFRESH, reset(PART), "Connection broken", "FAILED ({kind})", "({kind})", id="reset"),
        pytest.param(PREFETCH, answer(b"", 503), "Server error", "FAILED ({kind})", "({kind})", id="HTTP 503"),
        pytest.param(
            PREFETCH, answer(LOGIN_PAGE), "Unexpected response", "FAILED ({kind})", "({kind})", id="a login page"
        ),
        pytest.param(REFRESH, says(refusal(299)), "No permission", "FAILED ({kind})", "({kind})", id="RetCode 299"),
        *(
            pytest.param(
                kind, says(refusal(153)), "Rate limited", "RATE LIMITED ({kind})", "LIMITED", id=f"RetCode 153, {kind}"
            )
            for kind in TaskKind
        ),
        *(
            pytest.param(
                kind, says(refusal(171)), "Wrong private key", "SIGN-IN", "SIGN-IN NEEDED", id=f"RetCode 171, {kind}"
            )
            for kind in TaskKind
        ),
    ],
)
async def test_a_failing_kind_is_named_and_hides_no_task_of_the_other(
    failing: TaskKind, behaviour: Behaviour, title: str, health: str, later: str, clock: FakeClock
) -> None:
    simulated = busy_account(clock)
    (other,) = set(TaskKind) - {failing}
    async with faulty_dashboard(clock, simulated) as ui:
        of_failing = {name: AT_FIRST[name] for name in truth(simulated, [failing])}
        await ui.pass_time(1)
        async with answering(behaviour, kinds=[failing])(ui):
            began = clock.elapsed()
            await ui.pass_time(INTERVAL + 0.5)
            if health == "SIGN-IN":
                await ui.press("escape")
            await ui.sees(health.format(kind=failing), f"{failing}: {title}")
            add(simulated, "new")
            add(simulated, "new-too", kind="prefetch")
            await ui.pass_time(85)
            assert later.format(kind=failing) in ui.status_text()
            assert ui.trouble().startswith(f"{failing}: {title}")
            assert ui.statuses() == of_failing | truth(simulated, [other])
            assert not any(call.failed for call in ui.calls_of(other, began))
            gaps = [later - earlier for earlier, later in pairwise(polls(ui, other, began))]
            assert max(gaps) <= (8 if title == "Rate limited" else 1) * INTERVAL + ROUNDING
        if health == "SIGN-IN":
            await ui.press("r")
        assert await ui.pass_time(MAX_BACK_OFF + INTERVAL, ui.is_right), ui.screen()
        assert ui.statuses() == truth(simulated)


@pytest.mark.parametrize("wait", [40, 600])
async def test_the_next_try_shown_is_that_of_the_failing_kind(clock: FakeClock, wait: int) -> None:
    simulated = busy_account(clock)
    async with faulty_dashboard(clock, simulated) as ui:
        async with answering(says({}, 503, Retry_After=str(wait)), kinds=[PREFETCH])(ui):
            await ui.pass_time(INTERVAL + 2)
        until = {40: "38s", 600: "9m58s"}[wait]
        assert ui.status_text().endswith(f"FAILED (prefetch) · next try in {until}")


async def test_a_ret_code_of_zero_in_quotes_is_a_success(clock: FakeClock) -> None:
    simulated = busy_account(clock)
    async with faulty_dashboard(clock, simulated) as ui:
        ui.server.rewrite = lambda _asked, document: document | {"RetCode": "0"}
        await ui.pass_time(20)
        add(simulated, "new")
        assert await ui.pass_time(INTERVAL, lambda: "new" in ui.statuses())
        assert ui.is_right()
        assert ui.statuses() == truth(simulated)


class Vault:
    """A system keyring: unlocked and with the right keys, or as the test sets it."""

    def __init__(self, simulated: Simulated) -> None:
        self.right = json.dumps({"public_key": simulated.public_key, "private_key": simulated.private_key})
        self.value: str | None = self.right
        self.trouble: Exception | None = None
        self.is_open = True
        self.opens = threading.Event()
        """Set when a locked keyring is unlocked."""
        self.reads = 0

    def get_password(self, _service: str, _profile: str) -> str | None:
        self.reads += 1
        if not self.is_open:
            self.opens.wait(PATIENCE)
        if self.trouble is not None:
            raise self.trouble
        return self.value


@pytest.mark.parametrize(
    ("state", "title"),
    [
        pytest.param({"trouble": keyring.errors.KeyringLocked()}, "Keyring locked", id="locked"),
        pytest.param({"trouble": keyring.errors.InitError()}, "Keyring not running", id="not running"),
        pytest.param({"trouble": ConnectionResetError()}, "Keyring not running", id="gone"),
        pytest.param({"trouble": TypeError("unknown")}, "Keyring failed", id="broken"),
        pytest.param({"is_open": False}, "Keyring not responding", id="waits for its password"),
        pytest.param({"value": None}, "No keys", id="empty"),
        pytest.param({"value": "hunter2"}, "Keys cannot be read", id="another program's item"),
    ],
)
async def test_keyring_faults_are_reported_and_retried_on_refresh(
    state: dict[str, Any], title: str, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    simulated = busy_account(clock)
    vault = Vault(simulated)
    vars(vault).update(state)
    monkeypatch.setattr(credentials, "open_store", lambda: KeyStore(cast("Any", vault), "Secret Service"))
    with_store = credentials.with_store
    monkeypatch.setattr(
        credentials, "with_store", lambda use: with_store(use, limit=PATIENCE if vault.is_open else 0.2)
    )
    async with faulty_dashboard(clock, simulated, profile="work", loaded=False) as ui:
        await ui.sees("Sign in to UCloud", title)
        await ui.press("escape")
        await ui.sees("SIGN-IN NEEDED", title)
        reads = vault.reads
        vault.opens.set()
        vault.is_open = True
        vault.trouble, vault.value = None, vault.right
        await ui.pass_time(300)
        assert "SIGN-IN NEEDED" in ui.status_text()
        assert (ui.server.asked, vault.reads) == ([], reads)
        await ui.press("r")
        await ui.settle(ui.is_right)
        assert ui.statuses() == truth(simulated)


def test_an_answer_may_have_64_megabytes() -> None:
    assert BODY_LIMIT == 64 * 1024 * 1024


class TestFaultTable:
    """The table of faults in `errors` agrees with the cases above."""

    @pytest.fixture
    def rows(self) -> list[tuple[str, str, str]]:
        """The table's rows, each cell in one line."""
        lines = (errors.__doc__ or "").split("\n")
        ruler = next(number for number, line in enumerate(lines) if line.startswith("----"))
        second = lines[ruler].index(" -") + 1
        rows: list[list[str]] = []
        for line in lines[ruler + 1 : lines.index("", ruler)]:
            rest = re.fullmatch(r"(.*?)(?: {2,}(\S.*))?", line[second:])
            context = [line[:second].strip(), *(cell or "" for cell in (rest.groups() if rest else ()))]
            if re.match(r"[A-Z]\w*Error|\(none\)", context[1].strip()):
                rows.append(context)
            else:
                rows[-1] = [f"{before} {more}".strip() for before, more in zip(rows[-1], context, strict=True)]
        return [(fault, error, does) for fault, error, does in rows]

    def test_has_a_case_for_each_title(self, rows: list[tuple[str, str, str]]) -> None:
        titles = {title for _fault, error, _does in rows for title in re.findall('"(.+?)"', error)}
        assert len(titles) > 15
        assert titles == {case.title for case in CASES}

    def test_has_a_case_for_each_ret_code(self, rows: list[tuple[str, str, str]]) -> None:
        faults = [fault for fault, _error, _does in rows if fault.startswith("RetCode")]
        codes = {code for fault in faults for code in re.findall(r"\d+", fault)}
        assert len(codes) > 10
        assert codes <= {case.name.removeprefix("RetCode ") for case in CASES}

    def test_states_what_the_poller_does(self, rows: list[tuple[str, str, str]]) -> None:
        words = {
            "backs off": BACKS_OFF,
            "as with HTTP 429": BACKS_OFF,
            "tries each minute": EACH_MINUTE,
            "stops": WAITS,
        }
        tested = {
            (title, reaction)
            for _fault, error, does in rows
            for title in re.findall('"(.+?)"', error)
            for start, reaction in words.items()
            if does.startswith(start)
        }
        assert tested == {(case.title, case.does) for case in CASES}

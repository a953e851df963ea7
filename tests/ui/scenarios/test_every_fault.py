"""Every fault of the table in `errors`, from a real socket to the screen: reported, survived, and recovered from.

The network is real, and so is the program from its client to its screen; only the time is moved by hand.
"""

import asyncio
import re
import socket
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import pairwise
from pathlib import Path

import pytest

from support import PATIENCE
from support.clock import FakeClock
from support.data.busy_account import busy_account, truth
from support.data.fault_cases import (
    BACKS_OFF,
    CASES,
    EACH_MINUTE,
    LIMIT,
    LOGIN_PAGE,
    MAX_BACK_OFF,
    MIN_DELAY,
    NAME,
    PART,
    PREFETCH,
    REFRESH,
    ROUNDING,
    WAITS,
    Case,
    answering,
    authority,
    certificate,
    refusal,
    resolver,
    says,
    tunnel_to,
)
from support.screen.dashboard import add
from support.servers.faulty_dashboard import FaultyDashboard, faulty_dashboard
from support.servers.faulty_server import INTERVAL, Port
from support.servers.raw_server import Behaviour, answer, reset
from ucdn_tui import errors
from ucdn_tui.api.caller import BODY_LIMIT
from ucdn_tui.api.models import TaskKind
from ucdn_tui.duration_words import short_duration
from ucdn_tui.simulator.account import Account as Simulated


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
    await connections_closed()


async def connections_closed() -> None:
    """Wait until the loop has closed all connections: after a failed TLS handshake, it does so once the server has."""
    transports, end = vars(asyncio.get_running_loop()).get("_transports", {}), time.monotonic() + PATIENCE
    while any(not transport.is_closing() for transport in transports.values()):
        assert time.monotonic() < end, list(transports.values())
        await asyncio.sleep(0.001)


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

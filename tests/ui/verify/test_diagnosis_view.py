"""The diagnosis: causes with their evidence, and the origin, which is asked only on demand."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx

from support.clock import FakeClock
from support.screen.dashboard import DashboardHarness, running_dashboard
from support.screen.edges import edges_at
from support.servers.raw_server import RawServer, answer
from ucdn_tui.simulator.account import Account
from ucdn_tui.simulator.domains import Domain
from ui.verify.dialog import OLD, answered, dialog_of, edge, part, rows, summary


@asynccontextmanager
async def diagnosing(
    clock: FakeClock, server: RawServer, *, no_right: bool = False, **options: Any
) -> AsyncIterator[DashboardHarness]:
    """Open the diagnosis of one address; the server is edge and origin. no_right: to read the configuration."""
    simulated = Account(clock.server_now, domains=(Domain(name="cdn.test"),))
    simulated.origin_port = server.port
    simulated.add("refresh", [f"http://cdn.test:{server.port}/1.jpg"], created=clock.server_now() - 99, queue=0, work=9)
    edges = edges_at(clock, {"cdn.test": ("127.0.0.1",), "127.0.20.100": ("127.0.0.1",)})
    async with running_dashboard(simulated, clock, edges=edges, **options) as ui:

        def refuse(request: httpx.Request) -> httpx.Response:
            if b"GetUcdnDomainConfig" in request.content:
                return httpx.Response(200, json={"RetCode": 299, "Message": "no right"})
            return ui.service_answer(request)

        if no_right:
            ui.transport.fault = refuse
        await ui.press("v")
        await answered(ui)
        await ui.press("enter")
        await ui.settle(lambda: "Not known" in part(ui, "#diagnosis-text"))
        yield ui


def shown(ui: DashboardHarness) -> str:
    return part(ui, "#diagnosis-text")


async def test_likely_causes_come_first_each_with_its_evidence(clock: FakeClock) -> None:
    async with RawServer(OLD) as server, diagnosing(clock, server) as ui:
        likely, unknown, unlikely = (shown(ui).index(title) for title in ("Likely", "Not known", "Not the cause"))
        assert likely < unknown < unlikely
        evidence = "! The edge is late\n  The copy is older than the refresh. Check again in some minutes."
        assert evidence in shown(ui)
        assert shown(ui).startswith("✖ OLD COPY  The copy is older than the refresh.")


async def test_the_origin_is_asked_once_and_only_on_demand(clock: FakeClock) -> None:
    hit = edge("HIT by 192.0.2.1", 0, ETag='"1"')
    async with RawServer(hit, answer(b"", 304)) as server, diagnosing(clock, server) as ui:
        assert "Ask origin sends one conditional request to 127.0.20.100: is this copy still right?" in shown(ui)
        assert len(server.requests) == 1
        await ui.press("o")
        await ui.settle(lambda: "The origin answered HTTP 304 at 08:53:20." in shown(ui))
        assert server.requests[-1].headers["if-none-match"] == '"1"'
        assert shown(ui).startswith("✔ unchanged")
        await ui.press("o")
        assert len(server.requests) == 2
        await ui.press("escape")
        assert rows(ui)[0].startswith("✔ unchanged")
        assert "In effect at 1 of 1 address" in summary(ui)


async def test_an_origin_without_an_answer_is_said(clock: FakeClock) -> None:
    async with RawServer(OLD, hello=None) as server, diagnosing(clock, server) as ui:
        server._server.close()
        await ui.press("o")
        await ui.settle(lambda: "The origin gave no answer. The connection was refused." in shown(ui))


async def test_without_the_right_to_read_the_configuration_no_origin_is_offered(clock: FakeClock) -> None:
    async with RawServer(OLD) as server, diagnosing(clock, server, no_right=True) as ui:
        assert "The origin's address is not known, so it cannot be asked." in shown(ui)
        await ui.press("o")
        assert len(server.requests) == 1


async def test_the_diagnosis_stays_while_the_check_is_repeated(clock: FakeClock) -> None:
    gone = edge("MISS by 192.0.2.1, MISS by 192.0.2.9")
    async with RawServer(OLD, OLD, gone) as server, diagnosing(clock, server) as ui:
        await ui.press("escape", "w")
        await ui.settle(lambda: "Next check" in summary(ui))
        await ui.press("enter")
        await ui.settle(lambda: "Likely" in shown(ui))
        await ui.clock.advance(10)
        await ui.settle(lambda: "Watching has ended" in summary(ui))
        assert shown(ui).startswith("✖ OLD COPY")
        await ui.press("escape")
        assert ui.app.screen is dialog_of(ui)
        assert rows(ui)[0].startswith("✔ no copy")


async def test_long_evidence_is_wrapped_in_a_small_terminal(clock: FakeClock) -> None:
    async with RawServer(OLD) as server, diagnosing(clock, server, size=(50, 14)) as ui:
        await ui.press("home", *["down"] * 4)
        assert "x-via-ucdn: HIT by 192.0.2.1, HIT   │\n│ by 192.0.2.9 " in ui.screen()

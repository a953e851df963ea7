"""The verify dialog: leaving it, and its keys."""

import asyncio
import json
from pathlib import Path

import httpx
import pytest

from support.clock import FakeClock
from support.screen.dashboard import DashboardHarness, account, running_dashboard
from support.servers.raw_server import RawServer, silent
from ucdn_tui.errors import UsageError
from ucdn_tui.ui.dialogs.sign_in import SignInScreen
from ui.verify.dialog import GONE, OLD, add, after, answered, dialog_of, rows, verifying


class TestLeaving:
    async def test_closing_ends_the_requests(self, clock: FakeClock) -> None:
        async with RawServer(silent()) as server, verifying(clock, server) as ui:
            await ui.settle(lambda: len(server.requests) == 2)
            await ui.press("escape")
            await ui.settle(lambda: ui.app.screen is ui.dashboard)
            await server.idle()

    async def test_quitting_while_an_edge_is_silent_leaves_nothing_open(self, clock: FakeClock) -> None:
        async with RawServer(silent()) as server:
            async with verifying(clock, server) as ui:
                await ui.settle(lambda: len(server.requests) == 2)
                await ui.press("ctrl+q")
            await server.idle()

    async def test_a_second_dialog_cannot_be_opened(self, clock: FakeClock) -> None:
        async with RawServer(GONE) as server, verifying(clock, server, keys=("v", "v", "v")) as ui:
            await answered(ui)
            await ui.press("escape")
            assert ui.app.screen is ui.dashboard

    async def test_the_sign_in_form_comes_afterwards(self, clock: FakeClock) -> None:
        gate = asyncio.Event()
        async with RawServer(after(gate, GONE)) as server, verifying(clock, server) as ui:
            await ui.settle(lambda: len(server.requests) == 2)
            ui.transport.fault = lambda _request: httpx.Response(200, json={"RetCode": 171, "Message": "signature"})
            await ui.pass_time(61)
            await ui.settle(lambda: "SIGN-IN NEEDED" in ui.screen())
            assert ui.app.screen is dialog_of(ui)
            gate.set()
            await answered(ui)
            assert len(rows(ui)) == 2
            await ui.press("escape")
            for _ in range(2):
                await ui.pass_time(1)
            await ui.settle(lambda: isinstance(ui.app.screen, SignInScreen))

    async def test_the_list_goes_on_meanwhile(self, clock: FakeClock) -> None:
        async with RawServer(GONE) as server, verifying(clock, server) as ui:
            await answered(ui)
            add(ui.simulated, server, created=ui.simulated.now(), task_id="new")
            await ui.pass_time(61)
            assert len(ui.dashboard.store) == 2


class TestKeys:
    async def test_copy_offers_a_check_all_checks_and_json(self, clock: FakeClock) -> None:
        async with RawServer(OLD) as server, verifying(clock, server) as ui:
            await answered(ui)
            await ui.press("y", "1")
            assert ui.app.clipboard.startswith("✖ OLD COPY  The copy is older than the refresh.\nhttp://cdn.test:")
            await ui.press("y", "3")
            checks = json.loads(ui.app.clipboard)["checks"]
            assert [(each["address"], each["claim"]) for each in checks] == [
                ("127.0.0.1", "old-copy"),
                ("::ffff:127.0.0.1", "old-copy"),
            ]
            assert ui.app.screen is dialog_of(ui)

    async def test_export_saves_json(self, clock: FakeClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(tmp_path)
        async with RawServer(GONE) as server, verifying(clock, server) as ui:
            await answered(ui)
            await ui.press("E")
            await ui.settle(lambda: "written to" in ui.screen())
        (path,) = tmp_path.rglob("ucdn-checks-*.json")
        assert len(json.loads(path.read_text(encoding="utf-8"))["checks"]) == 2

    async def test_invalid_certificate_settings_are_said(self, clock: FakeClock) -> None:
        def connect(_connection: object, _client: object) -> None:
            raise UsageError("SSL_CERT_FILE is invalid", "no-such-file.")

        simulated = account(clock)
        simulated.add("refresh", ["https://cdn.test/1"], created=simulated.now() - 100)
        async with running_dashboard(simulated, clock, edges=connect, notifications=True) as ui:
            await ui.press("v")
            await ui.settle(lambda: "SSL_CERT_FILE is invalid" in ui.screen())
            assert ui.app.screen is ui.dashboard

    async def test_the_key_line_offers_it_for_what_has_ended(self, clock: FakeClock) -> None:
        simulated = account(clock)
        simulated.add("refresh", ["https://cdn.test/1"], created=simulated.now() - 100, queue=0.0, work=50.0)
        simulated.add("refresh", ["https://cdn.test/2"], queue=9e9)

        def keys(ui: DashboardHarness) -> str:
            return ui.screen().split("\n")[-1]

        async with running_dashboard(simulated, clock) as ui:
            assert "v Verify" not in keys(ui)
            await ui.press("j")
            assert "v Verify" in keys(ui)
            await ui.press("enter")
            assert "v Verify" in keys(ui)

    async def test_without_a_task_there_is_nothing_to_verify(self, clock: FakeClock) -> None:
        async with running_dashboard(account(clock), clock, notifications=True) as ui:
            await ui.press("v")
            await ui.settle(lambda: "No URL is selected." in ui.screen())

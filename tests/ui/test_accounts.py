"""Accounts on the screen: signing in, the profile's settings, and keys that are refused."""

from pathlib import Path

import httpx
import pytest
from msgspec.structs import replace
from textual.widgets import Button, Input

from support.clock import FakeClock
from support.screen.dashboard import DashboardHarness, account, running_dashboard
from ucdn_tui.secret import Secret
from ucdn_tui.ui.dashboard import Dashboard
from ucdn_tui.ui.dialogs.sign_in import SignInScreen
from ucdn_tui.ui.ui_state import StateFile

REFUSAL = '{"RetCode": 171, "Message": "Signature VerifyAC Error", "Action": ""}'


def refuse(_request: httpx.Request) -> httpx.Response:
    return httpx.Response(200, text=REFUSAL)


async def show_with_window(ui: DashboardHarness, window: float | None) -> None:
    """Show the account again, with this window in its profile."""
    assert ui.app._connection is not None
    before = ui.app.screen
    ui.app.show_account(replace(ui.app._connection, window=window))
    await ui.settle(lambda: ui.app.screen is not before and "updated" in ui.top_line())


class TestSigningIn:
    async def test_clears_the_private_key_field(self, clock: FakeClock) -> None:
        simulated = account(clock)
        async with running_dashboard(simulated, clock) as ui:
            ui.app.sign_in()
            await ui.settle(lambda: isinstance(ui.app.screen, SignInScreen))
            form = ui.app.screen
            field = form.query_one("#private-key", Input)
            form.query_one("#public-key", Input).value = simulated.public_key
            field.value = simulated.private_key
            form.query_one("#session", Button).press()
            await ui.settle(lambda: isinstance(ui.app.screen, Dashboard))
            assert field.value == ""

    @pytest.mark.parametrize("endpoint", ["", "https://other.invalid"], ids=["same endpoint", "another one"])
    async def test_keeps_the_channel_key_of_the_same_endpoint(self, clock: FakeClock, endpoint: str) -> None:
        simulated, sent = account(clock), []

        async with running_dashboard(simulated, clock) as ui:

            def record(request: httpx.Request) -> httpx.Response:
                sent.append(request.headers.get("channel-key"))
                return ui.service_answer(request)

            connection = ui.app._connection
            assert connection is not None
            assert connection.keys is not None
            keys = connection.keys._replace(channel=Secret("the-channel"))
            ui.app.show_account(replace(connection, keys=keys))
            await ui.settle(lambda: ui.app._connection is not connection)
            ui.app.sign_in()
            await ui.settle(lambda: isinstance(ui.app.screen, SignInScreen))
            form = ui.app.screen
            form.query_one("#private-key", Input).value = simulated.private_key
            form.query_one("#project", Input).value = simulated.projects[0].id
            if endpoint:
                form.query_one("#endpoint-url", Input).value = endpoint
            ui.transport.fault = record
            form.query_one("#session", Button).press()
            await ui.settle(lambda: isinstance(ui.app.screen, Dashboard) and len(sent) > 2)
            assert set(sent[-2:]) == {None if endpoint else "the-channel"}
            assert sent[0] == (None if endpoint else "the-channel"), "the keys were verified without it"

    async def test_is_not_asked_for_while_paused(self, clock: FakeClock) -> None:
        async with running_dashboard(account(clock), clock) as ui:
            await ui.press("p")
            ui.transport.fault = refuse
            await ui.pass_time(3)
            await ui.press("r")
            await ui.pass_time(3)
            await ui.settle(lambda: "Wrong private key" in ui.trouble())
            assert ui.app.screen is ui.dashboard
            assert "PAUSED" in ui.top_line()
            await ui.press("p")
            await ui.settle(lambda: isinstance(ui.app.screen, SignInScreen))

    async def test_is_asked_for_only_once_although_polling_pauses_and_resumes(self, clock: FakeClock) -> None:
        async with running_dashboard(account(clock), clock) as ui:
            ui.transport.fault = refuse
            await ui.pass_time(30)
            await ui.settle(lambda: isinstance(ui.app.screen, SignInScreen))
            await ui.press("escape")
            await ui.settle(lambda: ui.app.screen is ui.dashboard)
            await ui.press("p")
            await ui.pass_time(3)
            await ui.press("p")
            await ui.pass_time(3)
            assert ui.app.screen is ui.dashboard
            assert "SIGN-IN NEEDED" in ui.top_line()


class TestTheTimeRange:
    async def test_of_the_profile_beats_the_default(self, clock: FakeClock) -> None:
        async with running_dashboard(account(clock), clock) as ui:
            await show_with_window(ui, 7200.0)
            assert " · 2h  " in ui.top_line()

    async def test_chosen_on_the_screen_beats_that_of_the_profile(self, clock: FakeClock, tmp_path: Path) -> None:
        async with running_dashboard(account(clock), clock, state_file=StateFile(tmp_path / "state")) as ui:
            await ui.press("w", "2")
            await show_with_window(ui, 7200.0)
            assert " · 1h  " in ui.top_line()

    async def test_of_the_flag_beats_both(self, clock: FakeClock, tmp_path: Path) -> None:
        state_file = StateFile(tmp_path / "state")
        async with running_dashboard(account(clock), clock, state_file=state_file, window=21_600.0) as ui:
            await ui.press("w", "2")
            await show_with_window(ui, 7200.0)
            assert " · 6h  " in ui.top_line()

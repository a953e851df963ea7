"""Accounts on the screen: signing in, the profile's settings, and keys that are refused."""

import asyncio
from pathlib import Path

import httpx
import pytest
from msgspec.structs import replace
from textual.widgets import Button, Input, OptionList

from support.clock import FakeClock
from support.screen.dashboard import DashboardHarness, account, running_dashboard
from ucdn_tui.secret import Secret
from ucdn_tui.simulator.account import Account, Project
from ucdn_tui.ui.dashboard import Dashboard
from ucdn_tui.ui.dialogs.sign_in import SignInScreen
from ucdn_tui.ui.submit.screen import SubmitScreen
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

    async def test_the_form_does_not_come_over_what_the_user_types(self, clock: FakeClock) -> None:
        async with running_dashboard(account(clock), clock) as ui:
            await ui.press("n", *"half a url")
            ui.transport.fault = refuse
            await ui.pass_time(30)
            await ui.settle(lambda: "Wrong private key" in ui.trouble())
            assert isinstance(ui.app.screen, SubmitScreen)
            await ui.press("escape")
            assert ui.app.screen is ui.dashboard
            for _ in range(2):
                await ui.pass_time(1)
            await ui.settle(lambda: isinstance(ui.app.screen, SignInScreen))
            await ui.press("escape")
            for _ in range(3):
                await ui.pass_time(1)
            assert ui.app.screen is ui.dashboard

    async def test_the_form_does_not_come_under_what_the_palette_opens(
        self, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async with running_dashboard(account(clock), clock) as ui:
            await ui.press("ctrl+p", *"submit a")
            ui.transport.fault = refuse
            await ui.pass_time(30)
            await ui.settle(lambda: "Wrong private key" in ui.trouble())
            monkeypatch.setattr(ui.dashboard, "tick", lambda: None)  # a busy machine may take seconds for the next key
            await ui.press("enter")
            await ui.settle(lambda: isinstance(ui.app.screen, SubmitScreen))
            assert not any(isinstance(screen, SignInScreen) for screen in ui.app.screen_stack)

    async def test_the_form_waits_for_the_end_of_a_filter(self, clock: FakeClock) -> None:
        async with running_dashboard(account(clock), clock) as ui:
            await ui.press("slash", *"ab")
            ui.transport.fault = refuse
            await ui.pass_time(30)
            await ui.settle(lambda: "SIGN-IN NEEDED" in ui.top_line())
            await ui.press("c", "enter")
            assert ui.dashboard.task_pane.filter_bar.text == "abc"
            await ui.pass_time(1)
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


@pytest.fixture
def simulated(clock: FakeClock) -> Account:
    """An account with two projects."""
    return Account(
        clock.server_now, seed=1, projects=[Project(f"org-{name}", f"The {name}") for name in ("shop", "blog")]
    )


class TestProjects:
    async def test_the_dialog_comes_before_the_answer(self, simulated: Account, clock: FakeClock) -> None:
        arrived = asyncio.Event()

        def gate_of(request: httpx.Request) -> asyncio.Event | None:
            return arrived if b"GetProjectList" in request.content else None

        async with running_dashboard(simulated, clock, gate_of=gate_of) as ui:
            await ui.press("O")
            assert "Asking the API …" in ui.screen()
            await ui.press("n", *"text")  # nothing that comes later can get these keys
            arrived.set()
            await ui.settle(lambda: simulated.projects[1].name in ui.screen())
            await ui.press("down", "enter")
            await ui.settle(lambda: simulated.projects[1].id in ui.top_line())
            await ui.press("O")
            await ui.settle(lambda: simulated.projects[1].name in ui.screen())
            assert ui.app.screen.query_one(OptionList).highlighted == 1, "another one is highlighted than the current"

    async def test_an_account_without_any_says_so(self, clock: FakeClock) -> None:
        async with running_dashboard(account(clock), clock) as ui:
            ui.transport.fault = lambda _request: httpx.Response(200, json={"RetCode": 0, "ProjectSet": []})
            await ui.press("O")
            await ui.settle(lambda: "This account has no projects." in ui.screen())

    async def test_a_refusal_is_shown_in_the_dialog(self, simulated: Account, clock: FakeClock) -> None:
        async with running_dashboard(simulated, clock) as ui:
            ui.transport.fault = lambda _request: httpx.Response(200, json={"RetCode": 299, "Message": "no right"})
            await ui.press("O")
            await ui.settle(lambda: "RetCode 299" in ui.screen())
            await ui.press("escape")
            assert ui.app.screen is ui.dashboard


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

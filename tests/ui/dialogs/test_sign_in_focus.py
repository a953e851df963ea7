"""The focus of the sign-in form moves together with what is shown: a key typed at once is not lost."""

import asyncio
import time
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from textual.app import App

from support import PATIENCE
from ucdn_tui.account.accounts import Accounts
from ucdn_tui.account.config import ConfigFile
from ucdn_tui.clock import SystemClock
from ucdn_tui.errors import KeyringError, KeyringReason
from ucdn_tui.ui.dialogs.sign_in import SignInScreen
from ucdn_tui.ui.dialogs.sign_in_form import Draft

PROJECTS = {"RetCode": 0, "ProjectSet": [{"ProjectId": "org-1"}, {"ProjectId": "org-2"}]}


class SlowAccounts(Accounts):
    """Accounts without a keyring, which is found out when `release` is set; the API gives one answer to all calls."""

    def __init__(self, folder: Path, answer: dict[str, object]) -> None:
        transport = httpx.MockTransport(lambda _request: httpx.Response(200, json=answer))
        super().__init__(ConfigFile(folder / "config.toml"), SystemClock(), transport=lambda: transport, home=folder)
        self.release = asyncio.Event()

    async def keyring(self) -> str:
        await self.release.wait()
        raise KeyringError(KeyringReason.NONE)


def focused(screen: SignInScreen) -> str | None:
    return screen.focused.id if screen.focused else None


async def first_moment(holds: Callable[[], bool]) -> None:
    """Return as soon as `holds` returns True, before the program handles anything else."""
    end = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < end
        await asyncio.sleep(0)


async def test_a_button_that_disappears_gives_its_focus_to_the_one_that_stays(tmp_path: Path) -> None:
    accounts = SlowAccounts(tmp_path, PROJECTS)
    async with App[None]().run_test() as pilot:
        screen = SignInScreen(accounts)
        await pilot.app.push_screen(screen)
        await pilot.press(*["tab"] * 5)
        assert focused(screen) == "save"
        accounts.release.set()
        await first_moment(lambda: not screen.query_one("#save").display)
        assert focused(screen) == "session"


@pytest.mark.parametrize(
    ("answer", "shown", "field"),
    [
        ({"RetCode": 171}, "Wrong private key", "private-key"),
        ({"RetCode": 172}, "Wrong public key", "public-key"),
        (PROJECTS, "Choose a project", "projects"),
    ],
)
async def test_a_field_that_is_asked_for_has_the_focus_at_once(
    tmp_path: Path, answer: dict[str, object], shown: str, field: str
) -> None:
    async with App[None]().run_test() as pilot:
        screen = SignInScreen(SlowAccounts(tmp_path, answer), Draft(public_key="public"))
        await pilot.app.push_screen(screen)
        await pilot.press(*"private", "tab")
        assert focused(screen) == "endpoint"
        screen.action_sign_in()
        await first_moment(lambda: shown in str(screen.query_one("#message").visual))
        assert focused(screen) == field

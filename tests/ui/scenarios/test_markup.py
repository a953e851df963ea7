"""Text from outside is shown literally on every screen: its markup is not parsed, and a click on it runs nothing."""

import json
import re
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import UTC
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import httpx
import pytest
import rich.console
import rich.markup
import textual.markup
from rich.cells import cell_len
from textual.app import App, ComposeResult
from textual.pilot import Pilot
from textual.widgets import Input, Select, Static

from support import PATIENCE
from support.clock import FakeClock
from support.screen.demo_app import text_of_screen
from ucdn_tui.account.accounts import Accounts
from ucdn_tui.account.config import ConfigFile
from ucdn_tui.account.connection import Connection
from ucdn_tui.account.preferences import Preferences
from ucdn_tui.secret import Keys, Secret
from ucdn_tui.ui.app import UcdnApp
from ucdn_tui.ui.dialogs.help import HelpDialog
from ucdn_tui.ui.dialogs.profiles import ConfirmDialog, NameDialog, ProfilesDialog, ProjectDialog
from ucdn_tui.ui.dialogs.sign_in import SignInScreen
from ucdn_tui.ui.text.glyphs import UNICODE

TEXTS = ("[/b]", "[prod] shop", "[test] shop", "[@click=app.quit]Production[/]")
"""As markup, each would crash the parser, lose a word, or become a link that quits the program."""

HOST = "[::1]:9"

ALL = " ".join(TEXTS)


@pytest.fixture
def parsed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Record all text that is parsed as markup."""
    found: list[str] = []

    def watch(module: Any, name: str) -> None:
        parse: Callable[..., Any] = getattr(module, name)

        def record(markup: str, *args: Any, **kwargs: Any) -> Any:
            found.append(markup)
            return parse(markup, *args, **kwargs)

        monkeypatch.setattr(module, name, record)

    watch(textual.markup, "to_content")
    watch(rich.markup, "render")
    watch(rich.console, "render_markup")
    return found


@pytest.fixture(autouse=True)
def no_outside_markup(parsed: list[str]) -> Iterator[None]:
    """Fail at the end if text from outside was parsed as markup."""
    yield
    assert [markup for markup in parsed if re.search(r"\[/b\]|\[prod\]|\[test\]|@click|\[::1\]", markup)] == []


class Account:
    """An account with hostile texts in all fields."""

    def __init__(self, now: float) -> None:
        self.now = int(now)
        self.refusal: dict[str, Any] | None = None
        self.status = "process"

    def answer(self, request: httpx.Request) -> httpx.Response:
        action = parse_qs(request.content.decode())["Action"][0]
        body = {"RetCode": 0, "TaskList": self._tasks() if "Refresh" in action else [], "ProjectSet": self._projects()}
        return httpx.Response(200, content=json.dumps(self.refusal or body))

    def _projects(self) -> list[dict[str, str]]:
        return [{"ProjectId": f"id-{text}", "ProjectName": text} for text in TEXTS]

    def _tasks(self) -> list[dict[str, Any]]:
        return [
            {
                "TaskId": text,
                "Type": text,
                "Status": text if number == 1 else self.status,
                "CreateTime": self.now - 60 - number,
                "UrlLists": [
                    {"Url": url, "Status": text, "CreateTime": self.now - 60} for url in (f"https://h/{text}", text)
                ],
            }
            for number, text in enumerate(TEXTS)
        ]


class RunningProgram:
    """The running program and its screen."""

    def __init__(self, app: UcdnApp, pilot: Pilot[None], account: Account, clock: FakeClock) -> None:
        self.app = app
        self.pilot = pilot
        self.account = account
        self.clock = clock

    def screen(self) -> str:
        return text_of_screen(self.app)

    async def wait(self, until: Callable[[], object]) -> None:
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            if until():
                await self.pilot.pause()
                return
            await self.pilot.pause(0.02)
        raise AssertionError(f"it does not come to that. The screen:\n{self.screen()}")

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)
        await self.pilot.pause()

    async def shows(self, *texts: str) -> None:
        """Wait until the screen has these texts literally, then click on what would be a link in markup."""
        await self.wait(lambda: all(text in self.screen() for text in texts))
        for y, line in enumerate(self.screen().split("\n")):
            for place in re.finditer("Production", line):
                before = self.app.screen
                await self.pilot.click(offset=(cell_len(line[: place.start()]) + 1, y))
                # The profile's name in the top line opens the one, a problem the other.
                if self.app.screen is not before and isinstance(self.app.screen, (ProfilesDialog, HelpDialog)):
                    await self.press("escape")
        await self.pilot.pause()
        assert self.app.return_code is None, "a click has quit the program"


@pytest.fixture
def account(clock: FakeClock) -> Account:
    return Account(clock.server_now())


@asynccontextmanager
async def running(
    account: Account, clock: FakeClock, *, signed_in: bool = True, **options: Any
) -> AsyncIterator[RunningProgram]:
    """Run the program, with hostile texts for profile and project as well."""
    config = Path.home() / "config.toml"
    accounts = Accounts(ConfigFile(config), clock, transport=lambda: httpx.MockTransport(account.answer))
    keys = Keys("public", Secret("private"))
    connection = Connection(TEXTS[3], keys, f"http://{HOST}", TEXTS[1], TEXTS[0]) if signed_in else None
    app = UcdnApp(accounts, connection, clock, UNICODE, zone=UTC, **options)
    async with app.run_test(size=(200, 50), notifications=True) as pilot:
        yield RunningProgram(app, pilot, account, clock)


@asynccontextmanager
async def dashboard(account: Account, clock: FakeClock, **options: Any) -> AsyncIterator[RunningProgram]:
    async with running(account, clock, **options) as program:
        await program.wait(lambda: "updated 0s ago" in program.screen())
        yield program


async def test_tasks_urls_and_account(account: Account, clock: FakeClock) -> None:
    async with dashboard(account, clock) as program:
        await program.shows(f"{TEXTS[3]} · {TEXTS[1]} · {HOST}", *(f"h/{text}" for text in TEXTS[:3]))
        for index, text in enumerate(TEXTS):
            select = ["escape", "home", *["down"] * index]  # again after each check, whose clicks select other rows
            await program.press(*select)
            await program.shows(f"refresh · {text[:19]}")
            await program.press(*select, "enter")
            await program.shows(f" {text}")


async def test_filter_text_and_menus(account: Account, clock: FakeClock) -> None:
    async with dashboard(account, clock) as program:
        await program.press("slash", *"[/b]", "enter")
        await program.shows("/ [/b]", "1 of 4")
        await program.press("y")
        await program.shows("Task id", "[/b]")
        await program.press("escape", "escape", "G", "y")
        await program.shows(f"Task id  {TEXTS[3]}")


async def test_finished_tasks_and_messages_of_the_api(account: Account, clock: FakeClock) -> None:
    async with dashboard(account, clock) as program:
        account.status = "success"
        await program.press("r")
        await clock.advance(6)
        await program.wait(lambda: "finished" in program.screen())
        account.refusal = {"RetCode": 9, "Message": ALL}
        await program.press("r")
        await program.shows(f"(RetCode 9): {ALL}")
        await program.press("O")  # a message in a dialog
        await program.wait(lambda: program.screen().count("(RetCode 9): ") == 2)
        await program.shows(f"(RetCode 9): {ALL}")


async def test_projects(account: Account, clock: FakeClock) -> None:
    async with dashboard(account, clock) as program:
        await program.press("O")
        await program.wait(lambda: isinstance(program.app.screen, ProjectDialog))
        await program.shows(*(f"{text}  id-{text}" for text in TEXTS))
        await program.shows(f"{TEXTS[0]} was removed elsewhere")  # the click chose a project of this profile


async def test_profiles(account: Account, clock: FakeClock) -> None:
    lines = [
        f"[profiles.{json.dumps(text)}]\nendpoint = {json.dumps(text)}\nproject_id = {json.dumps(text)}\n"
        for text in TEXTS[:3]
    ]
    (Path.home() / "config.toml").write_text("".join(lines), encoding="utf-8")
    async with dashboard(account, clock) as program:
        await program.press("P")
        await program.wait(lambda: isinstance(program.app.screen, ProfilesDialog))
        await program.shows(*(f"{text}  {text} · {text}" for text in TEXTS[:3]), f"{TEXTS[0]} · current")
        await program.press("n")
        await program.wait(lambda: isinstance(program.app.screen, NameDialog))
        program.app.screen.query_one(Input).value = TEXTS[1]
        await program.shows(TEXTS[1])
        await program.press("enter")
        await program.shows(f"A profile named {TEXTS[1]} already exists.")
        await program.press("d")
        await program.wait(lambda: isinstance(program.app.screen, ConfirmDialog))
        await program.shows(f'Remove "{TEXTS[0]}" and its keys?')
        await program.press("n", "down", "enter")
        await program.shows(f"Invalid endpoint: {TEXTS[1]}")


async def test_signing_in(account: Account, clock: FakeClock, monkeypatch: pytest.MonkeyPatch) -> None:
    async def keyring(_accounts: Accounts) -> str:
        return ALL

    monkeypatch.setattr(Accounts, "keyring", keyring)  # without one, there would be nothing to import
    folder = Path.home() / ".ucloud"
    folder.mkdir()
    profiles = [{"profile": text, "base_url": text, "project_id": text} for text in TEXTS]
    (folder / "config.json").write_text(json.dumps(profiles), encoding="utf-8")
    async with running(account, clock, signed_in=False, endpoint=f"http://{HOST}", project_id=TEXTS[3]) as program:
        await program.wait(lambda: isinstance(program.app.screen, SignInScreen))
        await program.shows(f"http://{HOST}", *(f"{text}: Invalid endpoint" for text in TEXTS))
        await program.shows("Keys will be saved in: " + ALL.partition("[test]")[0])
        form = program.app.screen
        form.query_one("#project", Input).value = ""
        form.query_one("#profile", Input).value = TEXTS[3]
        for field in ("public", "private"):
            form.query_one(f"#{field}-key", Input).value = "key"
        account.refusal = {"RetCode": 171, "Message": ALL}
        await program.pilot.click("#session")
        await program.shows(ALL.partition("[test]")[0], TEXTS[3])
        account.refusal = None
        await program.pilot.click("#session")
        await program.shows("Choose a project", f"{TEXTS[0]} (id-{TEXTS[0]})")
        form.query_one("#projects", Select).action_show_overlay()
        await program.shows(*(f"{text} (id-{text})" for text in TEXTS))
        await program.wait(lambda: form.query_one("#project", Input).value == f"id-{TEXTS[3]}")  # it was clicked on
        await program.shows(f"(id-{TEXTS[3]})")


async def test_keys_in_the_configuration(account: Account, clock: FakeClock) -> None:
    mine = Preferences(keys={"find.sort": "[,b,]", "find.next-failed": "f7", "find.previous-failed": "f8"})
    async with dashboard(account, clock, preferences=mine) as program:
        await program.press("question_mark")
        await program.shows("[ b ] ", "  Sort by…")
        await program.press("escape", "ctrl+p")
        await program.wait(lambda: "Search commands" in program.screen())
        await program.press(*"sort")
        await program.shows("[ b ] ", "  Sort by…")


async def test_problems_of_the_configuration(account: Account, clock: FakeClock) -> None:
    mine = Preferences(keys={ALL: "z"}, problems=(f"links: {ALL}",))
    async with running(account, clock, preferences=mine) as program:
        await program.shows(f"links: {ALL}", f"Unknown key id {ALL}")


async def test_the_check_detects_parsed_markup(parsed: list[str]) -> None:
    """Without this, the other tests would prove nothing."""

    class MarkupApp(App[None]):
        def compose(self) -> ComposeResult:
            yield Static("[i]said[/i]")
            yield Select([("[i]choice[/i]", 1)], value=1)

        def on_mount(self) -> None:
            self.notify("[u]told[/u]")

    async with MarkupApp().run_test(notifications=True):
        assert {"[i]said[/i]", "[i]choice[/i]", "[u]told[/u]"} <= set(parsed)

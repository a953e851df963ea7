"""Copying to the clipboard and opening in the browser, also of hostile texts."""

import base64
import json
import re
import time
from pathlib import Path

import pytest

from support.clock import FakeClock
from support.program import PROGRAM, served
from support.screen.dashboard import account, add, running_dashboard
from support.screen.export_menu import menu, take, written
from support.screen.notifications import Notifications, record_notifications
from support.terminals.terminal import StartTerminal
from ucdn_tui.api.models import TaskKey, TaskKind
from ucdn_tui.simulator.account import Account
from ucdn_tui.ui.ui_state import StateFile

HOSTILE = "https://h.test/\x1b]52;c;eA==\x07\x9b2J\n/\u202e"
SANITIZED = r"https://h.test/\x1b]52;c;eA==\x07\x9b2J\n/\u202e"


@pytest.fixture
def notifications(monkeypatch: pytest.MonkeyPatch) -> Notifications:
    return record_notifications(monkeypatch)


@pytest.fixture
def simulated(clock: FakeClock) -> Account:
    return account(clock)


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The current folder."""
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


class TestCopyMenu:
    async def test_copies_each_choice(self, simulated: Account, clock: FakeClock, notifications: Notifications) -> None:
        task_id = add(simulated, "one", count=4, failing=(1, 3), ago=100)
        async with running_dashboard(simulated, clock) as ui:
            clip: dict[str, str] = {}
            for name in ("url", "all", "failed", "id", "json", "support"):
                await take(ui, name)
                clip[name] = ui.app.clipboard
            assert clip["url"] == "https://cdn.test/one-1.jpg"
            assert clip["all"] == "".join(f"https://cdn.test/one-{number}.jpg\n" for number in (1, 2, 3, 4))
            assert clip["failed"] == "https://cdn.test/one-2.jpg\nhttps://cdn.test/one-4.jpg\n"
            assert clip["id"] == task_id
            document = json.loads(clip["json"])
            assert (document["task_id"], len(document["urls"])) == (task_id, 4)
            assert clip["support"].startswith("2 of 4 URLs in this task failed.")
            for fact in (task_id, "https://cdn.test/one-4.jpg", "api.example.com", "org-main01"):
                assert fact in clip["support"]
            request_id = re.search("Request id of the last answer: (.+)", clip["support"])
            assert request_id is not None
            assert request_id[1] != "—"
            for key in (simulated.private_key, simulated.public_key):
                assert key not in "".join(clip.values())
            assert notifications.words() == [
                "Copied 1 URL",
                "Copied 4 URLs",
                "Copied 2 URLs",
                "Copied task id",
                "Copied task as JSON",
                "Copied support report",
            ]

    async def test_says_at_the_very_first_copy_what_to_do_without_one(
        self, simulated: Account, clock: FakeClock, notifications: Notifications, tmp_path: Path
    ) -> None:
        add(simulated, "one")
        hint = "Nothing in your clipboard? Press f in the copy menu to save to a file."
        for _start in range(2):
            async with running_dashboard(simulated, clock, state_file=StateFile(tmp_path / "state.json")) as ui:
                await take(ui, "url")
                await take(ui, "id")
        assert notifications.words() == [f"Copied 1 URL\n{hint}", "Copied task id", "Copied 1 URL", "Copied task id"]

    async def test_shows_a_long_url_in_full_where_there_is_room(self, simulated: Account, clock: FakeClock) -> None:
        url = "https://cdn.test/" + "x" * 80 + "/index.html?page=4"
        simulated.add("refresh", [url], queue=0.0, work=9.0)
        async with running_dashboard(simulated, clock, size=(140, 28)) as ui:
            await ui.press("y")
            assert url in ui.screen()

    async def test_copies_the_url_under_the_cursor_and_shows_it(self, simulated: Account, clock: FakeClock) -> None:
        add(simulated, "one", count=4)
        async with running_dashboard(simulated, clock) as ui:
            await ui.press("enter", "j", "j", "y")
            assert "cdn.test/one-3.jpg" in menu(ui)["url"]
            await ui.press("1")
            assert ui.app.clipboard == "https://cdn.test/one-3.jpg"

    async def test_offers_failed_urls_only_if_there_are_any(self, simulated: Account, clock: FakeClock) -> None:
        add(simulated, "bad", count=3, failing=(0, 2), ago=100)
        add(simulated, "good", ago=200)
        async with running_dashboard(simulated, clock) as ui:
            await ui.press("y")
            assert menu(ui)["failed"].split(maxsplit=1)[1].strip() == "Failed URLs (2)"
            assert menu(ui)["all"].split(maxsplit=1)[1].strip() == "All URLs (3)"
            await ui.press("escape", "j", "y")
            assert list(menu(ui)) == ["url", "id", "json", "support"], "its only URL is the first choice"
            await ui.press("q")
            assert ui.app.screen is ui.dashboard
            assert ui.app.clipboard == ""

    async def test_reports_that_no_task_is_selected(
        self, simulated: Account, clock: FakeClock, notifications: Notifications
    ) -> None:
        async with running_dashboard(simulated, clock) as ui:
            await ui.press("y", "E", "o")
            assert notifications.words() == [
                "No task is selected.",
                "Nothing to export.",
                "No URL is selected.",
            ]

    async def test_copies_from_the_task_that_was_selected_on_opening(
        self, simulated: Account, clock: FakeClock
    ) -> None:
        mine = add(simulated, "mine", ago=9, work=1000.0)
        other = add(simulated, "other", ago=20, work=1000.0)
        async with running_dashboard(simulated, clock) as ui:
            await ui.press("y")
            simulated.remove(mine)
            add(simulated, "newer")
            ui.dashboard.tasks.move_to(TaskKey(TaskKind.REFRESH, other))
            for _ in range(2):  # what is missing twice is gone
                ui.dashboard.action_refresh()
                await ui.pass_time(5)
            await ui.settle(lambda: ui.selected == other)
            assert TaskKey(TaskKind.REFRESH, mine) not in ui.dashboard.store
            await ui.press("1")
            assert ui.app.clipboard == "https://cdn.test/mine-1.jpg"

    async def test_offers_a_file_for_a_text_too_long_for_the_clipboard(
        self, simulated: Account, clock: FakeClock, notifications: Notifications, here: Path
    ) -> None:
        for ago, length in ((100, 725), (200, 726)):  # 74,992 and 75,092 bytes
            add(simulated, "x" * length, count=100, ago=ago, failing=tuple(range(100)))
        async with running_dashboard(simulated, clock) as ui:
            await take(ui, "failed")
            assert ui.app.clipboard.count("\n") == 100
            await ui.press("j")
            await take(ui, "failed")
            words = "Too long for the terminal's clipboard. Press f in the copy menu to save to a file."
            assert notifications.words()[1:] == [words]
            assert len(ui.app.clipboard) == 74_992
            await take(ui, "failed", "f")
            assert (await written(ui, notifications)).read_bytes().count(b"\n") == 100


class TestHostileTask:
    async def test_is_sanitized_in_menu_clipboard_and_file(
        self, simulated: Account, clock: FakeClock, notifications: Notifications, here: Path
    ) -> None:
        task_id = "../../x\x1b]0;own\x07\n"
        simulated.add("refresh", [HOSTILE, HOSTILE], task_id=task_id, queue=0.0, work=1.0, failing=(0, 1))
        async with running_dashboard(simulated, clock) as ui:
            await ui.pass_time(10)
            await ui.press("y")
            assert all(line.isprintable() for line in menu(ui).values())
            await ui.press("escape")
            notifications.toasts.clear()
            clip = {}
            for name in ("url", "failed", "id", "json", "support"):
                await take(ui, name)
                clip[name] = ui.app.clipboard
            assert (clip["url"], clip["failed"]) == (SANITIZED, f"{SANITIZED}\n" * 2)
            assert clip["id"] == r"../../x\x1b]0;own\x07\n"
            assert "".join(clip.values()).replace("\n", "").isprintable()
            assert json.loads(clip["json"])["urls"][0]["url"] == HOSTILE
            notifications.toasts.clear()
            await take(ui, "json", "f")
            path = await written(ui, notifications)
            assert (path.parent, path.name) == (here, "ucdn-refresh-.._.._x_0_own_.json")
            assert list(here.parent.rglob("*own*")) == [path]


class TestBrowser:
    @pytest.fixture
    def opened(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
        """The file to which a fake browser writes its argument."""
        script, opened = tmp_path / "browser", tmp_path / "opened"
        script.write_text(f'#!/bin/sh\nprintf "%s" "$1" >"{opened}.part"\nmv "{opened}.part" "{opened}"\n')
        script.chmod(0o700)
        monkeypatch.setenv("BROWSER", str(script))
        return opened

    @pytest.mark.parametrize("keys", [["o"], ["enter", "j", "o"]], ids=["a task", "a URL"])
    async def test_gets_the_url_under_the_cursor(
        self, simulated: Account, clock: FakeClock, notifications: Notifications, opened: Path, keys: list[str]
    ) -> None:
        add(simulated, "one", count=2)
        async with running_dashboard(simulated, clock) as ui:
            await ui.press(*keys)
            url = f"https://cdn.test/one-{2 if 'j' in keys else 1}.jpg"
            assert notifications.toasts == [("", f"Opening {url.removeprefix('https://')}", "information")]
            await ui.settle(opened.exists)
            assert opened.read_text(encoding="utf-8") == url

    @pytest.mark.parametrize("url", ["javascript:alert(1)", "ftp://h.test/x", "https://me:word@h.test/", "-n"])
    async def test_gets_web_urls_only(
        self, simulated: Account, clock: FakeClock, notifications: Notifications, opened: Path, url: str
    ) -> None:
        simulated.add("refresh", [url])
        async with running_dashboard(simulated, clock) as ui:
            await ui.press("o")
            ((_title, words, severity),) = notifications.toasts
            assert severity == "error"
            assert words.startswith("Not a web URL; can't open it. Only http and https URLs")
            assert not opened.exists()

    async def test_gets_nothing_if_no_url_is_listed(
        self, simulated: Account, clock: FakeClock, notifications: Notifications, opened: Path
    ) -> None:
        add(simulated, "one", count=2)
        async with running_dashboard(simulated, clock) as ui:
            await ui.press("enter", "4")
            assert "No matches (2 hidden)." in ui.screen()
            await ui.press("o")
            assert notifications.words() == ["No URL is selected."]

    async def test_that_is_missing_is_reported(
        self, simulated: Account, clock: FakeClock, notifications: Notifications, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for name in ("BROWSER", "DISPLAY", "WAYLAND_DISPLAY"):
            monkeypatch.delenv(name, raising=False)
        add(simulated, "one")
        async with running_dashboard(simulated, clock) as ui:
            await ui.press("o")
            ((_title, words, severity),) = notifications.toasts
            assert (words.partition(".")[0], severity) == ("No graphical browser found", "error")


def test_the_terminal_gets_a_sanitized_copy_as_osc_52(terminal: StartTerminal) -> None:
    simulated = Account(time.time, seed=1)
    simulated.add("refresh", [HOSTILE], created=time.time() - 9, queue=0, work=3600)
    with served(simulated) as env:
        program = terminal([PROGRAM], columns=140, env=env)
        program.wait_for(r"updated \d+s ago")
        program.send("y")
        program.wait_for("Copy")
        program.send("1")
        program.wait_for("Copied 1 URL")
        copied = re.findall(rb"\x1b\]52;c;([^\x07]*)\x07", program.raw)
        assert [base64.b64decode(text).decode() for text in copied] == [SANITIZED]
        program.send("q")
        assert program.exit_status() == 0

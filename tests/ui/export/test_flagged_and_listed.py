"""Copy, export and open work on the flagged tasks; and the copy menu offers what a filter shows."""

import json
from pathlib import Path

import pytest

from support.clock import FakeClock
from support.screen.dashboard import account, add, running_dashboard
from support.screen.export_menu import menu, take, written
from support.screen.notifications import Notifications, record_notifications
from ucdn_tui.simulator.account import Account
from ucdn_tui.ui.dialogs.picker import Picker


@pytest.fixture
def notifications(monkeypatch: pytest.MonkeyPatch) -> Notifications:
    return record_notifications(monkeypatch)


@pytest.fixture
def three(clock: FakeClock) -> Account:
    """An account with three tasks of two URLs each; the second URL of the first and the last has failed."""
    simulated = account(clock)
    for ago, name, failing in ((100, "one", (1,)), (200, "two", ()), (300, "three", (1,))):
        add(simulated, name, ago=ago, count=2, failing=failing)
    return simulated


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The current folder."""
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The file to which a fake browser adds its argument."""
    script, opened = tmp_path / "browser", tmp_path / "opened"
    script.write_text(f'#!/bin/sh\necho "$1" >>"{opened}"\n')
    script.chmod(0o700)
    monkeypatch.setenv("BROWSER", str(script))
    return opened


def title(screen: object) -> str:
    assert isinstance(screen, Picker)
    return str(screen.query_one(".dialog").border_title)


def urls(*names: str) -> str:
    return "".join(f"https://cdn.test/{name}.jpg\n" for name in names)


class TestFlaggedTasks:
    async def test_are_copied_in_the_order_of_the_list(
        self, three: Account, clock: FakeClock, notifications: Notifications
    ) -> None:
        async with running_dashboard(three, clock) as ui:
            ids = [key.id for key in ui.dashboard.task_pane.listed()]
            await ui.press("G", "space", "g", "space", "j", "y")
            assert title(ui.app.screen) == "Copy from 2 flagged tasks"
            assert [line.split(maxsplit=1)[1].strip() for line in menu(ui).values()] == [
                "All URLs (4)",
                "Failed URLs (2)",
                "Task ids (2)",
                "Tasks as JSON (2)",
                "Support reports (2)",
            ]
            await ui.press("escape")
            clip = {}
            for name in ("all", "failed", "id", "json", "support"):
                await take(ui, name)
                clip[name] = ui.app.clipboard
            assert clip["all"] == urls("one-1", "one-2", "three-1", "three-2")
            assert clip["failed"] == urls("one-2", "three-2")
            assert clip["id"] == f"{ids[0]}\n{ids[2]}\n"
            assert [task["task_id"] for task in json.loads(clip["json"])] == [ids[0], ids[2]]
            assert clip["support"].count("1 of 2 URLs in this task failed.") == 2
            assert notifications.words() == [
                "Copied 4 URLs",
                "Copied 2 URLs",
                "Copied 2 task ids",
                "Copied 2 tasks as JSON",
                "Copied 2 support reports",
            ]

    async def test_that_a_filter_hides_are_copied_too(self, three: Account, clock: FakeClock) -> None:
        async with running_dashboard(three, clock) as ui:
            await ui.press("G", "space", "slash", *"two", "enter")
            await take(ui, "all")
            assert ui.app.clipboard == urls("three-1", "three-2")

    async def test_do_not_count_in_the_url_list(self, three: Account, clock: FakeClock) -> None:
        async with running_dashboard(three, clock) as ui:
            await ui.press("space", "enter", "j", "y")
            assert title(ui.app.screen) == "Copy"
            await ui.press("1")
            assert ui.app.clipboard == "https://cdn.test/two-2.jpg"

    async def test_are_copied_as_they_were_on_opening(self, three: Account, clock: FakeClock) -> None:
        async with running_dashboard(three, clock) as ui:
            first = ui.selected
            await ui.press("space", "j", "space", "y")
            assert first is not None
            three.remove(first)
            for _ in range(2):  # what is missing twice is gone
                ui.dashboard.action_refresh()
                await ui.pass_time(5)
            assert ui.dashboard.task_pane.counts()[1] == 2
            await ui.press("1")
            assert ui.app.clipboard == urls("one-1", "one-2", "three-1", "three-2")

    async def test_are_exported_instead_of_the_list(
        self, three: Account, clock: FakeClock, notifications: Notifications, here: Path
    ) -> None:
        async with running_dashboard(three, clock) as ui:
            await ui.press("space", "j", "space", "E")
            assert "2 flagged tasks" in ui.screen()
            await ui.press("2")
            tasks = json.loads((await written(ui, notifications)).read_text(encoding="utf-8"))
            assert [task["urls"][0]["url"] for task in tasks] == urls("one-1", "three-1").split()

    async def test_are_opened_in_the_browser(
        self, three: Account, clock: FakeClock, notifications: Notifications, opened: Path
    ) -> None:
        async with running_dashboard(three, clock) as ui:
            await ui.press("space", "j", "space", "k", "o")
            assert notifications.words() == ["Opening 2 URLs"]
            await ui.settle(lambda: opened.exists() and opened.read_text().count("\n") == 2)
            assert sorted(opened.read_text().split()) == sorted(urls("one-1", "three-1").split())

    async def test_say_if_no_browser_opens(
        self, three: Account, clock: FakeClock, notifications: Notifications, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("BROWSER", "/nowhere/browser")
        async with running_dashboard(three, clock) as ui:
            await ui.press("o")
            await ui.settle(lambda: len(notifications.words()) == 2)
            assert notifications.words()[1].startswith("No browser took the URL.")

    async def test_open_at_most_ten_pages(self, clock: FakeClock, notifications: Notifications, opened: Path) -> None:
        simulated = account(clock)
        for number in range(11):
            add(simulated, f"t{number}", ago=100 + number)
        async with running_dashboard(simulated, clock) as ui:
            await ui.press(*["space"] * 11, "o")
            assert notifications.words() == ["11 tasks are flagged; at most 10 pages can be opened at once."]
            assert not opened.exists()


class TestListedUrls:
    async def test_of_a_task_are_what_its_filter_shows_in_order(
        self, clock: FakeClock, notifications: Notifications
    ) -> None:
        simulated = account(clock)
        add(simulated, "one", ago=100, count=12, failing=(2,))
        async with running_dashboard(simulated, clock) as ui:
            await ui.press("enter", "y")
            assert "listed" not in menu(ui), "without a filter all are listed"
            await ui.press("escape", "slash", *"-1", "enter", "s", "5")
            await take(ui, "listed")
            assert ui.app.clipboard == urls("one-1", "one-10", "one-11", "one-12")
            await ui.press("S")
            await take(ui, "listed")
            assert ui.app.clipboard == urls("one-12", "one-11", "one-10", "one-1")
            assert notifications.words() == ["Copied 4 URLs", "Copied 4 URLs"]

    async def test_of_the_task_list_are_those_of_all_listed_tasks(self, three: Account, clock: FakeClock) -> None:
        async with running_dashboard(three, clock) as ui:
            await ui.press("3", "y")
            assert menu(ui)["listed"].split(maxsplit=1)[1].strip() == "Listed URLs (4)  of 2 listed tasks"
            await ui.press("escape")
            await take(ui, "listed")
            assert ui.app.clipboard == urls("one-1", "one-2", "three-1", "three-2")

    async def test_of_very_many_go_to_a_file_only(
        self, clock: FakeClock, notifications: Notifications, here: Path
    ) -> None:
        simulated = account(clock)
        for ago in (100, 200):
            add(simulated, "x", ago=ago, count=5001)
        async with running_dashboard(simulated, clock) as ui:
            await ui.press("4")
            await take(ui, "listed")
            assert notifications.words() == [
                "Too long for the terminal's clipboard. Press f in the copy menu to save to a file."
            ]
            notifications.toasts.clear()
            await take(ui, "listed", "f")
            assert (await written(ui, notifications)).read_bytes().count(b"\n") == 10_002


@pytest.mark.parametrize(("language", "ids"), [("zh_CN.UTF-8", ["support-zh", "support"]), ("en_US", ["support"])])
async def test_the_support_report_is_offered_in_chinese_where_that_is_the_language(
    three: Account, clock: FakeClock, monkeypatch: pytest.MonkeyPatch, language: str, ids: list[str]
) -> None:
    monkeypatch.setenv("LC_ALL", language)
    async with running_dashboard(three, clock) as ui:
        await ui.press("y")
        assert [name for name in menu(ui) if name.startswith("support")] == ids
        await ui.press("escape")
        await take(ui, ids[0])
        assert ui.app.clipboard.startswith("该任务的 2 个 URL 中有 1 个失败" if "zh" in language else "1 of 2 URLs")
        await take(ui, "support")
        assert ui.app.clipboard.startswith("1 of 2 URLs in this task failed.")

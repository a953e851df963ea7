"""Saving to files: no file is replaced, and the toast names the path."""

import csv
import json
import pwd
from pathlib import Path
from typing import Any

import pytest

from support.clock import FakeClock
from support.screen.dashboard import account, add, running_dashboard
from support.screen.export_menu import take, written
from support.screen.notifications import Notifications, record_notifications
from ucdn_tui.simulator.account import Account


@pytest.fixture
def notifications(monkeypatch: pytest.MonkeyPatch) -> Notifications:
    return record_notifications(monkeypatch)


@pytest.fixture
def simulated(clock: FakeClock) -> Account:
    return account(clock)


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The folder in which the program was started."""
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


class TestFileFromTheMenu:
    async def test_holds_the_choice_and_replaces_no_file(
        self, simulated: Account, clock: FakeClock, notifications: Notifications, here: Path
    ) -> None:
        task_id = add(simulated, "one", count=2, failing=(1,), ago=100)
        async with running_dashboard(simulated, clock) as ui:
            files = {}
            for name in ("url", "failed", "id", "json", "support", "json"):
                await take(ui, name, "f")
                path = await written(ui, notifications)
                files[path.name] = path.read_text(encoding="utf-8")
                assert path.parent == here
            stem = f"ucdn-refresh-{task_id}"
            assert list(files) == [
                *(f"{stem}{end}" for end in ("-url.txt", "-failed.txt", "-id.txt", ".json", "-support.txt", "-2.json"))
            ]
            assert files[f"{stem}-failed.txt"] == "https://cdn.test/one-2.jpg\n"
            assert json.loads(files[f"{stem}.json"])["task_id"] == task_id
            assert files[f"{stem}.json"] == files[f"{stem}-2.json"]
            assert ui.app.clipboard == ""

    async def test_goes_to_the_home_folder_if_the_current_one_is_gone(
        self,
        simulated: Account,
        clock: FakeClock,
        notifications: Notifications,
        here: Path,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        add(simulated, "one")
        async with running_dashboard(simulated, clock) as ui:
            here.rmdir()
            await take(ui, "url", "f")
            assert (await written(ui, notifications)).parent == Path.home()
            taken = Path.home() / "taken"
            taken.touch()
            monkeypatch.setenv("HOME", str(taken))
            await take(ui, "url", "f")
            await ui.settle(lambda: notifications.toasts)
            ((_title, words, severity),) = notifications.toasts
            assert severity == "error"
            assert words.startswith(f"Export failed: {taken}: Not a directory")
            assert "start ucdn-tui in a folder that you can write to" in words

    async def test_needs_no_home_folder(
        self,
        simulated: Account,
        clock: FakeClock,
        notifications: Notifications,
        here: Path,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        def no_user(_uid: int) -> None:
            raise KeyError

        add(simulated, "one")
        async with running_dashboard(simulated, clock) as ui:
            monkeypatch.delenv("HOME")
            monkeypatch.setattr(pwd, "getpwuid", no_user)
            await take(ui, "url", "f")
            assert (await written(ui, notifications)).parent == here


class TestExport:
    @pytest.fixture
    def shop(self, simulated: Account) -> Account:
        for ago, name in ((10, "shop-1"), (20, "blog"), (30, "shop-2"), (40, "video")):
            add(simulated, name, ago=ago, count=3, failing=(1,), work=5.0)
        return simulated

    @pytest.mark.parametrize("form", ["csv", "json"])
    async def test_of_tasks_has_the_listed_ones_in_order(
        self, shop: Account, clock: FakeClock, notifications: Notifications, here: Path, form: str
    ) -> None:
        async with running_dashboard(shop, clock) as ui:
            await ui.press("slash", *"shop", "enter", "S")
            await ui.settle(lambda: len(ui.tasks()) == 2)
            names = []
            for _ in range(2):
                await ui.press("E")
                assert "the 2 listed" in ui.screen()
                await ui.press("1" if form == "csv" else "2")
                path = await written(ui, notifications)
                text = path.read_text(encoding="utf-8")
                rows: list[dict[str, Any]] = json.loads(text) if form == "json" else [*csv.DictReader(text.split("\n"))]
                firsts = [row["urls"][0]["url"] if form == "json" else row["first_url"] for row in rows]
                assert firsts == ["https://cdn.test/shop-2-1.jpg", "https://cdn.test/shop-1-1.jpg"]
                names.append(path.name)
            assert names == [f"ucdn-tasks-20251009-085320.{form}", f"ucdn-tasks-20251009-085320-2.{form}"]

    @pytest.mark.parametrize("form", ["csv", "json"])
    async def test_of_urls_has_the_listed_ones(
        self, shop: Account, clock: FakeClock, notifications: Notifications, here: Path, form: str
    ) -> None:
        async with running_dashboard(shop, clock) as ui:
            await ui.press("j", "enter", "4", "E")
            assert "the 2 listed" in ui.screen()
            await ui.press("1" if form == "csv" else "2")
            path = await written(ui, notifications)
            text = path.read_text(encoding="utf-8")
            rows = json.loads(text) if form == "json" else [*csv.DictReader(text.split("\n"))]
            assert [row["url"] for row in rows] == [f"https://cdn.test/blog-{number}.jpg" for number in (1, 3)]
            assert {row["task_id"] for row in rows} == {ui.selected}
            assert path.name == f"ucdn-refresh-{ui.selected}-urls-20251009-085320.{form}"

    async def test_has_the_rows_that_were_listed_when_it_started(
        self, shop: Account, clock: FakeClock, notifications: Notifications, here: Path
    ) -> None:
        async with running_dashboard(shop, clock) as ui:
            await ui.press("E")
            add(shop, "newer")
            await ui.pass_time(25)
            assert len(ui.tasks()) == 5
            await ui.press("1")
            path = await written(ui, notifications)
            assert len(path.read_text(encoding="utf-8").splitlines()) == 5

    async def test_is_not_written_without_rows_or_when_closed(
        self, shop: Account, clock: FakeClock, notifications: Notifications, here: Path
    ) -> None:
        async with running_dashboard(shop, clock) as ui:
            await ui.press("E", "escape", "2", "E")
            assert notifications.words() == ["Nothing to export."]
            assert list(here.iterdir()) == []

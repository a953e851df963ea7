"""The user's on_finish command: which tasks it gets from the dashboard."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from support.clock import FakeClock
from support.screen.dashboard import DashboardHarness, account, add, running_dashboard
from support.screen.notifications import Notifications, record_notifications
from ucdn_tui.account.preferences import Preferences
from ucdn_tui.simulator.account import Account


@pytest.fixture
def notifications(monkeypatch: pytest.MonkeyPatch) -> Notifications:
    return record_notifications(monkeypatch)


@pytest.fixture
def simulated(clock: FakeClock) -> Account:
    return account(clock)


def hook(folder: Path, status: int = 0) -> Preferences:
    """Return preferences with a command that writes its input to a new file, and ends with this status."""
    path, got = folder / "hook", folder / "got"
    got.mkdir()
    path.write_text(f'#!/bin/sh\ncat >"{got}/$$" && mv "{got}/$$" "{got}/$$.json"\nexit {status}\n', encoding="utf-8")
    path.chmod(0o700)
    return Preferences(on_finish=(str(path),))


def documents(folder: Path) -> list[dict[str, Any]]:
    """Return the command's inputs so far, unordered."""
    return [json.loads(path.read_text(encoding="utf-8")) for path in (folder / "got").glob("*.json")]


def idle(ui: DashboardHarness) -> Callable[[], bool]:
    """Return a check that no command is running or waiting."""
    return lambda: not (ui.app._hook and ui.app._hook._tasks)


async def test_it_gets_each_finished_task_as_json(
    simulated: Account, clock: FakeClock, notifications: Notifications, tmp_path: Path
) -> None:
    task_id = add(simulated, "one", count=2, failing=(1,), work=9.0)
    async with running_dashboard(simulated, clock, preferences=hook(tmp_path)) as ui:
        await ui.pass_time(15)
        await ui.settle(lambda: documents(tmp_path))
        (document,) = documents(tmp_path)
        assert (document["kind"], document["task_id"], document["outcome"]) == ("refresh", task_id, "failure")
        assert [(url["url"][-9:], url["status"]) for url in document["urls"]] == [
            ("one-1.jpg", "success"),
            ("one-2.jpg", "failure"),
        ]
        assert notifications.titles() == ["Refresh finished"]


async def test_a_failure_is_reported_once(
    simulated: Account, clock: FakeClock, notifications: Notifications, tmp_path: Path
) -> None:
    for number in range(6):
        add(simulated, f"task-{number}", work=9.0 + 7 * number)
    async with running_dashboard(simulated, clock, preferences=hook(tmp_path, status=3)) as ui:
        await ui.pass_time(60)
        await ui.settle(lambda: len(documents(tmp_path)) == 6 and idle(ui)())
        failures = [toast for toast in notifications.toasts if toast[0] == "on_finish"]
        words = f"The command {tmp_path / 'hook'} failed with exit status 3."
        assert failures == [("on_finish", words, "error")]


async def test_it_gets_each_of_many_tasks_that_finish_at_once(
    simulated: Account, clock: FakeClock, notifications: Notifications, tmp_path: Path
) -> None:
    ids = {add(simulated, f"task-{number}", work=9.0) for number in range(7)}
    async with running_dashboard(simulated, clock, preferences=hook(tmp_path)) as ui:
        await ui.pass_time(15)
        await ui.settle(idle(ui))
        assert notifications.titles() == ["7 refresh tasks finished"]
        assert sorted(document["task_id"] for document in documents(tmp_path)) == sorted(ids)


async def test_it_gets_no_task_that_had_finished_before(
    simulated: Account, clock: FakeClock, notifications: Notifications, tmp_path: Path
) -> None:
    for ago in (100.0, 600.0, 7200.0, 9000.0):
        add(simulated, f"old-{ago}", ago=ago)
    async with running_dashboard(simulated, clock, window=3600.0, preferences=hook(tmp_path)) as ui:
        await ui.press("w", "4")
        await ui.settle(lambda: len(ui.tasks()) == 4)
        add(simulated, "new", work=9.0)
        await ui.pass_time(60)
        await ui.settle(lambda: idle(ui)() and documents(tmp_path))
        assert [document["urls"][0]["url"][-9:] for document in documents(tmp_path)] == ["new-1.jpg"]

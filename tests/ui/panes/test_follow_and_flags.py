"""Following the newest active task, and flags: on any task, with one toast when all active ones have finished."""

import re

import pytest

from support.clock import FakeClock
from support.screen.dashboard import DashboardHarness, account, add, add_waiting, running_dashboard
from support.screen.lists import filter_summary
from ucdn_tui.simulator.account import Account
from ucdn_tui.simulator.plan import NEVER

ALL_FINISHED = "All flagged tasks finished"


@pytest.fixture
def busy(clock: FakeClock) -> Account:
    """An account whose newest task has finished, with three active ones."""
    simulated = account(clock)
    add(simulated, "over", ago=500)
    add(simulated, "long", ago=510, work=9000.0)
    add(simulated, "stays", ago=520, queue=NEVER, kind="prefetch")
    add(simulated, "short", ago=530, work=560.0)
    return simulated


def selected_name(ui: DashboardHarness) -> str:
    """Return the name of the selected task, having checked that its URLs are shown."""
    key = ui.dashboard.tasks.cursor_key
    assert key is not None
    name = ui.dashboard.store[key].first_url[17:].partition("-1.jpg")[0]
    assert ui.urls()[0].endswith(f"/{name}-1.jpg")
    return name


def flagged(ui: DashboardHarness) -> list[str]:
    """Return the names of the tasks with a flag."""
    return [match[1] for row in ui.tasks() if (match := re.search(r"^● .*cdn\.test/(\S+)-1\.jpg", row))]


class TestFollowing:
    async def test_newest_active_task_is_selected(self, busy: Account, clock: FakeClock) -> None:
        async with running_dashboard(busy, clock) as ui:
            assert selected_name(ui) == "over"
            await ui.press("f")
            assert (selected_name(ui), filter_summary(ui)) == ("long", "following")
            await ui.press("f")
            assert (selected_name(ui), filter_summary(ui)) == ("long", "")

    async def test_selection_follows_new_tasks_and_returns_when_they_finish(
        self, busy: Account, clock: FakeClock
    ) -> None:
        async with running_dashboard(busy, clock, interval=2) as ui:
            await ui.press("f", "enter")
            add(busy, "new", work=40.0)
            await ui.pass_time(3)
            assert selected_name(ui) == "new"
            add(busy, "newer", work=15.0)
            await ui.pass_time(3)
            assert selected_name(ui) == "newer"
            assert filter_summary(ui) == "following", "opening a task is no move"
            await ui.pass_time(15)
            assert selected_name(ui) == "new"
            await ui.pass_time(25)
            assert selected_name(ui) == "long"

    async def test_newer_task_that_has_already_finished_is_ignored(self, busy: Account, clock: FakeClock) -> None:
        async with running_dashboard(busy, clock) as ui:
            await ui.press("f")
            add(busy, "late", work=0.5)
            await ui.pass_time(6)
            assert len(ui.tasks()) == 5
            assert selected_name(ui) == "long"

    async def test_list_scrolls_to_the_followed_task(self, clock: FakeClock) -> None:
        simulated = account(clock)
        add(simulated, "runs", ago=1000, work=9000.0)
        for number in range(60):
            add(simulated, f"over-{number}", ago=100 + number)
        async with running_dashboard(simulated, clock) as ui:
            await ui.press("f")
            assert selected_name(ui) == "runs"
            assert ui.tasks()[-1].endswith("runs-1.jpg")

    @pytest.mark.parametrize("how", ["j", "k", "G", "pagedown", "ctrl+u", "click"])
    async def test_following_ends_when_the_user_moves(self, busy: Account, clock: FakeClock, how: str) -> None:
        async with running_dashboard(busy, clock) as ui:
            await ui.press("f")
            if how == "click":
                await ui.pilot.click(ui.dashboard.tasks, offset=(5, 3))
                await ui.pilot.pause()
            else:
                await ui.press(how)
            chosen = selected_name(ui)
            assert filter_summary(ui) == ""
            add(busy, "new", work=9000.0)
            await ui.pass_time(6)
            assert selected_name(ui) == chosen

    async def test_scrolling_sorting_and_the_other_pane_do_not_end_following(
        self, busy: Account, clock: FakeClock
    ) -> None:
        async with running_dashboard(busy, clock) as ui:
            await ui.press("f")
            await ui.wheel(ui.dashboard.tasks, 2)
            await ui.press("tab", "j", "G", "tab", "s", "8", "S", "r")
            assert (selected_name(ui), filter_summary(ui)) == ("long", "following")

    async def test_filtered_tasks_are_not_followed(self, busy: Account, clock: FakeClock) -> None:
        async with running_dashboard(busy, clock) as ui:
            await ui.press("f", "slash", *"prefetch", "enter")
            assert (selected_name(ui), filter_summary(ui)) == ("stays", "following · 1 of 4")
            add(busy, "shown", ago=-1, work=9000.0, kind="prefetch")
            add(busy, "hidden", ago=-2, work=9000.0)
            await ui.pass_time(6)
            assert (selected_name(ui), filter_summary(ui)) == ("shown", "following · 2 of 6")
            await ui.press("escape")
            assert (selected_name(ui), filter_summary(ui)) == ("hidden", "following")
            await ui.press("4")
            assert (selected_name(ui), filter_summary(ui)) == ("over", "success · following · 1 of 6")

    async def test_without_active_tasks_the_next_one_is_followed(self, clock: FakeClock) -> None:
        simulated = account(clock)
        add(simulated, "over", ago=500)
        add(simulated, "older", ago=600)
        async with running_dashboard(simulated, clock) as ui:
            await ui.press("j", "f")
            assert (selected_name(ui), filter_summary(ui)) == ("older", "following")
            add(simulated, "new")
            await ui.pass_time(21)
            assert selected_name(ui) == "new"


class TestFlags:
    async def test_space_toggles_the_flag_and_selects_the_next_task(self, busy: Account, clock: FakeClock) -> None:
        async with running_dashboard(busy, clock) as ui:
            await ui.press("j", "space")
            assert (flagged(ui), filter_summary(ui), selected_name(ui)) == (["long"], "1 flagged", "stays")
            await ui.press("space")
            assert (flagged(ui), filter_summary(ui), selected_name(ui)) == (["long", "stays"], "2 flagged", "short")
            await ui.press("g", "j", "space")
            assert (flagged(ui), filter_summary(ui), selected_name(ui)) == (["stays"], "1 flagged", "stays")
            await ui.press("space")
            assert (flagged(ui), filter_summary(ui), selected_name(ui)) == ([], "", "short")
            assert ui.tasks()[0].startswith("✔"), "the column of flags is gone"

    async def test_finished_task_can_be_flagged_and_is_not_reported(self, busy: Account, clock: FakeClock) -> None:
        async with running_dashboard(busy, clock, notifications=True) as ui:
            await ui.press("space")
            assert (flagged(ui), filter_summary(ui), selected_name(ui)) == (["over"], "1 flagged", "long")
            await ui.pass_time(10)
            assert ALL_FINISHED not in ui.screen()

    async def test_finished_task_is_not_waited_for_nor_counted(self, busy: Account, clock: FakeClock) -> None:
        async with running_dashboard(busy, clock, notifications=True) as ui:
            await ui.press("space", "G", "space")
            assert flagged(ui) == ["over", "short"]
            await ui.pass_time(36)
            await ui.settle(lambda: ALL_FINISHED in ui.screen())
            assert "✔ 1 success" in ui.screen().partition(ALL_FINISHED)[2]

    async def test_task_flagged_after_the_toast_gives_no_other_one(self, busy: Account, clock: FakeClock) -> None:
        async with running_dashboard(busy, clock, notifications=True) as ui:
            await ui.press("G", "space")
            await ui.pass_time(36)
            await ui.settle(lambda: ALL_FINISHED in ui.screen())
            ui.app.clear_notifications()
            await ui.settle(lambda: ALL_FINISHED not in ui.screen())
            await ui.press("g", "space")
            await ui.pass_time(10)
            assert (flagged(ui), ALL_FINISHED in ui.screen()) == (["over", "short"], False)

    async def test_all_flags_are_cleared_by_one_key(self, busy: Account, clock: FakeClock) -> None:
        async with running_dashboard(busy, clock, notifications=True) as ui:
            await ui.press("G", "space", "g", "space", "0")
            assert flagged(ui) == ["over", "short"], "0 clears filters only"
            await ui.press("U")
            assert (flagged(ui), filter_summary(ui)) == ([], "")
            await ui.pass_time(36)
            assert ALL_FINISHED not in ui.screen()

    async def test_flags_stay_after_one_toast_when_all_have_finished(self, busy: Account, clock: FakeClock) -> None:
        add(busy, "next", ago=525, work=545.0)
        async with running_dashboard(busy, clock, notifications=True) as ui:
            await ui.press("G", "space", "k", "space")
            assert flagged(ui) == ["next", "short"]
            await ui.pass_time(26)
            assert ui.row("next").startswith("● ✔ success")
            assert ALL_FINISHED not in ui.screen()
            assert filter_summary(ui) == "2 flagged"
            await ui.pass_time(10)
            await ui.settle(lambda: ALL_FINISHED in ui.screen())
            assert "✔ 2 success" in ui.screen().partition(ALL_FINISHED)[2]
            assert (flagged(ui), filter_summary(ui)) == (["next", "short"], "2 flagged")
            ui.app.clear_notifications()
            await ui.pass_time(20)
            assert ALL_FINISHED not in ui.screen()

    async def test_toast_counts_the_results(self, clock: FakeClock) -> None:
        simulated = account(clock)
        add(simulated, "good", work=8.0)
        add(simulated, "bad", ago=1, work=8.0, count=3, failing=(1,))
        add(simulated, "runs", ago=2, work=9000.0)
        async with running_dashboard(simulated, clock, notifications=True) as ui:
            await ui.press("space", "space")
            await ui.pass_time(11)
            await ui.settle(lambda: ALL_FINISHED in ui.screen())
            toast = ui.screen().partition(ALL_FINISHED)[2]
            assert "✖ 1 failed" in toast
            assert "✔ 1 success" in toast

    async def test_flags_survive_filters_and_sorting(self, busy: Account, clock: FakeClock) -> None:
        async with running_dashboard(busy, clock) as ui:
            await ui.press("j", "space", "space", "slash", *"stays", "enter")
            assert (flagged(ui), filter_summary(ui)) == (["stays"], "2 flagged · 1 of 4")
            await ui.press("escape", "s", "escape", "S")
            assert (flagged(ui), filter_summary(ui)) == (["stays", "long"], "by Created · 2 flagged")
            await ui.press("4")
            assert (flagged(ui), filter_summary(ui)) == ([], "success · by Created · 2 flagged · 1 of 4")
            await ui.press("0")
            assert flagged(ui) == ["stays", "long"]

    async def test_filtered_tasks_stay_flagged(self, busy: Account, clock: FakeClock) -> None:
        async with running_dashboard(busy, clock, notifications=True) as ui:
            await ui.press("G", "space", "slash", *"over", "enter")
            assert filter_summary(ui) == "1 flagged · 1 of 4"
            await ui.pass_time(36)
            await ui.settle(lambda: ALL_FINISHED in ui.screen())
            assert filter_summary(ui) == "1 flagged · 1 of 4"

    async def test_unflagging_the_last_active_task_finishes_the_others(self, busy: Account, clock: FakeClock) -> None:
        async with running_dashboard(busy, clock, notifications=True) as ui:
            await ui.press("G", "space", "k", "space")
            await ui.pass_time(36)
            assert (flagged(ui), filter_summary(ui)) == (["stays", "short"], "2 flagged")
            await ui.press("k", "space")
            await ui.settle(lambda: ALL_FINISHED in ui.screen())
            assert (flagged(ui), filter_summary(ui)) == (["short"], "1 flagged")

    async def test_flag_goes_with_a_removed_task(self, clock: FakeClock) -> None:
        simulated = account(clock)
        _one, two, _three = add_waiting(simulated, ["one", "two", "three"])
        async with running_dashboard(simulated, clock, notifications=True) as ui:
            await ui.press("j", "space")
            simulated.remove(two)
            for _ in range(2):
                await ui.press("r")
                await ui.pass_time(2)
            assert len(ui.tasks()) == 2
            assert (flagged(ui), filter_summary(ui)) == ([], "")
            assert ALL_FINISHED not in ui.screen(), "its result is unknown"

    async def test_urls_cannot_be_flagged(self, busy: Account, clock: FakeClock) -> None:
        async with running_dashboard(busy, clock) as ui:
            await ui.press("j", "enter", "space", "f")
            assert (flagged(ui), filter_summary(ui)) == ([], "")

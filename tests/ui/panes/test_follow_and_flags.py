"""Following the newest active task, and marks: being told when all that was marked is over."""

import re

import pytest
from textual.widgets import Static

from support.clock import FakeClock
from support.screen.dashboard import DashboardHarness, account, add, add_waiting, running_dashboard, text_of
from ucdn_tui.simulator.account import Account
from ucdn_tui.simulator.plan import NEVER

OVER = "All marked tasks are over"


@pytest.fixture
def busy(clock: FakeClock) -> Account:
    """An account in which the newest task is over, and three others go on."""
    simulated = account(clock)
    add(simulated, "over", ago=500)
    add(simulated, "long", ago=510, work=9000.0)
    add(simulated, "stays", ago=520, queue=NEVER, kind="prefetch")
    add(simulated, "short", ago=530, work=560.0)
    return simulated


def selected(ui: DashboardHarness) -> str:
    """Return the name of the selected task, which is also the one whose URLs are shown."""
    key = ui.dashboard.tasks.cursor_key
    assert key is not None
    name = ui.dashboard.store[key].first_url[17:].partition("-1.jpg")[0]
    assert ui.urls()[0].endswith(f"/{name}-1.jpg")
    return name


def line(ui: DashboardHarness) -> str:
    bar = ui.dashboard.query_one("#task-filter")
    return text_of(bar.query_one("#found", Static)) if bar.display else ""


def marked(ui: DashboardHarness) -> list[str]:
    """Return the tasks with a mark in front of them."""
    return [match[1] for row in ui.tasks() if (match := re.search(r"^● .*cdn\.test/(\S+)-1\.jpg", row))]


class TestFollowing:
    async def test_selects_the_newest_task_that_is_active_and_says_so(self, busy: Account, clock: FakeClock) -> None:
        async with running_dashboard(busy, clock) as ui:
            assert selected(ui) == "over"
            await ui.press("f")
            assert (selected(ui), line(ui)) == ("long", "following")
            await ui.press("f")
            assert (selected(ui), line(ui)) == ("long", "")

    async def test_goes_along_with_what_arrives_and_back_when_that_is_over(
        self, busy: Account, clock: FakeClock
    ) -> None:
        async with running_dashboard(busy, clock, interval=2) as ui:
            await ui.press("f", "enter")
            add(busy, "new", work=40.0)
            await ui.pass_time(3)
            assert selected(ui) == "new"
            add(busy, "newer", work=15.0)
            await ui.pass_time(3)
            assert selected(ui) == "newer"
            assert line(ui) == "following", "to look into a task is no move"
            await ui.pass_time(15)
            assert selected(ui) == "new"
            await ui.pass_time(25)
            assert selected(ui) == "long"

    async def test_is_not_disturbed_by_a_newer_task_that_is_over_already(self, busy: Account, clock: FakeClock) -> None:
        async with running_dashboard(busy, clock) as ui:
            await ui.press("f")
            add(busy, "late", work=0.5)
            await ui.pass_time(6)
            assert len(ui.tasks()) == 5
            assert selected(ui) == "long"

    async def test_keeps_in_sight_what_it_selects(self, clock: FakeClock) -> None:
        simulated = account(clock)
        add(simulated, "runs", ago=1000, work=9000.0)
        for number in range(60):
            add(simulated, f"over-{number}", ago=100 + number)
        async with running_dashboard(simulated, clock) as ui:
            await ui.press("f")
            assert selected(ui) == "runs"
            assert ui.tasks()[-1].endswith("runs-1.jpg")

    @pytest.mark.parametrize("how", ["j", "k", "G", "pagedown", "ctrl+u", "click"])
    async def test_ends_when_the_user_moves(self, busy: Account, clock: FakeClock, how: str) -> None:
        async with running_dashboard(busy, clock) as ui:
            await ui.press("f")
            if how == "click":
                await ui.pilot.click(ui.dashboard.tasks, offset=(5, 3))
                await ui.pilot.pause()
            else:
                await ui.press(how)
            chosen = selected(ui)
            assert line(ui) == ""
            add(busy, "new", work=9000.0)
            await ui.pass_time(6)
            assert selected(ui) == chosen

    async def test_does_not_end_by_looking_about(self, busy: Account, clock: FakeClock) -> None:
        async with running_dashboard(busy, clock) as ui:
            await ui.press("f")
            await ui.wheel(ui.dashboard.tasks, 2)
            await ui.press("tab", "j", "G", "tab", "s", "8", "S", "r")
            assert (selected(ui), line(ui)) == ("long", "following")

    async def test_selects_nothing_that_the_filter_hides(self, busy: Account, clock: FakeClock) -> None:
        async with running_dashboard(busy, clock) as ui:
            await ui.press("f", "slash", *"prefetch", "enter")
            assert (selected(ui), line(ui)) == ("stays", "following · 1 of 4")
            add(busy, "shown", ago=-1, work=9000.0, kind="prefetch")
            add(busy, "hidden", ago=-2, work=9000.0)
            await ui.pass_time(6)
            assert (selected(ui), line(ui)) == ("shown", "following · 2 of 6")
            await ui.press("escape")
            assert (selected(ui), line(ui)) == ("hidden", "following")
            await ui.press("4")
            assert (selected(ui), line(ui)) == ("over", "success · following · 1 of 6")

    async def test_waits_where_nothing_is_active(self, clock: FakeClock) -> None:
        simulated = account(clock)
        add(simulated, "over", ago=500)
        add(simulated, "older", ago=600)
        async with running_dashboard(simulated, clock) as ui:
            await ui.press("j", "f")
            assert (selected(ui), line(ui)) == ("older", "following")
            add(simulated, "new")
            await ui.pass_time(21)
            assert selected(ui) == "new"


class TestMarks:
    async def test_are_put_on_and_taken_off_and_the_selection_goes_on(self, busy: Account, clock: FakeClock) -> None:
        async with running_dashboard(busy, clock) as ui:
            await ui.press("j", "space")
            assert (marked(ui), line(ui), selected(ui)) == (["long"], "1 marked", "stays")
            await ui.press("space")
            assert (marked(ui), line(ui), selected(ui)) == (["long", "stays"], "2 marked", "short")
            await ui.press("g", "j", "space")
            assert (marked(ui), line(ui), selected(ui)) == (["stays"], "1 marked", "stays")
            await ui.press("space")
            assert (marked(ui), line(ui), selected(ui)) == ([], "", "short")
            assert ui.tasks()[0].startswith("✔"), "there is no room for marks any more"

    async def test_are_refused_to_what_is_over(self, busy: Account, clock: FakeClock) -> None:
        async with running_dashboard(busy, clock, notifications=True) as ui:
            await ui.press("space")
            assert (marked(ui), line(ui), selected(ui)) == ([], "", "over")
            await ui.settle(lambda: "This task is over already." in ui.screen())

    async def test_vanish_when_all_are_over_and_that_is_said_once(self, busy: Account, clock: FakeClock) -> None:
        add(busy, "next", ago=525, work=545.0)
        async with running_dashboard(busy, clock, notifications=True) as ui:
            await ui.press("G", "space", "k", "space")
            assert marked(ui) == ["next", "short"]
            await ui.pass_time(26)
            assert ui.row("next").startswith("● ✔ success")
            assert OVER not in ui.screen()
            assert line(ui) == "2 marked"
            await ui.pass_time(10)
            await ui.settle(lambda: OVER in ui.screen())
            assert "✔ 2 success" in ui.screen().partition(OVER)[2]
            assert (marked(ui), line(ui)) == ([], "")
            ui.app.clear_notifications()
            await ui.pass_time(20)
            assert OVER not in ui.screen()

    async def test_tell_what_became_of_the_tasks(self, clock: FakeClock) -> None:
        simulated = account(clock)
        add(simulated, "good", work=8.0)
        add(simulated, "bad", ago=1, work=8.0, count=3, failing=(1,))
        add(simulated, "runs", ago=2, work=9000.0)
        async with running_dashboard(simulated, clock, notifications=True) as ui:
            await ui.press("space", "space")
            await ui.pass_time(11)
            await ui.settle(lambda: OVER in ui.screen())
            told = ui.screen().partition(OVER)[2]
            assert "✖ 1 failure" in told
            assert "✔ 1 success" in told

    async def test_are_kept_through_filters_and_orders(self, busy: Account, clock: FakeClock) -> None:
        async with running_dashboard(busy, clock) as ui:
            await ui.press("j", "space", "space", "slash", *"stays", "enter")
            assert (marked(ui), line(ui)) == (["stays"], "2 marked · 1 of 4")
            await ui.press("escape", "s", "escape", "S")
            assert (marked(ui), line(ui)) == (["stays", "long"], "2 marked")
            await ui.press("4")
            assert (marked(ui), line(ui)) == ([], "success · 2 marked · 1 of 4")
            await ui.press("0")
            assert marked(ui) == ["stays", "long"]

    async def test_of_hidden_tasks_are_watched_too(self, busy: Account, clock: FakeClock) -> None:
        async with running_dashboard(busy, clock, notifications=True) as ui:
            await ui.press("G", "space", "slash", *"over", "enter")
            assert line(ui) == "1 marked · 1 of 4"
            await ui.pass_time(36)
            await ui.settle(lambda: OVER in ui.screen())
            assert line(ui) == "1 of 4"

    async def test_vanish_when_the_last_one_that_goes_on_loses_its_mark(self, busy: Account, clock: FakeClock) -> None:
        async with running_dashboard(busy, clock, notifications=True) as ui:
            await ui.press("G", "space", "k", "space")
            await ui.pass_time(36)
            assert (marked(ui), line(ui)) == (["stays", "short"], "2 marked")
            await ui.press("k", "space")
            await ui.settle(lambda: OVER in ui.screen())
            assert (marked(ui), line(ui)) == ([], "")

    async def test_go_with_tasks_that_the_api_has_forgotten(self, clock: FakeClock) -> None:
        simulated = account(clock)
        _one, two, _three = add_waiting(simulated, ["one", "two", "three"])
        async with running_dashboard(simulated, clock, notifications=True) as ui:
            await ui.press("j", "space")
            simulated.remove(two)
            for _ in range(2):
                await ui.press("r")
                await ui.pass_time(2)
            assert len(ui.tasks()) == 2
            assert (marked(ui), line(ui)) == ([], "")
            assert OVER not in ui.screen(), "nobody knows whether it is"

    async def test_are_for_tasks_and_not_for_urls(self, busy: Account, clock: FakeClock) -> None:
        async with running_dashboard(busy, clock) as ui:
            await ui.press("j", "enter", "space", "f")
            assert (marked(ui), line(ui)) == ([], "")

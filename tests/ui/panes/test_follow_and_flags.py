"""Following the newest active task, and marks: being told when all that was marked is over."""

import re

import pytest
from textual.widgets import Static

from support.clock import FakeClock
from support.screen.dashboard import Watching, account, add, add_waiting, text_of, watching
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


def selected(w: Watching) -> str:
    """Return the name of the selected task, which is also the one whose URLs are shown."""
    key = w.dashboard.tasks.cursor_key
    assert key is not None
    name = w.dashboard.store[key].first_url[17:].partition("-1.jpg")[0]
    assert w.urls()[0].endswith(f"/{name}-1.jpg")
    return name


def line(w: Watching) -> str:
    bar = w.dashboard.query_one("#task-filter")
    return text_of(bar.query_one("#found", Static)) if bar.display else ""


def marked(w: Watching) -> list[str]:
    """Return the tasks with a mark in front of them."""
    return [match[1] for row in w.tasks() if (match := re.search(r"^● .*cdn\.test/(\S+)-1\.jpg", row))]


class TestFollowing:
    async def test_selects_the_newest_task_that_is_active_and_says_so(self, busy: Account, clock: FakeClock) -> None:
        async with watching(busy, clock) as w:
            assert selected(w) == "over"
            await w.press("f")
            assert (selected(w), line(w)) == ("long", "following")
            await w.press("f")
            assert (selected(w), line(w)) == ("long", "")

    async def test_goes_along_with_what_arrives_and_back_when_that_is_over(
        self, busy: Account, clock: FakeClock
    ) -> None:
        async with watching(busy, clock, interval=2) as w:
            await w.press("f", "enter")
            add(busy, "new", work=40.0)
            await w.pass_time(3)
            assert selected(w) == "new"
            add(busy, "newer", work=15.0)
            await w.pass_time(3)
            assert selected(w) == "newer"
            assert line(w) == "following", "to look into a task is no move"
            await w.pass_time(15)
            assert selected(w) == "new"
            await w.pass_time(25)
            assert selected(w) == "long"

    async def test_is_not_disturbed_by_a_newer_task_that_is_over_already(self, busy: Account, clock: FakeClock) -> None:
        async with watching(busy, clock) as w:
            await w.press("f")
            add(busy, "late", work=0.5)
            await w.pass_time(6)
            assert len(w.tasks()) == 5
            assert selected(w) == "long"

    async def test_keeps_in_sight_what_it_selects(self, clock: FakeClock) -> None:
        simulated = account(clock)
        add(simulated, "runs", ago=1000, work=9000.0)
        for number in range(60):
            add(simulated, f"over-{number}", ago=100 + number)
        async with watching(simulated, clock) as w:
            await w.press("f")
            assert selected(w) == "runs"
            assert w.tasks()[-1].endswith("runs-1.jpg")

    @pytest.mark.parametrize("how", ["j", "k", "G", "pagedown", "ctrl+u", "click"])
    async def test_ends_when_the_user_moves(self, busy: Account, clock: FakeClock, how: str) -> None:
        async with watching(busy, clock) as w:
            await w.press("f")
            if how == "click":
                await w.pilot.click(w.dashboard.tasks, offset=(5, 3))
                await w.pilot.pause()
            else:
                await w.press(how)
            chosen = selected(w)
            assert line(w) == ""
            add(busy, "new", work=9000.0)
            await w.pass_time(6)
            assert selected(w) == chosen

    async def test_does_not_end_by_looking_about(self, busy: Account, clock: FakeClock) -> None:
        async with watching(busy, clock) as w:
            await w.press("f")
            await w.wheel(w.dashboard.tasks, 2)
            await w.press("tab", "j", "G", "tab", "s", "8", "S", "r")
            assert (selected(w), line(w)) == ("long", "following")

    async def test_selects_nothing_that_the_filter_hides(self, busy: Account, clock: FakeClock) -> None:
        async with watching(busy, clock) as w:
            await w.press("f", "slash", *"prefetch", "enter")
            assert (selected(w), line(w)) == ("stays", "following · 1 of 4")
            add(busy, "shown", ago=-1, work=9000.0, kind="prefetch")
            add(busy, "hidden", ago=-2, work=9000.0)
            await w.pass_time(6)
            assert (selected(w), line(w)) == ("shown", "following · 2 of 6")
            await w.press("escape")
            assert (selected(w), line(w)) == ("hidden", "following")
            await w.press("4")
            assert (selected(w), line(w)) == ("over", "success · following · 1 of 6")

    async def test_waits_where_nothing_is_active(self, clock: FakeClock) -> None:
        simulated = account(clock)
        add(simulated, "over", ago=500)
        add(simulated, "older", ago=600)
        async with watching(simulated, clock) as w:
            await w.press("j", "f")
            assert (selected(w), line(w)) == ("older", "following")
            add(simulated, "new")
            await w.pass_time(21)
            assert selected(w) == "new"


class TestMarks:
    async def test_are_put_on_and_taken_off_and_the_selection_goes_on(self, busy: Account, clock: FakeClock) -> None:
        async with watching(busy, clock) as w:
            await w.press("j", "space")
            assert (marked(w), line(w), selected(w)) == (["long"], "1 marked", "stays")
            await w.press("space")
            assert (marked(w), line(w), selected(w)) == (["long", "stays"], "2 marked", "short")
            await w.press("g", "j", "space")
            assert (marked(w), line(w), selected(w)) == (["stays"], "1 marked", "stays")
            await w.press("space")
            assert (marked(w), line(w), selected(w)) == ([], "", "short")
            assert w.tasks()[0].startswith("✔"), "there is no room for marks any more"

    async def test_are_refused_to_what_is_over(self, busy: Account, clock: FakeClock) -> None:
        async with watching(busy, clock, notifications=True) as w:
            await w.press("space")
            assert (marked(w), line(w), selected(w)) == ([], "", "over")
            await w.settle(lambda: "This task is over already." in w.screen())

    async def test_vanish_when_all_are_over_and_that_is_said_once(self, busy: Account, clock: FakeClock) -> None:
        add(busy, "next", ago=525, work=545.0)
        async with watching(busy, clock, notifications=True) as w:
            await w.press("G", "space", "k", "space")
            assert marked(w) == ["next", "short"]
            await w.pass_time(26)
            assert w.row("next").startswith("● ✔ success")
            assert OVER not in w.screen()
            assert line(w) == "2 marked"
            await w.pass_time(10)
            await w.settle(lambda: OVER in w.screen())
            assert "✔ 2 success" in w.screen().partition(OVER)[2]
            assert (marked(w), line(w)) == ([], "")
            w.app.clear_notifications()
            await w.pass_time(20)
            assert OVER not in w.screen()

    async def test_tell_what_became_of_the_tasks(self, clock: FakeClock) -> None:
        simulated = account(clock)
        add(simulated, "good", work=8.0)
        add(simulated, "bad", ago=1, work=8.0, count=3, failing=(1,))
        add(simulated, "runs", ago=2, work=9000.0)
        async with watching(simulated, clock, notifications=True) as w:
            await w.press("space", "space")
            await w.pass_time(11)
            await w.settle(lambda: OVER in w.screen())
            told = w.screen().partition(OVER)[2]
            assert "✖ 1 failure" in told
            assert "✔ 1 success" in told

    async def test_are_kept_through_filters_and_orders(self, busy: Account, clock: FakeClock) -> None:
        async with watching(busy, clock) as w:
            await w.press("j", "space", "space", "slash", *"stays", "enter")
            assert (marked(w), line(w)) == (["stays"], "2 marked · 1 of 4")
            await w.press("escape", "s", "escape", "S")
            assert (marked(w), line(w)) == (["stays", "long"], "2 marked")
            await w.press("4")
            assert (marked(w), line(w)) == ([], "success · 2 marked · 1 of 4")
            await w.press("0")
            assert marked(w) == ["stays", "long"]

    async def test_of_hidden_tasks_are_watched_too(self, busy: Account, clock: FakeClock) -> None:
        async with watching(busy, clock, notifications=True) as w:
            await w.press("G", "space", "slash", *"over", "enter")
            assert line(w) == "1 marked · 1 of 4"
            await w.pass_time(36)
            await w.settle(lambda: OVER in w.screen())
            assert line(w) == "1 of 4"

    async def test_vanish_when_the_last_one_that_goes_on_loses_its_mark(self, busy: Account, clock: FakeClock) -> None:
        async with watching(busy, clock, notifications=True) as w:
            await w.press("G", "space", "k", "space")
            await w.pass_time(36)
            assert (marked(w), line(w)) == (["stays", "short"], "2 marked")
            await w.press("k", "space")
            await w.settle(lambda: OVER in w.screen())
            assert (marked(w), line(w)) == ([], "")

    async def test_go_with_tasks_that_the_api_has_forgotten(self, clock: FakeClock) -> None:
        simulated = account(clock)
        _one, two, _three = add_waiting(simulated, ["one", "two", "three"])
        async with watching(simulated, clock, notifications=True) as w:
            await w.press("j", "space")
            simulated.remove(two)
            for _ in range(2):
                await w.press("r")
                await w.pass_time(2)
            assert len(w.tasks()) == 2
            assert (marked(w), line(w)) == ([], "")
            assert OVER not in w.screen(), "nobody knows whether it is"

    async def test_are_for_tasks_and_not_for_urls(self, busy: Account, clock: FakeClock) -> None:
        async with watching(busy, clock) as w:
            await w.press("j", "enter", "space", "f")
            assert (marked(w), line(w)) == ([], "")

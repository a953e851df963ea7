"""Filter words about what the API does not say: stuck and flagged tasks; and unknown words."""

import pytest
from textual import events

from support.clock import FakeClock
from support.screen.dashboard import DashboardHarness, account, add, running_dashboard
from support.screen.lists import filter_summary, names_in, url_numbers
from ucdn_tui.simulator.account import Account
from ucdn_tui.simulator.plan import NEVER


@pytest.fixture
def active(clock: FakeClock) -> Account:
    """An account with three active tasks, of which one is stuck soon, and one that has finished."""
    simulated = account(clock)
    add(simulated, "new", ago=10, work=9000.0)
    add(simulated, "queued", ago=20, queue=NEVER, kind="prefetch")
    add(simulated, "hung", ago=620, count=2, work=60.0, stuck=[0])
    add(simulated, "over", ago=900)
    return simulated


async def type_filter(ui: DashboardHarness, text: str) -> None:
    """Type a filter for the focused list, faster than `press`, which waits after each letter."""
    await ui.press("slash")
    for letter in text:
        ui.app.post_message(events.Key(letter, letter))
    await ui.press("enter")


class TestStuck:
    async def test_a_task_is_found_as_soon_as_it_is_stuck(self, active: Account, clock: FakeClock) -> None:
        async with running_dashboard(active, clock) as ui:
            await type_filter(ui, "is:stuck")
            assert (names_in(ui.tasks()), filter_summary(ui)) == ([], "0 of 4")
            await ui.pass_time(60)
            assert (names_in(ui.tasks()), filter_summary(ui)) == (["hung"], "1 of 4")

    async def test_a_task_is_excluded_as_soon_as_it_is_stuck(self, active: Account, clock: FakeClock) -> None:
        async with running_dashboard(active, clock) as ui:
            await type_filter(ui, "is:active !is:stuck")
            assert names_in(ui.tasks()) == ["new", "queued", "hung"]
            await ui.pass_time(60)
            assert (names_in(ui.tasks()), filter_summary(ui)) == (["new", "queued"], "2 of 4")

    async def test_sorting_takes_a_task_that_has_become_stuck_since(self, clock: FakeClock) -> None:
        simulated = account(clock)
        for number, ago in enumerate((5000.0, 620.0)):
            add(simulated, f"hung-{number}", ago=ago, count=2, work=60.0, stuck=[0])
        async with running_dashboard(simulated, clock) as ui:
            await type_filter(ui, "is:stuck")
            assert names_in(ui.tasks()) == ["hung-0"]
            before = len(ui.dashboard.task_pane._view.urls)
            await clock.advance(60)  # without a tick
            await ui.press("S")
            assert before == 1
            assert len(ui.dashboard.task_pane._view.urls) == len(ui.dashboard.task_pane._view) == 2

    async def test_urls_are_found_as_soon_as_their_task_is_stuck(self, active: Account, clock: FakeClock) -> None:
        async with running_dashboard(active, clock) as ui:
            await ui.press("j", "j", "enter")
            await type_filter(ui, "is:stuck")
            assert url_numbers(ui) == []
            await ui.pass_time(60)
            assert (url_numbers(ui), filter_summary(ui, of_urls=True)) == ([1], "1 of 2")


class TestFlagged:
    async def test_the_list_follows_the_flags(self, active: Account, clock: FakeClock) -> None:
        async with running_dashboard(active, clock) as ui:
            await type_filter(ui, "is:flagged")
            assert names_in(ui.tasks()) == []
            await ui.press("escape", "g", "space", "space")
            await type_filter(ui, "is:flagged")
            assert names_in(ui.tasks()) == ["new", "queued"]
            await ui.press("g", "space")
            assert names_in(ui.tasks()) == ["queued"]
            assert filter_summary(ui) == "1 flagged · 1 of 4"

    async def test_the_next_task_is_selected_when_a_flag_hides_one(self, active: Account, clock: FakeClock) -> None:
        async with running_dashboard(active, clock) as ui:
            await type_filter(ui, "is:active !is:flagged")
            await ui.press("g", "space")
            assert names_in(ui.tasks()) == ["queued", "hung"]
            assert ui.urls()[0].endswith("queued-1.jpg")

    async def test_urls_of_a_flagged_task_are_found(self, active: Account, clock: FakeClock) -> None:
        async with running_dashboard(active, clock) as ui:
            await type_filter(ui, "kind:prefetch")
            await ui.press("enter")
            await type_filter(ui, "is:flagged")
            assert (url_numbers(ui), filter_summary(ui, of_urls=True)) == ([], "0 of 1")
            await ui.press("tab", "space")
            await ui.pass_time(1)
            assert (url_numbers(ui), filter_summary(ui, of_urls=True)) == ([1], "1 of 1")


async def test_active_tasks_go_when_they_finish(active: Account, clock: FakeClock) -> None:
    add(active, "short", ago=5, work=20.0)
    async with running_dashboard(active, clock) as ui:
        await type_filter(ui, "is:active")
        assert names_in(ui.tasks()) == ["short", "new", "queued", "hung"]
        await ui.pass_time(30)
        assert names_in(ui.tasks()) == ["new", "queued", "hung"]


class TestUnknownWords:
    @pytest.mark.parametrize(
        ("text", "said"),
        [
            ("foo:bar", "unknown field foo – try status, kind, type, host, url, id, is"),
            ("is:broken", "unknown is:broken – try active, stuck, flagged, failed, done"),
        ],
    )
    async def test_are_named_and_hide_nothing(self, active: Account, clock: FakeClock, text: str, said: str) -> None:
        async with running_dashboard(active, clock, size=(200, 28)) as ui:
            await type_filter(ui, text)
            assert filter_summary(ui) == f"4 of 4 · {said}"
            await type_filter(ui, f"{text} kind:prefetch")
            assert (names_in(ui.tasks()), filter_summary(ui)) == (["queued"], f"1 of 4 · {said}")

    @pytest.mark.parametrize(
        ("text", "said"),
        [
            ("status:partial", "unknown status partial – try running, queued, failed, success, unknown"),
            ("kind:dir", "unknown kind dir – try refresh, prefetch"),
        ],
    )
    async def test_values_that_nothing_has_are_named(
        self, active: Account, clock: FakeClock, text: str, said: str
    ) -> None:
        async with running_dashboard(active, clock, size=(200, 28)) as ui:
            await type_filter(ui, text)
            assert (ui.tasks(), filter_summary(ui)) == (
                ["No matches (4 hidden).", "Esc clears the filter."],
                f"0 of 4 · {said}",
            )

    async def test_are_named_at_80_columns_too(self, active: Account, clock: FakeClock) -> None:
        async with running_dashboard(active, clock, size=(80, 24)) as ui:
            await type_filter(ui, "foo:bar")
            assert "foo:bar" in ui.screen()
            assert "4 of 4 · unknown field foo – try status" in ui.screen()

    async def test_a_host_with_its_port_is_no_field(self, active: Account, clock: FakeClock) -> None:
        async with running_dashboard(active, clock) as ui:
            await type_filter(ui, "cdn.test:8080")
            assert (names_in(ui.tasks()), filter_summary(ui)) == ([], "0 of 4")
            await type_filter(ui, "https://cdn.test/new")
            assert (names_in(ui.tasks()), filter_summary(ui)) == (["new"], "1 of 4")

"""Filtering tasks: the filter text, the keys for statuses, and changes of the list meanwhile."""

from typing import Any

import pytest
from textual import events

from support.clock import FakeClock
from support.screen.dashboard import DashboardHarness, account, add, add_waiting, running_dashboard
from support.screen.lists import filter_summary, highlighted, names_in
from ucdn_tui.simulator.account import Account
from ucdn_tui.simulator.plan import NEVER

ALL = ["alpha", "beta", "gamma", "delta", "epsilon", "zeta"]


@pytest.fixture
def mixed(clock: FakeClock) -> Account:
    """An account with a task in each status, and one that failed in part."""
    simulated = account(clock)
    add(simulated, "alpha", ago=500, count=3)
    add(simulated, "beta", ago=510, count=2, kind="prefetch", failing=(0, 1))
    add(simulated, "gamma", ago=520, type="dir", work=9000.0)
    add(simulated, "delta", ago=530, kind="prefetch", queue=NEVER)
    add(simulated, "epsilon", ago=540, unknown=(0,))
    add(simulated, "zeta", ago=550, count=30, failing=(7,), outcome="success")
    return simulated


def filter_text(ui: DashboardHarness) -> str:
    return ui.dashboard.task_pane.filter_bar.text


async def type_filter(ui: DashboardHarness, text: str) -> None:
    """Type a filter; faster than `press`, which waits after each letter."""
    await ui.press("slash")
    for letter in text:
        ui.app.post_message(events.Key(letter, letter))
    await ui.pilot.pause()


class TestFilterText:
    async def test_each_letter_filters_the_list_and_shows_the_count(self, mixed: Account, clock: FakeClock) -> None:
        async with running_dashboard(mixed, clock) as ui:
            await ui.press("slash")
            assert (names_in(ui.tasks()), filter_summary(ui)) == (ALL, "")
            for letter, left in [("e", ALL), ("t", ["beta", "zeta"]), ("a", ["beta", "zeta"])]:
                await ui.press(letter)
                assert names_in(ui.tasks()) == left
                assert filter_summary(ui) == f"{len(ui.tasks())} of 6"

    async def test_all_fields_of_a_task_are_searched(self, mixed: Account, clock: FakeClock) -> None:
        task_id = add(mixed, "other", ago=9000)
        async with running_dashboard(mixed, clock) as ui:
            for text, found in [
                ("alpha-3", ["alpha"]),  # its third URL
                ("GAMMA", ["gamma"]),
                (task_id[-8:], ["other"]),
                ("fail", ["beta", "zeta"]),
                ("unknown", ["epsilon"]),
                ("prefetch", ["beta", "delta"]),
                ("dir", ["gamma"]),
                ("!zeta-30 !prefetch", ["alpha", "gamma", "epsilon", "other"]),
                ("status:failure kind:prefetch", ["beta"]),
                ("url:wait", []),
            ]:
                await type_filter(ui, text)
                assert names_in(ui.tasks()) == found, text
                await ui.press("escape")

    async def test_matches_are_highlighted(self, mixed: Account, clock: FakeClock) -> None:
        async with running_dashboard(mixed, clock) as ui:
            assert highlighted(ui.dashboard.tasks) == []
            for text, matches in [
                ("eta-1", ["eta-1", "eta-1"]),  # the second one is in the selected row
                ("QUEUED", ["queued"]),
                ("kind:prefetch url:delta", ["prefetch", "delta"]),
                ("!prefetch", []),
                ("zeta-22", ["zeta-22"]),  # another URL of the task: the row shows it
            ]:
                await type_filter(ui, text)
                assert highlighted(ui.dashboard.tasks) == matches, text
                await ui.press("escape")
                assert highlighted(ui.dashboard.tasks) == [], text

    async def test_number_of_other_urls_is_highlighted_only_if_they_match(
        self, mixed: Account, clock: FakeClock
    ) -> None:
        async with running_dashboard(mixed, clock) as ui:
            await ui.press("slash", *"fail")
            assert highlighted(ui.dashboard.tasks) == ["fail", "fail"]

    async def test_keys_with_a_binding_are_typed_as_text(self, mixed: Account, clock: FakeClock) -> None:
        keys = ["q", "s", "3", "a", "0", "space", "f", "S", "question_mark", "j", "k", "G", "y", "T", "minus", "slash"]
        async with running_dashboard(mixed, clock) as ui:
            await ui.press("slash", *keys)
            assert filter_text(ui) == "qs3a0 fS?jkGyT-/"
            assert (ui.app.screen, ui.app.return_code) == (ui.dashboard, None)
            assert "following" not in filter_summary(ui)
            assert filter_summary(ui) == "0 of 6"

    @pytest.mark.parametrize("key", ["enter", "down", "tab"])
    async def test_filter_stays_when_the_focus_moves_to_the_list(
        self, mixed: Account, clock: FakeClock, key: str
    ) -> None:
        async with running_dashboard(mixed, clock) as ui:
            await ui.press("slash", *"eta", key)
            assert ui.dashboard.tasks.has_focus
            assert (names_in(ui.tasks()), filter_text(ui), filter_summary(ui)) == (["beta", "zeta"], "eta", "2 of 6")
            await ui.press("j")
            assert ui.urls()[0].endswith("zeta-1.jpg")
            await ui.press("slash")
            assert ui.dashboard.task_pane.filter_bar.typing

    async def test_click_on_the_filter_bar_focuses_the_input(self, mixed: Account, clock: FakeClock) -> None:
        async with running_dashboard(mixed, clock) as ui:
            await ui.press("3")
            assert await ui.pilot.click("#task-filter #found")
            await ui.press(*"zet", "enter")
            assert (names_in(ui.tasks()), filter_summary(ui)) == (["zeta"], "failed · 1 of 6")

    async def test_escape_clears_the_text(self, mixed: Account, clock: FakeClock) -> None:
        async with running_dashboard(mixed, clock) as ui:
            await ui.press("4", "slash", *"alp", "escape")
            assert ui.dashboard.tasks.has_focus
            assert (filter_text(ui), filter_summary(ui), names_in(ui.tasks())) == ("", "success · 1 of 6", ["alpha"]), (
                "the status filter stays"
            )

    async def test_escape_in_the_list_clears_the_filter_before_it_goes_back(
        self, mixed: Account, clock: FakeClock
    ) -> None:
        async with running_dashboard(mixed, clock) as ui:
            await ui.press("3", "a", "slash", *"eta", "enter", "escape")
            assert (filter_text(ui), filter_summary(ui), names_in(ui.tasks())) == ("", "", ALL)
            await ui.press("enter", "4", "slash", *"2", "enter")
            assert filter_summary(ui, of_urls=True) == "success · 1 of 3"
            await ui.press("escape")
            assert ui.dashboard.details.table.has_focus
            assert len(ui.urls()) == 3
            await ui.press("escape")
            assert ui.dashboard.tasks.has_focus

    async def test_the_box_is_there_again_after_a_time_in_another_window(
        self, mixed: Account, clock: FakeClock
    ) -> None:
        async with running_dashboard(mixed, clock) as ui:
            await ui.press("slash")
            ui.app.post_message(events.AppBlur())
            ui.app.post_message(events.AppFocus())
            await ui.settle(lambda: ui.dashboard.task_pane.filter_bar.typing)
            assert ui.dashboard.task_pane.filter_bar.display
            await ui.press(*"eta")
            assert filter_text(ui) == "eta"

    @pytest.mark.parametrize("key", ["enter", "down", "tab"])
    async def test_keys_after_enter_in_the_same_packet_go_to_the_list(
        self, mixed: Account, clock: FakeClock, key: str
    ) -> None:
        async with running_dashboard(mixed, clock) as ui:
            await ui.press("slash", *"eta")
            for part, letter in [(key, None), ("j", "j"), ("S", "S")]:
                ui.app.post_message(events.Key(part, letter))
            await ui.settle(lambda: ui.dashboard.tasks.has_focus)
            assert (filter_text(ui), names_in(ui.tasks())) == ("eta", ["zeta", "beta"])
            assert ui.urls()[0].endswith("zeta-1.jpg")


class TestStatusKeys:
    async def test_key_shows_one_status_and_all_when_pressed_again(self, mixed: Account, clock: FakeClock) -> None:
        async with running_dashboard(mixed, clock) as ui:
            for key, word, found in [
                ("1", "running", ["gamma"]),
                ("2", "queued", ["delta"]),
                ("3", "failed", ["beta", "zeta"]),
                ("4", "success", ["alpha"]),
                ("5", "unknown", ["epsilon"]),
                ("a", "active", ["gamma", "delta"]),
            ]:
                await ui.press(key)
                assert (names_in(ui.tasks()), filter_summary(ui)) == (found, f"{word} · {len(found)} of 6")
                await ui.press(key)
                assert (names_in(ui.tasks()), filter_summary(ui)) == (ALL, "")

    async def test_key_replaces_the_status_before_and_0_shows_all(self, mixed: Account, clock: FakeClock) -> None:
        async with running_dashboard(mixed, clock) as ui:
            await ui.press("1", "3")
            assert names_in(ui.tasks()) == ["beta", "zeta"]
            await ui.press("0")
            assert (names_in(ui.tasks()), filter_summary(ui)) == (ALL, "")

    async def test_status_and_text_filter_together(self, mixed: Account, clock: FakeClock) -> None:
        async with running_dashboard(mixed, clock) as ui:
            await ui.press("slash", *"prefetch", "enter", "3")
            assert (names_in(ui.tasks()), filter_summary(ui)) == (["beta"], "failed · 1 of 6")
            await ui.press("a")
            assert filter_summary(ui) == "failed · active · 0 of 6"

    async def test_0_clears_everything_that_hides_tasks(self, mixed: Account, clock: FakeClock) -> None:
        async with running_dashboard(mixed, clock) as ui:
            await ui.press("slash", *"prefetch", "enter", "3", "a", "0")
            assert (names_in(ui.tasks()), filter_text(ui), filter_summary(ui)) == (ALL, "", "")


async def test_without_matches_the_list_says_how_to_clear_the_filter(mixed: Account, clock: FakeClock) -> None:
    async with running_dashboard(mixed, clock) as ui:
        await ui.press("slash", *"nowhere", "enter")
        assert ui.tasks() == ["No matches (6 hidden).", "Esc clears the filter."]
        assert (ui.selected, ui.dashboard.details.shown) == (None, None)
        assert ui.urls() == ["No task selected."]
        await ui.press("escape")
        assert (names_in(ui.tasks()), names_in(ui.urls())[:1]) == (ALL, ["alpha"])


class TestChangesWhileFiltered:
    async def test_only_new_tasks_that_match_appear(self, mixed: Account, clock: FakeClock) -> None:
        async with running_dashboard(mixed, clock) as ui:
            await ui.press("2")
            add(mixed, "new", queue=NEVER)
            add(mixed, "newer", work=9000.0)
            await ui.pass_time(6)
            assert (names_in(ui.tasks()), filter_summary(ui)) == (["new", "delta"], "queued · 2 of 8")

    async def test_tasks_come_and_go_as_their_status_changes(self, mixed: Account, clock: FakeClock) -> None:
        async with running_dashboard(mixed, clock) as ui:
            add(mixed, "quick", queue=20.0, work=20.0)
            await ui.pass_time(6)
            await ui.press("2")
            assert (names_in(ui.tasks()), filter_summary(ui)) == (["quick", "delta"], "queued · 2 of 7")
            await ui.pass_time(20)
            assert (names_in(ui.tasks()), filter_summary(ui)) == (["delta"], "queued · 1 of 7")
            await ui.press("4")
            assert names_in(ui.tasks()) == ["alpha"]
            await ui.pass_time(20)
            assert (names_in(ui.tasks()), filter_summary(ui)) == (["quick", "alpha"], "success · 2 of 7")


class TestLongList:
    """More than a hundred tasks are searched in slices, while other events are handled."""

    @pytest.fixture
    def small_slices(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Search one task at a time, so that all other events arrive during the search."""
        for name in ("_SLICE", "_SLICE_WITHOUT_WORDS"):
            monkeypatch.setattr(f"ucdn_tui.ui.panes.task_pane.{name}", 1)

    async def test_list_is_filtered_and_restored(self, clock: FakeClock) -> None:
        simulated = account(clock)
        add_waiting(simulated, [f"task-{number:03d}" for number in range(351)])
        async with running_dashboard(simulated, clock) as ui:
            await ui.press("slash", *"-27")
            await ui.settle(lambda: filter_summary(ui) == "10 of 351")
            assert names_in(ui.tasks()) == [f"task-27{number}" for number in range(10)]
            await ui.press("escape")
            await ui.settle(lambda: len(ui.dashboard.tasks.view) == 351)
            assert filter_summary(ui) == ""

    @pytest.mark.usefixtures("small_slices")
    async def test_result_is_right_although_tasks_change_meanwhile(self, clock: FakeClock) -> None:
        simulated = account(clock)
        ids = [add(simulated, f"task-{number:03d}", ago=number + 5, work=1e6) for number in range(350)]
        add(simulated, "stops", ago=1000, work=1001.5)
        add(simulated, "begins", ago=1001, queue=1002.5, work=1e6)
        meanwhile: list[int] = []
        async with running_dashboard(simulated, clock) as ui:
            simulated.remove(ids[300])
            await ui.press("r")
            await ui.pass_time(2)  # one full scan has missed it: the next one removes it
            table, apply = ui.dashboard.tasks, ui.dashboard.task_pane.apply

            def count_rows(changes: Any) -> None:
                apply(changes)
                meanwhile.append(len(table.view))

            ui.dashboard.task_pane.apply = count_rows
            add(simulated, "fits", work=1e6)
            add(simulated, "other", queue=NEVER)
            for key in "1r":
                ui.app.post_message(events.Key(key, key))
            await ui.settle(lambda: filter_summary(ui) == "running · 351 of 353")
            assert min(meanwhile) > 351, "all changes arrived while the old view was shown"
            view = table.view
            listed = [view.row_at(row).first_url[17:-6] for row in range(len(view))]
            assert listed == [
                "fits",
                *(f"task-{number:03d}" for number in range(350) if number != 300),
                "begins",
            ]

    @pytest.mark.usefixtures("small_slices")
    async def test_last_filter_wins(self, clock: FakeClock) -> None:
        simulated = account(clock)
        add_waiting(simulated, [f"task-{number:03d}" for number in range(351)])
        async with running_dashboard(simulated, clock) as ui:
            await ui.press("slash")
            for key, letter in [("minus", "-"), ("2", "2"), ("7", "7")]:
                ui.app.post_message(events.Key(key, letter))
            await ui.settle(lambda: filter_summary(ui) == "10 of 351")
            assert names_in(ui.tasks())[0] == "task-270"

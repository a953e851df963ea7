"""Finding: `/` and what is typed behind it, the keys for a status, and what becomes of the list meanwhile."""

import re
from typing import Any

import pytest
from textual import events
from textual.widgets import Static

from support.clock import FakeClock
from support.screen.dashboard import DashboardHarness, account, add, add_waiting, running_dashboard, text_of
from ucdn_tui.simulator.account import Account
from ucdn_tui.simulator.plan import NEVER
from ucdn_tui.ui.table.live_table import LiveTable

ALL = ["alpha", "beta", "gamma", "delta", "epsilon", "zeta"]


@pytest.fixture
def mixed(clock: FakeClock) -> Account:
    """An account with a task of every sort: success, failure, process, wait, unknown, and a failure in part."""
    simulated = account(clock)
    add(simulated, "alpha", ago=500, count=3)
    add(simulated, "beta", ago=510, count=2, kind="prefetch", failing=(0, 1))
    add(simulated, "gamma", ago=520, type="dir", work=9000.0)
    add(simulated, "delta", ago=530, kind="prefetch", queue=NEVER)
    add(simulated, "epsilon", ago=540, unknown=(0,))
    add(simulated, "zeta", ago=550, count=30, failing=(7,), outcome="success")
    return simulated


def named(rows: list[str]) -> list[str]:
    """Return the names of `add` in rows."""
    return [match[1] for row in rows if (match := re.search(r"cdn\.test/(.+?)-\d+\.jpg", row))]


def line(ui: DashboardHarness, which: str = "task") -> str:
    """Return what a filter line says behind what is typed; "" where there is none."""
    bar = ui.dashboard.query_one(f"#{which}-filter")
    return text_of(bar.query_one("#found", Static)) if bar.display else ""


def typed(ui: DashboardHarness, which: str = "task") -> str:
    return getattr(ui.dashboard, {"task": "task_pane", "url": "details"}[which]).filter_bar.text


async def look_for(ui: DashboardHarness, text: str) -> None:
    """Type it, quicker than `press` does, which waits behind each letter."""
    await ui.press("slash")
    for letter in text:
        ui.app.post_message(events.Key(letter, letter))
    await ui.pilot.pause()


def marked(table: LiveTable[Any, Any]) -> list[str]:
    """Return what is painted in the style of a match, from the top; the header is none."""
    strips = table.render_lines(table.size.region)[1:]
    return [segment.text for strip in strips for segment in strip if segment.style and segment.style.underline]


class TestWhatIsTyped:
    async def test_narrows_the_list_with_each_letter_and_says_how_far(self, mixed: Account, clock: FakeClock) -> None:
        async with running_dashboard(mixed, clock) as ui:
            await ui.press("slash")
            assert (named(ui.tasks()), line(ui)) == (ALL, "")
            for letter, left in [("e", ALL), ("t", ["beta", "delta", "zeta"]), ("a", ["beta", "zeta"])]:
                await ui.press(letter)
                assert named(ui.tasks()) == left
                assert line(ui) == f"{len(ui.tasks())} of 6"

    async def test_is_looked_for_in_all_that_a_task_has(self, mixed: Account, clock: FakeClock) -> None:
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
                await look_for(ui, text)
                assert named(ui.tasks()) == found, text
                await ui.press("escape")

    async def test_is_marked_where_it_was_found(self, mixed: Account, clock: FakeClock) -> None:
        async with running_dashboard(mixed, clock) as ui:
            assert marked(ui.dashboard.tasks) == []
            for text, marks in [
                ("eta-1", ["eta-1", "eta-1"]),  # the second one is in the selected row
                ("WAIT", ["wait"]),
                ("kind:prefetch url:delta", ["prefetch", "delta"]),
                ("!prefetch", []),
                ("zeta-22", [" +29"]),  # it is among the other URLs
            ]:
                await look_for(ui, text)
                assert marked(ui.dashboard.tasks) == marks, text
                await ui.press("escape")
                assert marked(ui.dashboard.tasks) == [], text

    async def test_is_not_marked_among_the_other_urls_where_it_is_none_of_theirs(
        self, mixed: Account, clock: FakeClock
    ) -> None:
        async with running_dashboard(mixed, clock) as ui:
            await ui.press("slash", *"fail")
            assert marked(ui.dashboard.tasks) == ["fail", "fail"]

    async def test_is_text_whatever_the_keys_mean_elsewhere(self, mixed: Account, clock: FakeClock) -> None:
        keys = ["q", "s", "3", "a", "0", "space", "f", "S", "question_mark", "j", "k", "G", "y", "T", "minus", "slash"]
        async with running_dashboard(mixed, clock) as ui:
            await ui.press("slash", *keys)
            assert typed(ui) == "qs3a0 fS?jkGyT-/"
            assert (ui.app.screen, ui.app.return_code) == (ui.dashboard, None)
            assert "following" not in line(ui)
            assert line(ui) == "0 of 6"

    @pytest.mark.parametrize("key", ["enter", "down", "tab"])
    async def test_stays_when_one_goes_to_the_list(self, mixed: Account, clock: FakeClock, key: str) -> None:
        async with running_dashboard(mixed, clock) as ui:
            await ui.press("slash", *"eta", key)
            assert ui.dashboard.tasks.has_focus
            assert (named(ui.tasks()), typed(ui), line(ui)) == (["beta", "zeta"], "eta", "2 of 6")
            await ui.press("j")
            assert ui.urls()[0].endswith("zeta-1.jpg")
            await ui.press("slash")
            assert ui.dashboard.task_pane.filter_bar.typing

    async def test_can_be_gone_on_with_by_a_click_on_its_line(self, mixed: Account, clock: FakeClock) -> None:
        async with running_dashboard(mixed, clock) as ui:
            await ui.press("3")
            assert await ui.pilot.click("#task-filter #found")
            await ui.press(*"zet", "enter")
            assert (named(ui.tasks()), line(ui)) == (["zeta"], "failure · 1 of 6")

    async def test_is_cleared_by_escape(self, mixed: Account, clock: FakeClock) -> None:
        async with running_dashboard(mixed, clock) as ui:
            await ui.press("4", "slash", *"alp", "escape")
            assert ui.dashboard.tasks.has_focus
            assert (typed(ui), line(ui), named(ui.tasks())) == ("", "success · 1 of 6", ["alpha"]), "the status stays"

    async def test_is_cleared_by_escape_in_the_list_which_goes_back_only_then(
        self, mixed: Account, clock: FakeClock
    ) -> None:
        async with running_dashboard(mixed, clock) as ui:
            await ui.press("3", "a", "slash", *"eta", "enter", "escape")
            assert (typed(ui), line(ui), named(ui.tasks())) == ("", "", ALL)
            await ui.press("enter", "4", "slash", *"2", "enter")
            assert line(ui, "url") == "success · 1 of 3"
            await ui.press("escape")
            assert ui.dashboard.details.table.has_focus
            assert len(ui.urls()) == 3
            await ui.press("escape")
            assert ui.dashboard.tasks.has_focus

    async def test_right_behind_the_slash_is_typed_too(self, mixed: Account, clock: FakeClock) -> None:
        """As over a slow line, on which all of it comes in one packet."""
        async with running_dashboard(mixed, clock) as ui:
            for key, letter in [("slash", "/"), ("e", "e"), ("t", "t"), ("a", "a")]:
                ui.app.post_message(events.Key(key, letter))
            await ui.settle(lambda: ui.dashboard.task_pane.filter_bar.typing)
            assert typed(ui) == "eta"

    @pytest.mark.parametrize("key", ["enter", "down", "tab"])
    async def test_ends_with_the_key_that_goes_to_the_list_which_gets_what_comes_right_behind(
        self, mixed: Account, clock: FakeClock, key: str
    ) -> None:
        async with running_dashboard(mixed, clock) as ui:
            await ui.press("slash", *"eta")
            for part, letter in [(key, None), ("j", "j"), ("S", "S")]:
                ui.app.post_message(events.Key(part, letter))
            await ui.settle(lambda: ui.dashboard.tasks.has_focus)
            assert (typed(ui), named(ui.tasks())) == ("eta", ["zeta", "beta"])
            assert ui.urls()[0].endswith("zeta-1.jpg")


class TestTheKeysForAStatus:
    async def test_show_it_alone_and_all_when_pressed_again(self, mixed: Account, clock: FakeClock) -> None:
        async with running_dashboard(mixed, clock) as ui:
            for key, word, found in [
                ("1", "process", ["gamma"]),
                ("2", "wait", ["delta"]),
                ("3", "failure", ["beta", "zeta"]),
                ("4", "success", ["alpha"]),
                ("5", "unknown", ["epsilon"]),
                ("a", "active", ["gamma", "delta"]),
            ]:
                await ui.press(key)
                assert (named(ui.tasks()), line(ui)) == (found, f"{word} · {len(found)} of 6")
                await ui.press(key)
                assert (named(ui.tasks()), line(ui)) == (ALL, "")

    async def test_take_each_others_place_and_0_shows_every_status(self, mixed: Account, clock: FakeClock) -> None:
        async with running_dashboard(mixed, clock) as ui:
            await ui.press("1", "3")
            assert named(ui.tasks()) == ["beta", "zeta"]
            await ui.press("0")
            assert (named(ui.tasks()), line(ui)) == (ALL, "")

    async def test_narrow_further_what_is_looked_for(self, mixed: Account, clock: FakeClock) -> None:
        async with running_dashboard(mixed, clock) as ui:
            await ui.press("slash", *"prefetch", "enter", "3")
            assert (named(ui.tasks()), line(ui)) == (["beta"], "failure · 1 of 6")
            await ui.press("a")
            assert line(ui) == "failure · active · 0 of 6"


async def test_an_empty_list_says_how_to_get_out_and_nothing_is_selected(mixed: Account, clock: FakeClock) -> None:
    async with running_dashboard(mixed, clock) as ui:
        await ui.press("slash", *"nowhere", "enter")
        assert ui.tasks() == ["None of 6 tasks fits.", "Escape shows all of them."]
        assert (ui.selected, ui.dashboard.details.shown) == (None, None)
        assert ui.urls() == ["No task is selected."]
        await ui.press("escape")
        assert (named(ui.tasks()), named(ui.urls())[:1]) == (ALL, ["alpha"])


class TestWhileTheListIsNarrowed:
    async def test_new_tasks_that_fit_appear_and_others_do_not(self, mixed: Account, clock: FakeClock) -> None:
        async with running_dashboard(mixed, clock) as ui:
            await ui.press("2")
            add(mixed, "new", queue=NEVER)
            add(mixed, "newer", work=9000.0)
            await ui.pass_time(6)
            assert (named(ui.tasks()), line(ui)) == (["new", "delta"], "wait · 2 of 8")

    async def test_what_fits_no_more_goes_and_what_fits_now_comes(self, mixed: Account, clock: FakeClock) -> None:
        async with running_dashboard(mixed, clock) as ui:
            add(mixed, "quick", queue=20.0, work=20.0)
            await ui.pass_time(6)
            await ui.press("2")
            assert (named(ui.tasks()), line(ui)) == (["quick", "delta"], "wait · 2 of 7")
            await ui.pass_time(20)
            assert (named(ui.tasks()), line(ui)) == (["delta"], "wait · 1 of 7")
            await ui.press("4")
            assert named(ui.tasks()) == ["alpha"]
            await ui.pass_time(20)
            assert (named(ui.tasks()), line(ui)) == (["quick", "alpha"], "success · 2 of 7")


class TestALongList:
    """More than a hundred tasks are looked through bit by bit, while the program goes on."""

    @pytest.fixture
    def slow(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Look through so little at a time that whatever comes, comes while that is going on."""
        for name in ("_SLICE", "_SLICE_WITHOUT_WORDS"):
            monkeypatch.setattr(f"ucdn_tui.ui.panes.task_pane.{name}", 1)

    async def test_is_narrowed_and_shown_again(self, clock: FakeClock) -> None:
        simulated = account(clock)
        add_waiting(simulated, [f"task-{number:03d}" for number in range(351)])
        async with running_dashboard(simulated, clock) as ui:
            await ui.press("slash", *"-27")
            await ui.settle(lambda: line(ui) == "10 of 351")
            assert named(ui.tasks()) == [f"task-27{number}" for number in range(10)]
            await ui.press("escape")
            await ui.settle(lambda: len(ui.dashboard.tasks.view) == 351)
            assert line(ui) == ""

    @pytest.mark.usefixtures("slow")
    async def test_ends_right_although_tasks_come_change_and_go_meanwhile(self, clock: FakeClock) -> None:
        simulated = account(clock)
        ids = [add(simulated, f"task-{number:03d}", ago=number + 5, work=1e6) for number in range(350)]
        add(simulated, "stops", ago=1000, work=1001.5)
        add(simulated, "begins", ago=1001, queue=1002.5, work=1e6)
        meanwhile: list[int] = []
        async with running_dashboard(simulated, clock) as ui:
            simulated.remove(ids[300])
            await ui.press("r")
            await ui.pass_time(2)  # one pass has missed it: the next one drops it
            table, apply = ui.dashboard.tasks, ui.dashboard.task_pane.apply

            def noting(changes: Any) -> None:
                apply(changes)
                meanwhile.append(len(table.view))

            ui.dashboard.task_pane.apply = noting
            add(simulated, "fits", work=1e6)
            add(simulated, "other", queue=NEVER)
            for key in "1r":
                ui.app.post_message(events.Key(key, key))
            await ui.settle(lambda: line(ui) == "process · 351 of 353")
            assert min(meanwhile) > 351, "all that came while the list was still shown as it was"
            view = table.view
            listed = [view.row_at(row).first_url[17:-6] for row in range(len(view))]
            assert listed == [
                "fits",
                *(f"task-{number:03d}" for number in range(350) if number != 300),
                "begins",
            ]

    @pytest.mark.usefixtures("slow")
    async def test_shows_what_was_asked_for_last(self, clock: FakeClock) -> None:
        simulated = account(clock)
        add_waiting(simulated, [f"task-{number:03d}" for number in range(351)])
        async with running_dashboard(simulated, clock) as ui:
            await ui.press("slash")
            for key, letter in [("minus", "-"), ("2", "2"), ("7", "7")]:
                ui.app.post_message(events.Key(key, letter))
            await ui.settle(lambda: line(ui) == "10 of 351")
            assert named(ui.tasks())[0] == "task-270"

"""Navigation, panes, refreshing and the refresh interval by keys and mouse."""

import asyncio

import httpx
import pytest
from textual import events

from support.clock import FakeClock
from support.screen.dashboard import account, add, running_dashboard
from ucdn_tui.simulator.account import Account
from ucdn_tui.ui.commands.actions import INTERVALS
from ucdn_tui.watch.listing.filter import TEXT_LIMIT
from ui.dashboard.sixty_tasks import selected_index


class TestNavigation:
    async def test_by_letters_arrows_home_end_and_pages(self, quiet: Account, clock: FakeClock) -> None:
        async with running_dashboard(quiet, clock) as ui:
            page = ui.dashboard.tasks.size.height - 2
            for keys, expected in [
                ("j", 1),
                ("down", 2),
                ("k", 1),
                ("up", 0),
                ("k", 0),
                ("G", 59),
                ("j", 59),
                ("g", 0),
                ("end", 59),
                ("home", 0),
                ("pagedown", page),
                ("ctrl+f", min(2 * page, 59)),
                ("pageup", min(2 * page, 59) - page),
                ("ctrl+b", 0),
            ]:
                await ui.press(keys)
                assert selected_index(ui) == expected, keys
            assert ui.urls()[0].endswith("task-00-1.jpg")

    async def test_by_mouse_click_and_wheel(self, quiet: Account, clock: FakeClock) -> None:
        async with running_dashboard(quiet, clock) as ui:
            tasks = ui.dashboard.tasks
            await ui.pilot.click(tasks, offset=(5, 4))
            await ui.pilot.pause()
            assert selected_index(ui) == 3
            assert ui.urls()[0].endswith("task-03-1.jpg")
            assert tasks.has_focus
            await ui.wheel(tasks, 3)
            assert tasks.scroll_offset.y > 0
            assert selected_index(ui) == 3
            await ui.wheel(tasks, -20)
            assert tasks.scroll_offset.y == 0
            await ui.pilot.click(tasks, offset=(5, 6), times=2)
            await ui.pilot.pause()
            assert selected_index(ui) == 5
            assert ui.dashboard.details.table.has_focus


class TestPanes:
    async def test_are_switched_by_tab_enter_and_escape(self, quiet: Account, clock: FakeClock) -> None:
        async with running_dashboard(quiet, clock) as ui:
            tasks, urls = ui.dashboard.tasks, ui.dashboard.details.table
            assert tasks.has_focus
            for key, table in [
                ("tab", urls),
                ("tab", tasks),
                ("shift+tab", urls),
                ("tab", tasks),
                ("enter", urls),
                ("escape", tasks),
                ("escape", tasks),
            ]:
                await ui.press(key)
                assert table.has_focus, key
            assert selected_index(ui) == 0

    @pytest.mark.parametrize("way", ["tab", "enter"])
    async def test_get_keys_typed_right_after_switching(self, clock: FakeClock, way: str) -> None:
        """Both in one packet, as over a slow connection."""
        simulated = account(clock)
        add(simulated, "one", count=9)
        add(simulated, "two", ago=5)
        async with running_dashboard(simulated, clock) as ui:
            ui.app.post_message(events.Key(way, None))
            ui.app.post_message(events.Key("j", "j"))
            await ui.settle(lambda: ui.dashboard.details.table.has_focus)
            assert (selected_index(ui), ui.dashboard.details.table.cursor_index) == (0, 1)

    async def test_enter_right_after_a_move_opens_the_new_task(self, clock: FakeClock) -> None:
        simulated = account(clock)
        add(simulated, "one", count=9)
        add(simulated, "two", ago=5)
        async with running_dashboard(simulated, clock) as ui:
            ui.app.post_message(events.Key("j", "j"))
            ui.app.post_message(events.Key("enter", None))
            await ui.settle(lambda: ui.dashboard.details.table.has_focus)
            assert (selected_index(ui), ui.dashboard.details.table.cursor_index) == (1, 0)

    async def test_a_task_opened_while_loading_stays_selected(self, clock: FakeClock) -> None:
        simulated = account(clock)
        mine = add(simulated, "mine", ago=9)
        add(simulated, "newer", kind="prefetch")
        gate = asyncio.Event()

        def gate_of(request: httpx.Request) -> asyncio.Event | None:
            return gate if b"Prefetch" in request.content else None

        async with running_dashboard(simulated, clock, wait=False, gate_of=gate_of) as ui:
            await ui.settle(lambda: ui.selected == mine)
            await ui.press("enter")
            gate.set()
            await ui.settle(lambda: len(ui.tasks()) == 2)
            assert ui.selected == mine
            assert ui.urls()[0].endswith("mine-1.jpg")

    async def test_moving_in_the_urls_does_not_move_in_the_tasks(self, clock: FakeClock) -> None:
        simulated = account(clock)
        add(simulated, "one", count=40)
        add(simulated, "two", ago=5)
        async with running_dashboard(simulated, clock) as ui:
            await ui.press("enter", "j", "j", "G", "k")
            assert ui.dashboard.details.table.cursor_index == 38
            assert selected_index(ui) == 0


class TestPastingIntoTheFilterBox:
    @pytest.mark.parametrize("pasted", ["task-07" * 100_000, "x" * (TEXT_LIMIT + 1)], ids=["long", "one too many"])
    async def test_cuts_what_is_too_long(self, quiet: Account, clock: FakeClock, pasted: str) -> None:
        async with running_dashboard(quiet, clock) as ui:
            await ui.press("slash")
            ui.app.post_message(events.Paste(pasted))
            await ui.settle(lambda: ui.dashboard.task_pane.filter_bar.text)
            assert ui.dashboard.task_pane.filter_bar.text == pasted[:TEXT_LIMIT]


class TestRefresh:
    async def test_starts_a_full_scan_at_once(self, clock: FakeClock) -> None:
        simulated = account(clock)
        add(simulated, "over", ago=500)
        async with running_dashboard(simulated, clock) as ui:
            await ui.pass_time(3)
            ui.service.requests.clear()
            add(simulated, "new")
            await ui.press("r")
            await ui.settle(lambda: len(ui.tasks()) == 2)
            begins = {int(request["BeginTime"]) for request in ui.asked()}
            assert min(begins) <= clock.server_now() - 86_400

    async def test_works_while_paused(self, clock: FakeClock) -> None:
        simulated = account(clock)
        async with running_dashboard(simulated, clock) as ui:
            await ui.press("p")
            await ui.pass_time(3)
            add(simulated, "new")
            await ui.press("r")
            await ui.settle(ui.tasks)
            assert "PAUSED" in ui.top_line()


class TestPause:
    async def test_sends_no_request_until_resumed(self, clock: FakeClock) -> None:
        simulated = account(clock)
        add(simulated, "running", work=1000.0)
        async with running_dashboard(simulated, clock) as ui:
            await ui.press("p")
            assert ui.top_line().endswith("PAUSED · updated 0s ago")
            asked = len(ui.service.requests)
            await ui.pass_time(90)
            assert len(ui.service.requests) == asked
            assert ui.top_line().endswith("PAUSED · updated 1m30s ago")
            await ui.press("p")
            await ui.settle(lambda: len(ui.service.requests) > asked)
            await ui.settle(lambda: "updated 0s ago" in ui.top_line())


class TestRefreshInterval:
    async def test_goes_up_and_down_a_scale(self, clock: FakeClock) -> None:
        async with running_dashboard(account(clock), clock, notifications=True) as ui:
            seen = []
            for key in ["minus", "minus", "minus", "minus", "plus", "equals_sign"]:
                await ui.press(key)
                seen.append(ui.dashboard._session.interval)
            assert seen == [10.0, 15.0, 30.0, 60.0, 30.0, 15.0]
            assert "Poll every 15s (1m when idle)" in ui.screen()
            for step, end in ((1, INTERVALS[-1]), (-1, INTERVALS[0])):
                for _ in range(9):
                    ui.dashboard.action_interval(step)
                assert ui.dashboard._session.interval == end

    async def test_sets_how_often_the_api_is_polled(self, clock: FakeClock) -> None:
        simulated = account(clock)
        add(simulated, "running", work=1000.0)
        async with running_dashboard(simulated, clock) as ui:
            await ui.press("plus", "plus")
            assert ui.top_line().endswith("next in 1s")
            add(simulated, "new")
            await ui.pass_time(2)
            assert len(ui.tasks()) == 2
            await ui.press(*["minus"] * 6)
            await ui.pass_time(1)
            assert ui.top_line().endswith("next in 59s")

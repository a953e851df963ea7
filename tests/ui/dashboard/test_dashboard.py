"""The dashboard shows changes without a key press, and the cursor stays on its task."""

import re

import pytest

from support.clock import FakeClock
from support.screen.dashboard import account, add, add_waiting, running_dashboard
from ui.dashboard.sixty_tasks import NAMES


def named(rows: list[str]) -> list[str]:
    """Return the names, as given to `add`, of the tasks in rows."""
    return [match[1] for row in rows if (match := re.search(r"([^\s/]+?)-1\.jpg", row))]


def percent_of(row: str) -> int:
    """Return the percentage in a row; succeeded rows have none."""
    return 100 if "✔" in row else int(re.findall(r"(\d+)%", row)[0])


class TestTaskList:
    async def test_has_tasks_of_both_kinds_newest_first(self, clock: FakeClock) -> None:
        simulated = account(clock)
        for name, ago, kind in (
            ("c", 30, "refresh"),
            ("a", 10, "prefetch"),
            ("d", 3000, "prefetch"),
            ("b", 20, "refresh"),
        ):
            add(simulated, name, ago=ago, kind=kind)
        async with running_dashboard(simulated, clock) as ui:
            assert named(ui.tasks()) == ["a", "b", "c", "d"]
            kinds = [re.findall("refresh|prefetch", row) for row in ui.tasks()]
            assert kinds == [["prefetch"], ["refresh"], ["refresh"], ["prefetch"]]

    async def test_has_whole_site_tasks(self, clock: FakeClock) -> None:
        simulated = account(clock)
        add(simulated, "site", is_dcdn=True)
        add(simulated, "plain", ago=5)
        async with running_dashboard(simulated, clock) as ui:
            assert named(ui.tasks()) == ["site", "plain"]
            assert "whole-site" in ui.summary()

    async def test_shows_status_progress_time_and_number_of_urls(self, clock: FakeClock) -> None:
        simulated = account(clock)
        add(simulated, "part", ago=600, count=30, failing=(1, 2, 3))
        add(simulated, "over", ago=300, work=90.0)
        add(simulated, "stays", ago=70, queue=3600.0)
        async with running_dashboard(simulated, clock) as ui:
            assert ui.row("part") == "✖ failed 3/30 27/30 1m00s refresh cdn.test/part-1.jpg +29"
            assert ui.row("over") == "✔ success 1/1 1m30s refresh cdn.test/over-1.jpg"
            assert re.fullmatch(r"○ queued ([━╸]+ )?0% 0/1 1m10s refresh cdn.test/stays-1.jpg", ui.row("stays"))

    async def test_shows_dates_of_yesterdays_tasks_after_midnight(self, clock: FakeClock) -> None:
        simulated = account(clock)
        add(simulated, "over", ago=300)
        async with running_dashboard(simulated, clock, size=(220, 20)) as ui:
            assert " 08:48:20 " in ui.row("over")
            await ui.press("p")
            await clock.advance(86_400 - clock.server_now() % 86_400 - 1)
            ui.dashboard.tick()
            await ui.pilot.pause()
            assert " 08:48:20 " in ui.row("over")
            await ui.pass_time(1)
            assert " 10-09 08:48 " in ui.row("over")

    async def test_covers_the_window_and_the_default_project(self, clock: FakeClock) -> None:
        simulated = account(clock)
        add(simulated, "yesterday", ago=86_000)
        add(simulated, "before", ago=90_000)
        add(simulated, "elsewhere", ago=9, project_id="org-side02")
        async with running_dashboard(simulated, clock) as ui:
            assert named(ui.tasks()) == ["yesterday"]


class TestSelectedTask:
    async def test_shows_its_urls(self, clock: FakeClock) -> None:
        simulated = account(clock)
        add(simulated, "new", count=2)
        task_id = add(simulated, "old", ago=100, count=3, failing=(1,))
        async with running_dashboard(simulated, clock) as ui:
            assert named(ui.urls()) == ["new"]
            await ui.press("j")
            assert [row.split()[:2] for row in ui.urls()] == [["✔", "success"], ["✖", "failed"], ["✔", "success"]]
            assert [row.split()[-1][-9:] for row in ui.urls()] == ["old-1.jpg", "old-2.jpg", "old-3.jpg"]
            assert ui.summary().startswith("✖ failed 1/3")
            assert f"refresh · file · {task_id}" in ui.summary()

    async def test_shows_progress_without_a_key(self, clock: FakeClock) -> None:
        simulated = account(clock)
        add(simulated, "running", count=4, work=100.0)
        async with running_dashboard(simulated, clock) as ui:
            before = list(map(percent_of, ui.urls()))
            assert before == [0, 0, 0, 0]
            seen = 0
            for _ in range(4):
                await ui.pass_time(15)
                percent = int(re.findall(r"(\d+)%", ui.tasks()[0])[0])
                assert percent > seen
                assert f" {percent}% " in ui.summary().split("\n")[0]
                seen = percent
            after = list(map(percent_of, ui.urls()))
            assert after > before
            await ui.pass_time(45)
            assert ui.row("running").startswith("✔ success")
            assert {row.split()[1] for row in ui.urls()} == {"success"}
            assert ui.summary().startswith("✔ success")

    async def test_updates_its_times_each_second(self, clock: FakeClock) -> None:
        simulated = account(clock)
        add(simulated, "running", ago=63, work=1000.0)
        async with running_dashboard(simulated, clock, size=(100, 30)) as ui:
            for seconds in (4, 5, 6):
                await ui.pass_time(1)
                assert f"1m0{seconds}s" in ui.row("running")
                assert f"for 1m0{seconds}s" in ui.summary()
                assert f"1m0{seconds}s" in ui.urls()[0]


class TestWithoutAnyKey:
    @pytest.mark.parametrize("kind", ["refresh", "prefetch"])
    async def test_a_new_task_appears_within_an_interval(self, clock: FakeClock, kind: str) -> None:
        simulated = account(clock)
        add(simulated, "running", ago=1, work=1000.0)
        async with running_dashboard(simulated, clock) as ui:
            add(simulated, "new", kind=kind)
            await ui.pass_time(6)
            assert named(ui.tasks()) == ["new", "running"]

    async def test_a_new_task_appears_within_four_intervals_when_idle(self, clock: FakeClock) -> None:
        simulated = account(clock)
        add(simulated, "over", ago=500)
        async with running_dashboard(simulated, clock) as ui:
            add(simulated, "new")
            await ui.pass_time(21)
            assert named(ui.tasks()) == ["new", "over"]

    async def test_the_first_task_of_an_empty_account_appears(self, clock: FakeClock) -> None:
        simulated = account(clock)
        async with running_dashboard(simulated, clock) as ui:
            add(simulated, "first", count=2)
            await ui.pass_time(21)
            assert named(ui.tasks()) == ["first"]
            assert named(ui.urls()) == ["first"]

    async def test_a_finished_task_is_shown_within_an_interval(self, clock: FakeClock) -> None:
        simulated = account(clock)
        add(simulated, "ending", work=20.0, count=2, failing=(1,))
        add(simulated, "running", ago=1, work=1000.0)
        async with running_dashboard(simulated, clock) as ui:
            assert ui.row("ending").startswith("▶ running")
            assert "▶ 2 running" in ui.top_line()
            await ui.pass_time(26)
            assert ui.row("ending").startswith("✖ failed 1/2")
            assert "▶ 1 running  ✖ 1 failed" in ui.top_line()

    async def test_the_age_of_the_data_grows_each_second(self, clock: FakeClock) -> None:
        simulated = account(clock)
        add(simulated, "running", work=1000.0)
        async with running_dashboard(simulated, clock) as ui:
            assert ui.top_line().endswith("updated 0s ago · next in 5s")
            await ui.pass_time(1)
            assert ui.top_line().endswith("updated 1s ago · next in 4s")
            await ui.pass_time(3)
            assert ui.top_line().endswith("updated 4s ago · next in 1s")
            await ui.pass_time(1)
            assert ui.top_line().endswith("updated 0s ago · next in 5s")

    async def test_a_removed_task_disappears_but_not_while_it_is_selected(self, clock: FakeClock) -> None:
        simulated = account(clock)
        _one, two, three = add_waiting(simulated, ["one", "two", "three"])
        async with running_dashboard(simulated, clock) as ui:
            await ui.press("j")
            assert ui.selected == two
            simulated.remove(two)
            simulated.remove(three)
            for _ in range(2):
                assert "No longer listed" not in ui.screen()
                await ui.press("r")
                await ui.pass_time(2)
            assert named(ui.tasks()) == ["one", "two"]
            assert ui.selected == two
            assert named(ui.urls()) == ["two"]
            assert "No longer listed by the API; removed" in ui.screen()
            assert "Outside the time range" not in ui.screen()
            await ui.press("k")
            assert named(ui.tasks()) == ["one"]
            assert "No longer listed" not in ui.screen()

    async def test_a_shorter_time_range_removes_the_selected_task(self, clock: FakeClock) -> None:
        simulated = account(clock)
        add(simulated, "new", ago=60)
        add(simulated, "old", ago=7200)
        async with running_dashboard(simulated, clock) as ui:
            await ui.press("j")
            assert named(ui.urls()) == ["old"]
            await ui.press("w", "home", "down", "enter")  # an hour
            await ui.pass_time(5)
            assert named(ui.tasks()) == ["new"]


class TestCursorStaysOnItsTaskAndLine:
    """With sixty tasks, which are more than a screen."""

    async def test_when_the_user_has_not_moved_since_the_start(self, clock: FakeClock) -> None:
        simulated = account(clock)
        ids = add_waiting(simulated, NAMES)
        async with running_dashboard(simulated, clock) as ui:
            assert (ui.selected, ui.cursor_line) == (ids[0], 0)
            await ui.pass_time(1)
            new = add(simulated, "new")
            await ui.pass_time(5)
            assert ui.dashboard.tasks.view.key_at(0).id == new
            assert (ui.selected, ui.cursor_line) == (ids[0], 0)
            assert named(ui.urls()) == ["task-00"]

    async def test_when_the_user_has_moved(self, clock: FakeClock) -> None:
        simulated = account(clock)
        ids = add_waiting(simulated, NAMES)
        async with running_dashboard(simulated, clock) as ui:
            await ui.press(*"jjjjj")
            for round_ in range(3):
                for number in range(round_ * 20 + 1):
                    add(simulated, f"new-{round_}-{number}", kind="prefetch")
                await ui.pass_time(6)
                assert (ui.selected, ui.cursor_line) == (ids[5], 5)
            assert len(ui.dashboard.tasks.view) == 60 + 1 + 21 + 41
            assert named(ui.tasks())[5:7] == ["task-05", "task-06"]

    async def test_in_the_middle_of_a_long_list(self, clock: FakeClock) -> None:
        simulated = account(clock)
        ids = add_waiting(simulated, NAMES)
        async with running_dashboard(simulated, clock) as ui:
            await ui.press("pagedown", "k", "k")
            before = (ui.selected, ui.cursor_line)
            assert before[0] not in (ids[0], ids[-1])
            screen = named(ui.tasks())
            await ui.pass_time(1)
            for number in range(7):
                add(simulated, f"new-{number}")
            await ui.pass_time(6)
            assert (ui.selected, ui.cursor_line) == before
            assert named(ui.tasks()) == screen

    async def test_while_its_urls_have_the_focus(self, clock: FakeClock) -> None:
        simulated = account(clock)
        add(simulated, "other", queue=3600.0)
        task_id = add(simulated, "mine", ago=1, count=30, queue=3600.0)
        async with running_dashboard(simulated, clock) as ui:
            await ui.press("j", "enter", "j", "j", "j")
            add(simulated, "new")
            await ui.pass_time(6)
            assert (ui.selected, ui.dashboard.details.table.cursor_index) == (task_id, 3)
            assert ui.dashboard.details.table.has_focus

    async def test_but_at_the_top_while_the_list_is_loading(self, clock: FakeClock) -> None:
        simulated = account(clock)
        ids = add_waiting(simulated, [f"task-{number:03d}" for number in range(350)])
        async with running_dashboard(simulated, clock) as ui:
            assert len(ui.dashboard.tasks.view) == 350
            assert (ui.selected, ui.cursor_line) == (ids[0], 0)

"""Submitting from the form: confirmation, the calls, what is left in the form, and resubmitting."""

import pytest
from textual.events import AppBlur, Key, Paste
from textual.screen import Screen
from textual.widgets import Static, TextArea

from support.clock import FakeClock
from support.screen.dashboard import DashboardHarness, account, add, running_dashboard, text_of
from ucdn_tui.simulator.account import Account
from ucdn_tui.simulator.actions.losses import Loss
from ucdn_tui.simulator.actions.quirks import Quirks
from ucdn_tui.simulator.domains import Domain
from ucdn_tui.ui.dialogs.picker import Picker
from ucdn_tui.ui.dialogs.profiles import ConfirmDialog
from ucdn_tui.ui.submit.screen import SubmitScreen
from ucdn_tui.ui.submit.submitting import SubmittingDialog, right_aligned
from ui.submit.form import IMG, form, message, paste, preview, screen_of, submit, submitted, urls


class TestSubmitting:
    def test_counts_end_in_one_column_also_in_chinese(self) -> None:
        assert right_aligned(["3 个目录", "12 个播放列表", ""]) == ["     3 个目录", "12 个播放列表", " " * 13]

    @pytest.mark.parametrize("last", [Paste(f"\n{IMG}new"), Key("backspace", None)], ids=["paste", "key"])
    async def test_what_was_typed_just_before_is_neither_passed_over_nor_lost(
        self, clock: FakeClock, last: Key | Paste
    ) -> None:
        async with form(clock) as ui:
            await paste(ui, f"{IMG}a\n{IMG}bc", "left today")
            ui.app.post_message(last)
            ui.app.post_message(Key("ctrl+s", None))
            await ui.settle(lambda: message(ui))
            assert message(ui) == "Still asking for the domains and their quotas. Submit once they are shown."
            assert submitted(ui) == {}
            text = screen_of(ui).query_one(TextArea).text
            assert text == (f"{IMG}a\n{IMG}bc\n{IMG}new" if isinstance(last, Paste) else f"{IMG}a\n{IMG}b")

    async def test_what_is_read_while_the_calls_are_made_stays(self, clock: FakeClock) -> None:
        async with form(clock) as ui:
            ui.service.losses.append(Loss.SLOW)
            await paste(ui, "\n".join(urls(2)), "left today")
            await submit(ui)
            await ui.settle(lambda: ui.service.losses.held)
            area = screen_of(ui).query_one(TextArea)
            area.text = f"{area.text}\n\n{IMG}read"
            ui.service.losses.release()
            await ui.settle(lambda: isinstance(ui.app.screen, SubmitScreen))
            assert area.text == f"{IMG}read"
            assert submitted(ui) == dict.fromkeys(urls(2), 1)

    async def test_ends_under_another_screen(self, clock: FakeClock) -> None:
        async with form(clock) as ui:
            ui.service.losses.append(Loss.SLOW)
            await paste(ui, "\n".join(urls(2)), "left today")
            await submit(ui)
            await ui.settle(lambda: ui.service.losses.held)
            over = Screen[None]()
            await ui.app.push_screen(over)
            ui.service.losses.release()
            await ui.settle(lambda: submitted(ui))
            await ui.settle(lambda: not ui.service.losses.held)
            assert ui.app.screen is over
            over.dismiss()
            await ui.settle(lambda: ui.app.screen is ui.dashboard)
            await ui.press("n")
            assert screen_of(ui).query_one(TextArea).text == ""

    async def test_new_tasks_are_selected_and_followed(self, clock: FakeClock) -> None:
        simulated = account(clock)
        add(simulated, "old", ago=5.0, queue=3600.0)
        async with form(clock, simulated) as ui:
            await paste(ui, "\n".join(urls(130)), "left today")
            await submit(ui)
            await ui.settle(lambda: ui.app.screen is ui.dashboard)
            await ui.pass_time(12)
            assert submitted(ui) == dict.fromkeys(urls(130), 1)
            (first,) = [plan.task_id for plan in simulated.tasks("refresh") if len(plan.urls) == 100]
            assert ui.selected == first
            assert screen_is_empty(ui)

    @pytest.mark.parametrize(
        ("before", "after", "is_selected"),
        [
            ("", "", True),
            ("enter", "", True),
            ("f", "", True),
            ("", "G", False),
            ("", "enter", False),
            ("enter", "j", False),
        ],
    )
    async def test_the_task_is_selected_unless_the_user_has_moved_since(
        self, clock: FakeClock, before: str, after: str, is_selected: bool
    ) -> None:
        simulated = account(clock)
        for name in ("one", "two"):
            add(simulated, name, ago=5.0, queue=3600.0, count=2)
        async with running_dashboard(simulated, clock, notifications=True) as ui:
            await ui.press(*filter(None, [before]), "n")
            await paste(ui, "\n".join(urls(2)), "left today")
            await submit(ui)
            await ui.settle(lambda: ui.app.screen is ui.dashboard)
            await ui.press(*filter(None, [after]))
            ui.app.post_message(AppBlur())  # the user looks at another window
            add(simulated, "from-elsewhere", queue=3600.0)
            await ui.pass_time(12)
            assert len(ui.dashboard.store) == 4
            (submitted_id,) = [
                plan.task_id for plan in simulated.tasks("refresh") if plan.urls.names[0].startswith(IMG)
            ]
            assert (ui.selected == submitted_id) is is_selected

    async def test_escape_before_the_first_call_sends_nothing(self, clock: FakeClock) -> None:
        text = "\n".join(["# a comment", "", *urls(2)])
        async with form(clock) as ui:
            await paste(ui, text, "left today")
            async with ui.dashboard._submit_actions.session._resolving:  # an earlier submission is being looked up
                await submit(ui)
                await ui.settle(lambda: "Starting …" in ui.screen())
                await ui.press("escape")
                assert "Nothing will be sent …" in ui.screen()
            await ui.settle(lambda: "not sent" in ui.screen())
            await ui.press("escape")
            assert screen_of(ui).query_one(TextArea).text == text
            assert submitted(ui) == {}

    async def test_the_text_cannot_change_once_it_is_submitted(self, clock: FakeClock) -> None:
        async with form(clock) as ui:
            await paste(ui, f"{IMG}shop/", "left today")
            area = screen_of(ui).query_one(TextArea)
            for _ in range(2):
                screen_of(ui).action_submit()
            assert area.read_only
            ui.send("x")
            await ui.settle(lambda: isinstance(ui.app.screen, ConfirmDialog))
            screen_of(ui).action_submit()
            await ui.press("n")
            assert (ui.app.screen, area.text) == (screen_of(ui), f"{IMG}shop/")
            await ui.press("x")
            await ui.settle(lambda: "x" in area.text)

    async def test_urls_that_the_task_lacks_are_reported(self, clock: FakeClock) -> None:
        simulated = Account(clock.server_now, domains=(Domain(name="img.example.com", files=2),))
        async with form(clock, simulated, quirks=Quirks(takes_part_of_batch=True)) as ui:
            await ui.press("f3", "f3", "f3")
            await paste(ui, "\n".join(f"{IMG}{number}.m3u8" for number in range(3)), "quota unknown")
            await submit(ui)
            await ui.settle(lambda: ui.app.screen is ui.dashboard)
            await ui.pass_time(3)
            await ui.settle(lambda: "lacks 1 of the submitted URLs" in ui.screen())
            assert "2.m3u8" in ui.screen()

    async def test_a_directory_asks_once_more(self, clock: FakeClock) -> None:
        async with form(clock) as ui:
            await paste(ui, f"{IMG}shop/\nhttps://www.example.com/", "2 URLs in 2 calls")
            await ui.press("ctrl+s")
            await ui.settle(lambda: isinstance(ui.app.screen, ConfirmDialog))
            assert "the WHOLE DOMAIN https://www.example.com/" in ui.screen()
            await ui.press("n")
            assert isinstance(ui.app.screen, SubmitScreen)
            assert submitted(ui) == {}
            await ui.press("ctrl+s")
            await ui.settle(lambda: isinstance(ui.app.screen, ConfirmDialog))
            await ui.press("y")
            await ui.settle(lambda: ui.app.screen is ui.dashboard)
            assert submitted(ui) == {f"{IMG}shop/": 1, "https://www.example.com/": 1}

    async def test_refused_urls_stay_in_the_form(self, clock: FakeClock) -> None:
        async with form(clock) as ui:
            await paste(ui, "\n".join([*urls(2), "https://other.test/a"]), "3 URLs in 2 calls")
            await submit(ui)
            await ui.settle(lambda: "2 URLs submitted in 1 task. 1 URL refused." in ui.screen())
            await ui.press("escape")
            await ui.settle(lambda: screen_of(ui).query_one(TextArea).text == "https://other.test/a")

    async def test_a_lost_answer_is_looked_up(self, clock: FakeClock) -> None:
        async with form(clock) as ui:
            ui.service.losses.append(Loss.AFTER)
            await paste(ui, "\n".join(urls(2)), "left today")
            await submit(ui)
            await ui.settle(lambda: ui.app.screen is ui.dashboard)
            assert submitted(ui) == dict.fromkeys(urls(2), 1)

    async def test_urls_without_an_answer_become_comments(self, clock: FakeClock) -> None:
        async with form(clock) as ui:
            ui.service.losses.append(Loss.BEFORE)
            await paste(ui, "\n".join(urls(1)), "left today")
            await submit(ui)
            for _ in range(40):
                await ui.clock.advance(1)
            await ui.settle(lambda: "no task with it is listed: probably not submitted" in ui.screen())
            await ui.press("enter")
            await ui.settle(lambda: isinstance(ui.app.screen, SubmitScreen))
            text = screen_of(ui).query_one(TextArea).text
            assert text.splitlines()[1:] == [f"# {IMG}0.jpg"]
            assert submitted(ui) == {}

    async def test_escape_stops_before_the_next_call(self, clock: FakeClock) -> None:
        async with form(clock) as ui:
            await ui.press("f2")
            await paste(ui, f"{IMG}a\nhttps://www.example.com/b", "2 URLs in 2 calls")
            await submit(ui)
            await ui.settle(lambda: "goes on in" in ui.screen())
            await ui.press("escape")
            await ui.settle(lambda: "1 URL submitted in 1 task. 1 URL not sent." in ui.screen())
            await ui.press("escape")
            await ui.settle(lambda: screen_of(ui).query_one(TextArea).text == "https://www.example.com/b")
            assert submitted(ui) == {f"{IMG}a": 1}

    async def test_what_is_typed_survives_leaving_the_form(self, clock: FakeClock) -> None:
        async with form(clock) as ui:
            await paste(ui, "\n".join(urls(2)))
            await ui.press("escape")
            assert ui.app.screen is ui.dashboard
            await ui.press("n")
            assert screen_of(ui).query_one(TextArea).text == "\n".join(urls(2))

    async def test_the_outcome_is_visible_in_a_low_terminal(self, clock: FakeClock) -> None:
        async with form(clock, size=(50, 14)) as ui:
            await paste(ui, "\n".join(f"https://other{number}.test/a" for number in range(9)), "quota unknown")
            await submit(ui)
            await ui.settle(lambda: "9 URLs refused." in ui.screen())

    async def test_a_thousand_calls_are_listed_around_the_running_one(self, clock: FakeClock) -> None:
        async with form(clock) as ui:
            await ui.press("f2")
            await paste(ui, "\n".join(f"https://other{number}.test/a" for number in range(1000)), "quota unknown")
            await ui.press("ctrl+s")
            await ui.settle(lambda: isinstance(ui.app.screen, SubmittingDialog))
            await ui.settle(lambda: "call 1 of 1000" in ui.screen())
            assert len(text_of(ui.app.screen.query_one("#call-list", Static)).splitlines()) == 100
            await ui.press("escape")
            await ui.settle(lambda: "not sent" in ui.screen())


class TestResubmitting:
    async def test_what_is_changed_in_the_form_survives_leaving_it(self, clock: FakeClock) -> None:
        simulated = account(clock)
        add(simulated, "task", ago=300.0)
        async with running_dashboard(simulated, clock) as ui:
            await ui.press("R", "escape", "n")
            assert screen_of(ui).query_one(TextArea).text == ""
            await ui.press("escape", "R", *"#x", "escape", "n")
            assert screen_of(ui).query_one(TextArea).text == "#xhttps://cdn.test/task-1.jpg"

    async def test_failed_urls_are_submitted_again(self, clock: FakeClock) -> None:
        simulated = account(clock)
        simulated.add("refresh", urls(4), created=clock.server_now() - 300, queue=0.0, work=60.0, failing=(1, 3))
        async with running_dashboard(simulated, clock, notifications=True) as ui:
            await ui.press("R")
            assert isinstance(ui.app.screen, Picker)
            await ui.press("1")
            await ui.settle(lambda: "2 URLs in 1 call" in preview(ui))
            assert screen_of(ui).query_one(TextArea).text.splitlines() == [f"{IMG}1.jpg", f"{IMG}3.jpg"]
            await ui.settle(lambda: "left today" in preview(ui))
            await submit(ui)
            await ui.settle(lambda: ui.app.screen is ui.dashboard)
            assert submitted(ui) == {f"{IMG}1.jpg": 1, f"{IMG}3.jpg": 1}

    async def test_all_urls_of_the_flagged_tasks(self, clock: FakeClock) -> None:
        simulated = account(clock)
        for ago, folder, type_ in ((1.0, IMG + "a/", "file"), (2.0, IMG + "b/", "file"), (3.0, IMG + "c/", "file")):
            created = clock.server_now() - ago
            simulated.add("refresh", urls(2, folder), type=type_, created=created, queue=0.0, work=0.1)
        async with running_dashboard(simulated, clock) as ui:
            await ui.press("space", "space", "R")
            await ui.settle(lambda: "4 URLs in 1 call" in preview(ui))
            assert "type: file" in ui.screen()


def screen_is_empty(ui: DashboardHarness) -> bool:
    """Return whether no form and no dialog is left over the dashboard."""
    return not any(isinstance(screen, SubmitScreen | SubmittingDialog) for screen in ui.app.screen_stack)

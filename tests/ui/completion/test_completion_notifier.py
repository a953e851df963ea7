"""Notifications of finished tasks: which tasks, in which ways."""

import pytest
from msgspec.structs import fields, replace

from support.clock import FakeClock
from support.data.summaries import summary
from support.screen.dashboard import account, add, running_dashboard
from support.screen.notifications import DESKTOP, PROGRESS, TITLE, Notifications, record_notifications
from ucdn_tui.account.preferences import Notify, preferences_of
from ucdn_tui.api.models import Status
from ucdn_tui.simulator.account import Account
from ucdn_tui.simulator.plan import NEVER
from ucdn_tui.ui.completion_notifier import end_words, tally_words, title_words
from ucdn_tui.ui.terminal.escape_sequences import TerminalFeatures, notification, progress, title
from ucdn_tui.ui.text.glyphs import ASCII, UNICODE

ALL_FEATURES = TerminalFeatures("osc777", progress=True, title=True)

HOUR = 3600.0

HOSTILE = "https://h/[/b][red]\x1b]0;x\x07\n\u202e"
SANITIZED = r"[/b][red]\x1b]0;x\x07\n\u202e"


@pytest.fixture
def notifications(monkeypatch: pytest.MonkeyPatch) -> Notifications:
    return record_notifications(monkeypatch)


@pytest.fixture
def simulated(clock: FakeClock) -> Account:
    return account(clock)


class TestFinishedTask:
    async def test_is_reported_with_outcome_duration_and_url(
        self, simulated: Account, clock: FakeClock, notifications: Notifications
    ) -> None:
        add(simulated, "good", kind="prefetch", work=9.0)
        add(simulated, "bad", count=3, failing=(1,), work=20.0)
        async with running_dashboard(simulated, clock, notifications=True) as ui:
            await ui.pass_time(8)
            assert (notifications.toasts, notifications.bells) == ([], 0)
            await ui.pass_time(4)
            good = ("Prefetch finished", "✔ succeeded in 9s\ncdn.test/good-1.jpg", "information")
            assert (notifications.toasts, notifications.bells) == ([good], 1)
            await ui.settle(lambda: "Prefetch finished" in ui.screen() and "succeeded in 9s" in ui.screen())
            await ui.pass_time(15)
            bad = ("Refresh finished", "✖ 1 of 3 URLs failed after 20s\ncdn.test/bad-1.jpg +2", "error")
            assert (notifications.toasts, notifications.bells) == ([good, bad], 2)

    async def test_is_reported_once_even_if_it_ran_between_two_polls(
        self, simulated: Account, clock: FakeClock, notifications: Notifications
    ) -> None:
        async with running_dashboard(simulated, clock) as ui:
            add(simulated, "brief", work=1.0)
            await ui.pass_time(30)
            await ui.press("r")
            await ui.pass_time(30)
            assert notifications.words() == ["✔ succeeded in 1s\ncdn.test/brief-1.jpg"]
            assert notifications.bells == 1

    async def test_is_not_reported_if_it_had_finished_before(
        self, simulated: Account, clock: FakeClock, notifications: Notifications
    ) -> None:
        for ago in (61.0, 500.0, 9000.0):
            add(simulated, f"over-{ago}", ago=ago, failing=(0,))
        async with running_dashboard(simulated, clock, features=ALL_FEATURES) as ui:
            await ui.press("r")
            await ui.pass_time(1000)
            assert len(ui.tasks()) == 3
            assert notifications.ways() == {"title", "progress"}

    async def test_is_not_reported_if_a_longer_time_range_adds_it(
        self, simulated: Account, clock: FakeClock, notifications: Notifications
    ) -> None:
        for ago in (600.0, 7200.0, 9000.0):
            add(simulated, f"old-{ago}", ago=ago)
        async with running_dashboard(simulated, clock, features=ALL_FEATURES, window=HOUR) as ui:
            assert len(ui.tasks()) == 1
            await ui.press("w", "4")
            await ui.settle(lambda: len(ui.tasks()) == 3)
            await ui.pass_time(300)
            assert notifications.ways() == {"title", "progress"}

    async def test_is_reported_if_it_was_added_while_running(
        self, simulated: Account, clock: FakeClock, notifications: Notifications
    ) -> None:
        add(simulated, "fresh", ago=600.0)
        add(simulated, "slow", ago=7200.0, work=7230.0)
        async with running_dashboard(simulated, clock, window=HOUR) as ui:
            await ui.press("w", "4")
            await ui.settle(lambda: len(ui.tasks()) == 2)
            await ui.pass_time(40)
            assert notifications.titles() == ["Refresh finished"]


class TestSeveralFinishedTasks:
    async def test_are_reported_one_by_one_up_to_three(
        self, simulated: Account, clock: FakeClock, notifications: Notifications
    ) -> None:
        for number in range(3):
            add(simulated, f"task-{number}", work=9.0)
        async with running_dashboard(simulated, clock) as ui:
            await ui.pass_time(15)
            assert notifications.titles() == ["Refresh finished"] * 3
            assert notifications.bells == 1

    async def test_are_summed_up_by_outcome_from_four_on(
        self, simulated: Account, clock: FakeClock, notifications: Notifications
    ) -> None:
        for number in range(4):
            add(simulated, f"task-{number}", work=9.0, failing=(0,) if number == 2 else ())
        async with running_dashboard(simulated, clock, features=ALL_FEATURES) as ui:
            await ui.pass_time(15)
            heading, words = "4 refresh tasks finished", "✔ 3 success  ✖ 1 failed"
            assert notifications.toasts == [(heading, words, "error")]
            assert notifications.sequences_of(DESKTOP) == [notification("osc777", heading, words)]
            assert notifications.bells == 1

    async def test_that_are_flagged_are_reported_when_the_last_finishes(
        self, simulated: Account, clock: FakeClock, notifications: Notifications
    ) -> None:
        add(simulated, "long", work=40.0)
        add(simulated, "short", ago=1, work=10.0, failing=(0,))
        async with running_dashboard(simulated, clock) as ui:
            await ui.press("space", "space")
            await ui.pass_time(20)
            assert notifications.titles() == ["Refresh finished"]
            await ui.pass_time(30)
            assert sorted(notifications.titles()) == [
                "All flagged tasks finished",
                "Refresh finished",
                "Refresh finished",
            ]
            (toast,) = (toast for toast in notifications.toasts if toast[0].startswith("All"))
            assert (sorted(toast[1].split("  ")), toast[2]) == (["✔ 1 success", "✖ 1 failed"], "error")


@pytest.mark.parametrize("name", [switch.name for switch in fields(Notify)])
async def test_each_setting_switches_off_one_kind_of_notification(
    simulated: Account, clock: FakeClock, notifications: Notifications, name: str
) -> None:
    add(simulated, "one", work=9.0)
    preferences = preferences_of({"notify": {name: False}})
    async with running_dashboard(simulated, clock, features=ALL_FEATURES, preferences=preferences) as ui:
        await ui.pass_time(15)
        assert notifications.ways() == {switch.name for switch in fields(Notify)} - {name}


async def test_a_terminal_without_features_gets_no_sequence(
    simulated: Account, clock: FakeClock, notifications: Notifications
) -> None:
    add(simulated, "one", work=9.0)
    async with running_dashboard(simulated, clock) as ui:
        await ui.pass_time(15)
        assert notifications.ways() == {"toast", "bell"}
        assert notifications.sequences == []


async def test_a_hostile_url_is_sanitized_in_every_notification(
    simulated: Account, clock: FakeClock, notifications: Notifications
) -> None:
    simulated.add("refresh", [HOSTILE], queue=0.0, work=9.0)
    async with running_dashboard(simulated, clock, features=ALL_FEATURES, notifications=True) as ui:
        await ui.pass_time(15)
        assert [words.split("\n")[1:] for words in notifications.words()] == [[f"h/{SANITIZED}"]]
        await ui.settle(lambda: "Refresh finished" in ui.screen())
        lines = ui.screen().split("\n")
        (toast,) = (at for at, line in enumerate(lines) if "Refresh finished" in line)
        assert f"h/{SANITIZED}" in lines[toast + 2]
        (desktop,) = notifications.sequences_of(DESKTOP)
        assert desktop.removeprefix("\x1b").removesuffix("\x1b\\").isprintable()
        assert SANITIZED.replace(";", ",") in desktop


class TestTitleAndProgress:
    async def test_are_sent_only_when_they_change(
        self, simulated: Account, clock: FakeClock, notifications: Notifications
    ) -> None:
        add(simulated, "over", ago=HOUR)
        add(simulated, "waiting", queue=NEVER)
        async with running_dashboard(simulated, clock, features=ALL_FEATURES) as ui:
            assert (notifications.sequences_of(TITLE)[-1], notifications.sequences_of(PROGRESS)[-1]) == (
                title("✔ 1 ▶ 1"),
                progress(0),
            )
            titles = notifications.sequences_of(TITLE)
            await ui.pass_time(200)
            assert ui.dashboard.notifier is not None
            ui.dashboard.notifier.update_title()
            assert notifications.sequences_of(TITLE) == titles
            assert set(notifications.sequences_of(PROGRESS)) == {progress(0)}
            add(simulated, "half", count=2, failing=(0,), work=20.0)
            await ui.pass_time(30)
            titles = list(dict.fromkeys(notifications.sequences_of(TITLE)))
            assert titles[-3:] == [title(words) for words in ("✔ 1 ▶ 1", "✔ 1 ▶ 2", "✔ 1 ▶ 1 ✖ 1")]
            assert notifications.sequences_of(PROGRESS)[-1] == progress(0)

    async def test_show_a_failure_and_end_when_nothing_is_active(
        self, simulated: Account, clock: FakeClock, notifications: Notifications
    ) -> None:
        add(simulated, "half", count=8, failing=(0,), work=60.0)
        async with running_dashboard(simulated, clock, features=ALL_FEATURES, interval=1.0) as ui:
            await ui.pass_time(70)
            numbers = [
                sequence.removesuffix("\x1b\\").split(";")[2:] for sequence in notifications.sequences_of(PROGRESS)
            ]
            assert numbers.pop() == ["0"]
            assert [state for state, _percent in numbers] == sorted(state for state, _percent in numbers)
            assert {state for state, _percent in numbers} == {"1", "2"}
            assert 0 < max(int(percent) for _state, percent in numbers) < 100
            assert notifications.sequences_of(TITLE)[-1] == title("▶ 0 ✖ 1")

    async def test_repeat_the_progress_before_the_terminal_hides_it(
        self, simulated: Account, clock: FakeClock, notifications: Notifications
    ) -> None:
        add(simulated, "running", work=40.0)
        async with running_dashboard(simulated, clock, features=ALL_FEATURES) as ui:
            before = notifications.sequences_of(TITLE)
            for _ in range(4):
                notifications.sequences.clear()
                for _second in range(14):  # Ghostty takes it away after 15
                    ui.dashboard.tick()
                assert progress(0) in notifications.sequences
            assert (before, notifications.sequences_of(TITLE)) == ([title("▶ 1")], [])
            await ui.pass_time(50)
            assert notifications.sequences_of(PROGRESS)[-1] == progress(None)
            notifications.sequences.clear()
            for _second in range(30):
                ui.dashboard.tick()
            assert notifications.sequences == []

    async def test_are_those_of_the_current_account(
        self, simulated: Account, clock: FakeClock, notifications: Notifications
    ) -> None:
        add(simulated, "running", queue=NEVER)
        async with running_dashboard(simulated, clock, features=ALL_FEATURES) as ui:
            assert notifications.sequences_of(TITLE)[-1] == title("▶ 1")
            assert ui.app._connection is not None
            ui.app.show_account(replace(ui.app._connection, project_id="org-side02"))
            await ui.settle(lambda: "org-side02" in ui.screen() and "updated" in ui.screen())
            assert (notifications.sequences_of(TITLE)[-1], notifications.sequences_of(PROGRESS)[-1]) == (
                title("▶ 0"),
                progress(None),
            )


class TestTexts:
    @pytest.mark.parametrize(
        ("statuses", "active", "words"),
        [
            ({}, 0, "▶ 0"),
            ({Status.SUCCESS: 3, Status.PROCESS: 1, Status.WAIT: 1, Status.FAILURE: 2}, 2, "✔ 3 ▶ 2 ✖ 2"),
            ({"odd": 9, Status.FAILURE: 1}, 0, "▶ 0 ✖ 1"),
        ],
    )
    def test_of_the_title_count_succeeded_active_and_failed_tasks(
        self, statuses: dict[str, int], active: int, words: str
    ) -> None:
        assert title_words(statuses, active, UNICODE) == words

    def test_are_ascii_with_ascii_glyphs(self) -> None:
        task = summary("one", status="failure", first_url="https://h.test/" + "x" * 500)
        texts = title_words({Status.SUCCESS: 3, Status.FAILURE: 1}, 2, ASCII), end_words(task, ASCII)
        assert "".join([*texts, tally_words([task], ASCII)]).isascii()

    def test_omit_an_impossible_duration_and_cut_a_long_url(self) -> None:
        for odd in ({"created": None}, {"finished": None}, {"created": 2_000_000_000}):
            task = summary("one", **odd, first_url="https://h.test/" + "x" * 500 + "/end.jpg")
            status, url = end_words(task, UNICODE).split("\n")
            assert status == "✔ succeeded", odd
            assert url == "h.test…/end.jpg"

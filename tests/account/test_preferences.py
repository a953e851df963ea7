"""Preferences in the configuration; an invalid one affects only itself."""

import time
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import fields

from account.config_files import FILE
from support.clock import FakeClock
from support.program import PROGRAM, served
from support.screen.dashboard import account, add, running_dashboard
from support.screen.notifications import record_notifications
from support.terminals.terminal import StartTerminal
from ucdn_tui.account.preferences import Notify, Preferences, preferences_of
from ucdn_tui.simulator.account import Account

SWITCHES = [switch.name for switch in fields(Notify)]

NOT_BOOLEAN: list[Any] = [0, 1, "true", "", [], {}, 1.0]


class TestValidPreferences:
    def test_unrelated_settings_leave_the_defaults(self) -> None:
        assert preferences_of({}) == Preferences()
        assert preferences_of({"default": "work", "profiles": {}}) == Preferences()

    def test_defaults_enable_every_notification_and_no_command(self) -> None:
        assert Preferences() == Preferences(keys={}, notify=Notify(True, True, True, True, True), on_finish=())
        assert Preferences().links

    def test_valid_preferences_are_read(self) -> None:
        document = {
            "keys": {"find.sort": "z", "no.such": "x"},  # ids are not checked here
            "notify": {"bell": False, "toast": True},
            "on_finish": ["notify-send", "a b"],
            "links": False,
        }
        assert preferences_of(document) == Preferences(
            keys={"find.sort": "z", "no.such": "x"},
            notify=Notify(bell=False),
            on_finish=("notify-send", "a b"),
            links=False,
        )

    @pytest.mark.parametrize("name", SWITCHES)
    def test_each_switch_turns_off_only_its_own_notification(self, name: str) -> None:
        off = preferences_of({"notify": {name: False}})
        assert {switch for switch in SWITCHES if not getattr(off.notify, switch)} == {name}
        assert off.problems == ()

    @pytest.mark.parametrize(
        ("value", "command"),
        [("say 'it is' done", ("say", "it is", "done")), (["say", "it is"], ("say", "it is")), ("", ()), ([], ())],
    )
    def test_command_is_a_list_or_a_string(self, value: Any, command: tuple[str, ...]) -> None:
        assert preferences_of({"on_finish": value}) == Preferences(on_finish=command)


BAD: dict[str, tuple[list[Any], str]] = {
    "keys": (
        ["z", 5, True, ["z"], {"find.sort": 5}, {"find.sort": ["z"]}, {"find": {"sort": "z"}}],
        'keys: Must be a table of keys in quotes, such as "find.sort" = "o".',
    ),
    "notify": (
        [*NOT_BOOLEAN[:5], *({"bell": value} for value in NOT_BOOLEAN)],
        "notify: Must be a table of switches, each true or false.",
    ),
    "links": (NOT_BOOLEAN, "links: Must be true or false."),
    "on_finish": ([5, True, {}, ["x", 5]], "on_finish: "),
}


class TestInvalidPreferences:
    @pytest.mark.parametrize(
        ("name", "value", "problem"),
        [(name, value, problem) for name, (values, problem) in BAD.items() for value in values],
        ids=lambda value: ascii(value)[:30],
    )
    def test_invalid_preference_is_reported_and_the_others_apply(self, name: str, value: Any, problem: str) -> None:
        good: dict[str, Any] = {"keys": {"find.sort": "z"}, "notify": {"bell": False}, "on_finish": "x", "links": False}
        read = preferences_of({**good, name: value})
        assert len(read.problems) == 1
        assert read.problems[0].startswith(problem)
        del good[name]
        expected = preferences_of(good)
        for other in ("keys", "notify", "on_finish", "links"):
            assert getattr(read, other) == getattr(expected, other)

    @pytest.mark.parametrize(
        ("value", "words"),
        [
            ({"beep": True}, "notify: Unknown switch: beep. The switches are bell, desktop, progress, title, toast."),
            ({"bell": False, "x\x1b[2J": True}, r"notify: Unknown switch: x\x1b[2J. The switches are"),
        ],
    )
    def test_unknown_switch_is_reported_sanitized(self, value: Any, words: str) -> None:
        read = preferences_of({"notify": value})
        assert read.notify == Notify()
        (problem,) = read.problems
        assert problem.startswith(words)
        assert problem.isprintable()

    def test_every_preference_is_a_known_setting(self) -> None:
        names = {"default", "profiles", *(field.name for field in fields(Preferences))} - {"problems"}
        problems = preferences_of(dict.fromkeys(names, 5)).problems
        assert len(problems) == len(names) - 2, "the first two are checked elsewhere"
        assert not [problem for problem in problems if "Unknown setting" in problem]

    def test_unknown_settings_are_reported_sanitized_and_the_others_apply(self) -> None:
        read = preferences_of({"links": False, "colour": 1, "whatever\x1b[2J": {"x": 1}})
        (problem,) = read.problems
        names = "default, language, profiles, keys, notify, on_finish, links, read_only"
        assert problem == rf"Unknown setting: colour, whatever\x1b[2J. The settings are {names}."
        assert not read.links

    @pytest.mark.parametrize(
        ("value", "words"),
        [("say 'it", "quotation mark"), ("'' x", "name of a program"), ([""], "name of a program")],
    )
    def test_invalid_command_is_reported(self, value: Any, words: str) -> None:
        read = preferences_of({"on_finish": value})
        assert read.on_finish == ()
        assert words in read.problems[0]

    def test_all_problems_are_reported(self) -> None:
        read = preferences_of({"keys": 1, "notify": 1, "on_finish": 1, "links": 1})
        assert [problem.partition(":")[0] for problem in read.problems] == ["keys", "notify", "on_finish", "links"]
        assert read == Preferences(problems=read.problems)


class TestOnScreen:
    async def test_problems_are_shown_once_and_valid_preferences_apply(
        self, clock: FakeClock, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        notifications = record_notifications(monkeypatch)
        simulated = account(clock)
        add(simulated, "one", work=9.0)
        preferences = preferences_of({"links": 1, "notify": {"bell": False}, "keys": {"watch.pause": "X", "[/b]": "y"}})
        async with running_dashboard(simulated, clock, preferences=preferences, notifications=True) as ui:
            ((title, words, severity),) = notifications.toasts
            assert (title, severity) == ("Configuration", "warning")
            links, keys = words.split("\n")
            assert links == "links: Must be true or false."
            assert keys.startswith("keys: ")
            assert "[/b]" in keys
            await ui.settle(lambda: "[/b]" in ui.screen())
            await ui.press("X")
            assert "PAUSED" in ui.top_line()
            await ui.press("X")
            await ui.pass_time(20)
            assert ui.app._connection is not None
            ui.app.show_account(ui.app._connection)
            await ui.settle(lambda: ui.app.screen is not ui.dashboard and "updated" in ui.screen())
            assert len(notifications.titles()) == 2
            assert notifications.titles()[0] == "Configuration"
            assert notifications.bells == 0
            assert [r.getMessage() for r in caplog.records if "configuration" in r.getMessage()] == [
                "configuration: problems: 2"
            ]

    @pytest.mark.parametrize("links", [True, False])
    async def test_links_can_be_turned_off(self, clock: FakeClock, links: bool) -> None:
        simulated = account(clock)
        add(simulated, "one")
        async with running_dashboard(simulated, clock, preferences=preferences_of({"links": links})) as ui:
            table = ui.dashboard.tasks
            styles = [segment.style for strip in table.render_lines(table.size.region) for segment in strip]
            found = {style.link for style in styles if style is not None and style.link}
            assert found == ({"https://cdn.test/one-1.jpg"} if links else set())

    def test_file_is_read_at_start(self, terminal: StartTerminal) -> None:
        folder = Path.home() / ".config" / "ucdn-tui"
        folder.mkdir(parents=True)
        (folder / "config.toml").write_text(FILE + "beep = true\n", encoding="utf-8")
        with served(Account(time.time, seed=1)) as env:
            program = terminal([PROGRAM], columns=140, env=env)
            program.wait_for("notify: Unknown switch: beep. The switches are bell,")
            program.wait_for(r"z Zoom .*x Quit")
            program.send("\x18")
            assert program.exit_status() == 0


@pytest.mark.parametrize(("value", "expected"), [(True, True), (False, False), ("yes", True), (1, True)], ids=repr)
def test_a_broken_read_only_is_the_safe_one(value: object, expected: bool) -> None:
    assert preferences_of({"read_only": value}).read_only is expected

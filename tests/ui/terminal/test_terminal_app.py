"""What Textual's private parts are used for, and that they are still what they were when that was written."""

import inspect
import io
import logging
import signal
from importlib.metadata import version
from typing import ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import get_character_cell_size
from rich.console import Console
from rich.segment import Segment
from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.color import Color
from textual.driver import Driver
from textual.drivers.linux_driver import LinuxDriver
from textual.filter import LineFilter
from textual.message_pump import MessagePump
from textual.widgets import Static
from textual.worker import WorkerFailed

from support.clock import FakeClock
from support.screen.dashboard import account, running_dashboard
from ucdn_tui import errors
from ucdn_tui.ui.terminal.app import SIGNALS, EncodableFilter, TerminalApp
from ucdn_tui.ui.terminal.textual_versions import IS_TESTED_TEXTUAL, TESTED

SECRET = "46f09bb9fab4f12dfc160dae12273d5332b5debe"


class Crashing(TerminalApp):
    """Fails in as many ways as an app can, with a secret in a local variable each time."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("x", "fail", "Fail"),
        Binding("w", "fail_in_a_worker", "Fail in a worker"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self.reports: list[object] = []
        """What would have been printed in the end."""

    def compose(self) -> ComposeResult:
        yield Static("ready")

    def _print_error_renderables(self) -> None:
        self.reports += self._exit_renderables

    def action_fail(self) -> None:
        private_key = "-".join([SECRET])
        raise ValueError(f"it is {len(private_key)} long")

    def action_fail_in_a_worker(self) -> None:
        self.run_worker(self.fail_later())

    async def fail_later(self) -> None:
        self.action_fail()


def printed(renderables: list[object]) -> str:
    """Return what a terminal would get of them."""
    console = Console(file=io.StringIO(), width=120, color_system=None)
    for renderable in renderables:
        console.print(renderable)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


async def crash(key: str) -> Crashing:
    """Return an app that this key made fail."""
    app = Crashing()
    with pytest.raises((ValueError, WorkerFailed)):
        await press(app, key)
    return app


async def press(app: App[None], key: str) -> None:
    async with app.run_test() as pilot:
        await pilot.press(key)
        await pilot.pause()


class TestACrash:
    @pytest.mark.parametrize("key", ["x", "w"], ids=["in an action", "in a worker"])
    async def test_is_reported_without_local_variables(self, key: str, caplog: pytest.LogCaptureFixture) -> None:
        app = await crash(key)
        assert app.return_code == 1
        report = printed(app.reports)
        assert "it is 40 long" in report
        assert "action_fail" in report
        assert SECRET not in report
        assert "locals" not in report
        (record,) = [record for record in caplog.records if record.levelno == logging.CRITICAL]
        assert record.exc_info
        assert SECRET not in logging.Formatter().format(record)

    async def test_of_textuals_own_kind_would_have_told_the_secret(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """When this fails, Textual shows no locals any more, and `_fatal_error` need not be ours."""
        monkeypatch.setattr(Crashing, "_fatal_error", App._fatal_error)
        assert SECRET in printed((await crash("x")).reports)

    async def test_of_a_thread_of_textuals_is_told_likewise(self, caplog: pytest.LogCaptureFixture) -> None:
        app = Crashing()
        async with app.run_test():
            app.panic("in the \x1b[5mthread\x9b")
        assert app.return_code == 1
        assert "in the \ufffd[5mthread\ufffd" in printed(app.reports)
        (record,) = [record for record in caplog.records if record.levelno == logging.CRITICAL]
        assert record.getMessage().startswith("crash\nin the \ufffd[5mthread\ufffd")

    async def test_ends_the_program_with_status_1_wherever_it_happens(
        self, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async def run() -> None:
            async with running_dashboard(account(clock), clock) as ui:
                seen.append(ui.app)
                monkeypatch.setattr(ui.dashboard.details, "tick", lambda: 1 / 0)
                ui.dashboard.set_timer(0.01, ui.dashboard.tick)
                await ui.settle(lambda: ui.app.return_code is not None)

        seen: list[App[None]] = []
        with pytest.raises(ZeroDivisionError):
            await run()
        assert seen[0].return_code == 1


class TestTextualsPrivateParts:
    """`ui/terminal.py` overrides one and uses some. Textual is free to change them; then these fail."""

    def test_a_crash_is_still_reported_by_fatal_error_which_takes_nothing(self) -> None:
        assert list(inspect.signature(App._fatal_error).parameters) == ["self"]
        assert not inspect.iscoroutinefunction(App._fatal_error)
        assert "self._fatal_error()" in inspect.getsource(App._handle_exception)
        assert TerminalApp._fatal_error is not App._fatal_error

    def test_what_is_to_be_printed_at_the_end_is_still_a_list(self) -> None:
        assert Crashing()._exit_renderables == []
        assert "self._exit_renderables[0]" in inspect.getsource(App._print_error_renderables)

    def test_the_messages_are_still_closed_without_waiting(self) -> None:
        assert list(inspect.signature(MessagePump._close_messages_no_wait).parameters) == ["self"]
        assert not inspect.iscoroutinefunction(MessagePump._close_messages_no_wait)

    def test_what_is_drawn_still_passes_through_a_list_of_filters(self) -> None:
        app = Crashing()
        before = len(app._filters)
        app.show_only_encodable("ascii")
        assert isinstance(app._filters, list)
        assert len(app._filters) == before + 1
        assert list(inspect.signature(LineFilter.apply).parameters) == ["self", "segments", "background"]

    def test_what_is_written_to_the_terminal_still_goes_through_the_driver(self) -> None:
        assert Crashing()._driver is None
        assert "self._driver.write(" in inspect.getsource(App.copy_to_clipboard)
        assert list(inspect.signature(Driver.write).parameters) == ["self", "data"]

    def test_the_driver_still_takes_and_gives_back_the_terminal_by_these_two(self) -> None:
        assert "self.get_driver_class()" in inspect.getsource(App.__init__)
        assert "self.driver_class" in inspect.getsource(App._build_driver)
        assert "driver.start_application_mode()" in inspect.getsource(App._process_messages)
        assert "driver.stop_application_mode()" in inspect.getsource(App._process_messages)
        assert "self.start_application_mode()" in inspect.getsource(Driver.resume_application_mode)
        assert "self.stop_application_mode()" in inspect.getsource(Driver.suspend_application_mode)

    def test_the_drivers_thread_still_reads_by_what_we_replace_and_panics_without_locals(self) -> None:
        source = inspect.getsource(LinuxDriver._run_input_thread)
        assert "self.run_input_thread()" in source
        assert "self._app.panic" in source
        assert "rich.traceback.Traceback()" in source
        source = inspect.getsource(LinuxDriver.run_input_thread)
        for part in ("os.read", "self.fileno", "self.exit_event.is_set()", "self.process_message(event)", "tick"):
            assert part in source

    def test_the_input_is_read_by_us_on_tested_versions_only(self, monkeypatch: pytest.MonkeyPatch) -> None:
        assert (version("textual") in TESTED) is IS_TESTED_TEXTUAL is True
        own = LinuxDriver.run_input_thread
        monkeypatch.setattr(App, "get_driver_class", lambda _: LinuxDriver)
        assert vars(Crashing().driver_class)["run_input_thread"] is not own
        monkeypatch.setattr("ucdn_tui.ui.terminal.app.IS_TESTED_TEXTUAL", False)
        assert "run_input_thread" not in vars(Crashing().driver_class)

    def test_they_do_the_same_as_textuals_own_report(self) -> None:
        source = inspect.getsource(App._fatal_error)
        for part in ("Traceback(", "self._exit_renderables.append(", "Segments(", "self._close_messages_no_wait()"):
            assert part in source

    def test_an_exception_that_draws_itself_goes_another_way_and_none_of_ours_does(self) -> None:
        assert 'hasattr(error, "__rich__")' in inspect.getsource(App._handle_exception)
        assert not [name for name, value in vars(errors).items() if hasattr(value, "__rich__")]


class TestWhereTheTerminalCannotShowAll:
    @given(st.text(st.characters(exclude_categories=["Cs"]), max_size=40), st.sampled_from(["ascii", "latin-1", "gbk"]))
    def test_all_that_is_drawn_can_be_encoded_and_every_cell_keeps_its_place(self, text: str, encoding: str) -> None:
        (drawn,) = EncodableFilter(encoding).apply([Segment(text)], Color(0, 0, 0))
        drawn.text.encode(encoding)
        if all(get_character_cell_size(char) for char in text):
            assert sum(map(get_character_cell_size, drawn.text)) == sum(map(get_character_cell_size, text))

    def test_lines_stay_lines_and_the_rest_becomes_question_marks(self) -> None:
        (drawn,) = EncodableFilter("ascii").apply([Segment("│ 活a … ─")], Color(0, 0, 0))
        assert drawn.text == "| ??a ~ -"

    def test_what_the_encoding_has_stays(self) -> None:
        (drawn,) = EncodableFilter("gbk").apply([Segment("活动")], Color(0, 0, 0))
        assert drawn.text == "活动"


class TestSignals:
    def test_are_those_that_a_terminal_and_a_system_end_programs_by(self) -> None:
        assert set(SIGNALS) == {signal.SIGINT, signal.SIGTERM, signal.SIGHUP}

    async def test_end_the_program_in_good_order(self, clock: FakeClock) -> None:
        async with running_dashboard(account(clock), clock) as ui:
            signal.raise_signal(signal.SIGTERM)
            await ui.settle(lambda: ui.app.return_code is not None)
            assert ui.app.return_code == 128 + signal.SIGTERM

"""TerminalApp: crash reports, signals, the encoding; and the private parts of Textual that it depends on."""

import inspect
import io
import logging
import signal
from importlib.metadata import version
from typing import Any, ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import get_character_cell_size
from rich.console import Console
from rich.segment import Segment
from rich.traceback import Traceback
from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.color import Color
from textual.driver import Driver
from textual.drivers.headless_driver import HeadlessDriver
from textual.drivers.linux_driver import LinuxDriver
from textual.filter import LineFilter
from textual.widgets import Static
from textual.worker import WorkerFailed

from support.clock import FakeClock
from support.screen.dashboard import account, running_dashboard
from ucdn_tui import errors
from ucdn_tui.ui.terminal.app import SIGNALS, TerminalApp
from ucdn_tui.ui.terminal.output import EncodableFilter
from ucdn_tui.ui.terminal.textual_versions import IS_TESTED_TEXTUAL, TESTED

SECRET = "46f09bb9fab4f12dfc160dae12273d5332b5debe"


class FakeDriver(HeadlessDriver):
    """A driver that writes into a text in memory."""

    def __init__(self, app: App[Any]) -> None:
        super().__init__(app)
        self._file = io.StringIO()

    def write(self, data: str) -> None:
        self._file.write(data)

    def start_application_mode(self) -> None:
        """Take no terminal."""

    def stop_application_mode(self) -> None:
        """Return no terminal."""


class Crashing(TerminalApp):
    """Crashes in several ways, each time with a secret in a local variable."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("x", "fail", "Fail"),
        Binding("w", "fail_in_a_worker", "Fail in a worker"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self.reports: list[object] = []
        """What would be printed after the app has left the terminal."""

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
    """Return the text that a terminal would get."""
    console = Console(file=io.StringIO(), width=120, color_system=None)
    for renderable in renderables:
        console.print(renderable)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


async def crash(key: str) -> Crashing:
    """Return an app that this key has crashed."""
    app = Crashing()
    with pytest.raises((ValueError, WorkerFailed)):
        await press(app, key)
    return app


async def press(app: App[None], key: str) -> None:
    async with app.run_test() as pilot:
        await pilot.press(key)
        await pilot.pause()


class TestCrash:
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

    async def test_textuals_own_report_would_show_the_secret(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """When this fails, Textual shows no locals any more, and `_fatal_error` can go."""
        monkeypatch.delattr(TerminalApp, "_fatal_error")
        assert SECRET in printed((await crash("x")).reports)

    async def test_in_one_of_textuals_threads_is_reported_too(self, caplog: pytest.LogCaptureFixture) -> None:
        app = Crashing()
        async with app.run_test():
            app.panic("in the \x1b[5mthread\x9b")
        assert app.return_code == 1
        assert "in the \ufffd[5mthread\ufffd" in printed(app.reports)
        (record,) = [record for record in caplog.records if record.levelno == logging.CRITICAL]
        assert record.getMessage().startswith("crash\nin the \ufffd[5mthread\ufffd")

    async def test_anywhere_ends_the_program_with_status_1(
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


class TestPrivatePartsOfTextual:
    """What `ui/terminal` overrides and uses. Textual is free to change it; then these fail."""

    def test_a_crash_is_reported_by_fatal_error_without_arguments(self) -> None:
        assert list(inspect.signature(App._fatal_error).parameters) == ["self"]
        assert not inspect.iscoroutinefunction(App._fatal_error)
        assert "self._fatal_error()" in inspect.getsource(App._handle_exception)
        assert TerminalApp._fatal_error is not App._fatal_error

    def test_fatal_error_adds_a_report_and_closes_as_panic_does(self) -> None:
        for method in (App._fatal_error, App.panic):
            assert "Segments(" in inspect.getsource(method)
            assert "self._exit_renderables" in inspect.getsource(method)
            assert "self._close_messages_no_wait()" in inspect.getsource(method)

    def test_filters_are_a_list_that_drawing_goes_through(self) -> None:
        app = Crashing()
        before = len(app._filters)
        app.show_only_encodable("ascii")
        assert isinstance(app._filters, list)
        assert len(app._filters) == before + 1
        assert list(inspect.signature(LineFilter.apply).parameters) == ["self", "segments", "background"]

    def test_a_driver_writes_to_its_file(self) -> None:
        assert list(inspect.signature(Driver.write).parameters) == ["self", "data"]
        assert "self._file = " in inspect.getsource(LinuxDriver.__init__)
        assert "WriterThread(self._file)" in inspect.getsource(LinuxDriver.start_application_mode)

    def test_a_driver_takes_and_returns_the_terminal_by_two_methods(self) -> None:
        assert "self.get_driver_class()" in inspect.getsource(App.__init__)
        assert "self.driver_class" in inspect.getsource(App._build_driver)
        assert "driver.start_application_mode()" in inspect.getsource(App._process_messages)
        assert "driver.stop_application_mode()" in inspect.getsource(App._process_messages)
        assert "self.start_application_mode()" in inspect.getsource(Driver.resume_application_mode)
        assert "self.stop_application_mode()" in inspect.getsource(Driver.suspend_application_mode)

    def test_the_driver_reads_by_the_method_that_is_replaced(self) -> None:
        source = inspect.getsource(LinuxDriver._run_input_thread)
        assert "self.run_input_thread()" in source
        assert "self._app.panic" in source
        assert "rich.traceback.Traceback()" in source
        source = inspect.getsource(LinuxDriver.run_input_thread)
        for part in ("os.read", "self.fileno", "self.exit_event.is_set()", "self.process_message(event)", "tick"):
            assert part in source

    def test_only_exceptions_that_render_themselves_bypass_it_and_ours_do_not(self) -> None:
        assert 'hasattr(error, "__rich__")' in inspect.getsource(App._handle_exception)
        assert not [name for name, value in vars(errors).items() if hasattr(value, "__rich__")]


class TestOnAnUntestedVersionOfTextual:
    @pytest.fixture(autouse=True)
    def untested(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("ucdn_tui.ui.terminal.app.IS_TESTED_TEXTUAL", False)
        monkeypatch.setattr(Traceback, "__init__", Traceback.__init__)  # undoes what the app replaces

    def test_the_installed_version_is_tested(self) -> None:
        assert (version("textual") in TESTED) is IS_TESTED_TEXTUAL is True

    @pytest.mark.parametrize("key", ["x", "w"], ids=["in an action", "in a worker"])
    async def test_a_crash_is_reported_without_locals(self, key: str) -> None:
        app = await crash(key)
        assert "it is 40 long" in printed(app.reports)
        assert SECRET not in printed(app.reports)
        assert app.return_code == 1

    async def test_a_crash_reported_by_textual_itself_shows_no_locals(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delattr(TerminalApp, "_fatal_error")
        app = await crash("x")
        assert "it is 40 long" in printed(app.reports)
        assert SECRET not in printed(app.reports)
        assert app.return_code == 1

    def test_nothing_is_filtered(self) -> None:
        app = Crashing()
        before = list(app._filters)
        app.show_only_encodable("ascii")
        assert app._filters == before

    @pytest.mark.parametrize("is_tested", [True, False])
    def test_textual_reads_the_input_itself(self, monkeypatch: pytest.MonkeyPatch, is_tested: bool) -> None:
        monkeypatch.setattr("ucdn_tui.ui.terminal.app.IS_TESTED_TEXTUAL", is_tested)
        monkeypatch.setattr(App, "get_driver_class", lambda _: LinuxDriver)
        assert ("run_input_thread" in vars(Crashing().driver_class)) is is_tested

    @pytest.mark.parametrize("is_tested", [True, False])
    async def test_the_drivers_file_stays(self, monkeypatch: pytest.MonkeyPatch, is_tested: bool) -> None:
        monkeypatch.setattr("ucdn_tui.ui.terminal.app.IS_TESTED_TEXTUAL", is_tested)
        monkeypatch.setattr(App, "get_driver_class", lambda _: FakeDriver)
        app = Crashing()
        driver = app.driver_class(app)
        file = vars(driver)["_file"]
        driver.start_application_mode()
        assert (vars(driver)["_file"] is not file) is is_tested
        app.write_escape("on", undo="off")
        driver.stop_application_mode()
        assert file.getvalue() == "onoff"


class TestEncodableFilter:
    @given(st.text(st.characters(exclude_categories=["Cs"]), max_size=40), st.sampled_from(["ascii", "latin-1", "gbk"]))
    def test_everything_drawn_can_be_encoded_and_keeps_its_width(self, text: str, encoding: str) -> None:
        (drawn,) = EncodableFilter(encoding).apply([Segment(text)], Color(0, 0, 0))
        drawn.text.encode(encoding)
        if all(get_character_cell_size(char) for char in text):
            assert sum(map(get_character_cell_size, drawn.text)) == sum(map(get_character_cell_size, text))

    def test_lines_become_ascii_lines_and_other_text_question_marks(self) -> None:
        (drawn,) = EncodableFilter("ascii").apply([Segment("│ 活a … ─")], Color(0, 0, 0))
        assert drawn.text == "| ??a ~ -"

    def test_characters_of_the_encoding_stay(self) -> None:
        (drawn,) = EncodableFilter("gbk").apply([Segment("活动")], Color(0, 0, 0))
        assert drawn.text == "活动"


class TestSignals:
    def test_of_terminals_and_systems_that_end_programs_are_handled(self) -> None:
        assert set(SIGNALS) == {signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT}

    async def test_end_the_program_cleanly(self, clock: FakeClock) -> None:
        async with running_dashboard(account(clock), clock) as ui:
            signal.raise_signal(signal.SIGTERM)
            await ui.settle(lambda: ui.app.return_code is not None)
            assert ui.app.return_code == 128 + signal.SIGTERM

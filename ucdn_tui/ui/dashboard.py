"""Dashboard: the screen of one account. It wires the session to the widgets and handles their messages."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, tzinfo
from typing import TYPE_CHECKING, Any, ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.events import Resize, ScreenResume
from textual.geometry import Size
from textual.message import Message
from textual.widgets import Input

from ucdn_tui.api.models import TaskKey
from ucdn_tui.clock import Clock
from ucdn_tui.duration_words import can_be_window
from ucdn_tui.ui.bars.freshness import freshness_text
from ucdn_tui.ui.bars.hints import HintLine
from ucdn_tui.ui.bars.key_line import KeyLine
from ucdn_tui.ui.bars.problem_line import ProblemLine
from ucdn_tui.ui.bars.status_bar import StatusBar
from ucdn_tui.ui.commands.actions import DashboardActions
from ucdn_tui.ui.commands.commands import Commands
from ucdn_tui.ui.dialogs.sign_in_prompt import SignInPrompt
from ucdn_tui.ui.keys import bindings
from ucdn_tui.ui.panes.empty_lists import no_tasks
from ucdn_tui.ui.panes.pane import Pane
from ucdn_tui.ui.panes.panes import Panes, is_small
from ucdn_tui.ui.panes.render_context import RenderContext
from ucdn_tui.ui.panes.task_pane import TaskPane
from ucdn_tui.ui.panes.url_pane import UrlPane
from ucdn_tui.ui.table.live_table import LiveTable
from ucdn_tui.ui.text.glyphs import Glyphs
from ucdn_tui.ui.ui_state import StateFile, UiState, restore
from ucdn_tui.ui.watched_account import Account, header_info
from ucdn_tui.watch.session import Update, WatchSession
from ucdn_tui.watch.store import TaskStore

if TYPE_CHECKING:
    from ucdn_tui.ui.completion_notifier import CompletionNotifier

_LOADING_REFRESH = 0.1
"""Minimum seconds between two repaints of the task count while loading; about twenty updates arrive in between."""


class Dashboard(DashboardActions):
    """Watches one account for as long as the screen is shown."""

    AUTO_FOCUS = "#tasks"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings.DASHBOARD]

    DEFAULT_CSS = """
    Dashboard { layout: vertical; layers: default problems; }
    Dashboard.-small > #hint { display: none; }
    """

    @dataclass
    class SignInWanted(Message):
        """The keys are missing or refused."""

        dashboard: "Dashboard"

    class TaskOpened(Message):
        """The task to open was found."""

    def __init__(
        self,
        account: Account,
        clock: Clock,
        glyphs: Glyphs,
        *,
        interval: float,
        window: float,
        zone: tzinfo | None = None,
        links: bool = True,
        osc52: bool = False,
        task_id: str = "",
        state_file: StateFile | None = None,
        keymap: Mapping[str, str] | None = None,
    ) -> None:
        """Times are in seconds. `osc52`: the terminal is known to copy by it. `keymap`: the user's own keys by id."""
        super().__init__()
        self._osc52 = osc52
        self._task_id = task_id
        self._account = account
        self._clock = clock
        self._state_file = state_file or StateFile(None, hints=False)
        self._session = WatchSession(account.api, clock, interval=interval, window=window, on_update=self._updated)
        self._store = self._session.store
        self._resumed = False
        self.is_loading = True
        """Whether the first full scan is still running."""

        self._next_count = 0.0
        """When to repaint the task count while loading, on the clock's `elapsed`."""

        self.sign_in_prompt = SignInPrompt(self)
        self._chosen_window: float | None = None
        self._zone = zone
        self._problems = ProblemLine(glyphs, id="problems")
        self._key_line = KeyLine(id="keys")
        self._render_context = context = RenderContext(
            clock.server_now,
            UTC if self._state_file.utc else zone,
            glyphs,
            stuck_for=self._session.stuck_for,
            time_remaining=self._session.time_remaining,
            url_text=self._store.url_text,
            links=links,
        )
        self._bar = StatusBar(glyphs, header_info(account, self._session), id="status")
        self.task_pane = TaskPane(self._store, context)
        # A copy, as it highlights matches of its own; both have the same flags.
        self.details = UrlPane(replace(context), self._session.typical_duration)
        self._panes = Panes(self.task_pane, self.details, self._state_file.split)
        self.tasks = self.task_pane.table
        self.commands = Commands(self, self.task_pane, self.details, keymap or {}, account.left_out)
        self._hint = HintLine(self._state_file, self.commands.key)
        self._could_verify = False
        """Whether the key line offers to verify."""

        self.notifier: CompletionNotifier | None = None
        """Set by the app, which knows the terminal and the preferences."""

    @property
    def store(self) -> TaskStore:
        """The account's tasks."""
        return self._store

    def compose(self) -> ComposeResult:
        self._fit(self.app.size)  # first: later it would restyle every widget
        yield self._bar
        yield self._problems
        yield self._panes
        yield self._hint
        yield self._key_line

    def on_mount(self) -> None:
        self.set_focus(self.tasks)
        chosen = self._state_file.ui_state(self._account.profile)
        self._chosen_window = chosen.window if can_be_window(chosen.window) else None
        if chosen != UiState():
            restore(chosen, self.task_pane, self.details)
        self._show_freshness()
        self._show_keys()
        self.call_after_refresh(self._watch)
        if self._account.may_resume:
            self.call_after_refresh(self._resume)

    def on_screen_resume(self, event: ScreenResume) -> None:
        """Skip the first restyling: the widgets got their styles when they were mounted."""
        if self._resumed:
            self.sign_in_prompt.resumed()
        event.refresh_styles = event.refresh_styles and self._resumed
        self._resumed = True

    @work(group="poller")
    async def _watch(self) -> None:
        """Run the session until the screen is removed."""
        try:
            async with self._session:
                if self._task_id:
                    from ucdn_tui.ui.task_from_command_line import open_task  # here, as it is rarely needed

                    await open_task(self._task_id, self._session, self.task_pane, self.notify)
                    self.post_message(self.TaskOpened())
                await asyncio.Event().wait()
        finally:
            if (verifying := self.__dict__.get("_verify_actions")) is not None:
                await verifying.aclose()
            await self._account.api.aclose()

    @work(group="journal")
    async def _resume(self) -> None:
        """Report what became of a submission that was interrupted."""
        await self._submit_actions.resume()

    # From the session

    def _updated(self, update: Update) -> None:
        """Show what an answer changed."""
        if changes := update.changes:
            self.task_pane.apply(changes)
            self.details.apply(changes.changed, self._store.urls)
            self._offer_to_verify()
            if "_submit_actions" in self.__dict__:
                self._submit_actions.apply(changes)
            if self.notifier is not None:
                self.notifier.ended(update.ended)
        is_failing = bool(update.freshness.problems)
        if self.is_loading and not update.freshness.loading:
            self.is_loading = False
            self.tasks.release_top()
        if self.notifier is not None and (self._store or not self.is_loading or is_failing):
            self.notifier.update_title()  # also without tasks: the title may be another account's
        if not self.is_loading or is_failing or self._clock.elapsed() >= self._next_count:
            self._show_freshness()
        self.sign_in_prompt.refused(update.auth_error)
        self._ask_for_keys()

    def _ask_for_keys(self) -> None:
        if self.sign_in_prompt.is_due and not self._session.paused:
            self.post_message(self.SignInWanted(self))

    def _show_freshness(self) -> None:
        self._next_count = self._clock.elapsed() + _LOADING_REFRESH
        text = freshness_text(self._session.freshness(), len(self._store))
        self._bar.show(header_info(self._account, self._session), text)
        self._problems.show(text)
        self._place_problems()
        empty = no_tasks(self._session.window, len(self._store), self._account.keyring_of, loading=self.is_loading)
        self.tasks.empty_text = "\n".join(problem.in_full() for problem in text.problems) or empty

    def _place_problems(self) -> None:
        """Put the problems where they hide no selected row, the one with the focus above all."""
        if not self._problems.is_attached:  # the screen is being removed
            return
        both: tuple[LiveTable[Any, Any], ...] = (self.tasks, self.details.table)
        visible = [table.cursor_region for table in sorted(both, key=lambda table: table.has_focus, reverse=True)]
        if isinstance(self.focused, Input):
            visible.insert(0, self.focused.region)
        self._problems.place(self.region, small=self.has_class("-small"), keep_visible=visible)

    def tick(self) -> None:
        """Update what depends on the time. Called every second."""
        self.sign_in_prompt.tick()
        self._ask_for_keys()
        self._show_freshness()
        self.task_pane.tick()
        self.details.tick()
        self._hint.tick()
        if self.notifier is not None:
            self.notifier.tick()

    # From the widgets

    @on(TaskPane.Highlighted)
    def _task_highlighted(self, message: TaskPane.Highlighted) -> None:
        self._show_details(message.key)
        self._session.pin(message.key)
        self._offer_to_verify()
        self._place_problems()

    @on(LiveTable.Highlighted, "#urls")
    def _url_highlighted(self) -> None:
        self._offer_to_verify()
        self._place_problems()

    @on(LiveTable.Selected, "#tasks")
    def _task_selected(self) -> None:
        self._go(inside=True)

    @on(Pane.Arranged)
    def _arranged(self) -> None:
        self.details.highlight_task_filter(self.task_pane.criteria.highlight_patterns())
        if self.task_pane.criteria:
            self._hint.done("filter")
        if self._render_context.flagged:
            self._hint.done("flag")
        self._show_keys()
        self._show_freshness()
        self._save_ui_state()

    @on(TaskPane.FlaggedFinished)
    def _flagged_finished(self, message: TaskPane.FlaggedFinished) -> None:
        if self.notifier is not None:
            self.notifier.flagged_finished(message.tasks)

    def _show_details(self, key: TaskKey | None) -> None:
        task = self._store.get(key) if key else None
        self.details.show(task, self._store.urls(task.key) if task else ())

    def _show_keys(self) -> None:
        self._could_verify = self.commands.can_verify
        self._key_line.show(self.commands.hints())

    def _offer_to_verify(self) -> None:
        """Show the keys again if what is selected now can be verified, and before could not; or the other way round."""
        if self.commands.can_verify != self._could_verify:
            self._show_keys()

    def on_resize(self, event: Resize) -> None:
        self._fit(event.size)
        self.call_after_refresh(self._place_problems)  # once the tables have their new sizes

    def _fit(self, size: Size) -> None:
        self.set_class(is_small(size), "-small")
        self._panes.fit(size)

    @on(Panes.SplitMoved)
    def _split_moved(self, message: Panes.SplitMoved) -> None:
        self._state_file.save_split(message.split)

    def on_descendant_focus(self) -> None:
        self._panes.enter(inside=self.details.has_focus_within)
        self._show_keys()
        self._place_problems()

"""DashboardActions: what the keys of the dashboard and clicks on its top line do."""

from datetime import UTC, tzinfo
from functools import cached_property
from typing import TYPE_CHECKING

from textual import on
from textual.screen import Screen

from ucdn_tui.api.models import Task, TaskKey
from ucdn_tui.clock import Clock
from ucdn_tui.duration_words import parse_duration, whole_duration
from ucdn_tui.i18n import _
from ucdn_tui.ui.bars.freshness import freshness_text
from ucdn_tui.ui.bars.hints import HintLine
from ucdn_tui.ui.bars.status_bar import StatusBar
from ucdn_tui.ui.commands.commands import Commands
from ucdn_tui.ui.panes.panes import Panes
from ucdn_tui.ui.panes.render_context import RenderContext
from ucdn_tui.ui.panes.task_pane import TaskPane
from ucdn_tui.ui.panes.url_pane import UrlPane
from ucdn_tui.ui.table.live_table import LiveTable
from ucdn_tui.ui.text import times
from ucdn_tui.ui.ui_state import StateFile, capture
from ucdn_tui.watch.session import WatchSession
from ucdn_tui.watch.store import TaskStore

if TYPE_CHECKING:
    from ucdn_tui.ui.copy_and_export import ExportActions
    from ucdn_tui.ui.dialogs.picker import Picked
    from ucdn_tui.ui.submit.actions import SubmitActions
    from ucdn_tui.ui.verify.actions import VerifyActions
    from ucdn_tui.ui.watched_account import Account

_STUCK = "is:stuck"
"""The filter text that finds stuck tasks."""

INTERVALS = (1.0, 2.0, 5.0, 10.0, 15.0, 30.0, 60.0)
"""Intervals between polls to choose from, in seconds."""


class DashboardActions(Screen[None]):
    """The actions of `bindings.DASHBOARD`. The dashboard, which derives from it, sets the attributes."""

    task_pane: TaskPane
    details: UrlPane
    tasks: LiveTable[TaskKey, Task]
    commands: Commands
    _account: "Account"
    _session: WatchSession
    _store: TaskStore
    _render_context: RenderContext
    _panes: Panes
    _state_file: StateFile
    _hint: HintLine
    _osc52: bool
    _chosen_window: float | None
    _zone: tzinfo | None
    _clock: Clock

    @cached_property
    def _export_actions(self) -> "ExportActions":
        from ucdn_tui.ui.copy_and_export import ExportActions, Origin

        origin = Origin(self._account.host, self._account.project, self._session.request_id)
        return ExportActions(
            self,
            self._store,
            self.task_pane,
            self.details,
            origin,
            self._render_context,
            self._state_file,
            osc52=self._osc52,
        )

    @cached_property
    def _submit_actions(self) -> "SubmitActions":
        from ucdn_tui.ui.submit.actions import SubmitActions

        return SubmitActions(
            self,
            self._account.api,
            self._clock,
            self._session,
            self.task_pane,
            self.details,
            self._render_context.glyphs,
            self._account.journal_path,
            self._account.profile,
            {} if self._account.drafts is None else self._account.drafts,
        )

    @cached_property
    def _verify_actions(self) -> "VerifyActions | None":
        if self._account.edges is None:
            return None
        from ucdn_tui.ui.verify.actions import VerifyActions

        return VerifyActions(
            self,
            self._account.edges,
            self._clock,
            self._store,
            self.task_pane,
            self.details,
            self._render_context,
            offer=self._export_actions.offer,
            save=self._export_actions.save,
        )

    def action_submit(self) -> None:
        if self._may_submit():
            self._hint.done("submit")
            self._submit_actions.new()

    def action_resubmit(self) -> None:
        if self._may_submit():
            self._submit_actions.resubmit()

    def action_quota(self) -> None:
        self._submit_actions.quota()

    def action_verify(self) -> None:
        if (verifying := self._verify_actions) is not None:
            self._hint.done("verify")
            verifying.verify()

    def _may_submit(self) -> bool:
        if self._account.read_only:
            self.notify(_("Read-only: nothing can be submitted."), severity="warning", markup=False)
        return not self._account.read_only

    def action_enter(self) -> None:
        """Go to the URLs of the selected task; the task table runs this."""
        self._go(inside=True)

    def action_back(self) -> None:
        """Clear the filter; without one, go back to the task list."""
        inside = self.details.table.has_focus
        if not (self.details if inside else self.task_pane).clear():
            self._go(inside=False)

    def action_other_pane(self) -> None:
        self._go(inside=not self.details.table.has_focus)

    def action_refresh(self) -> None:
        self._session.refresh()

    def action_pause(self) -> None:
        self._session.pause(not self._session.paused)

    def action_interval(self, step: int) -> None:
        """Choose the next longer (1) or shorter (-1) interval between polls, and say which one is in use."""
        now = self._session.interval
        if step > 0:
            interval = min((choice for choice in INTERVALS if choice > now), default=now)
        else:
            interval = max((choice for choice in INTERVALS if choice < now), default=now)
        if interval != now:
            self._session.set_interval(interval)
        message = _("Poll every {interval} ({idle} when idle)")
        idle = whole_duration(self._session.idle_delay)
        self.notify(message.format(interval=whole_duration(interval), idle=idle), markup=False)

    def action_window(self) -> None:
        from ucdn_tui.ui.dialogs.menus import time_range_menu

        self.app.push_screen(time_range_menu(self._session.window), self._window_picked)

    def _window_picked(self, picked: "Picked | None") -> None:
        if picked is not None:
            self._chosen_window = parse_duration(picked.id)
            self._session.set_window(self._chosen_window)
            self._save_ui_state()

    @on(StatusBar.StatusSelected)
    def _status_clicked(self, message: StatusBar.StatusSelected) -> None:
        self.task_pane.action_only(message.status)

    @on(StatusBar.ActionSelected)
    async def _top_line_clicked(self, message: StatusBar.ActionSelected) -> None:
        await self.run_action(message.action)

    def action_show_stuck(self) -> None:
        """List only the stuck tasks; all again if only they are listed."""
        self.task_pane.filter_by("" if self.task_pane.filter_bar.text == _STUCK else _STUCK)

    def action_copy(self) -> None:
        self._hint.done("copy")
        self._export_actions.menu()

    def action_open(self) -> None:
        self._export_actions.open()

    def action_export(self) -> None:
        self._hint.done("export")
        self._export_actions.export()

    def action_zoom(self) -> None:
        self._panes.zoom()

    def action_split(self, steps: int) -> None:
        self._panes.enlarge(steps)

    def action_utc(self) -> None:
        """Show times in UTC, or again in the local time zone."""
        utc = self._render_context.zone is not UTC
        local = _("Times in the local time zone, {zone}")
        zone = times.zone_name(self._render_context.now(), self._zone)
        self.notify(_("Times in UTC") if utc else local.format(zone=zone), markup=False)
        self.task_pane.show_zone(UTC if utc else self._zone)
        self.details.show_zone(UTC if utc else self._zone)
        self._state_file.save_utc(utc)

    def action_help(self) -> None:
        from ucdn_tui.ui.dialogs.help import HelpDialog

        self._hint.done("help")
        text = freshness_text(self._session.freshness(), len(self._store))
        problems = [problem.in_full() for problem in text.problems]
        self.app.push_screen(HelpDialog(self.commands.help(), self._render_context.glyphs, problems))

    def _go(self, *, inside: bool) -> None:
        """Focus the URLs of the selected task, or the task list; a small terminal shows only the focused pane."""
        self._panes.enter(inside=inside)
        self.tasks.release_top()  # stay with this task while the list is still loading
        self.set_focus(self.details.table if inside else self.tasks)

    def _save_ui_state(self) -> None:
        state = capture(self.task_pane, self.details, self._chosen_window)
        self._state_file.save_ui_state(self._account.profile, state)

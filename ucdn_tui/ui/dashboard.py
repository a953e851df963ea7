"""Dashboard: the screen that watches; it wires poller, view and widgets, and decides what keys and messages mean."""

from dataclasses import dataclass, replace
from datetime import tzinfo
from typing import ClassVar, Protocol

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container
from textual.events import Resize
from textual.message import Message
from textual.screen import Screen
from textual.widgets import Footer, Static

from ucdn_tui.api.models import TaskKey
from ucdn_tui.clock import Clock
from ucdn_tui.durations import format_duration
from ucdn_tui.errors import UcdnTuiError
from ucdn_tui.i18n import _
from ucdn_tui.ui.dialogs import HelpDialog
from ucdn_tui.ui.format import Glyphs
from ucdn_tui.ui.live_table import LiveTable
from ucdn_tui.ui.pulse import pulse
from ucdn_tui.ui.status_bar import Facts, StatusBar
from ucdn_tui.ui.task_table import TaskTable
from ucdn_tui.ui.url_pane import UrlPane
from ucdn_tui.watch.poller import Api, Poller, Update
from ucdn_tui.watch.store import TaskStore
from ucdn_tui.watch.view import TaskView

INTERVALS = (1.0, 2.0, 5.0, 10.0, 15.0, 30.0, 60.0)
"""Seconds that + and - choose from."""

WIDE = 110
"""Columns from which the panes stand side by side."""

SMALL = (60, 16)
"""Columns and lines under which only one pane is shown at a time."""


class Closable(Api, Protocol):
    """An API that the dashboard closes when it is done."""

    async def aclose(self) -> None:
        """Close the connections."""


@dataclass(frozen=True)
class Account:
    """Whose tasks are watched: what the top line says of it, and where to ask."""

    profile: str
    project: str
    host: str
    api: Closable
    in_keyring: bool = False
    """Whether the keys have to come from the keyring first, which may ask its user for a password."""


class Dashboard(Screen[None]):
    """Watches one account from when it is shown until it is left."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("r", "refresh", _("Refresh"), id="dashboard.refresh", tooltip=_("Look now, at the whole window")),
        Binding("p", "pause", _("Pause"), id="dashboard.pause", tooltip=_("Stop asking the API, or go on")),
        Binding(
            "plus,equals_sign",
            "interval(-1)",
            _("Pace"),
            key_display="+/-",
            id="dashboard.faster",
            tooltip=_("Look more often"),
        ),
        Binding("minus", "interval(1)", _("Look less often"), show=False, key_display="-", id="dashboard.slower"),
        Binding("tab,shift+tab", "other_pane", _("Pane"), id="dashboard.pane", tooltip=_("Tasks, or the task's URLs")),
        Binding("P", "app.choose_profile", _("Profiles"), show=False, id="dashboard.profiles"),
        Binding("O", "app.choose_project", _("Projects"), show=False, id="dashboard.projects"),
        Binding("escape", "back", _("Back to the tasks"), show=False, id="dashboard.back"),
        Binding("question_mark", "help", _("Help"), key_display="?", id="dashboard.help", tooltip=_("This help")),
        Binding("q", "app.quit", _("Quit"), id="dashboard.quit"),
    ]

    DEFAULT_CSS = """
    Dashboard { layout: vertical; }
    Dashboard > #trouble { height: auto; max-height: 3; padding: 0 1; background: $error-muted; display: none; }
    Dashboard > #panes { height: 1fr; layout: vertical; }
    Dashboard > #panes > #tasks { height: 3fr; }
    Dashboard > #panes > #details { height: 2fr; border-top: solid $panel; }
    Dashboard.-wide > #panes { layout: horizontal; }
    Dashboard.-wide > #panes > #tasks { width: 3fr; height: 100%; }
    Dashboard.-wide > #panes > #details { width: 2fr; height: 100%; border-top: none; border-left: solid $panel; }
    Dashboard.-small > #panes > #tasks, Dashboard.-small > #panes > #details { height: 100%; border: none; }
    Dashboard.-small > #panes > #details { display: none; }
    Dashboard.-small.-inside > #panes > #details { display: block; }
    Dashboard.-small.-inside > #panes > #tasks { display: none; }
    """

    class SignInWanted(Message):
        """The keys are missing, or not accepted: somebody has to give others."""

        def __init__(self, error: UcdnTuiError) -> None:
            super().__init__()
            self.error = error

    def __init__(
        self,
        account: Account,
        clock: Clock,
        glyphs: Glyphs,
        *,
        interval: float,
        window: float,
        zone: tzinfo | None = None,
    ) -> None:
        super().__init__()
        self._account = account
        self._clock = clock
        self._store = TaskStore()
        self._view = TaskView(self._store)
        self._poller = Poller(account.api, self._store, clock, self._updated, interval=interval, window=window)
        self._statuses: tuple[tuple[str, int], ...] = ()
        self._loading = True
        self._refused: UcdnTuiError | None = None
        self._bar = StatusBar(glyphs, self._facts(), id="status")
        self._trouble = Static(id="trouble", markup=False)
        self.tasks = TaskTable(clock.server_now, zone, glyphs)
        self.tasks.view = self._view
        self.details = UrlPane(clock.server_now, zone, glyphs)

    @property
    def is_loading(self) -> bool:
        """Whether the window has not been seen as a whole yet."""
        return self._loading

    def compose(self) -> ComposeResult:
        yield self._bar
        yield self._trouble
        with Container(id="panes"):
            yield self.tasks
            yield self.details
        yield Footer(show_command_palette=True)

    def on_mount(self) -> None:
        self.tasks.focus()
        self.set_interval(1.0, self.tick)
        self._show_pulse()
        self._watch()

    @work(group="poller")
    async def _watch(self) -> None:
        """Watch until the screen is left; the poller itself never ends and never fails."""
        try:
            await self._poller.run()
        finally:
            await self._account.api.aclose()

    # From the poller

    def _updated(self, update: Update) -> None:
        """Show what an answer changed: only rows that are on the screen, and only where they differ."""
        if changes := update.changes:
            moved = self._view.apply(changes)
            changed = {task.key for _old, task in changes.changed}
            self.tasks.refresh_view(changed, moved=moved)
            if (shown := self.details.shown) and shown.key in changed:
                self._show_details(shown.key)
            self._statuses = tuple(self._store.statuses.items())
        if self._loading and not any(kind.loading for kind in update.state.kinds.values()):
            self._loading = False
            self.tasks.release_top()
        self._show_pulse()
        self._ask_for_keys(update)

    def _ask_for_keys(self, update: Update) -> None:
        """Say once that the keys are wrong; both kinds find that out, and each again when somebody tries anew."""
        kinds = update.state.kinds.values()
        error = next((kind.error for kind in kinds if kind.error and kind.next_try is None), None)
        if error and not self._refused and not update.state.paused:
            self.post_message(self.SignInWanted(error))
        self._refused = error

    def _show_pulse(self) -> None:
        state = self._poller.state
        now = pulse(state, self._clock.elapsed(), len(self._store))
        self._bar.show(self._facts(), now)
        self._trouble.display = bool(now.trouble)
        self._trouble.update(now.trouble)
        self.tasks.empty_text = self._empty_text(now.trouble)

    def _empty_text(self, trouble: str) -> str:
        window = format_duration(self._poller.state.window)
        if trouble:
            return trouble
        if self._loading and self._account.in_keyring and not len(self._store):
            words = _("Asking the keyring for the keys of {profile}, then the API for the tasks of the last {window} …")
            return words.format(profile=self._account.profile, window=window)
        if self._loading:
            return _("Asking for the tasks of the last {window} …").format(window=window)
        return _("No tasks in the last {window}.\nOne that is submitted now appears here by itself.").format(
            window=window
        )

    def _facts(self) -> Facts:
        account = self._account
        return Facts(account.profile, account.project, account.host, self._poller.state.window, self._statuses)

    def tick(self) -> None:
        """Let a second pass: ages grow."""
        self._show_pulse()
        self.tasks.tick()
        self.details.tick()

    # From the widgets

    @on(LiveTable.Highlighted, "#tasks")
    def _task_highlighted(self, message: LiveTable.Highlighted) -> None:
        self._show_details(message.key)

    @on(LiveTable.Selected, "#tasks")
    def _task_selected(self) -> None:
        self._go(inside=True)

    def _show_details(self, key: TaskKey | None) -> None:
        task = self._store.get(key) if key else None
        self.details.show(task, self._store.urls(task.key) if task else ())

    def on_resize(self, event: Resize) -> None:
        small = event.size.width < SMALL[0] or event.size.height < SMALL[1]
        self.set_class(small, "-small")
        self.set_class(not small and event.size.width >= WIDE, "-wide")
        footer = self.query_one(Footer)
        footer.compact, footer.show_command_palette = small, not small

    def _go(self, *, inside: bool) -> None:
        """Go into the selected task's URLs, or back to the list; in a small terminal the other pane makes room."""
        self.set_class(inside, "-inside")
        self.tasks.release_top()  # whoever goes into a task while the list still fills up means this one
        self.set_focus(self.details.table if inside else self.tasks)

    # From the keys

    def action_enter(self) -> None:
        self._go(inside=True)

    def action_back(self) -> None:
        self._go(inside=False)

    def action_other_pane(self) -> None:
        self._go(inside=not self.details.table.has_focus)

    def action_refresh(self) -> None:
        self._poller.refresh()

    def action_pause(self) -> None:
        self._poller.pause(not self._poller.state.paused)

    def action_interval(self, step: int) -> None:
        """Take the next longer (1) or shorter (-1) interval of the scale."""
        now = self._poller.state.interval
        choices = (
            [choice for choice in INTERVALS if choice > now] if step > 0 else [c for c in INTERVALS if c < now][::-1]
        )
        if choices:
            self._poller.set_interval(choices[0])
            self.notify(
                _("Every {interval}, and every {idle} while all is settled.").format(
                    interval=format_duration(choices[0]), idle=format_duration(self._poller.idle_gap)
                ),
                title=_("Interval"),
                markup=False,
            )

    def action_help(self) -> None:
        self.app.push_screen(HelpDialog(self._keys()))

    def _keys(self) -> list[tuple[str, str]]:
        """Return the keys that work here, as people know them, and what each does; from the bindings themselves."""
        keys: dict[tuple[str, str], list[str]] = {}
        for active in self.active_bindings.values():
            binding = active.binding
            if binding.description and not binding.system:
                shown = self.app.get_key_display(replace(binding, key_display=None))
                keys.setdefault((binding.action, binding.tooltip or binding.description), []).append(shown)
        return [(" ".join(dict.fromkeys(shown)), description) for (_action, description), shown in keys.items()]

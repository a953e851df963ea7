"""UcdnApp: the themes, the palette, and which screen is shown."""

from collections.abc import Iterable
from datetime import tzinfo
from typing import ClassVar

from textual.actions import SkipAction
from textual.app import SystemCommand
from textual.binding import Binding, BindingType
from textual.screen import Screen
from textual.widgets import Input

from ucdn_tui.clock import Clock
from ucdn_tui.i18n import _
from ucdn_tui.ui.dashboard import Account, Dashboard
from ucdn_tui.ui.format import Glyphs
from ucdn_tui.ui.terminal import TerminalApp

_TWICE = 2.0
"""Seconds within which a second Ctrl+C means that the first one was meant."""


class UcdnApp(TerminalApp):
    """The whole program on the screen. Times are in seconds."""

    TITLE = "ucdn-tui"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+q", "quit", _("Quit"), show=False, priority=True, id="app.quit"),
        Binding(
            "ctrl+c",
            "copy_or_quit",
            _("Copy the selection; twice: quit"),
            show=False,
            priority=True,  # also over a dialog
            id="app.copy-or-quit",
        ),
    ]

    def __init__(
        self,
        account: Account,
        clock: Clock,
        glyphs: Glyphs,
        *,
        interval: float = 5.0,
        window: float = 86400.0,
        zone: tzinfo | None = None,
    ) -> None:
        """`zone` is where times of day are shown; None is the machine's own."""
        super().__init__()
        self._clock = clock
        self._quit_wanted: float | None = None
        self._dashboard = Dashboard(account, clock, glyphs, interval=interval, window=window, zone=zone)

    def get_default_screen(self) -> Screen[None]:
        return self._dashboard

    def on_mount(self) -> None:
        self.leave_on_signals()

    def action_copy_or_quit(self) -> None:
        """Leave Ctrl+C to whoever copies, if there is a selection; else quit on the second one."""
        focused = self.focused
        if self.screen.get_selected_text() or (isinstance(focused, Input) and focused.selected_text):
            raise SkipAction
        now = self._clock.elapsed()
        if self._quit_wanted is not None and now - self._quit_wanted <= _TWICE:
            self.exit()
            return
        self._quit_wanted = now
        self.notify(_("Press Ctrl+C once more to quit."), timeout=_TWICE, markup=False)

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """Offer in the palette what the keys do, and what has no key."""
        yield from super().get_system_commands(screen)
        dashboard = self._dashboard
        if screen is not dashboard:
            return
        yield SystemCommand(_("Refresh"), _("Look now, and pass over the whole window"), dashboard.action_refresh)
        yield SystemCommand(_("Pause"), _("Stop asking the API, or go on"), dashboard.action_pause)
        yield SystemCommand(_("Faster"), _("Look more often"), lambda: dashboard.action_interval(-1))
        yield SystemCommand(_("Slower"), _("Look less often"), lambda: dashboard.action_interval(1))
        yield SystemCommand(_("Other pane"), _("Go to the URLs, or back to the tasks"), dashboard.action_other_pane)
        yield SystemCommand(_("Help"), _("The keys, and what the words mean"), dashboard.action_help)

"""UcdnApp: the app itself: its settings, the one timer, the command palette, and quitting."""

import logging
from collections.abc import Callable
from datetime import tzinfo
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.actions import SkipAction
from textual.app import App
from textual.binding import Binding, BindingType
from textual.screen import Screen
from textual.widgets import Input, TextArea

from ucdn_tui import daemon_thread
from ucdn_tui.account.accounts import Accounts
from ucdn_tui.account.connection import Connection
from ucdn_tui.account.preferences import Preferences
from ucdn_tui.clock import Clock
from ucdn_tui.duration_words import can_be_window
from ucdn_tui.errors import UcdnTuiError
from ucdn_tui.i18n import _
from ucdn_tui.sentences import labelled
from ucdn_tui.ui.accounts import AccountsApp
from ucdn_tui.ui.commands.palette import CommandProvider, Palette, PaletteCommand, filter_commands, key_commands
from ucdn_tui.ui.completion_notifier import CompletionNotifier
from ucdn_tui.ui.dashboard import Dashboard
from ucdn_tui.ui.keys import bindings
from ucdn_tui.ui.keys.user_keys import checked
from ucdn_tui.ui.terminal.escape_sequences import TerminalFeatures
from ucdn_tui.ui.text.format import written
from ucdn_tui.ui.text.glyphs import ASCII, Glyphs
from ucdn_tui.ui.ui_state import StateFile
from ucdn_tui.ui.watched_account import Account
from ucdn_tui.watch.poll.settings import DEFAULT_INTERVAL, DEFAULT_WINDOW

if TYPE_CHECKING:
    from ucdn_tui.api.lazy import LazyClient
    from ucdn_tui.edge.session import EdgeSession
    from ucdn_tui.external.on_finish import FinishHook
    from ucdn_tui.ui.submit.draft import Draft

log = logging.getLogger(__name__)

_QUIT_WITHIN = 2.0
"""Seconds within which a second Ctrl+C quits."""


class UcdnApp(AccountsApp):
    """Shows an account's dashboard, or the sign-in screen. Times are in seconds."""

    TITLE = "ucdn-tui"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings.APP]
    MOVES = bindings.MOVES
    URGENT = bindings.URGENT
    COMMANDS = {CommandProvider}  # noqa: RUF012 - Textual's declaration

    def __init__(
        self,
        accounts: Accounts,
        connection: Connection | None,
        clock: Clock,
        glyphs: Glyphs,
        *,
        interval: float | None = None,
        window: float | None = None,
        endpoint: str | None = None,
        project_id: str | None = None,
        task_id: str = "",
        read_only: bool = False,
        journal_path: Path | None = None,
        zone: tzinfo | None = None,
        preferences: Preferences = Preferences(),  # noqa: B008 - frozen
        state_file: StateFile | None = None,
        features: TerminalFeatures = TerminalFeatures(),  # noqa: B008 - frozen
        when_shown: Callable[[], object] | None = None,
        edges: "Callable[[Connection, LazyClient], EdgeSession] | None" = None,
    ) -> None:
        """Without a connection, start with the sign-in screen, with `endpoint` and `project_id` in its form.

        `interval` and `window` (None: not given) override the profile's. `task_id` is the task to open, "" for none.
        `read_only`: nothing can be submitted, in whatever account. `journal_path`: of what is submitted (None: memory).
        `zone` is the time zone of times of day (None: the local one). `when_shown` is called once, after the first
        frame. `edges` returns a way to the edges of an account (None: nothing can be verified).
        """
        super().__init__(accounts, connection, endpoint=endpoint, project_id=project_id)
        self._clock = clock
        self._glyphs = glyphs
        self._interval = interval
        self._window = window
        self._task_id = task_id
        self._read_only = read_only or preferences.read_only
        self._journal_path = journal_path
        self._drafts: dict[str, Draft] = {}
        self._zone = zone
        self._quit_pressed: float | None = None
        """When Ctrl+C was pressed last, on the clock's `elapsed`."""

        self._preferences = preferences
        self._problems = list(preferences.problems)
        """What the configuration has wrong, in sentences."""

        self._state_file = state_file or StateFile(None, hints=False)
        self._features = features
        self._hook = self._finish_hook()
        self._when_shown = when_shown
        self._edges = edges
        self._own_keys: dict[str, str] = {}
        self.use_saved_theme(self._state_file.theme)

    def on_mount(self) -> None:
        self.handle_signals()
        self.app_resume_signal.subscribe(self, self._resumed)
        self.set_interval(1.0, self._tick)
        self._report_problems()
        if self._when_shown is not None:
            self.call_after_refresh(self._when_shown)

    def _tick(self) -> None:
        """Update everything that depends on the time. The only timer: each further one would wake the machine again."""
        self.check_size()
        self._state_file.tick()
        for screen in self.screen_stack:
            if isinstance(screen, Dashboard):
                screen.tick()

    def get_default_screen(self) -> Screen[None]:
        """Return the first screen. Pushed over Textual's default screen, it would be painted twice."""
        self._apply_keymap()
        return self.first_sign_in_form() if self._connection is None else self.dashboard_for(self._connection)

    def dashboard_for(self, connection: Connection) -> Dashboard:
        api = self._accounts.client(connection)
        account = Account(
            profile=connection.source,
            project=connection.project_id or "",
            host=connection.host,
            api=api,
            in_keyring=connection.keys is None,
            read_only=self._read_only or connection.read_only,
            journal_path=self._journal_path,
            drafts=self._drafts,
            edges=partial(self._edges, connection, api) if self._edges is not None else None,
        )
        saved = self._state_file.ui_state(account.profile).window
        chosen = saved if can_be_window(saved) else None
        dashboard = Dashboard(
            account,
            self._clock,
            self._glyphs,
            interval=self._interval or connection.interval or DEFAULT_INTERVAL,
            window=self._window or chosen or connection.window or DEFAULT_WINDOW,
            zone=self._zone,
            links=self._preferences.links,
            osc52=self._features.clipboard,
            task_id=self._task_id,
            state_file=self._state_file,
            keymap=self._own_keys,
        )
        dashboard.notifier = CompletionNotifier(
            self, dashboard.store, self._glyphs, self._preferences.notify, self._features, self._hook
        )
        return dashboard

    @on(Dashboard.TaskOpened)
    def _task_opened(self) -> None:
        self._task_id = ""  # another account's dashboard does not look for it

    # Preferences

    def _apply_keymap(self) -> None:
        if self._preferences.keys:
            from ucdn_tui.ui.commands.contexts import contexts

            self._own_keys, clashes = checked(self._preferences.keys, contexts())
            self.set_keymap(self._own_keys)
            self._problems += [labelled("keys", problem) for problem in clashes]

    def _report_problems(self) -> None:
        """Report once what the configuration has wrong; everything else in it applies."""
        if self._problems:
            log.warning("configuration: problems: %d", len(self._problems))
            self.notify(
                "\n".join(self._problems), title=_("Configuration"), severity="warning", timeout=15, markup=False
            )

    def get_key_display(self, binding: Binding) -> str:
        """Return a key as displayed: by its name if it is Enter, or if the terminal lacks the sign for it."""
        sign = super().get_key_display(binding)
        is_drawn = sign.isascii() or (self._glyphs != ASCII and binding.key != "enter")
        return sign if is_drawn else binding.key

    def save_theme(self, name: str) -> None:
        self._state_file.save_theme(name)

    def _resumed(self, _app: App[object]) -> None:
        """Send the title and the progress again: the terminal dropped them while the app was suspended."""
        for screen in self.screen_stack:
            if isinstance(screen, Dashboard) and screen.notifier is not None:
                screen.notifier.resend()

    def _finish_hook(self) -> "FinishHook | None":
        if not self._preferences.on_finish:
            return None
        from ucdn_tui.external.on_finish import FinishHook  # here, as few people use it

        return FinishHook(self._preferences.on_finish, self._hook_failed)

    def _hook_failed(self, message: str) -> None:
        self.notify(message, title="on_finish", severity="error", markup=False)

    async def on_unmount(self) -> None:
        self._state_file.save()
        if self._hook is not None:
            await self._hook.aclose()

    # Quitting and the palette

    def action_copy_or_quit(self) -> None:
        """Copy where there is a selection; else quit at the second Ctrl+C."""
        focused = self.focused
        if self.screen.get_selected_text() or (isinstance(focused, Input | TextArea) and focused.selected_text):
            raise SkipAction
        now = self._clock.elapsed()
        if self._quit_pressed is not None and now - self._quit_pressed <= _QUIT_WITHIN:
            self.exit()
            return
        self._quit_pressed = now
        self.notify(_("Press Ctrl+C again to quit."), timeout=_QUIT_WITHIN, markup=False)

    def action_command_palette(self) -> None:
        """Open the palette, with our words in its box."""
        if not isinstance(self.screen, Palette):
            self.push_screen(Palette(placeholder=_("Search commands …"), id="--command-palette"))

    def palette_commands(self, screen: Screen[object]) -> list[PaletteCommand]:
        """Return the palette's commands: those of the keys, and some without a key."""
        screenshot = PaletteCommand(_("Screenshot (SVG)"), self._save_screenshot, _("picture save"))
        if not isinstance(screen, Dashboard):
            return [
                PaletteCommand(_("Theme…"), self.action_change_theme, _("dark light colors appearance")),
                PaletteCommand(_("Quit"), self.action_quit, _("exit close")),
                screenshot,
            ]
        return [
            *key_commands(self, screen.commands),
            *filter_commands(screen.task_pane),
            PaletteCommand(_("Sign in…"), self.sign_in, _("login account keys")),
            screenshot,
        ]

    def _save_screenshot(self) -> None:
        self.set_timer(0.1, self._write_screenshot)  # once the palette has closed

    async def _write_screenshot(self) -> None:
        """Write the screen as a picture. It is as private as an export: URLs may contain signatures."""
        from ucdn_tui import export  # here, as few people use it

        picture = self.export_screenshot()
        try:
            path = await daemon_thread.run(
                lambda: export.write_new(export.target_folders(), "ucdn-screenshot", ".svg", picture), "screenshot"
            )
        except UcdnTuiError as error:
            self.notify(str(error), severity="error", markup=False)
        else:
            self.notify(written(path), markup=False)

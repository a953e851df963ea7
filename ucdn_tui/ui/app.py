"""UcdnApp: the palette, and which screen is shown: a dashboard, signing in, or the choice of a profile."""

import logging
from collections.abc import Callable, Iterable
from datetime import tzinfo
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from textual.actions import SkipAction
from textual.app import App, SystemCommand
from textual.binding import BindingType
from textual.events import Key
from textual.screen import Screen
from textual.theme import Theme
from textual.widgets import Input

from ucdn_tui.account.accounts import Accounts
from ucdn_tui.account.connection import Connection
from ucdn_tui.account.preferences import Preferences
from ucdn_tui.api.endpoint import DEFAULT_ENDPOINT
from ucdn_tui.clock import Clock
from ucdn_tui.durations import can_be_window
from ucdn_tui.i18n import _
from ucdn_tui.ui.accounts import AccountsApp
from ucdn_tui.ui.completion_notifier import CompletionNotifier
from ucdn_tui.ui.dashboard import Account, Dashboard
from ucdn_tui.ui.glyphs import Glyphs
from ucdn_tui.ui.keys import bindings
from ucdn_tui.ui.keys.keymap import checked, is_command, shown_keys
from ucdn_tui.ui.panes.filter_bar import FilterInput
from ucdn_tui.ui.terminal.escape_sequences import TerminalFeatures
from ucdn_tui.ui.ui_state import StateFile

if TYPE_CHECKING:
    from ucdn_tui.external.on_finish import FinishHook
    from ucdn_tui.ui.dialogs.picker import Picked

log = logging.getLogger(__name__)

INTERVAL = 5.0
"""Seconds between two looks, where nobody says otherwise."""

WINDOW = 86400.0
"""Seconds that are looked back, likewise."""

_TWICE = 2.0
"""Seconds within which a second Ctrl+C means that the first one was meant."""


class UcdnApp(AccountsApp):
    """The whole program on the screen. Times are in seconds; flags (not None) beat what a profile says."""

    TITLE = "ucdn-tui"
    # Small: several tasks may end at once, and the list below them is what people came for.
    CSS = "Toast { width: auto; max-width: 70%; padding: 0 1; }"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings.APP]

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
        zone: tzinfo | None = None,
        preferences: Preferences = Preferences(),  # noqa: B008 - frozen
        state_file: StateFile | None = None,
        features: TerminalFeatures = TerminalFeatures(),  # noqa: B008 - frozen
        when_shown: Callable[[], object] | None = None,
    ) -> None:
        """Without a connection it begins by asking for keys, with `endpoint` and `project_id` in the form.

        `zone` is where times of day are shown (None: here); `talents` is what the terminal takes beyond text;
        `when_shown` is called once the first frame is there.
        """
        super().__init__(accounts, connection, endpoint=endpoint, project_id=project_id)
        self._clock = clock
        self._glyphs = glyphs
        self._interval = interval
        self._window = window
        self._zone = zone
        self._quit_wanted: float | None = None
        self._preferences = preferences
        self._problems = list(preferences.problems)
        self._state_file = state_file or StateFile(None, hints=False)
        self._features = features
        self._hook = self._finish_hook()
        self._when_shown = when_shown
        self._own_keys: dict[str, str] = {}
        if self._state_file.theme in self.available_themes:
            self.theme = self._state_file.theme

    def on_mount(self) -> None:
        self.leave_on_signals()
        self.theme_changed_signal.subscribe(self, self._theme_changed)
        self.app_resume_signal.subscribe(self, self._resumed)
        self.set_interval(1.0, self._tick)
        self._tell_problems()
        if self._when_shown is not None:
            self.call_after_refresh(self._when_shown)

    def _tick(self) -> None:
        """Let a second pass. There is no other timer: each of them would wake the machine at a moment of its own."""
        self.check_size()
        self._state_file.tick()
        for screen in self.screen_stack:
            if isinstance(screen, Dashboard):
                screen.tick()

    def get_default_screen(self) -> Screen[None]:
        """Return the first screen: pushed over Textual's own it would be painted twice."""
        self._take_keys()
        return self._sign_in_form() if self._connection is None else self.dashboard_for(self._connection)

    def dashboard_for(self, connection: Connection) -> Dashboard:
        account = Account(
            profile=connection.source,
            project=connection.project_id or "",
            host=connection.host,
            api=self._accounts.client(connection),
            in_keyring=connection.keys is None,
        )
        remembered = self._state_file.ui_state(account.profile).window
        chosen = remembered if can_be_window(remembered) else None
        dashboard = Dashboard(
            account,
            self._clock,
            self._glyphs,
            interval=self._interval or connection.interval or INTERVAL,
            window=self._window or chosen or connection.window or WINDOW,
            zone=self._zone,
            links=self._preferences.links,
            state_file=self._state_file,
            keymap=self._own_keys,
        )
        dashboard.notifier = CompletionNotifier(
            self, dashboard.store, self._glyphs, self._preferences.notify, self._features, self._hook
        )
        return dashboard

    # How somebody likes it

    def _take_keys(self) -> None:
        if self._preferences.keys:
            from ucdn_tui.ui.keys.contexts import contexts

            self._own_keys, clashes = checked(self._preferences.keys, contexts())
            self.set_keymap(self._own_keys)
            self._problems += [f"keys: {problem}" for problem in clashes]

    def _tell_problems(self) -> None:
        """Tell once what cannot be understood: all the rest works."""
        problems = self._problems
        for problem in problems:
            log.warning("configuration: %s", problem)
        if problems:
            self.notify("\n".join(problems), title=_("Configuration"), severity="warning", timeout=15, markup=False)

    def action_change_theme(self) -> None:
        from ucdn_tui.ui.dialogs.menus import theme_menu

        themes = list(self.available_themes.values())
        if self.no_color:  # Textual makes black on black of the terminal's own colours then
            themes = [theme for theme in themes if not theme.ansi]
        self.push_screen(theme_menu(themes, self.theme), self._theme_picked)

    def _theme_picked(self, picked: "Picked | None") -> None:
        if picked is not None:
            self.theme = picked.id

    def _resumed(self, _app: App[object]) -> None:
        """Say anew what the terminal has forgotten."""
        for screen in self.screen_stack:
            if isinstance(screen, Dashboard) and screen.notifier is not None:
                screen.notifier.resend()

    def _theme_changed(self, theme: Theme) -> None:
        self._state_file.save_theme(theme.name)

    def _finish_hook(self) -> "FinishHook | None":
        if not self._preferences.on_finish:
            return None
        from ucdn_tui.external.on_finish import FinishHook  # here, as few have one

        return FinishHook(self._preferences.on_finish, self._hook_failed)

    def _hook_failed(self, words: str) -> None:
        self.notify(words, title="on_finish", severity="error", markup=False)

    async def on_unmount(self) -> None:
        self._state_file.save()
        if self._hook is not None:
            await self._hook.aclose()

    def on_key(self, event: Key) -> None:
        """Give a letter to the field that is typed into, where it was sent elsewhere before that had the focus."""
        if event.is_printable and isinstance(self.focused, FilterInput):
            event.prevent_default()
            self.focused.post_message(Key(event.key, event.character))

    # Leaving

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
        yield SystemCommand(_("Screenshot"), _("Save the screen as an SVG picture"), self._take_picture)
        if not isinstance(screen, Dashboard):
            yield SystemCommand(_("Theme"), _("Dark, light, or the terminal's own colours"), self.action_change_theme)
            yield SystemCommand(_("Quit"), _("Leave the program"), self.action_quit)
            return
        yield SystemCommand(_("Sign in"), _("Give keys, of this account or a further one"), self.sign_in)
        for binding in filter(is_command, bindings.ALL):
            keys = shown_keys(self, binding, self._own_keys)
            # The palette reads this as markup, in which a key `[` would begin a tag.
            words = f"{keys}  {binding.tooltip}".rstrip().replace("[", "\\[")
            run = partial(self.call_later, self.run_action, binding.action, screen.commands.owner(binding))
            yield SystemCommand(binding.description, words, run)

    def _take_picture(self) -> None:
        self.set_timer(0.1, self.deliver_screenshot)  # when the palette is gone

"""UcdnApp: the palette, and which screen is shown: a dashboard, signing in, or the choice of a profile."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import tzinfo
from typing import TYPE_CHECKING, ClassVar

from textual import on, work
from textual.actions import SkipAction
from textual.app import SystemCommand
from textual.binding import Binding, BindingType
from textual.screen import Screen
from textual.widgets import Input

from ucdn_tui.accounts import Accounts
from ucdn_tui.clock import Clock
from ucdn_tui.connection import DEFAULT_ENDPOINT, Connection
from ucdn_tui.errors import UcdnTuiError
from ucdn_tui.i18n import _
from ucdn_tui.ui.dashboard import Account, Dashboard
from ucdn_tui.ui.format import Glyphs
from ucdn_tui.ui.terminal import TerminalApp

if TYPE_CHECKING:
    from ucdn_tui.ui.login import SignInScreen

INTERVAL = 5.0
"""Seconds between two looks, where nobody says otherwise."""

WINDOW = 86400.0
"""Seconds that are looked back, likewise."""

_TWICE = 2.0
"""Seconds within which a second Ctrl+C means that the first one was meant."""


class UcdnApp(TerminalApp):
    """The whole program on the screen. Times are in seconds; flags (not None) beat what a profile says."""

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
    ) -> None:
        """Without a connection it begins by asking for keys, with `endpoint` and `project_id` in the form.

        `zone` is where times of day are shown (None: here).
        """
        super().__init__()
        self._accounts = accounts
        self._connection = connection
        self._clock = clock
        self._glyphs = glyphs
        self._interval = interval
        self._window = window
        self._endpoint = endpoint
        self._project_id = project_id
        self._zone = zone
        self._quit_wanted: float | None = None

    def on_mount(self) -> None:
        self.leave_on_signals()
        if self._connection is None:
            self.sign_in()
        else:
            self.push_screen(self._dashboard(self._connection))

    def _dashboard(self, connection: Connection) -> Dashboard:
        account = Account(
            profile=connection.source,
            project=connection.project_id or "",
            host=connection.host,
            api=self._accounts.client(connection),
            in_keyring=connection.keys is None,
        )
        return Dashboard(
            account,
            self._clock,
            self._glyphs,
            interval=self._interval or connection.interval or INTERVAL,
            window=self._window or connection.window or WINDOW,
            zone=self._zone,
        )

    @work(group="screens", exclusive=True)
    async def show_account(self, connection: Connection) -> None:
        """Watch this account instead: what was known of another one goes with its screen."""
        self._connection = connection
        await self._show(self._dashboard(connection))

    async def _show(self, screen: Screen[None]) -> None:
        """Show this screen instead of whatever is shown; the one at the bottom is Textual's own, and stays."""
        while len(self.screen_stack) > 2:
            await self.pop_screen()
        await self.switch_screen(screen)

    # Signing in

    @on(Dashboard.SignInWanted)
    def _sign_in_wanted(self, message: Dashboard.SignInWanted) -> None:
        self.sign_in(str(message.error))

    def sign_in(self, reason: str = "") -> None:
        """Ask for keys, those of the account that is watched if there is one."""
        from ucdn_tui.ui.login import Draft, SignInScreen

        if isinstance(self.screen, SignInScreen) or self._has_no_choice():
            return
        connection = self._connection
        draft = Draft(self._free_name(), endpoint=self._endpoint or DEFAULT_ENDPOINT, project_id=self._project_id or "")
        if connection is not None:
            draft = Draft(
                profile=connection.profile or draft.profile,
                public_key=connection.keys.public if connection.keys else "",
                endpoint=connection.endpoint,
                project_id=connection.project_id or "",
            )
        self.push_screen(SignInScreen(self._accounts, draft, reason))

    def on_sign_in_screen_signed_in(self, message: "SignInScreen.SignedIn") -> None:
        self.show_account(message.connection)

    def on_sign_in_screen_left(self) -> None:
        if len(self.screen_stack) > 2:
            self.pop_screen()
        else:
            self.exit()

    # Profiles

    @work(group="profiles", exclusive=True)
    async def action_choose_profile(self) -> None:
        """Show the profiles, and watch the one that is chosen, by its present name if it was given another."""
        from ucdn_tui.ui.profiles import Add, ProfilesDialog, Watch

        if self._has_no_choice():
            return
        try:
            current = self._connection.profile if self._connection else None
            dialog = ProfilesDialog(self._accounts, self._accounts.config(), current)
            chosen = await self.push_screen_wait(dialog)
            if self._connection is not None and dialog.current != current:
                self._connection = replace(self._connection, profile=dialog.current)
            match chosen:
                case Watch(name):
                    self.show_account(self._accounts.connection(name))
                case Add():
                    self._add_account()
                case None if dialog.current != current:
                    self._follow(dialog.current)
        except UcdnTuiError as error:
            self.notify(str(error), severity="error", markup=False)

    def _add_account(self) -> None:
        """Ask for the keys of a further account; nothing of another one is in the form, or it would be written over."""
        from ucdn_tui.ui.login import Draft, SignInScreen

        self.push_screen(SignInScreen(self._accounts, Draft(profile=self._free_name())))

    def _has_no_choice(self) -> bool:
        """Say that the demo has one account only; return whether it is the demo."""
        if self._accounts.only_one:
            self.notify(_("The demo has one account, and keeps no keys."), markup=False)
        return self._accounts.only_one

    def _free_name(self) -> str:
        """Return a name for a profile that there is not yet, so that none is written over by accident."""
        try:
            taken = self._accounts.config().profiles
        except UcdnTuiError:  # said by whoever wants to keep something
            return "default"
        names = ["default", *(f"account-{number}" for number in range(2, len(taken) + 3))]
        return next(name for name in names if name not in taken)

    def _follow(self, current: str | None) -> None:
        """Go on after the watched profile was renamed (`current` is its new name) or removed (None)."""
        name = current or self._accounts.config().default
        if name:
            self.show_account(self._accounts.connection(name))
        else:
            self._connection = None
            self._start_over()

    @work(group="screens", exclusive=True)
    async def _start_over(self) -> None:
        from ucdn_tui.ui.login import SignInScreen

        await self._show(SignInScreen(self._accounts))

    @work(group="profiles", exclusive=True)
    async def action_choose_project(self) -> None:
        """Ask the API for the account's projects, and watch the one that is chosen."""
        from ucdn_tui.ui.profiles import ProjectDialog

        connection = self._connection
        if connection is None:
            return
        try:
            projects = await self._accounts.projects(connection)
            chosen = await self.push_screen_wait(ProjectDialog(projects, connection.project_id))
            if chosen and chosen != connection.project_id:
                if connection.profile:
                    self._accounts.set_project(connection.profile, chosen)
                self.show_account(replace(connection, project_id=chosen))
        except UcdnTuiError as error:
            self.notify(str(error), severity="error", markup=False)

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
        yield from super().get_system_commands(screen)
        if not isinstance(screen, Dashboard):
            return
        yield SystemCommand(_("Refresh"), _("Look now, and pass over the whole window"), screen.action_refresh)
        yield SystemCommand(_("Pause"), _("Stop asking the API, or go on"), screen.action_pause)
        yield SystemCommand(_("Faster"), _("Look more often"), lambda: screen.action_interval(-1))
        yield SystemCommand(_("Slower"), _("Look less often"), lambda: screen.action_interval(1))
        yield SystemCommand(_("Other pane"), _("Go to the URLs, or back to the tasks"), screen.action_other_pane)
        yield SystemCommand(_("Profiles"), _("Watch another account; rename, remove"), self.action_choose_profile)
        yield SystemCommand(_("Project"), _("Watch another project of this account"), self.action_choose_project)
        yield SystemCommand(_("Sign in"), _("Give keys, of this account or a further one"), self.sign_in)
        yield SystemCommand(_("Help"), _("The keys, and what the words mean"), screen.action_help)

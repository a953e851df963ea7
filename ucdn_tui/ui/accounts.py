"""AccountsApp: signing in, switching profiles, and choosing a project."""

from typing import TYPE_CHECKING

from msgspec.structs import replace
from textual import on, work
from textual.screen import Screen

from ucdn_tui.account.accounts import Accounts
from ucdn_tui.account.connection import Connection
from ucdn_tui.api.endpoint import DEFAULT_ENDPOINT
from ucdn_tui.errors import UNKNOWN_PUBLIC_KEY, RetCodeError, UcdnTuiError
from ucdn_tui.i18n import _
from ucdn_tui.ui.dashboard import Dashboard
from ucdn_tui.ui.toasts import ToastsApp

if TYPE_CHECKING:
    from ucdn_tui.ui.dialogs.sign_in import SignInScreen
    from ucdn_tui.ui.dialogs.sign_in_form import Draft


class AccountsApp(ToastsApp):
    """Shows one account at a time, each with a dashboard of its own."""

    DEFAULT_MODE = "first"

    def __init__(
        self, accounts: Accounts, connection: Connection | None, *, endpoint: str | None, project_id: str | None
    ) -> None:
        """`endpoint` and `project_id` fill the sign-in form while there is no connection."""
        super().__init__()
        self._accounts = accounts
        self._connection = connection
        self._endpoint = endpoint
        self._project_id = project_id

    def dashboard_for(self, connection: Connection) -> Dashboard:
        """Return a new dashboard of this account."""
        raise NotImplementedError

    @work(group="screens", exclusive=True)
    async def show_account(self, connection: Connection) -> None:
        """Replace the dashboard by one of this account."""
        self._connection = connection
        await self._show(self.dashboard_for(connection))

    async def _show(self, screen: Screen[None]) -> None:
        """Replace all screens by this one, in a new mode: `switch_screen` cannot replace an app's first screen."""
        before, mode = self.current_mode, f"screen-{id(screen)}"
        if before == self.DEFAULT_MODE:  # added here, as a mode added at the start would apply all styles twice
            self.add_mode(before, self.get_default_screen)
        self.add_mode(mode, lambda: screen)
        shown, gone = self.switch_mode(mode), self.remove_mode(before)  # start both, even if this worker is cancelled
        await shown
        await gone

    # Signing in

    @on(Dashboard.SignInWanted)
    def _sign_in_wanted(self, message: Dashboard.SignInWanted) -> None:
        prompt = message.dashboard.sign_in_prompt
        if not prompt.is_due:  # the user has opened something meanwhile: it asks again
            return
        prompt.shown()
        error = prompt.error
        is_unknown = isinstance(error, RetCodeError) and error.code == UNKNOWN_PUBLIC_KEY
        self.sign_in(str(error), has_public_key=not is_unknown)

    def sign_in(self, reason: str = "", *, has_public_key: bool = True) -> None:
        """Show the sign-in form, filled in from the current account if there is one.

        With a public key, the private one is asked for; it must not be typed into the visible field.
        """
        from ucdn_tui.ui.dialogs.sign_in import SignInScreen

        if not isinstance(self.screen, SignInScreen) and not self._is_demo():
            draft = self._draft() if has_public_key else replace(self._draft(), public_key="")
            self.push_screen(SignInScreen(self._accounts, draft, reason))

    def first_sign_in_form(self) -> "SignInScreen":
        """Return the form to show as the only screen."""
        from ucdn_tui.ui.dialogs.sign_in import FirstSignInScreen

        return FirstSignInScreen(self._accounts, self._draft())

    def _draft(self) -> "Draft":
        """Return the form's initial values: those of the current account, if there is one."""
        from ucdn_tui.ui.dialogs.sign_in_form import Draft

        connection = self._connection
        if connection is None:
            return Draft(
                self._free_name(), endpoint=self._endpoint or DEFAULT_ENDPOINT, project_id=self._project_id or ""
            )
        return Draft(
            profile=connection.profile or self._free_name(),
            public_key=self._accounts.public_key(connection),
            endpoint=connection.endpoint,
            project_id=connection.project_id or "",
            channel=self._accounts.channel_key(connection),
            flag_endpoint=self._endpoint or "",
            flag_project_id=self._project_id or "",
        )

    def on_sign_in_screen_signed_in(self, message: "SignInScreen.SignedIn") -> None:
        self.show_account(message.connection)

    def on_sign_in_screen_left(self) -> None:
        if len(self.screen_stack) > 1:
            self.pop_screen()
        else:
            self.exit()

    # Profiles

    @work(group="profiles", exclusive=True)
    async def action_choose_profile(self) -> None:
        """Show the profiles, and switch to the one that is chosen. The dialog may rename or remove the current one."""
        from ucdn_tui.ui.dialogs.profiles import Add, ProfilesDialog, Watch

        if self._is_demo():
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
                    self._current_profile_changed(dialog.current)
        except UcdnTuiError as error:
            self.notify(str(error), severity="error", markup=False)

    def _add_account(self) -> None:
        """Show an empty sign-in form: values of the current profile would overwrite that profile."""
        from ucdn_tui.ui.dialogs.sign_in import SignInScreen
        from ucdn_tui.ui.dialogs.sign_in_form import Draft

        draft = Draft(profile=self._free_name(), endpoint=self._endpoint or DEFAULT_ENDPOINT)
        self.push_screen(SignInScreen(self._accounts, draft))

    def _is_demo(self) -> bool:
        """Return whether this is the demo, and if so, say that it has only one account."""
        if self._accounts.only_one:
            self.notify(_("The demo has one account and stores no keys."), markup=False)
        return self._accounts.only_one

    def _free_name(self) -> str:
        """Return an unused profile name, so that no profile is overwritten by accident."""
        try:
            taken = self._accounts.config().profiles
        except UcdnTuiError:  # reported when a profile is saved
            return "default"
        names = ["default", *(f"account-{number}" for number in range(2, len(taken) + 3))]
        return next(name for name in names if name not in taken)

    def _current_profile_changed(self, current: str | None) -> None:
        """Show the renamed profile (`current` is its new name), or the default one after a removal (None)."""
        name = current or self._accounts.config().default
        if name:
            self.show_account(self._accounts.connection(name))
        else:
            self._connection = None
            self._start_over()

    @work(group="screens", exclusive=True)
    async def _start_over(self) -> None:
        await self._show(self.first_sign_in_form())

    @work(group="profiles", exclusive=True)
    async def action_choose_project(self) -> None:
        """Show the account's projects, and switch to the one that is chosen."""
        from ucdn_tui.ui.dialogs.profiles import ProjectDialog

        connection = self._connection
        if connection is None:
            return
        try:
            dialog = ProjectDialog(lambda: self._accounts.projects(connection), connection.project_id)
            chosen = await self.push_screen_wait(dialog)
            if chosen and chosen != connection.project_id:
                if connection.profile:
                    self._accounts.set_project(connection.profile, chosen)
                self.show_account(replace(connection, project_id=chosen))
        except UcdnTuiError as error:
            self.notify(str(error), severity="error", markup=False)

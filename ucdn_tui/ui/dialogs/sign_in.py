"""SignInScreen: asks for keys, verifies them with the API, then saves them."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from msgspec.structs import replace
from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.events import Resize
from textual.geometry import Size
from textual.message import Message
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Button, Input

from ucdn_tui.account.accounts import Accounts
from ucdn_tui.account.config import Profile
from ucdn_tui.account.connection import Connection
from ucdn_tui.account.ucloud_cli import CliProfile
from ucdn_tui.errors import AUTH_CODES, UNKNOWN_PUBLIC_KEY, ConfigError, RetCodeError, UcdnTuiError, UsageError
from ucdn_tui.i18n import N_, _, ngettext
from ucdn_tui.secret import Keys
from ucdn_tui.sentences import sentence
from ucdn_tui.text import sanitize
from ucdn_tui.ui.dialogs.key_footer import KeyFooter
from ucdn_tui.ui.dialogs.sign_in_form import ABOUT, Draft, SignInForm, import_text
from ucdn_tui.ui.text.prose import Prose


class SignInScreen(Screen[None]):
    """The sign-in form. It posts messages instead of being dismissed, because it may be the only screen."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", N_("Back"), id="sign-in.leave"),
        Binding("ctrl+s", "sign_in", N_("Sign in"), id="sign-in.sign-in"),
        # Priority: otherwise a password manager that types quickly puts the private key into the visible field.
        Binding("enter", "next_or_sign_in", show=False, priority=True, id="sign-in.enter"),
        Binding("tab", "app.focus_next", show=False, priority=True, id="sign-in.next"),
        Binding("shift+tab", "app.focus_previous", show=False, priority=True, id="sign-in.previous"),
    ]

    DEFAULT_CSS = """
    SignInScreen { align: center top; }
    SignInScreen #form { width: 84; max-width: 100%; height: 1fr; padding: 0 1; }
    SignInScreen .field { height: auto; margin-bottom: 1; }
    SignInScreen .field Label { color: $text-muted; }
    SignInScreen .field Input, SignInScreen .field Select { width: 1fr; }
    SignInScreen .field Input { background: $boost; }
    SignInScreen .field Input:focus { background: $primary 25%; }
    SignInScreen #endpoints { width: 1fr; height: auto; }
    SignInScreen #title { text-style: bold; margin-bottom: 1; }
    SignInScreen #message { margin-bottom: 1; }
    SignInScreen #message.-bad { color: $text-error; }
    SignInScreen #buttons { height: auto; }
    SignInScreen #buttons Button { margin-right: 2; }
    SignInScreen #keyring, SignInScreen #import-list, SignInScreen #about { color: $text-muted; margin-top: 1; }
    SignInScreen.-low .field, SignInScreen.-low #title, SignInScreen.-low #message { margin-bottom: 0; }
    """

    @dataclass
    class SignedIn(Message):
        """The API has accepted the keys. They are saved, or in `connection` itself."""

        connection: Connection

    class Left(Message):
        """The user has cancelled the form."""

    def __init__(self, accounts: Accounts, draft: Draft | None = None, reason: str = "") -> None:
        """Show `reason` above the form: why the user has to sign in."""
        super().__init__()
        self._accounts = accounts
        self._draft = draft or Draft()
        self._form = SignInForm(self._draft, *self._below_fields(), reason=reason)
        self._cli_profiles: tuple[CliProfile, ...] = ()
        self._verified: tuple[Keys, str] | None = None
        """The keys that were verified last, with their endpoint."""

        self._has_keyring = True
        """Whether keys can be saved; True until the keyring is known."""

        self._only_key_missing = bool(self._draft.public_key)
        """Whether Enter in the private key submits: the rest has been filled in before."""

    def compose(self) -> ComposeResult:
        self._fit(self.app.size)  # before the first frame
        yield self._form
        yield KeyFooter()

    @staticmethod
    def _below_fields() -> Iterator[Widget]:
        yield Horizontal(
            Button(_("Sign in"), variant="primary", id="save", compact=True),
            Button(_("This session only"), id="session", compact=True),
            Button(_("Import"), id="import", compact=True),
            id="buttons",
        )
        yield Prose(_("Checking the keyring …"), id="keyring")
        yield Prose(_(ABOUT), id="about")
        yield Prose(id="import-list")

    def on_mount(self) -> None:
        # At once: what is typed or pasted as soon as the form is seen goes into the field.
        self.set_focus(self.query_one("#private-key" if self._draft.public_key else "#public-key", Input))
        self._offer_import()
        self._find_keyring()

    def on_resize(self, event: Resize) -> None:
        self._fit(event.size)

    def _fit(self, size: Size) -> None:
        self.set_class(size.height < 26, "-low")

    # Keyring and imports

    @work(group="keyring", exclusive=True)
    async def _find_keyring(self) -> None:
        # Before the wait: when it ends, the screen may have been left and its widgets removed.
        line, session = self.query_one("#keyring", Prose), self.query_one("#session", Button)
        need_keyring = self.query("#save, #import, #import-list").nodes
        try:
            line.update(_("Keys will be saved in: {name}.").format(name=await self._accounts.keyring()))
        except UcdnTuiError as error:
            advice = _("Sign in for this session only, or set up a keyring and start again.")
            line.update(f"{sentence(error.title)}\n{advice}")
            self._has_keyring = False
            session.variant = "primary"
            if self.focused in need_keyring:
                self.set_focus(session)  # at once: a hidden button ignores Enter
            for widget in need_keyring:
                widget.display = False

    def _offer_import(self) -> None:
        found = self._accounts.cli_profiles()
        self._cli_profiles = found.profiles
        usable = [profile for profile in self._cli_profiles if profile.keys]
        button = self.query_one("#import", Button)
        button.display = bool(usable)
        button.label = ngettext("Import {n} profile", "Import {n} profiles", len(usable)).format(n=len(usable))
        self.query_one("#import-list", Prose).update(import_text(found))

    # Signing in

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Leave Enter to buttons and lists."""
        if action == "next_or_sign_in":
            return isinstance(self.focused, Input)
        return super().check_action(action, parameters)

    def action_next_or_sign_in(self) -> None:
        """Go to the next field, or submit in the last one."""
        last = ("private-key", "profile") if self._only_key_missing else ("profile",)
        if self.focused is not None and self.focused.id in last:
            self.action_sign_in()
        else:
            self.focus_next()

    @on(Button.Pressed, "#save")
    def action_sign_in(self) -> None:
        self._sign_in(save=self._has_keyring)

    @on(Button.Pressed, "#session")
    def _session_only(self) -> None:
        self._sign_in(save=False)

    @work(group="sign-in", exclusive=True)
    async def _sign_in(self, *, save: bool) -> None:
        try:
            keys, profile = self._form.values()
            if self._verified != (keys, profile.endpoint):
                self._form.say(_("Verifying keys …"))
                verified = await self._accounts.verify(profile.endpoint, keys)
                self._verified = keys, profile.endpoint
                profile = self._form.without_project_of_another(profile, verified)
                if self._form.must_choose_project(profile):
                    self._form.ask_for_project(profile.project_id, verified)
                    return
                if not profile.project_id and verified.projects:  # a sub-account has to name even its only one
                    profile = profile._replace(project_id=verified.projects[0].id)
                    self.query_one("#project", Input).value = profile.project_id
            if save:
                self._form.say(_("Saving keys … The keyring may ask for its password."))
                saved = await self._accounts.save(self._without_flags(profile), keys)
                connection = replace(saved, endpoint=profile.endpoint, project_id=profile.project_id or None)
            else:
                known = self._accounts.config().profiles.get(profile.name)
                connection = Connection(
                    "this session",  # not translated: the UI state is saved under this name
                    keys,
                    profile.endpoint,
                    profile.project_id or None,
                    read_only=known is not None and known.read_only,
                )
        except UcdnTuiError as error:
            self._form.say(str(error), bad=True)
            if isinstance(error, RetCodeError) and error.code in AUTH_CODES:
                self._ask_again("#public-key" if error.code == UNKNOWN_PUBLIC_KEY else "#private-key")
        else:
            self.query_one("#private-key", Input).clear()
            self.post_message(self.SignedIn(connection))

    def _without_flags(self, profile: Profile) -> Profile:
        """Return the profile with its own endpoint and project where a flag replaces them for this run."""
        known = self._accounts.config().profiles.get(profile.name)
        if known is None:
            return profile
        draft = self._draft
        return profile._replace(
            endpoint=known.endpoint if profile.endpoint == draft.flag_endpoint else profile.endpoint,
            project_id=known.project_id if profile.project_id == draft.flag_project_id else profile.project_id,
        )

    def _ask_again(self, selector: str) -> None:
        """Focus a field with its text selected: what is typed or pasted from now on replaces it."""
        field = self.query_one(selector, Input)
        self.set_focus(field)
        field.select_all()
        self._only_key_missing = True

    # Importing

    @on(Button.Pressed, "#import")
    @work(group="sign-in", exclusive=True)
    async def _import(self) -> None:
        """Save the usable profiles of the vendor's tool, except those whose names are taken."""
        connection, problems = None, []
        try:
            taken = self._accounts.config().profiles
            for found in self._cli_profiles:
                if found.keys and found.name not in taken:
                    self._form.say(_("Importing {name} …").format(name=sanitize(found.name, 40)))
                    profile = Profile(found.name, found.endpoint, found.project_id)
                    try:
                        saved = await self._accounts.save(profile, found.keys, overwrite=False)
                    except ConfigError:
                        raise
                    except UsageError as error:  # its name in the keyring; the others can be imported
                        problems.append(str(error))
                        continue
                    connection = connection or saved
        except UcdnTuiError as error:
            self._form.say(str(error), bad=True)
            return
        if connection:
            for problem in problems:
                self.app.notify(problem, title=_("Not imported"), severity="warning", markup=False)
            self.post_message(self.SignedIn(connection))
        elif problems:
            self._form.say("\n".join(problems), bad=True)
        else:
            self._form.say(_("All of these profiles are imported already."), bad=True)

    def action_leave(self) -> None:
        self.post_message(self.Left())


class FirstSignInScreen(SignInScreen):
    """The form as the only screen, so that leaving it quits."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "leave", N_("Quit"), id="sign-in.leave")]

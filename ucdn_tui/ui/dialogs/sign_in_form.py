"""SignInForm: the fields in which keys are entered, with their initial values, and what was entered."""

from msgspec import Struct
from rich.cells import cell_len
from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.widget import Widget
from textual.widgets import Input, Label, Select, Static

from ucdn_tui.account.accounts import VerifiedKeys
from ucdn_tui.account.config import Profile, check_name
from ucdn_tui.account.connection import check_keys
from ucdn_tui.account.ucloud_cli import CliProfiles
from ucdn_tui.api.endpoint import DEFAULT_ENDPOINT, VPC_HOST, check_endpoint
from ucdn_tui.api.models import Project
from ucdn_tui.errors import UsageError
from ucdn_tui.i18n import N_, _
from ucdn_tui.secret import NO_SECRET, Keys, Secret
from ucdn_tui.sentences import labelled, noted
from ucdn_tui.text import sanitize
from ucdn_tui.ui.text.prose import Prose

ENDPOINTS = (DEFAULT_ENDPOINT, "https://api.surfercloud.com", f"http://{VPC_HOST}")
"""The endpoints to choose from: the vendor's, a sister cloud's, and the one inside the vendor's private network."""

OTHER = "other"

_LABELS = 15
"""Cells before the fields, at least."""

ABOUT = N_("""\
Keys: UCloud console > API keys. Rights that it needs:
DescribeNewUcdnRefreshCacheTask, DescribeNewUcdnPrefetchCacheTask;
to submit, RefreshNewUcdnDomainCache, PrefetchNewUcdnDomainCache.
No account? `ucdn-tui --demo` needs none.""")


class Draft(Struct, frozen=True):
    """Initial values of the form; never a private key."""

    profile: str = "default"
    public_key: str = ""
    endpoint: str = DEFAULT_ENDPOINT
    project_id: str = ""
    channel: Secret = NO_SECRET
    """The channel key, which belongs to the endpoint."""
    flag_endpoint: str = ""
    """The endpoint that a flag names, for this run only; "" for none."""
    flag_project_id: str = ""
    """The project that a flag names, likewise."""


class PrivateInput(Input):
    """A masked field that cannot be copied from: the clipboard escape sequence would carry the key in plain text."""

    @property
    def selected_text(self) -> str:
        return ""

    def action_cut(self) -> None:
        self.delete_selection()


class Field(Horizontal):
    """A label and its input."""

    def __init__(self, label: str, id: str | None = None) -> None:  # noqa: A002 - Textual's name for it
        super().__init__(Label(label, markup=False), id=id, classes="field")


class SignInForm(VerticalScroll, can_focus=False):
    """The fields, and below them what the screen adds. Enter and Escape are the screen's."""

    def __init__(self, draft: Draft, *below: Widget, reason: str) -> None:
        super().__init__(id="form")
        self._draft = draft
        self._below = below
        self._reason = reason
        self._projects: set[str] = set()
        """The ids of the projects of the keys that were verified last."""

    def compose(self) -> ComposeResult:
        draft = self._draft
        preset = draft.endpoint if draft.endpoint in ENDPOINTS else OTHER
        yield Static(_("Sign in to UCloud"), id="title", markup=False)
        yield Prose(self._reason, id="message", classes="-bad" if self._reason else "")
        with Field(_("Public key")):
            where = _("from UCloud console > API keys")
            yield Input(draft.public_key, placeholder=where, id="public-key", compact=True)
        with Field(_("Private key")):
            yield PrivateInput(password=True, id="private-key", compact=True)
        with Field(_("Endpoint")), Vertical(id="endpoints"):
            choices = [*((Text(endpoint), endpoint) for endpoint in ENDPOINTS), (Text(_("Other…")), OTHER)]
            yield Select(choices, value=preset, allow_blank=False, id="endpoint", compact=True)
            yield Input(draft.endpoint if preset == OTHER else "", id="endpoint-url", compact=True)
        with Field(_("Project id")):
            yield Input(draft.project_id, placeholder=_("default project"), id="project", compact=True)
        with Field(_("Project"), id="projects-field"):
            yield Select[str]([], id="projects", compact=True)
        with Field(_("Profile name")):
            yield Input(draft.profile, id="profile", compact=True)
        yield from self._below

    def on_mount(self) -> None:
        labels = list(self.query(".field Label").results(Label))
        widest = max(cell_len(str(label.content)) for label in labels)
        for label in labels:
            label.styles.width = max(_LABELS, widest + 1)
        self.query_one("#projects-field").display = False
        self.query_one("#endpoint-url").display = self.query_one("#endpoint", Select).value == OTHER

    @on(Select.Changed, "#endpoint")
    def _endpoint_chosen(self, message: Select.Changed) -> None:
        self.query_one("#endpoint-url").display = message.value == OTHER

    @on(Select.Changed, "#projects")
    def _project_chosen(self, message: Select.Changed) -> None:
        if isinstance(message.value, str):
            self.query_one("#project", Input).value = message.value

    def values(self) -> tuple[Keys, Profile]:
        """Return what was entered; raises UsageError if a value is missing or invalid."""
        values = {field.id: field.value.strip() for field in self.query(Input)}
        if not values["public-key"] or not values["private-key"]:
            raise UsageError(_("Both keys are needed"), advice=_("Find them in the UCloud console > API keys."))
        preset = self.query_one("#endpoint", Select).value
        endpoint = check_endpoint(values["endpoint-url"] if preset == OTHER else str(preset))
        profile = Profile(check_name(values["profile"]), endpoint, values["project"])
        channel = self._draft.channel if endpoint == self._draft.endpoint else NO_SECRET
        return check_keys(Keys(values["public-key"], Secret(values["private-key"]), channel=channel)), profile

    def say(self, text: str, *, bad: bool = False) -> None:
        """Show a message above the fields."""
        message = self.query_one("#message", Prose)
        message.update(text)
        message.set_class(bad, "-bad")

    def without_project_of_another(self, profile: Profile, verified: VerifiedKeys) -> Profile:
        """Clear a project that was offered for other keys, verified before in this form."""
        before, self._projects = self._projects, {project.id for project in verified.projects}
        self.query_one("#projects-field").display = False
        if profile.project_id not in before - self._projects:
            return profile
        self.query_one("#project", Input).clear()
        return profile._replace(project_id="")

    def must_choose_project(self, profile: Profile) -> bool:
        """Return whether the account has projects, and the one to watch is neither named nor the only one."""
        if profile.project_id:
            return bool(self._projects) and profile.project_id not in self._projects
        return len(self._projects) > 1

    def ask_for_project(self, named: str, verified: VerifiedKeys) -> None:
        """Show the account's projects to choose from; `named` is one that it does not have, "" if none was named."""
        choice = self.query_one("#projects", Select)
        choice.set_options([(project_label(project), project.id) for project in verified.projects])
        default = next((project for project in verified.projects if project.is_default), verified.projects[0])
        choice.value = default.id
        self.query_one("#projects-field").display = True
        self.screen.set_focus(choice)
        if named:
            words = _("Keys verified. {project} is not a project of this account. Choose one, then sign in.")
            self.say(words.format(project=sanitize(named, 60)), bad=True)
        else:
            self.say(_("Keys verified. Choose a project, then sign in."))


def project_label(project: Project) -> Text:
    """Return the label as Text, because Select parses a plain string as markup."""
    name, id_ = sanitize(project.name, 60), sanitize(project.id, 60)
    return Text(noted(name, id_) if name else id_)


def import_text(found: CliProfiles) -> str:
    """Return what is said about the profiles of the vendor's tool; "" if it is not used here."""
    active, other = _("can be imported, the active one"), _("can be imported")
    lines = [
        labelled(sanitize(profile.name, 40), profile.reason or (active if profile.is_active else other))
        for profile in found.profiles
    ]
    title = [_("Profiles of the ucloud CLI:")] if lines else []
    return "\n".join([*title, *lines, *found.problems])

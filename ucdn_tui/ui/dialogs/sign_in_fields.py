"""Parts of the sign-in form: its initial values and texts, the masked field, a field with its label."""

from msgspec import Struct
from rich.text import Text
from textual.containers import Horizontal
from textual.widgets import Input, Label

from ucdn_tui.account.ucloud_cli import CliProfiles
from ucdn_tui.api.endpoint import DEFAULT_ENDPOINT, VPC_HOST
from ucdn_tui.api.models import Project
from ucdn_tui.i18n import N_, _
from ucdn_tui.secret import NO_SECRET, Secret
from ucdn_tui.sentences import labelled, noted
from ucdn_tui.text import sanitize

ENDPOINTS = (DEFAULT_ENDPOINT, "https://api.surfercloud.com", f"http://{VPC_HOST}")
"""The endpoints to choose from: the vendor's, a sister cloud's, and the one inside the vendor's private network."""

OTHER = "other"

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

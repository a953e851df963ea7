"""Connection: keys, endpoint and project, resolved together from one source."""

from collections.abc import Mapping
from urllib.parse import urlsplit

from msgspec import Struct

from ucdn_tui.account.config import Config
from ucdn_tui.api.endpoint import DEFAULT_ENDPOINT, check_endpoint
from ucdn_tui.errors import NoCredentialsError, UsageError
from ucdn_tui.i18n import _
from ucdn_tui.secret import Keys, Secret
from ucdn_tui.sentences import listed
from ucdn_tui.text import sanitize


class Connection(Struct, frozen=True):
    """Keys, endpoint and project, all from one source unless a flag overrides the endpoint or the project."""

    source: str
    """Where the keys come from, as the top line shows it: a profile's name, `env`, `demo`, `this session`.

    Never translated: the UI state is saved under it."""

    keys: Keys | None
    """None if they are in the keyring, under the profile's name."""
    endpoint: str
    project_id: str | None = None
    profile: str | None = None
    """The source if it is a profile; None for keys from the environment, for one session, and for the demo."""
    interval: float | None = None
    """Seconds between polls; None if the source does not set it."""
    window: float | None = None
    """Time range in seconds; None if the source does not set it."""
    read_only: bool = False
    """Whether nothing may be submitted."""

    @property
    def host(self) -> str:
        """The endpoint's host, with the port if the endpoint names one."""
        return urlsplit(self.endpoint).netloc


def from_environment(
    environ: Mapping[str, str], *, endpoint: str | None = None, project_id: str | None = None
) -> Connection:
    """Return the connection described by the vendor's environment variables, overridden by the arguments (flags).

    Raises UsageError for only one key, or an invalid key or endpoint; NoCredentialsError if neither key is set.
    """
    public = environ.get("UCLOUD_PUBLIC_KEY", "").strip()
    private = Secret(environ.get("UCLOUD_PRIVATE_KEY", "").strip())
    if bool(public) != bool(private):
        missing = "UCLOUD_PRIVATE_KEY" if public else "UCLOUD_PUBLIC_KEY"
        raise UsageError(
            _("Incomplete key pair"),
            _("{name} is not set.").format(name=missing),
            _("Set both keys, or neither."),
        )
    if not public:
        raise NoCredentialsError(
            _("No credentials"),
            _("Neither UCLOUD_PUBLIC_KEY nor UCLOUD_PRIVATE_KEY is set."),
            _("Export both (console: API keys), or try `ucdn-tui --demo`."),
        )
    token = Secret(environ.get("UCLOUD_SECURITY_TOKEN", "").strip())
    return Connection(
        source="env",
        keys=check_keys(Keys(public, private, token)),
        endpoint=check_endpoint(endpoint or environ.get("UCLOUD_API_BASE_URL", "").strip() or DEFAULT_ENDPOINT),
        project_id=project_id or environ.get("UCLOUD_PROJECT_ID", "").strip() or None,
    )


def check_keys(keys: Keys) -> Keys:
    """Return the keys unchanged; raises UsageError, without their values, if one is in quotes or not ASCII."""
    public, private, token, channel = keys
    for value, quoted, invalid in (
        (public, _("The public key is in quotes."), _("The public key contains invalid characters.")),
        (private.reveal(), _("The private key is in quotes."), _("The private key contains invalid characters.")),
        (token.reveal(), _("The security token is in quotes."), _("The security token contains invalid characters.")),
        (channel.reveal(), _("The channel key is in quotes."), _("The channel key contains invalid characters.")),
    ):
        if value and (value[0] in _QUOTES or value[-1] in _QUOTES):  # `docker run --env-file` keeps them
            raise UsageError(_("Invalid key"), quoted, _("Remove the quotes."))
        if not value.isascii() or not value.isprintable():
            raise UsageError(_("Invalid key"), invalid, _("Copy it from the console again."))
    return keys


_QUOTES = "\"'`“”‘’«»"
"""Keys have none of them."""


def resolve(
    environ: Mapping[str, str],
    config: Config,
    *,
    profile: str | None = None,
    endpoint: str | None = None,
    project_id: str | None = None,
) -> Connection | None:
    """Return the connection to use, or None if no source names an account. The keyword arguments are flags.

    Sources by precedence: `profile`, keys in the environment, UCLOUD_PROFILE, the default profile. Endpoint and
    project come from the same source as the keys, unless a flag overrides them. Raises UsageError if the source is
    invalid.
    """
    if profile:
        return from_profile(config, profile, endpoint=endpoint, project_id=project_id)
    if environ.get("UCLOUD_PUBLIC_KEY", "").strip() or environ.get("UCLOUD_PRIVATE_KEY", "").strip():
        return from_environment(environ, endpoint=endpoint, project_id=project_id)
    name = environ.get("UCLOUD_PROFILE", "").strip() or config.default
    return from_profile(config, name, endpoint=endpoint, project_id=project_id) if name else None


def from_profile(
    config: Config, name: str, *, endpoint: str | None = None, project_id: str | None = None
) -> Connection:
    """Return a profile's connection, without its keys; raises UsageError for an unknown name or a bad endpoint."""
    profile = config.profiles.get(name)
    if profile is None:
        known = listed(sorted(config.profiles)) or _("none")
        raise UsageError(
            _("No such profile"),
            _("Profile {name} does not exist (profiles: {known}).").format(
                name=sanitize(name, 64), known=sanitize(known)
            ),
            _("Create it with `ucdn-tui login --profile NAME`."),
        )
    return Connection(
        source=name,
        keys=None,
        endpoint=check_endpoint(endpoint or profile.endpoint or DEFAULT_ENDPOINT),
        project_id=project_id or profile.project_id or None,
        profile=name,
        interval=profile.interval,
        window=profile.window,
        read_only=profile.read_only,
    )

"""The configuration file: profiles, without secrets, in TOML that people may edit."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from ucdn_tui.account.preferences import Preferences, preferences_of
from ucdn_tui.durations import format_duration, parse_duration
from ucdn_tui.errors import ConfigError
from ucdn_tui.files import replace_file
from ucdn_tui.i18n import _
from ucdn_tui.text import sanitize

if TYPE_CHECKING:
    from collections.abc import MutableMapping

    Document = MutableMapping[str, Any]

NAME_LIMIT = 64
"""Characters of a profile's name."""


class Profile(NamedTuple):
    """An account as it is watched. Its keys are in the keyring, under its name."""

    name: str
    endpoint: str = ""
    """"" is the vendor's own."""
    project_id: str = ""
    """"" is the account's default project."""
    interval: float | None = None
    """Seconds; None where the program's default does."""
    window: float | None = None
    """Seconds, likewise."""


@dataclass(frozen=True)
class Config:
    """What the file says."""

    profiles: dict[str, Profile] = field(default_factory=dict)
    default: str = ""
    """The profile that is used where none is named; "" where none is."""
    preferences: Preferences = field(default_factory=Preferences)


class ConfigFile:
    """The file itself. Every method raises ConfigError where it cannot be read, understood or written.

    It is read anew for each change, and replaced as a whole: what this program does not know in it is kept, as are
    comments, and whatever happens in between, either the old or the new file is there.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def load(self) -> Config:
        """Return what the file says; an empty Config where there is no file."""
        import tomllib  # here, as the demo has no configuration

        try:
            return self._understand(tomllib.loads(self._read()))
        except tomllib.TOMLDecodeError as error:
            raise self._error(_("It is not TOML: {why}.").format(why=sanitize(str(error), 200))) from None

    def put(self, profile: Profile, *, default: bool = False) -> None:
        """Add the profile, or bring it up to date; make it the default one if it is to be, or if it is the first."""

        def change(document: "Document") -> None:
            import tomlkit

            profiles = document.setdefault("profiles", tomlkit.table(is_super_table=True))
            table = profiles.setdefault(profile.name, tomlkit.table())
            settings = {
                "endpoint": profile.endpoint,
                "project_id": profile.project_id,
                "interval": format_duration(profile.interval) if profile.interval else "",
                "window": format_duration(profile.window) if profile.window else "",
            }
            for key, value in settings.items():
                if value:
                    table[key] = value
                else:
                    table.pop(key, None)
            if default or not document.get("default"):
                document["default"] = profile.name

        self._change(change)

    def remove(self, name: str) -> None:
        """Forget the profile."""

        def change(document: "Document") -> None:
            profiles = document.get("profiles", {})
            profiles.pop(name, None)
            if document.get("default") == name:
                document["default"] = next(iter(profiles), "")

        self._change(change)

    def rename(self, name: str, new: str) -> None:
        """Give the profile another name, and keep all that the file says of it."""

        def change(document: "Document") -> None:
            profiles = document.get("profiles", {})
            if name in profiles:
                profiles[new] = profiles.pop(name)
            if document.get("default") == name:
                document["default"] = new

        self._change(change)

    def set_default(self, name: str) -> None:
        """Use the profile where none is named."""

        def change(document: "Document") -> None:
            document["default"] = name

        self._change(change)

    def _read(self) -> str:
        try:
            return self.path.read_text(encoding="utf-8")
        except FileNotFoundError:
            return ""
        except OSError as error:
            raise self._error(_("It cannot be read ({why}).").format(why=error.strerror)) from None
        except UnicodeDecodeError:
            raise self._error(_("It is not UTF-8.")) from None

    def _change(self, change: Callable[["Document"], None]) -> None:
        import tomllib

        import tomlkit

        self.load()  # what cannot be understood is never written over
        old = self._read()
        document, wanted = tomlkit.parse(old), tomllib.loads(old)
        change(wanted)
        try:
            change(document)
            new = tomlkit.dumps(document)
            done = {"profiles": {}, **tomllib.loads(new)} == {"profiles": {}, **wanted}
        except ValueError:  # tomlkit has no tables in an inline table
            done = False
        if not done:  # and loses some of what is written with dotted keys
            raise self._error(_("It cannot be changed without loss: give each profile a table, as [profiles.work]."))
        try:
            replace_file(self.path, new)
        except OSError as error:
            raise self._error(_("It cannot be written ({why}).").format(why=error.strerror)) from None

    def _understand(self, document: dict[str, Any]) -> Config:
        tables = document.get("profiles", {})
        default = document.get("default", "")
        if not isinstance(tables, dict) or not all(isinstance(table, dict) for table in tables.values()):
            raise self._error(_("`profiles` has to hold tables, such as [profiles.work]."))
        if not isinstance(default, str):
            raise self._error(_("`default` has to be the name of a profile, in quotes."))
        return Config(
            {name: self._profile(name, table) for name, table in tables.items()}, default, preferences_of(document)
        )

    def _profile(self, name: str, table: dict[str, Any]) -> Profile:
        return Profile(
            check_name(name),
            endpoint=self._text(name, "endpoint", table),
            project_id=self._text(name, "project_id", table),
            interval=self._duration(name, "interval", table),
            window=self._duration(name, "window", table),
        )

    def _text(self, name: str, key: str, table: dict[str, Any]) -> str:
        value = table.get(key, "")
        if not isinstance(value, str):
            raise self._error(_("`{key}` of profile {name} has to be a text in quotes.").format(key=key, name=name))
        return value

    def _duration(self, name: str, key: str, table: dict[str, Any]) -> float | None:
        if key not in table:
            return None
        try:
            return parse_duration(self._text(name, key, table))
        except ValueError:
            words = _("`{key}` of profile {name} has to be a duration in quotes, such as 5s or 24h.")
            raise self._error(words.format(key=key, name=name)) from None

    def _error(self, sentence: str) -> ConfigError:
        return ConfigError(
            _("Configuration cannot be used"), f"{self.path}: {sentence}", _("Mend it by hand, or move it away.")
        )


def default_path() -> Path:
    """Return where the platform keeps this program's configuration."""
    from platformdirs import user_config_path

    return user_config_path("ucdn-tui", appauthor=False) / "config.toml"


def check_name(name: str) -> str:
    """Return a profile's name; raises ConfigError where it cannot be one."""
    if not name or len(name) > NAME_LIMIT or name != name.strip() or not name.isprintable():
        raise ConfigError(
            _("Not a profile's name"),
            _("{name} cannot be one.").format(name=repr(sanitize(name, NAME_LIMIT))),
            _("Take up to {limit} characters that can be seen.").format(limit=NAME_LIMIT),
        )
    return name

"""The configuration file: profiles without secrets, and preferences, in TOML that users may edit."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from msgspec import Struct, field
from msgspec.structs import replace

from ucdn_tui.account.preferences import Preferences, preferences_of
from ucdn_tui.duration_words import format_duration, parse_interval, parse_window
from ucdn_tui.errors import ConfigError
from ucdn_tui.files import changeable_by_others, locked_file, read_regular, replace_file
from ucdn_tui.i18n import ENGLISH, _, language_named
from ucdn_tui.sentences import labelled
from ucdn_tui.text import sanitize

if TYPE_CHECKING:
    from collections.abc import MutableMapping

    Document = MutableMapping[str, Any]

NAME_LIMIT = 64
"""Maximum length of a profile's name, in characters."""


class Profile(NamedTuple):
    """Settings for one account. Its keys are in the keyring, under the profile's name."""

    name: str
    endpoint: str = ""
    """"" for the default endpoint."""
    project_id: str = ""
    """"" for the account's default project."""
    interval: float | None = None
    """Seconds between polls; None for the program's default."""
    window: float | None = None
    """Time range in seconds; None for the program's default."""
    read_only: bool = False
    """Whether nothing may be submitted."""


class Config(Struct, frozen=True):
    """The contents of the file."""

    profiles: dict[str, Profile] = field(default_factory=dict)
    default: str = ""
    """The profile to use when none is named; "" for none."""
    preferences: Preferences = field(default_factory=Preferences)


class ConfigFile:
    """The file on disk. Every method raises ConfigError if it cannot be read, parsed or written.

    Each change reads the file again and replaces it atomically, under a lock. Comments, unknown settings and line ends
    are preserved.
    """

    def __init__(self, path: Path | None) -> None:
        """Without a path, the configuration is empty and cannot be changed."""
        self.path = path

    def load(self) -> Config:
        """Return the file's contents; an empty Config if there is no file."""
        text = self._read()[0]
        if not text:
            return Config()
        import tomllib  # here, as many scripts have no configuration, and the demo never

        try:
            document = tomllib.loads(text)
        except (ValueError, RecursionError) as error:  # also a number of thousands of digits, or deep nesting
            raise self._error(_("Not valid TOML: {why}.").format(why=sanitize(str(error), 200))) from None
        return self._understand(document)

    def put(self, profile: Profile, *, default: bool = False) -> None:
        """Add or update the profile. Make it the default if asked to, or if there is no default yet."""

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
        """Remove the profile, if it exists. If it was the default, the first remaining one becomes the default."""

        def change(document: "Document") -> None:
            profiles = document.get("profiles", {})
            profiles.pop(name, None)
            if document.get("default") == name:
                document["default"] = next(iter(profiles), "")

        self._change(change)

    def rename(self, name: str, new: str) -> None:
        """Rename the profile, with all of its settings and comments."""

        def change(document: "Document") -> None:
            profiles = document.get("profiles", {})
            if name in profiles:
                profiles[new] = profiles.pop(name)
            if document.get("default") == name:
                document["default"] = new

        self._change(change)

    def set_default(self, name: str) -> None:
        """Make this profile the default."""

        def change(document: "Document") -> None:
            document["default"] = name

        self._change(change)

    def _read(self) -> tuple[str, str]:
        """Return the text with line feeds at its line ends, and the line end of the file itself."""
        if self.path is None:
            return "", "\n"
        try:
            text = read_regular(self.path).decode("utf-8-sig")  # Notepad and PowerShell write a byte order mark
        except (FileNotFoundError, NotADirectoryError):
            return "", "\n"
        except OSError as error:
            raise self._error(_("Cannot be read ({why}).").format(why=error.strerror)) from None
        except UnicodeDecodeError:
            raise self._error(_("Not UTF-8.")) from None
        is_crlf = 2 * text.count("\r\n") > text.count("\n")
        return text.replace("\r\n", "\n"), "\r\n" if is_crlf else "\n"

    def _change(self, change: Callable[["Document"], None]) -> None:
        if self.path is None:
            raise ConfigError(
                _("Configuration error"),
                _("There is no home folder to save it in."),
                _("Set HOME or XDG_CONFIG_HOME."),
            )
        self.load()  # a broken file is reported as such
        try:
            with locked_file(self.path):
                self._change_locked(self.path, change)
        except TimeoutError:
            raise self._error(_("Another program is changing it.")) from None
        except OSError as error:
            raise self._error(_("Cannot be written ({why}).").format(why=error.strerror)) from None

    def _change_locked(self, path: Path, change: Callable[["Document"], None]) -> None:
        """Read, change and replace the file; raises OSError as well."""
        import tomllib

        import tomlkit

        self.load()  # never overwrite a file that cannot be parsed
        old, line_end = self._read()
        wanted = tomllib.loads(old)
        change(wanted)
        try:
            document = tomlkit.parse(old)
            change(document)
            new = tomlkit.dumps(document)
            done = {"profiles": {}, **tomllib.loads(new)} == {"profiles": {}, **wanted}
        except ValueError:  # tomlkit cannot add a table to an inline table, nor read one nested a hundred times
            done = False
        if not done:  # tomlkit loses some settings written with dotted keys
            raise self._error(_("Editing would lose settings. Write each profile as a table, such as [profiles.work]."))
        replace_file(path, new.replace("\n", line_end))

    def _understand(self, document: dict[str, Any]) -> Config:
        tables = document.get("profiles", {})
        default = document.get("default", "")
        if not isinstance(tables, dict) or not all(isinstance(table, dict) for table in tables.values()):
            raise self._error(_("`profiles` must contain tables, such as [profiles.work]."))
        if not isinstance(default, str):
            raise self._error(_("`default` must be a profile's name, in quotes."))
        language = document.get("language", ENGLISH)
        if not isinstance(language, str) or language_named(language) is None:
            raise self._error(_('`language` must be "en" or "zh".'))
        return Config(
            {name: self._profile(name, table) for name, table in tables.items()}, default, self._preferences(document)
        )

    def _preferences(self, document: dict[str, Any]) -> Preferences:
        """Return the preferences. The finish command is dropped if others could have written it."""
        preferences = preferences_of(document)
        if not preferences.on_finish or self.path is None:
            return preferences
        try:
            place = changeable_by_others(self.path)
        except OSError:  # it was removed meanwhile
            place = self.path
        if place is None:
            return preferences
        words = _("on_finish is not run: other users can change {path}. Make it yours (chown), and chmod go-w.")
        problem = words.format(path=sanitize(str(place), 200))
        return replace(preferences, on_finish=(), problems=(*preferences.problems, problem))

    def _profile(self, name: str, table: dict[str, Any]) -> Profile:
        try:
            check_name(name)
        except ConfigError as error:
            raise self._error(str(error)) from None
        return Profile(
            name,
            endpoint=self._text(name, "endpoint", table),
            project_id=self._text(name, "project_id", table),
            interval=self._duration(name, "interval", table, parse_interval),
            window=self._duration(name, "window", table, parse_window),
            read_only=self._switch(name, "read_only", table),
        )

    def _text(self, name: str, key: str, table: dict[str, Any]) -> str:
        value = table.get(key, "")
        if not isinstance(value, str):
            raise self._error(_("`{key}` of profile {name} must be a string in quotes.").format(key=key, name=name))
        return value

    def _switch(self, name: str, key: str, table: dict[str, Any]) -> bool:
        value = table.get(key, False)
        if not isinstance(value, bool):
            raise self._error(_("`{key}` of profile {name} must be true or false.").format(key=key, name=name))
        return value

    def _duration(self, name: str, key: str, table: dict[str, Any], parse: Callable[[str], float]) -> float | None:
        if key not in table:
            return None
        value = table[key]
        is_number = isinstance(value, int | float) and not isinstance(value, bool)  # seconds
        try:
            return parse(str(value) if is_number else self._text(name, key, table))
        except ValueError as error:
            words = _("`{key}` of profile {name}: {problem}.")
            raise self._error(words.format(key=key, name=name, problem=error)) from None

    def _error(self, sentence: str) -> ConfigError:
        return ConfigError(
            _("Configuration error"), labelled(str(self.path), sentence), _("Fix it manually, or move the file away.")
        )


def check_name(name: str) -> str:
    """Return the name unchanged; raises ConfigError if it is not a valid profile name."""
    if not name or len(name) > NAME_LIMIT or name != name.strip() or not name.isprintable():
        raise ConfigError(
            _("Invalid profile name"),
            _("{name} cannot be used.").format(name=sanitize(repr(name), NAME_LIMIT)),
            _("Use 1 to {limit} printable characters, without spaces at the ends.").format(limit=NAME_LIMIT),
        )
    return name

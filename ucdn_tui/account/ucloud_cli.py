"""Import from the vendor's command-line tool, `ucloud`: its profiles, read and never changed."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from ucdn_tui.account.config import check_name
from ucdn_tui.account.connection import check_keys
from ucdn_tui.api.endpoint import DEFAULT_ENDPOINT, check_endpoint
from ucdn_tui.errors import UsageError
from ucdn_tui.files import read_regular
from ucdn_tui.i18n import _
from ucdn_tui.secret import Keys, Secret
from ucdn_tui.sentences import labelled

_MAX_SIZE = 1_000_000
"""Bytes; a larger file is not read."""

_OLD_NAME = "default"
"""The name that the tool gives to the one account of its versions up to 0.1.7."""

Row = dict[str, Any]


@dataclass(frozen=True)
class CliProfile:
    """One profile of the tool."""

    name: str
    endpoint: str = DEFAULT_ENDPOINT
    project_id: str = ""
    keys: Keys | None = None
    """None if it has no usable keys."""
    reason: str = ""
    """Why it cannot be imported; "" if it can."""
    is_active: bool = False
    """Whether it is the one that the tool uses."""


class CliProfiles(NamedTuple):
    """What the tool's files hold."""

    profiles: tuple[CliProfile, ...] = ()
    """The active one first."""
    problems: tuple[str, ...] = ()
    """A sentence for each file that cannot be read, with its path and line."""


class _UnreadableError(Exception):
    """A file that cannot be read; its text is a sentence to show."""


def read_cli_profiles(home: Path | None) -> CliProfiles:
    """Return the profiles in ~/.ucloud/config.json and credential.json; none if the files are missing."""
    if home is None:
        return CliProfiles()
    problems: list[str] = []
    tables: list[dict[str, Row] | None] = []
    for name in ("config.json", "credential.json"):
        try:
            tables.append(_by_profile(home / ".ucloud" / name))
        except _UnreadableError as error:
            problems.append(str(error))
            tables.append(None)
    settings, credentials = tables[0], tables[1] or {}
    are_keys_readable = tables[1] is not None
    found = [
        _profile(
            name,
            None if settings is None else settings.get(name, {}),  # an endpoint of its own would be lost
            credentials.get(name, {}),
            are_keys_readable=are_keys_readable,
        )
        for name in {**(settings or {}), **credentials}
    ]
    return CliProfiles(tuple(sorted(found, key=lambda profile: not profile.is_active)), tuple(problems))


def _profile(name: str, settings: Row | None, credentials: Row, *, are_keys_readable: bool) -> CliProfile:
    if settings is None:
        return CliProfile(name, reason=_("Its settings cannot be read."))
    project_id, is_active = _text(settings, "project_id"), settings.get("active") is True

    def unusable(reason: str, endpoint: str = DEFAULT_ENDPOINT) -> CliProfile:
        return CliProfile(name, endpoint, project_id, reason=reason, is_active=is_active)

    try:
        check_name(name)
        endpoint = check_endpoint(_text(settings, "base_url") or DEFAULT_ENDPOINT)
        row = {**settings, **credentials}
        if _text(row, "auth_mode") == "oauth":
            oauth = _("It signs in through the browser (oauth), without keys that other programs can use.")
            return unusable(oauth, endpoint)
        keys = Keys(
            _text(row, "public_key"),
            *(Secret(_text(row, key)) for key in ("private_key", "security_token", "channel_key")),
        )
        if not keys.public or not keys.private:
            none = _("It has no key pair.") if are_keys_readable else _("Its keys cannot be read.")
            return unusable(none, endpoint)
        check_keys(keys)
    except UsageError as error:
        return unusable(labelled(error.title, error.sentence) if error.sentence else error.title)
    return CliProfile(name, endpoint, project_id, keys, is_active=is_active)


def _by_profile(path: Path) -> dict[str, Row]:
    """Return the rows of a file by profile, {} if there is no file; raises _UnreadableError.

    Up to version 0.1.7 the tool wrote a single object with the settings and the keys of its one account.
    """
    content = _read(path)
    if isinstance(content, dict) and content:
        return {_OLD_NAME: {**content, "active": True}}
    if content and not (isinstance(content, list) and all(isinstance(row, dict) for row in content)):
        raise _UnreadableError(_("{path} cannot be read: not a list of profiles.").format(path=_shown(path)))
    return {name: row for row in content or [] if (name := _text(row, "profile"))}


def _read(path: Path) -> Any:
    """Return a file's JSON, None if there is no file; raises _UnreadableError."""
    try:
        data = read_regular(path, _MAX_SIZE + 1)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        words = _("{path} cannot be read ({why}).")
        raise _UnreadableError(words.format(path=_shown(path), why=error.strerror)) from None
    if len(data) > _MAX_SIZE:
        raise _UnreadableError(_("{path} cannot be read: it is too large.").format(path=_shown(path)))
    try:
        return json.loads(data.decode("utf-8-sig"))  # Notepad and PowerShell write a byte order mark
    except UnicodeDecodeError as error:
        line, words = data.count(b"\n", 0, error.start) + 1, _("{path}, line {line} cannot be read: not UTF-8.")
    except json.JSONDecodeError as error:
        line, words = error.lineno, _("{path}, line {line} cannot be read: not JSON.")
    except (ValueError, RecursionError):
        line, words = 1, _("{path}, line {line} cannot be read: not JSON.")
    # Outside the handlers, so that no traceback holds the keys of the file.
    raise _UnreadableError(words.format(path=_shown(path), line=line))


def _shown(path: Path) -> str:
    return f"~/.ucloud/{path.name}"


def _text(row: Row, key: str) -> str:
    value = row.get(key)
    return value.strip() if isinstance(value, str) else ""

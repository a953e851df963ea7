"""Import from the vendor's command-line tool, `ucloud`: its profiles, read and never changed."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ucdn_tui.account.config import check_name
from ucdn_tui.api.endpoint import DEFAULT_ENDPOINT, check_endpoint
from ucdn_tui.errors import UsageError
from ucdn_tui.i18n import _
from ucdn_tui.secret import Keys, Secret

_MAX_SIZE = 1_000_000
"""Bytes; a larger file is ignored."""


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


def read_cli_profiles(home: Path) -> list[CliProfile]:
    """Return the profiles in ~/.ucloud/config.json and credential.json; none if the files are missing or invalid."""
    folder = home / ".ucloud"
    settings, credentials = _by_profile(folder / "config.json"), _by_profile(folder / "credential.json")
    return [_profile(name, settings.get(name, {}), credentials.get(name, {})) for name in {**settings, **credentials}]


def _profile(name: str, settings: dict[str, Any], credentials: dict[str, Any]) -> CliProfile:
    project_id = _text(settings, "project_id")
    try:
        check_name(name)
        endpoint = check_endpoint(_text(settings, "base_url") or DEFAULT_ENDPOINT)
    except UsageError as error:
        reason = f"{error.title}: {error.sentence}" if error.sentence else error.title
        return CliProfile(name, project_id=project_id, reason=reason)
    if _text(credentials, "auth_mode") == "oauth":
        reason = _("It signs in through the browser (oauth), without keys that other programs can use.")
        return CliProfile(name, endpoint, project_id, reason=reason)
    public, private = _text(credentials, "public_key"), Secret(_text(credentials, "private_key"))
    if not public or not private:
        return CliProfile(name, endpoint, project_id, reason=_("It has no key pair."))
    return CliProfile(name, endpoint, project_id, Keys(public, private))


def _by_profile(path: Path) -> dict[str, dict[str, Any]]:
    try:
        if path.stat().st_size > _MAX_SIZE:
            return {}
        rows = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    if not isinstance(rows, list):
        return {}
    return {name: row for row in rows if isinstance(row, dict) and (name := _text(row, "profile"))}


def _text(row: dict[str, Any], key: str) -> str:
    value = row.get(key)
    return value.strip() if isinstance(value, str) else ""

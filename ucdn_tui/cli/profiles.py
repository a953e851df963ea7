"""The commands login, logout and profiles.

Each prints only its result to standard output, and returns the exit status or raises UcdnTuiError.
"""

import argparse
import asyncio
import getpass
import sys
from collections.abc import Mapping
from contextlib import suppress

from ucdn_tui.account.accounts import Accounts, project_to_watch
from ucdn_tui.account.config import Profile, check_name
from ucdn_tui.account.connection import check_keys
from ucdn_tui.api.endpoint import DEFAULT_ENDPOINT, check_endpoint
from ucdn_tui.cli.output import complain
from ucdn_tui.cli.table import aligned
from ucdn_tui.errors import ExitStatus, KeyringError, NoCredentialsError, UsageError
from ucdn_tui.i18n import _
from ucdn_tui.secret import Keys, Secret
from ucdn_tui.sentences import sentences
from ucdn_tui.text import sanitize

DEFAULT_PROFILE = "default"
"""The profile that `login` creates if none is named."""


def login(accounts: Accounts, flags: argparse.Namespace, environ: Mapping[str, str]) -> int:
    """Read keys from the terminal or a pipe, verify them, and save them in the keyring.

    Raises UsageError (endpoint, name or keys), NoCredentialsError (no keys, no keyring), ApiError (keys not accepted).
    """
    config = accounts.config()
    name = check_name(_profile_name(accounts, flags, environ) or DEFAULT_PROFILE)
    known = config.profiles.get(name, Profile(name))
    endpoint = check_endpoint(flags.endpoint or known.endpoint or DEFAULT_ENDPOINT)
    profile = Profile(name, endpoint, flags.project_id or known.project_id)
    keyring = asyncio.run(accounts.keyring())  # fail before asking for keys
    keys = _read_keys(flags.public_key)
    if name in config.profiles and endpoint == check_endpoint(known.endpoint or DEFAULT_ENDPOINT):
        keys = keys._replace(channel=asyncio.run(accounts.saved_channel_key(name)))  # it belongs to the endpoint
    projects = asyncio.run(accounts.verify(endpoint, keys)).projects
    is_named = bool(profile.project_id)
    if not is_named and (project := project_to_watch(projects)) is not None:
        profile = profile._replace(project_id=project.id)
    asyncio.run(accounts.save(profile, keys))
    print(_('Signed in to "{name}"; keys saved in {keyring}.').format(name=sanitize(name), keyring=keyring))
    if not is_named and len(projects) > 1:
        _say_project(profile.project_id, len(projects))
    return ExitStatus.DONE


def logout(accounts: Accounts, flags: argparse.Namespace, environ: Mapping[str, str]) -> int:
    """Remove a profile's keys from the keyring, not its settings. Raises UsageError for an unknown profile."""
    name = _profile_name(accounts, flags, environ)
    if name not in accounts.config().profiles:
        problem = _("Profile {name} does not exist.") if name else _("No profile is named, and there is no default.")
        raise UsageError(_("No such profile"), problem.format(name=sanitize(name)), _("See `ucdn-tui profiles`."))
    asyncio.run(accounts.remove_keys(name))
    print(_('Signed out of "{name}"; keys removed.').format(name=sanitize(name)))
    return ExitStatus.DONE


def profiles(accounts: Accounts) -> int:
    """Print a table of the profiles: name (* for the default), endpoint, project, keyring; never the keys."""
    config = accounts.config()
    if not config.profiles:
        complain(_("No profiles. Create one with `ucdn-tui login`."))
        return ExitStatus.DONE
    try:
        places = asyncio.run(accounts.where_keys_are(list(config.profiles)))
    except KeyringError as error:
        complain(f"ucdn-tui: {sanitize(str(error))}")
        places = dict.fromkeys(config.profiles, _("unknown"))
    rows = [[_("PROFILE"), _("ENDPOINT"), _("PROJECT"), _("KEYS")]]
    for name, profile in config.profiles.items():
        flag = " *" if name == config.default else ""
        rows.append([name + flag, profile.endpoint or DEFAULT_ENDPOINT, profile.project_id, places[name] or _("none")])
    print(*_table(rows), sep="\n")
    return ExitStatus.DONE


def _say_project(project_id: str, count: int) -> None:
    """Say which of several projects was taken ("" for none), and how to choose another one."""
    if project_id:
        taken = _("Project {id} is saved: the default one of {count}.").format(id=sanitize(project_id, 60), count=count)
        advice = _("For another one, use --project-id, or press O in the dashboard.")
    else:
        taken = _("No project is saved: the account has {count}, and none is the default.").format(count=count)
        advice = _("Choose one with --project-id, or press O in the dashboard.")
    complain(sentences(taken, advice))


def _table(rows: list[list[str]]) -> list[str]:
    return aligned([[sanitize(cell, 80) or "-" for cell in row] for row in rows])


def _profile_name(accounts: Accounts, flags: argparse.Namespace, environ: Mapping[str, str]) -> str:
    return flags.profile or environ.get("UCLOUD_PROFILE", "").strip() or accounts.config().default


def _read_keys(public_key: str | None) -> Keys:
    """Return the keys, from prompts (the private key without echo) or from a pipe (one key per line)."""
    given = None
    with suppress(UnicodeDecodeError):  # the error is raised outside: the exception holds the bytes of the keys
        given = _given_keys(public_key)
    if given is None:
        raise UsageError(_("Invalid key"), advice=_("Copy it from the console again."))
    public, private = given
    if not public or not private:
        raise NoCredentialsError(
            _("Both keys are needed"),
            _("One of them is empty."),
            _("Pipe the public key on line 1 and the private key on line 2, or use --public-key KEY."),
        )
    return check_keys(Keys(public, private))


def _given_keys(public_key: str | None) -> tuple[str, Secret]:
    """Return both keys, "" for a missing one; raises UnicodeDecodeError if they are not in the locale's encoding."""
    if sys.stdin is None:  # closed
        return "", Secret("")
    if sys.stdin.isatty():
        public = public_key or _prompt(_("Public key: "))
        return public, Secret(getpass.getpass(_("Private key: ")).strip())
    public = public_key or sys.stdin.readline().removeprefix("\ufeff").strip()  # PowerShell writes a byte order mark
    return public, Secret(sys.stdin.readline().strip())


def _prompt(prompt: str) -> str:
    """Return a line typed in the terminal. `input(prompt)` would print the prompt to standard output."""
    print(prompt, end="", file=sys.stderr, flush=True)
    return input().strip()

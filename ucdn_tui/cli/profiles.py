"""The subcommands, which need no screen: login, logout, profiles.

Each prints its result, and nothing else, to standard output, and returns the exit status; it raises UcdnTuiError.
"""

import argparse
import asyncio
import getpass
import sys
from collections.abc import Mapping

from rich.cells import cell_len, set_cell_size

from ucdn_tui.account.accounts import Accounts
from ucdn_tui.account.config import Profile
from ucdn_tui.account.connection import DEFAULT_ENDPOINT, check_endpoint, check_keys
from ucdn_tui.errors import ExitStatus, KeyringError, NoCredentialsError, UsageError
from ucdn_tui.i18n import _
from ucdn_tui.secret import Keys, Secret
from ucdn_tui.text import sanitize

DEFAULT_PROFILE = "default"


def login(accounts: Accounts, flags: argparse.Namespace, environ: Mapping[str, str]) -> int:
    """Read keys, have the API accept them, and keep them."""
    config = accounts.config()
    name = _profile_name(accounts, flags, environ) or DEFAULT_PROFILE
    known = config.profiles.get(name, Profile(name))
    endpoint = check_endpoint(flags.endpoint or known.endpoint or DEFAULT_ENDPOINT)
    profile = Profile(name, endpoint, flags.project_id or known.project_id)
    keyring = asyncio.run(accounts.keyring())  # before anybody types anything
    keys = _read_keys(flags.public_key)
    asyncio.run(accounts.verify(endpoint, keys))
    asyncio.run(accounts.save(profile, keys))
    print(_("Signed in. The keys of {name} are in: {keyring}.").format(name=sanitize(name), keyring=keyring))
    return ExitStatus.DONE


def logout(accounts: Accounts, flags: argparse.Namespace, environ: Mapping[str, str]) -> int:
    """Forget a profile's keys; its settings stay."""
    name = _profile_name(accounts, flags, environ)
    if name not in accounts.config().profiles:
        raise UsageError(_("No such profile"), sanitize(name or _("none is named")), _("See `ucdn-tui profiles`."))
    asyncio.run(accounts.remove_keys(name))
    print(_("Signed out. The keys of {name} are gone.").format(name=sanitize(name)))
    return ExitStatus.DONE


def profiles(accounts: Accounts) -> int:
    """List the profiles: name, endpoint, project, where the keys are; never the keys."""
    config = accounts.config()
    if not config.profiles:
        print(_("There are no profiles. Make one with `ucdn-tui login`."), file=sys.stderr)
        return ExitStatus.DONE
    try:
        places = asyncio.run(accounts.where_keys_are(list(config.profiles)))
    except KeyringError as error:
        print(f"ucdn-tui: {sanitize(str(error))}", file=sys.stderr)
        places = dict.fromkeys(config.profiles, _("unknown"))
    rows = [[_("PROFILE"), _("ENDPOINT"), _("PROJECT"), _("KEYS")]]
    for name, profile in config.profiles.items():
        mark = " *" if name == config.default else ""
        rows.append([name + mark, profile.endpoint or DEFAULT_ENDPOINT, profile.project_id, places[name] or _("none")])
    print(*_table(rows), sep="\n")
    return ExitStatus.DONE


def _table(rows: list[list[str]]) -> list[str]:
    cells = [[sanitize(cell, 80) or "-" for cell in row] for row in rows]
    widths = [max(map(cell_len, column)) for column in zip(*cells, strict=True)]
    return [
        "  ".join(set_cell_size(cell, width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in cells
    ]


def _profile_name(accounts: Accounts, flags: argparse.Namespace, environ: Mapping[str, str]) -> str:
    return flags.profile or environ.get("UCLOUD_PROFILE", "").strip() or accounts.config().default


def _read_keys(public_key: str | None) -> Keys:
    """Return the keys: typed, the private one without echo; or, from a pipe, a line each."""
    if sys.stdin.isatty():
        public = public_key or _typed(_("Public key: "))
        private = Secret(getpass.getpass(_("Private key: ")).strip())
    else:
        public = public_key or sys.stdin.readline().strip()
        private = Secret(sys.stdin.readline().strip())
    if not public or not private:
        raise NoCredentialsError(
            _("Both keys are needed"),
            _("One of them is empty."),
            _("From a pipe: the public key on the first line, the private key on the second; or --public-key KEY."),
        )
    return check_keys(Keys(public, private))


def _typed(prompt: str) -> str:
    """Return a line from the terminal; `input` would print the prompt among the results."""
    print(prompt, end="", file=sys.stderr, flush=True)
    return input().strip()

"""Which account a command is for: flags, environment and configuration, or the simulated one."""

import argparse
import os
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec.structs import replace

from ucdn_tui.account.accounts import Accounts
from ucdn_tui.account.config import ConfigFile
from ucdn_tui.account.config_location import default_path
from ucdn_tui.account.connection import Connection, resolve
from ucdn_tui.api.endpoint import check_endpoint
from ucdn_tui.api.lazy import LazyClient
from ucdn_tui.clock import Clock
from ucdn_tui.errors import NoCredentialsError
from ucdn_tui.files import state_file
from ucdn_tui.i18n import _
from ucdn_tui.secret import forbid_core_dumps

if TYPE_CHECKING:
    from ucdn_tui.simulator.transport import SimulatorTransport


def select(clock: Clock, flags: argparse.Namespace, environ: Mapping[str, str]) -> tuple[Accounts, Connection | None]:
    """Return the accounts and the connection to use; None if no keys are set up. Raises UsageError, ConfigError."""
    return _demo(clock) if flags.demo else _chosen(clock, flags, environ)


def client_for(clock: Clock, flags: argparse.Namespace, environ: Mapping[str, str]) -> tuple[LazyClient, Connection]:
    """Return a client, and whose account it is for. Raises NoCredentialsError, UsageError, ConfigError."""
    accounts, connection = select(clock, flags, environ)
    if connection is None:
        raise no_credentials()
    is_read_only = connection.read_only or bool(flags.read_only) or accounts.config().preferences.read_only
    return accounts.client(connection), replace(connection, read_only=is_read_only)


def no_credentials() -> NoCredentialsError:
    """Return the error for a start without any keys."""
    return NoCredentialsError(
        _("No credentials"),
        _("No keys in the environment, and no profile."),
        _("Run `ucdn-tui login`, or set UCLOUD_PUBLIC_KEY and UCLOUD_PRIVATE_KEY, or try `ucdn-tui --demo`."),
    )


def journal_path(flags: argparse.Namespace) -> Path | None:
    """Return the path of the journal of submissions; None for the demo, whose journal is kept in memory."""
    return None if flags.demo else state_file("submissions.jsonl")


async def known_types(client: LazyClient, clock: Clock, flags: argparse.Namespace) -> Mapping[str, str]:
    """Return the types, by TaskId, of the tasks that were submitted from here: the API may not tell them.

    Raises UcdnTuiError if the keys cannot be read.
    """
    from ucdn_tui.submit.session import SubmitSession

    return (await SubmitSession(client, clock, journal_path(flags)).journal()).types()


def _chosen(clock: Clock, flags: argparse.Namespace, environ: Mapping[str, str]) -> tuple[Accounts, Connection | None]:
    """Return the user's accounts and the connection that flags, environment and configuration select."""
    forbid_core_dumps()
    if flags.endpoint is not None:
        flags.endpoint = check_endpoint(flags.endpoint)
    accounts = Accounts(ConfigFile(default_path()), clock)
    connection = resolve(
        environ, accounts.config(), profile=flags.profile, endpoint=flags.endpoint, project_id=flags.project_id
    )
    return accounts, connection


@cache
def simulated_account() -> "SimulatorTransport":
    """Return the way to the simulated account and its edges; a process has one."""
    from ucdn_tui.simulator.transport import demo_transport

    return demo_transport()


def _demo(clock: Clock) -> tuple[Accounts, Connection]:
    """Return the simulated account. It has no access to the user's own profiles and keys."""
    from ucdn_tui.secret import Keys, Secret
    from ucdn_tui.simulator import DEMO_PRIVATE_KEY, DEMO_PUBLIC_KEY

    nowhere = Path(os.devnull) / "none"
    accounts = Accounts(ConfigFile(nowhere), clock, transport=simulated_account, home=nowhere, only_one=True)
    keys = Keys(DEMO_PUBLIC_KEY, Secret(DEMO_PRIVATE_KEY))
    return accounts, Connection("demo", keys, "https://simulator.invalid")

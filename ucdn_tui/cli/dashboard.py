"""Start of the dashboard: the account to watch, terminal checks, garbage collection settings."""

import argparse
import gc
import os
import sys
from collections.abc import Mapping
from contextlib import suppress
from typing import TYPE_CHECKING

from ucdn_tui.account.accounts import Accounts
from ucdn_tui.account.connection import Connection
from ucdn_tui.api.endpoint import check_endpoint
from ucdn_tui.cli.connect import journal_path, no_credentials, select
from ucdn_tui.cli.output import has_terminal
from ucdn_tui.clock import Clock, SystemClock
from ucdn_tui.errors import NoTerminalError
from ucdn_tui.i18n import _

if TYPE_CHECKING:
    from ucdn_tui.api.lazy import LazyClient
    from ucdn_tui.edge.session import EdgeSession


def dashboard(flags: argparse.Namespace, environ: Mapping[str, str]) -> int:
    """Show the dashboard, or the sign-in screen, until the user quits; return the exit status.

    Raises NoTerminalError, NoCredentialsError, UsageError (flags, environment or configuration).
    """
    clock = SystemClock()
    accounts, connection = select(clock, flags, environ)
    if connection is None and not has_terminal():
        raise no_credentials()
    _check_terminal(environ)
    _forget_other_sizes()
    return _run_app(accounts, connection, clock, flags, environ)


def _run_app(
    accounts: Accounts,
    connection: Connection | None,
    clock: Clock,
    flags: argparse.Namespace,
    environ: Mapping[str, str],
) -> int:
    from ucdn_tui.account.preferences import Preferences
    from ucdn_tui.ui.app import UcdnApp
    from ucdn_tui.ui.terminal.escape_sequences import detect_features
    from ucdn_tui.ui.text.glyphs import ASCII, UNICODE
    from ucdn_tui.ui.ui_state import StateFile
    from ucdn_tui.ui.ui_state import default_path as state_path

    glyphs = UNICODE if _can_print(UNICODE.success + UNICODE.bar) else ASCII

    def edges(connection: Connection, client: "LazyClient") -> "EdgeSession":
        from ucdn_tui.cli.scripts.edge.connect import edge_session  # here, as few starts need it

        return edge_session(clock, flags, connection, client)

    app = UcdnApp(
        accounts,
        connection,
        clock,
        glyphs,
        interval=flags.interval,
        window=flags.since,
        endpoint=flags.endpoint or (None if connection else _endpoint_of(environ)),
        project_id=flags.project_id,
        task_id=flags.task_id,
        read_only=bool(flags.read_only),
        journal_path=journal_path(flags),
        preferences=Preferences() if flags.demo else accounts.config().preferences,
        state_file=StateFile(None if flags.demo else state_path()),
        features=detect_features(environ),
        when_shown=tune_garbage_collection,
        edges=edges,
    )
    app.fit_theme(environ)
    if glyphs is ASCII:
        app.show_only_encodable(sys.stderr.encoding or "ascii")
    app.run()
    return app.return_code or 0


def _endpoint_of(environ: Mapping[str, str]) -> str | None:
    """Return the endpoint for the sign-in form; None if the environment names none."""
    endpoint = environ.get("UCLOUD_API_BASE_URL", "").strip()
    return check_endpoint(endpoint) if endpoint else None


def _check_terminal(environ: Mapping[str, str]) -> None:
    """Raise NoTerminalError if the dashboard cannot be drawn. Textual draws on standard error."""
    if not has_terminal():
        raise NoTerminalError(
            _("No terminal"),
            _("Standard input or standard error is redirected."),
            _("Run it in a terminal; --log-file writes a log."),
        )
    if environ.get("TERM", "") in ("dumb", "unknown", ""):
        raise NoTerminalError(
            _("Unsupported terminal"),
            _("TERM is {term!r}.").format(term=environ.get("TERM", "")),
            _("Set TERM to your terminal's type, such as xterm-256color."),
        )


def _forget_other_sizes() -> None:
    """Remove COLUMNS and LINES if the terminal knows its own size: they may be those of another one, as in a container.

    Textual and Rich prefer them. A huge size takes gigabytes to lay out.
    """
    with suppress(OSError):
        if all(os.get_terminal_size(sys.stderr.fileno())):
            for name in ("COLUMNS", "LINES"):
                os.environ.pop(name, None)


def _can_print(text: str) -> bool:
    try:
        text.encode(sys.stderr.encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


_MIDDLE_THRESHOLD = 2
"""gc threshold1: young collections per middle one. The default of 10 makes a middle collection take 5 ms."""

_OLD_THRESHOLD = 5000
"""gc threshold2: middle collections per full one."""


def tune_garbage_collection() -> None:
    """Enable the garbage collector, without the objects that exist now: modules and widgets live until the exit.

    Full collections are made rare: with ten thousand tasks one takes 0.1 s, in which no key press is answered.
    """
    gc.freeze()
    gc.set_threshold(gc.get_threshold()[0], _MIDDLE_THRESHOLD, _OLD_THRESHOLD)
    gc.enable()

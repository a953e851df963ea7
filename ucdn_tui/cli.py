"""The command line: flags, environment, exit status."""

import argparse
import logging
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, NoReturn

from ucdn_tui import __version__
from ucdn_tui.connection import Connection, from_environment
from ucdn_tui.durations import parse_duration
from ucdn_tui.errors import NoCredentialsError, NoTerminalError, UcdnTuiError, UsageError
from ucdn_tui.i18n import _
from ucdn_tui.text import harmless

if TYPE_CHECKING:
    from ucdn_tui.api.client import UcdnClient
    from ucdn_tui.clock import Clock

CRASHED = 1
USAGE = 2
NO_CREDENTIALS = 4

_MAX_SINCE = 366 * 86400.0
_MAX_INTERVAL = 3600.0


def run(arguments: Sequence[str]) -> int:
    """Run the program with these arguments and return its exit status; what is wrong goes to standard error."""
    logging.getLogger("ucdn_tui").addHandler(logging.NullHandler())  # or its warnings go to standard error
    try:
        return _run(_parser().parse_args(arguments), os.environ)
    except UcdnTuiError as error:
        print(f"ucdn-tui: {harmless(str(error))}", file=sys.stderr)
        return NO_CREDENTIALS if isinstance(error, NoCredentialsError) else USAGE


def _run(flags: argparse.Namespace, environ: Mapping[str, str]) -> int:
    connection = _demo_connection() if flags.demo else _connection(flags, environ)
    _check_terminal(environ)
    if flags.log_file is not None:
        _log_to(flags.log_file)
    return _watch(connection, flags)


def _watch(connection: Connection, flags: argparse.Namespace) -> int:
    """Show the dashboard until the user leaves it."""
    from ucdn_tui.api.lazy import LazyClient
    from ucdn_tui.clock import SystemClock
    from ucdn_tui.ui.app import UcdnApp
    from ucdn_tui.ui.dashboard import Account
    from ucdn_tui.ui.format import ASCII, UNICODE

    clock = SystemClock()
    account = Account(
        profile=connection.source,
        project=connection.project_id or "",
        host=connection.host,
        api=LazyClient(lambda: _client(connection, clock, demo=flags.demo)),
    )
    glyphs = UNICODE if _can_print(UNICODE.success + UNICODE.bar) else ASCII
    app = UcdnApp(
        account,
        clock,
        glyphs,
        interval=flags.interval,
        window=flags.since,
    )
    if glyphs is ASCII:
        app.show_only_encodable(sys.stderr.encoding or "ascii")
    app.run()
    return app.return_code or 0


def _client(connection: Connection, clock: "Clock", *, demo: bool) -> "UcdnClient":
    from ucdn_tui.api.client import UcdnClient

    transport = None
    if demo:
        from ucdn_tui.simulator.transport import demo_transport

        transport = demo_transport()
    return UcdnClient(
        connection.endpoint, connection.keys, clock, project_id=connection.project_id, transport=transport
    )


def _connection(flags: argparse.Namespace, environ: Mapping[str, str]) -> Connection:
    return from_environment(environ, endpoint=flags.endpoint, project_id=flags.project_id)


def _demo_connection() -> Connection:
    from ucdn_tui.secret import Keys, Secret
    from ucdn_tui.simulator.history import DEMO_PRIVATE_KEY, DEMO_PUBLIC_KEY

    return Connection("demo", Keys(DEMO_PUBLIC_KEY, Secret(DEMO_PRIVATE_KEY)), "https://simulator.invalid")


def _check_terminal(environ: Mapping[str, str]) -> None:
    """Raise NoTerminalError where there is nothing to draw on: Textual draws on standard error."""
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise NoTerminalError(
            _("No terminal"),
            _("Standard input or standard error is redirected."),
            _("Start it in a terminal, and use --log-file for a record."),
        )
    if environ.get("TERM", "") in ("dumb", "unknown", ""):
        raise NoTerminalError(
            _("No terminal to draw on"),
            _("TERM is {term!r}.").format(term=environ.get("TERM", "")),
            _("Set TERM to what the terminal is, such as xterm-256color."),
        )


def _can_print(text: str) -> bool:
    try:
        text.encode(sys.stderr.encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def _log_to(path: str) -> None:
    from ucdn_tui.log import log_to

    try:
        log_to(path)
    except OSError as error:
        raise UsageError(
            _("Log file cannot be written"), f"{path}: {error.strerror}.", _("Name another one with --log-file.")
        ) from None


class _Parser(argparse.ArgumentParser):
    """A parser whose errors are ours."""

    def error(self, message: str) -> NoReturn:
        raise UsageError(_("Wrong usage"), f"{message}.", _("See ucdn-tui --help."))


def _parser() -> _Parser:
    parser = _Parser(
        prog="ucdn-tui",
        description=_("Watch UCloud CDN refresh and prefetch tasks in a terminal."),
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog=_EPILOG,
        allow_abbrev=False,
    )
    parser.add_argument("--demo", action="store_true", help=_("watch a simulated account; needs no keys"))
    parser.add_argument("--endpoint", metavar="URL", help=_("the API's address (default: https://api.ucloud.cn)"))
    parser.add_argument("--project-id", metavar="ID", help=_("the project to watch (default: the account's own)"))
    parser.add_argument(
        "--since",
        metavar="TIME",
        type=_duration(1.0, _MAX_SINCE),
        default=86400.0,
        help=_("watch the tasks of the last 15m, 24h (default), 7d, …"),
    )
    parser.add_argument(
        "--interval",
        metavar="TIME",
        type=_duration(1.0, _MAX_INTERVAL),
        default=5.0,
        help=_("look so often while anything is active (default: 5s)"),
    )
    parser.add_argument("--log-file", metavar="PATH", help=_("write a log, without keys, to this file"))
    parser.add_argument("--version", action="version", version=f"ucdn-tui {__version__}")
    return parser


_EPILOG = _("""\
examples:
  ucdn-tui --demo                     look around without an account
  ucdn-tui                            watch the account whose keys are set
  ucdn-tui --since 7d --interval 10s  a longer window, fewer calls

environment:
  UCLOUD_PUBLIC_KEY, UCLOUD_PRIVATE_KEY
                     the account's API keys: both or neither, and never a flag
  UCLOUD_PROJECT_ID, UCLOUD_API_BASE_URL
                     as --project-id and --endpoint, which beat them

exit status:
  0 left by the user; 1 crash; 2 wrong usage, or no terminal;
  4 no credentials; 128+n ended by signal n
""")


def _duration(least: float, most: float) -> Callable[[str], float]:
    """Return a parser of a flag's duration, in seconds, within bounds."""

    def parse(text: str) -> float:
        try:
            seconds = parse_duration(text)
        except ValueError:
            raise argparse.ArgumentTypeError(
                _("{text!r} is no duration; write 90s, 15m, 24h or 7d").format(text=text)
            ) from None
        if not least <= seconds <= most:
            raise argparse.ArgumentTypeError(
                _("{text!r} is not between {least:.0f}s and {most:.0f}s").format(text=text, least=least, most=most)
            )
        return seconds

    return parse

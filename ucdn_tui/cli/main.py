"""The command line: flags, environment, exit status."""

import argparse
import gc
import logging
import os
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from ucdn_tui import __version__
from ucdn_tui.durations import LONGEST_WINDOW, parse_duration
from ucdn_tui.errors import NoCredentialsError, NoTerminalError, UcdnTuiError, UsageError
from ucdn_tui.i18n import _
from ucdn_tui.text import sanitize

if TYPE_CHECKING:
    from httpx import AsyncBaseTransport

    from ucdn_tui.account.accounts import Accounts
    from ucdn_tui.account.connection import Connection
    from ucdn_tui.clock import Clock

_MAX_INTERVAL = 3600.0


def run(arguments: Sequence[str]) -> int:
    """Run the program with these arguments and return its exit status; what is wrong goes to standard error."""
    logging.getLogger("ucdn_tui").addHandler(logging.NullHandler())  # or its warnings go to standard error
    try:
        flags = _parser().parse_args(arguments)
        if flags.log_file is not None:
            _log_to(flags.log_file)
        handler: Callable[[argparse.Namespace, Mapping[str, str]], int] = flags.run
        return handler(flags, os.environ)
    except UcdnTuiError as error:
        print(f"ucdn-tui: {sanitize(str(error))}", file=sys.stderr)
        return error.exit_status
    except (KeyboardInterrupt, EOFError):  # while a key was asked for
        print(file=sys.stderr)
        return 128 + signal.SIGINT


def _login(flags: argparse.Namespace, environ: Mapping[str, str]) -> int:
    from ucdn_tui.cli.profiles import login  # here, as the rest, so that --help is there at once

    return login(_accounts_of_a_command(), flags, environ)


def _logout(flags: argparse.Namespace, environ: Mapping[str, str]) -> int:
    from ucdn_tui.cli.profiles import logout

    return logout(_accounts_of_a_command(), flags, environ)


def _profiles(_flags: argparse.Namespace, _environ: Mapping[str, str]) -> int:
    from ucdn_tui.cli.profiles import profiles

    return profiles(_accounts_of_a_command())


def _accounts_of_a_command() -> "Accounts":
    from ucdn_tui.clock import SystemClock

    gc.enable()
    return _own_accounts(SystemClock())


def _dashboard(flags: argparse.Namespace, environ: Mapping[str, str]) -> int:
    from ucdn_tui.clock import SystemClock

    clock = SystemClock()
    accounts, connection = _demo(clock) if flags.demo else _account(clock, flags, environ)
    if connection is None and not _has_terminal():
        raise NoCredentialsError(
            _("No credentials"),
            _("There are no keys in the environment, and no profile."),
            _("Run `ucdn-tui login`, or set UCLOUD_PUBLIC_KEY and UCLOUD_PRIVATE_KEY, or try `ucdn-tui --demo`."),
        )
    _check_terminal(environ)
    return _watch(accounts, connection, clock, flags)


def _watch(accounts: "Accounts", connection: "Connection | None", clock: "Clock", flags: argparse.Namespace) -> int:
    """Show the dashboard, or the sign-in screen, until the user leaves."""
    from ucdn_tui.account.preferences import Preferences
    from ucdn_tui.ui.app import UcdnApp
    from ucdn_tui.ui.format import ASCII, UNICODE
    from ucdn_tui.ui.terminal.escape_sequences import detect_features
    from ucdn_tui.ui.ui_state import StateFile, default_path

    glyphs = UNICODE if _can_print(UNICODE.success + UNICODE.bar) else ASCII
    app = UcdnApp(
        accounts,
        connection,
        clock,
        glyphs,
        interval=flags.interval,
        window=flags.since,
        endpoint=flags.endpoint,
        project_id=flags.project_id,
        preferences=Preferences() if flags.demo else accounts.config().preferences,
        memory=StateFile(None if flags.demo else default_path()),
        detect_features=detect_features(os.environ),
        when_shown=collect_garbage,
    )
    if glyphs is ASCII:
        app.show_only_encodable(sys.stderr.encoding or "ascii")
    app.run()
    return app.return_code or 0


_NEW_FOR_A_YOUNG = 2
"""Collections of what is new before one of what is young; Python waits for ten, and then one takes 5 ms."""

_YOUNG_FOR_AN_OLD = 5000
"""How often what is young is looked through for garbage before what is old is, too."""


def collect_garbage() -> None:
    """Look for garbage from now on, but not in what there is: modules and widgets stay as long as the program runs.

    And hardly ever in what is old: with ten thousand tasks that takes a tenth of a second, in which no key is answered.
    """
    gc.freeze()
    gc.set_threshold(gc.get_threshold()[0], _NEW_FOR_A_YOUNG, _YOUNG_FOR_AN_OLD)
    gc.enable()


def _own_accounts(clock: "Clock") -> "Accounts":
    from ucdn_tui.account.accounts import Accounts
    from ucdn_tui.account.config import ConfigFile, default_path

    return Accounts(ConfigFile(default_path()), clock)


def _account(
    clock: "Clock", flags: argparse.Namespace, environ: Mapping[str, str]
) -> "tuple[Accounts, Connection | None]":
    from ucdn_tui.account.connection import check_endpoint, resolve

    if flags.endpoint is not None:
        flags.endpoint = check_endpoint(flags.endpoint)
    accounts = _own_accounts(clock)
    connection = resolve(
        environ, accounts.config(), profile=flags.profile, endpoint=flags.endpoint, project_id=flags.project_id
    )
    return accounts, connection


def _demo(clock: "Clock") -> "tuple[Accounts, Connection | None]":
    """Return what watches the simulated account; the person's own profiles and keys are out of its reach."""
    from ucdn_tui.account.accounts import Accounts
    from ucdn_tui.account.config import ConfigFile
    from ucdn_tui.account.connection import Connection
    from ucdn_tui.secret import Keys, Secret
    from ucdn_tui.simulator import DEMO_PRIVATE_KEY, DEMO_PUBLIC_KEY

    def transport() -> "AsyncBaseTransport":
        from ucdn_tui.simulator.transport import demo_transport

        return demo_transport()

    nowhere = Path(os.devnull) / "none"
    accounts = Accounts(ConfigFile(nowhere), clock, transport=transport, home=nowhere, only_one=True)
    keys = Keys(DEMO_PUBLIC_KEY, Secret(DEMO_PRIVATE_KEY))
    return accounts, Connection("demo", keys, "https://simulator.invalid")


def _has_terminal() -> bool:
    return sys.stdin.isatty() and sys.stderr.isatty()


def _check_terminal(environ: Mapping[str, str]) -> None:
    """Raise NoTerminalError where there is nothing to draw on: Textual draws on standard error."""
    if not _has_terminal():
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
    parser.add_argument("--profile", metavar="NAME", help=_("watch the account of this profile"))
    parser.add_argument("--endpoint", metavar="URL", help=_("the API's address (default: https://api.ucloud.cn)"))
    parser.add_argument("--project-id", metavar="ID", help=_("the project to watch (default: the account's own)"))
    parser.add_argument(
        "--since",
        metavar="TIME",
        type=_duration(1.0, LONGEST_WINDOW),
        help=_("watch the tasks of the last 15m, 24h (default), 7d, …"),
    )
    parser.add_argument(
        "--interval",
        metavar="TIME",
        type=_duration(1.0, _MAX_INTERVAL),
        help=_("look so often while anything is active (default: 5s)"),
    )
    parser.add_argument("--log-file", metavar="PATH", help=_("write a log, without keys, to this file"))
    parser.set_defaults(run=_dashboard)
    _add_commands(parser)
    parser.add_argument("--version", action="version", version=f"ucdn-tui {__version__}")
    return parser


def _add_commands(parser: argparse.ArgumentParser) -> None:
    commands = parser.add_subparsers(metavar="COMMAND", title=_("commands (the dashboard without one)"))
    login = commands.add_parser(
        "login",
        help=_("keep an account's keys in the keyring, under a profile's name"),
        description=_("Asks for the private key without echo, or reads it from a pipe."),
        allow_abbrev=False,
    )
    logout = commands.add_parser("logout", help=_("forget a profile's keys"), allow_abbrev=False)
    profiles = commands.add_parser(
        "profiles", help=_("list the profiles, and where their keys are"), allow_abbrev=False
    )
    for command, run_it in ((login, _login), (logout, _logout), (profiles, _profiles)):
        command.set_defaults(run=run_it)
    for command in (login, logout):
        command.add_argument(
            "--profile", metavar="NAME", default=argparse.SUPPRESS, help=_("the profile (default: the default one)")
        )
    login.add_argument("--public-key", metavar="KEY", help=_("the public key; the private one is never a flag"))
    login.add_argument(
        "--endpoint", metavar="URL", default=argparse.SUPPRESS, help=_("the API's address (https://api.ucloud.cn)")
    )
    login.add_argument(
        "--project-id", metavar="ID", default=argparse.SUPPRESS, help=_("the project (the account's own)")
    )


_EPILOG = _("""\
examples:
  ucdn-tui --demo                     look around without an account
  ucdn-tui                            watch your account; the first time it
                                      asks for its keys, and keeps them
  ucdn-tui --profile work             watch the account of another profile
  ucdn-tui login --profile work       keep keys without the screen
  ucdn-tui --since 7d --interval 10s  a longer window, fewer calls

environment:
  UCLOUD_PUBLIC_KEY, UCLOUD_PRIVATE_KEY
                     an account's API keys, instead of a profile's:
                     both or neither, and never a flag
  UCLOUD_PROJECT_ID, UCLOUD_API_BASE_URL
                     their project and endpoint; flags beat them
  UCLOUD_PROFILE     as --profile; the flag, and keys that are set, beat it

exit status:
  0 left by the user; 1 crash; 2 wrong usage, or no terminal;
  4 no usable credentials; 5 the API refused, or was not reached;
  128+n ended by signal n
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

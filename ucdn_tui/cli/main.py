"""The command line: arguments, dispatch to the commands, exit statuses."""

import argparse
import gc
import logging
import os
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, NoReturn

from ucdn_tui import __version__
from ucdn_tui.durations import LONGEST_WINDOW, format_duration, parse_duration
from ucdn_tui.errors import UcdnTuiError, UsageError
from ucdn_tui.i18n import _
from ucdn_tui.text import sanitize

if TYPE_CHECKING:
    from ucdn_tui.account.accounts import Accounts

_MAX_INTERVAL = 3600.0
"""Seconds."""


def run(arguments: Sequence[str]) -> int:
    """Run the program with these arguments and return its exit status. Errors go to standard error."""
    logging.getLogger("ucdn_tui").addHandler(logging.NullHandler())  # without one, warnings go to standard error
    try:
        flags = _parser().parse(arguments)
        if flags.log_file is not None:
            _log_to(flags.log_file)
        handler: Callable[[argparse.Namespace, Mapping[str, str]], int] = flags.run
        return handler(flags, os.environ)
    except UcdnTuiError as error:
        print(f"ucdn-tui: {sanitize(str(error))}", file=sys.stderr)
        return error.exit_status
    except (KeyboardInterrupt, EOFError):  # Ctrl+C or Ctrl+D at a prompt for a key
        print(file=sys.stderr)
        return 128 + signal.SIGINT


# Each handler imports its command, so that --help imports none of them.


def _dashboard(flags: argparse.Namespace, environ: Mapping[str, str]) -> int:
    from ucdn_tui.cli.dashboard import dashboard

    return dashboard(flags, environ)


def _login(flags: argparse.Namespace, environ: Mapping[str, str]) -> int:
    from ucdn_tui.cli.profiles import login

    return login(_accounts(), flags, environ)


def _logout(flags: argparse.Namespace, environ: Mapping[str, str]) -> int:
    from ucdn_tui.cli.profiles import logout

    return logout(_accounts(), flags, environ)


def _profiles(_flags: argparse.Namespace, _environ: Mapping[str, str]) -> int:
    from ucdn_tui.cli.profiles import profiles

    return profiles(_accounts())


def _accounts() -> "Accounts":
    from ucdn_tui.account.accounts import Accounts
    from ucdn_tui.account.config import ConfigFile, default_path
    from ucdn_tui.clock import SystemClock

    gc.enable()  # the entry point disables it; the dashboard enables it with settings of its own
    return Accounts(ConfigFile(default_path()), SystemClock())


def _log_to(path: str) -> None:
    from ucdn_tui.log import log_to

    try:
        log_to(path)
    except OSError as error:
        raise UsageError(
            _("Cannot write the log file"), f"{path}: {error.strerror}.", _("Choose another path with --log-file.")
        ) from None


class _Parser(argparse.ArgumentParser):
    """A parser that raises UsageError instead of exiting."""

    def parse(self, arguments: Sequence[str]) -> argparse.Namespace:
        """Return the parsed arguments; raises UsageError, which names the first unknown one."""
        flags, unknown = self.parse_known_args(arguments)
        if unknown:
            first = unknown[0]
            problem = _("unrecognized option: {word}") if first.startswith("-") else _("unrecognized argument: {word}")
            self.error(problem.format(word=first))
        return flags

    def error(self, message: str) -> NoReturn:
        if not message.endswith(")"):  # otherwise it ends with a hint, such as "(choose from …)"
            message = _("{problem} (see ucdn-tui --help)").format(problem=message)
        raise UsageError(message)


def _parser() -> _Parser:
    parser = _Parser(
        prog="ucdn-tui",
        description=_("Watch UCloud CDN refresh and prefetch tasks in a terminal."),
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog=_EPILOG,
        allow_abbrev=False,
    )
    parser.add_argument("--demo", action="store_true", help=_("watch a simulated account; needs no keys"))
    parser.add_argument("--profile", metavar="NAME", help=_("use the account of this profile"))
    parser.add_argument("--endpoint", metavar="URL", help=_("API endpoint (default: https://api.ucloud.cn)"))
    parser.add_argument("--project-id", metavar="ID", help=_("project (default: the account's default project)"))
    parser.add_argument(
        "--since",
        metavar="TIME",
        type=_duration(1.0, LONGEST_WINDOW),
        help=_("time range: 15m, 24h (default), 7d, …"),
    )
    parser.add_argument(
        "--interval",
        metavar="TIME",
        type=_duration(1.0, _MAX_INTERVAL),
        help=_("refresh interval while tasks are active (default: 5s)"),
    )
    parser.add_argument("--log-file", metavar="PATH", help=_("write a log, without keys, to this file"))
    parser.set_defaults(run=_dashboard)
    _add_commands(parser)
    parser.add_argument("--version", action="version", version=f"ucdn-tui {__version__}")
    return parser


def _add_commands(parser: argparse.ArgumentParser) -> None:
    commands = parser.add_subparsers(metavar="COMMAND", title=_("commands (default: the dashboard)"))
    login = commands.add_parser(
        "login",
        help=_("save an account's keys in the keyring, as a profile"),
        description=_("Save an account's keys. Prompts for them, or reads one key per line from a pipe."),
        allow_abbrev=False,
    )
    logout = commands.add_parser("logout", help=_("remove a profile's keys from the keyring"), allow_abbrev=False)
    profiles = commands.add_parser(
        "profiles", help=_("list the profiles and where their keys are stored"), allow_abbrev=False
    )
    for command, run_it in ((login, _login), (logout, _logout), (profiles, _profiles)):
        command.set_defaults(run=run_it)
    for command in (login, logout):
        command.add_argument(
            "--profile", metavar="NAME", default=argparse.SUPPRESS, help=_("profile (default: the default profile)")
        )
    login.add_argument("--public-key", metavar="KEY", help=_("public key (there is no flag for the private key)"))
    login.add_argument(
        "--endpoint",
        metavar="URL",
        default=argparse.SUPPRESS,
        help=_("API endpoint (default: the profile's, or https://api.ucloud.cn)"),
    )
    login.add_argument(
        "--project-id",
        metavar="ID",
        default=argparse.SUPPRESS,
        help=_("project (default: the profile's, or the account's default)"),
    )


_EPILOG = _("""\
examples:
  ucdn-tui --demo                     try it without an account
  ucdn-tui                            watch your account; the first start
                                      asks for its keys and saves them
  ucdn-tui --profile work             watch the account of another profile
  ucdn-tui login --profile work       save keys from a script or over SSH
  ucdn-tui --since 7d --interval 10s  longer time range, fewer API calls

environment:
  UCLOUD_PUBLIC_KEY, UCLOUD_PRIVATE_KEY
                     API keys to use instead of a profile's; set both
                     or neither (there are no flags for them)
  UCLOUD_PROJECT_ID, UCLOUD_API_BASE_URL
                     project and endpoint for these keys; flags override
                     them
  UCLOUD_PROFILE     same as --profile; the flag and keys in the
                     environment override it

exit status:
  0      done
  1      crash
  2      wrong usage or configuration, or no terminal
  4      no usable credentials
  5      the API refused, or could not be reached
  128+n  ended by signal n
""")


def _duration(least: float, most: float) -> Callable[[str], float]:
    """Return a parser for a flag's duration, which must be within these bounds (seconds)."""

    def parse(text: str) -> float:
        try:
            seconds = parse_duration(text)
        except ValueError:
            raise argparse.ArgumentTypeError(
                _("invalid duration {text!r} (try 90s, 15m, 24h or 7d)").format(text=text)
            ) from None
        if not least <= seconds <= most:
            raise argparse.ArgumentTypeError(
                _("{text!r} is not between {least} and {most}").format(
                    text=text, least=format_duration(least), most=format_duration(most)
                )
            )
        return seconds

    return parse

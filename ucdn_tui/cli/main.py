"""The command line: arguments, dispatch to the commands, exit statuses."""

import argparse
import gc
import logging
import os
import signal
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from ucdn_tui.cli.language import argparse_translated, choose_language
from ucdn_tui.cli.output import complain
from ucdn_tui.cli.parser import FLAGS, Parser
from ucdn_tui.cli.subcommands import script_commands
from ucdn_tui.errors import UcdnTuiError, UsageError
from ucdn_tui.i18n import N_, _
from ucdn_tui.sentences import labelled
from ucdn_tui.text import sanitize

if TYPE_CHECKING:
    from ucdn_tui.account.accounts import Accounts

_LONGEST_ID = 128
"""Characters of a TaskId; the API's have about 25."""


def run(arguments: Sequence[str]) -> int:
    """Run the program with these arguments and return its exit status. Errors go to standard error."""
    choose_language(arguments, os.environ)
    logging.getLogger("ucdn_tui").addHandler(logging.NullHandler())  # without one, warnings go to standard error
    try:
        with argparse_translated(os.environ):
            flags = _parse(arguments)
        if flags.log_file is not None:
            _log_to(flags.log_file)
        handler: Callable[[argparse.Namespace, Mapping[str, str]], int] = flags.run
        return handler(flags, os.environ)
    except UcdnTuiError as error:
        complain(f"ucdn-tui: {sanitize(str(error))}")
        return error.exit_status
    except (KeyboardInterrupt, EOFError):  # Ctrl+C or Ctrl+D at a prompt for a key
        complain("")
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


def _completion(flags: argparse.Namespace, _environ: Mapping[str, str]) -> int:
    import shtab

    print(shtab.complete(_parser(for_shell=True), flags.shell))
    return 0


def _accounts() -> "Accounts":
    from ucdn_tui.account.accounts import Accounts
    from ucdn_tui.account.config import ConfigFile
    from ucdn_tui.account.config_location import default_path
    from ucdn_tui.clock import SystemClock
    from ucdn_tui.secret import forbid_core_dumps

    forbid_core_dumps()
    gc.enable()  # the entry point disables it; the dashboard enables it with settings of its own
    return Accounts(ConfigFile(default_path()), SystemClock())


def _log_to(path: str) -> None:
    from ucdn_tui.log import log_to

    try:
        log_to(path)
    except OSError as error:
        raise UsageError(
            _("Cannot write the log file"),
            labelled(path, error.strerror or ""),
            _("Choose another path with --log-file."),
        ) from None


def _parse(arguments: Sequence[str]) -> argparse.Namespace:
    """Return the flags, with `task_id` ("": none); raises UsageError.

    argparse cannot tell a task's id from a command, so the id is taken out before. It may stand anywhere among the
    flags.
    """
    parser, arguments, task_id = _parser(), list(arguments), ""
    at = _first_word(arguments)
    # An id has digits: a word without any is a mistyped command.
    if at is not None and (not arguments[at] or any(map(str.isdigit, arguments[at]))):
        task_id = _task_id(arguments.pop(at))
        following = _first_word(arguments)
        if following is not None and following >= at:
            parser.error(_("unrecognized argument: {word}").format(word=arguments[following]))
    flags = parser.parse(arguments)
    flags.task_id = task_id
    return flags


def _first_word(arguments: Sequence[str]) -> int | None:
    """Return the index of the first argument that is neither a flag nor the value of one."""
    is_value = False
    for index, word in enumerate(arguments):
        if not is_value and not word.startswith("-"):
            return index
        is_value = not is_value and "metavar" in FLAGS.get(word, {})
    return None


def _task_id(word: str) -> str:
    """Return the word if it can be a TaskId; raises UsageError."""
    if not word or len(word) > _LONGEST_ID or not word.isprintable() or any(map(str.isspace, word)):
        shown = word if len(word) <= _LONGEST_ID else f"{word[:_LONGEST_ID]}…"
        raise UsageError(_("invalid task id {text!r} (see ucdn-tui --help)").format(text=shown))
    return word


def _parser(*, for_shell: bool = False) -> Parser:
    """Return the parser; `for_shell` says that a shell's completion is made from it."""
    parser = Parser(
        prog="ucdn-tui",
        usage=_("ucdn-tui [flags] [TASKID | COMMAND …]"),
        description=_(
            "Submit and watch UCloud CDN refresh and prefetch tasks. With the id of a\n"
            "task, up to 366 days old, the dashboard opens with that task selected."
        ),
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog=_(_EPILOG),
        allow_abbrev=False,
    )
    every = {
        "--lang": _("language: en or zh (default: that of the configuration or the system)"),
        "--log-file": _("write a log, without keys, to this file"),
    }
    parser.add_flags(
        {
            "--demo": _("watch a simulated account; needs no keys"),
            "--profile": _("watch the account of this profile"),
            "--endpoint": _("API endpoint (default: https://api.ucloud.cn)"),
            "--project-id": _("project (default: the account's default project)"),
            "--since": _("time range: 15m, 24h (default), 7d, …"),
            "--interval": _("refresh interval while tasks are active (default: 5s)"),
            "--read-only": _("submit nothing, whatever is pressed"),
            **every,
        }
    )
    parser.set_defaults(run=_dashboard)
    commands = parser.add_subparsers(prog="ucdn-tui", metavar="COMMAND", title=_("commands (default: the dashboard)"))
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
    profile = {"--profile": _("profile (default: the default profile)"), **every}
    login.add_flags(
        profile
        | {
            "--public-key": _("public key (there is no flag for the private key)"),
            "--endpoint": _("API endpoint (default: the profile's, or https://api.ucloud.cn)"),
            "--project-id": _("project (default: the profile's, or the account's default)"),
        }
    )
    logout.add_flags(profile)
    profiles.add_flags(every)
    for command, run_it in ((login, _login), (logout, _logout), (profiles, _profiles)):
        command.set_defaults(run=run_it)
    completion = commands.add_parser(
        "completion",
        help=_("print completions for a shell"),
        description=_("Print a script that completes commands and flags: eval it, or save it where the shell looks."),
        allow_abbrev=False,
    )
    completion.add_argument("shell", metavar="SHELL", choices=("bash", "zsh", "tcsh"), help="bash, zsh, tcsh")
    completion.add_flags(every)
    completion.set_defaults(run=_completion)
    scripts = script_commands(commands, every)
    if for_shell:
        for each in (parser, login, logout, profiles, completion, *scripts):
            each.complete(for_shell=True)
    return parser


_EPILOG = N_("""\
examples:
  ucdn-tui --demo                     try it without an account
  ucdn-tui                            watch your account; the first start
                                      asks for its keys and saves them
  ucdn-tui 20261129_4d8031d5          open this task
  ucdn-tui --profile work             watch the account of another profile
  ucdn-tui login --profile work       save keys from a script or over SSH
  ucdn-tui --since 7d --interval 10s  longer time range, fewer API calls
  ucdn-tui refresh --wait --file urls.txt
                                      submit URLs from a script, and wait
  ucdn-tui verify https://img.example.com/a.jpg
                                      what the edges serve, and what that
                                      proves of a refresh

environment:
  UCLOUD_PUBLIC_KEY, UCLOUD_PRIVATE_KEY
                     API keys to use instead of a profile's; set both
                     or neither (there are no flags for them)
  UCLOUD_SECURITY_TOKEN
                     token of temporary keys (STS), with these keys
  UCLOUD_PROJECT_ID, UCLOUD_API_BASE_URL
                     project and endpoint for these keys; flags override
                     them
  UCLOUD_PROFILE     same as --profile; the flag and keys in the
                     environment override it

exit status:
  0      done
  1      crash
  2      wrong usage or configuration, unknown task, or no terminal
  3      a task ended with failed URLs
  4      no usable credentials
  5      nothing was submitted; the API refused, or could not be reached
  6      an edge serves an old copy, or none could be checked (verify)
  7      some URLs were submitted, others were not
  124    time ran out (--timeout)
  128+n  ended by signal n
""")

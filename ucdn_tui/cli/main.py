"""The command line: arguments, dispatch to the commands, exit statuses."""

import argparse
import gc
import logging
import os
import signal
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, NoReturn

from ucdn_tui import __version__
from ucdn_tui.cli.output import complain
from ucdn_tui.durations import parse_interval, parse_window
from ucdn_tui.errors import UcdnTuiError, UsageError
from ucdn_tui.i18n import _
from ucdn_tui.text import sanitize

if TYPE_CHECKING:
    from _typeshed import SupportsWrite

    from ucdn_tui.account.accounts import Accounts

_LONGEST_ID = 128
"""Characters of a TaskId; the API's have about 25."""


def run(arguments: Sequence[str]) -> int:
    """Run the program with these arguments and return its exit status. Errors go to standard error."""
    logging.getLogger("ucdn_tui").addHandler(logging.NullHandler())  # without one, warnings go to standard error
    try:
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


def _submit(flags: argparse.Namespace, environ: Mapping[str, str]) -> int:
    from ucdn_tui.cli.scripts.submit import submit

    gc.enable()
    return submit(flags, environ)


def _tasks(flags: argparse.Namespace, environ: Mapping[str, str]) -> int:
    from ucdn_tui.cli.scripts.tasks import tasks

    gc.enable()
    return tasks(flags, environ)


def _wait(flags: argparse.Namespace, environ: Mapping[str, str]) -> int:
    from ucdn_tui.cli.scripts.wait import wait

    gc.enable()
    return wait(flags, environ)


def _quota(flags: argparse.Namespace, environ: Mapping[str, str]) -> int:
    from ucdn_tui.cli.scripts.quota import quota

    gc.enable()
    return quota(flags, environ)


def _completion(flags: argparse.Namespace, _environ: Mapping[str, str]) -> int:
    import shtab

    print(shtab.complete(_parser(), flags.shell))
    return 0


def _accounts() -> "Accounts":
    from ucdn_tui.account.accounts import Accounts
    from ucdn_tui.account.config import ConfigFile, default_path
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
            _("Cannot write the log file"), f"{path}: {error.strerror}.", _("Choose another path with --log-file.")
        ) from None


def _typed(parse: Callable[[str], float]) -> Callable[[str], float]:
    """Return a parser of a flag's value, whose ValueError has a sentence that argparse shows."""

    def parse_flag(text: str) -> float:
        try:
            return parse(text)
        except ValueError as error:
            raise argparse.ArgumentTypeError(str(error)) from None

    return parse_flag


_FLAGS: Final[dict[str, dict[str, Any]]] = {
    "--demo": {"action": "store_true"},
    "--profile": {"metavar": "NAME"},
    "--public-key": {"metavar": "KEY"},
    "--endpoint": {"metavar": "URL"},
    "--project-id": {"metavar": "ID"},
    "--since": {"metavar": "TIME", "type": _typed(parse_window)},
    "--interval": {"metavar": "TIME", "type": _typed(parse_interval)},
    "--read-only": {"action": "store_true"},
    "--type": {"metavar": "TYPE", "choices": ("auto", "file", "dir", "m3u8")},
    "--file": {"metavar": "PATH"},
    "--dry-run": {"action": "store_true"},
    "--yes": {"action": "store_true"},
    "--wait": {"action": "store_true"},
    "--timeout": {"metavar": "TIME", "type": _typed(parse_window)},
    "--fail-fast": {"action": "store_true"},
    "--all": {"action": "store_true"},
    "--status": {"metavar": "STATUS"},
    "--kind": {"metavar": "KIND"},
    "--filter": {"metavar": "WORDS"},
    "--watch": {"action": "store_true"},
    "--json": {"action": "store_true"},
    "--stream": {"action": "store_true"},
    "--csv": {"action": "store_true"},
    "--failed-urls": {"action": "store_true"},
    "--quiet": {"action": "store_true"},
    "--log-file": {"metavar": "PATH"},
}
"""Every flag that has a value in the namespace. All are parsed on either side of a command's name."""

_NOT_WITH_DEMO: Final = ("--profile", "--endpoint", "--project-id")
"""Flags that select an account."""


class _Parser(argparse.ArgumentParser):
    """A parser that raises UsageError instead of exiting."""

    def parse(self, arguments: Sequence[str]) -> argparse.Namespace:
        """Return the parsed arguments; flags that are not given are None. Raises UsageError for the first wrong one."""
        for word in arguments:
            if word == "--":
                break
            # Checked before argparse does: it would take the word after an unknown option for a command.
            name = word.partition("=")[0]  # not the value: it may be a key
            if name[:1] == "-" and name != "-" and not name[1].isdigit() and name not in _KNOWN:
                self.error(_("unrecognized option: {word}").format(word=name))
        flags, unknown = self.parse_known_args(arguments)
        if unknown:
            self.error(_("unrecognized argument: {word}").format(word=unknown[0]))
        given = [name for name in _FLAGS if _dest(name) in flags]
        command, known = flags.command, flags.known
        if "--demo" in given and "--demo" in known:
            command, known = "ucdn-tui --demo", known - set(_NOT_WITH_DEMO)
        for name in given:
            if name not in known:
                self.error(_("{flag} does not apply to `{command}`").format(flag=name, command=command))
        return argparse.Namespace(**(dict.fromkeys(map(_dest, _FLAGS)) | vars(flags)))

    def add_flags(self, helps: Mapping[str, str]) -> None:
        """Add all flags. Those without a help text do not apply to this command: they are hidden, and refused."""
        for name, options in _FLAGS.items():
            self.add_argument(name, default=argparse.SUPPRESS, help=helps.get(name, argparse.SUPPRESS), **options)
        self.set_defaults(command=self.prog, known=frozenset(helps))

    def error(self, message: str) -> NoReturn:
        if not message.endswith(")"):  # otherwise it ends with a hint, such as "(choose from …)"
            message = _("{problem} (see ucdn-tui --help)").format(problem=message)
        raise UsageError(message)

    def _print_message(self, message: str, file: "SupportsWrite[str] | None" = None) -> None:
        """Print help or version. argparse itself would ignore that it cannot be written."""
        print(message, end="", file=file)


_KNOWN: Final = {*_FLAGS, "-h", "--help", "--version"}


def _dest(flag: str) -> str:
    """Return the name of a flag's value in the namespace."""
    return flag[2:].replace("-", "_")


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
        is_value = not is_value and "metavar" in _FLAGS.get(word, {})
    return None


def _task_id(word: str) -> str:
    """Return the word if it can be a TaskId; raises UsageError."""
    if not word or len(word) > _LONGEST_ID or not word.isprintable() or any(map(str.isspace, word)):
        shown = word if len(word) <= _LONGEST_ID else f"{word[:_LONGEST_ID]}…"
        raise UsageError(_("invalid task id {text!r} (see ucdn-tui --help)").format(text=shown))
    return word


def _parser() -> _Parser:
    parser = _Parser(
        prog="ucdn-tui",
        usage=_("ucdn-tui [flags] [TASKID | COMMAND …]"),
        description=_(
            "Submit and watch UCloud CDN refresh and prefetch tasks. With the id of a\n"
            "task, up to 366 days old, the dashboard opens with that task selected."
        ),
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog=_EPILOG,
        allow_abbrev=False,
    )
    log_file = _("write a log, without keys, to this file")
    parser.add_flags(
        {
            "--demo": _("watch a simulated account; needs no keys"),
            "--profile": _("watch the account of this profile"),
            "--endpoint": _("API endpoint (default: https://api.ucloud.cn)"),
            "--project-id": _("project (default: the account's default project)"),
            "--since": _("time range: 15m, 24h (default), 7d, …"),
            "--interval": _("refresh interval while tasks are active (default: 5s)"),
            "--read-only": _("submit nothing, whatever is pressed"),
            "--log-file": log_file,
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
    profile = {"--profile": _("profile (default: the default profile)"), "--log-file": log_file}
    login.add_flags(
        profile
        | {
            "--public-key": _("public key (there is no flag for the private key)"),
            "--endpoint": _("API endpoint (default: the profile's, or https://api.ucloud.cn)"),
            "--project-id": _("project (default: the profile's, or the account's default)"),
        }
    )
    logout.add_flags(profile)
    profiles.add_flags({"--log-file": log_file})
    for command, run_it in ((login, _login), (logout, _logout), (profiles, _profiles)):
        command.set_defaults(run=run_it)
    for each in (parser, login, logout, profiles, *_script_commands(commands, log_file)):
        each.add_argument("--version", action="version", version=f"ucdn-tui {__version__}", help=_("show the version"))
    return parser


def _script_commands(commands: "argparse._SubParsersAction[_Parser]", log_file: str) -> list[_Parser]:
    """Add the commands for scripts; return them."""
    account = {
        "--demo": _("use a simulated account; needs no keys"),
        "--profile": _("account of this profile"),
        "--endpoint": _("API endpoint (default: https://api.ucloud.cn)"),
        "--project-id": _("project (default: the account's default project)"),
        "--log-file": log_file,
    }
    as_json = {"--json": _("write one JSON document to standard output")}
    waiting = {
        "--timeout": _("give up after this time, with status 124: 90s, 15m, …"),
        "--fail-fast": _("end once a URL has failed"),
        "--interval": _("time between two polls (default: 5s)"),
        "--quiet": _("write no progress to standard error"),
    }
    submitting = {
        "--file": _("read the URLs from this file, one a line"),
        "--dry-run": _("say what would be sent, and send nothing"),
        "--yes": _("refresh directories without asking"),
        "--wait": _("wait until the tasks have ended"),
        "--read-only": _("send nothing"),
    }
    parsers = []
    for kind in ("refresh", "prefetch"):
        types = {"--type": _("auto (default: a URL that ends in / is a directory), file, dir or m3u8")}
        parser = commands.add_parser(
            kind,
            help=_("submit URLs to refresh (purge)") if kind == "refresh" else _("submit URLs to prefetch"),
            description=_("Submit URLs; write the ids of their tasks to standard output."),
            allow_abbrev=False,
        )
        parser.add_argument("words", nargs="*", metavar="URL", help=_("URLs, or - to read them from standard input"))
        parser.add_flags({**(types if kind == "refresh" else {}), **submitting, **waiting, **as_json, **account})
        parser.set_defaults(run=_submit, kind_of_command=kind)
        parsers.append(parser)
    tasks = commands.add_parser(
        "tasks",
        help=_("list tasks, or their failed URLs"),
        description=_("List the tasks of a time range, or these ones."),
        allow_abbrev=False,
    )
    tasks.add_argument("words", nargs="*", metavar="ID", help=_("only these tasks, also older ones"))
    tasks.add_flags(
        {
            "--status": _("only tasks in this status: queued, running, success, failed, unknown"),
            "--kind": _("only refresh or prefetch"),
            "--since": _("time range: 15m, 24h (default), 7d, …"),
            "--filter": _("only tasks that this filter of the dashboard shows"),
            "--csv": _("write a table with commas"),
            "--failed-urls": _("write the failed URLs only, one a line"),
            "--watch": _("go on, and write each change until interrupted"),
            "--interval": _("time between two polls (default: 5s)"),
            **as_json,
            **account,
        }
    )
    tasks.set_defaults(run=_tasks)
    wait = commands.add_parser(
        "wait",
        help=_("wait until tasks have ended"),
        description=_("Wait until these tasks have ended; write their failed URLs to standard output."),
        allow_abbrev=False,
    )
    wait.add_argument("words", nargs="*", metavar="ID", help=_("task ids, of either kind"))
    wait.add_flags(
        {
            "--all": _("all tasks that are active now"),
            "--since": _("time range of --all (default: 24h)"),
            **waiting,
            **as_json,
            "--stream": _("write each change as a line of JSON"),
            **account,
        }
    )
    wait.set_defaults(run=_wait)
    quota = commands.add_parser(
        "quota",
        help=_("show what is left of the domains' quotas"),
        description=_("Show what is left today of each domain's quotas."),
        allow_abbrev=False,
    )
    quota.add_argument("words", nargs="*", metavar="DOMAIN", help=_("only these domains"))
    quota.add_flags({**as_json, **account})
    quota.set_defaults(run=_quota)
    completion = commands.add_parser(
        "completion",
        help=_("print completions for a shell"),
        description=_("Print a script that completes commands and flags: eval it, or save it where the shell looks."),
        allow_abbrev=False,
    )
    completion.add_argument("shell", metavar="SHELL", choices=("bash", "zsh", "tcsh"), help="bash, zsh, tcsh")
    completion.add_flags({"--log-file": log_file})
    completion.set_defaults(run=_completion)
    return [*parsers, tasks, wait, quota, completion]


_EPILOG = _("""\
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
  7      some URLs were submitted, others were not
  124    time ran out (--timeout)
  128+n  ended by signal n
""")

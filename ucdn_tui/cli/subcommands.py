"""Arguments of the commands for scripts, and which function runs each."""

import argparse
import gc
from collections.abc import Mapping

from ucdn_tui.cli.parser import Parser
from ucdn_tui.i18n import _


def script_commands(commands: "argparse._SubParsersAction[Parser]", every: Mapping[str, str]) -> list[Parser]:
    """Add the commands for scripts; return them. `every`: the help texts of flags that every command has."""
    account = {
        "--demo": _("use a simulated account; needs no keys"),
        "--profile": _("account of this profile"),
        "--endpoint": _("API endpoint (default: https://api.ucloud.cn)"),
        "--project-id": _("project (default: the account's default project)"),
        **every,
    }
    as_json = {"--json": _("write one JSON document to standard output")}
    waiting = {
        "--timeout": _("give up after this time, with status 124: 90s, 15m, …"),
        "--fail-fast": _("end once a URL has failed"),
        "--interval": _("time between two polls (default: 5s)"),
        "--quiet": _("write no progress to standard error"),
    }
    verifying = {
        "--allow-private": _("ask edges at addresses that are not public, too"),
        "--resolve": _("ask the host's edges at these addresses: HOST=ADDRESS,ADDRESS…"),
    }
    waiting_and_verifying = {
        **waiting,
        "--verify": _("wait, then check what the edges serve; status 6 if it is old"),
        **verifying,
    }
    submitting = {
        "--type": _("auto (default: a URL that ends in / is a directory), file, dir or m3u8"),
        "--file": _("read the URLs from this file, one a line"),
        "--dry-run": _("say what would be sent, and send nothing"),
        "--yes": _("refresh directories without asking"),
        "--wait": _("wait until the tasks have ended"),
        "--read-only": _("send nothing"),
    }
    parsers = []
    for kind in ("refresh", "prefetch"):
        parser = commands.add_parser(
            kind,
            help=_("submit URLs to refresh (purge)") if kind == "refresh" else _("submit URLs to prefetch"),
            description=_("Submit URLs; write the ids of their tasks to standard output."),
            allow_abbrev=False,
        )
        parser.add_argument("words", nargs="*", metavar="URL", help=_("URLs, or - to read them from standard input"))
        flags = {**submitting, **waiting_and_verifying, **as_json, **account}
        if kind == "prefetch":
            del flags["--type"], flags["--yes"]  # it has no types, and so no directories
        parser.add_flags(flags)
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
            **waiting_and_verifying,
            **as_json,
            "--stream": _("write each change as a line of JSON"),
            **account,
        }
    )
    wait.set_defaults(run=_wait)
    verify = commands.add_parser(
        "verify",
        help=_("check what the edges serve after a refresh or prefetch"),
        description=_("Ask each address of the URLs' hosts what it serves, and say what that proves of a task."),
        allow_abbrev=False,
    )
    verify.add_argument("words", nargs="*", metavar="URL", help=_("URLs, or - to read them from standard input"))
    verify.add_flags(
        {
            "--file": _("read the URLs from this file, one a line"),
            "--task": _("URLs of this task instead, at most 10, failed ones first; may be repeated"),
            "--all-urls": _("all URLs of these tasks"),
            "--since": _("look for the URLs' tasks in this time range (default: 24h)"),
            "--no-task": _("look for no tasks: only say what the edges hold"),
            "--origin": _("compare each URL with its origin, with one request"),
            "--head": _("send HEAD instead of GET"),
            **verifying,
            "--timeout": _("check again until nothing is old, or until this time is over"),
            "--interval": _("time between two rounds (default: 10s)"),
            "--quiet": waiting["--quiet"],
            **as_json,
            **account,
        }
    )
    verify.set_defaults(run=_verify)
    quota = commands.add_parser(
        "quota",
        help=_("show what is left of the domains' quotas"),
        description=_("Show what is left today of each domain's quotas."),
        allow_abbrev=False,
    )
    quota.add_argument("words", nargs="*", metavar="DOMAIN", help=_("only these domains"))
    quota.add_flags({**as_json, **account})
    quota.set_defaults(run=_quota)
    return [*parsers, tasks, wait, verify, quota]


# Each imports its command, so that --help imports none of them.


def _submit(flags: argparse.Namespace, environ: Mapping[str, str]) -> int:
    from ucdn_tui.cli.scripts.submit import submit

    _import_client()
    return submit(flags, environ)


def _tasks(flags: argparse.Namespace, environ: Mapping[str, str]) -> int:
    from ucdn_tui.cli.scripts.tasks import tasks

    _import_client()
    return tasks(flags, environ)


def _wait(flags: argparse.Namespace, environ: Mapping[str, str]) -> int:
    from ucdn_tui.cli.scripts.wait import wait

    _import_client()
    return wait(flags, environ)


def _verify(flags: argparse.Namespace, environ: Mapping[str, str]) -> int:
    from ucdn_tui.cli.scripts.verify import verify

    gc.enable()
    return verify(flags, environ)


def _quota(flags: argparse.Namespace, environ: Mapping[str, str]) -> int:
    from ucdn_tui.cli.scripts.quota import quota

    _import_client()
    return quota(flags, environ)


def _import_client() -> None:
    """Import what every command needs, then enable garbage collection, which the entry point disables for imports."""
    import ucdn_tui.api.client  # noqa: F401 - otherwise LazyClient imports it later, with collections

    gc.freeze()
    gc.enable()

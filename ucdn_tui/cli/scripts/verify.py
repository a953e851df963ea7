"""`ucdn-tui verify`: ask the edges what they serve, and say what that proves of the URLs' tasks."""

import argparse
from collections.abc import Mapping, Sequence

from ucdn_tui.account.connection import Connection
from ucdn_tui.api.lazy import LazyClient
from ucdn_tui.cli.connect import known_types, no_credentials, select
from ucdn_tui.cli.scripts.edge.connect import edge_session
from ucdn_tui.cli.scripts.edge.report import table
from ucdn_tui.cli.scripts.edge.verifying import Verifying, sampled
from ucdn_tui.cli.scripts.github import annotate
from ucdn_tui.cli.scripts.result import Output, Result, run_command
from ucdn_tui.cli.scripts.tasks import load
from ucdn_tui.cli.scripts.url_text import url_text
from ucdn_tui.cli.scripts.waiting import IDS_WINDOW
from ucdn_tui.clock import Clock, SystemClock
from ucdn_tui.duration_words import whole_duration
from ucdn_tui.edge.models import Subject
from ucdn_tui.edge.session import RECHECK, host_of
from ucdn_tui.edge.subjects import find_purges, newness, subjects_of
from ucdn_tui.errors import UcdnTuiError, UsageError
from ucdn_tui.i18n import _, ngettext
from ucdn_tui.sentences import listed
from ucdn_tui.text import sanitize
from ucdn_tui.watch.poll.settings import DEFAULT_WINDOW
from ucdn_tui.watch.session import WatchSession

_MOST_NAMED = 5
"""URLs without a task that are named."""


def verify(flags: argparse.Namespace, environ: Mapping[str, str]) -> int:
    """Run the command; return its exit status. Raises UsageError for neither URLs nor tasks, or both."""
    if flags.task and (flags.words or flags.file or flags.no_task):
        raise UsageError(_("name URLs or --task, not both; --no-task is for URLs"))
    output = Output("verify", bool(flags.json), bool(flags.quiet))

    async def main(result: Result) -> None:
        result.checks = []
        clock = SystemClock()
        began = clock.elapsed()
        urls = [] if flags.task else _urls(url_text(flags.words, flags.file))
        accounts, connection = select(clock, flags, environ)
        if connection is None and flags.task:
            raise no_credentials()
        client = accounts.client(connection) if connection is not None else None
        # Without tasks the API is of use only for the origin's address.
        session = edge_session(clock, flags, connection, client if flags.origin or not flags.no_task else None)
        try:
            if connection is None or client is None or flags.no_task:
                subjects: Sequence[Subject] = [Subject(url) for url in urls]
            elif flags.task:
                subjects = await _of_tasks(client, clock, flags, result, output)
            else:
                subjects = await _with_tasks(urls, client, clock, flags, connection, output)
            if not subjects:
                result.message = result.message or _("There is nothing to verify.")
                return
            verifying = Verifying(
                session,
                clock,
                result,
                output,
                until=began + flags.timeout if flags.timeout else None,
                every=flags.interval or RECHECK,
                with_origin=bool(flags.origin),
            )
            await verifying.verify(subjects)
            for line in verifying.remarks:
                output.note(line)
        finally:
            annotate(result, environ)
            await session.aclose()
            if client is not None:
                await client.aclose()

    return run_command(main, output, lambda result: table(result.checks or ()))


def _urls(text: str) -> list[str]:
    """Return the URLs of a text, each once; raises UsageError for a line that cannot be checked."""
    found = []
    for number, line in enumerate(text.removeprefix("\ufeff").splitlines(), 1):
        url = line.strip()
        if not url or url.startswith("#"):
            continue
        if not host_of(url):  # not shown: it may have a password
            words = _("line {line} is no URL that can be verified (see ucdn-tui verify --help)")
            raise UsageError(words.format(line=number))
        found.append(url)
    return list(dict.fromkeys(found))


async def _of_tasks(
    client: LazyClient, clock: Clock, flags: argparse.Namespace, result: Result, output: Output
) -> Sequence[Subject]:
    """Return the URLs of the tasks with these ids; fills in the result if one is unknown."""
    async with WatchSession(client, clock, window=IDS_WINDOW) as watching:
        watching.know_types(await known_types(client, clock, flags))
        missing = await load(watching, flags.task)
        if missing:
            result.end_unknown(missing)
            return []
        tasks = [task for task in watching.store if task.task_id in flags.task]
        result.tasks = [(task, watching.store.urls(task.key)) for task in tasks]
    return sampled(subjects_of(result.tasks), output, every=bool(flags.all_urls))


async def _with_tasks(
    urls: Sequence[str],
    client: LazyClient,
    clock: Clock,
    flags: argparse.Namespace,
    connection: Connection,
    output: Output,
) -> Sequence[Subject]:
    """Return the URLs, each with the newest task of the time range that has it; say which have none."""
    window = flags.since or connection.window or DEFAULT_WINDOW
    try:
        async with WatchSession(client, clock, window=window) as watching:
            watching.know_types(await known_types(client, clock, flags))
            await load(watching)
            store = watching.store
            newest_first = sorted(store, key=newness, reverse=True)
            subjects = find_purges(urls, ((task, store.urls(task.key)) for task in newest_first))
    except UcdnTuiError:
        output.note(_("The URLs' tasks cannot be looked up. --no-task verifies without."))
        raise
    without = [each.url for each in subjects if each.purge is None]
    if without:
        words = ngettext(
            "No task of the last {time} has {urls}: there is nothing to compare its copies with.",
            "No task of the last {time} has {urls}: there is nothing to compare their copies with.",
            len(without),
        )
        named = [sanitize(url, 200) for url in without[:_MOST_NAMED]]
        shown = listed(named) + (" …" if len(without) > _MOST_NAMED else "")
        output.note(words.format(time=whole_duration(window), urls=shown))
    return subjects

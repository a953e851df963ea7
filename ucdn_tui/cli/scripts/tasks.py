"""`ucdn-tui tasks`: list tasks, or their failed URLs."""

import argparse
from collections.abc import Iterable, Mapping, Sequence

from ucdn_tui import export
from ucdn_tui.api.models import Task, TaskKey, TaskKind
from ucdn_tui.cli.connect import client_for
from ucdn_tui.cli.output import complain
from ucdn_tui.cli.scripts.progress import running_seconds, status_words
from ucdn_tui.cli.scripts.result import Output, Result, run_command, stream_line
from ucdn_tui.cli.table import aligned
from ucdn_tui.clock import Clock, SystemClock
from ucdn_tui.duration_words import short_duration
from ucdn_tui.errors import UsageError
from ucdn_tui.export.json_documents import iso_time
from ucdn_tui.i18n import _
from ucdn_tui.text import sanitize
from ucdn_tui.watch.listing.filter import Criteria, FilterContext, parse_words
from ucdn_tui.watch.listing.names import kind_word
from ucdn_tui.watch.poll.settings import DEFAULT_INTERVAL, DEFAULT_WINDOW
from ucdn_tui.watch.session import WatchSession


def tasks(flags: argparse.Namespace, environ: Mapping[str, str]) -> int:
    """Run the command; return its exit status. Raises UsageError for flags that exclude each other."""
    forms = sum(map(bool, (flags.json, flags.csv, flags.failed_urls)))
    if forms > 1 or (flags.watch and (flags.csv or flags.failed_urls)):
        raise UsageError(_("choose one of --json, --csv and --failed-urls; with --watch only --json"))
    output = Output("tasks", bool(flags.json) and not flags.watch)  # --watch writes a line for each change
    clock = SystemClock()

    async def main(result: Result) -> None:
        criteria = _criteria(flags)
        client, connection = client_for(clock, flags, environ)
        try:
            window = flags.since or connection.window or DEFAULT_WINDOW
            interval = flags.interval or connection.interval or DEFAULT_INTERVAL
            async with WatchSession(client, clock, interval=interval, window=window) as session:
                if flags.watch:
                    await _watch(session, clock, flags.words, criteria, as_json=bool(flags.json))
                else:
                    await _load(session, flags.words, criteria, result)
        finally:
            await client.aclose()

    def lines(result: Result) -> Iterable[str]:
        if flags.failed_urls:
            return result.failed_urls
        if flags.csv:
            return export.tasks_csv(task for task, _urls in result.tasks).splitlines()
        return [] if flags.watch else _table([task for task, _urls in result.tasks], clock.server_now())

    return run_command(main, output, lines)


def _criteria(flags: argparse.Namespace) -> Criteria:
    """Return the filter of --filter, --status and --kind; raises UsageError for what it does not know."""
    fields = [("status", flags.status), ("kind", flags.kind)]
    words = [f"{name}:{value}" for name, value in fields if value] + ([flags.filter] if flags.filter else [])
    criteria = Criteria(parse_words(" ".join(words)))
    if unknown := criteria.unknown:
        shown = sanitize(f"{unknown[0].field}:{unknown[0].text}", 60)
        raise UsageError(_("unknown filter {word} (see docs/keys.md#the-filter)").format(word=shown))
    return criteria


async def load(session: WatchSession, ids: Sequence[str] = ()) -> list[str]:
    """Load the time range, and these ids; return those that are unknown. Raises the error of the first fault."""
    for task_id in ids:
        session.look_up(task_id)
    async for update in session:
        problems = update.freshness.problems
        if error := update.auth_error or (problems[0].error if problems else None):
            raise error
        missing = [each for each in ids if not any(TaskKey(kind, each) in session.store for kind in TaskKind)]
        if not update.freshness.loading and all(session.is_unknown(each) for each in missing):
            return missing
    raise RuntimeError("the session ended")


async def _load(session: WatchSession, ids: Sequence[str], criteria: Criteria, result: Result) -> None:
    """Load the time range, and these ids; fill in the result."""
    missing, store = await load(session, ids), session.store
    context = FilterContext(url_text=store.url_text, is_stuck=lambda task: session.stuck_for(task) is not None)
    found = [task for task in store if (not ids or task.task_id in ids) and criteria.shows_task(task, context)]
    found.sort(key=lambda task: (task.created or 0, task.key), reverse=True)
    result.tasks = [(task, store.urls(task.key)) for task in found]
    if missing:
        result.end_unknown(missing)
    elif not found:
        result.message = _("No such tasks.") if criteria else _("No tasks in this time range.")


async def _watch(session: WatchSession, clock: Clock, ids: Sequence[str], criteria: Criteria, *, as_json: bool) -> None:
    """Write a line for each new or changed task, until the command is ended."""
    store, problem = session.store, ""
    for task_id in ids:
        session.look_up(task_id)
    context = FilterContext(url_text=store.url_text, is_stuck=lambda task: session.stuck_for(task) is not None)
    async for update in session:
        if update.auth_error is not None:
            raise update.auth_error
        now = str(update.freshness.problems[0].error or "") if update.freshness.problems else ""
        if now and now != problem:
            complain(sanitize(now))
        problem = now
        for task in update.changes.current if update.changes else ():
            if (not ids or task.task_id in ids) and criteria.shows_task(task, context):
                row = "  ".join(_row(task, clock.server_now()))
                print(stream_line("tasks", task, store.urls(task.key)) if as_json else row, flush=True)


def _row(task: Task, now: float) -> list[str]:
    more = f" +{task.urls - 1}" if task.urls > 1 else ""
    return [
        status_words(task),
        f"{task.succeeded}/{task.urls}",
        short_duration(running_seconds(task, now)),
        kind_word(task.kind),
        sanitize(task.type, 10) or "-",
        iso_time(task.created) or "-",
        sanitize(task.task_id, 60) or "-",
        sanitize(task.first_url, 300) + more,
    ]


def _table(found: Sequence[Task], now: float) -> list[str]:
    if not found:
        return []
    titles = [_("STATUS"), _("URLS"), _("TIME"), _("KIND"), _("TYPE"), _("CREATED"), _("TASK"), _("URL")]
    rows = [titles, *(_row(task, now) for task in found)]
    return aligned(rows)

"""`ucdn-tui wait`: wait until tasks have ended."""

import argparse
from collections.abc import Mapping

from ucdn_tui.cli.connect import client_for, known_types
from ucdn_tui.cli.scripts.github import annotate
from ucdn_tui.cli.scripts.progress import Progress
from ucdn_tui.cli.scripts.result import Output, Result, run_command, stream_check
from ucdn_tui.cli.scripts.waiting import IDS_WINDOW, Waiting
from ucdn_tui.clock import SystemClock
from ucdn_tui.errors import UsageError
from ucdn_tui.i18n import _
from ucdn_tui.watch.poll.settings import DEFAULT_INTERVAL, DEFAULT_WINDOW
from ucdn_tui.watch.session import WatchSession


def wait(flags: argparse.Namespace, environ: Mapping[str, str]) -> int:
    """Run the command; return its exit status. Raises UsageError for neither ids nor --all, or both."""
    if bool(flags.words) == bool(flags.all):
        raise UsageError(_("name task ids, or --all (see ucdn-tui wait --help)"))
    output = Output("wait", bool(flags.json) and not flags.stream, bool(flags.quiet))

    async def main(result: Result) -> None:
        clock = SystemClock()
        client, connection = client_for(clock, flags, environ)
        edges = None
        try:
            if flags.verify:
                from ucdn_tui.cli.scripts.edge.connect import edge_session

                edges = edge_session(clock, flags, connection, client)
            began = clock.elapsed()
            session = WatchSession(
                client,
                clock,
                interval=flags.interval or connection.interval or DEFAULT_INTERVAL,
                window=flags.since or (DEFAULT_WINDOW if flags.all else IDS_WINDOW),
            )
            async with session:
                if flags.verify:
                    session.know_types(await known_types(client, clock, flags))
                progress = Progress(session.time_remaining, environ, quiet=bool(flags.quiet))
                waiting = Waiting(
                    session,
                    clock,
                    result,
                    progress,
                    timeout=flags.timeout,
                    fail_fast=bool(flags.fail_fast),
                    stream=bool(flags.stream),
                )
                await (waiting.for_all_active() if flags.all else waiting.for_ids(flags.words))
            if edges is not None:
                from ucdn_tui.cli.scripts.edge.verifying import verify_tasks

                await verify_tasks(edges, clock, result, output, flags, began)
                for check in (result.checks or ()) if flags.stream else ():
                    print(stream_check("wait", check), flush=True)
        finally:
            if edges is not None:
                await edges.aclose()
            await client.aclose()
            annotate(result, environ)

    return run_command(main, output, lambda result: () if flags.stream else [*result.failed_urls, *result.old_urls])

"""`ucdn-tui refresh` and `ucdn-tui prefetch`: submit URLs, and wait for their tasks if wanted."""

import argparse
import asyncio
from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Final

from ucdn_tui.api.lazy import LazyClient
from ucdn_tui.api.models import TaskKind
from ucdn_tui.cli.connect import client_for, journal_path
from ucdn_tui.cli.output import complain
from ucdn_tui.cli.scripts.github import annotate
from ucdn_tui.cli.scripts.plan_check import may_be_sent
from ucdn_tui.cli.scripts.progress import Progress
from ucdn_tui.cli.scripts.result import Outcome, Output, Result, run_command
from ucdn_tui.cli.scripts.url_text import url_text
from ucdn_tui.cli.scripts.waiting import JUST_SUBMITTED, Waiting
from ucdn_tui.clock import Clock, SystemClock
from ucdn_tui.duration_words import whole_duration
from ucdn_tui.errors import ExitStatus, UcdnTuiError
from ucdn_tui.i18n import _
from ucdn_tui.sentences import noted
from ucdn_tui.submit.journal import JournalBusyError, JournalError
from ucdn_tui.submit.models import Plan, UrlType
from ucdn_tui.submit.plan import make_plan
from ucdn_tui.submit.records import DOUBTFUL, CallState, Submission
from ucdn_tui.submit.session import SubmitSession
from ucdn_tui.submit.submitter import Progress as SubmitProgress
from ucdn_tui.submit.submitter import Submitter
from ucdn_tui.submit.words import (
    outcome_words,
    state_words,
    type_words,
)
from ucdn_tui.text import sanitize
from ucdn_tui.watch.poll.settings import DEFAULT_INTERVAL
from ucdn_tui.watch.session import WatchSession

if TYPE_CHECKING:
    from ucdn_tui.edge.session import EdgeSession

_LONGEST_TURN: Final = 60.0
"""Seconds to wait while another instance submits."""

_LOOK_AGAIN: Final = 0.5
"""Seconds between two looks whether it still does."""

_WINDOW: Final = 600.0
"""Seconds of the time range while the submitted tasks are watched."""


def submit(flags: argparse.Namespace, environ: Mapping[str, str]) -> int:
    """Run the command; return its exit status."""
    kind = TaskKind(flags.kind_of_command)
    output = Output(kind.value, bool(flags.json), bool(flags.quiet))

    async def main(result: Result) -> None:
        text = url_text(flags.words, flags.file)
        clock = SystemClock()
        client, connection = client_for(clock, flags, environ)
        edges = None
        try:
            if flags.verify:  # before anything is sent, as a flag may be wrong
                from ucdn_tui.cli.scripts.edge.connect import edge_session

                edges = edge_session(clock, flags, connection, client)
            if connection.read_only and not flags.dry_run:
                result.end(Outcome.NOTHING_SENT, _("Read-only: nothing was sent."))
                return
            session = SubmitSession(client, clock, journal_path(flags))
            if not flags.dry_run:
                await _report_earlier(session)
            seen = await session.seen()
            known = await session.known(kind, {})
            plan = make_plan(text, kind, UrlType(flags.type) if flags.type not in (None, "auto") else None, known)
            if not await may_be_sent(session, plan, known, flags, result, output):
                return
            said: dict[int, CallState] = {}

            def progressed(progress: SubmitProgress) -> None:
                result.calls = progress.submission.calls
                _say_progress(progress, said, output)

            submitter = await session.submitter(progressed)
            try:
                submission = await _send(submitter, plan, seen, clock, result, output)
            except JournalError as error:
                is_partly = any(call.state in (CallState.ACCEPTED, *DOUBTFUL) for call in result.calls)
                result.end(Outcome.PARTLY_SENT if is_partly else Outcome.NOTHING_SENT, str(error))
                return
            _fill_in(result, submission, submitter.error)
            ids = [call.task_id for call in submission.in_state(CallState.ACCEPTED) if call.task_id]
            if (flags.wait or flags.verify) and ids:
                try:
                    await _wait_and_verify(client, edges, clock, ids, flags, environ, result, output)
                finally:
                    annotate(result, environ)
        finally:
            if edges is not None:
                await edges.aclose()
            await client.aclose()

    def lines(result: Result) -> list[str]:
        if flags.dry_run:
            return list(result.plan["urls"]) if result.plan is not None and result.outcome is Outcome.DONE else []
        if flags.wait or flags.verify:
            return [*result.failed_urls, *result.old_urls]
        return [call.task_id for call in result.calls if call.state is CallState.ACCEPTED and call.task_id]

    return run_command(main, output, lines)


async def _wait_and_verify(
    client: LazyClient,
    edges: "EdgeSession | None",
    clock: Clock,
    ids: Sequence[str],
    flags: argparse.Namespace,
    environ: Mapping[str, str],
    result: Result,
    output: Output,
) -> None:
    """Wait for the submitted tasks, and verify their URLs if there are `edges`."""
    began = clock.elapsed()
    await _wait(client, clock, ids, flags, environ, result)
    if edges is not None:
        from ucdn_tui.cli.scripts.edge.verifying import verify_tasks

        await verify_tasks(edges, clock, result, output, flags, began)


async def _send(
    submitter: Submitter, plan: Plan, seen: Collection[str], clock: Clock, result: Result, output: Output
) -> Submission:
    """Make the calls once no other instance submits; return what became of each. Raises JournalError.

    Two jobs of a pipeline may well come at the same time.
    """
    began, is_waiting = clock.elapsed(), False
    while True:
        running = asyncio.ensure_future(submitter.run(plan.batches, seen=seen))
        try:
            return await asyncio.shield(running)
        except asyncio.CancelledError:  # the running call comes to its end: its answer tells what was sent
            submitter.stop()
            words = _("Interrupted. {outcome} Tasks that were submitted go on.")
            result.message = words.format(outcome=outcome_words(await running))
            raise
        except JournalBusyError:
            if clock.elapsed() - began >= _LONGEST_TURN:
                raise
        if not is_waiting:
            is_waiting = True
            words = _("Another ucdn-tui is submitting; waiting up to {time} for it.")
            output.note(words.format(time=whole_duration(_LONGEST_TURN)))
        await clock.sleep(_LOOK_AGAIN)


async def _wait(
    client: LazyClient,
    clock: Clock,
    ids: Sequence[str],
    flags: argparse.Namespace,
    environ: Mapping[str, str],
    result: Result,
) -> None:
    """Wait for the submitted tasks. What was not sent counts more than how they end."""
    before, message = result.outcome, result.message
    result.end(Outcome.DONE)
    async with WatchSession(client, clock, interval=flags.interval or DEFAULT_INTERVAL, window=_WINDOW) as watching:
        watching.know_types({call.task_id: call.batch.type for call in result.calls if call.batch.type})
        progress = Progress(watching.time_remaining, environ, quiet=bool(flags.quiet))
        waiting = Waiting(
            watching,
            clock,
            result,
            progress,
            timeout=flags.timeout,
            fail_fast=bool(flags.fail_fast),
            grace=JUST_SUBMITTED,
        )
        try:
            await waiting.for_ids(ids)
        except UcdnTuiError:
            if before is Outcome.DONE:
                raise
    if result.outcome is Outcome.UNKNOWN_ID:  # accepted, but not listed: no wrong usage
        result.end(Outcome.VANISHED, result.message)
    if before is not Outcome.DONE:
        result.end(before, message)
    elif any(call.state is CallState.ACCEPTED and not call.task_id for call in result.calls):
        result.end(Outcome.PARTLY_SENT, _("A task without an id was submitted, and not waited for."))


async def _report_earlier(session: SubmitSession) -> None:
    """Say what became of calls without an outcome, also with --quiet: nothing else will."""
    for earlier in await session.resolve():
        words = _("What became of an earlier submission: {outcome}")
        complain(sanitize(words.format(outcome=outcome_words(earlier.submission))))


def _say_progress(progress: SubmitProgress, said: dict[int, CallState], output: Output) -> None:
    """Write a line for each call whose state has changed, also for one that is tried again."""
    for number, call in enumerate(progress.submission.calls):
        is_new = call.state is CallState.NOT_SENT and not call.reason
        if is_new or call.state is CallState.SENDING or said.get(number) is call.state:
            continue
        said[number] = call.state
        count = type_words(call.batch.type, len(call.batch.urls))
        state = state_words(call.state)
        state = noted(state, call.reason) if call.reason else f"{state} {call.task_id}".rstrip()
        output.note(f"{count}  {call.batch.host}  {state}")


def _fill_in(result: Result, submission: Submission, error: UcdnTuiError | None) -> None:
    """Fill in the result of the calls. error: what the last call without success failed with."""
    result.calls = submission.calls
    accepted = submission.in_state(CallState.ACCEPTED)
    if len(accepted) == len(submission.calls):
        return
    is_partly = bool(accepted or submission.in_state(*DOUBTFUL))
    reasons = [call.reason for call in submission.calls if call.reason and call.state is not CallState.ACCEPTED]
    words = outcome_words(submission)
    message = noted(words, reasons[0]) if reasons else words
    are_keys_wrong = error is not None and error.exit_status == ExitStatus.NO_CREDENTIALS
    nothing = Outcome.NO_CREDENTIALS if are_keys_wrong else Outcome.NOTHING_SENT
    result.end(Outcome.PARTLY_SENT if is_partly else nothing, message)

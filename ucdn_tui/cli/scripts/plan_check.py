"""What is said of a plan before it is submitted, and whether it may be."""

import argparse
import sys
from collections.abc import Sequence
from typing import Any, Final

from ucdn_tui import daemon_thread
from ucdn_tui.cli.output import has_terminal
from ucdn_tui.cli.scripts.result import Outcome, Output, Result
from ucdn_tui.errors import ExitStatus
from ucdn_tui.i18n import _, ngettext
from ucdn_tui.submit import quota
from ucdn_tui.submit.models import HARMLESS, Known, Plan, UrlType
from ucdn_tui.submit.session import SubmitSession, hosts
from ucdn_tui.submit.words import (
    concern_words,
    directory_words,
    excess_words,
    reason_words,
    type_words,
)
from ucdn_tui.text import replace_surrogates, sanitize

_MOST_NAMED: Final = 20
"""Lines that are named on standard error."""


async def may_be_sent(
    session: SubmitSession, plan: Plan, known: Known, flags: argparse.Namespace, result: Result, output: Output
) -> bool:
    """Say what the plan is; return whether it may be sent. Fills in the result if not."""
    if (error := session.domains.error) is not None and error.exit_status == ExitStatus.NO_CREDENTIALS:
        raise error
    needs = quota.needs(plan, await session.domains.quotas(hosts(plan)) if known.domains else {})
    result.plan = _plan_document(plan, needs)
    for each in plan.dropped[:_MOST_NAMED]:
        output.note(
            _("line {line} {reason}: {text}").format(
                line=each.line, reason=reason_words(each.reason), text=sanitize(each.text, 200)
            )
        )
    for warned in plan.warned[:_MOST_NAMED]:
        output.note(_("line {line}: {concern}").format(line=warned.entry.line, concern=concern_words(warned)))
    for entry in plan.directories:
        if entry.is_whole_domain:
            output.note(
                _("line {line}: the whole domain {host}").format(line=entry.line, host=sanitize(entry.host, 80))
            )
    invalid = [each for each in plan.dropped if each.reason not in HARMLESS]
    excess = quota.too_many(needs)
    if invalid:
        words = ngettext(
            "Nothing was sent: {count} invalid URL.", "Nothing was sent: {count} invalid URLs.", len(invalid)
        )
        result.end(Outcome.NOTHING_SENT, words.format(count=len(invalid)))
    elif not plan.accepted:  # a list without lines: there is nothing to do
        result.message = _("Nothing was sent: there are no URLs.")
        return False
    elif excess:
        result.end(Outcome.NOTHING_SENT, excess_words(excess[0]))
    elif flags.dry_run:
        words = ngettext(
            "{urls} in {calls} call; nothing was sent.", "{urls} in {calls} calls; nothing was sent.", len(plan.batches)
        )
        result.message = words.format(urls=type_words(UrlType.NONE, len(plan.accepted)), calls=len(plan.batches))
        return False
    elif plan.directories and not flags.yes and not await _confirmed(plan):
        result.end(
            Outcome.NOTHING_SENT,
            _("Nothing was sent: directories have to be confirmed, with --yes where nobody can be asked."),
        )
    return result.outcome is Outcome.DONE


async def _confirmed(plan: Plan) -> bool:
    """Ask whether the directories may be refreshed; False where nobody can be asked."""
    if not has_terminal():
        return False
    sys.stderr.write(directory_words(plan) + "\n[y/N] ")
    sys.stderr.flush()
    answer = await daemon_thread.run(sys.stdin.readline, "answer")
    return answer.strip().lower() in ("y", "yes")


def _plan_document(plan: Plan, needs: Sequence[quota.Need]) -> dict[str, Any]:
    return {
        "urls": [replace_surrogates(entry.url) for entry in plan.accepted],
        "calls": len(plan.batches),
        "dropped": [
            {"line": each.line, "text": replace_surrogates(each.text), "reason": each.reason.value}
            for each in plan.dropped
        ],
        "warnings": [{"line": each.entry.line, "concern": each.concern.value} for each in plan.warned],
        "quota": [
            {
                "domain": need.host,
                "kind": need.kind.value if need.kind else None,
                "needed": need.needed,
                "left": need.left,
            }
            for need in needs
        ],
    }

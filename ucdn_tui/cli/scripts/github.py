"""GitHub Actions: annotations, and the step summary."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from ucdn_tui.api.models import Phase, Status
from ucdn_tui.cli.output import complain
from ucdn_tui.cli.scripts.progress import status_words
from ucdn_tui.cli.scripts.result import Result, without_commands
from ucdn_tui.edge.words import claim_label
from ucdn_tui.i18n import _
from ucdn_tui.sentences import labelled
from ucdn_tui.text import replace_surrogates, sanitize
from ucdn_tui.watch.listing.names import kind_word

_MAX_ANNOTATIONS: Final = 10
"""Annotations of a step that GitHub shows."""

_MAX_SUMMARY: Final = 100
"""Failed URLs of a task in the step summary."""


def annotate(result: Result, environ: Mapping[str, str]) -> None:
    """In GitHub Actions: write annotations for tasks and for what is old at the edge, and all into the step summary."""
    if environ.get("GITHUB_ACTIONS") != "true":
        return
    rows: list[tuple[str, ...]] = []
    for number, (task, urls) in enumerate(result.tasks):
        failed = [url.url for url in urls if url.status == Status.FAILURE]
        level = "error" if failed else "notice" if task.phase is Phase.SETTLED else "warning"
        title = _escaped(f"{kind_word(task.kind)} {task.task_id}", in_property=True)
        if number < _MAX_ANNOTATIONS:
            words = without_commands(labelled(status_words(task), sanitize(task.first_url, 200)))
            complain(f"::{level} title={title}::{_escaped(words)}")
        rows.append((kind_word(task.kind), _code(task.task_id), status_words(task), f"{task.succeeded}/{task.urls}"))
        rows += [("", "", "", _code(url)) for url in failed[:_MAX_SUMMARY]]
        if (more := len(failed) - _MAX_SUMMARY) > 0:
            rows.append(("", "", "", _("… {count} more").format(count=more)))
    rows += _annotate_old(result)
    path = environ.get("GITHUB_STEP_SUMMARY")
    if path and rows:
        head = [(_("kind"), _("task"), _("status"), _("URLs")), ("---",) * 4]
        lines = [f"| {' | '.join(row)} |" for row in (*head, *rows)]
        problem = _("Cannot write the step summary ({why})")
        if Path(path).exists() and not Path(path).is_file():  # writing to a pipe could wait without end
            complain(problem.format(why=_("Not a regular file")))
            return
        try:
            with open(path, "a", encoding="utf-8") as file:
                file.write("\n".join(lines) + "\n\n")
        except OSError as error:
            complain(problem.format(why=error.strerror))


def _annotate_old(result: Result) -> list[tuple[str, ...]]:
    """Write an annotation for each URL that is old at an edge (at most 10); return rows for the step summary."""
    old = [check for check in result.checks or () if check.verdict.claim.is_old]
    for url in result.old_urls[:_MAX_ANNOTATIONS]:
        its = [check for check in old if check.subject.url == url]
        words = without_commands(labelled(claim_label(its[0].verdict.claim), sanitize(url, 200)))
        title = _escaped(f"verify {', '.join(check.probe.address for check in its)}", in_property=True)
        complain(f"::error title={title}::{_escaped(words)}")
    rows: list[tuple[str, ...]] = []
    for check in old[:_MAX_SUMMARY]:
        task_id = check.subject.purge.task_id if check.subject.purge is not None else ""
        where = _code(f"{check.probe.address} {check.subject.url}")
        rows.append(("verify", _code(task_id), claim_label(check.verdict.claim), where))
    if (more := len(old) - _MAX_SUMMARY) > 0:
        rows.append(("", "", "", _("… {count} more").format(count=more)))
    return rows


def _escaped(text: str, *, in_property: bool = False) -> str:
    text = sanitize(text, 1000).replace("%", "%25")  # line breaks are visible escapes by now
    return text.replace(":", "%3A").replace(",", "%2C") if in_property else text


def _code(text: str) -> str:
    """Return a text as code in a cell of a Markdown table: nothing in it is markup."""
    shown = replace_surrogates(sanitize(text, 500)).replace("`", "'").replace("|", "\\|")
    return f"`{shown}`" if shown else ""

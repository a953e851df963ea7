"""Result: what a command did, as text for people, as one JSON document for scripts, and as an exit status."""

import asyncio
import json
import logging
import signal
import sys
from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

from msgspec import Struct, field

from ucdn_tui.api.models import IpLocation, Status, Task, UrlProgress
from ucdn_tui.cli.output import complain
from ucdn_tui.edge.documents import check_document
from ucdn_tui.edge.models import Check
from ucdn_tui.errors import ExitStatus, InternalError, UcdnTuiError
from ucdn_tui.export.json_documents import json_text, task_document
from ucdn_tui.i18n import _, ngettext
from ucdn_tui.sentences import listed
from ucdn_tui.text import masked, replace_surrogates, sanitize

if TYPE_CHECKING:  # only submitting needs it
    from ucdn_tui.submit.records import Call

log = logging.getLogger(__name__)

SCHEMA: Final = 1
"""Version of the JSON document; see docs/schema.json."""


class Outcome(StrEnum):
    """What became of a command, in a word. Never translated."""

    DONE = "done"
    FAILED_URLS = "failed-urls"
    TIME_OUT = "timeout"
    OLD_COPY = "old-copy"
    NOT_PREFETCHED = "not-prefetched"
    NOT_CHECKED = "not-checked"
    UNKNOWN_ID = "unknown-id"
    VANISHED = "vanished"
    NOTHING_SENT = "nothing-sent"
    PARTLY_SENT = "partly-sent"
    NO_CREDENTIALS = "no-credentials"
    NO_ANSWER = "no-answer"
    USAGE = "usage"
    CRASH = "crash"
    INTERRUPTED = "interrupted"


EXIT_STATUSES: Final = {
    Outcome.DONE: ExitStatus.DONE,
    Outcome.FAILED_URLS: ExitStatus.FAILED_URLS,
    Outcome.VANISHED: ExitStatus.FAILED_URLS,
    Outcome.TIME_OUT: ExitStatus.TIME_OUT,
    Outcome.OLD_COPY: ExitStatus.NOT_VERIFIED,
    Outcome.NOT_PREFETCHED: ExitStatus.NOT_VERIFIED,
    Outcome.NOT_CHECKED: ExitStatus.NOT_VERIFIED,
    Outcome.UNKNOWN_ID: ExitStatus.USAGE,
    Outcome.NOTHING_SENT: ExitStatus.NO_ANSWER,
    Outcome.PARTLY_SENT: ExitStatus.PARTLY_SENT,
    Outcome.NO_CREDENTIALS: ExitStatus.NO_CREDENTIALS,
    Outcome.NO_ANSWER: ExitStatus.NO_ANSWER,
    Outcome.USAGE: ExitStatus.USAGE,
    Outcome.CRASH: ExitStatus.CRASH,
}

_OF_ERRORS: Final = {
    ExitStatus.USAGE: Outcome.USAGE,
    ExitStatus.NO_CREDENTIALS: Outcome.NO_CREDENTIALS,
    ExitStatus.NO_ANSWER: Outcome.NO_ANSWER,
}


class Result(Struct):
    """What a command did. The lists that a command does not use stay empty."""

    outcome: Outcome = Outcome.DONE
    message: str = ""
    """The reason in a sentence, for the last line of standard error."""

    tasks: Sequence[tuple[Task, Sequence[UrlProgress]]] = ()
    calls: "Sequence[Call]" = ()
    plan: dict[str, Any] | None = None
    quotas: Sequence[dict[str, Any]] = ()
    checks: Sequence[Check] | None = None
    """What was found at the edge; None if nothing was to be verified."""

    places: Mapping[str, IpLocation] = field(default_factory=dict)
    """Where the checked addresses are, as far as that is known."""

    signal: int = 0
    """The signal that ended the command; 0 for none."""

    def end(self, outcome: Outcome, message: str = "") -> None:
        """Set how the command ends."""
        self.outcome, self.message = outcome, message

    def end_unknown(self, ids: Sequence[str]) -> None:
        """Set that the API does not know these task ids."""
        words = ngettext("unknown task id: {ids}", "unknown task ids: {ids}", len(ids))
        self.end(Outcome.UNKNOWN_ID, words.format(ids=listed(sanitize(each, 60) for each in ids[:5])))

    @property
    def exit_status(self) -> int:
        return 128 + self.signal if self.signal else EXIT_STATUSES[self.outcome]

    def document(self, command: str) -> dict[str, Any]:
        """Return the result as a JSON object of docs/schema.json."""
        document: dict[str, Any] = {
            "schema": SCHEMA,
            "command": command,
            "outcome": self.outcome.value,
            "exit_status": self.exit_status,
            "message": self.message,
            "tasks": [task_document(task, urls) for task, urls in self.tasks],
        }
        if self.calls or self.plan is not None:
            document["calls"] = [_call_document(call) for call in self.calls]
        if self.plan is not None:
            document["plan"] = self.plan
        if self.quotas:
            document["quotas"] = list(self.quotas)
        if self.checks is not None:
            document["checks"] = [check_document(check, self.places.get(check.probe.address)) for check in self.checks]
        return document

    @property
    def failed_urls(self) -> list[str]:
        """The failed URLs of its tasks, each once. Not those with invisible characters: shown, they are other URLs."""
        urls = (url for _task, urls in self.tasks for url in urls if url.status == Status.FAILURE and url.url)
        return list(dict.fromkeys(url.url for url in urls if url.url == masked(url.url)))

    @property
    def old_urls(self) -> list[str]:
        """The URLs of which an edge serves an old copy, or lacks the prefetched file; each once."""
        return list(dict.fromkeys(check.subject.url for check in self.checks or () if check.verdict.claim.is_old))


def _call_document(call: "Call") -> dict[str, Any]:
    return {
        "kind": call.batch.kind.value,
        "type": call.batch.type.value,
        "domain": call.batch.host,
        "state": call.state.value,
        "task_id": replace_surrogates(call.task_id),
        "reason": replace_surrogates(call.reason),
        "urls": [replace_surrogates(url) for url in call.batch.urls],
    }


class Output(Struct):
    """Where a command writes: the result to standard output, everything else to standard error."""

    command: str
    as_json: bool = False
    is_quiet: bool = False

    def note(self, text: str) -> None:
        """Write a line to standard error, unless the user wants none."""
        if not self.is_quiet:
            complain(without_commands(sanitize(text)))

    def finish(self, result: Result, lines: Iterable[str] = ()) -> int:
        """Write the result and its reason; return the exit status. `lines` are the result without `--json`."""
        if sys.stdout is None:  # closed
            complain(_("Standard output is closed: the result is lost."))
        elif self.as_json:
            sys.stdout.write(json_text(result.document(self.command)))
        else:
            sys.stdout.writelines(f"{_harmless(line)}\n" for line in lines)
        if sys.stdout is not None:
            sys.stdout.flush()
        if result.message and not (self.is_quiet and result.outcome is Outcome.DONE):
            complain(f"ucdn-tui: {without_commands(sanitize(result.message))}")
        return result.exit_status


def run_command(
    main: Callable[[Result], Coroutine[Any, Any, None]],
    output: Output,
    lines: Callable[[Result], Iterable[str]] = lambda _result: (),
) -> int:
    """Run a command, which fills in its result; write that, and return the exit status.

    lines: returns the result as lines for people. SIGINT and SIGTERM cancel the command, and what is known by then is
    its result; so it is with an error.
    """
    result = Result()

    async def cancellable() -> None:
        loop, task = asyncio.get_running_loop(), asyncio.current_task()

        def stop(number: int) -> None:
            if not result.signal and task is not None:  # a second one must not disturb the end
                result.signal = number
                task.cancel()

        if sys.platform != "win32":
            for number in (signal.SIGINT, signal.SIGTERM):
                loop.add_signal_handler(number, stop, number)
        await main(result)

    try:
        asyncio.run(cancellable())
    except UcdnTuiError as error:
        result.end(_OF_ERRORS.get(ExitStatus(error.exit_status), Outcome.CRASH), str(error))
    except (asyncio.CancelledError, KeyboardInterrupt):
        result.signal = result.signal or signal.SIGINT
        result.end(Outcome.INTERRUPTED, result.message or _("Interrupted."))
    except Exception as error:  # the border: a script gets its result all the same
        log.exception("crash")
        result.end(Outcome.CRASH, str(InternalError(error)))
    if result.signal and result.outcome is not Outcome.INTERRUPTED:
        result.signal = 0  # it came too late
    return output.finish(result, lines(result))


def _harmless(line: str) -> str:
    """Return a line that neither a terminal nor GitHub Actions takes for a command."""
    return without_commands(sanitize(line, len(line)))


def without_commands(text: str) -> str:
    """Return a line in which GitHub Actions finds no command (`::error::`, `##[error]`) of somebody else's."""
    shown = text.replace("##[", "#\\x23[")
    return f" {shown}" if shown.startswith("::") else shown


def stream_line(command: str, task: Task, urls: Sequence[UrlProgress]) -> str:
    """Return one task as a line of JSON, for scripts that read while the command runs."""
    document = {"schema": SCHEMA, "command": command, "task": task_document(task, urls)}
    return json.dumps(document, ensure_ascii=True)


def stream_check(command: str, check: Check) -> str:
    """Return one check as a line of JSON, likewise."""
    return json.dumps({"schema": SCHEMA, "command": command, "check": check_document(check)}, ensure_ascii=True)

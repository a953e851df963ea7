"""Resolving: what became of calls without an outcome: those of earlier starts, and one whose answer was just lost."""

import logging
from collections.abc import Sequence
from typing import Final, Protocol

from ucdn_tui.api.models import Submitted
from ucdn_tui.clock import Clock
from ucdn_tui.i18n import _
from ucdn_tui.submit import search
from ucdn_tui.submit.journal import DOUBT_LIMIT, Journal, JournalError
from ucdn_tui.submit.records import CallState, Submission

log = logging.getLogger(__name__)

SEARCHES: Final = (0.0, 3.0, 7.0, 20.0)
"""Seconds before each search for the task of a call without an answer: it may be listed late."""

_MAY_BE_LATE: Final = 60.0
"""Seconds after a call for which its task may not be listed yet."""

_MARGIN: Final = 5.0
"""Seconds that the server's clock may differ from what its Date header said."""

_CRASH_MARGIN: Final = 120.0
"""The same for a call of an earlier start, whose clock is not known any more."""


class Client(search.Client, Protocol):
    """The submitting actions, and those that find a task."""

    async def submit_refresh(self, urls: Sequence[str], type: str, *, is_dcdn: bool = False) -> Submitted:  # noqa: A002
        """RefreshNewUcdnDomainCache."""

    async def submit_prefetch(self, urls: Sequence[str], *, is_dcdn: bool = False) -> Submitted:
        """PrefetchNewUcdnDomainCache."""


class Api(Protocol):
    """Provides the client, which may have to be created first."""

    async def get(self) -> Client:
        """Return the client; raises UcdnTuiError."""


async def resolve(api: Api, journal: Journal, clock: Clock) -> list[Submission]:
    """Look for the tasks of the calls of earlier starts that have no outcome; return their submissions.

    Those in whose middle the program was killed are among them. The list is empty if another instance is submitting,
    which looks after its own, or if the journal cannot be written. Raises UcdnTuiError if the API cannot be asked;
    then the next start tries again.
    """
    try:
        with journal.writing():
            return await _resolve(api, journal, clock)
    except JournalError as error:
        log.info("journal: %s", error.log_text)
        return []


async def _resolve(api: Api, journal: Journal, clock: Clock) -> list[Submission]:
    concerned = [key for key, each in journal.read().items() if not each.is_over]
    for key, number, call in journal.unresolved():
        concerned += [key] if key not in concerned else []
        task_id = None
        age = clock.server_now() - call.sent
        for delay in SEARCHES if age < _MAY_BE_LATE else SEARCHES[:1]:
            if task_id is None and age < DOUBT_LIMIT:
                await clock.sleep(delay)
                task_id = await _search_earlier(journal, await api.get(), key, number, clock)
        state = CallState.ACCEPTED if task_id else CallState.ABSENT
        reason = call.reason or _("The program ended while the call was running")
        if age >= DOUBT_LIMIT:
            reason = _("Too long ago to look for it")
        elif task_id:
            reason = ""
        journal.record(key, number, state, clock.server_now(), task_id=task_id or "", reason=reason)
    for key in concerned:
        journal.end(key, clock.server_now())
    every = journal.read()
    return [every[key] for key in concerned]


async def search_sent(
    journal: Journal, client: Client, key: str, number: int, clock: Clock, began: float
) -> str | None:
    """Return the TaskId of a call that began then, on the clock's `elapsed`; None if its task is not listed."""
    now = clock.server_now()
    sent = now - (clock.elapsed() - began)
    batch, rivals = journal.submission(key).calls[number].batch, _rivals(journal, key, number)
    return await search.find_task(client, batch, sent, _MARGIN, now, _task_ids(journal), rivals)


async def _search_earlier(journal: Journal, client: Client, key: str, number: int, clock: Clock) -> str | None:
    """Return the TaskId of a call of an earlier start; None if its task is not listed."""
    call, rivals, task_id = journal.submission(key).calls[number], _rivals(journal, key, number), None
    for _attempt in range(2):
        now, offset = clock.server_now(), clock.server_now() - clock.elapsed()
        sent = min(call.sent, now)
        task_id = await search.find_task(client, call.batch, sent, _CRASH_MARGIN, now, _task_ids(journal), rivals)
        if task_id or abs(clock.server_now() - clock.elapsed() - offset) < _MARGIN:
            break  # else the first answer has set the clock right, and the wrong time was searched
    return task_id


def _rivals(journal: Journal, key: str, number: int) -> list[float]:
    """Return when the other calls without an outcome were sent that have the same URLs."""
    batch = journal.submission(key).calls[number].batch
    return [
        other.sent
        for its_key, its_number, other in journal.unresolved()
        if (its_key, its_number) != (key, number)
        and other.batch.kind is batch.kind
        and set(other.batch.urls) == set(batch.urls)
    ]


def _task_ids(journal: Journal) -> set[str]:
    return {call.task_id for call in journal.calls() if call.task_id}

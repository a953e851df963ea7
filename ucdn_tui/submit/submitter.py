"""Submitter: makes the calls of a confirmed plan, one after the other, and never sends a URL twice."""

import asyncio
import logging
from collections.abc import Callable, Collection, Sequence
from typing import Final, NamedTuple, Protocol

from ucdn_tui.api.models import Submitted, TaskKind
from ucdn_tui.clock import Clock
from ucdn_tui.errors import (
    AUTH_CODES,
    ApiError,
    Fate,
    Fault,
    HttpStatusError,
    RetCodeError,
    TransportError,
    UcdnTuiError,
)
from ucdn_tui.i18n import _, ngettext
from ucdn_tui.submit import search
from ucdn_tui.submit.journal import DOUBT_LIMIT, DOUBTFUL, Call, CallState, Journal, JournalError, Submission
from ucdn_tui.submit.plan import PREFETCH_SPACING, Batch, identity

log = logging.getLogger(__name__)

_TRIES: Final = 6
"""Times that a call is made if nothing was submitted and that may change: rate limit, no network."""

_BACK_OFF: Final = (2.0, 5.0, 10.0, 20.0, 40.0)
"""Seconds before each further try."""

_MAX_RETRY_AFTER: Final = 120.0
"""Seconds. If a server asks for more, the submission ends, and what was not sent is left to the user."""

_SEARCHES: Final = (0.0, 3.0, 7.0, 20.0)
"""Seconds before each search for the task of a call without an answer: it may be listed late."""

_MAY_BE_LATE: Final = 60.0
"""Seconds after a call in which its task may be listed yet."""

_MARGIN: Final = 5.0
"""Seconds that the server's clock may differ from what its Date header said."""

_DATE_ERROR: Final = 1.0
"""Seconds by which two readings of the server's time may differ: a Date header has whole ones."""

_CRASH_MARGIN: Final = 120.0
"""The same for a call of an earlier start, whose clock is not known any more."""

_RATE_LIMITED: Final = 153

_TEMPORARY: Final = frozenset({130, 150, _RATE_LIMITED})
"""RetCodes of the gateway that say: not now."""

_HOPELESS: Final = AUTH_CODES | {292, 294, 295}
"""RetCodes that every further call would get, too. Not 299: the right may be missing for one domain only."""


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


class Progress(NamedTuple):
    """A submission while it runs."""

    submission: Submission
    waiting_until: float | None = None
    """When the next call is made, on the clock's `elapsed`; None if it does not wait."""


class Submitter:
    """Submits one plan. Nothing is sent before the journal has it; a call without an answer is not made again."""

    def __init__(
        self, api: Api, journal: Journal, clock: Clock, on_progress: Callable[[Progress], None] = lambda _progress: None
    ) -> None:
        self._api = api
        self._journal = journal
        self._clock = clock
        self._on_progress = on_progress
        self._stopped = asyncio.Event()
        self._key = ""
        self._prefetched: float | None = None
        """When this submitter made its last prefetch call, on the clock's `elapsed`."""

    def stop(self) -> None:
        """Make no further call. The one that runs comes to its end."""
        self._stopped.set()

    async def run(self, batches: Sequence[Batch], *, seen: Collection[str]) -> Submission:
        """Make these calls; return what became of each.

        seen: the ids of the submissions that the journal had when the user confirmed. Raises JournalError, and nothing
        was sent, if another instance is submitting, or has submitted one of these URLs since then. It also
        raises JournalError if the journal cannot be written in between; the next start then looks for the last call.
        If it is cancelled, the journal says what was sent, what was not, and what is unknown, and the next start
        reports it.
        """
        with self._journal.writing():
            self._check_still_new(batches, seen)
            self._key = self._journal.begin(batches, self._clock.server_now())
            for number in range(len(batches)):
                if self._stopped.is_set() or self._is_lost() or not await self._make(number):
                    break
            self._journal.end(self._key, self._clock.server_now())
            self._report()
            return self._submission

    def _is_lost(self) -> bool:
        """Return whether the last two calls submitted nothing that can be found: the server is ill."""
        made = [call.state for call in self._submission.calls if call.state is not CallState.NOT_SENT]
        return made[-2:] == [CallState.ABSENT, CallState.ABSENT]

    @property
    def _submission(self) -> Submission:
        return self._journal.submission(self._key)

    def _check_still_new(self, batches: Sequence[Batch], seen: Collection[str]) -> None:
        """Raise JournalError if another instance has submitted one of these URLs since the user looked."""
        new = (submission for key, submission in self._journal.read().items() if key not in seen)
        states = (CallState.ACCEPTED, *DOUBTFUL)
        theirs = {
            (call.batch.kind, identity(url))
            for each in new
            for call in each.in_state(*states)
            for url in call.batch.urls
        }
        count = sum((batch.kind, identity(url)) in theirs for batch in batches for url in batch.urls)
        if count:
            raise JournalError(
                ngettext(
                    "{count} URL was submitted by another ucdn-tui meanwhile",
                    "{count} URLs were submitted by another ucdn-tui meanwhile",
                    count,
                ).format(count=count),
                _("Nothing was sent."),
                _("Look at the list again."),
            )

    def _report(self, waiting_until: float | None = None) -> None:
        self._on_progress(Progress(self._submission, waiting_until))

    def _record(self, number: int, state: CallState, *, task_id: str = "", reason: str = "") -> None:
        self._journal.record(self._key, number, state, self._clock.server_now(), task_id=task_id, reason=reason)
        self._report()

    async def _make(self, number: int) -> bool:
        """Make one call; return whether to go on with the next."""
        batch = self._submission.calls[number].batch
        for tried in range(_TRIES):
            try:
                client = await self._api.get()
            except UcdnTuiError as error:  # the keyring, or an invalid proxy setting
                self._record(number, CallState.NOT_SENT, reason=error.title)
                return False
            if not await self._wait(self._spacing(batch.kind)):
                return False
            self._record(number, CallState.SENDING)
            began = self._clock.elapsed()
            if batch.kind is TaskKind.PREFETCH:
                self._prefetched = began
            try:
                submitted = await self._call(client, batch)
            except ApiError as error:
                log.warning("submit: %s (%s)", error.title, error.fate)
                if error.fate is Fate.UNKNOWN:
                    return await self._find(client, number, began, error.title)
                state = CallState.REFUSED if error.fate is Fate.REFUSED else CallState.NOT_SENT
                self._record(number, state, reason=error.title)
                if not _is_temporary(error):
                    return not _is_hopeless(error)
                if tried == _TRIES - 1 or (error.retry_after or 0.0) > _MAX_RETRY_AFTER:
                    return False
                if not await self._wait(_delay(error, tried)):
                    return False
            except asyncio.CancelledError:
                self._record(number, CallState.UNKNOWN, reason=_("Cancelled while the call was running"))
                raise
            except BaseException:
                self._record(number, CallState.UNKNOWN, reason=_("Internal error while the call was running"))
                raise
            else:
                self._record(number, CallState.ACCEPTED, task_id=submitted.task_id)
                return bool(submitted.task_id) or await self._find(client, number, began, "")
        return False

    async def _call(self, client: Client, batch: Batch) -> Submitted:
        if batch.kind is TaskKind.REFRESH:
            return await client.submit_refresh(batch.urls, batch.type, is_dcdn=batch.is_dcdn)
        return await client.submit_prefetch(batch.urls, is_dcdn=batch.is_dcdn)

    async def _find(self, client: Client, number: int, began: float, reason: str) -> bool:
        """Look for the task of a call without an answer or without TaskId; return whether to go on with the next call.

        reason: why there is no answer; "" for a call that was accepted without a TaskId.
        """
        if reason:
            self._record(number, CallState.UNKNOWN, reason=reason)
        searched = False
        for delay in _SEARCHES:
            if not await self._wait(delay):
                return False
            try:
                # The first answer may have set the clock right: the time of the call is known by what has passed.
                task_id = await _search(self._journal, client, self._key, number, self._clock, began)
            except ApiError as error:
                log.warning("submit: search failed: %s", error.title)
                continue
            searched = True
            if task_id:
                self._record(number, CallState.ACCEPTED, task_id=task_id)
                return True
        if searched and reason:
            self._record(number, CallState.ABSENT, reason=reason)
        return searched or not reason

    def _spacing(self, kind: TaskKind) -> float:
        """Return the seconds until the next prefetch call is allowed, also after one of another start."""
        if kind is not TaskKind.PREFETCH:
            return 0.0
        if self._prefetched is not None:  # not by the server's time, which the first answer may correct
            return PREFETCH_SPACING - (self._clock.elapsed() - self._prefetched)
        since = self._clock.server_now() - self._journal.last_sent(kind) - _DATE_ERROR
        return min(PREFETCH_SPACING - since, PREFETCH_SPACING)

    async def _wait(self, seconds: float) -> bool:
        """Wait; return False as soon as `stop` is called."""
        if seconds <= 0:
            return not self._stopped.is_set()
        self._report(self._clock.elapsed() + seconds)
        sleeping = asyncio.ensure_future(self._clock.sleep(seconds))
        stopping = asyncio.ensure_future(self._stopped.wait())
        try:
            await asyncio.wait((sleeping, stopping), return_when=asyncio.FIRST_COMPLETED)
        finally:
            sleeping.cancel()
            stopping.cancel()
        self._report()
        return not self._stopped.is_set()


async def resolve(api: Api, journal: Journal, clock: Clock) -> list[Submission]:
    """Look for the tasks of the calls of earlier starts that have no outcome; return the submissions that concerns.

    Those include the submissions in whose middle the program was killed. None if another instance is submitting: it
    looks after its own. Raises UcdnTuiError if the API cannot be asked; then the next start tries again.
    """
    try:
        with journal.writing():
            return await _resolve(api, journal, clock)
    except JournalError as error:
        log.info("journal: %s", error)
        return []


async def _resolve(api: Api, journal: Journal, clock: Clock) -> list[Submission]:
    concerned = [key for key, each in journal.read().items() if not each.is_over]
    for key, number, call in journal.unresolved():
        concerned += [key] if key not in concerned else []
        task_id = None
        age = clock.server_now() - call.sent
        for delay in _SEARCHES if age < _MAY_BE_LATE else _SEARCHES[:1]:
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


async def _search(journal: Journal, client: Client, key: str, number: int, clock: Clock, began: float) -> str | None:
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
    calls: list[Call] = [call for each in journal.read().values() for call in each.calls]
    return {call.task_id for call in calls if call.task_id}


def _is_temporary(error: ApiError) -> bool:
    """Return whether the same call may succeed a little later. Only for errors that submitted nothing."""
    match error:
        case RetCodeError():
            return error.code in _TEMPORARY
        case HttpStatusError():
            return error.status == 429
        case TransportError():
            return error.fault not in (Fault.CERTIFICATE, Fault.TLS)
        case _:
            return False


def _is_hopeless(error: ApiError) -> bool:
    """Return whether every further call would fail in the same way."""
    match error:
        case RetCodeError():
            return error.code in _HOPELESS
        case HttpStatusError():
            return error.status in (401, 404, 407)
        case _:
            return isinstance(error, TransportError)


def _delay(error: ApiError, tried: int) -> float:
    return max(_BACK_OFF[min(tried, len(_BACK_OFF) - 1)], error.retry_after or 0.0)

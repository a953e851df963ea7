"""Submitter: makes the calls of a confirmed plan, one after the other, and never sends a URL twice."""

import asyncio
import logging
from collections.abc import Callable, Collection, Sequence
from typing import Final, NamedTuple

from ucdn_tui.api.models import Submitted, TaskKind
from ucdn_tui.clock import Clock
from ucdn_tui.errors import (
    AUTH_CODES,
    RATE_LIMITED,
    ApiError,
    Fate,
    Fault,
    HttpStatusError,
    RetCodeError,
    TransportError,
    UcdnTuiError,
)
from ucdn_tui.i18n import _, ngettext
from ucdn_tui.submit.journal import Journal, JournalError
from ucdn_tui.submit.models import PREFETCH_SPACING, Batch
from ucdn_tui.submit.records import DOUBTFUL, CallState, Submission
from ucdn_tui.submit.resolve import SEARCHES, Api, Client, search_sent
from ucdn_tui.url_identity import identity

log = logging.getLogger(__name__)

_BACK_OFF: Final = (2.0, 5.0, 10.0, 20.0, 40.0)
"""Seconds before each further try."""

_TRIES: Final = len(_BACK_OFF) + 1
"""Times that a call is made if nothing was submitted and that may change: rate limit, no network."""

_MAX_RETRY_AFTER: Final = 120.0
"""Seconds. If a server asks for more, the submission ends, and what was not sent is left to the user."""

_DATE_ERROR: Final = 1.0
"""Seconds by which two readings of the server's time may differ: a Date header has whole ones."""

_TEMPORARY: Final = frozenset({130, 150, RATE_LIMITED})
"""RetCodes of the gateway that say: not now."""

_HOPELESS: Final = AUTH_CODES | {292, 294, 295}
"""RetCodes that every further call would get, too. Not 299: the right may be missing for one domain only."""


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
        self.error: UcdnTuiError | None = None
        """Why the latest call that was not accepted was not; its words are in the call's `reason`, too."""

        self._key = ""
        self._prefetched: float | None = None
        """When this submitter made its last prefetch call, on the clock's `elapsed`."""

    def stop(self) -> None:
        """Make no further call. The one that runs comes to its end."""
        self._stopped.set()

    async def run(self, batches: Sequence[Batch], *, seen: Collection[str]) -> Submission:
        """Make these calls; return what became of each.

        seen: the ids of the submissions that the journal had when the user confirmed. Raises JournalBusyError if
        another instance is submitting, JournalError if one has submitted one of these URLs since then; nothing was
        sent. It also raises JournalError if the journal cannot be written in between; the next start then looks for the
        last call.
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
        theirs = {url for each in new for url in each.urls_in(CallState.ACCEPTED, *DOUBTFUL)}
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
                self.error = error
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
                log.warning("submit: %s (%s)", error.log_text, error.fate)
                self.error = error
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
        for delay in SEARCHES:
            if not await self._wait(delay):
                return False
            try:
                # The first answer may have set the clock right: the time of the call is known by what has passed.
                task_id = await search_sent(self._journal, client, self._key, number, self._clock, began)
            except ApiError as error:
                log.warning("submit: search failed: %s", error.log_text)
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
    return max(_BACK_OFF[tried], error.retry_after or 0.0)

"""Verifying: rounds of checks until nothing is old any more, or time runs out; and what follows for the result."""

import argparse
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from ucdn_tui.cli.scripts.edge.report import finding_lines, remark_lines, table
from ucdn_tui.cli.scripts.progress import HEARTBEAT
from ucdn_tui.cli.scripts.result import Outcome, Output, Result
from ucdn_tui.clock import Clock
from ucdn_tui.duration_words import whole_duration
from ucdn_tui.edge.diagnosis import Evidence, diagnose
from ucdn_tui.edge.models import Check, Claim, Doubt, Obstacle, Round, Subject
from ucdn_tui.edge.session import MOST_URLS, RECHECK, EdgeSession, host_of
from ucdn_tui.edge.subjects import sample, subjects_of
from ucdn_tui.edge.verdict import without_own
from ucdn_tui.edge.words import claim_words, round_words, vantage_words
from ucdn_tui.errors import Fault
from ucdn_tui.i18n import _, ngettext

DEFAULT_TIME: Final = 120.0
"""Seconds in which old copies may become new after tasks that were waited for."""

_TRIES: Final = 3
"""Rounds in which an address without an answer is asked, if another one of its URL was checked."""

_SECOND_LOOK: Final = 2.0
"""Seconds after which a copy that was fetched just now has an age. An Age of 0 may also be that of any copy."""


class Verifying:
    """Verifies URLs with a session, and fills in the result as it goes."""

    def __init__(
        self,
        session: EdgeSession,
        clock: Clock,
        result: Result,
        output: Output,
        *,
        until: float | None,
        every: float = RECHECK,
        with_origin: bool = False,
    ) -> None:
        """until: on the clock's `elapsed`; None for one round. with_origin: compare each URL with its origin, once."""
        self._session = session
        self._clock = clock
        self._result = result
        self._output = output
        self._until = until
        self._every = every
        self._with_origin = with_origin
        self._began = 0.0
        """Unix seconds of the API's clock."""

        self._checks: dict[tuple[str, str], Check] = {}
        """By URL and address."""

        self._said: tuple[float, object] = (0.0, None)
        """When a line was written last, on the clock's `elapsed`, and what of."""

        self.remarks: list[str] = []
        """For people: what proves nothing and why, likely causes of what is old, and how much a check proves."""

    async def verify(self, subjects: Sequence[Subject]) -> None:
        """Check all addresses until nothing has to be asked again, and set the outcome."""
        try:
            await self._verify(subjects)
        finally:  # what is known by an interruption is the result, too
            self._fill_in()

    async def _verify(self, subjects: Sequence[Subject]) -> None:
        count = len(subjects)
        words = ngettext("verifying {count} URL at the edge", "verifying {count} URLs at the edge", count)
        self._output.note(words.format(count=count))
        self._began = self._clock.server_now()
        found = await self._session.check(subjects, self._take)
        self._checks = {_key(check): self._checks[_key(check)] for check in found.checks}  # in their order
        rounds = 1
        while (again := self._to_ask_again(rounds)) and self._has_time():
            self._say(found)
            await self._clock.sleep(self._every)
            await self._ask_again(again)
            rounds += 1
        if fresh := [check for check in self._checks.values() if _may_be_fresh(check)]:
            await self._clock.sleep(_SECOND_LOOK)
            await self._ask_again(fresh)
        if self._output.as_json:  # nothing else shows them
            await self._session.load_places(check.probe.address for check in self._checks.values())
            self._result.places = self._session.places
        findings = await self._find_causes(found)
        self._conclude(found)
        self.remarks = [*remark_lines(self._checks.values()), *findings, vantage_words()]

    def _take(self, check: Check) -> None:
        self._checks[_key(check)] = without_own(check, self._began)

    def _fill_in(self) -> None:
        self._result.checks = list(self._checks.values())

    def _to_ask_again(self, rounds: int) -> list[Check]:
        """Return the checks that another round can change."""
        judged = {check.subject.url for check in self._checks.values() if check.verdict.claim is not Claim.NOT_CHECKED}

        def may_change(check: Check) -> bool:
            # A miss after a prefetch stays one: the probe itself has filled the cache.
            if check.verdict.claim is Claim.OLD_COPY:
                return True
            reason = check.probe.failure.reason if check.probe.failure is not None else None
            if reason in (Obstacle.INVALID_URL, Obstacle.NOT_PUBLIC):
                return False
            if reason is None and check.verdict.doubt is not Doubt.ERROR:
                return False
            # Without IPv6 here, no other round reaches an IPv6 address.
            return check.subject.url not in judged or (rounds < _TRIES and reason is not Fault.UNREACHABLE)

        return [check for check in self._checks.values() if may_change(check)]

    def _has_time(self) -> bool:
        return self._until is not None and self._clock.elapsed() + self._every <= self._until

    async def _ask_again(self, checks: Sequence[Check]) -> None:
        found = await self._session.check_again(checks)
        for check in checks:
            if not check.probe.address:  # its name may have addresses by now
                del self._checks[_key(check)]
        for check in found:
            self._take(check)

    def _say(self, first: Round) -> None:
        """Write what was seen, if it is new or the last line is old."""
        now, state = self._clock.elapsed(), [check.verdict.claim for check in self._checks.values()]
        at, before = self._said
        if state != before or now - at >= HEARTBEAT:
            self._said = now, state
            words = _("{summary} Checking again every {time}.")
            self._output.note(words.format(summary=self._summary(first), time=whole_duration(self._every)))

    async def _find_causes(self, first: Round) -> list[str]:
        """Return lines with the likely causes of what is old, one check of each URL; ask the origins if wanted."""
        lines: list[str] = []
        by_url: dict[str, Check] = {}
        for check in sorted(self._checks.values(), key=_interest):
            by_url.setdefault(check.subject.url, check)
        resolutions = dict(first.resolutions)
        for check in by_url.values():
            judged, origin = await self._session.compare_with_origin(check) if self._with_origin else (check, None)
            self._take(judged)
            if judged.verdict.claim.is_old or self._with_origin:
                host = host_of(check.subject.url)
                evidence = Evidence(judged, await self._session.config(host), origin, resolutions.get(host))
                lines += finding_lines(check.subject.url, diagnose(evidence))
        return lines

    def _conclude(self, first: Round) -> None:
        checks, words = list(self._checks.values()), self._summary(first)
        claims = {check.verdict.claim for check in checks}
        if Claim.OLD_COPY in claims:
            self._result.end(Outcome.OLD_COPY, words)
        elif Claim.NOT_PREFETCHED in claims:
            self._result.end(Outcome.NOT_PREFETCHED, words)
        elif claims == {Claim.NOT_CHECKED}:
            words = _("Nothing could be checked. {reason}").format(reason=claim_words(checks[0]))
            self._result.end(Outcome.NOT_CHECKED, words)
        else:
            self._result.message = words

    def _summary(self, first: Round) -> str:
        time = f"{datetime.fromtimestamp(self._clock.server_now()).astimezone():%H:%M}"
        return round_words(Round(tuple(self._checks.values()), first.began), time)


async def verify_tasks(
    session: EdgeSession,
    clock: Clock,
    result: Result,
    output: Output,
    flags: argparse.Namespace,
    began: float,
) -> None:
    """Verify a sample of the URLs of the result's tasks, if all have ended in success.

    `began`: when --timeout began to count, on the clock's `elapsed`.
    """
    if result.outcome is not Outcome.DONE or not result.tasks:
        return
    until = began + flags.timeout if flags.timeout else clock.elapsed() + DEFAULT_TIME
    verifying = Verifying(session, clock, result, output, until=until)
    await verifying.verify(sampled(subjects_of(result.tasks), output, every=False))
    for line in (*table(result.checks or ()), *verifying.remarks):
        output.note(line)


def sampled(subjects: Sequence[Subject], output: Output, *, every: bool) -> Sequence[Subject]:
    """Return the URLs of tasks to verify, and say how many of how many these are."""
    chosen = subjects if every else sample(subjects, MOST_URLS)
    if len(chosen) < len(subjects):
        words = _("{count} of {total} URLs are verified.")
        output.note(words.format(count=len(chosen), total=len(subjects)))
    return chosen


def _key(check: Check) -> tuple[str, str]:
    return check.subject.url, check.probe.address


def _may_be_fresh(check: Check) -> bool:
    """Return whether the copy may be one of this moment: a check fills an edge, and with it the parent of others."""
    return check.verdict.doubt is Doubt.NO_AGE and check.verdict.age == 0


def _interest(check: Check) -> int:
    """Return a sort key for the check that tells most of a URL: an old copy, then any copy, any answer, none."""
    if check.verdict.claim.is_old:
        return 0
    if check.probe.answer is None:
        return 3
    return 1 if check.verdict.etag or check.verdict.last_modified else 2

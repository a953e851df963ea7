"""The texts for freshness: the age of the data, problems, and the next try."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ucdn_tui.api.models import TaskKind
from ucdn_tui.errors import (
    Fault,
    HttpStatusError,
    InternalError,
    ProtocolError,
    RetCodeError,
    TransportError,
    UcdnTuiError,
)
from ucdn_tui.ui.bars.freshness import FreshnessText, ProblemText, freshness_text
from ucdn_tui.watch.freshness import freshness_of
from ucdn_tui.watch.poll.kind_poller import KindState
from ucdn_tui.watch.poll.poller import PollState
from ucdn_tui.watch.poll.schedule import PollingState

NOW = 1000.0

REFRESH, PREFETCH = TaskKind.REFRESH, TaskKind.PREFETCH

BROKEN = TransportError(Fault.BROKEN, "api.example.com")
LIMITED = RetCodeError(153, "Too many requests", request_id="5c2f9a4e")
WRONG_KEY = RetCodeError(171, "Signature VerifyAC Error", request_id="5c2f9a4e")


def kind(**fields: Any) -> KindState:
    """Return a kind that answered three seconds ago and is polled again in two."""
    waits = fields.get("error") is not None and fields.get("next_try", NOW) is None
    state = PollingState.WAITING_FOR_USER if waits else PollingState.POLLING
    usual = {"state": state, "answered": NOW - 3, "poll_due": NOW + 2, "next_try": NOW + 2, "loading": False}
    return KindState(**{**usual, **fields})


def seen(
    refresh: KindState | None = None, prefetch: KindState | None = None, *, tasks: int = 42, **fields: Any
) -> FreshnessText:
    """Return the text for two kinds; by default the second equals the first."""
    refresh = refresh or kind()
    kinds = {REFRESH: refresh, PREFETCH: prefetch or refresh}
    state = PollState(**{"kinds": kinds, "interval": 5.0, "delay": 5.0, "window": 86400.0, **fields})
    return freshness_text(freshness_of(state, NOW), tasks)


class TestFresh:
    def test_shows_the_age_and_the_next_poll(self) -> None:
        assert seen() == FreshnessText("updated 3s ago · next in 2s", "3s ago", "ok")

    def test_shows_the_older_answer_and_the_earlier_poll(self) -> None:
        shown = seen(kind(answered=NOW - 9, next_try=NOW + 7), kind(answered=NOW - 1, next_try=NOW + 4))
        assert shown.text == "updated 9s ago · next in 4s"

    def test_shows_a_due_or_running_poll_as_now(self) -> None:
        assert seen(kind(next_try=NOW)).text == "updated 3s ago · next now"
        assert seen(kind(next_try=0.0)).text == "updated 3s ago · next now"

    def test_rounds_the_time_until_the_next_poll_up(self) -> None:
        assert seen(kind(next_try=NOW + 1.2)).text == "updated 3s ago · next in 2s"
        assert seen(kind(next_try=NOW + 0.2)).text == "updated 3s ago · next in 1s"

    def test_shows_no_negative_age(self) -> None:
        assert seen(kind(answered=NOW + 0.5)).text.startswith("updated 0s ago")


class TestOldActiveTask:
    def test_counts_for_the_age_within_two_intervals(self) -> None:
        assert seen(kind(oldest=NOW - 13)) == FreshnessText("updated 13s ago · next in 2s", "13s ago", "ok")

    def test_has_its_own_age_beyond(self) -> None:
        shown = seen(kind(oldest=NOW - 431))
        assert shown == FreshnessText("updated 3s ago, oldest 7m11s · next in 2s", "7m11s ago", "ok")

    def test_of_one_kind_is_enough(self) -> None:
        assert seen(kind(), kind(oldest=NOW - 9)).text == "updated 9s ago · next in 2s"

    def test_is_in_the_age_of_stale_data(self) -> None:
        shown = seen(kind(answered=NOW - 20, oldest=NOW - 24, poll_due=NOW - 15))
        assert shown.text.startswith("STALE 24s")


class TestTooMany:
    def test_is_said_with_advice(self) -> None:
        words = "More tasks than can be shown. Choose a shorter time range (w, or --since)."
        assert seen(kind(too_many=True)).problems == (ProblemText(words),)
        assert seen(kind(too_many=True), kind()).problems == (ProblemText(f"refresh: {words}"),)


class TestLoading:
    def test_counts_the_tasks_so_far(self) -> None:
        assert seen(kind(loading=True)) == FreshnessText("loading, 42 tasks so far", "loading", "run")

    def test_lasts_until_both_kinds_are_loaded(self) -> None:
        assert seen(kind(), kind(loading=True)).short == "loading"

    def test_is_shown_before_the_first_answer(self) -> None:
        assert seen(kind(answered=None, next_try=0.0, loading=True)).short == "loading"


SILENT = (ProblemText("The server has not answered yet."),)


class TestStale:
    def test_is_shown_when_a_poll_is_overdue_by_two_intervals(self) -> None:
        assert seen(kind(poll_due=NOW - 10)).style == "ok"
        late = kind(answered=NOW - 45, poll_due=NOW - 10.1, next_try=NOW + 8)
        assert seen(late) == FreshnessText("STALE 45s · next try in 8s", "STALE 45s", "bad", SILENT)

    def test_depends_on_the_interval(self) -> None:
        assert seen(kind(poll_due=NOW - 100), interval=60.0).style == "ok"
        assert seen(kind(poll_due=NOW - 100), interval=30.0).short == "STALE 3s"

    def test_names_the_kind_if_only_one_is_concerned(self) -> None:
        late = kind(answered=NOW - 90, poll_due=NOW - 60)
        assert seen(kind(), late).text == "STALE 1m30s (prefetch) · next try in 2s"

    def test_replaces_failed_but_the_fault_is_reported(self) -> None:
        shown = seen(kind(answered=NOW - 90, poll_due=NOW - 60, error=BROKEN))
        assert shown.text.startswith("STALE 1m30s · next try")
        assert shown.problems == (ProblemText(str(BROKEN)),)

    def test_has_no_age_before_the_first_answer(self) -> None:
        late = kind(answered=None, poll_due=NOW - 60, loading=True)
        assert seen(late) == FreshnessText(
            "NO ANSWER YET · 42 tasks so far · next try in 2s", "NO ANSWER YET", "bad", SILENT
        )


class TestPaused:
    def test_shows_the_age(self) -> None:
        assert seen(kind(next_try=None), paused=True) == FreshnessText("PAUSED · updated 3s ago", "PAUSED", "run")

    def test_takes_precedence_but_faults_are_reported(self) -> None:
        shown = seen(kind(error=WRONG_KEY, next_try=None, poll_due=NOW - 99), paused=True)
        assert shown.short == "PAUSED"
        assert "Wrong private key" in shown.problems[0].sentence

    def test_shows_no_age_before_the_first_answer(self) -> None:
        assert seen(kind(answered=None, next_try=None, loading=True), paused=True).text == "PAUSED · 42 tasks so far"


class TestSignInNeeded:
    def test_is_shown_for_a_fault_that_waits_for_the_user(self) -> None:
        shown = seen(kind(error=WRONG_KEY, next_try=None, poll_due=NOW - 99))
        assert shown[:3] == ("SIGN-IN NEEDED · updated 3s ago", "SIGN-IN NEEDED", "bad")
        assert shown.problems == (ProblemText(str(WRONG_KEY), ("5c2f9a4e",)),)

    def test_is_shown_if_one_kind_is_concerned(self) -> None:
        assert seen(kind(), kind(error=WRONG_KEY, next_try=None)).short == "SIGN-IN NEEDED"


class TestRateLimited:
    @pytest.mark.parametrize("error", [LIMITED, HttpStatusError(429)], ids=["RetCode 153", "HTTP 429"])
    def test_shows_the_next_try(self, error: UcdnTuiError) -> None:
        shown = seen(kind(error=error, next_try=NOW + 8))
        assert shown[:3] == ("RATE LIMITED · next try in 8s · updated 3s ago", "LIMITED in 8s", "bad")

    def test_names_the_kind_if_only_one_is_concerned(self) -> None:
        assert (
            seen(kind(error=LIMITED), kind(next_try=NOW + 5)).text
            == "RATE LIMITED (refresh) · next try in 2s · updated 3s ago"
        )

    @pytest.mark.parametrize("error", [RetCodeError(150, ""), HttpStatusError(503), BROKEN])
    def test_is_not_shown_for_other_faults(self, error: UcdnTuiError) -> None:
        assert seen(kind(error=error)).text == "FAILED · next try in 2s"


class TestOneFailingKind:
    def test_is_named_in_both_texts(self) -> None:
        shown = seen(kind(), kind(error=BROKEN, next_try=NOW + 1))
        assert shown[:3] == ("FAILED (prefetch) · next try in 1s", "FAILED in 1s", "bad")
        assert shown.problems == (ProblemText(f"prefetch: {BROKEN}"),)

    def test_is_reported_beside_another_fault(self) -> None:
        shown = seen(kind(error=ProtocolError("not JSON")), kind(error=BROKEN))
        first, second = shown.problems
        assert first.sentence.startswith("refresh: Unexpected response: not JSON.")
        assert second.sentence == f"prefetch: {BROKEN}"


class TestProblems:
    def test_of_both_kinds_are_reported_once_although_their_request_ids_differ(self) -> None:
        shown = seen(*(kind(error=HttpStatusError(500, request_id=name)) for name in ("req-130", "req-131")))
        assert shown.problems == (ProblemText(str(HttpStatusError(500)), ("req-130", "req-131")),)
        assert shown.problems[0].in_full() == f"{HttpStatusError(500)} [req-130, req-131]"

    def test_of_one_kind_have_its_request_id_only(self) -> None:
        shown = seen(kind(error=BROKEN), kind(error=RetCodeError(4711, "oops", request_id="5c2f9a4e")))
        assert [problem.request_ids for problem in shown.problems] == [(), ("5c2f9a4e",)]
        assert shown.problems[0].in_full() == f"refresh: {BROKEN}"

    def test_include_internal_errors(self) -> None:
        (problem,) = seen(kind(error=InternalError(KeyError("x")))).problems
        assert "KeyError in ucdn-tui itself" in problem.sentence

    def test_include_the_number_of_unreadable_values(self) -> None:
        shown = seen(kind(unreadable=2), kind(unreadable=1))
        assert shown.text == "updated 3s ago · next in 2s"
        assert shown.problems == (ProblemText("3 values of the API's answer could not be read."),)

    def test_one_is_not_a_plural(self) -> None:
        shown = seen(kind(loading=True, unreadable=1), kind(loading=True), tasks=1)
        assert shown.text == "loading, 1 task so far"
        assert shown.problems == (ProblemText("1 value of the API's answer could not be read."),)

    def test_are_sanitized(self) -> None:
        nasty = "\x1b[2J\n[/b]\u202e\ud800" + "x" * 9000
        (problem,) = seen(kind(error=RetCodeError(4711, nasty, request_id=nasty))).problems
        assert problem.in_full().isprintable()
        assert len(problem.in_full()) < 800


moments = st.floats(0, 2 * NOW) | st.none()
states = st.builds(
    KindState,
    answered=moments,
    poll_due=st.floats(0, 2 * NOW),
    next_try=moments,
    error=st.sampled_from([None, BROKEN, LIMITED, WRONG_KEY, InternalError(ValueError())]),
    loading=st.booleans(),
    unreadable=st.integers(0, 5),
)


@given(states, states, st.booleans())
def test_any_state_has_a_text_that_reports_every_fault(refresh: KindState, prefetch: KindState, paused: bool) -> None:
    shown = seen(refresh, prefetch, paused=paused)
    assert shown.text.isprintable()
    assert shown.short
    for error in (refresh.error, prefetch.error):
        assert error is None or any(error.title in problem.sentence for problem in shown.problems)
    assert (shown.style == "ok") <= (refresh.error is None and prefetch.error is None)

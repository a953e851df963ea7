"""What the top line says of how old the data are, what is wrong, and when the next try is."""

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
from ucdn_tui.ui.bars.freshness import FreshnessText, freshness_text
from ucdn_tui.watch.freshness import freshness_of
from ucdn_tui.watch.poll.kind_poller import KindState
from ucdn_tui.watch.poll.poller import PollState

NOW = 1000.0

REFRESH, PREFETCH = TaskKind.REFRESH, TaskKind.PREFETCH

BROKEN = TransportError(Fault.BROKEN, "api.example.com")
LIMITED = RetCodeError(153, "Too many requests", request_id="5c2f9a4e")
WRONG_KEY = RetCodeError(171, "Signature VerifyAC Error", request_id="5c2f9a4e")


def kind(**fields: Any) -> KindState:
    """Return a kind that answered three seconds ago and is asked again in two."""
    return KindState(**{"answered": NOW - 3, "poll_due": NOW + 2, "next_try": NOW + 2, "loading": False, **fields})


def seen(refresh: KindState | None = None, prefetch: KindState | None = None, **fields: Any) -> FreshnessText:
    """Return the text for two kinds, the second as the first unless it is given."""
    refresh = refresh or kind()
    kinds = {REFRESH: refresh, PREFETCH: prefetch or refresh}
    state = PollState(**{"kinds": kinds, "interval": 5.0, "delay": 5.0, "window": 86400.0, **fields})
    return freshness_text(freshness_of(state, NOW), 42)


class TestAllIsWell:
    def test_so_it_says_how_old_the_data_are_and_when_the_next_look_is(self) -> None:
        assert seen() == FreshnessText("updated 3s ago · next in 2s", "3s ago", "ok")

    def test_and_the_age_is_that_of_the_older_answer_and_the_try_is_the_sooner_one(self) -> None:
        shown = seen(kind(answered=NOW - 9, next_try=NOW + 7), kind(answered=NOW - 1, next_try=NOW + 4))
        assert shown.text == "updated 9s ago · next in 4s"

    def test_and_a_look_that_is_due_or_under_way_is_now(self) -> None:
        assert seen(kind(next_try=NOW)).text == "updated 3s ago · next now"
        assert seen(kind(next_try=0.0)).text == "updated 3s ago · next now"

    def test_and_the_time_left_is_never_said_too_short(self) -> None:
        assert seen(kind(next_try=NOW + 1.2)).text == "updated 3s ago · next in 2s"
        assert seen(kind(next_try=NOW + 0.2)).text == "updated 3s ago · next in 1s"

    def test_and_the_age_is_never_negative(self) -> None:
        assert seen(kind(answered=NOW + 0.5)).text.startswith("updated 0s ago")


class TestLoading:
    def test_counts_the_tasks_that_are_there_so_far(self) -> None:
        assert seen(kind(loading=True)) == FreshnessText("loading, 42 tasks so far", "loading", "run")

    def test_is_said_until_both_kinds_are_there(self) -> None:
        assert seen(kind(), kind(loading=True)).short == "loading"

    def test_is_said_before_the_first_answer(self) -> None:
        assert seen(kind(answered=None, next_try=0.0, loading=True)).short == "loading"


SILENT = "The server has not answered yet."


class TestStale:
    def test_is_what_is_shown_when_a_planned_look_is_overdue_by_two_intervals(self) -> None:
        assert seen(kind(poll_due=NOW - 10)).style == "ok"
        late = kind(answered=NOW - 45, poll_due=NOW - 10.1, next_try=NOW + 8)
        assert seen(late) == FreshnessText("STALE 45s · next try in 8s", "STALE 45s", "bad", SILENT)

    def test_follows_the_interval(self) -> None:
        assert seen(kind(poll_due=NOW - 100), interval=60.0).style == "ok"
        assert seen(kind(poll_due=NOW - 100), interval=30.0).short == "STALE 3s"

    def test_names_the_kind_where_it_is_one_only(self) -> None:
        late = kind(answered=NOW - 90, poll_due=NOW - 60)
        assert seen(kind(), late).text == "STALE 1m30s (prefetch) · next try in 2s"

    def test_beats_the_word_for_the_fault_behind_it_but_the_fault_is_told(self) -> None:
        shown = seen(kind(answered=NOW - 90, poll_due=NOW - 60, error=BROKEN))
        assert shown.text.startswith("STALE 1m30s · next try")
        assert shown.trouble == str(BROKEN)

    def test_without_any_answer_there_is_nothing_to_be_old(self) -> None:
        late = kind(answered=None, poll_due=NOW - 60, loading=True)
        assert seen(late) == FreshnessText(
            "NO ANSWER YET · 42 tasks so far · next try in 2s", "NO ANSWER YET", "bad", SILENT
        )


class TestPaused:
    def test_says_so_and_how_old_the_data_are(self) -> None:
        assert seen(kind(next_try=None), paused=True) == FreshnessText("PAUSED · updated 3s ago", "PAUSED", "run")

    def test_beats_whatever_is_wrong_which_is_still_told(self) -> None:
        shown = seen(kind(error=WRONG_KEY, next_try=None, poll_due=NOW - 99), paused=True)
        assert shown.short == "PAUSED"
        assert "Wrong private key" in shown.trouble

    def test_before_the_first_answer_has_no_age(self) -> None:
        assert seen(kind(answered=None, next_try=None, loading=True), paused=True).text == "PAUSED · 42 tasks so far"


class TestSignInNeeded:
    def test_is_what_a_fault_that_waits_for_the_user_says(self) -> None:
        shown = seen(kind(error=WRONG_KEY, next_try=None, poll_due=NOW - 99))
        assert shown[:3] == ("SIGN-IN NEEDED · updated 3s ago", "SIGN-IN NEEDED", "bad")
        assert shown.trouble == f"{WRONG_KEY} [5c2f9a4e]"

    def test_does_not_need_both_kinds(self) -> None:
        assert seen(kind(), kind(error=WRONG_KEY, next_try=None)).short == "SIGN-IN NEEDED"


class TestRateLimited:
    @pytest.mark.parametrize("error", [LIMITED, HttpStatusError(429)], ids=["RetCode 153", "HTTP 429"])
    def test_says_when_the_next_try_is(self, error: UcdnTuiError) -> None:
        shown = seen(kind(error=error, next_try=NOW + 8))
        assert shown[:3] == ("RATE LIMITED, next try in 8s · updated 3s ago", "LIMITED in 8s", "bad")

    def test_names_the_kind_where_it_is_one_only(self) -> None:
        assert (
            seen(kind(error=LIMITED), kind(next_try=NOW + 5)).text
            == "RATE LIMITED (refresh), next try in 2s · updated 3s ago"
        )

    @pytest.mark.parametrize("error", [RetCodeError(150, ""), HttpStatusError(503), BROKEN])
    def test_is_not_what_other_faults_are_called(self, error: UcdnTuiError) -> None:
        assert seen(kind(error=error)).text == "FAILED · next try in 2s"


class TestOneKindFails:
    def test_and_the_other_does_not_so_its_name_is_said_in_both_places(self) -> None:
        shown = seen(kind(), kind(error=BROKEN, next_try=NOW + 1))
        assert shown[:3] == ("FAILED (prefetch) · next try in 1s", "FAILED in 1s", "run")
        assert shown.trouble == f"prefetch: {BROKEN}"

    def test_and_the_other_in_another_way_so_both_are_told(self) -> None:
        shown = seen(kind(error=ProtocolError("not JSON")), kind(error=BROKEN))
        assert shown.trouble.startswith("refresh: Unexpected response: not JSON.")
        assert shown.trouble.endswith(f"prefetch: {BROKEN}")

    def test_and_the_other_in_the_same_way_so_it_is_told_once(self) -> None:
        assert seen(kind(error=BROKEN), kind(error=TransportError(Fault.BROKEN, "api.example.com"))).trouble == str(
            BROKEN
        )


class TestTrouble:
    def test_has_the_request_id_that_support_asks_for(self) -> None:
        assert seen(kind(error=RetCodeError(4711, "oops", request_id="5c2f9a4e"))).trouble.endswith("[5c2f9a4e]")

    def test_is_told_of_our_own_mistakes_too(self) -> None:
        assert "KeyError in ucdn-tui itself" in seen(kind(error=InternalError(KeyError("x")))).trouble

    def test_counts_what_could_not_be_read_although_nothing_failed(self) -> None:
        shown = seen(kind(unreadable=2), kind(unreadable=1))
        assert shown.text == "updated 3s ago · next in 2s"
        assert shown.trouble == "3 values of the API's answer could not be read."

    def test_is_harmless_whatever_the_api_says(self) -> None:
        nasty = "\x1b[2J\n[/b]\u202e\ud800" + "x" * 9000
        shown = seen(kind(error=RetCodeError(4711, nasty, request_id=nasty)))
        assert shown.trouble.isprintable()
        assert len(shown.trouble) < 800


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
def test_whatever_happens_there_is_a_pulse_that_tells_what_is_wrong(
    refresh: KindState, prefetch: KindState, paused: bool
) -> None:
    shown = seen(refresh, prefetch, paused=paused)
    assert shown.text.isprintable()
    assert shown.short
    for error in (refresh.error, prefetch.error):
        assert error is None or error.title in shown.trouble
    assert (shown.style == "ok") <= (refresh.error is None and prefetch.error is None)

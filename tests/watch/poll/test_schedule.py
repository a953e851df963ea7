"""Schedule: the state, the next step and its time, after successes, faults, requests and pauses."""

from math import inf
from random import Random

import pytest

from support.clock import FakeClock
from ucdn_tui.api.models import Phase
from ucdn_tui.errors import HttpStatusError, InternalError, RetCodeError, UcdnTuiError
from ucdn_tui.watch.poll.backoff import MAX_BACK_OFF, MIN_DELAY
from ucdn_tui.watch.poll.pace import Pace
from ucdn_tui.watch.poll.schedule import OUTAGE, NextStep, PollingState, Schedule, Step
from ucdn_tui.watch.poll.settings import Settings
from ucdn_tui.watch.store import TaskStore

START = 100.0
DELAY = 5.0
FAULT = HttpStatusError(503)
WRONG_KEYS = RetCodeError(171, "")


class Bench:
    """A schedule, its settings and its pace. All tasks are settled, so the delay is four intervals."""

    def __init__(self, seed: int = 1) -> None:
        self.settings = Settings(interval=DELAY / 4)
        self.pace = Pace(self.settings, TaskStore(), FakeClock())
        self.schedule = Schedule(self.settings, self.pace, START, Random(seed))
        self.scanning = False
        self.loaded = True

    @property
    def state(self) -> PollingState:
        return self.schedule.state(scanning=self.scanning, loaded=self.loaded)

    def next(self, now: float, early_check: float = inf) -> NextStep:
        return self.schedule.next(self.state, now, scanning=self.scanning, early_check=early_check)

    def take(self, step: Step, began: float, ended: float) -> bool:
        self.schedule.begin(step, began)
        return self.schedule.succeeded(ended)

    def fail(self, step: Step, began: float, error: UcdnTuiError = FAULT) -> None:
        self.schedule.begin(step, began)
        self.schedule.failed(began + 1, error)


@pytest.fixture
def fresh() -> Bench:
    """Polling at its start: the first full scan is requested."""
    bench = Bench()
    bench.scanning, bench.loaded = True, False
    return bench


@pytest.fixture
def polled() -> Bench:
    """Polling whose last poll began at 110 and ended at 112."""
    bench = Bench()
    bench.take(Step.SCAN_PAGE, 101.0, 102.0)
    bench.take(Step.POLL, 110.0, 112.0)
    return bench


class TestStates:
    def test_the_first_full_scan_is_loading(self, fresh: Bench) -> None:
        assert fresh.state is PollingState.LOADING

    def test_without_a_scan_it_polls(self, polled: Bench) -> None:
        assert polled.state is PollingState.POLLING

    def test_a_later_scan_is_reconciling(self, polled: Bench) -> None:
        polled.scanning = True
        assert polled.state is PollingState.RECONCILING

    @pytest.mark.parametrize("scanning", [True, False])
    def test_a_fault_backs_off_whether_a_scan_runs_or_not(self, polled: Bench, scanning: bool) -> None:
        polled.scanning = scanning
        polled.fail(Step.POLL, 115.0)
        assert polled.state is PollingState.BACKING_OFF
        polled.take(Step.POLL, 118.0, 119.0)
        assert polled.state is (PollingState.RECONCILING if scanning else PollingState.POLLING)

    def test_wrong_keys_wait_for_the_user(self, polled: Bench) -> None:
        polled.fail(Step.POLL, 115.0, WRONG_KEYS)
        assert polled.state is PollingState.WAITING_FOR_USER

    @pytest.mark.parametrize("error", [FAULT, WRONG_KEYS])
    def test_a_pause_comes_before_any_fault(self, polled: Bench, error: UcdnTuiError) -> None:
        polled.fail(Step.POLL, 115.0, error)
        polled.settings.paused = True
        assert polled.state is PollingState.PAUSED

    @pytest.mark.parametrize("error", [FAULT, WRONG_KEYS])
    def test_a_refresh_overrides_pause_and_fault(self, polled: Bench, error: UcdnTuiError) -> None:
        polled.fail(Step.POLL, 115.0, error)
        polled.settings.paused = polled.scanning = True
        polled.schedule.refresh()
        assert polled.state is PollingState.RECONCILING


class TestSuccess:
    def test_the_next_poll_is_a_delay_after_the_last_one_began(self, polled: Bench) -> None:
        assert polled.next(112.0) == (Step.POLL, 115.0)
        assert polled.schedule.poll_due == 115.0

    def test_a_poll_that_took_longer_than_the_delay_is_followed_by_the_next(self, polled: Bench) -> None:
        polled.take(Step.POLL, 115.0, 130.0)
        assert polled.next(130.0) == (Step.POLL, 130.0)

    def test_the_first_page_serves_a_refresh_as_well(self, fresh: Bench) -> None:
        assert fresh.next(START) == (Step.SCAN_PAGE, -inf)
        fresh.schedule.refresh()
        fresh.take(Step.SCAN_PAGE, START, START + 40)
        assert not fresh.schedule.poll_requested
        assert fresh.schedule.poll_due == START + 40, "its rows are not stale"

    def test_a_submitted_task_is_asked_for_right_after_the_first_page(self, fresh: Bench) -> None:
        fresh.schedule.request_poll()
        assert fresh.next(START).step is Step.SCAN_PAGE
        fresh.take(Step.SCAN_PAGE, START, START + 0.5)
        assert fresh.next(START + 0.5) == (Step.POLL, START + MIN_DELAY)

    def test_pages_follow_each_other_at_once(self, polled: Bench) -> None:
        polled.scanning = True
        polled.take(Step.SCAN_PAGE, 112.0, 113.0)
        assert polled.next(113.0).step is Step.SCAN_PAGE
        assert polled.next(113.0).due <= 113.0

    def test_a_page_makes_the_data_newer_without_delaying_the_poll(self, polled: Bench) -> None:
        polled.take(Step.SCAN_PAGE, 113.0, 114.0)
        assert polled.schedule.answered == 114.0
        assert polled.next(114.0) == (Step.POLL, 115.0)

    def test_an_early_check_makes_nothing_newer(self, polled: Bench) -> None:
        polled.take(Step.EARLY_CHECK, 113.0, 113.5)
        assert polled.schedule.answered == 112.0
        assert polled.next(113.5) == (Step.POLL, 115.0)

    def test_polls_and_pages_take_turns_on_a_slow_server(self, polled: Bench) -> None:
        polled.scanning = True
        now, steps = 115.0, []
        for _ in range(6):
            step = polled.next(now).step
            polled.take(step, now, now + 2 * DELAY)
            now += 2 * DELAY
            steps.append(step)
        assert steps == [Step.SCAN_PAGE, Step.POLL] * 3

    def test_polls_and_pages_take_turns_when_each_poll_fails(self, polled: Bench) -> None:
        polled.scanning = True
        polled.fail(Step.POLL, 115.0)
        assert polled.next(200.0).step is Step.SCAN_PAGE


class TestEarlyCheck:
    def test_an_early_check_is_due_when_a_task_is_predicted_to_finish(self, polled: Bench) -> None:
        assert polled.next(112.0, early_check=113.0) == (Step.EARLY_CHECK, 113.0)

    def test_an_early_check_is_due_at_once_if_the_time_has_passed(self, polled: Bench) -> None:
        assert polled.next(113.5, early_check=113.0) == (Step.EARLY_CHECK, 113.5)

    def test_an_early_check_close_to_the_next_poll_is_left_out(self, polled: Bench) -> None:
        assert polled.next(112.0, early_check=114.0).step is Step.EARLY_CHECK
        assert polled.next(112.0, early_check=114.1) == (Step.POLL, 115.0)

    def test_a_poll_is_at_least_a_second_after_an_early_check(self, polled: Bench) -> None:
        polled.take(Step.EARLY_CHECK, 114.5, 114.6)
        assert polled.next(114.6) == (Step.POLL, 114.5 + MIN_DELAY)

    def test_a_rate_limit_prevents_early_checks(self, polled: Bench) -> None:
        polled.pace.rate_limited()
        polled.pace.update()
        assert polled.next(112.0, early_check=113.0).step is Step.POLL

    def test_faults_pauses_and_scans_prevent_early_checks(self, polled: Bench) -> None:
        polled.settings.paused = True
        assert polled.next(112.0, early_check=113.0).due == inf
        polled.settings.paused, polled.scanning = False, True
        assert polled.next(112.0, early_check=113.0).step is Step.SCAN_PAGE
        polled.fail(Step.POLL, 112.0)
        assert polled.next(113.0, early_check=113.0).step is not Step.EARLY_CHECK


class TestRequests:
    def test_a_refresh_is_due_a_second_after_the_last_step(self, polled: Bench) -> None:
        polled.schedule.refresh()
        assert polled.next(110.0) == (Step.POLL, 110.0 + MIN_DELAY)

    @pytest.mark.parametrize("scanning", [True, False])
    def test_a_refresh_overrides_a_pause(self, polled: Bench, scanning: bool) -> None:
        polled.settings.paused = True
        polled.scanning = scanning
        polled.schedule.refresh()
        assert polled.next(110.0).due == 111.0

    def test_the_scan_of_a_refresh_goes_on_in_a_pause(self, polled: Bench) -> None:
        polled.settings.paused = polled.scanning = True
        polled.schedule.refresh()
        polled.take(Step.POLL, 120.0, 121.0)
        assert polled.next(121.0).step is Step.SCAN_PAGE
        assert polled.next(121.0).due <= 121.0

    @pytest.mark.parametrize("error", [FAULT, WRONG_KEYS])
    def test_a_refresh_overrides_a_back_off_and_wrong_keys(self, polled: Bench, error: UcdnTuiError) -> None:
        for time in (120.0, 130.0, 140.0, 150.0, 160.0):
            polled.fail(Step.POLL, time, error)
        polled.schedule.refresh()
        assert polled.next(161.0) == (Step.POLL, 161.0)

    @pytest.mark.parametrize("paused", [True, False])
    @pytest.mark.parametrize("scanning", [True, False])
    def test_a_refresh_does_not_override_retry_after(self, polled: Bench, scanning: bool, paused: bool) -> None:
        polled.fail(Step.POLL, 120.0, HttpStatusError(429, retry_after=30.0))
        polled.settings.paused, polled.scanning = paused, scanning
        polled.schedule.refresh()
        assert polled.next(122.0).due == 151.0

    def test_a_fault_ends_a_refresh(self, polled: Bench) -> None:
        polled.settings.paused = True
        polled.schedule.refresh()
        polled.fail(Step.POLL, 120.0)
        assert polled.next(122.0).due == inf

    def test_a_running_poll_satisfies_a_refresh(self, polled: Bench) -> None:
        polled.schedule.begin(Step.POLL, 120.0)
        polled.schedule.refresh()
        assert not polled.schedule.poll_requested

    def test_a_running_poll_does_not_satisfy_tracking(self, polled: Bench) -> None:
        polled.schedule.begin(Step.POLL, 120.0)
        polled.schedule.request_poll()
        polled.schedule.refresh()
        polled.schedule.succeeded(121.0)
        assert polled.next(121.0) == (Step.POLL, 121.0)


class TestRequestsDuringAStep:
    """The running step fails: it was not the answer to a request that came after it had begun."""

    @pytest.mark.parametrize("step", [Step.POLL, Step.SCAN_PAGE, Step.EARLY_CHECK])
    @pytest.mark.parametrize("paused", [True, False])
    def test_a_refresh_is_not_lost(self, polled: Bench, step: Step, paused: bool) -> None:
        polled.settings.paused = paused
        polled.schedule.begin(step, 120.0)
        polled.schedule.refresh()
        polled.schedule.failed(121.0, FAULT)
        assert polled.next(121.0) == (Step.POLL, 121.0)
        polled.fail(Step.POLL, 121.0)
        assert not polled.schedule.refreshing, "its own poll has failed"

    def test_a_submitted_task_is_still_asked_for(self, polled: Bench) -> None:
        polled.schedule.begin(Step.POLL, 120.0)
        polled.schedule.request_poll()
        polled.schedule.failed(121.0, WRONG_KEYS)
        assert polled.next(121.0) == (Step.POLL, 121.0)

    def test_while_the_retry_runs_it_does_not_wait_for_the_user(self, polled: Bench) -> None:
        polled.fail(Step.POLL, 115.0, WRONG_KEYS)
        polled.schedule.request_poll()
        polled.schedule.begin(Step.POLL, 120.0)
        assert polled.state is not PollingState.WAITING_FOR_USER


def test_pages_are_a_second_apart_while_the_api_limits_the_rate(polled: Bench) -> None:
    polled.scanning = True
    polled.pace.rate_limited()
    polled.pace.update()
    polled.take(Step.SCAN_PAGE, 112.0, 112.1)
    assert polled.next(112.1) == (Step.SCAN_PAGE, 113.0)


class TestPause:
    @pytest.mark.parametrize("scanning", [True, False])
    @pytest.mark.parametrize("error", [None, FAULT])
    def test_nothing_is_asked(self, polled: Bench, scanning: bool, error: UcdnTuiError | None) -> None:
        if error:
            polled.fail(Step.POLL, 120.0, error)
        polled.settings.paused, polled.scanning = True, scanning
        assert polled.next(300.0).due == inf

    def test_after_a_pause_the_schedule_is_unchanged(self, polled: Bench) -> None:
        polled.settings.paused = True
        polled.settings.paused = False
        assert polled.next(112.0) == (Step.POLL, 115.0)


class TestFaults:
    def test_the_first_fault_is_retried_within_two_seconds(self, polled: Bench) -> None:
        polled.fail(Step.POLL, 120.0)
        assert polled.schedule.error is FAULT
        assert 122.0 <= polled.next(121.0).due <= 123.0

    def test_a_failed_page_is_retried_after_a_back_off(self, polled: Bench) -> None:
        polled.scanning = True
        polled.fail(Step.SCAN_PAGE, 120.0)
        assert polled.next(121.0).due >= 122.0

    def test_the_delays_grow_up_to_a_minute(self) -> None:
        delays = []
        for seed in range(200):
            bench = Bench(seed)
            delays.append([])
            for _ in range(12):
                bench.fail(Step.SCAN_PAGE, -1.0, InternalError(ValueError()))
                delays[-1].append(bench.next(0.0).due)
        longest = [max(column) for column in zip(*delays, strict=True)]
        for index, seconds in enumerate(longest):
            most = min(MAX_BACK_OFF, 2.0 ** (index + 1))
            assert 0.9 * most < seconds <= most

    def test_a_success_ends_the_back_off(self, polled: Bench) -> None:
        for _ in range(8):
            polled.fail(Step.POLL, 120.0)
        polled.take(Step.POLL, 149.0, 150.0)
        assert polled.schedule.error is None
        assert polled.next(150.0) == (Step.POLL, 154.0)
        polled.fail(Step.POLL, 154.0)
        assert polled.next(155.0).due <= 157.0, "the failures are counted from 1 again"

    @pytest.mark.parametrize("code", [170, 171, 172, 174])
    @pytest.mark.parametrize("scanning", [True, False])
    def test_wrong_keys_are_never_tried_again(self, polled: Bench, code: int, scanning: bool) -> None:
        polled.scanning = scanning
        polled.fail(Step.POLL, 120.0, RetCodeError(code, ""))
        assert polled.next(1e6).due == inf

    @pytest.mark.parametrize("code", [292, 294, 295, 299])
    def test_missing_permissions_are_tried_each_minute(self, polled: Bench, code: int) -> None:
        for _ in range(5):
            polled.fail(Step.POLL, 119.0, RetCodeError(code, ""))
            assert polled.next(120.0).due == 180.0

    @pytest.mark.parametrize("code", [153, 292])
    def test_a_retry_after_is_honoured_whatever_the_fault(self, polled: Bench, code: int) -> None:
        polled.fail(Step.POLL, 119.0, RetCodeError(code, "", retry_after=300.0))
        assert polled.next(120.0).due == 420.0

    def test_a_short_retry_after_does_not_shorten_the_back_off(self) -> None:
        for seed in range(50):
            bench = Bench(seed)
            bench.fail(Step.SCAN_PAGE, -1.0, HttpStatusError(429, retry_after=0.0))
            assert bench.next(0.0).due >= MIN_DELAY


class TestOutages:
    def test_the_first_answer_does_not_end_an_outage(self, fresh: Bench) -> None:
        assert not fresh.take(Step.SCAN_PAGE, START + 10_000, START + 10_001)

    def test_a_step_in_time_does_not_end_an_outage(self, polled: Bench) -> None:
        assert not polled.take(Step.POLL, 115.0 + OUTAGE, 180.0)

    @pytest.mark.parametrize("step", [Step.POLL, Step.SCAN_PAGE])
    def test_a_step_that_is_a_minute_late_ends_an_outage(self, polled: Bench, step: Step) -> None:
        assert polled.take(step, 115.0 + OUTAGE + 0.1, 180.0)
        assert not polled.take(step, 181.0, 182.0)

    def test_a_poll_that_takes_minutes_is_not_an_outage(self, polled: Bench) -> None:
        """Otherwise the full scans of a slow server would restart for ever."""
        assert not polled.take(Step.POLL, 115.0, 300.0)
        assert not polled.take(Step.SCAN_PAGE, 300.0, 330.0)
        assert not polled.take(Step.POLL, 330.0, 500.0)


class TestPaceChanges:
    def set_interval(self, bench: Bench, seconds: float, now: float) -> None:
        bench.settings.interval = seconds
        bench.schedule.pace_changed(now)

    def test_a_longer_delay_counts_from_the_last_poll(self, polled: Bench) -> None:
        self.set_interval(polled, 15.0, 113.0)
        assert polled.next(113.0) == (Step.POLL, 110.0 + 60.0)

    def test_a_shorter_delay_makes_a_poll_due_but_not_overdue(self, polled: Bench) -> None:
        self.set_interval(polled, 0.25, 113.0)
        assert polled.schedule.poll_due == 113.0

    def test_an_overdue_poll_stays_overdue(self, polled: Bench) -> None:
        self.set_interval(polled, 0.25, 140.0)
        assert polled.schedule.poll_due == 115.0

    def test_the_delay_is_four_intervals_while_nothing_is_active(self, polled: Bench) -> None:
        assert not TaskStore().keys_in(Phase.ACTIVE)
        assert polled.pace.delay == polled.pace.idle_delay == DELAY

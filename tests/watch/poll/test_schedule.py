"""Schedule: the state, the next step and its time, after successes, early checks and requests."""

from math import inf

import pytest

from ucdn_tui.errors import HttpStatusError, RetCodeError, UcdnTuiError
from ucdn_tui.watch.poll.backoff import MIN_DELAY
from ucdn_tui.watch.poll.schedule import PollingState, Step
from watch.poll.scheduled import DELAY, FAULT, START, ScheduleBench

WRONG_KEYS = RetCodeError(171, "")


class TestStates:
    def test_the_first_full_scan_is_loading(self, fresh: ScheduleBench) -> None:
        assert fresh.state is PollingState.LOADING

    def test_without_a_scan_it_polls(self, polled: ScheduleBench) -> None:
        assert polled.state is PollingState.POLLING

    def test_a_later_scan_is_reconciling(self, polled: ScheduleBench) -> None:
        polled.scanning = True
        assert polled.state is PollingState.RECONCILING

    @pytest.mark.parametrize("scanning", [True, False])
    def test_a_fault_backs_off_whether_a_scan_runs_or_not(self, polled: ScheduleBench, scanning: bool) -> None:
        polled.scanning = scanning
        polled.fail(Step.POLL, 115.0)
        assert polled.state is PollingState.BACKING_OFF
        polled.take(Step.POLL, 118.0, 119.0)
        assert polled.state is (PollingState.RECONCILING if scanning else PollingState.POLLING)

    def test_wrong_keys_wait_for_the_user(self, polled: ScheduleBench) -> None:
        polled.fail(Step.POLL, 115.0, WRONG_KEYS)
        assert polled.state is PollingState.WAITING_FOR_USER

    @pytest.mark.parametrize("error", [FAULT, WRONG_KEYS])
    def test_a_pause_comes_before_any_fault(self, polled: ScheduleBench, error: UcdnTuiError) -> None:
        polled.fail(Step.POLL, 115.0, error)
        polled.settings.paused = True
        assert polled.state is PollingState.PAUSED

    @pytest.mark.parametrize("error", [FAULT, WRONG_KEYS])
    def test_a_refresh_overrides_pause_and_fault(self, polled: ScheduleBench, error: UcdnTuiError) -> None:
        polled.fail(Step.POLL, 115.0, error)
        polled.settings.paused = polled.scanning = True
        polled.schedule.refresh()
        assert polled.state is PollingState.RECONCILING


class TestSuccess:
    def test_the_next_poll_is_a_delay_after_the_last_one_began(self, polled: ScheduleBench) -> None:
        assert polled.next(112.0) == (Step.POLL, 115.0)
        assert polled.schedule.poll_due == 115.0

    def test_a_poll_that_took_longer_than_the_delay_is_followed_by_the_next(self, polled: ScheduleBench) -> None:
        polled.take(Step.POLL, 115.0, 130.0)
        assert polled.next(130.0) == (Step.POLL, 130.0)

    def test_the_first_page_serves_a_refresh_as_well(self, fresh: ScheduleBench) -> None:
        assert fresh.next(START) == (Step.SCAN_PAGE, -inf)
        fresh.schedule.refresh()
        fresh.take(Step.SCAN_PAGE, START, START + 40)
        assert not fresh.schedule.poll_requested
        assert fresh.schedule.poll_due == START + 40, "its rows are not stale"

    def test_a_submitted_task_is_asked_for_right_after_the_first_page(self, fresh: ScheduleBench) -> None:
        fresh.schedule.request_poll()
        assert fresh.next(START).step is Step.SCAN_PAGE
        fresh.take(Step.SCAN_PAGE, START, START + 0.5)
        assert fresh.next(START + 0.5) == (Step.POLL, START + MIN_DELAY)

    def test_pages_follow_each_other_at_once(self, polled: ScheduleBench) -> None:
        polled.scanning = True
        polled.take(Step.SCAN_PAGE, 112.0, 113.0)
        assert polled.next(113.0).step is Step.SCAN_PAGE
        assert polled.next(113.0).due <= 113.0

    def test_a_page_makes_the_data_newer_without_delaying_the_poll(self, polled: ScheduleBench) -> None:
        polled.take(Step.SCAN_PAGE, 113.0, 114.0)
        assert polled.schedule.answered == 114.0
        assert polled.next(114.0) == (Step.POLL, 115.0)

    def test_an_early_check_makes_nothing_newer(self, polled: ScheduleBench) -> None:
        polled.take(Step.EARLY_CHECK, 113.0, 113.5)
        assert polled.schedule.answered == 112.0
        assert polled.next(113.5) == (Step.POLL, 115.0)

    def test_polls_and_pages_take_turns_on_a_slow_server(self, polled: ScheduleBench) -> None:
        polled.scanning = True
        now, steps = 115.0, []
        for _ in range(6):
            step = polled.next(now).step
            polled.take(step, now, now + 2 * DELAY)
            now += 2 * DELAY
            steps.append(step)
        assert steps == [Step.SCAN_PAGE, Step.POLL] * 3

    def test_polls_and_pages_take_turns_when_each_poll_fails(self, polled: ScheduleBench) -> None:
        polled.scanning = True
        polled.fail(Step.POLL, 115.0)
        assert polled.next(200.0).step is Step.SCAN_PAGE


class TestEarlyCheck:
    def test_an_early_check_is_due_when_a_task_is_predicted_to_finish(self, polled: ScheduleBench) -> None:
        assert polled.next(112.0, early_check=113.0) == (Step.EARLY_CHECK, 113.0)

    def test_an_early_check_is_due_at_once_if_the_time_has_passed(self, polled: ScheduleBench) -> None:
        assert polled.next(113.5, early_check=113.0) == (Step.EARLY_CHECK, 113.5)

    def test_an_early_check_close_to_the_next_poll_is_left_out(self, polled: ScheduleBench) -> None:
        assert polled.next(112.0, early_check=114.0).step is Step.EARLY_CHECK
        assert polled.next(112.0, early_check=114.1) == (Step.POLL, 115.0)

    def test_a_poll_is_at_least_a_second_after_an_early_check(self, polled: ScheduleBench) -> None:
        polled.take(Step.EARLY_CHECK, 114.5, 114.6)
        assert polled.next(114.6) == (Step.POLL, 114.5 + MIN_DELAY)

    def test_a_rate_limit_prevents_early_checks(self, polled: ScheduleBench) -> None:
        polled.pace.rate_limited()
        polled.pace.update()
        assert polled.next(112.0, early_check=113.0).step is Step.POLL

    def test_faults_pauses_and_scans_prevent_early_checks(self, polled: ScheduleBench) -> None:
        polled.settings.paused = True
        assert polled.next(112.0, early_check=113.0).due == inf
        polled.settings.paused, polled.scanning = False, True
        assert polled.next(112.0, early_check=113.0).step is Step.SCAN_PAGE
        polled.fail(Step.POLL, 112.0)
        assert polled.next(113.0, early_check=113.0).step is not Step.EARLY_CHECK


class TestRequests:
    def test_a_refresh_is_due_a_second_after_the_last_step(self, polled: ScheduleBench) -> None:
        polled.schedule.refresh()
        assert polled.next(110.0) == (Step.POLL, 110.0 + MIN_DELAY)

    @pytest.mark.parametrize("scanning", [True, False])
    def test_a_refresh_overrides_a_pause(self, polled: ScheduleBench, scanning: bool) -> None:
        polled.settings.paused = True
        polled.scanning = scanning
        polled.schedule.refresh()
        assert polled.next(110.0).due == 111.0

    def test_the_scan_of_a_refresh_goes_on_in_a_pause(self, polled: ScheduleBench) -> None:
        polled.settings.paused = polled.scanning = True
        polled.schedule.refresh()
        polled.take(Step.POLL, 120.0, 121.0)
        assert polled.next(121.0).step is Step.SCAN_PAGE
        assert polled.next(121.0).due <= 121.0

    @pytest.mark.parametrize("error", [FAULT, WRONG_KEYS])
    def test_a_refresh_overrides_a_back_off_and_wrong_keys(self, polled: ScheduleBench, error: UcdnTuiError) -> None:
        for time in (120.0, 130.0, 140.0, 150.0, 160.0):
            polled.fail(Step.POLL, time, error)
        polled.schedule.refresh()
        assert polled.next(161.0) == (Step.POLL, 161.0)

    @pytest.mark.parametrize("paused", [True, False])
    @pytest.mark.parametrize("scanning", [True, False])
    def test_a_refresh_does_not_override_retry_after(self, polled: ScheduleBench, scanning: bool, paused: bool) -> None:
        polled.fail(Step.POLL, 120.0, HttpStatusError(429, retry_after=30.0))
        polled.settings.paused, polled.scanning = paused, scanning
        polled.schedule.refresh()
        assert polled.next(122.0).due == 151.0

    def test_a_fault_ends_a_refresh(self, polled: ScheduleBench) -> None:
        polled.settings.paused = True
        polled.schedule.refresh()
        polled.fail(Step.POLL, 120.0)
        assert polled.next(122.0).due == inf

    def test_a_running_poll_satisfies_a_refresh(self, polled: ScheduleBench) -> None:
        polled.schedule.begin(Step.POLL, 120.0)
        polled.schedule.refresh()
        assert not polled.schedule.poll_requested

    def test_a_running_poll_does_not_satisfy_tracking(self, polled: ScheduleBench) -> None:
        polled.schedule.begin(Step.POLL, 120.0)
        polled.schedule.request_poll()
        polled.schedule.refresh()
        polled.schedule.succeeded(121.0)
        assert polled.next(121.0) == (Step.POLL, 121.0)


class TestRequestsDuringAStep:
    """The running step fails: it was not the answer to a request that came after it had begun."""

    @pytest.mark.parametrize("step", [Step.POLL, Step.SCAN_PAGE, Step.EARLY_CHECK])
    @pytest.mark.parametrize("paused", [True, False])
    def test_a_refresh_is_not_lost(self, polled: ScheduleBench, step: Step, paused: bool) -> None:
        polled.settings.paused = paused
        polled.schedule.begin(step, 120.0)
        polled.schedule.refresh()
        polled.schedule.failed(121.0, FAULT)
        assert polled.next(121.0) == (Step.POLL, 121.0)
        polled.fail(Step.POLL, 121.0)
        assert not polled.schedule.refreshing, "its own poll has failed"

    def test_a_submitted_task_is_still_asked_for(self, polled: ScheduleBench) -> None:
        polled.schedule.begin(Step.POLL, 120.0)
        polled.schedule.request_poll()
        polled.schedule.failed(121.0, WRONG_KEYS)
        assert polled.next(121.0) == (Step.POLL, 121.0)

    def test_while_the_retry_runs_it_does_not_wait_for_the_user(self, polled: ScheduleBench) -> None:
        polled.fail(Step.POLL, 115.0, WRONG_KEYS)
        polled.schedule.request_poll()
        polled.schedule.begin(Step.POLL, 120.0)
        assert polled.state is not PollingState.WAITING_FOR_USER

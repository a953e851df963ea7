"""Schedule: pausing, faults, outages and changes of the pace."""

from math import inf

import pytest

from ucdn_tui.api.models import Phase
from ucdn_tui.errors import HttpStatusError, InternalError, RetCodeError, UcdnTuiError
from ucdn_tui.watch.poll.backoff import MAX_BACK_OFF, MIN_DELAY
from ucdn_tui.watch.poll.schedule import OUTAGE, Step
from ucdn_tui.watch.store import TaskStore
from watch.poll.scheduled import DELAY, FAULT, START, ScheduleBench


def test_pages_are_a_second_apart_while_the_api_limits_the_rate(polled: ScheduleBench) -> None:
    polled.scanning = True
    polled.pace.rate_limited()
    polled.pace.update()
    polled.take(Step.SCAN_PAGE, 112.0, 112.1)
    assert polled.next(112.1) == (Step.SCAN_PAGE, 113.0)


class TestPause:
    @pytest.mark.parametrize("scanning", [True, False])
    @pytest.mark.parametrize("error", [None, FAULT])
    def test_nothing_is_asked(self, polled: ScheduleBench, scanning: bool, error: UcdnTuiError | None) -> None:
        if error:
            polled.fail(Step.POLL, 120.0, error)
        polled.settings.paused, polled.scanning = True, scanning
        assert polled.next(300.0).due == inf

    def test_after_a_pause_the_schedule_is_unchanged(self, polled: ScheduleBench) -> None:
        polled.settings.paused = True
        polled.settings.paused = False
        assert polled.next(112.0) == (Step.POLL, 115.0)


class TestFaults:
    def test_the_first_fault_is_retried_within_two_seconds(self, polled: ScheduleBench) -> None:
        polled.fail(Step.POLL, 120.0)
        assert polled.schedule.error is FAULT
        assert 122.0 <= polled.next(121.0).due <= 123.0

    def test_a_failed_page_is_retried_after_a_back_off(self, polled: ScheduleBench) -> None:
        polled.scanning = True
        polled.fail(Step.SCAN_PAGE, 120.0)
        assert polled.next(121.0).due >= 122.0

    def test_the_delays_grow_up_to_a_minute(self) -> None:
        delays = []
        for seed in range(200):
            bench = ScheduleBench(seed)
            delays.append([])
            for _ in range(12):
                bench.fail(Step.SCAN_PAGE, -1.0, InternalError(ValueError()))
                delays[-1].append(bench.next(0.0).due)
        longest = [max(column) for column in zip(*delays, strict=True)]
        for index, seconds in enumerate(longest):
            most = min(MAX_BACK_OFF, 2.0 ** (index + 1))
            assert 0.9 * most < seconds <= most

    def test_a_success_ends_the_back_off(self, polled: ScheduleBench) -> None:
        for _ in range(8):
            polled.fail(Step.POLL, 120.0)
        polled.take(Step.POLL, 149.0, 150.0)
        assert polled.schedule.error is None
        assert polled.next(150.0) == (Step.POLL, 154.0)
        polled.fail(Step.POLL, 154.0)
        assert polled.next(155.0).due <= 157.0, "the failures are counted from 1 again"

    @pytest.mark.parametrize("code", [170, 171, 172, 174])
    @pytest.mark.parametrize("scanning", [True, False])
    def test_wrong_keys_are_never_tried_again(self, polled: ScheduleBench, code: int, scanning: bool) -> None:
        polled.scanning = scanning
        polled.fail(Step.POLL, 120.0, RetCodeError(code, ""))
        assert polled.next(1e6).due == inf

    @pytest.mark.parametrize("code", [292, 294, 295, 299])
    def test_missing_permissions_are_tried_each_minute(self, polled: ScheduleBench, code: int) -> None:
        for _ in range(5):
            polled.fail(Step.POLL, 119.0, RetCodeError(code, ""))
            assert polled.next(120.0).due == 180.0

    @pytest.mark.parametrize("code", [153, 292])
    def test_a_retry_after_is_honoured_whatever_the_fault(self, polled: ScheduleBench, code: int) -> None:
        polled.fail(Step.POLL, 119.0, RetCodeError(code, "", retry_after=300.0))
        assert polled.next(120.0).due == 420.0

    def test_a_short_retry_after_does_not_shorten_the_back_off(self) -> None:
        for seed in range(50):
            bench = ScheduleBench(seed)
            bench.fail(Step.SCAN_PAGE, -1.0, HttpStatusError(429, retry_after=0.0))
            assert bench.next(0.0).due >= MIN_DELAY


class TestOutages:
    def test_the_first_answer_does_not_end_an_outage(self, fresh: ScheduleBench) -> None:
        assert not fresh.take(Step.SCAN_PAGE, START + 10_000, START + 10_001)

    def test_a_step_in_time_does_not_end_an_outage(self, polled: ScheduleBench) -> None:
        assert not polled.take(Step.POLL, 115.0 + OUTAGE, 180.0)

    @pytest.mark.parametrize("step", [Step.POLL, Step.SCAN_PAGE])
    def test_a_step_that_is_a_minute_late_ends_an_outage(self, polled: ScheduleBench, step: Step) -> None:
        assert polled.take(step, 115.0 + OUTAGE + 0.1, 180.0)
        assert not polled.take(step, 181.0, 182.0)

    def test_a_poll_that_takes_minutes_is_not_an_outage(self, polled: ScheduleBench) -> None:
        """Otherwise the full scans of a slow server would restart for ever."""
        assert not polled.take(Step.POLL, 115.0, 300.0)
        assert not polled.take(Step.SCAN_PAGE, 300.0, 330.0)
        assert not polled.take(Step.POLL, 330.0, 500.0)


class TestPaceChanges:
    def set_interval(self, bench: ScheduleBench, seconds: float, now: float) -> None:
        bench.settings.interval = seconds
        bench.schedule.pace_changed(now)

    def test_a_longer_delay_counts_from_the_last_poll(self, polled: ScheduleBench) -> None:
        self.set_interval(polled, 15.0, 113.0)
        assert polled.next(113.0) == (Step.POLL, 110.0 + 60.0)

    def test_a_shorter_delay_makes_a_poll_due_but_not_overdue(self, polled: ScheduleBench) -> None:
        self.set_interval(polled, 0.25, 113.0)
        assert polled.schedule.poll_due == 113.0

    def test_an_overdue_poll_stays_overdue(self, polled: ScheduleBench) -> None:
        self.set_interval(polled, 0.25, 140.0)
        assert polled.schedule.poll_due == 115.0

    def test_the_delay_is_four_intervals_while_nothing_is_active(self, polled: ScheduleBench) -> None:
        assert not TaskStore().keys_in(Phase.ACTIVE)
        assert polled.pace.delay == polled.pace.idle_delay == DELAY

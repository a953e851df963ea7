"""When one kind is asked next: after a success, a fault, a wish, a pause."""

from math import inf
from random import Random

import pytest

from ucdn_tui.errors import HttpStatusError, InternalError, RetCodeError, UcdnTuiError
from ucdn_tui.watch.poll.backoff import BACK_OFF_CAP, MIN_GAP
from ucdn_tui.watch.poll.schedule import OUTAGE, Schedule

START = 100.0
GAP = 5.0
TROUBLE = HttpStatusError(503)


@pytest.fixture
def schedule() -> Schedule:
    return Schedule(START, Random(1))


@pytest.fixture
def looked(schedule: Schedule) -> Schedule:
    """A schedule whose last look began at 110 and was over at 112."""
    schedule.trying(110.0)
    schedule.succeeded(112.0, GAP)
    schedule.look_began(110.0)
    return schedule


def next_try(schedule: Schedule, *, busy: bool = False) -> float:
    return schedule.next_try(GAP, busy=busy)


class TestSuccess:
    def test_the_next_look_is_a_gap_after_the_last_one_began(self, looked: Schedule) -> None:
        assert next_try(looked) == looked.planned(GAP) == 115.0
        assert looked.next_try(60.0, busy=False) == 170.0

    def test_before_the_first_look_the_start_counts(self, schedule: Schedule) -> None:
        assert schedule.planned(GAP) == START + GAP

    def test_a_pass_goes_on_at_once(self, schedule: Schedule, looked: Schedule) -> None:
        assert next_try(looked, busy=True) <= 112.0

    def test_a_page_is_no_look(self, looked: Schedule) -> None:
        looked.trying(113.0)
        looked.succeeded(114.0, GAP)
        assert looked.answered == 114.0
        assert next_try(looked) == 115.0


class TestWish:
    def test_it_is_heard_a_second_after_the_last_try(self, looked: Schedule) -> None:
        looked.forced = True
        assert next_try(looked) == 110.0 + MIN_GAP

    @pytest.mark.parametrize("busy", [True, False])
    def test_it_beats_a_pause(self, looked: Schedule, busy: bool) -> None:
        looked.paused = looked.forced = True
        assert next_try(looked, busy=busy) <= 110.0 + MIN_GAP

    def test_it_beats_a_back_off(self, looked: Schedule) -> None:
        for moment in (120.0, 130.0, 140.0, 150.0, 160.0):
            looked.trying(moment)
            looked.failed(moment + 1, TROUBLE)
        looked.forced = True
        assert next_try(looked) == next_try(looked, busy=True) == 161.0

    def test_it_beats_wrong_keys(self, looked: Schedule) -> None:
        looked.trying(120.0)
        looked.failed(121.0, RetCodeError(171, ""))
        looked.forced = True
        assert next_try(looked) == 121.0

    @pytest.mark.parametrize("busy", [True, False])
    @pytest.mark.parametrize("paused", [True, False])
    def test_it_does_not_beat_a_retry_after(self, looked: Schedule, busy: bool, paused: bool) -> None:
        looked.trying(120.0)
        looked.failed(121.0, HttpStatusError(429, retry_after=30.0))
        looked.forced, looked.paused = True, paused
        assert next_try(looked, busy=busy) == 151.0

    def test_a_fault_ends_it(self, looked: Schedule) -> None:
        looked.forced = looked.paused = True
        looked.failed(121.0, TROUBLE)
        assert next_try(looked) == inf


class TestPause:
    @pytest.mark.parametrize("busy", [True, False])
    @pytest.mark.parametrize("error", [None, TROUBLE])
    def test_nothing_is_asked(self, looked: Schedule, busy: bool, error: UcdnTuiError | None) -> None:
        if error:
            looked.failed(120.0, error)
        looked.paused = True
        assert next_try(looked, busy=busy) == inf

    def test_after_it_all_is_as_before(self, looked: Schedule) -> None:
        looked.paused = True
        looked.paused = False
        assert next_try(looked) == 115.0


class TestFault:
    def test_the_first_one_is_followed_by_a_try_within_two_seconds(self, looked: Schedule) -> None:
        looked.failed(120.0, TROUBLE)
        assert looked.error is TROUBLE
        assert 121.0 <= next_try(looked) <= 122.0

    @pytest.mark.parametrize("busy", [True, False])
    def test_a_pass_waits_as_well(self, looked: Schedule, busy: bool) -> None:
        looked.failed(120.0, TROUBLE)
        assert next_try(looked, busy=busy) >= 121.0

    def test_the_pauses_grow_up_to_a_minute(self) -> None:
        pauses = []
        for seed in range(200):
            schedule = Schedule(0.0, Random(seed))
            pauses.append([])
            for _ in range(12):
                schedule.failed(0.0, InternalError(ValueError()))
                pauses[-1].append(next_try(schedule))
        longest = [max(column) for column in zip(*pauses, strict=True)]
        for index, seconds in enumerate(longest):
            most = min(BACK_OFF_CAP, 2.0 ** (index + 1))
            assert 0.9 * most < seconds <= most

    def test_a_success_ends_it(self, looked: Schedule) -> None:
        for _ in range(8):
            looked.failed(120.0, TROUBLE)
        looked.succeeded(150.0, GAP)
        looked.look_began(149.0)
        assert looked.error is None
        assert next_try(looked) == 154.0

    @pytest.mark.parametrize("code", [170, 171, 172, 174])
    def test_wrong_keys_wait_for_ever(self, looked: Schedule, code: int) -> None:
        looked.failed(120.0, RetCodeError(code, ""))
        assert next_try(looked) == next_try(looked, busy=True) == inf

    @pytest.mark.parametrize("code", [292, 294, 295, 299])
    def test_a_matter_of_permission_is_tried_each_minute_however_often(self, looked: Schedule, code: int) -> None:
        for _ in range(5):
            looked.failed(120.0, RetCodeError(code, ""))
            assert next_try(looked) == 180.0

    @pytest.mark.parametrize("code", [153, 292])
    def test_a_retry_after_is_honoured_whatever_the_fault(self, looked: Schedule, code: int) -> None:
        looked.failed(120.0, RetCodeError(code, "", retry_after=300.0))
        assert next_try(looked) == 420.0

    def test_a_short_retry_after_does_not_shorten_the_back_off(self) -> None:
        for seed in range(50):
            schedule = Schedule(0.0, Random(seed))
            schedule.failed(0.0, HttpStatusError(429, retry_after=0.0))
            assert next_try(schedule) >= MIN_GAP


class TestOutage:
    def test_the_first_answer_ends_none(self, schedule: Schedule) -> None:
        assert not schedule.succeeded(START + 10_000, GAP)

    def test_an_answer_in_time_ends_none(self, looked: Schedule) -> None:
        assert not looked.succeeded(112.0 + GAP + OUTAGE, GAP)

    def test_an_answer_after_a_minute_too_long_ends_one(self, looked: Schedule) -> None:
        assert looked.succeeded(112.0 + GAP + OUTAGE + 0.1, GAP)
        assert not looked.succeeded(180.0, GAP)

    def test_a_long_gap_is_no_outage(self, looked: Schedule) -> None:
        assert not looked.succeeded(112.0 + 240.0, 240.0)

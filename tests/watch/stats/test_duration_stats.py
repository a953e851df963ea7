"""Time remaining and typical durations from past tasks, and stuck tasks."""

import pickle
from random import Random
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from support.data.summaries import NOW, summary
from ucdn_tui.api.models import Phase, Task, TaskKind, TaskRow
from ucdn_tui.watch.stats.duration_stats import DurationStats, RemainingRange, TypicalDuration
from ucdn_tui.watch.stats.stuck import STUCK_AFTER, stuck_for
from ucdn_tui.watch.store import Cause, Changes, TaskStore
from watch.stats.samples import ENDLESS, active, learn, past_task, remaining, stats_of, watch_task
from watch.tasks import DAY, HOUR, PREFETCH, REFRESH, url_row

TENS = [10, 20, 30, 40, 50, 60, 70, 80, 90]
"""Durations in seconds; nine past tasks are the minimum for a range."""


class TestFromDurations:
    def test_without_past_tasks_there_is_no_range(self) -> None:
        assert DurationStats().time_remaining(active(), NOW) is None

    def test_the_range_lies_between_the_10th_and_90th_percentile(self) -> None:
        assert stats_of(TENS).time_remaining(active(), NOW) == RemainingRange(10, 90)
        assert stats_of(range(5, 100, 5)).time_remaining(active(), NOW) == RemainingRange(10, 90)

    def test_only_tasks_that_took_longer_than_its_age_count(self) -> None:
        stats = stats_of([1, 2, 3, 4, 5, 50, *(100 + each for each in TENS)])
        assert stats.time_remaining(active(age=100), NOW) == RemainingRange(10, 90)

    def test_a_task_that_ended_at_that_age_does_not_count(self) -> None:
        assert stats_of(TENS).time_remaining(active(age=10), NOW) is None
        assert stats_of([10, *(each + 10 for each in TENS)]).time_remaining(active(age=10), NOW) == RemainingRange(
            10, 90
        )

    def test_the_range_shrinks_with_time(self) -> None:
        stats = stats_of(TENS)
        assert [remaining(active(), stats, age) for age in (5, 9)] == [RemainingRange(5, 85), RemainingRange(0, 70)]

    def test_fewer_than_nine_tasks_give_no_range(self) -> None:
        stats = stats_of(TENS[1:])
        assert stats.time_remaining(active(), NOW) is None
        stats.learn(Changes(Cause.POLL, added=(past_task("one more", 10),)), NOW)
        assert stats.time_remaining(active(), NOW) == RemainingRange(10, 90)

    def test_kinds_and_types_are_not_compared(self) -> None:
        stats = stats_of(TENS)
        assert stats.time_remaining(active(type="dir"), NOW) is None
        assert stats.time_remaining(active(kind=PREFETCH), NOW) is None
        assert stats_of(TENS, kind=PREFETCH, type="").time_remaining(
            active(kind=PREFETCH, type=""), NOW
        ) == RemainingRange(10, 90)

    def test_rounding_low_down_also_lowers_high(self) -> None:
        stats = stats_of([each + 4 for each in TENS])
        assert stats.time_remaining(active(), NOW) == RemainingRange(
            10, 90
        )  # not 95, although that is closer to the 90th percentile

    @pytest.mark.parametrize(
        "task",
        [
            summary("this one", created=NOW - 5),
            summary("this one", created=NOW - 5, status="unknow", succeeded=0),
            active(created=None),
            active(age=-1),
        ],
    )
    def test_inactive_tasks_and_tasks_without_age_have_no_range(self, task: Task) -> None:
        assert stats_of(TENS).time_remaining(task, NOW) is None


class TestFromItsOwnRate:
    """Used where too few past tasks are comparable."""

    @pytest.mark.parametrize(
        ("age", "percent", "expected"),
        [
            (10, 50, RemainingRange(5, 20)),
            (90, 75, RemainingRange(15, 60)),
            (60, 10, RemainingRange(240, 1080)),
            (3600, 20, RemainingRange(7200, 28800)),
            (60, 99, RemainingRange(0, 5)),
        ],
    )
    def test_the_rest_takes_half_to_twice_as_long_as_so_far(
        self, age: float, percent: int, expected: RemainingRange
    ) -> None:
        assert stats_of(TENS[1:]).time_remaining(active(age, percent), NOW) == expected

    @pytest.mark.parametrize("percent", [0, 9, 100])
    def test_too_little_progress_gives_no_range(self, percent: int) -> None:
        assert DurationStats().time_remaining(active(60, percent), NOW) is None

    @pytest.mark.parametrize("fields", [{"last_change": NOW - 601}, {"is_unlisted": True}])
    def test_a_task_that_stands_still_has_no_range(self, fields: dict[str, Any]) -> None:
        assert DurationStats().time_remaining(active(700, 50), NOW) is not None
        assert DurationStats().time_remaining(active(700, 50, **fields), NOW) is None

    def test_past_tasks_count_more(self) -> None:
        assert stats_of(TENS).time_remaining(active(0, 50), NOW) == RemainingRange(10, 90)


class TestRounding:
    @pytest.mark.parametrize(
        ("unit", "expected"),
        [
            (1, RemainingRange(10, 90)),
            (3, RemainingRange(30, 270)),
            (20, RemainingRange(180, 1800)),
            (100, RemainingRange(0, 7200)),
            (200, RemainingRange(1800, 18000)),
        ],
    )
    def test_long_ranges_have_coarse_steps(self, unit: int, expected: RemainingRange) -> None:
        assert stats_of(each * unit for each in TENS).time_remaining(active(), NOW) == expected

    @pytest.mark.parametrize(
        ("seconds", "expected"), [(32, RemainingRange(30, 35)), (3000, RemainingRange(3000, 3060))]
    )
    def test_a_range_is_at_least_a_step_wide(self, seconds: int, expected: RemainingRange) -> None:
        assert stats_of([seconds] * 9).time_remaining(active(), NOW) == expected

    def test_equal_durations_do_not_widen_the_range(self) -> None:
        assert stats_of([30] * 90 + [300] * 5).time_remaining(active(), NOW) == RemainingRange(30, 35)
        assert stats_of([5] * 5 + [30] * 90).time_remaining(active(), NOW) == RemainingRange(30, 35)

    @settings(max_examples=50)
    @given(st.lists(st.integers(0, 3 * 86400), min_size=9, max_size=40), st.floats(0, 86400))
    def test_both_ends_are_multiples_of_the_step(self, seconds: list[int], age: float) -> None:
        remaining_range = stats_of(seconds).time_remaining(active(age=age), NOW)
        if remaining_range is None:
            return
        assert 0 <= remaining_range.low < remaining_range.high
        step = next(
            step for limit, step in ((120, 5), (600, 30), (7200, 60), (ENDLESS, 1800)) if remaining_range.high <= limit
        )
        assert remaining_range.low % step == remaining_range.high % step == 0

    def test_the_range_is_stable_from_second_to_second(self) -> None:
        random = Random(3)
        stats = stats_of(random.lognormvariate(5, 0.7) for _ in range(300))
        ranges = [remaining(active(), stats, age) for age in range(60)]
        assert len({remaining_range for remaining_range in ranges if remaining_range}) <= 8


class TestLearning:
    def test_a_task_that_ended_while_watched_counts(self) -> None:
        stats = stats_of(TENS[1:])
        learn(stats, (active(name="past one"), past_task("one", 10)))
        assert stats.time_remaining(active(), NOW) == RemainingRange(10, 90)

    def test_an_active_task_does_not_count(self) -> None:
        stats = stats_of(TENS[1:])
        stats.learn(Changes(Cause.POLL, added=(active(name="past one", finished=NOW, created=NOW - 10),)), NOW)
        assert stats.time_remaining(active(), NOW) is None

    @pytest.mark.parametrize(
        "fields",
        [
            {"created": None},
            {"finished": None},
            {"created": NOW, "finished": NOW - 1},
            {"created": int(NOW - 7 * DAY - 1), "finished": NOW},
        ],
    )
    def test_invalid_times_do_not_count(self, fields: dict[str, Any]) -> None:
        stats = stats_of(TENS[1:5])
        learn(stats, added=(past_task("one", 10, **fields),))
        assert stats.typical(active()) is None

    def test_a_change_of_a_settled_task_does_not_count_again(self) -> None:
        stats = stats_of(TENS[1:])
        ended = past_task("of before", 10)
        learn(stats, (ended, summary("past of before", created=NOW - 20, finished=NOW)))
        assert stats.time_remaining(active(), NOW) is None

    def test_a_task_that_is_removed_and_returns_counts_once(self) -> None:
        stats = stats_of(TENS[1:])
        last = past_task(0, TENS[1])
        learn(stats, removed=(last,))
        learn(stats, added=(last,))
        assert stats.time_remaining(active(), NOW) is None

    def test_an_undetermined_task_does_not_count(self) -> None:
        stats = stats_of(TENS[1:])
        learn(stats, added=(past_task("unknown", 10, status="unknow", succeeded=0, other=1),))
        assert stats.time_remaining(active(), NOW) is None

    @pytest.mark.parametrize("newest_first", [True, False])
    def test_the_latest_500_tasks_count_in_any_order(self, newest_first: bool) -> None:
        tasks = [past_task(900 - n, 10 if n < 400 else 20, ended=NOW - 900 + n) for n in range(900)]
        stats = DurationStats()
        for task in reversed(tasks) if newest_first else tasks:
            learn(stats, added=(task,))
        assert stats.typical(active()) == TypicalDuration(20, 20, 500)

    def test_a_finish_time_in_the_future_does_not_count_for_ever(self) -> None:
        stats = stats_of([10] * 500, ended=NOW + HOUR)
        later = tuple(past_task(f"later {number}", 20, ended=NOW + 60) for number in range(500))
        stats.learn(Changes(Cause.POLL, added=later), NOW + 60)
        assert stats.typical(active()) == TypicalDuration(20, 20, 500)

    def test_memory_is_bounded(self) -> None:
        stats = DurationStats()
        sizes = []
        for round_ in range(3):
            for number in range(600):
                watch_task(stats, f"{round_} {number:3}", 100, [(0, 0), (50, 50), (90, 90)])
            sizes.append(len(pickle.dumps(stats)))
        assert sizes[2] == pytest.approx(sizes[1], rel=0.02)


class TestUsual:
    def test_fewer_than_five_tasks_have_no_typical_duration(self) -> None:
        assert stats_of([10, 20, 30, 40]).typical(active()) is None
        assert stats_of([10, 20, 30, 40, 50]).typical(active()) == TypicalDuration(30, 50, 5)

    def test_the_typical_duration_is_per_kind_and_type(self) -> None:
        stats = stats_of(TENS)
        assert stats.typical(summary(type="file")) == TypicalDuration(50, 90, 9)
        assert stats.typical(summary(type="m3u8")) is None
        assert stats.typical(summary(kind=PREFETCH)) is None


class TestThroughTheStore:
    def test_changes_of_the_store_are_learnt(self) -> None:
        store, stats = TaskStore(), DurationStats()
        rows = [
            TaskRow(f"{n}", [url_row(finish_time=NOW - 100 + each)], "file", NOW - 100, "success")
            for n, each in enumerate(TENS)
        ]
        running = TaskRow("run", [url_row("process", 5)], "file", NOW, "process")
        stats.learn(store.apply(REFRESH, [*rows, running], cause=Cause.FIRST_LOAD, now=NOW), NOW)
        (task,) = (task for task in store if task.phase is Phase.ACTIVE)
        assert stats.time_remaining(task, NOW) == RemainingRange(10, 90)
        ended = TaskRow("run", [url_row(finish_time=NOW + 30)], "file", NOW, "success")
        stats.learn(store.apply(REFRESH, [ended], cause=Cause.POLL, now=NOW + 31), NOW + 31)
        usual = stats.typical(task)
        assert usual is not None
        assert usual.count == 10

    def test_a_clock_set_back_does_no_harm(self) -> None:
        stats = stats_of(TENS)
        task = watch_task(stats, "this one", ENDLESS, [(50, 0), (10, 20), (-30, 40), (60, 60)])
        assert remaining(task, stats, age=5) == RemainingRange(5, 85)
        for number in range(30):
            watch_task(stats, f"back {number}", 100, [(50, 0), (10, 20), (-30, 40), (60, 60)])
        assert remaining(task, stats, age=70) == RemainingRange(30, 35)

    def test_a_task_may_finish_before_it_was_last_seen_active(self) -> None:
        stats = DurationStats()
        for number in range(20):
            watch_task(stats, f"watched {number:2}", 98, [(0, 0), (10, 10), (120, 95)])
        task = watch_task(stats, "this one", ENDLESS, [(0, 0), (10, 10)])
        assert remaining(task, stats, age=97) == RemainingRange(0, 5)
        assert remaining(task, stats, age=110) is None


class TestStuck:
    @pytest.mark.parametrize(("kind", "limit"), [(REFRESH, 600), (PREFETCH, 1800)])
    def test_a_task_without_progress_for_too_long_is_stuck(self, kind: TaskKind, limit: int) -> None:
        assert STUCK_AFTER[kind] == limit
        task = active(age=5000, kind=kind, last_change=NOW - limit)
        assert stuck_for(task, NOW) is None
        assert stuck_for(task, NOW + 1) == limit + 1

    def test_an_old_task_with_progress_is_not_stuck(self) -> None:
        assert stuck_for(active(age=5000, last_change=NOW - 5), NOW) is None

    def test_without_a_known_change_the_creation_counts(self) -> None:
        assert stuck_for(active(age=700, last_change=None), NOW) == 700
        assert stuck_for(active(created=None, last_change=None), NOW) is None

    def test_nothing_is_known_of_a_task_that_is_no_longer_listed(self) -> None:
        task = active(age=700, last_change=None)
        assert stuck_for(task, NOW) == 700
        assert stuck_for(msgspec.structs.replace(task, is_unlisted=True), NOW) is None

    @pytest.mark.parametrize("status", ["success", "failure", "unknow", "nonsense"])
    def test_only_active_tasks_can_be_stuck(self, status: str) -> None:
        assert stuck_for(summary(status=status, last_change=NOW - 5000), NOW) is None

    def test_a_queued_task_can_be_stuck(self) -> None:
        assert stuck_for(active(status="wait", processing=0, waiting=1, last_change=NOW - 601), NOW) == 601

"""Time remaining from the progress of past tasks: by decile, as far as enough of them were watched."""

import pytest

from support.data.summaries import summary
from ucdn_tui.api.models import Phase
from ucdn_tui.watch.stats.duration_stats import DurationStats, RemainingRange
from watch.stats.samples import ENDLESS, learn, remaining, stats_of, watch_task


def steadily(seconds: float, until: int = 100) -> list[tuple[float, int]]:
    """Return pairs of age and per cent of an even task, seen at the start and in the middle of each decile."""
    return [(seconds * percent / 100, percent) for percent in range(0, until, 5)]


class TestFromProgress:
    @pytest.fixture
    def stats(self) -> DurationStats:
        """Twenty tasks with even progress that took 100, 200, … 2000 seconds."""
        stats = DurationStats()
        for number in range(1, 21):
            watch_task(stats, f"watched {number}", 100 * number, steadily(100 * number))
        return stats

    def test_half_done_after_a_while_means_as_long_again(self, stats: DurationStats) -> None:
        task = watch_task(stats, "this one", ENDLESS, steadily(700, until=55))
        assert remaining(task, stats, age=350) == RemainingRange(330, 360)  # the step that 350 lies in

    def test_progress_counts_after_twenty_watched_tasks(self, stats: DurationStats) -> None:
        fewer = DurationStats()
        for number in range(1, 20):
            watch_task(fewer, f"watched {number}", 100 * number, steadily(100 * number))
        task = watch_task(fewer, "this one", ENDLESS, steadily(700, until=55))
        assert remaining(task, fewer, age=350) == RemainingRange(120, 1500)
        watch_task(fewer, "the twentieth", 2000, steadily(2000))
        assert remaining(task, fewer, age=350) == RemainingRange(330, 360)

    def test_a_task_first_seen_half_done_has_no_known_speed(self, stats: DurationStats) -> None:
        task = watch_task(stats, "this one", ENDLESS, [(390, 55), (400, 57)])
        found = remaining(task, stats, age=400)
        assert found is not None
        assert found.high > 1000
        task = watch_task(stats, "this one", ENDLESS, [(390, 55), (420, 60)])
        assert remaining(task, stats, age=420) == RemainingRange(270, 300)  # from the next decile on, one does

    def test_a_task_first_seen_in_a_decile_does_not_count_there(self) -> None:
        stats = stats_of([10_000] * 9)
        for number in range(20):
            watch_task(stats, f"watched {number}", 100, [(59, 59), (60, 60)])
        in_it = watch_task(stats, "one", ENDLESS, [(0, 0), (50, 50)])
        beyond = watch_task(stats, "another", ENDLESS, [(0, 0), (60, 60)])
        assert remaining(in_it, stats, age=50) == RemainingRange(0, 9000)
        assert remaining(beyond, stats, age=60) == RemainingRange(40, 45)

    def test_a_decreasing_per_cent_is_ignored(self, stats: DurationStats) -> None:
        progress = steadily(700, until=55)
        task = watch_task(stats, "this one", ENDLESS, [*progress, (351, 0), (352, 31)])
        assert remaining(task, stats, age=352) == RemainingRange(330, 360)
        end = watch_task(stats, "the next", 700, [*progress, (351, 20), (360, 50), (420, 60)])
        assert end.phase is Phase.SETTLED

    def test_tasks_that_had_left_the_decile_by_then_do_not_count(self) -> None:
        stats = DurationStats()
        for number in range(15):
            watch_task(stats, f"fast {number}", 100, [(0, 0), (50, 50), (60, 60)])
            watch_task(stats, f"slow {number}", 400, [(0, 0), (50, 50), (300, 60)])
        task = watch_task(stats, "this one", ENDLESS, [(0, 0), (50, 50)])
        assert remaining(task, stats, age=50) == RemainingRange(30, 360)  # it may be one of either
        assert remaining(task, stats, age=61) == RemainingRange(330, 360)

    def test_slow_tasks_have_more_weight(self) -> None:
        stats = DurationStats()
        for number in range(30):
            watch_task(stats, f"fast {number}", 120, [(0, 0), (10, 50), (20, 60)])
            watch_task(stats, f"slow {number}", 1000, [(0, 0), (500, 50), (990, 60)])
        task = watch_task(stats, "this one", ENDLESS, [(0, 0), (30, 50)])
        assert remaining(task, stats, age=30) == RemainingRange(30, 35)  # one in fifty-one goes on like the fast ones

    def test_fewer_than_nine_similar_tasks_give_no_range(self) -> None:
        stats = DurationStats()
        for number in range(12):
            watch_task(stats, f"soon further {number:2}", 1000, [(0, 0), (100, 50), (110, 60)])
        for number in range(7):
            watch_task(stats, f"as long {number}", 1000, [(0, 0), (100, 50), (900, 60)])
        watch_task(stats, "the longest", 20, [(0, 0), (1, 50), (9, 60)])
        task = watch_task(stats, "this one", ENDLESS, [(0, 0), (100, 50)])
        assert remaining(task, stats, age=100) is not None
        assert remaining(task, stats, age=120) is None
        watch_task(stats, "one more", 1000, [(0, 0), (100, 50), (900, 60)])
        assert remaining(task, stats, age=120) == RemainingRange(780, 900)

    def test_a_task_with_more_than_a_tenth_of_the_weight_prevents_a_range(self) -> None:
        stats = DurationStats()
        for number in range(20):
            watch_task(stats, f"watched {number:2}", 20, [(0, 0), (10, 50)])
        task = watch_task(stats, "this one", ENDLESS, [(0, 0), (10, 50)])
        assert remaining(task, stats, age=10) == RemainingRange(10, 15)
        watch_task(stats, "a slow one", 5000, [(0, 0), (1000, 50)])
        assert remaining(task, stats, age=10) is None

    def test_100_per_cent_is_a_decile_of_its_own(self) -> None:
        stats = DurationStats()
        for number in range(20):
            done = 100 + 50 * number
            watch_task(stats, f"watched {number:2}", 2 * done, [(0, 0), (90, 90), (done, 100)])
        task = watch_task(stats, "this one", ENDLESS, [(0, 0), (90, 90)])
        assert remaining(task, stats, age=90) == RemainingRange(180, 1860)
        task = watch_task(stats, "another", ENDLESS, [(0, 0), (90, 90), (200, 100)])
        assert remaining(task, stats, age=200) == RemainingRange(180, 210)

    def test_without_similar_tasks_there_is_no_range(self, stats: DurationStats) -> None:
        task = watch_task(stats, "this one", ENDLESS, steadily(700, until=55))
        assert remaining(task, stats, age=419) is not None
        assert remaining(task, stats, age=700) is None

    def test_ages_under_a_second_are_ignored(self, stats: DurationStats) -> None:
        task = watch_task(stats, "this one", ENDLESS, [(0, 0), (0.5, 50)])
        assert remaining(task, stats, age=0.5) == RemainingRange(180, 1860)
        for number in range(60):
            watch_task(stats, f"at once {number}", 0, [(0, 0), (0, 30), (0, 95)])
        task = watch_task(stats, "another", ENDLESS, [(0, 0), (300, 30)])
        assert remaining(task, stats, age=300) == RemainingRange(660, 720)

    def test_progress_is_compared_per_kind_and_type(self, stats: DurationStats) -> None:
        task = watch_task(stats, "this one", ENDLESS, steadily(700, until=55), type="dir")
        assert remaining(task, stats, age=350) == RemainingRange(120, 720)  # from its own rate

    @pytest.mark.parametrize("end", ["removed", "settled", "undetermined"])
    def test_the_progress_of_inactive_tasks_is_forgotten(self, stats: DurationStats, end: str) -> None:
        task = watch_task(stats, "this one", ENDLESS, steadily(700, until=55))
        assert task.created is not None
        now = task.created + 350
        assert stats.time_remaining(task, now) == RemainingRange(330, 360)
        if end == "removed":
            learn(stats, removed=(task,), now=now)
            learn(stats, added=(task,), now=now)
        else:
            status = {"settled": "success", "undetermined": "unknow"}[end]
            other = summary("this one", status=status, succeeded=1, created=task.created, finished=None)
            learn(stats, (task, other), now=now)
            learn(stats, (other, task), now=now)
        assert stats.time_remaining(task, now) != RemainingRange(330, 360)


class TestFirstDecile:
    @pytest.fixture
    def stats(self) -> DurationStats:
        """A hundred tasks that took 110 to 1100 seconds and reached 10 per cent after a tenth of that."""
        stats = DurationStats()
        for number in range(100):
            seconds = 110 + 10 * number
            watch_task(stats, f"watched {number:2}", seconds, [(0, 0), (seconds / 10, 10)])
        return stats

    def test_a_task_without_progress_is_compared_with_late_ones(self, stats: DurationStats) -> None:
        task = watch_task(stats, "this one", ENDLESS, [(0, 0), (80, 9)])
        assert remaining(task, stats, age=0) == RemainingRange(180, 960)
        assert remaining(task, stats, age=80) == RemainingRange(720, 960)

    def test_the_first_decile_needs_a_hundred_tasks(self) -> None:
        stats = DurationStats()
        for number in range(99):
            watch_task(stats, f"watched {number:2}", 1000, [(0, 0), (10, 10)])
        task = watch_task(stats, "this one", ENDLESS, [(0, 0)])
        assert remaining(task, stats, age=50) == RemainingRange(900, 960)
        watch_task(stats, "one more", 1000, [(0, 0), (10, 10)])
        assert remaining(task, stats, age=50) is None

    def test_the_first_decile_holds_as_many_tasks_as_plain_durations(self) -> None:
        stats = DurationStats()
        for number in range(100):
            watch_task(stats, f"fast {number:2}", 200, [(0, 0), (100, 10)])
        for number in range(300):
            watch_task(stats, f"slow {number:3}", 2000, [(0, 0), (1000, 10)])
        task = watch_task(stats, "this one", ENDLESS, [(0, 0)])
        assert remaining(task, stats, age=50) == RemainingRange(120, 1980)

    def test_tasks_first_seen_late_do_not_count_for_earlier_ages(self, stats: DurationStats) -> None:
        for number in range(100):
            watch_task(stats, f"found late {number:2}", 5000, [(60, 0), (400, 10)])
        task = watch_task(stats, "this one", ENDLESS, [(0, 0)])
        assert remaining(task, stats, age=0) == RemainingRange(180, 960)
        late = remaining(task, stats, age=70)
        assert late is not None
        assert late.high > 4000

"""CompletionPredictor: the predicted end of a task, from the progress of its slowest URL."""

from math import inf, isnan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ucdn_tui.api.models import Task, TaskKey, TaskKind
from ucdn_tui.watch.poll.prediction import CompletionPredictor
from ucdn_tui.watch.store import Cause, Changes
from watch.tasks import REFRESH

KEY = TaskKey(REFRESH, "t")


def task(slowest: int, status: str = "process", task_id: str = "t") -> Task:
    """Return a task whose slowest URL has this per cent."""
    return Task(TaskKey(REFRESH, task_id), task_id, status, processing=int(status == "process"), slowest=slowest)


def added(*tasks: Task) -> Changes:
    return Changes(Cause.POLL, added=tasks)


def changed(new: Task) -> Changes:
    return Changes(Cause.POLL, changed=((new, new),))


def seen(*steps: tuple[float, int]) -> CompletionPredictor:
    """Return the predictor after one task was seen with these pairs of time and per cent."""
    predictor = CompletionPredictor()
    for number, (now, percent) in enumerate(steps):
        predictor.learn(changed(task(percent)) if number else added(task(percent)), now)
    return predictor


class TestPrediction:
    def test_without_tasks_nothing_is_predicted(self) -> None:
        assert CompletionPredictor().next_due() == inf
        assert CompletionPredictor().take_due(1e9) == []

    def test_the_prediction_uses_the_speed_since_the_task_was_first_seen(self) -> None:
        due = seen((0, 10), (10, 20), (20, 30)).next_due()
        assert 89 < due < 91, "one per cent takes a second, and it began at 10"

    def test_the_speed_is_that_of_the_whole_time(self) -> None:
        assert 78 < seen((0, 10), (40, 40), (44, 60)).next_due() < 80

    def test_progress_before_the_task_was_seen_does_not_count(self) -> None:
        """The time before is unknown; it may be hours."""
        assert 94 < seen((0, 90), (50, 95)).next_due() < 101

    @pytest.mark.parametrize(("made", "expected"), [(1, False), (2, False), (3, True), (4, True)])
    def test_two_per_cent_are_too_little_for_a_prediction(self, made: int, expected: bool) -> None:
        assert (seen((0, 10), (10, 10 + made)).next_due() < inf) == expected

    def test_without_progress_nothing_is_predicted(self) -> None:
        assert seen((0, 50), (10, 50), (20, 50)).next_due() == inf

    def test_while_a_url_is_queued_nothing_is_predicted(self) -> None:
        assert seen((0, 0), (10, 0), (20, 0)).next_due() == inf

    def test_the_time_in_the_queue_does_not_count(self) -> None:
        due = seen((0, 0), (100, 0), (110, 10), (120, 20)).next_due()
        assert 199 < due < 201

    def test_a_new_slowest_url_restarts_the_prediction(self) -> None:
        predictor = seen((0, 10), (10, 50), (20, 5))
        assert predictor.next_due() == inf
        predictor.learn(changed(task(15)), 30)
        assert 114 < predictor.next_due() < 116

    def test_a_standstill_does_not_change_the_prediction(self) -> None:
        predictor = seen((0, 10), (10, 20))
        before = predictor.next_due()
        predictor.learn(changed(task(20)), 15)
        assert predictor.next_due() == before

    def test_the_earliest_of_several_predictions_counts(self) -> None:
        predictor = CompletionPredictor()
        predictor.learn(added(task(10, task_id="slow"), task(10, task_id="fast")), 0)
        predictor.learn(changed(task(20, task_id="slow")), 10)
        predictor.learn(changed(task(60, task_id="fast")), 10)
        due = predictor.next_due()
        assert 17 < due < 19
        assert predictor.take_due(due) == [TaskKey(REFRESH, "fast")]

    def test_progress_without_elapsed_time_is_predicted_soon(self) -> None:
        due = seen((5, 10), (5, 99)).next_due()
        assert 5 <= due < 6.5, "no time has passed"

    @pytest.mark.parametrize("status", ["success", "failure", "unknow", ""])
    def test_an_ended_task_is_no_longer_predicted(self, status: str) -> None:
        predictor = seen((0, 10), (10, 90))
        predictor.learn(changed(task(100, status)), 11)
        assert predictor.next_due() == inf
        assert predictor.take_due(1e9) == []

    def test_a_removed_task_is_no_longer_predicted(self) -> None:
        predictor = seen((0, 10), (10, 90))
        predictor.learn(Changes(Cause.RECONCILIATION, removed=(task(90),)), 11)
        assert predictor.next_due() == inf

    def test_a_task_that_returns_starts_again(self) -> None:
        predictor = seen((0, 10), (10, 90))
        predictor.learn(Changes(Cause.RECONCILIATION, removed=(task(90),)), 11)
        predictor.learn(added(task(95)), 12)
        assert predictor.next_due() == inf

    def test_the_same_id_of_the_other_kind_is_another_task(self) -> None:
        predictor = seen((0, 10), (10, 90))
        before = predictor.next_due()
        predictor.learn(Changes(Cause.POLL, removed=(Task(TaskKey(TaskKind.PREFETCH, "t"), "t", "process"),)), 11)
        assert predictor.next_due() == before


class TestChecks:
    def test_a_check_is_not_due_before_its_time(self) -> None:
        predictor = seen((0, 10), (10, 60))
        due = predictor.next_due()
        assert predictor.take_due(due - 0.01) == []
        assert predictor.next_due() == due
        assert predictor.take_due(due) == [KEY]

    def test_the_next_check_is_at_least_a_second_later(self) -> None:
        predictor = seen((0, 10), (1, 90))
        now = predictor.next_due()
        predictor.take_due(now)
        assert predictor.next_due() >= now + 1

    def test_a_slow_task_is_checked_less_often(self) -> None:
        predictor = seen((0, 10), (1000, 20))
        now = predictor.next_due()
        predictor.take_due(now)
        assert now + 10 < predictor.next_due() < now + 100, "one per cent takes 100 seconds"

    def test_a_task_that_never_ends_is_not_checked_for_ever(self) -> None:
        predictor = seen((0, 10), (10, 99))
        tries = 0
        while (now := predictor.next_due()) < inf:
            assert predictor.take_due(now) == [KEY]
            predictor.learn(changed(task(99)), now)
            tries += 1
            assert tries < 100
        assert tries > 1

    def test_a_task_with_varying_progress_is_not_checked_for_ever(self) -> None:
        predictor = seen((0, 10), (10, 99))
        tries = 0
        for now in range(10, 5000):
            tries += len(predictor.take_due(now))
            predictor.learn(changed(task(99 if now % 2 else 90)), now)
        assert tries < 100


MOMENT = st.floats(0, 1e9, allow_nan=False)
STATUS = st.sampled_from(["process", "process", "process", "wait", "success", "failure", "unknow", "", "nonsense"])
TASK = st.builds(task, st.integers(0, 100), STATUS, st.sampled_from("abc"))
CHANGES = st.builds(
    Changes,
    st.sampled_from(Cause),
    st.lists(TASK, max_size=2).map(tuple),
    st.lists(st.tuples(TASK, TASK), max_size=2).map(tuple),
    st.lists(TASK, max_size=2).map(tuple),
)


@given(st.lists(st.tuples(st.floats(0, 1e6), CHANGES, st.booleans()), max_size=40))
def test_random_changes_give_a_future_check_or_none(steps: list[tuple[float, Changes, bool]]) -> None:
    predictor, now, active = CompletionPredictor(), 0.0, set()
    for seconds, changes, take in steps:
        now += seconds
        predictor.learn(changes, now)
        active -= {gone.key for gone in changes.removed}
        for one in (*changes.added, *(new for _old, new in changes.changed)):
            (active.add if one.status in ("process", "wait") else active.discard)(one.key)
        due = predictor.next_due()
        assert not isnan(due)
        assert due == inf or isinstance(due, float)
        if take:
            taken = predictor.take_due(now)
            assert bool(taken) == (due <= now)
            assert len(taken) == len(set(taken))
            assert set(taken) <= active
            assert predictor.next_due() > now, "or it would be checked again at once"
    assert len(predictor.take_due(inf)) <= len(active)


@given(st.lists(st.tuples(st.floats(0.1, 30), st.integers(0, 100)), min_size=1, max_size=400))
def test_the_number_of_checks_is_bounded(steps: list[tuple[float, int]]) -> None:
    predictor, now, tries = CompletionPredictor(), 0.0, 0
    for number, (seconds, percent) in enumerate(steps):
        now += seconds
        tries += len(predictor.take_due(now))
        predictor.learn(changed(task(percent)) if number else added(task(percent)), now)
    for _ in range(100):
        if (due := predictor.next_due()) == inf:
            break
        tries += len(predictor.take_due(due))
    assert predictor.next_due() == inf
    assert tries <= 12


@given(st.integers(1, 90), st.floats(0.05, 60), st.integers(3, 9))
def test_even_progress_is_predicted_to_one_per_cent(first: int, seconds: float, made: int) -> None:
    """The task is seen at the times at which its per cent changes."""
    predictor = seen((100.0, first), (100.0 + made * seconds, first + made))
    end = 100.0 + (100 - first) * seconds
    assert end - seconds <= predictor.next_due() <= end + seconds + 0.2

"""Throughput: URLs finished per minute, from the changes of the store."""

import pickle
from collections.abc import Callable, Iterable

import pytest

from support.data.summaries import summary, url
from ucdn_tui.api.models import Task, TaskKey, TaskRow, UrlProgress, UrlRow
from ucdn_tui.watch.stats.throughput import Throughput
from ucdn_tui.watch.store import Cause, Changes, TaskStore
from watch.tasks import HOUR, REFRESH, url_row

NOW = 1_760_000_040
"""The server's time, at the start of a minute."""

MINUTE = 60


def nothing(_key: TaskKey) -> Iterable[UrlProgress]:
    return ()


def never(key: TaskKey) -> Iterable[UrlProgress]:
    raise AssertionError(key)


def finished(*times: int | None, status: str = "success") -> Callable[[TaskKey], Iterable[UrlProgress]]:
    return lambda _key: [url(occurrence=n, status=status, finished=time) for n, time in enumerate(times)]


def task(done: int = 1, of: int = 1, ended: int | None = None) -> Task:
    return summary(succeeded=done, processing=of - done, finished=ended)


def progressed(done: int, more: int, of: int = 100) -> Changes:
    return Changes(Cause.POLL, changed=((task(done, of), task(done + more, of)),))


def added(ended: int | None, cause: Cause = Cause.POLL) -> Changes:
    return Changes(cause, added=(task(ended=ended),))


class TestCounting:
    def test_newly_finished_urls_count_now(self) -> None:
        throughput = Throughput()
        throughput.learn(progressed(3, 4), never, NOW)
        throughput.learn(progressed(7, 1), never, NOW + 59)
        throughput.learn(progressed(8, 2), never, NOW + 60)
        assert throughput.per_minute(NOW + 60)[-3:] == [0, 5, 2]

    def test_failed_urls_count(self) -> None:
        throughput = Throughput()
        throughput.learn(Changes(Cause.POLL, changed=((task(0), summary(failed=1)),)), never, NOW)
        assert throughput.per_minute(NOW)[-1] == 1

    def test_fewer_finished_urls_subtract_nothing(self) -> None:
        throughput = Throughput()
        throughput.learn(progressed(3, 4), never, NOW)
        throughput.learn(progressed(7, -7), never, NOW)
        assert throughput.per_minute(NOW)[-1] == 4

    def test_urls_of_an_added_task_count_at_their_finish_times(self) -> None:
        throughput = Throughput()
        urls = finished(NOW - 1, NOW - MINUTE, NOW - MINUTE - 1, NOW - 14 * MINUTE, NOW + 7)
        throughput.learn(added(NOW + 7), urls, NOW + 10)
        assert throughput.per_minute(NOW + 10) == [1, *[0] * 11, 1, 2, 1]

    def test_unfinished_urls_do_not_count(self) -> None:
        throughput = Throughput()
        for status in ("failure", "process", "wait", "unknow", ""):
            throughput.learn(added(NOW), finished(NOW, status=status), NOW)
        assert sum(throughput.per_minute(NOW)) == 1

    def test_urls_without_finish_time_do_not_count(self) -> None:
        throughput = Throughput()
        throughput.learn(added(NOW), finished(None, NOW, None), NOW)
        assert sum(throughput.per_minute(NOW)) == 1

    def test_urls_finished_more_than_15_minutes_ago_do_not_count(self) -> None:
        throughput = Throughput()
        throughput.learn(Changes(Cause.FIRST_LOAD, added=(task(ended=NOW),)), finished(NOW, NOW - 15 * MINUTE - 1), NOW)
        assert sum(throughput.per_minute(NOW)) == 1

    @pytest.mark.parametrize("ended", [None, NOW - 15 * MINUTE - 1, NOW - 86400, NOW + 61, NOW + 86400])
    def test_urls_of_tasks_without_recent_ends_are_not_read(self, ended: int | None) -> None:
        Throughput().learn(added(ended), never, NOW)

    def test_finish_times_a_little_ahead_count_now(self) -> None:
        throughput = Throughput()
        throughput.learn(added(NOW + 60), finished(NOW + 60, NOW + 1, NOW + 61, NOW + 3600), NOW)
        assert throughput.per_minute(NOW)[-1] == 2

    def test_a_task_that_is_removed_and_returns_counts_once(self) -> None:
        throughput = Throughput()
        throughput.learn(added(NOW), finished(NOW, NOW - MINUTE), NOW)
        throughput.learn(Changes(Cause.POLL, removed=(task(ended=NOW),)), never, NOW + 1)
        throughput.learn(added(NOW + 30), finished(NOW, NOW - MINUTE, NOW + 30), NOW + 40)
        assert throughput.per_minute(NOW + 40)[-2:] == [1, 2]


class TestMinutes:
    def test_there_are_15_minutes_and_the_last_is_the_current_one(self) -> None:
        throughput = Throughput()
        assert throughput.per_minute(NOW) == [0] * Throughput.MINUTES == [0] * 15
        for number in range(20):
            throughput.learn(progressed(0, number), never, NOW + number * MINUTE)
        assert throughput.per_minute(NOW + 19 * MINUTE + 59) == list(range(5, 20))

    def test_minutes_move_with_time(self) -> None:
        throughput = Throughput()
        throughput.learn(progressed(0, 3), never, NOW)
        assert throughput.per_minute(NOW + 14 * MINUTE) == [3, *[0] * 14]
        assert throughput.per_minute(NOW + 15 * MINUTE) == [0] * 15

    def test_memory_is_bounded(self) -> None:
        throughput = Throughput()
        sizes = {}
        for number in range(1001):
            now = NOW + number * 20
            done = summary(f"{number:05}", finished=now)
            throughput.learn(Changes(Cause.POLL, added=(done,)), finished(now), now)
            throughput.learn(Changes(Cause.POLL, removed=(done,)), never, now)
            if number % 100 == 0:
                sizes[number] = len(pickle.dumps(throughput))
        assert sizes[1000] == pytest.approx(sizes[100], rel=0.1)


class TestClockSetBack:
    def test_a_second_back_loses_nothing(self) -> None:
        throughput = Throughput()
        throughput.learn(progressed(0, 3), never, NOW)
        throughput.learn(progressed(3, 4), never, NOW - 1)
        assert throughput.per_minute(NOW - 1)[-1] == 4
        assert throughput.per_minute(NOW)[-2:] == [4, 3]

    def test_an_hour_back_starts_again(self) -> None:
        throughput = Throughput()
        throughput.learn(progressed(0, 30), never, NOW)
        back = NOW - HOUR
        throughput.learn(progressed(30, 2), never, back)
        assert throughput.per_minute(back) == [*[0] * 14, 2]
        throughput.learn(progressed(32, 6), never, back + MINUTE)
        assert throughput.per_minute(back + MINUTE) == [*[0] * 13, 2, 6]
        assert sum(throughput.per_minute(NOW)) == 0


class TestThroughTheStore:
    def test_each_url_counts_once(self) -> None:
        store, throughput = TaskStore(), Throughput()

        def answer(now: int, *urls: UrlRow, cause: Cause = Cause.POLL) -> None:
            row = TaskRow("one", list(urls), "file", NOW - 300, "process")
            throughput.learn(store.apply(REFRESH, [row], cause=cause, now=now), store.urls, now)

        a, b, c = (f"https://cdn.example.com/{name}" for name in "abc")
        over, under_way = url_row(address=a, finish_time=NOW - 90), url_row("process", 50, b)
        answer(NOW, over, under_way, url_row("wait", 0, c), cause=Cause.FIRST_LOAD)
        answer(NOW + 5, over, under_way, url_row("process", 5, c))
        answer(NOW + 65, over, url_row(address=b, finish_time=NOW + 62), url_row("failure", 5, c, finish_time=NOW + 50))
        assert throughput.per_minute(NOW + 65) == [*[0] * 11, 1, 0, 0, 2]

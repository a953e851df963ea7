"""Scans see every row and end; full scans remove a task only after two scans without it."""

import math
from math import ceil

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ucdn_tui.api.models import TaskKey
from ucdn_tui.watch.poll.reconcile import RECHECK_SHARE, RECONCILE_EVERY, RECONCILE_SHARE, FullScans, reconcile_after
from ucdn_tui.watch.poll.scan import QueryScope, Scan
from ucdn_tui.watch.poll.settings import MAX_PAGES, MAX_TASKS
from watch.tasks import PREFETCH, REFRESH, numbered

SCOPE = QueryScope(REFRESH, is_dcdn=False)
WHOLE_SITE = QueryScope(REFRESH, is_dcdn=True)


def keys(*ids: str) -> list[TaskKey]:
    return [TaskKey(REFRESH, task_id) for task_id in ids]


def finished(seen: str = "", known: str = "", unidentified: int = 0, scope: QueryScope = SCOPE) -> Scan:
    """Return a finished scan of one page with the tasks `seen`, where `known` were known at its start."""
    scan = Scan(scope, 0, 9, keys(*known))
    scan.record(keys(*seen), len(seen), unidentified)
    if not scan.done:
        scan.record([], 0)
    assert scan.done
    return scan


class TestScan:
    def test_the_window_is_fixed_and_offset_advances_by_received_rows(self) -> None:
        scan = Scan(WHOLE_SITE, 100, 200)
        asked = []
        for page in (("a", "b"), ("c",), ("d", "e", "f")):
            asked.append(scan.query(100))
            scan.record(keys(*page), len(page))
        assert [query["offset"] for query in asked] == [0, 2, 3]
        assert {(query["begin"], query["end"], query["limit"], query["is_dcdn"]) for query in asked} == {
            (100, 200, 100, True)
        }

    def test_unreadable_rows_count_for_the_offset(self) -> None:
        scan = Scan(SCOPE, 0, 9)
        scan.record(keys("a"), 3, 2)
        assert scan.query(100)["offset"] == 3

    def test_an_empty_page_ends_the_scan_and_a_short_one_does_not(self) -> None:
        scan = Scan(SCOPE, 0, 9)
        scan.record(keys("a"), 1)
        assert not scan.done
        scan.record([], 0)
        assert scan.done
        assert scan.pages == 2

    def test_two_consecutive_pages_and_ten_rows_without_new_ones_end_the_scan(self) -> None:
        scan = Scan(SCOPE, 0, 9)
        for page, done in (
            *(("abcde", False), ("bcdef", False), ("abcde", False), ("a", False), ("g", False)),
            *(("abcdef", False), ("abc", False), ("a", True)),
        ):
            scan.record(keys(*page), len(page))
            assert scan.done is done

    def test_missing_tasks_were_known_at_the_start_and_not_seen(self) -> None:
        assert finished("ac", known="abd").missing() == set(keys("b", "d"))
        assert finished("ac", known="ac").missing() == set()

    def test_nothing_is_missing_before_the_end(self) -> None:
        scan = Scan(SCOPE, 0, 9, keys("b"))
        scan.record(keys("a"), 1)
        assert scan.missing() is None

    def test_a_row_on_any_page_that_may_be_any_task_makes_the_scan_uncertain(self) -> None:
        scan = Scan(SCOPE, 0, 9, keys("b"))
        assert scan.is_certain
        for ids, unidentified in (("a", 1), ("c", 0), ("", 0)):
            scan.record(keys(*ids), len(ids), unidentified)
        assert scan.missing() == set(keys("b"))
        assert not scan.is_certain

    def test_a_list_without_end_ends_after_so_many_tasks(self) -> None:
        scan, new = Scan(SCOPE, 0, 9, keys("b")), iter(range(10**9))
        while not scan.done:
            scan.record(keys(*(f"{next(new)}" for _ in range(1000))), 1000)
        assert scan.pages == MAX_TASKS / 1000
        assert scan.is_too_long
        assert scan.missing() is None

    def test_a_list_without_end_ends_after_so_many_pages(self) -> None:
        scan, gaps = Scan(SCOPE, 0, 9), []
        while not scan.done:
            scan.record(keys(str(scan.pages)), 1)
            gaps.append(scan.gap)
        assert scan.pages == MAX_PAGES
        assert scan.is_too_long
        assert set(gaps[:200]) == {0.0}
        assert set(gaps[200:]) == {0.25}, "at most four calls a second"

    def test_pages_that_bring_much_follow_at_once(self) -> None:
        scan = Scan(SCOPE, 0, 9)
        for page in range(300):
            scan.record(keys(*numbered(f"{page}-", 10)), 10)
            assert scan.gap == 0.0

    @given(st.integers(0, 40), st.integers(1, 12), st.integers(1, 12))
    def test_every_row_is_seen_with_any_page_cap(self, size: int, limit: int, cap: int) -> None:
        every, scan, met = keys(*numbered("t", size)), Scan(SCOPE, 0, 9), []
        while not scan.done:
            query = scan.query(limit)
            page = every[query["offset"] :][: min(query["limit"], cap)]
            met += page
            scan.record(page, len(page))
        assert met == every
        assert scan.seen == set(every)
        assert scan.missing() == set()

    @given(st.integers(1, 40), st.integers(1, 12))
    def test_a_server_that_ignores_offset_is_detected_after_ten_repeated_rows(self, size: int, limit: int) -> None:
        every, scan = keys(*numbered("t", size)), Scan(SCOPE, 0, 9)
        while not scan.done:
            scan.record(every[:limit], len(every[:limit]))
        assert scan.pages == 1 + max(2, ceil(10 / min(size, limit)))
        assert scan.repeats

    def test_a_server_that_ignores_offset_is_detected_with_any_limit(self) -> None:
        every, scan = keys(*numbered("t", 12)), Scan(SCOPE, 0, 9)
        for limit in (9, 7, 5):
            assert not scan.done
            scan.record(every[:limit], limit)
        assert scan.done
        assert scan.repeats

    def test_a_server_that_ignores_offset_is_detected_despite_a_new_task(self) -> None:
        scan = Scan(SCOPE, 0, 9)
        for ids in ("abcde", "nabcd", "nabcd", "nabcd"):
            assert not scan.done
            scan.record(keys(*ids), 5)
        assert scan.done
        assert scan.repeats

    @pytest.mark.parametrize(
        "pages",
        [
            pytest.param(["abcde", "e", ""], id="one task came"),
            pytest.param(["abcde", "e", "e", ""], id="one task came before each page"),
            pytest.param(["abcdefghijk", "defghijk", "ghijk"], id="three tasks came before each page"),
            pytest.param(["abc", "abc", ""], id="a page came twice"),
            pytest.param(["a", *"aaaaaaaaa", "b", ""], id="one task came before each page of one"),
        ],
    )
    def test_repeated_rows_do_not_mean_that_offset_is_ignored(self, pages: list[str]) -> None:
        scan = Scan(SCOPE, 0, 9)
        for ids in pages:
            assert not scan.done
            scan.record(keys(*ids), len(ids))
        assert scan.done
        assert not scan.repeats

    def test_unreadable_pages_do_not_mean_that_offset_is_ignored(self) -> None:
        scan = Scan(SCOPE, 0, 9)
        while not scan.done:
            scan.record([], 3, 3)
        assert not scan.repeats

    def test_full_pages_without_new_rows_leave_missing_tasks_unknown(self) -> None:
        scan = Scan(SCOPE, 0, 9, keys("x"))
        for ids in ("abcde", "bacde", "abcde"):
            scan.query(5)
            scan.record(keys(*ids), 5)
        assert scan.done
        assert not scan.repeats
        assert scan.missing() is None

    def test_pages_without_new_rows_that_do_not_repeat_leave_missing_tasks_unknown(self) -> None:
        """Many tasks came before each page, on a server that caps pages: the rest of the list was not reached."""
        scan = Scan(SCOPE, 0, 9, keys("x"))
        for ids in ("abcde", "abcde", "bcdea", "bcd"):
            scan.query(100)
            scan.record(keys(*ids), len(ids))
        assert scan.done
        assert scan.missing() is None

    def test_a_list_that_grows_at_its_head_is_seen_completely(self) -> None:
        every, scan = keys(*numbered("t", 30)), Scan(SCOPE, 0, 9)
        arriving = iter(keys(*numbered("new", 12)))
        while not scan.done:
            offset = scan.query(10)["offset"]
            scan.record(every[offset : offset + 10], len(every[offset : offset + 10]))
            every[:0] = [key for key, _ in zip(arriving, range(3), strict=False)]
        assert set(keys(*numbered("t", 30))) <= scan.seen


class TestRemoval:
    @pytest.fixture
    def scans(self) -> FullScans:
        return FullScans()

    def run(self, full_scans: FullScans, *scans: Scan) -> set[str]:
        """Run a full scan of these scans; return the ids of the tasks that are gone."""
        full_scans.request()
        full_scans.begin(list(scans))
        return {key.id for scan in scans for key in full_scans.end(scan, 1.0)}

    def test_a_task_is_gone_after_two_consecutive_scans_without_it(self, scans: FullScans) -> None:
        assert self.run(scans, finished("a", known="abc")) == set()
        assert self.run(scans, finished("ac", known="abc")) == {"b"}

    def test_a_task_seen_in_between_must_be_missed_twice_again(self, scans: FullScans) -> None:
        assert self.run(scans, finished("", known="a")) == set()
        assert self.run(scans, finished("a", known="a")) == set()
        assert self.run(scans, finished("", known="a")) == set()
        assert self.run(scans, finished("", known="a")) == {"a"}

    def test_a_row_that_may_be_any_task_delays_removals(self, scans: FullScans) -> None:
        assert self.run(scans, finished("", known="a")) == set()
        assert self.run(scans, finished("x", known="a", unidentified=1)) == set()
        assert self.run(scans, finished("", known="a")) == {"a"}

    def test_a_row_that_may_be_any_task_does_not_prevent_removals_for_ever(self, scans: FullScans) -> None:
        gone = [self.run(scans, finished("x", known="a", unidentified=1)) for _ in range(6)]
        assert gone == [set()] * 5 + [{"a"}]

    def test_a_task_seen_by_an_uncertain_scan_counts_as_seen(self, scans: FullScans) -> None:
        assert self.run(scans, finished("", known="a")) == set()
        assert self.run(scans, finished("a", known="a", unidentified=1)) == set()
        assert self.run(scans, finished("", known="a")) == set()

    def test_each_query_scope_is_compared_by_itself(self, scans: FullScans) -> None:
        assert self.run(scans, finished("", known="a"), finished("b", known="b", scope=WHOLE_SITE)) == set()
        assert self.run(scans, finished("a", known="a"), finished("", known="b", scope=WHOLE_SITE)) == set()
        assert self.run(scans, finished("a", known="a"), finished("", known="b", scope=WHOLE_SITE)) == {"b"}

    def test_a_task_that_returns_must_be_missed_twice_again(self, scans: FullScans) -> None:
        gone = [self.run(scans, finished("", known="a")) for _ in range(4)]
        assert gone == [set(), {"a"}, set(), {"a"}]

    def test_a_gone_task_is_returned_once(self, scans: FullScans) -> None:
        gone = [self.run(scans, finished("", known=known)) for known in ("a", "a", "", "")]
        assert gone == [set(), {"a"}, set(), set()]


class TestFullScans:
    @pytest.fixture
    def scans(self) -> FullScans:
        return FullScans()

    def run(self, scans: FullScans, began: float, ended: float) -> None:
        parts = [finished(), finished(scope=WHOLE_SITE)]
        scans.begin(parts[:])
        scans.spend(ended - began)
        for scan in parts:
            assert scans.is_running
            assert scans.current is scan
            scans.end(scan, ended)
        assert scans.current is None

    def test_the_first_full_scan_is_requested_from_the_start(self, scans: FullScans) -> None:
        assert scans.is_running
        assert not scans.loaded
        scans.begin([finished(), finished(scope=WHOLE_SITE)])
        scans.end(scans.current or finished(), 1.0)
        assert not scans.loaded
        scans.end(scans.current or finished(), 1.0)
        assert scans.loaded
        assert not scans.is_running

    def test_the_next_full_scan_is_due_after_five_minutes(self, scans: FullScans) -> None:
        self.run(scans, began=10.0, ended=12.0)
        assert not scans.is_due(12.0 + RECONCILE_EVERY - 0.1)
        assert scans.is_due(12.0 + RECONCILE_EVERY)
        scans.request()
        assert not scans.is_due(1000.0), "one is running"

    def test_a_long_full_scan_is_repeated_less_often(self, scans: FullScans) -> None:
        self.run(scans, began=0.0, ended=40.0)
        assert not scans.is_due(40.0 + 40.0 * RECONCILE_SHARE - 0.1)
        assert scans.is_due(40.0 + 40.0 * RECONCILE_SHARE)

    @pytest.mark.parametrize(
        ("window", "spent", "seconds"),
        [
            (900.0, 0.1, 60.0),
            (60.0, 0.1, 30.0),
            (3600.0, 0.1, 240.0),
            (86400.0, 0.1, 300.0),
            (900.0, 100.0, 300.0),
            (86400.0, 20.0, 600.0),
            (86400.0, 1000.0, 1800.0),
        ],
    )
    def test_a_short_window_is_scanned_more_often(self, window: float, spent: float, seconds: float) -> None:
        assert reconcile_after(window, spent) == seconds

    def test_a_recheck_runs_two_full_scans_soon(self, scans: FullScans) -> None:
        scans.recheck()
        assert scans.recheck_due == math.inf, "one is running"
        self.run(scans, 0.0, 2.0)
        due = 2.0 + 2.0 * RECHECK_SHARE
        assert scans.recheck_due == due
        assert not scans.is_due(due - 0.1)
        assert scans.is_due(due)
        scans.begin_due()
        self.run(scans, due, due + 1)
        assert scans.is_running
        self.run(scans, due + 1, due + 2)
        assert not scans.is_running
        assert scans.recheck_due == math.inf

    def test_a_running_full_scan_satisfies_a_request(self, scans: FullScans) -> None:
        scans.request()
        scans.request()
        self.run(scans, 0.0, 1.0)
        assert not scans.is_running

    def test_several_full_scans_can_be_requested(self, scans: FullScans) -> None:
        scans.request(2)
        self.run(scans, 0.0, 1.0)
        assert scans.is_running
        self.run(scans, 1.0, 2.0)
        assert not scans.is_running

    def test_a_restart_discards_the_running_full_scan(self, scans: FullScans) -> None:
        begun = scans.begin([finished(), finished(scope=WHOLE_SITE)])
        assert scans.current is begun
        scans.request(restart=True)
        assert scans.current is None
        assert scans.is_running

    def test_kinds_have_different_query_scopes(self) -> None:
        assert QueryScope(REFRESH, is_dcdn=False) != QueryScope(PREFETCH, is_dcdn=False)

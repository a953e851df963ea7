"""Full scans: when they are made; a task is removed only after two scans without it."""

import math

import pytest

from ucdn_tui.watch.poll.reconcile import RECHECK_SHARE, RECONCILE_EVERY, RECONCILE_SHARE, FullScans, reconcile_after
from ucdn_tui.watch.poll.scan import QueryScope, Scan
from watch.poll.fetching import WHOLE_SITE, finished
from watch.tasks import PREFETCH, REFRESH


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

"""Passing over a window page by page: everything is met, it ends, and only proof removes a task."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ucdn_tui.api.models import TaskKey
from ucdn_tui.watch.poll.scan import RECONCILE_EVERY, RECONCILE_SHARE, FullScans, QueryScope, Scan
from watch.tasks import PREFETCH, REFRESH, numbered

SCOPE = QueryScope(REFRESH, is_dcdn=False)
WHOLE_SITE = QueryScope(REFRESH, is_dcdn=True)


def keys(*ids: str) -> list[TaskKey]:
    return [TaskKey(REFRESH, task_id) for task_id in ids]


def finished(seen: str = "", known: str = "", unreadable: int = 0, scope: QueryScope = SCOPE) -> Scan:
    """Return a scan that met the tasks `seen` on its one page, where `known` had been known."""
    scan = Scan(scope, 0, 9, keys(*known))
    scan.record(keys(*seen), len(seen), unreadable)
    if not scan.done:
        scan.record([], 0, 0)
    assert scan.done
    return scan


class TestScan:
    def test_the_window_is_pinned_and_the_offset_moves_by_the_rows_that_came(self) -> None:
        scan = Scan(WHOLE_SITE, 100, 200)
        asked = []
        for page in (("a", "b"), ("c",), ("d", "e", "f")):
            asked.append(scan.query(100))
            scan.record(keys(*page), len(page), 0)
        assert [query["offset"] for query in asked] == [0, 2, 3]
        assert {(query["begin"], query["end"], query["limit"], query["is_dcdn"]) for query in asked} == {
            (100, 200, 100, True)
        }

    def test_rows_that_cannot_be_read_count_for_the_offset(self) -> None:
        scan = Scan(SCOPE, 0, 9)
        scan.record(keys("a"), 3, 2)
        assert scan.query(100)["offset"] == 3

    def test_a_short_page_is_no_end_and_an_empty_one_is(self) -> None:
        scan = Scan(SCOPE, 0, 9)
        scan.record(keys("a"), 1, 0)
        assert not scan.done
        scan.record([], 0, 0)
        assert scan.done
        assert scan.pages == 2

    def test_two_pages_in_a_row_without_anything_new_are_the_end(self) -> None:
        scan = Scan(SCOPE, 0, 9)
        for page, done in (("ab", False), ("ab", False), ("bc", False), ("ab", False), ("a", True)):
            scan.record(keys(*page), len(page), 0)
            assert scan.done is done

    def test_it_proves_only_what_it_did_not_meet_of_what_was_known_at_its_start(self) -> None:
        assert finished("ac", known="abd").missing() == set(keys("b", "d"))
        assert finished("ac", known="ac").missing() == set()

    def test_it_proves_nothing_before_its_end_or_with_something_unreadable(self) -> None:
        scan = Scan(SCOPE, 0, 9, keys("b"))
        scan.record(keys("a"), 1, 0)
        assert scan.missing() is None
        assert finished("a", known="b", unreadable=1).missing() is None

    def test_what_could_not_be_read_on_any_page_spoils_the_proof(self) -> None:
        scan = Scan(SCOPE, 0, 9, keys("b"))
        for ids, unreadable in (("a", 1), ("c", 0), ("", 0)):
            scan.record(keys(*ids), len(ids), unreadable)
        assert scan.missing() is None

    @given(st.integers(0, 40), st.integers(1, 12), st.integers(1, 12))
    def test_any_list_is_met_whole_whatever_the_server_makes_of_the_limit(
        self, size: int, limit: int, cap: int
    ) -> None:
        every, scan, met = keys(*numbered("t", size)), Scan(SCOPE, 0, 9), []
        while not scan.done:
            query = scan.query(limit)
            page = every[query["offset"] :][: min(query["limit"], cap)]
            met += page
            scan.record(page, len(page), 0)
        assert met == every
        assert scan.seen == set(every)
        assert scan.missing() == set()

    @given(st.integers(1, 40), st.integers(1, 12))
    def test_a_server_that_ignores_the_offset_is_found_out_soon(self, size: int, limit: int) -> None:
        every, scan = keys(*numbered("t", size)), Scan(SCOPE, 0, 9)
        while not scan.done:
            scan.record(every[:limit], len(every[:limit]), 0)
        assert scan.pages == 3
        assert scan.repeats is (min(size, limit) > 1), "one row may also come again because one task has come"

    def test_a_server_that_ignores_the_offset_is_found_out_with_any_limit(self) -> None:
        every, scan = keys(*"abcdef"), Scan(SCOPE, 0, 9)
        for limit in (4, 3, 2):
            assert not scan.done
            scan.record(every[:limit], limit, 0)
        assert scan.done
        assert scan.repeats

    def test_a_server_that_ignores_the_offset_is_found_out_although_a_task_came(self) -> None:
        scan = Scan(SCOPE, 0, 9)
        for ids in ("abc", "nab", "nab", "nab"):
            assert not scan.done
            scan.record(keys(*ids), 3, 0)
        assert scan.done
        assert scan.repeats

    @pytest.mark.parametrize(
        "pages",
        [
            pytest.param(["abcde", "e", ""], id="one task came"),
            pytest.param(["abcde", "e", "e"], id="one task came before each page"),
            pytest.param(["abcde", "de", "de"], id="two tasks came before each page"),
            pytest.param(["abc", "abc", ""], id="a page came twice"),
            pytest.param(["a", "a", "a"], id="one task came before each page of one"),
        ],
    )
    def test_rows_that_come_again_do_not_accuse_a_server_of_ignoring_the_offset(self, pages: list[str]) -> None:
        scan = Scan(SCOPE, 0, 9)
        for ids in pages:
            assert not scan.done
            scan.record(keys(*ids), len(ids), 0)
        assert scan.done
        assert not scan.repeats

    def test_pages_that_cannot_be_read_do_not_accuse_a_server(self) -> None:
        scan = Scan(SCOPE, 0, 9)
        while not scan.done:
            scan.record([], 3, 3)
        assert not scan.repeats

    def test_full_pages_without_a_new_row_prove_nothing(self) -> None:
        scan = Scan(SCOPE, 0, 9, keys("x"))
        for ids in ("ab", "ba", "ab"):
            scan.query(2)
            scan.record(keys(*ids), 2, 0)
        assert scan.done
        assert not scan.repeats
        assert scan.missing() is None

    def test_a_list_that_grows_at_its_head_meanwhile_loses_nothing(self) -> None:
        every, scan = keys(*numbered("t", 30)), Scan(SCOPE, 0, 9)
        arriving = iter(keys(*numbered("new", 12)))
        while not scan.done:
            offset = scan.query(10)["offset"]
            scan.record(every[offset : offset + 10], len(every[offset : offset + 10]), 0)
            every[:0] = [key for key, _ in zip(arriving, range(3), strict=False)]
        assert set(keys(*numbered("t", 30))) <= scan.seen


class TestRemoval:
    @pytest.fixture
    def scans(self) -> FullScans:
        return FullScans()

    def run(self, full: FullScans, *scans: Scan) -> set[str]:
        """Run a pass of these scans; return which tasks are gone by it."""
        full.request()
        full.begin(list(scans), 0.0)
        return {key.id for scan in scans for key in full.end(scan, 1.0)}

    def test_a_task_is_gone_when_two_scans_in_a_row_have_missed_it(self, scans: FullScans) -> None:
        assert self.run(scans, finished("a", known="abc")) == set()
        assert self.run(scans, finished("ac", known="abc")) == {"b"}

    def test_a_task_that_came_back_in_between_has_to_be_missed_twice_again(self, scans: FullScans) -> None:
        assert self.run(scans, finished("", known="a")) == set()
        assert self.run(scans, finished("a", known="a")) == set()
        assert self.run(scans, finished("", known="a")) == set()
        assert self.run(scans, finished("", known="a")) == {"a"}

    def test_a_scan_with_something_unreadable_removes_nothing(self, scans: FullScans) -> None:
        assert self.run(scans, finished("", known="a")) == set()
        assert self.run(scans, finished("x", known="a", unreadable=1)) == set()
        assert self.run(scans, finished("", known="a")) == {"a"}

    def test_a_scan_that_met_it_speaks_for_it_however_much_else_was_unreadable(self, scans: FullScans) -> None:
        assert self.run(scans, finished("", known="a")) == set()
        assert self.run(scans, finished("a", known="a", unreadable=1)) == set()
        assert self.run(scans, finished("", known="a")) == set()

    def test_each_query_proves_only_what_it_is_responsible_for(self, scans: FullScans) -> None:
        assert self.run(scans, finished("", known="a"), finished("b", known="b", scope=WHOLE_SITE)) == set()
        assert self.run(scans, finished("a", known="a"), finished("", known="b", scope=WHOLE_SITE)) == set()
        assert self.run(scans, finished("a", known="a"), finished("", known="b", scope=WHOLE_SITE)) == {"b"}

    def test_one_that_comes_back_after_it_was_gone_begins_anew(self, scans: FullScans) -> None:
        stored_state = [self.run(scans, finished("", known="a")) for _ in range(4)]
        assert stored_state == [set(), {"a"}, set(), {"a"}]

    def test_what_is_gone_is_told_of_once(self, scans: FullScans) -> None:
        stored_state = [self.run(scans, finished("", known=known)) for known in ("a", "a", "", "")]
        assert stored_state == [set(), {"a"}, set(), set()]


class TestFullScans:
    @pytest.fixture
    def scans(self) -> FullScans:
        return FullScans()

    def run(self, scans: FullScans, began: float, ended: float) -> None:
        parts = [finished(), finished(scope=WHOLE_SITE)]
        scans.begin(parts[:], began)
        for scan in parts:
            assert scans.is_running
            assert scans.current is scan
            scans.end(scan, ended)
        assert scans.current is None

    def test_the_first_one_is_wanted_from_the_start_and_completes_the_window(self, scans: FullScans) -> None:
        assert scans.is_running
        assert not scans.loaded
        scans.begin([finished(), finished(scope=WHOLE_SITE)], 0.0)
        scans.end(scans.current or finished(), 1.0)
        assert not scans.loaded
        scans.end(scans.current or finished(), 1.0)
        assert scans.loaded
        assert not scans.is_running

    def test_another_one_is_due_after_five_minutes(self, scans: FullScans) -> None:
        self.run(scans, began=10.0, ended=12.0)
        assert not scans.is_due(12.0 + RECONCILE_EVERY - 0.1)
        assert scans.is_due(12.0 + RECONCILE_EVERY)
        scans.request()
        assert not scans.is_due(1000.0), "it runs already"

    def test_a_long_one_is_not_repeated_all_the_time(self, scans: FullScans) -> None:
        self.run(scans, began=0.0, ended=40.0)
        assert not scans.is_due(40.0 + 40.0 * RECONCILE_SHARE - 0.1)
        assert scans.is_due(40.0 + 40.0 * RECONCILE_SHARE)

    def test_one_that_is_asked_for_while_one_runs_is_that_one(self, scans: FullScans) -> None:
        scans.request()
        scans.request()
        self.run(scans, 0.0, 1.0)
        assert not scans.is_running

    def test_as_many_run_as_were_asked_for(self, scans: FullScans) -> None:
        scans.request(2)
        self.run(scans, 0.0, 1.0)
        assert scans.is_running
        self.run(scans, 1.0, 2.0)
        assert not scans.is_running

    def test_afresh_means_that_what_has_begun_does_not_count(self, scans: FullScans) -> None:
        begun = scans.begin([finished(), finished(scope=WHOLE_SITE)], 0.0)
        assert scans.current is begun
        scans.request(restart=True)
        assert scans.current is None
        assert scans.is_running

    def test_the_kinds_are_scopes_apart(self) -> None:
        assert QueryScope(REFRESH, is_dcdn=False) != QueryScope(PREFETCH, is_dcdn=False)

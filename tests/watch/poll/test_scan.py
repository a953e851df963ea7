"""Scans see every row and end."""

from math import ceil

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ucdn_tui.watch.poll.scan import Scan
from ucdn_tui.watch.poll.settings import MAX_PAGES, MAX_TASKS
from watch.poll.fetching import SCOPE, WHOLE_SITE, finished, keys
from watch.tasks import numbered


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

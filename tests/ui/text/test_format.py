"""How values read, fit their width, and are sanitized."""

from datetime import UTC, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from support.data.hostile import URLS
from support.data.summaries import NOW, summary, url
from ucdn_tui.api.models import Status
from ucdn_tui.ui.text import format as fmt
from ucdn_tui.ui.text import times
from ucdn_tui.ui.text.glyphs import ASCII, UNICODE, Glyphs, status_glyph

BOTH_SETS = pytest.mark.parametrize("glyphs", [UNICODE, ASCII], ids=["unicode", "ascii"])

CHINA = timezone(timedelta(hours=8))


texts = st.text(st.characters(), max_size=80) | st.sampled_from(URLS)
"""Any text, lone surrogates and controls included."""


class TestStatus:
    @BOTH_SETS
    def test_status_has_glyph_word_and_colour(self, glyphs: Glyphs) -> None:
        for status in Status:
            text = fmt.status(status, glyphs)
            glyph, _, word = text.plain.partition(" ")
            assert glyph == status_glyph(status, glyphs)
            assert word == fmt.status_word(status)
            assert text.style == fmt.status_style(status)

    @BOTH_SETS
    def test_glyphs_differ_without_colour(self, glyphs: Glyphs) -> None:
        shown = [status_glyph(status, glyphs) for status in [*Status, "nonsense"]]
        assert len(set(shown)) == len(shown)

    def test_documented_statuses_read_in_everyday_words(self) -> None:
        shown = [fmt.status(status, UNICODE).plain for status in ("wait", "process", "success", "failure", "unknow")]
        assert shown == ["○ queued", "▶ running", "✔ success", "✖ failed", "? unknown"]

    def test_undocumented_status_is_shown_unchanged(self) -> None:
        assert fmt.status("ySoPLGgE", UNICODE).plain == "· ySoPLGgE"
        assert fmt.status_style("ySoPLGgE") == "other"

    def test_missing_status_is_named(self) -> None:
        assert fmt.status("", UNICODE).plain == "· no status"

    def test_control_characters_are_made_visible(self) -> None:
        assert fmt.status("a\x1b[2J\nb", UNICODE).plain == "· a\\x1b[2J\\nb"


class TestTaskStatus:
    @pytest.mark.parametrize(
        ("fields", "shown"),
        [
            ({"status": "success", "succeeded": 30}, "✔ success"),
            ({"status": "failure", "succeeded": 27, "failed": 3}, "✖ failed 3/30"),
            ({"status": "success", "succeeded": 27, "failed": 3}, "✖ failed 3/30"),
            ({"status": "failure", "failed": 2}, "✖ failed 2/2"),
            ({"status": "failure", "failed": 1}, "✖ failed"),
            ({"status": "failure", "succeeded": 3}, "✖ failed"),
            ({"status": "process", "processing": 5, "waiting": 2}, "▶ running"),
            ({"status": "wait", "waiting": 2}, "○ queued"),
            ({"status": "process", "processing": 5, "failed": 3}, "▶ running ✖3"),
            ({"status": "success", "succeeded": 1, "processing": 1, "waiting": 1}, "✔ success ▶2"),
            ({"status": "success", "failed": 1, "processing": 2}, "✔ success ✖1 ▶2"),
            ({"status": "failure", "failed": 1, "waiting": 2}, "✖ failed ▶2"),
            ({"status": "unknow", "failed": 2, "other": 1}, "? unknown ✖2"),
            ({"status": "unknow", "other": 3}, "? unknown"),
            ({"status": "", "other": 3}, "· no status"),
        ],
    )
    def test_counts_of_urls_follow_where_they_differ(self, fields: dict[str, int], shown: str) -> None:
        assert fmt.task_status(summary(**fields), 40, UNICODE).plain == shown

    def test_short_width_drops_the_word_before_the_counts(self) -> None:
        failed = summary(status="success", succeeded=27, failed=3)
        assert fmt.task_status(failed, 13, UNICODE).plain == "✖ failed 3/30"
        assert fmt.task_status(failed, 12, UNICODE).plain == "✖ 3/30"
        assert fmt.task_status(failed, 12, ASCII).plain == "x 3/30"

    @pytest.mark.parametrize(
        ("width", "shown"),
        [(20, "✖ failed 1000/1000"), (14, "✖ 1000/1000"), (10, "✖ 1000"), (6, "✖ 1000"), (5, "✖"), (1, "✖")],
    )
    def test_number_without_room_is_left_out_not_cut(self, width: int, shown: str) -> None:
        assert fmt.task_status(summary(status="failure", failed=1000), width, UNICODE).plain == shown
        lagging = summary(status="success", failed=12_000, processing=12_000)
        assert fmt.task_status(lagging, 14, UNICODE, stuck=True).plain == "✔ ✖12000"

    @BOTH_SETS
    def test_short_width_drops_the_word_rather_than_a_part_of_it(self, glyphs: Glyphs) -> None:
        for status in Status:
            assert fmt.task_status(summary(status=status, other=1), 5, glyphs).plain == status_glyph(status, glyphs)
        assert fmt.task_status(summary(status="odd-one", other=1), 5, glyphs).plain.endswith("odd-one")

    def test_partly_failed_task_has_the_style_of_failure(self) -> None:
        assert fmt.task_status(summary(status="success", succeeded=27, failed=3), 40, UNICODE).style == "bad"
        assert fmt.task_style(summary(status="success", succeeded=27, failed=3)) == "bad"
        assert fmt.task_style(summary(status="process", processing=1, failed=3)) == "run"
        assert fmt.task_style(summary(status="success", succeeded=3)) == "ok"

    @given(
        st.sampled_from(Status),
        st.lists(st.integers(0, 99) | st.sampled_from([1000, 12_000]), min_size=5, max_size=5),
        st.integers(1, 40),
    )
    def test_any_status_fits_into_its_column(self, status: str, counts: list[int], width: int) -> None:
        names = ("succeeded", "failed", "processing", "waiting", "other")
        task = summary(status=status, **dict(zip(names, counts, strict=True)))
        for glyphs in (UNICODE, ASCII):
            assert cell_len(fmt.task_status(task, width, glyphs).plain) <= width


class TestProgress:
    @BOTH_SETS
    @pytest.mark.parametrize("width", range(4, 41))
    def test_progress_fills_its_width_and_ends_with_the_percentage(self, width: int, glyphs: Glyphs) -> None:
        for percent in range(101):
            text = fmt.progress(percent, width, "run", glyphs).plain
            assert cell_len(text) == (width if width >= 9 else 4)
            assert text.endswith(f"{percent}%")

    def test_bar_is_full_only_at_100_percent(self) -> None:
        assert fmt.progress(100, 13, "ok", ASCII).plain == "######## 100%"
        assert fmt.progress(99, 13, "run", ASCII).plain == "#######=  99%"
        assert fmt.progress(50, 13, "run", ASCII).plain == "####----  50%"
        assert fmt.progress(0, 13, "wait", ASCII).plain == "--------   0%"
        assert fmt.progress(1, 9, "run", ASCII).plain == "=---   1%"
        assert fmt.progress(70, 9, "run", ASCII).plain == "##=-  70%"

    def test_done_part_and_rest_differ_in_colour(self) -> None:
        spans = fmt.progress(50, 13, "run", UNICODE).spans
        assert [(span.start, span.end, span.style) for span in spans] == [
            (0, 4, "run"),
            (4, 8, "bar-back"),
            (8, 13, "run"),
        ]


class TestRunningTime:
    def test_settled_task_ran_until_its_last_url_finished(self) -> None:
        assert fmt.running_time(summary(created=NOW - 600, finished=NOW - 510), NOW) == "1m30s"

    def test_time_of_an_active_task_grows(self) -> None:
        running = summary(status="process", processing=1, created=NOW - 90, finished=NOW - 80)
        assert fmt.running_time(running, NOW) == "1m30s"
        assert fmt.running_time(running, NOW + 5) == "1m35s"

    def test_creation_within_the_clock_skew_is_0s(self) -> None:
        assert fmt.running_time(summary(status="wait", waiting=1, created=NOW + 3), NOW) == "0s"

    @pytest.mark.parametrize(
        "fields",
        [
            {"created": None},
            {"finished": None},
            {"created": 4, "finished": 1},
            {"created": 1, "finished": NOW},
            {"created": -(10**18)},
            {"finished": 10**18},
            {"status": "process", "created": 7},
            {"status": "process", "created": NOW + 3600},
            {"status": "process", "created": 10**18},
            {"status": "unknow", "finished": None},
        ],
    )
    def test_invalid_times_are_a_dash(self, fields: dict[str, int | None]) -> None:
        assert fmt.running_time(summary(**fields), NOW) == "—"


class TestUrlTime:
    def test_time_ends_when_the_url_finished_or_now(self) -> None:
        assert fmt.url_time(url(created=NOW - 100, finished=NOW - 70), NOW) == "30s"
        assert fmt.url_time(url(status="process", created=NOW - 100, finished=None), NOW) == "1m40s"
        assert fmt.url_time(url(status="wait", created=NOW + 2, finished=None), NOW) == "0s"

    @pytest.mark.parametrize(
        "fields",
        [
            {"created": None},
            {"finished": None},
            {"created": 6, "finished": 1},
            {"status": "process", "created": 6},
            {"status": "zMxmxYcf", "finished": None},
        ],
    )
    def test_invalid_times_are_a_dash(self, fields: dict[str, int | None]) -> None:
        assert fmt.url_time(url(**fields), NOW) == "—"


class TestMoment:
    def test_older_times_have_a_date_and_then_a_year(self) -> None:
        assert times.moment(NOW - 20, NOW, UTC) == "08:53:00"
        assert times.moment(NOW - 86400, NOW, UTC) == "10-08 08:53"
        assert times.moment(1_548_051_097, NOW, UTC) == "2019-01-21"

    def test_moment_is_in_the_given_time_zone(self) -> None:
        assert times.moment(NOW, NOW, CHINA) == "16:53:20"
        assert times.moment(NOW - 10 * 3600, NOW, UTC) == "10-08 22:53"
        assert times.moment(NOW - 10 * 3600 + 3600, NOW + 3600, CHINA) == "07:53:20"

    @pytest.mark.parametrize(
        "timestamp", [None, 0, -1, 253_402_300_799, 253_402_300_800, 10**12, 10**18, 10**30, -(10**30)]
    )
    def test_invalid_moment_is_a_dash(self, timestamp: int | None) -> None:
        assert times.moment(timestamp, NOW, CHINA) == "—"

    @given(st.integers(), st.sampled_from([UTC, CHINA, timezone(-timedelta(hours=12))]))
    def test_moment_fits_into_its_column(self, timestamp: int, zone: timezone) -> None:
        assert cell_len(times.moment(timestamp, NOW, zone)) <= 11


class TestMiddle:
    def test_host_and_file_name_stay(self) -> None:
        text = fmt.middle("cdn.example.com/a/very/long/way/to/the/hero.webp", 30)
        assert text == "cdn.example.…/to/the/hero.webp"
        assert cell_len(text) == 30

    def test_text_that_fits_is_unchanged(self) -> None:
        assert fmt.middle("cdn.example.com", 15) == "cdn.example.com"
        assert fmt.middle("主会场", 6) == "主会场"

    def test_ellipsis_is_from_the_glyph_set(self) -> None:
        assert fmt.middle("abcdefghijkl", 6, ASCII) == "ab~jkl"

    @given(texts, st.integers(0, 30))
    def test_any_text_fits_and_no_character_is_cut_in_half(self, text: str, width: int) -> None:
        shown = fmt.middle(text, width)
        assert cell_len(shown) <= width
        head, ellipsis, tail = shown.partition("…")
        if shown != text:
            assert text.startswith(head)
            assert text.endswith(tail) or not ellipsis

    @given(st.text("活动双十一主会场a/", min_size=1, max_size=40), st.integers(6, 30))
    def test_wide_characters_waste_at_most_two_cells(self, text: str, width: int) -> None:
        assert cell_len(fmt.middle(text, width)) >= min(cell_len(text), width - 2)

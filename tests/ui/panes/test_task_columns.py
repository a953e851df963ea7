"""The task list's columns: which there are at each width, and what they say."""

from datetime import UTC, timedelta, timezone, tzinfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from support.clock import FakeClock
from support.data.summaries import NOW, summary
from support.screen.dashboard import account, add, running_dashboard
from support.screen.table import painted
from ucdn_tui.api.models import Task, TaskKind
from ucdn_tui.ui.panes.render_context import RenderContext
from ucdn_tui.ui.panes.task_columns import task_columns, task_steps
from ucdn_tui.ui.table.layout import fit
from ucdn_tui.ui.text.glyphs import UNICODE
from ucdn_tui.watch.stats.duration_stats import RemainingRange

CHINA = timezone(timedelta(hours=8))
INDIA = timezone(timedelta(hours=5, minutes=30))

SIDE_BY_SIDE = 150
"""Columns from which the list is beside the task's URLs; then it gets 67 % of what the line between them leaves."""

COUNTS = pytest.mark.parametrize("most_urls", [0, 30, 999, 1000, 12_000])
ZONES = pytest.mark.parametrize("zone", [UTC, CHINA, INDIA], ids=["UTC", "+08", "+05:30"])


def list_width(terminal: int) -> int:
    """Return the width of the task list in a terminal of this width."""
    return terminal if terminal < SIDE_BY_SIDE else (terminal - 1) * 67 // 100


def context_of(zone: tzinfo = UTC, *, flags: bool = False, left: RemainingRange | None = None) -> RenderContext:
    context = RenderContext(lambda: NOW, zone, UNICODE, time_remaining=lambda _task: left)
    if flags:
        context.flagged.add(summary().key)
    return context


def widths(width: int, most_urls: int = 0, context: RenderContext | None = None) -> dict[str, int]:
    """Return the widths of the columns in a list of this width, whose last cell is for the scroll bar."""
    context = context or context_of()
    return {column.id: size for column, size in fit(task_columns(context), task_steps(context, most_urls), width - 1)}


def cells(task: Task, width: int, most_urls: int = 0, context: RenderContext | None = None) -> dict[str, str]:
    """Return the texts of a task's row before they are cut to their columns."""
    context = context or context_of()
    layout = fit(task_columns(context), task_steps(context, most_urls), width - 1)
    return {column.id: column.render(task, size).plain for column, size in layout}


class TestWidths:
    @COUNTS
    @ZONES
    @pytest.mark.parametrize("flags", [False, True], ids=["", "flags"])
    def test_url_has_40_cells_where_the_list_has_80_and_never_fewer_in_a_wider_terminal(
        self, most_urls: int, zone: tzinfo, flags: bool
    ) -> None:
        context = context_of(zone, flags=flags)
        before = 0
        for terminal in range(30, 301):
            url = widths(list_width(terminal), most_urls, context)["url"]
            assert url >= (40 if list_width(terminal) >= 80 else before), terminal
            assert url >= before, terminal
            before = url
        assert before > 52, "a wide terminal has more room for URLs"

    @pytest.mark.parametrize("size", [(79, 30), (80, 24), (100, 30), (149, 40), (150, 40), (151, 40), (200, 50)])
    async def test_the_screen_has_these_widths(self, clock: FakeClock, size: tuple[int, int]) -> None:
        async with running_dashboard(account(clock), clock, size=size) as ui:
            table = ui.dashboard.tasks
            assert table.region.width == list_width(size[0])
            expected = widths(list_width(size[0]))
            assert table.shown_columns == list(expected)
            edge = sum(expected.values()) + len(expected) - 1
            assert painted(table)[0].index("URL ", edge - expected["url"] - 1) == edge - expected["url"]

    @COUNTS
    def test_no_column_but_the_bar_is_narrower_in_a_wider_list(self, most_urls: int) -> None:
        for width in range(2, 300):
            narrow, wide = widths(width, most_urls), widths(width + 1, most_urls)
            assert all(size <= wide[name] for name, size in narrow.items() if name != "progress"), width

    @pytest.mark.parametrize("width", range(30, 200, 10))
    def test_columns_have_room_for_the_words_of_the_language(self, chinese: None, width: int) -> None:
        for status in ("wait", "process", "success", "failure", "unknow"):
            row, sizes = cells(summary(status=status), width), widths(width)
            assert all(cell_len(row[name]) <= sizes[name] for name in ("status", "kind") if name in row)
            assert width < 80 or row["kind"] in ("刷", "刷新")

    def test_columns_come_by_importance(self) -> None:
        came: list[str] = []
        for width in range(2, 200):
            came += [name for name in widths(width) if name not in came]
        assert came == ["url", "status", "progress", "urls", "kind", "time", "left", "created", "type"]

    def test_headings_and_percentages_are_whole_or_left_out(self) -> None:
        context = context_of(INDIA)
        for width in range(10, 300):
            for column, size in fit(task_columns(context), task_steps(context, 1000), width - 1):
                if column.id == "progress":
                    assert size >= len("100%")
                if column.id == "created":
                    assert size >= len("Created +05:30 ▼")
                if column.id not in ("status", "kind"):
                    assert len(column.label) <= size or column.short_label, column.id


class TestNumbers:
    @pytest.mark.parametrize(
        ("succeeded", "failed", "shown"),
        [(1000, 0, "1000/1000"), (999, 1, "999/1000"), (12_000, 0, "12000/12000"), (0, 1, "0/1"), (98, 1, "98/99")],
    )
    def test_counts_are_succeeded_of_all_and_never_cut(self, succeeded: int, failed: int, shown: str) -> None:
        task = summary(succeeded=succeeded, failed=failed)
        for width in range(60, 300):
            if "urls" in (sizes := widths(width, task.urls)):
                assert cells(task, width, task.urls)["urls"] == shown
                assert sizes["urls"] >= len(shown)
        assert "urls" in widths(80, task.urls)

    @given(
        st.sampled_from(["success", "failure", "process", "wait", "unknow"]),
        st.lists(st.sampled_from([0, 1, 30, 999, 1000, 12_000]), min_size=5, max_size=5),
        st.integers(20, 160),
        st.sampled_from([0, 15, 3599, 86_399, 999 * 86_400, 3000 * 86_400]),
        st.sampled_from([(0, 30), (95, 120), (90, 450), (6600, 7200), (45_000, 48_600), (360_000, 500_400)]),
    )
    def test_no_number_is_wider_than_its_column(
        self, status: str, counts: list[int], width: int, age: int, left: tuple[int, int]
    ) -> None:
        names = ("succeeded", "failed", "processing", "waiting", "other")
        task = summary(status=status, created=NOW - age, finished=NOW, **dict(zip(names, counts, strict=True)))
        context = context_of(left=RemainingRange(*left))
        context.stuck_for = lambda _task: 600.0
        sizes = widths(width, task.urls, context)
        for name, text in cells(task, width, task.urls, context).items():
            assert len(text) <= sizes[name], name

    def test_list_makes_room_for_the_largest_count_when_it_comes(self) -> None:
        assert [widths(100, most)["urls"] for most in (9, 99, 100, 1000, 12_000)] == [5, 5, 7, 9, 11]

    async def test_count_of_a_task_that_grows_is_whole(self, clock: FakeClock) -> None:
        simulated = account(clock)
        add(simulated, "small", ago=300)
        async with running_dashboard(simulated, clock, size=(80, 24)) as ui:
            assert " 1/1 " in ui.row("small")
            add(simulated, "large", count=12_000, work=5.0)
            await ui.pass_time(40)
            assert " 12000/12000 " in ui.row("large")


class TestTimes:
    def test_time_is_elapsed_while_active_and_the_duration_once_settled(self) -> None:
        running = summary(status="process", processing=1, created=NOW - 95, finished=None)
        assert cells(running, 200)["time"] == "1m35s"
        assert cells(summary(created=NOW - 600, finished=NOW - 510), 200)["time"] == "1m30s"

    def test_time_remaining_has_a_column_of_its_own(self) -> None:
        running = summary(status="process", processing=1, created=NOW - 95, finished=None)
        shown = cells(running, 200, context=context_of(left=RemainingRange(60, 180)))
        assert (shown["time"], shown["left"]) == ("1m35s", "~1–3m")
        assert cells(running, 200)["left"] == "", "unknown"
        shown = cells(running, 200, context=context_of(left=RemainingRange(45_000, 48_600)))
        assert shown["left"] == "<13.5h", "~12.5–13.5h has no room"

    @pytest.mark.parametrize(
        ("zone", "heading", "moment"),
        [(UTC, "Created UTC", "08:52:20"), (CHINA, "Created +08", "16:52:20"), (INDIA, "Created +05:30", "14:22:20")],
    )
    def test_heading_says_the_time_zone_of_creation(self, zone: tzinfo, heading: str, moment: str) -> None:
        context = context_of(zone)
        (created,) = (column for column in task_columns(context) if column.id == "created")
        assert created.label == heading
        assert cells(summary(), 200, context=context)["created"] == moment
        assert widths(200, context=context)["created"] >= len(f"{heading} ▼")


class TestQuietRows:
    def test_only_what_runs_has_a_bar(self) -> None:
        assert cells(summary(status="process", processing=1, percent=50), 140)["progress"].endswith(" 50%")
        assert cells(summary(status="process", processing=1, percent=50), 80)["progress"] == " 50%"
        for settled in (summary(), summary(succeeded=27, failed=3)):
            assert cells(settled, 140)["progress"] == ""

    def test_undetermined_task_has_its_percentage(self) -> None:
        assert cells(summary(status="unknow", other=1, percent=40), 80)["progress"] == " 40%"


class TestKind:
    def test_is_a_letter_where_the_word_has_no_room(self) -> None:
        tasks = [summary(kind=kind) for kind in (TaskKind.REFRESH, TaskKind.PREFETCH)]
        assert [cells(task, 80)["kind"] for task in tasks] == ["R", "P"]
        assert [cells(task, 140)["kind"] for task in tasks] == ["refresh", "prefetch"]

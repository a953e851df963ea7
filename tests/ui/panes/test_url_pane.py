"""The selected task: its summary and its URLs."""

import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.text import Text
from textual.app import ComposeResult
from textual.pilot import Pilot

from support.data.summaries import NOW, summary, url
from support.screen.table import painted
from ucdn_tui.api.models import Task, TaskKind, UrlProgress
from ucdn_tui.ui.panes.render_context import RenderContext
from ucdn_tui.ui.panes.task_summary import header_lines, task_advice, task_summary
from ucdn_tui.ui.panes.url_pane import UrlPane, UrlView, hidden_prefix
from ucdn_tui.ui.text.glyphs import ASCII, UNICODE, Glyphs
from ucdn_tui.ui.themed_app import ThemedApp
from ucdn_tui.watch.stats.duration_stats import RemainingRange, TypicalDuration


def lines(task: Task, glyphs: Glyphs = UNICODE, now: float = NOW, width: int = 70, **options: Any) -> list[str]:
    context = RenderContext(lambda: now, UTC, glyphs, **options)
    return task_summary(task, context, None, width).plain.split("\n")


def wrapped(task: Task, width: int) -> list[str]:
    """Return the lines of a running task whose usual duration and time remaining are known."""
    left, usual = RemainingRange(60, 180), TypicalDuration(56.0, 90.0, 9)
    context = RenderContext(lambda: NOW, UTC, UNICODE, time_remaining=lambda _task: left)
    return task_summary(task, context, usual, width).plain.split("\n")


def advice(task: Task, width: int, room: int) -> list[str]:
    """Return the lines of the advice for a task that is stuck for ten minutes, under a summary of one line."""
    advised = task_advice(task, 620.0)
    return header_lines(Text("failed"), advised, width, room, "…")[1].plain.split("\n")


class TestAdvice:
    def test_is_left_out_by_whole_sentences(self) -> None:
        whole = ["Stuck: no progress for 10m20s. Contact the", "vendor's support (y copies a report)."]
        assert advice(summary(), 45, 3) == whole
        assert advice(summary(), 45, 2) == ["Stuck: no progress for 10m20s."]
        assert advice(summary(), 45, 1) == [""]

    def test_a_sentence_that_is_cut_has_an_ellipsis(self) -> None:
        assert advice(summary(), 20, 2) == ["Stuck: no progress …"]

    def test_is_left_out_by_whole_sentences_in_chinese(self, chinese: None) -> None:
        assert advice(summary(), 45, 3) == ["卡住：10分20秒没有进展。联系 UCloud 技术支持", "（按 y 复制报告）。"]
        assert advice(summary(), 45, 2) == ["卡住：10分20秒没有进展。"]


class TestSummary:
    def test_three_lines_show_status_identity_and_times(self) -> None:
        task = summary(status="failure", succeeded=26, failed=3, other=1, percent=94, is_dcdn=True)
        assert lines(task) == [
            "✖ failed 3/30  ✔ 26  ✖ 3  · 1  of 30 URLs",
            "refresh · file · whole-site · 20251009165220_4d8031d5",
            "created 08:52:20 UTC · took 10s · changed 50s ago",
            "the API gives no reason",
        ]

    def test_times_are_in_the_zone_of_the_screen(self) -> None:
        context = RenderContext(lambda: NOW, timezone(timedelta(hours=5, minutes=30)), UNICODE)
        assert "created 14:22:20 +05:30 · " in task_summary(summary(), context, None, 200).plain

    def test_running_task_has_counts_and_growing_times(self) -> None:
        task = summary(
            status="process", succeeded=1, processing=2, waiting=4, percent=20, finished=None, last_change=NOW - 5
        )
        assert lines(task)[0] == "▶ running  20%  ✔ 1  ▶ 2  ○ 4  of 7 URLs"
        assert lines(task)[1].endswith(" · created 08:52:20 UTC")
        assert lines(task)[2] == "for 1m00s · changed 5s ago"
        assert lines(task, now=NOW + 1)[2] == "for 1m01s · changed 6s ago"

    def test_elapsed_and_remaining_time_are_apart(self) -> None:
        task = summary(status="process", processing=2, percent=20, finished=None, last_change=NOW - 5)
        assert lines(task, time_remaining=lambda _task: RemainingRange(60, 180))[2] == (
            "for 1m00s · ~1–3m left · changed 5s ago"
        )

    def test_lines_are_wrapped_between_facts(self) -> None:
        task = summary(status="process", processing=2, percent=20, finished=None, last_change=NOW - 5)
        facts = [
            *("refresh", "file", "20251009165220_4d8031d5", "created 08:52:20 UTC"),
            *("for 1m00s", "~1–3m left", "changed 5s ago", "usually 56s, 9 of 10 within 1m30s"),
        ]
        for width in range(34, 200):
            first, *others = wrapped(task, width)
            assert all(len(line) <= width for line in (first, *others)), width
            assert " · ".join(others).split(" · ") == facts, "no fact is cut or lost"
            assert len(others) == 1 or len(f"{others[0]} · {others[1].partition(' · ')[0]}") > width
        assert len(wrapped(task, 200)) == 2

    def test_fact_that_is_longer_than_a_line_is_wrapped_at_its_words(self) -> None:
        task = summary(status="process", processing=2, percent=20, finished=None, last_change=NOW - 5)
        for width in range(10, 34):
            words = " ".join(wrapped(task, width)[1:]).replace(" · ", " ").split()
            assert words[-7:] == ["usually", "56s,", "9", "of", "10", "within", "1m30s"]

    def test_counts_without_room_are_left_out_whole(self) -> None:
        task = summary(status="process", succeeded=1000, processing=200, waiting=34, percent=20, finished=None)
        parts = ["▶ running", "20%", "✔ 1000", "▶ 200", "○ 34", "of 1234 URLs"]
        for width in range(9, 60):
            line = wrapped(task, width)[0]
            assert line.split("  ") == parts[: line.count("  ") + 1]
            assert len(line) <= width

    def test_success_with_active_urls_shows_both(self) -> None:
        assert lines(summary(status="success", succeeded=3, processing=2))[0].startswith("✔ success ▶2 ")

    def test_one_url_is_singular(self) -> None:
        assert lines(summary())[0].endswith("of 1 URL")

    def test_missing_type_is_left_out_and_missing_id_is_named(self) -> None:
        shown = lines(summary(task_id="", kind=TaskKind.PREFETCH, type=""))[1]
        assert shown.startswith("prefetch · no task id · created ")

    def test_summary_with_ascii_glyphs_is_ascii(self) -> None:
        task = summary(status="process", succeeded=1, failed=1, processing=1, waiting=1, other=1, finished=None)
        assert "\n".join(lines(task, ASCII)).isascii()

    def test_hostile_text_adds_no_line(self) -> None:
        nasty = "\x1b[2J\n[/b]\u202e\ud800" + "x" * 900
        task = summary(task_id=nasty, status=nasty, type=nasty)
        assert len(lines(task, width=2000)) == 2
        assert all(line.isprintable() for line in lines(task))

    @pytest.mark.parametrize("moment", [4, 0, -5, 10**18])
    def test_invalid_times_are_dashes(self, moment: int) -> None:
        shown = lines(summary(created=moment, finished=NOW, last_change=None), width=200)[1]
        assert shown.endswith(f" · created {'1970-01-01' if moment == 4 else '—'} UTC")

    def test_change_within_the_clock_skew_is_0s_ago(self) -> None:
        task = summary(status="wait", waiting=1, created=NOW + 2, finished=None, last_change=NOW + 2)
        assert lines(task, width=200)[1].endswith(" · created 08:53:22 UTC · for 0s · changed 0s ago")

    @given(
        st.builds(
            summary,
            created=st.integers() | st.none(),
            finished=st.integers() | st.none(),
            last_change=st.floats(0, 2 * NOW) | st.none(),
            status=st.text(max_size=9) | st.sampled_from(["success", "wait", "unknow"]),
        )
    )
    def test_any_task_has_a_line_for_its_status_and_one_for_its_facts(self, task: Task) -> None:
        assert len(lines(task, width=500)) == 2


def test_url_that_occurs_twice_has_two_rows() -> None:
    view = UrlView([url("http://h/a"), url("http://h/b"), url("http://h/a", 1)])
    assert len(view) == 3
    assert [view.index_of(view.key_at(row)) for row in range(3)] == [0, 1, 2]
    assert view.row_at(2).occurrence == 1
    assert view.index_of(("http://h/a", 2)) is None


@pytest.mark.parametrize(
    ("urls", "prefix"),
    [
        ([], ""),
        (["https://h.test/a/1.jpg"], ""),
        (["https://h.test/a/1.jpg", "https://h.test/a/2.jpg"], "https://h.test/a/"),
        (["https://h.test/a/1.jpg", "https://h.test/b/2.jpg"], "https://h.test/"),
        (["https://h.test/v1/x", "https://h.test/v10/x"], "https://h.test/"),
        (["https://h.test/a/", "https://h.test/a/b"], "https://h.test/"),
        (["https://h.test/a/", "https://h.test/a/"], "https://h.test/"),
        (["https://h.test/", "https://h.test/a"], ""),
        (["https://h.test/a", "https://i.test/a"], ""),
        (["https://h.test/a?u=http://x/1", "https://h.test/a?u=http://x/2"], "https://h.test/a?u=http://x/"),
        (["a", "b"], ""),
        (["", ""], ""),
    ],
)
def test_hidden_prefix_ends_with_a_slash_and_leaves_something_to_show(urls: list[str], prefix: str) -> None:
    assert hidden_prefix(urls) == len(prefix)
    assert all(url.startswith(prefix) for url in urls)


class PaneApp(ThemedApp):
    def __init__(self) -> None:
        super().__init__()
        self.now = float(NOW)
        self.pane = UrlPane(RenderContext(lambda: self.now, UTC, UNICODE), lambda _task: None)

    def compose(self) -> ComposeResult:
        yield self.pane


class RunningPane:
    """A pane in a running app."""

    def __init__(self, app: PaneApp, pilot: Pilot[None]) -> None:
        self.app = app
        self.pilot = pilot

    async def show(self, task: Task | None, urls: Sequence[UrlProgress] = ()) -> None:
        self.app.pane.show(task, urls)
        await self.pilot.pause()

    def rows(self) -> list[str]:
        """Return the rows below the header, without empty lines."""
        return [text.rstrip() for text in painted(self.app.pane.table)[1:] if text.strip()]


@asynccontextmanager
async def running_pane(**options: Any) -> AsyncIterator[RunningPane]:
    app = PaneApp()
    async with app.run_test(size=(60, 15), **options) as pilot:
        yield RunningPane(app, pilot)


def urls(*numbers: int, **fields: Any) -> list[UrlProgress]:
    return [url(f"http://h/{number}", **fields) for number in numbers]


class TestUrlPane:
    async def test_each_url_has_a_row(self) -> None:
        async with running_pane() as p:
            running = url("http://h/2", status="process", percent=50, finished=None)
            await p.show(summary(succeeded=2, processing=1), [*urls(1), running])
            assert [re.sub(" +", " ", row) for row in p.rows()] == ["✔ success 10s 1", "▶ running 50% 1m00s 2"]

    async def test_secondary_text_is_dimmer(self) -> None:
        async with running_pane() as p:
            await p.show(summary(status="process", processing=1, percent=20), urls(1))
            lines = [p.app.query_one("#task-summary").render_line(y) for y in range(3)]
            styles = {segment.text.strip(): segment.style for line in lines for segment in line if segment.style}
            plain, dim = (styles[text].color.get_truecolor() for text in ("20%", "of 1 URL"))
            assert max(dim) < max(plain)

    async def test_times_of_active_urls_grow(self) -> None:
        async with running_pane() as p:
            await p.show(summary(), urls(1, status="wait", percent=0))
            p.app.now += 5
            p.app.pane.tick()
            await p.pilot.pause()
            assert [re.sub(" +", " ", row) for row in p.rows()] == ["○ queued 0% 1m05s h/1"]

    async def test_cursor_stays_on_its_url_when_the_task_changes(self) -> None:
        async with running_pane() as p:
            await p.show(summary(), urls(*range(30)))
            p.app.pane.table.move_to(("http://h/7", 0))
            await p.show(summary(percent=50), urls(99, *range(30)))
            assert p.app.pane.table.cursor_key == ("http://h/7", 0)

    async def test_another_task_is_shown_from_its_top(self) -> None:
        async with running_pane() as p:
            await p.show(summary("one"), urls(*range(30)))
            p.app.pane.table.move_to(("http://h/29", 0))
            await p.show(summary("two"), urls(*range(30)))
            assert (p.app.pane.table.cursor_key, p.app.pane.table.scroll_offset.y) == (("http://h/0", 0), 0)

    async def test_without_a_task_the_pane_says_so(self) -> None:
        async with running_pane() as p:
            await p.show(summary(), urls(1))
            await p.show(None)
            assert p.app.pane.shown is None
            assert [row.strip() for row in p.rows()] == ["No task selected."]
            assert not p.app.query_one("#task-summary").display

    async def test_without_urls_the_pane_says_so(self) -> None:
        async with running_pane() as p:
            await p.show(summary(succeeded=0, other=0), [])
            assert [row.strip() for row in p.rows()] == ["The API lists no URLs for this task."]

"""How a table is painted: safe with any text, and only where something has changed."""

import pytest
from rich.cells import cell_len
from rich.style import Style
from rich.text import Text
from textual.strip import Strip
from textual.theme import BUILTIN_THEMES

from support.screen.colors import contrast
from support.screen.table import ListView, Row, columns, count_lines, painted
from ucdn_tui.ui.table.layout import LINK, Column, Step
from ucdn_tui.ui.theme_styles import THEME_STYLES
from ui.table.one_table import running_table, strips

HOSTILE = [
    "\x1b[2J\x1b]0;owned\x07",
    "two\nlines\r\n",
    "[/b][red]not markup[/red]",
    "lone \ud800 surrogate",
    "e\u0301\u0301\u0301" * 50,
    "\u0301" * 1000,
    "例子" * 50,
    "👩\u200d👩\u200d👧❤\ufe0f\u202eevil",
    "x" * 100_000,
    "\x9b31m\x85\u2028",
    "",
]


def with_column(name: str, width: int = 8) -> list[Step]:
    """Return the widths of `columns` with one more."""
    return [Step("key", 8), Step(name, width), Step("text", 1000)]


def view_of(*rows: Row) -> ListView:
    view = ListView(row.key for row in rows)
    view.rows = {row.key: row for row in rows}
    return view


def style_of(strip: Strip, text: str) -> Style:
    """Return the style of `text` on this line."""
    for segment in strip:
        if text in segment.text and segment.style is not None:
            return segment.style
    raise AssertionError(f"{text!r} is not in {strip.text!r}")


class TestText:
    @pytest.mark.parametrize("width", [9, 21, 22, 40])
    async def test_hostile_text_is_sanitized_and_fills_its_line(self, width: int) -> None:
        view = view_of(*(Row(key, text, "ok") for key, text in enumerate(HOSTILE)))
        async with running_table(view, size=(width, 24)) as (table, _):
            for strip in strips(table):
                assert sum(cell_len(segment.text) for segment in strip) == width
                assert not any(char < " " or "\x7f" <= char < "\xa0" for char in strip.text)
                assert not any("\ud800" <= char < "\ue000" for char in strip.text)

    async def test_wide_character_is_not_cut_in_half(self) -> None:
        async with running_table(view_of(Row(0, "例" * 40)), size=(23, 12)) as (table, _):
            assert painted(table)[1] == "row 0    " + "例" * 6 + "  "

    async def test_link_with_an_escape_sequence_is_left_out(self) -> None:
        evil = f"{LINK}http://x/\x1b\\\x1b[2J"
        good = f"{LINK}http://x/y"
        view = view_of(Row(0, "evil", evil), Row(1, "good", good))
        async with running_table(view) as (table, _):
            assert style_of(strips(table)[1], "evil").link is None
            assert style_of(strips(table)[2], "good").link == "http://x/y"

    async def test_unknown_style_changes_nothing(self) -> None:
        view = view_of(Row(0), Row(1, "text", "no-such style [/]"), Row(2, "text", "bad"))
        async with running_table(view) as (table, _):
            plain = style_of(strips(table)[2], "row 1")
            assert style_of(strips(table)[2], "text") == plain
            assert style_of(strips(table)[3], "text") != plain


class TestRepainting:
    async def test_cell_is_rendered_again_only_if_its_row_differs(self) -> None:
        rendered: list[int] = []

        def render(row: Row, _width: int) -> Text:
            rendered.append(row.key)
            return Text(row.text)

        view = ListView(range(5))
        async with running_table(view, columns=[Column("text", "Text", render, grows=True)]) as (table, pilot):
            rendered.clear()
            view.rows[1] = Row(1)  # another object, but equal
            view.rows[3] = Row(3, "new")
            table.refresh_view({1, 2, 3}, moved=False)
            await pilot.pause()
            assert rendered == [3]
            table.repaint()
            await pilot.pause()
            assert sorted(rendered) == [0, 1, 2, 3, 3, 4]

    async def test_tick_repaints_ticking_rows(self) -> None:
        seconds = 0
        ages = Column[Row](
            "age", "Age", lambda row, _width: Text(f"age {seconds}"), ticking=lambda row: row.key % 2 == 0
        )
        view = ListView(range(30))
        async with running_table(view, columns=[*columns(), ages], steps=with_column("age")) as (table, pilot):
            lines = count_lines(table)
            seconds = 7
            table.tick()
            await pilot.pause()
            assert sorted(lines) == [1, 3, 5, 7, 9], "even rows; the header is line 0"
            assert ["age 7" in line for line in painted(table)[1:]] == [True, False] * 5
            # A row that becomes visible again must not show the time of the last painting.
            table.scroll_to(y=15, animate=False, immediate=True)
            await pilot.pause()
            seconds = 8
            table.tick()
            table.scroll_to(y=0, animate=False, immediate=True)
            await pilot.pause()
            assert "age 8" in painted(table)[1]

    async def test_tick_repaints_only_rows_with_new_content(self) -> None:
        left = "soon"
        spans = Column[Row]("left", "Left", lambda _row, _width: Text(left), ticking=lambda _row: True)
        async with running_table(ListView(range(3)), columns=[*columns(), spans], steps=with_column("left")) as (
            table,
            pilot,
        ):
            lines = count_lines(table)
            for left in ("soon", "late", "soon", "soon", "活动", "late"):
                before = painted(table)
                lines.clear()
                table.tick()
                await pilot.pause()
                assert sorted(lines) == ([] if left in before[1] else [1, 2, 3])
                assert all(left in line for line in painted(table)[1:4])

    async def test_another_theme_recolours_everything(self) -> None:
        async with running_table(view_of(Row(0), Row(1, "text", "ok"))) as (table, pilot):
            dark = strips(table)
            table.app.theme = "textual-light"
            await pilot.pause()
            light = strips(table)
            for text, line in [("Key", 0), ("row 1", 2), ("text", 2), (" ", 5)]:
                before, after = style_of(dark[line], text), style_of(light[line], text)
                assert before.bgcolor != after.bgcolor
                assert before.color != after.color

    async def test_row_under_the_mouse_is_highlighted(self) -> None:
        async with running_table(ListView(range(30))) as (table, pilot):
            plain = style_of(strips(table)[3], "row 2")
            await pilot.hover(table, offset=(3, 3))
            await pilot.pause()
            assert style_of(strips(table)[3], "row 2") != plain
            await pilot.hover(table, offset=(3, 5))
            await pilot.pause()
            assert style_of(strips(table)[3], "row 2") == plain
            await pilot.hover(None, offset=(3, 0))
            await pilot.pause()
            assert style_of(strips(table)[5], "row 4") == plain


class TestCursorRow:
    @pytest.mark.parametrize("theme", sorted(BUILTIN_THEMES))
    async def test_cursor_is_distinct_and_readable_in_every_theme(self, theme: str) -> None:
        names = sorted(THEME_STYLES.keys() - {"bar-back"})
        cells = Column[Row]("all", "All", lambda row, _width: Text.assemble(*((name + " ", name) for name in names)))
        async with running_table(
            ListView(range(3)), columns=[*columns(), cells], steps=with_column("all", 50), size=(100, 12)
        ) as (table, pilot):
            table.app.theme = theme
            await pilot.pause()
            cursor_styles = []
            for widget in (table, None):
                table.app.set_focus(widget)
                await pilot.pause()
                cursor, other = strips(table)[1:3]
                cursor_styles.append(visible_traits(style_of(cursor, "row 0")))
                assert visible_traits(style_of(other, "row 1")) not in cursor_styles
                assert contrast(style_of(cursor, "row 0")) >= 4.5
                for name in names:
                    assert contrast(style_of(cursor, name)) >= 4.5
            assert cursor_styles[0] != cursor_styles[1]

    @pytest.mark.parametrize("theme", ["textual-dark", "textual-light", "solarized-light", "gruvbox"])
    async def test_cursor_is_reversed_without_colours(self, theme: str, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("NO_COLOR", "1")
        async with running_table(view_of(Row(0, "text", "bad"), Row(1))) as (table, pilot):
            table.app.theme = theme
            await pilot.pause()
            cursor, other = strips(table)[1:3]
            for text in ("row 0", "text"):
                style = style_of(cursor, text)
                assert style.reverse
                assert not style.dim
                assert contrast(style) >= 4.5
            assert not style_of(other, "row 1").reverse
            table.app.set_focus(None)
            await pilot.pause()
            blurred = style_of(strips(table)[1], "row 0")
            assert blurred.underline
            assert not blurred.reverse

    async def test_bar_shows_progress_under_the_cursor(self) -> None:
        bar = Column[Row]("bar", "Bar", lambda row, _width: Text.assemble(("━━━", "bar"), ("───", "bar-back")))
        async with running_table(ListView(range(3)), columns=[bar], steps=[Step("bar", 10)]) as (table, _):
            for line in strips(table)[1:3]:
                assert style_of(line, "━").color != style_of(line, "─").color


def visible_traits(style: Style) -> tuple[object, ...]:
    return style.bgcolor, style.reverse, style.underline

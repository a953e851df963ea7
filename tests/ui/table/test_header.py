"""The header of a table, and the text of an empty one."""

import pytest
from rich.text import Text

from support.screen.table import STEPS, ListView, Row, columns, painted
from ucdn_tui.ui.table.layout import Column, Step
from ui.table.one_table import running_table, strips


class TestHeader:
    async def test_sort_indicator_follows_the_label_and_is_never_cut(self) -> None:
        async with running_table(ListView(range(3)), size=(20, 12)) as (table, pilot):
            table.set_sort("key")
            await pilot.pause()
            assert painted(table)[0].startswith("Key ▲    Text")
            table.set_sort("text", reverse=True)
            await pilot.pause()
            assert painted(table)[0].startswith("Key      Text ▼")
            await pilot.resize_terminal(13, 12)
            await pilot.pause()
            assert painted(table)[0] == "Key      ▼   "
            table.set_sort(None)
            await pilot.pause()
            assert painted(table)[0] == "Key          ", "no part of a word"

    async def test_short_label_stands_where_the_label_has_no_room(self) -> None:
        bar = Column[Row]("bar", "Progress", lambda _row, _width: Text("x"), short_label="%", grows=True)
        async with running_table(
            ListView(range(3)), columns=[bar, *columns()], steps=[Step("bar", 5), *STEPS], size=(20, 12)
        ) as (table, pilot):
            assert painted(table)[0].startswith("%     Key ")
            table.set_sort("bar")
            await pilot.pause()
            assert painted(table)[0].startswith("% ▲   Key ")
            table.set_columns([bar, *columns()], [Step("bar", 10), *STEPS])
            await pilot.pause()
            assert painted(table)[0].startswith("Progress ▲ Key ")

    async def test_sort_indicators_can_be_ascii(self) -> None:
        async with running_table(ListView(), sort_indicators=("^", "v")) as (table, pilot):
            table.set_sort("key", reverse=True)
            await pilot.pause()
            assert painted(table)[0].startswith("Key v ")

    async def test_column_without_room_is_not_shown(self) -> None:
        spare: Column[Row] = Column("spare", "Spare", lambda row, _width: Text("spare"))
        steps = [Step("key", 8), Step("text", 7), Step("spare", 8), Step("text", 1000)]
        async with running_table(ListView(range(3)), columns=[*columns(), spare], steps=steps, size=(16, 12)) as (
            table,
            pilot,
        ):
            assert "Spare" not in painted(table)[0]
            assert table.shown_columns == ["key", "text"]
            await pilot.resize_terminal(40, 12)
            await pilot.pause()
            assert "Spare" in painted(table)[0]
            assert table.shown_columns == ["key", "text", "spare"]
            table.set_columns(columns(), steps)
            await pilot.pause()
            assert "Spare" not in painted(table)[0]
            assert table.shown_columns == ["key", "text"]


class TestEmptyText:
    async def test_text_is_wrapped_and_centred_without_markup(self) -> None:
        text = "Nothing [/b] here.\nThe filter hides all of the tasks that there are."
        async with running_table(ListView(), empty_text=text) as (table, pilot):
            assert painted(table)[1:6] == [
                " " * 40,
                "          Nothing [/b] here.".ljust(40),
                "   The filter hides all of the tasks".ljust(40),
                "            that there are.".ljust(40),
                " " * 40,
            ]
            table.empty_text = Text("gone \x1b wild", "bad")
            await pilot.pause()
            assert painted(table)[2].strip() == "gone � wild"

    @pytest.mark.parametrize("size", [(1, 12), (2, 3), (40, 1)])
    async def test_text_fits_any_size(self, size: tuple[int, int]) -> None:
        async with running_table(ListView(), size=size, empty_text="例子 nothing here") as (table, _):
            assert {strip.cell_length for strip in strips(table)} == {size[0]}

    async def test_rows_replace_the_text(self) -> None:
        view = ListView()
        async with running_table(view, empty_text="nothing") as (table, pilot):
            view.keys = [1]
            table.refresh_view(None, moved=True)
            await pilot.pause()
            assert painted(table)[1].startswith("row 1 ")
            assert not any("nothing" in line for line in painted(table))

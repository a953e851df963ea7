"""How columns share a width, and how text becomes a cell."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len, get_character_cell_size
from rich.style import Style
from rich.text import Span, Text

from ucdn_tui.ui.table.column_layout import Column, _narrow, fit, paint


def column(name: str, width: int, **options: object) -> Column[str]:
    return Column(name, name, width, lambda row, _width: Text(row), **options)


def fitted(columns: list[Column[str]], width: int) -> dict[str, int]:
    return {column.id: size for column, size in fit(columns, width)}


STATUS = column("status", 10, min_width=4)
BAR = column("bar", 20, min_width=6, grow=1)
KIND = column("kind", 8, drop=2)
TYPE = column("type", 4, drop=1)
URL = column("url", 30, min_width=12, grow=3)
ROW = [STATUS, BAR, KIND, TYPE, URL]


class TestFit:
    def test_spare_room_goes_to_growing_columns_by_weight(self) -> None:
        assert fitted(ROW, 44 + 8) == {"status": 10, "bar": 8, "kind": 8, "type": 4, "url": 18}

    def test_fixed_columns_leave_spare_room_free(self) -> None:
        assert fitted([STATUS, KIND], 100) == {"status": 10, "kind": 8}

    def test_lowest_drop_number_is_dropped_first(self) -> None:
        assert list(fitted(ROW, 43)) == ["status", "bar", "kind", "url"]
        assert list(fitted(ROW, 38)) == ["status", "bar", "url"]

    def test_of_equals_the_rightmost_is_dropped_first(self) -> None:
        assert list(fitted([column("a", 5, drop=1), column("b", 5, drop=1), column("c", 5, drop=2)], 11)) == ["a", "c"]

    def test_other_columns_shrink_to_their_minimum_width(self) -> None:
        assert fitted(ROW, 30) == {"status": 10, "bar": 6, "url": 12}
        assert fitted(ROW, 26) == {"status": 6, "bar": 6, "url": 12}

    def test_below_the_minimum_all_columns_shrink_in_proportion(self) -> None:
        assert fitted(ROW, 13) == {"status": 2, "bar": 3, "url": 6}
        assert fitted(ROW, 5) == {"status": 1, "bar": 1, "url": 1}

    def test_without_a_cell_for_each_the_rightmost_are_left_out(self) -> None:
        assert fitted(ROW, 4) == {"status": 1, "bar": 2}
        assert fitted(ROW, 0) == {}
        assert fitted([], 80) == {}

    def test_invalid_widths_are_rejected(self) -> None:
        with pytest.raises(ValueError, match="'x'"):
            column("x", 5, min_width=6)

    @given(
        st.lists(
            st.builds(
                lambda least, more, grow, drop: column("c", least + more, min_width=least, grow=grow, drop=drop),
                st.integers(1, 30),
                st.integers(0, 30),
                st.integers(0, 3),
                st.none() | st.integers(0, 4),
            ),
            max_size=9,
        ),
        st.integers(0, 250),
    )
    def test_any_columns_fit_any_width(self, columns: list[Column[str]], width: int) -> None:
        result = fit(columns, width)
        chosen = [column for column, _ in result]
        assert sum(size for _, size in result) + max(0, len(result) - 1) <= width
        assert all(size >= 1 for _, size in result)
        assert chosen == [column for column in columns if any(column is other for other in chosen)], "in their order"
        start = sum(c.min_width if c.grow else c.width for c in columns) + len(columns) - 1
        if start <= width:
            assert len(result) == len(columns)
            if any(column.grow for column in columns):
                assert start + sum(s - (c.min_width if c.grow else c.width) for c, s in result) == width
        if all(size >= c.min_width for c, size in result) and result:
            dropped = [c.drop for c in columns if not any(c is other for other in chosen)]
            assert None not in dropped or width < 2 * len(columns) - 1
            assert all(c.drop is None or c.drop >= max(d or 0 for d in dropped) for c in chosen if dropped)


def styles(names: tuple[object, ...]) -> Style:
    return Style(bold=bool(names))


def cell(text: Text | str, width: int, align: str = "left") -> str:
    segments = paint(Text(text) if isinstance(text, str) else text, width, align, styles)
    return "".join(segment.text for segment in segments)


class TestPaint:
    def test_short_text_is_padded_by_its_alignment(self) -> None:
        assert cell("7", 3) == "7  "
        assert cell("7", 3, "right") == "  7"
        assert cell(Text("7", "ok"), 3, "right") == "  7"

    def test_wide_character_is_never_cut_in_half(self) -> None:
        assert cell("例子", 4) == "例子"
        assert cell("例子", 3) == "例 "
        assert cell("例子", 3, "right") == " 例"
        assert cell(Text.assemble(("例", "ok"), "a"), 1) == " ", "the next character does not take its place"

    def test_control_characters_are_replaced(self) -> None:
        assert cell("a\x1b[31mb", 7) == "a�[31mb"
        assert cell("a\nb\tc\x9bd\u2028e\u202ef\ud800g", 15) == "a�b�c�d�e�f�g  "

    def test_markup_is_text(self) -> None:
        assert cell("[/b][red]", 9) == "[/b][red]"

    def test_combining_marks_stay_with_their_letters(self) -> None:
        assert cell("e\u0301x", 2) == "e\u0301x"
        assert cell("abe\u0301x", 3) == "abe\u0301"

    def test_combining_mark_without_a_letter_is_left_out(self) -> None:
        assert cell("\u0301\u0301ab", 3) == "ab "

    def test_flood_of_combining_marks_is_cut(self) -> None:
        assert len(cell("a" + "\u0301" * 100_000 + "b", 10)) < 60

    def test_joined_emoji_are_painted_as_their_parts(self) -> None:
        assert cell("👩\u200d👧x", 5) == "👩👧x"
        assert cell("❤\ufe0fx", 2) == "❤x"

    def test_very_long_text_is_cut(self) -> None:
        assert cell("x" * 100_000, 12) == "x" * 12

    def test_spans_are_painted_in_their_styles(self) -> None:
        text = Text("abcdef", spans=[Span(1, 3, "ok"), Span(2, 4, Style(italic=True)), Span(5, 99, "bad")])
        seen: list[tuple[object, ...]] = []

        def record(names: tuple[object, ...]) -> Style:
            seen.append(names)
            return Style()

        pieces = [segment.text for segment in paint(text, 7, "left", record)]
        assert pieces == ["a", "b", "c", "d", "e", "f", " "]
        assert seen == [(), ("ok",), ("ok", Style(italic=True)), (Style(italic=True),), (), ("bad",), ()]

    def test_characters_matched_as_narrow_are_one_cell_wide(self) -> None:
        narrow = [chr(point) for point in range(0x110000) if _narrow(chr(point))]
        assert len(narrow) > 1000
        assert {get_character_cell_size(char) for char in narrow} == {1}
        assert not {unicodedata.category(char) for char in narrow} & {"Cc", "Cf", "Cs", "Zl", "Zp", "Mn"}

    @given(
        st.text(st.characters() | st.sampled_from("\x1b\n\u0301\u200d\ufe0f例👩\ud800 a"), max_size=40),
        st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40), st.sampled_from(["ok", "nonsense"])), max_size=4),
        st.integers(0, 30),
        st.sampled_from(["left", "right"]),
    )
    def test_any_text_fills_its_cell_exactly(
        self, text: str, spans: list[tuple[int, int, str]], width: int, align: str
    ) -> None:
        segments = paint(Text(text, spans=[Span(*span) for span in spans]), width, align, styles)
        whole = "".join(segment.text for segment in segments)
        assert sum(cell_len(segment.text) for segment in segments) == cell_len(whole) == width
        assert not any(char < " " or "\x7f" <= char < "\xa0" or "\ud800" <= char < "\ue000" for char in whole)
        assert all(segment.text and not segment.control for segment in segments)

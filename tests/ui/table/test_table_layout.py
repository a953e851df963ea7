"""How columns share a width, and how text becomes a cell."""

import unicodedata

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len, get_character_cell_size
from rich.style import Style
from rich.text import Span, Text

from ucdn_tui.ui.table.layout import Column, Step, _narrow, fit, paint


def column(name: str, **options: bool) -> Column[str]:
    return Column(name, name, lambda row, _width: Text(row), **options)


def fitted(columns: list[Column[str]], steps: list[Step], width: int) -> dict[str, int]:
    return {column.id: size for column, size in fit(columns, steps, width)}


STATUS = column("status")
BAR = column("bar", grows=True, absorbs=True)
KIND = column("kind")
URL = column("url", grows=True)
ROW = [STATUS, BAR, KIND, URL]
STEPS = [
    Step("url", 12),
    Step("status", 1),
    Step("bar", 4),
    Step("status", 9),
    Step("url", 30),
    Step("kind", 8),
    Step("url", 100),
]


class TestFit:
    def test_steps_are_taken_in_order_and_columns_keep_theirs(self) -> None:
        assert fitted(ROW, STEPS, 12) == {"url": 12}
        assert fitted(ROW, STEPS, 14) == {"status": 1, "url": 12}
        assert fitted(ROW, STEPS, 19) == {"status": 1, "bar": 4, "url": 12}
        assert fitted(ROW, STEPS, 27) == {"status": 9, "bar": 4, "url": 12}
        assert list(fitted(ROW, STEPS, 200)) == ["status", "bar", "kind", "url"]

    def test_growing_column_takes_every_cell_and_others_whole_steps(self) -> None:
        assert fitted(ROW, STEPS, 5) == {"url": 5}
        assert fitted(ROW, STEPS, 13) == {"url": 12}
        assert fitted([STATUS, URL], STEPS, 21) == {"status": 1, "url": 12}
        assert fitted(ROW, STEPS, 35) == {"status": 9, "bar": 4, "url": 20}

    def test_no_step_is_taken_after_one_that_does_not_fit(self) -> None:
        steps = [Step("status", 9), Step("kind", 8), Step("url", 3)]
        assert fitted(ROW, steps, 17) == {"status": 9}

    def test_what_is_left_over_goes_to_the_absorbing_column(self) -> None:
        assert fitted(ROW, STEPS, 26) == {"status": 1, "bar": 11, "url": 12}
        assert fitted(ROW, STEPS, 45) == {"status": 9, "bar": 4, "url": 30}
        assert fitted(ROW, STEPS, 50) == {"status": 9, "bar": 9, "url": 30}
        assert fitted(ROW, STEPS, 54) == {"status": 9, "bar": 4, "kind": 8, "url": 30}
        assert fitted([STATUS, KIND], [Step("status", 9), Step("kind", 8)], 99) == {"status": 9, "kind": 8}

    def test_steps_of_columns_that_are_not_there_are_skipped(self) -> None:
        assert fitted([URL], STEPS, 40) == {"url": 40}
        assert fitted(ROW, [Step("flag", 1), *STEPS], 14) == {"status": 1, "url": 12}

    def test_without_a_cell_there_is_no_column(self) -> None:
        assert fitted(ROW, STEPS, 0) == {}
        assert fitted([], STEPS, 80) == {}
        assert fitted(ROW, [], 80) == {}

    @given(
        st.lists(st.sampled_from([STATUS, BAR, KIND, URL]), unique_by=lambda column: column.id),
        st.lists(st.builds(Step, st.sampled_from(["status", "bar", "kind", "url"]), st.integers(1, 40)), max_size=12),
        st.integers(0, 120),
    )
    def test_any_columns_fit_any_width_and_none_but_the_absorbing_one_shrinks(
        self, columns: list[Column[str]], steps: list[Step], width: int
    ) -> None:
        result = fit(columns, steps, width)
        assert sum(size for _, size in result) + max(0, len(result) - 1) <= width
        assert all(size >= 1 for _, size in result)
        shown = {column.id for column, _ in result}
        assert [column for column, _ in result] == [column for column in columns if column.id in shown]
        wider = fitted(columns, steps, width + 1)
        assert all(wider[column.id] >= size or column.absorbs for column, size in result)
        widths = {step for step in steps if step.column in shown}
        assert all(column.grows or Step(column.id, size) in widths for column, size in result)


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

"""Hostile text in rows, sentences and exports."""

import re
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len, get_character_cell_size
from rich.style import Style
from rich.text import Text
from wcwidth import wcwidth

from support.data.hostile import FLOODS, TEXTS
from support.screen.checks.hostile_checks import check_export, check_lists, check_words, styles
from support.screen.checks.hostile_tasks import MANY, SEVERAL, SOME, KnownTasks, flooded, rows_of, tasks_after
from ucdn_tui.api.models import TaskKind
from ucdn_tui.text import sanitize
from ucdn_tui.ui.table.layout import paint
from ucdn_tui.watch.store import Cause

pytestmark = pytest.mark.slow


class TestLines:
    @SOME
    @given(SEVERAL, st.lists(st.integers(20, 200), min_size=1, max_size=2))
    def test_any_row_fills_its_cells_with_visible_text(self, bodies: list[bytes], widths: list[int]) -> None:
        check_lists(tasks_after(bodies), widths)

    @pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
    def test_any_text_is_cut_to_any_width(self, text: str) -> None:
        styled = Text(text, "ok")
        styled.stylize("match", 2, 5)
        for width, align in product(range(1, 60), ("left", "right")):
            for each in (styled, Text(text), Text(sanitize(text), Style(link="https://h.test/"))):
                shown = "".join(segment.text for segment in paint(each, width, align, styles))
                assert cell_len(shown) == sum(map(get_character_cell_size, shown)) == width
                assert not re.search(r"[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u2028\u2029\ud800-\udfff]", shown)

    @pytest.mark.parametrize("flood", FLOODS.values(), ids=FLOODS)
    def test_rows_with_100_000_hostile_characters(self, flood: str) -> None:
        found = tasks_after([flooded(flood, "process", "failure")])
        check_lists(found, (20, 110))
        check_words(found)

    @pytest.mark.parametrize("flood", ["x", "\x1b[2J"])
    def test_exports_with_100_000_hostile_characters(self, flood: str) -> None:
        found = KnownTasks()
        found.apply(TaskKind.REFRESH, rows_of(flooded(flood)), Cause.POLL)
        check_export(found)


class TestSentences:
    @MANY
    @given(SEVERAL)
    def test_sentences_and_exports_are_visible_text(self, bodies: list[bytes]) -> None:
        found = tasks_after(bodies)
        check_words(found)
        check_export(found)


def ranges(*bounds: tuple[int, int]) -> list[str]:
    return [chr(code) for first, last in bounds for code in {first, (first + last) // 2, last}]


IGNORABLE = ranges(
    *((0xAD, 0xAD), (0x34F, 0x34F), (0x61C, 0x61C), (0x115F, 0x1160), (0x17B4, 0x17B5), (0x180B, 0x180F)),
    *((0x200B, 0x200F), (0x202A, 0x202E), (0x2060, 0x206F), (0x3164, 0x3164), (0xFE00, 0xFE0F), (0xFEFF, 0xFEFF)),
    *((0xFFA0, 0xFFA0), (0xFFF0, 0xFFF8), (0x1BCA0, 0x1BCA3), (0x1D173, 0x1D17A)),
    *((0xE0000, 0xE00FF), (0xE0100, 0xE01EF), (0xE01F0, 0xE0FFF)),
)
"""Unicode's Default_Ignorable_Code_Point: programs that do not support such a character show nothing."""

BLANK = "\u2800\u00a0\u1680\u2000\u202f\u3000"
"""Characters other than space that apply up cells and show nothing."""


class TestInvisibleCharacters:
    @pytest.mark.parametrize("character", [*IGNORABLE, *BLANK], ids=ascii)
    def test_invisible_character_is_shown_as_an_escape(self, character: str) -> None:
        assert sanitize(f"a{character}b") == f"a{ascii(character)[1:-1]}b"

    @pytest.mark.parametrize("character", ["\u0903", "\u1161", "\ud7b0", "\U0001f3fd"], ids=ascii)
    def test_zero_width_characters_do_not_pile_up(self, character: str) -> None:
        # Rich counts no width for them, although their categories (Mc, Lo, Sk) are not those of combining marks. In
        # tmux 3.3 with glibc, U+0903 takes one cell and U+1F3FD two: 40 of them would shift everything after them.
        # (Real writing, such as မြွှေ, has four in a row.)
        shown = sanitize("a" + character * 100)
        assert shown.count(character) <= 8

    def test_skin_tone_without_a_face_has_its_terminal_width(self) -> None:
        segments = paint(Text(sanitize("h/\U0001f3fd\U0001f3fd.jpg")), 12, "left", styles)
        assert sum(wcwidth(character) for segment in segments for character in segment.text) == 12

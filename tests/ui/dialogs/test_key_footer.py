"""The key line of a screen: whole words at any width, and always the way out."""

from typing import ClassVar

import pytest
from textual.app import App, ComposeResult
from textual.binding import Binding

from support.screen.demo_app import text_of_screen
from ucdn_tui.ui.dialogs.key_footer import KeyFooter


class Keys(App[None]):
    BINDINGS: ClassVar = [
        Binding("a", "go", "Ask"),
        Binding("b", "go_back", "Look back"),
        Binding("c", "copy", "副本"),
        Binding("escape", "leave", "Close"),
    ]
    ENABLE_COMMAND_PALETTE = False

    def compose(self) -> ComposeResult:
        yield KeyFooter()


@pytest.mark.parametrize(
    ("width", "line"),
    [
        (60, " a Ask  b Look back  c 副本  esc Close"),
        (40, " a Ask  b Look back  c 副本  esc Close"),
        (39, " a Ask  b Look back  c 副本  esc Close"),
        (38, "a Ask b Look back c 副本 esc Close"),
        (34, "a Ask b Look back c 副本 esc Close"),
        (33, "a Ask b Look back esc Close"),
        (27, "a Ask b Look back esc Close"),
        (26, "a Ask esc Close"),
        (9, "esc Close"),
    ],
)
async def test_words_are_moved_together_and_then_left_out(width: int, line: str) -> None:
    async with Keys().run_test(size=(width, 3)) as pilot:
        await pilot.pause()
        assert text_of_screen(pilot.app).split("\n")[-1].rstrip() == line


async def test_a_wider_screen_shows_all_again() -> None:
    async with Keys().run_test(size=(26, 3)) as pilot:
        await pilot.pause()
        await pilot.resize_terminal(60, 3)
        await pilot.pause()
        assert text_of_screen(pilot.app).split("\n")[-1].rstrip() == " a Ask  b Look back  c 副本  esc Close"

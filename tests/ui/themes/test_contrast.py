"""In every theme, text can be read, statuses differ, and failures are the loudest. Read from what the terminal gets."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import combinations

import pytest
from rich.color import Color, ColorSystem
from rich.style import Style
from textual.geometry import Region
from textual.theme import BUILTIN_THEMES, Theme

from support.clock import FakeClock
from support.screen.colors import Run, contrast, contrast_of, screen_runs
from support.screen.dashboard import DashboardHarness, account, add, running_dashboard
from ucdn_tui.simulator.plan import NEVER
from ucdn_tui.ui.themes.contrast import difference

RGB_THEMES = sorted(name for name, theme in BUILTIN_THEMES.items() if not theme.ansi)
ANSI_THEMES = sorted(name for name, theme in BUILTIN_THEMES.items() if theme.ansi)

SIGNS = "✖✔▶○?"
"""The glyphs of failed, successful, running, queued and unknown tasks."""

DIALOGS = {"theme": "T", "time range": "w", "copy": "y", "help": "question_mark"}

RED, BLUE = {1, 9}, {4, 12}
"""Numbers of ANSI colours."""


@asynccontextmanager
async def all_statuses(clock: FakeClock) -> AsyncIterator[DashboardHarness]:
    """Run the dashboard with a task of each status at the top of a list that is longer than the screen."""
    simulated = account(clock)
    add(simulated, "queued", queue=NEVER)
    add(simulated, "running", ago=30, count=4)
    add(simulated, "failed", ago=600, count=4, failing=(0, 1))
    add(simulated, "unknown", ago=700, unknown=(0,))
    add(simulated, "stuck", ago=50_000, count=3, queue=NEVER)
    for number in range(40):
        add(simulated, f"done{number}", ago=800 + number)
    async with running_dashboard(simulated, clock, size=(140, 30)) as ui:
        yield ui


async def in_each(themes: list[str], ui: DashboardHarness) -> AsyncIterator[str]:
    """Show the dashboard in each theme, with the cursor on the first task."""
    for theme in themes:
        ui.app.theme = theme
        await ui.press("g")
        yield theme


def list_region(ui: DashboardHarness) -> Region:
    """Return the rows of the task list, without its scroll bar."""
    region = ui.dashboard.tasks.region
    return Region(region.x, region.y + 1, region.width - 1, region.height - 1)


def top_line(ui: DashboardHarness) -> Region:
    return ui.dashboard.query_one("#status").region


def selected_row(ui: DashboardHarness) -> Region:
    region = list_region(ui)
    return Region(region.x, region.y + ui.cursor_line, region.width, 1)


def status_styles(ui: DashboardHarness, region: Region) -> dict[str, Style]:
    """Return the style of each status on a part of the screen, by its sign."""
    found: dict[str, Style] = {}
    for run in screen_runs(ui.app, region):
        for sign in set(SIGNS) & set(run.text):
            found.setdefault(sign, run.style)
    return found


def rgb(color: Color | None) -> tuple[int, int, int]:
    assert color is not None
    assert color.triplet is not None
    return color.triplet


def unreadable(ui: DashboardHarness, *regions: Region, system: ColorSystem = ColorSystem.TRUECOLOR) -> list[Run]:
    """Return the words whose contrast is below 4.5, and the bars below 1.8, on parts of the screen, or all of it."""
    runs = [run for region in regions or (None,) for run in screen_runs(ui.app, region) if run.text.strip()]
    words = [run for run in runs if any(char.isalnum() or char in SIGNS for char in run.text)]
    bars = [run for run in runs if not run.text.strip("━╸ ")]
    assert words
    limits = [(run, 4.5) for run in words] + [(run, 1.8) for run in bars]
    return [run for run, least in limits if contrast(run.style, system) < least]


def dialog(ui: DashboardHarness) -> set[Region]:
    """Return the opaque parts of the open dialog; behind them, the dashboard is faded."""
    return {w.region for w in ui.app.screen.query("*") if w.region and w.styles.background.a == 1}


class TestColours:
    async def test_every_text_on_the_dashboard_can_be_read(self, clock: FakeClock) -> None:
        async with all_statuses(clock) as ui:
            async for theme in in_each(RGB_THEMES, ui):
                assert unreadable(ui) == [], theme
                selected = set()
                for _ in range(6):
                    assert unreadable(ui, selected_row(ui)) == [], theme
                    selected |= set(status_styles(ui, selected_row(ui)))
                    await ui.press("j")
                assert selected == set(SIGNS)
                await ui.press("slash")
                assert unreadable(ui) == [], theme
                await ui.press("escape")

    async def test_every_text_can_be_read_in_256_colours(
        self, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("TERM", "xterm-256color")
        monkeypatch.delenv("COLORTERM", raising=False)
        async with all_statuses(clock) as ui:
            ui.app.fit_theme({})
            async for theme in in_each(RGB_THEMES, ui):
                await ui.press("j")  # to a row with both parts of a bar
                assert unreadable(ui, system=ColorSystem.EIGHT_BIT) == [], theme

    async def test_every_text_in_a_menu_can_be_read(self, clock: FakeClock) -> None:
        async with all_statuses(clock) as ui:
            await ui.press("w")
            for theme in RGB_THEMES:
                ui.app.theme = theme
                await ui.pilot.pause()
                assert unreadable(ui, *dialog(ui)) == [], theme

    @pytest.mark.parametrize("key", DIALOGS.values(), ids=DIALOGS)
    async def test_every_text_in_a_dialog_can_be_read(self, clock: FakeClock, key: str) -> None:
        async with all_statuses(clock) as ui:
            for theme in ("textual-dark", "textual-light", "nord"):
                ui.app.theme = theme
                await ui.press(key)
                await ui.settle(lambda: ui.app.screen is not ui.dashboard and dialog(ui))
                assert unreadable(ui, *dialog(ui)) == [], theme
                await ui.press("escape")

    async def test_statuses_differ_failed_is_bold_and_red_and_scroll_bars_can_be_seen(self, clock: FakeClock) -> None:
        async with all_statuses(clock) as ui:
            async for theme in in_each(RGB_THEMES, ui):
                bar = [run.style for run in screen_runs(ui.app, ui.dashboard.tasks.vertical_scrollbar.region)]
                thumb, track = bar[0], bar[-1]
                assert (thumb.reverse, track.reverse) == (True, None), theme
                assert contrast_of(rgb(thumb.color), rgb(track.bgcolor)) >= 3, theme
                await ui.press(*"jjjjj")
                for styles in (status_styles(ui, list_region(ui)), status_styles(ui, top_line(ui))):
                    assert set(styles) == set(SIGNS)
                    colors = {sign: rgb(style.color) for sign, style in styles.items()}
                    for one, other in combinations(SIGNS, 2):
                        least = 40 if "✖" in (one, other) else 18
                        assert difference(colors[one], colors[other]) >= least, (theme, one, other)
                    red, green, blue = colors["✖"]
                    assert red > 1.3 * max(green, blue), theme
                    assert [sign for sign, style in styles.items() if style.bold] == ["✖"]


class TestAnsi:
    async def test_statuses_differ_and_only_failed_is_red(self, clock: FakeClock) -> None:
        async with all_statuses(clock) as ui:
            async for theme in in_each(ANSI_THEMES, ui):
                await ui.press(*"jjjjj")
                for styles in (status_styles(ui, list_region(ui)), status_styles(ui, top_line(ui))):
                    numbers = {sign: style.color.number if style.color else None for sign, style in styles.items()}
                    assert len(set(numbers.values())) == len(SIGNS)
                    assert [sign for sign, number in numbers.items() if number in RED] == ["✖"]
                    assert styles["✖"].bold
                    if theme == "ansi-dark":
                        assert not set(numbers.values()) & BLUE, "hard to read on black"

    async def test_the_rest_of_a_bar_differs_in_the_selected_row(self, clock: FakeClock) -> None:
        async with all_statuses(clock) as ui:
            async for _theme in in_each(ANSI_THEMES, ui):
                await ui.press("j")
                bars = [
                    run.style for run in screen_runs(ui.app, selected_row(ui)) if "━" in run.text or "╸" in run.text
                ]
                assert len({style.bgcolor for style in bars}) == 2
                assert all(style.reverse and not style.dim for style in bars)


async def test_without_colours_only_failed_is_in_reverse_video(
    clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    async with all_statuses(clock) as ui:
        async for theme in in_each(["textual-dark", "textual-light", "nord", "solarized-light"], ui):
            for _ in range(6):
                assert unreadable(ui) == [], theme
                await ui.press("j")
            for styles in (status_styles(ui, list_region(ui)), status_styles(ui, top_line(ui))):
                assert set(styles) == set(SIGNS)
                assert [sign for sign, style in styles.items() if style.reverse] == ["✖"]
                assert styles["✖"].bold
                assert contrast(styles["✖"]) >= max(map(contrast, styles.values()))
            await ui.press("T")
            assert unreadable(ui, *dialog(ui)) == [], theme
            await ui.press("escape")


async def test_theme_that_cannot_be_improved_is_used_as_it_is(clock: FakeClock) -> None:
    odd = Theme("odd", primary="#ff0000", surface="#606060", variables={"footer-background": "auto 50%"})
    async with all_statuses(clock) as ui:
        ui.app.register_theme(odd)
        ui.app.theme = "odd"
        await ui.pilot.pause()
        assert rgb(status_styles(ui, list_region(ui))["✖"].bgcolor) == (0x60, 0x60, 0x60)

"""The help explains every sign, fits any terminal, and can be searched."""

from pathlib import Path

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual.containers import VerticalScroll
from textual.widgets import Input

from support.clock import FakeClock
from support.screen.dashboard import DashboardHarness, account, add, running_dashboard, text_of
from support.screen.help import help_rows
from ucdn_tui.account.preferences import Preferences
from ucdn_tui.api.models import TaskKind
from ucdn_tui.simulator.account import Account
from ucdn_tui.ui.dialogs.help import HelpDialog
from ucdn_tui.ui.dialogs.help_layout import help_lines
from ucdn_tui.ui.dialogs.help_sections import HelpRow, HelpSection, help_sections, matching
from ucdn_tui.ui.text.glyphs import ASCII, UNICODE, Glyphs
from ucdn_tui.watch.stats.stuck import STUCK_AFTER

README = Path(__file__).parents[3] / "README.md"

KEYS = {
    "table": ("Navigation", [("k", "Up")]),
    "find": ("Filter and sort", [("/", "Filter")]),
    "take": ("Copy and export", [("y", "Copy")]),
}


def lines(width: int, glyphs: Glyphs = UNICODE) -> list[str]:
    return [line.plain for line in help_lines(help_sections(KEYS, glyphs), width)]


def joined(width: int, glyphs: Glyphs = UNICODE) -> str:
    return " ".join(" ".join(lines(width, glyphs)).split())


class TestContent:
    def test_begins_with_what_nobody_can_guess_and_ends_with_moving(self) -> None:
        titles = [section.title for section in help_sections(KEYS, UNICODE, ["Server error."])]
        assert titles[:5] == ["Problems", "Filter", "Filter and sort", "Copy and export", "Statuses"]
        assert titles[-1] == "Navigation"

    @pytest.mark.parametrize("glyphs", [UNICODE, ASCII], ids=["Unicode", "ASCII"])
    def test_explains_every_sign_as_it_is_drawn(self, glyphs: Glyphs) -> None:
        shown = " ".join(row.shown for section in help_sections({}, glyphs) for row in section.rows).split()
        for sign in (
            *(glyphs.wait, glyphs.process, glyphs.success, glyphs.failure, glyphs.unknown, glyphs.undocumented),
            *(glyphs.stuck, glyphs.flagged, glyphs.nothing, glyphs.ascending, glyphs.descending, glyphs.ellipsis),
            *("~1–3m", "<7m", "+29", f"{glyphs.failure}3"),
        ):
            assert sign in shown
        assert any(set(sign) <= set(glyphs.spark) and len(sign) > 1 for sign in shown)

    def test_ages_have_the_units_of_the_language(self, chinese: None) -> None:
        shown = [row.shown for section in help_sections({}, UNICODE) for row in section.rows]
        assert {"3秒前更新", "已过时 45秒"} <= set(shown)

    def test_explains_the_filter(self) -> None:
        for sign in ("!banner", '"two words"', "status:failed", "kind:prefetch", "type:dir", "host:img", "is:stuck"):
            assert f" {sign} " in joined(80)

    def test_names_the_stuck_limits(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(STUCK_AFTER, TaskKind.REFRESH, 720.0)
        monkeypatch.setitem(STUCK_AFTER, TaskKind.PREFETCH, 2430.0)
        assert "a refresh without progress for 12 minutes, a prefetch for 40.5." in joined(80)


def test_the_readme_names_the_stuck_limits() -> None:
    refresh, prefetch = (STUCK_AFTER[kind] / 60 for kind in (TaskKind.REFRESH, TaskKind.PREFETCH))
    words = f"a refresh without any progress for {refresh:g} minutes, a prefetch for {prefetch:g}."
    assert words in " ".join(README.read_text(encoding="utf-8").split())


rows = st.builds(HelpRow, st.text("ab 中", min_size=1, max_size=30), st.text("ab 中", max_size=90))
sections = st.lists(st.builds(HelpSection, st.sampled_from(["One", "Two"]), st.lists(rows, min_size=1)), max_size=6)


class TestLayout:
    def test_has_two_columns_where_there_is_room(self) -> None:
        assert len(lines(134)) < 0.6 * len(lines(80))
        assert lines(134)[0].split("  ")[0].strip() == "Filter"
        assert lines(134)[0].endswith("Filter and sort")

    @given(sections, st.integers(24, 150))
    def test_fits_and_loses_nothing(self, some: list[HelpSection], width: int) -> None:
        laid_out = help_lines(some, width)
        assert all(line.cell_len <= width for line in laid_out if all(len(row.shown) < 9 for _, r in some for row in r))
        text = "".join("".join(line.plain for line in laid_out).split())
        if width < 104:
            for section in some:
                for row in section.rows:
                    assert "".join(row.meaning.split()) in text

    def test_has_a_hanging_indent(self) -> None:
        row = HelpRow("!", "one two three four five six seven eight nine ten")
        narrow = [line.plain for line in help_lines([HelpSection("Signs", [row])], 30)]
        assert narrow == ["Signs", " !    one two three four five", "      six seven eight nine ten"]

    def test_puts_the_meaning_below_what_has_no_room_beside_it(self) -> None:
        row = HelpRow("status:failed", "failed")
        narrow = [line.plain for line in help_lines([HelpSection("Filter", [row])], 30)]
        assert narrow == ["Filter", " status:failed", "      failed"]


class TestSearch:
    def test_finds_rows_with_all_words_and_whole_sections(self) -> None:
        some = [
            HelpSection("Filter", [HelpRow("is:stuck", "without progress")]),
            HelpSection("Signs", [HelpRow("!", "Stuck: no progress"), HelpRow("+29", "29 more")]),
        ]
        assert matching(some, "") == some
        assert matching(some, "PROGRESS stuck") == [some[0], HelpSection("Signs", some[1].rows[:1])]
        assert matching(some, "signs") == some[1:]
        assert matching(some, "nothing") == []


@pytest.fixture
def quiet(clock: FakeClock) -> Account:
    simulated = account(clock)
    add(simulated, "one", ago=500)
    return simulated


def shown(ui: DashboardHarness) -> str:
    """Return the text in the dialog, also what is scrolled away."""
    return text_of(ui.app.screen.query_one("#help-text"))


class TestDialog:
    @pytest.mark.parametrize("size", [(140, 90), (140, 40), (80, 24), (50, 14), (30, 8)])
    async def test_can_be_scrolled_and_searched_in_any_size(
        self, quiet: Account, clock: FakeClock, size: tuple[int, int]
    ) -> None:
        async with running_dashboard(quiet, clock, size=size) as ui:
            await ui.press("question_mark")
            assert "logo banner" in ui.screen()
            whole, height = shown(ui), ui.app.screen.query_one("#help").outer_size.height
            await ui.press("end")
            await ui.settle(lambda: "back to tasks" in ui.screen())
            await ui.press("home", "slash", *"sparkl")
            assert shown(ui) == "No matches."
            await ui.press(*["backspace"] * 6, *"flag")
            assert "●" in shown(ui)
            assert "status:failed" not in shown(ui)
            assert "flagged" in ui.screen()
            box = ui.app.screen.query_one("#help")
            assert box.outer_size.height == height
            assert ui.app.screen.query_one(Input).region.bottom == box.region.bottom - 1
            await ui.press("escape")
            assert shown(ui) == whole
            assert not ui.app.screen.query_one(Input).display
            await ui.press("escape")
            assert ui.app.screen is ui.dashboard

    async def test_letters_belong_to_the_search_until_enter(self, quiet: Account, clock: FakeClock) -> None:
        async with running_dashboard(quiet, clock) as ui:
            await ui.press("question_mark", "slash", *"q?/j")
            assert ui.app.screen.query_one(Input).value == "q?/j"
            await ui.press("enter")
            assert ui.app.screen.query_one(VerticalScroll).has_focus
            await ui.press("q")
            assert ui.app.screen is ui.dashboard

    async def test_follows_the_size_of_the_terminal(self, quiet: Account, clock: FakeClock) -> None:
        async with running_dashboard(quiet, clock, size=(140, 40)) as ui:
            await ui.press("question_mark")
            wide = shown(ui)
            await ui.pilot.resize_terminal(60, 24)
            await ui.settle(lambda: shown(ui) != wide)
            assert max(map(len, shown(ui).split("\n"))) <= 54

    async def test_names_the_users_own_keys_in_its_border(self, quiet: Account, clock: FakeClock) -> None:
        mine = Preferences(keys={"help.search": "f3", "help.back": "f4"})
        async with running_dashboard(quiet, clock, preferences=mine) as ui:
            await ui.press("question_mark")
            assert "f3 Search  f4 Close" in ui.screen()

    async def test_begins_with_the_problems_and_their_request_ids(self, quiet: Account, clock: FakeClock) -> None:
        async with running_dashboard(quiet, clock) as ui:
            ui.transport.fault = lambda _request: httpx.Response(500, headers={"X-UCLOUD-REQUEST-UUID": "req-7"})
            await ui.pass_time(61)
            await ui.press("question_mark")
            assert help_rows(ui)[0].meaning == f"{ui.trouble()} [req-7]"
            assert isinstance(ui.app.screen, HelpDialog)

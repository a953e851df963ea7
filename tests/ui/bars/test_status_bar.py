"""The status bar: account, counts and freshness; the last two stay when room is short."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from support.clock import FakeClock
from support.screen.dashboard import account, add, running_dashboard
from ucdn_tui.ui.bars.freshness import FreshnessText
from ucdn_tui.ui.bars.status_bar import HeaderInfo, counts, status_line
from ucdn_tui.ui.text.glyphs import ASCII, UNICODE

STATUSES = (("success", 25), ("process", 8), ("wait", 2), ("failure", 3), ("unknow", 1))
INFO = HeaderInfo("demo", "org-example", "api.example.com", 86400.0, STATUSES)
FRESHNESS = FreshnessText("updated 3s ago · next in 2s", "3s ago", "ok")

SIGNS = "▶8 ○2 ✖3 ✔25 ?1"
WORDS = "▶ 8 running  ○ 2 queued  ✖ 3 failed  ✔ 25 success  ? 1 unknown"


def line(width: int, info: HeaderInfo = INFO, freshness: FreshnessText = FRESHNESS) -> str:
    return status_line(info, freshness, width, UNICODE).plain


class TestCounts:
    def test_name_the_documented_statuses_in_a_fixed_order(self) -> None:
        assert counts(STATUSES, UNICODE, words=True).plain == WORDS
        assert counts(STATUSES, UNICODE, words=False).plain == SIGNS
        assert counts(STATUSES[::-1], ASCII, words=False).plain == ">8 o2 x3 +25 ?1"

    def test_omit_a_status_without_tasks(self) -> None:
        assert counts((("success", 4), ("wait", 0)), UNICODE, words=True).plain == "✔ 4 success"
        assert counts((), UNICODE, words=True).plain == ""

    def test_sum_up_undocumented_statuses(self) -> None:
        assert counts((("ySoPLGgE", 1), ("JKrNCisb", 1), ("", 3)), UNICODE, words=False).plain == "·5"

    def test_have_the_colours_of_their_statuses(self) -> None:
        text = counts(STATUSES, UNICODE, words=False)
        styles = {text.plain[span.start : span.end]: span.style for span in text.spans if isinstance(span.style, str)}
        assert styles == {"▶8": "run", "○2": "wait", "✖3": "bad", "✔25": "ok", "?1": "other"}


class TestThroughput:
    def test_is_the_mean_of_complete_minutes(self) -> None:
        assert "▁▅█▂ 5.0 URLs/min" in line(200, INFO._replace(rate=(0, 5, 10, 1)))
        assert " 15 URLs/min" in line(200, INFO._replace(rate=(*[15] * 14, 0)))

    def test_is_not_shown_if_nothing_ended(self) -> None:
        assert "URLs/min" not in line(200, INFO._replace(rate=(0, 0, 0)))

    def test_is_not_shown_before_a_complete_minute(self) -> None:
        shown = line(200, INFO._replace(rate=(0, 0, 7)))
        assert "▁▁█" in shown
        assert "URLs/min" not in shown

    async def test_does_not_change_at_the_turn_of_a_minute(self, clock: FakeClock) -> None:
        simulated = account(clock)
        for number in range(-300, 60):  # one URL ends every 4 s, from 20 minutes ago until in 4 minutes
            add(simulated, f"t{number}", created=clock.server_now() + 4 * number - 30, work=30.0)
        async with running_dashboard(simulated, clock, size=(200, 28)) as ui:
            await ui.pass_time(99 - int(clock.server_now()) % 60)
            for _ in range(90):
                await ui.pass_time(1)
                assert " 15 URLs/min" in ui.top_line(), clock.server_now() % 60


class TestNarrowLine:
    def test_shows_everything_that_fits(self) -> None:
        shown = line(140)
        assert shown.startswith(f"demo · org-example · api.example.com · 24h  {WORDS}  ")
        assert shown.endswith("  updated 3s ago · next in 2s")
        assert cell_len(shown) == 140

    @pytest.mark.parametrize(
        ("width", "start", "end"),
        [
            (139, "demo · org-example · api.example.com · 24h  ▶ 8 running", FRESHNESS.text),
            (120, "demo · org-example · 24h  ▶ 8 running", FRESHNESS.text),
            (103, "demo · 24h  ▶ 8 running", FRESHNESS.text),
            (98, "demo  ▶ 8 running", FRESHNESS.text),
            (92, "▶ 8 running", FRESHNESS.text),
            (88, "demo · org-example · api.example.com · 24h  ▶8", FRESHNESS.text),
            (60, "demo · 24h  ▶8", FRESHNESS.text),
            (46, SIGNS, FRESHNESS.text),
            (40, "demo · 24h  ▶8", FRESHNESS.short),
            (25, SIGNS, FRESHNESS.short),
            (22, "▶8 ✖3 ", FRESHNESS.short),
            (13, "▶8 ✖3 ", FRESHNESS.short),
            (12, FRESHNESS.short, FRESHNESS.short),
            (6, FRESHNESS.short, FRESHNESS.short),
        ],
    )
    def test_drops_the_host_first_and_never_the_freshness(self, width: int, start: str, end: str) -> None:
        assert line(width).startswith(start)
        assert line(width).endswith(end)

    def test_cuts_the_freshness_before_it_overflows(self) -> None:
        assert cell_len(line(3)) == 3
        assert line(0) == ""

    def test_shows_the_freshness_in_its_colour(self) -> None:
        text = status_line(INFO, FreshnessText("STALE 45s", "STALE 45s", "bad"), 80, UNICODE)
        assert ("STALE 45s", "bad") in [(text.plain[span.start : span.end], span.style) for span in text.spans]


names = st.text(st.characters(), max_size=70)
numbers = st.lists(st.tuples(st.sampled_from(["success", "process", "wait", "failure", "unknow", "", "odd"]),
                             st.integers(0, 10_000)), max_size=7, unique_by=lambda pair: pair[0])  # fmt: skip
freshnesses = st.sampled_from(
    [
        FRESHNESS,
        FreshnessText("loading, 1234 tasks so far", "loading", "run"),
        FreshnessText("STALE 1m30s (prefetch) · next try in 8s", "STALE 1m30s", "bad"),
        FreshnessText("RATE LIMITED (refresh) · next try in 12s", "LIMITED in 12s", "bad"),
        FreshnessText("SIGN-IN NEEDED · updated 1h05m ago", "SIGN-IN NEEDED", "bad"),
        FreshnessText("PAUSED", "PAUSED", "run"),
    ]
)


@given(names, names, names, numbers, freshnesses, st.integers(0, 200))
def test_no_line_exceeds_its_width_or_drops_counts_that_fit(
    profile: str, project: str, host: str, statuses: list[tuple[str, int]], freshness: FreshnessText, width: int
) -> None:
    info = HeaderInfo(profile, project, host, 86400.0, tuple(statuses))
    for glyphs in (UNICODE, ASCII):
        shown = status_line(info, freshness, width, glyphs).plain
        assert cell_len(shown) <= width
        assert shown.isprintable()
        if width >= cell_len(freshness.short):
            assert shown.endswith((freshness.text, freshness.short))
        signs = counts(info.statuses, glyphs, words=False).plain
        if width >= cell_len(signs) + 2 + cell_len(freshness.short):
            assert signs in shown or counts(info.statuses, glyphs, words=True).plain in shown
            assert cell_len(shown) == width


def test_names_of_the_account_are_sanitized() -> None:
    shown = line(300, HeaderInfo("\x1b[2J", "[/b]\n", "h\u202e" + "x" * 900, 604800.0))
    assert shown.startswith("\\x1b[2J · [/b]\\n · h\\u202e")
    assert " · 7d " in shown
    assert shown.isprintable()

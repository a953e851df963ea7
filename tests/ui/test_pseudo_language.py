"""The screens in a language whose texts are 40 % longer, in brackets, with an accent on each letter.

What has no accent was not translated; a bracket without its other one belongs to a text that is cut or covered.
"""

import re
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from itertools import combinations

import pytest
from textual.errors import NoWidget
from textual.events import Paste
from textual.geometry import Region
from textual.screen import Screen
from textual.theme import BUILTIN_THEMES
from textual.widget import Widget
from textual.widgets import Static

from support.clock import FakeClock
from support.screen.dashboard import DashboardHarness, account, add, running_dashboard, text_of

SIZES = pytest.mark.parametrize("size", [(80, 24), (140, 40)], ids=["80x24", "140x40"])

_THEMES = "|".join(word for name in BUILTIN_THEMES for word in name.title().split("-"))

DATA = re.compile(
    r"qqq|zzz|\w+:odd|new-|demo|org-main01|default|this session|UTC|URL|CSV|JSON"
    r"|https?:\S*|ftp:\S*|\*foo|[\w.-]*(example|cdn\.test|ucloud)\.?\S*|\w+-\d+\.jpg|file|dir|auto"
    r"|\d+[smhd]?(\d+[smhd])?|[~<][\d.–]+[smhd]|\d{14}_\w+|[\w.]*\d+[\w./]*"
    r"|HTTP|HIT|MISS|by|x-via-ucdn:|age:|etag:|last-modified:|content-length:|[A-Z][a-z]{2}|GMT|[0-9a-f]{8}-[0-9a-f]+"
    r"|[A-Za-z]|tab|shift\+tab|home|end|pgup|pgdn|esc|enter|space|f\d|del|delete"
    r"|(status|kind|type|host|url|id|is):\S+|logo|banner|two|words|\.css"
    rf"|textual-\w+|ansi-\w+|{_THEMES}"
)
"""What is the same in every language: data, headers, keys, units in columns, examples of a filter, names of themes."""

_WORD = re.compile(r"[\w*.:/+~<–-]*[A-Za-z][\w*.:/+–-]*")

Open = Callable[[DashboardHarness], Awaitable[object]]


def keys(*names: str) -> Open:
    async def press(ui: DashboardHarness) -> None:
        for name in names:
            await ui.press(name)

    return press


async def quotas(ui: DashboardHarness) -> None:
    await ui.press("u")
    # The note gets its room one refresh after its text.
    await ui.settle(lambda: "700/700" in ui.screen() and ui.screen().count("⟦") == ui.screen().count("⟧"))


async def form(ui: DashboardHarness) -> None:
    await ui.press("n")
    ui.app.post_message(Paste("https://img.example.com/b.jpg\nftp://x.example.com\n"))
    await ui.settle(lambda: "699" in text_of(ui.app.screen.query_one("#summary", Static)))


async def question(ui: DashboardHarness) -> None:
    await ui.press("n")
    ui.app.post_message(Paste("https://img.example.com/a/\n"))
    await ui.settle(lambda: "19" in text_of(ui.app.screen.query_one("#summary", Static)))
    await ui.press("ctrl+s")


async def verified(ui: DashboardHarness) -> None:
    ui.simulated.add("refresh", ["https://img.example.com/a.jpg"], queue=0, work=1)
    await ui.pass_time(6)
    await ui.press("g", "v")
    await ui.settle(lambda: "MISS" in ui.screen())


async def diagnosed(ui: DashboardHarness) -> None:
    await verified(ui)
    await ui.press("enter")
    await ui.settle(lambda: "127.0.20.100" in ui.screen())


async def paused(ui: DashboardHarness) -> None:
    await ui.press("p")
    await ui.pass_time(5)


SCREENS: dict[str, tuple[Open, Sequence[str]]] = {
    "tasks": (keys(), ["Screen"]),
    "URLs": (keys("j", "enter"), ["Screen"]),
    "failed": (keys("3"), ["Screen"]),
    "no match": (keys("/", *"zzz", "enter"), ["Screen"]),
    "unknown word": (keys("/", *"is:odd", "enter"), []),
    "filter box": (keys("/"), ["Screen"]),
    "paused": (paused, ["Screen"]),
    "help": (keys("question_mark"), []),
    "sort": (keys("s"), [".dialog", "KeyFooter"]),
    "time range": (keys("w"), [".dialog", "KeyFooter"]),
    "copy": (keys("y"), [".dialog", "KeyFooter"]),
    "export": (keys("E"), [".dialog", "KeyFooter"]),
    "theme": (keys("T"), ["KeyFooter"]),
    "profiles": (keys("P"), [".dialog", "KeyFooter"]),
    "palette": (keys("ctrl+p"), []),
    "nothing found": (keys("ctrl+p", *"qqq"), ["Screen"]),
    "sign-in": (keys("P", "a"), ["#form", "KeyFooter"]),
    "empty form": (keys("n"), ["#head", "KeyFooter"]),
    "form": (form, ["#head", "#summary", "KeyFooter"]),
    "question": (question, [".dialog", "KeyFooter"]),
    "verify": (verified, ["#summary", "KeyFooter"]),
    "diagnosis": (diagnosed, ["KeyFooter"]),
    "quotas": (quotas, [".dialog", "KeyFooter"]),
}
"""How each is opened, and the parts of it in which no text may be cut: nothing that scrolls, or ends in an ellipsis."""


@asynccontextmanager
async def opened(clock: FakeClock, size: tuple[int, int], name: str) -> AsyncIterator[DashboardHarness]:
    simulated = account(clock)
    add(simulated, "old", ago=900, count=3, failing=(1,))
    add(simulated, "stuck", ago=2000, count=2, work=9000)
    add(simulated, "new", ago=5, count=30, kind="prefetch")
    add(simulated, "later", ago=5, queue=500)
    async with running_dashboard(simulated, clock, size=size) as ui:
        await SCREENS[name][0](ui)
        await ui.pilot.pause()
        yield ui


def part(screen: str, region: Region) -> str:
    """Return the text of a region of the screen. All of its characters have one cell."""
    return "\n".join(line[region.x : region.right] for line in screen.split("\n")[region.y : region.bottom])


@SIZES
@pytest.mark.parametrize("name", SCREENS)
async def test_no_text_is_english_cut_or_covered(
    pseudo_language: None, clock: FakeClock, size: tuple[int, int], name: str
) -> None:
    async with opened(clock, size, name) as ui:
        screen = ui.screen().replace("🔎", "??")
        assert "⟦" in screen
        english = {word for word in _WORD.findall(screen) if not DATA.fullmatch(word)}
        assert not english, f"not translated: {sorted(english)}\n{screen}"
        for widget in whole_parts(ui, SCREENS[name][1]):
            shown = part(screen, widget.region)
            assert shown.count("⟦") == shown.count("⟧"), f"cut in {widget}:\n{shown}"
        for one, other in combinations(leaves(ui.app.screen), 2):
            covered = one.layer == other.layer and visible(one).intersection(visible(other))
            assert not covered, f"{one} and {other}:\n{screen}"


def whole_parts(ui: DashboardHarness, selectors: Sequence[str]) -> list[Widget]:
    screen = ui.app.screen
    return [widget for each in selectors for widget in ([screen] if each == "Screen" else screen.query(each))]


def leaves(screen: Screen[object]) -> list[Widget]:
    """Return the widgets on the screen that have no others in them."""
    shown = filter(is_shown, screen.walk_children(Widget))
    return [widget for widget in shown if not any(map(is_shown, widget.children))]


def is_shown(widget: Widget) -> bool:
    return widget.display and bool(visible(widget).area)


def visible(widget: Widget) -> Region:
    """Return the part of the screen that a widget has, as far as it is not scrolled away."""
    try:
        return widget.screen.find_widget(widget).visible_region
    except NoWidget:  # it has no place yet
        return Region()


async def test_every_word_that_finds_a_command_is_translated(pseudo_language: None, clock: FakeClock) -> None:
    async with opened(clock, (80, 24), "tasks") as ui:
        texts = [f"{each.title} {each.words}" for each in ui.app.palette_commands(ui.dashboard)]
    assert len(texts) > 30
    assert not [text for text in texts if re.search("[A-Za-z]", text)]

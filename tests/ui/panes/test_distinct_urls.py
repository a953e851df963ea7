"""On the screen, tasks and URLs that differ look different, and the selected URL is readable in full."""

from typing import Any

import pytest
from textual.content import Content
from textual.widgets import Static

from support.clock import FakeClock
from support.screen.dashboard import DashboardHarness, account, running_dashboard, text_of
from support.screen.lists import highlighted
from support.screen.table import painted
from ucdn_tui.simulator.account import Account
from ucdn_tui.ui.table.live_table import LiveTable

SIZES = pytest.mark.parametrize("size", [(100, 30), (140, 40), (200, 50)])

SHARED = "https://img0.example-bigshop.com/static/shop"

LONG = "https://static.example-bigshop.com/shop/" + "folder-with-a-name/" * 4 + "asset-{:04d}.webp?v=20261129"


def add(simulated: Account, *urls: str, ago: float = 60.0, **options: Any) -> str:
    """Add a task that has succeeded."""
    return simulated.add("refresh", list(urls), created=simulated.now() - ago, **{"queue": 0.0, "work": 5.0, **options})


def url_cells(table: LiveTable[Any, Any]) -> list[str]:
    """Return the URLs in the visible rows, as shown."""
    header, *rows = painted(table)
    return [row[header.rindex("URL") :].strip() for row in rows if row.strip()]


async def all_url_cells(ui: DashboardHarness, table: LiveTable[Any, Any]) -> list[str]:
    """Return the URLs of all rows, page by page."""
    shown: list[str] = []
    rows = len(table.view)
    await ui.press("home")
    while len(shown) < rows:
        page = url_cells(table)
        shown += page[len(page) - min(len(page), rows - len(shown)) :]
        table.scroll_to(y=len(shown), animate=False, immediate=True)
        await ui.pilot.pause()
    return shown


def selected_url(ui: DashboardHarness) -> str:
    """Return the text above the URL list; "" while it is hidden."""
    widget = ui.dashboard.query_one("#selected-url", Static)
    return text_of(widget) if widget.display else ""


class TestTasks:
    @SIZES
    async def test_forty_that_differ_only_in_the_middle_of_their_first_url(
        self, clock: FakeClock, size: tuple[int, int]
    ) -> None:
        simulated = account(clock)
        for number in range(40):
            urls = [f"{SHARED}/products/{number:02d}/images/large/asset-{asset:04d}.jpg" for asset in range(5)]
            add(simulated, *urls, ago=60.0 + number)
        async with running_dashboard(simulated, clock, size=size) as ui:
            shown = await all_url_cells(ui, ui.dashboard.tasks)
            assert len(shown) == len(set(shown)) == 40
            assert all(f"/{number:02d}" in url for number, url in enumerate(shown))
            assert all(url.endswith("asset-0000.jpg +4") for url in shown)

    @SIZES
    async def test_with_the_same_first_url_show_urls_that_differ(self, clock: FakeClock, size: tuple[int, int]) -> None:
        simulated = account(clock)
        for number in range(4):
            add(simulated, f"{SHARED}/index.html", f"{SHARED}/release-{number}.html", ago=60.0 + number)
        async with running_dashboard(simulated, clock, size=size) as ui:
            for number, url in enumerate(url_cells(ui.dashboard.tasks)):
                assert url.endswith(f"/release-{number}.html +1")

    async def test_with_the_same_first_url_show_where_the_others_differ(self, clock: FakeClock) -> None:
        simulated = account(clock)
        for number in range(2):
            add(
                simulated, f"{SHARED}/index.html", f"{SHARED}/assets/{'a' * 40}{number}{'b' * 40}.js", ago=60.0 + number
            )
        async with running_dashboard(simulated, clock, size=(100, 30)) as ui:
            one, other = url_cells(ui.dashboard.tasks)
            assert ("a0b" in one, "a1b" in other) == (True, True)

    async def test_with_equal_urls_show_their_first_one(self, clock: FakeClock) -> None:
        simulated = account(clock)
        for number in range(3):
            add(simulated, f"{SHARED}/a.html", f"{SHARED}/b.html", ago=60.0 + number)
        async with running_dashboard(simulated, clock) as ui:
            assert all(url.endswith("/a.html +1") for url in url_cells(ui.dashboard.tasks))

    async def test_stay_as_they_are_while_nothing_relevant_changes(self, clock: FakeClock) -> None:
        simulated = account(clock)
        for number in range(60):
            add(simulated, f"{SHARED}/products/{number:02d}/images/large/asset-0000.jpg", ago=60.0 + number)
        async with running_dashboard(simulated, clock, size=(100, 30)) as ui:
            before = url_cells(ui.dashboard.tasks)
            await ui.press("end", "home")
            assert url_cells(ui.dashboard.tasks) == before
            add(simulated, f"{SHARED}/products/77/images/large/asset-0000.jpg", ago=0.0)
            await ui.pass_time(25)
            await ui.press("home")
            new, *others = url_cells(ui.dashboard.tasks)
            assert "/77/" in new
            assert others == before[:-1]

    async def test_show_other_parts_when_a_task_arrives_that_differs_there(self, clock: FakeClock) -> None:
        simulated = account(clock)
        for number in range(3):
            add(simulated, f"{SHARED}/products/{number}/images-of-the-shop/large/asset-0000.jpg", ago=60.0 + number)
        async with running_dashboard(simulated, clock, size=(80, 24)) as ui:
            assert not any("static" in url for url in url_cells(ui.dashboard.tasks))
            twin = f"{SHARED}/products/1/images-of-the-shop/large/asset-0000.jpg".replace("static", "dynamic")
            add(simulated, twin, ago=0.0)
            await ui.pass_time(25)
            await ui.press("home")
            shown = url_cells(ui.dashboard.tasks)
            assert len(set(shown)) == 4
            assert "/dynamic" in shown[0]
            assert "/static" in shown[2]

    async def test_of_another_filter_are_shortened_for_its_list(self, clock: FakeClock) -> None:
        simulated = account(clock)
        for number, folder in enumerate(["static", "static", "dynamic"]):
            url = f"https://img0.example-bigshop.com/{folder}/shop/products/{number}/images/large/asset-0000.jpg"
            add(simulated, url, ago=60.0 + number)
        async with running_dashboard(simulated, clock, size=(80, 24)) as ui:
            assert "/static" in url_cells(ui.dashboard.tasks)[0]
            await ui.press("/", *"!dynamic", "enter")
            shown = url_cells(ui.dashboard.tasks)
            assert len(shown) == 2
            assert not any("static" in url for url in shown)


class TestUrls:
    @SIZES
    async def test_2000_of_one_task_that_share_host_folders_and_query(
        self, clock: FakeClock, size: tuple[int, int]
    ) -> None:
        simulated = account(clock)
        add(simulated, *(f"{SHARED}/products/2026/{number:04d}.webp?v=20261129" for number in range(2000)))
        async with running_dashboard(simulated, clock, size=size) as ui:
            await ui.press("enter")
            for key in ("home", "pagedown", "end"):
                await ui.press(key)
                shown = url_cells(ui.dashboard.details.table)
                assert len(shown) == len(set(shown)) > 3
            assert shown[-1] == "1999.webp?v=20261129"

    async def test_common_beginning_is_said_once_above_the_list(self, clock: FakeClock) -> None:
        simulated = account(clock)
        add(simulated, *(f"{SHARED}/{name}.jpg" for name in ("one", "two", "three")))
        async with running_dashboard(simulated, clock) as ui:
            assert url_cells(ui.dashboard.details.table) == ["one.jpg", "two.jpg", "three.jpg"]
            assert selected_url(ui).replace("\n", "") == f"{SHARED}/one.jpg"
            await ui.press("enter", "j")
            assert selected_url(ui).replace("\n", "") == f"{SHARED}/two.jpg"
            content = ui.dashboard.query_one("#selected-url", Static).content
            assert isinstance(content, Content)
            (dim,) = content.spans
            assert (dim.start, dim.end) == (0, len(f"{SHARED}/"))

    async def test_only_url_of_a_task_is_whole(self, clock: FakeClock) -> None:
        simulated = account(clock)
        add(simulated, f"{SHARED}/one.jpg")
        async with running_dashboard(simulated, clock, size=(100, 30)) as ui:
            assert url_cells(ui.dashboard.details.table) == [f"{SHARED}/one.jpg".removeprefix("https://")]


class TestSelectedUrl:
    @pytest.mark.parametrize("size", [(80, 24), (140, 40), (200, 50)])
    async def test_is_readable_in_full(self, clock: FakeClock, size: tuple[int, int]) -> None:
        simulated = account(clock)
        add(simulated, *(LONG.format(number) for number in range(9)))
        async with running_dashboard(simulated, clock, size=size) as ui:
            assert selected_url(ui).replace("\n", "") == LONG.format(0)
            await ui.press("enter", "j", "j")
            assert selected_url(ui).replace("\n", "") == LONG.format(2)
            assert all(part in ui.screen() for part in selected_url(ui).split("\n"))

    async def test_list_below_stays_in_place_when_the_cursor_moves(self, clock: FakeClock) -> None:
        simulated = account(clock)
        add(simulated, f"{SHARED}/a.jpg", LONG.format(1), f"{SHARED}/b.jpg")
        async with running_dashboard(simulated, clock, size=(80, 24)) as ui:
            await ui.press("enter")
            top = ui.dashboard.details.table.region.y
            for _ in range(2):
                await ui.press("j")
                assert ui.dashboard.details.table.region.y == top

    async def test_common_beginning_is_dim_whatever_its_characters(self, clock: FakeClock) -> None:
        simulated, folder = account(clock), f"{SHARED}/{'图' * 45}/"
        add(simulated, f"{folder}1.jpg", f"{folder}2.jpg")
        async with running_dashboard(simulated, clock, size=(60, 30)) as ui:
            await ui.press("enter")
            content = ui.dashboard.query_one("#selected-url", Static).content
            assert isinstance(content, Content)
            dim = "".join(content.plain[span.start : span.end] for span in content.spans)
            assert dim.replace("\n", "") == folder

    async def test_that_is_cut_keeps_what_distinguishes_it(self, clock: FakeClock) -> None:
        simulated = account(clock)
        add(simulated, *(f"{SHARED}/catalog/pic-{number:05d}/detail/large/hero.jpg?v=1&k=2" for number in range(40)))
        async with running_dashboard(simulated, clock, size=(30, 8)) as ui:
            await ui.press("enter")
            shown = set()
            for _ in range(4):
                shown.add(selected_url(ui))
                await ui.press("j")
            assert len(shown) == 4

    async def test_list_below_stays_in_place_whatever_the_characters(self, clock: FakeClock) -> None:
        simulated = account(clock)
        add(
            simulated,
            f"{SHARED}/1.jpg",
            f"{SHARED}/{'图' * 45}.jpg",
            f"{SHARED}/2\x1b\x1b.jpg",
            f"{SHARED}/{'a ' * 60}",
        )
        for size in ((100, 40), (52, 12)):
            async with running_dashboard(simulated, clock, size=size) as ui:
                await ui.press("enter")
                top = ui.dashboard.details.table.region.y
                for _ in range(3):
                    await ui.press("j")
                    assert ui.dashboard.details.table.region.y == top

    async def test_is_shortened_only_where_the_pane_is_too_low(self, clock: FakeClock) -> None:
        simulated = account(clock)
        url = LONG.format(1) + "&token=" + "0123456789" * 40
        add(simulated, url)
        async with running_dashboard(simulated, clock, size=(80, 24)) as ui:
            await ui.press("enter")
            assert "…" in selected_url(ui)
            low = len(selected_url(ui))
            await ui.press("z")
            assert len(selected_url(ui)) > 2 * low
        async with running_dashboard(simulated, clock, size=(140, 40)) as ui:
            await ui.press("enter", "z")
            assert selected_url(ui).replace("\n", "") == url

    async def test_is_hidden_without_a_url(self, clock: FakeClock) -> None:
        async with running_dashboard(account(clock), clock) as ui:
            assert selected_url(ui) == ""

    async def test_is_sanitized(self, clock: FakeClock) -> None:
        simulated = account(clock)
        add(simulated, "https://cdn.test/\x1b[2J[/b]\u202e.jpg")
        async with running_dashboard(simulated, clock) as ui:
            assert selected_url(ui) == "https://cdn.test/\\x1b[2J[/b]\\u202e.jpg"


class TestFilter:
    @pytest.mark.parametrize("word", ["bigshop", "static/shop", "products", "img0"])
    async def test_match_stays_visible_in_a_shortened_url(self, clock: FakeClock, word: str) -> None:
        simulated = account(clock)
        for number in range(3):
            add(simulated, f"{SHARED}/products/{number}/images-of-the-shop/large/asset-0000.jpg", ago=60.0 + number)
        async with running_dashboard(simulated, clock, size=(80, 24)) as ui:
            assert not all(word in url for url in url_cells(ui.dashboard.tasks))
            await ui.press("/", *word, "enter")
            shown = url_cells(ui.dashboard.tasks)
            assert len(set(shown)) == 3
            assert all(word in url for url in shown)
            assert highlighted(ui.dashboard.tasks) == [word] * 3

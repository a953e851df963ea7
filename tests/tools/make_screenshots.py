"""Makes the pictures in screenshots/ from the simulator, with a fixed seed and clock. The animation needs Pillow."""

import asyncio
import sys
import tempfile
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

from textual.events import Paste

from support.clock import FakeClock
from support.picture import render_png
from support.screen.demo_app import app_of, loaded, text_of_screen
from support.screen.edges import simulated_edges
from support.svg import grid_exact
from ucdn_tui import i18n
from ucdn_tui.api.models import Phase
from ucdn_tui.simulator.history import demo_account

if TYPE_CHECKING:
    from textual.pilot import Pilot

    from ucdn_tui.ui.app import UcdnApp

PICTURES = Path(__file__).parents[2] / "screenshots"

SEED = 7
"""Seed of the simulated account, so that all pictures and runs show the same tasks."""

PURGE = [f"https://img.example.com/sale/2026/{name}-{number:02d}.webp" for name in "abc" for number in range(1, 11)]
RELEASE = "\n".join(
    [
        "# release 2026.11",
        *PURGE[:20],
        "http://img.example.com/sale/2026/a-01.webp",
        "https://www.cn.example.com/活动/双十一/",
        "https://www.cn.example.com/活动/双十一/主会场.html",
        "static.example.com/app.js",
        "https://dl.example.com/setup.exe?from=mail",
        "https://cdn.other.test/logo.svg",
    ]
)
"""A text with URLs to submit."""

LATE = [f"https://img.example.com/demo/{number}.jpg" for number in (1, 2, 4)]
"""URLs of which the first stays old at one edge for half a minute."""

FAILING = (4, 17, 23)
"""Indices of the failing URLs in PURGE."""


def draw(app: "UcdnApp", path: Path) -> None:
    render_png(grid_exact(app.export_screenshot(title="ucdn-tui")), path, scale=1)


async def take(name: str, size: tuple[int, int], *keys: str, seconds: int = 37, theme: str = "") -> None:
    """Draw the screen, `size` cells large, after watching for `seconds` and pressing `keys`."""
    clock = FakeClock()
    app = app_of(demo_account(clock.server_now, SEED), clock)
    async with app.run_test(size=size) as pilot:
        dashboard = await loaded(app, pilot)
        for _ in range(seconds):
            await clock.advance(1)
        dashboard.tick()
        if theme:
            app.theme = theme
        await pilot.press(*keys)
        await pilot.pause()
        draw(app, PICTURES / f"{name}.png")


async def take_form(name: str, size: tuple[int, int], *keys: str, pasted: str = "") -> None:
    """Draw the form for submitting, after pressing keys and pasting a text, once it knows the quotas."""
    clock = FakeClock()
    app = app_of(demo_account(clock.server_now, SEED), clock)
    async with app.run_test(size=size) as pilot:
        await loaded(app, pilot)
        await pilot.press(*keys)
        if pasted:
            app.post_message(Paste(pasted))
        preview = i18n._("left today: {left} → {after}").partition("{")[0]
        while preview not in text_of_screen(app):
            await asyncio.sleep(0.01)
            await pilot.pause()
        draw(app, PICTURES / f"{name}.png")


async def take_verify(name: str, size: tuple[int, int]) -> None:
    """Draw the checks of a refresh that has just ended, one of them of an edge that is late."""
    clock = FakeClock()
    account = demo_account(clock.server_now, SEED, arriving=False)
    app = app_of(account, clock, edges=simulated_edges(account, clock, stale_every=6))
    async with app.run_test(size=size) as pilot:
        dashboard = await loaded(app, pilot)
        account.add("refresh", LATE, queue=1, work=20)
        for _ in range(35):
            await clock.advance(1)
        dashboard.tick()
        await pilot.press("g", "v")
        while not all(words in text_of_screen(app) for words in ("08:53:", "上海")):
            await asyncio.sleep(0.01)
            await pilot.pause()
        draw(app, PICTURES / f"{name}.png")


class Recording:
    """Frames of a running program, and the milliseconds for which each is shown."""

    def __init__(self, app: "UcdnApp", pilot: "Pilot[None]") -> None:
        self._app = app
        self._pilot = pilot
        self._frames: list[tuple[str, int]] = []

    async def record(self, *keys: str, show: int) -> None:
        """Press keys and record the screen."""
        await self._pilot.press(*keys)
        for _ in range(3):  # a toast takes several steps to appear
            await self._pilot.pause()
        self._frames.append((grid_exact(self._app.export_screenshot(title="ucdn-tui")), show))

    def hold(self, show: int) -> None:
        """Show the last frame for longer."""
        self._frames[-1] = self._frames[-1][0], show

    def write(self, path: Path) -> None:
        """Write the frames as an animated GIF, with one palette for all."""
        from PIL import Image

        with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(2) as pool:
            names = [Path(folder) / f"{number}.png" for number in range(len(self._frames))]
            list(pool.map(lambda frame, name: render_png(frame[0], name, scale=0.8), self._frames, names))
            images = [Image.open(name).convert("RGB") for name in names]
        width, height = images[0].size
        sheet = Image.new("RGB", (width, height * len(images)))
        for number, image in enumerate(images):
            sheet.paste(image, (0, height * number))
        palette = sheet.quantize(256, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
        first, *rest = (image.quantize(palette=palette, dither=Image.Dither.NONE) for image in images)
        times = [show for _svg, show in self._frames]
        first.save(path, save_all=True, append_images=rest, duration=times, loop=0, optimize=True)


async def record_purge(name: str, size: tuple[int, int]) -> None:
    """Record a purge of thirty URLs from its arrival to its end, and the keys pressed afterwards."""
    clock = FakeClock()
    account = demo_account(clock.server_now, SEED, arriving=False)
    app = app_of(account, clock)
    async with app.run_test(size=size, notifications=True) as pilot:
        dashboard = await loaded(app, pilot)
        recording = Recording(app, pilot)

        async def watch(seconds: int, *, show: int = 220) -> None:
            for _ in range(seconds):
                await clock.advance(1)
            dashboard.tick()
            await recording.record(show=show)
            app.clear_notifications()  # they expire by the real clock

        await watch(3, show=1500)
        account.add("refresh", PURGE, queue=5, work=70, failing=FAILING)
        await watch(5, show=900)
        await recording.record("g", show=900)
        while (task := dashboard.details.shown) is not None and task.phase is not Phase.SETTLED:
            await watch(3)
        recording.hold(2500)  # on the toast about the end
        await recording.record("enter", show=900)
        await recording.record("3", show=2200)
        await recording.record("y", show=2600)
        recording.write(PICTURES / f"{name}.gif")


PICTURE_OF: dict[str, Callable[[str], Awaitable[None]]] = {
    "wide": lambda name: take(name, (160, 36), "j", "j", "j", "j"),
    "light": lambda name: take(name, (120, 30), "j", "j", "j", "j", theme="textual-light"),
    "narrow": lambda name: take(name, (90, 30), "j", "j", "j", "j"),
    "small": lambda name: take(name, (50, 14), "j", "j", "j", "j", "enter"),
    "failure": lambda name: take(name, (120, 30), "3", "g", "enter", "s", "1"),
    "submit": lambda name: take_form(name, (132, 32), "n", pasted=RELEASE),
    "resubmit": lambda name: take_form(name, (100, 20), "3", "g", "R", "1"),
    "verify": lambda name: take_verify(name, (120, 28)),
    "help": lambda name: take(name, (140, 40), "question_mark"),
    "purge": lambda name: record_purge(name, (100, 28)),
}

IN_CHINESE = ("purge", "narrow", "submit", "resubmit", "verify", "failure", "light")
"""Pictures of README.zh-CN.md: `-zh` follows their names."""


async def main(wanted: list[str]) -> None:
    """Make the pictures with these names, or all."""
    PICTURES.mkdir(exist_ok=True)
    for name in wanted or [*PICTURE_OF, *(f"{each}-zh" for each in IN_CHINESE)]:
        english = name.removesuffix("-zh")
        i18n.use(i18n.ENGLISH if name == english else i18n.CHINESE)
        await PICTURE_OF[english](name)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:]))

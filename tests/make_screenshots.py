"""Makes the pictures in screenshots/ from the simulator, with a fixed seed and clock."""

import asyncio
from pathlib import Path

from support.clock import FakeClock
from support.demo import app_of, loaded
from support.picture import render_png
from support.svg import grid_exact
from ucdn_tui.simulator.history import demo_account

PICTURES = Path(__file__).parent.parent / "screenshots"

SEED = 7
"""Of the simulated account: the same tasks in every picture, and in every run."""


async def take(name: str, size: tuple[int, int], *keys: str, seconds: int = 37) -> None:
    """Draw the screen of that size in cells, after so many seconds of watching and these keys."""
    clock = FakeClock()
    app = app_of(demo_account(clock.server_now, SEED), clock)
    async with app.run_test(size=size) as pilot:
        dashboard = await loaded(app, pilot)
        for _ in range(seconds):
            await clock.advance(1)
        dashboard.tick()
        await pilot.press(*keys)
        await pilot.pause()
        render_png(grid_exact(app.export_screenshot(title="ucdn-tui")), PICTURES / f"{name}.png", scale=1)


async def main() -> None:
    PICTURES.mkdir(exist_ok=True)
    await take("wide", (140, 36), "j", "j", "j", "j")
    await take("narrow", (90, 30), "j", "j", "j", "j")
    await take("small", (50, 14), "j", "j", "j", "j", "enter")


if __name__ == "__main__":
    asyncio.run(main())

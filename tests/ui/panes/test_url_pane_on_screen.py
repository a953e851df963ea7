"""The URL pane in the running program: what stays in a low terminal, and which URLs have a bar."""

import pytest
from textual.content import Content
from textual.widgets import Static

from support.clock import FakeClock
from support.screen.dashboard import account, add, running_dashboard, text_of
from ucdn_tui.simulator.plan import NEVER


class TestLowPane:
    @pytest.mark.parametrize("size", [(80, 24), (80, 20), (60, 16), (30, 8)])
    async def test_keeps_rows_and_the_status(self, clock: FakeClock, size: tuple[int, int]) -> None:
        simulated = account(clock)
        add(simulated, "hung", ago=900, count=30, work=60.0, stuck=list(range(1, 30)), failing=(0,))
        async with running_dashboard(simulated, clock, size=size) as ui:
            await ui.press("enter")
            assert len(ui.urls()) >= 2
            assert ui.summary().startswith("▶ running")
            advice = ui.dashboard.query_one("#advice", Static)
            if size[1] > 16:
                assert text_of(advice).startswith("Stuck: ")
                assert isinstance(advice.content, Content)
                assert advice.content.spans, "the advice has lost its colour"


class TestBars:
    async def test_only_what_runs_has_one(self, clock: FakeClock) -> None:
        simulated = account(clock)
        add(simulated, "task", ago=30, count=3, work=60.0, failing=(0,))
        add(simulated, "waits", ago=90, queue=NEVER)
        async with running_dashboard(simulated, clock, size=(140, 40)) as ui:
            bars = ["━" in line for line in ui.urls()]
            assert bars == ["running" in line for line in ui.urls()]
            await ui.press("j")
            assert not any("━" in line for line in ui.urls())

"""Hooks with commands, and what they report."""

import asyncio
import gc
from collections.abc import AsyncIterator

import pytest

from external.commands import Make
from support import PATIENCE
from ucdn_tui.external.on_finish import FinishHook


@pytest.fixture
def reports() -> list[str]:
    return []


@pytest.fixture
async def make(reports: list[str]) -> AsyncIterator[Make]:
    """Create hooks, which are closed after the test; no exception may have reached the event loop's handler."""
    hooks: list[FinishHook] = []
    unhandled: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: unhandled.append(context))

    def make(*command: str, limit: float = PATIENCE, environ: dict[str, str] | None = None) -> FinishHook:
        hooks.append(FinishHook(command, reports.append, limit=limit, environ=environ))
        return hooks[-1]

    yield make
    for hook in hooks:
        await hook.aclose()
    gc.collect(1)  # finds the exceptions of tasks that nobody has awaited
    assert not unhandled

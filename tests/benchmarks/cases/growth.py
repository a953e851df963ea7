"""(c) Cost of a tick as the window grows: CPU and calls with twenty active tasks and more and more settled ones.

Servers and clients of all sizes run side by side and take turns, so that other load on the machine affects them all.
"""

import asyncio
from contextlib import AsyncExitStack

from benchmarks.cases.tick import cost, watching
from benchmarks.harness import Benchmark, Figure, Pair
from benchmarks.support.server import serving

_SIZES = (100, 1_000, 10_000)
_URLS = 20
_ACTIVE = 20
_TURNS = 5
_TICKS = 8


async def _measure(small: bool) -> list[Pair]:
    cpu = dict.fromkeys(_SIZES, 0.0)
    calls = dict.fromkeys(_SIZES, 0.0)
    async with AsyncExitStack() as stack:
        parts = []
        for size in _SIZES:
            server = stack.enter_context(
                serving(size // 10 if small else size, _URLS, _ACTIVE // 10 if small else _ACTIVE)
            )
            parts.append((size, server, await stack.enter_async_context(watching(server.endpoint))))
        for _turn in range(1 if small else _TURNS):
            for size, server, watcher in parts:
                ticks = await cost(server, _TICKS, watcher.tick)
                cpu[size] += ticks.cpu / _TURNS
                calls[size] += ticks.totals.calls / _TURNS
    few, more, most = _SIZES
    return [
        Pair(cpu[most], cpu[few]),
        Pair(calls[most], calls[few]),
        Pair(cpu[more], cpu[few]),
    ]


BENCHMARKS = [
    Benchmark(
        "c",
        f"20 active, {_URLS} URLs each",
        (
            Figure("CPU of a tick: 10,000 tasks / 100", "ms", 1.2),
            Figure("calls of a tick: 10,000 tasks / 100", "", 1.2),
            Figure("CPU of a tick: 1,000 tasks / 100", "ms"),
        ),
        lambda small: asyncio.run(_measure(small)),
    )
]

"""(j) Making a plan of a long list of URLs, compared with splitting the same text and its URLs with the library.

A twentieth of the lines are duplicates, another one twins, and two directories cover some more. The longest step
between two pauses, in which the screen handles no key, is compared with the whole plan; garbage collection counts.
"""

import gc
from collections.abc import Sequence
from time import perf_counter
from urllib.parse import urlsplit

from benchmarks.harness import Benchmark, Figure, Pair
from ucdn_tui.api.models import TaskKind
from ucdn_tui.submit.models import DomainFacts, Known
from ucdn_tui.submit.plan import plan_in_slices

_HOSTS = [f"static{number}.example.com" for number in range(20)]

_KNOWN = Known({host: DomainFacts(f"ucdn-{host}", ignores_query=True) for host in _HOSTS})


def _text(lines: int) -> str:
    urls = [f"https://{_HOSTS[n % 20]}/assets/2025/{n // 1000}/图片-{n}.jpg?v={n % 7}" for n in range(lines * 9 // 10)]
    again = urls[: lines // 20] + [url.replace("https:", "http:") for url in urls[: lines // 20]]
    return "\n".join([*urls, *again, f"http://{_HOSTS[0]}/assets/2025/1/", f"http://{_HOSTS[1]}/assets/"])


def _planned(text: str) -> tuple[float, float]:
    """Return the seconds of the whole plan, and of its longest step."""
    gc.collect()
    longest, start = 0.0, perf_counter()
    before = start
    for _pause in plan_in_slices(text, TaskKind.REFRESH, known=_KNOWN):
        now = perf_counter()
        longest, before = max(longest, now - before), now
    return perf_counter() - start, longest


def _split(text: str) -> float:
    gc.collect()
    start = perf_counter()
    parts = [urlsplit(line) for line in text.splitlines()]
    end = perf_counter()
    del parts
    return end - start


def _run(small: bool) -> Sequence[Pair]:
    text = _text(1000 if small else 100_000)
    whole, longest = _planned(text)
    return [Pair(whole * 1000, _split(text) * 1000), Pair(longest * 1000, whole * 1000)]


BENCHMARKS = [
    Benchmark(
        "j",
        "100,000 lines",
        [
            Figure("plan of a list of URLs / `splitlines` and `urlsplit`", "ms", 3),
            Figure("its longest step / the whole plan", "ms"),
        ],
        _run,
    )
]

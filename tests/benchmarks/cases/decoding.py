"""(a) Decoding an answer: our decoder, the vendor's SDK, and `json` with dataclasses.

All three decode every task and URL of the page into objects (dicts in the SDK), and free them after the measurement.
The SDK's side does what its client does with a response: `Response.json`, then the schema's `loads`; without its log
line, which would format the whole answer.
"""

import gc
import json
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import Any

from ucloud.core.transport import Response
from ucloud.services.ucdn.schemas.apis import DescribeNewUcdnRefreshCacheTaskResponseSchema

from benchmarks.harness import Benchmark, Figure, Pair
from benchmarks.support.data import answer
from ucdn_tui.api.decoding.decode import decode_describe

_REPEATS = 3
"""Repetitions per run, alternating between the sides; the median counts."""


@dataclass(slots=True)
class _Url:
    url: str
    create_time: int
    finish_time: int | None
    status: str
    progress: int


@dataclass(slots=True)
class _Task:
    task_id: str
    create_time: int
    status: str
    type: str | None
    urls: list[_Url]


@dataclass(slots=True)
class _Answer:
    ret_code: int
    tasks: list[_Task]
    total_count: int | None


def with_dataclasses(body: bytes) -> _Answer:
    """Decode with the standard library only."""
    answered = json.loads(body)
    return _Answer(answered["RetCode"], [_task(row) for row in answered["TaskList"]], answered.get("TotalCount"))


def _task(row: dict[str, Any]) -> _Task:
    urls = [
        _Url(url["Url"], url["CreateTime"], url.get("FinishTime"), url["Status"], url["Progress"])
        for url in row["UrlLists"]
    ]
    return _Task(row["TaskId"], row["CreateTime"], row["Status"], row.get("Type"), urls)


def with_sdk(body: bytes) -> dict[str, Any]:
    """Decode with the vendor's SDK."""
    response = Response("", "post", content=body, encoding="utf-8").json()
    return dict(DescribeNewUcdnRefreshCacheTaskResponseSchema().loads(response))


def _seconds(decode: Callable[[bytes], object], body: bytes) -> float:
    gc.collect()
    start = perf_counter()
    result = decode(body)
    end = perf_counter()
    del result
    return end - start


def _run(small: bool) -> Sequence[Pair]:
    tasks, urls = (50, 10) if small else (1000, 100)
    body = answer(tasks, urls, active=tasks // 100)
    sides = (decode_describe, with_sdk, with_dataclasses)
    for side in sides:
        side(answer(1, 1))  # warm up
    rounds = [[_seconds(side, body) * 1000 for side in sides] for _ in range(_REPEATS)]
    ours, sdk, dataclasses = map(statistics.median, zip(*rounds, strict=True))
    return [Pair(ours, sdk), Pair(ours, dataclasses)]


BENCHMARKS = [
    Benchmark(
        "a",
        "1,000 × 100",
        [
            Figure("decode a page / the vendor's SDK", "ms", 0.10),
            Figure("decode a page / `json` + dataclasses", "ms", 0.20),
        ],
        _run,
    )
]

"""A small model of the server, written from the documents alone, and the ways in which a server may be odd or fail."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from math import inf
from random import Random
from typing import Any, Unpack
from zlib import crc32

import msgspec

from support.virtual_time import VirtualClock
from ucdn_tui.api.decoding.decode import decode_tasks
from ucdn_tui.api.models import DescribeQuery, TaskKind, TaskPage
from ucdn_tui.errors import Fault, HttpStatusError, RetCodeError, TransportError


@dataclass
class ModelTask:
    """A task whose state follows from the time. Times in the server's Unix seconds."""

    kind: TaskKind
    id: str
    is_dcdn: bool
    created: int
    listed: float
    """When the server begins to list it."""

    starts: float
    ends: float
    outcome: str = "success"
    failing: int = 0
    """Number of URLs that fail."""

    urls: int = 2
    deleted: float = inf

    def is_listed(self, now: float) -> bool:
        return self.listed <= now < self.deleted

    def state(self, now: float) -> tuple[str, int]:
        """Return status and progress."""
        if now < self.starts:
            return "wait", 0
        if now < self.ends:
            return "process", int(100 * (now - self.starts) / (self.ends - self.starts))
        return self.outcome, 100

    def until(self, status: str, percent: int) -> float:
        """Return when the server last listed the task in this state."""
        match status:
            case "wait":
                end = self.starts
            case "process":
                end = self.starts + (percent + 1) / 100 * (self.ends - self.starts)
            case _:
                end = inf
        return min(end, self.deleted)

    def row(self, now: float) -> dict[str, Any]:
        """TaskInfo."""
        status, percent = self.state(now)
        urls = []
        for number in range(self.urls):
            url: dict[str, Any] = {"Url": f"https://a.example/{self.id}/{number}", "CreateTime": self.created}
            if now >= self.ends:
                failed = number < self.failing
                url |= {"Status": "failure" if failed else "success", "Progress": 50 if failed else 100}
                url |= {"FinishTime": int(self.ends)}
            else:
                url |= {"Status": status, "Progress": percent}
            urls.append(url)
        info = {"TaskId": self.id, "CreateTime": self.created, "Status": status, "UrlLists": urls}
        return info | ({"Type": "file"} if self.kind is TaskKind.REFRESH else {})


@dataclass
class Habits:
    """How a server answers. The default is as documented."""

    order: str = "newest"
    """newest, oldest, or shuffled, which is the same in each answer."""

    total_count: str = "tasks"
    """tasks, absent, or lying."""

    page_cap: int = 10**9
    ignores: frozenset[str] = frozenset()
    """TaskId, Limit, Offset."""

    sends_date: bool = True
    narrows_ids: bool = True
    """Whether a query by TaskId finds tasks in the window only."""

    unreadable: float = 0.0
    """Share of tasks in which one URL's progress cannot be read."""

    latency: float = 0.0
    fault_rate: float = 0.0
    """Share of calls that fail."""

    @property
    def is_odd(self) -> bool:
        return bool(self.page_cap < 10**9 or self.ignores or not self.sends_date or self.unreadable)


@dataclass
class ModelServer:
    """Answers the two describe actions; it is its own client, without HTTP."""

    clock: VirtualClock
    habits: Habits
    random: Random
    tasks: dict[tuple[TaskKind, str], ModelTask] = field(default_factory=dict)
    calls: int = 0

    async def get(self) -> "ModelServer":
        return self

    async def describe_refresh_tasks(self, **query: Unpack[DescribeQuery]) -> TaskPage:
        return await self._describe(TaskKind.REFRESH, query)

    async def describe_prefetch_tasks(self, **query: Unpack[DescribeQuery]) -> TaskPage:
        return await self._describe(TaskKind.PREFETCH, query)

    def listed(self, now: float, window: float) -> dict[tuple[TaskKind, str], ModelTask]:
        """Return the tasks that the server lists for a window that ends now."""
        begin = int(now - window)
        return {key: task for key, task in self.tasks.items() if task.is_listed(now) and task.created >= begin}

    async def _describe(self, kind: TaskKind, query: DescribeQuery) -> TaskPage:
        self.calls += 1
        if self.habits.latency:
            await asyncio.sleep(self.habits.latency * self.random.uniform(0.5, 1.5))
        if self.random.random() < self.habits.fault_rate:
            await self._fail()
        now = self.clock.true_now()
        rows = [task.row(now) for task in self._page(kind, query, now)]
        for row in rows:
            if _hash(row["TaskId"]) % 1000 < 1000 * self.habits.unreadable:
                row["UrlLists"][0]["FinishTime"] = {}
        answer: dict[str, Any] = {"RetCode": 0, "TaskList": rows}
        if self.habits.total_count != "absent":
            answer["TotalCount"] = len(rows) if self.habits.total_count == "tasks" else self.random.randint(0, 9)
        decoded = decode_tasks(msgspec.json.encode(answer))
        if self.habits.sends_date:
            self.clock.observe(str(now))
        described, unread = decoded.content
        found = described.task_list or []
        return TaskPage(found, len(found) + unread.rows, unread.items, unread.unidentified)

    def _page(self, kind: TaskKind, query: DescribeQuery, now: float) -> Sequence[ModelTask]:
        habits = self.habits
        ids = query.get("task_ids")
        begin, end = query.get("begin", int(now) - 86400), query.get("end", int(now))
        by_id = ids is not None and "TaskId" not in habits.ignores
        found = [
            task
            for task in self.tasks.values()
            if task.kind is kind
            and task.is_dcdn == query.get("is_dcdn", False)
            and task.is_listed(now)
            and (task.id in (ids or ()) if by_id else True)
            and (begin <= task.created <= end or (by_id and not habits.narrows_ids))
        ]
        if (status := query.get("status")) is not None:
            found = [task for task in found if task.state(now)[0] == status]
        if habits.order == "shuffled":
            found.sort(key=lambda task: _hash(task.id))
        else:
            found.sort(key=lambda task: (task.created, task.id), reverse=habits.order == "newest")
        offset = 0 if "Offset" in habits.ignores else query.get("offset", 0)
        limit = 10**9 if "Limit" in habits.ignores else query.get("limit", 10**9)
        return found[offset:][: min(limit, habits.page_cap)]

    async def _fail(self) -> None:
        match self.random.randrange(5):
            case 0:
                await asyncio.sleep(30)
                raise TransportError(Fault.TIMEOUT, "api.example")
            case 1:
                raise RetCodeError(153, "too many requests")
            case 2:
                raise HttpStatusError(500)
            case 3:
                raise HttpStatusError(429, retry_after=self.random.choice([1.0, 20.0]))
            case _:
                raise TransportError(Fault.BROKEN, "api.example")


def _hash(text: str) -> int:
    return crc32(text.encode())

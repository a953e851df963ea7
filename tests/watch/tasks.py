"""Tasks for the tests: rows of the API, tasks of a simulated account, and what an account or a store knows of them."""

from collections.abc import Iterable
from typing import Any

from ucdn_tui.api.models import TaskKey, TaskKind, TaskRow, UrlRow
from ucdn_tui.simulator.account import Account
from ucdn_tui.simulator.plan import Kind
from ucdn_tui.watch.poll.incremental import SPARE_URLS
from ucdn_tui.watch.store import TaskStore

START = 1_760_000_000.0
"""The server's time when each test begins."""

HOUR = 3600.0
DAY = 24 * HOUR

REFRESH, PREFETCH = TaskKind.REFRESH, TaskKind.PREFETCH

LONG_RUNNING = {"queue": 0.0, "work": 100 * HOUR}
"""Options of `add_tasks` for tasks that are active during the whole test."""

SPARE_TASKS = SPARE_URLS // 3
"""Number of settled tasks with two URLs that a query for new tasks may return needlessly."""


def url_row(
    status: str | None = "success", progress: int | None = None, address: str | None = None, **fields: Any
) -> UrlRow:
    return UrlRow(address or "https://cdn.example.com/a.jpg", status=status, progress=progress, **fields)


def task_row(task_id: str | None, *urls: UrlRow, status: str | None = "success", **fields: Any) -> TaskRow:
    """Return a task that was created ten minutes before the start."""
    return TaskRow(task_id, list(urls), **{"type": "file", "create_time": int(START) - 600, "status": status, **fields})


def add_tasks(
    account: Account, ids: Iterable[str], kind: Kind = "refresh", *, ago: float = HOUR, urls: int = 2, **options: Any
) -> None:
    """Add tasks a second apart, newest first. They have succeeded long ago unless `queue` or `work` says otherwise."""
    for number, task_id in enumerate(ids):
        addresses = [f"https://cdn.example.com/{task_id}/{n}.jpg" for n in range(urls)]
        plan = {"queue": 1.0, "work": 9.0, **options}
        account.add(kind, addresses, task_id=task_id, created=account.now() - ago - number, **plan)


def numbered(prefix: str, count: int) -> list[str]:
    return [f"{prefix}{number:04}" for number in range(count)]


AccountState = dict[TaskKey, tuple[str, bool, list[tuple[str, str, int, int | None]]]]
"""Status, whole-site, and URLs of each task."""


def account_state(account: Account, window: float = DAY) -> AccountState:
    """Return the state of all tasks in the window at this moment."""
    now = account.now()
    kinds: tuple[Kind, ...] = ("refresh", "prefetch")
    return {
        TaskKey(TaskKind(kind), plan.task_id): (
            plan.status(now),
            plan.is_dcdn,
            [tuple(u) for u in plan.url_states(now)],
        )
        for kind in kinds
        for plan in account.tasks(kind, None, now, begin=int(now - window))
    }


def stored_state(store: TaskStore) -> AccountState:
    """Return the state of all tasks in the store."""
    return {
        task.key: (
            task.status,
            task.is_dcdn,
            [(url.url, url.status, url.percent, url.finished) for url in store.urls(task.key)],
        )
        for task in store
    }

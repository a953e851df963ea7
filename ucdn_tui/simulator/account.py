"""An account in memory: its keys, projects, domains and tasks, indexed by creation time and by id."""

import threading
from bisect import bisect_left, bisect_right, insort
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from operator import attrgetter
from random import Random
from typing import get_args

from ucdn_tui.simulator.domains import DEFAULT_DOMAINS, Domain, QuotaUse
from ucdn_tui.simulator.plan import Kind, Outcome, Plan
from ucdn_tui.simulator.timing import UrlSchedule, draw_queue, draw_work, outcome_of

_VENDOR_ZONE = timezone(timedelta(hours=8))
"""Time zone of the timestamp at the start of a TaskId."""

_KINDS: tuple[Kind, ...] = get_args(Kind)

_created = attrgetter("created")
_order = attrgetter("created", "task_id")


@dataclass(frozen=True, slots=True)
class Project:
    """A project of the account, as GetProjectList names it."""

    id: str
    name: str


DEFAULT_PROJECTS = (Project("org-main01", "Default"), Project("org-side02", "Campaigns"))


class ScaledClock:
    """A clock that starts at the time of the given one and runs `factor` times as fast."""

    def __init__(self, now: Callable[[], float], factor: float) -> None:
        self._now = now
        self._factor = factor
        self._start = now()

    def __call__(self) -> float:
        return self._start + (self._now() - self._start) * self._factor


class Account:
    """The tasks of one account, grouped by project, kind and whole-site, each group in order of creation.

    `now` returns Unix seconds. A task is a plan, and its state a function of plan and time. Everything random comes
    from the seed, so the same seed and clock make the same account. The first project is the default one.
    """

    def __init__(
        self,
        now: Callable[[], float],
        *,
        seed: int = 0,
        public_key: str | None = None,
        private_key: str | None = None,
        projects: Sequence[Project] = DEFAULT_PROJECTS,
        domains: Sequence[Domain] = DEFAULT_DOMAINS,
    ) -> None:
        self.now = now
        self.start = now()
        """When the account was made, in Unix seconds."""

        self.seed = seed
        self.rng = Random(seed)  # noqa: S311 - a simulation keeps no secret
        keys = Random(f"keys {seed}")  # noqa: S311 - separate, so that passing keys does not change the tasks
        self.public_key = public_key or f"simulated-{keys.getrandbits(96):024x}"
        self._private_key = private_key or f"{keys.getrandbits(160):040x}"
        self.projects = tuple(projects)
        self.domains = tuple(domains)
        self.origin_port = 80
        """Port of the domains' origin, as their configuration tells it."""

        self.quota_use = QuotaUse()
        self._groups: dict[tuple[str, Kind, bool], list[Plan]] = {}
        self._by_id: dict[tuple[Kind, str], Plan] = {}
        self._arrivals: Iterator[Plan] = iter(())
        self._next: Plan | None = None
        self._lock = threading.RLock()  # tests add tasks while a server answers in another thread

    def __repr__(self) -> str:
        return f"Account(public_key={self.public_key!r}, tasks={len(self._by_id)})"

    @property
    def private_key(self) -> str:
        """The key that signs requests; not part of `repr`, like a real one."""
        return self._private_key

    @property
    def default_project(self) -> str:
        return self.projects[0].id

    def add(
        self,
        kind: Kind,
        urls: Sequence[str],
        *,
        type: str | None = None,  # noqa: A002 - the API's own name
        is_dcdn: bool = False,
        task_id: str | None = None,
        created: float | None = None,
        project_id: str | None = None,
        queue: float | None = None,
        work: float | None = None,
        failing: Collection[int] = (),
        stuck: Collection[int] = (),
        unknown: Collection[int] = (),
        outcome: Outcome | None = None,
    ) -> str:
        """Add a task and return its TaskId. Times and ids that are not given are drawn from the seed.

        created: Unix seconds, default now; a task created in the future is not listed yet
        queue, work: seconds; with a queue of `plan.NEVER` the task waits forever
        failing, stuck, unknown: indices of the URLs that end as `failure`, stay in `process`, end as `unknow`
        outcome: the task's own final status, default: derived from its URLs
        """
        if kind == "refresh":
            type = type or "file"  # noqa: A001
        elif type is not None:
            raise ValueError("a prefetch has no type")
        ends = _ends(len(urls), {"failure": failing, "process": stuck, "unknow": unknown})
        created = self.now() if created is None else created
        queue = draw_queue(self.rng, kind) if queue is None else queue
        work = draw_work(self.rng, kind) if work is None else work
        return self.put(
            Plan(
                task_id=task_id or draw_task_id(self.rng, created),
                kind=kind,
                urls=UrlSchedule(tuple(urls), self.rng.getrandbits(32), queue, work, ends),
                created=created,
                queue=queue,
                work=work,
                outcome=outcome or outcome_of(ends),
                type=type,
                is_dcdn=is_dcdn,
                project_id=project_id or self.default_project,
            )
        )

    def put(self, plan: Plan) -> str:
        """Add a task by its plan and return its TaskId."""
        key = (plan.kind, plan.task_id)
        if plan.project_id not in {project.id for project in self.projects}:
            raise ValueError(f"no such project: {plan.project_id}")
        with self._lock:
            if key in self._by_id:
                raise ValueError(f"{plan.kind} task {plan.task_id} already exists")
            self._by_id[key] = plan
            insort(self._groups.setdefault(_group(plan), []), plan, key=_order)
        return plan.task_id

    def remove(self, task_id: str) -> None:
        """Remove a task, as the API does with old ones; KeyError if it does not exist."""
        with self._lock:
            keys = [(kind, task_id) for kind in _KINDS if (kind, task_id) in self._by_id]
            if not keys:
                raise KeyError(task_id)
            for key in keys:
                plan = self._by_id.pop(key)
                self._groups[_group(plan)].remove(plan)

    def schedule_arrivals(self, plans: Iterator[Plan]) -> None:
        """Add each of these tasks once the clock reaches its creation time; `plans` must be in that order."""
        with self._lock:
            self._arrivals, self._next = plans, next(plans, None)

    def tasks(
        self,
        kind: Kind,
        is_dcdn: bool | None = False,
        now: float | None = None,
        *,
        project_id: str | None = None,
        begin: float = float("-inf"),
        end: float = float("inf"),
    ) -> list[Plan]:
        """Return the tasks whose CreateTime is between begin and end (inclusive), newest first.

        is_dcdn: whole-site tasks (True), other tasks (False), or both (None)
        """
        now = self.now() if now is None else now
        with self._lock:
            self._arrive(now)
            flags = (False, True) if is_dcdn is None else (is_dcdn,)
            groups = [self._groups.get((project_id or self.default_project, kind, flag), []) for flag in flags]
            found = [plan for group in groups for plan in _between(group, begin, end, now)]
        if len(groups) > 1:
            found.sort(key=_order)
        found.reverse()
        return found

    def all_tasks(self, now: float | None = None) -> list[Plan]:
        """Return the tasks of every project and kind, in no particular order."""
        now = self.now() if now is None else now
        with self._lock:
            self._arrive(now)
            return [plan for plan in self._by_id.values() if plan.created <= now]

    def find(self, kind: Kind, task_ids: Collection[str], now: float | None = None) -> list[Plan]:
        """Return the tasks with these ids, in any project, whole-site or not, newest first."""
        now = self.now() if now is None else now
        with self._lock:
            self._arrive(now)
            found = [self._by_id.get((kind, task_id)) for task_id in dict.fromkeys(task_ids)]
        existing = [plan for plan in found if plan is not None and plan.created <= now]
        return sorted(existing, key=_order, reverse=True)

    def _arrive(self, now: float) -> None:
        while self._next is not None and self._next.created <= now:
            self.put(self._next)
            self._next = next(self._arrivals, None)

    def failing_urls(self, kind: Kind) -> set[str]:
        """Return the URLs that have failed, or will, in any task of a kind."""
        with self._lock:
            plans = [plan for (plan_kind, _), plan in self._by_id.items() if plan_kind == kind]
        return {url for plan in plans for url in plan.urls.failing()}


def draw_task_id(rng: Random, created: float) -> str:
    """Return a TaskId in the vendor's format: local creation time and eight hexadecimal digits."""
    local = datetime.fromtimestamp(created, UTC).astimezone(_VENDOR_ZONE)
    return f"{local:%Y%m%d%H%M%S}_{rng.getrandbits(32):08x}"


def _ends(count: int, indices: Mapping[Outcome, Collection[int]]) -> dict[int, Outcome]:
    ends = {index: outcome for outcome, numbers in indices.items() for index in numbers}
    if invalid := [index for index in ends if not 0 <= index < count]:
        raise ValueError(f"no such URL: {invalid}")
    return ends


def _group(plan: Plan) -> tuple[str, Kind, bool]:
    return plan.project_id, plan.kind, plan.is_dcdn


def _between(group: list[Plan], begin: float, end: float, now: float) -> list[Plan]:
    """Return a group's tasks in a window, oldest first; CreateTime has whole seconds, so the last one counts fully."""
    first = bisect_left(group, begin, key=_created)
    after = min(bisect_left(group, end + 1, key=_created), bisect_right(group, now, key=_created))
    return group[first:after]

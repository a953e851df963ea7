"""What the account's tasks do to cached copies, and when."""

from collections import defaultdict
from collections.abc import Iterator
from typing import Literal, NamedTuple

from ucdn_tui.simulator.account import Account
from ucdn_tui.simulator.domains import Domain, domain_of
from ucdn_tui.simulator.edges.keys import cache_host, submitted_key
from ucdn_tui.simulator.plan import Kind, Plan


class Effect(NamedTuple):
    """A URL of a task that has succeeded, at the time of its FinishTime."""

    time: float
    deed: Literal["remove", "expire", "fill"]
    """A refresh removes copies; one of a directory only marks them as expired. A prefetch fills the parents."""


class Effects:
    """Finds the effects on a cache key. URLs that fail, or have not ended, have none.

    A playlist (m3u8) is refreshed like a file: what happens to its segments is not documented.
    """

    def __init__(self, account: Account) -> None:
        self._account = account
        self._domains = {domain.name: domain for domain in account.domains}
        self._read: set[tuple[Kind, str]] = set()
        self._of_files: defaultdict[str, list[Effect]] = defaultdict(list)
        self._of_directories: defaultdict[str, list[float]] = defaultdict(list)
        self._prefetched: set[str] = set()

    def on(self, key: str, now: float) -> list[Effect]:
        """Return the effects on a cache key until now, in the order of their times."""
        self._read_tasks(now)
        found = list(self._of_files.get(key, ()))
        for prefix in _directories(key):
            found += [Effect(time, "expire") for time in self._of_directories.get(prefix, ())]
        return sorted(effect for effect in found if effect.time <= now)

    def is_prefetched(self, key: str, now: float) -> bool:
        """Return whether a prefetch task has the URL, whatever became of it."""
        self._read_tasks(now)
        return key in self._prefetched

    def _read_tasks(self, now: float) -> None:
        for plan in self._account.all_tasks(now):
            if (plan.kind, plan.task_id) not in self._read:
                self._read.add((plan.kind, plan.task_id))
                self._read_task(plan)

    def _read_task(self, plan: Plan) -> None:
        for url in plan.urls:
            host, target = submitted_key(url.url)
            domain = domain_of(host, self._domains)
            if domain is None:
                continue
            key, time = cache_host(host, domain) + target, plan.created + url.end
            if plan.kind == "prefetch":
                self._prefetched.add(key)
            if url.outcome != "success":
                continue
            if plan.type != "dir":
                self._of_files[key].append(Effect(time, "fill" if plan.kind == "prefetch" else "remove"))
            elif _owns_cache(domain):
                self._of_directories[key].append(time)


def _owns_cache(domain: Domain) -> bool:
    """Return whether directories can be refreshed under this domain: a shared cache takes them only under its owner."""
    return domain.cache_host == domain.name


def _directories(key: str) -> Iterator[str]:
    """Yield the directories that a key lies in: `host/`, `host/a/`, …"""
    return (key[: index + 1] for index, character in enumerate(key) if character == "/")

"""The life of one task, decided when it is created: from its plan, its state at any moment can be told."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import inf
from typing import Literal, NamedTuple, Protocol

Kind = Literal["refresh", "prefetch"]

Status = Literal["wait", "process", "success", "failure", "unknow"]
"""The API's five statuses; `unknow` is how the wire spells it."""

Outcome = Literal["success", "failure", "unknow", "process"]
"""The status that remains when the work is over. With `process` nothing ever ends: so a task is stuck."""

NEVER = inf
"""A queue that no task leaves, in seconds: the other way to be stuck."""


class UrlPlan(NamedTuple):
    """What will become of one URL; times are seconds after the task's creation."""

    url: str
    start: float
    end: float
    outcome: Outcome = "success"
    final_progress: int = 100
    """Per cent at which Progress comes to rest: 100 for a success, less for anything else."""


class UrlState(NamedTuple):
    """One URL at one moment."""

    url: str
    status: Status
    progress: int
    finished: int | None
    """FinishTime in Unix seconds; None until there is one."""


class UrlPlans(Protocol):
    """The URLs of a task: a tuple will do, and so will something that draws them anew each time to save memory."""

    def __len__(self) -> int: ...

    def __iter__(self) -> Iterator[UrlPlan]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A task, from its creation to its end.

    It waits for `queue` seconds, then works for `work` seconds, and from then on shows `outcome`. Its URLs start and
    end within the work. The outcome is the task's own: the API has no status for part of a failure, so it may say
    `success` or `failure` over URLs that say both.
    """

    task_id: str
    kind: Kind
    urls: UrlPlans
    created: float
    queue: float
    work: float
    outcome: Outcome
    type: str | None = None
    is_dcdn: bool = False
    project_id: str

    @property
    def create_time(self) -> int:
        """CreateTime as the API gives it, in whole Unix seconds."""
        return int(self.created)

    def status(self, now: float) -> Status:
        """Return the task's own Status at a time, without a look at its URLs."""
        age = now - self.created
        if age < self.queue:
            return "wait"
        return "process" if age < self.queue + self.work else self.outcome

    def url_states(self, now: float) -> Iterator[UrlState]:
        """Yield the URLs in their order, each as it stands at that time."""
        created, age = self.created, now - self.created
        for url, start, end, outcome, final_progress in self.urls:  # unpacked: a page has ten thousand of them
            if age < start:
                yield UrlState(url, "wait", 0, None)
            elif age < end:
                yield UrlState(url, "process", _progress(final_progress, (age - start) / (end - start)), None)
            elif outcome == "process":
                yield UrlState(url, outcome, final_progress, None)
            else:
                yield UrlState(url, outcome, final_progress, int(created + end))


def _progress(final_progress: int, done: float) -> int:
    """Return the per cent of a URL that is being worked on: never 100, which comes together with the success."""
    return min(int(final_progress * done), 99)

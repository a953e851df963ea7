"""The plan of one task, fixed at its creation; its state at any time follows from the plan."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import inf
from typing import Literal, NamedTuple, Protocol

Kind = Literal["refresh", "prefetch"]

Status = Literal["wait", "process", "success", "failure", "unknow"]
"""The API's five statuses; `unknow` is the API's spelling."""

Outcome = Literal["success", "failure", "unknow", "process"]
"""The status after the work. `process` means that it never ends: a stuck task."""

NEVER = inf
"""Queue time, in seconds, of a task that waits forever: the other kind of stuck task."""


class UrlPlan(NamedTuple):
    """The plan of one URL; times are seconds after the task's creation."""

    url: str
    start: float
    end: float
    outcome: Outcome = "success"
    final_progress: int = 100
    """Final Progress in percent: 100 for a success, less otherwise."""


class UrlState(NamedTuple):
    """The state of one URL at one time."""

    url: str
    status: Status
    progress: int
    finished: int | None
    """FinishTime in Unix seconds; None while the URL is unfinished."""


class UrlPlans(Protocol):
    """The URLs of a task, generated on each iteration to save memory."""

    def __len__(self) -> int: ...

    def __iter__(self) -> Iterator[UrlPlan]: ...

    def failing(self) -> Iterator[str]:
        """Yield the URLs that end as a failure."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A task from creation to end.

    It waits for `queue` seconds, works for `work` seconds, and then has the status `outcome`. Its URLs start and end
    within the work. The API has no status for a partial failure: `outcome` may be `success` or `failure` while the
    URLs have both.
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
        """CreateTime as in the API: whole Unix seconds."""
        return int(self.created)

    def status(self, now: float) -> Status:
        """Return the task's own Status at a time; its URLs are not evaluated."""
        age = now - self.created
        if age < self.queue:
            return "wait"
        return "process" if age < self.queue + self.work else self.outcome

    def url_states(self, now: float) -> Iterator[UrlState]:
        """Yield the state of each URL at a time, in their order."""
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
    """Return the Progress of a URL in process: at most 99, because 100 comes with the success."""
    return min(int(final_progress * done), 99)

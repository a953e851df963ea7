"""The rows of the describe actions as the API sends them, and the domain's Task and UrlProgress. All are frozen."""

from collections.abc import Sequence
from enum import Enum, StrEnum
from typing import Annotated, NamedTuple, TypedDict

from msgspec import Meta, Struct


class TaskKind(StrEnum):
    """What a task does. Each kind has its own API action."""

    REFRESH = "refresh"
    """DescribeNewUcdnRefreshCacheTask: purges files or directories."""

    PREFETCH = "prefetch"
    """DescribeNewUcdnPrefetchCacheTask: fetches files before the first visitor asks for them."""


class Status(StrEnum):
    """The documented statuses, spelled as in the API. Any other text may come, and is passed on unchanged."""

    SUCCESS = "success"
    WAIT = "wait"
    PROCESS = "process"
    FAILURE = "failure"
    UNKNOWN = "unknow"


class Phase(Enum):
    """Whether a task can still change, which decides how it is polled."""

    ACTIVE = "active"
    """The task or one of its URLs is in wait or process."""

    SETTLED = "settled"
    """Success or failure, and no URL in wait or process."""

    UNDETERMINED = "undetermined"
    """Everything else: `unknow`, an undocumented status, or none."""


INT_LIMIT = 2**53
"""No larger number is a plausible time, count or percentage, nor exact in every JSON implementation."""

Int = Annotated[int, Meta(ge=-INT_LIMIT, le=INT_LIMIT)]
"""A whole number from the API."""


class UrlRow(Struct, frozen=True, gc=False, rename="pascal"):
    """UrlProgressInfo as documented. Times in Unix seconds, progress in percent; each field may be missing or null."""

    url: str | None = None
    create_time: Int | None = None
    finish_time: Int | None = None
    status: str | None = None
    progress: Int | None = None


class TaskRow(Struct, frozen=True, gc=False, rename="pascal"):
    """TaskInfo as documented. CreateTime in Unix seconds; a prefetch has no Type; each field may be missing or null."""

    task_id: str | None = None
    url_lists: list[UrlRow] | None = None
    type: str | None = None
    create_time: Int | None = None
    status: str | None = None


class DescribeQuery(TypedDict, total=False):
    """The parameters of the two describe actions, all optional."""

    task_ids: Sequence[str]
    """TaskId.N: these tasks only."""

    begin: int
    """BeginTime: created at or after this Unix second. Without it the API lists the last 24 hours."""

    end: int
    """EndTime: created at or before this Unix second. Needs `begin`."""

    status: str
    """Status: tasks in this status only."""

    offset: int
    """Offset: number of tasks to skip."""

    limit: int
    """Limit: maximum number of tasks to return."""

    is_dcdn: bool
    """IsDcdn: the tasks of whole-site acceleration instead of the others."""


class TaskPage(Struct, frozen=True, gc=False):
    """One answer of a describe action."""

    rows: list[TaskRow]
    received: int = 0
    """Number of rows in the answer, readable or not: a scan advances Offset by it."""

    unreadable: int = 0
    """Number of rows and fields that could not be read."""

    unidentified: int = 0
    """Number of rows that may be any known task, because what identifies them could not be read."""

    request_id: str = ""
    decode_seconds: float = 0.0


MAX_REFRESH_URLS = 100
"""Maximum number of URLs in one RefreshNewUcdnDomainCache."""

MAX_PREFETCH_URLS = 1_000
"""Maximum number of URLs in one PrefetchNewUcdnDomainCache."""


class Submitted(NamedTuple):
    """The answer to RefreshNewUcdnDomainCache or PrefetchNewUcdnDomainCache: one task for all URLs of the call."""

    task_id: str
    """TaskId; "" if none came. The task exists all the same."""

    request_id: str = ""


class Project(NamedTuple):
    """A project of the account, from GetProjectList."""

    id: str
    name: str = ""
    is_default: bool = False


class IpLocation(NamedTuple):
    """Where an address is, from QueryIpLocation; "" for what did not come."""

    ip: str
    area: str = ""
    isp: str = ""
    city: str = ""


class TaskKey(NamedTuple):
    """A task's identity. A task without TaskId gets an id made from its content."""

    kind: TaskKind
    id: str


class Task(Struct, frozen=True, gc=False):
    """A task's summary; `TaskStore.urls` returns its URLs. Times in Unix seconds, or None."""

    key: TaskKey
    task_id: str
    """TaskId; "" if none came, and then the task is never requested by id."""

    status: str
    """The API's status, unchanged; "" if none came."""

    type: str = ""
    """Type: file, dir, m3u8 for a refresh; "" for a prefetch."""

    is_dcdn: bool = False
    """Whether the task is for whole-site acceleration: only queries with IsDcdn return it."""

    created: int | None = None
    finished: int | None = None
    """The latest FinishTime of its URLs."""

    last_change: float | None = None
    """The latest of CreateTime, the FinishTimes, and the server time when progress was last seen."""

    percent: int = 0
    """The mean progress of its URLs, rounded down, so that 100 means that all are done."""

    succeeded: int = 0
    failed: int = 0
    processing: int = 0
    waiting: int = 0
    other: int = 0
    """URLs with another status or none."""

    first_url: str = ""

    slowest: int = 100
    """The lowest progress of a URL in wait or process, in percent; 100 if there is none."""

    is_outside: bool = False
    """Whether the task left the window and stays only while it is selected."""

    is_unlisted: bool = False
    """Whether the API no longer lists the task, so that nothing is known of it now. Two full scans decide."""

    @property
    def kind(self) -> TaskKind:
        return self.key.kind

    @property
    def urls(self) -> int:
        """Number of URLs."""
        return self.succeeded + self.failed + self.processing + self.waiting + self.other

    @property
    def done(self) -> int:
        """Number of URLs that succeeded or failed."""
        return self.succeeded + self.failed

    @property
    def outcome(self) -> str:
        """The status to show: failure for a settled task with a failed URL, else the API's status."""
        return Status.FAILURE if self.failed and self.phase is Phase.SETTLED else self.status

    @property
    def phase(self) -> Phase:
        if self.status in (Status.WAIT, Status.PROCESS) or self.processing or self.waiting:
            return Phase.ACTIVE
        if self.status in (Status.SUCCESS, Status.FAILURE):
            return Phase.SETTLED
        return Phase.UNDETERMINED


class UrlProgress(Struct, frozen=True, gc=False):
    """One URL of a task. Times in Unix seconds, or None."""

    url: str
    occurrence: int
    """0 for the URL's first occurrence in its task, 1 for the second, …."""

    status: str
    percent: int
    created: int | None
    finished: int | None

    @property
    def key(self) -> tuple[str, int]:
        return self.url, self.occurrence


def url_percent(row: UrlRow) -> int:
    """Return a URL's progress in percent, clamped to 0–100; 100 if it succeeded."""
    if row.status == Status.SUCCESS:
        return 100
    return min(100, max(0, row.progress or 0))


def url_progress(rows: list[UrlRow]) -> list[UrlProgress]:
    """Return a task's URLs in the API's order."""
    seen: dict[str, int] = {}
    urls = []
    for row in rows:
        url = row.url or ""
        occurrence = seen.get(url, 0)
        seen[url] = occurrence + 1
        urls.append(UrlProgress(url, occurrence, row.status or "", url_percent(row), row.create_time, row.finish_time))
    return urls

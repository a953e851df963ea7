"""The describe actions' rows as they come over the wire, and the domain's Task and UrlProgress: frozen, tolerant."""

from collections.abc import Sequence
from enum import Enum, StrEnum
from typing import Annotated, NamedTuple, TypedDict

from msgspec import Meta, Struct


class TaskKind(StrEnum):
    """What a task does; each kind has its own action, and so its own place to ask."""

    REFRESH = "refresh"
    """DescribeNewUcdnRefreshCacheTask: files or directories are purged."""

    PREFETCH = "prefetch"
    """DescribeNewUcdnPrefetchCacheTask: files are fetched ahead of the first visitor."""


class Status(StrEnum):
    """The documented statuses, by their spelling on the wire. Anything else may come, and is kept as it came."""

    SUCCESS = "success"
    WAIT = "wait"
    PROCESS = "process"
    FAILURE = "failure"
    UNKNOWN = "unknow"


class Phase(Enum):
    """Whether a task can still change, which decides how it is watched."""

    ACTIVE = "active"
    """In wait or process, or with a URL that is."""

    SETTLED = "settled"
    """Success or failure, and no URL in wait or process."""

    UNDETERMINED = "undetermined"
    """Everything else: `unknow`, nonsense, no status."""


INT_LIMIT = 2**53
"""Beyond this no number is a time, a count or a percentage, and JSON itself does not promise to carry it."""

Int = Annotated[int, Meta(ge=-INT_LIMIT, le=INT_LIMIT)]
"""A number of the API's."""


class UrlRow(Struct, frozen=True, gc=False, rename="pascal"):
    """UrlProgressInfo as documented. Times in Unix seconds, progress in per cent; each field may be missing or null."""

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
    """What the two describe actions can be asked, all of it optional."""

    task_ids: Sequence[str]
    """TaskId.N: these tasks only."""

    begin: int
    """BeginTime: created at or after this Unix second. Without it the API looks at the last 24 hours."""

    end: int
    """EndTime: created at or before this Unix second. Needs `begin`."""

    status: str
    """Status: tasks in this status only."""

    offset: int
    """Offset: how many tasks to pass over."""

    limit: int
    """Limit: how many tasks to return at the most."""

    is_dcdn: bool
    """IsDcdn: the tasks of whole-site acceleration instead of the others."""


class TaskPage(Struct, frozen=True, gc=False):
    """One answer of a describe action."""

    rows: list[TaskRow]
    received: int = 0
    """How many rows came, readable or not: by so much a scan moves on."""

    unreadable: int = 0
    """Rows, and fields of rows, that could not be read."""

    request_id: str = ""
    decode_seconds: float = 0.0


class Project(NamedTuple):
    """A project of the account, as GetProjectList has it."""

    id: str
    name: str = ""
    is_default: bool = False


class TaskKey(NamedTuple):
    """What makes a task the same task. A task without TaskId gets an id of our making."""

    kind: TaskKind
    id: str


class Task(Struct, frozen=True, gc=False):
    """A task's summary; its URLs are asked for separately (`TaskStore.urls`). Times in Unix seconds, or None."""

    key: TaskKey
    task_id: str
    """TaskId; "" where none came, and then the task is never asked for by id."""

    status: str
    """As it came; "" where none came."""

    type: str = ""
    """Type: file, dir, m3u8 for a refresh; "" for a prefetch."""

    is_dcdn: bool = False
    """Whether only the query for whole-site acceleration (IsDcdn) returns it."""

    created: int | None = None
    finished: int | None = None
    """The latest FinishTime of its URLs."""

    last_change: float | None = None
    """The latest of CreateTime, the FinishTimes, and the server time at which we saw progress."""

    percent: int = 0
    """The mean over its URLs, rounded down, so that 100 means all of them."""

    succeeded: int = 0
    failed: int = 0
    processing: int = 0
    waiting: int = 0
    other: int = 0
    """URLs whose status is none of the documented four, or missing."""

    first_url: str = ""

    slowest: int = 100
    """The per cent of that URL in wait or process which has come least far; 100 where there is none."""

    is_outside: bool = False
    """The window has it no more: it stays only for as long as somebody looks at it."""

    @property
    def kind(self) -> TaskKind:
        return self.key.kind

    @property
    def urls(self) -> int:
        """How many URLs it has."""
        return self.succeeded + self.failed + self.processing + self.waiting + self.other

    @property
    def done(self) -> int:
        """How many URLs are over, well or badly."""
        return self.succeeded + self.failed

    @property
    def outcome(self) -> str:
        """The status that people are told: a failure once it is over and any URL failed, else the API's own word."""
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
    """0 for the first time that the URL stands in its task, 1 for the second, … ."""

    status: str
    percent: int
    created: int | None
    finished: int | None

    @property
    def key(self) -> tuple[str, int]:
        return self.url, self.occurrence


def url_percent(row: UrlRow) -> int:
    """Return a URL's progress in per cent: clamped to 0–100, and 100 once it succeeded."""
    if row.status == Status.SUCCESS:
        return 100
    return min(100, max(0, row.progress or 0))


def url_progress(rows: list[UrlRow]) -> list[UrlProgress]:
    """Return a task's URLs in the order in which they came."""
    seen: dict[str, int] = {}
    urls = []
    for row in rows:
        url = row.url or ""
        occurrence = seen.get(url, 0)
        seen[url] = occurrence + 1
        urls.append(UrlProgress(url, occurrence, row.status or "", url_percent(row), row.create_time, row.finish_time))
    return urls

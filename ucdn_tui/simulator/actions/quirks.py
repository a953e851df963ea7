"""Where a server may differ from the documents, or the documents leave open what it does."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class Quirks:
    """Ways in which a server may differ from the documents, or from our reading of them."""

    ignores: frozenset[str] = frozenset()
    """Names of ignored parameters: Limit, Offset, TaskId, Status, BeginTime (the list then starts at the first task),
    EndTime, IsDcdn (then whole-site and other tasks are listed together)."""

    page_cap: int | None = None
    """Maximum number of tasks in an answer, whatever the Limit."""

    total_count: Literal["tasks", "urls", "absent"] = "tasks"
    """What TotalCount counts. In the example of the refresh document it is URLs."""

    oldest_first: bool = False

    window_narrows_task_ids: bool = True
    """Whether a query by TaskId finds only tasks in the window."""

    omits_type: bool = False
    """Whether tasks are listed without Type, which was struck from the documents in 2021."""

    omits_task_id: bool = False
    """Whether the answer to a submission lacks the TaskId, which is optional."""

    drops_bad_urls: bool = False
    """Whether malformed URLs and those of unknown domains are left out, without a word. By default one of them refuses
    the whole call."""

    takes_part_of_batch: bool = False
    """Whether a submission that crosses a quota is accepted up to it, without a word. By default it is refused."""

    refuses_mixed_domains: bool = False
    """Whether all URLs of a submission must be of one domain."""

    needs_is_dcdn: bool = False
    """Whether a submission finds whole-site domains only with IsDcdn, and others only without. By default the domain's
    kind is known, and IsDcdn changes nothing."""

    list_omits_dcdn: bool = False
    """Whether GetUcdnDomainInfoList leaves out whole-site domains."""

    quota_fields: Literal["table", "example", "none"] = "table"
    """Which fields GetUcdnDomainPrefetchRefreshState answers: those of the document's table or of its example, or none,
    as all are optional."""

"""The API over an account: flattened parameters in, the answer as a plain dict out, as the documents describe both."""

import hmac
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from ucdn_tui.api.signature import sign
from ucdn_tui.simulator.account import Account
from ucdn_tui.simulator.plan import Kind, Plan, UrlState
from ucdn_tui.simulator.query import Query, RefusalError, parse_query

_KINDS: Mapping[str, Kind] = {
    "DescribeNewUcdnRefreshCacheTask": "refresh",
    "DescribeNewUcdnPrefetchCacheTask": "prefetch",
}

_MAX_REQUESTS = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Quirks:
    """Where a server may differ from the documents, or from what they leave open."""

    ignores: frozenset[str] = frozenset()
    """Parameters that are passed over, by name: Limit, Offset, TaskId, Status, BeginTime (the list then goes back to
    the first task), EndTime, IsDcdn (tasks of both sorts are then listed)."""

    page_cap: int | None = None
    """No answer has more tasks than this, whatever the Limit."""

    total_count: Literal["tasks", "urls", "absent"] = "tasks"
    """What TotalCount counts: the refresh document's example has the URLs."""

    oldest_first: bool = False

    window_narrows_task_ids: bool = True
    """Whether a query by TaskId finds only tasks within the window."""


class Service:
    """Answers requests as the API would.

    A request is examined from the outside in: is it a call at all (160), who makes it (170, 172, 171), which one is it
    (161), for which project (292), for what (230 for a parameter that cannot be read). `requests` keeps the latest
    parameters, without their Signature.
    """

    def __init__(self, account: Account, *, quirks: Quirks | None = None) -> None:
        self.account = account
        self.quirks = quirks or Quirks()
        self.requests: deque[dict[str, str]] = deque(maxlen=_MAX_REQUESTS)

    def handle(self, params: Mapping[str, str]) -> dict[str, Any]:
        """Return the answer to one request: its parameters flattened, the Signature among them."""
        self.requests.append({name: value for name, value in params.items() if name != "Signature"})
        action = params.get("Action", "")
        answered = {"Action": f"{action}Response" if action else ""}
        try:
            return {**answered, "RetCode": 0, **self._answer(action, params)}
        except RefusalError as refusal:
            return {**answered, "RetCode": refusal.code, "Message": refusal.message}

    def _answer(self, action: str, params: Mapping[str, str]) -> dict[str, Any]:
        if not action:
            raise RefusalError(160, "Missing Action")
        self._authenticate(params)
        if action == "GetProjectList":
            return self._project_list()
        if action not in _KINDS:
            raise RefusalError(161, f"Action [{action}] not found")
        project = self._project(params)
        query = parse_query(params, self.account.now(), self.quirks.ignores)
        return self._task_list(_KINDS[action], project, query)

    def _authenticate(self, params: Mapping[str, str]) -> None:
        if not params.get("Signature"):
            raise RefusalError(170, "Missing Signature")
        if params.get("PublicKey") != self.account.public_key:
            raise RefusalError(172, "User not found")
        expected = sign(params, self.account.private_key)
        if not hmac.compare_digest(expected.encode(), params["Signature"].encode()):
            raise RefusalError(171, "Signature VerifyAC Error")

    def _project(self, params: Mapping[str, str]) -> str:
        project = params.get("ProjectId") or self.account.default_project
        if project not in {one.id for one in self.account.projects}:
            raise RefusalError(292, f"Project [{project}] not found")
        return project

    def _project_list(self) -> dict[str, Any]:
        """GetProjectList."""
        account = self.account
        projects = [
            {"ProjectId": one.id, "ProjectName": one.name, "IsDefault": one.id == account.default_project}
            for one in account.projects
        ]
        return {"ProjectCount": len(projects), "ProjectSet": projects}

    def _task_list(self, kind: Kind, project: str, query: Query) -> dict[str, Any]:
        """DescribeNewUcdnRefreshCacheTask and …PrefetchCacheTask: only the page's tasks are worked out in full."""
        plans = self._matching(kind, project, query)
        limits = [limit for limit in (query.limit, self.quirks.page_cap) if limit is not None]
        page = plans[query.offset :][: min(limits, default=None)]
        return {"TaskList": [_task_info(plan, query.now) for plan in page], **self._total_count(plans)}

    def _matching(self, kind: Kind, project: str, query: Query) -> list[Plan]:
        """Return all tasks that the query means, in the order of the list."""
        if query.task_ids:
            plans = self._by_task_id(kind, project, query)
        else:
            plans = self.account.tasks(
                kind, query.is_dcdn, query.now, project_id=project, begin=query.begin, end=query.end
            )
        if query.status is not None:
            plans = [plan for plan in plans if plan.status(query.now) == query.status]
        if self.quirks.oldest_first:
            plans.reverse()
        return plans

    def _by_task_id(self, kind: Kind, project: str, query: Query) -> list[Plan]:
        plans = [
            plan
            for plan in self.account.find(kind, query.task_ids, query.now)
            if plan.project_id == project and query.is_dcdn in {None, plan.is_dcdn}
        ]
        if self.quirks.window_narrows_task_ids:
            return [plan for plan in plans if query.begin <= plan.create_time <= query.end]
        return plans

    def _total_count(self, plans: Sequence[Plan]) -> dict[str, int]:
        match self.quirks.total_count:
            case "tasks":
                return {"TotalCount": len(plans)}
            case "urls":
                return {"TotalCount": sum(len(plan.urls) for plan in plans)}
            case "absent":
                return {}


def _task_info(plan: Plan, now: float) -> dict[str, Any]:
    """TaskInfo; only a refresh has a Type."""
    info: dict[str, Any] = {
        "TaskId": plan.task_id,
        "CreateTime": plan.create_time,
        "Status": plan.status(now),
        "UrlLists": [_url_progress_info(state, plan.create_time) for state in plan.url_states(now)],
    }
    if plan.type is not None:
        info["Type"] = plan.type
    return info


def _url_progress_info(state: UrlState, created: int) -> dict[str, Any]:
    """UrlProgressInfo; FinishTime is there once the URL has one."""
    url, status, progress, finished = state
    info = {"Url": url, "CreateTime": created, "Status": status, "Progress": progress}
    if finished is not None:
        info["FinishTime"] = finished
    return info

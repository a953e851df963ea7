"""The API over an account, as documented: flattened parameters in, the answer as a dict out."""

import hmac
from collections import Counter, deque
from collections.abc import Mapping, Sequence
from typing import Any

from ucdn_tui.api.signature import sign
from ucdn_tui.simulator.account import Account
from ucdn_tui.simulator.actions.domain_answers import domain_config, domain_info_list, quota_state
from ucdn_tui.simulator.actions.ip_locations import ip_locations
from ucdn_tui.simulator.actions.losses import Losses
from ucdn_tui.simulator.actions.parameters import RefusalError
from ucdn_tui.simulator.actions.query import Query, parse_query
from ucdn_tui.simulator.actions.quirks import Quirks
from ucdn_tui.simulator.actions.submissions import SUBMITTING, Submissions
from ucdn_tui.simulator.plan import Kind, Plan, UrlState

_DESCRIBING: Mapping[str, Kind] = {
    "DescribeNewUcdnRefreshCacheTask": "refresh",
    "DescribeNewUcdnPrefetchCacheTask": "prefetch",
}

_ABOUT_DOMAINS = {
    "GetUcdnDomainInfoList": domain_info_list,
    "GetUcdnDomainConfig": domain_config,
    "GetUcdnDomainPrefetchRefreshState": quota_state,
}

_MAX_REQUESTS = 1000


class Service:
    """Answers requests as the API would.

    Checks run in this order: is there an Action (160), is the signature valid (170, 172, 171), is the Action known
    (161), the project (292), are the parameters valid (220, 230). `requests` holds the parameters of the latest
    requests, without the Signature. `losses` are for the transports: `handle` always answers.
    """

    def __init__(self, account: Account, *, quirks: Quirks | None = None, losses: Losses | None = None) -> None:
        self.account = account
        self.quirks = quirks or Quirks()
        self.losses = Losses() if losses is None else losses
        self._submissions = Submissions(account, self.quirks)
        self.requests: deque[dict[str, str]] = deque(maxlen=_MAX_REQUESTS)

    @property
    def submitted(self) -> Counter[tuple[Kind, str]]:
        """How many times each URL, by kind, was accepted, whether or not the client got the answer."""
        return self._submissions.accepted

    def handle(self, params: Mapping[str, str]) -> dict[str, Any]:
        """Answer one request, given its flattened parameters including the Signature."""
        self.requests.append({name: value for name, value in params.items() if name != "Signature"})
        action = params.get("Action", "")
        common = {"Action": f"{action}Response" if action else ""}
        try:
            return {**common, "RetCode": 0, **self._answer(action, params)}
        except RefusalError as refusal:
            return {**common, "RetCode": refusal.code, "Message": refusal.message}

    def _answer(self, action: str, params: Mapping[str, str]) -> dict[str, Any]:
        if not action:
            raise RefusalError(160, "Missing Action")
        self._authenticate(params)
        if action == "GetProjectList":
            return self._project_list()
        if action == "QueryIpLocation":
            return ip_locations(params)
        if action not in {*_DESCRIBING, *SUBMITTING, *_ABOUT_DOMAINS}:
            raise RefusalError(161, f"Action [{action}] not found")
        project = self._project(params)
        if action in SUBMITTING:
            return self._submissions.submit(SUBMITTING[action], project, params)
        if action in _ABOUT_DOMAINS:
            return _ABOUT_DOMAINS[action](self.account, project, params, self.quirks)
        query = parse_query(params, self.account.now(), self.quirks.ignores)
        return self._task_list(_DESCRIBING[action], project, query)

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
        if project not in {known.id for known in self.account.projects}:
            raise RefusalError(292, f"Project [{project}] not found")
        return project

    def _project_list(self) -> dict[str, Any]:
        """GetProjectList."""
        account = self.account
        projects = [
            {"ProjectId": project.id, "ProjectName": project.name, "IsDefault": project.id == account.default_project}
            for project in account.projects
        ]
        return {"ProjectCount": len(projects), "ProjectSet": projects}

    def _task_list(self, kind: Kind, project: str, query: Query) -> dict[str, Any]:
        """DescribeNewUcdnRefreshCacheTask and …PrefetchCacheTask. Only the tasks of the page are evaluated in full."""
        plans = self._matching(kind, project, query)
        limits = [limit for limit in (query.limit, self.quirks.page_cap) if limit is not None]
        page = plans[query.offset :][: min(limits, default=None)]
        return {"TaskList": [self._task_info(plan, query.now) for plan in page], **self._total_count(plans)}

    def _matching(self, kind: Kind, project: str, query: Query) -> list[Plan]:
        """Return all tasks that match the query, in list order."""
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

    def _task_info(self, plan: Plan, now: float) -> dict[str, Any]:
        """TaskInfo. Only a refresh has a Type."""
        info: dict[str, Any] = {
            "TaskId": plan.task_id,
            "CreateTime": plan.create_time,
            "Status": plan.status(now),
            "UrlLists": [_url_progress_info(state, plan.create_time) for state in plan.url_states(now)],
        }
        if plan.type is not None and not self.quirks.omits_type:
            info["Type"] = plan.type
        return info


def _url_progress_info(state: UrlState, created: int) -> dict[str, Any]:
    """UrlProgressInfo. An unfinished URL has no FinishTime."""
    url, status, progress, finished = state
    info = {"Url": url, "CreateTime": created, "Status": status, "Progress": progress}
    if finished is not None:
        info["FinishTime"] = finished
    return info

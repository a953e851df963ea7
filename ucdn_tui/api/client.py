"""UcdnClient: one method per API action."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Final, Self, Unpack

from ucdn_tui.api.caller import Caller
from ucdn_tui.api.decoding.decode import decode_projects, decode_task_id, decode_tasks
from ucdn_tui.api.decoding.decode_domains import (
    decode_domain_configs,
    decode_domains,
    decode_ip_locations,
    decode_quota,
)
from ucdn_tui.api.domains import DomainConfig, DomainList, DomainQuota
from ucdn_tui.api.models import (
    MAX_PREFETCH_URLS,
    MAX_REFRESH_URLS,
    DescribeQuery,
    IpLocation,
    Project,
    Submitted,
    TaskPage,
)
from ucdn_tui.api.signature import Value

DESCRIBE_REFRESH: Final = "DescribeNewUcdnRefreshCacheTask"
DESCRIBE_PREFETCH: Final = "DescribeNewUcdnPrefetchCacheTask"
REFRESH: Final = "RefreshNewUcdnDomainCache"
PREFETCH: Final = "PrefetchNewUcdnDomainCache"
GET_DOMAINS: Final = "GetUcdnDomainInfoList"
GET_QUOTA: Final = "GetUcdnDomainPrefetchRefreshState"
GET_DOMAIN_CONFIGS: Final = "GetUcdnDomainConfig"
GET_PROJECT_LIST: Final = "GetProjectList"
QUERY_IP_LOCATION: Final = "QueryIpLocation"


class UcdnClient(Caller):
    """The UCDN API over one keep-alive connection pool. Every method raises ApiError and nothing else.

    `ApiError.fate` tells whether a request can have had an effect. That of a cancelled call is not known.
    """

    async def get(self) -> Self:
        """Return the client itself; LazyClient has the same method and creates the client first."""
        return self

    async def describe_refresh_tasks(self, **query: Unpack[DescribeQuery]) -> TaskPage:
        """Return refresh tasks (DescribeNewUcdnRefreshCacheTask)."""
        return await self._describe(DESCRIBE_REFRESH, query)

    async def describe_prefetch_tasks(self, **query: Unpack[DescribeQuery]) -> TaskPage:
        """Return prefetch tasks (DescribeNewUcdnPrefetchCacheTask)."""
        return await self._describe(DESCRIBE_PREFETCH, query)

    async def get_project_list(self) -> list[Project]:
        """Return the account's projects (GetProjectList); a sub-account may lack the permission."""
        reply = await self._ask(GET_PROJECT_LIST, {"ProjectId": None}, decode_projects)
        return reply.content

    async def submit_refresh(
        self,
        urls: Sequence[str],
        type: str,  # noqa: A002 - the API's own name
        *,
        is_dcdn: bool = False,
    ) -> Submitted:
        """Purge files, directories or playlists (RefreshNewUcdnDomainCache).

        `type` is `file`, `dir` or `m3u8`, for all URLs. URLs, `is_dcdn` and errors are as in `submit_prefetch`, but
        with up to MAX_REFRESH_URLS, and calls need no time between them.
        """
        return await self._submit(REFRESH, {"Type": type}, urls, MAX_REFRESH_URLS, is_dcdn=is_dcdn)

    async def submit_prefetch(self, urls: Sequence[str], *, is_dcdn: bool = False) -> Submitted:
        """Have files fetched from their origin (PrefetchNewUcdnDomainCache). Calls have to be 10 s apart.

        URLs are sent exactly as given, and once: after an error, `ApiError.fate` says whether they may have arrived.
        `is_dcdn` says that their domains have whole-site acceleration. Raises ValueError for no URLs, or for more than
        MAX_PREFETCH_URLS.
        """
        return await self._submit(PREFETCH, {}, urls, MAX_PREFETCH_URLS, is_dcdn=is_dcdn)

    async def get_domains(self) -> DomainList:
        """Return the domains of the project, or without one of the whole account (GetUcdnDomainInfoList)."""
        # Page 0 has all of them, the default is the first 20.
        params: dict[str, Value] = {"PageIndex": 0, "QueryByProject": True if self._project_id else None}
        reply = await self._ask(GET_DOMAINS, params, decode_domains, repeatable=True)
        return reply.content

    async def get_quota(self, domain_id: str) -> DomainQuota:
        """Return what a domain may submit today (GetUcdnDomainPrefetchRefreshState)."""
        reply = await self._ask(GET_QUOTA, {"DomainId": domain_id}, decode_quota, repeatable=True)
        return reply.content

    async def get_domain_configs(self, domain_ids: Sequence[str] = (), *, is_dcdn: bool = False) -> list[DomainConfig]:
        """Return the configurations of these domains, or of all (GetUcdnDomainConfig).

        Domains with whole-site acceleration are returned only with `is_dcdn`, the others only without it.
        """
        params: dict[str, Value] = {"DomainId": domain_ids, "IsDcdn": is_dcdn or None}
        decode = partial(decode_domain_configs, is_dcdn=is_dcdn)
        reply = await self._ask(GET_DOMAIN_CONFIGS, params, decode, repeatable=True)
        return reply.content

    async def get_ip_locations(self, ips: Sequence[str]) -> list[IpLocation]:
        """Return where these addresses are, without those that the API does not know (QueryIpLocation)."""
        params: dict[str, Value] = {"Ip": ips, "ProjectId": None}
        reply = await self._ask(QUERY_IP_LOCATION, params, decode_ip_locations, repeatable=True)
        return reply.content

    async def _submit(
        self, action: str, params: Mapping[str, Value], urls: Sequence[str], limit: int, *, is_dcdn: bool
    ) -> Submitted:
        if not 0 < len(urls) <= limit:
            raise ValueError(f"{action} takes 1 to {limit} URLs, not {len(urls)}")
        with_urls = {**params, "UrlList": urls, "IsDcdn": is_dcdn or None}
        reply = await self._ask(action, with_urls, decode_task_id, right=f"ucdn:{action}")
        return Submitted(reply.content, reply.request_id)

    async def _describe(self, action: str, query: DescribeQuery) -> TaskPage:
        params: dict[str, Value] = {
            "TaskId": query.get("task_ids"),
            "BeginTime": query.get("begin"),
            "EndTime": query.get("end"),
            "Status": query.get("status"),
            "Offset": query.get("offset"),
            "Limit": query.get("limit"),
            "IsDcdn": query.get("is_dcdn") or None,
        }
        reply = await self._ask(action, params, decode_tasks, repeatable=True)
        answer, unread = reply.content
        rows = answer.task_list or []
        return TaskPage(
            rows,
            received=len(rows) + unread.rows,
            unreadable=unread.items,
            unidentified=unread.unidentified,
            request_id=reply.request_id,
            decode_seconds=reply.decode_seconds,
        )

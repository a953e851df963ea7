"""What the API tells of domains: GetUcdnDomainInfoList, GetUcdnDomainConfig and GetUcdnDomainPrefetchRefreshState."""

from collections.abc import Mapping
from typing import Any

from ucdn_tui.simulator.account import Account
from ucdn_tui.simulator.actions.parameters import flag, members, missing, natural, unavailable
from ucdn_tui.simulator.actions.quirks import Quirks
from ucdn_tui.simulator.domains import Domain
from ucdn_tui.simulator.edges.nodes import ORIGIN

_PAGE_SIZE = 20

_CREATED = 1_700_000_000
"""CreateTime of all domains."""


def domain_info_list(account: Account, project: str, params: Mapping[str, str], quirks: Quirks) -> dict[str, Any]:
    """GetUcdnDomainInfoList. PageIndex 0 stands for everything."""
    size, index = natural(params, "PageSize"), natural(params, "PageIndex")
    if size == 0:
        raise unavailable("PageSize")
    size, index = _PAGE_SIZE if size is None else size, 1 if index is None else index
    listed = [domain for domain in account.domains if not (quirks.list_omits_dcdn and domain.is_dcdn)]
    if flag(params, "QueryByProject"):
        listed = [domain for domain in listed if (domain.project_id or account.default_project) == project]
    page = listed[(index - 1) * size :][:size] if index else listed
    return {
        "TotalCount": len(listed),
        "DomainInfoList": [{"Domain": domain.name, "DomainId": domain.id} for domain in page],
    }


def quota_state(account: Account, _project: str, params: Mapping[str, str], quirks: Quirks) -> dict[str, Any]:
    """GetUcdnDomainPrefetchRefreshState: the quotas of a domain, and what of them was submitted today."""
    if "DomainId" not in params:
        raise missing("DomainId")
    domain = next((domain for domain in account.domains if domain.id == params["DomainId"]), None)
    if domain is None:
        raise unavailable("DomainId")
    now, use = account.now(), account.quota_use
    files, dirs, prefetches = (use.used(domain, kind, now) for kind in ("file", "dir", "prefetch"))
    quotas = {
        "RefreshFileQuota": domain.files,
        "RefreshDirQuota": domain.dirs,
        "PrefetchQuota": domain.prefetches,
    }
    match quirks.quota_fields:
        case "table":
            return quotas | {"SubmitRefreshFile": files, "SubmitRefreshDir": dirs, "SubmitPrefetchCount": prefetches}
        case "example":
            # QuotaCount and SubmitCount are in the example only, and explained nowhere.
            return quotas | {"SubmitRefreshDir": dirs, "QuotaCount": domain.files, "SubmitCount": files}
        case "none":
            return {}


def domain_config(account: Account, _project: str, params: Mapping[str, str], _quirks: Quirks) -> dict[str, Any]:
    """GetUcdnDomainConfig. A domain is listed if it is in all lists that are given; unknown names are not an error."""
    names, ids, is_dcdn = members(params, "Domain"), members(params, "DomainId"), flag(params, "IsDcdn")
    offset, limit = natural(params, "Offset") or 0, natural(params, "Limit")
    listed = [
        domain
        for domain in account.domains
        if domain.is_dcdn == is_dcdn and (not names or domain.name in names) and (not ids or domain.id in ids)
    ]
    return {"DomainList": [_config(domain, account.origin_port) for domain in listed[offset:][:limit]]}


def _config(domain: Domain, origin_port: int) -> dict[str, Any]:
    """DomainConfigInfo. Some names are others in the document's example: this is its table."""
    https = "enable" if domain.has_https else "disable"
    name = domain.name.lstrip("*.")
    return {
        "Domain": domain.name,
        "DomainId": domain.id,
        "Status": domain.status,
        "CdnType": domain.cdn_type,
        "AreaCode": domain.area,
        "Cname": f"{name}.ucloud.com.cn",
        "CreateTime": _CREATED,
        "Tag": "Default",
        "TestUrl": f"http://{name}/",
        "HttpsStatusCn": https if domain.area != "abroad" else "disable",
        "HttpsStatusAbroad": https if domain.area != "cn" else "disable",
        "CertNameCn": "",
        "CertNameAbroad": "",
        "OriginConf": {
            "OriginIpList": [ORIGIN],
            "OriginHost": "" if domain.is_wildcard else name,
            "OriginPort": origin_port,
            "OriginProtocol": "http",
            "OriginFollow301": 0,
            "BackupOriginEnable": False,
        },
        "CacheConf": {
            "CacheHost": domain.cache_host,
            "CacheList": [] if domain.is_dcdn else [_CACHED | {"CacheBehavior": domain.is_cached}],
            "HttpCodeCacheList": [],
            "CacheKeyList": [{"Ignore": domain.ignores_query, "PathPattern": "*", "QueryString": "*"}],
        },
        "AccessControlConf": {
            "IpBlackList": [],
            "ReferConf": {"ReferType": 0, "NullRefer": int(not domain.referers), "ReferList": list(domain.referers)},
        },
        "AdvancedConf": {"HttpClientHeader": [], "HttpOriginHeader": [], "Http2Https": False},
    }


_CACHED = {"PathPattern": "*", "CacheTTL": 30, "CacheUnit": "day", "CacheBehavior": True, "FollowOriginRule": True}

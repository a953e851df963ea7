"""Decoding the answers about domains and addresses, field by field: what cannot be read counts as missing."""

from typing import Any, Final

from ucdn_tui.api.decoding.decode import (
    Answer,
    NotAnAnswerError,
    answer_with,
    parse,
    read_int,
    read_ret_code,
    read_str,
)
from ucdn_tui.api.domains import (
    Allowance,
    CacheKeyRule,
    CacheRule,
    Domain,
    DomainConfig,
    DomainList,
    DomainQuota,
    Origin,
    ReferRule,
)
from ucdn_tui.api.models import IpLocation
from ucdn_tui.i18n import N_

_SECONDS: Final = {"sec": 1, "min": 60, "hour": 3600, "day": 86400}
"""The CacheUnits."""

_TRUTH: Final = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}


def decode_domains(body: bytes) -> Answer[DomainList]:
    """Return GetUcdnDomainInfoList's answer; raises NotAnAnswerError.

    Without a readable TotalCount the list does not count as complete: it may be a page.
    """
    answer = parse(body)
    rows = _rows(answer, "DomainInfoList")
    named = [row for row in rows if isinstance(row, dict) and read_str(row.get("Domain"))]
    domains = tuple(dict.fromkeys(Domain(_text(row, "Domain"), _text(row, "DomainId")) for row in named))
    total = read_int(answer.get("TotalCount"))
    is_complete = len(named) == len(rows) and total is not None and total <= len(rows)
    return answer_with(answer, DomainList(domains, is_complete), f"{len(domains)} domains, TotalCount {total}")


def decode_quota(body: bytes) -> Answer[DomainQuota]:
    """Return GetUcdnDomainPrefetchRefreshState's answer; raises NotAnAnswerError."""
    answer = parse(body)

    def allowance(quota: str, submitted: str) -> Allowance:
        return Allowance(read_int(answer.get(quota)), read_int(answer.get(submitted)))

    quota = DomainQuota(
        files=allowance("RefreshFileQuota", "SubmitRefreshFile"),
        dirs=allowance("RefreshDirQuota", "SubmitRefreshDir"),
        prefetches=allowance("PrefetchQuota", "SubmitPrefetchCount"),
    )
    return answer_with(answer, quota, f"left {quota.files.left}, {quota.dirs.left}, {quota.prefetches.left}")


def decode_domain_configs(body: bytes, *, is_dcdn: bool) -> Answer[list[DomainConfig]]:
    """Return GetUcdnDomainConfig's answer to a query with this IsDcdn; raises NotAnAnswerError."""
    answer = parse(body)
    configs = [_config(row, is_dcdn=is_dcdn) for row in _read_objects(_rows(answer, "DomainList"))]
    return answer_with(answer, configs, f"{len(configs)} domains")


def decode_ip_locations(body: bytes) -> Answer[list[IpLocation]]:
    """Return QueryIpLocation's answer without the rows that tell no place; raises NotAnAnswerError."""
    answer = parse(body)
    rows = [row for row in _read_objects(_rows(answer, "Data")) if _read_bool(row.get("Exist")) is not False]
    found = [IpLocation(*(_text(row, name) for name in ("Ip", "Area", "Isp", "City"))) for row in rows]
    located = [place for place in found if place.ip and any(place[1:])]
    return answer_with(answer, located, f"{len(located)} places")


def _rows(answer: dict[str, Any], name: str) -> list[Any]:
    """Return a list of the answer. A value that is no list would look like an empty one."""
    rows = answer.get(name)
    if read_ret_code(answer) == 0 and not isinstance(rows, list | None):
        raise NotAnAnswerError(N_("{name} is not a list"), name=name)
    return rows if isinstance(rows, list) else []


def _config(row: dict[str, Any], *, is_dcdn: bool) -> DomainConfig:
    cache, access = _object(row, "CacheConf"), _object(row, "AccessControlConf") or _object(row, "AccessConf")
    key_rules = tuple(_cache_key_rule(rule) for rule in _read_objects(cache.get("CacheKeyList")))
    return DomainConfig(
        domain=_text(row, "Domain"),
        id=_text(row, "DomainId"),
        status=_text(row, "Status"),
        cdn_type=_text(row, "CdnType"),
        area=_text(row, "AreaCode"),
        cname=_text(row, "Cname"),
        https_cn=_text(row, "HttpsStatusCn"),
        https_abroad=_text(row, "HttpsStatusAbroad"),
        cache_host=_text(cache, "CacheHost"),
        ignores_query=_ignores_query(key_rules, cache.get("CacheKeyList")),
        cache_key_rules=key_rules,
        cache_rules=tuple(_cache_rule(rule) for rule in _read_objects(cache.get("CacheList"))),
        origin=_origin(_object(row, "OriginConf")),
        # A list in the API's table, a single object in its example.
        refer_rules=tuple(_refer_rule(rule) for rule in _read_objects(access.get("ReferConf"))),
        test_url=_text(row, "TestUrl"),
        is_dcdn=is_dcdn,
    )


def _ignores_query(rules: tuple[CacheKeyRule, ...], given: Any) -> bool | None:
    if any(rule.ignore for rule in rules):
        return True
    is_read = isinstance(given, list) and len(rules) == len(given) and all(rule.ignore is False for rule in rules)
    return False if rules and is_read else None


def _cache_key_rule(row: dict[str, Any]) -> CacheKeyRule:
    return CacheKeyRule(_text(row, "PathPattern"), _read_bool(row.get("Ignore")), _text(row, "QueryString"))


def _cache_rule(row: dict[str, Any]) -> CacheRule:
    behavior = _read_bool(row.get("CacheBehavior"))
    return CacheRule(_text(row, "PathPattern"), None if behavior is False else _seconds(row), behavior)


def _seconds(row: dict[str, Any]) -> int | None:
    time, unit = read_int(row.get("CacheTTL")), _SECONDS.get(_text(row, "CacheUnit").strip().lower())
    return None if time is None or time < 0 or unit is None else time * unit


def _refer_rule(row: dict[str, Any]) -> ReferRule:
    is_blacklist, allows_none = _read_bool(row.get("ReferType")), _read_bool(row.get("NullRefer"))
    return ReferRule(is_blacklist, allows_none, _read_strings(row.get("ReferList")))


def _origin(row: dict[str, Any]) -> Origin:
    return Origin(
        ips=_read_strings(row.get("OriginIpList")),
        host=_text(row, "OriginHost"),
        port=read_int(row.get("OriginPort")),
        protocol=_text(row, "OriginProtocol"),
    )


def _text(row: dict[str, Any], name: str) -> str:
    return read_str(row.get(name)) or ""


def _object(row: dict[str, Any], name: str) -> dict[str, Any]:
    value = row.get(name)
    return value if isinstance(value, dict) else {}


def _read_bool(value: Any) -> bool | None:
    """Return a truth value from one, from 0 or 1, or from a word for it, else None."""
    match value:
        case bool():
            return value
        case 0 | 1:
            return bool(value)
        case str():
            return _TRUTH.get(value.strip().lower())
        case _:
            return None


def _read_strings(value: Any) -> tuple[str, ...]:
    """Return the texts in a list, without the empty ones; one text that stands alone is taken for a list of it."""
    given = value if isinstance(value, list) else [value]
    return tuple(text for item in given if (text := read_str(item)))


def _read_objects(value: Any) -> list[dict[str, Any]]:
    """Return the objects in a list; one object that stands alone is taken for a list of it."""
    given = value if isinstance(value, list) else [value]
    return [item for item in given if isinstance(item, dict)]

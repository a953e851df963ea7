"""Decoding any bytes about domains, places or a submit gives values of the declared types, or NotAnAnswerError."""

import json
from collections.abc import Callable
from functools import partial
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from support.data.any_json import ANY_JSON, ANY_TEXT
from ucdn_tui.api.decoding.decode import Answer, NotAnAnswerError, decode_task_id
from ucdn_tui.api.decoding.decode_domains import (
    decode_domain_configs,
    decode_domains,
    decode_ip_locations,
    decode_quota,
)
from ucdn_tui.api.domains import DomainConfig, DomainList, DomainQuota
from ucdn_tui.api.models import IpLocation


def record(**fields: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Return objects in which any of these fields may be missing or junk, or junk in their place."""
    return st.fixed_dictionaries({}, optional={name: value | ANY_JSON for name, value in fields.items()}) | ANY_JSON


def rows(row: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.lists(row, max_size=3)


KEY = record(Ignore=st.booleans(), PathPattern=ANY_TEXT, QueryString=ANY_TEXT)
CACHE = record(
    CacheTTL=st.integers(0, 400),
    CacheUnit=st.sampled_from(["sec", "min", "hour", "day"]),
    CacheBehavior=st.booleans(),
    PathPattern=ANY_TEXT,
)
REFER = record(ReferType=st.integers(0, 1), NullRefer=st.integers(0, 1), ReferList=rows(ANY_TEXT))
ACCESS = record(ReferConf=rows(REFER) | REFER)
CONFIG = record(
    Domain=ANY_TEXT,
    DomainId=ANY_TEXT,
    Status=ANY_TEXT,
    CdnType=ANY_TEXT,
    CacheConf=record(CacheHost=ANY_TEXT, CacheList=rows(CACHE), CacheKeyList=rows(KEY)),
    AccessControlConf=ACCESS,
    AccessConf=ACCESS,
    OriginConf=record(OriginIpList=rows(ANY_TEXT), OriginHost=ANY_TEXT, OriginPort=st.integers(0, 65535)),
    TestUrl=ANY_TEXT,
)
NUMBER = st.integers(-10, 1000)

DOCUMENT = st.fixed_dictionaries(
    {"RetCode": st.just(0) | ANY_JSON},
    optional={
        "Action": ANY_TEXT | ANY_JSON,
        "Message": ANY_TEXT | ANY_JSON,
        "TaskId": ANY_TEXT | ANY_JSON,
        "TotalCount": NUMBER | ANY_JSON,
        "DomainInfoList": rows(record(Domain=ANY_TEXT, DomainId=ANY_TEXT)) | ANY_JSON,
        "DomainList": rows(CONFIG) | ANY_JSON,
        "Data": rows(record(Ip=ANY_TEXT, Area=ANY_TEXT, City=ANY_TEXT, Exist=st.booleans())) | ANY_JSON,
        "RefreshFileQuota": NUMBER | ANY_JSON,
        "SubmitRefreshFile": NUMBER | ANY_JSON,
        "PrefetchQuota": NUMBER | ANY_JSON,
    },
)

DECODERS: list[tuple[Callable[[bytes], Answer[Any]], Any]] = [
    (decode_task_id, str),
    (decode_domains, DomainList),
    (decode_quota, DomainQuota),
    (decode_ip_locations, list[IpLocation]),
    (partial(decode_domain_configs, is_dcdn=True), list[DomainConfig]),
]


def check(body: bytes) -> None:
    """Decode the body in each way; assert that the content has its declared types and can be encoded."""
    for decode, declared in DECODERS:
        try:
            answer = decode(body)
        except NotAnAnswerError:
            continue
        assert type(answer.ret_code) is int
        assert answer.summary.isprintable()
        plain = msgspec.to_builtins(answer.content)
        assert msgspec.convert(plain, declared, strict=True) == answer.content
        json.dumps(plain, ensure_ascii=False).encode()


@given(document=DOCUMENT | ANY_JSON, escaped=st.booleans())
def test_junk_in_any_field_raises_nothing_else(document: Any, escaped: bool) -> None:
    check(json.dumps(document, ensure_ascii=escaped).encode("utf-8", "surrogatepass"))


@given(st.binary(max_size=200))
def test_any_bytes_raise_nothing_else(body: bytes) -> None:
    check(body)


@given(
    domains=st.lists(st.dictionaries(st.sampled_from(["Domain", "DomainId"]), ANY_JSON), max_size=5),
    total=NUMBER | ANY_JSON,
)
def test_a_list_is_complete_only_if_all_of_it_was_read(domains: list[Any], total: Any) -> None:
    try:
        found = decode_domains(json.dumps({"RetCode": 0, "TotalCount": total, "DomainInfoList": domains}).encode())
    except NotAnAnswerError:
        return
    if found.content.is_complete:
        assert len(found.content.domains) <= len(domains)
        assert all(row.get("Domain") is not None for row in domains)
        assert float(total) < len(domains) + 1


@pytest.mark.parametrize("body", [b"", b"[]", b"null", b"<html>", b"{}", b'{"RetCode": null}', b'{"RetCode": 0.5}'])
def test_what_is_no_answer_is_refused(body: bytes) -> None:
    for decode, _declared in DECODERS:
        with pytest.raises(NotAnAnswerError):
            decode(body)

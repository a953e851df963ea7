"""The configurations of domains, as far as the diagnosis needs them, from documented and odd answers."""

from typing import Any

import pytest

from api.answers import body
from support.servers.client_calls import client_of
from support.servers.raw_server import RawServer, answer
from ucdn_tui.api.decoding.decode_domains import decode_domain_configs
from ucdn_tui.api.domains import (
    CacheKeyRule,
    CacheRule,
    DomainConfig,
    Origin,
    ReferRule,
)

EXAMPLE = """{
  "Action": " GetUcdnDomainConfigResponse",
  "DomainList": [{
    "AccessConf": {
      "IpBlackList": ["2.2.2.2", "3.3.3.3"],
      "ReferConf": {"NullRefer": 0, "ReferList": ["www.baidu.com", "www.ucloud.com"], "ReferType": 0}
    },
    "AdvancedConf": {"Http2Https": true, "HttpClientHeader": ["Access-Control-Allow-Origin:*"]},
    "AreaCode": "cn",
    "CacheConf": {
      "CacheHost": "share.ucloud.cn",
      "CacheList": [
        {"CacheBehavior": true, "CacheTTL": 12, "CacheUnit": "hour", "Description": "网站首页",
         "FollowOriginRule": false, "IgnoreQueryString": true, "PathPattern": "/"},
        {"CacheBehavior": true, "CacheTTL": 12, "CacheUnit": "hour", "Description": "所有文件",
         "FollowOriginRule": false, "IgnoreQueryString": true, "PathPattern": "/*.*"}
      ]
    },
    "CdnType": "web",
    "CertName": "ucloud_2019",
    "Cname": "9sqlhpr2.cdn.ucloud.cn",
    "CreateTime": 1392974921,
    "Domain": "abc.ucloud.cn",
    "DomainId": "domain-0331qd",
    "HttpsStatusAbroad": "disable",
    "HttpsStatusCn": "enable",
    "OriginConf": {"OriginFollow301": 0, "OriginHost": "www.xx.com", "OriginIpList": ["1.1.1.1", "2.2.2.2"],
      "OriginPort": 80, "OriginProtocol": "http"},
    "Status": "enable",
    "Tag": "Default",
    "TestUrl": "http://static.ucloud.cn/logogg.jpg"
  }],
  "RetCode": 0
}"""
"""The example of GetUcdnDomainConfig, shortened, and with two different states of HTTPS."""


@pytest.mark.parametrize("is_dcdn", [False, True])
async def test_the_documented_configuration_is_read(is_dcdn: bool) -> None:
    async with RawServer(answer(EXAMPLE.encode())) as server, client_of(server) as client:
        (config,) = await client.get_domain_configs(is_dcdn=is_dcdn)
    assert config == DomainConfig(
        domain="abc.ucloud.cn",
        id="domain-0331qd",
        status="enable",
        cdn_type="web",
        area="cn",
        cname="9sqlhpr2.cdn.ucloud.cn",
        https_cn="enable",
        https_abroad="disable",
        cache_host="share.ucloud.cn",
        ignores_query=None,
        cache_key_rules=(),
        cache_rules=(CacheRule("/", 43200, True), CacheRule("/*.*", 43200, True)),
        origin=Origin(("1.1.1.1", "2.2.2.2"), "www.xx.com", 80, "http"),
        refer_rules=(ReferRule(False, False, ("www.baidu.com", "www.ucloud.com")),),
        test_url="http://static.ucloud.cn/logogg.jpg",
        is_dcdn=is_dcdn,
    )


def config_of(**fields: Any) -> DomainConfig:
    (config,) = decode_domain_configs(body(DomainList=[fields]), is_dcdn=False).content
    return config


def test_a_configuration_may_lack_everything() -> None:
    assert config_of() == DomainConfig()
    assert decode_domain_configs(body(), is_dcdn=True).content == []
    assert decode_domain_configs(body(DomainList=None), is_dcdn=True).content == []


def test_a_row_that_is_no_object_costs_no_other() -> None:
    rows = [None, {"Domain": "a"}, "b", ["c"], {"Domain": "d"}]
    assert [config.domain for config in decode_domain_configs(body(DomainList=rows), is_dcdn=False).content] == [
        "a",
        "d",
    ]


@pytest.mark.parametrize("junk", [None, "", True, [], {}, [[{}]], "text", 7, -1e400], ids=repr)
@pytest.mark.parametrize(
    "name",
    ["Domain", "Status", "OriginConf", "CacheConf", "AccessControlConf", "AccessConf", "TestUrl", "Unknown"],
)
def test_an_odd_field_costs_no_other(name: str, junk: Any) -> None:
    config = config_of(**{"DomainId": "ucdn-a", "Cname": "a.ucloud.com.cn", name: junk})
    assert (config.id, config.cname) == ("ucdn-a", "a.ucloud.com.cn")
    assert (config.origin, config.cache_rules, config.refer_rules) == (Origin(), (), ())
    assert (
        config.domain == config.status == config.test_url
        or str(junk) in config.domain + config.status + config.test_url
    )


RULE = {"Ignore": True, "PathPattern": "/a/.*", "QueryString": "$x+$y"}

OFF = {**RULE, "Ignore": False}


@pytest.mark.parametrize(
    ("given", "ignores_query"),
    [
        ([RULE], True),
        ([OFF, RULE], True),
        ([OFF], False),
        ([OFF, OFF], False),
        ([{**RULE, "Ignore": "true"}], True),
        ([{**RULE, "Ignore": 1}], True),
        ([{**RULE, "Ignore": "False"}, {**RULE, "Ignore": 0}], False),
        ([], None),
        (None, None),
        ([{**RULE, "Ignore": None}], None),
        ([{**RULE, "Ignore": "perhaps"}, OFF], None),
        ([{**RULE, "Ignore": 2}], None),
        ([{**RULE, "Ignore": None}, RULE], True),
        ([OFF, "text"], None),
        (["text", RULE], True),
        (RULE, True),
        (OFF, None),
        ("text", None),
        (True, None),
    ],
    ids=repr,
)
def test_the_query_is_ignored_if_a_rule_says_so(given: Any, ignores_query: bool | None) -> None:
    assert config_of(CacheConf={"CacheKeyList": given}).ignores_query is ignores_query


def test_the_rules_of_the_cache_key_are_read() -> None:
    rules = [RULE, {"Ignore": "no", "PathPattern": 7, "QueryString": None}, {}]
    assert config_of(CacheConf={"CacheKeyList": rules}).cache_key_rules == (
        CacheKeyRule("/a/.*", True, "$x+$y"),
        CacheKeyRule("7", False, ""),
        CacheKeyRule("", None, ""),
    )


@pytest.mark.parametrize(
    ("fields", "ttl", "behavior"),
    [
        ({"CacheTTL": 90, "CacheUnit": "sec", "CacheBehavior": True}, 90, True),
        ({"CacheTTL": 2, "CacheUnit": "min", "CacheBehavior": True}, 120, True),
        ({"CacheTTL": 2, "CacheUnit": "hour", "CacheBehavior": 1}, 7200, True),
        ({"CacheTTL": 365, "CacheUnit": "day", "CacheBehavior": "true"}, 31_536_000, True),
        ({"CacheTTL": "2", "CacheUnit": "Day"}, 172_800, None),
        ({"CacheTTL": 0, "CacheUnit": "day"}, 0, None),
        ({"CacheTTL": 2, "CacheUnit": "day", "CacheBehavior": False}, None, False),
        ({"CacheTTL": 2, "CacheUnit": "week", "CacheBehavior": True}, None, True),
        ({"CacheTTL": 2, "CacheBehavior": True}, None, True),
        ({"CacheTTL": 2, "CacheUnit": ["day"]}, None, None),
        ({"CacheTTL": -1, "CacheUnit": "day"}, None, None),
        ({"CacheTTL": True, "CacheUnit": "day"}, None, None),
        ({"CacheUnit": "day", "CacheBehavior": "perhaps"}, None, None),
        ({}, None, None),
    ],
    ids=repr,
)
def test_the_time_in_the_cache_is_in_seconds(fields: dict[str, Any], ttl: int | None, behavior: bool | None) -> None:
    rules = [{"PathPattern": "/x", **fields}, None]
    assert config_of(CacheConf={"CacheList": rules}).cache_rules == (CacheRule("/x", ttl, behavior),)


BLACK = {"ReferType": 1, "NullRefer": 1, "ReferList": ["evil.example"]}

BLACK_RULE = ReferRule(True, True, ("evil.example",))


@pytest.mark.parametrize(
    ("fields", "rules"),
    [
        ({"AccessControlConf": {"ReferConf": [BLACK]}}, (BLACK_RULE,)),
        ({"AccessConf": {"ReferConf": [BLACK]}}, (BLACK_RULE,)),
        ({"AccessControlConf": {"ReferConf": BLACK}}, (BLACK_RULE,)),
        ({"AccessControlConf": {}, "AccessConf": {"ReferConf": BLACK}}, (BLACK_RULE,)),
        ({"AccessControlConf": None, "AccessConf": {"ReferConf": BLACK}}, (BLACK_RULE,)),
        ({"AccessControlConf": {"ReferConf": [BLACK]}, "AccessConf": {"ReferConf": [{}]}}, (BLACK_RULE,)),
        ({"AccessConf": {"ReferConf": [{"ReferList": "one"}, 7]}}, (ReferRule(None, None, ("one",)),)),
        (
            {
                "AccessConf": {
                    "ReferConf": [{"ReferType": "0", "NullRefer": False, "ReferList": ["a", "", None, 7, []]}]
                }
            },
            (ReferRule(False, False, ("a", "7")),),
        ),
        ({"AccessConf": {"ReferConf": [{"ReferType": 2, "NullRefer": "maybe", "ReferList": {}}]}}, (ReferRule(),)),
        ({"AccessConf": {"ReferConf": []}}, ()),
        ({"AccessConf": {}}, ()),
    ],
    ids=repr,
)
def test_refer_rules_are_read_under_both_names_and_in_both_forms(
    fields: dict[str, Any], rules: tuple[ReferRule, ...]
) -> None:
    assert config_of(**fields).refer_rules == rules


@pytest.mark.parametrize(
    ("fields", "origin"),
    [
        ({"OriginIpList": "1.1.1.1"}, Origin(ips=("1.1.1.1",))),
        ({"OriginIpList": ""}, Origin()),
        ({"OriginIpList": [None, "origin.example.com", {}]}, Origin(ips=("origin.example.com",))),
        ({"OriginPort": "8080", "OriginProtocol": "http|https"}, Origin(port=8080, protocol="http|https")),
        ({"OriginPort": "http"}, Origin()),
        ({"OriginHost": ["a"]}, Origin()),
    ],
    ids=repr,
)
def test_an_origin_is_read_as_far_as_it_can_be(fields: dict[str, Any], origin: Origin) -> None:
    assert config_of(OriginConf=fields).origin == origin

"""The lists of an account's domains, and their configuration."""

from typing import Any

import pytest

from simulator.harness import ApiCalls, ManualClock, refused
from ucdn_tui.simulator.account import Account
from ucdn_tui.simulator.actions.service import Service
from ucdn_tui.simulator.domains import DEFAULT_DOMAINS, Domain


@pytest.fixture
def many(now: ManualClock) -> ApiCalls:
    """Calls to an account of 45 domains, `0.example.com` and so on."""
    return ApiCalls(Service(Account(now, domains=[Domain(name=f"{number}.example.com") for number in range(45)])))


def _numbers(answer: dict[str, Any]) -> list[int]:
    assert answer["RetCode"] == 0, answer
    return [int(domain["Domain"].partition(".")[0]) for domain in answer["DomainInfoList"]]


def _names(answer: dict[str, Any]) -> list[str]:
    assert answer["RetCode"] == 0, answer
    return [domain["Domain"] for domain in answer["DomainList"]]


class TestInfoList:
    @pytest.mark.parametrize(
        ("params", "expected"),
        [
            ({}, range(20)),
            ({"PageIndex": 1}, range(20)),
            ({"PageIndex": 3}, range(40, 45)),
            ({"PageIndex": 4}, range(0)),
            ({"PageIndex": 0}, range(45)),
            ({"PageIndex": 0, "PageSize": 7}, range(45)),
            ({"PageIndex": 2, "PageSize": 7}, range(7, 14)),
        ],
    )
    def test_pages_are_counted_from_1_and_page_0_is_everything(
        self, many: ApiCalls, params: dict[str, int], expected: range
    ) -> None:
        answer = many("GetUcdnDomainInfoList", **params)
        assert _numbers(answer) == list(expected)
        assert answer["TotalCount"] == 45

    def test_domains_have_a_name_and_an_id(self, api: ApiCalls) -> None:
        answer = api("GetUcdnDomainInfoList", PageIndex=0)
        assert answer["DomainInfoList"] == [
            {"Domain": domain.name, "DomainId": domain.id} for domain in DEFAULT_DOMAINS
        ]
        assert len({domain.id for domain in DEFAULT_DOMAINS}) == len(DEFAULT_DOMAINS)

    def test_query_by_project_lists_only_the_projects_domains(self, account: Account, api: ApiCalls) -> None:
        def names(**params: object) -> set[str]:
            answer = api("GetUcdnDomainInfoList", PageIndex=0, **params)
            assert answer["TotalCount"] == len(answer["DomainInfoList"])
            return {domain["Domain"] for domain in answer["DomainInfoList"]}

        everything, side = {domain.name for domain in DEFAULT_DOMAINS}, {"ProjectId": account.projects[1].id}
        assert names(**side) == names(**side, QueryByProject="false") == everything
        assert names(**side, QueryByProject="true") == {"campaign.example.com"}
        assert names(QueryByProject="true") == everything - {"campaign.example.com"}

    @pytest.mark.parametrize(
        ("name", "value"), [("PageSize", "0"), ("PageSize", "x"), ("PageIndex", "-1"), ("QueryByProject", "1")]
    )
    def test_invalid_parameters_are_refused(self, api: ApiCalls, name: str, value: str) -> None:
        answer = api("GetUcdnDomainInfoList", **{name: value})
        assert refused(answer) == (230, f"Params [{name}] not available")


class TestConfig:
    def test_whole_site_domains_are_listed_only_with_is_dcdn(self, api: ApiCalls) -> None:
        whole = ["app.example.org"]
        others = [domain.name for domain in DEFAULT_DOMAINS if domain.name not in whole]
        assert _names(api("GetUcdnDomainConfig")) == _names(api("GetUcdnDomainConfig", IsDcdn="false")) == others
        assert _names(api("GetUcdnDomainConfig", IsDcdn="true")) == whole

    @pytest.mark.parametrize(
        ("params", "expected"),
        [
            ({"Offset": 43}, [43, 44]),
            ({"Limit": 2}, [0, 1]),
            ({"Offset": 3, "Limit": 2}, [3, 4]),
            ({"Domain": ["7.example.com", "none.example.com", "5.example.com"]}, [5, 7]),
            ({"DomainId": [Domain(name="9.example.com").id]}, [9]),
            ({"Domain": ["7.example.com"], "DomainId": [Domain(name="9.example.com").id]}, []),
        ],
    )
    def test_domains_can_be_selected_and_paged(
        self, many: ApiCalls, params: dict[str, object], expected: list[int]
    ) -> None:
        answer = many("GetUcdnDomainConfig", **params)
        assert _names(answer) == [f"{number}.example.com" for number in expected]

    def test_configuration_is_in_the_shape_of_the_documents_table(self, now: ManualClock) -> None:
        domain = Domain(
            name="dl.example.com",
            id="ucdn-x",
            cdn_type="download",
            ignores_query=True,
            cache_host="img.example.com",
            area="cn",
        )
        (config,) = ApiCalls(Service(Account(now, domains=[domain])))("GetUcdnDomainConfig")["DomainList"]
        told = {name: config[name] for name in ("Domain", "DomainId", "Status", "CdnType", "AreaCode", "Cname")}
        assert told == {
            "Domain": "dl.example.com",
            "DomainId": "ucdn-x",
            "Status": "enable",
            "CdnType": "download",
            "AreaCode": "cn",
            "Cname": "dl.example.com.ucloud.com.cn",
        }
        assert (config["HttpsStatusCn"], config["HttpsStatusAbroad"]) == ("enable", "disable")
        assert config["CacheConf"]["CacheHost"] == "img.example.com"
        assert config["CacheConf"]["CacheKeyList"][0]["Ignore"] is True
        assert set(config["CacheConf"]["CacheList"][0]) >= {"PathPattern", "CacheTTL", "CacheUnit", "CacheBehavior"}
        assert set(config["OriginConf"]) >= {"OriginIpList", "OriginHost", "OriginPort", "OriginProtocol"}
        assert set(config["AccessControlConf"]["ReferConf"]) == {"ReferType", "NullRefer", "ReferList"}

    def test_cache_host_is_by_default_the_domain_and_the_query_part_of_the_key(self, many: ApiCalls) -> None:
        cache = many("GetUcdnDomainConfig", Limit=1)["DomainList"][0]["CacheConf"]
        assert (cache["CacheHost"], cache["CacheKeyList"][0]["Ignore"]) == ("0.example.com", False)

    def test_whole_site_domains_cache_nothing_by_default(self, api: ApiCalls) -> None:
        assert api("GetUcdnDomainConfig", IsDcdn="true")["DomainList"][0]["CacheConf"]["CacheList"] == []

    def test_domain_list_begins_at_0(self, api: ApiCalls) -> None:
        answer = api("GetUcdnDomainConfig", **{"Domain.1": "img.example.com"})
        assert refused(answer) == (220, "Missing params [Domain.0]")

    @pytest.mark.parametrize(("name", "value"), [("Offset", "x"), ("Limit", "-1"), ("IsDcdn", "1")])
    def test_invalid_parameters_are_refused(self, api: ApiCalls, name: str, value: str) -> None:
        assert refused(api("GetUcdnDomainConfig", **{name: value})) == (230, f"Params [{name}] not available")


@pytest.mark.parametrize(
    "action",
    [
        "GetUcdnDomainInfoList",
        "GetUcdnDomainConfig",
        "GetUcdnDomainPrefetchRefreshState",
        "RefreshNewUcdnDomainCache",
        "PrefetchNewUcdnDomainCache",
    ],
)
def test_unknown_project_and_wrong_signature_are_refused_first(service: Service, api: ApiCalls, action: str) -> None:
    assert api(action, ProjectId="org-none")["RetCode"] == 292
    request = {"Action": action, "PublicKey": service.account.public_key, "Signature": "0"}
    assert service.handle(request)["RetCode"] == 171

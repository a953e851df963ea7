"""The domains and their quotas: what is asked for, and what is read from odd answers."""

import json
from typing import Any

import pytest

from api.answers import body
from support.servers.client_calls import PRIVATE_KEY, PUBLIC_KEY, client_of
from support.servers.raw_server import RawServer, answer, reset
from ucdn_tui.api.client import GET_DOMAIN_CONFIGS, GET_DOMAINS, GET_QUOTA, UcdnClient
from ucdn_tui.api.decoding.decode import NotAnAnswerError
from ucdn_tui.api.decoding.decode_domains import decode_domain_configs, decode_domains, decode_quota
from ucdn_tui.api.domains import (
    Allowance,
    Domain,
    DomainList,
    DomainQuota,
    domain_key,
    find_domain,
)
from ucdn_tui.api.signature import sign
from ucdn_tui.errors import ProtocolError

NOTHING = answer(b'{"RetCode": 0}')


@pytest.mark.parametrize(
    ("ask", "action", "parameters"),
    [
        (lambda client: client.get_domains(), GET_DOMAINS, {"PageIndex": "0"}),
        (lambda client: client.get_quota("ucdn-一"), GET_QUOTA, {"DomainId": "ucdn-一"}),
        (lambda client: client.get_domain_configs(), GET_DOMAIN_CONFIGS, {}),
        (
            lambda client: client.get_domain_configs(["ucdn-a", "ucdn-b"], is_dcdn=True),
            GET_DOMAIN_CONFIGS,
            {"DomainId.0": "ucdn-a", "DomainId.1": "ucdn-b", "IsDcdn": "true"},
        ),
        (lambda client: client.get_domain_configs(["a"], is_dcdn=False), GET_DOMAIN_CONFIGS, {"DomainId.0": "a"}),
    ],
)
@pytest.mark.parametrize("project", [None, "", "org-项目"])
async def test_a_query_is_a_signed_form_post_with_exactly_its_parameters(
    ask: Any, action: str, parameters: dict[str, str], project: str | None
) -> None:
    async with RawServer(NOTHING) as server, client_of(server, project_id=project) as client:
        await ask(client)
    (request,) = server.requests
    form = request.form
    assert form.pop("Signature") == sign(form, PRIVATE_KEY)
    by_project = {"QueryByProject": "true"} if action == GET_DOMAINS and project else {}
    given = {} if project is None else {"ProjectId": project}
    assert form == {"Action": action, "PublicKey": PUBLIC_KEY, **given, **by_project, **parameters}


@pytest.mark.parametrize(
    "ask",
    [UcdnClient.get_domains, UcdnClient.get_domain_configs, lambda client: client.get_quota("ucdn-a")],
    ids=["domains", "configs", "quota"],
)
async def test_a_query_on_an_idle_connection_that_the_server_closes_is_sent_again(ask: Any) -> None:
    async with RawServer(NOTHING, reset(), NOTHING) as server, client_of(server) as client:
        for _ in range(2):
            await ask(client)
    assert [request.connection for request in server.requests] == [0, 0, 1]


@pytest.mark.parametrize(
    ("ask", "action"),
    [
        (UcdnClient.get_domains, GET_DOMAINS),
        (UcdnClient.get_domain_configs, GET_DOMAIN_CONFIGS),
        (lambda client: client.get_quota("ucdn-a"), GET_QUOTA),
    ],
    ids=["domains", "configs", "quota"],
)
async def test_another_actions_answer_is_refused(ask: Any, action: str) -> None:
    named = [f"{action}Response", action, f" {action}Response", "GetProjectListResponse"]
    behaviours = [answer(json.dumps({"RetCode": 0, "Action": name}).encode()) for name in named]
    async with RawServer(*behaviours) as server, client_of(server) as client:
        for _ in range(3):
            await ask(client)
        with pytest.raises(ProtocolError, match="another action"):
            await ask(client)


A, B = {"Domain": "a.example.com", "DomainId": "ucdn-a"}, {"Domain": ".b.example.com", "DomainId": "ucdn-b"}

DOMAIN_A, DOMAIN_B = Domain("a.example.com", "ucdn-a"), Domain(".b.example.com", "ucdn-b")


@pytest.mark.parametrize(
    ("fields", "domains", "is_complete"),
    [
        ({"TotalCount": 2, "DomainInfoList": [A, B]}, [DOMAIN_A, DOMAIN_B], True),
        ({"TotalCount": 0, "DomainInfoList": []}, [], True),
        ({"TotalCount": 0, "DomainInfoList": None}, [], True),
        ({"TotalCount": 0}, [], True),
        ({"TotalCount": "2", "DomainInfoList": [A, B]}, [DOMAIN_A, DOMAIN_B], True),
        ({"TotalCount": 1, "DomainInfoList": [A, B]}, [DOMAIN_A, DOMAIN_B], True),
        ({"TotalCount": 2, "DomainInfoList": [A, A]}, [DOMAIN_A], True),
        ({"TotalCount": 3, "DomainInfoList": [A, B]}, [DOMAIN_A, DOMAIN_B], False),
        ({"TotalCount": 3}, [], False),
        ({"DomainInfoList": [A, B]}, [DOMAIN_A, DOMAIN_B], False),
        ({"TotalCount": "two", "DomainInfoList": [A, B]}, [DOMAIN_A, DOMAIN_B], False),
        ({"TotalCount": 2, "DomainInfoList": [A, None]}, [DOMAIN_A], False),
        ({"TotalCount": 2, "DomainInfoList": ["text", B]}, [DOMAIN_B], False),
        ({"TotalCount": 2, "DomainInfoList": [A, {"DomainId": "ucdn-b"}]}, [DOMAIN_A], False),
        ({"TotalCount": 2, "DomainInfoList": [A, {**B, "Domain": ["x"]}]}, [DOMAIN_A], False),
        ({"TotalCount": 2, "DomainInfoList": [A, {**B, "Domain": ""}]}, [DOMAIN_A], False),
        ({"TotalCount": 1, "DomainInfoList": [{"Domain": "a"}]}, [Domain("a", "")], True),
        ({"TotalCount": 1, "DomainInfoList": [{"Domain": "a", "DomainId": 7}]}, [Domain("a", "7")], True),
        ({"TotalCount": 1, "DomainInfoList": [{"Domain": "\ud800", "DomainId": {}}]}, [Domain("\ufffd", "")], True),
    ],
    ids=repr,
)
def test_domains_are_read_and_the_list_is_complete_or_not(
    fields: dict[str, Any], domains: list[Domain], is_complete: bool
) -> None:
    assert decode_domains(body(**fields)).content == DomainList(tuple(domains), is_complete)


@pytest.mark.parametrize("rows", [{}, {"0": A}, "a.example.com", 7, True, False, 0], ids=repr)
def test_rows_that_are_no_list_are_no_answer(rows: Any) -> None:
    with pytest.raises(NotAnAnswerError, match="DomainInfoList is not a list"):
        decode_domains(body(DomainInfoList=rows))
    with pytest.raises(NotAnAnswerError, match="DomainList is not a list"):
        decode_domain_configs(body(DomainList=rows), is_dcdn=False)
    assert decode_domains(body(RetCode=230, DomainInfoList=rows)).ret_code == 230
    assert decode_domain_configs(body(RetCode=230, DomainList=rows), is_dcdn=False).ret_code == 230


def test_the_documented_quota_is_read() -> None:
    """The example has names that its table lacks, more submitted than allowed, and two counts are missing."""
    fields = {"PrefetchQuota": 6, "QuotaCount": 8, "RefreshDirQuota": 3, "RefreshFileQuota": 4, "SubmitCount": 5}
    quota = decode_quota(body(**fields, SubmitRefreshDir=9)).content
    assert quota == DomainQuota(Allowance(4, None), Allowance(3, 9), Allowance(6, None))
    assert [allowance.left for allowance in quota] == [None, 0, None]


def test_each_number_of_a_quota_has_its_field() -> None:
    fields = {
        "RefreshFileQuota": 700,
        "SubmitRefreshFile": 1,
        "RefreshDirQuota": 20,
        "SubmitRefreshDir": 2,
        "PrefetchQuota": 500,
        "SubmitPrefetchCount": 3,
    }
    quota = decode_quota(body(**fields)).content
    assert quota == DomainQuota(files=Allowance(700, 1), dirs=Allowance(20, 2), prefetches=Allowance(500, 3))
    assert [allowance.left for allowance in quota] == [699, 18, 497]


@pytest.mark.parametrize(
    ("given", "number"),
    [
        (0, 0),
        ("12", 12),
        (12.0, 12),
        (None, None),
        ("", None),
        ("many", None),
        (True, None),
        ([1], None),
        (2**60, None),
    ],
)
def test_a_number_of_a_quota_is_read_or_missing(given: Any, number: int | None) -> None:
    assert decode_quota(body(RefreshFileQuota=given)).content.files == Allowance(number, None)
    assert decode_quota(body(SubmitRefreshFile=given)).content.files == Allowance(None, number)


@pytest.mark.parametrize(
    ("quota", "submitted", "left"),
    [(700, 0, 700), (700, 700, 0), (3, 9, 0), (0, 0, 0), (None, 0, None), (0, None, None), (None, None, None)],
)
def test_what_is_left_is_never_negative_and_never_guessed(
    quota: int | None, submitted: int | None, left: int | None
) -> None:
    assert Allowance(quota, submitted).left == left


@pytest.mark.parametrize(
    ("host", "domain"),
    [
        ("img.example.com", "img.example.com"),
        ("a.img.example.com", "*.example.com"),
        ("example.com", None),
        ("www.example.org", ".Example.ORG"),
        ("", None),
    ],
)
def test_a_host_belongs_to_its_own_domain_or_a_wildcard_one(host: str, domain: str | None) -> None:
    domains = {domain_key(each): each for each in ("img.example.com", "*.example.com", ".Example.ORG")}
    assert find_domain(domains, host) == domain

"""The vendor's SDK, unmodified, over a real socket: it accepts the simulator as the API."""

import logging
from collections.abc import Iterator
from typing import Any

import pytest
import requests  # the SDK's own
from ucloud.client import Client
from ucloud.core import exc

from simulator.harness import START, urls
from support.servers.simulator_server import running_server
from ucdn_tui.simulator.account import Account
from ucdn_tui.simulator.actions.losses import Loss
from ucdn_tui.simulator.actions.service import Service


@pytest.fixture(autouse=True)
def _quiet_and_direct(monkeypatch: pytest.MonkeyPatch) -> None:
    """The SDK logs whole requests and uses a proxy from the environment even for loopback."""
    logging.getLogger("ucloud").setLevel(logging.CRITICAL)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


@pytest.fixture
def url(service: Service) -> Iterator[str]:
    with running_server(service) as url:
        yield url


def _client(url: str, account: Account, **overrides: str) -> Any:
    defaults = {
        "region": "cn-bj2",
        "project_id": account.default_project,
        "public_key": account.public_key,
        "private_key": account.private_key,
        "base_url": url,
    }
    return Client(defaults | overrides)


@pytest.fixture
def ucdn(url: str, account: Account) -> Any:
    return _client(url, account).ucdn()


def _ids(answer: dict[str, Any]) -> list[str]:
    return [task["TaskId"] for task in answer["TaskList"]]


def test_sdk_asks_where_edges_are(ucdn: Any) -> None:
    (row,) = ucdn.query_ip_location({"Ip": ["127.0.20.1"]})["Data"]
    assert (row["City"], row["Exist"]) == ("上海", True)


def test_sdk_lists_tasks_with_their_urls(account: Account, ucdn: Any) -> None:
    account.add("refresh", urls(3), task_id="r", type="dir", created=START - 100, queue=5, work=20, failing=(1,))
    account.add("prefetch", urls(1), task_id="p", queue=5)
    (refresh,) = ucdn.describe_new_ucdn_refresh_cache_task({})["TaskList"]
    (prefetch,) = ucdn.describe_new_ucdn_prefetch_cache_task({})["TaskList"]
    assert (refresh["TaskId"], refresh["Type"], refresh["Status"]) == ("r", "dir", "failure")
    assert [url["Status"] for url in refresh["UrlLists"]] == ["success", "failure", "success"]
    assert refresh["UrlLists"][2]["FinishTime"] == START - 75
    assert (prefetch["TaskId"], prefetch["Status"]) == ("p", "wait")


def test_sdk_filters_by_task_id_and_status(account: Account, ucdn: Any) -> None:
    for name, failing in (("a", ()), ("b", (0,)), ("c", (0,))):
        account.add("refresh", urls(1), task_id=name, created=START - 500 - ord(name), work=9, failing=failing)
    assert _ids(ucdn.describe_new_ucdn_refresh_cache_task({"TaskId": ["c", "a"]})) == ["a", "c"]
    assert _ids(ucdn.describe_new_ucdn_refresh_cache_task({"Status": "failure"})) == ["b", "c"]
    assert _ids(ucdn.describe_new_ucdn_refresh_cache_task({"TaskId": ["a", "b"], "Status": "failure"})) == ["b"]


def test_sdk_pages(account: Account, ucdn: Any) -> None:
    for number in range(12):
        account.add("refresh", urls(1), task_id=str(number), created=START - number)
    page = ucdn.describe_new_ucdn_refresh_cache_task({"Offset": 10, "Limit": 5})
    assert _ids(page) == ["10", "11"]
    assert page["TotalCount"] == 12


def test_sdk_asks_for_whole_site_tasks_and_windows(account: Account, ucdn: Any) -> None:
    account.add("refresh", urls(1), task_id="whole", created=START - 60, is_dcdn=True)
    describe = ucdn.describe_new_ucdn_refresh_cache_task
    assert _ids(describe({})) == []
    assert _ids(describe({"IsDcdn": True, "BeginTime": int(START) - 60, "EndTime": int(START)})) == ["whole"]
    assert _ids(describe({"IsDcdn": True, "BeginTime": int(START) - 59})) == []


@pytest.mark.parametrize(
    ("overrides", "code"), [({"private_key": "wrong"}, 171), ({"public_key": "x"}, 172), ({"project_id": "x"}, 292)]
)
def test_sdk_raises_refusals(url: str, account: Account, overrides: dict[str, str], code: int) -> None:
    with pytest.raises(exc.RetCodeException) as raised:
        _client(url, account, **overrides).ucdn().describe_new_ucdn_refresh_cache_task({})
    assert raised.value.code == code
    assert raised.value.request_uuid


def test_sdk_lists_projects(url: str, account: Account) -> None:
    projects = _client(url, account).uaccount().get_project_list({})["ProjectSet"]
    assert [project["ProjectId"] for project in projects] == [project.id for project in account.projects]
    assert [project["IsDefault"] for project in projects] == [True, False]


def test_sdk_submits_a_refresh_and_reads_the_quota(service: Service, ucdn: Any) -> None:
    domains = ucdn.get_ucdn_domain_info_list({"PageIndex": 0})
    assert domains["TotalCount"] == len(domains["DomainInfoList"])
    (domain_id,) = (known["DomainId"] for known in domains["DomainInfoList"] if known["Domain"] == "img.example.com")
    sent = [*urls(11), "https://img.example.com/首页.html"]
    task_id = ucdn.refresh_new_ucdn_domain_cache({"Type": "file", "UrlList": sent})["TaskId"]
    (task,) = ucdn.describe_new_ucdn_refresh_cache_task({"TaskId": [task_id]})["TaskList"]
    assert [url["Url"] for url in task["UrlLists"]] == sent
    state = ucdn.get_ucdn_domain_prefetch_refresh_state({"DomainId": domain_id})
    assert (state["RefreshFileQuota"], state["SubmitRefreshFile"], state["SubmitRefreshDir"]) == (700, 12, 0)
    assert set(service.submitted.values()) == {1}


def test_sdk_submits_a_prefetch(ucdn: Any) -> None:
    task_id = ucdn.prefetch_new_ucdn_domain_cache({"UrlList": ["http://dl.example.com/"]})["TaskId"]
    assert _ids(ucdn.describe_new_ucdn_prefetch_cache_task({})) == [task_id]


def test_sdk_reads_the_configuration_of_domains(ucdn: Any) -> None:
    (usual,) = ucdn.get_ucdn_domain_config({"Domain": ["dl.example.com"]})["DomainList"]
    assert (usual["CdnType"], usual["CacheConf"]["CacheKeyList"][0]["Ignore"]) == ("download", True)
    (whole,) = ucdn.get_ucdn_domain_config({"IsDcdn": True})["DomainList"]
    assert whole["Domain"] == "app.example.org"


def test_sdk_reports_a_lost_answer_although_the_task_exists(service: Service, ucdn: Any) -> None:
    service.losses.append(Loss.AFTER)
    with pytest.raises(requests.ConnectionError):
        ucdn.refresh_new_ucdn_domain_cache({"Type": "file", "UrlList": urls(1)})
    assert service.submitted == {("refresh", urls(1)[0]): 1}

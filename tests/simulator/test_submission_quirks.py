"""What the documents leave open about submissions: the other behaviour of each, beside the default."""

import pytest

from simulator.harness import ApiCalls, ManualClock, ids, refused, urls
from ucdn_tui.simulator.account import Account
from ucdn_tui.simulator.actions.service import Quirks, Service
from ucdn_tui.simulator.domains import Domain

_GOOD = "https://img.example.com/good.jpg"
_UNKNOWN = "https://elsewhere.example.com/a"
_MALFORMED = "img.example.com/a"


def _quirky(account: Account, **quirks: object) -> ApiCalls:
    return ApiCalls(Service(account, quirks=Quirks(**quirks)))


def _sent(api: ApiCalls) -> list[str]:
    """Return the URLs of the only task."""
    (task,) = api.refresh()["TaskList"]
    return [url["Url"] for url in task["UrlLists"]]


def test_task_id_can_be_omitted(account: Account) -> None:
    api = _quirky(account, omits_task_id=True)
    for answer in (api.submit_refresh([_GOOD]), api.submit_prefetch([_GOOD])):
        assert set(answer) == {"Action", "RetCode"}
    assert len(ids(api.refresh())) == len(ids(api.prefetch())) == 1


def test_type_can_be_omitted(account: Account) -> None:
    api = _quirky(account, omits_type=True)
    api.submit_refresh([_GOOD])
    assert "Type" not in api.refresh()["TaskList"][0]


def test_bad_urls_can_be_dropped(account: Account) -> None:
    api = _quirky(account, drops_bad_urls=True)
    assert api.submit_refresh([_UNKNOWN, _GOOD, _MALFORMED])["RetCode"] == 0
    assert _sent(api) == [_GOOD]
    assert api.service.submitted == {("refresh", _GOOD): 1}
    assert api.quota("img.example.com")["SubmitRefreshFile"] == 1


def test_call_of_bad_urls_only_is_refused_even_then(account: Account) -> None:
    assert refused(_quirky(account, drops_bad_urls=True).submit_refresh([_MALFORMED, _UNKNOWN]))[0] == 230
    assert account.tasks("refresh") == []


class TestPartOfABatch:
    @pytest.fixture
    def api(self, now: ManualClock) -> ApiCalls:
        domains = [Domain(name="img.example.com", files=3), Domain(name="www.example.com", files=1)]
        return _quirky(Account(now, domains=domains), takes_part_of_batch=True)

    def test_urls_are_accepted_up_to_each_domains_quota(self, api: ApiCalls) -> None:
        other = ["https://www.example.com/a", "https://www.example.com/b"]
        assert api.submit_refresh([*other, *urls(5)])["RetCode"] == 0
        assert _sent(api) == [other[0], *urls(3)]
        assert set(api.service.submitted) == {("refresh", url) for url in [other[0], *urls(3)]}
        assert api.quota("img.example.com")["SubmitRefreshFile"] == 3

    def test_call_is_refused_once_nothing_is_left(self, api: ApiCalls) -> None:
        api.submit_refresh(urls(3))
        assert "img.example.com" in refused(api.submit_refresh(urls(1)))[1]
        assert api.submit_refresh([*urls(1), "https://www.example.com/a"])["RetCode"] == 0


def test_mixed_domains_can_be_refused(account: Account) -> None:
    api = _quirky(account, refuses_mixed_domains=True)
    code, message = refused(api.submit_refresh([_GOOD, "https://www.example.com/"]))
    assert code >= 10_000
    assert "img.example.com" in message
    assert "www.example.com" in message
    assert api.submit_refresh([_GOOD, "http://img.example.com/other"])["RetCode"] == 0


def test_whole_site_domains_can_need_is_dcdn(account: Account) -> None:
    api, whole = _quirky(account, needs_is_dcdn=True), "https://app.example.org/"
    assert "app.example.org" in refused(api.submit_refresh([whole]))[1]
    assert "img.example.com" in refused(api.submit_refresh([_GOOD], IsDcdn="true"))[1]
    assert api.submit_refresh([whole], IsDcdn="true")["RetCode"] == 0
    assert api.submit_refresh([_GOOD])["RetCode"] == 0


def test_domain_list_can_omit_whole_site_domains(account: Account) -> None:
    def names(api: ApiCalls) -> set[str]:
        answer = api("GetUcdnDomainInfoList", PageIndex=0)
        assert answer["TotalCount"] == len(answer["DomainInfoList"])
        return {domain["Domain"] for domain in answer["DomainInfoList"]}

    assert names(_quirky(account)) - names(_quirky(account, list_omits_dcdn=True)) == {"app.example.org"}


def test_quota_can_have_the_fields_of_the_example_or_none(account: Account) -> None:
    example = _quirky(account, quota_fields="example").quota("img.example.com")
    assert set(example) == {
        "RefreshFileQuota",
        "RefreshDirQuota",
        "SubmitRefreshDir",
        "PrefetchQuota",
        "QuotaCount",
        "SubmitCount",
    }
    assert _quirky(account, quota_fields="none").quota("img.example.com") == {}

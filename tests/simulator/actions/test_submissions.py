"""Submitting refreshes and prefetches: what is accepted, and what is refused before anything is created."""

import pytest

from simulator.harness import HOUR, START, ApiCalls, ManualClock, ids, refused, urls
from ucdn_tui.simulator.account import Account
from ucdn_tui.simulator.actions.service import Service
from ucdn_tui.simulator.domains import Domain

_ACTIONS = ["RefreshNewUcdnDomainCache", "PrefetchNewUcdnDomainCache"]


def _submit(api: ApiCalls, action: str, url_list: list[str], **params: object) -> dict[str, object]:
    type_ = {"Type": "file"} if action == _ACTIONS[0] else {}
    return api(action, **type_, UrlList=url_list, **params)


def _nothing_created(service: Service) -> bool:
    account = service.account
    created = account.tasks("refresh", None) + account.tasks("prefetch", None)
    return not created and not service.submitted


def test_refresh_answers_its_task_id_and_is_listed(api: ApiCalls) -> None:
    answer = api.submit_refresh(urls(3), "file")
    assert answer == {"Action": "RefreshNewUcdnDomainCacheResponse", "RetCode": 0, "TaskId": answer["TaskId"]}
    assert answer["TaskId"].startswith("20251009165320_")
    (task,) = api.refresh()["TaskList"]
    assert (task["TaskId"], task["CreateTime"], task["Type"]) == (answer["TaskId"], int(START), "file")
    assert [url["Url"] for url in task["UrlLists"]] == urls(3)


def test_prefetch_answers_its_task_id_and_is_listed(api: ApiCalls) -> None:
    answer = api.submit_prefetch(urls(2))
    assert answer == {"Action": "PrefetchNewUcdnDomainCacheResponse", "RetCode": 0, "TaskId": answer["TaskId"]}
    assert ids(api.prefetch()) == [answer["TaskId"]]
    assert ids(api.refresh()) == []


@pytest.mark.parametrize(
    ("type_", "url"), [("dir", "https://img.example.com/a/"), ("m3u8", "http://live.example.com/a.m3u8")]
)
def test_refresh_has_the_type_that_was_sent(api: ApiCalls, type_: str, url: str) -> None:
    api.submit_refresh([url], type_)
    assert api.refresh()["TaskList"][0]["Type"] == type_


def test_urls_are_kept_as_sent_in_the_order_of_their_numbers(api: ApiCalls, service: Service) -> None:
    sent = [f"https://www.example.com/首页 {number}.html?a=1&b=%20" for number in range(12)]
    api.submit_refresh([*sent, sent[0]])
    assert [url["Url"] for url in api.refresh()["TaskList"][0]["UrlLists"]] == [*sent, sent[0]]
    assert service.submitted["refresh", sent[0]] == 2
    assert service.submitted["refresh", sent[1]] == 1


def test_accepted_urls_are_counted_by_kind(api: ApiCalls, service: Service) -> None:
    api.submit_refresh(urls(2))
    api.submit_refresh(urls(1))
    api.submit_prefetch(urls(1))
    api.submit_refresh([*urls(1), "https://elsewhere.example.com/"])
    first, second = urls(2)
    assert service.submitted == {("refresh", first): 2, ("refresh", second): 1, ("prefetch", first): 1}


def test_task_belongs_to_the_project_of_the_call(account: Account, api: ApiCalls) -> None:
    side = account.projects[1].id
    task_id = api.submit_refresh(urls(1), ProjectId=side)["TaskId"]
    assert ids(api.refresh()) == []
    assert ids(api.refresh(ProjectId=side)) == [task_id]
    assert api.submit_refresh(urls(1), ProjectId="org-none")["RetCode"] == 292


def test_urls_of_several_domains_make_one_task(api: ApiCalls) -> None:
    api.submit_refresh(["https://img.example.com/a", "http://www.example.com/b"])
    assert [len(task["UrlLists"]) for task in api.refresh()["TaskList"]] == [2]


@pytest.mark.parametrize("flag", [{}, {"IsDcdn": "false"}, {"IsDcdn": "true"}])
def test_whole_site_task_is_found_by_its_domain(api: ApiCalls, flag: dict[str, str]) -> None:
    task_id = api.submit_refresh(["https://app.example.org/"], **flag)["TaskId"]
    assert ids(api.refresh()) == []
    assert ids(api.refresh(IsDcdn="true")) == [task_id]


def test_whole_site_and_other_domains_cannot_be_submitted_together(api: ApiCalls, service: Service) -> None:
    code, message = refused(api.submit_refresh(["https://app.example.org/", "https://img.example.com/"]))
    assert code >= 10_000
    assert "app.example.org" in message
    assert _nothing_created(service)


class TestParameters:
    @pytest.mark.parametrize("action", _ACTIONS)
    def test_missing_urls_are_refused(self, api: ApiCalls, service: Service, action: str) -> None:
        assert refused(_submit(api, action, [])) == (220, "Missing params [UrlList.0]")
        assert _nothing_created(service)

    def test_url_list_begins_at_0_and_has_no_gap(self, api: ApiCalls, service: Service) -> None:
        first, second = urls(2)
        from_one = {"UrlList.1": first, "UrlList.2": second}
        assert refused(api("RefreshNewUcdnDomainCache", Type="file", **from_one)) == (220, "Missing params [UrlList.0]")
        gap = {"UrlList.0": first, "UrlList.2": second}
        assert refused(api("RefreshNewUcdnDomainCache", Type="file", **gap)) == (220, "Missing params [UrlList.1]")
        assert _nothing_created(service)

    def test_missing_type_is_refused(self, api: ApiCalls, service: Service) -> None:
        assert refused(api("RefreshNewUcdnDomainCache", UrlList=urls(1))) == (220, "Missing params [Type]")
        assert _nothing_created(service)

    @pytest.mark.parametrize("type_", ["", "File", "directory"])
    def test_unknown_type_is_refused(self, api: ApiCalls, type_: str) -> None:
        assert refused(api.submit_refresh(urls(1), type_)) == (230, "Params [Type] not available")

    @pytest.mark.parametrize("action", _ACTIONS)
    def test_invalid_is_dcdn_is_refused(self, api: ApiCalls, action: str) -> None:
        assert refused(_submit(api, action, urls(1), IsDcdn="yes")) == (230, "Params [IsDcdn] not available")

    @pytest.mark.parametrize(("action", "limit"), [(_ACTIONS[0], 100), (_ACTIONS[1], 1000)])
    def test_number_of_urls_is_limited(self, now: ManualClock, action: str, limit: int) -> None:
        service = Service(Account(now, domains=[Domain(name="img.example.com", files=9999, prefetches=9999)]))
        api = ApiCalls(service)
        assert refused(_submit(api, action, urls(limit + 1))) == (
            230,
            f"Params [UrlList] not available: at most {limit}",
        )
        assert _nothing_created(service)
        now.advance(10)
        assert _submit(api, action, urls(limit))["RetCode"] == 0

    @pytest.mark.parametrize(
        "url",
        [
            "",
            "img.example.com/a.jpg",
            "ftp://img.example.com/a.jpg",
            "https:///a.jpg",
            "https://img.example.com",
            "https://[img.example.com/",
            "https://img.example.com/*.jpg",
            " https://img.example.com/a.jpg",
            "https://img.example.com/a\n.jpg",
        ],
    )
    @pytest.mark.parametrize("action", _ACTIONS)
    def test_one_malformed_url_refuses_the_call(self, api: ApiCalls, service: Service, action: str, url: str) -> None:
        assert refused(_submit(api, action, [*urls(2), url])) == (230, "Params [UrlList.2] not available")
        assert _nothing_created(service)

    def test_directory_ends_in_a_slash(self, api: ApiCalls) -> None:
        answer = api.submit_refresh(["https://img.example.com/a/", "https://img.example.com/a"], "dir")
        assert refused(answer) == (230, "Params [UrlList.1] not available")

    def test_prefetch_of_a_root_is_accepted(self, api: ApiCalls) -> None:
        """The scenarios of the vendor's SDKs submit one."""
        assert api.submit_prefetch(["http://img.example.com/"])["RetCode"] == 0


class TestDomainsOfUrls:
    @pytest.mark.parametrize("action", _ACTIONS)
    def test_unknown_domain_is_named_and_refuses_the_call(self, api: ApiCalls, service: Service, action: str) -> None:
        code, message = refused(_submit(api, action, [*urls(1), "https://elsewhere.example.com/a"]))
        assert code >= 10_000
        assert "elsewhere.example.com" in message
        assert _nothing_created(service)

    def test_host_is_matched_without_case_and_port(self, api: ApiCalls) -> None:
        assert api.submit_refresh(["HTTPS://IMG.example.com:443/A.jpg"])["RetCode"] == 0

    @pytest.mark.parametrize("wildcard", [".example.com", "*.example.com"])
    def test_wildcard_domain_has_all_hosts_without_a_nearer_domain(self, now: ManualClock, wildcard: str) -> None:
        domains = [Domain(name=name, files=9) for name in (wildcard, ".a.example.com", "b.a.example.com")]
        api = ApiCalls(Service(Account(now, domains=domains)))
        for host in ("a.example.com", "x.y.example.com", "x.a.example.com", "b.a.example.com"):
            assert api.submit_refresh([f"http://{host}/"])["RetCode"] == 0
        assert [api.quota(domain.name)["SubmitRefreshFile"] for domain in domains] == [2, 1, 1]
        assert api.submit_refresh(["http://example.com/"])["RetCode"] != 0


class TestSpacing:
    def test_prefetches_less_than_ten_seconds_apart_are_refused(
        self, api: ApiCalls, service: Service, now: ManualClock
    ) -> None:
        assert api.submit_prefetch(urls(1))["RetCode"] == 0
        now.advance(9.9)
        assert refused(api.submit_prefetch(urls(1)))[0] == 153
        assert service.submitted["prefetch", urls(1)[0]] == 1
        now.advance(0.1)
        assert api.submit_prefetch(urls(1))["RetCode"] == 0

    def test_spacing_is_of_the_account(self, account: Account, api: ApiCalls) -> None:
        api.submit_prefetch(urls(1))
        elsewhere = api.submit_prefetch(["https://dl.example.com/a"], ProjectId=account.projects[1].id)
        assert refused(elsewhere)[0] == 153

    def test_call_refused_for_another_reason_counts(self, api: ApiCalls, now: ManualClock) -> None:
        assert refused(api.submit_prefetch([]))[0] == 220
        now.advance(5)
        assert refused(api.submit_prefetch(urls(1)))[0] == 153
        now.advance(5)
        assert api.submit_prefetch(urls(1))["RetCode"] == 0

    def test_refreshes_need_no_spacing(self, api: ApiCalls) -> None:
        api.submit_prefetch(urls(1))
        assert [api.submit_refresh(urls(1))["RetCode"] for _ in range(5)] == [0] * 5


class TestOutcomes:
    def test_urls_that_are_missing_always_fail(self, api: ApiCalls, now: ManualClock) -> None:
        sent = ["https://img.example.com/a/missing-1.jpg", "https://img.example.com/b.jpg?missing"]
        for _ in range(5):
            api.submit_refresh([sent[0], *urls(3), sent[1]])
            now.advance(HOUR)
        outcomes = [_failed(task) for task in api.refresh()["TaskList"]]
        assert all(sent[0] in failed for failed in outcomes)
        assert not all(sent[1] in failed for failed in outcomes)
        assert {task["Status"] for task in api.refresh()["TaskList"]} == {"failure"}

    @pytest.mark.parametrize(
        ("url", "fails"),
        [
            ("https://www.example.com/首页.html", False),
            ("https://www.example.com/%E9%A6%96.html", True),
            ("https://www.example.com/a%20b.html", False),
            ("https://dl.example.com/首页.zip", True),
            ("https://vod.example.com/首页.mp4", True),
            ("https://dl.example.com/a.zip", False),
        ],
    )
    def test_chinese_urls_work_raw_and_on_web_domains_only(
        self, account: Account, api: ApiCalls, now: ManualClock, url: str, fails: bool
    ) -> None:
        account.add("refresh", [url], task_id="earlier", failing=(0,), created=START - 1)  # so that chance spares it
        api.submit_refresh([url])
        now.advance(HOUR)
        assert bool(_failed(api.refresh(BeginTime=int(START))["TaskList"][0])) == fails

    def test_in_a_third_of_the_tasks_a_tenth_of_the_urls_fail(self, now: ManualClock) -> None:
        api = ApiCalls(Service(Account(now, domains=[Domain(name="img.example.com", files=99_999)])))
        for number in range(200):
            api.submit_refresh([f"https://img.example.com/{number}/{page}" for page in range(30)])
        now.advance(HOUR)
        failed = [len(_failed(task)) for task in api.refresh()["TaskList"]]
        assert set(failed) == {0, 3}
        assert 40 < failed.count(3) < 95

    def test_submitting_failed_urls_again_succeeds(self, now: ManualClock) -> None:
        api = ApiCalls(Service(Account(now, domains=[Domain(name="img.example.com", files=99_999)])))
        for number in range(60):
            api.submit_refresh([f"https://img.example.com/{number}/{page}" for page in range(10)])
        now.advance(HOUR)
        failed = [url for task in api.refresh()["TaskList"] for url in _failed(task)]
        assert len(failed) > 5
        for url in failed:
            api.submit_refresh([url])
        now.advance(HOUR)
        again = api.refresh(BeginTime=int(START) + HOUR)["TaskList"]
        assert [task["Status"] for task in again] == ["success"] * len(failed)

    def test_tasks_wait_work_and_end(self, api: ApiCalls, now: ManualClock) -> None:
        api.submit_refresh(urls(4))
        seen = []
        for _ in range(700):
            seen.append(api.refresh()["TaskList"][0]["Status"])
            now.advance(1)
        assert list(dict.fromkeys(seen))[:2] == ["wait", "process"]
        assert seen[-1] in {"success", "failure"}

    def test_same_seed_makes_the_same_tasks(self) -> None:
        def submitted(seed: int) -> list[object]:
            now = ManualClock()
            api = ApiCalls(Service(Account(now, seed=seed)))
            for count in (1, 10, 40):
                api.submit_refresh(urls(count))
            api.submit_prefetch(urls(30))
            now.advance(60)
            return api.refresh()["TaskList"] + api.prefetch()["TaskList"]

        assert submitted(3) == submitted(3)
        assert submitted(3) != submitted(4)


def _failed(task: dict[str, list[dict[str, str]]]) -> list[str]:
    return [url["Url"] for url in task["UrlLists"] if url["Status"] == "failure"]

"""Quotas: for each domain and day, counted from what was submitted."""

from datetime import datetime, timedelta, timezone

import pytest

from simulator.harness import ApiCalls, ManualClock, refused
from ucdn_tui.simulator.account import Account
from ucdn_tui.simulator.actions.service import Service
from ucdn_tui.simulator.domains import Domain

_BEIJING = timezone(timedelta(hours=8))


@pytest.fixture
def account(now: ManualClock) -> Account:
    small = {"files": 5, "dirs": 2, "prefetches": 3}
    return Account(now, domains=[Domain(name="a.example.com", **small), Domain(name="b.example.com", **small)])


def _urls(host: str, count: int, suffix: str = "") -> list[str]:
    return [f"https://{host}/{number}{suffix}" for number in range(count)]


def test_default_quotas_are_the_vendors(now: ManualClock) -> None:
    api = ApiCalls(Service(Account(now, domains=[Domain(name="a.example.com")])))
    assert api.quota("a.example.com") == {
        "RefreshFileQuota": 700,
        "SubmitRefreshFile": 0,
        "RefreshDirQuota": 20,
        "SubmitRefreshDir": 0,
        "PrefetchQuota": 500,
        "SubmitPrefetchCount": 0,
    }


def test_each_use_counts_the_urls_of_its_domain(api: ApiCalls) -> None:
    api.submit_refresh([*_urls("a.example.com", 2), *_urls("b.example.com", 1)])
    api.submit_refresh(_urls("a.example.com", 1, ".m3u8"), "m3u8")
    api.submit_refresh(_urls("a.example.com", 1, "/"), "dir")
    api.submit_prefetch(_urls("a.example.com", 2))
    used = {name: value for name, value in api.quota("a.example.com").items() if name.startswith("Submit")}
    assert used == {"SubmitRefreshFile": 3, "SubmitRefreshDir": 1, "SubmitPrefetchCount": 2}
    assert api.quota("b.example.com")["SubmitRefreshFile"] == 1


def test_tasks_that_were_not_submitted_do_not_count(account: Account, api: ApiCalls) -> None:
    account.add("refresh", _urls("a.example.com", 4))
    assert api.quota("a.example.com")["SubmitRefreshFile"] == 0


@pytest.mark.parametrize(
    ("type_", "suffix", "limit"), [("file", "", 5), ("m3u8", ".m3u8", 5), ("dir", "/", 2), (None, "", 3)]
)
def test_submission_beyond_the_quota_is_refused_whole(
    api: ApiCalls, service: Service, now: ManualClock, type_: str | None, suffix: str, limit: int
) -> None:
    def submit(count: int) -> dict[str, object]:
        now.advance(10)
        urls = _urls("a.example.com", count, suffix)
        return api.submit_prefetch(urls) if type_ is None else api.submit_refresh(urls, type_)

    assert submit(limit - 1)["RetCode"] == 0
    accepted, quota = service.submitted.copy(), api.quota("a.example.com")
    code, message = refused(submit(2))
    assert code >= 10_000
    assert "a.example.com" in message
    assert f"1 of {limit}" in message
    assert (service.submitted, api.quota("a.example.com")) == (accepted, quota)
    assert submit(1)["RetCode"] == 0
    assert "0 of" in refused(submit(1))[1]


def test_one_exhausted_domain_refuses_the_other_ones_urls_too(api: ApiCalls) -> None:
    api.submit_refresh(_urls("a.example.com", 5))
    assert "a.example.com" in refused(api.submit_refresh([*_urls("b.example.com", 1), *_urls("a.example.com", 1)]))[1]
    assert api.quota("b.example.com")["SubmitRefreshFile"] == 0


def test_day_begins_at_midnight_in_beijing(api: ApiCalls, now: ManualClock) -> None:
    now.time = datetime(2025, 10, 9, 23, 59, 59, tzinfo=_BEIJING).timestamp()
    api.submit_refresh(_urls("a.example.com", 5))
    assert api.quota("a.example.com")["SubmitRefreshFile"] == 5
    assert refused(api.submit_refresh(_urls("a.example.com", 1)))
    now.advance(1)
    assert api.quota("a.example.com")["SubmitRefreshFile"] == 0
    assert api.submit_refresh(_urls("a.example.com", 5))["RetCode"] == 0


def test_day_does_not_begin_at_midnight_utc(api: ApiCalls, now: ManualClock) -> None:
    now.time = datetime(2025, 10, 10, 0, 0, tzinfo=_BEIJING).timestamp()
    api.submit_refresh(_urls("a.example.com", 5))
    now.advance(86_399)
    assert api.quota("a.example.com")["SubmitRefreshFile"] == 5


def test_domain_id_is_required_and_must_exist(api: ApiCalls) -> None:
    state = "GetUcdnDomainPrefetchRefreshState"
    assert refused(api(state)) == (220, "Missing params [DomainId]")
    assert refused(api(state, DomainId=["ucdn-a"])) == (220, "Missing params [DomainId]")
    assert refused(api(state, DomainId="ucdn-none")) == (230, "Params [DomainId] not available")

"""The documented API: authentication, parameters and answers."""

import pytest

from simulator.harness import DAY, HOUR, START, ApiCalls, ManualClock, ids, signed, urls
from ucdn_tui.api.signature import sign
from ucdn_tui.simulator.account import Account, Project
from ucdn_tui.simulator.actions.service import Service
from ucdn_tui.simulator.plan import NEVER

_PUBLISHED_KEYS = {
    "public_key": "ucloudsomeone@example.com1296235120854146120",
    "private_key": "46f09bb9fab4f12dfc160dae12273d5332b5debe",
}
_PUBLISHED = [
    (
        {"Action": "DescribeUHostInstance", "Region": "cn-bj2", "Limit": "10"},
        "cba5cf5ec4d4233d206b1b54951e3787350a642f",
    ),
    (
        {
            "Action": "CreateUHostInstance",
            "CPU": "2",
            "ChargeType": "Month",
            "DiskSpace": "10",
            "ImageId": "f43736e1-65a5-4bea-ad2e-8a46e18883c2",
            "LoginMode": "Password",
            "Memory": "2048",
            "Name": "Host01",
            "Password": "VUNsb3VkLmNu",
            "Quantity": "1",
            "Region": "cn-bj2",
            "Zone": "cn-bj2-04",
        },
        "4f9ef5df2abab2c6fccd1e9515cb7e2df8c6bb65",
    ),
]


def _add_one_of_each(account: Account) -> None:
    """Add five refreshes, each named after its status."""
    long_ago = START - HOUR
    account.add("refresh", urls(1), task_id="wait", queue=NEVER)
    account.add("refresh", urls(1), task_id="process", created=START - 50, queue=5, work=500)
    account.add("refresh", urls(2), task_id="success", created=long_ago, queue=5, work=60)
    account.add("refresh", urls(2), task_id="failure", created=long_ago - 1, queue=5, work=60, failing=(0,))
    account.add("refresh", urls(2), task_id="unknow", created=long_ago - 2, queue=5, work=60, unknown=(0,))


class TestAuthentication:
    @pytest.mark.parametrize(("params", "signature"), _PUBLISHED)
    def test_published_signatures_are_accepted(self, now: ManualClock, params: dict[str, str], signature: str) -> None:
        service = Service(Account(now, **_PUBLISHED_KEYS))
        request = params | {"PublicKey": _PUBLISHED_KEYS["public_key"]}
        # Both are calls of another product: RetCode 161 (unknown action) means that authentication passed.
        assert service.handle(request | {"Signature": signature})["RetCode"] == 161
        assert service.handle(request | {"Signature": signature[::-1]})["RetCode"] == 171

    def test_signature_covers_every_parameter(self, service: Service) -> None:
        request = signed(service, "GetProjectList", Region="cn-bj2")
        assert service.handle(request)["RetCode"] == 0
        assert service.handle(request | {"Region": "cn-sh2"})["RetCode"] == 171
        assert service.handle(request | {"Zone": "cn-bj2-04"})["RetCode"] == 171

    def test_missing_signature_is_refused(self, service: Service) -> None:
        request = signed(service, "GetProjectList")
        del request["Signature"]
        answer = service.handle(request)
        assert answer["RetCode"] == 170
        assert answer["Message"]

    def test_unknown_public_key_is_refused(self, service: Service) -> None:
        request = signed(service, "GetProjectList") | {"PublicKey": "unknown"}
        request["Signature"] = sign(request, service.account.private_key)
        assert service.handle(request)["RetCode"] == 172
        del request["PublicKey"]
        assert service.handle(request)["RetCode"] == 172

    def test_missing_action_is_refused(self, service: Service) -> None:
        assert service.handle({}) == {"Action": "", "RetCode": 160, "Message": "Missing Action"}

    def test_unknown_action_is_refused(self, api: ApiCalls) -> None:
        answer = api("DescribeWeather")
        assert (answer["RetCode"], answer["Action"]) == (161, "DescribeWeatherResponse")

    def test_requests_are_recorded_without_their_signature(self, service: Service, api: ApiCalls) -> None:
        api.refresh(Limit=3)
        request = service.requests[-1]
        assert request["Limit"] == "3"
        assert "Signature" not in request


class TestAnswers:
    def test_refresh_task_is_as_documented(self, account: Account, api: ApiCalls, now: ManualClock) -> None:
        task_id = account.add("refresh", ["https://www.example.com/首页.html"], type="dir", queue=2, work=4)
        now.advance(6.5)
        assert api.refresh() == {
            "Action": "DescribeNewUcdnRefreshCacheTaskResponse",
            "RetCode": 0,
            "TotalCount": 1,
            "TaskList": [
                {
                    "TaskId": task_id,
                    "Type": "dir",
                    "CreateTime": int(START),
                    "Status": "success",
                    "UrlLists": [
                        {
                            "Url": "https://www.example.com/首页.html",
                            "CreateTime": int(START),
                            "FinishTime": int(START) + 6,
                            "Status": "success",
                            "Progress": 100,
                        }
                    ],
                }
            ],
        }

    def test_prefetch_task_has_no_type(self, account: Account, api: ApiCalls) -> None:
        account.add("prefetch", urls(1))
        assert "Type" not in api.prefetch()["TaskList"][0]

    def test_unfinished_urls_have_no_finish_time(self, account: Account, api: ApiCalls) -> None:
        account.add("refresh", urls(3), queue=9)
        assert all("FinishTime" not in url for url in api.refresh()["TaskList"][0]["UrlLists"])

    def test_each_kind_has_its_own_list(self, account: Account, api: ApiCalls) -> None:
        refresh, prefetch = account.add("refresh", urls(1)), account.add("prefetch", urls(1))
        assert ids(api.refresh()) == [refresh]
        assert ids(api.prefetch()) == [prefetch]

    def test_answer_can_be_empty(self, api: ApiCalls) -> None:
        answer = api.refresh()
        assert (answer["RetCode"], answer["TotalCount"], answer["TaskList"]) == (0, 0, [])

    def test_unknown_parameters_are_ignored(self, api: ApiCalls) -> None:
        assert api.refresh(Region="cn-bj2", Colour="blue")["RetCode"] == 0


class TestFilters:
    @pytest.mark.parametrize("status", ["wait", "process", "success", "failure", "unknow"])
    def test_status_filters_by_the_current_status(self, account: Account, api: ApiCalls, status: str) -> None:
        _add_one_of_each(account)
        answer = api.refresh(Status=status)
        assert ids(answer) == [status]
        assert answer["TotalCount"] == 1

    def test_status_filter_follows_the_clock(self, account: Account, api: ApiCalls, now: ManualClock) -> None:
        account.add("refresh", urls(1), task_id="a", queue=5, work=60)
        now.advance(70)
        assert ids(api.refresh(Status="wait")) == []
        assert ids(api.refresh(Status="success")) == ["a"]

    def test_task_ids_return_existing_tasks_newest_first(self, account: Account, api: ApiCalls) -> None:
        _add_one_of_each(account)
        answer = api.refresh(TaskId=["failure", "nonsense", "process", "process"])
        assert ids(answer) == ["process", "failure"]
        assert answer["TotalCount"] == 2

    def test_number_of_task_ids_is_unlimited(self, account: Account, api: ApiCalls) -> None:
        names = [account.add("refresh", urls(1), created=START - number) for number in range(120)]
        assert ids(api.refresh(TaskId=names[::-1])) == names

    def test_task_id_does_not_match_the_other_kind(self, account: Account, api: ApiCalls) -> None:
        assert ids(api.prefetch(TaskId=[account.add("refresh", urls(1))])) == []

    def test_filters_are_combined(self, account: Account, api: ApiCalls) -> None:
        _add_one_of_each(account)
        assert ids(api.refresh(TaskId=["success", "failure", "wait"], Status="failure")) == ["failure"]

    def test_whole_site_tasks_are_listed_only_with_is_dcdn(self, account: Account, api: ApiCalls) -> None:
        usual, whole = account.add("refresh", urls(1)), account.add("refresh", urls(1), is_dcdn=True)
        assert ids(api.refresh()) == ids(api.refresh(IsDcdn="false")) == [usual]
        assert ids(api.refresh(IsDcdn="true")) == [whole]
        assert ids(api.refresh(TaskId=[usual, whole])) == [usual]
        assert ids(api.refresh(TaskId=[usual, whole], IsDcdn="true")) == [whole]


class TestWindows:
    def test_default_window_is_the_last_day(self, account: Account, api: ApiCalls, now: ManualClock) -> None:
        account.add("refresh", urls(1), task_id="old", created=START - DAY)
        assert ids(api.refresh()) == ["old"]
        now.advance(1)
        assert ids(api.refresh()) == []
        assert ids(api.refresh(BeginTime=int(START) - DAY)) == ["old"]

    def test_window_includes_both_ends(self, account: Account, api: ApiCalls) -> None:
        for ago in range(1, 6):
            account.add("refresh", urls(1), task_id=f"{ago} h", created=START - ago * HOUR)
        answer = api.refresh(BeginTime=int(START) - 4 * HOUR, EndTime=int(START) - 2 * HOUR)
        assert ids(answer) == ["2 h", "3 h", "4 h"]
        assert answer["TotalCount"] == 3

    def test_window_limits_a_query_by_task_id(self, account: Account, api: ApiCalls) -> None:
        account.add("refresh", urls(1), task_id="old", created=START - 2 * DAY)
        assert ids(api.refresh(TaskId=["old"])) == []
        assert ids(api.refresh(TaskId=["old"], BeginTime=int(START) - 3 * DAY)) == ["old"]

    def test_window_that_ends_before_it_begins_is_empty(self, account: Account, api: ApiCalls) -> None:
        account.add("refresh", urls(1))
        assert ids(api.refresh(BeginTime=int(START), EndTime=int(START) - 1)) == []

    def test_end_time_requires_begin_time(self, api: ApiCalls) -> None:
        answer = api.refresh(EndTime=int(START))
        assert answer["RetCode"] == 230
        assert "BeginTime" in answer["Message"]


class TestPages:
    @pytest.fixture(autouse=True)
    def _ten_tasks(self, account: Account) -> None:
        for number in range(10):
            account.add("refresh", urls(2), task_id=str(number), created=START - number)

    @pytest.mark.parametrize(
        ("params", "expected"),
        [
            ({}, "0123456789"),
            ({"Limit": 3}, "012"),
            ({"Offset": 4, "Limit": 3}, "456"),
            ({"Offset": 8, "Limit": 3}, "89"),
            ({"Offset": 10, "Limit": 3}, ""),
            ({"Offset": 7}, "789"),
            ({"Limit": 0}, ""),
        ],
    )
    def test_offset_and_limit_select_a_page(self, api: ApiCalls, params: dict[str, int], expected: str) -> None:
        answer = api.refresh(**params)
        assert ids(answer) == list(expected)
        assert answer["TotalCount"] == 10

    @pytest.mark.parametrize("name", ["Offset", "Limit", "BeginTime", "EndTime"])
    @pytest.mark.parametrize("value", ["-1", "1.5", "ten", "", "１", "9" * 40])
    def test_invalid_numbers_are_refused(self, api: ApiCalls, name: str, value: str) -> None:
        answer = api.refresh(**({"BeginTime": 1} | {name: value}))
        assert answer == {
            "Action": "DescribeNewUcdnRefreshCacheTaskResponse",
            "RetCode": 230,
            "Message": f"Params [{name}] not available",
        }

    @pytest.mark.parametrize(("name", "value"), [("IsDcdn", "True"), ("IsDcdn", "1"), ("Status", "done")])
    def test_invalid_choices_are_refused(self, api: ApiCalls, name: str, value: str) -> None:
        assert api.refresh(**{name: value})["Message"] == f"Params [{name}] not available"


class TestProjects:
    def test_project_list_names_the_default(self, now: ManualClock) -> None:
        account = Account(now, projects=[Project("org-a", "One"), Project("org-b", "Two")])
        assert ApiCalls(Service(account))("GetProjectList")["ProjectSet"] == [
            {"ProjectId": "org-a", "ProjectName": "One", "IsDefault": True},
            {"ProjectId": "org-b", "ProjectName": "Two", "IsDefault": False},
        ]

    def test_tasks_are_listed_only_in_their_project(self, account: Account, api: ApiCalls) -> None:
        first, second = (project.id for project in account.projects)
        usual, other = account.add("refresh", urls(1)), account.add("refresh", urls(1), project_id=second)
        assert ids(api.refresh()) == ids(api.refresh(ProjectId=first)) == [usual]
        assert ids(api.refresh(ProjectId=second)) == [other]
        assert ids(api.refresh(TaskId=[other])) == []

    def test_unknown_project_is_refused(self, api: ApiCalls) -> None:
        assert api.refresh(ProjectId="org-none")["RetCode"] == 292

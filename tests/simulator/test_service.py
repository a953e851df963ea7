"""The API as the documents have it: who may ask, what for, and what the answer looks like."""

import pytest

from simulator.requests import DAY, HOUR, START, Ask, Now, ids, signed, urls
from ucdn_tui.api.signature import sign
from ucdn_tui.simulator.account import Account, Project
from ucdn_tui.simulator.plan import NEVER
from ucdn_tui.simulator.service import Service

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
    """Add six refreshes, each named for what has become of it."""
    long_ago = START - HOUR
    account.add("refresh", urls(1), task_id="wait", queue=NEVER)
    account.add("refresh", urls(1), task_id="process", created=START - 50, queue=5, work=500)
    account.add("refresh", urls(2), task_id="success", created=long_ago, queue=5, work=60)
    account.add("refresh", urls(2), task_id="failure", created=long_ago - 1, queue=5, work=60, failing=(0,))
    account.add("refresh", urls(2), task_id="unknow", created=long_ago - 2, queue=5, work=60, unknown=(0,))


class TestWhoMayAsk:
    @pytest.mark.parametrize(("params", "signature"), _PUBLISHED)
    def test_the_published_signatures_are_accepted(self, now: Now, params: dict[str, str], signature: str) -> None:
        service = Service(Account(now, **_PUBLISHED_KEYS))
        request = params | {"PublicKey": _PUBLISHED_KEYS["public_key"]}
        # Both are calls of another product: who gets as far as "no such action" was let in.
        assert service.handle(request | {"Signature": signature})["RetCode"] == 161
        assert service.handle(request | {"Signature": signature[::-1]})["RetCode"] == 171

    def test_every_parameter_counts_for_the_signature(self, service: Service) -> None:
        request = signed(service, "GetProjectList", Region="cn-bj2")
        assert service.handle(request)["RetCode"] == 0
        assert service.handle(request | {"Region": "cn-sh2"})["RetCode"] == 171
        assert service.handle(request | {"Zone": "cn-bj2-04"})["RetCode"] == 171

    def test_a_request_without_a_signature_is_told_so(self, service: Service) -> None:
        request = signed(service, "GetProjectList")
        del request["Signature"]
        answer = service.handle(request)
        assert answer["RetCode"] == 170
        assert answer["Message"]

    def test_a_stranger_is_told_so_whatever_the_signature(self, service: Service) -> None:
        request = signed(service, "GetProjectList") | {"PublicKey": "nobody"}
        request["Signature"] = sign(request, service.account.private_key)
        assert service.handle(request)["RetCode"] == 172
        del request["PublicKey"]
        assert service.handle(request)["RetCode"] == 172

    def test_a_call_needs_an_action(self, service: Service) -> None:
        assert service.handle({}) == {"Action": "", "RetCode": 160, "Message": "Missing Action"}

    def test_an_unknown_action_is_told_so(self, ask: Ask) -> None:
        answer = ask("DescribeWeather")
        assert (answer["RetCode"], answer["Action"]) == (161, "DescribeWeatherResponse")

    def test_what_was_asked_is_remembered_without_the_signature(self, service: Service, ask: Ask) -> None:
        ask.refresh(Limit=3)
        request = service.requests[-1]
        assert request["Limit"] == "3"
        assert "Signature" not in request


class TestAnswers:
    def test_a_refresh_looks_as_documented(self, account: Account, ask: Ask, now: Now) -> None:
        task_id = account.add("refresh", ["https://www.example.com/首页.html"], type="dir", queue=2, work=4)
        now.later(6.5)
        assert ask.refresh() == {
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

    def test_a_prefetch_has_no_type(self, account: Account, ask: Ask) -> None:
        account.add("prefetch", urls(1))
        assert "Type" not in ask.prefetch()["TaskList"][0]

    def test_what_is_not_finished_has_no_finish_time(self, account: Account, ask: Ask) -> None:
        account.add("refresh", urls(3), queue=9)
        assert all("FinishTime" not in url for url in ask.refresh()["TaskList"][0]["UrlLists"])

    def test_each_kind_has_a_list_of_its_own(self, account: Account, ask: Ask) -> None:
        refresh, prefetch = account.add("refresh", urls(1)), account.add("prefetch", urls(1))
        assert ids(ask.refresh()) == [refresh]
        assert ids(ask.prefetch()) == [prefetch]

    def test_an_answer_can_be_empty(self, ask: Ask) -> None:
        answer = ask.refresh()
        assert (answer["RetCode"], answer["TotalCount"], answer["TaskList"]) == (0, 0, [])

    def test_parameters_that_the_call_does_not_know_are_passed_over(self, ask: Ask) -> None:
        assert ask.refresh(Region="cn-bj2", Colour="blue")["RetCode"] == 0


class TestFilters:
    @pytest.mark.parametrize("status", ["wait", "process", "success", "failure", "unknow"])
    def test_a_status_finds_the_tasks_that_have_it_now(self, account: Account, ask: Ask, status: str) -> None:
        _add_one_of_each(account)
        answer = ask.refresh(Status=status)
        assert ids(answer) == [status]
        assert answer["TotalCount"] == 1

    def test_a_task_leaves_a_status_as_time_goes_by(self, account: Account, ask: Ask, now: Now) -> None:
        account.add("refresh", urls(1), task_id="a", queue=5, work=60)
        now.later(70)
        assert ids(ask.refresh(Status="wait")) == []
        assert ids(ask.refresh(Status="success")) == ["a"]

    def test_task_ids_find_those_that_exist_newest_first(self, account: Account, ask: Ask) -> None:
        _add_one_of_each(account)
        answer = ask.refresh(TaskId=["failure", "nonsense", "process", "process"])
        assert ids(answer) == ["process", "failure"]
        assert answer["TotalCount"] == 2

    def test_any_number_of_task_ids_can_be_asked_for(self, account: Account, ask: Ask) -> None:
        names = [account.add("refresh", urls(1), created=START - number) for number in range(120)]
        assert ids(ask.refresh(TaskId=names[::-1])) == names

    def test_a_task_id_does_not_find_a_task_of_the_other_kind(self, account: Account, ask: Ask) -> None:
        assert ids(ask.prefetch(TaskId=[account.add("refresh", urls(1))])) == []

    def test_filters_narrow_each_other(self, account: Account, ask: Ask) -> None:
        _add_one_of_each(account)
        assert ids(ask.refresh(TaskId=["success", "failure", "wait"], Status="failure")) == ["failure"]

    def test_whole_site_tasks_are_told_only_to_those_who_ask_for_them(self, account: Account, ask: Ask) -> None:
        usual, whole = account.add("refresh", urls(1)), account.add("refresh", urls(1), is_dcdn=True)
        assert ids(ask.refresh()) == ids(ask.refresh(IsDcdn="false")) == [usual]
        assert ids(ask.refresh(IsDcdn="true")) == [whole]
        assert ids(ask.refresh(TaskId=[usual, whole])) == [usual]
        assert ids(ask.refresh(TaskId=[usual, whole], IsDcdn="true")) == [whole]


class TestWindows:
    def test_the_window_is_the_last_day_unless_told_otherwise(self, account: Account, ask: Ask, now: Now) -> None:
        account.add("refresh", urls(1), task_id="old", created=START - DAY)
        assert ids(ask.refresh()) == ["old"]
        now.later(1)
        assert ids(ask.refresh()) == []
        assert ids(ask.refresh(BeginTime=int(START) - DAY)) == ["old"]

    def test_both_ends_belong_to_the_window(self, account: Account, ask: Ask) -> None:
        for ago in range(1, 6):
            account.add("refresh", urls(1), task_id=f"{ago} h", created=START - ago * HOUR)
        answer = ask.refresh(BeginTime=int(START) - 4 * HOUR, EndTime=int(START) - 2 * HOUR)
        assert ids(answer) == ["2 h", "3 h", "4 h"]
        assert answer["TotalCount"] == 3

    def test_the_window_narrows_a_query_by_task_id(self, account: Account, ask: Ask) -> None:
        account.add("refresh", urls(1), task_id="old", created=START - 2 * DAY)
        assert ids(ask.refresh(TaskId=["old"])) == []
        assert ids(ask.refresh(TaskId=["old"], BeginTime=int(START) - 3 * DAY)) == ["old"]

    def test_a_window_that_ends_before_it_begins_is_empty(self, account: Account, ask: Ask) -> None:
        account.add("refresh", urls(1))
        assert ids(ask.refresh(BeginTime=int(START), EndTime=int(START) - 1)) == []

    def test_an_end_needs_a_beginning(self, ask: Ask) -> None:
        answer = ask.refresh(EndTime=int(START))
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
    def test_a_page_is_cut_out_of_the_list(self, ask: Ask, params: dict[str, int], expected: str) -> None:
        answer = ask.refresh(**params)
        assert ids(answer) == list(expected)
        assert answer["TotalCount"] == 10

    @pytest.mark.parametrize("name", ["Offset", "Limit", "BeginTime", "EndTime"])
    @pytest.mark.parametrize("value", ["-1", "1.5", "ten", "", "１", "9" * 40])
    def test_what_is_not_a_natural_number_is_refused(self, ask: Ask, name: str, value: str) -> None:
        answer = ask.refresh(**({"BeginTime": 1} | {name: value}))
        assert answer == {
            "Action": "DescribeNewUcdnRefreshCacheTaskResponse",
            "RetCode": 230,
            "Message": f"Params [{name}] not available",
        }

    @pytest.mark.parametrize(("name", "value"), [("IsDcdn", "True"), ("IsDcdn", "1"), ("Status", "done")])
    def test_what_is_none_of_the_choices_is_refused(self, ask: Ask, name: str, value: str) -> None:
        assert ask.refresh(**{name: value})["Message"] == f"Params [{name}] not available"


class TestProjects:
    def test_the_projects_are_listed_with_the_default_marked(self, now: Now) -> None:
        account = Account(now, projects=[Project("org-a", "One"), Project("org-b", "Two")])
        assert Ask(Service(account))("GetProjectList")["ProjectSet"] == [
            {"ProjectId": "org-a", "ProjectName": "One", "IsDefault": True},
            {"ProjectId": "org-b", "ProjectName": "Two", "IsDefault": False},
        ]

    def test_a_task_is_seen_in_its_project_only(self, account: Account, ask: Ask) -> None:
        first, second = (project.id for project in account.projects)
        usual, other = account.add("refresh", urls(1)), account.add("refresh", urls(1), project_id=second)
        assert ids(ask.refresh()) == ids(ask.refresh(ProjectId=first)) == [usual]
        assert ids(ask.refresh(ProjectId=second)) == [other]
        assert ids(ask.refresh(TaskId=[other])) == []

    def test_an_unknown_project_is_told_so(self, ask: Ask) -> None:
        assert ask.refresh(ProjectId="org-none")["RetCode"] == 292

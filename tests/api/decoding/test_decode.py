"""Answers are decoded as documented; a bad row, field or byte affects only itself."""

import json
from typing import Any

import pytest

from api.decoding.rows import BOM, the_task
from support.data.documents import PREFETCH_ANSWER, REFRESH_ANSWER, answer_body, task, url
from ucdn_tui.api.decoding.decode import DescribeAnswer, NotAnAnswerError, Unread, decode_describe, read_projects
from ucdn_tui.api.models import Project, TaskRow, UrlRow


def test_the_documented_refresh_example_is_read() -> None:
    answer, unread = decode_describe(REFRESH_ANSWER.encode())
    times = {"create_time": 1548051097, "finish_time": 1548051103}
    assert answer == DescribeAnswer(
        ret_code=0,
        action="DescribeNewUcdnRefreshCacheTaskResponse",
        total_count=2,
        task_list=[
            TaskRow(
                task_id="20190121141137_4d8031d5",
                type="file",
                create_time=1548051097,
                status="success",
                url_lists=[
                    UrlRow(url="http://xxxxx/test2.jpg", status="success", progress=100, **times),
                    UrlRow(url="http://xxxxx/test.jpg", status="success", progress=100, **times),
                ],
            )
        ],
    )
    assert unread == Unread(rows=0, items=0)


def test_the_documented_prefetch_example_is_read() -> None:
    answer, unread = decode_describe(PREFETCH_ANSWER.encode())
    assert unread == Unread(rows=0, items=0)
    assert (answer.ret_code, answer.action, answer.total_count) == (0, "DescribeNewUcdnPrefetchCacheTaskResponse", 4)
    rows = answer.task_list or []
    assert [(row.task_id, len(row.url_lists or [])) for row in rows] == [
        ("mEuMcQSL", 5),
        ("mYtrUNKc", 7),
        ("ZJazzIIh", 3),
        ("sEiKGYYr", 3),
        ("ByScqGMr", 2),
        ("sklDNgoJ", 4),
        ("YLQhYqyq", 7),
    ]
    assert {row.type for row in rows} == {None}
    assert (rows[6].create_time, rows[6].status) == (3, "xRRNKppD")
    last = UrlRow(url="RWWfGzMi", create_time=4, finish_time=4, status="GlHxqIgx", progress=1)
    assert (rows[6].url_lists or [])[-1] == last


@pytest.mark.parametrize("example", [REFRESH_ANSWER, PREFETCH_ANSWER], ids=["refresh", "prefetch"])
@pytest.mark.parametrize(
    "spoil",
    [
        pytest.param(lambda text: BOM + text.encode(), id="byte order mark"),
        pytest.param(lambda text: text.replace("{", '{"Extra": NaN, ', 1).encode(), id="NaN in an unknown field"),
        pytest.param(lambda text: text.replace("{", r'{"Extra": "\ud800", ', 1).encode(), id="lone surrogate"),
        pytest.param(lambda text: text.encode().replace(b"{", b'{"Extra": "\xff", ', 1), id="invalid UTF-8"),
        pytest.param(lambda text: text.replace('"TotalCount": ', '"TotalCount": "').encode()[:-3] + b'"}', id="string"),
    ],
)
def test_bad_values_elsewhere_do_not_change_the_tasks(example: str, spoil: Any) -> None:
    assert decode_describe(spoil(example)) == decode_describe(example.encode())


@pytest.mark.parametrize("bad", [None, 1, "text", True, [], 1.5, float("nan")], ids=repr)
def test_a_task_that_is_no_object_is_skipped_and_counted(bad: Any) -> None:
    answer, unread = decode_describe(answer_body(task("first"), bad, task("third")))
    assert [row.task_id for row in answer.task_list or []] == ["first", "third"]
    assert unread == Unread(rows=1, items=1, unidentified=1)


@pytest.mark.parametrize("bad", [None, 1, "text", True, [], 1.5, float("nan")], ids=repr)
def test_a_url_that_is_no_object_is_skipped_without_its_task(bad: Any) -> None:
    row, unread = the_task(answer_body(task("one", url("https://a/"), bad, url("https://c/"))))
    assert [url_row.url for url_row in row.url_lists or []] == ["https://a/", "https://c/"]
    assert unread == Unread(rows=0, items=1)


@pytest.mark.parametrize("bad", ["text", 1, True, {"0": task()}, 1.5])
def test_a_list_of_urls_of_a_wrong_type_is_empty_and_counted(bad: Any) -> None:
    row, unread = the_task(answer_body(task(UrlLists=bad)))
    assert row.url_lists == []
    assert unread == Unread(rows=0, items=1)


@pytest.mark.parametrize("bad", ["text", "", 1, True, {"a": 1}, {}, {"0": task()}, 1.5])
def test_a_task_list_of_a_wrong_type_is_not_an_answer(bad: Any) -> None:
    with pytest.raises(NotAnAnswerError, match="TaskList is not a list"):
        decode_describe(answer_body(TaskList=bad))


def test_a_refusal_with_a_strange_task_list_is_a_refusal() -> None:
    answer, _unread = decode_describe(b'{"RetCode": 171, "TaskList": "no"}')
    assert answer.ret_code == 171


@pytest.mark.parametrize(
    ("row", "count"),
    [
        ({"TaskId": []}, 1),
        ({"TaskId": None, "CreateTime": "?"}, 1),
        ({"TaskId": None, "CreateTime": 7}, 0),
        ({"TaskId": "a", "CreateTime": "?", "UrlLists": [{"Progress": "?"}, 7]}, 0),
        (7, 1),
    ],
)
def test_rows_that_may_be_any_task_are_counted(row: Any, count: int) -> None:
    _answer, unread = decode_describe(answer_body(task("one"), row))
    assert unread.unidentified == count


@pytest.mark.parametrize("task_list", [None, []])
def test_an_answer_may_have_no_tasks(task_list: Any) -> None:
    answer, unread = decode_describe(answer_body(TaskList=task_list))
    assert (answer.task_list or [], unread) == ([], Unread())
    answer, unread = decode_describe(b'{"RetCode": 0}')
    assert (answer.task_list or [], unread) == ([], Unread())


def test_every_unreadable_value_is_counted_once() -> None:
    bad = [None, task("two", url(Progress="?", Status=[]), None, UrlLists_="extra"), task("three", CreateTime=[])]
    answer, unread = decode_describe(answer_body(task("one"), *bad, "text"))
    assert [row.task_id for row in answer.task_list or []] == ["one", "two", "three"]
    assert unread == Unread(rows=2, items=2 + 2 + 1 + 1, unidentified=2)


@pytest.mark.parametrize("code", ["171", "171.0", " 171", 171.0])
def test_a_ret_code_is_read_in_any_notation(code: Any) -> None:
    answer, _ = decode_describe(json.dumps({"RetCode": code, "Message": "Signature VerifyAC Error"}).encode())
    assert (answer.ret_code, answer.message) == (171, "Signature VerifyAC Error")


@pytest.mark.parametrize(
    "body", [b"{}", b'{"RetCode": null}', b'{"RetCode": "ok"}', b'{"RetCode": true}', b'{"RetCode": []}', b'{"a": NaN}']
)
def test_an_object_without_ret_code_is_refused(body: bytes) -> None:
    with pytest.raises(NotAnAnswerError, match="no RetCode"):
        decode_describe(body)


@pytest.mark.parametrize(
    ("body", "complaint"),
    [
        (b"", "is empty"),
        (b" \r\n\t", "is empty"),
        (BOM, "is empty"),
        (b"<!DOCTYPE html><title>Sign in</title>", "web page"),
        (BOM + b"\n <html></html>", "got a web page, not JSON"),
        (b"upstream connect error", "not JSON"),
        (b'{"RetCode": 0', "not JSON"),
        (b'{"RetCode": 0} {}', "not JSON"),
        (b"\x00\xff\xfe", "not JSON"),
        (REFRESH_ANSWER.encode("utf-16"), "not JSON"),
        (b"null", "not an object"),
        (b"[]", "not an object"),
        (b"0", "not an object"),
        (b'"text"', "not an object"),
        (b"NaN", "not an object"),
        (b"[" * 100_000, "not JSON"),
        (b"[" * 100_000 + b"]" * 100_000, "not JSON"),
        (b'{"RetCode": 0, "TaskList": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", "not JSON"),
        (b'{"a":' * 100_000 + b"0" + b"}" * 100_000, "not JSON"),
    ],
    ids=lambda value: repr(value[:24]),
)
def test_an_unexpected_body_is_described(body: bytes, complaint: str) -> None:
    with pytest.raises(NotAnAnswerError, match=complaint):
        decode_describe(body)


def test_projects_without_id_and_duplicate_projects_are_skipped() -> None:
    rows: list[Any] = [
        {"ProjectId": "org-b", "ProjectName": "first", "IsDefault": True},
        {"ProjectId": "org-a", "ProjectName": "other"},
        {"ProjectId": "org-b", "ProjectName": "second"},
        {"ProjectName": "without"},
        "nonsense",
    ]
    assert read_projects(rows) == [Project("org-b", "first", True), Project("org-a", "other", False)]
    assert read_projects({"ProjectId": "org-b"}) == []

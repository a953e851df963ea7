"""Numbers and texts of an answer are read in any notation; what is unreadable is missing and counted."""

from typing import Any

import pytest

from api.decoding.rows import BOM, the_task
from support.data.documents import answer_body, answer_text, task, url
from ucdn_tui.api.decoding.decode import Unread
from ucdn_tui.api.models import TaskRow, UrlRow


def the_url(body: bytes) -> tuple[UrlRow, Unread]:
    """Return the only URL of an answer's only task, and the counts of unreadable values."""
    row, unread = the_task(body)
    assert row.url_lists is not None
    (url_row,) = row.url_lists
    return url_row, unread


INTS = ["CreateTime", "FinishTime", "Progress"]

TEXTS = ["Status", "Url"]

ATTRIBUTES = {
    "CreateTime": "create_time",
    "FinishTime": "finish_time",
    "Progress": "progress",
    "Status": "status",
    "Url": "url",
    "TaskId": "task_id",
    "Type": "type",
}


@pytest.mark.parametrize("field", INTS)
@pytest.mark.parametrize(
    ("given", "read"),
    [
        ("42", 42),
        (" 42 ", 42),
        ("-1", -1),
        ("42.0", 42),
        ("4.2e1", 42),
        (42.0, 42),
        (42.7, 42),
        ("42.7", 42),
        (1e3, 1000),
        (0, 0),
    ],
    ids=repr,
)
def test_numbers_are_read_in_any_notation(field: str, given: Any, read: int) -> None:
    url_row, unread = the_url(answer_body(task("one", url(**{field: given}))))
    assert getattr(url_row, ATTRIBUTES[field]) == read
    assert unread.items == 0


@pytest.mark.parametrize("field", INTS)
@pytest.mark.parametrize(
    "bad", ["soon", "0x10", [], {}, [1], True, float("nan"), float("inf"), "NaN", "1e999"], ids=repr
)
def test_an_invalid_number_is_missing_and_counted(field: str, bad: Any) -> None:
    url_row, unread = the_url(answer_body(task("one", url(**{field: bad}))))
    assert getattr(url_row, ATTRIBUTES[field]) is None
    assert unread == Unread(rows=0, items=1)
    others = {name: value for name, value in url().items() if name != field}
    assert {name: getattr(url_row, ATTRIBUTES[name]) for name in others} == others


@pytest.mark.parametrize("field", INTS)
@pytest.mark.parametrize("digits", [40, 400, 5000])
@pytest.mark.parametrize("prefix", [b"", BOM], ids=["fast", "lenient"])
def test_a_number_out_of_range_is_missing_and_counted(field: str, digits: int, prefix: bytes) -> None:
    body = answer_text(task("one", url(**{field: 987654321}))).replace("987654321", "9" * digits).encode()
    url_row, unread = the_url(prefix + body)
    assert getattr(url_row, ATTRIBUTES[field]) is None
    assert unread == Unread(rows=0, items=1)


@pytest.mark.parametrize("field", TEXTS)
@pytest.mark.parametrize("bad", [True, [], {}, ["success"]], ids=repr)
def test_an_invalid_text_is_missing_and_counted(field: str, bad: Any) -> None:
    url_row, unread = the_url(answer_body(task("one", url(**{field: bad}))))
    assert getattr(url_row, ATTRIBUTES[field]) is None
    assert unread == Unread(rows=0, items=1)


@pytest.mark.parametrize("field", ["TaskId", "Type", "Status"])
def test_a_number_in_a_text_field_is_read_as_text(field: str) -> None:
    row, unread = the_task(answer_body(task(**{field: 20190121})))
    assert getattr(row, ATTRIBUTES[field]) == "20190121"
    assert unread == Unread()


def test_a_numeric_task_id_keeps_all_its_digits() -> None:
    row, _ = the_task(answer_text(task(TaskId=1)).replace('"TaskId": 1', '"TaskId": ' + "7" * 60).encode())
    assert row.task_id == "7" * 60


def test_null_and_missing_fields_are_none_and_not_counted() -> None:
    row, unread = the_task(answer_body(dict.fromkeys(task())))
    assert (row.task_id, row.type, row.create_time, row.status, row.url_lists or []) == (None, None, None, None, [])
    assert unread == Unread()
    assert the_task(answer_body({})) == (TaskRow(), Unread())
    url_row, unread = the_url(answer_body(task("one", dict.fromkeys(url()))))
    assert (url_row, unread) == (UrlRow(), Unread())
    assert the_url(answer_body(task("one", {}))) == (UrlRow(), Unread())


def test_an_empty_text_in_a_number_field_is_not_counted() -> None:
    url_row, unread = the_url(answer_body(task("one", url(FinishTime="", Status=""))))
    assert (url_row.finish_time, url_row.status) == (None, "")
    assert unread == Unread()


def test_surrogates_and_invalid_utf8_become_replacement_characters() -> None:
    url_row, unread = the_url(answer_body(task("one", url("https://a/\ud800x"))))
    assert (url_row.url, unread) == ("https://a/\ufffdx", Unread())
    url_row, unread = the_url(answer_text(task("one", url("https://a/!x"))).encode().replace(b"!", b"\xff"))
    assert (url_row.url, unread) == ("https://a/\ufffdx", Unread())


def test_a_surrogate_pair_is_one_character() -> None:
    body = answer_body(task("one", url("https://a/😀")))
    assert rb"\ud83d\ude00" in body
    assert the_url(body)[0].url == the_url(BOM + body)[0].url == "https://a/😀"

"""Decoding any bytes gives rows of the declared types, or NotAnAnswerError."""

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from support.data.any_json import ANY_JSON, ANY_TEXT
from support.data.documents import PREFETCH_ANSWER, REFRESH_ANSWER
from ucdn_tui.api.decoding.decode import DescribeAnswer, NotAnAnswerError, Unread, decode_describe
from ucdn_tui.api.models import TaskRow, UrlRow

BOM = b"\xef\xbb\xbf"

TEXT = st.text(max_size=12)
"""Without lone surrogates; `ANY_TEXT` has them."""

SMALL = st.integers(-(2**40), 2**40)


def documents(text: st.SearchStrategy[Any], number: st.SearchStrategy[Any], junk: st.SearchStrategy[Any]) -> Any:
    """Return answers as documented, in which any field may be missing or drawn from `junk`."""

    def record(**fields: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
        return st.fixed_dictionaries({}, optional={name: value | junk for name, value in fields.items()}) | junk

    url = record(Url=text, CreateTime=number, FinishTime=number, Status=text, Progress=number)
    task = record(TaskId=text, Type=text, CreateTime=number, Status=text, UrlLists=st.lists(url, max_size=3))
    whole = record(Action=text, Message=text, TotalCount=number, TaskList=st.lists(task, max_size=3))
    return st.tuples(whole, number | junk).map(lambda pair: with_ret_code(*pair))


def with_ret_code(whole: Any, code: Any) -> Any:
    return {**whole, "RetCode": code} if isinstance(whole, dict) else whole


VALID = documents(TEXT | st.none(), SMALL | st.none(), st.nothing())
INVALID = documents(ANY_TEXT, SMALL, ANY_JSON)


def lists_filled(answer: DescribeAnswer) -> list[Any]:
    """Return an answer's content with missing lists as empty ones, which mean the same."""
    rows = [(row.task_id, row.type, row.create_time, row.status, row.url_lists or []) for row in answer.task_list or []]
    return [answer.ret_code, answer.action, answer.message, answer.total_count, rows]


def check(body: bytes, given_tasks: Any = None) -> None:
    """Decode the body; assert that all values have their declared types, and that all rows are counted."""
    try:
        answer, unread = decode_describe(body)
    except NotAnAnswerError:
        return
    assert type(answer.ret_code) is int
    rows = answer.task_list or []
    urls = [url for row in rows for url in row.url_lists or []]
    for struct, texts, numbers in [
        (answer, ["action", "message"], ["total_count"]),
        *((row, ["task_id", "type", "status"], ["create_time"]) for row in rows),
        *((url, ["url", "status"], ["create_time", "finish_time", "progress"]) for url in urls),
    ]:
        for name in texts:
            text = getattr(struct, name)
            assert text is None or (isinstance(text, str) and text.encode() is not None)
        for name in numbers:
            assert getattr(struct, name) is None or type(getattr(struct, name)) is int
    assert {type(row) for row in rows} <= {TaskRow}
    assert {type(url) for url in urls} <= {UrlRow}
    assert 0 <= unread.rows <= unread.items
    if isinstance(given_tasks, list):
        assert len(rows) + unread.rows == len(given_tasks)


@given(VALID)
def test_a_valid_answer_is_read_alike_fast_and_leniently(document: dict[str, Any]) -> None:
    body = json.dumps(document).encode()
    if document["RetCode"] is None:
        check(body)
        return
    fast, lenient = decode_describe(body), decode_describe(BOM + body)
    assert fast[1] == lenient[1] == Unread()
    assert lists_filled(fast[0]) == lists_filled(lenient[0])


@given(
    st.integers() | st.integers(-2, 2).flatmap(lambda n: st.sampled_from([10**15, 2**53, 2**63, 10**20]).map(n.__add__))
)
def test_any_number_is_read_alike_fast_and_leniently(number: int) -> None:
    for document in ({"CreateTime": number}, {"UrlLists": [{"Progress": number, "FinishTime": number}]}):
        body = json.dumps({"RetCode": 0, "TaskList": [document]}).encode()
        fast, lenient = decode_describe(body), decode_describe(BOM + body)
        assert lists_filled(fast[0]) == lists_filled(lenient[0])
        assert fast[1] == lenient[1]


@given(document=INVALID, escaped=st.booleans())
def test_junk_in_any_field_raises_nothing_else_and_counts_every_row(document: Any, escaped: bool) -> None:
    body = json.dumps(document, ensure_ascii=escaped).encode("utf-8", "surrogatepass")
    check(body, document.get("TaskList") if isinstance(document, dict) else None)


@given(
    example=st.sampled_from([REFRESH_ANSWER, PREFETCH_ANSWER]).map(str.encode),
    start=st.floats(0, 1),
    length=st.integers(0, 60),
    patch=st.binary(max_size=8) | st.sampled_from([b"null", b"NaN", b"1e999", rb'"\ud800"', b"[", b"}", b",", b'"']),
)
def test_a_damaged_example_raises_nothing_else(example: bytes, start: float, length: int, patch: bytes) -> None:
    at = int(start * len(example))
    check(example[:at] + patch + example[at + length :])


@given(st.binary(max_size=200))
def test_any_bytes_raise_nothing_else(body: bytes) -> None:
    check(body)

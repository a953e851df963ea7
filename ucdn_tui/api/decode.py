"""From an answer's bytes to rows: fast where everything is as documented, row by row where something is not."""

import json
import math
from collections.abc import Callable
from typing import Any, Final, Generic, NamedTuple, TypeVar

import msgspec

from ucdn_tui.api.models import INT_LIMIT, Int, Project, TaskRow, UrlRow
from ucdn_tui.i18n import _
from ucdn_tui.text import replace_surrogates


class DescribeAnswer(msgspec.Struct, frozen=True, gc=False, rename="pascal"):
    """A describe action's whole answer, as documented. Only RetCode must be there."""

    ret_code: Int
    action: str | None = None
    message: str | None = None
    total_count: Int | None = None
    task_list: list[TaskRow] | None = None


class NotAnAnswerError(ValueError):
    """The bytes are not an answer of the API; the message says what they are instead, `advice` what to do, or ""."""

    def __init__(self, sentence: str, advice: str = "") -> None:
        super().__init__(sentence)
        self.advice = advice


OBJECT_LIMIT: Final = 1_200_000
"""Objects in a task list: tasks, and URLs of tasks.

A page that is asked for has up to 1,000 tasks, and usually 100,000 URLs. But a server that ignores Limit sends the
whole window, which may be 10,000 tasks of 100 URLs each. So many of the smallest take 0.6 s and 220 MB.
"""

TASK_LIMIT: Final = 100_000
"""Tasks in a task list, likewise: a hundred times what is asked for. So many take 100 MB once they are watched."""

LENIENT_OBJECT_LIMIT: Final = 250_000
"""Objects in an answer that is read field by field: so many take 4 s and up to 160 MB."""

LENIENT_VALUE_LIMIT: Final = 2_500_000
"""Values of any type in such an answer, ten for each object: so many take up to 250 MB."""


_Content = TypeVar("_Content")
_Row = TypeVar("_Row")
_Value = TypeVar("_Value", int, str)

_DECODER: Final = msgspec.json.Decoder(DescribeAnswer)


class Unread(NamedTuple):
    """What an answer held beyond what could be read of it."""

    rows: int = 0
    """Tasks that could not be read at all."""

    items: int = 0
    """These tasks, URLs that could not be read, and single fields."""


class Answer(NamedTuple, Generic[_Content]):
    """An action's answer: what all of them have, and what this one is about."""

    ret_code: int
    action: str | None
    message: str | None
    content: _Content
    summary: str
    """The content in a few words, for the log."""


def decode_tasks(body: bytes) -> Answer[tuple[DescribeAnswer, Unread]]:
    """Return a describe action's answer; raises NotAnAnswerError."""
    answer, unread = decode_describe(body)
    # TotalCount counts tasks or URLs, which is not known: for the log only.
    rows = len(answer.task_list or ())
    summary = f"{rows} rows ({unread.items} unreadable), TotalCount {answer.total_count}"
    return Answer(answer.ret_code, answer.action, answer.message, (answer, unread), summary)


def decode_projects(body: bytes) -> Answer[list[Project]]:
    """Return GetProjectList's answer; raises NotAnAnswerError."""
    answer = parse(body)
    projects = read_projects(answer.get("ProjectSet"))
    action, message = read_str(answer.get("Action")), read_str(answer.get("Message"))
    return Answer(read_ret_code(answer), action, message, projects, f"{len(projects)} projects")


def decode_describe(body: bytes) -> tuple[DescribeAnswer, Unread]:
    """Return the answer in `body`, and what of it could not be read; raises NotAnAnswerError.

    An answer with more than OBJECT_LIMIT objects or TASK_LIMIT tasks is none: a few bytes of JSON, and even fewer
    once they are packed, make an object of a hundred.

    One lone surrogate, one NaN, one number where a string belongs, or a byte that is not UTF-8 fails the whole
    document for msgspec. Then it is read again with the standard library, and each field by itself: numbers as strings
    and the like pass; what cannot be read is taken as missing, and counted.
    """
    _check_count(body.count(b"{"), OBJECT_LIMIT)
    try:
        decoded = _DECODER.decode(body), Unread()
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        decoded = _Tolerant().answer(parse(body))
    _check_count(len(decoded[0].task_list or ()), TASK_LIMIT)
    return decoded


def parse(body: bytes) -> dict[str, Any]:
    """Return the JSON object in `body`, however sloppily written.

    Raises NotAnAnswerError where there is none, or more than LENIENT_OBJECT_LIMIT and LENIENT_VALUE_LIMIT allow.
    """
    _check_count(body.count(b"{"), LENIENT_OBJECT_LIMIT)
    _check_count(body.count(b","), LENIENT_VALUE_LIMIT)
    text = body.decode("utf-8-sig", "replace")
    if not text.strip():
        raise NotAnAnswerError(_("The answer is empty."))
    try:
        value = json.loads(text, parse_int=_parse_int)
    except (ValueError, RecursionError):
        page = text.lstrip().startswith("<")
        raise NotAnAnswerError(_("The answer is a web page.") if page else _("The answer is not JSON.")) from None
    if not isinstance(value, dict):
        raise NotAnAnswerError(_("The answer is JSON, but not an object."))
    return value


def _check_count(count: int, limit: int) -> None:
    if count > limit:
        raise NotAnAnswerError(_("The answer has too many entries."), _("Narrow the window (w, or --since)."))


_DIGITS = 20
"""More digits than any time, count or percentage has; int() itself refuses to read thousands of them."""


def _parse_int(digits: str) -> int | str:
    return int(digits) if len(digits) <= _DIGITS else digits


class _Tolerant:
    """Reads one answer field by field and counts what it could not read."""

    def __init__(self) -> None:
        self.unreadable = 0

    def answer(self, value: dict[str, Any]) -> tuple[DescribeAnswer, Unread]:
        ret_code = read_ret_code(value)
        given = value.get("TaskList")
        tasks = self._rows(given, self._task)
        answer = DescribeAnswer(
            ret_code=ret_code,
            action=read_str(value.get("Action")),
            message=read_str(value.get("Message")),
            total_count=read_int(value.get("TotalCount")),
            task_list=tasks,
        )
        return answer, Unread(len(given) - len(tasks) if isinstance(given, list) else 0, self.unreadable)

    def _rows(self, value: Any, read: Callable[[dict[str, Any]], _Row]) -> list[_Row]:
        if value is None:
            return []
        if not isinstance(value, list):
            self.unreadable += 1
            return []
        objects = [row for row in value if isinstance(row, dict)]
        self.unreadable += len(value) - len(objects)
        return [read(row) for row in objects]

    def _task(self, row: dict[str, Any]) -> TaskRow:
        return TaskRow(
            task_id=self._field(row, "TaskId", read_str),
            url_lists=self._rows(row.get("UrlLists"), self._url),
            type=self._field(row, "Type", read_str),
            create_time=self._field(row, "CreateTime", read_int),
            status=self._field(row, "Status", read_str),
        )

    def _url(self, row: dict[str, Any]) -> UrlRow:
        return UrlRow(
            url=self._field(row, "Url", read_str),
            create_time=self._field(row, "CreateTime", read_int),
            finish_time=self._field(row, "FinishTime", read_int),
            status=self._field(row, "Status", read_str),
            progress=self._field(row, "Progress", read_int),
        )

    def _field(self, row: dict[str, Any], name: str, read: Callable[[Any], _Value | None]) -> _Value | None:
        given = row.get(name)
        value = read(given)
        if value is None and given is not None and given != "":
            self.unreadable += 1
        return value


def read_ret_code(answer: dict[str, Any]) -> int:
    """Return the answer's RetCode; raises NotAnAnswerError where there is none."""
    given = answer.get("RetCode")
    ret_code = None if isinstance(given, float) and not given.is_integer() else read_int(given)
    if ret_code is None:  # half a code is no success
        raise NotAnAnswerError(_("The answer has no RetCode."))
    return ret_code


def read_int(value: Any) -> int | None:
    """Return a whole number from a number or from a string that holds one; None where it is neither."""
    match value:
        case bool():
            return None
        case int():
            return value if abs(value) <= INT_LIMIT else None
        case float():
            return int(value) if math.isfinite(value) and abs(value) <= INT_LIMIT else None
        case str() if len(value) <= _DIGITS:
            try:
                return read_int(int(value))
            except ValueError:
                return _read_fraction(value)
        case _:
            return None


def read_str(value: Any) -> str | None:
    """Return a string from a string or a number; None where it is neither."""
    match value:
        case str():
            return replace_surrogates(value)
        case bool():
            return None
        case int() | float():
            return str(value)
        case _:
            return None


def read_projects(value: Any) -> list[Project]:
    """Return the projects in a ProjectSet that have an id; of those with the same id, the first."""
    projects: dict[str, Project] = {}
    for row in value if isinstance(value, list) else []:
        if isinstance(row, dict) and (project_id := read_str(row.get("ProjectId"))) and project_id not in projects:
            name, is_default = read_str(row.get("ProjectName")) or "", row.get("IsDefault") in (True, "true", "Yes")
            projects[project_id] = Project(project_id, name, is_default)
    return list(projects.values())


def _read_fraction(text: str) -> int | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return read_int(value)

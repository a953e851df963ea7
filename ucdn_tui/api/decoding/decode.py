"""Decoding answers: fast if they match the documentation, field by field if not."""

import json
import math
from collections.abc import Callable
from typing import Any, Final, Generic, NamedTuple, TypeVar

import msgspec

from ucdn_tui.api.models import INT_LIMIT, Int, Project, TaskRow, UrlRow
from ucdn_tui.i18n import N_, _
from ucdn_tui.text import replace_surrogates, sanitize


class DescribeAnswer(msgspec.Struct, frozen=True, gc=False, rename="pascal"):
    """A describe action's whole answer, as documented. Only RetCode is required."""

    ret_code: Int
    action: str | None = None
    message: str | None = None
    total_count: Int | None = None
    task_list: list[TaskRow] | None = None


class NotAnAnswerError(ValueError):
    """The bytes are not an answer of the API. `what` says what they are instead; `advice` may say what to do.

    The message is in English, as logs are; `words` is `what` in the user's language, with `values` put in.
    """

    def __init__(self, what: str, advice: str = "", **values: object) -> None:
        super().__init__(what.format(**values))
        self.words = _(what).format(**values)
        self.advice = advice


OBJECT_LIMIT: Final = 1_200_000
"""Maximum number of objects in a task list: tasks, and their URLs.

A requested page has up to 1,000 tasks, and usually 100,000 URLs. But a server that ignores Limit sends the whole
window, which may be 10,000 tasks with 100 URLs each. This number of the smallest objects takes 0.6 s and 220 MB.
"""

TASK_LIMIT: Final = 100_000
"""Maximum number of tasks in a task list: a hundred requested pages. As stored tasks they take 100 MB."""

LENIENT_OBJECT_LIMIT: Final = 250_000
"""Maximum number of objects in an answer that is read field by field: they take 4 s and up to 160 MB."""

LENIENT_VALUE_LIMIT: Final = 2_500_000
"""Maximum number of values of any type in such an answer, ten for each object: they take up to 250 MB."""

_Content = TypeVar("_Content")
_Row = TypeVar("_Row")
_Value = TypeVar("_Value", int, str)

_DECODER: Final = msgspec.json.Decoder(DescribeAnswer)


class Unread(NamedTuple):
    """How much of an answer could not be read."""

    rows: int = 0
    """Tasks that could not be read at all."""

    items: int = 0
    """Those tasks, plus URLs and single fields that could not be read."""

    unidentified: int = 0
    """Tasks that may be any known task: those that could not be read at all, and those without a readable TaskId in
    which something else could not be read either, or the TaskId itself."""


class Answer(NamedTuple, Generic[_Content]):
    """An action's answer: the fields that all actions share, and its content."""

    ret_code: int
    action: str | None
    message: str | None
    content: _Content
    summary: str
    """A short description of the content, for the log."""


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
    return answer_with(answer, projects, f"{len(projects)} projects")


def decode_task_id(body: bytes) -> Answer[str]:
    """Return the TaskId in a submitting action's answer, "" if there is none; raises NotAnAnswerError."""
    answer = parse(body)
    task_id = read_str(answer.get("TaskId")) or ""
    return answer_with(answer, task_id, f"task {sanitize(task_id, 64)}" if task_id else "no TaskId")


def answer_with(answer: dict[str, Any], content: _Content, summary: str) -> Answer[_Content]:
    """Return the content with the fields that all actions share; raises NotAnAnswerError without a RetCode."""
    action, message = read_str(answer.get("Action")), read_str(answer.get("Message"))
    return Answer(read_ret_code(answer), action, message, content, summary)


def decode_describe(body: bytes) -> tuple[DescribeAnswer, Unread]:
    """Return the answer in `body`, and how much of it could not be read; raises NotAnAnswerError.

    An answer with more than OBJECT_LIMIT objects or TASK_LIMIT tasks is refused: three bytes of JSON, and fewer when
    compressed, become an object of a hundred bytes.

    For msgspec a lone surrogate, a NaN, a number where a string belongs, or a byte that is not UTF-8 makes the whole
    document invalid. Then the standard library parses it, and each field is read by itself: numbers given as strings
    and the like are accepted; an unreadable value counts as missing, and is counted. Only a TaskList that is no list is
    refused: it would look like an answer without tasks.
    """
    _check_count(body.count(b"{"), OBJECT_LIMIT)
    try:
        decoded = _DECODER.decode(body), Unread()
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        decoded = _LenientReader().answer(parse(body))
    _check_count(len(decoded[0].task_list or ()), TASK_LIMIT)
    return decoded


def parse(body: bytes) -> dict[str, Any]:
    """Return the JSON object in `body`, parsed leniently.

    Raises NotAnAnswerError without one, or beyond LENIENT_OBJECT_LIMIT or LENIENT_VALUE_LIMIT.
    """
    _check_count(body.count(b"{"), LENIENT_OBJECT_LIMIT)
    _check_count(body.count(b","), LENIENT_VALUE_LIMIT)
    text = body.decode("utf-8-sig", "replace")
    if not text.strip():
        raise NotAnAnswerError(N_("the body is empty"))
    try:
        value = json.loads(text, parse_int=_parse_int)
    except (ValueError, RecursionError):
        page = text.lstrip().startswith("<")
        raise NotAnAnswerError(N_("got a web page, not JSON") if page else N_("not JSON")) from None
    if not isinstance(value, dict):
        raise NotAnAnswerError(N_("JSON, but not an object"))
    return value


def _check_count(count: int, limit: int) -> None:
    if count > limit:
        raise NotAnAnswerError(N_("too many entries"), _("Choose a shorter time range (w, or --since)."))


_DIGITS = 20
"""More digits than any time, count or percentage has. int() raises ValueError for thousands of digits."""


def _parse_int(digits: str) -> int | str:
    return int(digits) if len(digits) <= _DIGITS else digits


class _LenientReader:
    """Reads one answer field by field, and counts the unreadable values."""

    def __init__(self) -> None:
        self.unreadable = 0
        self.unidentified = 0

    def answer(self, value: dict[str, Any]) -> tuple[DescribeAnswer, Unread]:
        ret_code = read_ret_code(value)
        given = value.get("TaskList")
        if ret_code == 0 and not isinstance(given, list | None):
            raise NotAnAnswerError(N_("TaskList is not a list"))
        tasks = self._rows(given, self._task)
        answer = DescribeAnswer(
            ret_code=ret_code,
            action=read_str(value.get("Action")),
            message=read_str(value.get("Message")),
            total_count=read_int(value.get("TotalCount")),
            task_list=tasks,
        )
        rows = len(given) - len(tasks) if isinstance(given, list) else 0
        return answer, Unread(rows, self.unreadable, rows + self.unidentified)

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
        before = self.unreadable
        task = TaskRow(
            task_id=self._field(row, "TaskId", read_str),
            url_lists=self._rows(row.get("UrlLists"), self._url),
            type=self._field(row, "Type", read_str),
            create_time=self._field(row, "CreateTime", read_int),
            status=self._field(row, "Status", read_str),
        )
        # Without a TaskId, the other values are the key.
        self.unidentified += not task.task_id and self.unreadable > before
        return task

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
    """Return the answer's RetCode; raises NotAnAnswerError without one."""
    given = answer.get("RetCode")
    ret_code = None if isinstance(given, float) and not given.is_integer() else read_int(given)
    if ret_code is None:  # also for 0.5, which must not count as success
        raise NotAnAnswerError(N_("no RetCode"))
    return ret_code


def read_int(value: Any) -> int | None:
    """Return a whole number from a number or a numeric string, else None."""
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
    """Return a string from a string or a number, else None."""
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
    """Return the projects in a ProjectSet that have an id; for duplicate ids, the first."""
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

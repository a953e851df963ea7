"""The support report: what the vendor's support asks for about one task, as plain text in English or Chinese.

Its texts do not pass through gettext: the vendor's support reads them, in a language that the user chooses.
"""

from collections.abc import Sequence
from typing import Literal, NamedTuple

from ucdn_tui import __version__
from ucdn_tui.api.models import Phase, Status, Task, UrlProgress
from ucdn_tui.duration_words import short_duration
from ucdn_tui.export.json_documents import iso_time, task_counts
from ucdn_tui.text import NOTHING, sanitize

Language = Literal["en", "zh"]

_WORD = 80
"""Maximum characters of a status, an id or a name. URLs may be longer."""


class _Template(NamedTuple):
    """The texts of a report in one language."""

    stuck: str
    one_failed: str
    """Some of the task's URLs failed, and it has only one."""
    some_failed: str
    failed: str
    other: str
    yes: str
    no: str
    took: str
    running: str
    body: str


_ENGLISH = _Template(
    stuck="This task has made no progress for {span}. Please advise what is blocking it.",
    one_failed="{failed} of {n} URL in this task failed. Please advise on the cause.",
    some_failed="{failed} of {n} URLs in this task failed. Please advise on the cause.",
    failed="This task failed. Please advise on the cause.",
    other="This report is about the following task.",
    yes="yes",
    no="no",
    took="Took",
    running="Running for",
    body="""\
{question}

Task id: {task_id}
Kind: {kind}
Type: {type}
Whole-site acceleration: {whole_site}
Status: {status}
Progress: {percent}%
URLs: {urls} ({counts})
Created: {created}
Finished: {finished}
Last change: {last_change}
Time of this report: {now}
{took}: {duration}
Request id of the last answer: {request_id}
Project: {project}
Endpoint: {host}
Program: {program}

URLs: status, percent, created, finished, URL
""",
)

_CHINESE = _Template(
    stuck="该任务已有 {span} 没有进展，请协助排查原因。",
    one_failed="该任务的 {n} 个 URL 中有 {failed} 个失败，请协助排查失败原因。",
    some_failed="该任务的 {n} 个 URL 中有 {failed} 个失败，请协助排查失败原因。",
    failed="该任务失败，请协助排查失败原因。",
    other="以下为相关任务的信息。",
    yes="是",
    no="否",
    took="耗时",
    running="已运行",
    body="""\
{question}

任务 ID：{task_id}
任务（refresh 为刷新，prefetch 为预热）：{kind}
类型：{type}
全站加速：{whole_site}
状态：{status}
进度：{percent}%
URL 数量：{urls}（{counts}）
创建时间：{created}
完成时间：{finished}
最近变化：{last_change}
报告时间：{now}
{took}：{duration}
最近一次应答的请求 ID：{request_id}
项目：{project}
API 地址：{host}
程序：{program}

URL 列表：状态、进度、创建时间、完成时间、URL
""",
)

_TEMPLATES: dict[Language, _Template] = {"en": _ENGLISH, "zh": _CHINESE}


def support_report(
    task: Task,
    urls: Sequence[UrlProgress],
    *,
    host: str,
    project: str,
    request_id: str,
    now: float,
    stuck: float | None,
    language: Language = "en",
) -> str:
    """Return a report about one task with everything that the vendor's support asks for, and without keys.

    `host` is the endpoint's, `request_id` the last answer's ("" for none), `now` the server's Unix time. `stuck` is the
    number of seconds without progress, None if the task is not stuck. Statuses are the API's words in every language.
    """
    template = _TEMPLATES[language]
    head = template.body.format(
        question=_question(template, task, stuck),
        task_id=_word(task.task_id),
        kind=task.kind.value,
        type=_word(task.type),
        whole_site=template.yes if task.is_dcdn else template.no,
        status=_word(task.status),
        percent=task.percent,
        urls=task.urls,
        counts=", ".join(f"{name} {count}" for name, count in task_counts(task).items()),
        created=iso_time(task.created) or NOTHING,
        finished=iso_time(task.finished) or NOTHING,
        last_change=iso_time(task.last_change) or NOTHING,
        now=iso_time(now) or NOTHING,
        took=template.took if task.phase is Phase.SETTLED else template.running,
        duration=_running_time(task, now),
        request_id=_word(request_id),
        project=_word(project),
        host=_word(host),
        program=f"ucdn-tui {__version__}",
    )
    return head + "".join(f"{_url_line(url)}\n" for url in urls)


def _word(text: str) -> str:
    return sanitize(text, _WORD) or NOTHING


def _url_line(url: UrlProgress) -> str:
    created, finished = iso_time(url.created) or NOTHING, iso_time(url.finished) or NOTHING
    return f"{_word(url.status)}  {url.percent}%  {created}  {finished}  {sanitize(url.url) or NOTHING}"


def _question(template: _Template, task: Task, stuck: float | None) -> str:
    if stuck is not None:
        return template.stuck.format(span=short_duration(stuck))
    if task.failed:
        words = template.one_failed if task.urls == 1 else template.some_failed
        return words.format(failed=task.failed, n=task.urls)
    return template.failed if task.status == Status.FAILURE else template.other


def _running_time(task: Task, now: float) -> str:
    if task.created is None:
        return NOTHING
    if task.phase is not Phase.SETTLED:
        return short_duration(now - task.created)
    return short_duration(task.finished - task.created) if task.finished else NOTHING

"""The support report has everything that the vendor's support asks for, and no lines from outside text."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from support.data.any_task import ANY_TEXT, SOME_URLS, TASKS
from support.data.summaries import NOW, summary, url
from ucdn_tui import __version__
from ucdn_tui.api.models import Task, UrlProgress
from ucdn_tui.export import (
    support_report,
)


def report(task: Task | None = None, urls: list[UrlProgress] | None = None, **fields: Any) -> str:
    usual = {"host": "api.ucloud.cn", "project": "org-abc", "request_id": "5f1e", "now": NOW, "stuck": None}
    return support_report(task or summary(), [url()] if urls is None else urls, **{**usual, **fields})


class TestReport:
    def test_has_everything_that_support_asks_for(self) -> None:
        task = summary(
            "20251009165220_4d8031d5",
            status="process",
            is_dcdn=True,
            finished=None,
            created=NOW - 3723,
            percent=46,
            succeeded=1,
            failed=2,
            processing=3,
            waiting=4,
            other=5,
        )
        urls = [url(), url("https://cdn.example.com/b", status="", percent=0, created=None, finished=None)]
        assert report(task, urls, stuck=1503.0) == (
            "This task has made no progress for 25m03s. Please advise what is blocking it.\n"
            "\n"
            "Task id: 20251009165220_4d8031d5\n"
            "Kind: refresh\n"
            "Type: file\n"
            "Whole-site acceleration: yes\n"
            "Status: process\n"
            "Progress: 46%\n"
            "URLs: 15 (success 1, failure 2, process 3, wait 4, other 5)\n"
            "Created: 2025-10-09T07:51:17Z\n"
            "Finished: —\n"
            "Last change: 2025-10-09T08:52:30Z\n"
            "Time of this report: 2025-10-09T08:53:20Z\n"
            "Running for: 1h02m\n"
            "Request id of the last answer: 5f1e\n"
            "Project: org-abc\n"
            "Endpoint: api.ucloud.cn\n"
            f"Program: ucdn-tui {__version__}\n"
            "\n"
            "URLs: status, percent, created, finished, URL\n"
            "success  100%  2025-10-09T08:52:20Z  2025-10-09T08:52:30Z  https://cdn.example.com/a.jpg\n"
            "—  0%  —  —  https://cdn.example.com/b\n"
        )

    @pytest.mark.parametrize(
        ("fields", "question"),
        [
            ({"status": "success", "succeeded": 1}, "This report is about the following task."),
            ({"status": "failure", "succeeded": 0}, "This task failed. Please advise on the cause."),
            ({"succeeded": 27, "failed": 3}, "3 of 30 URLs in this task failed. Please advise on the cause."),
            ({"failed": 1}, "1 of 1 URL in this task failed. Please advise on the cause."),
        ],
    )
    def test_begins_with_the_problem(self, fields: dict[str, Any], question: str) -> None:
        assert report(summary(**fields)).split("\n")[0] == question

    def test_a_stuck_task_counts_more_than_its_failed_urls(self) -> None:
        task = summary(status="process", failed=1, processing=1)
        assert report(task, stuck=0.0).startswith("This task has made no progress for 0s. ")

    @pytest.mark.parametrize(
        ("created", "finished", "span"),
        [
            (NOW - 60, NOW - 50, "10s"),
            (NOW - 60, NOW - 60, "0s"),
            (NOW - 5000, NOW - 50, "1h22m"),
            (NOW - 200_000, NOW, "2d07h"),
            (NOW, NOW - 1, "—"),
            (-(2**53), 2**53, "—"),
            (None, NOW, "—"),
            (NOW, None, "—"),
        ],
    )
    def test_says_how_long_the_task_took(self, created: int | None, finished: int | None, span: str) -> None:
        assert f"\nTook: {span}\n" in report(summary(created=created, finished=finished))

    def test_is_the_same_in_chinese_line_by_line(self) -> None:
        task = summary("20251009165220_4d8031d5", status="process", finished=None, failed=1, processing=2)
        english, chinese = (report(task, language=language).split("\n") for language in ("en", "zh"))
        assert chinese[0] == f"该任务的 {task.urls} 个 URL 中有 1 个失败，请协助排查失败原因。"
        assert chinese[2] == "任务 ID：20251009165220_4d8031d5"
        assert len(chinese) == len(english)
        values = [
            (line.partition("：")[2], other.partition(": ")[2]) for line, other in zip(chinese, english, strict=True)
        ]
        for field in (3, 4, 6, 7, *range(9, 18)):  # without yes and no, and the counts, whose brackets differ
            assert values[field][0].rpartition("：")[2] == values[field][1], english[field]
        assert chinese[-2:] == english[-2:], "the lines of the URLs are the same"

    @pytest.mark.parametrize(
        ("fields", "stuck", "question"),
        [
            ({"status": "process"}, 1503.0, "该任务已有 25m03s 没有进展，请协助排查原因。"),
            ({"status": "failure", "succeeded": 0}, None, "该任务失败，请协助排查失败原因。"),
            ({"status": "success", "succeeded": 1}, None, "以下为相关任务的信息。"),
        ],
    )
    def test_begins_with_the_problem_in_chinese(
        self, fields: dict[str, Any], stuck: float | None, question: str
    ) -> None:
        assert report(summary(**fields), stuck=stuck, language="zh").split("\n")[0] == question

    @pytest.mark.parametrize("seconds", [float("nan"), float("inf"), -1.0, 1e12])
    def test_nonsensical_times_are_dashes(self, seconds: float) -> None:
        text = report(summary(status="wait", created=-(2**53)), stuck=seconds, now=seconds)
        assert "no progress for —." in text
        assert "\nRunning for: —\n" in text
        assert "\nTime of this report: —\n" in text

    def test_missing_values_are_dashes(self) -> None:
        text = report(summary("", type="", status=""), [url("")], project="", request_id="", host="")
        for what in ("Task id", "Type", "Status", "Project", "Request id of the last answer", "Endpoint"):
            assert f"\n{what}: —\n" in text
        assert text.endswith("2025-10-09T08:52:30Z  —\n")

    @given(TASKS, SOME_URLS, ANY_TEXT, st.none() | st.floats(), st.floats())
    def test_any_text_is_sanitized_and_adds_no_lines(
        self, task: Task, urls: list[UrlProgress], text: str, stuck: float | None, now: float
    ) -> None:
        for language in ("en", "zh"):
            fields = {"host": text, "project": text, "request_id": text, "now": now, "stuck": stuck}
            written = report(task, urls, language=language, **fields)
            assert len(written.splitlines()) == len(report(urls=[]).splitlines()) + len(urls)
            assert written.replace("\n", "").isprintable()

    def test_long_values_are_cut(self) -> None:
        long = "x" * 1_000_000
        task = summary(long, status=long, type=long)
        text = report(task, [url(long, status=long)], host=long, project=long, request_id=long)
        assert len(text) < 7000

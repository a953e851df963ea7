"""JSON documents hold all fields of a task, exactly."""

import json

import pytest
from hypothesis import given

from support.data.any_task import EVIL, SOME_URLS, TASKS, evil_task, evil_url, replaced
from support.data.summaries import NOW, summary, url
from ucdn_tui.api.models import Task, TaskKind, UrlProgress
from ucdn_tui.export import (
    task_document,
    task_json,
    tasks_json,
    urls_json,
)

ADDRESS = "https://cdn.example.com/a.jpg"


class TestDocument:
    def test_has_all_fields_of_a_task(self) -> None:
        task = summary(
            status="process",
            is_dcdn=True,
            finished=None,
            last_change=NOW - 30.5,
            percent=46,
            succeeded=1,
            failed=2,
            processing=3,
            waiting=4,
            other=5,
        )
        assert task_document(
            task, [url(), url("https://cdn.example.com/b", status="wait", percent=0, finished=None)]
        ) == {
            "kind": "refresh",
            "task_id": "20251009165220_4d8031d5",
            "type": "file",
            "status": "process",
            "outcome": "process",
            "is_whole_site": True,
            "created": "2025-10-09T08:52:20Z",
            "finished": None,
            "last_change": "2025-10-09T08:52:49Z",
            "percent": 46,
            "counts": {"success": 1, "failure": 2, "process": 3, "wait": 4, "other": 5},
            "urls": [
                {
                    "url": ADDRESS,
                    "status": "success",
                    "percent": 100,
                    "created": "2025-10-09T08:52:20Z",
                    "finished": "2025-10-09T08:52:30Z",
                },
                {
                    "url": "https://cdn.example.com/b",
                    "status": "wait",
                    "percent": 0,
                    "created": "2025-10-09T08:52:20Z",
                    "finished": None,
                },
            ],
        }

    def test_the_outcome_of_a_partly_failed_task_is_failure(self) -> None:
        document = task_document(summary(status="success", succeeded=29, failed=1), [])
        assert (document["status"], document["outcome"]) == ("success", "failure")

    def test_has_plain_strings_instead_of_enums(self) -> None:
        document = task_document(summary(kind=TaskKind.PREFETCH, succeeded=0, failed=1), [url()])
        assert [type(document[key]) for key in ("kind", "status", "outcome")] == [str, str, str]

    @pytest.mark.parametrize(
        ("moment", "text"),
        [
            (1_795_344_649, "2026-11-22T10:50:49Z"),
            (1, "1970-01-01T00:00:01Z"),
            (253_402_300_799, "9999-12-31T23:59:59Z"),
            (253_402_300_800, None),
            (NOW * 1000, None),
            (2**53, None),
            (0, None),
            (-1, None),
            (-(2**53), None),
            (None, None),
        ],
    )
    def test_times_are_utc_and_null_if_nonsensical(self, moment: int | None, text: str | None) -> None:
        document = task_document(summary(created=moment, finished=moment), [url(created=moment, finished=moment)])
        row = document["urls"][0]
        assert [document["created"], document["finished"], row["created"], row["finished"]] == [text] * 4

    @pytest.mark.parametrize("moment", [float("nan"), float("inf"), float("-inf"), 1e300, -0.5])
    def test_a_nonsensical_last_change_is_null(self, moment: float) -> None:
        assert task_document(summary(last_change=moment), [])["last_change"] is None

    @given(TASKS, SOME_URLS)
    def test_any_task_survives_a_round_trip_through_json(self, task: Task, urls: list[UrlProgress]) -> None:
        document = task_document(task, urls)
        text = task_json(task, urls)
        assert json.loads(text.encode()) == document
        assert document["task_id"] == replaced(task.task_id)
        assert [row["url"] for row in document["urls"]] == [replaced(each.url) for each in urls]
        assert text.replace("\n", "").isprintable()


class TestJson:
    def test_is_indented_and_readable(self) -> None:
        text = task_json(summary(), [url("https://cdn.example.com/图。jpg?—😀")])
        assert '\n  "kind": "refresh",\n' in text
        assert '"https://cdn.example.com/图。jpg?—😀"' in text
        assert text.endswith("}\n")

    def test_tasks_are_an_array_of_documents(self) -> None:
        several = [(summary(), [url()]), (summary("other", TaskKind.PREFETCH), [])]
        assert json.loads(tasks_json(iter(several))) == [task_document(*each) for each in several]
        assert json.loads(tasks_json([])) == []

    def test_urls_are_an_array_and_name_their_task(self) -> None:
        (row,) = json.loads(urls_json(summary(kind=TaskKind.PREFETCH), [url(percent=7, finished=None)]))
        assert row == {
            "kind": "prefetch",
            "task_id": "20251009165220_4d8031d5",
            "url": ADDRESS,
            "status": "success",
            "percent": 7,
            "created": "2025-10-09T08:52:20Z",
            "finished": None,
        }

    def test_invisible_characters_are_json_escapes(self) -> None:
        for text in (task_json(evil_task(), [evil_url()]), urls_json(evil_task(), [evil_url()])):
            assert text.replace("\n", "").isprintable()
            assert r"\u009b2J\u007f\r\n\t" in text
            assert r"\udb40\udc41图" in text
        assert json.loads(urls_json(evil_task(), [evil_url()]))[0]["url"] == replaced(EVIL)

    def test_a_long_url_is_not_cut(self) -> None:
        long = ADDRESS + "x" * 1_000_000
        assert json.loads(task_json(summary(), [url(long)]))["urls"][0]["url"] == long

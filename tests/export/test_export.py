"""A task as text to take away: exact for programs, harmless for people, and in a file as a whole or not at all."""

import csv
import errno
import io
import json
import os
import re
import resource
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from support.summaries import NOW, summary, url
from ucdn_tui import __version__
from ucdn_tui.api.models import Task, TaskKind, UrlProgress
from ucdn_tui.export import (
    ExportError,
    failed_urls,
    support_bundle,
    task_document,
    task_json,
    tasks_csv,
    tasks_json,
    urls_csv,
    urls_json,
    write_new,
)

ADDRESS = "https://cdn.example.com/a.jpg"

EVIL = "\x1b]52;c;x\x07\x9b2J\x7f\r\n\t\"',;=[/b]{}%s\u202e\u2028\ud800\U000e0041图"

CHARACTERS = st.characters(exclude_categories=()) | st.sampled_from(
    "\x1b\x9c\r\n\t\"',;=+-@＝ \u202e\u2028\x85\ud800\x00"
)
ANY_TEXT = st.lists(CHARACTERS, max_size=10).map("".join)
TIMES = st.none() | st.integers(-(2**53), 2**53) | st.integers(0, 2 * NOW)
COUNTS = st.integers(0, 1000)
KINDS = st.sampled_from(TaskKind)
STATUSES = st.sampled_from(["success", "failure", "process", "wait", "unknow", ""]) | ANY_TEXT

TASKS = st.builds(
    summary,
    ANY_TEXT,
    KINDS,
    status=STATUSES,
    type=ANY_TEXT,
    is_dcdn=st.booleans(),
    created=TIMES,
    finished=TIMES,
    last_change=TIMES | st.floats(),
    percent=st.integers(0, 100),
    succeeded=COUNTS,
    failed=COUNTS,
    processing=COUNTS,
    waiting=COUNTS,
    other=COUNTS,
    first_url=ANY_TEXT,
)
URLS = st.builds(url, ANY_TEXT, status=STATUSES, percent=st.integers(0, 100), created=TIMES, finished=TIMES)
SOME_URLS = st.lists(URLS, max_size=4)


def evil_task() -> Task:
    return summary(EVIL, status=EVIL, type=EVIL, first_url=EVIL)


def evil_url() -> UrlProgress:
    return url(EVIL, status=EVIL)


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


def replaced(text: str) -> str:
    """Return a text as it has to be read back: half a character cannot be kept."""
    return re.sub("[\ud800-\udfff]", "\ufffd", text)


def letter(task: Task | None = None, urls: list[UrlProgress] | None = None, **fields: Any) -> str:
    usual = {"host": "api.ucloud.cn", "project": "org-abc", "request_id": "5f1e", "now": NOW, "stuck": None}
    return support_bundle(task or summary(), [url()] if urls is None else urls, **{**usual, **fields})


class TestADocument:
    def test_holds_all_that_is_known_of_a_task(self) -> None:
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

    def test_calls_a_task_that_failed_in_part_a_failure(self) -> None:
        document = task_document(summary(status="success", succeeded=29, failed=1), [])
        assert (document["status"], document["outcome"]) == ("success", "failure")

    def test_holds_plain_values_only(self) -> None:
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
    def test_has_times_in_utc_and_none_for_nonsense(self, moment: int | None, text: str | None) -> None:
        document = task_document(summary(created=moment, finished=moment), [url(created=moment, finished=moment)])
        row = document["urls"][0]
        assert [document["created"], document["finished"], row["created"], row["finished"]] == [text] * 4

    @pytest.mark.parametrize("moment", [float("nan"), float("inf"), float("-inf"), 1e300, -0.5])
    def test_has_no_last_change_where_it_is_no_time(self, moment: float) -> None:
        assert task_document(summary(last_change=moment), [])["last_change"] is None

    @given(TASKS, SOME_URLS)
    def test_of_anything_comes_back_from_json_as_it_was(self, task: Task, urls: list[UrlProgress]) -> None:
        document = task_document(task, urls)
        text = task_json(task, urls)
        assert json.loads(text.encode()) == document
        assert document["task_id"] == replaced(task.task_id)
        assert [row["url"] for row in document["urls"]] == [replaced(each.url) for each in urls]
        assert text.replace("\n", "").isprintable()


class TestJson:
    def test_is_for_people_too(self) -> None:
        text = task_json(summary(), [url("https://cdn.example.com/图。jpg?—😀")])
        assert '\n  "kind": "refresh",\n' in text
        assert '"https://cdn.example.com/图。jpg?—😀"' in text
        assert text.endswith("}\n")

    def test_of_tasks_is_an_array_of_their_documents(self) -> None:
        several = [(summary(), [url()]), (summary("other", TaskKind.PREFETCH), [])]
        assert json.loads(tasks_json(iter(several))) == [task_document(*each) for each in several]
        assert json.loads(tasks_json([])) == []

    def test_of_urls_is_an_array_that_names_their_task(self) -> None:
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

    def test_shows_what_cannot_be_seen_as_escapes_which_mean_the_same(self) -> None:
        for text in (task_json(evil_task(), [evil_url()]), urls_json(evil_task(), [evil_url()])):
            assert text.replace("\n", "").isprintable()
            assert r"\u009b2J\u007f\r\n\t" in text
            assert r"\udb40\udc41图" in text
        assert json.loads(urls_json(evil_task(), [evil_url()]))[0]["url"] == replaced(EVIL)

    def test_keeps_a_url_of_any_length(self) -> None:
        long = ADDRESS + "x" * 1_000_000
        assert json.loads(task_json(summary(), [url(long)]))["urls"][0]["url"] == long


class TestCsv:
    def test_of_tasks_has_a_header_and_a_line_for_each(self) -> None:
        task = summary(
            "a", status="failure", is_dcdn=True, succeeded=1, failed=2, processing=3, waiting=4, other=5, percent=46
        )
        assert tasks_csv(iter([task, summary("b", TaskKind.PREFETCH, type="", created=None, last_change=None)])) == (
            "kind,task_id,type,status,outcome,is_whole_site,created,finished,last_change,percent,"
            "urls,success,failure,process,wait,other,first_url\n"
            "refresh,a,file,failure,failure,true,2025-10-09T08:52:20Z,2025-10-09T08:52:30Z,2025-10-09T08:52:30Z,46,"
            "15,1,2,3,4,5,https://cdn.example.com/a.jpg\n"
            "prefetch,b,,success,success,false,,2025-10-09T08:52:30Z,,100,"
            "1,1,0,0,0,0,https://cdn.example.com/a.jpg\n"
        )

    def test_of_urls_has_a_header_and_a_line_for_each(self) -> None:
        assert urls_csv(summary("a"), [url("https://a/,b", percent=7, finished=None)]) == (
            "kind,task_id,url,status,percent,created,finished\n"
            'refresh,a,"https://a/,b",success,7,2025-10-09T08:52:20Z,\n'
        )

    def test_of_nothing_is_a_header(self) -> None:
        assert tasks_csv([]).count("\n") == urls_csv(summary(), []).count("\n") == 1

    @pytest.mark.parametrize(
        ("text", "cell"),
        [
            ("=HYPERLINK(1)", "'=HYPERLINK(1)"),
            ("+1", "'+1"),
            ("-1", "'-1"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("\t1", r"'\t1"),
            ("\r1", r"'\r1"),
            ("  =1", "'  =1"),
            ("\n=1", r"'\n=1"),
            ("\u3000=1", r"'\u3000=1"),
            ("＝1", "'＝1"),
            ("＋1", "'＋1"),
            ("－1", "'－1"),
            ("＠1", "'＠1"),
            ("a=1", "a=1"),
            ("'=1", "'=1"),
            ("", ""),
        ],
    )
    def test_is_no_formula_to_a_spreadsheet(self, text: str, cell: str) -> None:
        (task,) = rows(tasks_csv([summary(text, type=text, status=text, first_url=text)]))
        (row,) = rows(urls_csv(summary(text), [url(text, status=text)]))
        assert [task[name] for name in ("task_id", "type", "status", "outcome", "first_url")] == [cell] * 5
        assert [row[name] for name in ("task_id", "url", "status")] == [cell] * 3

    def test_shows_what_cannot_be_seen_as_escapes(self) -> None:
        shown = r"""\x1b]52;c;x\x07\x9b2J\x7f\r\n\t"',;=[/b]{}%s\u202e\u2028�\U000e0041图"""
        (task,) = rows(tasks_csv([evil_task()]))
        (row,) = rows(urls_csv(evil_task(), [evil_url()]))
        assert {task[name] for name in ("task_id", "type", "status", "outcome", "first_url")} == {shown}
        assert {row[name] for name in ("task_id", "url", "status")} == {shown}

    def test_keeps_a_url_of_any_length(self) -> None:
        long = ADDRESS + "x" * 100_000
        assert rows(urls_csv(summary(), [url(long)]))[0]["url"] == long

    @given(st.lists(TASKS, max_size=4))
    def test_of_any_tasks_has_a_line_for_each(self, tasks: list[Task]) -> None:
        text = tasks_csv(tasks)
        assert len(text.splitlines()) == len(rows(text)) + 1 == len(tasks) + 1
        assert all(not cell.lstrip().startswith(tuple("=+-@＝＋－＠")) for row in rows(text) for cell in row.values())
        assert text.replace("\n", "").isprintable()

    @given(TASKS, SOME_URLS)
    def test_of_any_urls_has_a_line_for_each(self, task: Task, urls: list[UrlProgress]) -> None:
        text = urls_csv(task, urls)
        assert len(text.splitlines()) == len(rows(text)) + 1 == len(urls) + 1
        assert text.replace("\n", "").isprintable()


class TestWhatFailed:
    def test_is_one_url_a_line(self) -> None:
        urls = [url("https://a/1", status="failure"), url("https://a/2"), url("https://a/3", status="failure")]
        assert failed_urls(urls) == "https://a/1\nhttps://a/3\n"

    @pytest.mark.parametrize("status", ["success", "wait", "process", "unknow", "", "Failure", "failure "])
    def test_is_what_the_api_says_has_failed_and_nothing_else(self, status: str) -> None:
        assert failed_urls([url(status=status)]) == ""

    def test_is_nothing_where_the_url_is_missing(self) -> None:
        assert failed_urls([url("", status="failure")]) == ""

    @given(SOME_URLS)
    def test_never_gets_a_line_from_inside_a_url(self, urls: list[UrlProgress]) -> None:
        text = failed_urls(urls)
        assert len(text.splitlines()) == sum(each.status == "failure" and bool(each.url) for each in urls)
        assert text.replace("\n", "").isprintable()


class TestALetterToSupport:
    def test_has_all_that_they_ask_for(self) -> None:
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
        assert letter(task, urls, stuck=1503.0) == (
            "This task has made no progress for 25m03s. What does it wait for, and when will it be done?\n"
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
            "Running for: 1h02m03s\n"
            "Request id of the last answer: 5f1e\n"
            "Project: org-abc\n"
            "Endpoint: api.ucloud.cn\n"
            f"Program: ucdn-tui {__version__}\n"
            "\n"
            "Each URL: status, per cent, created, finished, address\n"
            "success  100%  2025-10-09T08:52:20Z  2025-10-09T08:52:30Z  https://cdn.example.com/a.jpg\n"
            "—  0%  —  —  https://cdn.example.com/b\n"
        )

    @pytest.mark.parametrize(
        ("fields", "question"),
        [
            ({"status": "success", "succeeded": 1}, "This is about the following task."),
            ({"status": "failure", "succeeded": 0}, "This task failed. Why, and what can be done?"),
            ({"succeeded": 27, "failed": 3}, "3 of this task's 30 URLs failed. Why, and what can be done?"),
            ({"failed": 1}, "1 of this task's 1 URL failed. Why, and what can be done?"),
        ],
    )
    def test_asks_about_what_is_wrong(self, fields: dict[str, Any], question: str) -> None:
        assert letter(summary(**fields)).split("\n")[0] == question

    def test_asks_what_a_stuck_task_waits_for_before_why_a_part_of_it_failed(self) -> None:
        task = summary(status="process", failed=1, processing=1)
        assert letter(task, stuck=0.0).startswith("This task has made no progress for 0s. ")

    @pytest.mark.parametrize(
        ("created", "finished", "span"),
        [
            (NOW - 60, NOW - 50, "10s"),
            (NOW - 60, NOW - 60, "0s"),
            (NOW - 5000, NOW - 50, "1h22m30s"),
            (NOW - 200_000, NOW, "55h33m20s"),
            (NOW, NOW - 1, "—"),
            (-(2**53), 2**53, "—"),
            (None, NOW, "—"),
            (NOW, None, "—"),
        ],
    )
    def test_says_how_long_it_took(self, created: int | None, finished: int | None, span: str) -> None:
        assert f"\nTook: {span}\n" in letter(summary(created=created, finished=finished))

    @pytest.mark.parametrize("seconds", [float("nan"), float("inf"), -1.0, 1e12])
    def test_makes_no_sense_of_nonsense(self, seconds: float) -> None:
        text = letter(summary(status="wait", created=-(2**53)), stuck=seconds, now=seconds)
        assert "no progress for —." in text
        assert "\nRunning for: —\n" in text
        assert "\nTime of this report: —\n" in text

    def test_marks_what_is_missing(self) -> None:
        text = letter(summary("", type="", status=""), [url("")], project="", request_id="", host="")
        for what in ("Task id", "Type", "Status", "Project", "Request id of the last answer", "Endpoint"):
            assert f"\n{what}: —\n" in text
        assert text.endswith("2025-10-09T08:52:30Z  —\n")

    @given(TASKS, SOME_URLS, ANY_TEXT, st.none() | st.floats(), st.floats())
    def test_holds_nothing_that_does_harm_and_no_line_from_outside(
        self, task: Task, urls: list[UrlProgress], text: str, stuck: float | None, now: float
    ) -> None:
        written = letter(task, urls, host=text, project=text, request_id=text, now=now, stuck=stuck)
        assert len(written.splitlines()) == len(letter(urls=[]).splitlines()) + len(urls)
        assert written.replace("\n", "").isprintable()

    def test_stays_short_whatever_the_length_of_what_it_is_told(self) -> None:
        long = "x" * 1_000_000
        task = summary(long, status=long, type=long)
        text = letter(task, [url(long, status=long)], host=long, project=long, request_id=long)
        assert len(text) < 7000


@contextmanager
def files_of_at_most(size: int) -> Iterator[None]:
    """Let the operating system refuse to make a file larger than so many bytes, in the middle of writing it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


class TestAFile:
    @pytest.fixture
    def folder(self, tmp_path: Path) -> Path:
        folder = tmp_path / "folder"
        folder.mkdir()
        return folder

    def test_holds_the_text_as_it_is(self, folder: Path) -> None:
        path = write_new([folder], "tasks", ".csv", "one\ntwo\r\n图\ud800")
        assert path == folder / "tasks.csv"
        assert path.read_bytes() == "one\ntwo\r\n图\ufffd".encode()

    def test_is_its_owners_only(self, folder: Path) -> None:
        assert stat.S_IMODE(write_new([folder], "tasks", ".csv", "").stat().st_mode) == 0o600

    def test_never_takes_the_place_of_another(self, folder: Path) -> None:
        paths = [write_new([folder], "tasks", ".csv", text) for text in ("one", "two", "three")]
        assert [path.name for path in paths] == ["tasks.csv", "tasks-2.csv", "tasks-3.csv"]
        assert [path.read_text() for path in paths] == ["one", "two", "three"]

    def test_never_goes_through_a_link(self, folder: Path, tmp_path: Path) -> None:
        (folder / "tasks.csv").symlink_to(tmp_path / "elsewhere")
        assert write_new([folder], "tasks", ".csv", "text") == folder / "tasks-2.csv"
        assert not (tmp_path / "elsewhere").exists()

    def test_leaves_a_folder_of_its_name_alone(self, folder: Path) -> None:
        (folder / "tasks.csv").mkdir()
        assert write_new([folder], "tasks", ".csv", "text") == folder / "tasks-2.csv"

    def test_goes_into_the_first_folder_that_takes_it(self, folder: Path, tmp_path: Path) -> None:
        file = tmp_path / "file"
        file.touch()
        assert write_new([tmp_path / "missing", file, folder, tmp_path], "tasks", ".csv", "").parent == folder
        assert not (tmp_path / "missing").exists()

    def test_is_not_written_in_part(self, folder: Path) -> None:
        with files_of_at_most(100_000), pytest.raises(ExportError, match=os.strerror(errno.EFBIG)):
            write_new([folder], "tasks", ".csv", "x" * 200_000)
        assert list(folder.iterdir()) == []

    def test_that_cannot_be_finished_does_not_take_another_with_it(self, folder: Path) -> None:
        write_new([folder], "tasks", ".csv", "one")
        with files_of_at_most(100_000), pytest.raises(ExportError):
            write_new([folder], "tasks", ".csv", "x" * 200_000)
        assert [path.read_text() for path in folder.iterdir()] == ["one"]

    def test_counts_as_written_only_when_the_disk_has_it(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        def full(handle: int) -> None:
            assert os.fstat(handle).st_size == 4
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

        monkeypatch.setattr(os, "fsync", full)
        with pytest.raises(ExportError, match="No space left"):
            write_new([folder], "tasks", ".csv", "text")
        assert list(folder.iterdir()) == []

    def test_is_not_left_behind_when_the_user_leaves_meanwhile(
        self, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def interrupted(handle: int) -> None:
            raise KeyboardInterrupt

        monkeypatch.setattr(os, "fsync", interrupted)
        with pytest.raises(KeyboardInterrupt):
            write_new([folder], "tasks", ".csv", "text")
        assert list(folder.iterdir()) == []

    def test_that_nobody_takes_says_where_it_was_tried_and_why_not(self, tmp_path: Path) -> None:
        file = tmp_path / "file"
        file.touch()
        missing = tmp_path / "mis\x1bsing"
        with pytest.raises(ExportError) as caught:
            write_new([missing, file, missing], "tasks", ".csv", "")
        error = caught.value
        assert error.sentence == f"{tmp_path}/mis\\x1bsing: No such file or directory; {file}: Not a directory"
        assert all((error.title, error.advice))
        assert str(error).isprintable()

    def test_without_a_folder_is_an_error_too(self) -> None:
        with pytest.raises(ExportError, match="no folder"):
            write_new([], "tasks", ".csv", "")

    def test_gives_up_where_a_folder_is_full_of_its_name(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("ucdn_tui.export._NUMBERS", 3)
        for _ in range(2):
            write_new([folder], "tasks", ".csv", "")
        with pytest.raises(ExportError, match="too many files named tasks"):
            write_new([folder], "tasks", ".csv", "")

    @pytest.mark.parametrize(
        ("name", "file"),
        [
            ("refresh-20251009_4d8031d5", "refresh-20251009_4d8031d5.csv"),
            ("../../etc/passwd", "_.._etc_passwd.csv"),
            ("/etc/passwd", "_etc_passwd.csv"),
            ("a/b\\c:d", "a_b_c_d.csv"),
            (".hidden", "hidden.csv"),
            ("-rf", "rf.csv"),
            ("a\x00b\nc\x1b", "a_b_c_.csv"),
            ("图 片", "_.csv"),
            ("\ud800", "_.csv"),
            ("..", "export.csv"),
            ("", "export.csv"),
            ("x" * 10_000, "x" * 100 + ".csv"),
        ],
    )
    def test_has_a_name_that_stays_in_its_folder(self, folder: Path, name: str, file: str) -> None:
        assert write_new([folder], name, ".csv", "") == folder / file
        assert [path.name for path in folder.iterdir()] == [file]

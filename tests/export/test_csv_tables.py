"""CSV tables have one line per task or URL, and no cell that is a formula."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from support.data.any_task import SOME_URLS, TASKS, evil_task, evil_url
from support.data.summaries import summary, url
from ucdn_tui.api.models import Task, TaskKind, UrlProgress
from ucdn_tui.export import (
    failed_urls,
    tasks_csv,
    urls_csv,
)

ADDRESS = "https://cdn.example.com/a.jpg"


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


class TestTables:
    def test_tasks_are_a_header_and_one_line_each(self) -> None:
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

    def test_urls_are_a_header_and_one_line_each(self) -> None:
        assert urls_csv(summary("a"), [url("https://a/,b", percent=7, finished=None)]) == (
            "kind,task_id,url,status,percent,created,finished\n"
            'refresh,a,"https://a/,b",success,7,2025-10-09T08:52:20Z,\n'
        )

    def test_without_rows_there_is_only_the_header(self) -> None:
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
            ("http://x/;=cmd|' /C calc'!A0;", "http://x/;'=cmd|' /C calc'!A0;"),
            ('a; "=1;b;+2;;@3', """a;' "=1;b;'+2;;'@3"""),
            ("a;b=1", "a;b=1"),
        ],
    )
    def test_no_cell_is_a_formula(self, text: str, cell: str) -> None:
        (task,) = rows(tasks_csv([summary(text, type=text, status=text, first_url=text)]))
        (row,) = rows(urls_csv(summary(text), [url(text, status=text)]))
        assert [task[name] for name in ("task_id", "type", "status", "outcome", "first_url")] == [cell] * 5
        assert [row[name] for name in ("task_id", "url", "status")] == [cell] * 3

    def test_invisible_characters_are_escapes(self) -> None:
        shown = r"""\x1b]52;c;x\x07\x9b2J\x7f\r\n\t"',;'=[/b]{}%s\u202e\u2028�\U000e0041图"""
        (task,) = rows(tasks_csv([evil_task()]))
        (row,) = rows(urls_csv(evil_task(), [evil_url()]))
        assert {task[name] for name in ("task_id", "type", "status", "outcome", "first_url")} == {shown}
        assert {row[name] for name in ("task_id", "url", "status")} == {shown}

    def test_a_long_url_is_not_cut(self) -> None:
        long = ADDRESS + "x" * 100_000
        assert rows(urls_csv(summary(), [url(long)]))[0]["url"] == long

    @pytest.mark.parametrize("quotes", ["", '"', '""', ',"', '",'])
    def test_no_cell_is_a_formula_where_semicolons_separate(self, quotes: str) -> None:
        text = urls_csv(summary("a"), [url(f"http://x/{quotes};{quotes}=cmd|' /C calc'!A0;{quotes}@1")])
        cells = [cell for row in csv.reader(io.StringIO(text, newline=""), delimiter=";") for cell in row]
        assert any("cmd" in cell for cell in cells)
        assert not [cell for cell in cells if cell.lstrip(" \"'")[:1] in set("=+-@") and cell[:1] != "'"]

    @given(st.lists(TASKS, max_size=4))
    def test_any_task_is_one_line(self, tasks: list[Task]) -> None:
        text = tasks_csv(tasks)
        assert len(text.splitlines()) == len(rows(text)) + 1 == len(tasks) + 1
        assert all(not cell.lstrip().startswith(tuple("=+-@＝＋－＠")) for row in rows(text) for cell in row.values())
        assert text.replace("\n", "").isprintable()

    @given(TASKS, SOME_URLS)
    def test_any_url_is_one_line(self, task: Task, urls: list[UrlProgress]) -> None:
        text = urls_csv(task, urls)
        assert len(text.splitlines()) == len(rows(text)) + 1 == len(urls) + 1
        assert text.replace("\n", "").isprintable()


class TestFailedUrls:
    def test_are_one_a_line(self) -> None:
        urls = [url("https://a/1", status="failure"), url("https://a/2"), url("https://a/3", status="failure")]
        assert failed_urls(urls) == "https://a/1\nhttps://a/3\n"

    @pytest.mark.parametrize("status", ["success", "wait", "process", "unknow", "", "Failure", "failure "])
    def test_have_status_failure_and_no_other(self, status: str) -> None:
        assert failed_urls([url(status=status)]) == ""

    def test_do_not_include_a_missing_url(self) -> None:
        assert failed_urls([url("", status="failure")]) == ""

    @given(SOME_URLS)
    def test_a_url_never_spans_lines(self, urls: list[UrlProgress]) -> None:
        text = failed_urls(urls)
        assert len(text.splitlines()) == sum(each.status == "failure" and bool(each.url) for each in urls)
        assert text.replace("\n", "").isprintable()

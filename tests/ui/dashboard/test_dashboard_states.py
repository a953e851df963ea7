"""The dashboard without tasks, during faults, and with odd or hostile data."""

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import httpx

from support.clock import FakeClock
from support.data.documents import PREFETCH_ANSWER, REFRESH_ANSWER, answer_text, task, url
from support.screen.dashboard import DashboardHarness, account, add, rows_of, running_dashboard

REFUSAL = '{"RetCode": 171, "Message": "Signature VerifyAC Error", "Action": ""}'

HOSTILE = [
    ("http://h/[/nope][red]", "h/[/nope][red]"),
    ("http://h/\x1b[2J\x1b]0;owned\x07end", r"h/\x1b[2J\x1b]0;owned\x07end"),
    ("http://h/" + "a" * 9_000 + "/end.jpg", "/end.jpg"),
    ("http://h/活动/双十一/主会场.html", "h/活动/双十一/主会场.html"),
    ("http://h/two\nlines\r", r"h/two\nlines\r"),
    ("http://h/\u202egnp.exe", r"h/\u202egnp.exe"),
    ("http://h/\ud800lone", "lone"),
    ("", "—"),
]


def broken(_request: httpx.Request) -> httpx.Response:
    raise httpx.ConnectError("All connection attempts failed")


def answering(text: str, status: int = 200, **headers: str) -> Callable[[httpx.Request], httpx.Response]:
    """Answer every request with this."""
    all_headers = {"X-UCLOUD-REQUEST-UUID": "5c2f9a4e", **{n.replace("_", "-"): v for n, v in headers.items()}}
    return lambda _request: httpx.Response(status, content=text.encode(), headers=all_headers)


def documents(request: httpx.Request) -> httpx.Response:
    """Answer with the documented examples: one page, without whole-site tasks."""
    form = request.read().decode()
    if ("Offset=0" not in form and "Offset=" in form) or "IsDcdn=true" in form or "Status=" in form:
        return httpx.Response(200, text='{"RetCode": 0, "TaskList": [], "TotalCount": 0}')
    return httpx.Response(200, text=PREFETCH_ANSWER if "Prefetch" in form else REFRESH_ANSWER)


class TestBeforeTheFirstTask:
    async def test_the_list_says_that_tasks_are_being_loaded(self, clock: FakeClock) -> None:
        gate = asyncio.Event()
        simulated = account(clock)
        add(simulated, "late")
        async with running_dashboard(simulated, clock, wait=False, gate_of=lambda _request: gate) as ui:
            assert [row.strip() for row in ui.tasks()] == ["Loading tasks of the last 24h …"]
            assert ui.top_line().endswith("loading, 0 tasks so far")
            assert ui.trouble() == ""
            gate.set()
            await ui.settle(lambda: "late-1.jpg" in ui.screen())

    async def test_an_empty_account_looks_different_from_loading(self, clock: FakeClock) -> None:
        async with running_dashboard(account(clock), clock) as ui:
            assert ui.tasks() == [
                "No tasks in the last 24h.",
                "New tasks appear automatically.",
            ]
            assert ui.urls() == ["No task selected."]
            assert ui.top_line().endswith("updated 0s ago · next in 20s")
            await ui.press("j", "G", "g", "pagedown", "enter", "j", "G", "escape", "tab")


class TestFaults:
    async def test_the_reason_is_shown_in_an_empty_list(self, clock: FakeClock) -> None:
        async with running_dashboard(account(clock), clock, fault=broken, wait=False) as ui:
            await ui.settle(ui.trouble)
            assert "api.example.com" in ui.trouble()
            assert ui.trouble().split(".")[0] in ui.tasks()[0]
            assert "FAILED · next try in" in ui.top_line()
            assert ui.trouble() in " ".join(ui.screen().split())

    async def test_rows_stay_and_the_reason_is_shown_until_it_is_over(self, clock: FakeClock) -> None:
        simulated = account(clock)
        add(simulated, "running", ago=1, work=1000.0)
        async with running_dashboard(simulated, clock) as ui:
            ui.transport.fault = broken
            await ui.pass_time(6)
            assert ui.row("running").startswith("▶ running")
            assert ui.trouble()
            assert ui.trouble() in " ".join(ui.screen().split())
            assert "FAILED" in ui.top_line()
            await ui.pass_time(30)
            assert "STALE 36s · next try" in ui.top_line()
            assert ui.row("running")
            ui.transport.fault = None
            add(simulated, "new")
            await ui.pass_time(61)
            assert ui.trouble() == ""
            assert len(ui.tasks()) == 2
            assert "ago · next in" in ui.top_line()

    async def test_wrong_keys_stop_polling_until_the_user_refreshes(self, clock: FakeClock) -> None:
        simulated = account(clock)
        async with running_dashboard(simulated, clock, fault=answering(REFUSAL), wait=False) as ui:
            await ui.settle(lambda: "Sign in to UCloud" in ui.screen())
            assert "Wrong private key (RetCode 171)" in ui.screen()
            await ui.press("escape")
            assert ui.top_line().endswith("SIGN-IN NEEDED")
            assert "Wrong private key (RetCode 171): Signature VerifyAC Error" in ui.trouble()
            assert "[5c2f9a4e]" not in ui.trouble()
            assert "[5c2f9a4e]" in " ".join(ui.tasks())
            ui.transport.fault = None
            await ui.pass_time(300)
            assert not ui.service.requests
            add(simulated, "there")
            await ui.press("r")
            await ui.settle(lambda: "there-1.jpg" in ui.screen())
            assert ui.trouble() == ""

    async def test_a_rate_limit_holds_for_manual_refreshes_too(self, clock: FakeClock) -> None:
        simulated = account(clock)
        async with running_dashboard(simulated, clock) as ui:
            ui.transport.fault = answering("slow down", 429, Retry_After="40")
            await ui.pass_time(21)
            assert "RATE LIMITED (refresh) · next try in" in ui.top_line(), "the other kind is throttled, too"
            await ui.pass_time(24)
            assert "RATE LIMITED · next try in" in ui.top_line()
            ui.transport.fault = None
            asked = len(ui.service.requests)
            await ui.press("r")
            await ui.pass_time(14)
            assert len(ui.service.requests) == asked
            await ui.pass_time(26)
            assert len(ui.service.requests) > asked
            assert "RATE LIMITED" not in ui.top_line()

    async def test_a_failing_kind_is_named_and_the_other_goes_on(self, clock: FakeClock) -> None:
        simulated = account(clock)
        add(simulated, "running", ago=1, work=1000.0)
        async with running_dashboard(simulated, clock) as ui:
            ui.transport.fault = lambda request: (
                httpx.Response(503) if b"Prefetch" in request.content else ui.service_answer(request)
            )
            add(simulated, "seen")
            await ui.pass_time(6)
            assert ui.row("seen")
            assert "FAILED (prefetch)" in ui.top_line()
            assert ui.trouble().startswith("prefetch: Server error (HTTP 503).")

    async def test_error_messages_of_the_api_are_sanitized(self, clock: FakeClock) -> None:
        nasty = r'{"RetCode": 4711, "Message": "[/b] \u001b[2J\n\u202e\ud800 end"}'
        async with running_dashboard(account(clock), clock, fault=answering(nasty), wait=False) as ui:
            await ui.settle(ui.trouble)
            assert r"(RetCode 4711): [/b] \x1b[2J\n\u202e" in ui.trouble()
            assert r"[/b] \x1b[2J\n\u202e" in ui.screen()
            assert "\x1b" not in ui.app.export_screenshot()


class TestNotStale:
    async def test_when_the_first_active_task_shortens_the_interval(self, clock: FakeClock) -> None:
        simulated = account(clock)
        async with running_dashboard(simulated, clock) as ui:
            gate = asyncio.Event()
            add(simulated, "new", work=1000.0)
            ui.transport.gate_of = lambda request: gate if b"Prefetch" in request.content else None
            await ui.pass_time(20)
            await ui.settle(lambda: "new-1.jpg" in ui.screen())
            assert "STALE" not in ui.top_line()
            gate.set()

    async def test_when_the_user_shortens_the_interval(self, clock: FakeClock) -> None:
        simulated = account(clock)
        add(simulated, "running", ago=1, work=1000.0)
        async with running_dashboard(simulated, clock, interval=30.0) as ui:
            await ui.pass_time(25)
            gate = asyncio.Event()
            ui.transport.gate_of = lambda _request: gate
            await ui.press("plus", "plus", "plus")
            assert "STALE" not in ui.top_line()
            gate.set()


class TestDocumentedExamples:
    async def test_are_shown_as_they_are(self, clock: FakeClock) -> None:
        async with running_dashboard(account(clock), clock, fault=documents) as ui:
            rows = ui.tasks()
            assert len(rows) == 8
            assert rows[0].split()[:2] == ["✔", "success"]
            assert " xxxxx/test2.jpg" in rows[0]
            assert re.search(" 6s +refresh ", rows[0])
            assert all(row.startswith("· ") and " prefetch " in row for row in rows[1:])
            assert re.match(r"· ySoPLGgE ([━╸]+ )?5% 0/5 5s prefetch xChNHhYo \+4", ui.row("ySoPLGgE"))
            assert ui.trouble() == ""
            await ui.press("G")
            assert len(ui.urls()) in (2, 7)
            assert "created 1970-01-01" in ui.summary()
            await ui.pass_time(30)
            assert len(ui.tasks()) == 8


class TestHostileUrl:
    @asynccontextmanager
    async def showing(self, clock: FakeClock) -> AsyncIterator[DashboardHarness]:
        """Show the URLs, each as the first of a task, and all of them in the newest task."""
        bodies = [
            task(f"task-{n}", url(address), CreateTime=1_759_999_000 - n) for n, (address, _) in enumerate(HOSTILE)
        ]
        every = task("all", *(url(address) for address, _ in HOSTILE), CreateTime=1_759_999_500)
        text = answer_text(every, *bodies)
        assert "\\ud800" in text
        empty = '{"RetCode": 0, "TaskList": []}'

        def answer(request: httpx.Request) -> httpx.Response:
            form = request.content.decode()
            first = "Refresh" in form and "Offset=0" in form and "IsDcdn" not in form
            return answering(text if first else empty)(request)

        async with running_dashboard(account(clock), clock, size=(140, 34), fault=answer) as ui:
            yield ui

    async def test_is_one_line_in_either_pane(self, clock: FakeClock) -> None:
        async with self.showing(clock) as ui:
            assert len(ui.tasks()) == len(HOSTILE) + 1
            assert len(ui.urls()) == len(HOSTILE)
            await ui.press("enter")
            assert ui.trouble() == ""

    async def test_shows_escaped_controls(self, clock: FakeClock) -> None:
        async with self.showing(clock) as ui:
            await ui.pilot.resize_terminal(100, 50)
            await ui.pilot.pause()
            for rows in (ui.tasks()[1:], rows_of(ui.dashboard.details.table)):
                for row, (_, shown) in zip(rows, HOSTILE, strict=True):
                    assert row.endswith(shown)
            assert "\x1b" not in ui.app.export_screenshot()
            lines = ui.screen().split("\n")
            assert len(lines) <= 50

"""What the dashboard says before there is anything to show, when nothing comes, and when what comes is no good."""

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import httpx

from support.clock import FakeClock
from support.documents import PREFETCH_ANSWER, REFRESH_ANSWER, answer_text, task, url
from support.screen.dashboard import Watching, account, add, rows_of, watching

REFUSAL = '{"RetCode": 171, "Message": "Signature VerifyAC Error", "Action": ""}'

HOSTILE = [
    ("http://h/[/nope][red]", "http://h/[/nope][red]"),
    ("http://h/\x1b[2J\x1b]0;owned\x07end", r"http://h/\x1b[2J\x1b]0;owned\x07end"),
    ("http://h/" + "a" * 9_000 + "/end.jpg", "/end.jpg"),
    ("http://h/活动/双十一/主会场.html", "http://h/活动/双十一/主会场.html"),
    ("http://h/two\nlines\r", r"http://h/two\nlines\r"),
    ("http://h/\u202egnp.exe", r"http://h/\u202egnp.exe"),
    ("http://h/\ud800lone", "lone"),
    ("", "—"),
]


def broken(_request: httpx.Request) -> httpx.Response:
    raise httpx.ConnectError("All connection attempts failed")


def saying(text: str, status: int = 200, **headers: str) -> Callable[[httpx.Request], httpx.Response]:
    """Answer every call with this."""
    all_headers = {"X-UCLOUD-REQUEST-UUID": "5c2f9a4e", **{n.replace("_", "-"): v for n, v in headers.items()}}
    return lambda _request: httpx.Response(status, content=text.encode(), headers=all_headers)


def documents(request: httpx.Request) -> httpx.Response:
    """Answer with the documents' examples; they have one page, of tasks that are not whole-site."""
    form = request.read().decode()
    if ("Offset=0" not in form and "Offset=" in form) or "IsDcdn=true" in form or "Status=" in form:
        return httpx.Response(200, text='{"RetCode": 0, "TaskList": [], "TotalCount": 0}')
    return httpx.Response(200, text=PREFETCH_ANSWER if "Prefetch" in form else REFRESH_ANSWER)


class TestWhileNothingIsThereYet:
    async def test_it_says_what_it_waits_for(self, clock: FakeClock) -> None:
        gate = asyncio.Event()
        simulated = account(clock)
        add(simulated, "late")
        async with watching(simulated, clock, wait=False, gate_of=lambda _request: gate) as w:
            assert [row.strip() for row in w.tasks()] == ["Asking for the tasks of the last 24h …"]
            assert w.top_line().endswith("loading, 0 tasks so far")
            assert w.trouble() == ""
            gate.set()
            await w.settle(lambda: "late-1.jpg" in w.screen())

    async def test_an_account_without_tasks_is_told_from_one_that_loads(self, clock: FakeClock) -> None:
        async with watching(account(clock), clock) as w:
            assert w.tasks() == [
                "No tasks in the last 24h.",
                "One that is submitted now appears here by itself.",
            ]
            assert w.urls() == ["No task is selected."]
            assert w.top_line().endswith("updated 0s ago · next in 20s")
            await w.press("j", "G", "g", "pagedown", "enter", "j", "G", "escape", "tab")


class TestWhenNothingComes:
    async def test_the_reason_stands_where_the_tasks_would(self, clock: FakeClock) -> None:
        async with watching(account(clock), clock, fault=broken, wait=False) as w:
            await w.settle(w.trouble)
            assert "api.example.com" in w.trouble()
            assert w.trouble().split(".")[0] in w.tasks()[0]
            assert "FAILED · next try in" in w.top_line()
            assert w.trouble() in " ".join(w.screen().split())

    async def test_rows_stay_and_the_reason_has_a_line_of_its_own_until_it_is_over(self, clock: FakeClock) -> None:
        simulated = account(clock)
        add(simulated, "running", ago=1, work=1000.0)
        async with watching(simulated, clock) as w:
            w.road.fault = broken
            await w.pass_time(6)
            assert w.row("running").startswith("▶ process")
            assert w.trouble()
            assert w.trouble() in " ".join(w.screen().split())
            assert "FAILED" in w.top_line()
            await w.pass_time(30)
            assert "STALE 36s · next try" in w.top_line()
            assert w.row("running")
            w.road.fault = None
            add(simulated, "new")
            await w.pass_time(61)
            assert w.trouble() == ""
            assert len(w.tasks()) == 2
            assert "ago · next in" in w.top_line()

    async def test_wrong_keys_are_said_to_be_wrong_and_nothing_is_asked_until_the_user_wants_it(
        self, clock: FakeClock
    ) -> None:
        simulated = account(clock)
        async with watching(simulated, clock, fault=saying(REFUSAL), wait=False) as w:
            await w.settle(lambda: "Sign in to UCloud" in w.screen())
            assert "Signature refused. RetCode 171" in w.screen()
            await w.press("escape")
            assert w.top_line().endswith("SIGN-IN NEEDED")
            assert "Signature refused. RetCode 171: Signature VerifyAC Error" in w.trouble()
            assert w.trouble().endswith("[5c2f9a4e]")
            w.road.fault = None
            await w.pass_time(300)
            assert not w.service.requests
            add(simulated, "there")
            await w.press("r")
            await w.settle(lambda: "there-1.jpg" in w.screen())
            assert w.trouble() == ""

    async def test_a_limit_is_kept_to_and_r_does_not_beat_it(self, clock: FakeClock) -> None:
        simulated = account(clock)
        async with watching(simulated, clock) as w:
            w.road.fault = saying("slow down", 429, Retry_After="40")
            await w.pass_time(21)
            assert "RATE LIMITED (refresh), next try in" in w.top_line(), "the other kind is asked less often, too"
            await w.pass_time(24)
            assert "RATE LIMITED, next try in" in w.top_line()
            w.road.fault = None
            asked = len(w.service.requests)
            await w.press("r")
            await w.pass_time(14)
            assert len(w.service.requests) == asked
            await w.pass_time(26)
            assert len(w.service.requests) > asked
            assert "RATE LIMITED" not in w.top_line()

    async def test_one_kind_that_fails_is_named_and_the_other_goes_on(self, clock: FakeClock) -> None:
        simulated = account(clock)
        add(simulated, "running", ago=1, work=1000.0)
        async with watching(simulated, clock) as w:
            w.road.fault = lambda request: (
                httpx.Response(503) if b"Prefetch" in request.content else w.service_answer(request)
            )
            add(simulated, "seen")
            await w.pass_time(6)
            assert w.row("seen")
            assert "FAILED (prefetch)" in w.top_line()
            assert w.trouble().startswith("prefetch: Server trouble.")

    async def test_what_the_api_says_of_it_is_harmless(self, clock: FakeClock) -> None:
        nasty = r'{"RetCode": 4711, "Message": "[/b] \u001b[2J\n\u202e\ud800 end"}'
        async with watching(account(clock), clock, fault=saying(nasty), wait=False) as w:
            await w.settle(w.trouble)
            assert r"RetCode 4711: [/b] \x1b[2J\n\u202e" in w.trouble()
            assert r"[/b] \x1b[2J\n\u202e" in w.screen()
            assert "\x1b" not in w.app.export_screenshot()


class TestNothingIsCalledStaleThatIsNot:
    async def test_when_the_first_active_task_quickens_the_pace_while_the_other_kinds_answer_is_on_its_way(
        self, clock: FakeClock
    ) -> None:
        simulated = account(clock)
        async with watching(simulated, clock) as w:
            gate = asyncio.Event()
            add(simulated, "new", work=1000.0)
            w.road.gate_of = lambda request: gate if b"Prefetch" in request.content else None
            await w.pass_time(20)
            await w.settle(lambda: "new-1.jpg" in w.screen())
            assert "STALE" not in w.top_line()
            gate.set()

    async def test_when_the_user_wants_to_look_more_often(self, clock: FakeClock) -> None:
        simulated = account(clock)
        add(simulated, "running", ago=1, work=1000.0)
        async with watching(simulated, clock, interval=30.0) as w:
            await w.pass_time(25)
            gate = asyncio.Event()
            w.road.gate_of = lambda _request: gate
            await w.press("plus", "plus", "plus")
            assert "STALE" not in w.top_line()
            gate.set()


class TestTheDocumentsOwnExamples:
    async def test_are_shown_with_all_their_nonsense(self, clock: FakeClock) -> None:
        async with watching(account(clock), clock, fault=documents) as w:
            rows = w.tasks()
            assert len(rows) == 8
            assert rows[0].split()[:2] == ["✔", "success"]
            assert "http://xxxxx/test2.jpg" in rows[0]
            assert " 6s refresh " in rows[0]
            assert all(row.startswith("· ") and " prefetch " in row for row in rows[1:])
            assert re.match(r"· ySoPLGgE ━+ 5% 0/5 5s prefetch xChNHhYo \+4", w.row("ySoPLGgE"))
            assert w.trouble() == ""
            await w.press("G")
            assert len(w.urls()) in (2, 7)
            assert "created 1970-01-01" in w.summary()
            await w.pass_time(30)
            assert len(w.tasks()) == 8


class TestAHostileUrl:
    @asynccontextmanager
    async def showing(self, clock: FakeClock) -> AsyncIterator[Watching]:
        """The URLs, each as the first of a task, and all of them in the newest task."""
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
            return saying(text if first else empty)(request)

        async with watching(account(clock), clock, size=(140, 34), fault=answer) as w:
            yield w

    async def test_is_one_harmless_line_in_either_pane(self, clock: FakeClock) -> None:
        async with self.showing(clock) as w:
            assert len(w.tasks()) == len(HOSTILE) + 1
            assert len(w.urls()) == len(HOSTILE)
            await w.press("enter")
            assert w.trouble() == ""

    async def test_shows_what_it_is_made_of(self, clock: FakeClock) -> None:
        async with self.showing(clock) as w:
            await w.pilot.resize_terminal(100, 50)
            await w.pilot.pause()
            for rows in (w.tasks()[1:], rows_of(w.dashboard.details.table)):
                for row, (_, shown) in zip(rows, HOSTILE, strict=True):
                    assert row.endswith(shown)
            assert "\x1b" not in w.app.export_screenshot()
            lines = w.screen().split("\n")
            assert len(lines) <= 50

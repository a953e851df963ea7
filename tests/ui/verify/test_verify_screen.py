"""The dialog: rows that fill in, watching, what is said, keys, and leaving it at any time."""

import asyncio
import json
from pathlib import Path

import httpx
import pytest

from support.clock import FakeClock
from support.screen.dashboard import DashboardHarness, account, running_dashboard
from support.screen.edges import edges_at
from support.servers.raw_server import Behaviour, RawServer, answer, silent
from support.svg import SvgSnapshot
from ucdn_tui.errors import UsageError
from ucdn_tui.simulator.history import demo_account
from ucdn_tui.ui.dialogs.sign_in import SignInScreen
from ui.verify.dialog import GONE, OLD, add, answered, dialog_of, edge, part, rows, summary, verifying

PROVES = "One place of many: other visitors reach other edges. A check is a request, and fills an empty cache."


def after(gate: asyncio.Event, behaviour: Behaviour) -> Behaviour:
    """Wait for the event, then behave."""

    async def behave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        await gate.wait()
        return await behaviour(reader, writer)

    return behave


class TestChecks:
    async def test_every_address_has_a_row_at_once_and_its_answer_as_it_comes(self, clock: FakeClock) -> None:
        gate = asyncio.Event()
        async with RawServer(OLD, after(gate, GONE)) as server, verifying(clock, server) as ui:
            await ui.settle(lambda: "Asking … 1 of 2" in summary(ui))
            asked, waiting = sorted(rows(ui), key=lambda row: "asking" in row)
            assert asked.startswith("✖ OLD COPY")
            assert waiting.startswith("○ asking …")
            gate.set()
            await answered(ui)
            assert sorted(row.split()[0] for row in rows(ui)) == ["✔", "✖"]
            assert "Old copy at 1 of 2 addresses, seen from here at 08:53:20." in summary(ui)
            assert PROVES in summary(ui)

    async def test_the_highlighted_row_is_explained_with_its_evidence(self, clock: FakeClock) -> None:
        async with RawServer(OLD) as server, verifying(clock, server, addresses=("127.0.0.1",)) as ui:
            await answered(ui)
            assert part(ui, "#detail-text").splitlines()[:2] == [
                "✖ OLD COPY  The copy is older than the refresh.",
                f"http://cdn.test:{server.port}/1.jpg",
            ]
            assert "x-via-ucdn: HIT by 192.0.2.1, HIT by 192.0.2.9" in part(ui, "#detail-text")
            assert "age: 86400 · copy fetched 10-08 08:53 · task created 08:51:20" in part(ui, "#detail-text")
            assert 'etag: "1"' in part(ui, "#detail-text")

    async def test_the_url_stands_once_above_the_rows_of_its_addresses(self, clock: FakeClock) -> None:
        async with RawServer(GONE) as server, verifying(clock, server, count=2) as ui:
            await answered(ui)
            assert ["jpg" in row for row in rows(ui)] == [True, False, True, False]

    async def test_of_a_large_task_ten_urls_are_checked_failed_ones_first(self, clock: FakeClock) -> None:
        task = {"failing": (28,)}
        async with (
            RawServer(GONE) as server,
            verifying(clock, server, count=30, addresses=("127.0.0.1",), task=task) as ui,
        ):
            await answered(ui)
            assert len(rows(ui)) == 10
            assert "29.jpg" in rows(ui)[0]
            assert "10 of 30 URLs are checked, failed ones first." in summary(ui)

    async def test_in_the_url_list_only_the_selected_url_is_checked(self, clock: FakeClock) -> None:
        async with (
            RawServer(GONE) as server,
            verifying(clock, server, count=3, keys=("enter", "j", "v")) as ui,
        ):
            await answered(ui)
            assert {request.target for request in server.requests} == {"/2.jpg"}

    async def test_flagged_tasks_are_checked_instead_of_the_selected_one(self, clock: FakeClock) -> None:
        simulated = account(clock)
        async with RawServer(GONE) as server:
            for number in range(3):
                port = server.port
                simulated.add("refresh", [f"http://cdn.test:{port}/t{number}"], created=simulated.now() - 200 + number)
            edges = edges_at(clock, {"cdn.test": ("127.0.0.1",)})
            async with running_dashboard(simulated, clock, edges=edges) as ui:
                await ui.press("space", "space", "v")
                await answered(ui)
                assert {request.target for request in server.requests} == {"/t2", "/t1"}

    async def test_a_name_without_addresses_is_said(self, clock: FakeClock) -> None:
        async with RawServer(GONE) as server, verifying(clock, server, addresses=()) as ui:
            await answered(ui)
            assert rows(ui)[0].startswith("! not checked")
            assert "The name was not found." in part(ui, "#detail-text")

    async def test_hostile_headers_are_text(self, clock: FakeClock) -> None:
        evil = edge("HIT by \x1b[31m[bold]x[/bold]", 9_999_999, ETag="[/]\u00e9\x9b31m[@click=app.quit]q[/]")
        async with RawServer(evil) as server, verifying(clock, server, addresses=("127.0.0.1",)) as ui:
            await answered(ui)
            await ui.press("enter")
            await ui.settle(lambda: "Not the cause" in part(ui, "#diagnosis-text"))
            shown = ui.screen()
            assert "[@click=app.quit]q[/]" in shown
            assert "\x1b" not in shown
            assert "\x9b" not in shown

    async def test_verifying_again_asks_every_address_once_more(self, clock: FakeClock) -> None:
        async with RawServer(OLD, OLD, GONE) as server, verifying(clock, server) as ui:
            await answered(ui)
            await ui.clock.advance(5)
            await ui.press("r")
            await ui.settle(lambda: "In effect at 2 of 2 addresses, seen from here at 08:53:25." in summary(ui))
            assert len(server.requests) == 4


class TestWatching:
    async def test_goes_on_until_nothing_is_old(self, clock: FakeClock) -> None:
        async with RawServer(OLD, GONE, OLD, GONE) as server, verifying(clock, server) as ui:
            await answered(ui)
            await ui.press("w")
            await ui.settle(lambda: "Next check in 10s; ends in 10m00s at the latest." in summary(ui))
            assert len(server.requests) == 3, "only what was old is asked again"
            await ui.clock.advance(10)
            await ui.settle(lambda: "Nothing is left to wait for. Watching has ended." in summary(ui))
            assert "In effect at 2 of 2 addresses" in summary(ui)
            assert len(server.requests) == 4

    async def test_ends_after_ten_minutes(self, clock: FakeClock) -> None:
        async with RawServer(OLD) as server, verifying(clock, server, addresses=("127.0.0.1",)) as ui:
            await answered(ui)
            await ui.press("w")
            for number in range(2, 62):
                await ui.settle(lambda number=number: len(server.requests) == number)
                await ui.settle(lambda: "Next check" in summary(ui) or "ended" in summary(ui))
                await ui.clock.advance(10)
            await ui.settle(lambda: "Still old after 10m00s. Watching has ended." in summary(ui))

    async def test_can_be_stopped(self, clock: FakeClock) -> None:
        async with RawServer(OLD) as server, verifying(clock, server, addresses=("127.0.0.1",)) as ui:
            await answered(ui)
            await ui.press("w")
            await ui.settle(lambda: "Next check" in summary(ui))
            await ui.press("w")
            assert "Watching" not in summary(ui)
            await ui.clock.advance(30)
            assert len(server.requests) == 2

    async def test_says_in_the_units_of_the_language_when_it_asks_next(self, chinese: None, clock: FakeClock) -> None:
        async with RawServer(OLD) as server, verifying(clock, server, addresses=("127.0.0.1",)) as ui:
            await ui.settle(lambda: rows(ui)[0].startswith("✖ 旧副本"))
            await ui.press("w")
            await ui.settle(lambda: "10秒后再次检查；最迟10分00秒后结束。" in summary(ui))

    async def test_of_a_task_that_runs_asks_again_when_it_has_ended(self, clock: FakeClock) -> None:
        task = {"created": clock.server_now() - 10}
        async with RawServer(OLD, GONE) as server, verifying(clock, server, addresses=("127.0.0.1",), task=task) as ui:
            await answered(ui)
            assert rows(ui)[0].startswith("▶ not ended")
            await ui.press("w")
            await ui.settle(lambda: "The task has not ended yet; next look in 10s." in summary(ui))
            await ui.clock.advance(30)
            assert len(server.requests) == 1
            for _ in range(30):
                await ui.clock.advance(1)
            await ui.settle(lambda: "Watching has ended" in summary(ui))
            assert rows(ui)[0].startswith("✔ no copy")
            assert len(server.requests) == 2

    async def test_of_a_prefetch_that_runs_nothing_is_asked_before_its_end(self, clock: FakeClock) -> None:
        task = {"kind": "prefetch", "created": clock.server_now() - 10}
        there = edge("MISS by 192.0.2.1, HIT by 192.0.2.9", 20)
        async with RawServer(there) as server, verifying(clock, server, addresses=("127.0.0.1",), task=task) as ui:
            await ui.settle(lambda: "Nothing was asked yet." in summary(ui))
            assert rows(ui)[0].startswith("▶ not ended")
            assert "A check now would fetch the file itself" in part(ui, "#detail-text")
            await ui.press("w")
            await ui.settle(lambda: "next look in" in summary(ui))
            assert server.requests == []
            for _ in range(70):
                await ui.clock.advance(1)
            await ui.settle(lambda: "Watching has ended" in summary(ui))
            assert len(server.requests) == 1


class TestLeaving:
    async def test_closing_ends_the_requests(self, clock: FakeClock) -> None:
        async with RawServer(silent()) as server, verifying(clock, server) as ui:
            await ui.settle(lambda: len(server.requests) == 2)
            await ui.press("escape")
            await ui.settle(lambda: ui.app.screen is ui.dashboard)
            await server.idle()

    async def test_quitting_while_an_edge_is_silent_leaves_nothing_open(self, clock: FakeClock) -> None:
        async with RawServer(silent()) as server:
            async with verifying(clock, server) as ui:
                await ui.settle(lambda: len(server.requests) == 2)
                await ui.press("ctrl+q")
            await server.idle()

    async def test_a_second_dialog_cannot_be_opened(self, clock: FakeClock) -> None:
        async with RawServer(GONE) as server, verifying(clock, server, keys=("v", "v", "v")) as ui:
            await answered(ui)
            await ui.press("escape")
            assert ui.app.screen is ui.dashboard

    async def test_the_sign_in_form_can_come_over_it_and_the_answers_are_there_afterwards(
        self, clock: FakeClock
    ) -> None:
        gate = asyncio.Event()
        async with RawServer(after(gate, GONE)) as server, verifying(clock, server) as ui:
            await ui.settle(lambda: len(server.requests) == 2)
            ui.transport.fault = lambda _request: httpx.Response(200, json={"RetCode": 171, "Message": "signature"})
            await ui.pass_time(61)
            await ui.settle(lambda: isinstance(ui.app.screen, SignInScreen))
            gate.set()
            await answered(ui)
            await ui.press("escape")
            assert ui.app.screen is dialog_of(ui)
            assert len(rows(ui)) == 2

    async def test_the_list_goes_on_meanwhile(self, clock: FakeClock) -> None:
        async with RawServer(GONE) as server, verifying(clock, server) as ui:
            await answered(ui)
            add(ui.simulated, server, created=ui.simulated.now(), task_id="new")
            await ui.pass_time(61)
            assert len(ui.dashboard.store) == 2


class TestKeys:
    async def test_copy_offers_a_check_all_checks_and_json(self, clock: FakeClock) -> None:
        async with RawServer(OLD) as server, verifying(clock, server) as ui:
            await answered(ui)
            await ui.press("y", "1")
            assert ui.app.clipboard.startswith("✖ OLD COPY  The copy is older than the refresh.\nhttp://cdn.test:")
            await ui.press("y", "3")
            checks = json.loads(ui.app.clipboard)["checks"]
            assert [(each["address"], each["claim"]) for each in checks] == [
                ("127.0.0.1", "old-copy"),
                ("::ffff:127.0.0.1", "old-copy"),
            ]
            assert ui.app.screen is dialog_of(ui)

    async def test_export_saves_json(self, clock: FakeClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(tmp_path)
        async with RawServer(GONE) as server, verifying(clock, server) as ui:
            await answered(ui)
            await ui.press("E")
            await ui.settle(lambda: "written to" in ui.screen())
        (path,) = tmp_path.rglob("ucdn-checks-*.json")
        assert len(json.loads(path.read_text(encoding="utf-8"))["checks"]) == 2

    async def test_invalid_certificate_settings_are_said(self, clock: FakeClock) -> None:
        def connect(_connection: object, _client: object) -> None:
            raise UsageError("SSL_CERT_FILE is invalid", "no-such-file.")

        simulated = account(clock)
        simulated.add("refresh", ["https://cdn.test/1"], created=simulated.now() - 100)
        async with running_dashboard(simulated, clock, edges=connect, notifications=True) as ui:
            await ui.press("v")
            await ui.settle(lambda: "SSL_CERT_FILE is invalid" in ui.screen())
            assert ui.app.screen is ui.dashboard

    async def test_the_key_line_offers_it_for_what_has_ended(self, clock: FakeClock) -> None:
        simulated = account(clock)
        simulated.add("refresh", ["https://cdn.test/1"], created=simulated.now() - 100, queue=0.0, work=50.0)
        simulated.add("refresh", ["https://cdn.test/2"], queue=9e9)

        def keys(ui: DashboardHarness) -> str:
            return ui.screen().split("\n")[-1]

        async with running_dashboard(simulated, clock) as ui:
            assert "v Verify" not in keys(ui)
            await ui.press("j")
            assert "v Verify" in keys(ui)
            await ui.press("enter")
            assert "v Verify" in keys(ui)

    async def test_without_a_task_there_is_nothing_to_verify(self, clock: FakeClock) -> None:
        async with running_dashboard(account(clock), clock, notifications=True) as ui:
            await ui.press("v")
            await ui.settle(lambda: "No URL is selected." in ui.screen())


class TestLooks:
    async def test_the_verdict_is_visible_in_every_size(self, clock: FakeClock) -> None:
        async with RawServer(OLD) as server, verifying(clock, server, count=4) as ui:
            await answered(ui)
            for size in ((140, 40), (80, 24), (50, 14), (30, 8), (140, 40)):
                await ui.pilot.resize_terminal(*size)
                await ui.pilot.pause()
                assert "✖ OLD COPY" in ui.screen(), size
                if size > (30, 8):
                    assert " ".join(ui.screen().replace("│", " ").split()).count("Old copy at 8 of 8 addresses") == 1

    @pytest.mark.parametrize("size", [(140, 40), (80, 24), (50, 14)], ids=["wide", "narrow", "small"])
    async def test_the_checks(self, clock: FakeClock, svg_snapshot: SvgSnapshot, size: tuple[int, int]) -> None:
        async with running_dashboard(demo_account(clock.server_now, 7), clock, size=size) as ui:
            await ui.pass_time(37)
            await ui.press("4", "g", "v")
            await answered(ui)
            await ui.settle(lambda: size[0] < 100 or "上海" in ui.screen())
            svg_snapshot(ui.app)


async def test_an_answer_that_is_no_http_is_no_verdict(clock: FakeClock) -> None:
    async with RawServer(answer(), hello=b"SSH-2.0-x\r\n") as server, verifying(clock, server) as ui:
        await answered(ui)
        assert "0 of 2 addresses answered" in summary(ui)
        await ui.press("enter")
        await ui.settle(lambda: "There is no copy to compare with the origin." in part(ui, "#diagnosis-text"))

"""The verify dialog: rows that fill in, and watching until nothing is old."""

import asyncio

import pytest

from support.clock import FakeClock
from support.screen.dashboard import account, running_dashboard
from support.screen.edges import edges_at
from support.servers.raw_server import RawServer, answer
from support.svg import SvgSnapshot
from ucdn_tui.simulator.history import demo_account
from ui.verify.dialog import GONE, OLD, after, answered, edge, part, rows, summary, verifying

PROVES = "One place of many: other visitors reach other edges. A check is a request, and fills an empty cache."


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

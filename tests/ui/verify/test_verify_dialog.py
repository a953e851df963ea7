"""The dialog at the edge: its rows, watching until nothing is old, the diagnosis, and what can be taken from it."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from textual.widgets import Static

from support.clock import FakeClock
from support.hostile import TEXTS
from support.screen.dashboard import DashboardHarness, account, add, running_dashboard, text_of
from support.screen.edges import simulated_edges
from support.screen.table import painted
from ucdn_tui.account.connection import Connection
from ucdn_tui.api.lazy import LazyClient
from ucdn_tui.edge.models import Resolution
from ucdn_tui.edge.probe import Prober
from ucdn_tui.edge.session import EdgeSession
from ucdn_tui.errors import UsageError
from ucdn_tui.simulator.account import Account
from ucdn_tui.ui.dialogs.picker import Picker
from ucdn_tui.ui.verify.screen import VerifyDialog
from ucdn_tui.ui.verify.table import CheckTable

ADDRESSES = ("127.0.20.1", "127.0.20.2")

Answer = Callable[[httpx.Request], httpx.Response]
"""What an edge answers."""


def hit(age: float, **headers: str) -> httpx.Response:
    return httpx.Response(200, headers={"X-Via-Ucdn": "HIT by x, HIT by y", "Age": str(int(age)), **headers})


def miss(_request: httpx.Request) -> httpx.Response:
    return httpx.Response(200, headers={"X-Via-Ucdn": "MISS by x, MISS by y"})


class Edges:
    """Edges whose answers a test decides, and what they were asked."""

    def __init__(self, clock: FakeClock, answer: Answer) -> None:
        self._clock = clock
        self.answer = answer
        self.asked: list[str] = []

    def connect(self, _connection: Connection, client: LazyClient) -> EdgeSession:
        async def resolve(_host: str) -> Resolution:
            return Resolution(ADDRESSES, len(ADDRESSES))

        def reply(request: httpx.Request) -> httpx.Response:
            self.asked.append(f"{request.url.host} {request.headers['host']} {request.extensions['target'].decode()}")
            return self.answer(request)

        prober = Prober(self._clock, allow_loopback=True, transport=httpx.MockTransport(reply))
        return EdgeSession(prober, resolve, self._clock, client)


@asynccontextmanager
async def dialog(
    clock: FakeClock, edges: Edges, *keys: str, simulated: Account | None = None, **options: Any
) -> AsyncIterator[DashboardHarness]:
    """Open the dialog for the selected task, which was refreshed a minute ago, after these keys."""
    if simulated is None:
        simulated = account(clock)
        add(simulated, "done", ago=120)
    async with running_dashboard(simulated, clock, notifications=True, edges=edges.connect, **options) as ui:
        await ui.press(*keys, "v")
        yield ui


def rows(ui: DashboardHarness) -> list[str]:
    """Return the rows with single spaces."""
    lines = painted(ui.app.screen.query_one(CheckTable))[1:]
    return [" ".join(line.split()) for line in lines if line.strip()]


def summary(ui: DashboardHarness) -> str:
    return text_of(ui.app.screen.query_one("#summary", Static))


def details(ui: DashboardHarness) -> str:
    return text_of(ui.app.screen.query_one("#detail-text", Static))


def diagnosis(ui: DashboardHarness) -> str:
    return text_of(ui.app.screen.query_one("#diagnosis-text", Static))


async def test_every_address_has_a_row_with_what_it_proves(clock: FakeClock) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        return hit(600) if request.url.host == ADDRESSES[0] else miss(request)

    edges = Edges(clock, answer)
    async with dialog(clock, edges) as ui:
        await ui.settle(lambda: "Old copy at 1 of 2 addresses" in summary(ui))
        first, second = rows(ui)
        assert "✖ OLD COPY" in first
        assert "127.0.20.1" in first
        assert "10m00s" in first
        assert "✔ no copy" in second
        assert "The copy is older than the refresh." in details(ui)
        assert "x-via-ucdn: HIT by x, HIT by y" in details(ui)
        await ui.press("down")
        assert "This edge held no copy: the refresh reached it." in details(ui)
    assert edges.asked == [f"{address} cdn.test /done-1.jpg" for address in ADDRESSES]


async def test_the_key_line_offers_it_for_what_has_ended(clock: FakeClock) -> None:
    simulated = account(clock)
    add(simulated, "runs", ago=5)
    add(simulated, "done", ago=120)
    async with running_dashboard(simulated, clock, edges=Edges(clock, miss).connect) as ui:
        assert "v Verify" not in ui.screen()
        await ui.press("down")
        assert "v Verify" in ui.screen()
        await ui.press("up")
        assert "v Verify" not in ui.screen()
        await ui.pass_time(70)  # the task ends under the cursor
        await ui.settle(lambda: "v Verify" in ui.screen())


async def test_a_url_of_the_url_list_is_verified_alone(clock: FakeClock) -> None:
    simulated = account(clock)
    add(simulated, "done", ago=120, count=3)
    edges = Edges(clock, miss)
    async with dialog(clock, edges, "enter", "down", simulated=simulated) as ui:
        await ui.settle(lambda: "2 of 2" in summary(ui))
        assert len(rows(ui)) == 2
    assert {each.split()[-1] for each in edges.asked} == {"/done-2.jpg"}


async def test_of_many_urls_ten_are_verified_and_failed_ones_first(clock: FakeClock) -> None:
    simulated = account(clock)
    add(simulated, "done", ago=120, count=30, failing=(17, 28))
    edges = Edges(clock, miss)
    async with dialog(clock, edges, simulated=simulated) as ui:
        await ui.settle(lambda: len(edges.asked) == 20)
        await ui.settle(lambda: "10 of 30 URLs are checked" in summary(ui))
        urls = list(dict.fromkeys(each.split()[-1] for each in edges.asked))
        assert len(urls) == 10
        assert set(urls[:2]) == {"/done-18.jpg", "/done-29.jpg"}


async def test_flagged_tasks_are_verified_together(clock: FakeClock) -> None:
    simulated = account(clock)
    for name in ("one", "two", "three"):
        add(simulated, name, ago=120)
    edges = Edges(clock, miss)
    async with dialog(clock, edges, "space", "space", simulated=simulated) as ui:
        await ui.settle(lambda: "4 of 4" in summary(ui))
        assert len({each.split()[-1] for each in edges.asked}) == 2


async def test_watching_asks_again_until_nothing_is_old(clock: FakeClock) -> None:
    began = clock.server_now()

    def answer(request: httpx.Request) -> httpx.Response:
        is_late = clock.server_now() < began + 15
        return hit(600) if request.url.host == ADDRESSES[0] and is_late else miss(request)

    edges = Edges(clock, answer)
    async with dialog(clock, edges) as ui:
        await ui.press("w")
        await ui.settle(lambda: "Next check in" in summary(ui))
        assert "OLD COPY" in rows(ui)[0]
        await ui.pass_time(20)
        await ui.settle(lambda: "Watching has ended" in summary(ui))
        assert "Nothing is left to wait for." in summary(ui)
        assert "no copy" in rows(ui)[0]
    asked = [each.split()[0] for each in edges.asked]
    assert asked == [*ADDRESSES, *[ADDRESSES[0]] * 3], "only what was old is asked again: now, and each 10 s"


async def test_watching_ends_after_ten_minutes(clock: FakeClock) -> None:
    edges = Edges(clock, lambda _request: hit(6000))
    async with dialog(clock, edges) as ui:
        await ui.press("w")
        await ui.settle(lambda: "Next check in" in summary(ui))
        for _ in range(61):
            await ui.pass_time(10)
        await ui.settle(lambda: "Still old after 10m" in summary(ui))
        asked = len(edges.asked)
        await ui.pass_time(30)
        assert len(edges.asked) == asked


async def test_w_a_second_time_stops_watching(clock: FakeClock) -> None:
    edges = Edges(clock, lambda _request: hit(600))
    async with dialog(clock, edges) as ui:
        await ui.press("w")
        await ui.settle(lambda: "Next check in" in summary(ui))
        await ui.press("w")
        assert "Watching" not in summary(ui)
        asked = len(edges.asked)
        await ui.pass_time(30)
        assert len(edges.asked) == asked


async def test_r_asks_every_address_again(clock: FakeClock) -> None:
    edges = Edges(clock, miss)
    async with dialog(clock, edges) as ui:
        await ui.settle(lambda: "2 of 2" in summary(ui))
        await ui.press("r")
        await ui.settle(lambda: len(edges.asked) == 4)


async def test_a_prefetch_that_runs_is_not_disturbed(clock: FakeClock) -> None:
    """A check would fetch the file itself, and look as if the prefetch had."""
    simulated = account(clock)
    add(simulated, "runs", ago=5, kind="prefetch")
    edges = Edges(clock, lambda _request: httpx.Response(200, headers={"X-Via-Ucdn": "MISS by x, HIT by y"}))
    async with dialog(clock, edges, simulated=simulated) as ui:
        await ui.settle(lambda: "Nothing was asked yet" in summary(ui))
        assert "The prefetch has not ended yet" in details(ui)
        assert edges.asked == []
        await ui.press("w")
        await ui.pass_time(80)
        await ui.settle(lambda: "In effect at 2 of 2" in summary(ui))


async def test_a_refresh_that_runs_proves_nothing_yet(clock: FakeClock) -> None:
    simulated = account(clock)
    add(simulated, "runs", ago=5)
    async with dialog(clock, Edges(clock, lambda _request: hit(600)), simulated=simulated) as ui:
        await ui.settle(lambda: "nothing is proved" in summary(ui))
        assert all("not ended" in row for row in rows(ui))


async def test_the_diagnosis_names_likely_causes_first(clock: FakeClock) -> None:
    async with dialog(clock, Edges(clock, lambda _request: hit(600))) as ui:
        await ui.settle(lambda: "Old copy" in summary(ui))
        await ui.press("enter")
        await ui.settle(lambda: "Likely causes" in diagnosis(ui))
        text = diagnosis(ui)
        assert text.index("The edge is late") < text.index("Not the cause")
        await ui.press("escape")
        assert isinstance(ui.app.screen, VerifyDialog)
        await ui.press("escape")
        assert not isinstance(ui.app.screen, VerifyDialog)


async def test_o_asks_the_origin_once(clock: FakeClock) -> None:
    simulated = account(clock)
    simulated.add("refresh", ["http://img.example.com/logo.png"], created=simulated.now() - 120, queue=0.0, work=60.0)
    async with running_dashboard(simulated, clock, edges=simulated_edges(simulated, clock)) as ui:
        await ui.press("v")
        await ui.settle(lambda: "4 of 4" in summary(ui))
        await ui.press("enter")
        await ui.settle(lambda: "Ask origin sends one" in diagnosis(ui))
        await ui.press("o")
        await ui.settle(lambda: "The origin answered HTTP 304" in diagnosis(ui))
        await ui.press("o")  # once is enough
        assert "The origin answered HTTP 304" in diagnosis(ui)


@pytest.mark.parametrize("key", ["escape", "q"])
async def test_closing_ends_what_is_being_asked(clock: FakeClock, key: str) -> None:
    ended, begun = asyncio.Event(), asyncio.Event()

    async def resolve(_host: str) -> Resolution:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()
        return Resolution(())

    def connect(_connection: Connection, client: LazyClient) -> EdgeSession:
        return EdgeSession(Prober(clock), resolve, clock, client)

    simulated = account(clock)
    add(simulated, "done", ago=120)
    async with running_dashboard(simulated, clock, edges=connect) as ui:
        await ui.press("v")
        await begun.wait()
        await ui.press(key)
        await ui.settle(ended.is_set)
        assert not isinstance(ui.app.screen, VerifyDialog)


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
async def test_hostile_headers_are_shown_harmlessly(clock: FakeClock, text: str) -> None:
    value = text.encode("utf-8", "replace").replace(b"\r", b"").replace(b"\n", b"").replace(b"\0", b"")
    headers = [(b"X-Via-Ucdn", b"HIT by " + value), (b"Age", b"600"), (b"ETag", value), (b"Last-Modified", value)]
    async with dialog(clock, Edges(clock, lambda _request: httpx.Response(200, headers=headers))) as ui:
        await ui.settle(lambda: "Old copy at 2 of 2" in summary(ui))
        await ui.press("enter")
        await ui.settle(lambda: "Likely causes" in diagnosis(ui))
        assert all(line.isprintable() for line in ui.screen().split("\n"))


async def test_wrong_settings_are_said_and_nothing_opens(clock: FakeClock) -> None:
    def connect(_connection: Connection, _client: LazyClient) -> EdgeSession:
        raise UsageError("SSL_CERT_FILE is invalid: /nowhere", advice="Unset it.")

    simulated = account(clock)
    add(simulated, "done", ago=120)
    async with running_dashboard(simulated, clock, notifications=True, edges=connect) as ui:
        await ui.press("v")
        await ui.settle(lambda: "SSL_CERT_FILE is invalid" in ui.screen())
        assert not isinstance(ui.app.screen, VerifyDialog)


async def test_without_a_task_nothing_opens(clock: FakeClock) -> None:
    async with running_dashboard(account(clock), clock, notifications=True, edges=Edges(clock, miss).connect) as ui:
        await ui.press("v")
        await ui.settle(lambda: "No URL is selected." in ui.screen())


async def test_checks_are_saved_as_json(clock: FakeClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    async with dialog(clock, Edges(clock, lambda _request: hit(600))) as ui:
        await ui.settle(lambda: "Old copy at 2 of 2" in summary(ui))
        await ui.press("E")
        await ui.settle(lambda: list(tmp_path.glob("*.json")))
    (file,) = tmp_path.glob("*.json")
    document = json.loads(file.read_text())
    assert [check["claim"] for check in document["checks"]] == ["old-copy", "old-copy"]
    assert [check["address"] for check in document["checks"]] == list(ADDRESSES)


async def test_checks_can_be_copied(clock: FakeClock) -> None:
    async with dialog(clock, Edges(clock, lambda _request: hit(600))) as ui:
        await ui.settle(lambda: "Old copy at 2 of 2" in summary(ui))
        await ui.press("y")
        assert isinstance(ui.app.screen, Picker)
        assert "All checks (2)" in ui.screen()
        await ui.press("1")
        assert isinstance(ui.app.screen, VerifyDialog)
        await ui.settle(lambda: "Copied the check" in ui.screen())


@pytest.mark.parametrize("size", [(140, 40), (80, 24), (50, 14), (30, 8)])
async def test_the_dialog_fits_any_terminal(clock: FakeClock, size: tuple[int, int]) -> None:
    async with dialog(clock, Edges(clock, lambda _request: hit(600)), size=size) as ui:
        await ui.settle(lambda: "Old copy at 2 of 2" in summary(ui))
        await ui.pilot.resize_terminal(100, 30)
        await ui.settle(lambda: "OLD COPY" in ui.screen())
        await ui.pilot.resize_terminal(*size)
        await ui.settle(lambda: "✖" in ui.screen())

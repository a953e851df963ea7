"""`ucdn-tui TASKID`: the task is selected once it is known, whatever its kind and age."""

import time

import httpx
import pytest

from support.clock import FakeClock
from support.program import PROGRAM, served
from support.screen.dashboard import DashboardHarness, account, add, add_waiting, running_dashboard
from support.screen.notifications import Notifications, record_notifications
from support.terminals.terminal import StartTerminal
from ucdn_tui.simulator.account import Account
from ucdn_tui.simulator.plan import Kind

DAY = 86_400.0


@pytest.fixture
def notifications(monkeypatch: pytest.MonkeyPatch) -> Notifications:
    return record_notifications(monkeypatch)


@pytest.fixture
def simulated(clock: FakeClock) -> Account:
    """An account with two newer tasks than those that the tests look for."""
    simulated = account(clock)
    add_waiting(simulated, ["new", "newer"])
    return simulated


async def loaded(ui: DashboardHarness) -> None:
    """Wait until the window is loaded: a query by id comes a second after the first page."""
    await ui.settle(lambda: bool(ui.service.requests))  # a thread makes the client
    for _ in range(10):
        await ui.pass_time(1)
    await ui.settle(lambda: not ui.dashboard.is_loading)


@pytest.mark.parametrize("kind", ["refresh", "prefetch"])
@pytest.mark.parametrize("ago", [500.0, 30 * DAY], ids=["in the time range", "older"])
async def test_the_task_is_selected(
    simulated: Account, clock: FakeClock, notifications: Notifications, kind: Kind, ago: float
) -> None:
    task_id = add(simulated, "wanted", kind=kind, ago=ago)
    async with running_dashboard(simulated, clock, task_id=task_id, wait=False) as ui:
        await loaded(ui)
        assert ui.selected == task_id
        assert "wanted-1.jpg" in ui.urls()[0]
        assert (ui.dashboard.tasks.has_focus, notifications.toasts) == (True, [])
        ui.service.requests.clear()
        await ui.press("g")
        await ui.pass_time(60)
        assert ui.selected != task_id, "it is selected once"
        assert ui.asked(), "polling goes on"
        assert not [request for request in ui.asked() if task_id in request.values()], "it is not asked for any more"


async def test_a_task_that_is_listed_late_is_selected(
    simulated: Account, clock: FakeClock, notifications: Notifications
) -> None:
    async with running_dashboard(simulated, clock, task_id="late_1", wait=False) as ui:
        await loaded(ui)
        assert notifications.toasts == [("", "No task late_1: neither in the last 24h nor by its id.", "warning")]
        add(simulated, "late", task_id="late_1", ago=-1, kind="prefetch")
        await ui.pass_time(30)
        assert ui.selected == "late_1"


async def test_a_task_that_is_listed_late_leaves_a_user_alone_who_has_moved(
    simulated: Account, clock: FakeClock, notifications: Notifications
) -> None:
    async with running_dashboard(simulated, clock, task_id="late_1", wait=False) as ui:
        await loaded(ui)
        await ui.press("j")
        chosen = ui.selected
        add(simulated, "late", task_id="late_1", ago=-1)
        await ui.pass_time(30)
        assert ui.selected == chosen
        assert notifications.words()[-1] == "Task late_1 is listed now."


async def test_a_task_that_a_filter_hides_is_not_selected_later(
    simulated: Account, clock: FakeClock, notifications: Notifications
) -> None:
    task_id = add(simulated, "wanted", ago=30 * DAY)
    async with running_dashboard(simulated, clock, task_id=task_id, wait=False) as ui:
        await ui.press("/", *"no-such-task", "enter")
        await loaded(ui)
        assert notifications.words() == [f"Task {task_id} is hidden by the filter."]
        await ui.press("escape", "j")
        chosen = ui.selected
        await ui.pass_time(30)
        assert ui.selected == chosen


async def test_nothing_is_said_while_the_api_cannot_be_asked(
    simulated: Account, clock: FakeClock, notifications: Notifications
) -> None:
    task_id = add(simulated, "wanted", ago=30 * DAY)
    async with running_dashboard(simulated, clock, task_id=task_id, wait=False) as ui:

        def by_id_fails(request: httpx.Request) -> httpx.Response:
            return httpx.Response(500) if b"TaskId.0" in request.content else ui.service_answer(request)

        ui.transport.fault = by_id_fails
        await ui.pass_time(120)
        assert notifications.toasts == []
        ui.transport.fault = None
        await ui.pass_time(70)
        assert (ui.selected, notifications.toasts) == (task_id, [])


async def test_hostile_id_is_shown_as_text(simulated: Account, clock: FakeClock, notifications: Notifications) -> None:
    async with running_dashboard(simulated, clock, task_id="[/b]1", wait=False, notifications=True) as ui:
        await loaded(ui)
        await ui.settle(lambda: "No task [/b]1: neither in the last 24h" in ui.screen())


def test_the_program_opens_on_the_task(terminal: StartTerminal) -> None:
    simulated = Account(time.time, seed=1)
    simulated.add("refresh", ["https://cdn.test/new.jpg"], created=time.time() - 9, queue=0, work=3600)
    task_id = simulated.add("prefetch", ["https://cdn.test/old.jpg"], created=time.time() - 30 * DAY, queue=0, work=9)
    with served(simulated) as env:
        program = terminal([PROGRAM, task_id, "--since", "1h"], columns=140, env=env)
        program.wait_for(f"prefetch · {task_id}")
        program.send("q")
        assert program.exit_status() == 0

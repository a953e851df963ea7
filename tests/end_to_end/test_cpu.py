"""CPU time of the installed program: a busy loop cannot be seen on any screen."""

import time
from collections.abc import Mapping
from typing import Any

from support.program import PROGRAM, is_first_page, served, variables
from support.servers.simulator_server import running_server
from support.terminals.terminal import StartTerminal, Terminal
from ucdn_tui.simulator.account import Account
from ucdn_tui.simulator.actions.service import Service

MAX_RATIO = 20
"""Maximum CPU time with active tasks, as a multiple of that of an idle account.

Polling and painting take 6 to 8 times as much. A busy loop takes 45 times as much if six programs share a core, and
more on any other machine.
"""


class RecordingService(Service):
    """Records the parameters of each call."""

    def __init__(self, account: Account) -> None:
        super().__init__(account)
        self.calls: list[dict[str, str]] = []

    def handle(self, params: Mapping[str, str]) -> dict[str, Any]:
        self.calls.append(dict(params))
        return super().handle(params)

    @property
    def polls(self) -> int:
        """The number of polls for new refresh tasks."""
        return sum(is_first_page(call, "Refresh") for call in self.calls)

    @property
    def early_checks(self) -> int:
        """The number of calls for tasks by id."""
        return sum("TaskId.0" in call for call in self.calls)


def thirty_tasks(ago: float) -> Account:
    """Return an account with tasks created `ago` seconds ago. They end half a second apart, after the second poll."""
    account = Account(time.time, seed=5)
    for number in range(30):
        url = f"https://cdn.test/{number}.jpg"
        account.add("refresh", [url], created=time.time() - ago, queue=0.0, work=7.0 + 0.5 * number)
    return account


def cpu_seconds(program: Terminal) -> float:
    """Return the CPU seconds, user and system, of all threads of a program: see clock_getcpuclockid(3)."""
    return time.clock_gettime((~program.pid << 3) | 2)


def test_early_checks_use_little_cpu(terminal: StartTerminal) -> None:
    account = thirty_tasks(ago=0)
    service = RecordingService(account)
    with running_server(service) as url, served(thirty_tasks(ago=3600)) as settled:
        keys = variables(url, account.public_key, account.private_key)
        active, idle = (terminal([PROGRAM], rows=12, env=env) for env in (keys, settled))
        idle.wait_for(r"updated \d+s ago")

        def cpu_at_poll(number: int) -> tuple[float, float]:
            active.wait_until(lambda _: bool(idle.text()) and service.polls >= number, f"no poll {number}", timeout=60)
            return cpu_seconds(active), cpu_seconds(idle)

        before, after = cpu_at_poll(2), cpu_at_poll(4)
        used, used_idle = (later - earlier for earlier, later in zip(before, after, strict=True))
        assert service.early_checks > 0
        assert used < MAX_RATIO * used_idle

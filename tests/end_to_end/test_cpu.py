"""The CPU time of the installed program while it watches: a loop that spins looks right on every screen."""

import time
from collections.abc import Mapping
from typing import Any

from support.program import PROGRAM, is_first_page, served, variables
from support.servers.simulator_server import running_server
from support.terminals.terminal import StartTerminal, Terminal
from ucdn_tui.simulator.account import Account
from ucdn_tui.simulator.service import Service

MOST = 20
"""Times the CPU of watching a settled account. Asking, and painting what comes, takes 6 to 8; a loop that spins takes
45 on a machine so busy that six programs share a core, and more on any other."""


class NotingService(Service):
    """Keeps the parameters of each call."""

    def __init__(self, account: Account) -> None:
        super().__init__(account)
        self.calls: list[dict[str, str]] = []

    def handle(self, params: Mapping[str, str]) -> dict[str, Any]:
        self.calls.append(dict(params))
        return super().handle(params)

    @property
    def looks(self) -> int:
        """How often the newest refresh tasks were asked for."""
        return sum(is_first_page(call, "Refresh") for call in self.calls)

    @property
    def early_checks(self) -> int:
        """How often tasks were asked for by id."""
        return sum("TaskId.0" in call for call in self.calls)


def thirty_tasks(ago: float) -> Account:
    """Return an account of tasks created so many seconds ago, that end half a second apart, from the second look on."""
    account = Account(time.time, seed=5)
    for number in range(30):
        url = f"https://cdn.test/{number}.jpg"
        account.add("refresh", [url], created=time.time() - ago, queue=0.0, work=7.0 + 0.5 * number)
    return account


def cpu_seconds(program: Terminal) -> float:
    """Return the CPU time, user and system, that all threads of a program have had: see clock_getcpuclockid(3)."""
    return time.clock_gettime((~program.pid << 3) | 2)


def test_early_checks_use_little_cpu(terminal: StartTerminal) -> None:
    account = thirty_tasks(ago=0)
    service = NotingService(account)
    with running_server(service) as url, served(thirty_tasks(ago=3600)) as settled:
        keys = variables(url, account.public_key, account.private_key)
        active, idle = (terminal([PROGRAM], rows=12, env=env) for env in (keys, settled))
        idle.wait_for(r"updated \d+s ago")

        def cpu_at_look(number: int) -> tuple[float, float]:
            active.wait_until(lambda _: bool(idle.text()) and service.looks >= number, f"no look {number}", timeout=60)
            return cpu_seconds(active), cpu_seconds(idle)

        before, after = cpu_at_look(2), cpu_at_look(4)
        used, used_idle = (later - earlier for earlier, later in zip(before, after, strict=True))
        assert service.early_checks > 0
        assert used < MOST * used_idle

"""The number of rounds of the poller's loop, on a clock of which no two readings are equal."""

from support.clock import TickingClock
from ucdn_tui.simulator.account import Account
from watch.harness import running_poller
from watch.tasks import HOUR, add_tasks, numbered

SECONDS = 60


class CountingClock(TickingClock):
    """Counts the sleeps: the poller's loop begins one per round."""

    def __init__(self) -> None:
        super().__init__()
        self.sleeps = 0

    async def sleep(self, seconds: float) -> None:
        self.sleeps += 1
        await super().sleep(seconds)


async def test_early_checks_take_few_rounds_of_the_loop() -> None:
    clock = CountingClock()
    account = Account(clock.server_now)
    for number, task_id in enumerate(numbered("t", 30)):  # one ends every 1.5 s
        add_tasks(account, [task_id], ago=0, urls=1, queue=0.0, work=12.0 + 1.5 * number)
    async with running_poller(clock, account) as harness:
        await clock.advance(SECONDS)
        early = [request.at for request in harness.requests() if request.task_ids]
        assert early
        assert all(at % 5 for at in early), "not at the times of polls, every five seconds"
        assert set(harness.ended()) == set(numbered("t", 30))
        assert clock.sleeps < 5 * SECONDS


async def test_an_idle_account_takes_few_rounds_of_the_loop() -> None:
    clock = CountingClock()
    account = Account(clock.server_now)
    add_tasks(account, numbered("t", 30), ago=HOUR)
    async with running_poller(clock, account) as harness:
        await clock.advance(SECONDS)
        assert len(harness.polls()) == 3
        assert clock.sleeps < 10

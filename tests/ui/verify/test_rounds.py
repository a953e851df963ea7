"""Rounds: asking once, again, and until nothing is old, over edges on loopback sockets."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager

from support import PATIENCE
from support.clock import FakeClock
from support.servers.scripted_edges import HOST, Edges, Reply, edges, hit, miss
from ucdn_tui.api.models import TaskKind
from ucdn_tui.edge.models import Claim, Purge, Resolution, Subject
from ucdn_tui.edge.probe import Prober
from ucdn_tui.edge.session import RECHECK, EdgeSession
from ucdn_tui.ui.verify.rounds import WATCH_LIMIT, Rounds, State, WatchEnd

OLD, NEW = hit(4000), hit(100)


class World:
    """Edges, the URLs that are verified with their purges, and the rounds."""

    def __init__(self, clock: FakeClock, served: Edges, session: EdgeSession, names: dict[str, tuple[str, ...]]):
        self.clock = clock
        self.served = served
        self.names = names
        self.purge = Purge(TaskKind.REFRESH, "file", clock.server_now() - 300, clock.server_now() - 200)
        self.changes: list[State] = []
        self.located: list[str] = []
        self._session = session
        self.rounds = self.of("a.jpg")

    def of(self, *paths: str) -> Rounds:
        """Return rounds over these URLs."""
        self.rounds = Rounds(
            self._session,
            lambda: [Subject(self.served.url(path), self.purge) for path in paths],
            self.clock,
            lambda: self.changes.append(self.rounds.state),
            self.located.extend,
        )
        return self.rounds

    def task_runs(self, kind: TaskKind = TaskKind.REFRESH) -> None:
        self.purge = self.purge._replace(kind=kind, is_success=None, finished=None)

    def task_ends(self) -> None:
        self.purge = self.purge._replace(is_success=True, finished=self.clock.server_now())

    @asynccontextmanager
    async def running(self) -> AsyncIterator["asyncio.Task[None]"]:
        """Run the rounds, until they end or wait."""
        task = asyncio.create_task(self.rounds.run())
        try:
            await self.clock.settle(lambda: task.done() or self.rounds.state is State.WAITING)
            yield task
        finally:
            task.cancel()
            await asyncio.wait([task])

    async def pass_time(self, seconds: float, task: "asyncio.Task[None]") -> None:
        """Move the clock, which stands still while edges are asked."""
        await self.clock.advance(seconds, lambda: task.done() or self.clock.sleepers.count > 0)

    def claims(self) -> list[Claim]:
        return [check.verdict.claim for check in self.rounds.checks.last]

    def asked(self) -> list[int]:
        """Return how often each address was asked."""
        return [self.served.asked_of(address) for address in self.served.addresses]


@asynccontextmanager
async def world(*replies: Sequence[Reply] | Reply) -> AsyncIterator[World]:
    clock = FakeClock()
    async with AsyncExitStack() as stack:
        served = stack.enter_context(edges(*replies))
        names = {HOST: tuple(served.addresses)}

        async def resolve(host: str) -> Resolution:
            addresses = names.get(host, ())
            return Resolution(addresses, len(addresses))

        prober = await stack.enter_async_context(Prober(clock, allow_loopback=True, timeout=PATIENCE))
        yield World(clock, served, EdgeSession(prober, resolve, clock), names)


class TestOnce:
    async def test_each_address_of_each_url_is_asked_once(self) -> None:
        async with world(OLD, NEW) as w:
            rounds = w.of("a.jpg", "b.jpg")
            async with w.running():
                assert rounds.state is State.DONE
            assert w.asked() == [2, 2]
            assert w.claims() == [Claim.OLD_COPY, Claim.NEW_COPY] * 2
            assert (rounds.asked, rounds.to_ask) == (4, 4)
            assert rounds.watch_end is None
            assert w.located == w.served.addresses * 2
            assert set(rounds.resolutions) == {HOST}

    async def test_an_answer_that_is_judged_twice_counts_once(self) -> None:
        async with world(miss("MISS"), miss("HIT")) as w:
            async with w.running():
                pass
            assert w.claims() == [Claim.NO_COPY, Claim.NO_COPY]
            assert (w.rounds.asked, w.rounds.to_ask) == (2, 2)
            assert not any(w.rounds.checks.earlier(check) for check in w.rounds.checks.last)

    async def test_the_next_round_asks_all_addresses_again(self) -> None:
        async with world([OLD, NEW], NEW) as w:
            for _ in range(2):
                async with w.running():
                    pass
            assert w.asked() == [2, 2]
            assert w.claims() == [Claim.NEW_COPY, Claim.NEW_COPY]

    async def test_the_result_says_when_its_round_began(self) -> None:
        async with world(OLD) as w:
            began = w.clock.server_now()
            async with w.running():
                pass
            await w.clock.advance(5)
            assert w.rounds.result.began == began
            async with w.running():
                pass
            assert w.rounds.result.began == began + 5

    async def test_cancelling_ends_the_requests(self) -> None:
        async with world(Reply(is_silent=True)) as w:
            task = asyncio.create_task(w.rounds.run())
            await w.clock.settle(lambda: w.asked() == [1])
            task.cancel()
            await w.clock.settle(task.done)
            assert task.cancelled()
            assert w.claims() == []


class TestWatching:
    async def test_only_old_addresses_are_asked_again_until_none_is_old(self) -> None:
        async with world([OLD, OLD, NEW], NEW) as w:
            w.rounds.watch()
            async with w.running() as task:
                assert w.rounds.state is State.WAITING
                assert w.rounds.seconds_to_next == RECHECK
                await w.pass_time(RECHECK, task)
                assert w.asked() == [2, 1]
                assert w.rounds.is_watching
                await w.pass_time(RECHECK, task)
                await w.clock.settle(task.done)
            assert w.asked() == [3, 1]
            assert w.rounds.watch_end is WatchEnd.NOTHING_OLD
            assert w.rounds.state is State.DONE
            assert not w.rounds.is_watching

    async def test_what_stays_old_ends_it_after_ten_minutes(self) -> None:
        async with world(OLD) as w:
            w.rounds.watch()
            async with w.running() as task:
                await w.pass_time(WATCH_LIMIT, task)
                await w.clock.settle(task.done)
            assert w.rounds.watch_end is WatchEnd.TIME_OUT
            assert w.asked() == [1 + WATCH_LIMIT / RECHECK]

    async def test_nothing_old_ends_it_at_once(self) -> None:
        async with world(NEW) as w:
            w.rounds.watch()
            async with w.running():
                pass
            assert w.asked() == [1]
            assert w.rounds.watch_end is WatchEnd.NOTHING_OLD

    async def test_a_name_that_is_not_found_does_not_hold_it(self) -> None:
        async with world(NEW) as w:
            w.names.clear()
            w.rounds.watch()
            async with w.running():
                assert w.claims() == [Claim.NOT_CHECKED]
            assert w.rounds.watch_end is WatchEnd.NOTHING_OLD

    async def test_a_stop_while_it_asks_lets_the_round_end(self) -> None:
        async with world(OLD, Reply(is_silent=True)) as w:
            w.rounds.watch()
            task = asyncio.create_task(w.rounds.run())
            await w.clock.settle(lambda: len(w.claims()) == 1 and w.asked() == [1, 1])
            w.rounds.stop()
            w.served.left.set()
            await w.clock.settle(task.done)
            assert w.claims() == [Claim.OLD_COPY, Claim.NOT_CHECKED]
            assert w.rounds.state is State.DONE
            assert w.rounds.watch_end is None

    async def test_the_last_end_is_forgotten_at_the_next_round(self) -> None:
        async with world(NEW) as w:
            w.rounds.watch()
            async with w.running():
                pass
            async with w.running():
                pass
            assert w.rounds.watch_end is None


class TestRunningTasks:
    async def test_a_running_refresh_is_asked_once_and_then_only_when_it_has_ended(self) -> None:
        async with world([OLD, OLD, NEW]) as w:
            w.task_runs()
            w.rounds.watch()
            async with w.running() as task:
                assert w.claims() == [Claim.CANNOT_TELL]
                assert w.rounds.is_waiting_for_tasks
                await w.pass_time(5 * RECHECK, task)
                assert w.asked() == [1]
                w.task_ends()
                await w.pass_time(RECHECK, task)
                assert w.claims() == [Claim.OLD_COPY]
                await w.pass_time(RECHECK, task)
                await w.clock.settle(task.done)
            assert w.claims() == [Claim.NEW_COPY]

    async def test_the_limit_counts_from_the_end_of_the_task(self) -> None:
        async with world(OLD) as w:
            w.task_runs()
            w.rounds.watch()
            async with w.running() as task:
                await w.pass_time(2 * WATCH_LIMIT, task)
                assert w.rounds.is_watching
                w.task_ends()
                await w.pass_time(WATCH_LIMIT - RECHECK, task)
                assert w.rounds.is_watching
                await w.pass_time(2 * RECHECK, task)
                assert w.rounds.watch_end is WatchEnd.TIME_OUT

    async def test_a_running_prefetch_is_not_asked_before_it_has_ended(self) -> None:
        async with world(NEW) as w:
            w.task_runs(TaskKind.PREFETCH)
            assert w.rounds.held_back == {w.served.url()}
            w.rounds.watch()
            async with w.running() as task:
                await w.pass_time(3 * RECHECK, task)
                assert w.asked() == [0]
                w.task_ends()
                await w.pass_time(RECHECK, task)
                await w.clock.settle(task.done)
            assert w.asked() == [1]
            assert w.rounds.held_back == frozenset()
            assert w.claims() == [Claim.PREFETCHED]

    async def test_a_running_prefetch_without_a_watch_is_not_asked_at_all(self) -> None:
        async with world(NEW) as w:
            w.task_runs(TaskKind.PREFETCH)
            async with w.running():
                assert w.rounds.state is State.DONE
            assert w.asked() == [0]
            assert w.rounds.result.checks == ()

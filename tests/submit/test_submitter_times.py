"""When calls are made: prefetch calls apart, and nothing more once the user has stopped or quit."""

import asyncio
from itertools import pairwise

import pytest

from submit.batches import FILES, batch, prefetch
from submit.world import Failure, Start, World, in_simulated_time, no_network, refusal, states
from ucdn_tui.api.models import TaskKind
from ucdn_tui.errors import NoCredentialsError
from ucdn_tui.simulator.actions.losses import Loss
from ucdn_tui.submit.models import PREFETCH_SPACING

PREFETCHES = [prefetch(f"http://game.example.net/{number}") for number in range(4)]


def gaps(world: World) -> list[float]:
    """Return the seconds between the prefetch calls."""
    times = [request.at for request in world.transport.requests if request.kind is TaskKind.PREFETCH]
    return [round(later - earlier, 3) for earlier, later in pairwise(times)]


@pytest.mark.parametrize("error", [0.0, 7200.0, -7200.0])
@in_simulated_time
async def test_prefetch_calls_are_ten_seconds_apart_whatever_the_clock_says(world: World, error: float) -> None:
    """The first answer sets the clock right."""
    async with world.start(error=error) as start:
        submission = await start.submit(*PREFETCHES)
    assert states(submission) == ["accepted"] * 4
    assert gaps(world) == [PREFETCH_SPACING] * 3
    assert not any(request.is_refused for request in world.transport.requests)


@in_simulated_time
async def test_refresh_calls_follow_each_other_at_once_and_count_for_nothing(world: World) -> None:
    refreshes = [batch(f"http://img.example.com/{number}") for number in range(3)]
    async with world.start() as start:
        await start.submit(PREFETCHES[0], *refreshes, PREFETCHES[1])
    assert [round(request.at, 3) for request in world.transport.requests] == [0, 0, 0, 0, PREFETCH_SPACING]


@pytest.mark.parametrize(("pause", "gap"), [(0, 10), (4, 10), (9.5, 10), (12, 12)])
@pytest.mark.parametrize("is_set", [False, True], ids=["clock not set yet", "clock set by an answer"])
@in_simulated_time
async def test_prefetch_calls_are_apart_across_two_starts(world: World, pause: float, gap: float, is_set: bool) -> None:
    async with world.start() as start:
        await start.submit(PREFETCHES[0])
    await asyncio.sleep(pause)
    async with world.start() as start:
        if is_set:
            await (await start.get()).get_domains()
        await start.submit(PREFETCHES[1])
    assert gap <= gaps(world)[0] <= gap + 1, "a Date header has whole seconds"
    assert not any(request.is_refused for request in world.transport.requests)


@in_simulated_time
async def test_prefetch_call_of_the_future_delays_no_longer_than_any_other(world: World) -> None:
    """The clock of an earlier start may have been wrong."""
    async with world.start(error=7200) as start:
        await start.submit(PREFETCHES[0])
    async with world.start() as start:
        await start.submit(PREFETCHES[1])
    assert gaps(world) == [PREFETCH_SPACING]


@pytest.mark.parametrize("failure", [refusal(153), refusal(299), no_network()])
@in_simulated_time
async def test_prefetch_call_that_was_not_accepted_counts_too(world: World, failure: Failure) -> None:
    world.transport.failures.append(failure)
    async with world.start() as start:
        await start.submit(*PREFETCHES[:2])
    assert min(gaps(world)) >= PREFETCH_SPACING


# Stopping


@in_simulated_time
async def test_nothing_is_sent_if_it_was_stopped_before(world: World) -> None:
    async with world.start() as start:
        start.error = NoCredentialsError("no keys")  # it does not even ask for them
        start.submitter.stop()
        submission = await start.submitter.run([FILES], seen=())
    assert states(submission) == ["not-sent"]
    assert submission.calls[0].reason == ""
    assert submission.is_over
    assert world.transport.requests == []


@pytest.mark.parametrize("loss", [None, Loss.SLOW])
@in_simulated_time
async def test_running_call_comes_to_its_end_when_it_is_stopped(world: World, loss: Loss | None) -> None:
    world.service.losses.append(loss)
    async with world.start() as start:
        world.transport.on_request = lambda _request: start.submitter.stop()
        if loss:
            asyncio.get_running_loop().call_later(5, world.service.losses.release)
        submission = await start.submit(FILES, *PREFETCHES)
    assert states(submission) == ["accepted"] + ["not-sent"] * 4
    assert submission.is_over
    assert len(world.transport.requests) == 1


@pytest.mark.parametrize(
    ("failure", "at", "expected"),
    [(None, 3.0, ["accepted", "not-sent"]), (refusal(153), 1.0, ["refused", "not-sent"])],
    ids=["between two prefetch calls", "during a back-off"],
)
@in_simulated_time
async def test_wait_ends_at_once_when_it_is_stopped(
    world: World, failure: Failure, at: float, expected: list[str]
) -> None:
    world.transport.failures.append(failure)
    loop = asyncio.get_running_loop()
    async with world.start() as start:
        loop.call_later(at, lambda: start.submitter.stop())
        submission = await start.submit(*PREFETCHES[:2])
    assert loop.time() == at
    assert states(submission) == expected
    assert len(world.transport.requests) == 1


# Cancelling: the program is quit


async def cancelled_after(world: World, start: Start, seconds: float) -> list[str]:
    """Submit, and quit after so many seconds; return the states of the calls."""
    running = asyncio.create_task(start.submit(*PREFETCHES[:2]))
    await asyncio.sleep(seconds)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    (submission,) = start.journal.read().values()
    assert not submission.is_over  # so that the next start reports it
    return states(submission)


@pytest.mark.parametrize(("loss", "after"), [(Loss.SLOW, "accepted"), (None, "absent")])
@in_simulated_time
async def test_call_that_was_cancelled_is_unknown_until_it_is_looked_for(
    world: World, loss: Loss | None, after: str
) -> None:
    """With a loss the task was created; else the connection was just being made."""
    if loss:
        world.service.losses.append(loss)
    else:
        world.transport.delay = 5
    async with world.start() as start:
        assert await cancelled_after(world, start, 1) == ["unknown", "not-sent"]
    world.transport.delay = 0
    world.check()
    async with world.start() as start:
        (submission,) = await start.resolve()
    assert states(submission) == [after, "not-sent"]
    assert len(world.transport.requests) == 1


@in_simulated_time
async def test_nothing_is_unknown_if_it_was_cancelled_between_two_calls(world: World) -> None:
    async with world.start() as start:
        assert await cancelled_after(world, start, 3) == ["accepted", "not-sent"]
        (submission,) = await start.resolve()
        assert states(submission) == ["accepted", "not-sent"]
        assert await start.resolve() == []


@in_simulated_time
async def test_lock_is_free_after_a_cancellation(world: World) -> None:
    async with world.start() as start:
        await cancelled_after(world, start, 3)
        assert states(await start.submit(FILES)) == ["accepted"]

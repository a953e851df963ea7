"""The clock that tests move by hand keeps time as the real one does."""

import asyncio
import contextlib

import pytest

from support.clock import FakeClock, Sleepers, TickingClock
from ucdn_tui.clock import Clock


async def test_it_stands_in_for_the_programs_clock(clock: FakeClock) -> None:
    stands_in: Clock = clock
    assert stands_in.server_now() == 1_760_000_000.0
    assert stands_in.elapsed() == 0.0


async def test_time_moves_only_when_advanced(clock: FakeClock) -> None:
    await asyncio.sleep(0.01)
    assert clock.elapsed() == 0.0
    await clock.advance(2.5)
    assert clock.elapsed() == 2.5
    assert clock.server_now() == 1_760_000_002.5


async def test_a_sleeper_wakes_when_its_time_is_over_and_not_before(clock: FakeClock) -> None:
    sleeper = asyncio.create_task(clock.sleep(5))
    await clock.advance(4.999)
    assert not sleeper.done()
    await clock.advance(0.001)
    assert sleeper.done()


async def test_sleeps_that_follow_each_other_wake_at_their_own_times(clock: FakeClock) -> None:
    woken: list[tuple[str, float]] = []

    async def tick(name: str, seconds: float) -> None:
        while True:
            await clock.sleep(seconds)
            woken.append((name, clock.elapsed()))

    tasks = [asyncio.create_task(tick("a", 2)), asyncio.create_task(tick("b", 3))]
    await clock.advance(6)
    assert woken == [("a", 2), ("b", 3), ("a", 4), ("b", 6), ("a", 6)]
    for task in tasks:
        task.cancel()


async def test_many_small_steps_reach_what_one_large_step_reaches(clock: FakeClock) -> None:
    sleeper = asyncio.create_task(clock.sleep(1.0))
    for _ in range(10):
        await clock.advance(0.1)
    assert sleeper.done()


async def test_a_sleep_of_nothing_lets_others_run(clock: FakeClock) -> None:
    ran: list[str] = []
    other = asyncio.create_task(clock.sleep(0))
    other.add_done_callback(lambda _: ran.append("other"))
    for seconds in (0, -1, 0, 0):
        await clock.sleep(seconds)
    assert ran == ["other"]


async def test_who_was_cancelled_waits_no_longer(clock: FakeClock) -> None:
    first, second = asyncio.create_task(clock.sleep(1)), asyncio.create_task(clock.sleep(2))
    await clock.advance(0)
    assert clock.sleepers == Sleepers(2, 1.0)
    first.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await first
    assert clock.sleepers == Sleepers(1, 2.0)
    await clock.advance(2)
    await second
    assert clock.sleepers == Sleepers(0, None)


async def test_time_waits_for_real_work_between_two_sleeps(clock: FakeClock) -> None:
    asked: list[float] = []

    async def poll() -> None:
        while True:
            await asyncio.sleep(0.02)  # a request over a socket
            asked.append(clock.elapsed())
            await clock.sleep(5)

    task = asyncio.create_task(poll())
    await clock.advance(15, settled=lambda: clock.sleepers.count == 1)
    assert asked == [0, 5, 10, 15]
    task.cancel()


async def test_settle_waits_in_real_time_and_complains_when_in_vain(clock: FakeClock) -> None:
    work = asyncio.create_task(asyncio.sleep(0.02))
    await clock.settle(work.done)
    assert clock.elapsed() == 0.0
    with pytest.raises(AssertionError, match="not settled"):
        await clock.settle(lambda: False, timeout=0.05)


async def test_time_does_not_go_back(clock: FakeClock) -> None:
    with pytest.raises(ValueError, match="forward"):
        await clock.advance(-1)


async def test_dates_shown_to_it_are_kept_and_change_nothing(clock: FakeClock) -> None:
    clock.observe("Thu, 09 Oct 2025 08:53:20 GMT")
    assert clock.observed == ["Thu, 09 Oct 2025 08:53:20 GMT"]
    assert clock.elapsed() == 0.0


async def test_no_two_readings_of_a_ticking_clock_are_the_same() -> None:
    clock = TickingClock()
    assert clock.elapsed() < clock.elapsed() < clock.server_now() - 1_760_000_000.0 < clock.elapsed() < 0.001


async def test_a_ticking_clock_wakes_what_readings_have_delayed() -> None:
    clock = TickingClock()
    woken: list[float] = []

    async def tick() -> None:
        while True:
            await clock.sleep(5)
            woken.append(clock.elapsed())

    task = asyncio.create_task(tick())
    await clock.advance(20)
    assert woken == pytest.approx([5, 10, 15, 20], abs=0.001)
    task.cancel()


async def test_a_loop_that_sleeps_for_microseconds_is_complained_of() -> None:
    clock = TickingClock()

    async def spin() -> None:
        while (rest := 1.0 - clock.elapsed()) > 0:
            await clock.sleep(min(rest, 0.000_001))

    task = asyncio.create_task(spin())
    with pytest.raises(AssertionError, match="1000 sleeps end within a second"):
        await clock.advance(1)
    task.cancel()

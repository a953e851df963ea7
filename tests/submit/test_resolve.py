"""What the next start finds out about calls in whose middle the program was killed."""

import asyncio
from collections.abc import Callable

import httpx
import pytest

from submit.batches import FILES, NOW, PREFETCHES, batch, prefetch
from submit.world import ACCOUNT, Request, Start, World, ids, in_simulated_time, refusal, states
from ucdn_tui.errors import ApiError, NoCredentialsError
from ucdn_tui.simulator.actions.losses import Loss
from ucdn_tui.submit.journal import DOUBT_LIMIT, Journal
from ucdn_tui.submit.models import Batch
from ucdn_tui.submit.records import CallState
from ucdn_tui.url_identity import identity

OTHER = prefetch("http://dl.example.com/two")


async def killed(
    world: World, *batches: Batch, at: Callable[[list[Request]], bool], error: float = 0.0, loss: Loss | None = None
) -> None:
    """Submit in a start that is killed when a request arrives for which `at` is true: the journal stays as it is."""
    left: list[bytes] = []

    def kill(_request: Request) -> None:
        if at(world.transport.requests) and not left:
            left.append(world.path.read_bytes())
            task.cancel()
            world.transport.failures += [None if loss is Loss.AFTER else httpx.ReadError("reset")]

    world.transport.on_request = kill
    async with world.start(error=error) as start:
        await (await start.get()).get_domains()
        task = asyncio.create_task(start.submit(*batches))
        await asyncio.wait([task])
    world.path.write_bytes(left[0])
    world.transport.on_request = lambda _request: None
    world.transport.searches.clear()


def first(requests: list[Request]) -> bool:
    return len(requests) == 1


def second(requests: list[Request]) -> bool:
    return len(requests) == 2


async def resolve(world: World, *, error: float = 0.0) -> list[list[str]]:
    async with world.start(error=error) as start:
        return [states(each) for each in await start.resolve()]


@pytest.mark.parametrize(("loss", "state"), [(Loss.AFTER, "accepted"), (Loss.BEFORE, "absent")])
@pytest.mark.parametrize("error", [0.0, 7200.0, -7200.0])
@in_simulated_time
async def test_call_in_whose_middle_the_program_was_killed_is_looked_for(
    world: World, loss: Loss, state: str, error: float
) -> None:
    """Whatever the clock says before the first answer."""
    await killed(world, FILES, PREFETCHES, at=first, loss=loss)
    assert [call.state for _key, _number, call in Journal(world.path, ACCOUNT).unresolved()] == ["send"]
    await asyncio.sleep(60)
    async with world.start(error=error) as start:
        (submission,) = await start.resolve()
    assert states(submission) == [state, "not-sent"]
    assert ids(submission) == [*world.tasks(), ""] if loss is Loss.AFTER else ["", ""]
    assert submission.is_over
    assert bool(submission.calls[0].reason) == (state == "absent")
    assert await resolve(world) == []
    assert len(world.transport.requests) == 1


@in_simulated_time
async def test_rest_of_a_submission_is_reported_if_the_program_was_killed_between_two_calls(world: World) -> None:
    async with world.start() as start:
        world.transport.on_request = lambda _request: None
        running = asyncio.create_task(start.submit(PREFETCHES, OTHER))
        await asyncio.sleep(5)
        left = world.path.read_bytes()
        running.cancel()
        await asyncio.wait([running])
    world.path.write_bytes(left)
    assert await resolve(world) == [["accepted", "not-sent"]]
    assert await resolve(world) == []
    assert world.transport.searches == []


@in_simulated_time
async def test_nothing_is_asked_if_everything_is_known(world: World) -> None:
    async with world.start() as start:
        await start.submit(FILES, PREFETCHES)
        start.error = NoCredentialsError("no keys")
        assert await start.resolve() == []
    assert world.transport.searches == []


@in_simulated_time
async def test_task_of_an_accepted_call_is_not_taken_for_that_of_a_killed_one(world: World) -> None:
    async with world.start() as start:
        await start.submit(FILES)
    world.transport.requests.clear()
    await asyncio.sleep(30)
    await killed(world, FILES, at=first, loss=Loss.BEFORE)
    assert await resolve(world) == [["absent"]]


@in_simulated_time
async def test_several_killed_starts_are_resolved_together(world: World) -> None:
    await killed(world, FILES, at=first, loss=Loss.AFTER)
    world.transport.requests.clear()
    await asyncio.sleep(60)
    await killed(world, PREFETCHES, OTHER, at=second, loss=Loss.BEFORE)
    world.transport.requests.clear()
    await asyncio.sleep(300)
    await killed(world, FILES, at=first, loss=Loss.AFTER)
    async with world.start() as start:
        submissions = await start.resolve()
    assert [states(each) for each in submissions] == [["accepted"], ["accepted", "absent"], ["accepted"]]
    assert [ids(submissions[2])[0], ids(submissions[0])[0]] == list(world.tasks())


@pytest.mark.parametrize(("age", "searched"), [(DOUBT_LIMIT - 60, True), (DOUBT_LIMIT + 60, False)])
@in_simulated_time
async def test_call_of_more_than_a_week_ago_is_not_looked_for(world: World, age: float, searched: bool) -> None:
    await killed(world, FILES, at=first, loss=Loss.BEFORE)
    await asyncio.sleep(age)
    assert await resolve(world) == [["absent"]]
    assert bool(world.transport.searches) is searched


@pytest.mark.parametrize("answered", [0, 1, 2])
@in_simulated_time
async def test_call_is_looked_for_again_at_the_next_start_if_it_could_not_be(world: World, answered: int) -> None:
    """Also if only a part of the search was answered."""
    await killed(world, FILES, PREFETCHES, at=first, loss=Loss.AFTER)
    world.transport.search_failures += [*[None] * answered, refusal(299)]
    with pytest.raises(ApiError, match="299"):
        await resolve(world)
    assert await resolve(world) == [["accepted", "not-sent"]]


@in_simulated_time
async def test_call_is_looked_for_at_the_next_start_if_there_are_no_keys_now(world: World) -> None:
    await killed(world, FILES, at=first, loss=Loss.AFTER)
    async with world.start() as start:
        start.error = NoCredentialsError("no keys")
        with pytest.raises(NoCredentialsError):
            await start.resolve()
        start.error = None
        assert [states(each) for each in await start.resolve()] == [["accepted"]]


@in_simulated_time
async def test_calls_of_other_accounts_are_left_to_them(world: World) -> None:
    other = Journal(world.path, "another account")
    with other.writing():
        other.record(other.begin([FILES], NOW), 0, CallState.SENDING, NOW)
    assert await resolve(world) == []
    assert len(other.unresolved()) == 1
    assert world.transport.searches == []


@pytest.mark.parametrize("sent", [-1e300, -5.0, 0.0, 1e9, NOW + 1e9, 1e300])
@in_simulated_time
async def test_absurd_time_of_a_call_ends_in_an_outcome(world: World, sent: float) -> None:
    """A damaged file must not fail at each start."""
    async with world.start() as start:
        with start.journal.writing():
            start.journal.record(start.journal.begin([FILES], NOW), 0, CallState.SENDING, sent)
        assert [states(each) for each in await start.resolve()] == [["absent"]]


@in_simulated_time
async def test_resolving_can_be_cancelled_and_begun_again(world: World) -> None:
    await killed(world, FILES, at=first, loss=Loss.AFTER)
    world.service.losses.append(None)

    async def cancelled(start: Start) -> None:
        task = asyncio.create_task(start.resolve())
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    async with world.start() as start:
        await cancelled(start)
        assert [states(each) for each in await start.resolve()] == [["accepted"]]


@in_simulated_time
async def test_resolved_url_may_be_submitted_again_with_a_warning(world: World) -> None:
    await killed(world, FILES, batch("http://img.example.com/three"), at=first, loss=Loss.BEFORE)
    async with world.start() as start:
        await start.resolve()
        assert start.journal.doubtful(FILES.kind) == {"img.example.com/one", "img.example.com/two"}
        assert states(await start.submit(FILES)) == ["accepted"]


@in_simulated_time
async def test_task_that_is_listed_late_is_found_all_the_same(world: World) -> None:
    """A second after the call, its task may not be listed yet."""
    await killed(world, FILES, at=first, loss=Loss.BEFORE)
    asyncio.get_running_loop().call_later(5, lambda: world.service.account.add("refresh", FILES.urls, type="file"))
    assert await resolve(world) == [["accepted"]]
    assert len(world.transport.requests) == 1


@in_simulated_time
async def test_what_was_submitted_later_is_not_offered_again(world: World) -> None:
    await killed(world, PREFETCHES, OTHER, at=first, loss=Loss.AFTER)
    await asyncio.sleep(100)
    async with world.start() as start:
        await start.submit(OTHER)
        journal = start.journal
        old, _new = journal.read().values()
        assert journal.accepted_after(old) == {identity(url) for url in OTHER.urls}
        assert not journal.accepted_after(_new)

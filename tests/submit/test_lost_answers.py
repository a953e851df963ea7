"""Calls whose answer is lost: the task is looked for, and nothing is ever sent a second time."""

import asyncio

import httpx
import pytest

from submit.batches import FILES, NOW, batch
from submit.world import Failure, Start, World, ids, in_simulated_time, refusal, states
from ucdn_tui.api.network import CALL_TIMEOUT
from ucdn_tui.simulator.actions.losses import Loss
from ucdn_tui.simulator.actions.quirks import Quirks
from ucdn_tui.submit.models import Batch

NEXT = batch("http://img.example.com/next")

CREATED = [Loss.AFTER, Loss.SLOW, Loss.ERROR_AFTER]

NOT_CREATED = [Loss.BEFORE, Loss.ERROR_BEFORE]


def searches(world: World) -> list[float]:
    """Return the times of the searches after the first one. Each makes several requests."""
    times = sorted({at for at, _params in world.transport.searches})
    return [round(at - times[0], 3) for at in times]


def begins(world: World) -> set[int]:
    return {int(params["BeginTime"]) for _at, params in world.transport.searches}


async def submit(world: World, *batches: Batch, error: float = 0.0) -> tuple[Start, list[str]]:
    async with world.start(error=error) as start:
        submission = await start.submit(*batches)
    return start, states(submission)


@pytest.mark.parametrize("loss", CREATED)
@pytest.mark.parametrize("error", [0.0, 7200.0, -7200.0])
@in_simulated_time
async def test_task_that_was_created_is_found_and_the_rest_is_submitted(world: World, loss: Loss, error: float) -> None:
    world.service.losses.append(loss)
    start, found = await submit(world, FILES, NEXT, error=error)
    assert found == ["accepted", "accepted"]
    assert len(world.transport.requests) == 2
    assert searches(world) == ([0, 3] if error else [0]), "the first search may set the clock right"
    (submission,) = start.journal.read().values()
    assert {key: call.batch.urls for key, call in zip(ids(submission), submission.calls, strict=True)} == world.tasks()
    assert [call.reason for call in submission.calls] == ["", ""]
    assert world.loop.time() == searches(world)[-1] + (CALL_TIMEOUT if loss is Loss.SLOW else 0)


@pytest.mark.parametrize("loss", NOT_CREATED)
@in_simulated_time
async def test_task_that_is_not_listed_is_looked_for_four_times_and_then_called_absent(
    world: World, loss: Loss
) -> None:
    world.service.losses.append(loss)
    start, found = await submit(world, FILES, NEXT)
    assert found == ["absent", "accepted"]
    assert len(world.transport.requests) == 2
    assert searches(world) == [0, 3, 10, 30]
    (submission,) = start.journal.read().values()
    assert submission.calls[0].reason
    assert start.journal.doubtful(FILES.kind) == {"img.example.com/one", "img.example.com/two"}
    async with world.start() as later:
        assert await later.resolve() == []
    assert len(world.transport.requests) == 2


@pytest.mark.parametrize(
    "failure",
    [
        refusal(110),
        httpx.Response(500),
        httpx.Response(302),
        httpx.Response(200, text="<html>"),
        httpx.Response(200, json={"RetCode": 0, "Action": "SomethingElseResponse"}),
        httpx.Response(403, json={"RetCode": 0, "TaskId": "x"}),
        httpx.ReadError("reset"),
        httpx.WriteError("reset"),
        httpx.ReadTimeout("slow"),
        httpx.RemoteProtocolError("Server disconnected"),
    ],
    ids=str,
)
@in_simulated_time
async def test_answer_that_does_not_say_what_happened_is_lost(world: World, failure: Failure) -> None:
    world.transport.failures += [failure]
    _start, found = await submit(world, FILES, NEXT)
    assert found == ["absent", "accepted"]
    assert len(world.transport.requests) == 2


@pytest.mark.parametrize("seconds", [2, 9, 29])
@in_simulated_time
async def test_task_that_is_listed_late_is_found(world: World, seconds: float) -> None:
    world.transport.failures += [httpx.ReadError("reset")]
    world.transport.on_request = lambda request: world.account.add(
        "refresh", request.urls, task_id="late", created=NOW + seconds
    )
    start, found = await submit(world, FILES)
    assert found == ["accepted"]
    assert [ids(each) for each in start.journal.read().values()] == [["late"]]
    assert len(world.transport.requests) == 1


@in_simulated_time
async def test_task_that_is_listed_late_with_the_time_of_the_call_is_found(world: World) -> None:
    """The searches before have corrected the clock by half a second: the call's recorded time is another one."""
    world.transport.failures += [httpx.ReadError("reset")]
    world.transport.on_request = lambda request: world.loop.call_later(
        5, lambda: world.account.add("refresh", request.urls, created=NOW)
    )
    _start, found = await submit(world, FILES)
    assert found == ["accepted"]
    assert searches(world) == [0, 3, 10]


@in_simulated_time
async def test_task_of_whole_site_acceleration_is_found(world: World) -> None:
    world.service.losses.append(Loss.AFTER)
    for is_dcdn in (True, False):  # the domain's kind may have been unknown
        world.service.losses.append(Loss.AFTER)
        _start, found = await submit(world, batch(f"http://app.example.org/{is_dcdn}", is_dcdn=is_dcdn))
        assert found == ["accepted"]


@in_simulated_time
async def test_other_tasks_are_not_taken_for_the_lost_one(world: World) -> None:
    """The same URLs a minute before, of the other kind, and some of the URLs or more."""
    urls = list(FILES.urls)
    world.account.add("refresh", urls, created=NOW - 60, task_id="other-0")
    world.account.add("prefetch", urls, created=NOW, task_id="other-1")
    for number, others in enumerate((urls[:1], [*urls, "http://img.example.com/three"], [*urls, urls[0]], [])):
        world.account.add("refresh", others, created=NOW, task_id=f"other-1{number}")
    before = len(world.tasks())
    world.service.losses.append(Loss.BEFORE)
    _start, found = await submit(world, FILES)
    assert found == ["absent"]
    assert len(world.tasks()) == before


@in_simulated_time
async def test_task_of_an_earlier_submission_is_not_taken_for_the_lost_one(world: World) -> None:
    for loss, expected in ((None, "accepted"), (Loss.BEFORE, "absent"), (Loss.AFTER, "accepted")):
        world.service.losses.append(loss)
        _start, found = await submit(world, FILES)
        assert found == [expected]
    assert len(world.tasks()) == 2


@in_simulated_time
async def test_urls_may_be_listed_in_another_order(world: World) -> None:
    world.transport.failures += [httpx.ReadError("reset")]
    world.transport.on_request = lambda request: world.account.add("refresh", request.urls[::-1], task_id="ours")
    _start, found = await submit(world, FILES)
    assert found == ["accepted"]


@pytest.mark.parametrize("error", [0.0, 7200.0, -7200.0])
@in_simulated_time
async def test_window_begins_just_before_the_call_once_the_clock_is_right(world: World, error: float) -> None:
    async with world.start(error=error) as start:
        await (await start.get()).get_domains()
        await asyncio.sleep(100)
        world.service.losses.append(Loss.SLOW)
        world.transport.searches.clear()
        await start.submit(FILES)
    (begin,) = begins(world)
    assert NOW + 90 <= begin <= NOW + 100


@pytest.mark.parametrize("loss", [Loss.AFTER, Loss.BEFORE])
@in_simulated_time
async def test_unless_it_could_be_looked_for_the_outcome_is_unknown_and_the_rest_is_not_sent(
    world: World, loss: Loss
) -> None:
    world.service.losses.append(loss)
    world.transport.search_failures += [refusal(299)] * 4
    start, found = await submit(world, FILES, NEXT)
    assert found == ["unknown", "not-sent"]
    assert len(world.transport.requests) == 1
    assert start.journal.unresolved()
    async with world.start() as later:
        (submission,) = await later.resolve()
    assert states(submission) == ["accepted" if loss is Loss.AFTER else "absent", "not-sent"]
    assert len(world.transport.requests) == 1


@in_simulated_time
async def test_search_that_fails_is_repeated(world: World) -> None:
    world.service.losses.append(Loss.AFTER)
    world.transport.search_failures += [httpx.Response(500), httpx.ConnectError("no"), refusal(153)]
    _start, found = await submit(world, FILES, NEXT)
    assert found == ["accepted", "accepted"]
    assert searches(world) == [0, 3, 10, 30]


@pytest.mark.parametrize("at", [0, 2, 5, 20])
@in_simulated_time
async def test_stopping_ends_the_search(world: World, at: float) -> None:
    """With 0 it is stopped during the call itself, which comes to its end."""
    world.service.losses.append(Loss.BEFORE)
    async with world.start() as start:
        world.transport.on_request = lambda _request: world.loop.call_later(at, start.submitter.stop)
        submission = await start.submit(FILES, NEXT)
    assert states(submission) == ["unknown", "not-sent"]
    assert world.loop.time() == at


@pytest.mark.parametrize("loss", [Loss.AFTER, Loss.BEFORE])
@in_simulated_time
async def test_cancelling_the_search_leaves_the_call_to_the_next_start(world: World, loss: Loss) -> None:
    world.service.losses.append(loss)
    world.transport.search_failures += [httpx.Response(500)]
    async with world.start() as start:
        running = asyncio.create_task(start.submit(FILES, NEXT))
        await asyncio.sleep(1)
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
    async with world.start() as later:
        (submission,) = await later.resolve()
    assert states(submission) == ["accepted" if loss is Loss.AFTER else "absent", "not-sent"]
    assert len(world.transport.requests) == 1


# Answers without TaskId


@in_simulated_time
async def test_task_of_an_answer_without_its_id_is_looked_for(world: World) -> None:
    world.service.quirks = Quirks(omits_task_id=True)
    world.service._submissions._quirks = world.service.quirks
    start, found = await submit(world, FILES, NEXT)
    assert found == ["accepted", "accepted"]
    (submission,) = start.journal.read().values()
    assert {key: call.batch.urls for key, call in zip(ids(submission), submission.calls, strict=True)} == world.tasks()


@pytest.mark.parametrize("failure", [None, httpx.Response(500)])
@in_simulated_time
async def test_call_is_accepted_even_if_its_task_is_never_listed(world: World, failure: Failure) -> None:
    world.transport.failures += [httpx.Response(200, json={"RetCode": 0})]
    world.transport.search_failures += [failure] * 8
    start, found = await submit(world, FILES, NEXT)
    assert found == ["accepted", "accepted"]
    (submission,) = start.journal.read().values()
    assert ids(submission)[0] == ""
    assert len(world.transport.requests) == 2
    async with world.start() as later:
        assert await later.resolve() == []


@in_simulated_time
async def test_two_lost_calls_in_a_row_whose_tasks_are_not_listed_end_the_submission(world: World) -> None:
    for _call in range(3):
        world.service.losses.append(Loss.ERROR_BEFORE)
    batches = [batch(f"http://{host}/1") for host in ("www.example.com", "img.example.com", "static.example.com")]
    async with world.start() as start:
        assert states(await start.submit(*batches)) == ["absent", "absent", "not-sent"]

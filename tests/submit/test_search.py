"""Finding the task of a call: exactly its URLs, its kind, its time, in either list, on any page."""

import httpx
import pytest

from submit.batches import FILES, NOW, batch, prefetch
from submit.world import Start, World, in_simulated_time, refusal
from ucdn_tui.errors import ApiError, HttpStatusError
from ucdn_tui.simulator.actions.quirks import Quirks
from ucdn_tui.submit.models import Batch
from ucdn_tui.submit.search import find_task


async def find(
    start: Start,
    wanted: Batch = FILES,
    *,
    sent: float = NOW,
    margin: float = 5,
    taken: tuple[str, ...] = (),
    rivals: tuple[float, ...] = (),
) -> str | None:
    return await find_task(await start.get(), wanted, sent, margin, NOW + 100, taken, rivals)


def add(world: World, key: str, wanted: Batch = FILES, at: float = NOW, *, is_dcdn: bool = False) -> None:
    world.account.add(wanted.kind.value, wanted.urls, task_id=f"other-{key}", created=at, is_dcdn=is_dcdn)


@in_simulated_time
async def test_task_with_exactly_the_urls_is_found_in_either_list(world: World) -> None:
    add(world, "plain")
    add(world, "dcdn", batch("http://app.example.org/x"), is_dcdn=True)
    add(world, "prefetch", prefetch("http://dl.example.com/x"))
    async with world.start() as start:
        assert await find(start) == "other-plain"
        assert await find(start, batch(*FILES.urls, is_dcdn=True)) == "other-plain"
        for is_dcdn in (False, True):
            assert await find(start, batch("http://app.example.org/x", is_dcdn=is_dcdn)) == "other-dcdn"
        assert await find(start, prefetch("http://dl.example.com/x")) == "other-prefetch"
        assert await find(start, batch("http://dl.example.com/x")) is None
        assert await find(start, batch("http://img.example.com/one")) is None


@in_simulated_time
async def test_task_nearest_to_the_call_is_its_own(world: World) -> None:
    for seconds in (-60, -4, 1, 50):
        add(world, f"at{seconds}", at=NOW - 100 + seconds)
    async with world.start() as start:
        assert await find(start, sent=NOW - 100) == "other-at1"
        assert await find(start, sent=NOW - 60) == "other-at50"
        assert await find(start, sent=NOW - 100, taken=("other-at1",)) == "other-at-4"
        assert await find(start, sent=NOW - 100, taken=("other-at1", "other-at-4")) == "other-at50"
        taken = ("other-at1", "other-at-4", "other-at50")
        assert await find(start, sent=NOW - 100, taken=taken) is None
        assert await find(start, sent=NOW - 100, taken=taken, margin=60) == "other-at-60"
        assert await find(start, sent=NOW - 40) is None


@in_simulated_time
async def test_task_that_is_nearer_to_another_call_is_that_ones(world: World) -> None:
    add(world, "task", at=NOW - 50)
    async with world.start() as start:
        assert await find(start, sent=NOW - 100, rivals=(NOW - 52,)) is None
        assert await find(start, sent=NOW - 100, rivals=(NOW - 400, NOW)) == "other-task"
        assert await find(start, sent=NOW - 52, rivals=(NOW - 100,)) == "other-task"


@pytest.mark.parametrize(
    "quirks",
    [
        Quirks(),
        Quirks(page_cap=7),
        Quirks(oldest_first=True),
        Quirks(ignores=frozenset({"Limit"})),
        Quirks(ignores=frozenset({"Offset", "Limit"})),
        Quirks(ignores=frozenset({"IsDcdn"})),
        Quirks(ignores=frozenset({"BeginTime", "EndTime"})),
        Quirks(total_count="absent"),
    ],
    ids=["as documented", "capped", "oldest first", "no Limit", "no paging", "one list", "no window", "no TotalCount"],
)
@pytest.mark.parametrize("place", [0, 99, 249])
@in_simulated_time
async def test_task_is_found_among_many(world: World, quirks: Quirks, place: int) -> None:
    world.service.quirks = quirks
    for number in range(250):
        add(world, f"{number:03}", FILES if number == place else batch(f"http://img.example.com/{number}"))
    async with world.start() as start:
        assert await find(start) == f"other-{place:03}"


@in_simulated_time
async def test_task_from_before_the_call_is_not_its_own_even_if_the_server_ignores_the_window(world: World) -> None:
    world.service.quirks = Quirks(ignores=frozenset({"BeginTime"}))
    add(world, "earlier", at=NOW - 60)
    async with world.start() as start:
        assert await find(start) is None
        assert await find(start, margin=60) == "other-earlier"


@in_simulated_time
async def test_search_is_bounded_if_the_server_ignores_the_offset(world: World) -> None:
    world.service.quirks = Quirks(ignores=frozenset({"Offset"}))
    for number in range(250):
        add(world, f"{number:03}", batch(f"http://img.example.com/{number}"))
    async with world.start() as start:
        assert await find(start) is None
    assert len(world.transport.searches) == 3


@pytest.mark.parametrize("answered", range(4))
@in_simulated_time
async def test_search_that_is_not_complete_fails(world: World, answered: int) -> None:
    for number in range(150):
        add(world, f"{number:03}", batch(f"http://img.example.com/{number}"))
    world.transport.search_failures += [*[None] * answered, httpx.Response(500)]
    async with world.start() as start:
        with pytest.raises(HttpStatusError):
            await find(start)


@in_simulated_time
async def test_search_that_is_refused_fails(world: World) -> None:
    world.transport.search_failures += [refusal(299)]
    async with world.start() as start:
        with pytest.raises(ApiError, match="299"):
            await find(start)


@in_simulated_time
async def test_rows_that_lack_what_identifies_them_are_not_taken(world: World) -> None:
    urls = [{"Url": url} for url in FILES.urls]
    rows = [{"UrlLists": urls}, {"TaskId": "", "UrlLists": urls}, {"TaskId": "a"}, {"TaskId": "b", "UrlLists": [{}]}]
    async with world.start() as start:
        world.transport.search_failures += [httpx.Response(200, json={"RetCode": 0, "TaskList": rows})]
        assert await find(start) is None
        without_time = [*rows, {"TaskId": "ours", "UrlLists": urls}]
        world.transport.search_failures += [httpx.Response(200, json={"RetCode": 0, "TaskList": without_time})]
        assert await find(start) == "ours"

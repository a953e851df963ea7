"""Two instances of one user: only one submits at a time, and neither repeats what the other did meanwhile."""

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from submit.batches import FILES, NOW, PREFETCHES, batch, prefetch
from submit.world import Start, World, in_simulated_time, refusal, states
from support import PATIENCE, clean_environment
from support.full_disk import files_of_at_most
from ucdn_tui.submit.journal import Journal, JournalError
from ucdn_tui.submit.models import Batch
from ucdn_tui.submit.records import CallState

HOLDER = """
import sys
from pathlib import Path
from ucdn_tui.submit.journal import Journal
with Journal(Path(sys.argv[1]), "another account").writing():
    print("holding", flush=True)
    sys.stdin.read()
"""


@contextmanager
def another_process_submitting(path: Path) -> Iterator["subprocess.Popen[bytes]"]:
    pipe = subprocess.PIPE
    command = [sys.executable, "-c", HOLDER, str(path)]
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, env=clean_environment()) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"holding\n"
        yield process
        process.kill()
        process.communicate(timeout=PATIENCE)


@in_simulated_time
async def test_nothing_is_sent_while_another_process_submits(world: World) -> None:
    with another_process_submitting(world.path) as other:
        async with world.start() as start:
            with pytest.raises(JournalError, match="Another ucdn-tui is submitting") as caught:
                await start.submit(FILES)
            assert caught.value.sentence == "Nothing was sent."
            assert await start.resolve() == []
            assert world.transport.requests == []
            other.kill()
            other.wait(PATIENCE)
            assert states(await start.submit(FILES)) == ["accepted"], "the system releases a killed process's lock"


@in_simulated_time
async def test_nothing_is_sent_while_another_screen_of_this_process_submits(world: World) -> None:
    async with world.start() as one, world.start() as two:
        running = asyncio.create_task(one.submit(PREFETCHES, prefetch("http://dl.example.com/two")))
        await asyncio.sleep(1)
        with pytest.raises(JournalError, match="Another ucdn-tui is submitting"):
            await two.submit(FILES)
        assert await two.resolve() == []
        assert states(await running) == ["accepted", "accepted"]
        assert states(await two.submit(FILES)) == ["accepted"]


@in_simulated_time
async def test_calls_of_another_instance_that_run_now_are_not_resolved(world: World) -> None:
    """They are in the journal as sent, without an outcome."""
    async with world.start() as one, world.start() as two:
        world.transport.delay = 5
        running = asyncio.create_task(one.submit(FILES))
        await asyncio.sleep(1)
        assert [call.state for _key, _number, call in two.journal.unresolved()] == [CallState.SENDING]
        assert await two.resolve() == []
        assert states(await running) == ["accepted"]


@pytest.mark.parametrize(
    ("theirs", "mine", "count"),
    [
        (FILES, FILES, 2),
        (batch("http://img.example.com/one"), FILES, 1),
        (batch("https://IMG.example.com:443/one"), FILES, 1),
        (prefetch("http://img.example.com/one"), FILES, 0),
        (batch("http://img.example.com/three"), FILES, 0),
    ],
)
@in_simulated_time
async def test_url_that_another_instance_submitted_since_the_user_looked_is_not_submitted(
    world: World, theirs: Batch, mine: Batch, count: int
) -> None:
    async with world.start() as one, world.start() as two:
        seen = set(one.journal.read())
        await two.submit(theirs)
        if count:
            words = f"^{count} URLs? (was|were) submitted by another ucdn-tui meanwhile"
            with pytest.raises(JournalError, match=words):
                await one.submitter.run([PREFETCHES, mine], seen=seen)
            assert len(world.transport.requests) == 1
            assert len(one.journal.read()) == 1
        else:
            assert states(await one.submitter.run([mine], seen=seen)) == ["accepted"]


@in_simulated_time
async def test_what_the_user_has_seen_or_another_account_submitted_may_be_submitted_again(world: World) -> None:
    async with world.start() as one, world.start() as two:
        await two.submit(FILES)
        other = Journal(world.path, "another account")
        with other.writing():
            other.record(other.begin([FILES], NOW), 0, CallState.ABSENT, NOW)
        assert states(await one.submitter.run([FILES], seen=set(one.journal.read()))) == ["accepted"]


@pytest.mark.parametrize(
    ("state", "is_free"),
    [
        (CallState.NOT_SENT, True),
        (CallState.REFUSED, True),
        (CallState.SENDING, False),
        (CallState.UNKNOWN, False),
        (CallState.ABSENT, False),
    ],
)
@in_simulated_time
async def test_url_that_may_have_been_submitted_meanwhile_counts_as_submitted(
    world: World, state: CallState, is_free: bool
) -> None:
    async with world.start() as one, world.start() as two:
        with two.journal.writing():
            two.journal.record(two.journal.begin([FILES], NOW), 0, state, NOW)
        if is_free:
            assert states(await one.submitter.run([FILES], seen=())) == ["accepted"]
        else:
            with pytest.raises(JournalError, match="2 URLs were submitted by another"):
                await one.submitter.run([FILES], seen=())
            assert world.transport.requests == []


# A journal that fails


async def failing(start: Start, *batches: Batch) -> JournalError:
    with pytest.raises(JournalError) as caught:
        await start.submit(*batches)
    return caught.value


@contextmanager
def no_room(path: Path, room: int) -> Iterator[None]:
    with files_of_at_most((path.stat().st_size if path.exists() else 0) + room):
        yield


@pytest.mark.parametrize("room", [0, 350])
@in_simulated_time
async def test_nothing_is_sent_if_the_disk_is_full(world: World, room: int) -> None:
    """With 350 bytes there is room for the plan only."""
    async with world.start() as start:
        with no_room(world.path, room):
            error = await failing(start, FILES)
        assert error.title == "Cannot write the journal of submissions"
        assert world.transport.requests == []
        assert (await start.resolve() == []) is (room == 0)
        assert states(await start.submit(FILES)) == ["accepted"]


@pytest.mark.parametrize("when", ["during a call", "after a refusal"])
@in_simulated_time
async def test_no_further_call_is_made_once_the_disk_is_full(world: World, when: str) -> None:
    """The outcome of the first call is not recorded, so the next start looks for it."""
    full = no_room(world.path, 10)
    if when == "after a refusal":
        world.transport.failures += [refusal(299)]
    async with world.start() as start:
        world.transport.on_request = lambda _request: full.__enter__()
        try:
            await failing(start, FILES, PREFETCHES)
        finally:
            full.__exit__(None, None, None)
    assert len(world.transport.requests) == 1
    async with world.start() as later:
        (submission,) = await later.resolve()
    assert states(submission) == ["accepted" if when == "during a call" else "absent", "not-sent"]


@pytest.mark.parametrize("change", ["removed", "emptied", "replaced by a folder"])
@in_simulated_time
async def test_no_further_call_is_made_once_the_journal_is_gone(world: World, change: str, tmp_path: Path) -> None:
    def lose_the_journal(_request: object) -> None:
        world.path.unlink()
        if change == "emptied":
            world.path.touch()
        elif change == "replaced by a folder":
            world.path.mkdir()

    async with world.start() as start:
        world.transport.on_request = lose_the_journal
        await failing(start, FILES, batch("http://img.example.com/three"))
        assert start.journal.read() == {}
    assert len(world.transport.requests) == 1
    world.service.account.remove(*world.tasks())  # which nothing remembers

"""Rounds of checks in simulated time: what is asked again, how long, and what follows."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import httpx
import pytest

from support.virtual_time import VirtualClock, run
from ucdn_tui.api.models import TaskKind
from ucdn_tui.cli.scripts.edge.verifying import Verifying
from ucdn_tui.cli.scripts.result import Outcome, Output, Result
from ucdn_tui.edge.models import Claim, Purge, Resolution, Subject
from ucdn_tui.edge.probe import Prober
from ucdn_tui.edge.session import EdgeSession

NOW = 1_760_000_000.0
URL = "http://img.example.com/a.jpg"

Answers = Mapping[str, Callable[[float], httpx.Response]]
"""By address: what it answers, given the seconds since the start."""


def hit(age: float) -> Callable[[float], httpx.Response]:
    """Return an edge whose copy had this age in seconds at the start."""
    return lambda now: httpx.Response(200, headers={"X-Via-Ucdn": "HIT by x, HIT by y", "Age": str(int(age + now))})


def miss(_now: float) -> httpx.Response:
    return httpx.Response(200, headers={"X-Via-Ucdn": "MISS by x, MISS by y"})


def old_until(seconds: float) -> Callable[[float], httpx.Response]:
    return lambda now: hit(4000)(now) if now < seconds else miss(now)


def broken(_now: float) -> httpx.Response:
    raise httpx.ReadError("Connection reset by peer")


def unreachable(_now: float) -> httpx.Response:
    raise httpx.ConnectError("") from OSError(101, "Network is unreachable")


class World:
    """Edges, and what verifying them in simulated time has found."""

    def __init__(self, loop: asyncio.AbstractEventLoop, answers: Answers) -> None:
        self.clock = VirtualClock(loop, NOW)
        self.result = Result()
        self.asked: list[str] = []
        self.notes: list[str] = []
        self.remarks: list[str] = []
        self._answers = answers

    async def verify(self, *, kind: TaskKind = TaskKind.REFRESH, until: float | None = 120.0) -> Result:
        async def answer(request: httpx.Request) -> httpx.Response:
            self.asked.append(request.url.host)
            return self._answers[request.url.host](self.clock.elapsed())

        async def resolve(_host: str) -> Resolution:
            return Resolution(tuple(self._answers), len(self._answers))

        prober = Prober(self.clock, allow_private=True, transport=httpx.MockTransport(answer))
        session = EdgeSession(prober, resolve, self.clock)
        purge = Purge(kind, "file", NOW - 300, NOW - 200)
        verifying = Verifying(session, self.clock, self.result, Notes("verify", notes=self.notes), until=until)
        await verifying.verify([Subject(URL, purge)])
        await session.aclose()
        self.remarks = verifying.remarks
        return self.result


class Notes(Output):
    """Keeps the notes instead of writing them."""

    notes: list[str] = []  # noqa: RUF012 - msgspec copies it

    def note(self, text: str) -> None:
        self.notes.append(text)


def verified(answers: Sequence[Callable[[float], httpx.Response]], **options: Any) -> tuple[World, float]:
    """Verify one URL at edges with these answers; return the world, and the seconds that it took."""

    async def main(loop: asyncio.AbstractEventLoop) -> tuple[World, float]:
        world = World(loop, {f"192.0.2.{number}": each for number, each in enumerate(answers, 1)})
        await world.verify(**options)
        return world, world.clock.elapsed()

    return run(main)


def claims(world: World) -> list[Claim]:
    return [check.verdict.claim for check in world.result.checks or ()]


def test_what_is_new_at_once_is_asked_once():
    world, seconds = verified([miss, hit(100)])
    assert (world.asked, seconds) == (["192.0.2.1", "192.0.2.2"], 0)
    assert claims(world) == [Claim.NO_COPY, Claim.NEW_COPY]
    assert (world.result.outcome, world.result.message[:34]) == (Outcome.DONE, "In effect at 2 of 2 addresses, see")


def test_an_old_copy_is_asked_for_every_ten_seconds_until_it_is_new():
    world, seconds = verified([old_until(25), miss])
    assert (world.asked, seconds) == (["192.0.2.1", "192.0.2.2", "192.0.2.1", "192.0.2.1", "192.0.2.1"], 30)
    assert claims(world) == [Claim.NO_COPY, Claim.NO_COPY]
    assert world.result.outcome is Outcome.DONE


def test_an_old_copy_that_stays_is_said_once_a_minute_and_at_the_end():
    world, seconds = verified([old_until(1e9), miss])
    assert (len(world.asked), seconds) == (14, 120)
    assert (world.result.outcome, world.result.exit_status) == (Outcome.OLD_COPY, 6)
    assert world.result.message.startswith("Old copy at 1 of 2 addresses, seen from here at ")
    assert sum("Checking again every 10s." in note for note in world.notes) == 2


def test_without_a_time_limit_there_is_one_round():
    world, seconds = verified([old_until(5)], until=None)
    assert (len(world.asked), seconds, world.result.outcome) == (1, 0, Outcome.OLD_COPY)


def test_a_copy_of_this_moment_is_looked_at_again_when_it_has_an_age():
    """Another check may have filled the parent just now."""

    def filled(now: float) -> httpx.Response:
        state = "HIT by x" if now else "MISS by x"
        return httpx.Response(200, headers={"X-Via-Ucdn": f"{state}, HIT by z", "Age": str(int(now))})

    world, seconds = verified([miss, filled])
    assert (world.asked, seconds) == (["192.0.2.1", "192.0.2.2", "192.0.2.2"], 2)
    assert claims(world) == [Claim.NO_COPY, Claim.NEW_COPY]


def test_an_age_that_stays_zero_proves_nothing():
    world, seconds = verified([lambda _now: hit(0)(0.0)])
    assert (len(world.asked), seconds, claims(world)) == (2, 2, [Claim.CANNOT_TELL])


def test_a_copy_without_an_age_is_not_looked_at_again():
    without_age = httpx.Response(200, headers={"X-Via-Ucdn": "HIT by x, HIT by y"})
    world, seconds = verified([lambda _now: without_age])
    assert (len(world.asked), seconds, claims(world)) == (1, 0, [Claim.CANNOT_TELL])


def test_a_miss_after_a_prefetch_is_final():
    world, seconds = verified([miss, hit(100)], kind=TaskKind.PREFETCH)
    assert (len(world.asked), seconds) == (2, 0)
    assert (world.result.outcome, world.result.exit_status) == (Outcome.NOT_PREFETCHED, 6)


def test_an_address_without_an_answer_is_tried_three_times_if_another_answers():
    world, seconds = verified([broken, miss])
    assert (world.asked.count("192.0.2.1"), seconds) == (3, 20)
    assert world.result.outcome is Outcome.DONE
    assert "In effect at 1 of 2 addresses" in world.result.message


def test_an_address_that_cannot_be_reached_from_here_is_not_waited_for():
    world, seconds = verified([unreachable, miss])
    assert (len(world.asked), seconds, world.result.outcome) == (2, 0, Outcome.DONE)


@pytest.mark.parametrize("answer", [broken, unreachable])
def test_while_nothing_answers_it_goes_on_until_the_end(answer):
    world, seconds = verified([answer])
    assert (len(world.asked), seconds) == (13, 120)
    assert (world.result.outcome, world.result.exit_status) == (Outcome.NOT_CHECKED, 6)
    assert world.result.message.startswith("Nothing could be checked. ")


@pytest.mark.parametrize(("status", "rounds"), [(403, 1), (301, 1), (503, 13)])
def test_only_an_error_of_the_edge_is_asked_again(status, rounds):
    world, _seconds = verified([lambda _now: httpx.Response(status)])
    assert (len(world.asked), world.result.outcome) == (rounds, Outcome.NOT_CHECKED)


def test_likely_causes_and_the_vantage_are_told():
    world, _seconds = verified([old_until(1e9)], until=None)
    assert world.remarks[0].startswith(f"{URL}: The edge is late. ")
    assert world.remarks[-1].startswith("One place of many")


def test_what_proves_nothing_is_told_once_with_all_addresses():
    world, _seconds = verified([broken, broken, miss], until=None)
    assert world.remarks[0] == "192.0.2.1, 192.0.2.2: The connection broke before the answer."


def test_a_prefetch_is_not_credited_with_what_a_check_fetched():
    def filled(_now: float) -> httpx.Response:
        return httpx.Response(200, headers={"X-Via-Ucdn": "MISS by x, HIT by y", "Age": "1"})

    def late(now: float) -> httpx.Response:
        return broken(now) if now < 10 else filled(now)

    world, _ = verified([hit(200), filled, late], kind=TaskKind.PREFETCH)
    assert claims(world) == [Claim.PREFETCHED, Claim.CANNOT_TELL, Claim.CANNOT_TELL]

"""The clock follows the server's time, whatever the local clock does, and sleeps through suspensions."""

import asyncio
import time
from collections.abc import Iterator
from email.utils import formatdate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ucdn_tui import clock as clock_module
from ucdn_tui.clock import Clock, SystemClock, parse_date

NOON = 1_760_000_000
"""Thu, 09 Oct 2025 08:53:20 GMT: the server's time at the start of a test."""


class Uptime:
    """Seconds since boot, advanced by the tests."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def uptime(monkeypatch: pytest.MonkeyPatch) -> Uptime:
    uptime = Uptime()
    monkeypatch.setattr(clock_module, "_uptime", uptime)
    return uptime


def date(seconds: float) -> str:
    """Return the Date header of an answer sent at that time, cut to the second."""
    return formatdate(int(seconds), usegmt=True)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("Thu, 09 Oct 2025 08:53:20 GMT", NOON),
        ("Thu, 01 Jan 1970 00:00:00 GMT", 0),
        ("Thu, 09 Oct 2025 16:53:20 +0800", NOON),
        ("", None),
        ("soon", None),
        ("30", None),
        ("2025-10-09T08:53:20Z", None),
        ("Thu, 32 Oct 2025 08:53:20 GMT", None),
        ("Thu, 09 Oct 2025 25:53:20 GMT", None),
        ("Thu, 09 Oct 99999999 08:53:20 GMT", None),
        ("Thu, 09 Oct 2025 08:53:20 +99999999999999999999", None),
    ],
)
def test_a_date_is_parsed_or_none(text: str, seconds: float | None) -> None:
    assert parse_date(text) == seconds


@pytest.fixture
def in_shanghai(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with monkeypatch.context() as patch:
        patch.setenv("TZ", "CST-8")
        time.tzset()
        yield
    time.tzset()


@pytest.mark.usefixtures("in_shanghai")
@pytest.mark.parametrize(
    "text",
    [
        "Thu, 09 Oct 2025 08:53:20 GMT",
        "Thursday, 09-Oct-25 08:53:20 GMT",
        "Thu Oct  9 08:53:20 2025",
        "Thu, 09 Oct 2025 08:53:20 -0000",
    ],
)
def test_http_dates_are_utc_whatever_the_local_zone(text: str) -> None:
    assert parse_date(text) == NOON


@given(
    st.text(max_size=40)
    | st.lists(
        st.sampled_from([*"Thu, 09 Oct 2025 08:53:20 GMT".replace(":", " : ").split(), "+", "-", "999999999999", " "]),
        max_size=14,
    ).map(" ".join)
)
def test_parsing_any_text_as_a_date_never_raises(text: str) -> None:
    assert isinstance(parse_date(text), float | None)


def test_before_the_first_answer_the_local_clock_is_used(uptime: Uptime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "time", lambda: 5000.0)
    clock = SystemClock()
    uptime.seconds += 7
    assert clock.server_now() == 5007.0


@pytest.mark.parametrize("wrong_by", [-7200.0, -4.0, -0.3, 0.0, 4.0, 86400.0])
def test_the_first_date_is_adopted_at_once(wrong_by: float, uptime: Uptime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "time", lambda: NOON + wrong_by)
    clock = SystemClock()
    clock.observe(date(NOON))
    assert clock.server_now() == NOON + 0.5  # the header is cut to the second
    uptime.seconds += 10.25
    assert clock.server_now() == NOON + 10.75


def test_setting_the_local_clock_later_changes_nothing(uptime: Uptime, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = SystemClock()
    clock.observe(date(NOON))
    monkeypatch.setattr(time, "time", lambda: NOON + 86400.0)
    monkeypatch.setattr(time, "monotonic", lambda: 0.0)
    uptime.seconds += 3
    assert clock.server_now() == NOON + 3.5
    clock.observe(date(NOON + 3.5))
    assert clock.server_now() == NOON + 3.5


def test_small_differences_are_smoothed(uptime: Uptime) -> None:
    clock = SystemClock()
    clock.observe(date(NOON))
    uptime.seconds += 1
    before = clock.server_now()
    clock.observe(date(before + 4))
    assert before < clock.server_now() < before + 1


def test_many_dates_converge_to_the_servers_real_time(uptime: Uptime) -> None:
    clock = SystemClock()
    server, start = NOON + 0.93, uptime.seconds
    for _ in range(200):
        clock.observe(date(server + uptime.seconds - start))
        uptime.seconds += 5.37
    assert clock.server_now() == pytest.approx(server + uptime.seconds - start, abs=0.2)


@pytest.mark.parametrize("step", [-3600, -6, 6, 3600])
def test_a_large_difference_is_adopted_at_once(step: int, uptime: Uptime) -> None:
    clock = SystemClock()
    clock.observe(date(NOON))
    uptime.seconds += 5
    clock.observe(date(NOON + 5 + step))
    assert clock.server_now() == NOON + 5 + step + 0.5


@pytest.mark.parametrize("text", ["", "soon", "Thu, 32 Oct 2025 08:53:20 GMT"])
def test_an_invalid_date_changes_nothing(text: str, uptime: Uptime) -> None:
    clock = SystemClock()
    clock.observe(date(NOON))
    clock.observe(text)
    assert clock.server_now() == NOON + 0.5


async def test_a_sleep_lasts_as_long_as_asked() -> None:
    clock: Clock = SystemClock()
    began = clock.elapsed()
    await clock.sleep(0.01)
    assert clock.elapsed() - began >= 0.01


async def test_suspended_time_counts_as_slept(uptime: Uptime, monkeypatch: pytest.MonkeyPatch) -> None:
    # The machine is suspended during the first slice, which the event loop's timer does not notice.
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        if seconds:  # sleep(0) only yields to other tasks
            slept.append(seconds)
            uptime.seconds += 3600

    monkeypatch.setattr(asyncio, "sleep", sleep)
    await SystemClock().sleep(60)
    assert len(slept) == 1
    assert slept[0] <= 10


async def test_a_sleep_continues_after_an_early_timer(uptime: Uptime, monkeypatch: pytest.MonkeyPatch) -> None:
    async def sleep(seconds: float) -> None:
        uptime.seconds += min(seconds, 0.75)

    monkeypatch.setattr(asyncio, "sleep", sleep)
    began = uptime.seconds
    await SystemClock().sleep(10)
    assert uptime.seconds - began == pytest.approx(10)


@pytest.mark.parametrize("seconds", [0.0, -1.0])
async def test_a_sleep_of_zero_yields_to_other_tasks(seconds: float) -> None:
    ran: list[str] = []
    other = asyncio.create_task(asyncio.sleep(0))
    other.add_done_callback(lambda _: ran.append("other"))
    for _ in range(5):
        await SystemClock().sleep(seconds)
    assert ran == ["other"]


def test_elapsed_never_goes_back() -> None:
    clock = SystemClock()
    seen = [clock.elapsed() for _ in range(1000)]
    assert seen == sorted(seen)

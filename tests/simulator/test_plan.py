"""A task waits, works URL by URL and ends; its state depends only on its plan and the time."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from simulator.harness import START, ManualClock, urls
from ucdn_tui.simulator.account import Account
from ucdn_tui.simulator.plan import NEVER, Plan, UrlPlan, UrlState

_ENDED = {"success", "failure", "unknow"}


def _task(account: Account, **options: object) -> Plan:
    task_id = account.add("refresh", urls(8), **{"queue": 5, "work": 60, **options})
    return account.find("refresh", [task_id])[0]


def _states(plan: Plan, age: float) -> list[UrlState]:
    return list(plan.url_states(plan.created + age))


def test_task_waits_then_works_then_succeeds(account: Account) -> None:
    task = _task(account)
    ages = [0, 4.9, 5, 64.9, 65, 1e6]
    assert [task.status(START + age) for age in ages] == ["wait", "wait", "process", "process", "success", "success"]


def test_urls_wait_while_their_task_waits(account: Account) -> None:
    assert set(_states(_task(account), 4.9)) == {UrlState(url, "wait", 0, None) for url in urls(8)}


def test_url_progress_is_linear() -> None:
    url = UrlPlan("https://example.com/", 10, 30)
    task = Plan(
        task_id="t", kind="prefetch", urls=(url,), created=START, queue=10, work=20, outcome="success", project_id="p"
    )
    progress = [_states(task, age)[0].progress for age in (9, 10, 15, 20, 29.99, 30)]
    assert progress == [0, 0, 25, 50, 99, 100]


def test_only_finished_urls_have_a_finish_time(account: Account) -> None:
    task = _task(account)
    for age in range(80):
        for state in _states(task, age):
            assert (state.finished is not None) == (state.status in _ENDED)
            assert state.finished is None or START < state.finished <= START + age


def test_urls_finish_one_after_another(account: Account) -> None:
    task = _task(account)
    done = [sum(state.status == "success" for state in _states(task, age)) for age in range(66)]
    assert done[-1] == 8
    assert done == sorted(done)
    assert len(set(done)) > 3


def test_first_url_starts_when_the_queue_ends(account: Account) -> None:
    states = _states(_task(account), 5)
    assert states[0].status == "process"
    assert {state.status for state in states[1:]} == {"wait"}


def test_partial_failure_shows_only_in_the_urls(account: Account) -> None:
    strict = _task(account, failing=(2, 5))
    lenient = _task(account, failing=(2, 5), outcome="success")
    for task, own in ((strict, "failure"), (lenient, "success")):
        assert task.status(START + 65) == own
        statuses = [state.status for state in _states(task, 65)]
        assert [index for index, status in enumerate(statuses) if status == "failure"] == [2, 5]
        assert statuses.count("success") == 6


def test_failed_urls_end_below_100_percent(account: Account) -> None:
    states = _states(_task(account, failing=range(8)), 65)
    assert all(state.status == "failure" and state.progress < 100 for state in states)


def test_stuck_task_stays_in_process_while_other_urls_finish(account: Account) -> None:
    task = _task(account, stuck=(3,))
    assert task.status(START + 1e7) == "process"
    states = _states(task, 1e7)
    assert states[3].status == "process"
    assert states[3].progress < 100
    assert {state.status for state in states if state is not states[3]} == {"success"}


def test_task_can_wait_forever(account: Account) -> None:
    task = _task(account, queue=NEVER)
    assert task.status(START + 1e7) == "wait"
    assert {state.status for state in _states(task, 1e7)} == {"wait"}


def test_task_can_end_as_unknown(account: Account) -> None:
    task = _task(account, unknown=(0,))
    assert task.status(START + 65) == "unknow"
    assert _states(task, 65)[0].status == "unknow"


_lives = st.fixed_dictionaries(
    {
        "queue": st.floats(0, 500),
        "work": st.floats(0, 2000),
        "failing": st.sets(st.integers(0, 7)),
        "stuck": st.sets(st.integers(0, 7)),
        "unknown": st.sets(st.integers(0, 7)),
    }
)


@given(life=_lives, seed=st.integers(0, 99), ages=st.lists(st.floats(0, 3000), min_size=2).map(sorted))
def test_progress_never_decreases_and_finished_urls_stay_finished(
    life: dict[str, object], seed: int, ages: list[float]
) -> None:
    task = _task(Account(ManualClock(), seed=seed), **life)
    for earlier, later in pairwise(ages):
        for before, after in zip(_states(task, earlier), _states(task, later), strict=True):
            assert 0 <= before.progress <= after.progress <= 100
            if before.status in _ENDED:
                assert after == before
            if before.status == "process":
                assert after.status != "wait"


@given(life=_lives, seed=st.integers(0, 99), age=st.floats(0, 3000))
def test_task_has_ended_exactly_when_its_urls_have(life: dict[str, object], seed: int, age: float) -> None:
    task = _task(Account(ManualClock(), seed=seed), **life)
    statuses = {state.status for state in _states(task, age)}
    match task.status(START + age):
        case "wait":
            assert statuses == {"wait"}
        case "process":
            assert statuses & {"wait", "process"}
        case _:
            assert statuses <= _ENDED


@given(life=_lives, ages=st.lists(st.floats(0, 3000)))
def test_states_do_not_depend_on_the_order_of_evaluation(life: dict[str, object], ages: list[float]) -> None:
    task = _task(Account(ManualClock()), **life)
    asked = {age: _states(task, age) for age in ages}
    assert asked == {age: _states(task, age) for age in reversed(ages)}

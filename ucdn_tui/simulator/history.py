"""Accounts with a past: as large as one likes for measuring, or made up for a demonstration."""

from collections.abc import Callable
from dataclasses import replace
from random import Random

from ucdn_tui.simulator import DEMO_PRIVATE_KEY, DEMO_PUBLIC_KEY
from ucdn_tui.simulator.account import Account, draw_task_id
from ucdn_tui.simulator.generator import arrivals, generate_task
from ucdn_tui.simulator.plan import NEVER, Plan
from ucdn_tui.simulator.scenes import SCENES, Scene

_OVER = 23 * 3600.0
"""Seconds: an hour less than the API looks back, so that nothing drops out of sight while one measures."""

_DEMO_PAST = 24
"""So many finished tasks lie behind the demonstration's scenes."""


def populate(account: Account, *, tasks: int, urls: int, active: float = 0.01, over: float = _OVER) -> None:
    """Fill the account's default project with a history that ends now; no task of it is stuck or whole-site.

    tasks, urls: how many tasks, and how many URLs in each
    active: the share of the tasks that wait or work at this moment; all others have ended
    over: seconds that the history covers, an hour at least
    """
    if not 0 <= active <= 1 or over < 3600:
        raise ValueError("active is a share from 0 to 1, and a history covers an hour at least")
    running = round(tasks * active)
    for number in range(tasks):
        account.put(_past_task(account, over, urls=urls, is_active=number < running))


def demo_account(now: Callable[[], float], seed: int = 0, *, arriving: bool = True) -> Account:
    """Return an account to look at: some 40 tasks of the last day, of every status and at every stage.

    arriving: whether new tasks go on coming, one every 20 to 40 seconds
    """
    account = Account(now, seed=seed, public_key=DEMO_PUBLIC_KEY, private_key=DEMO_PRIVATE_KEY)
    start = now()
    for scene in SCENES:
        _add_scene(account, scene, start)
    for _ in range(_DEMO_PAST):
        account.put(_past_task(account, _OVER, urls=None, is_active=False))
    if arriving:
        start_arrivals(account)
    return account


def start_arrivals(account: Account) -> None:
    """Have new tasks come to the default project from now on, one every 20 to 40 seconds."""
    rng = Random(f"arrivals {account.seed}")  # noqa: S311 - of its own, so that tasks added in between change none
    account.schedule_arrivals(arrivals(rng, account.now(), account.default_project))


def _past_task(account: Account, over: float, *, urls: int | None, is_active: bool) -> Plan:
    """Draw a task, and then the moment of its creation, so that by now it has ended, or is somewhere on its way."""
    rng, now = account.rng, account.now()
    while True:
        plan = generate_task(rng, now, account.default_project, urls=urls, is_dcdn=False)
        if plan.queue != NEVER and plan.outcome != "process":
            break
    length = plan.queue + plan.work
    if is_active:
        created = now - length * rng.uniform(0.02, 0.98)
    else:
        created = now - length - rng.uniform(1, max(over - length, 60))
    return replace(plan, created=created, task_id=draw_task_id(rng, created))


def _add_scene(account: Account, scene: Scene, start: float) -> None:
    account.add(
        scene.kind,
        tuple(scene.folder),
        type=scene.type,
        is_dcdn=scene.is_dcdn,
        created=start - scene.ago,
        queue=scene.queue,
        work=scene.work,
        failing=scene.failing,
        stuck=scene.stuck,
        unknown=scene.unknown,
        outcome=scene.outcome,
    )

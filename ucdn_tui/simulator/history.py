"""Accounts with a history: of any size for measurements, or the demo account."""

from collections.abc import Callable
from dataclasses import replace
from random import Random
from typing import get_args

from ucdn_tui.simulator import DEMO_PRIVATE_KEY, DEMO_PUBLIC_KEY
from ucdn_tui.simulator.account import Account, draw_task_id
from ucdn_tui.simulator.demo_tasks import SCENES, Scene
from ucdn_tui.simulator.domains import Use
from ucdn_tui.simulator.generator import arrivals, generate_task
from ucdn_tui.simulator.plan import NEVER, Plan

_SPAN = 23 * 3600.0
"""Seconds. One hour less than the API's default window, so that no task leaves it during a measurement."""

DEMO_STALE_EVERY = 6
"""One URL in so many stays old at one edge for a while after its refresh."""

_DEMO_FINISHED = 24
"""Number of finished tasks in the demo account besides its scenes."""


def populate(account: Account, *, tasks: int, urls: int, active: float = 0.01, span: float = _SPAN) -> None:
    """Fill the default project with a history that ends now, without stuck or whole-site tasks.

    tasks, urls: number of tasks, and of URLs in each
    active: share of the tasks that wait or are in process now; all others have ended
    span: seconds that the history covers, at least one hour
    """
    if not 0 <= active <= 1 or span < 3600:
        raise ValueError("active must be from 0 to 1, and span at least 3600")
    running = round(tasks * active)
    for number in range(tasks):
        account.put(_past_task(account, span, urls=urls, is_active=number < running))


def demo_account(now: Callable[[], float], seed: int = 0, *, arriving: bool = True) -> Account:
    """Return the demo account: some 40 tasks of the last day, in every status and at every stage.

    arriving: whether new tasks are added, one every 20 to 40 seconds
    """
    account = Account(now, seed=seed, public_key=DEMO_PUBLIC_KEY, private_key=DEMO_PRIVATE_KEY)
    start = now()
    for scene in SCENES:
        _add_scene(account, scene, start)
    for _ in range(_DEMO_FINISHED):
        account.put(_past_task(account, _SPAN, urls=None, is_active=False))
    _use_quotas(account)
    if arriving:
        start_arrivals(account)
    return account


def start_arrivals(account: Account) -> None:
    """Add new tasks to the default project from now on, one every 20 to 40 seconds."""
    rng = Random(f"arrivals {account.seed}")  # noqa: S311 - separate, so that tasks added by hand change no arrival
    account.schedule_arrivals(arrivals(rng, account.now(), account.default_project))


def _use_quotas(account: Account) -> None:
    """Count up to a half of each domain's quotas as used today."""
    rng = Random(f"quotas {account.seed}")  # noqa: S311 - separate, so that the tasks do not depend on the domains
    uses: tuple[Use, ...] = get_args(Use)
    for domain in account.domains:
        for use in uses:
            count = int(domain.quota(use) * rng.uniform(0, 0.5))
            account.quota_use.add(domain, use, account.now(), count)


def _past_task(account: Account, span: float, *, urls: int | None, is_active: bool) -> Plan:
    """Draw a task, then a creation time at which it has ended by now, or is somewhere in between if `is_active`."""
    rng, now = account.rng, account.now()
    while True:
        plan = generate_task(rng, now, account.default_project, urls=urls, is_dcdn=False)
        if plan.queue != NEVER and plan.outcome != "process":
            break
    length = plan.queue + plan.work
    if is_active:
        created = now - length * rng.uniform(0.02, 0.98)
    else:
        created = now - length - rng.uniform(1, max(span - length, 60))
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

"""Checks of one address as the screen gets them, with defaults for what a test does not set."""

from support.data.summaries import NOW
from ucdn_tui.api.models import TaskKind
from ucdn_tui.edge.models import Answer, Check, Failure, Obstacle, Probe, Purge, Subject
from ucdn_tui.edge.verdict import judge

URL = "https://cdn.example.com/a.jpg"
ADDRESS = "192.0.2.1"

REFRESH = Purge(TaskKind.REFRESH, "file", NOW - 300, NOW - 200, task_id="task-1")
"""Created five minutes ago, and a success since."""

PREFETCH = Purge(TaskKind.PREFETCH, "", NOW - 300, NOW - 200, task_id="task-2")

Headers = tuple[tuple[str, str], ...]

OLD: Headers = (("x-via-ucdn", "HIT by 192.0.2.1, HIT by 192.0.2.9"), ("age", "400"))
NEW: Headers = (("x-via-ucdn", "HIT by 192.0.2.1, HIT by 192.0.2.9"), ("age", "100"))
NONE: Headers = (("x-via-ucdn", "MISS by 192.0.2.1, MISS by 192.0.2.9"),)


def check(
    headers: Headers = OLD,
    *,
    url: str = URL,
    address: str = ADDRESS,
    purge: Purge | None = REFRESH,
    status: int = 200,
    at: float = NOW,
) -> Check:
    """Return the check of an answer with these headers."""
    subject, probe = Subject(url, purge), Probe(url, address, at, Answer(status, headers))
    return Check(subject, probe, judge(subject, probe))


def failed_check(*, url: str = URL, address: str = ADDRESS) -> Check:
    """Return the check of an address that gave no answer."""
    subject = Subject(url, REFRESH)
    probe = Probe(url, address, NOW, failure=Failure(Obstacle.NOT_HTTP))
    return Check(subject, probe, judge(subject, probe))

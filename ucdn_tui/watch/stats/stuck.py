"""Decides which tasks are stuck: active, but without progress for too long."""

from ucdn_tui.api.models import Phase, Task, TaskKind

STUCK_AFTER: dict[TaskKind, float] = {TaskKind.REFRESH: 600.0, TaskKind.PREFETCH: 1800.0}
"""Seconds without progress. The vendor names 10 minutes for a refresh at busy times and about 30 for a prefetch."""


def stuck_for(task: Task, now: float) -> float | None:
    """Return the seconds for which an active task has made no progress; None within the limit.

    `now` is the server's time of the last poll, since progress after that is unknown. Nothing is known of a task that
    is no longer listed either.
    """
    since = task.created if task.last_change is None else task.last_change
    if task.phase is not Phase.ACTIVE or task.is_unlisted or since is None:
        return None
    seconds = now - since
    return seconds if seconds > STUCK_AFTER[task.kind] else None

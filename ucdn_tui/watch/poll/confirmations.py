"""Confirmations: when the API last returned each active task of one kind. Pure; times on the clock's `elapsed`."""

from collections import OrderedDict

from ucdn_tui.api.models import TaskKey


class Confirmations:
    """The age of what is shown as live. Tasks that are settled, removed or no longer listed have none."""

    def __init__(self) -> None:
        self._at: OrderedDict[TaskKey, float] = OrderedDict()

    def confirm(self, key: TaskKey, now: float) -> None:
        """Record that the API has just returned this active task."""
        self._at[key] = now
        self._at.move_to_end(key)

    def drop(self, key: TaskKey) -> None:
        """Forget a task that is no longer shown as live."""
        self._at.pop(key, None)

    @property
    def oldest(self) -> float | None:
        """When the task that was not returned for longest was last returned; None without active tasks."""
        return next(iter(self._at.values()), None)

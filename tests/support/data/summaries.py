"""Task and URL summaries as the screen gets them, with defaults for what a test does not set."""

from typing import Any

from ucdn_tui.api.models import Task, TaskKey, TaskKind, UrlProgress

NOW = 1_760_000_000
"""The server's time: Thursday, 2025-10-09 08:53:20 UTC."""


def summary(task_id: str = "20251009165220_4d8031d5", kind: TaskKind = TaskKind.REFRESH, **fields: Any) -> Task:
    """Return a refresh of one file, created a minute ago and finished after ten seconds."""
    defaults = {
        "status": "success",
        "type": "file",
        "created": NOW - 60,
        "finished": NOW - 50,
        "last_change": NOW - 50,
        "percent": 100,
        "first_url": "https://cdn.example.com/a.jpg",
    }
    counts = ("succeeded", "failed", "processing", "waiting", "other")
    if not any(name in fields for name in counts):
        defaults["succeeded"] = 1
    return Task(TaskKey(kind, task_id), task_id, **{**defaults, **fields})


def url(address: str = "https://cdn.example.com/a.jpg", occurrence: int = 0, **fields: Any) -> UrlProgress:
    """Return a URL that succeeded after ten seconds."""
    defaults = {"status": "success", "percent": 100, "created": NOW - 60, "finished": NOW - 50}
    return UrlProgress(address, occurrence, **{**defaults, **fields})

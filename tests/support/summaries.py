"""Summaries of tasks and URLs as the screen gets them, each a usual one but for what a test says."""

from typing import Any

from ucdn_tui.api.models import Task, TaskKey, TaskKind, UrlProgress

NOW = 1_760_000_000
"""The server's time: 2025-10-09 08:53:20 in UTC, a Thursday."""


def summary(task_id: str = "20251009165220_4d8031d5", kind: TaskKind = TaskKind.REFRESH, **fields: Any) -> Task:
    """Return a refresh of one file, created a minute ago and over after ten seconds."""
    usual = {
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
        usual["succeeded"] = 1
    return Task(TaskKey(kind, task_id), task_id, **{**usual, **fields})


def url(address: str = "https://cdn.example.com/a.jpg", occurrence: int = 0, **fields: Any) -> UrlProgress:
    """Return a URL that was done in ten seconds."""
    usual = {"status": "success", "percent": 100, "created": NOW - 60, "finished": NOW - 50}
    return UrlProgress(address, occurrence, **{**usual, **fields})

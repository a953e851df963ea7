"""From an API row to the domain's Task: its key, its counts, its per cent, its last change. Pure."""

import hashlib

from ucdn_tui.api.models import Status, Task, TaskKey, TaskKind, TaskRow, url_percent

_FUTURE = 300
"""Seconds that a server's times may lie ahead of its own clock before they are taken for nonsense."""


def task_key(kind: TaskKind, row: TaskRow) -> TaskKey:
    """Return what makes this row the same task again; without a TaskId that is when it was created, and its URLs."""
    if row.task_id:
        return TaskKey(kind, row.task_id)
    urls = "\n".join(url.url or "" for url in row.url_lists or ())
    digest = hashlib.blake2b(urls.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()
    return TaskKey(kind, f"~{row.create_time}-{digest}")


def summarise(key: TaskKey, row: TaskRow, *, is_dcdn: bool, now: float) -> Task:
    """Return the row's Task. `now` is the server's time; times far beyond it do not count as a last change."""
    succeeded = failed = processing = waiting = percent = 0
    slowest = 100
    finished: int | None = None
    urls = row.url_lists or ()
    for url in urls:
        match url.status:
            case Status.SUCCESS:
                succeeded += 1
                percent += 100
            case Status.FAILURE:
                failed += 1
                percent += url_percent(url)
            case Status.PROCESS | Status.WAIT:
                reached = url_percent(url)
                percent += reached
                slowest = min(slowest, reached)
                if url.status == Status.WAIT:
                    waiting += 1
                else:
                    processing += 1
            case _:
                percent += url_percent(url)
        if url.finish_time and (finished is None or url.finish_time > finished):
            finished = url.finish_time
    return Task(
        key=key,
        task_id=row.task_id or "",
        status=row.status or "",
        type=row.type or "",
        is_dcdn=is_dcdn,
        created=row.create_time,
        finished=finished,
        last_change=_last_change(row, now),
        percent=percent // len(urls) if urls else 100 * (row.status == Status.SUCCESS),
        succeeded=succeeded,
        failed=failed,
        processing=processing,
        waiting=waiting,
        other=len(urls) - succeeded - failed - processing - waiting,
        first_url=(urls[0].url or "") if urls else "",
        slowest=slowest,
    )


def made_progress(old: Task, new: Task) -> bool:
    """Return whether anything that a person would call progress differs between two summaries of one task."""
    return (old.status, old.percent, old.succeeded, old.failed, old.processing, old.waiting, old.other) != (
        new.status,
        new.percent,
        new.succeeded,
        new.failed,
        new.processing,
        new.waiting,
        new.other,
    )


def _last_change(row: TaskRow, now: float) -> float | None:
    times = [row.create_time, *(url.finish_time for url in row.url_lists or ())]
    return max((time for time in times if time and 0 < time <= now + _FUTURE), default=None)

"""Turns an API row into a Task: key, counts, per cent, last change. Pure."""

from ucdn_tui.api.models import Status, Task, TaskKey, TaskKind, TaskRow, url_percent

_SUCCESS, _WAIT, _PROCESS, _FAILURE = (
    status.value for status in (Status.SUCCESS, Status.WAIT, Status.PROCESS, Status.FAILURE)
)

_FUTURE = 300
"""Seconds by which a time may lie ahead of the server's clock; later times are ignored."""


def task_key(kind: TaskKind, row: TaskRow) -> TaskKey:
    """Return the task's key; without a TaskId it consists of CreateTime and a hash of the URLs."""
    if row.task_id:
        return TaskKey(kind, row.task_id)
    import hashlib  # imported here because such tasks are rare and the import delays the first frame

    urls = "\n".join(url.url or "" for url in row.url_lists or ())
    digest = hashlib.blake2b(urls.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()
    return TaskKey(kind, f"~{row.create_time}-{digest}")


def summarize(key: TaskKey, row: TaskRow, *, is_dcdn: bool, now: float, type: str = "") -> Task:  # noqa: A002
    """Return the row's Task. `now` is the server's time; times far after it do not count as the last change.

    `type` is used where the row has none.
    """
    # The only loop over all URLs, written for speed.
    succeeded = failed = processing = waiting = percent = latest = 0
    slowest, finished, horizon = 100, None, now + _FUTURE
    urls = row.url_lists or ()
    for url in urls:
        status = url.status
        if status == _SUCCESS:
            succeeded += 1
            percent += 100
        else:
            reached = url.progress or 0
            if not 0 <= reached <= 100:
                reached = url_percent(url)
            percent += reached
            if status in (_PROCESS, _WAIT):
                if reached < slowest:
                    slowest = reached
                if status == _PROCESS:
                    processing += 1
                else:
                    waiting += 1
            elif status == _FAILURE:
                failed += 1
        if time := url.finish_time:
            if finished is None or time > finished:
                finished = time
            if latest < time <= horizon:
                latest = time
    created = row.create_time
    if created is not None and latest < created <= horizon:
        latest = created
    return Task(
        key=key,
        task_id=row.task_id or "",
        status=row.status or "",
        type=row.type or type,
        is_dcdn=is_dcdn,
        created=created,
        finished=finished,
        last_change=latest or None,
        percent=percent // len(urls) if urls else 100 * (row.status == _SUCCESS),
        succeeded=succeeded,
        failed=failed,
        processing=processing,
        waiting=waiting,
        other=len(urls) - succeeded - failed - processing - waiting,
        first_url=(urls[0].url or "") if urls else "",
        slowest=slowest,
    )


def made_progress(old: Task, new: Task) -> bool:
    """Return whether a task made progress between two summaries."""
    return (old.status, old.percent, old.succeeded, old.failed, old.processing, old.waiting, old.other) != (
        new.status,
        new.percent,
        new.succeeded,
        new.failed,
        new.processing,
        new.waiting,
        new.other,
    )

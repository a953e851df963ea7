"""Waiting for tasks: until each has ended, time runs out, or one cannot be found."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Final

from ucdn_tui.api.models import Phase, Task, TaskKey, TaskKind, UrlProgress
from ucdn_tui.cli.scripts.progress import Progress
from ucdn_tui.cli.scripts.result import Outcome, Result, stream_line
from ucdn_tui.clock import Clock
from ucdn_tui.duration_words import whole_duration
from ucdn_tui.i18n import _, ngettext
from ucdn_tui.sentences import listed
from ucdn_tui.text import sanitize
from ucdn_tui.watch.poll.backoff import Reaction, reaction
from ucdn_tui.watch.session import Update, WatchSession

GRACE: Final = 20.0
"""Seconds for which a task may be missing: it may be listed late."""

IDS_WINDOW: Final = 60.0
"""Seconds of the time range if the tasks are known by their ids: no others are needed."""

JUST_SUBMITTED: Final = 120.0
"""The same for tasks that this command submitted."""

_TICK: Final = 1.0
"""Seconds between two updates of the times on the screen."""

_ASK_AGAIN: Final = 300.0
"""Seconds after which a missing task is asked for again: the session stops asking after ten minutes."""


class Waiting:
    """Waits for tasks of an entered session, and fills in the result as it goes."""

    def __init__(
        self,
        session: WatchSession,
        clock: Clock,
        result: Result,
        progress: Progress,
        *,
        timeout: float | None,
        fail_fast: bool = False,
        grace: float = GRACE,
        stream: bool = False,
    ) -> None:
        """timeout, grace: in seconds. fail_fast: end once a URL has failed. stream: write each change as JSON."""
        self._session = session
        self._clock = clock
        self._result = result
        self._progress = progress
        self._timeout = timeout
        self._fail_fast = fail_fast
        self._grace = grace
        self._stream = stream
        self._began = clock.elapsed()
        self._tasks: dict[TaskKey, tuple[Task, Sequence[UrlProgress]]] = {}
        """The tasks to wait for, as they were last seen; a settled one stays so, even if it leaves the list."""

        self._missing: dict[str, float] = {}
        """The ids that are not listed yet, and when they were asked for, on the clock's `elapsed`."""

        self._unlisted: dict[TaskKey, float] = {}
        """When each task was first not listed any more, on the clock's `elapsed`."""

    async def for_ids(self, ids: Sequence[str]) -> None:
        """Wait for the tasks with these ids, of either kind and any age."""
        self._missing = dict.fromkeys(ids, -_ASK_AGAIN)
        await self._wait(self._find_missing)

    async def for_all_active(self) -> None:
        """Wait for all tasks that are active now."""
        is_known = False

        def find() -> bool:
            nonlocal is_known
            if not is_known and not self._session.freshness().loading:
                is_known = True
                store = self._session.store
                self._tasks = {key: (store[key], store.urls(key)) for key in store.keys_in(Phase.ACTIVE)}
            return is_known

        await self._wait(find)

    def _find_missing(self) -> bool:
        """Take the tasks that are listed now; return whether all are known."""
        now, store = self._clock.elapsed(), self._session.store
        for task_id, asked in list(self._missing.items()):
            keys = [key for kind in TaskKind if (key := TaskKey(kind, task_id)) in store]
            if keys:
                del self._missing[task_id]
                self._tasks |= {key: (store[key], store.urls(key)) for key in keys}
            elif now - asked >= _ASK_AGAIN:
                self._missing[task_id] = now
                self._session.look_up(task_id)
        late = now - self._began > self._grace
        unknown = [each for each in self._missing if late and self._session.is_unknown(each)]
        if unknown:
            self._result.end_unknown(unknown)
        return not self._missing

    async def _wait(self, find: Callable[[], bool]) -> None:
        """Wait until `find` returns whether all tasks are known, and they have ended."""
        changed = asyncio.Event()
        watching = asyncio.create_task(self._watch(changed))
        try:
            while True:
                are_known = find()
                self._session.keep(self._tasks.keys())
                self._take_state()
                if self._result.outcome is not Outcome.DONE or self._are_over(are_known=are_known):
                    return
                if self._timeout is not None and self._clock.elapsed() - self._began >= self._timeout:
                    self._result.end(Outcome.TIME_OUT, self._time_out_words())
                    return
                changed.clear()
                waiting = asyncio.ensure_future(changed.wait())
                await asyncio.wait((watching, waiting), timeout=_TICK, return_when=asyncio.FIRST_COMPLETED)
                waiting.cancel()
                if watching.done():
                    watching.result()  # raises why nothing more will come
                    raise RuntimeError("the session ended")
        finally:
            watching.cancel()
            self._progress.close()

    async def _watch(self, changed: asyncio.Event) -> None:
        """Tell each update; raise an error that only the user or an administrator can mend."""
        async for update in self._session:
            if update.auth_error is not None:
                raise update.auth_error
            self._check(update)
            changed.set()

    def _check(self, update: Update) -> None:
        """Raise the error if both kinds are refused, or a kind with tasks to wait for."""
        refused = {
            problem.kind: problem.error
            for problem in update.freshness.problems
            if problem.error is not None and reaction(problem.error) is Reaction.EACH_MINUTE
        }
        needed = {key.kind for key in self._tasks} or set(TaskKind)
        if refused.keys() >= needed:
            raise next(iter(refused.values()))

    def _take_state(self) -> None:
        """Take the present state of the unfinished tasks, and show all."""
        store, now = self._session.store, self._clock.elapsed()
        for key, (before, urls) in self._tasks.items():
            task = store.get(key)
            if before.phase is Phase.SETTLED or task is None:
                continue
            if task is not before:
                urls = store.urls(key)
                self._tasks[key] = task, urls
                if self._stream:
                    print(stream_line("wait", task, urls), flush=True)
            if task.is_unlisted:
                self._unlisted.setdefault(key, now)
            else:
                self._unlisted.pop(key, None)
        self._result.tasks = list(self._tasks.values())
        problems = self._session.freshness().problems
        note = sanitize(str(problems[0].error)) if problems and problems[0].error else ""
        tasks = [task for task, _urls in self._result.tasks]
        self._progress.show(tasks, self._clock.server_now(), now, note, missing=len(self._missing))

    def _are_over(self, *, are_known: bool) -> bool:
        """Return whether there is nothing to wait for; set the outcome then."""
        now = self._clock.elapsed()
        vanished = {key for key, since in self._unlisted.items() if now - since >= self._grace}
        tasks = [task for key, (task, _urls) in self._tasks.items() if key not in vanished]
        failed = sum(task.failed for task in tasks)
        is_waiting = not are_known or any(task.phase is not Phase.SETTLED for task in tasks)
        if is_waiting and not (failed and self._fail_fast):
            return False
        if failed:
            words = ngettext("{count} URL failed", "{count} URLs failed", failed)
            self._result.end(Outcome.FAILED_URLS, words.format(count=failed))
        elif vanished:
            words = _("no longer listed by the API: {ids}")
            ids = listed(sanitize(key.id, 60) for key in list(vanished)[:5])
            self._result.end(Outcome.VANISHED, words.format(ids=ids))
        return True

    def _time_out_words(self) -> str:
        problems = self._session.freshness().problems
        if not self._tasks and problems and problems[0].error is not None:
            words = _("no answer within {time}: {problem}")
            return words.format(time=whole_duration(self._timeout or 0.0), problem=problems[0].error)
        tasks = [task for task, _urls in self._tasks.values()]
        running = len(self._missing) + sum(task.phase is not Phase.SETTLED for task in tasks)
        words = ngettext(
            "{count} task was not finished after {time}", "{count} tasks were not finished after {time}", running
        )
        return words.format(count=running, time=whole_duration(self._timeout or 0.0))

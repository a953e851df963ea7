"""Waiting for tasks: until each has ended, time runs out, or one cannot be found."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Final

from ucdn_tui.api.models import Phase, Task, TaskKey, TaskKind
from ucdn_tui.cli.scripts.progress import Progress
from ucdn_tui.cli.scripts.result import Outcome, Result, stream_line
from ucdn_tui.clock import Clock
from ucdn_tui.durations import format_duration
from ucdn_tui.i18n import _, ngettext
from ucdn_tui.text import sanitize
from ucdn_tui.watch.session import WatchSession

GRACE: Final = 20.0
"""Seconds for which a task may be missing: it may be listed late."""

JUST_SUBMITTED: Final = 120.0
"""The same for tasks that this command submitted."""

_TICK: Final = 1.0
"""Seconds between two updates of the times on the screen."""


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
        self._keys: dict[TaskKey, Task] = {}
        """The tasks to wait for, as they were last seen."""

        self._missing: dict[str, None] = {}
        """The ids that are not listed yet."""

        self._vanished: set[TaskKey] = set()
        self._written: dict[TaskKey, Task] = {}

    async def for_ids(self, ids: Sequence[str]) -> None:
        """Wait for the tasks with these ids, of either kind and any age."""
        missing = self._missing = dict.fromkeys(ids)
        for task_id in missing:
            self._session.look_up(task_id)

        def find() -> bool:
            for task_id in list(missing):
                for key in (TaskKey(kind, task_id) for kind in TaskKind):
                    if (task := self._session.store.get(key)) is not None:
                        self._keys[key] = task
                        missing.pop(task_id, None)
            late = self._clock.elapsed() - self._began > self._grace
            unknown = [each for each in missing if late and self._session.is_unknown(each)]
            if unknown:
                words = ngettext("unknown task id: {ids}", "unknown task ids: {ids}", len(unknown))
                shown = ", ".join(sanitize(each, 60) for each in unknown[:5])
                self._result.end(Outcome.UNKNOWN_ID, words.format(ids=shown))
            return not missing

        await self._wait(find)

    async def for_all_active(self) -> None:
        """Wait for all tasks that are active now."""
        is_known = False

        def find() -> bool:
            nonlocal is_known
            if not is_known and not self._session.freshness().loading:
                is_known = True
                store = self._session.store
                self._keys = {key: store[key] for key in store.keys_in(Phase.ACTIVE)}
            return is_known

        await self._wait(find)

    async def _wait(self, find: Callable[[], bool]) -> None:
        """Wait until `find` returns whether all tasks are known, and they have ended."""
        changed = asyncio.Event()
        watching = asyncio.create_task(self._watch(changed))
        try:
            while True:
                are_known = find()
                self._look()
                if self._result.outcome is not Outcome.DONE or (are_known and self._are_over()):
                    return
                if self._timeout is not None and self._clock.elapsed() - self._began >= self._timeout:
                    self._result.end(Outcome.TIME_OUT, self._time_out_words())
                    return
                changed.clear()
                waiting = asyncio.ensure_future(changed.wait())
                await asyncio.wait((watching, waiting), timeout=_TICK, return_when=asyncio.FIRST_COMPLETED)
                waiting.cancel()
                if watching.done():
                    watching.result()  # raises the error about the keys
        finally:
            watching.cancel()
            self._progress.close()

    async def _watch(self, changed: asyncio.Event) -> None:
        async for update in self._session:
            if update.auth_error is not None:
                raise update.auth_error
            changed.set()

    def _look(self) -> None:
        """Take the present state of the tasks, and show it."""
        store = self._session.store
        for key in self._keys:
            if (task := store.get(key)) is not None:
                self._keys[key] = task
            else:
                self._vanished.add(key)
        tasks = list(self._keys.values())
        self._result.tasks = [(task, store.urls(task.key)) for task in tasks]
        problems = self._session.freshness().problems
        note = sanitize(str(problems[0].error)) if problems and problems[0].error else ""
        self._progress.show(tasks, self._clock.server_now(), self._clock.elapsed(), note)
        if self._stream:
            for task, urls in self._result.tasks:
                if self._written.get(task.key) != task:
                    self._written[task.key] = task
                    print(stream_line("wait", task, urls), flush=True)

    def _are_over(self) -> bool:
        tasks = [task for key, task in self._keys.items() if key not in self._vanished]
        failed = [task for task in tasks if task.failed]
        if any(task.phase is not Phase.SETTLED for task in tasks) and not (failed and self._fail_fast):
            return False
        urls = sum(task.failed for task in failed)
        if failed:
            words = ngettext("{count} URL failed", "{count} URLs failed", urls)
            self._result.end(Outcome.FAILED_URLS, words.format(count=urls))
        elif self._vanished:
            words = _("no longer listed by the API: {ids}")
            ids = ", ".join(sanitize(key.id, 60) for key in self._vanished)
            self._result.end(Outcome.VANISHED, words.format(ids=ids))
        return True

    def _time_out_words(self) -> str:
        running = len(self._missing) + sum(task.phase is not Phase.SETTLED for task in self._keys.values())
        words = ngettext(
            "{count} task was not finished after {time}", "{count} tasks were not finished after {time}", running
        )
        return words.format(count=running, time=format_duration(self._timeout or 0.0))


def failed_lines(result: Result) -> list[str]:
    """Return the failed URLs, one a line: what the next refresh takes."""
    return result.failed_urls

"""Opening the task that the command line names: it is selected as soon as it is known."""

from collections.abc import Callable
from functools import partial

from ucdn_tui.api.models import TaskKey, TaskKind
from ucdn_tui.duration_words import whole_duration
from ucdn_tui.i18n import _
from ucdn_tui.text import sanitize
from ucdn_tui.ui.panes.task_pane import TaskPane
from ucdn_tui.watch.session import WatchSession

_LASTING = 60.0
"""Seconds that a message stays which answers the command line: the user may look later."""


async def open_task(task_id: str, session: WatchSession, tasks: TaskPane, notify: Callable[..., object]) -> None:
    """Ask for a task of either kind and any age until it is listed, and select it unless a filter hides it.

    `notify`, the screen's, is told if a filter hides it, or if the API does not know it once the first load has ended.
    It is still asked for then, as a task may be listed late; but if the user has moved meanwhile, the selection stays.
    """
    say = partial(notify, severity="warning", markup=False, timeout=_LASTING)
    shown = sanitize(task_id, 60)
    table, reported, selected_then = tasks.table, False, None
    session.look_up(task_id)
    async for update in session:
        keys = (TaskKey(kind, task_id) for kind in TaskKind)
        found = next((key for key in keys if key in session.store), None)
        if found is not None:
            if table.view.index_of(found) is None:
                say(_("Task {id} is hidden by the filter.").format(id=shown))
            elif reported and table.cursor_key != selected_then:
                say(_("Task {id} is listed now.").format(id=shown))
            else:
                tasks.follow(False)
                table.move_to(found)
            break
        if not reported and not update.freshness.loading and session.is_unknown(task_id):
            reported, selected_then = True, table.cursor_key
            window = whole_duration(session.window)
            say(_("No task {id}: neither in the last {window} nor by its id.").format(id=shown, window=window))
    session.end_look_up(task_id)

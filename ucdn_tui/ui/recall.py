"""What was chosen on the dashboard: how it becomes what is remembered, and the way back."""

from ucdn_tui.ui.panes.task_pane import TaskPane
from ucdn_tui.ui.panes.url_pane import UrlPane
from ucdn_tui.ui.ui_state import UiState
from ucdn_tui.watch.listing.filter import ORDERED_STATUSES, Criteria, parse_words
from ucdn_tui.watch.listing.sort import Sort


def recall(chosen: UiState, tasks: TaskPane, details: UrlPane) -> None:
    """Have the lists as they were; what is looked for within one task is not kept."""
    status = chosen.status if chosen.status in ORDERED_STATUSES else None
    criteria = Criteria(parse_words(chosen.text), status, chosen.active)
    tasks.choose(criteria, Sort(chosen.column, chosen.reverse), text=chosen.text)
    tasks.follow(chosen.following)
    details.choose(Criteria(), Sort(chosen.url_column, chosen.url_reverse))


def choices(tasks: TaskPane, details: UrlPane, window: float | None) -> UiState:
    """Return what is chosen now; `window` in seconds, None where nobody has chosen one."""
    return UiState(
        text=tasks.filter_bar.text,
        status=tasks.criteria.status,
        active=tasks.criteria.active,
        column=tasks.sort.column,
        reverse=tasks.sort.reverse,
        following=tasks.following,
        window=window,
        url_column=details.sort.column,
        url_reverse=details.sort.reverse,
    )

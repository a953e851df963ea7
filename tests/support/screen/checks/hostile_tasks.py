"""Tasks from hostile responses, with all that is derived from them."""

from collections.abc import Iterable, Sequence
from datetime import UTC
from itertools import product

from hypothesis import Phase, settings
from hypothesis import strategies as st

from support.data.documents import answer_body
from support.data.hostile import BODIES, LONG, NOW, STATUSES
from ucdn_tui.account.preferences import Notify
from ucdn_tui.api.decoding.decode import NotAnAnswerError, decode_describe
from ucdn_tui.api.models import TaskKind, TaskRow
from ucdn_tui.ui.completion_notifier import CompletionNotifier
from ucdn_tui.ui.panes.render_context import RenderContext
from ucdn_tui.ui.terminal.escape_sequences import TerminalFeatures
from ucdn_tui.ui.text.glyphs import UNICODE, Glyphs
from ucdn_tui.watch.listing.filter import Criteria, parse_words
from ucdn_tui.watch.listing.sort import Sort, task_order
from ucdn_tui.watch.listing.view import TaskView
from ucdn_tui.watch.stats.duration_stats import DurationStats
from ucdn_tui.watch.stats.throughput import Throughput
from ucdn_tui.watch.store import Cause, TaskStore

TASK_SORTS = [
    Sort(*each)
    for each in product(
        ["status", "progress", "urls", "time", "kind", "type", "created", "url", "id", "", "\x1b"], (False, True)
    )
]

_PHASES = (Phase.explicit, Phase.generate)  # explaining a failure takes minutes

MANY, SOME, FEW = (
    settings(deadline=None, derandomize=True, max_examples=count, phases=_PHASES) for count in (15, 10, 5)
)

UNFILTERED = Criteria()

SEVERAL = st.lists(BODIES, min_size=1, max_size=3)
"""Response bodies."""


class KnownTasks:
    """The tasks after some responses, with their views, statistics and notifications."""

    def __init__(self) -> None:
        self.store = TaskStore()
        self.durations = DurationStats()
        self.throughput = Throughput()
        self.views = {sort: TaskView(self.store, task_order(sort)) for sort in TASK_SORTS}
        self.now = float(NOW)
        self.notifications = Notifications()
        features = TerminalFeatures("osc9", progress=True, title=True)
        self.notifier = CompletionNotifier(self.notifications, self.store, UNICODE, Notify(), features, None)  # type: ignore[arg-type]

    def apply(self, kind: TaskKind, rows: Sequence[TaskRow], cause: Cause) -> None:
        gone = list(self.store.keys())[:1] if cause is Cause.RECONCILIATION else []
        self.now += 5
        changes = self.store.apply(kind, rows, cause=cause, now=self.now, gone=gone)
        for view in self.views.values():
            view.apply(changes)
        self.durations.learn(changes, self.now)
        self.throughput.learn(changes, self.store.urls, self.now)
        self.notifier.ended(changes.ended)
        self.notifier.update_title()

    def context(self, criteria: Criteria = UNFILTERED, glyphs: Glyphs = UNICODE) -> RenderContext:
        remaining = lambda task: self.durations.time_remaining(task, self.now)  # noqa: E731
        flagged = set(list(self.store.keys())[:2])
        return RenderContext(
            lambda: self.now,
            UTC,
            glyphs,
            time_remaining=remaining,
            patterns=criteria.highlight_patterns(),
            flagged=flagged,
        )


class Notifications:
    """Records toasts and escape sequences, in place of the app."""

    def __init__(self) -> None:
        self.words: list[str] = []
        self.sequences: list[str] = []

    def notify(self, words: str, *, title: str, severity: str, markup: bool) -> None:
        assert not markup
        self.words += [words, title]

    def write_escape(self, sequence: str, *, first: str = "", undo: str = "") -> None:
        self.sequences.append(sequence)

    def bell(self) -> None:
        pass


def rows_of(body: bytes) -> list[TaskRow]:
    """Return the tasks of a response body; none where it cannot be read."""
    try:
        answer, _unread = decode_describe(body)
    except NotAnAnswerError:
        return []
    return answer.task_list or []


def tasks_after(bodies: Iterable[bytes]) -> KnownTasks:
    """Return the tasks after these responses for both kinds; the third removes a task."""
    found = KnownTasks()
    causes = [Cause.FIRST_LOAD, Cause.POLL, Cause.RECONCILIATION]
    for body, cause in zip(bodies, causes, strict=False):
        for kind in TaskKind:
            found.apply(kind, rows_of(body), cause)
    return found


def flooded(flood: str, *statuses: str) -> bytes:
    """Return a response with a task for each status and one without, whose texts have 10**5 characters."""
    text = (flood * LONG)[:LONG]
    urls = [
        {"Url": f"https://h.test/{text}", "Status": "success", "Progress": 100, "CreateTime": NOW, "FinishTime": NOW},
        {"Url": text, "Status": text, "Progress": 1, "CreateTime": NOW},
        {"Url": f"https://{text}/", "Status": "failure", "CreateTime": NOW - 50, "FinishTime": NOW - 9},
    ]
    tasks = [
        {"TaskId": f"{number}{text}", "Type": text, "Status": status, "CreateTime": NOW - 60, "UrlLists": urls}
        for number, status in enumerate((*statuses, text))
    ]
    return answer_body(*tasks, Message=text)


def all_criteria(store: TaskStore) -> list[Criteria]:
    """Return filters for these tasks: by status, active only, and by words of their texts in each field."""
    texts = [text for task in store for text in (task.task_id, task.first_url, task.status, task.type)]
    words = [f"{field}{text}" for text in texts[:9] for field in ("", "!", "id:", "url:", "!status:", "type:")]
    return [
        Criteria(),
        Criteria(active=True),
        *(Criteria(status=status) for status in (*STATUSES, "nonsense")),
        *(Criteria(parse_words(text)) for text in ["[", "(?P<", "\x1b", "\\", "kind:re", "!kind:pre", *words]),
    ]

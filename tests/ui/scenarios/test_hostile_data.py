"""Whatever the API answers: it is sorted, counted, painted and written without a fault, and does nothing on the way."""

import asyncio
import csv
import io
import json
import re
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC
from itertools import product
from typing import Any

import httpx
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from rich.cells import cell_len, get_character_cell_size
from rich.style import Style
from rich.text import Text
from textual.app import App, ComposeResult
from textual.pilot import Pilot
from textual.strip import Strip
from textual.widget import Widget
from wcwidth import wcwidth

from support.clock import FakeClock
from support.documents import answer_body
from support.hostile import BODIES, FLOODS, LONG, NOW, STATUSES, TEXTS, complaints
from support.screen.dashboard import DashboardHarness, account, running_dashboard
from ucdn_tui import export
from ucdn_tui.account.preferences import Notify
from ucdn_tui.api.client import UcdnClient
from ucdn_tui.api.decode import NotAnAnswerError, decode_describe
from ucdn_tui.api.models import TaskKind, TaskRow
from ucdn_tui.errors import ApiError
from ucdn_tui.secret import Keys, Secret
from ucdn_tui.text import sanitize
from ucdn_tui.ui.bars.freshness import freshness_text
from ucdn_tui.ui.bars.status_bar import HeaderInfo, status_line
from ucdn_tui.ui.completion_notifier import CompletionNotifier
from ucdn_tui.ui.dialogs.sign_in import SignInScreen
from ucdn_tui.ui.format import task_status
from ucdn_tui.ui.glyphs import ASCII, UNICODE, Glyphs
from ucdn_tui.ui.panes.render_context import RenderContext
from ucdn_tui.ui.panes.task_columns import TaskTable, task_columns
from ucdn_tui.ui.panes.url_pane import UrlPane, task_summary, url_columns
from ucdn_tui.ui.table.column_layout import Column, fit, paint
from ucdn_tui.ui.terminal.escape_sequences import TerminalFeatures
from ucdn_tui.watch.freshness import freshness_of
from ucdn_tui.watch.listing.filter import Criteria, words_of
from ucdn_tui.watch.listing.sort import Sort, task_order
from ucdn_tui.watch.listing.view import TaskView
from ucdn_tui.watch.poll.kind_poller import KindState
from ucdn_tui.watch.poll.poller import PollState
from ucdn_tui.watch.stats.durations import DurationStats
from ucdn_tui.watch.stats.stuck import stuck_for
from ucdn_tui.watch.stats.throughput import Throughput
from ucdn_tui.watch.store import Cause, TaskStore

pytestmark = pytest.mark.slow

TASK_SORTS = [
    Sort(*each)
    for each in product(
        ["status", "progress", "urls", "time", "kind", "type", "created", "url", "id", "", "\x1b"], (False, True)
    )
]
URL_SORTS = [Sort(*each) for each in product(["status", "progress", "time", "url", ""], (False, True))]

_PHASES = (Phase.explicit, Phase.generate)  # explaining a failure takes minutes

MANY, SOME, FEW = (
    settings(deadline=None, derandomize=True, max_examples=count, phases=_PHASES) for count in (30, 20, 6)
)

csv.field_size_limit(11 * LONG)  # an escape takes ten characters

ALL = Criteria()

SEVERAL = st.lists(BODIES, min_size=1, max_size=3)


class Known:
    """What a program knows after some answers, all that follows them having followed."""

    def __init__(self) -> None:
        self.store = TaskStore()
        self.history = DurationStats()
        self.rate = Throughput()
        self.views = {sort: TaskView(self.store, task_order(sort)) for sort in TASK_SORTS}
        self.now = float(NOW)
        self.notifications = Notifications()
        detect_features = TerminalFeatures("osc9", progress=True, title=True)
        self.notifier = CompletionNotifier(self.notifications, self.store, UNICODE, Notify(), detect_features, None)  # type: ignore[arg-type]

    def take(self, kind: TaskKind, rows: Sequence[TaskRow], cause: Cause) -> None:
        gone = list(self.store.keys())[:1] if cause is Cause.RECONCILIATION else []
        self.now += 5
        changes = self.store.apply(kind, rows, cause=cause, now=self.now, gone=gone)
        for view in self.views.values():
            view.apply(changes)
        self.history.learn(changes, self.now)
        self.rate.learn(changes, self.store.urls, self.now)
        self.notifier.ended(changes.ended)
        self.notifier.update_title()

    def context(self, criteria: Criteria = ALL, glyphs: Glyphs = UNICODE) -> RenderContext:
        remaining = lambda task: self.history.remaining(task, self.now)  # noqa: E731
        marked = set(list(self.store.keys())[:2])
        return RenderContext(
            lambda: self.now, UTC, glyphs, time_remaining=remaining, pattern=criteria.marks(), marked=marked
        )


class Notifications:
    """All that was told: in toasts, and to the terminal. Stands in for the app."""

    def __init__(self) -> None:
        self.words: list[str] = []
        self.sequences: list[str] = []

    def notify(self, words: str, *, title: str, severity: str, markup: bool) -> None:
        assert not markup
        self.words += [words, title]

    def tell(self, sequence: str, *, first: str = "", undo: str = "") -> None:
        self.sequences.append(sequence)

    def bell(self) -> None:
        pass


def rows_of(body: bytes) -> list[TaskRow]:
    """Return the tasks of an answer, refused or not; none where it is no answer."""
    try:
        answer, _unread = decode_describe(body)
    except NotAnAnswerError:
        return []
    return answer.task_list or []


def known(bodies: Iterable[bytes]) -> Known:
    """Return what is known after these answers about either kind, the last ones with a task gone."""
    found = Known()
    causes = [Cause.FIRST_LOAD, Cause.POLL, Cause.RECONCILIATION]
    for body, cause in zip(bodies, causes, strict=False):
        for kind in TaskKind:
            found.take(kind, rows_of(body), cause)
    return found


def flooded(flood: str, *statuses: str) -> bytes:
    """Return an answer with a task of each status, and of none, in all of whose texts are 10**5 characters."""
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


def seen(text: str) -> str:
    """Return what takes up room of a text."""
    return "".join(character for character in text if get_character_cell_size(character))


def all_criteria(store: TaskStore) -> list[Criteria]:
    """Return ways to narrow a list: by each status, by what is active, by words of all kinds of its own texts."""
    texts = [text for task in store for text in (task.task_id, task.first_url, task.status, task.type)]
    words = [f"{field}{text}" for text in texts[:9] for field in ("", "!", "id:", "url:", "!status:", "type:")]
    return [
        Criteria(),
        Criteria(active=True),
        *(Criteria(status=status) for status in (*STATUSES, "nonsense")),
        *(Criteria(words_of(text)) for text in ["[", "(?P<", "\x1b", "\\", "kind:re", "!kind:pre", *words]),
    ]


def keys_of(view: TaskView) -> list[Any]:
    return [view.key_at(row) for row in range(len(view))]


class TestViews:
    @MANY
    @given(SEVERAL)
    def test_stand_in_order_whatever_comes_and_are_the_same_when_filled_bit_by_bit(self, bodies: list[bytes]) -> None:
        found = known(bodies)
        for sort, view in found.views.items():
            afresh = TaskView(found.store, task_order(sort), filled=False)
            while afresh.fill(1):
                assert len(afresh) <= len(found.store)
            assert keys_of(view) == keys_of(afresh)
            tasks = [view.row_at(row) for row in range(len(view))]
            assert {task.key for task in tasks} == set(found.store.keys())
            for name, cut in (("id", "task_id"), ("url", "first_url"), ("type", "type")):
                if sort.column == name:
                    texts = [getattr(task, cut)[:200] for task in tasks]
                    some = [text for text in texts if text]
                    assert texts == sorted(some, reverse=sort.reverse) + [""] * (len(texts) - len(some))

    @SOME
    @given(SEVERAL)
    def test_narrow_in_any_way_and_fill_bit_by_bit_while_answers_come(self, bodies: list[bytes]) -> None:
        found, later = known(bodies[:1]), [rows for body in bodies[1:] if (rows := rows_of(body))]
        filters = [
            lambda task, criteria=criteria: criteria.shows_task(task, lambda: found.store.url_text(task.key))
            for criteria in all_criteria(found.store)
        ]
        slow = [TaskView(found.store, shown=shown, filled=False) for shown in filters]
        for rows in later:
            changes = found.store.apply(TaskKind.PREFETCH, rows, cause=Cause.POLL, now=found.now)
            for view in slow:
                view.apply(changes)
                view.fill(1)
        for view, shown in zip(slow, filters, strict=True):
            while view.fill(2):
                pass
            assert keys_of(view) == keys_of(TaskView(found.store, shown=shown))
            assert set(keys_of(view)) == {task.key for task in found.store if shown(task)}

    @SOME
    @given(SEVERAL)
    def test_find_a_task_by_each_word_of_its_own_texts(self, bodies: list[bytes]) -> None:
        found = known(bodies)
        for task in found.store:
            texts = {"id": task.task_id, "url": task.first_url, "type": task.type, "status": task.outcome}
            for field, text in texts.items():
                # Of what is cut off there, the last letter may change when it is made small.
                for word in text[:400].split():
                    for wanted in words_of(f"{field}:{word}"):
                        criteria = Criteria((wanted,))
                        assert criteria.shows_task(task, str), (field, word)
                        assert not Criteria((wanted._replace(inverted=True),)).shows_task(task, str)


def styles(names: tuple[str | Style, ...]) -> Style:
    """Resolve no names, only styles as they are: links, that is."""
    return sum((name for name in names if isinstance(name, Style)), Style())


def check_links(links: Iterable[str | None]) -> None:
    for link in links:
        assert link is None or re.fullmatch(r"https?://[!#-;=?-\[\]_a-z~]+", link)


def cells_of(columns: Sequence[Column[Any]], row: Any, width: int) -> dict[str, str]:
    """Return each cell of a line as it is painted, having checked that it is as wide as it should be, and harmless."""
    found = {}
    layout = fit(columns, width)
    for column, size in layout:
        text = column.render(row, size)
        segments = paint(text, size, column.align, styles)
        shown = "".join(segment.text for segment in segments)
        assert sum(map(cell_len, (segment.text for segment in segments))) == cell_len(shown) == size
        assert not complaints(shown), (column.id, shown)
        assert len(shown) <= 5 * size
        check_links(segment.style.link for segment in segments if segment.style)
        found[column.id] = shown
    assert sum(size for _column, size in layout) + max(0, len(layout) - 1) <= width
    return found


def check_lists(found: Known, widths: Iterable[int]) -> None:
    """Paint each task's line and each URL's line at each width."""
    patterns = [criteria for criteria in all_criteria(found.store) if criteria.words]
    for glyphs, criteria in ((UNICODE, Criteria()), (ASCII, patterns[-1])):
        context = found.context(criteria, glyphs)
        for task, width in product(found.store, widths):
            shown = cells_of(task_columns(context), task, width)
            assert {"status", "progress", "url"} <= shown.keys()
            if "id" in shown:
                assert seen(sanitize(task.task_id)).startswith(seen(shown["id"]).rstrip().rstrip("…"))
            urls = found.store.urls(task.key)
            for url in [*urls[:3], *urls[3::40]]:
                address = cells_of(url_columns(context), url, width)["url"]
                check_address(url.url, address, glyphs)


def check_address(url: str, shown: str, glyphs: Glyphs) -> None:
    """Check that a painted URL has both its ends, as far as there is room."""
    if not url:
        assert shown.strip() == glyphs.nothing
    elif len(url) < 1000 and glyphs.ellipsis not in url:
        head, _cut, tail = seen(shown).rstrip().partition(glyphs.ellipsis)
        whole = seen(sanitize(url))
        assert whole.startswith(head) or re.sub("^https?://", "", whole).startswith(head)
        assert whole.rstrip().endswith(tail)


class TestALine:
    @SOME
    @given(SEVERAL, st.lists(st.integers(20, 200), min_size=1, max_size=2))
    def test_of_any_task_or_url_fills_its_cells_exactly_and_shows_only_what_can_be_seen(
        self, bodies: list[bytes], widths: list[int]
    ) -> None:
        check_lists(known(bodies), widths)

    @pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
    def test_cuts_any_text_to_any_width(self, text: str) -> None:
        styled = Text(text, "ok")
        styled.stylize("match", 2, 5)
        for width, align in product(range(1, 60), ("left", "right")):
            for each in (styled, Text(text), Text(sanitize(text), Style(link="https://h.test/"))):
                shown = "".join(segment.text for segment in paint(each, width, align, styles))
                assert cell_len(shown) == sum(map(get_character_cell_size, shown)) == width
                assert not re.search(r"[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u2028\u2029\ud800-\udfff]", shown)

    @pytest.mark.parametrize("flood", FLOODS.values(), ids=FLOODS)
    def test_holds_a_hundred_thousand_characters_of_anything(self, flood: str) -> None:
        found = known([flooded(flood, "process", "failure")])
        check_lists(found, (20, 110))
        check_words(found)

    @pytest.mark.parametrize("flood", ["x", "\x1b[2J"])
    def test_of_a_file_holds_a_hundred_thousand_characters_too(self, flood: str) -> None:
        found = Known()
        found.take(TaskKind.REFRESH, rows_of(flooded(flood)), Cause.POLL)
        check_export(found)


def check_printable(lines: Iterable[str]) -> None:
    for line in lines:
        assert not complaints(line), line


def check_words(found: Known) -> None:
    """Check all that is said in lines and sentences: above the URLs, at the top, in toasts, and to the terminal."""
    now = found.now
    for task in found.store:
        for glyphs in (UNICODE, ASCII):
            context = found.context(glyphs=glyphs)
            lines = task_summary(task, context, found.history.typical(task)).plain.split("\n")
            assert len(lines) == 3
            check_printable(lines)
            check_printable([task_status(task, 5, glyphs).plain])
        stuck_for(task, now)
    statuses = tuple(found.store.statuses.items())
    info = HeaderInfo("demo", "org-x", "h.test", 86400.0, statuses, 1, tuple(found.rate.per_minute(now)))
    state = PollState(dict.fromkeys(TaskKind, KindState(unreadable=3)), 5.0, 5.0, 86400.0)
    for width in (1, 20, 50, 79, 140, 200):
        line = status_line(info, freshness_text(freshness_of(state, 9.0), len(found.store)), width, UNICODE).plain
        assert cell_len(line) <= width
        check_printable([line])
    check_printable(line for words in found.notifications.words for line in words.split("\n"))
    assert all(words.count("\n") <= 1 for words in found.notifications.words)
    for sequence in found.notifications.sequences:
        told = re.fullmatch(r"\x1b\](?:2;|9;4;[012](?:;[0-9]+)?|9;(?!4;)(?=[^;]*$))(.*)\x1b\\", sequence)
        assert told, sequence
        check_printable([told[1]])


def check_export(found: Known) -> None:
    """Read back what a file or the clipboard would get, as a program or a person would."""
    store = found.store
    whole = [(task, store.urls(task.key)) for task in store]
    table = export.tasks_csv(store)
    check_table(table, [(task.kind.value, sanitize(task.task_id, 10**6)) for task in store])
    for document, (task, urls) in zip(json.loads(export.tasks_json(whole)), whole, strict=True):
        assert (document["task_id"], document["status"], len(document["urls"])) == (
            task.task_id,
            task.status,
            len(urls),
        )
    for task, urls in whole:
        text = export.task_json(task, urls)
        assert json.loads(text)["urls"] == [
            {key: value for key, value in url.items() if key not in ("kind", "task_id")}
            for url in json.loads(export.urls_json(task, urls))
        ]
        check_table(export.urls_csv(task, urls), [(task.kind.value, sanitize(task.task_id, 10**6)) for _url in urls])
        failed = export.failed_urls(urls).splitlines()
        assert len(failed) == sum(url.status == "failure" and bool(url.url) for url in urls)
        letter = export.support_bundle(
            task, urls, host="h.test", project="", request_id="", now=found.now, stuck=stuck_for(task, found.now)
        ).split("\n")
        assert len(letter[letter.index("Each URL: status, per cent, created, finished, address") :]) == len(urls) + 2
        for lines in (text.split("\n"), export.urls_json(task, urls).split("\n"), failed, letter):
            check_printable(lines)


def check_table(text: str, rows: list[tuple[str, str]]) -> None:
    """Check that a CSV has these rows, by their first two cells, each on one line, and no formula."""
    check_printable(text.removesuffix("\n").split("\n"))
    _head, *lines = csv.reader(io.StringIO(text))
    assert [(kind, id_.removeprefix("'")) for kind, id_, *_rest in lines] == [
        (kind, id_.removeprefix("'")) for kind, id_ in rows
    ]
    assert not [cell for line in lines for cell in line if re.match(r"\s*[=+\-@＝＋－＠]", cell)]


class TestWords:
    @MANY
    @given(SEVERAL)
    def test_are_lines_that_can_be_seen_wherever_they_are_said_or_written(self, bodies: list[bytes]) -> None:
        found = known(bodies)
        check_words(found)
        check_export(found)


class TablesApp(App[None]):
    """Both lists, one above the other."""

    def __init__(self, found: Known) -> None:
        super().__init__()
        self.found = found
        self.tasks = TaskTable(found.context())
        self.details = UrlPane(found.context(), found.history.typical)

    def compose(self) -> ComposeResult:
        yield self.tasks
        yield self.details

    def show(self, found: Known) -> None:
        """Show the tasks, and the URLs of the first one."""
        store = found.store
        self.tasks.set_view(TaskView(store))
        self.tasks.repaint()
        task = next(iter(store), None)
        self.details.show(task, store.urls(task.key) if task else ())


def strips(widget: Widget) -> list[Strip]:
    return widget.render_lines(widget.outer_size.region)


def check_widget(widget: Widget) -> None:
    """Check that each line of a widget is as wide as the widget, and only holds what can be seen."""
    for strip in strips(widget):
        assert cell_len(strip.text) == strip.cell_length == widget.outer_size.width, (widget, strip.text)
        assert not complaints(strip.text), (widget, strip.text)
        check_links(segment.style.link for segment in strip if segment.style)


@asynccontextmanager
async def tables(width: int) -> AsyncIterator[tuple[TablesApp, Pilot[None]]]:
    app = TablesApp(Known())
    app.CSS = "TaskTable { height: 10; } UrlPane { height: 10; }"
    async with app.run_test(size=(width, 20)) as pilot:
        yield app, pilot


@pytest.mark.parametrize("width", [20, 33, 59, 60, 97, 109, 110, 141, 200])
async def test_both_lists_have_one_line_a_row_as_wide_as_they_are(width: int) -> None:
    async with tables(width) as (app, _pilot):

        @FEW
        @given(SEVERAL)
        def check(bodies: list[bytes]) -> None:
            found = known(bodies)
            app.show(found)
            for widget in (app.tasks, *app.details.query("*")):
                check_widget(widget)
            lines = [strip.text for strip in strips(app.tasks)][1:]
            assert sum(bool(line.strip()) for line in lines) == min(9, len(found.store))

        check()


def answering(body: bytes, status: int = 200, headers: dict[str, bytes] | None = None) -> httpx.MockTransport:
    return httpx.MockTransport(lambda _request: httpx.Response(status, headers=headers or {}, content=body))


async def error_of(transport: httpx.AsyncBaseTransport) -> list[ApiError]:
    """Return what the client's calls raise, each of which may succeed, too."""
    errors = []
    async with UcdnClient(
        "https://h.test", Keys("someone", Secret("0123")), FakeClock(), transport=transport
    ) as client:
        for call in (client.describe_refresh_tasks, client.describe_prefetch_tasks, client.get_project_list):
            try:
                await call()
            except ApiError as error:
                errors.append(error)
    return errors


def check_error(error: ApiError) -> None:
    """Check that what is said of an error is one line, in the error itself and on the screen."""
    check_printable([str(error), error.request_id])
    state = PollState(dict.fromkeys(TaskKind, KindState(error=error, next_try=1.0)), 5.0, 5.0, 86400.0)
    check_printable(freshness_text(freshness_of(state, 0.0), 0))


class TestAnError:
    @SOME
    @given(BODIES, st.sampled_from([200, 299, 302, 403, 407, 429, 503]), st.sampled_from(sorted(TEXTS.values())))
    def test_of_whatever_answer_is_one_of_the_api_and_one_line(self, body: bytes, status: int, text: str) -> None:
        heads = {
            "X-UCLOUD-REQUEST-UUID": text.encode("utf-8", "surrogatepass"),
            "Retry-After": text.encode("utf-8", "surrogatepass"),
        }
        for error in asyncio.run(error_of(answering(body, status, heads))):
            check_error(error)

    @pytest.mark.parametrize("text", [*TEXTS.values(), "\x1b" * LONG], ids=[*TEXTS, "flood"])
    def test_has_the_apis_own_words_harmless(self, text: str) -> None:
        body = json.dumps({"RetCode": 9, "Message": f"no: {text}", "Action": text}).encode()
        errors = asyncio.run(error_of(answering(body)))
        assert len(errors) == 3
        for error in errors:
            assert str(error).startswith("API error. RetCode 9: no: ")
            check_error(error)


def hostile_tasks(status: str | None = None) -> list[dict[str, Any]]:
    """Return a task for each hostile text, which is in all its fields; each in another status, or all in one."""
    return [
        {
            "TaskId": f"{number:02}{text}",
            "Type": text,
            "Status": status or (*STATUSES, text)[number % 6],
            "CreateTime": NOW - 9000 - number,
            "UrlLists": [
                {"Url": f"https://h.test/{number:02}/{text}", "Status": status or "process", "CreateTime": NOW - 9000},
                {"Url": text, "Status": status or text, "Progress": 7},
            ],
        }
        for number, text in enumerate(TEXTS.values())
    ]


class Hostile:
    """The program over an account that answers what it is told, all of whose texts are hostile."""

    def __init__(self, ui: DashboardHarness) -> None:
        self.ui = ui

    async def answer(self, body: bytes) -> None:
        self.ui.transport.fault = lambda _request: httpx.Response(200, content=body)
        self.ui.dashboard.action_refresh()
        await self.ui.pass_time(3)
        self.check()

    async def press(self, *keys: str) -> None:
        await self.ui.press(*keys)
        self.check()

    def check(self) -> None:
        for screen in self.ui.app.screen_stack[1:]:
            for widget in screen.query("*"):
                if widget.region.area:
                    check_widget(widget)


@pytest.mark.parametrize("size", [(140, 30), (50, 14)], ids=str)
async def test_nothing_on_the_screen_is_more_than_what_can_be_seen_whatever_is_done(
    clock: FakeClock, size: tuple[int, int]
) -> None:
    fault = lambda _request: httpx.Response(200, content=answer_body(*hostile_tasks(), Action=""))  # noqa: E731
    detect_features = TerminalFeatures("osc777", progress=True, title=True)
    async with running_dashboard(
        account(clock), clock, size=size, notifications=True, fault=fault, detect_features=detect_features
    ) as ui:
        hostile = Hostile(ui)
        hostile.check()
        assert len(ui.dashboard.store) == 2 * len(TEXTS)
        for keys in (*"jjjjG", ["enter", "j"], ["y"], ["escape"], ["?"], ["escape"] * 2, ["s"], ["9"], ["S"], ["E"]):
            await hostile.press(*keys)
        await hostile.press("escape", "slash", *"[/b]", "enter")
        assert ui.dashboard.task_pane.found()[0] == 2
        await hostile.press("enter", "y", "1")
        assert ui.app.clipboard.endswith(TEXTS["markup"])
        await hostile.press("escape", "escape", "space", "space")
        await hostile.answer(answer_body(*hostile_tasks("failure"), Action=""))
        assert any(type(widget).__name__ == "Toast" for widget in ui.dashboard.query("*"))
        await hostile.answer(json.dumps({"RetCode": 9, "Message": "".join(TEXTS.values())}).encode())
        assert ui.trouble().startswith(r"API error. RetCode 9: \x1b[31;1mpwn\x1b[0m\x1b[2J")
        await hostile.answer(json.dumps({"RetCode": 171, "Message": TEXTS["markup"]}).encode())
        await ui.settle(lambda: isinstance(ui.app.screen, SignInScreen))
        hostile.check()


def ranges(*bounds: tuple[int, int]) -> list[str]:
    return [chr(code) for first, last in bounds for code in {first, (first + last) // 2, last}]


IGNORABLE = ranges(
    *((0xAD, 0xAD), (0x34F, 0x34F), (0x61C, 0x61C), (0x115F, 0x1160), (0x17B4, 0x17B5), (0x180B, 0x180F)),
    *((0x200B, 0x200F), (0x202A, 0x202E), (0x2060, 0x206F), (0x3164, 0x3164), (0xFE00, 0xFE0F), (0xFEFF, 0xFEFF)),
    *((0xFFA0, 0xFFA0), (0xFFF0, 0xFFF8), (0x1BCA0, 0x1BCA3), (0x1D173, 0x1D17A)),
    *((0xE0000, 0xE00FF), (0xE0100, 0xE01EF), (0xE01F0, 0xE0FFF)),
)
"""Unicode's Default_Ignorable_Code_Point: a program that does not know what one is for shows nothing of it."""

BLANK = "\u2800\u00a0\u1680\u2000\u202f\u3000"
"""What takes room and shows nothing, other than a space."""


class TestWhatCannotBeSeen:
    @pytest.mark.parametrize("character", [*IGNORABLE, *BLANK], ids=ascii)
    def test_is_shown_as_an_escape(self, character: str) -> None:
        assert sanitize(f"a{character}b") == f"a{ascii(character)[1:-1]}b"

    @pytest.mark.parametrize("character", ["\u0903", "\u1161", "\ud7b0", "\U0001f3fd"], ids=ascii)
    def test_takes_no_room_is_not_piled_up(self, character: str) -> None:
        # For Rich they are marks of no width, but not by their categories (Mc, Lo, Sk). In tmux 3.3, as glibc has it,
        # U+0903 takes a cell and U+1F3FD two: 40 of them push all that stands behind them out of its place.
        # (Real writing, such as မြွှေ, piles up four.)
        shown = sanitize("a" + character * 100)
        assert shown.count(character) <= 8

    def test_of_a_skin_tone_without_a_face_takes_no_more_room_in_a_terminal_than_in_the_line(self) -> None:
        segments = paint(Text(sanitize("h/\U0001f3fd\U0001f3fd.jpg")), 12, "left", styles)
        assert sum(wcwidth(character) for segment in segments for character in segment.text) == 12

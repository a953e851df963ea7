"""Checks that rows, sentences, exports and widgets show visible, sanitized text only."""

import csv
import io
import json
import re
from collections.abc import Iterable, Sequence
from itertools import product
from typing import Any

from rich.cells import cell_len, get_character_cell_size
from rich.style import Style
from textual.strip import Strip
from textual.widget import Widget

from support.data.hostile import LONG, complaints
from support.screen.checks.hostile_tasks import KnownTasks, all_criteria
from ucdn_tui import export
from ucdn_tui.api.models import TaskKind
from ucdn_tui.text import sanitize
from ucdn_tui.ui.bars.freshness import freshness_text
from ucdn_tui.ui.bars.status_bar import HeaderInfo, status_line
from ucdn_tui.ui.panes.task_columns import task_columns, task_steps
from ucdn_tui.ui.panes.task_summary import task_summary
from ucdn_tui.ui.panes.url_columns import url_columns, url_steps
from ucdn_tui.ui.table.layout import Column, Step, fit, paint
from ucdn_tui.ui.text.format import task_status
from ucdn_tui.ui.text.glyphs import ASCII, UNICODE, Glyphs
from ucdn_tui.watch.freshness import freshness_of
from ucdn_tui.watch.listing.filter import Criteria
from ucdn_tui.watch.poll.kind_poller import KindState
from ucdn_tui.watch.poll.poller import PollState
from ucdn_tui.watch.stats.stuck import stuck_for

csv.field_size_limit(11 * LONG)  # an escape takes ten characters


def visible_part(text: str) -> str:
    """Return the characters of a text that apply up cells."""
    return "".join(character for character in text if get_character_cell_size(character))


def styles(names: tuple[str | Style, ...]) -> Style:
    """Ignore named styles; Rich styles hold the links."""
    return sum((name for name in names if isinstance(name, Style)), Style())


def check_links(links: Iterable[str | None]) -> None:
    for link in links:
        assert link is None or re.fullmatch(r"https?://[!#-;=?-\[\]_a-z~]+", link)


def cells_of(columns: Sequence[Column[Any]], steps: Sequence[Step], row: Any, width: int) -> dict[str, str]:
    """Return the painted cells of a row, having checked their widths and that they are sanitized."""
    found = {}
    layout = fit(columns, steps, width)
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


def check_lists(found: KnownTasks, widths: Iterable[int]) -> None:
    """Check the rows of all tasks and some of their URLs at each width."""
    patterns = [criteria for criteria in all_criteria(found.store) if criteria.words]
    for glyphs, criteria in ((UNICODE, Criteria()), (ASCII, patterns[-1])):
        context = found.context(criteria, glyphs)
        for task, width in product(found.store, widths):
            shown = cells_of(task_columns(context), task_steps(context, task.urls), task, width)
            assert ({"status", "url"} if width >= 14 else {"url"}) <= shown.keys()
            urls = found.store.urls(task.key)
            for url in [*urls[:3], *urls[3::40]]:
                address = cells_of(url_columns(context), url_steps(), url, width)["url"]
                check_address(url.url, address, glyphs)


def check_address(url: str, shown: str, glyphs: Glyphs) -> None:
    """Check that what is painted of a URL is in it, in this order."""
    if not url:
        assert shown.strip() == glyphs.nothing
    elif len(url) < 1000 and glyphs.ellipsis not in url:
        whole = visible_part(sanitize(url))
        for piece in filter(None, visible_part(shown).rstrip().split(glyphs.ellipsis)):
            _before, found, whole = whole.partition(piece)
            assert found == piece


def check_printable(lines: Iterable[str]) -> None:
    for line in lines:
        assert not complaints(line), line


def check_words(found: KnownTasks) -> None:
    """Check the sentences in the summary, the status bar, toasts and escape sequences."""
    now = found.now
    for task in found.store:
        for glyphs in (UNICODE, ASCII):
            context = found.context(glyphs=glyphs)
            lines = task_summary(task, context, found.durations.typical(task), 80).plain.split("\n")
            assert max(map(cell_len, lines)) <= 80
            check_printable(lines)
            check_printable([task_status(task, 5, glyphs).plain])
        stuck_for(task, now)
    statuses = tuple(found.store.statuses.items())
    info = HeaderInfo("demo", "org-x", "h.test", 86400.0, statuses, 1, tuple(found.throughput.per_minute(now)))
    state = PollState(dict.fromkeys(TaskKind, KindState(unreadable=3)), 5.0, 5.0, 86400.0)
    for width in (1, 20, 50, 79, 140, 200):
        line = status_line(info, freshness_text(freshness_of(state, 9.0), len(found.store)), width, UNICODE).plain
        assert cell_len(line) <= width
        check_printable([line])
    check_printable(line for words in found.notifications.words for line in words.split("\n"))
    assert all(words.count("\n") <= 1 for words in found.notifications.words)
    for sequence in found.notifications.sequences:
        matched = re.fullmatch(r"\x1b\](?:2;|9;4;[012](?:;[0-9]+)?|9;(?!4;)(?=[^;]*$))(.*)\x1b\\", sequence)
        assert matched, sequence
        check_printable([matched[1]])


def check_export(found: KnownTasks) -> None:
    """Read exports back, as a program or a person would."""
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
        letter = export.support_report(
            task, urls, host="h.test", project="", request_id="", now=found.now, stuck=stuck_for(task, found.now)
        ).split("\n")
        assert len(letter[letter.index("URLs: status, percent, created, finished, URL") :]) == len(urls) + 2
        for lines in (text.split("\n"), export.urls_json(task, urls).split("\n"), failed, letter):
            check_printable(lines)


def check_table(text: str, rows: list[tuple[str, str]]) -> None:
    """Check that a CSV has these rows, given by their first two cells, each on one line, and no formula."""
    check_printable(text.removesuffix("\n").split("\n"))
    _head, *lines = csv.reader(io.StringIO(text))
    assert [(kind, id_.removeprefix("'")) for kind, id_, *_rest in lines] == [
        (kind, id_.removeprefix("'")) for kind, id_ in rows
    ]
    assert not [cell for line in lines for cell in line if re.match(r"\s*[=+\-@＝＋－＠]", cell)]


def lines_of(widget: Widget) -> list[Strip]:
    return widget.render_lines(widget.outer_size.region)


def check_widget(widget: Widget) -> None:
    """Check that each line of a widget is as wide as the widget and has visible text only."""
    for strip in lines_of(widget):
        assert cell_len(strip.text) == strip.cell_length == widget.outer_size.width, (widget, strip.text)
        assert not complaints(strip.text), (widget, strip.text)
        check_links(segment.style.link for segment in strip if segment.style)

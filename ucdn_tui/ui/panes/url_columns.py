"""The columns of the URL list."""

from collections.abc import Hashable

from rich.cells import cell_len
from rich.text import Text

from ucdn_tui.api.models import Status, UrlProgress
from ucdn_tui.i18n import _
from ucdn_tui.ui.panes.render_context import RenderContext
from ucdn_tui.ui.table.layout import Column, Step
from ucdn_tui.ui.text import format as fmt


def url_columns(context: RenderContext) -> list[Column[UrlProgress]]:
    """Return the columns: status, progress, time, URL."""
    glyphs = context.glyphs

    def status(url: UrlProgress, width: int) -> Text:
        if width == 1:
            return fmt.glyph(url.status, glyphs)
        return context.highlight(fmt.status(url.status, glyphs), "status")

    def progress(url: UrlProgress, width: int) -> Text:
        if url.status == Status.SUCCESS:
            return Text()  # finished rows are quiet
        # A bar only where something runs. Of a failed URL, the percentage is how far it got.
        return fmt.progress(url.percent, width if is_running(url) else 4, fmt.status_style(url.status), glyphs)

    def elapsed(url: UrlProgress) -> str:
        return fmt.url_time(url, context.now())

    def time(url: UrlProgress, _width: int) -> Text:
        return Text(elapsed(url))

    def shown_progress(url: UrlProgress) -> Hashable:
        return url.percent, url.status

    return [
        Column("status", _("Status"), status, shows=lambda url: url.status),
        Column("progress", _("Progress"), progress, short_label="%", absorbs=True, shows=shown_progress),
        Column("time", _("Time"), time, align="right", ticking=is_active, shows=elapsed),
        Column("url", "URL", lambda url, width: context.url(url.url, width), grows=True, shows=lambda url: url.url),
    ]


def url_steps() -> list[Step]:
    """Return how the columns grow. Headings have two more cells, for the sort indicator."""
    return [
        Step("url", 12),
        Step("status", 1),
        Step("url", 20),
        Step("status", max(fmt.status_width(), cell_len(_("Status")) + 2)),
        Step("progress", 4),
        Step("url", 26),
        Step("time", max(7, cell_len(_("Time")) + 2)),
        Step("url", 60),
        Step("progress", max(13, cell_len(_("Progress")) + 2)),
        Step("url", 10_000),
    ]


def is_running(url: UrlProgress) -> bool:
    """Return whether a URL is processed now."""
    return url.status == Status.PROCESS


def is_active(url: UrlProgress) -> bool:
    """Return whether a URL's time is still running."""
    return url.status in (Status.PROCESS, Status.WAIT)

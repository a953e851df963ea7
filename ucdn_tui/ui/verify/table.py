"""The table of checks: a row for each URL and address, and what its cells say."""

from collections.abc import Sequence
from typing import ClassVar

from rich.cells import cell_len
from rich.text import Text
from textual.binding import Binding, BindingType

from ucdn_tui.clock import parse_date
from ucdn_tui.edge.models import Check, Claim, Doubt
from ucdn_tui.edge.words import age_label, claim_label, tiers_label
from ucdn_tui.i18n import N_, _
from ucdn_tui.ui.panes.render_context import RenderContext
from ucdn_tui.ui.table.layout import Column, Step
from ucdn_tui.ui.table.live_table import LiveTable
from ucdn_tui.ui.text import times
from ucdn_tui.ui.text.format import middle
from ucdn_tui.ui.text.glyphs import Glyphs
from ucdn_tui.ui.verify.checks import CheckKey, Row
from ucdn_tui.watch.listing.url_index import UrlIndex

_IPV4 = 15
"""Cells of an IPv4 address."""


class RowView:
    """The rows as a table's view."""

    def __init__(self, rows: Sequence[Row]) -> None:
        self._rows = rows
        self._places = {row.key: place for place, row in enumerate(rows)}
        self.urls = UrlIndex(row.key[0] for row in rows if row.is_first)
        self.widest = max((len(row.key[1]) for row in rows), default=0)
        """Cells of the longest address."""

    def __len__(self) -> int:
        return len(self._rows)

    def key_at(self, index: int) -> CheckKey:
        return self._rows[index].key

    def row_at(self, index: int) -> Row:
        return self._rows[index]

    def index_of(self, key: CheckKey) -> int | None:
        return self._places.get(key)


class CheckTable(LiveTable[CheckKey, Row]):
    """The table; Enter opens the diagnosis of a row."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter", "select", N_("Why?"), id="verify.diagnosis")]

    def __init__(self, context: RenderContext) -> None:
        self._render_context = context
        self._rows = RowView(())
        context.urls = lambda: self._rows.urls
        super().__init__(check_columns(context), check_steps(0), id="checks")

    def show_rows(self, rows: Sequence[Row]) -> None:
        """Show these rows; the cursor stays on its URL and address."""
        before, self._rows = self._rows, RowView(rows)
        if self._rows.widest != before.widest:
            self.set_columns(check_columns(self._render_context), check_steps(self._rows.widest))
        self.set_view(self._rows, keep_cursor=True)

    @property
    def selected(self) -> Row | None:
        """The row under the cursor."""
        index = self.cursor_index
        return None if index is None else self._rows.row_at(index)


def check_columns(context: RenderContext) -> list[Column[Row]]:
    """Return the columns: the verdict first, as it has to be seen in any width."""
    glyphs = context.glyphs

    def verdict(row: Row, width: int) -> Text:
        glyph, label, style = sign(row.check, glyphs, is_held_back=row.is_held_back)
        return Text(glyph if width == 1 else f"{glyph} {label}", style)

    def url(row: Row, width: int) -> Text:
        return context.url(row.key[0], width) if row.is_first else Text()

    def address(row: Row, width: int) -> Text:
        return Text(middle(row.key[1], width, glyphs) or glyphs.nothing)

    def place(row: Row, width: int) -> Text:
        return Text(middle(row.place, width, glyphs), "dim")

    def status(row: Row, _width: int) -> Text:
        answer = row.check.probe.answer if row.check else None
        return Text(str(answer.status) if answer else "", "" if answer and answer.status == 200 else "wait")

    def tiers(row: Row, width: int) -> Text:
        return Text(middle(tiers_label(row.check.verdict.tiers), width, glyphs) if row.check else "")

    def age(row: Row, _width: int) -> Text:
        return Text(age_label(row.check) if row.check else "")

    def modified(row: Row, _width: int) -> Text:
        value = parse_date(row.check.verdict.last_modified) if row.check and row.check.verdict.last_modified else None
        return Text("" if value is None else times.moment(int(value), context.now(), context.zone), "dim")

    def etag(row: Row, width: int) -> Text:
        return Text(middle(row.check.verdict.etag, width, glyphs) if row.check else "", "dim")

    return [
        Column("verdict", _("Verdict"), verdict),
        Column("url", "URL", url, grows=True),
        Column("address", _("Address"), address, short_label="IP"),
        Column("place", _("Place"), place),
        Column("status", "HTTP", status, align="right"),
        Column("tiers", _("Edge · parent"), tiers, short_label=_("Edge")),
        Column("age", _("Age"), age, align="right"),
        Column("modified", _("Modified"), modified),
        Column("etag", "ETag", etag),
    ]


def check_steps(widest: int) -> list[Step]:
    """Return how the columns grow. `widest`: cells of the longest address."""
    labels = [*(claim_label(claim) for claim in Claim), _("asking …"), _("not ended")]
    verdict = max(cell_len(label) for label in labels) + 2
    return [
        Step("verdict", 1),
        Step("address", _IPV4),
        Step("url", 10),
        Step("verdict", verdict),
        Step("url", 16),
        Step("tiers", 11),
        Step("age", 7),
        Step("url", 26),
        Step("status", 4),
        Step("tiers", 13),
        Step("url", 30),
        Step("address", max(_IPV4, min(widest, 39))),
        Step("place", 10),
        Step("url", 36),
        Step("modified", 11),
        Step("url", 44),
        Step("etag", 22),
        Step("url", 10_000),
    ]


def sign(check: Check | None, glyphs: Glyphs, *, is_held_back: bool = False) -> tuple[str, str, str]:
    """Return what stands for a verdict: a glyph, two words, and the name of their style."""
    if is_held_back or (check is not None and check.verdict.doubt is Doubt.NOT_FINISHED):
        return glyphs.process, _("not ended"), "run"
    if check is None:
        return glyphs.wait, _("asking …"), "dim"
    claim = check.verdict.claim
    label = claim_label(claim)
    if claim.is_old:
        return glyphs.failure, label, "bad"
    if claim.is_good:
        return glyphs.success, label, "ok"
    if claim in (Claim.DIFFERS, Claim.NOT_CHECKED):
        return glyphs.stuck, label, "wait"
    return (glyphs.unknown if claim is Claim.CANNOT_TELL else glyphs.dot), label, "other"

"""QuotaDialog: what is left today of each domain's quotas."""

from collections.abc import Mapping, Sequence
from typing import ClassVar

from rich.cells import cell_len
from rich.text import Text
from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.events import Resize

from ucdn_tui.api.domains import Allowance, DomainQuota
from ucdn_tui.i18n import N_, _, ngettext
from ucdn_tui.submit.session import SubmitSession
from ucdn_tui.text import NOTHING, sanitize
from ucdn_tui.ui.dialogs.dialog import Dialog
from ucdn_tui.ui.dialogs.key_footer import KeyFooter
from ucdn_tui.ui.submit.show import show
from ucdn_tui.ui.text.format import middle
from ucdn_tui.ui.text.prose import Prose
from ucdn_tui.ui.theme_styles import themed

_MOST = 60
"""Domains that are asked for: each takes a call."""

_WIDEST = 90
"""Cells of the dialog at most."""

_BESIDE = 7
"""Cells of the dialog besides the table: border, padding, scroll bar, and one between."""

_BELOW = 3
"""Lines of the screen besides the table and its note: border and key line."""

_SHORTEST_NAME = 10
"""Cells of a domain's name at least."""

_FEW = 10
"""Per cent of a quota; below that it is nearly used up."""


class QuotaDialog(Dialog[None]):
    """The table. The domains of the listed tasks come first."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q", "dismiss", N_("Close"), id="quota.close"),
        Binding("r", "reload", N_("Reload"), id="quota.reload"),
    ]

    DEFAULT_CSS = f"""
    QuotaDialog .dialog {{ width: {_WIDEST}; }}
    QuotaDialog #table, QuotaDialog #note {{ height: auto; }}
    """

    def __init__(self, session: SubmitSession, first: Sequence[str]) -> None:
        """first: hosts whose domains come first."""
        super().__init__()
        self._session = session
        self._first = first

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog") as box:
            box.border_title = _("Quota left today")
            with VerticalScroll(id="table"):
                yield Prose(_("Asking the API …"), id="rows")
            yield Prose(id="note", classes="note")
        yield KeyFooter()

    def on_mount(self) -> None:
        self._load(again=False)

    def action_reload(self) -> None:
        self._load(again=True)

    @work(group="quota", exclusive=True)
    async def _load(self, *, again: bool) -> None:
        domains = self._session.domains
        await domains.load()
        if domains.facts is None:
            why = str(domains.error) if domains.error else _("The API listed only a part of the domains.")
            show(self, "#rows", Text(why))
            return
        names = domains.names()
        known = set(names)
        listed = [name for name in self._first if name in known]
        names = list(dict.fromkeys([*listed, *names]))
        quotas = await domains.quotas(names[:_MOST], again=again)
        table = quota_table(names[:_MOST], quotas, min(self.size.width, _WIDEST) - _BESIDE)
        show(self, "#rows", themed(table))
        note = _("Shared with the console and other users. — stands for what the API does not tell.")
        if (rest := len(names) - _MOST) > 0:
            note = ngettext("{count} more domain is not shown.", "{count} more domains are not shown.", rest).format(
                count=rest
            )
        show(self, "#note", Text(note))
        self.call_after_refresh(self._make_room)

    def on_resize(self, _event: Resize) -> None:
        self.call_after_refresh(self._make_room)

    def _make_room(self) -> None:
        """Leave room below the table for the whole note."""
        for table in self.query("#table"):
            table.styles.max_height = max(1, self.size.height - _BELOW - self.query_one("#note").virtual_size.height)


def quota_table(names: Sequence[str], quotas: Mapping[str, DomainQuota], width: int) -> Text:
    """Return a row for each domain: what is left of what. Names are cut in the middle to fit into `width` cells."""
    if not names:
        return Text(_("This account has no domains."))
    cells = [_cells(quotas.get(name)) for name in names]
    titles = [_("Files"), _("Directories"), _("Prefetches")]
    if _room_for_names(titles, cells, width) < max(map(len, names)):
        titles = [_("Files"), _("Dirs"), _("Prefetch")]
    room = max(_SHORTEST_NAME, _room_for_names(titles, cells, width))
    rows = [[(_("Domain"), "dim"), *((title, "dim") for title in titles)]]
    rows += [[(middle(sanitize(name, 60), room), ""), *row] for name, row in zip(names, cells, strict=True)]
    widths = [max(cell_len(row[at][0]) for row in rows) for at in range(len(rows[0]))]
    return Text("\n").join(
        Text.assemble(*((_padded(cell, widths[at], at), style) for at, (cell, style) in enumerate(row))) for row in rows
    )


def _room_for_names(titles: Sequence[str], cells: Sequence[Sequence[tuple[str, str]]], width: int) -> int:
    """Return how many of `width` cells the other columns leave."""
    texts = [titles, *([text for text, _style in row] for row in cells)]
    return width - sum(2 + max(map(cell_len, column)) for column in zip(*texts, strict=True))


def _cells(quota: DomainQuota | None) -> list[tuple[str, str]]:
    if quota is None:
        return [(NOTHING, "dim")] * 3
    return [_cell(each) for each in (quota.files, quota.dirs, quota.prefetches)]


def _cell(allowance: Allowance) -> tuple[str, str]:
    if allowance.left is None or allowance.quota is None:
        return NOTHING, "dim"
    few = allowance.left * 100 < allowance.quota * _FEW
    return f"{allowance.left}/{allowance.quota}", "bad" if allowance.left == 0 else "wait" if few else ""


def _padded(text: str, width: int, at: int) -> str:
    space = " " * (width - cell_len(text))
    return f"{text}{space}" if at == 0 else f"  {space}{text}"

"""All key bindings of the dashboard and the app; those of a dialog stand with the dialog.

The ids are documented, and configurations name them: they never change, and are the same in every language. The part
before the dot decides the section in the help.
"""

from textual.binding import Binding

from ucdn_tui.api.models import Status
from ucdn_tui.i18n import _
from ucdn_tui.ui.format import status_word
from ucdn_tui.watch.listing.filter import ORDERED_STATUSES

_STATUS_FILTERS = {
    Status.PROCESS: "find.process",
    Status.WAIT: "find.wait",
    Status.FAILURE: "find.failure",
    Status.SUCCESS: "find.success",
    Status.UNKNOWN: "find.unknown",
}

TABLE: list[Binding] = [
    Binding("up,k", "move(-1)", _("Up"), show=False, id="table.up"),
    Binding("down,j", "move(1)", _("Down"), show=False, id="table.down"),
    Binding("home,g", "first", _("First"), show=False, id="table.first"),
    Binding("end,G", "last", _("Last"), show=False, id="table.last"),
    Binding("pageup,ctrl+b", "page(-1)", _("Page up"), show=False, id="table.page-up"),
    Binding("pagedown,ctrl+f", "page(1)", _("Page down"), show=False, id="table.page-down"),
    Binding("ctrl+u", "half_page(-1)", _("Half a page up"), show=False, id="table.half-page-up"),
    Binding("ctrl+d", "half_page(1)", _("Half a page down"), show=False, id="table.half-page-down"),
    Binding("enter", "select", _("Go in"), show=False, id="table.select"),
]
"""Of the table in either pane."""

PANE: list[Binding] = [
    Binding("slash", "find", _("Find"), key_display="/", id="find.type", tooltip=_("Show only what has these words")),
    *(
        Binding(
            str(number),
            f"only('{status}')",
            _("Only {status}").format(status=status_word(status)),
            show=False,
            id=_STATUS_FILTERS[status],
        )
        for number, status in enumerate(ORDERED_STATUSES, 1)
    ),
    Binding("0", "only('')", _("Every status"), show=False, id="find.all"),
    Binding("a", "only_active", _("Only what is active, or all"), show=False, id="find.active"),
    Binding("s", "sort", _("Sort"), id="find.sort", tooltip=_("Choose the column to sort by")),
    Binding("S", "reverse", _("Turn the order round"), show=False, id="find.reverse"),
]
"""Of either pane."""

TASK_PANE: list[Binding] = [
    Binding(
        "f", "follow", _("Follow"), show=False, id="find.follow", tooltip=_("Go along with the newest active task")
    ),
    Binding(
        "space",
        "flag",
        _("Mark"),
        show=False,
        id="find.mark",
        tooltip=_("Mark, to be told when all marked are over"),
    ),
]
"""Of the task list only."""

FILTER_BAR: list[Binding] = [
    Binding("escape", "leave(True)", _("Clear the filter"), show=False, id="filter.clear"),
    Binding("down,tab", "leave(False)", _("To the list"), show=False, id="filter.done"),
]
"""While the user types in the filter box."""

DASHBOARD: list[Binding] = [
    Binding("r", "refresh", _("Refresh"), id="watch.refresh", tooltip=_("Look now, at the whole window")),
    Binding("w", "window", _("Window"), id="watch.window", tooltip=_("Choose how far to look back")),
    Binding("p", "pause", _("Pause"), show=False, id="watch.pause", tooltip=_("Stop asking the API, or go on")),
    Binding("plus,equals_sign", "interval(-1)", _("Look more often"), show=False, id="watch.faster"),
    Binding("minus", "interval(1)", _("Look less often"), show=False, id="watch.slower"),
    Binding("P", "app.choose_profile", _("Profiles"), show=False, id="watch.profiles"),
    Binding("O", "app.choose_project", _("Projects"), show=False, id="watch.projects"),
    Binding("y", "copy", _("Copy"), id="take.copy", tooltip=_("Copy URLs, the id, or a report for support")),
    Binding("o", "open", _("Open the URL in a browser"), show=False, id="take.open"),
    Binding("E", "export", _("Export what is listed, as CSV or JSON"), show=False, id="take.export"),
    Binding("tab,shift+tab", "other_pane", _("Pane"), id="table.pane", tooltip=_("Tasks, or the task's URLs")),
    Binding("escape", "back", _("Clear the filter, or back to the tasks"), show=False, id="table.back"),
    Binding("question_mark", "help", _("Help"), key_display="?", id="app.help", tooltip=_("This help")),
    Binding("q", "app.quit", _("Quit"), id="app.leave"),
]
"""Anywhere on the dashboard, but not in a dialog over it."""

APP: list[Binding] = [
    # priority: these two work in a dialog, too.
    Binding("ctrl+q", "quit", _("Quit, also over a dialog"), show=False, priority=True, id="app.quit"),
    Binding(
        "ctrl+c", "copy_or_quit", _("Copy the selection; twice: quit"), show=False, priority=True, id="app.copy-or-quit"
    ),
    Binding("ctrl+z", "suspend_process", _("Put into the background; fg brings it back"), show=False, id="app.suspend"),
    Binding("ctrl+p", "command_palette", _("Commands"), show=False, id="app.palette"),
    Binding("T", "change_theme", _("Theme: dark, light, the terminal's own"), show=False, id="app.theme"),
]
"""Anywhere in the app."""

ALL: list[Binding] = [*TABLE, *PANE, *TASK_PANE, *FILTER_BAR, *DASHBOARD, *APP]
"""In the order of the help."""

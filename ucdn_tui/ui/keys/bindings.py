"""All key bindings of the dashboard and the app; those of a dialog stand with the dialog.

Configurations refer to bindings by id: ids never change and are not translated. The part before the dot decides the
section of the help. `description` is the palette's title; the help shows `tooltip` instead, where there is one.
What the key line shows is in `commands.key_lines`.
"""

from typing import Final

from textual.binding import Binding

from ucdn_tui.api.models import Status
from ucdn_tui.i18n import N_
from ucdn_tui.watch.listing.filter import ORDERED_STATUSES

_STATUS_FILTERS = {
    Status.PROCESS: ("find.process", N_("Show running")),
    Status.WAIT: ("find.wait", N_("Show queued")),
    Status.FAILURE: ("find.failure", N_("Show failed")),
    Status.SUCCESS: ("find.success", N_("Show succeeded")),
    Status.UNKNOWN: ("find.unknown", N_("Show unknown")),
}

TABLE: list[Binding] = [
    Binding("up,k", "move(-1)", N_("Up"), show=False, id="table.up"),
    Binding("down,j", "move(1)", N_("Down"), show=False, id="table.down"),
    Binding("home,g", "first", N_("First"), show=False, id="table.first"),
    Binding("end,G", "last", N_("Last"), show=False, id="table.last"),
    Binding("pageup,ctrl+b", "page(-1)", N_("Page up"), show=False, id="table.page-up"),
    Binding("pagedown,ctrl+f", "page(1)", N_("Page down"), show=False, id="table.page-down"),
    Binding("ctrl+u", "half_page(-1)", N_("Half page up"), show=False, id="table.half-page-up"),
    Binding("ctrl+d", "half_page(1)", N_("Half page down"), show=False, id="table.half-page-down"),
    Binding("enter", "select", N_("Open task"), show=False, id="table.select"),
]
"""Of the table in either pane."""

MOVES: Final = frozenset(binding.id for binding in TABLE if binding.id and binding.action != "select")
"""The ids of those that move the cursor or scroll."""

PANE: list[Binding] = [
    Binding("slash", "find", N_("Filter"), key_display="/", id="find.type"),
    *(
        Binding(str(number), f"only('{status}')", description, show=False, id=binding_id)
        for number, status in enumerate(ORDERED_STATUSES, 1)
        for binding_id, description in [_STATUS_FILTERS[status]]
    ),
    Binding("0", "show_all", N_("Show all: clear every filter"), show=False, id="find.all"),
    Binding("a", "only_active", N_("Toggle active only"), show=False, id="find.active"),
    Binding("right_square_bracket", "failed(1)", N_("Next failed"), show=False, id="find.next-failed"),
    Binding("left_square_bracket", "failed(-1)", N_("Previous failed"), show=False, id="find.previous-failed"),
    Binding("s", "sort", N_("Sort by…"), id="find.sort"),
    Binding("S", "reverse", N_("Reverse sort"), show=False, id="find.reverse"),
]
"""Of either pane."""

TASK_PANE: list[Binding] = [
    Binding("f", "follow", N_("Follow newest active task"), show=False, id="find.follow"),
    Binding(
        "space",
        "flag",
        N_("Flag task"),
        show=False,
        id="find.mark",
        tooltip=N_("Flag for copy, open and export, and to be notified; go to the next row"),
    ),
    Binding("U", "clear_flags", N_("Clear all flags"), show=False, id="find.unmark"),
]
"""Of the task list only."""

FILTER_BAR: list[Binding] = [
    Binding("escape", "leave(True)", N_("Clear"), show=False, id="filter.clear"),
    Binding("down,tab", "leave(False)", N_("Done"), show=False, id="filter.done"),
]
"""While the user types in the filter box."""

DASHBOARD: list[Binding] = [
    Binding("n", "submit", N_("Submit a refresh or prefetch…"), id="submit.new"),
    Binding(
        "R",
        "resubmit",
        N_("Submit again…"),
        show=False,
        id="submit.again",
        tooltip=N_("Submit the failed URLs, or all, of the task or the flagged ones again"),
    ),
    Binding("u", "quota", N_("Quota of the domains…"), show=False, id="submit.quota"),
    Binding(
        "v",
        "verify",
        N_("Verify at the edge…"),
        show=False,
        id="edge.verify",
        tooltip=N_("See what the edges serve: of the URL, the task, or the flagged ones"),
    ),
    Binding("r", "refresh", N_("Reload everything now"), id="watch.refresh"),
    Binding("w", "window", N_("Time range…"), id="watch.window"),
    Binding("p", "pause", N_("Pause / resume polling"), show=False, id="watch.pause"),
    Binding("plus,equals_sign", "interval(-1)", N_("Poll more often"), show=False, id="watch.faster"),
    Binding("minus", "interval(1)", N_("Poll less often"), show=False, id="watch.slower"),
    Binding("P", "app.choose_profile", N_("Profiles…"), show=False, id="watch.profiles"),
    Binding("O", "app.choose_project", N_("Projects…"), show=False, id="watch.projects"),
    Binding("y", "copy", N_("Copy"), id="take.copy", tooltip=N_("Copy URLs, task ids, JSON, or a support report")),
    Binding("o", "open", N_("Open URL in browser"), show=False, id="take.open"),
    Binding("E", "export", N_("Export list (CSV, JSON)"), show=False, id="take.export"),
    Binding("Z", "utc", N_("Times in UTC, or local"), show=False, id="watch.utc"),
    Binding("tab,shift+tab", "other_pane", N_("Pane"), id="table.pane", tooltip=N_("Switch pane")),
    Binding("z", "zoom", N_("Zoom"), id="table.zoom", tooltip=N_("Zoom the pane, or show both again")),
    Binding("greater_than_sign", "split(1)", N_("Larger task list"), show=False, key_display=">", id="table.larger"),
    Binding("less_than_sign", "split(-1)", N_("Smaller task list"), show=False, key_display="<", id="table.smaller"),
    Binding("escape", "back", N_("Clear filter, or back to tasks"), show=False, id="table.back"),
    Binding("question_mark", "help", N_("Help"), key_display="?", id="app.help", tooltip=N_("Show this help")),
    Binding("q", "app.quit", N_("Quit"), id="app.leave"),
]
"""Anywhere on the dashboard, but not in a dialog over it."""

APP: list[Binding] = [
    # priority: these three also work in a dialog.
    Binding("ctrl+q", "quit", N_("Quit from anywhere"), show=False, priority=True, id="app.quit"),
    Binding(
        "ctrl+c",
        "copy_or_quit",
        N_("Copy selection; press twice to quit"),
        show=False,
        priority=True,
        id="app.copy-or-quit",
    ),
    Binding("ctrl+z", "suspend_process", N_("Suspend (resume with fg)"), show=False, priority=True, id="app.suspend"),
    Binding("ctrl+p", "command_palette", N_("Commands"), show=False, id="app.palette"),
    Binding("T", "change_theme", N_("Theme…"), show=False, id="app.theme"),
]
"""Anywhere in the app."""

URGENT: Final = frozenset({"app.quit"})
"""The ids of those that wait for no other key."""

SUBMITTING = frozenset({"submit.new", "submit.again"})
"""The ids that a read-only dashboard leaves out."""

VERIFYING = frozenset({"edge.verify"})
"""The ids that a dashboard without a way to the edges leaves out."""

ALL: list[Binding] = [*TABLE, *PANE, *TASK_PANE, *FILTER_BAR, *DASHBOARD, *APP]
"""In the order of the help."""

"""What the key line shows in each context: binding ids with a short word, most important first."""

from ucdn_tui.i18n import _

_END = {"app.palette": _("Commands"), "app.help": _("Help"), "app.leave": _("Quit")}

TASK_LIST = {
    "find.type": _("Filter"),
    "table.select": _("Open"),
    "find.failure": _("Failed"),
    "submit.new": _("New"),
    "take.copy": _("Copy"),
    "submit.again": _("Again"),
    "find.mark": _("Flag"),
    "find.active": _("Active"),
    "find.sort": _("Sort"),
    "watch.window": _("Time range"),
    "table.zoom": _("Zoom"),
    "watch.refresh": _("Reload"),
    "find.follow": _("Follow"),
    "table.pane": _("Pane"),
    "take.export": _("Export"),
    "watch.pause": _("Pause"),
    **_END,
}

URL_LIST = {
    "table.back": _("Back"),
    "find.type": _("Filter"),
    "find.next-failed": _("Next failed"),
    "take.copy": _("Copy"),
    "take.open": _("Browser"),
    "table.zoom": _("Zoom"),
    "find.failure": _("Failed"),
    "find.sort": _("Sort"),
    "take.export": _("Export"),
    "watch.refresh": _("Reload"),
    "find.active": _("Active"),
    "table.pane": _("Pane"),
    **_END,
}

FILTER_BOX = {"filter.clear": _("Clear"), "filter.done": _("Done"), "app.quit": _("Quit")}

CLEAR = {"table.back": _("Clear")}
"""Before the others while a filter hides rows: Escape removes it, and goes back only afterwards."""

PINNED = frozenset({"app.help", "app.leave", "app.quit", "table.back"})
"""The ids that stay in the key line when room is short: how to leave, and where the other keys are listed."""

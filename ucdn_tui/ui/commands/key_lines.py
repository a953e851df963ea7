"""What the key line shows in each context: binding ids with a short word, most important first."""

from ucdn_tui.i18n import N_

_END = {"app.palette": N_("Commands"), "app.help": N_("Help"), "app.leave": N_("Quit")}

TASK_LIST = {
    "find.type": N_("Filter"),
    "table.select": N_("Open"),
    "find.failure": N_("Failed"),
    "submit.new": N_("New"),
    "edge.verify": N_("Verify"),
    "take.copy": N_("Copy"),
    "submit.again": N_("Again"),
    "find.mark": N_("Flag"),
    "find.active": N_("Active"),
    "find.sort": N_("Sort"),
    "watch.window": N_("Time range"),
    "table.zoom": N_("Zoom"),
    "watch.refresh": N_("Reload"),
    "find.follow": N_("Follow"),
    "table.pane": N_("Pane"),
    "take.export": N_("Export"),
    "watch.pause": N_("Pause"),
    **_END,
}

URL_LIST = {
    "table.back": N_("Back"),
    "find.type": N_("Filter"),
    "find.next-failed": N_("Next failed"),
    "edge.verify": N_("Verify"),
    "take.copy": N_("Copy"),
    "take.open": N_("Browser"),
    "table.zoom": N_("Zoom"),
    "find.failure": N_("Failed"),
    "find.sort": N_("Sort"),
    "take.export": N_("Export"),
    "watch.refresh": N_("Reload"),
    "find.active": N_("Active"),
    "table.pane": N_("Pane"),
    **_END,
}

FILTER_BOX = {"filter.clear": N_("Clear"), "filter.done": N_("Done"), "app.quit": N_("Quit")}

CLEAR = {"table.back": N_("Clear")}
"""Before the others while a filter hides rows: Escape removes it, and goes back only afterwards."""

PINNED = frozenset({"app.help", "app.leave", "app.quit", "table.back"})
"""The ids that stay in the key line when room is short: how to leave, and where the other keys are listed."""

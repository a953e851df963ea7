"""Which keys work at the same time: what a keymap of somebody's is checked against, and imported for that only."""

from collections.abc import Sequence

from textual.binding import Binding
from textual.widgets import Input, OptionList

from ucdn_tui.ui.dashboard import Dashboard
from ucdn_tui.ui.dialogs.help import HelpDialog
from ucdn_tui.ui.dialogs.picker import Picker
from ucdn_tui.ui.dialogs.profiles import ConfirmDialog, NameDialog, ProfilesDialog, ProjectDialog
from ucdn_tui.ui.dialogs.sign_in import SignInScreen
from ucdn_tui.ui.keys.keymap import WhileTyping, bindings_of
from ucdn_tui.ui.panes.filter_bar import FilterBar
from ucdn_tui.ui.panes.pane import Pane
from ucdn_tui.ui.panes.task_pane import TaskPane
from ucdn_tui.ui.table.live_table import LiveTable


def contexts(app: type) -> Sequence[Sequence[Binding]]:
    """Return the bindings that work together: on the dashboard, while a filter is typed, and in each dialog."""
    anywhere = bindings_of(app)
    dashboard = [*bindings_of(LiveTable, Pane, TaskPane, Dashboard), *anywhere]
    priority = [binding for binding in anywhere if binding.priority]
    others: Sequence[tuple[type, ...]] = (
        (FilterBar, Input),
        (HelpDialog,),
        (Picker, OptionList),
        (ProfilesDialog, OptionList),
        (ProjectDialog, OptionList),
        (ConfirmDialog,),
        (NameDialog, Input),
        (SignInScreen, Input),
    )
    return [dashboard, *(_context(together, priority) for together in others)]


def _context(together: tuple[type, ...], priority: list[Binding]) -> list[Binding]:
    bindings = [*bindings_of(*together), *priority]
    return WhileTyping(bindings) if Input in together else bindings

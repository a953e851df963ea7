"""Which bindings work at the same time. Imported only to check a keymap, as it imports all dialogs."""

from collections.abc import Sequence

from textual.binding import Binding
from textual.widgets import Input, OptionList, TextArea

from ucdn_tui.ui.dialogs.help import HelpDialog
from ucdn_tui.ui.dialogs.picker import Picker
from ucdn_tui.ui.dialogs.profiles import ConfirmDialog, NameDialog, ProfilesDialog, ProjectDialog
from ucdn_tui.ui.dialogs.sign_in import SignInScreen
from ucdn_tui.ui.keys import bindings
from ucdn_tui.ui.keys.user_keys import WhileTyping, bindings_of
from ucdn_tui.ui.submit.quotas import QuotaDialog
from ucdn_tui.ui.submit.screen import SubmitScreen
from ucdn_tui.ui.submit.submitting import SubmittingDialog
from ucdn_tui.ui.submit.url_area import PathDialog
from ucdn_tui.ui.table.live_table import LiveTable
from ucdn_tui.ui.verify.screen import VerifyDialog
from ucdn_tui.ui.verify.table import CheckTable


def contexts() -> Sequence[Sequence[Binding]]:
    """Return the bindings that work together: on the dashboard, in the filter box, and in each dialog."""
    dashboard = [*bindings.TABLE, *bindings.PANE, *bindings.TASK_PANE, *bindings.DASHBOARD, *bindings.APP]
    priority = [binding for binding in bindings.APP if binding.priority]
    filter_box = WhileTyping([*bindings.FILTER_BAR, *bindings_of(Input), *priority])
    dialogs: Sequence[tuple[type, ...]] = (
        (HelpDialog,),
        (Picker, OptionList),
        (ProfilesDialog, OptionList),
        (ProjectDialog, OptionList),
        (ConfirmDialog,),
        (NameDialog, Input),
        (SignInScreen, Input),
        (SubmitScreen, TextArea),
        (PathDialog, Input),
        (SubmittingDialog,),
        (QuotaDialog,),
        (VerifyDialog, CheckTable, LiveTable),
    )
    return [dashboard, filter_box, *(_context(together, priority) for together in dialogs)]


def _context(together: tuple[type, ...], priority: list[Binding]) -> list[Binding]:
    context = [*bindings_of(*together), *priority]
    return WhileTyping(context) if {Input, TextArea}.intersection(together) else context

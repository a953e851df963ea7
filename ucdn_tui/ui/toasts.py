"""ToastsApp: how large toasts and the palette are, where they are, and which toasts replace each other."""

from textual.notifications import Notification, Notify

from ucdn_tui.ui.themed_app import ThemedApp


class ToastsApp(ThemedApp):
    """Shows toasts that hide little of the screen."""

    # Small: several tasks may finish at once, and the toasts cover the list. In a small terminal and over a dialog, one
    # line is enough: the title, or without one the text. Over the help, that line is the one of the border. The palette
    # begins in the first line, or a low terminal would have no room for what it finds.
    CSS = """
    Toast { width: auto; max-width: 70%; padding: 0 1; }
    Dashboard.-small Toast, ModalScreen Toast, SubmitScreen Toast {
        max-width: 100%; max-height: 1; margin-top: 0; text-wrap: nowrap; text-overflow: ellipsis;
    }
    Dashboard.-problem-below ToastRack { margin-bottom: 2; }
    HelpDialog ToastRack { margin-bottom: 0; }
    CommandPalette > Vertical { margin-top: 0; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._answers: dict[str, Notification] = {}
        """The last toast without a title of each severity."""

    def on_notify(self, event: Notify) -> None:
        """Replace the toast before: one without a title answers a key, and only the last answer matters.

        A toast with a title reports an event, and stays. So does an error while no other error comes.
        """
        for screen in self.screen_stack:
            for holder in screen.query("ToastHolder:empty"):  # Textual removes a replaced toast, but not its container
                if holder.is_mounted:  # else its toast is still to come
                    holder.remove()
        toast = event.notification
        if toast.title:
            return
        if (former := self._answers.get(toast.severity)) is not None:
            former.timeout = 0  # Textual drops expired ones when it adds this one
        self._answers[toast.severity] = toast

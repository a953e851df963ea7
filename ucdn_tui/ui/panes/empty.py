"""What an empty list of tasks says: why it is empty, and what will change that. Pure."""

from ucdn_tui.durations import format_duration
from ucdn_tui.i18n import _


def empty_text(window: float, *, hidden: int, loading: bool, keyring_of: str) -> str:
    """Return the text. `window` in seconds; `hidden` tasks do not fit what is looked for.

    `keyring_of` is the profile whose keys have to come from the keyring first, which may ask its user for a password.
    """
    span = format_duration(window)
    if hidden:
        return _("None of {count} tasks fits.\nEscape shows all of them.").format(count=hidden)
    if loading and keyring_of:
        words = _("Asking the keyring for the keys of {profile}, then the API for the tasks of the last {window} …")
        return words.format(profile=keyring_of, window=span)
    if loading:
        return _("Asking for the tasks of the last {window} …").format(window=span)
    return _("No tasks in the last {window}.\nOne that is submitted now appears here by itself.").format(window=span)

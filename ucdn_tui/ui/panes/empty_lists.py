"""What an empty list says."""

from ucdn_tui.duration_words import whole_duration
from ucdn_tui.i18n import _


def no_matches(hidden: int) -> str:
    """Return the text of a list whose rows are all filtered out."""
    return _("No matches ({count} hidden).\nEsc clears the filter.").format(count=hidden)


def no_tasks(window: float, hidden: int, keyring_of: str, *, loading: bool) -> str:
    """Return the text of an empty task list. `window` is in seconds; `hidden` tasks are filtered out.

    `keyring_of` is the profile whose keys are read from the keyring, which may ask the user for a password.
    """
    span = whole_duration(window)
    if hidden:
        return no_matches(hidden)
    if loading and keyring_of:
        words = _("Reading the keys of {profile} from the keyring, then loading tasks of the last {window} …")
        return words.format(profile=keyring_of, window=span)
    if loading:
        return _("Loading tasks of the last {window} …").format(window=span)
    return _("No tasks in the last {window}.\nNew tasks appear automatically.").format(window=span)


def no_urls(*, hidden: int, is_selected: bool) -> str:
    """Return the text of an empty list of URLs. `hidden` URLs are filtered out; `is_selected`: a task is selected."""
    if not is_selected:
        return _("No task selected.")
    return no_matches(hidden) if hidden else _("The API lists no URLs for this task.")

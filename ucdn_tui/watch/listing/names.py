"""What statuses and kinds are called: on the screen, in a filter, and by the API."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Final

from ucdn_tui.api.models import Status, TaskKind
from ucdn_tui.i18n import N_, _, current

_STATUSES: Final[Mapping[str, str]] = {
    Status.PROCESS: N_("running"),
    Status.WAIT: N_("queued"),
    Status.FAILURE: N_("failed"),
    Status.SUCCESS: N_("success"),
    Status.UNKNOWN: N_("unknown"),
}

_OTHER_NAMES: Final[Mapping[str, tuple[str, ...]]] = {
    Status.PROCESS: ("process",),
    Status.WAIT: ("wait",),
    Status.FAILURE: ("failure",),
    Status.SUCCESS: ("succeeded", "done"),
    Status.UNKNOWN: ("unknow",),
}

STATUS_OF: Final = {name: status for status, word in _STATUSES.items() for name in (word, *_OTHER_NAMES[status])}
"""The documented statuses by their names in English, among them the API's."""

STATES: Final = (N_("active"), N_("stuck"), N_("flagged"))
"""What a task may be besides its status, as a filter says it after `is:`."""

_KINDS: Final = {TaskKind.REFRESH: N_("refresh"), TaskKind.PREFETCH: N_("prefetch")}


def status_word(status: str) -> str:
    """Return a status in the user's language; "" for one that the API does not document."""
    return _(_STATUSES.get(status, ""))


def status_names(status: str) -> tuple[str, ...]:
    """Return what a status may be called in a filter, in lower case; () for one that the API does not document."""
    return _status_names(current()).get(status, ())


@lru_cache(maxsize=4)
def _status_names(_language: str) -> Mapping[str, tuple[str, ...]]:
    """Return the names of all statuses. Cached, as a filter asks for them with every task."""
    return {
        status: (*(name for name, named in STATUS_OF.items() if named == status), status_word(status).lower())
        for status in _STATUSES
    }


def state_named(name: str) -> str:
    """Return the English name of a state or a status that is named in the user's language; any other name as it is."""
    words = {_(word).lower(): word for word in (*STATES, *_STATUSES.values())}
    return words.get(name, name)


def kind_word(kind: TaskKind) -> str:
    """Return a kind in the user's language."""
    return _(_KINDS[kind])


def is_kind(text: str, kind: TaskKind) -> bool:
    """Return whether a text, in lower case, begins a name of the kind. R and P are the letters of its column."""
    others = (kind_word(kind).lower(), *(("purge",) if kind is TaskKind.REFRESH and len(text) > 1 else ()))
    return any(name.startswith(text) for name in (_KINDS[kind], *others))

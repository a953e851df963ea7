"""Sentences for people: why a line is dropped, what an accepted URL is warned about, what became of a call."""

from ucdn_tui.i18n import _, ngettext
from ucdn_tui.submit.journal import CallState
from ucdn_tui.submit.plan import URL_LIMIT, Concern, Reason, UrlType, Warned
from ucdn_tui.text import sanitize


def reason_words(reason: Reason) -> str:
    """Return why a line is dropped."""
    return {
        Reason.SCHEME: _("does not begin with http:// or https://"),
        Reason.HOST: _("has no valid host"),
        Reason.USER: _("contains a user name"),
        Reason.PATH: _("has no path; a whole domain ends in /"),
        Reason.WILDCARD: _("contains *: wildcards are not supported"),
        Reason.FRAGMENT: _("contains #: the CDN knows no fragments"),
        Reason.CHARACTER: _("contains a space or an invisible character"),
        Reason.TOO_LONG: _("is longer than {limit} characters").format(limit=URL_LIMIT),
        Reason.NOT_DIR: _("is not a directory: it does not end in /"),
        Reason.DUPLICATE: _("is listed twice"),
        Reason.TWIN: _("is listed with http and https, which share a cache"),
        Reason.COVERED: _("is in a directory that is listed"),
    }[reason]


def concern_words(warned: Warned) -> str:
    """Return what an accepted URL is warned about."""
    detail = sanitize(warned.detail, 80)
    return {
        Concern.DOMAIN: _("domain not in this account"),
        Concern.QUERY: _("its domain ignores the query"),
        Concern.ENCODED: _("percent-encoded characters: write them as they are (中文)"),
        Concern.CAPITALS: _("capital letters in the host"),
        Concern.PREFETCH_DIR: _("directories cannot be prefetched"),
        Concern.KEY_DOMAIN: _("shares the cache of {domain}: refresh the directory there").format(domain=detail),
        Concern.RUNNING: _("task {task_id} is still working on it").format(task_id=detail),
        Concern.REPEATED: _("was sent before, and its answer was lost"),
    }[warned.concern]


def state_words(state: CallState) -> str:
    """Return what became of a call."""
    return {
        CallState.NOT_SENT: _("not sent"),
        CallState.SENDING: _("sending …"),
        CallState.ACCEPTED: _("submitted"),
        CallState.REFUSED: _("refused"),
        CallState.UNKNOWN: _("no answer: it may have been submitted"),
        CallState.ABSENT: _("no answer, and no such task is listed"),
    }[state]


def type_words(type: UrlType, count: int) -> str:  # noqa: A002 - the API's own name
    """Return what so many URLs of a type are."""
    match type:
        case UrlType.DIR:
            return ngettext("{count} directory", "{count} directories", count).format(count=count)
        case UrlType.M3U8:
            return ngettext("{count} playlist", "{count} playlists", count).format(count=count)
        case _:
            return ngettext("{count} URL", "{count} URLs", count).format(count=count)

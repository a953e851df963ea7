"""Sentences for people: on lines that are dropped, URLs with a warning, and calls; and the URLs that are left."""

from collections.abc import Collection

from ucdn_tui.i18n import _, ngettext
from ucdn_tui.sentences import sentences
from ucdn_tui.submit.models import URL_LIMIT, Concern, Plan, Reason, UrlType, Warned
from ucdn_tui.submit.quota import Need, QuotaKind
from ucdn_tui.submit.records import UNRESOLVED, Call, CallState, Submission
from ucdn_tui.text import replace_surrogates, sanitize
from ucdn_tui.url_identity import identity

_MOST_NAMED = 5
"""Directories that the second confirmation names."""


def reason_words(reason: Reason) -> str:
    """Return why a line is dropped."""
    return {
        Reason.SCHEME: _("no http:// or https://"),
        Reason.HOST: _("no valid host"),
        Reason.USER: _("a user name in the URL"),
        Reason.PATH: _("no path (a whole domain ends in /)"),
        Reason.WILDCARD: _("wildcards (*) are not supported"),
        Reason.FRAGMENT: _("fragments (#) are not supported"),
        Reason.CHARACTER: _("a space or an invisible character"),
        Reason.TOO_LONG: _("longer than {limit} characters").format(limit=URL_LIMIT),
        Reason.NOT_DIR: _("not a directory: no / at the end"),
        Reason.DUPLICATE: _("listed twice"),
        Reason.TWIN: _("listed with http and https, which share a cache"),
        Reason.COVERED: _("inside a directory that is listed"),
    }[reason]


def concern_words(warned: Warned) -> str:
    """Return what an accepted URL is warned about."""
    detail = sanitize(warned.detail, 80)
    return {
        Concern.DOMAIN: _("domain not in this account"),
        Concern.QUERY: _("the domain may ignore the query"),
        Concern.ENCODED: _("percent-encoded characters: the CDN does not decode them"),
        Concern.CAPITALS: _("capital letters in the host"),
        Concern.PREFETCH_DIR: _("directories cannot be prefetched"),
        Concern.KEY_DOMAIN: _("shares the cache of {domain}: refresh the directory there").format(domain=detail),
        Concern.RUNNING: _("task {task_id} is still working on it").format(task_id=detail)
        if detail
        else _("a task is still working on it"),
        Concern.REPEATED: _("sent before, and the answer was lost"),
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


def directory_words(plan: Plan) -> str:
    """Return the question of the second confirmation: which directories, and whole domains above all."""
    named = [
        _("the WHOLE DOMAIN {url}").format(url=sanitize(entry.url, 100))
        if entry.is_whole_domain
        else sanitize(entry.url, 100)
        for entry in plan.directories
    ]
    rest = len(named) - _MOST_NAMED
    lines = [*named[:_MOST_NAMED], *([_("… and {count} more").format(count=rest)] if rest > 0 else [])]
    if any(entry.is_whole_domain for entry in plan.directories):
        question = _("Refresh a WHOLE DOMAIN, with everything on it?")
    else:
        question = ngettext(
            "Refresh this directory, with all in it?", "Refresh these directories, with all in them?", len(named)
        )
    load = _("Until the caches are full again, the origin gets more requests.")
    return "\n".join([question, "", *(f"  {line}" for line in lines), "", load])


def excess_words(need: Need) -> str:
    """Return why nothing is sent, and how many URLs are too many."""
    quotas = {
        QuotaKind.FILES: _("Nothing sent: of {host}, {left} files may be refreshed today, not {count}."),
        QuotaKind.DIRS: _("Nothing sent: of {host}, {left} directories may be refreshed today, not {count}."),
        QuotaKind.PREFETCHES: _("Nothing sent: of {host}, {left} URLs may be prefetched today, not {count}."),
    }
    words = quotas[need.kind or QuotaKind.FILES]
    return words.format(host=sanitize(need.host, 80), left=need.left, count=need.needed)


def outcome_words(submission: Submission) -> str:
    """Return in sentences how many URLs were submitted, refused, not sent, or may have been submitted."""
    accepted = submission.in_state(CallState.ACCEPTED)
    parts = []
    if accepted:
        urls = _count(accepted)
        tasks = ngettext("{count} task", "{count} tasks", len(accepted)).format(count=len(accepted))
        words = ngettext("{count} URL submitted in {tasks}.", "{count} URLs submitted in {tasks}.", urls)
        parts.append(words.format(count=urls, tasks=tasks))
    if urls := _count(submission.in_state(CallState.REFUSED)):
        parts.append(ngettext("{count} URL refused.", "{count} URLs refused.", urls).format(count=urls))
    if urls := _count(submission.in_state(CallState.NOT_SENT)):
        parts.append(ngettext("{count} URL not sent.", "{count} URLs not sent.", urls).format(count=urls))
    if urls := _count(submission.in_state(CallState.ABSENT)):
        words = ngettext(
            "{count} URL got no answer, and no task with it is listed: probably not submitted.",
            "{count} URLs got no answer, and no task with them is listed: probably not submitted.",
            urls,
        )
        parts.append(words.format(count=urls))
    if urls := _count(submission.in_state(*UNRESOLVED)):
        words = ngettext(
            "{count} URL got no answer and may have been submitted.",
            "{count} URLs got no answer and may have been submitted.",
            urls,
        )
        parts.append(words.format(count=urls))
    return sentences(*parts) or _("Nothing was sent.")


def _count(calls: list[Call]) -> int:
    return sum(len(call.batch.urls) for call in calls)


def remaining_text(submission: Submission, without: Collection[str] = ()) -> str:
    """Return the URLs that are left: refused and not sent ones, and those without an answer as comments.

    without: URLs to leave out, by `identity`.
    """

    def urls(*states: CallState) -> list[str]:
        calls = submission.in_state(*states)
        return [url for call in calls for url in call.batch.urls if identity(url) not in without]

    lines = urls(CallState.REFUSED, CallState.NOT_SENT)
    for states, words in (
        ((CallState.ABSENT,), _("No answer, and no such task is listed. Remove the # to submit these again:")),
        ((CallState.SENDING, CallState.UNKNOWN), _("No answer: these may have been submitted already:")),
    ):
        if doubtful := urls(*states):
            lines += [f"# {words}", *(f"# {url}" for url in doubtful)]
    return replace_surrogates("\n".join(lines))

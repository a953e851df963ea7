"""The texts for a `Freshness`: right in the status bar, and for the problem line below it. Pure."""

from typing import NamedTuple

from ucdn_tui.api.models import TaskKind
from ucdn_tui.durations import short_duration
from ucdn_tui.errors import ApiError, UcdnTuiError
from ucdn_tui.i18n import _
from ucdn_tui.text import sanitize
from ucdn_tui.watch.freshness import Freshness, Health


class FreshnessText(NamedTuple):
    """A text, a shorter one, the name of their style, and the problems in sentences."""

    text: str
    short: str
    style: str
    trouble: str = ""


def freshness_text(freshness: Freshness, tasks: int) -> FreshnessText:
    """Return the texts; `tasks` is the number of known tasks."""
    trouble = _trouble(freshness)
    updated = _("updated {age} ago").format(age=short_duration(freshness.age)) if freshness.age is not None else ""
    next_try = _when(freshness, _("next try in {time}"), _("next try now"))
    so_far = _("{count} tasks so far").format(count=tasks) if freshness.loading and tasks else ""
    match freshness.health:
        case Health.PAUSED:
            return FreshnessText(_join(_("PAUSED"), so_far, updated), _("PAUSED"), "run", trouble)
        case Health.SIGN_IN_NEEDED:
            return FreshnessText(_join(_("SIGN-IN NEEDED"), so_far, updated), _("SIGN-IN NEEDED"), "bad", trouble)
        case Health.RATE_LIMITED:
            text = _join(_of_kind(_("RATE LIMITED"), freshness), next_try, so_far, updated)
            return FreshnessText(text, _when(freshness, _("LIMITED in {time}"), _("LIMITED now")), "bad", trouble)
        case Health.STALE:
            stale = _stale(freshness)
            return FreshnessText(_join(_of_kind(stale, freshness), so_far, next_try), stale, "bad", trouble)
        case Health.FAILED:
            text = _join(_of_kind(_("FAILED"), freshness), so_far, next_try)
            return FreshnessText(text, _when(freshness, _("FAILED in {time}"), _("FAILED now")), "run", trouble)
        case Health.LOADING:
            loading = _("loading, {count} tasks so far").format(count=tasks)
            return FreshnessText(loading, _("loading"), "run", trouble)
        case Health.FRESH:
            short = _("{age} ago").format(age=short_duration(freshness.age))
            next_poll = _when(freshness, _("next in {time}"), _("next now"))
            return FreshnessText(_join(updated, next_poll), short, "ok", trouble)


def _join(*parts: str) -> str:
    return " · ".join(part for part in parts if part)


def _of_kind(state: str, freshness: Freshness) -> str:
    return f"{state} ({freshness.kinds[0]})" if freshness.is_partial else state


def _stale(freshness: Freshness) -> str:
    age = freshness.kinds_age
    return _("NO ANSWER YET") if age is None else _("STALE {age}").format(age=short_duration(age))


def _when(freshness: Freshness, later: str, now: str) -> str:
    """Return the text for the time of the next try, rounded up: `later` with that time, or `now`."""
    rest = freshness.next_try
    return later.format(time=short_duration(rest + 0.999)) if rest > 0 else now


def _trouble(freshness: Freshness) -> str:
    """Return the problems in sentences, each once, with the kind unless it concerns both."""
    troubles: dict[str, list[TaskKind]] = {}
    for problem in freshness.problems:
        text = _("The server has not answered yet.") if problem.error is None else _error_text(problem.error)
        troubles.setdefault(text, []).append(problem.kind)
    sentences = [text if len(kinds) == len(TaskKind) else f"{kinds[0]}: {text}" for text, kinds in troubles.items()]
    if freshness.unreadable:
        sentences.append(_("{count} values of the API's answer could not be read.").format(count=freshness.unreadable))
    return " ".join(sentences)


def _error_text(error: UcdnTuiError) -> str:
    request = sanitize(error.request_id, 64) if isinstance(error, ApiError) else ""
    return f"{error} [{request}]" if request else str(error)

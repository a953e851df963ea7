"""The texts for a `Freshness`: right in the status bar, and for the problem line. Pure."""

from collections.abc import Sequence
from typing import NamedTuple

from ucdn_tui.api.models import TaskKind
from ucdn_tui.duration_words import duration_text
from ucdn_tui.errors import ApiError
from ucdn_tui.i18n import _, ngettext
from ucdn_tui.sentences import labelled, noted
from ucdn_tui.text import sanitize
from ucdn_tui.watch.freshness import Freshness, Health
from ucdn_tui.watch.listing.names import kind_word


class ProblemText(NamedTuple):
    """A problem in a sentence, and the ids of the requests that it concerns."""

    sentence: str
    request_ids: tuple[str, ...] = ()

    def in_full(self) -> str:
        """Return the sentence with the ids, which the vendor's support asks for."""
        return f"{self.sentence} [{', '.join(self.request_ids)}]" if self.request_ids else self.sentence


class FreshnessText(NamedTuple):
    """A text, a shorter one, the name of their style, and the problems."""

    text: str
    short: str
    style: str
    problems: tuple[ProblemText, ...] = ()


def freshness_text(freshness: Freshness, tasks: int) -> FreshnessText:
    """Return the texts; `tasks` is the number of known tasks."""
    problems = _problems(freshness)
    updated = _updated(freshness)
    next_try = _when(freshness, _("next try in {time}"), _("next try now"))
    so_far = ngettext("{count} task so far", "{count} tasks so far", tasks).format(count=tasks)
    if not (freshness.loading and tasks):
        so_far = ""
    match freshness.health:
        case Health.PAUSED:
            return FreshnessText(_join(_("PAUSED"), so_far, updated), _("PAUSED"), "run", problems)
        case Health.SIGN_IN_NEEDED:
            return FreshnessText(_join(_("SIGN-IN NEEDED"), so_far, updated), _("SIGN-IN NEEDED"), "bad", problems)
        case Health.RATE_LIMITED:
            text = _join(_of_kind(_("RATE LIMITED"), freshness), next_try, so_far, updated)
            return FreshnessText(text, _when(freshness, _("LIMITED in {time}"), _("LIMITED now")), "bad", problems)
        case Health.STALE:
            stale = _stale(freshness)
            return FreshnessText(_join(_of_kind(stale, freshness), so_far, next_try), stale, "bad", problems)
        case Health.FAILED:
            text = _join(_of_kind(_("FAILED"), freshness), so_far, next_try)
            return FreshnessText(text, _when(freshness, _("FAILED in {time}"), _("FAILED now")), "bad", problems)
        case Health.LOADING:
            loading = ngettext("loading, {count} task so far", "loading, {count} tasks so far", tasks)
            return FreshnessText(loading.format(count=tasks), _("loading"), "run", problems)
        case Health.FRESH:
            short = _("{age} ago").format(age=duration_text(freshness.oldest))
            next_poll = _when(freshness, _("next in {time}"), _("next now"))
            return FreshnessText(_join(updated, next_poll), short, "ok", problems)


def _join(*parts: str) -> str:
    return " · ".join(part for part in parts if part)


def _of_kind(state: str, freshness: Freshness) -> str:
    return noted(state, kind_word(freshness.kinds[0])) if freshness.is_partial else state


def _updated(freshness: Freshness) -> str:
    """Return how old the data are, and if an active task is much older, how old that is."""
    if freshness.age is None or freshness.oldest is None:
        return ""
    words = _("updated {age} ago, oldest {oldest}") if freshness.oldest > freshness.age else _("updated {age} ago")
    return words.format(age=duration_text(freshness.age), oldest=duration_text(freshness.oldest))


def _stale(freshness: Freshness) -> str:
    age = freshness.kinds_age
    return _("NO ANSWER YET") if age is None else _("STALE {age}").format(age=duration_text(age))


def _when(freshness: Freshness, later: str, now: str) -> str:
    """Return the text for the time of the next try, rounded up: `later` with that time, or `now`."""
    rest = freshness.next_try
    return later.format(time=duration_text(rest + 0.999)) if rest > 0 else now


def _problems(freshness: Freshness) -> tuple[ProblemText, ...]:
    """Return each problem once, with the kind unless it concerns both."""
    kinds: dict[str, list[TaskKind]] = {}
    ids: dict[str, list[str]] = {}
    for problem in freshness.problems:
        error = problem.error
        text = _("The server has not answered yet.") if error is None else str(error)
        kinds.setdefault(text, []).append(problem.kind)
        if isinstance(error, ApiError) and error.request_id:
            ids.setdefault(text, []).append(sanitize(error.request_id, 64))
    problems = [ProblemText(_about(of, text), tuple(dict.fromkeys(ids.get(text, ())))) for text, of in kinds.items()]
    if freshness.too_many:
        words = _("More tasks than can be shown. Choose a shorter time range (w, or --since).")
        problems.append(ProblemText(_about(freshness.too_many, words)))
    if freshness.unreadable:
        words = ngettext(
            "{count} value of the API's answer could not be read.",
            "{count} values of the API's answer could not be read.",
            freshness.unreadable,
        )
        problems.append(ProblemText(words.format(count=freshness.unreadable)))
    return tuple(problems)


def _about(kinds: Sequence[TaskKind], text: str) -> str:
    """Return the text, with the kind that it is about if that is not both."""
    return text if len(kinds) == len(TaskKind) else labelled(kind_word(kinds[0]), text)

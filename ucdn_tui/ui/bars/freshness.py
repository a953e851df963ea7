"""The pulse: what the top line says of how old the data are, what is wrong, and when the next try is. Pure."""

from typing import NamedTuple

from ucdn_tui.api.models import TaskKind
from ucdn_tui.errors import ApiError, UcdnTuiError
from ucdn_tui.i18n import _
from ucdn_tui.text import harmless
from ucdn_tui.ui.format import duration
from ucdn_tui.watch.poll.backoff import is_rate_limit
from ucdn_tui.watch.poll.kind_poller import KindState
from ucdn_tui.watch.poll.poller import PollState

STALE_AFTER = 2
"""Intervals by which a planned look must be overdue before what is shown is called stale."""


class Pulse(NamedTuple):
    """What to show: a text, a shorter one, the name of their style, and what is wrong in sentences, if anything."""

    text: str
    short: str
    style: str
    trouble: str = ""


def pulse(state: PollState, now: float, tasks: int) -> Pulse:
    """Return the pulse. `now` is on the clock's `elapsed`; `tasks` is how many are known."""
    trouble = _trouble(state, now)
    failing = {kind: kind_state for kind, kind_state in state.kinds.items() if kind_state.error}
    age, soon = _age(state, now), _next_try(failing or state.kinds, now)
    aged = _("updated {age} ago").format(age=age) if age else ""
    late = [kind for kind, kind_state in state.kinds.items() if _is_late(kind_state, state, now)]
    tried = _("next try {soon}").format(soon=soon)
    loading = any(kind_state.loading for kind_state in state.kinds.values())
    so_far = _("{count} tasks so far").format(count=tasks) if loading else ""
    partial = so_far if tasks else ""
    if state.paused:
        return Pulse(_join(_("PAUSED"), partial, aged), _("PAUSED"), "run", trouble)
    if any(kind_state.next_try is None for kind_state in failing.values()):
        return Pulse(_join(_("SIGN-IN NEEDED"), partial, aged), _("SIGN-IN NEEDED"), "bad", trouble)
    if any(is_rate_limit(kind_state.error) for kind_state in failing.values()):
        limited = _("RATE LIMITED") + _which(list(failing), state)
        return Pulse(_join(f"{limited}, {tried}", partial, aged), f"{_('LIMITED')} {soon}", "bad", trouble)
    if late:
        stale = _stale([state.kinds[kind] for kind in late], now)
        return Pulse(_join(stale + _which(late, state), partial, tried), stale, "bad", trouble)
    if failing:
        failed = _("FAILED") + _which(list(failing), state)
        return Pulse(_join(failed, partial, tried), f"{_('FAILED')} {soon}", "run", trouble)
    if loading:
        return Pulse(_("loading, {so_far}").format(so_far=so_far), _("loading"), "run", trouble)
    return Pulse(_join(aged, _("next {soon}").format(soon=soon)), _("{age} ago").format(age=age), "ok", trouble)


def _is_late(kind_state: KindState, state: PollState, now: float) -> bool:
    return now > kind_state.planned + STALE_AFTER * state.interval


def _join(*parts: str) -> str:
    return " · ".join(part for part in parts if part)


def _which(kinds: list[TaskKind], state: PollState) -> str:
    """Return which kinds are meant, where it is not all of them."""
    return f" ({kinds[0]})" if len(kinds) < len(state.kinds) else ""


def _age(state: PollState, now: float) -> str:
    """Return how old the oldest of the answers is, "" as long as one is missing."""
    return _oldest(list(state.kinds.values()), now)


def _oldest(kinds: list[KindState], now: float) -> str:
    moments = [kind_state.answered for kind_state in kinds]
    known = [moment for moment in moments if moment is not None]
    return duration(max(0.0, now - min(known))) if len(known) == len(moments) else ""


def _stale(kinds: list[KindState], now: float) -> str:
    age = _oldest(kinds, now)
    return _("STALE {age}").format(age=age) if age else _("NO ANSWER YET")


def _next_try(kinds: dict[TaskKind, KindState], now: float) -> str:
    moments = [kind_state.next_try for kind_state in kinds.values() if kind_state.next_try is not None]
    rest = min(moments, default=now) - now
    return _("in {time}").format(time=duration(rest + 0.999)) if rest > 0 else _("now")


def _trouble(state: PollState, now: float) -> str:
    """Return in words what is wrong: each error once, with the kinds that it hits, then what could not be read."""
    troubles: dict[str, list[TaskKind]] = {}
    for kind, kind_state in state.kinds.items():
        if kind_state.error:
            troubles.setdefault(_words(kind_state.error), []).append(kind)
        elif _is_late(kind_state, state, now) and not state.paused:
            troubles.setdefault(_("The server has not answered yet."), []).append(kind)
    lines = [words if len(kinds) == len(state.kinds) else f"{kinds[0]}: {words}" for words, kinds in troubles.items()]
    if unreadable := sum(kind_state.unreadable for kind_state in state.kinds.values()):
        lines.append(_("{count} values of the API's answer could not be read.").format(count=unreadable))
    return " ".join(lines)


def _words(error: UcdnTuiError) -> str:
    request = harmless(error.request_id, 64) if isinstance(error, ApiError) else ""
    return f"{error} [{request}]" if request else str(error)

"""What is said of all checks together: how many are old, what is not asked, and how watching goes. Pure."""

from datetime import tzinfo

from ucdn_tui.duration_words import duration_text
from ucdn_tui.edge.words import round_words, vantage_words
from ucdn_tui.i18n import _
from ucdn_tui.text import sanitize
from ucdn_tui.ui.text import times
from ucdn_tui.ui.text.glyphs import Glyphs
from ucdn_tui.ui.verify.rounds import WATCH_LIMIT, Rounds, State, WatchEnd


def summary_words(rounds: Rounds, zone: tzinfo | None, glyphs: Glyphs) -> str:
    """Return what the last round shows, or how far the one that is being made has come."""
    if rounds.state is State.ASKING:
        return _("Asking … {asked} of {total}").format(asked=rounds.asked, total=rounds.to_ask)
    found = rounds.result
    if not found.checks:
        return _("Nothing was asked yet.")
    when = times.day_and_time(found.began, zone)
    return round_words(found, f"{when:%H:%M:%S}" if when is not None else glyphs.nothing)


def watch_words(rounds: Rounds) -> str:
    """Return what a watch waits for, or how it ended; "" without one."""
    if rounds.watch_end is not None:
        return {
            WatchEnd.NOTHING_OLD: _("Nothing is left to wait for. Watching has ended."),
            WatchEnd.TIME_OUT: _("Still old after {time}. Watching has ended.").format(time=duration_text(WATCH_LIMIT)),
        }[rounds.watch_end]
    if not rounds.is_watching:
        return ""
    if rounds.state is not State.WAITING:
        return _("Watching until nothing is old.")
    wait = duration_text(rounds.seconds_to_next)
    if rounds.is_waiting_for_tasks:
        return _("Watching. The task has not ended yet; next look in {wait}.").format(wait=wait)
    words = _("Watching until nothing is old. Next check in {wait}; ends in {left} at the latest.")
    return words.format(wait=wait, left=duration_text(rounds.seconds_left))


def remarks(rounds: Rounds, left_out: int) -> list[str]:
    """Return what is not asked, and how much a check proves. `left_out`: how many URLs are not checked."""
    found = []
    if left_out:
        checked = len(rounds.checks.urls)
        words = _("{checked} of {total} URLs are checked, failed ones first.")
        found.append(words.format(checked=checked, total=checked + left_out))
    for host, resolution in rounds.resolutions.items():
        if resolution.total > len(resolution.addresses):
            words = _("{asked} of the {total} addresses of {host} are asked.")
            values = {"asked": len(resolution.addresses), "total": resolution.total, "host": sanitize(host, 60)}
            found.append(words.format(**values))
    return [*found, vantage_words()]

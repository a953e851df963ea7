"""The preview beside the URLs: what would be submitted, what is dropped and why, and what it takes of the quotas."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from rich.text import Text

from ucdn_tui.api.models import TaskKind
from ucdn_tui.duration_words import duration_text
from ucdn_tui.i18n import _, ngettext
from ucdn_tui.sentences import labelled, listed
from ucdn_tui.submit.models import PREFETCH_SPACING, Plan, UrlType
from ucdn_tui.submit.quota import Need, QuotaKind
from ucdn_tui.submit.words import concern_words, reason_words, type_words
from ucdn_tui.text import sanitize
from ucdn_tui.ui.text.glyphs import Glyphs

_MOST_HOSTS = 20
"""Domains that the preview lists."""

_MOST_LINES = 6
"""Line numbers that it lists for each reason."""


def summary_text(plan: Plan, needs: Sequence[Need], glyphs: Glyphs, *, quotas_known: bool) -> Text:
    """Return the preview. `needs`: of `quota.needs`; `quotas_known`: whether the API was asked for the quotas."""
    if not plan.accepted and not plan.dropped:
        return _introduction(plan.kind)
    lines = [_headline(plan, glyphs), *_directories(plan, glyphs), Text()]
    lines += _domains(needs, quotas_known=quotas_known)
    if plan.seconds:
        words = _("Takes {time} or more: prefetch calls are {spacing:.0f} s apart.")
        lines.append(Text(words.format(time=duration_text(plan.seconds), spacing=PREFETCH_SPACING), "dim"))
    lines += _dropped(plan, glyphs)
    lines += _warnings(plan, glyphs)
    return Text("\n").join(lines)


def _introduction(kind: TaskKind) -> Text:
    if kind is TaskKind.PREFETCH:
        first = _("Prefetch: the CDN fetches these files before the first visitor asks for them.")
    else:
        first = _(
            "Refresh (purge): the CDN drops its copies, and the next request fetches the new content. "
            "Update the origin first."
        )
    rest = [
        _("One URL a line. Lines that begin with # are skipped."),
        *([_("A URL that ends in / is a directory, with all that is in it.")] if kind is TaskKind.REFRESH else []),
        _("Paste, drop a file here, or read one. Nothing is sent before you submit. Tab goes to the preview."),
    ]
    return Text("\n\n").join([Text(first), *(Text(each, "dim") for each in rest)])


def _headline(plan: Plan, glyphs: Glyphs) -> Text:
    """Return the counts. In a low terminal, the details are below the edge."""
    count, calls = len(plan.accepted), len(plan.batches)
    urls = ngettext("{count} URL", "{count} URLs", count).format(count=count)
    words = ngettext("{urls} in {calls} call", "{urls} in {calls} calls", calls)
    line = Text(words.format(urls=urls, calls=calls) if count else _("No URL to submit"), "strong" if count else "bad")
    if dropped := len(plan.dropped):
        line.append(f"  {glyphs.failure} " + _("{count} dropped").format(count=dropped), "bad")
    if warned := len({each.entry.line for each in plan.warned}):
        words = ngettext("{count} warning", "{count} warnings", warned)
        line.append(f"  {glyphs.stuck} " + words.format(count=warned), "wait")
    return line


def _directories(plan: Plan, glyphs: Glyphs) -> list[Text]:
    whole = [entry.host for entry in plan.directories if entry.is_whole_domain]
    lines = [
        Text(f"{glyphs.stuck} " + _("the whole domain {host}").format(host=sanitize(host, 60)), "bad")
        for host in whole[:_MOST_HOSTS]
    ]
    if (rest := len(whole) - _MOST_HOSTS) > 0:
        lines.append(_more_domains(rest, "bad"))
    if (count := len(plan.directories) - len(whole)) > 0:
        words = ngettext("{count} directory, with all in it", "{count} directories, with all in them", count)
        lines.append(Text(f"{glyphs.stuck} " + words.format(count=count), "wait"))
    return lines


def _domains(needs: Sequence[Need], *, quotas_known: bool) -> list[Text]:
    by_host: dict[str, list[Need]] = defaultdict(list)
    for need in needs:
        by_host[need.host].append(need)
    lines = []
    for host, found in list(by_host.items())[:_MOST_HOSTS]:
        lines.append(Text(sanitize(host, 80)))
        lines += [_need(need, quotas_known=quotas_known) for need in found]
    if (rest := len(by_host) - _MOST_HOSTS) > 0:
        lines.append(_more_domains(rest, "dim"))
    return lines


def _more_domains(count: int, style: str) -> Text:
    words = ngettext("… and {count} more domain", "… and {count} more domains", count)
    return Text(words.format(count=count), style)


def _need(need: Need, *, quotas_known: bool) -> Text:
    kinds = {QuotaKind.DIRS: UrlType.DIR, None: UrlType.M3U8}
    line = Text("  " + type_words(kinds.get(need.kind, UrlType.FILE), need.needed))
    if need.left is not None and not need.fits:
        return line.append("  " + _("only {left} left today").format(left=need.left), "bad")
    if need.left is not None:
        words = _("left today: {left} → {after}")
        return line.append("  " + words.format(left=need.left, after=need.after), "dim")
    return line.append("  " + _("quota unknown"), "dim") if quotas_known else line


def _dropped(plan: Plan, glyphs: Glyphs) -> list[Text]:
    if not plan.dropped:
        return []
    lines: dict[str, list[int]] = defaultdict(list)
    for each in plan.dropped:
        lines[reason_words(each.reason)].append(each.line)
    count = len(plan.dropped)
    words = ngettext("{count} line is dropped:", "{count} lines are dropped:", count)
    title = Text(f"{glyphs.failure} " + words.format(count=count), "bad")
    return [Text(), title, *_grouped(lines)]


def _warnings(plan: Plan, glyphs: Glyphs) -> list[Text]:
    if not plan.warned:
        return []
    lines: dict[str, list[int]] = defaultdict(list)
    for each in plan.warned:
        lines[concern_words(each)].append(each.entry.line)
    groups = dict(sorted(lines.items(), key=lambda item: -len(item[1]))[:_MOST_HOSTS])
    title = Text(f"{glyphs.stuck} " + _("Warnings; these lines are submitted:"), "wait")
    return [Text(), title, *_grouped(groups)]


def _grouped(lines: dict[str, list[int]]) -> Iterable[Text]:
    """Yield each reason with the numbers of its first lines."""
    for words, numbers in lines.items():
        shown, more = listed(map(str, numbers[:_MOST_LINES])), len(numbers) - _MOST_LINES
        if more > 0:
            where = _("lines {numbers} and {count} more").format(numbers=shown, count=more)
        else:
            where = ngettext("line {numbers}", "lines {numbers}", len(numbers)).format(numbers=shown)
        line = Text("  " + labelled(where, words))
        line.stylize("dim", 0, len(line) - len(words))
        yield line

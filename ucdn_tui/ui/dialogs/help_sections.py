"""What the help says: the problems, the filter, the keys, the statuses, and the signs on the screen. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from ucdn_tui.api.models import Status, TaskKind
from ucdn_tui.duration_words import duration_range, duration_text
from ucdn_tui.i18n import _
from ucdn_tui.ui.text.format import short_kind, sparkline, status_style, status_word
from ucdn_tui.ui.text.glyphs import Glyphs, status_glyph
from ucdn_tui.watch.stats.stuck import STUCK_AFTER


class HelpRow(NamedTuple):
    """What stands on the screen or is pressed or typed, what it means, and the name of its style."""

    shown: str
    meaning: str
    style: str = "run"


class HelpSection(NamedTuple):
    """Rows under a title."""

    title: str
    rows: Sequence[HelpRow]


Keys = Mapping[str, tuple[str, Sequence[tuple[str, str]]]]
"""By the first part of their ids: a title, and keys with their descriptions."""


def help_sections(keys: Keys, glyphs: Glyphs, problems: Iterable[str] = ()) -> list[HelpSection]:
    """Return the sections: what nobody can guess comes first, moving the cursor last."""
    key_sections = {part: HelpSection(title, [HelpRow(*row) for row in rows]) for part, (title, rows) in keys.items()}
    order = [
        HelpSection(_("Problems"), [HelpRow(glyphs.failure, problem, "bad") for problem in problems]),
        HelpSection(_("Filter"), _filter()),
        *(key_sections.pop(part, HelpSection("", ())) for part in ("submit", "edge", "find", "take")),
        HelpSection(_("Statuses"), _statuses(glyphs)),
        HelpSection(_("Signs"), _signs(glyphs)),
        HelpSection(_("Top line"), _top_line(glyphs)),
        HelpSection(_("Good to know"), _advice()),
        *key_sections.values(),
    ]
    return [section for section in order if section.rows]


def matching(sections: Iterable[HelpSection], text: str) -> list[HelpSection]:
    """Return the rows with all words of `text`, in their sections; all rows of a section whose title has them."""
    words = text.casefold().split()

    def matches(*texts: str) -> bool:
        searched = " ".join(texts).casefold()
        return all(word in searched for word in words)

    found = [
        section._replace(rows=[row for row in section.rows if matches(section.title) or matches(*row[:2])])
        for section in sections
    ]
    return [section for section in found if section.rows]


def _filter() -> list[HelpRow]:
    return [
        HelpRow("logo banner", _("both words, in a URL, status, kind, type or id")),
        HelpRow("!banner", _("without this word; also before a field")),
        HelpRow('"two words"', _("these words, with the space between them")),
        HelpRow("status:failed", _("queued, running, success, failed or unknown")),
        HelpRow("kind:prefetch", _("refresh (or purge), or prefetch")),
        HelpRow("type:dir", _("file, dir or m3u8")),
        HelpRow("host:img", _("in the host of any URL")),
        HelpRow("url:/assets/", _("in any URL, also one that is not in the row; there are no wildcards")),
        HelpRow("id:20261129", _("in the task id")),
        HelpRow("is:active", _("queued or running")),
        HelpRow("is:stuck", _("without progress for too long")),
        HelpRow("is:flagged", _("flagged by you")),
        HelpRow("is:active host:img !.css", _("what runs on image hosts, without style sheets")),
    ]


def _statuses(glyphs: Glyphs) -> list[HelpRow]:
    meanings = {
        Status.WAIT: _("not begun yet"),
        Status.PROCESS: _("under way"),
        Status.SUCCESS: _("old content removed, or new content fetched"),
        Status.FAILURE: _("the API gives no reason"),
        Status.UNKNOWN: _("not known to the API"),
        "": _("another word of the API, as received"),
    }
    return [
        HelpRow(
            f"{status_glyph(status, glyphs)} {status_word(status) if status else glyphs.ellipsis}",
            meaning,
            status_style(status),
        )
        for status, meaning in meanings.items()
    ]


def _signs(glyphs: Glyphs) -> list[HelpRow]:
    stuck = _(
        "stuck: a refresh without progress for {refresh} minutes, a prefetch for {prefetch}. Contact the vendor's "
        "support: the copy menu has a report. The path of a stuck prefetch is often wrong."
    ).format(**{kind.value: f"{seconds / 60:g}" for kind, seconds in STUCK_AFTER.items()})
    left = _(
        "time remaining (Left): eight of ten tasks end in this range, judging by the account's finished tasks; "
        "where these are too few, from half to twice the task's own speed"
    )
    return [
        HelpRow(
            f"{glyphs.failure} {status_word(Status.FAILURE)} 3/30",
            _("3 of 30 URLs failed, whatever the API says"),
            "bad",
        ),
        HelpRow(f"{glyphs.failure}3", _("3 URLs have failed so far"), "bad"),
        HelpRow(f"{glyphs.process}2", _("2 URLs are active in a task that has ended")),
        HelpRow(glyphs.stuck, stuck, "bad"),
        HelpRow(duration_range(60, 180), left),
        HelpRow(duration_range(0, 420), _("time remaining (Left), probably less than this")),
        HelpRow(" ".join(map(short_kind, TaskKind)), _("refresh (purge) or prefetch, where the word has no room")),
        HelpRow("+29", _("29 more URLs in this task")),
        HelpRow(glyphs.flagged, _("flagged"), "accent"),
        HelpRow(glyphs.nothing, _("no value, or one that makes no sense")),
        HelpRow(f"{glyphs.ascending} {glyphs.descending}", _("sorted, smallest first or largest first")),
        HelpRow(glyphs.ellipsis, _("left out, for lack of room: of URLs first what all in the list share")),
    ]


def _top_line(glyphs: Glyphs) -> list[HelpRow]:
    return [
        HelpRow(
            sparkline((1, 3, 8, 5), glyphs),
            _("URLs done in each minute, the current one last"),
        ),
        HelpRow(
            _("updated {age} ago").format(age=duration_text(3)),
            _("age of the data (the older of refresh and prefetch)"),
            "ok",
        ),
        HelpRow(
            _("STALE {age}").format(age=duration_text(45)),
            _("no answer for two intervals more than planned; the data are this old"),
            "bad",
        ),
        HelpRow(_("FAILED"), _("the last poll failed; the data stay meanwhile"), "bad"),
        HelpRow(_("RATE LIMITED"), _("too many requests; polling slows down"), "bad"),
        HelpRow(_("SIGN-IN NEEDED"), _("there are no keys, or the API refuses them"), "bad"),
        HelpRow(_("PAUSED"), _("you have paused polling")),
    ]


def _advice() -> list[HelpRow]:
    return [
        HelpRow(
            _("Durations"),
            _("refresh about 1 minute, 5 to 10 if the CDN is busy; prefetch of 100 MB up to 30 minutes"),
            "strong",
        ),
        HelpRow(
            _("Quotas"),
            _("per domain and day, unless agreed otherwise: 700 files, 20 directories, 500 prefetches"),
            "strong",
        ),
        HelpRow(_("Order"), _("update the origin first: a refresh removes old content and fetches nothing"), "strong"),
    ]

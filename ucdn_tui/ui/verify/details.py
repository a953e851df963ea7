"""What is said of one check besides its row: the sentence, the evidence as it came, and the diagnosis. Pure."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import tzinfo
from typing import NamedTuple

from rich.text import Text

from ucdn_tui.api.models import IpLocation
from ucdn_tui.edge.diagnosis import Finding, Standing
from ucdn_tui.edge.models import Check
from ucdn_tui.edge.words import cause_words, claim_words, evidence_words
from ucdn_tui.i18n import _
from ucdn_tui.text import sanitize
from ucdn_tui.ui.text import times
from ucdn_tui.ui.text.glyphs import Glyphs
from ucdn_tui.ui.verify.table import sign
from ucdn_tui.watch.listing.names import kind_word

_INDENT = "  "
"""Before a cause's evidence."""


class Moments(NamedTuple):
    """How times are shown: as of when, and in which time zone."""

    now: float
    zone: tzinfo | None

    def shown(self, timestamp: float | None) -> str:
        return times.moment(None if timestamp is None else int(timestamp), self.now, self.zone)


def place_words(place: IpLocation | None) -> str:
    """Return where an address is; "" if that is not known."""
    if place is None:
        return ""
    parts = (place.city or place.area, place.isp)
    return sanitize(" ".join(part for part in parts if part), 40)


def check_text(check: Check, place: str, moments: Moments, glyphs: Glyphs) -> Text:
    """Return the verdict in a sentence, and what it is concluded from."""
    glyph, label, style = sign(check, glyphs)
    lines = [
        Text.assemble((f"{glyph} {label}", style), "  ", claim_words(check)),
        Text(sanitize(check.subject.url, len(check.subject.url))),
        Text(" · ".join(_origin_of(check, place, moments)), "dim"),
        *(Text(line) for line in _evidence(check, moments)),
    ]
    return Text("\n").join(lines)


def plain_text(check: Check, place: str, moments: Moments, glyphs: Glyphs) -> str:
    """Return the same to be copied."""
    return check_text(check, place, moments, glyphs).plain


def _origin_of(check: Check, place: str, moments: Moments) -> list[str]:
    purge = check.subject.purge
    words = [check.probe.address, place, _("checked {time}").format(time=moments.shown(check.probe.at))]
    if purge is not None:
        kind = " ".join(part for part in (kind_word(purge.kind), sanitize(purge.type, 20)) if part)
        words += [kind, sanitize(purge.task_id, 60)]
    return [word for word in words if word]


def _evidence(check: Check, moments: Moments) -> list[str]:
    """Return the headers that tell something, as they came."""
    answer, verdict = check.probe.answer, check.verdict
    if answer is None:
        return []
    purge = check.subject.purge
    header = verdict.tiers.header
    head = [f"HTTP {answer.status}", f"{header}: {verdict.tiers.value}" if header else _("no cache header")]
    age = f"age: {answer.header('age')}" if answer.header("age") else _("no age")
    ages = (
        [age]
        if verdict.fetched is None
        else [age, _("copy fetched {time}").format(time=moments.shown(verdict.fetched))]
    )
    if purge is not None and purge.created is not None:
        ages.append(_("task created {time}").format(time=moments.shown(purge.created)))
    names = ("etag", "last-modified", "content-length")
    validators = [f"{name}: {value}" for name in names if (value := answer.header(name))]
    return [" · ".join(words) for words in (head, ages, validators) if words]


def findings_text(findings: Sequence[Finding], glyphs: Glyphs) -> Text:
    """Return the causes, the likely ones first, each with its evidence."""
    titles = {
        Standing.LIKELY: _("Likely causes"),
        Standing.UNKNOWN: _("Not known"),
        Standing.UNLIKELY: _("Not the cause"),
    }
    lines: list[Text] = []
    for standing, title in titles.items():
        found = [finding for finding in findings if finding.standing is standing]
        if found:
            lines += [Text(), Text(title, "strong"), *_causes(found, glyphs)]
    return Text("\n").join(lines)


def _causes(found: Iterable[Finding], glyphs: Glyphs) -> Iterator[Text]:
    glyph, style = {
        Standing.LIKELY: (glyphs.stuck, "wait"),
        Standing.UNKNOWN: (glyphs.unknown, ""),
        Standing.UNLIKELY: (glyphs.dot, "dim"),
    }[next(iter(found)).standing]
    for finding in found:
        yield Text(f"{glyph} {cause_words(finding.cause)}", style)
        yield Text(f"{_INDENT}{evidence_words(finding)}", "dim" if finding.standing is Standing.UNLIKELY else "")

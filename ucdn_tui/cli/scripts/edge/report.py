"""Checks as lines for people: the table, remarks on what proves nothing, and likely causes."""

from collections.abc import Iterable, Sequence
from typing import Final

from ucdn_tui.cli.table import aligned
from ucdn_tui.edge.diagnosis import Finding, Standing
from ucdn_tui.edge.models import Check, Claim
from ucdn_tui.edge.words import age_label, cause_words, claim_label, claim_words, evidence_words, tiers_label
from ucdn_tui.i18n import _
from ucdn_tui.sentences import labelled, listed, sentences
from ucdn_tui.text import sanitize

_MOST_NAMED: Final = 20
"""Remarks."""


def table(checks: Sequence[Check]) -> list[str]:
    """Return a line for each check, below one with titles; nothing without checks."""
    if not checks:
        return []
    titles = [_("URL"), _("ADDRESS"), _("CLAIM"), _("EDGE · PARENT"), _("AGE")]
    return aligned([titles, *(_row(check) for check in checks)])


def _row(check: Check) -> list[str]:
    return [
        sanitize(check.subject.url, 300),
        check.probe.address or "-",
        claim_label(check.verdict.claim),
        tiers_label(check.verdict.tiers) or "-",
        age_label(check) or "-",
    ]


def remark_lines(checks: Iterable[Check]) -> list[str]:
    """Return why some checks prove nothing, each reason once with its addresses."""
    addresses: dict[str, dict[str, None]] = {}
    for check in checks:
        if check.verdict.claim in (Claim.CANNOT_TELL, Claim.NOT_CHECKED, Claim.DIFFERS):
            addresses.setdefault(claim_words(check), {})[check.probe.address or check.subject.url] = None
    return [
        labelled(listed(sanitize(each, 200) for each in list(where)[:_MOST_NAMED]), words)
        for words, where in list(addresses.items())[:_MOST_NAMED]
    ]


def finding_lines(url: str, findings: Iterable[Finding]) -> list[str]:
    """Return the likely causes, with their evidence."""
    return [
        labelled(sanitize(url, 300), sentences(cause_words(each.cause), evidence_words(each)))
        for each in findings
        if each.standing is Standing.LIKELY
    ]

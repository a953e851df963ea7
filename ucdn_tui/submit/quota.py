"""What a plan takes of each domain's quota, and whether it fits. Pure."""

from collections import Counter
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import NamedTuple

from ucdn_tui.api.domains import Allowance, DomainQuota
from ucdn_tui.api.models import TaskKind
from ucdn_tui.submit.models import Entry, Plan, UrlType


class QuotaKind(StrEnum):
    """The three quotas of a domain (GetUcdnDomainPrefetchRefreshState)."""

    FILES = "files"
    DIRS = "dirs"
    PREFETCHES = "prefetches"


class Need(NamedTuple):
    """What a plan takes of one quota."""

    host: str
    kind: QuotaKind | None
    """None for m3u8: the API does not say which quota it uses."""

    needed: int
    left: int | None
    """URLs that may still be submitted today; None if unknown."""

    @property
    def after(self) -> int | None:
        """What is left after it, negative if it does not fit; None if unknown."""
        return None if self.left is None else self.left - self.needed

    @property
    def fits(self) -> bool:
        """False only if it is known not to fit."""
        return self.after is None or self.after >= 0


def needs(plan: Plan, quotas: Mapping[str, DomainQuota]) -> list[Need]:
    """Return what the plan takes of each domain's quotas, in the order of its URLs. `quotas`: by host, if known."""
    counts = Counter((entry.host, _kind(plan.kind, entry)) for entry in plan.accepted)
    return [Need(host, kind, count, _left(quotas.get(host), kind)) for (host, kind), count in counts.items()]


def too_many(found: Sequence[Need]) -> list[Need]:
    """Return those that do not fit: a call beyond the quota is refused, or only a part of it is taken."""
    return [need for need in found if not need.fits]


def _kind(kind: TaskKind, entry: Entry) -> QuotaKind | None:
    if kind is TaskKind.PREFETCH:
        return QuotaKind.PREFETCHES
    return {UrlType.DIR: QuotaKind.DIRS, UrlType.FILE: QuotaKind.FILES}.get(entry.type)


def _left(quota: DomainQuota | None, kind: QuotaKind | None) -> int | None:
    if quota is None or kind is None:
        return None
    allowance: Allowance = getattr(quota, kind)
    return allowance.left

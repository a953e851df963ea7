"""What a plan takes of each domain's quotas. What the API does not tell is unknown, and stops nothing."""

import pytest

from ucdn_tui.api.domains import Allowance, DomainQuota
from ucdn_tui.api.models import TaskKind
from ucdn_tui.submit.models import UrlType
from ucdn_tui.submit.plan import make_plan
from ucdn_tui.submit.quota import Need, QuotaKind, needs, too_many

FULL = DomainQuota(files=Allowance(700, 690), dirs=Allowance(20, 20), prefetches=Allowance(500, 0))

TEXT = "http://a.com/d/\nhttp://b.com/1\nhttp://a.com/1\nhttps://A.com/2\nhttp://a.com/1\nnonsense"


def test_each_domain_has_a_quota_for_files_and_one_for_directories() -> None:
    found = needs(make_plan(TEXT, TaskKind.REFRESH), {"a.com": FULL})
    assert found == [
        Need("a.com", QuotaKind.DIRS, 1, 0),
        Need("b.com", QuotaKind.FILES, 1, None),
        Need("a.com", QuotaKind.FILES, 2, 10),
    ]
    assert [need.after for need in found] == [-1, None, 8]
    assert too_many(found) == found[:1]


def test_prefetches_have_a_quota_of_their_own() -> None:
    found = needs(make_plan(TEXT, TaskKind.PREFETCH), {"a.com": FULL})
    assert found == [Need("a.com", QuotaKind.PREFETCHES, 3, 500), Need("b.com", QuotaKind.PREFETCHES, 1, None)]


def test_explicit_type_decides_which_quota_is_used() -> None:
    text = "http://a.com/d/"
    quotas = {"a.com": FULL}
    assert needs(make_plan(text, TaskKind.REFRESH, UrlType.FILE), quotas) == [Need("a.com", QuotaKind.FILES, 1, 10)]
    assert needs(make_plan(text, TaskKind.REFRESH, UrlType.DIR), quotas) == [Need("a.com", QuotaKind.DIRS, 1, 0)]
    assert needs(make_plan(text, TaskKind.REFRESH, UrlType.M3U8), quotas) == [Need("a.com", None, 1, None)]


@pytest.mark.parametrize(
    ("files", "left", "fits"),
    [
        (Allowance(2, 0), 2, True),
        (Allowance(2, 1), 1, False),
        (Allowance(2, 2), 0, False),
        (Allowance(3, 9), 0, False),
        (Allowance(0, 0), 0, False),
        (Allowance(2, None), None, True),
        (Allowance(None, 2), None, True),
        (Allowance(), None, True),
    ],
)
def test_plan_fits_unless_it_is_known_not_to(files: Allowance, left: int | None, fits: bool) -> None:
    plan = make_plan("http://a.com/1\nhttp://a.com/2", TaskKind.REFRESH)
    (need,) = needs(plan, {"a.com": DomainQuota(files=files)})
    assert (need.left, need.fits) == (left, fits)
    assert too_many([need]) == ([] if fits else [need])


def test_empty_plan_needs_nothing() -> None:
    assert needs(make_plan("", TaskKind.REFRESH), {"a.com": FULL}) == []

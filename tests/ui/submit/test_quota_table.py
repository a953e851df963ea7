"""The table of quotas: whole rows in any width, and names that differ look different."""

import pytest

from ucdn_tui.api.domains import Allowance, DomainQuota
from ucdn_tui.ui.submit.quotas import quota_table

NAMES = ["static.example.com", "static.example.net", "a-very-long-name-of-a-domain.for-the-whole-world.example.com"]
QUOTA = DomainQuota(Allowance(700, 2), Allowance(20, 9), Allowance(2000, 862))


@pytest.mark.parametrize("width", [43, 60, 83])
def test_every_row_fits_and_differs(width):
    lines = quota_table(NAMES, dict.fromkeys(NAMES, QUOTA), width).plain.split("\n")

    assert len(lines) == 1 + len(NAMES)
    assert all(len(line) <= width for line in lines)
    assert len(set(lines)) == len(lines)
    assert all("698/700" in line and "11/20" in line and "1138/2000" in line for line in lines[1:])


def test_a_name_that_fits_is_whole():
    assert "static.example.com " in quota_table(NAMES, {}, 83).plain

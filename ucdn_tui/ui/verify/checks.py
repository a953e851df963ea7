"""Checks: what is known of each URL and address that is verified: the last answer, and those before it."""

from collections.abc import Container, Iterable, Mapping, Sequence
from typing import NamedTuple

from ucdn_tui.api.models import TaskKind
from ucdn_tui.edge.models import Check, Claim, Doubt, Subject
from ucdn_tui.edge.verdict import without_own

CheckKey = tuple[str, str]
"""A URL and an address; the address is "" until the name's addresses are known, and if it has none."""


class Row(NamedTuple):
    """One URL at one address."""

    key: CheckKey
    check: Check | None = None
    """None until there is an answer."""

    place: str = ""
    """Where the address is, as far as the API tells."""

    is_first: bool = True
    """Whether it is the URL's first row, which shows the URL."""

    is_held_back: bool = False
    """Whether it is asked only when the task has ended."""


class Checks:
    """The checks of some URLs, in the order of the URLs and their addresses."""

    def __init__(self, subjects: Iterable[Subject]) -> None:
        self._began: dict[str, float] = {}
        """When each URL was asked for first, in Unix seconds of the API's clock."""

        self._found: dict[CheckKey, list[Check]] = {(subject.url, ""): [] for subject in subjects}

    def expect(self, pairs: Iterable[tuple[Subject, str]], now: float) -> None:
        """Take these addresses as the ones that are asked for their URLs, from now on."""
        addresses: dict[str, list[str]] = {}
        for subject, address in pairs:
            addresses.setdefault(subject.url, []).append(address)
            self._began.setdefault(subject.url, now)
        found: dict[CheckKey, list[Check]] = {}
        for (url, address), checks in self._found.items():
            if url in addresses:
                found |= {(url, each): [] for each in addresses[url]}
            else:
                found[url, address] = checks
        self._found = found

    def add(self, check: Check) -> bool:
        """Take an answer, or another judgement of the last one; return whether it is an answer.

        One that shows no more than what an earlier check fetched leaves that check's in place.
        """
        check = without_own(check, self._began.get(check.subject.url, check.probe.at))
        found = self._found.setdefault(key_of(check), [])
        if found and found[-1].probe is check.probe:
            found[-1] = check
            return False
        was_missing = bool(found) and found[-1].verdict.claim is Claim.NOT_PREFETCHED
        if not (was_missing and check.verdict.doubt is Doubt.OWN_CHECK):
            found.append(check)
        return True

    @property
    def not_asked(self) -> frozenset[str]:
        """The URLs whose addresses are not known yet."""
        return frozenset(url for (url, address), found in self._found.items() if not address and not found)

    def judge_anew(self, judged: Check) -> None:
        """Take another judgement of an answer, if that is still the last one."""
        found = self._found.get(key_of(judged), [])
        if found and found[-1].probe is judged.probe:
            found[-1] = judged

    @property
    def last(self) -> Sequence[Check]:
        """The last answer of each address."""
        return [found[-1] for found in self._found.values() if found]

    @property
    def total(self) -> int:
        """The number of addresses, each counted for each URL."""
        return len(self._found)

    @property
    def urls(self) -> Sequence[str]:
        """The URLs."""
        return list(dict.fromkeys(url for url, _address in self._found))

    def earlier(self, check: Check) -> Sequence[Check]:
        """Return the other answers of the same URL and address."""
        return [each for each in self._found.get(key_of(check), ()) if each.probe is not check.probe]

    def rows(self, places: Mapping[str, str], held_back: Container[str] = ()) -> list[Row]:
        """Return the rows; `places` by address, and the URLs that are asked only later."""
        rows: list[Row] = []
        for key, found in self._found.items():
            is_first = not rows or key[0] != rows[-1].key[0]
            check = found[-1] if found else None
            rows.append(Row(key, check, places.get(key[1], ""), is_first, check is None and key[0] in held_back))
        return rows


def key_of(check: Check) -> CheckKey:
    """Return the URL and the address of a check."""
    return check.subject.url, check.probe.address


def with_purges(checks: Iterable[Check], subjects: Iterable[Subject]) -> list[Check]:
    """Return the checks with their URLs' purges as they are now."""
    by_url = {subject.url: subject for subject in subjects}
    return [Check(by_url.get(check.subject.url, check.subject), check.probe, check.verdict) for check in checks]


def is_running(subject: Subject) -> bool:
    """Return whether the task is still under way."""
    return subject.purge is not None and subject.purge.is_success is None


def is_held_back(subject: Subject) -> bool:
    """Return whether a check has to wait: of a prefetch that runs it would fetch the file itself."""
    return is_running(subject) and subject.purge is not None and subject.purge.kind is TaskKind.PREFETCH


def may_become_new(check: Check) -> bool:
    """Return whether a later check can tell something better: the copy was old, or the task had not ended."""
    return check.verdict.claim is Claim.OLD_COPY or check.verdict.doubt is Doubt.NOT_FINISHED

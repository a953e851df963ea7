"""Submitting: RefreshNewUcdnDomainCache and PrefetchNewUcdnDomainCache make tasks of URLs."""

import re
import threading
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from ucdn_tui.simulator.account import Account
from ucdn_tui.simulator.actions.parameters import RefusalError, flag, members, missing, one_of, unavailable
from ucdn_tui.simulator.actions.quirks import Quirks
from ucdn_tui.simulator.domains import Domain, Use, domain_of
from ucdn_tui.simulator.plan import Kind

SUBMITTING: Mapping[str, Kind] = {
    "RefreshNewUcdnDomainCache": "refresh",
    "PrefetchNewUcdnDomainCache": "prefetch",
}

_MAX_URLS: Mapping[Kind, int] = {"refresh": 100, "prefetch": 1000}

_SPACING = 10.0
"""Seconds between two prefetch calls. For what (account, project or domain) is not documented; here for the account."""

# The vendor publishes no RetCodes of the CDN. These are made up, with five digits as other products have; only the
# codes of the gateway (up to 299) can be relied on.
_UNKNOWN_DOMAIN = 44_001
_MIXED_DOMAINS = 44_002
_QUOTA_EXCEEDED = 44_003

_USES: Mapping[str | None, Use] = {
    None: "prefetch",
    "file": "file",
    "dir": "dir",
    "m3u8": "file",  # which quota m3u8 draws on is not documented
}

_ENCODED = re.compile(r"%[89a-f][0-9a-f]", re.ASCII | re.IGNORECASE)
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


class _Target(NamedTuple):
    url: str
    domain: Domain


class Submissions:
    """Takes the submitting calls for an account.

    A call is checked as a whole before anything is created: spacing (153), parameters (220, 230), domains, quotas.
    URLs are neither changed nor deduplicated, and each one counts: what the vendor does is not documented.
    """

    def __init__(self, account: Account, quirks: Quirks) -> None:
        self._account = account
        self._quirks = quirks
        self._domains = {domain.name: domain for domain in account.domains}
        self._last_prefetch = float("-inf")
        self._lock = threading.Lock()  # two calls may not both take the rest of a quota
        self.accepted: Counter[tuple[Kind, str]] = Counter()
        """How many times each URL was accepted, whether or not the client got the answer."""

    def submit(self, kind: Kind, project: str, params: Mapping[str, str]) -> dict[str, Any]:
        """Create a task and return the rest of the answer; RefusalError if the call is refused."""
        with self._lock:
            if kind == "prefetch":
                self._keep_spacing()
            type = _type(params) if kind == "refresh" else None  # noqa: A001
            targets = self._within_quota(self._targets(kind, type, params), _USES[type])
            return self._create(kind, type, project, targets)

    def _keep_spacing(self) -> None:
        """Refuse a call too soon after another that was not refused for this."""
        now = self._account.now()
        if now - self._last_prefetch < _SPACING:
            raise RefusalError(153, "Request too frequent")
        self._last_prefetch = now

    def _targets(self, kind: Kind, type: str | None, params: Mapping[str, str]) -> list[_Target]:  # noqa: A002
        urls = members(params, "UrlList")
        if not urls:
            raise missing("UrlList.0")
        if len(urls) > _MAX_URLS[kind]:
            raise unavailable("UrlList", f"at most {_MAX_URLS[kind]}")
        is_dcdn = flag(params, "IsDcdn")
        targets: list[_Target] = []
        refusals: list[RefusalError] = []
        for index, url in enumerate(urls):
            try:
                targets.append(_Target(url, self._domain(f"UrlList.{index}", url, type, is_dcdn)))
            except RefusalError as refusal:
                refusals.append(refusal)
        if refusals and not (self._quirks.drops_bad_urls and targets):
            raise refusals[0]
        domains = {target.domain for target in targets}
        # One task cannot be listed with IsDcdn and without.
        if len({domain.is_dcdn for domain in domains}) > 1 or (self._quirks.refuses_mixed_domains and len(domains) > 1):
            names = ", ".join(sorted(domain.name for domain in domains))
            raise RefusalError(_MIXED_DOMAINS, f"Domains [{names}] cannot be submitted together")
        return targets

    def _domain(self, parameter: str, url: str, type: str | None, is_dcdn: bool) -> Domain:  # noqa: A002
        """Return a URL's domain; RefusalError if the URL is malformed, or not on a domain of the account."""
        host = _host(url)
        if host is None or (type == "dir" and not url.endswith("/")):
            raise unavailable(parameter)
        domain = domain_of(host, self._domains)
        if domain is None or (self._quirks.needs_is_dcdn and domain.is_dcdn != is_dcdn):
            raise RefusalError(_UNKNOWN_DOMAIN, f"Domain [{host}] not found")
        return domain

    def _within_quota(self, targets: Sequence[_Target], use: Use) -> list[_Target]:
        """Return the URLs that today's quotas admit: all, or with `takes_part_of_batch` the first ones."""
        now, quota_use = self._account.now(), self._account.quota_use
        counts = Counter(target.domain for target in targets)
        left = {domain: quota_use.left(domain, use, now) for domain in counts}
        exceeded = [
            RefusalError(
                _QUOTA_EXCEEDED,
                f"Quota of domain [{domain.name}] exceeded: {left[domain]} of {domain.quota(use)} ({use}) left today",
            )
            for domain, count in counts.items()
            if count > left[domain]
        ]
        if exceeded and not (self._quirks.takes_part_of_batch and any(left.values())):
            raise exceeded[0]
        taken: list[_Target] = []
        for target in targets:
            if left[target.domain]:
                left[target.domain] -= 1
                taken.append(target)
        return taken

    def _create(self, kind: Kind, type: str | None, project: str, targets: Sequence[_Target]) -> dict[str, Any]:  # noqa: A002
        account = self._account
        for domain, count in Counter(target.domain for target in targets).items():
            account.quota_use.add(domain, _USES[type], account.now(), count)
        urls = [target.url for target in targets]
        is_first = not self.accepted
        self.accepted.update((kind, url) for url in urls)
        task_id = account.add(
            kind,
            urls,
            type=type,
            is_dcdn=targets[0].domain.is_dcdn,
            project_id=project,
            failing=_draw_failing(account, kind, targets, is_first=is_first),
        )
        return {} if self._quirks.omits_task_id else {"TaskId": task_id}


def _type(params: Mapping[str, str]) -> str:
    type = one_of(params, "Type", [word for word in _USES if word])  # noqa: A001
    if type is None:
        raise missing("Type")
    return type


def _host(url: str) -> str | None:
    """Return the host of a well-formed URL: `http://` or `https://`, a host and a path, without wildcards."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    is_formed = parts.scheme in {"http", "https"} and parts.path.startswith("/")
    if not is_formed or "*" in url or _CONTROL.search(url) or url != url.strip():
        return None
    return parts.hostname


def _draw_failing(account: Account, kind: Kind, targets: Sequence[_Target], *, is_first: bool) -> set[int]:
    """Return the indices of the URLs that will fail.

    Those that never succeed, and in one task in three a tenth of the others; but none that failed in an earlier task,
    so that submitting failed URLs again helps, and none of the first task, which somebody submits to try it.
    """
    failing = {index for index, target in enumerate(targets) if _always_fails(target)}
    if account.rng.random() < 1 / 3 and not is_first:
        failed = account.failing_urls(kind)
        others = [index for index, target in enumerate(targets) if index not in failing and target.url not in failed]
        failing.update(account.rng.sample(others, min(max(1, len(targets) // 10), len(others))))
    return failing


def _always_fails(target: _Target) -> bool:
    """Return whether the origin lacks the URL, or its domain's type does not take Chinese characters in this form.

    Documented: raw on domains of type `web` only, percent-encoded on none.
    """
    url, domain = target
    is_chinese = not url.isascii()
    return "missing" in urlsplit(url).path or bool(_ENCODED.search(url)) or (is_chinese and domain.cdn_type != "web")

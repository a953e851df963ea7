"""Sentences for people: what is claimed of an address and of a round, and the findings of a diagnosis."""

from ucdn_tui.duration_words import short_duration
from ucdn_tui.edge.diagnosis import Cause, Finding
from ucdn_tui.edge.models import Check, Claim, Doubt, Failure, Obstacle, Round, Tiers
from ucdn_tui.errors import Fault
from ucdn_tui.i18n import _, ngettext
from ucdn_tui.sentences import noted


def claim_label(claim: Claim) -> str:
    """Return the claim in two words, for a column."""
    return {
        Claim.NO_COPY: _("no copy"),
        Claim.NEW_COPY: _("new copy"),
        Claim.OLD_COPY: _("OLD COPY"),
        Claim.UNCHANGED: _("unchanged"),
        Claim.DIFFERS: _("differs"),
        Claim.PREFETCHED: _("prefetched"),
        Claim.NOT_PREFETCHED: _("NOT THERE"),
        Claim.HELD: _("has a copy"),
        Claim.NOT_HELD: _("no copy"),
        Claim.CANNOT_TELL: _("cannot tell"),
        Claim.NOT_CHECKED: _("not checked"),
    }[claim]


def claim_words(check: Check) -> str:
    """Return in a sentence what follows from the answer of one address, and why nothing does."""
    if (failure := check.probe.failure) is not None:
        return failure_words(failure)
    if (doubt := check.verdict.doubt) is not None:
        answer = check.probe.answer
        location = answer.header("location") if answer is not None else ""
        return doubt_words(doubt).format(status=answer.status if answer is not None else 0, target=location or "—")
    return {
        Claim.NO_COPY: _("This edge held no copy, and so no old one."),
        Claim.NEW_COPY: _("The copy was fetched after the refresh had begun."),
        Claim.OLD_COPY: _("The copy is older than the refresh."),
        Claim.UNCHANGED: _("The copy is the origin's: revalidated, or unchanged."),
        Claim.DIFFERS: _("The copy is not the origin's. An origin may vary its answers, too."),
        Claim.PREFETCHED: _("The file is at this edge or at its parent."),
        Claim.NOT_PREFETCHED: _("Neither this edge nor its parent had the file."),
        Claim.HELD: _("This edge has a copy. Without a task there is nothing to compare it with."),
        Claim.NOT_HELD: _("This edge held no copy."),
        Claim.CANNOT_TELL: _("Nothing follows from this answer."),
        Claim.NOT_CHECKED: _("There is no answer."),
    }[check.verdict.claim]


def doubt_words(doubt: Doubt) -> str:
    """Return why nothing follows, with `{status}` and `{target}` still to be filled in."""
    return {
        Doubt.NO_CACHE_HEADER: _("It was served; no header tells whether from a cache."),
        Doubt.NO_AGE: _("A copy without an age: it may be old or new."),
        Doubt.NOT_FINISHED: _("The task has not ended yet."),
        Doubt.NOT_SUCCESSFUL: _("The API does not say that the task succeeded for this URL."),
        Doubt.NO_CREATE_TIME: _("The API does not say when the task was created."),
        Doubt.DIRECTORY: _(
            "The copy is older than the refresh. One of a directory keeps files that have not changed at the origin."
        ),
        Doubt.TOO_CLOSE: _("The copy was fetched just when the refresh began."),
        Doubt.NO_PARENT: _("This edge held no copy, and does not say whether its parent did."),
        Doubt.FURTHER_UP: _("Neither this edge nor its parent held a copy, but a cache behind them did."),
        Doubt.OWN_CHECK: _("The file came when the checks had begun: one of them may have fetched it."),
        Doubt.BYPASS: _("This edge keeps no copy of it."),
        Doubt.REDIRECT: _("HTTP {status}: redirects to {target}. The target was not checked."),
        Doubt.FORBIDDEN: _("HTTP {status}: the edge refuses this program. Visitors may get something else."),
        Doubt.NOT_FOUND: _("HTTP {status}: there is no such file."),
        Doubt.ERROR: _("HTTP {status}: the edge could not serve it."),
        Doubt.PARTIAL: _("HTTP {status}: only a part was served."),
    }[doubt]


def failure_words(failure: Failure) -> str:
    """Return why an address gave no answer."""
    words = {
        Obstacle.INVALID_URL: _("Not a URL that can be checked."),
        Obstacle.NO_ADDRESS: _("The name was not found."),
        Obstacle.NOT_PUBLIC: _("Not asked: the address is not a public one. A proxy may answer the DNS, too."),
        Obstacle.NOT_HTTP: _("The answer is not HTTP."),
        Fault.DNS: _("The name was not found."),
        Fault.REFUSED: _("The connection was refused."),
        Fault.UNREACHABLE: _("No connection to this address."),
        Fault.BROKEN: _("The connection broke before the answer."),
        Fault.TIMEOUT: _("No answer in time."),
        Fault.CERTIFICATE: _("The certificate is not trusted."),
        Fault.TLS: _("The TLS handshake failed."),
        Fault.PROXY: _("The proxy failed."),
    }[failure.reason]
    return noted(words, failure.detail) if failure.detail else words


def tiers_label(tiers: Tiers) -> str:
    """Return what edge and parent say, such as `MISS · HIT`; the words of the headers, which are not translated."""
    states = [state.value.upper() for state in (tiers.edge, tiers.parent) if state is not None]
    return " · ".join(states)


def age_label(check: Check) -> str:
    """Return the age of the copy; "" if none came."""
    age = check.verdict.age
    return "" if age is None else short_duration(float(age))


def round_words(found: Round, time: str) -> str:
    """Return in a sentence what a round shows: of how many addresses, from where, when (`time`)."""
    total = len(found.checks)
    values = {"total": total, "time": time}
    if old := found.count(Claim.OLD_COPY):
        words = ngettext(
            "Old copy at {old} of {total} address, seen from here at {time}.",
            "Old copy at {old} of {total} addresses, seen from here at {time}.",
            total,
        )
        return words.format(old=old, **values)
    if missing := found.count(Claim.NOT_PREFETCHED):
        words = ngettext(
            "Not prefetched at {missing} of {total} address, seen from here at {time}.",
            "Not prefetched at {missing} of {total} addresses, seen from here at {time}.",
            total,
        )
        return words.format(missing=missing, **values)
    if good := sum(check.verdict.claim.is_good for check in found.checks):
        words = ngettext(
            "In effect at {good} of {total} address, seen from here at {time}.",
            "In effect at {good} of {total} addresses, seen from here at {time}.",
            total,
        )
        return words.format(good=good, **values)
    answered = total - found.count(Claim.NOT_CHECKED)
    words = ngettext(
        "{answered} of {total} address answered, seen from here at {time}; nothing is proved.",
        "{answered} of {total} addresses answered, seen from here at {time}; nothing is proved.",
        total,
    )
    return words.format(answered=answered, **values)


def vantage_words() -> str:
    """Return how much a check proves at most."""
    return _("One place of many: other visitors reach other edges. A check is a request, and fills an empty cache.")


def cause_words(cause: Cause) -> str:
    """Return a cause as a title."""
    return {
        Cause.EDGE_LATE: _("The edge is late"),
        Cause.QUERY_IGNORED: _("The cache ignores the query"),
        Cause.SIGNED_URL: _("The URL is signed"),
        Cause.SHARED_CACHE: _("The cache is another domain's"),
        Cause.ENCODED: _("The URL is percent-encoded"),
        Cause.UNCHANGED_DIRECTORY: _("A directory refresh keeps unchanged files"),
        Cause.NOT_CACHED: _("The edge keeps no copy"),
        Cause.ORIGIN_OLD: _("The origin may be old itself"),
        Cause.TOO_EARLY: _("The refresh came too early"),
        Cause.FORBIDDEN: _("The edge refuses the check"),
        Cause.REDIRECT: _("The URL redirects"),
        Cause.NOT_AT_CDN: _("The name leads elsewhere"),
        Cause.DOMAIN_OFF: _("The domain is not enabled"),
    }[cause]


def evidence_words(finding: Finding) -> str:
    """Return what speaks for or against a cause, and what to do about a likely one."""
    return {
        "old": _("The copy is older than the refresh. Check again in some minutes."),
        "old-for-long": _(
            "The copy is older than the refresh, which ended long ago. Refresh again, or ask the vendor's support."
        ),
        "not-prefetched": _("Neither the edge nor its parent had the file. Is the path right?"),
        "not-old": _("Nothing is old at this edge."),
        "no-verdict": _("The answer does not tell."),
        "no-query": _("The URL has no query."),
        "signed": _("The query has {names}. Refresh the URL without its signature."),
        "no-config": _("The domain's configuration cannot be read."),
        "ignores-query": _("The domain leaves the query out of the cache key. Refresh the URL without it."),
        "no-key-rules": _("The configuration does not say. Web domains keep the query by default."),
        "keeps-query": _("The query is part of the domain's cache key."),
        "own-cache": _("The domain has a cache of its own."),
        "shared-directory": _("It uses the cache of {domain}. Refresh the directory there."),
        "shared-file": _("It uses the cache of {domain}; refreshing a file reaches both."),
        "not-encoded": _("The URL has no percent-encoded characters beyond ASCII."),
        "encoded": _(
            "The CDN does not decode it. Refresh the URL with its characters as they are, if the domain allows any."
        ),
        "no-directory": _("The URL was not refreshed by directory."),
        "validators-equal": _(
            "ETag or Last-Modified are the same at the origin, so the edge keeps its copy. Refresh the file itself."
        ),
        "compare-origin": _("Compare with the origin to find out."),
        "no-answer": _("There is no answer to judge by."),
        "hit": _("The answer came from a cache."),
        "cache-control": _("The origin forbids it: Cache-Control: {header}. What visitors get comes from the origin."),
        "bypass": _("The edge says so. What visitors get comes from the origin."),
        "rule": _("A rule of the domain keeps nothing that fits {pattern}. Does the URL?"),
        "misses": _("{count} checks, and each was a miss. What visitors get comes from the origin."),
        "check-again": _("Check again: a second miss would show it."),
        "same-as-origin": _(
            "Edge and origin have the same file (Last-Modified: {modified}). If it is old, publish at the origin "
            "first, then refresh."
        ),
        "is-origins": _("The origin has the same file as the edge."),
        "differs": _("The origin has another file than the edge."),
        "origin-unknown": _("The origin gave no answer that can be compared."),
        "no-task": _("No task is known to compare with."),
        "modified-later": _("The origin's file changed after the refresh. Refresh again."),
        "modified-before": _("The origin's file is older than the refresh."),
        "new-copy-differs": _(
            "The edge fetched its copy after the refresh, and the origin has another one now. Refresh again."
        ),
        "allowed": _("The edge did not refuse."),
        "refused": _("401 or 403: by Referer, address, agent or signature. Check in a browser."),
        "refer-rule": _("The domain has rules for the Referer, and a check sends none. Check in a browser."),
        "no-redirect": _("The answer is no redirect."),
        "redirect": _("It leads to {target}. Refresh and verify that URL."),
        "vendor-header": _("The answer has X-Via-Ucdn."),
        "vendor-name": _("The name leads to {name}."),
        "no-address": _("The name has no address here."),
        "other-name": _("From here the name leads to {name}. Is its CNAME record right?"),
        "no-name": _("Neither the answer nor the DNS tells."),
        "domain-status": _("Its status is {status}."),
        "https-status": _("Its https is {status}."),
        "enabled": _("The domain is enabled."),
    }[finding.evidence].format(**finding.values)

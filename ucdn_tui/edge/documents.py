"""Checks as JSON documents, in the words of the wire."""

from typing import Any

from ucdn_tui.api.models import IpLocation
from ucdn_tui.edge.models import Check
from ucdn_tui.export.json_documents import iso_time
from ucdn_tui.text import replace_surrogates


def check_document(check: Check, place: IpLocation | None = None) -> dict[str, Any]:
    """Return the check as a JSON object. What is not known is null.

    url, task_id              what was verified; "" without a task
    address, place            the IP address that was asked, and where it is: area, isp and city
    at                        when the answer came: 2026-11-22T10:50:49Z
    status, location          of the answer
    claim, doubt              what follows for the task, and why nothing does: values of Claim and Doubt
    edge, parent              what the two caches did: values of CacheState
    cache_header              name and value of the header that says so
    age, fetched              seconds, and the time that they lead to
    etag, last_modified, content_length
                              as sent
    failure                   reason and detail, if there is no answer: values of Obstacle and Fault
    """
    purge, answer, failure = check.subject.purge, check.probe.answer, check.probe.failure
    verdict = check.verdict
    tiers = verdict.tiers
    return {
        "url": replace_surrogates(check.subject.url),
        "task_id": replace_surrogates(purge.task_id) if purge is not None else "",
        "address": check.probe.address,
        "place": {"area": place.area, "isp": place.isp, "city": place.city} if place is not None else None,
        "at": iso_time(check.probe.at),
        "status": answer.status if answer is not None else None,
        "location": (answer.header("location") or None) if answer is not None else None,
        "claim": verdict.claim.value,
        "doubt": verdict.doubt.value if verdict.doubt is not None else None,
        "edge": tiers.edge.value if tiers.edge is not None else None,
        "parent": tiers.parent.value if tiers.parent is not None else None,
        "cache_header": {"name": tiers.header, "value": tiers.value} if tiers.header else None,
        "age": verdict.age,
        "fetched": iso_time(verdict.fetched),
        "etag": verdict.etag or None,
        "last_modified": verdict.last_modified or None,
        "content_length": verdict.length,
        "failure": {"reason": failure.reason.value, "detail": failure.detail} if failure is not None else None,
    }

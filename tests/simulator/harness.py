"""What the simulator's tests share: a clock moved by hand and signed calls."""

from collections.abc import Sequence
from typing import Any

from ucdn_tui.api.signature import sign
from ucdn_tui.simulator.actions.service import Service

START = 1_760_000_000.0
"""2025-10-09 08:53:20 UTC, the time at which every test starts."""

HOUR = 3600
DAY = 24 * HOUR


class ManualClock:
    """A clock in Unix seconds that only a test moves."""

    def __init__(self) -> None:
        self.time = START

    def __call__(self) -> float:
        return self.time

    def advance(self, seconds: float) -> None:
        self.time += seconds


class ApiCalls:
    """Calls a service with the keys of its account."""

    def __init__(self, service: Service) -> None:
        self.service = service

    def refresh(self, **params: object) -> dict[str, Any]:
        return self("DescribeNewUcdnRefreshCacheTask", **params)

    def prefetch(self, **params: object) -> dict[str, Any]:
        return self("DescribeNewUcdnPrefetchCacheTask", **params)

    def submit_refresh(self, url_list: Sequence[str], url_type: str = "file", **params: object) -> dict[str, Any]:
        return self("RefreshNewUcdnDomainCache", Type=url_type, UrlList=list(url_list), **params)

    def submit_prefetch(self, url_list: Sequence[str], **params: object) -> dict[str, Any]:
        return self("PrefetchNewUcdnDomainCache", UrlList=list(url_list), **params)

    def quota(self, domain: str) -> dict[str, Any]:
        """Return the quota fields of a domain, given its name."""
        (domain_id,) = (known.id for known in self.service.account.domains if known.name == domain)
        answer = self("GetUcdnDomainPrefetchRefreshState", DomainId=domain_id)
        assert answer["RetCode"] == 0, answer
        return {name: value for name, value in answer.items() if name not in {"Action", "RetCode"}}

    def __call__(self, action: str, **params: object) -> dict[str, Any]:
        return self.service.handle(signed(self.service, action, **params))


def signed(service: Service, action: str, **params: object) -> dict[str, str]:
    """Return the flattened, signed parameters of a request; a list becomes Name.0, Name.1, …"""
    flat = {"Action": action, "PublicKey": service.account.public_key}
    for name, value in params.items():
        if isinstance(value, list):
            flat |= {f"{name}.{index}": str(item) for index, item in enumerate(value)}
        else:
            flat[name] = str(value)
    return flat | {"Signature": sign(flat, service.account.private_key)}


def ids(answer: dict[str, Any]) -> list[str]:
    """Return the TaskIds of a successful answer, in order."""
    assert answer["RetCode"] == 0, answer
    return [task["TaskId"] for task in answer["TaskList"]]


def refused(answer: dict[str, Any]) -> tuple[int, str]:
    """Return RetCode and Message of a refusal, which has nothing else to say."""
    assert set(answer) == {"Action", "RetCode", "Message"}, answer
    return answer["RetCode"], answer["Message"]


def urls(count: int) -> Sequence[str]:
    return [f"https://img.example.com/{number}.jpg" for number in range(count)]

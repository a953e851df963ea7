"""ScriptedTransport: the connection to the simulator; it records requests, delays answers, and fails on demand."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

import httpx

from support.clock import FakeClock
from ucdn_tui.api.client import DESCRIBE_REFRESH
from ucdn_tui.api.models import TaskKind
from ucdn_tui.simulator.actions.service import Service
from ucdn_tui.simulator.transport import SimulatorTransport


@dataclass(frozen=True)
class Request:
    """One describe request."""

    at: float
    """The time on the clock's `elapsed`, without the microseconds that each reading takes."""

    kind: TaskKind
    params: dict[str, str]

    @property
    def task_ids(self) -> list[str]:
        return [value for name, value in self.params.items() if name.startswith("TaskId.")]

    @property
    def begin(self) -> int:
        return int(self.params["BeginTime"])

    @property
    def offset(self) -> int:
        return int(self.params["Offset"])

    @property
    def limit(self) -> int:
        """Limit, or 0 if there is none."""
        return int(self.params.get("Limit", "0"))

    @property
    def is_dcdn(self) -> bool:
        return self.params.get("IsDcdn") == "true"

    @property
    def is_list(self) -> bool:
        """Whether it asks for a page of a list: of new tasks, or of a full scan."""
        return "Offset" in self.params

    @property
    def window(self) -> int:
        """Seconds from BeginTime to EndTime of a list."""
        return int(self.params["EndTime"]) - self.begin


Failure = httpx.Response | Exception | None
"""What replaces an answer; None for none."""

Rewrite = Callable[[Request, list[Any]], list[Any]]
"""Changes the TaskList of an answer."""


def refusal(ret_code: int) -> httpx.Response:
    """Return the API's answer with this RetCode."""
    return httpx.Response(200, json={"RetCode": ret_code, "Message": "no"})


def failing_between(
    begin: float, end: float, failure: Callable[[], Failure] = lambda: httpx.Response(503)
) -> Callable[[Request], Failure]:
    """Return a `ScriptedTransport.failure` that makes every request between two times fail."""
    return lambda request: failure() if begin <= request.at < end else None


class ScriptedTransport(httpx.AsyncBaseTransport):
    """Passes requests on to the simulator."""

    def __init__(self, service: Service, clock: FakeClock) -> None:
        self._simulator = SimulatorTransport(service)
        self._clock = clock
        self.requests: list[Request] = []
        self.latency = 0.0
        """Seconds from a request to its answer, on the test's clock."""

        self.failure: Callable[[Request], Failure] = lambda _request: None
        """Returns what replaces the answer to a request."""

        self.before_answer: Callable[[Request], object] = lambda _request: None
        """Called before each answer is made, to change the account."""

        self.rewrite: Rewrite | None = None
        """Returns the TaskList to send instead of the simulator's."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        params = dict(parse_qsl((await request.aread()).decode(), keep_blank_values=True))
        kind = TaskKind.REFRESH if params["Action"] == DESCRIBE_REFRESH else TaskKind.PREFETCH
        recorded = Request(round(self._clock.elapsed(), 3), kind, params)
        self.requests.append(recorded)
        if self.latency:
            await self._clock.sleep(self.latency)
        self.before_answer(recorded)
        failure = self.failure(recorded)
        if isinstance(failure, Exception):
            raise failure
        if failure is not None:
            return failure
        answer = await self._simulator.handle_async_request(request)
        if self.rewrite is None:
            return answer
        content = json.loads(answer.content)
        content["TaskList"] = self.rewrite(recorded, content.get("TaskList", []))
        return httpx.Response(200, headers={"Date": answer.headers["Date"]}, json=content)


def rewriting_rows(change: Callable[[dict[str, Any]], dict[str, Any]]) -> Rewrite:
    """Return a `ScriptedTransport.rewrite` that changes each row."""
    return lambda _request, rows: [change(row) for row in rows]


def stays_at_99(row: dict[str, Any]) -> dict[str, Any]:
    """Return the row with the task in process and its URLs at 99 per cent at most."""
    urls = [{**url, "Status": "process", "Progress": min(99, url["Progress"])} for url in row["UrlLists"]]
    return {**row, "Status": "process", "UrlLists": urls}

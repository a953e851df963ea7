"""World: a simulated account, and starts of the program that submit to it, in simulated time."""

import asyncio
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Collection, Coroutine, Sequence
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qsl

import httpx

from submit.batches import NOW
from support.virtual_time import VirtualClock
from ucdn_tui.api.client import PREFETCH, REFRESH, UcdnClient
from ucdn_tui.api.models import TaskKind
from ucdn_tui.clock import parse_date
from ucdn_tui.errors import API_TIMED_OUT, UcdnTuiError
from ucdn_tui.secret import Keys, Secret
from ucdn_tui.simulator.account import Account
from ucdn_tui.simulator.actions.quirks import Quirks
from ucdn_tui.simulator.actions.service import Service
from ucdn_tui.simulator.transport import SimulatorTransport
from ucdn_tui.submit.journal import Journal
from ucdn_tui.submit.models import Batch
from ucdn_tui.submit.records import DOUBTFUL, CallState, Submission
from ucdn_tui.submit.resolve import resolve
from ucdn_tui.submit.submitter import Progress, Submitter

ACCOUNT = "api.example.com - 0123"

_KINDS = {REFRESH: TaskKind.REFRESH, PREFETCH: TaskKind.PREFETCH}


def in_simulated_time(test: Callable[..., Coroutine[Any, Any, None]]) -> Callable[..., None]:
    """Run a test with a `world` on that world's loop, where sleeping takes no time. It may leave no task behind."""

    @wraps(test)
    def run(**arguments: Any) -> None:
        loop = arguments["world"].loop
        loop.run_until_complete(test(**arguments))
        loop.run_until_complete(asyncio.sleep(0))  # what was cancelled comes to its end
        assert not asyncio.all_tasks(loop)

    return run


class Clock(VirtualClock):
    """A clock that is set right by the Date header of the first answer, to the second."""

    def observe(self, date: str) -> None:
        if (seen := parse_date(date)) is not None:
            self._error = seen + 0.5 - self.true_now()


@dataclass
class Request:
    """A submitting request that left the program."""

    at: float
    """The loop's time."""

    kind: TaskKind
    urls: tuple[str, ...]
    params: dict[str, str]
    is_refused: bool = False
    """Whether an answer said that nothing was submitted, or no connection came about."""


Failure = httpx.Response | Exception | None
"""What a request gets instead of the server's answer, without reaching it; None for the server's."""


def refusal(code: int, status: int = 200, **headers: str) -> httpx.Response:
    """Return the API's answer with this RetCode."""
    return httpx.Response(status, headers=headers, json={"RetCode": code, "Message": "no"})


def no_network() -> httpx.ConnectError:
    return httpx.ConnectError("unreachable")


class Transport(httpx.AsyncBaseTransport):
    """Passes requests on to the simulator, and records the submitting ones."""

    def __init__(self, service: Service) -> None:
        self._simulator = SimulatorTransport(service)
        self.requests: list[Request] = []
        self.searches: list[tuple[float, dict[str, str]]] = []
        """The describe requests, with the loop's time."""

        self.failures: deque[Failure] = deque()
        """For the next submitting requests."""

        self.search_failures: deque[Failure] = deque()
        self.delay = 0.0
        """Seconds until a submitting request arrives."""

        self.on_request: Callable[[Request], object] = lambda _request: None
        """Called when a submitting request arrives."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        params = dict(parse_qsl((await request.aread()).decode(), keep_blank_values=True))
        now = asyncio.get_running_loop().time()
        if (kind := _KINDS.get(params["Action"])) is None:
            self.searches.append((now, params))
            failure = self.search_failures.popleft() if self.search_failures else None
            return await self._answer(request, failure)
        urls = tuple(value for name, value in params.items() if name.startswith("UrlList."))
        recorded = Request(now, kind, urls, params)
        self.requests.append(recorded)
        await asyncio.sleep(self.delay)
        self.on_request(recorded)
        failure = self.failures.popleft() if self.failures else None
        recorded.is_refused = isinstance(failure, httpx.ConnectError)
        answer = await self._answer(request, failure)
        recorded.is_refused = _is_refused(answer)
        return answer

    async def _answer(self, request: httpx.Request, failure: Failure) -> httpx.Response:
        if isinstance(failure, Exception):
            raise failure
        return failure or await self._simulator.handle_async_request(request)


def _is_refused(answer: httpx.Response) -> bool:
    try:
        code = answer.json()["RetCode"]
    except (ValueError, KeyError):
        code = None
    return answer.status_code == 429 or (answer.status_code == 200 and code not in (None, 0, API_TIMED_OUT))


class World:
    """The server, its time, and the journal's path."""

    def __init__(self, loop: asyncio.AbstractEventLoop, path: Path, *, quirks: Quirks | None = None) -> None:
        self.loop = loop
        self.path = path
        self._true = VirtualClock(loop, NOW)
        self.account = Account(self._true.true_now)
        self.service = Service(self.account, quirks=quirks)
        self.transport = Transport(self.service)

    @property
    def now(self) -> float:
        """The server's time in Unix seconds."""
        return self._true.true_now()

    def start(self, *, error: float = 0.0, path: Path | None = None) -> "Start":
        """Start the program. Its clock is wrong by so many seconds until an answer came."""
        return Start(self, Clock(self.loop, NOW, error), path or self.path)

    def tasks(self, kind: TaskKind = TaskKind.REFRESH) -> dict[str, tuple[str, ...]]:
        """Return the URLs of the server's tasks by TaskId, newest first."""
        return {plan.task_id: tuple(each.url for each in plan.urls) for plan in self.account.tasks(kind.value, None)}

    def check(self, path: Path | None = None) -> None:
        """Fail if the journal and the server disagree. Tasks whose id begins with `other` are other people's."""
        calls = [call for each in Journal(path or self.path, ACCOUNT).read().values() for call in each.calls]
        found = {kind: self.tasks(kind) for kind in TaskKind}
        left = {
            (kind, key): tuple(sorted(urls))
            for kind, tasks in found.items()
            for key, urls in tasks.items()
            if not key.startswith("other")
        }
        for call in (call for call in calls if call.state is CallState.ACCEPTED and call.task_id):
            urls = left.pop((call.batch.kind, call.task_id), None)
            assert urls == tuple(sorted(call.batch.urls)), f"{call.task_id} is not the task of {call}"
        maybe = Counter(
            (call.batch.kind, tuple(sorted(call.batch.urls)))
            for call in calls
            if call.state in DOUBTFUL or (call.state is CallState.ACCEPTED and not call.task_id)
        )
        unclaimed = Counter((kind, urls) for (kind, _key), urls in left.items())
        assert unclaimed <= maybe, f"the server has tasks of which the journal does not know: {unclaimed - maybe}"


class Start:
    """One start of the program: its clock, client and journal."""

    def __init__(self, world: World, clock: Clock, path: Path) -> None:
        self.clock = clock
        self.journal = Journal(path, ACCOUNT)
        self.progress: list[Progress] = []
        self.error: UcdnTuiError | None = None
        """What `get` raises."""

        account = world.account
        self._world = world
        self._client = UcdnClient(
            "https://api.example.com",
            Keys(account.public_key, Secret(account.private_key)),
            clock,
            transport=world.transport,
        )
        self.submitter = self.new_submitter()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self._client.aclose()

    async def get(self) -> UcdnClient:
        if self.error is not None:
            raise self.error
        return self._client

    def new_submitter(self) -> Submitter:
        self.submitter = Submitter(self, self.journal, self.clock, self.progress.append)
        return self.submitter

    async def submit(self, *batches: Batch, seen: Collection[str] | None = None) -> Submission:
        """Confirm and submit; `seen` as in Submitter.run. AssertionError if a URL is sent again after a lost answer."""
        before = len(self._world.transport.requests)
        accepted = Counter(self._world.service.submitted)
        try:
            return await self.new_submitter().run(batches, seen=self.journal.read() if seen is None else seen)
        finally:
            _check_no_second_send(self._world.transport.requests[before:])
            assert max((self._world.service.submitted - accepted).values(), default=0) <= 1

    async def resolve(self) -> list[Submission]:
        return await resolve(self, self.journal, self.clock)


def _check_no_second_send(requests: Sequence[Request]) -> None:
    sent: dict[tuple[TaskKind, tuple[str, ...]], list[Request]] = defaultdict(list)
    for request in requests:
        sent[request.kind, request.urls].append(request)
    for same in sent.values():
        assert all(request.is_refused for request in same[:-1]), "it was sent again after a lost answer"


def states(submission: Submission) -> list[str]:
    return [call.state.value for call in submission.calls]


def ids(submission: Submission) -> list[str]:
    return [call.task_id for call in submission.calls]


def waits(progress: Sequence[Progress]) -> list[Any]:
    """Return until when each wait lasted, as reported."""
    return [each.waiting_until for each in progress if each.waiting_until is not None]

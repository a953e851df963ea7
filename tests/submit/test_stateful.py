"""Random submissions, faults, cancellations, kills and restarts: the journal agrees with the server after each step.

Two starts of the program use one journal, as two terminals do. `--hypothesis-profile=search` tries more of them.
"""

import asyncio
import shutil
import tempfile
from pathlib import Path
from typing import NamedTuple
from unittest.mock import patch

import httpx
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from submit.world import ACCOUNT, Failure, Start, World, no_network, refusal
from support.virtual_time import VirtualLoop
from ucdn_tui.api.models import TaskKind
from ucdn_tui.errors import ApiError
from ucdn_tui.simulator.actions.losses import Loss, Losses
from ucdn_tui.simulator.actions.quirks import Quirks
from ucdn_tui.submit.journal import Journal, JournalError
from ucdn_tui.submit.models import Batch
from ucdn_tui.submit.plan import make_plan
from ucdn_tui.submit.records import DOUBTFUL, CallState
from ucdn_tui.url_identity import identity

DELAY = 1.0
"""Seconds from a submitting request to its arrival, so that a kill or a cancellation can come in between."""

URLS = [
    f"{scheme}://{host}/{path}"
    for scheme in ("http", "https")
    for host in ("www.example.com", "app.example.org")
    for path in ("one", "d/")
] + ["http://unknown.example/one"]

FAULTS = st.sampled_from(
    [
        *[None] * 4,
        *[Loss.AFTER, Loss.SLOW, Loss.SLOW] * 2,
        *Loss,
        refusal(153),
        refusal(299),
        refusal(171),
        refusal(110),
        httpx.Response(429, headers={"Retry-After": "7"}),
        httpx.Response(500),
        httpx.ReadError("reset"),
        no_network(),
    ]
)

SEARCH_FAULTS = st.lists(st.sampled_from([None, httpx.Response(500), refusal(153), no_network()]), max_size=3)

ERRORS = st.sampled_from([0.0, 0.0, 7200.0, -7200.0])
"""By how many seconds a clock is wrong."""

SECONDS = st.sampled_from([0.5, 1.5, 3.0, 10.5, 20.0, 32.0])


class End(NamedTuple):
    """How a submission ends before its time."""

    after: float
    """Seconds."""

    way: str
    """cancelled; stopped; killed; or killed with the request on its way, so that it arrives later."""


ENDS = st.none() | st.builds(End, SECONDS, st.sampled_from(["cancelled", "stopped", "killed", "killed on its way"]))


class Submissions(RuleBasedStateMachine):
    """Two starts, and what each has seen of the journal when its user looked last."""

    @initialize(
        quirks=st.sampled_from([Quirks(), Quirks(), Quirks(page_cap=1), Quirks(omits_task_id=True)]), error=ERRORS
    )
    def begin(self, quirks: Quirks, error: float) -> None:
        self.loop = VirtualLoop()
        self.folder = Path(tempfile.mkdtemp())
        self.world = World(self.loop, self.folder / "submissions.jsonl", quirks=quirks)
        self.world.transport.delay = DELAY
        self.no_waiting = patch("os.fsync")  # for the disk, which takes most of the time
        self.no_waiting.start()
        self.starts = [self.world.start(error=error), self.world.start()]
        self.seen: list[frozenset[str]] = [frozenset(), frozenset()]

    def look(self, who: int) -> None:
        self.seen[who] = frozenset(self.starts[who].journal.read())

    @rule(who=st.integers(0, 1), error=ERRORS)
    def restart(self, who: int, error: float) -> None:
        self.starts[who] = self.world.start(error=error)
        self.look(who)

    @rule(seconds=st.sampled_from([2.0, 15.0, 200.0]))
    def wait(self, seconds: float) -> None:
        self.loop.run_until_complete(asyncio.sleep(seconds))

    @rule(
        who=st.integers(0, 1),
        looks=st.sampled_from([True, True, False]),
        kind=st.sampled_from([TaskKind.REFRESH, TaskKind.REFRESH, TaskKind.PREFETCH]),
        lines=st.lists(st.sampled_from(URLS), min_size=1, max_size=4),
        faults=st.lists(FAULTS, min_size=1, max_size=4),
        search_faults=SEARCH_FAULTS,
        end=ENDS,
    )
    def submit(
        self,
        who: int,
        looks: bool,
        kind: TaskKind,
        lines: list[str],
        faults: list[Loss | Failure],
        search_faults: list[Failure],
        end: End | None,
    ) -> None:
        if looks:
            self.look(who)
        self._prepare(faults, search_faults)
        start, batches = self.starts[who], make_plan("\n".join(lines), kind).batches
        theirs = self._submitted_since(self.seen[who])
        before = len(self.world.transport.requests)
        try:
            self.loop.run_until_complete(self._run(start, batches, self.seen[who], end))
        except JournalError:
            assert theirs & {(kind, identity(url)) for url in lines}
            assert len(self.world.transport.requests) == before
        else:
            assert not theirs & {(kind, identity(url)) for batch in batches for url in batch.urls}
        if end and end.way.startswith("killed"):
            self.restart(who, 0.0)
        self.look(who)

    @rule(who=st.integers(0, 1), search_faults=SEARCH_FAULTS)
    def resolve(self, who: int, search_faults: list[Failure]) -> None:
        self._prepare([], search_faults)
        try:
            self.loop.run_until_complete(self.starts[who].resolve())
        except ApiError:
            return
        every = Journal(self.world.path, ACCOUNT)
        assert every.unresolved() == []
        assert all(submission.is_over for submission in every.read().values())

    @invariant()
    def journal_agrees_with_the_server(self) -> None:
        self.world.check()
        written = Journal(self.world.path, ACCOUNT).read()
        assert all(start.journal.read() == written for start in self.starts)

    def teardown(self) -> None:
        self.no_waiting.stop()
        self.loop.close()
        shutil.rmtree(self.folder)

    async def _run(self, start: Start, batches: tuple[Batch, ...], seen: frozenset[str], end: End | None) -> None:
        running = asyncio.create_task(start.submit(*batches, seen=seen))
        await asyncio.wait([running], timeout=end and end.after)
        if end is None or running.done():
            await running
            return
        left = self.world.path.read_bytes() if self.world.path.exists() else b""
        match end.way:
            case "stopped":
                start.submitter.stop()
                await running
                return
            case "killed on its way":
                await asyncio.wait([running], timeout=DELAY)
        running.cancel()
        await asyncio.wait([running])
        if end.way != "cancelled":
            self.world.path.write_bytes(left)

    def _prepare(self, faults: list[Loss | Failure], search_faults: list[Failure]) -> None:
        """Set what happens to the next requests."""
        self.world.service.losses = losses = Losses()
        transport = self.world.transport
        transport.failures.clear()
        transport.search_failures.clear()
        transport.search_failures += search_faults
        for fault in faults:
            if isinstance(fault, Loss) or fault is None:
                losses.append(fault)
                transport.failures.append(None)
            else:
                transport.failures.append(fault)

    def _submitted_since(self, seen: frozenset[str]) -> set[tuple[TaskKind, str]]:
        """Return the URLs that were, or may have been, submitted in submissions that were not seen."""
        new = [each for key, each in Journal(self.world.path, ACCOUNT).read().items() if key not in seen]
        calls = [call for each in new for call in each.in_state(CallState.ACCEPTED, *DOUBTFUL)]
        return {(call.batch.kind, identity(url)) for call in calls for url in call.batch.urls}


class TestSubmissions(Submissions.TestCase):  # type: ignore[misc,name-defined]  # Hypothesis makes it at run time
    settings = settings(max_examples=2 * settings.default.max_examples, stateful_step_count=10)

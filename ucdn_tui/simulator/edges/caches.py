"""The copies at edges and parents: which tier has a file, and how old its copy is."""

from dataclasses import dataclass, replace
from random import Random
from typing import NamedTuple
from zlib import crc32

from ucdn_tui.simulator.edges.effects import Effects
from ucdn_tui.simulator.edges.nodes import EDGES, Edge, Node
from ucdn_tui.simulator.edges.origin import File, Origin

STALE = 30.0
"""Seconds that a stale edge keeps a copy after the refresh has finished."""

_YOUNGEST, _OLDEST = 600.0, 2 * 86_400.0
"""Age in seconds of the copies that were there before the simulation began."""


@dataclass(frozen=True, slots=True)
class Copy:
    """A file in a cache. Times are Unix seconds."""

    file: File
    fetched: float
    """When it left the origin: what Age counts from."""

    stored: float
    """When this cache got it, or the origin last confirmed it: earlier effects of tasks do not concern it."""

    is_expired: bool = False


class Fetched(NamedTuple):
    """What an edge answers from."""

    file: File | None
    """None if the origin has no such file; such answers are not kept."""

    fetched: float
    edge_hit: bool
    parent_hit: bool


class Caches:
    """The copies of all nodes. A request through an edge that lacks a file fills that edge and its parent.

    A copy that no request has made yet is as old as its URL and node decide: 10 minutes to 2 days, or younger than the
    last refresh of the URL. What a prefetch task names was at no edge before.

    stale_every: one URL in so many stays at one edge for STALE seconds after its refresh has finished; 0 for none
    """

    def __init__(self, effects: Effects, origin: Origin, start: float, stale_every: int = 0) -> None:
        self._effects = effects
        self._origin = origin
        self._start = start
        self._stale_every = stale_every
        self._delays: dict[tuple[str, str], float] = {}
        self._copies: dict[tuple[str, str], Copy] = {}

    def make_stale(self, address: str, key: str, seconds: float = STALE) -> None:
        """Have an edge drop its copy only so many seconds after each refresh has finished."""
        self._delays[address, key] = seconds

    def fetch(self, edge: Edge, key: str, now: float) -> Fetched:
        """Return what an edge answers to a request, and store what the request makes it and its parent keep."""
        copy = self._confirmed(edge.node, key, now, restarts_age=edge.restarts_age)
        if copy is not None:
            return Fetched(copy.file, copy.fetched, edge_hit=True, parent_hit=True)
        above = self._confirmed(edge.parent, key, now, restarts_age=True)
        file = self._origin.file(key, now) if above is None else above.file
        fetched = now if above is None else above.fetched
        if file is not None:
            self._copies[edge.address, key] = Copy(file, fetched, now)
            if above is None:
                self._copies[edge.parent.address, key] = Copy(file, fetched, now)
        return Fetched(file, fetched, edge_hit=False, parent_hit=above is not None)

    def _confirmed(self, node: Node, key: str, now: float, *, restarts_age: bool) -> Copy | None:
        """Return the node's copy. An expired one is confirmed by the origin, unless that has another file by now."""
        copy = self._copy(node, key, now)
        if copy is not None and copy.is_expired:
            if copy.file != self._origin.file(key, now):
                return None
            copy = Copy(copy.file, now if restarts_age else copy.fetched, now)
        if copy is not None:
            self._copies[node.address, key] = copy
        return copy

    def _copy(self, node: Node, key: str, now: float) -> Copy | None:
        """Return what the tasks until now have left of the node's copy."""
        copy = self._copies.get((node.address, key)) or self._first_copy(node, key, now)
        is_parent = all(node != edge.node for edge in EDGES)
        for time, deed in self._effects.on(key, now):
            if deed == "fill":
                file = self._origin.file(key, time)
                if is_parent and file is not None and (copy is None or copy.stored < time):
                    copy = Copy(file, time, time)
            elif copy is None or copy.stored >= time:
                continue
            elif deed == "expire":
                copy = replace(copy, is_expired=True)
            elif time + self._delay(node, key) <= now:
                copy = None
        return copy

    def _first_copy(self, node: Node, key: str, now: float) -> Copy | None:
        """Return the copy from before the first request; None if there was none, or the origin had no file."""
        if self._effects.is_prefetched(key, now):
            return None
        rng = Random(f"{key} {node.address}")  # noqa: S311 - a simulation keeps no secret
        fetched = self._start - rng.uniform(_YOUNGEST, _OLDEST)
        removed = [time for time, deed in self._effects.on(key, self._start) if deed == "remove"]
        if removed and removed[-1] > fetched and rng.random() < 1 / 2:  # visitors came since
            fetched = rng.uniform(removed[-1], self._start)
        file = self._origin.file(key, fetched)
        return None if file is None else Copy(file, fetched, fetched)

    def _delay(self, node: Node, key: str) -> float:
        """Return the seconds that a node keeps a copy after a refresh."""
        if (delay := self._delays.get((node.address, key))) is not None:
            return delay
        turn, chosen = divmod(crc32(key.encode()), self._stale_every) if self._stale_every else (0, 1)
        is_stale = chosen == 0 and node == EDGES[turn % len(EDGES)].node
        return STALE if is_stale else 0.0

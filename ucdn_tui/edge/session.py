"""EdgeSession: verifies URLs at all addresses of their hosts, for screens and scripts."""

import asyncio
import logging
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final, Protocol

from ucdn_tui.api.domains import DomainConfig, domain_key, find_domain
from ucdn_tui.api.models import IpLocation
from ucdn_tui.clock import Clock
from ucdn_tui.edge.addresses import Resolve
from ucdn_tui.edge.models import Check, Failure, Obstacle, Probe, Resolution, Round, Subject
from ucdn_tui.edge.probe import Prober
from ucdn_tui.edge.target import parse_target
from ucdn_tui.edge.verdict import judge, settle
from ucdn_tui.errors import UcdnTuiError

log = logging.getLogger(__name__)

MOST_URLS: Final = 10
"""URLs that are verified at once on the screen, and of a task. Each check is a request that visitors' edges answer."""

_LOOK_UPS: Final = 128
"""Names that are looked up at the same time: each takes a thread."""

_MOST_PLACES: Final = 50
"""Addresses of one QueryIpLocation; the API names no limit."""

_NEXT_TRY: Final = 60.0
"""Seconds after which configurations that could not be read are asked for again."""

RECHECK: Final = 10.0
"""Seconds between two rounds."""


def _ignore(_heard: object) -> None:
    """Do nothing."""


class Client(Protocol):
    """The actions that tell more of an edge and of a domain."""

    async def get_domain_configs(self, domain_ids: Sequence[str] = (), *, is_dcdn: bool = False) -> list[DomainConfig]:
        """GetUcdnDomainConfig."""

    async def get_ip_locations(self, ips: Sequence[str]) -> list[IpLocation]:
        """QueryIpLocation."""


class Api(Protocol):
    """Provides the client, which may have to be created first."""

    async def get(self) -> Client:
        """Return the client; raises UcdnTuiError."""


class EdgeSession:
    """Makes rounds of checks. Nothing is asked before it is needed, and each round asks each address once."""

    def __init__(self, prober: Prober, resolve: Resolve, clock: Clock, api: Api | None = None) -> None:
        """Without an API, places and domain configurations stay unknown."""
        self._prober = prober
        self._resolve_one = resolve
        self._look_ups = asyncio.Semaphore(_LOOK_UPS)
        self._clock = clock
        self._api = api
        self._configs: Mapping[str, DomainConfig] = {}
        self._next_try = 0.0
        """When the configurations may be asked for, on the clock's `elapsed`."""

        self.places: dict[str, IpLocation] = {}
        """Where addresses are, as far as the API tells (`load_places`)."""

    async def aclose(self) -> None:
        """Close the connections of the probes."""
        await self._prober.aclose()

    async def check(
        self,
        subjects: Sequence[Subject],
        on_check: Callable[[Check], object] = _ignore,
        on_addresses: Callable[[Sequence[tuple[Subject, str]]], object] = _ignore,
    ) -> Round:
        """Ask every address of every subject's host once.

        `on_check` hears of each as it is judged, and again of one of which the others tell more (`verdict.settle`).
        `on_addresses` hears before that what will be asked; an address that is "" stands for a host without any.
        """
        began = self._clock.server_now()
        hosts = {host: None for subject in subjects if (host := host_of(subject.url))}
        found = await asyncio.gather(*(self._resolve(host) for host in hosts))
        resolutions = dict(zip(hosts, found, strict=True))

        async def one(subject: Subject, address: str) -> Check:
            check = await self._check(subject, address)
            on_check(check)
            return check

        pairs = [(subject, address) for subject in subjects for address in _addresses(subject, resolutions)]
        on_addresses(pairs)
        checks = await asyncio.gather(*(one(subject, address) for subject, address in pairs))
        return Round(tuple(_settled(checks, on_check)), began, tuple(resolutions.items()))

    async def check_again(self, checks: Sequence[Check], on_check: Callable[[Check], object] = _ignore) -> list[Check]:
        """Ask the same addresses once more, and look a name up again that had none. `on_check`: of `check`."""

        async def again(check: Check) -> Sequence[Check]:
            if not check.probe.address:
                return (await self.check([check.subject], on_check)).checks
            checked = await self._check(check.subject, check.probe.address)
            on_check(checked)
            return [checked]

        found = await asyncio.gather(*map(again, checks))
        return _settled([each for several in found for each in several], on_check)

    async def compare_with_origin(self, check: Check) -> tuple[Check, Probe | None]:
        """Ask the origin, once, whether the edge's copy is still right; return the check judged anew, and the answer.

        None if the origin's address is not known, or there is nothing to compare. The origin is the first one that
        the domain's configuration names.
        """
        config = await self.config(host_of(check.subject.url))
        edge = check.probe.answer
        if config is None or edge is None or not config.origin.ips:
            return check, None
        address = (await self._resolve(config.origin.ips[0])).addresses[:1]
        if not address:
            return check, None
        origin = config.origin
        probe = await self._prober.probe_origin(check.subject.url, address[0], origin.host, origin.port or 80, edge)
        return Check(check.subject, check.probe, judge(check.subject, check.probe, probe)), probe

    async def config(self, host: str) -> DomainConfig | None:
        """Return the configuration of the host's domain (GetUcdnDomainConfig); None if it may not be read."""
        return find_domain(await self._load_configs(), host)

    async def load_places(self, addresses: Iterable[str]) -> None:
        """Ask where addresses are (QueryIpLocation). What the API does not tell stays unknown."""
        asked = [address for address in dict.fromkeys(addresses) if address and address not in self.places]
        if self._api is None or not asked:
            return
        try:
            client = await self._api.get()
            for start in range(0, len(asked), _MOST_PLACES):
                some = asked[start : start + _MOST_PLACES]
                found = await client.get_ip_locations(some)
                self.places.update((place.ip, place) for place in found if place.ip in some)
        except UcdnTuiError as error:
            log.info("places of edges: %s", error.log_text)

    async def _resolve(self, host: str) -> Resolution:
        async with self._look_ups:
            return await self._resolve_one(host)

    async def _check(self, subject: Subject, address: str) -> Check:
        if address:
            probe = await self._prober.probe(subject.url, address)
        else:
            obstacle = Obstacle.NO_ADDRESS if host_of(subject.url) else Obstacle.INVALID_URL
            probe = Probe(subject.url, "", self._clock.server_now(), failure=Failure(obstacle))
        return Check(subject, probe, judge(subject, probe))

    async def _load_configs(self) -> Mapping[str, DomainConfig]:
        if self._api is not None and self._clock.elapsed() >= self._next_try:
            configs: dict[str, DomainConfig] = {}
            try:
                client = await self._api.get()
                for is_dcdn in (True, False):  # a server that ignores IsDcdn returns all twice: then they are ordinary
                    found = await client.get_domain_configs(is_dcdn=is_dcdn)
                    configs.update((domain_key(config.domain), config) for config in found if config.domain)
            except UcdnTuiError as error:
                log.info("domain configuration: %s", error.log_text)
                self._next_try = self._clock.elapsed() + _NEXT_TRY
            else:
                self._next_try = math.inf
            self._configs = configs
        return self._configs


def host_of(url: str) -> str:
    """Return the URL's host as DNS has it; "" if the URL is invalid."""
    target = parse_target(url)
    return target.host if target is not None else ""


def _settled(checks: Sequence[Check], on_check: Callable[[Check], object]) -> list[Check]:
    """Return the checks of a round as all together tell; `on_check` hears of those that this changes."""
    settled = settle(checks)
    for before, after in zip(checks, settled, strict=True):
        if after is not before:
            on_check(after)
    return settled


def _addresses(subject: Subject, resolutions: Mapping[str, Resolution]) -> tuple[str, ...]:
    """Return the addresses to ask; one that is "" stands for a host without any."""
    host = host_of(subject.url)
    return (resolutions[host].addresses if host else ()) or ("",)

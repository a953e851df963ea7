"""AccountDomains: what the account's domains are and what is left of their quotas, as far as the API tells."""

import asyncio
import logging
from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

from ucdn_tui.api.domains import DomainConfig, DomainList, DomainQuota, domain_key
from ucdn_tui.clock import Clock
from ucdn_tui.errors import ApiError, UcdnTuiError
from ucdn_tui.submit.models import DomainFacts, Known

log = logging.getLogger(__name__)

_LASTING = 30.0
"""Seconds for which a quota is kept: others use it up, too."""

_RETRY = 60.0
"""Seconds after which the domains are asked for again, if the answer was not whole."""

_AT_ONCE = 4
"""Quota calls at the same time: there is one for each domain."""


class Client(Protocol):
    """The actions that tell of domains."""

    async def get_domains(self) -> DomainList:
        """GetUcdnDomainInfoList."""

    async def get_domain_configs(self, domain_ids: Sequence[str] = (), *, is_dcdn: bool = False) -> list[DomainConfig]:
        """GetUcdnDomainConfig."""

    async def get_quota(self, domain_id: str) -> DomainQuota:
        """GetUcdnDomainPrefetchRefreshState."""


class Api(Protocol):
    """Provides the client, which may have to be created first."""

    async def get(self) -> Client:
        """Return the client; raises UcdnTuiError."""


class AccountDomains:
    """Asks once for the domains, and for a quota when it is needed. What the API refuses to tell stays unknown."""

    def __init__(self, api: Api, clock: Clock) -> None:
        self._api = api
        self._clock = clock
        self._quotas: dict[str, tuple[float, DomainQuota]] = {}
        self._loading: asyncio.Task[None] | None = None
        self._asked: float | None = None
        """When the domains were asked for last, on the clock's `elapsed`."""

        self.facts: Mapping[str, DomainFacts] | None = None
        """By `domain_key`. None if nothing is known."""

        self.is_complete = False
        """Whether these are all domains, and the API told all about them that it was asked."""

        self.error: UcdnTuiError | None = None
        """Why the list is unknown."""

        self.quota_error: UcdnTuiError | None = None
        """Why a quota is unknown, the last time."""

    async def load(self) -> None:
        """Ask for the domains, unless they are known, or were asked for in vain a minute ago; raises nothing."""
        if self._loading is None or self._loading.done():
            is_late = self._asked is None or self._clock.elapsed() - self._asked >= _RETRY
            if self.is_complete or not is_late:
                return
            self._asked = self._clock.elapsed()
            self._loading = asyncio.create_task(self._load())
        await asyncio.shield(self._loading)  # who asks may be cancelled, as by the next key; the answer is for all

    async def _load(self) -> None:
        self.error, is_complete = None, True
        try:
            client = await self._api.get()
            found = await client.get_domains()
        except UcdnTuiError as error:
            self.error = error
            return
        facts = {domain_key(domain.name): DomainFacts(domain.id) for domain in found.domains if domain.name}
        for is_dcdn in (True, False):  # a server that ignores IsDcdn returns all twice: then they are ordinary ones
            try:
                configs = await client.get_domain_configs(is_dcdn=is_dcdn)
            except ApiError as error:
                log.info("domain configuration: %s", error.log_text)
                is_complete = is_complete and not is_dcdn  # the list may lack whole-site domains
                continue
            for config in configs:
                if config.domain:
                    name = domain_key(config.domain)
                    facts[name] = DomainFacts(
                        config.id or facts.get(name, DomainFacts()).id,
                        ignores_query=config.leaves_out_query,
                        cache_host=config.cache_host.lower(),
                        is_dcdn=is_dcdn,
                    )
        self.facts, self.is_complete = facts, found.is_complete and is_complete

    def names(self) -> list[str]:
        """Return the names of the domains that have an id, sorted."""
        return sorted(name for name, facts in (self.facts or {}).items() if facts.id)

    def forget_quotas(self) -> None:
        """Ask for the quotas again: something was submitted."""
        self._quotas.clear()

    async def quotas(self, names: Iterable[str], *, again: bool = False) -> dict[str, DomainQuota]:
        """Return the quota of each of these domains that the API tells; raises nothing. `again`: also known ones."""
        known = Known(self.facts)
        wanted = {name: facts.id for name in names if (facts := known.domain(name)) is not None and facts.id}
        limit = asyncio.Semaphore(_AT_ONCE)

        async def ask(name: str) -> None:
            at, _quota = self._quotas.get(name, (None, None))
            if not again and at is not None and self._clock.elapsed() - at < _LASTING:
                return
            async with limit:
                try:
                    quota = await (await self._api.get()).get_quota(wanted[name])
                except UcdnTuiError as error:
                    self.quota_error = error
                    log.info("quota: %s", error.log_text)
                    self._quotas.pop(name, None)
                else:
                    self._quotas[name] = self._clock.elapsed(), quota

        await asyncio.gather(*map(ask, wanted))
        return {name: self._quotas[name][1] for name in wanted if name in self._quotas}

"""`ucdn-tui quota`: what is left today of the domains' quotas."""

import argparse
from collections.abc import Mapping
from typing import Any

from ucdn_tui.api.domains import Allowance, DomainQuota
from ucdn_tui.cli.connect import client_for
from ucdn_tui.cli.scripts.result import Outcome, Output, Result, run_command
from ucdn_tui.cli.table import aligned
from ucdn_tui.clock import SystemClock
from ucdn_tui.i18n import _
from ucdn_tui.submit.domains import AccountDomains
from ucdn_tui.text import NOTHING, sanitize


def quota(flags: argparse.Namespace, environ: Mapping[str, str]) -> int:
    """Run the command; return its exit status."""
    output = Output("quota", bool(flags.json))

    async def main(result: Result) -> None:
        clock = SystemClock()
        client, _connection = client_for(clock, flags, environ)
        try:
            domains = AccountDomains(client, clock)
            await domains.load()
            if domains.error is not None:
                raise domains.error
            names = [name.lower() for name in flags.words] or domains.names()
            unknown = [name for name in names if name not in domains.names()]
            if unknown:
                words = _("not a domain of this account: {name}")
                result.end(Outcome.USAGE, words.format(name=sanitize(unknown[0], 80)))
                return
            quotas = await domains.quotas(names)
            if domains.quota_error is not None and not quotas:
                raise domains.quota_error
            result.quotas = [_document(name, quotas.get(name)) for name in names]
            if not names:
                result.message = _("This account has no domains.")
        finally:
            await client.aclose()

    return run_command(main, output, _table)


def _document(name: str, quota: DomainQuota | None) -> dict[str, Any]:
    """Return a domain's quotas; null for what the API does not tell."""
    known = quota or DomainQuota()
    each = {"files": known.files, "directories": known.dirs, "prefetches": known.prefetches}
    return {"domain": name, **{kind: _allowance(allowance) for kind, allowance in each.items()}}


def _allowance(allowance: Allowance) -> dict[str, int | None]:
    return {"quota": allowance.quota, "submitted": allowance.submitted, "left": allowance.left}


def _table(result: Result) -> list[str]:
    if not result.quotas:
        return []
    rows = [[_("DOMAIN"), _("FILES"), _("DIRECTORIES"), _("PREFETCHES")]]
    for document in result.quotas:
        cells = [document[kind] for kind in ("files", "directories", "prefetches")]
        rows.append([sanitize(document["domain"], 80), *(_shown(cell) for cell in cells)])
    return aligned(rows)


def _shown(allowance: Mapping[str, int | None]) -> str:
    return NOTHING if allowance["left"] is None else f"{allowance['left']}/{allowance['quota']}"

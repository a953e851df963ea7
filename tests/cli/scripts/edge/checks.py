"""Refreshed tasks, and what the documents that `verify` prints claim."""

import subprocess
import time
from typing import Any

from cli.scripts.documents import document
from ucdn_tui.simulator.account import Account

FAST = ("--interval", "1s")


def claims(done: subprocess.CompletedProcess[str]) -> list[str]:
    return [check["claim"] for check in document(done)["checks"]]


def refreshed(simulated: Account, *urls: str, kind: Any = "refresh", ago: float = 300.0, **fields: Any) -> str:
    """Add a task that was created so many seconds ago, and has ended after 60 s."""
    return simulated.add(kind, urls, created=time.time() - ago, queue=0.0, work=60.0, **fields)

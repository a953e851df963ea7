"""Helpers of the tests of verifying."""

import json
import subprocess
import time
from pathlib import Path
from typing import Any

import jsonschema

from ucdn_tui.simulator.account import Account

SCHEMA = json.loads((Path(__file__).parents[4] / "docs" / "schema.json").read_text(encoding="utf-8"))

FAST = ("--interval", "1s")


def document(done: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    """Return the JSON on standard output, after checking it against the schema."""
    found = json.loads(done.stdout)
    jsonschema.validate(found, SCHEMA)
    assert found["exit_status"] == done.returncode
    return found


def claims(done: subprocess.CompletedProcess[str]) -> list[str]:
    return [check["claim"] for check in document(done)["checks"]]


def refreshed(simulated: Account, *urls: str, kind: Any = "refresh", ago: float = 300.0, **fields: Any) -> str:
    """Add a task that was created so many seconds ago, and has ended after 60 s."""
    return simulated.add(kind, urls, created=time.time() - ago, queue=0.0, work=60.0, **fields)

"""The account of the tests of commands, and the documents that commands print."""

import json
import subprocess
from pathlib import Path
from typing import Any

import jsonschema

from ucdn_tui.simulator.actions.service import Service

SCHEMA = json.loads((Path(__file__).parents[3] / "docs" / "schema.json").read_text(encoding="utf-8"))

IMG = "https://img.example.com/"


def document(done: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    """Return the JSON on standard output, after checking it against the schema."""
    found = json.loads(done.stdout)
    jsonschema.validate(found, SCHEMA)
    assert found["exit_status"] == done.returncode
    return found


def submitted(service: Service) -> dict[str, int]:
    return {url: count for (_kind, url), count in service.submitted.items()}

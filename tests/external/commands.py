"""Commands to run at the end of a task."""

import asyncio
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from support import PATIENCE
from ucdn_tui.external.on_finish import FinishHook

DOCUMENT = json.dumps({"id": "task-1", "url": "https://cdn.test/活.jpg"}, ensure_ascii=False)


async def until(holds: Callable[[], bool], message: str = "it did not happen") -> None:
    end = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < end, message
        await asyncio.sleep(0.01)


def script(folder: Path, body: str, name: str = "command", interpreter: str = "/bin/sh") -> str:
    """Write a script; return its path."""
    path = folder / name
    path.write_text(f"#!{interpreter}\n{body}\n", encoding="utf-8")
    path.chmod(0o755)
    return str(path)


def text(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.exists() else ""


class Make(Protocol):
    def __call__(self, *command: str, limit: float = PATIENCE, environ: dict[str, str] | None = None) -> FinishHook: ...


async def done(hook: FinishHook) -> None:
    """Wait until the hook has nothing running or scheduled."""
    await until(lambda: not [task for task in asyncio.all_tasks() if task.get_name() == "on-finish"])

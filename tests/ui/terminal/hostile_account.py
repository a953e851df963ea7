"""A hostile account, and the program that watches it."""

import json
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from support.data.hostile import LONG, STATUSES, TEXTS, Reply
from support.program import PROGRAM
from support.terminals.terminal import RESTORED, StartTerminal, Terminal
from support.terminals.written import PAYLOADS

ITERM = {"TERM_PROGRAM": "iTerm.app", "TERM_PROGRAM_VERSION": "3.6.6"}
"""It supports titles, notifications and progress."""

COLUMNS, ROWS = 170, 36

HEADER = "X-UCLOUD-REQUEST-UUID"


class Account:
    """A hostile account: every text of its tasks is one of PAYLOADS. `refusal` replaces its answers."""

    def __init__(self) -> None:
        now = int(time.time())
        self.finishing = False
        """Whether the active tasks have finished."""
        self.refusal: Reply | None = None
        self.tasks = [_task(number, text, now) for number, text in enumerate(PAYLOADS.values())]
        self.tasks += [
            _task(number, (piece * LONG)[:LONG], now)
            for number, piece in ((90, "x"), (91, "\x1b[2J\n"), (92, "字\u0301"))
        ]

    def reply(self, form: dict[str, list[str]]) -> Reply:
        if self.refusal is not None:
            return self.refusal
        answer = {"RetCode": 0, "TaskList": [], "ProjectSet": _projects()}
        if form["Action"] == ["DescribeNewUcdnRefreshCacheTask"]:
            finishing = self.finishing  # once an answer: a test may set it meanwhile
            answer["TaskList"] = [_as_it_is(task, finishing) for task in self.tasks if _is_asked_for(task, form)]
        return 200, {HEADER: _header(TEXTS["title"])}, json.dumps(answer).encode()


def _as_it_is(task: dict[str, Any], finishing: bool) -> dict[str, Any]:
    if not finishing or task["Status"] not in ("process", "wait"):
        return task
    urls = [{**url, "Status": "success", "FinishTime": int(time.time())} for url in task["UrlLists"]]
    return {**task, "Status": "failure", "UrlLists": urls}


def _task(number: int, text: str, now: int) -> dict[str, Any]:
    status = (*STATUSES, text)[number % 6]
    urls = [
        {"Url": f"https://h/{number:02}/{text}", "Status": status, "CreateTime": now - 100, "Progress": number},
        {"Url": text, "Status": text, "CreateTime": now - 100},
    ]
    return {
        "TaskId": f"{number:02}{text}",
        "Type": text,
        "Status": status,
        "CreateTime": now - 100 - number,
        "UrlLists": urls,
    }


def _is_asked_for(task: dict[str, Any], form: dict[str, list[str]]) -> bool:
    ids = [values[0] for name, values in form.items() if name.startswith("TaskId.")]
    if ids:
        return task["TaskId"] in ids
    is_first = form.get("Offset", ["0"]) == ["0"] and not {"Status", "IsDcdn"} & form.keys()
    return is_first and task["CreateTime"] >= int(form["BeginTime"][0])


def _projects() -> list[dict[str, Any]]:
    return [{"ProjectId": f"org-{n}{text}", "ProjectName": text} for n, text in enumerate(PAYLOADS.values())]


def _header(text: str) -> str:
    """Return a text as a header can hold it: without line ends."""
    return re.sub(r"[\s\0]", "", text, flags=re.ASCII).encode("utf-8", "surrogatepass").decode("latin-1")


@contextmanager
def started(terminal: StartTerminal, env: dict[str, str], *flags: str) -> Iterator[Terminal]:
    """Start the program, and quit it afterwards."""
    program = terminal([PROGRAM, *flags], columns=COLUMNS, rows=ROWS, env=env, cwd=Path.home())
    program.wait_for(r"updated \d+s ago")
    yield program
    program.send("q")
    assert program.exit_status() == 0
    assert program.modes() == RESTORED


def press(program: Terminal, keys: str, until: str = "", gone: str = "") -> None:
    """Send keys, and wait until one text has appeared and another one is gone."""
    program.send(keys)
    if until:
        program.wait_for(until)
    if gone:
        program.wait_gone(gone)

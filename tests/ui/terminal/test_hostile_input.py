"""Refusals, pastes and clocks that are hostile, in a real terminal: every byte that reaches it is checked."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from support.data.hostile import Reply
from support.program import PROGRAM
from support.terminals.terminal import RESTORED, StartTerminal
from support.terminals.written import PAYLOADS, written
from ui.terminal.hostile_account import (
    COLUMNS,
    HEADER,
    ROWS,
    Account,
    _header,
    press,
    started,
)


def refusals() -> Iterator[tuple[Reply, str]]:
    """Yield invalid answers, and what the screen says of each."""
    texts = list(PAYLOADS.values())
    for at in range(0, len(texts), 7):
        message = f"no. {at}: {''.join(texts[at : at + 7])}"
        yield _refusal({"RetCode": 9, "Message": message}, "".join(texts[at + 3 : at + 5])), rf"no\. {at}:"
    pwn = PAYLOADS["title"]
    yield _refusal({"RetCode": pwn, "Message": pwn}), "no RetCode"
    yield _refusal({"RetCode": 0, "Action": pwn}), "an answer to another action"
    yield (200, {HEADER: _header(pwn)}, f"<html>{pwn}".encode()), "got a web page, not JSON"
    yield (500, {"Retry-After": _header(pwn), "Content-Type": _header(pwn)}, pwn.encode()), "(HTTP 500)"
    yield (302, {"Location": _header(f"http://evil.test/{pwn}"), "Date": _header(pwn)}, b""), "not HTTP"
    yield (200, {"Content-Encoding": "gzip", HEADER: _header(pwn)}, pwn.encode()), "compression is broken"


def _refusal(answer: dict[str, Any], request_id: str = "") -> Reply:
    return 200, {HEADER: _header(request_id)}, json.dumps(answer).encode()


def test_a_refusal_is_shown_as_text(
    terminal: StartTerminal, hostile_env: dict[str, str], hostile_account: Account
) -> None:
    program = terminal([PROGRAM, "--interval", "1s"], columns=COLUMNS, rows=ROWS, env=hostile_env)
    program.wait_for(r"updated \d+s ago")
    for hostile_account.refusal, words in refusals():
        press(program, "r", words)
    hostile_account.refusal = _refusal({"RetCode": 171, "Message": PAYLOADS["markup"]}, PAYLOADS["one byte controls"])
    press(program, "r", re.escape("[/b][red]pwn[/][link=http://evil.test/]"))
    program.wait_for("Sign in to UCloud")
    program.send("\x11")
    assert program.exit_status() == 0
    assert program.modes() == RESTORED
    assert written(program).copied == []


PASTED = "pwn\x9b31mpwn\x9d0;pwn\x9c\x0e\x7f\u202epwn\u200bpasted"
"""What a page may put into the clipboard. U+009B is CSI to xterm and VTE, U+009D is OSC."""


def test_text_pasted_into_the_filter_reaches_the_terminal_as_text(
    terminal: StartTerminal, hostile_env: dict[str, str]
) -> None:
    with started(terminal, hostile_env) as program:
        press(program, "/", " Done  ")
        program.paste(PASTED)
        program.wait_for(" 0 of ")
        press(program, "\x1b", gone=" 0 of ")
    written(program)


@pytest.mark.parametrize(
    ("keys", "menu"),
    [("w", "─ Time range ─"), ("\x10", "🔎"), ("", "Sign in to")],
    ids=["window", "palette", "sign-in"],
)
def test_text_pasted_elsewhere_reaches_the_terminal_as_text(
    terminal: StartTerminal, hostile_env: dict[str, str], keys: str, menu: str
) -> None:
    env = hostile_env if keys else {name: value for name, value in hostile_env.items() if not name.startswith("UCLOUD")}
    program = terminal([PROGRAM], columns=COLUMNS, rows=ROWS, env=env)
    if keys:
        program.wait_for(r"updated \d+s ago")
    press(program, keys, menu)
    program.send("\t" if keys == "w" else "")
    program.paste(PASTED)
    program.wait_for("pasted")
    program.send("\x11")
    assert program.exit_status() == 0
    written(program)


def test_a_server_clock_in_the_year_10000_does_not_crash(
    terminal: StartTerminal, hostile_env: dict[str, str], hostile_account: Account, tmp_path: Path
) -> None:
    body = json.dumps({"RetCode": 0, "TaskList": hostile_account.tasks[:3]}).encode()
    hostile_account.refusal = 200, {"Date": "Fri, 31 Dec 9999 23:59:59 -2359"}, body
    with started(terminal, hostile_env) as program:
        press(program, "E", "─ Export ")
        press(program, "\r", "written")
    written(program)

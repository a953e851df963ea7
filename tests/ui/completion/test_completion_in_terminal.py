"""Finished tasks in a real terminal: the sequences that reach it, and that they are undone."""

import json
import os
import re
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.program import PROGRAM, ServerTime, served
from support.terminals.shell import BASH, needs_bash, run_in
from support.terminals.terminal import RESTORED, StartTerminal, Terminal
from ucdn_tui.simulator.account import Account
from ucdn_tui.simulator.plan import NEVER

SAVE, RESTORE, CLEAR = "\x1b[22;2t", "\x1b[23;2t", "\x1b]9;4;0\x1b\\"

_SEQUENCE = re.compile(r"\x1b\](?:0|1|2|9|777);[^\x07\x1b]*(?:\x07|\x1b\\)|\x1b\[2[23];[0-9]t")
_BELL = re.compile(r"(?:\x1b\][^\x07\x1b]*\x07)|(\x07)")

KITTY = {"TERM": "xterm-kitty"}
FOOT = {"TERM": "foot"}
ITERM = {"TERM_PROGRAM": "iTerm.app", "TERM_PROGRAM_VERSION": "3.6.6"}

HOSTILE = "https://h/\x1b]0;own\x07\x9b\n;4;[/b]"
WORDS = r"✔ succeeded in 3s h/\x1b]0,own\x07\x9b\n,4,[/b]"
"""The text of a notification about that URL."""


@pytest.fixture
def now() -> ServerTime:
    return ServerTime()


@pytest.fixture
def account(now: ServerTime) -> Account:
    """An account with one task that stays queued."""
    simulated = Account(now, seed=1)
    simulated.add("refresh", ["https://cdn.test/waiting.jpg"], created=time.time() - 9, queue=NEVER)
    return simulated


@pytest.fixture
def env(account: Account) -> Iterator[dict[str, str]]:
    with served(account) as variables:
        yield variables


def sequences(program: Terminal) -> list[str]:
    """Return the titles, notifications and progress that have reached the terminal, in order."""
    return [match[0] for match in _SEQUENCE.finditer(program.raw.decode(errors="replace"))]


def bells(program: Terminal) -> int:
    """Return how often the bell was rung; a bell that ends a sequence does not count."""
    return sum(match[1] is not None for match in _BELL.finditer(program.raw.decode(errors="replace")))


def finish(account: Account, now: ServerTime) -> str:
    """Add a task that has finished after three seconds; return its TaskId."""
    task_id = account.add("refresh", [HOSTILE], created=now(), queue=0.0, work=3.0)
    now.pass_time(3.0)
    return task_id


def start(terminal: StartTerminal, env: dict[str, str], *flags: str, **known_by: str) -> Terminal:
    program = terminal([PROGRAM, "--interval", "1s", *flags], columns=140, env=env | known_by)
    program.wait_for(r"updated \d+s ago")
    return program


def leave(program: Terminal) -> None:
    program.send("q")
    assert program.exit_status() == 0
    assert program.modes() == RESTORED


def configure(text: str) -> None:
    """Write the program's configuration, in the home of this test."""
    folder = Path.home() / ".config" / "ucdn-tui"
    folder.mkdir(parents=True)
    (folder / "config.toml").write_text(text, encoding="utf-8")


@pytest.mark.parametrize(
    ("known_by", "popup", "progress"),
    [
        pytest.param(KITTY, f"\x1b]9;Refresh finished: {WORDS}\x1b\\", False, id="kitty"),
        pytest.param(FOOT, f"\x1b]777;notify;Refresh finished;{WORDS}\x1b\\", False, id="foot"),
        pytest.param(ITERM, f"\x1b]9;Refresh finished: {WORDS}\x1b\\", True, id="iTerm2"),
    ],
)
def test_a_known_terminal_gets_its_sequences_and_they_are_undone(
    terminal: StartTerminal,
    env: dict[str, str],
    account: Account,
    now: ServerTime,
    known_by: dict[str, str],
    popup: str,
    progress: bool,
) -> None:
    program = start(terminal, env, **known_by)
    finish(account, now)
    program.wait_for("Refresh finished")
    leave(program)
    assert bells(program) == 1
    notifications = list(dict.fromkeys(sequences(program)))
    assert [sequence for sequence in notifications if re.match(r"\x1b\](777|9;(?!4;))", sequence)] == [popup]
    titles = [sequence for sequence in notifications if re.match(r"\x1b(\]2;|\[2)", sequence)]
    while_both_run = "\x1b]2;▶ 2\x1b\\"  # which a slow machine may not see
    words = [f"\x1b]2;{words}\x1b\\" for words in ("▶ 1", "✔ 1 ▶ 1")]
    assert [sequence for sequence in titles if sequence != while_both_run] == [SAVE, *words, RESTORE]
    tabs = [sequence for sequence in notifications if sequence.startswith("\x1b]9;4;")]
    assert (tabs[:1], tabs[-1:]) == ((["\x1b]9;4;1;0\x1b\\"], [CLEAR]) if progress else ([], []))
    assert len(notifications) == len(titles) + len(tabs) + 1
    assert program.raw.rindex(RESTORE.encode()) < program.raw.rindex(b"\x1b[?1049l")


def test_an_unknown_terminal_gets_the_bell_only(
    terminal: StartTerminal, env: dict[str, str], account: Account, now: ServerTime
) -> None:
    program = start(terminal, env)
    finish(account, now)
    program.wait_for("Refresh finished")
    leave(program)
    assert (sequences(program), bells(program)) == ([], 1)


def test_title_and_progress_are_undone_on_a_signal(terminal: StartTerminal, env: dict[str, str]) -> None:
    program = start(terminal, env, **ITERM)
    update_title = [SAVE, "\x1b]2;▶ 1\x1b\\", "\x1b]9;4;1;0\x1b\\"]
    program.wait_until(lambda _: sequences(program)[:3] == update_title, "title and progress are not sent")
    program.signal(signal.SIGTERM)
    assert program.exit_status() == 128 + signal.SIGTERM
    assert program.modes() == RESTORED
    assert sequences(program)[-2:] == [CLEAR, RESTORE]


UPDATE_TITLE = [SAVE, "\x1b]2;▶ 1\x1b\\", "\x1b]9;4;1;0\x1b\\"]


def test_a_program_resumed_by_a_signal_sends_title_and_progress_again(
    terminal: StartTerminal, env: dict[str, str]
) -> None:
    program = start(terminal, env, **ITERM)
    program.signal(signal.SIGTSTP)
    program.wait_until(lambda _: not program.modes().alternate_screen, "the program was not suspended")
    os.waitid(os.P_PID, program.pid, os.WSTOPPED | os.WNOWAIT)
    before = sequences(program)
    assert before[-2:] == [CLEAR, RESTORE]
    program.signal(signal.SIGCONT)
    program.wait_until(lambda _: program.modes().alternate_screen, "the program did not resume")
    program.wait_until(
        lambda _: sequences(program)[len(before) :][:3] == UPDATE_TITLE, "title and progress are not sent"
    )


@needs_bash
def test_a_program_resumed_by_the_shell_sends_title_and_progress_again(
    terminal: StartTerminal, env: dict[str, str]
) -> None:
    shell = terminal(BASH, columns=140, env=env | ITERM)
    run_in(shell, [PROGRAM, "--interval", "1s"])
    shell.wait_until(lambda _: sequences(shell)[:3] == UPDATE_TITLE, "title and progress are not sent")
    shell.send("\x1a")
    shell.wait_for("Stopped")
    before = sequences(shell)
    assert before[-2:] == [CLEAR, RESTORE]
    shell.send("fg\r")
    shell.wait_until(lambda _: sequences(shell)[len(before) :][:3] == UPDATE_TITLE, "title and progress are not sent")


def test_the_configuration_switches_everything_off(
    terminal: StartTerminal, env: dict[str, str], account: Account, now: ServerTime
) -> None:
    configure("[notify]\ntoast = false\nbell = false\ntitle = false\ndesktop = false\nprogress = false\n")
    program = start(terminal, env, **ITERM)
    finish(account, now)
    program.wait_for("✔ 1 success .*updated")
    leave(program)
    assert "Refresh finished" not in program.raw.decode(errors="replace")
    assert (sequences(program), bells(program)) == ([], 0)


def test_the_demo_ignores_the_users_configuration(
    terminal: StartTerminal,
) -> None:
    configure("[notify]\ntitle = false\n[keys]\n'app.leave' = 'x'\n")
    program = start(terminal, {}, "--demo", **ITERM)
    leave(program)
    titles = [sequence for sequence in sequences(program) if sequence.startswith("\x1b]2;")]
    assert re.fullmatch(r"\x1b]2;✔ \d+ ▶ \d+ ✖ \d+\x1b\\", titles[-1])
    assert sequences(program)[-2:] == [CLEAR, RESTORE]


def test_on_finish_gets_the_task_as_json_and_no_private_key(
    terminal: StartTerminal, env: dict[str, str], account: Account, now: ServerTime, tmp_path: Path
) -> None:
    script, out = tmp_path / "script", tmp_path / "out"
    script.write_text(f'#!/bin/sh\ncat >"{out}.part"\nenv >"{out}.env"\nmv "{out}.part" "{out}"\n', encoding="utf-8")
    script.chmod(0o700)
    configure(f'on_finish = ["{script}"]\n')
    program = start(terminal, env)
    task_id = finish(account, now)
    program.wait_until(lambda _: out.exists(), "the command was not run")
    document = json.loads(out.read_text(encoding="utf-8"))
    assert (document["task_id"], document["status"], document["percent"]) == (task_id, "success", 100)
    assert document["urls"][0]["url"] == HOSTILE
    assert account.private_key not in Path(f"{out}.env").read_text(encoding="utf-8")
    leave(program)

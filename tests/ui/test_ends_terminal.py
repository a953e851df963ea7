"""The moment a task ends, in a real terminal: which bytes reach it, and that nothing is left of them afterwards."""

import json
import os
import re
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from support.program import PROGRAM, served
from support.terminal import RESTORED, StartTerminal, Terminal
from ucdn_tui.simulator.account import Account
from ucdn_tui.simulator.plan import NEVER

SAVE, RESTORE, CLEAR = "\x1b[22;2t", "\x1b[23;2t", "\x1b]9;4;0\x1b\\"

_SEQUENCE = re.compile(r"\x1b\](?:0|1|2|9|777);[^\x07\x1b]*(?:\x07|\x1b\\)|\x1b\[2[23];[0-9]t")
_BELL = re.compile(r"(?:\x1b\][^\x07\x1b]*\x07)|(\x07)")

KITTY = {"TERM": "xterm-kitty"}
FOOT = {"TERM": "foot"}
ITERM = {"TERM_PROGRAM": "iTerm.app", "TERM_PROGRAM_VERSION": "3.6.6"}
VTE = {"VTE_VERSION": "8001"}
TMUX = {"TERM": "tmux-256color", "TMUX": "/tmp/tmux,1,0"}

WORDS = "✔ success, after 2s https://cdn.test/one.jpg"

Leave = Callable[[Terminal], None]


@pytest.fixture
def account() -> Account:
    """An account in real time, of which one task waits for ever."""
    simulated = Account(time.time, seed=1)
    simulated.add("refresh", ["https://cdn.test/waiting.jpg"], created=time.time() - 9, queue=NEVER)
    return simulated


@pytest.fixture
def env(account: Account) -> Iterator[dict[str, str]]:
    with served(account) as variables:
        yield variables


def told(program: Terminal) -> list[str]:
    """Return the titles, notifications and progress that have reached the terminal, in order."""
    return [match[0] for match in _SEQUENCE.finditer(program.raw.decode(errors="replace"))]


def bells(program: Terminal) -> int:
    """Return how often the terminal's bell was rung, but for the ends of sequences."""
    return sum(match[1] is not None for match in _BELL.finditer(program.raw.decode(errors="replace")))


def finish(account: Account, name: str = "one", work: float = 2.0) -> str:
    """Add a task that is over soon; return its TaskId."""
    return account.add("refresh", [f"https://cdn.test/{name}.jpg"], created=time.time(), queue=0.0, work=work)


def start(terminal: StartTerminal, env: dict[str, str], **known_by: str) -> Terminal:
    program = terminal([PROGRAM, "--interval", "1s"], columns=140, env=env | known_by)
    program.wait_for(r"updated \d+s ago")
    return program


def configure(text: str) -> None:
    """Write the program's configuration, in the home of this test."""
    folder = Path.home() / ".config" / "ucdn-tui"
    folder.mkdir(parents=True)
    (folder / "config.toml").write_text(text, encoding="utf-8")


@pytest.mark.parametrize(
    ("known_by", "popup", "title", "progress"),
    [
        pytest.param(KITTY, f"\x1b]9;Refresh over: {WORDS}\x1b\\", True, False, id="kitty"),
        pytest.param(FOOT, f"\x1b]777;notify;Refresh over;{WORDS}\x1b\\", True, False, id="foot"),
        pytest.param(ITERM, f"\x1b]9;Refresh over: {WORDS}\x1b\\", True, True, id="iTerm2"),
        pytest.param(VTE, None, True, True, id="VTE"),
        pytest.param(TMUX, None, True, False, id="tmux"),
        pytest.param({}, None, False, False, id="unknown"),
        pytest.param(KITTY | {"STY": "1.screen"}, None, False, False, id="screen in kitty"),
    ],
)
def test_a_terminal_gets_what_it_is_known_to_take_and_nothing_else(
    terminal: StartTerminal,
    env: dict[str, str],
    account: Account,
    known_by: dict[str, str],
    popup: str | None,
    title: bool,
    progress: bool,
) -> None:
    program = start(terminal, env, **known_by)
    finish(account)
    program.wait_for("Refresh over")
    program.wait_for("✔ 1 success .*updated")
    program.send("q")
    assert program.exit_status() == 0
    assert program.modes() == RESTORED
    assert bells(program) == 1
    heard = told(program)
    assert [sequence for sequence in heard if re.match(r"\x1b\](777|9;(?!4;))", sequence)] == ([popup] if popup else [])
    titles = [sequence for sequence in heard if re.match(r"\x1b(\]2;|\[2)", sequence)]
    words = [f"\x1b]2;{words}\x1b\\" for words in ("▶ 1", "▶ 2", "✔ 1 ▶ 1")]
    assert titles == ([SAVE, *words, RESTORE] if title else [])
    tabs = [sequence for sequence in heard if sequence.startswith("\x1b]9;4;")]
    assert (tabs[:1], tabs[-1:]) == ((["\x1b]9;4;1;0\x1b\\"], [CLEAR]) if progress else ([], []))
    assert len(heard) == len(titles) + len(tabs) + bool(popup)


@pytest.mark.parametrize(
    ("leave", "status"),
    [
        pytest.param(lambda program: program.send("q"), 0, id="q"),
        pytest.param(lambda program: program.signal(signal.SIGTERM), 143, id="SIGTERM"),
        pytest.param(lambda program: program.signal(signal.SIGHUP), 129, id="SIGHUP"),
    ],
)
def test_title_and_progress_are_taken_back_whatever_ends_the_program(
    terminal: StartTerminal, env: dict[str, str], leave: Leave, status: int
) -> None:
    program = start(terminal, env, **ITERM)
    assert told(program) == [SAVE, "\x1b]2;▶ 1\x1b\\", "\x1b]9;4;1;0\x1b\\"]
    leave(program)
    assert program.exit_status() == status
    assert program.modes() == RESTORED
    assert told(program)[3:] == [CLEAR, RESTORE]
    raw = program.raw.decode(errors="replace")
    assert raw.rindex(RESTORE) < raw.rindex("\x1b[?1049l")


def test_a_program_that_was_suspended_says_anew_how_it_stands(terminal: StartTerminal, env: dict[str, str]) -> None:
    # BUG: nobody calls Ends.again(); after SIGTSTP and SIGCONT title and tab stay empty until a task changes.
    program = start(terminal, env, **ITERM)
    program.signal(signal.SIGTSTP)
    program.wait_until(lambda _: not program.modes().alternate_screen, "it was not suspended")
    os.waitid(os.P_PID, program.pid, os.WSTOPPED | os.WNOWAIT)
    assert told(program)[3:] == [CLEAR, RESTORE]
    program.signal(signal.SIGCONT)
    program.wait_until(lambda _: program.modes().alternate_screen, "it did not come back")
    program.wait_until(lambda _: told(program)[5:] == told(program)[:3], "it does not say how it stands")


@pytest.mark.parametrize("known_by", [ITERM, FOOT], ids=["iTerm2", "foot"])
def test_a_hostile_url_cannot_end_a_sequence_or_begin_another(
    terminal: StartTerminal, env: dict[str, str], account: Account, known_by: dict[str, str]
) -> None:
    program = start(terminal, env, **known_by)
    url = "https://h/\x1b]0;own\x07\x1b\\\x9b\n;4;[/b]"
    account.add("refresh", [url], created=time.time(), queue=0.0, work=1.0)
    program.wait_for("Refresh over")
    program.send("q")
    assert program.exit_status() == 0
    assert "]0;own" not in "".join(told(program))
    (popup,) = [sequence for sequence in told(program) if "h/" in sequence]
    assert popup.removeprefix("\x1b").removesuffix("\x1b\\").isprintable()
    assert popup.count(";") == (1 if known_by is ITERM else 3)
    assert bells(program) == 1
    assert b"\x1b]0;" not in program.raw


def test_the_configuration_switches_them_off(terminal: StartTerminal, env: dict[str, str], account: Account) -> None:
    configure("[notify]\ntoast = false\nbell = false\ntitle = false\ndesktop = false\nprogress = false\n")
    program = start(terminal, env, **ITERM)
    finish(account)
    program.wait_for("✔ 1 success .*updated")
    program.send("q")
    assert program.exit_status() == 0
    assert "Refresh over" not in program.raw.decode(errors="replace")
    assert (told(program), bells(program)) == ([], 0)


def test_the_demonstration_tells_how_it_stands_too(terminal: StartTerminal) -> None:
    configure("[notify]\ntitle = false\n")  # nothing of the person's own counts there
    program = start(terminal, {}, **ITERM)
    program.send("q")
    assert program.exit_status() == 0


def test_the_command_of_the_configuration_gets_the_task_as_json_and_outlives_the_program(
    terminal: StartTerminal, env: dict[str, str], account: Account, tmp_path: Path
) -> None:
    script, out = tmp_path / "script", tmp_path / "out"
    script.write_text(f'#!/bin/sh\ncat >"{out}.part"\nenv >"{out}.env"\nmv "{out}.part" "{out}"\n', encoding="utf-8")
    script.chmod(0o700)
    configure(f'on_finish = ["{script}"]\n')
    program = start(terminal, env)
    task_id = finish(account)
    program.wait_until(lambda _: out.exists(), "the command was not run")
    document = json.loads(out.read_text(encoding="utf-8"))
    assert (document["task_id"], document["status"], document["percent"]) == (task_id, "success", 100)
    assert document["urls"][0]["url"] == "https://cdn.test/one.jpg"
    assert account.private_key not in Path(f"{out}.env").read_text(encoding="utf-8")
    program.send("q")
    assert program.exit_status() == 0


def test_a_command_that_cannot_be_started_is_told_and_the_program_goes_on(
    terminal: StartTerminal, env: dict[str, str], account: Account
) -> None:
    configure('on_finish = "/nowhere/to/be/found --flag"\n')
    program = start(terminal, env)
    finish(account)
    program.wait_for("The command /nowhere/to/be/found cannot be")
    finish(account, "two")
    program.wait_for("✔ 2 success .*updated")

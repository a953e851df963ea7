"""The installed program in a real terminal, polling real servers."""

import re
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest
from rich.cells import cell_len

from support import clean_environment
from support.data.documents import PREFETCH_ANSWER, REFRESH_ANSWER, answer_text, task, url
from support.program import PROGRAM, ServerTime, answered, is_first_page, served
from support.terminals.terminal import RESTORED, StartTerminal
from support.terminals.tmux import StartTmux
from ucdn_tui.simulator.account import Account
from ucdn_tui.simulator.history import populate

FAST = ["--interval", "1s"]

EMPTY = '{"RetCode": 0, "TaskList": [], "TotalCount": 0}'


@pytest.fixture
def now() -> ServerTime:
    return ServerTime()


@pytest.fixture
def account(now: ServerTime) -> Account:
    """An account with one running task."""
    simulated = Account(now, seed=1)
    simulated.add("refresh", ["https://cdn.test/running-1.jpg"], created=time.time() - 9, queue=0, work=3600)
    return simulated


@pytest.fixture
def simulator() -> Iterator[dict[str, str]]:
    """Run `python -m ucdn_tui.simulator` at twenty times the speed; return the variables that it prints."""
    command = [sys.executable, "-m", "ucdn_tui.simulator", "--port", "0", "--speed", "20", "--seed", "7"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, encoding="utf-8", env=clean_environment()) as process:
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in range(3)]
        yield dict(line.strip().removeprefix("export ").split("=", 1) for line in lines)
        process.terminate()


def test_simulator_tasks_of_both_kinds_appear_and_end(terminal: StartTerminal, simulator: dict[str, str]) -> None:
    program = terminal([PROGRAM, *FAST], columns=200, rows=40, env=simulator)
    screen = program.wait_for(r"updated \d+s ago")
    assert re.search(r"^✖ failed 3/30 .* refresh ", screen, re.MULTILINE)
    assert re.search(r"^[✔✖▶○] .* prefetch ", screen, re.MULTILINE)
    assert "env · 127.0.0.1:" in screen
    running: set[str] = set()

    def has_ended(screen: str) -> bool:
        """Return whether a task that was shown as running is shown as successful."""
        running.update(re.findall(r"^▶ running [^│]* (\S+\.\w+)", screen, re.MULTILINE))
        return bool(running & set(re.findall(r"^✔ success [^│]* (\S+\.\w+)", screen, re.MULTILINE)))

    program.wait_until(has_ended, "no task ends")
    program.send("q")
    assert program.exit_status() == 0
    assert program.modes() == RESTORED


def test_new_and_finished_tasks_appear_automatically(
    terminal: StartTerminal, account: Account, now: ServerTime
) -> None:
    with served(account) as env:
        program = terminal([PROGRAM, *FAST], columns=140, env=env)
        program.wait_for(r"^▶ running .*running-1\.jpg")
        for kind in ("refresh", "prefetch"):
            account.add(kind, [f"https://cdn.test/new-{kind}"], queue=0.0, work=600.0, failing=(0,))
        for kind in ("refresh", "prefetch"):
            program.wait_for(rf"^▶ running .* {kind} .*/new-{kind}")
        now.pass_time(600)
        for kind in ("refresh", "prefetch"):
            program.wait_for(rf"^✖ failed .* 0/1 .* {kind} .*/new-{kind}")


def test_documented_answers_are_shown(terminal: StartTerminal) -> None:
    def answer(call: dict[str, str]) -> str:
        if is_first_page(call, "Prefetch"):
            return PREFETCH_ANSWER
        return REFRESH_ANSWER if is_first_page(call, "Refresh") else EMPTY

    with answered(answer) as env:
        program = terminal([PROGRAM, *FAST], columns=160, env=env)
        screen = program.wait_for(r"updated \d+s ago")
        assert re.search(r"^✔ success +2/2 +6s +refresh +xxxxx/test2\.jpg \+1", screen, re.MULTILINE)
        assert len(re.findall(r"^· .* prefetch ", screen, re.MULTILINE)) == 7
        assert "could not be read" not in screen
        program.wait_for(r"updated [23]s ago · next in [12]s")  # the age is updated between polls


HOSTILE = {
    "http://h/[/nope][red]x[/]": "[/nope][red]x[/]",
    "http://h/\x1b[2J\x1b]0;owned\x07end": r"\x1b[2J\x1b]0;owned\x07end",
    "http://h/" + "a" * 9_000 + "/end.jpg": "/end.jpg",
    "http://h/活动/主会场.html": "活动/主会场.html",
    "http://h/two\nlines\r\tx": r"two\nlines\r\tx",
    "http://h/\u202egnp.exe": r"\u202egnp.exe",
    "http://h/\u009b2Jc1": r"\x9b2Jc1",
    "http://h/e" + "\u0301" * 40: r"\u0301",
    "http://h/\ud800half": "half",
}
"""URLs from the API, and the text that must be shown for each."""


def test_hostile_urls_are_sanitized_on_one_line_each(terminal: StartTerminal) -> None:
    rows = [task(f"id-{n}", url(address), CreateTime=int(time.time()) - n) for n, address in enumerate(HOSTILE, 2)]
    every = task("all", *map(url, HOSTILE), CreateTime=int(time.time()), Type="\x1b[2J", Status="\x1b]0;owned\x07")
    body = answer_text(every, *rows)
    with answered(lambda call: body if is_first_page(call, "Refresh") else EMPTY) as env:
        program = terminal([PROGRAM, *FAST], columns=160, rows=24, env=env)
        program.wait_for(r"updated \d+s ago")
        program.wait_for(r"of 9 URLs")
        lines = [line for line in program.text().split("\n")[1:-1] if "│" in line]
        assert len(lines) >= 20
        divided = {cell_len(line.partition("│")[0]) for line in lines}
        assert len(divided) == 1, "the divider is not straight:\n" + "\n".join(lines)
        program.resize(100, 50)
        program.wait_until(lambda text: text.count("half") == 2, "the URLs are not shown in both panes")
        for shown in HOSTILE.values():
            assert program.text().count(shown) >= 2, shown
        program.send("\r")
        program.send("G")
        program.send("q")
        assert program.exit_status() == 0
        for bad in (b"\x1b[2J\x1b]0", b"]0;owned\x07", b"\x1b]0;", b"\xc2\x9b", b"\xe2\x80\xae", b"\xed\xa0\x80"):
            assert bad not in program.raw


def test_a_thousand_tasks_of_a_hundred_urls_can_be_browsed(terminal: StartTerminal) -> None:
    account = Account(time.time, seed=3)
    populate(account, tasks=1000, urls=100)
    plans = [plan for kind in ("refresh", "prefetch") for plan in account.tasks(kind, None)]
    plans.sort(key=lambda plan: plan.create_time)
    with served(account) as env:
        program = terminal([PROGRAM, "--interval", "5s"], columns=140, env=env)
        screen = program.wait_for(r"updated \d+s ago")
        tally = re.findall(r"[▶○✖✔?] (\d+) [a-z]+", screen.split("\n")[0])
        assert sum(map(int, tally)) == 1000
        program.send("G")
        program.wait_for(re.escape(f"· {plans[0].task_id}"))
        program.send("k")
        program.wait_for(re.escape(f"· {plans[1].task_id}"))
        program.wait_for(r"of 100 URLs")
        program.send("g")
        program.wait_for(re.escape(f"· {plans[-1].task_id}"))


def test_demo_needs_neither_keys_nor_network(terminal: StartTerminal) -> None:
    nowhere = {"HTTPS_PROXY": "http://127.0.0.1:9", "UCLOUD_PRIVATE_KEY": "half a pair"}
    program = terminal([PROGRAM, "--demo"], columns=140, rows=60, env=nowhere)
    program.wait_for(r"^ demo · .* updated \d+s ago")
    program.wait_until(
        lambda screen: len(re.findall(r"(?m)^[▶○✖✔?] \w+", screen)) > 20, "fewer than 20 tasks are shown"
    )


def test_both_panes_appear_when_a_small_tmux_window_grows(tmux: StartTmux, account: Account) -> None:
    with served(account) as env:
        shell = f"{PROGRAM} --interval 1s; echo status $?; exec cat"  # stays open, as an interactive shell does
        program = tmux(["/bin/sh", "-c", shell], columns=50, rows=14, env=env)
        program.wait_for(r"^▶ running .*running-1\.jpg")
        assert "of 1 URL" not in program.screen()
        program.keys("Enter")
        program.wait_for("of 1 URL")
        program.keys("Escape")
        program.wait_gone("of 1 URL")  # Escape has been processed: the next key does not become Alt+key
        program.resize(160, 40)
        screen = program.wait_for(r"env · 127\.0\.0\.1:\d+ · 24h .*updated")
        assert re.search(r"^▶ running .*running-1\.jpg .*│", program.wait_for("of 1 URL"), re.MULTILINE), screen
        assert program.state().alternate_screen
        program.keys("q")
        program.wait_for("status 0$")
        after = program.state()
        assert (after.alternate_screen, after.mouse, after.cursor_visible) == (False, False, True)


def test_demo_has_no_other_account(terminal: StartTerminal) -> None:
    program = terminal([PROGRAM, "--demo"])
    program.wait_for(r"updated \d+s ago")
    program.send("P")
    program.wait_for("The demo has one account")
    program.send("q")
    assert program.exit_status() == 0

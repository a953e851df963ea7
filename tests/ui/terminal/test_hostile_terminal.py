"""A hostile account in a real terminal: every byte of its tasks that reaches it is checked."""

import json
import re

from support.data.hostile import complaints
from support.terminals.terminal import StartTerminal, Terminal
from support.terminals.written import PAYLOADS, written
from ui.terminal.hostile_account import (
    COLUMNS,
    ROWS,
    Account,
    press,
    started,
)


def wait_for_rows(program: Terminal, hostile_account: Account) -> None:
    """Wait until each task has one line, and the line between the panes is straight."""
    names = [f"h/{task['TaskId'][:2]}" for task in hostile_account.tasks]

    def holds(screen: str) -> bool:
        lines = screen.split("\n")[1 : ROWS - 2]
        edge = len(lines[-1].partition("│")[0])  # nothing is left of it there, so that it is its column, too
        listed = [line.partition("│")[0].strip() for line in lines]
        header = next((at for at, line in enumerate(listed) if line.startswith("Status")), len(listed))
        rows = listed[header + 1 :]
        return (
            all(program.cell(edge, y).data == "│" for y in range(1, ROWS - 2))
            and all(sum(name in row for row in rows) == 1 for name in names)
            and sum(map(bool, rows)) == len(names)
        )

    program.wait_until(holds, "not every task has one line")


def find(program: Terminal, words: str) -> None:
    """Filter by the words of one task."""
    press(program, "/", " Done  ")
    press(program, words, f" 1 of {len(PAYLOADS) + 3} ")
    press(program, "\r", gone=" Done  ")


def go_to_second_url(program: Terminal) -> None:
    """Go from a task to its second URL; the row of the cursor is bold."""
    x = program.find("│")[0] + 2
    header = program.find("│Status")[1]
    for key, line in (("\r", header + 1), ("j", header + 2)):
        program.send(key)
        program.wait_until(lambda _, y=line: program.cell(x, y).bold, "the cursor is elsewhere")


def go_back_to_the_list(program: Terminal) -> None:
    """Go from the second URL back to the task list: the URL's row is not bold any more."""
    x = program.find("│")[0] + 2
    second = program.find("│Status")[1] + 2
    program.send("\x1b")
    program.wait_until(lambda _: not program.cell(x, second).bold, "the cursor is still among the URLs")


def copy(program: Terminal, label: str) -> None:
    """Copy this from the menu, and wait for the sequence."""
    copies = program.raw.count(b"\x1b]52;")
    press(program, "y", "─ Copy ─")
    line = re.search(rf"│ (\d) {label}(?!s)", program.text())
    assert line is not None, program.text()
    program.send(line[1])
    program.wait_until(lambda _: program.raw.count(b"\x1b]52;") == copies + 1, "nothing was copied")
    program.wait_gone("─ Copy ─")


def test_each_task_has_one_line_in_any_order_and_at_any_size(
    terminal: StartTerminal, hostile_env: dict[str, str], hostile_account: Account
) -> None:
    with started(terminal, hostile_env) as program:
        wait_for_rows(program, hostile_account)
        for column in range(1, 10):
            press(program, "s", "Sort by")
            press(program, str(column), gone="Sort by")
            wait_for_rows(program, hostile_account)
        press(program, "S", r"^Status.*\n.* h/92")
        wait_for_rows(program, hostile_account)
        press(program, "?", "─ Help ─")
        press(program, "\x1b", gone="─ Help ─")
        press(program, "O", "org-0")
        press(program, "\x1b[F", r"org-26\.\./")
        press(program, "\x1b", gone="─ Projects ─")
        program.resize(50, 14)
        program.wait_for("q Quit$")
        for _ in range(2):
            lines = program.text().split("\n")[3:13]
            assert all(re.match(r"[▶○✖✔?·] .* h/[0-9][0-9]", line) for line in lines), program.text()
            program.send("\x1b[6~")
            program.wait_until(
                lambda screen, first=lines[0]: screen.split("\n")[3] != first, "the list does not scroll"
            )
        press(program, "\r", "esc Back")
        program.resize(COLUMNS, ROWS)
        program.wait_for(r"q Quit$")
        wait_for_rows(program, hostile_account)
    shown = written(program)
    assert {link[:4] for link in shown.links} >= {f"h/{number:02}" for number in range(len(PAYLOADS))}
    assert (shown.copied, shown.notified) == ([], [])


def test_hostile_texts_can_be_filtered_and_copied(terminal: StartTerminal, hostile_env: dict[str, str]) -> None:
    title = r"\x1b]0;pwn\x07\x1b]2;pwn\x1b" + "\\"
    markup = "[/b][red]pwn[/][link=http://evil.test/]x[/link][@click=app.quit]q[/]\\["
    wide = "例子漢字ｆｕｌｌ한글かな"
    right_to_left = "ספר/كتاب/فيلم.jpg"
    meant = []
    with started(terminal, hostile_env) as program:
        for number, words, text in [
            (2, "h/02/", title),
            (12, markup, markup),
            (14, "ספר", right_to_left),
            (16, wide, wide),
        ]:
            find(program, words)
            copy(program, "URL")
            go_to_second_url(program)
            copy(program, "URL")
            copy(program, "Task id")
            meant += [f"https://h/{number:02}/{text}", text, f"{number:02}{text}"]
            if number == 2:
                copy(program, "Task as JSON")
                copy(program, "Support report")
            go_back_to_the_list(program)
            press(program, "\x1b", gone=f" 1 of {len(PAYLOADS) + 3} ")
    copied = written(program).copied
    document, letter = (copied.pop(3) for _ in range(2))
    assert copied == meant
    assert json.loads(document)["urls"][1]["url"] == PAYLOADS["title"]
    assert f"Task id: 02{title}\n" in letter
    for line in f"{document}{letter}".split("\n"):
        assert not complaints(line)


def test_notifications_of_finished_tasks_end_no_sequence(
    terminal: StartTerminal, hostile_env: dict[str, str], hostile_account: Account
) -> None:
    hostile_account.tasks = [task for task in hostile_account.tasks if task["TaskId"][:2] in ("02", "08", "13")]
    with started(terminal, hostile_env, "--interval", "1s") as program:
        hostile_account.finishing = True
        program.wait_until(lambda screen: screen.count("Refresh finished") == 3, "three tasks are not reported")
    shown = written(program)
    assert [re.sub(r"after \w+ ", "after a while ", words) for words in sorted(shown.notified)] == [
        "Refresh finished: ✖ failed after a while h" + words
        for words in (
            r"/02/\x1b]0,pwn\x07\x1b]2,pwn\x1b\ +1",
            r"…/\x9b31mpwn\x…c\x90pwn\x9c\x84\x85\x8d +1",
            r"…/\u202epwn\u2…\u202c\u200e\u200f\u061c +1",
        )
    ]
    assert shown.titles[-2:] == ["▶ 3", "▶ 0 ✖ 3"]

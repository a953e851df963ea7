"""A hostile account on a real terminal: what reaches it byte by byte is what the program means, and nothing of theirs."""

import base64
import json
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from support.hostile import LONG, STATUSES, TEXTS, Reply, complaints, replying
from support.program import PROGRAM
from support.terminal import RESTORED, StartTerminal, Terminal

ITERM = {"TERM_PROGRAM": "iTerm.app", "TERM_PROGRAM_VERSION": "3.6.6"}
"""It takes titles, notifications and progress."""

COLUMNS, ROWS = 140, 50

HEADER = "X-UCLOUD-REQUEST-UUID"

_TOKEN = re.compile(
    r"""
    (?P<osc>\x1b\](?P<words>[^\x00-\x1f\x7f-\x9f]*)(?:\x07|\x1b\\))
  | (?P<csi>\x1b\[[0-?]*[ -/]*[@-~])
  | (?P<string>\x1b[PX^_][^\x1b\x07\x9c]*(?:\x07|\x1b\\))
  | (?P<escape>\x1b[ -/]*[0-~])
  | (?P<line>\r\n)
  | (?P<control>[\x00-\x1f\x7f-\x9f])
  | (?P<text>[^\x00-\x1f\x7f-\x9f]+)
    """,
    re.VERBOSE,
)

_CSI = re.compile(
    r"""\x1b\[(?:
    [0-9;]*m                                                        # colours
  | [0-9]+;[0-9]+H                                                  # where to write
  | \?(?:7|25|1000|1003|1004|1006|1015|1049|2004|2026|2048)[hl]     # modes
  | \?(?:2026|2048)\$p                                              # whether the terminal knows these two
  | >[0-9]+u | <u                                                   # keyboard
  | 2[23];2t                                                        # the title, saved and had back
    )""",
    re.VERBOSE,
)

_OSC = re.compile(
    r"""(?:
    8;; | 8;id=[0-9]+;https?://(?P<link>[!#-;=?-\[\]_a-z~]+)
  | 52;c;(?P<copied>[A-Za-z0-9+/]*={0,2})
  | 22;[a-z-]+                                                      # the mouse's pointer
  | 2;(?P<title>[^;]*)
  | 9;4;[0-4](?:;[0-9]+)?
  | 9;(?P<told>[^;]*)
    )""",
    re.VERBOSE,
)


class Written(NamedTuple):
    """What a program has written to its terminal, as far as it is more than text."""

    links: list[str]
    copied: list[str]
    titles: list[str]
    told: list[str]


def written(program: Terminal) -> Written:
    """Take apart what was written, as a strict terminal does; AssertionError where there is anything not of our own."""
    raw = program.raw.decode("utf-8", "strict")
    found = Written([], [], [], [])
    at = 0
    while at < len(raw):
        token = _TOKEN.match(raw, at)
        assert token, f"no sequence: {raw[at : at + 60]!r}"
        context = f"{token[0][:200]!r} behind {raw[max(0, at - 60) : at]!r}"
        match token.lastgroup:
            case "text":
                assert not complaints(token[0]), context
            case "csi":
                assert _CSI.fullmatch(token[0]), context
            case "words" | "osc":
                _take(found, token["words"], context)
            case "line":
                pass
            case _:
                raise AssertionError(context)
        at = token.end()
    for text in PAYLOADS.values():
        for part in re.findall(r"[^ -~][^\x1b]*pwn", text):
            assert part not in raw, repr(part)
    return found


def _take(found: Written, words: str, context: str) -> None:
    sequence = _OSC.fullmatch(words)
    assert sequence, context
    if sequence["link"]:
        assert sequence["link"].startswith("h/"), context
        found.links.append(sequence["link"])
    elif sequence["copied"] is not None:
        found.copied.append(base64.b64decode(sequence["copied"], validate=True).decode())
    elif (told := sequence["told"] or sequence["title"]) is not None:
        assert not complaints(told), context
        assert len(told) <= 500
        (found.told if sequence["told"] else found.titles).append(told)


PAYLOADS = {name: text.replace("\u20e3", "") for name, text in TEXTS.items()}
"""pyte leaves out what stands behind an enclosing mark."""


class Account:
    """A hostile account, of whose tasks every text is one of PAYLOADS; it refuses to answer when it is told to."""

    def __init__(self) -> None:
        now = int(time.time())
        self.ends = False
        """Whether what was active is over by now."""
        self.refusal: Reply | None = None
        self.tasks = [_task(number, text, now) for number, text in enumerate(PAYLOADS.values())]
        self.tasks += [
            _task(number, (piece * LONG)[:LONG], now) for number, piece in ((90, "x"), (91, "\x1b[2J\n"), (92, "字\u0301"))
        ]

    def reply(self, form: dict[str, list[str]]) -> Reply:
        if self.refusal is not None:
            return self.refusal
        answer = {"RetCode": 0, "TaskList": [], "ProjectSet": _projects()}
        if form["Action"] == ["DescribeNewUcdnRefreshCacheTask"]:
            answer["TaskList"] = [self._as_it_is(task) for task in self.tasks if _is_asked_for(task, form)]
        return 200, {HEADER: _header(TEXTS["title"])}, json.dumps(answer).encode()

    def _as_it_is(self, task: dict[str, Any]) -> dict[str, Any]:
        if not self.ends or task["Status"] not in ("process", "wait"):
            return task
        urls = [{**url, "Status": "success", "FinishTime": int(time.time())} for url in task["UrlLists"]]
        return {**task, "Status": "failure", "UrlLists": urls}


def _task(number: int, text: str, now: int) -> dict[str, Any]:
    status = (*STATUSES, text)[number % 6]
    urls = [
        {"Url": f"https://h/{number:02}/{text}", "Status": status, "CreateTime": now - 100, "Progress": number},
        {"Url": text, "Status": text, "CreateTime": now - 100},
    ]
    return {"TaskId": f"{number:02}{text}", "Type": text, "Status": status, "CreateTime": now - 100 - number, "UrlLists": urls}


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
    return re.sub(r"[\r\n\0]", "", text).encode("utf-8", "surrogatepass").decode("latin-1")


@pytest.fixture
def account() -> Account:
    return Account()


@pytest.fixture
def env(account: Account) -> Iterator[dict[str, str]]:
    """The environment that points a program at the account; it rings no bell, which could be anybody's."""
    folder = Path.home() / ".config" / "ucdn-tui"
    folder.mkdir(parents=True)
    (folder / "config.toml").write_text("[notify]\nbell = false\n", encoding="utf-8")
    with replying(account.reply) as variables:
        yield variables | ITERM


@contextmanager
def started(terminal: StartTerminal, env: dict[str, str], *flags: str) -> Iterator[Terminal]:
    """Start the program, and see it off."""
    program = terminal([PROGRAM, *flags], columns=COLUMNS, rows=ROWS, env=env)
    program.wait_for(r"updated \d+s ago")
    yield program
    program.send("q")
    assert program.exit_status() == 0
    assert program.modes() == RESTORED


def left_pane(program: Terminal) -> list[str]:
    """Return the lines of the list of tasks, having checked that the line between the panes is a straight one."""
    (edge,) = {x for x in range(COLUMNS) if program.cell(x, ROWS - 4).data == "│"}
    lines = range(1, ROWS - 2)
    assert {program.cell(edge, y).data for y in lines} == {"│"}, program.text()
    return ["".join(program.cell(x, y).data for x in range(edge)).strip() for y in lines]


def check_rows(program: Terminal, account: Account) -> None:
    """Check that each task has one line."""
    lines = left_pane(program)[1:]
    for task in account.tasks:
        name = f"h/{task['TaskId'][:2]}"
        assert sum(name in line for line in lines) == 1, (name, program.text())
    assert sum(bool(line) for line in lines) == len(account.tasks)


def press(program: Terminal, keys: str, until: str = "", gone: str = "") -> None:
    """Send keys, and wait until what they bring is there, and what they take away is not."""
    program.send(keys)
    if until:
        program.wait_for(until)
    if gone:
        program.wait_gone(gone)


def find(program: Terminal, words: str, count: int) -> None:
    """Look for words among the tasks, in place of others."""
    press(program, "/", "esc Clear the filter")
    press(program, words, f" {count} of {len(PAYLOADS) + 3} ")
    press(program, "\r", gone="esc Clear the filter")


def find_no_more(program: Terminal) -> None:
    press(program, "\x1b", gone=r" \d+ of \d+ ")


def sort(program: Terminal, number: int) -> None:
    press(program, "s", "Sort by")
    press(program, str(number), gone="Sort by")


def test_each_task_has_its_line_in_any_order_and_at_any_size(
    terminal: StartTerminal, env: dict[str, str], account: Account
) -> None:
    with started(terminal, env) as program:
        check_rows(program, account)
        for column in range(1, 10):
            sort(program, column)
            check_rows(program, account)
        press(program, "S", "Task id ▼|▼")
        press(program, "?", "─ Help ─")
        press(program, "\x1b", gone="─ Help ─")
        press(program, "O", "─ Projects ─")
        press(program, "\x1b", gone="─ Projects ─")
        program.resize(50, 14)
        program.wait_until(lambda screen: len(screen.split("\n")[0]) <= 50 and "q Quit" in screen, "it is not small")
        for _ in range(3):
            program.send("\x1b[6~")
        press(program, "\r", "of 2 URLs")
        program.resize(COLUMNS, ROWS)
        program.wait_for("^.* ▼.*│")
        check_rows(program, account)
    shown = written(program)
    assert {link[:4] for link in shown.links} >= {f"h/{number:02}" for number in range(len(PAYLOADS))}
    assert (shown.copied, shown.told) == ([], [])


def test_what_is_looked_for_is_found_and_what_is_copied_is_what_was_meant(
    terminal: StartTerminal, env: dict[str, str], account: Account
) -> None:
    meant = []
    with started(terminal, env) as program:
        for number, words, url in (
            (2, "h/02/", r"https://h/02/\x1b]0;pwn\x07\x1b]2;pwn\x1b\\"),
            (12, "[/b][red]pwn[/]", "https://h/12/[/b][red]pwn[/][link=http://evil.test/]x[/link][@click=app.quit]q[/]\\["),
            (14, "ספר", "https://h/14/ספר/كتاب/فيلم.jpg"),
            (16, "id:例子 ｆｕｌｌ", "https://h/16/例子漢字ｆｕｌｌ한글かな"),
        ):
            find(program, words, 1)
            press(program, "y", "─ Copy ─")
            press(program, "1", "1 line sent to the terminal", "─ Copy ─")
            meant.append(url)
            press(program, "\r", f"│[ │]*{number:02}.* of 2 URLs|of 2 URLs")
            press(program, "j", "▶|✔|○|·")
            press(program, "/", "esc Clear the filter")
            press(program, "url:pwn\r", gone="esc Clear the filter")
            press(program, "\x1b", gone=r" \d+ of 2 ")
            press(program, "\x1b")
            find_no_more(program)
    shown = written(program)
    assert shown.copied == meant


@pytest.mark.parametrize("thing", ["3", "4", "2"], ids=["the task", "a report", "the id"])
def test_whatever_is_copied_has_lines_that_can_be_seen(
    terminal: StartTerminal, env: dict[str, str], thing: str
) -> None:
    pass


def test_tasks_that_end_are_told_of_in_words_that_end_no_sequence(
    terminal: StartTerminal, env: dict[str, str], account: Account
) -> None:
    account.tasks = [task for task in account.tasks if task["TaskId"][:2] in ("01", "02", "90", "91", "92")]
    with started(terminal, env, "--interval", "1s") as program:
        account.ends = True
        program.wait_for("tasks over")
    shown = written(program)
    assert shown.told
    assert {title for title in shown.titles} == {"x"}


def test_a_refusal_is_shown_as_text(terminal: StartTerminal, env: dict[str, str], account: Account) -> None:
    with started(terminal, env, "--interval", "1s") as program:
        pass

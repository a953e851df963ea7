"""A hostile account in a real terminal: every byte that reaches it is checked."""

import base64
import json
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from support.data.hostile import LONG, STATUSES, TEXTS, Reply, complaints, replying
from support.program import PROGRAM
from support.terminals.terminal import RESTORED, StartTerminal, Terminal

ITERM = {"TERM_PROGRAM": "iTerm.app", "TERM_PROGRAM_VERSION": "3.6.6"}
"""It supports titles, notifications and progress."""

COLUMNS, ROWS = 170, 36

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
  | 11;\?                                                           # the background
  | 22;[a-z-]+                                                      # the mouse's pointer
  | 2;(?P<title>[^;]*)
  | 9;4;[0-4](?:;[0-9]+)?
  | 9;(?P<notified>[^;]*)
    )""",
    re.VERBOSE,
)


class Written(NamedTuple):
    """What a program has written to its terminal besides text."""

    links: list[str]
    copied: list[str]
    titles: list[str]
    notified: list[str]


def written(program: Terminal) -> Written:
    """Parse the output as a strict terminal does; AssertionError for anything that is not the program's own."""
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
    elif (notified := sequence["notified"] or sequence["title"]) is not None:
        assert not complaints(notified), context
        assert len(notified) <= 500
        (found.notified if sequence["notified"] else found.titles).append(notified)


PAYLOADS = {name: text.replace("\u20e3", "") for name, text in TEXTS.items()}
"""pyte omits what follows an enclosing mark."""


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
            answer["TaskList"] = [self._as_it_is(task) for task in self.tasks if _is_asked_for(task, form)]
        return 200, {HEADER: _header(TEXTS["title"])}, json.dumps(answer).encode()

    def _as_it_is(self, task: dict[str, Any]) -> dict[str, Any]:
        if not self.finishing or task["Status"] not in ("process", "wait"):
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


@pytest.fixture
def account() -> Account:
    return Account()


@pytest.fixture
def env(account: Account) -> Iterator[dict[str, str]]:
    """The environment for the account, without the bell, whose byte could come from anywhere."""
    folder = Path.home() / ".config" / "ucdn-tui"
    folder.mkdir(parents=True)
    (folder / "config.toml").write_text("[notify]\nbell = false\n", encoding="utf-8")
    with replying(account.reply) as variables:
        yield variables | ITERM


@contextmanager
def started(terminal: StartTerminal, env: dict[str, str], *flags: str) -> Iterator[Terminal]:
    """Start the program, and quit it afterwards."""
    program = terminal([PROGRAM, *flags], columns=COLUMNS, rows=ROWS, env=env, cwd=Path.home())
    program.wait_for(r"updated \d+s ago")
    yield program
    program.send("q")
    assert program.exit_status() == 0
    assert program.modes() == RESTORED


def wait_for_rows(program: Terminal, account: Account) -> None:
    """Wait until each task has one line, and the line between the panes is straight."""
    names = [f"h/{task['TaskId'][:2]}" for task in account.tasks]

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


def press(program: Terminal, keys: str, until: str = "", gone: str = "") -> None:
    """Send keys, and wait until one text has appeared and another one is gone."""
    program.send(keys)
    if until:
        program.wait_for(until)
    if gone:
        program.wait_gone(gone)


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
    terminal: StartTerminal, env: dict[str, str], account: Account
) -> None:
    with started(terminal, env) as program:
        wait_for_rows(program, account)
        for column in range(1, 10):
            press(program, "s", "Sort by")
            press(program, str(column), gone="Sort by")
            wait_for_rows(program, account)
        press(program, "S", r"^Status.*\n.* h/92")
        wait_for_rows(program, account)
        press(program, "?", "─ Help ─")
        press(program, "\x1b", gone="─ Help ─")
        press(program, "O", "─ Projects ─")
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
        wait_for_rows(program, account)
    shown = written(program)
    assert {link[:4] for link in shown.links} >= {f"h/{number:02}" for number in range(len(PAYLOADS))}
    assert (shown.copied, shown.notified) == ([], [])


def test_hostile_texts_can_be_filtered_and_copied(terminal: StartTerminal, env: dict[str, str]) -> None:
    title = r"\x1b]0;pwn\x07\x1b]2;pwn\x1b" + "\\"
    markup = "[/b][red]pwn[/][link=http://evil.test/]x[/link][@click=app.quit]q[/]\\["
    wide = "例子漢字ｆｕｌｌ한글かな"
    right_to_left = "ספר/كتاب/فيلم.jpg"
    meant = []
    with started(terminal, env) as program:
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
    terminal: StartTerminal, env: dict[str, str], account: Account
) -> None:
    account.tasks = [task for task in account.tasks if task["TaskId"][:2] in ("02", "08", "13")]
    with started(terminal, env, "--interval", "1s") as program:
        account.finishing = True
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


def test_a_refusal_is_shown_as_text(terminal: StartTerminal, env: dict[str, str], account: Account) -> None:
    program = terminal([PROGRAM, "--interval", "1s"], columns=COLUMNS, rows=ROWS, env=env)
    program.wait_for(r"updated \d+s ago")
    for account.refusal, words in refusals():
        press(program, "r", words)
    account.refusal = _refusal({"RetCode": 171, "Message": PAYLOADS["markup"]}, PAYLOADS["one byte controls"])
    press(program, "r", re.escape("[/b][red]pwn[/][link=http://evil.test/]"))
    program.wait_for("Sign in to UCloud")
    program.send("\x11")
    assert program.exit_status() == 0
    assert program.modes() == RESTORED
    assert written(program).copied == []


PASTED = "pwn\x9b31mpwn\x9d0;pwn\x9c\x0e\x7f\u202epwn\u200b"
"""What a page may put into the clipboard. U+009B is CSI to xterm and VTE, U+009D is OSC."""


def test_text_pasted_into_the_filter_reaches_the_terminal_as_text(terminal: StartTerminal, env: dict[str, str]) -> None:
    with started(terminal, env) as program:
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
    terminal: StartTerminal, env: dict[str, str], keys: str, menu: str
) -> None:
    env = env if keys else {name: value for name, value in env.items() if not name.startswith("UCLOUD")}
    program = terminal([PROGRAM], columns=COLUMNS, rows=ROWS, env=env)
    if keys:
        program.wait_for(r"updated \d+s ago")
    press(program, keys, menu)
    program.send("\t" if keys == "w" else "")
    program.paste(PASTED)
    program.wait_for("pwn.*pwn")
    program.send("\x11")
    assert program.exit_status() == 0
    written(program)


def test_a_server_clock_in_the_year_10000_does_not_crash(
    terminal: StartTerminal, env: dict[str, str], account: Account, tmp_path: Path
) -> None:
    body = json.dumps({"RetCode": 0, "TaskList": account.tasks[:3]}).encode()
    account.refusal = 200, {"Date": "Fri, 31 Dec 9999 23:59:59 -2359"}, body
    with started(terminal, env) as program:
        press(program, "E", "─ Export ")
        press(program, "\r", "written")
    written(program)

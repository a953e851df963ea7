"""Submitting with the installed program, to a server written from the documents, and after a kill."""

import json
import signal
import time
from typing import Any

from support.program import PROGRAM, answered, variables
from support.servers.simulator_server import running_server
from support.terminals.terminal import StartTerminal
from ucdn_tui.simulator.account import Account
from ucdn_tui.simulator.actions.losses import Loss
from ucdn_tui.simulator.actions.service import Service

DOMAINS = ("img.example.com", "www.example.com", "dl.example.com")

FAST = ["--interval", "1s"]


class DocumentedApi:
    """Answers as the API's documents say. A task runs for some polls, and then succeeds."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, list[str]]] = []
        """Type and URLs of each submitting call."""

        self._tasks: list[dict[str, Any]] = []

    def __call__(self, form: dict[str, str]) -> str:
        action = form["Action"]
        content: dict[str, Any] = {}
        match action:
            case "RefreshNewUcdnDomainCache":
                urls = [
                    form[f"UrlList.{number}"] for number in range(sum(name.startswith("UrlList.") for name in form))
                ]
                self.calls.append((form["Type"], urls))
                content = {"TaskId": self._add(form["Type"], urls)}
            case "DescribeNewUcdnRefreshCacheTask" if "IsDcdn" not in form:
                ids = [value for name, value in form.items() if name.startswith("TaskId.")]
                tasks = [task for task in self._tasks if not ids or task["TaskId"] in ids]
                tasks = tasks[int(form.get("Offset", "0")) :]
                content = {"TaskList": [self._described(task) for task in tasks], "TotalCount": len(tasks)}
            case "GetUcdnDomainInfoList":
                rows = [{"Domain": name, "DomainId": f"ucdn-{name}"} for name in DOMAINS]
                content = {"TotalCount": len(rows), "DomainInfoList": rows}
            case "GetUcdnDomainPrefetchRefreshState":
                content = {"RefreshFileQuota": 700, "SubmitRefreshFile": 100}
        return json.dumps({"Action": f"{action}Response", "RetCode": 0, **content})

    def _add(self, type_: str, urls: list[str]) -> str:
        task_id = f"20251009165320_{len(self._tasks):08x}"
        self._tasks.append({"TaskId": task_id, "Type": type_, "CreateTime": int(time.time()), "urls": urls, "polls": 0})
        return task_id

    def _described(self, task: dict[str, Any]) -> dict[str, Any]:
        task["polls"] += 1
        is_over = task["polls"] > 3
        status = {"Status": "success" if is_over else "process", "Progress": 100 if is_over else 10 * task["polls"]}
        over = {"FinishTime": int(time.time())} if is_over else {}
        rows = [{"Url": url, "CreateTime": task["CreateTime"], **status, **over} for url in task["urls"]]
        fields = {name: task[name] for name in ("TaskId", "Type", "CreateTime")}
        return {**fields, "Status": status["Status"], "UrlLists": rows}


def test_a_pasted_list_becomes_the_right_calls_and_is_followed_to_its_end(terminal: StartTerminal) -> None:
    good = [f"https://{DOMAINS[number % 3]}/a/{number}.jpg" for number in range(232)]
    invalid = [f"img.example.com/{number}" for number in range(10)]
    twins = [url.replace("https", "http") for url in good[:3]]
    lines = [*good[:100], *invalid, *good[5:10], *twins, *good[100:]]
    assert len(lines) == 250
    api = DocumentedApi()
    with answered(api) as environment:
        program = terminal([PROGRAM, *FAST], columns=160, rows=40, env=environment)
        program.wait_for(r"updated \d+s ago")
        program.send("n")
        program.wait_for("One URL a line")
        program.paste("\n".join(lines))
        screen = program.wait_for(r"left today: 600 → 52\d")
        assert "232 URLs in 3 calls" in screen
        assert "18 lines are dropped" in screen
        assert api.calls == []
        program.send("\x13")  # Ctrl+S
        screen = program.wait_for(r"✔ success +78/78")
        program.wait_until(lambda text: text.count("✔ success") >= 3, "the tasks did not end")
    urls = [url for _type, urls in api.calls for url in urls]
    assert [(type_, len(urls)) for type_, urls in api.calls] == [("file", 78), ("file", 77), ("file", 77)]
    assert sorted(urls) == sorted(good)
    assert [urls for _type, urls in api.calls] == [good[start::3] for start in range(3)]


def test_after_a_kill_in_the_middle_of_a_call_the_next_start_knows_what_was_sent(terminal: StartTerminal) -> None:
    simulated = Account(time.time, seed=1)
    service = Service(simulated)
    service.losses.append(Loss.SLOW)
    with running_server(service) as url:
        environment = variables(url, simulated.public_key, simulated.private_key)
        program = terminal([PROGRAM, *FAST], columns=140, rows=30, env=environment)
        program.wait_for(r"updated \d+s ago")
        program.send("n")
        program.wait_for("One URL a line")
        program.paste("https://img.example.com/1\nhttps://www.example.com/2")
        program.wait_for("2 URLs in 2 calls")
        program.wait_for("left today")
        program.send("\x13")
        program.wait_until(lambda _text: service.losses.held > 0, "the server got no call")
        program.signal(signal.SIGKILL)
        program.exit_status()
        service.losses.release()
        again = terminal([PROGRAM, *FAST], columns=140, rows=30, env=environment)
        again.wait_for("The last submission was interrupted. 1 URL submitted in 1 task. 1")
        again.send("n")
        again.wait_for(r"1 +https://www\.example\.com/2")
    assert dict(service.submitted) == {("refresh", "https://img.example.com/1"): 1}


def test_after_quitting_in_between_the_next_start_offers_the_rest(terminal: StartTerminal) -> None:
    simulated = Account(time.time, seed=1)
    service = Service(simulated)
    with running_server(service) as url:
        environment = variables(url, simulated.public_key, simulated.private_key)
        program = terminal([PROGRAM, *FAST], columns=140, rows=30, env=environment)
        program.wait_for(r"updated \d+s ago")
        program.send("n")
        program.wait_for("One URL a line")
        program.send("\x1bOQ")  # F2: prefetch
        program.paste("https://img.example.com/1\nhttps://www.example.com/2")
        program.wait_for("left today")
        program.send("\x13")
        program.wait_for("call 1 of 2 · goes on in")
        program.send("\x11")  # Ctrl+Q
        assert program.exit_status() == 0
        again = terminal([PROGRAM, *FAST], columns=140, rows=30, env=environment)
        again.wait_for(r"The last submission was interrupted\. 1 URL submitted in 1 task\. 1")
        again.send("n")
        again.wait_for(r"1 +https://www\.example\.com/2")
        assert "Prefetch" in again.text()
    assert dict(service.submitted) == {("prefetch", "https://img.example.com/1"): 1}

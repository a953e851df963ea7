"""`tasks`, `wait`, `quota` and `completion`: what they print, their JSON and exit statuses, over HTTP."""

import json
import os
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from cli.scripts.documents import IMG, SCHEMA, document
from support import PATIENCE, clean_environment
from support.program import PROGRAM, Command, ServerTime
from ucdn_tui.cli.parser import OFFERED
from ucdn_tui.simulator.account import Account
from ucdn_tui.watch.listing.filter import Criteria, parse_words

FAST = ("--interval", "1s")
NOON = 1_800_000_000.0 // 86_400 * 86_400 + 4 * 3600
"""In Beijing, where the day of a quota begins."""


def add(simulated: Account, *, seconds: float, failing: tuple[int, ...] = (), count: int = 2, ago: float = 0.0) -> str:
    urls = [f"{IMG}{number}.jpg" for number in range(count)]
    created = time.time() - ago
    return simulated.add("refresh", urls, created=created, queue=0.0, work=seconds, failing=failing)


def started(environment: dict[str, str], *arguments: str) -> subprocess.Popen[str]:
    """Start the program, without waiting for its end."""
    pipe = subprocess.PIPE
    return subprocess.Popen(
        [PROGRAM, *arguments], stdout=pipe, stderr=pipe, env=clean_environment(environment), encoding="utf-8"
    )


class TestWait:
    def test_ends_at_once_on_what_has_ended(self, run: Command, simulated: Account) -> None:
        task_id = add(simulated, seconds=60, ago=3600 * 30)
        done = run("wait", "--json", task_id)
        found = document(done)
        assert (done.returncode, found["outcome"], found["tasks"][0]["task_id"]) == (0, "done", task_id)

    def test_failed_urls_are_the_result(self, run: Command, simulated: Account) -> None:
        task_id = add(simulated, seconds=1, failing=(1,))
        done = run("wait", *FAST, task_id)
        assert (done.returncode, done.stdout) == (3, f"{IMG}1.jpg\n")
        assert done.stderr.splitlines()[-1] == "ucdn-tui: 1 URL failed"
        assert any(line.startswith("failed 1/2") for line in done.stderr.splitlines())

    def test_both_kinds_at_once(self, run: Command, simulated: Account) -> None:
        other = simulated.add("prefetch", [f"{IMG}x"], created=time.time(), queue=0.0, work=1.0)
        done = run("wait", "--json", *FAST, add(simulated, seconds=1), other)
        assert {task["kind"] for task in document(done)["tasks"]} == {"refresh", "prefetch"}
        assert done.returncode == 0

    def test_all_that_is_active(self, environment: dict[str, str], simulated: Account) -> None:
        server_time = simulated.now = ServerTime()
        add(simulated, seconds=1, ago=3600)
        running = add(simulated, seconds=600)
        with started(environment, "wait", "--all", "--json", *FAST) as process:
            assert process.stderr is not None
            assert process.stderr.readline().startswith("running")
            server_time.pass_time(600)
            output, _errors = process.communicate(timeout=PATIENCE)
        assert [task["task_id"] for task in json.loads(output)["tasks"]] == [running]

    def test_time_runs_out(self, run: Command, simulated: Account) -> None:
        done = run("wait", *FAST, "--timeout", "1s", add(simulated, seconds=600))
        assert (done.returncode, done.stdout) == (124, "")
        assert done.stderr.splitlines()[-1] == "ucdn-tui: 1 task was not finished after 1s"

    def test_fail_fast_ends_at_the_first_failed_url(self, run: Command, simulated: Account) -> None:
        failed, running = add(simulated, seconds=1, failing=(0,)), add(simulated, seconds=600)
        found = document(run("wait", "--json", "--fail-fast", *FAST, failed, running))
        assert found["outcome"] == "failed-urls"
        assert {task["task_id"]: task["status"] for task in found["tasks"]}[running] == "process"

    def test_quiet_writes_no_progress(self, run: Command, simulated: Account) -> None:
        done = run("wait", "--quiet", *FAST, add(simulated, seconds=1))
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")

    def test_a_stream_has_a_line_for_each_change(self, environment: dict[str, str], simulated: Account) -> None:
        server_time = simulated.now = ServerTime()
        with started(environment, "wait", "--stream", "--quiet", *FAST, add(simulated, seconds=600)) as process:
            assert process.stdout is not None
            first = process.stdout.readline()
            server_time.pass_time(600)
            rest, _ = process.communicate(timeout=PATIENCE)
        tasks = [json.loads(line)["task"] for line in (first + rest).splitlines()]
        for task in tasks:
            jsonschema.validate(task, {"$defs": SCHEMA["$defs"], "$ref": "#/$defs/task"})
        assert [tasks[0]["status"], tasks[-1]["status"]] == ["process", "success"]

    def test_an_interrupt_keeps_what_is_known(self, environment: dict[str, str], simulated: Account) -> None:
        task_id = add(simulated, seconds=600)
        with started(environment, "wait", "--json", *FAST, task_id) as process:
            assert process.stderr is not None
            assert process.stderr.readline().startswith("running")
            process.send_signal(signal.SIGINT)
            output, _errors = process.communicate(timeout=PATIENCE)
        found = json.loads(output)
        jsonschema.validate(found, SCHEMA)
        assert (process.returncode, found["outcome"], found["tasks"][0]["task_id"]) == (130, "interrupted", task_id)

    def test_github_gets_an_annotation_and_a_summary(self, run: Command, simulated: Account, tmp_path: Path) -> None:
        summary = tmp_path / "summary.md"
        task_id = add(simulated, seconds=1, failing=(1,))
        done = run("wait", *FAST, task_id, GITHUB_ACTIONS="true", GITHUB_STEP_SUMMARY=str(summary))
        assert f"::error title=refresh {task_id}::failed 1/2: {IMG}0.jpg" in done.stderr.splitlines()
        assert f"`{IMG}1.jpg`" in summary.read_text(encoding="utf-8")


class TestTasks:
    def test_table_json_csv_and_failed_urls(self, run: Command, simulated: Account) -> None:
        old = add(simulated, seconds=60, ago=3600, failing=(0,))
        new = add(simulated, seconds=600, ago=5)
        lines = run("tasks").stdout.splitlines()
        assert lines[0].split() == ["STATUS", "URLS", "TIME", "KIND", "TYPE", "CREATED", "TASK", "URL"]
        assert [new in lines[1], old in lines[2]] == [True, True]
        assert [task["task_id"] for task in document(run("tasks", "--json"))["tasks"]] == [new, old]
        assert run("tasks", "--csv").stdout.count("\n") == 3
        assert run("tasks", "--failed-urls").stdout == f"{IMG}0.jpg\n"

    @pytest.mark.parametrize(
        ("arguments", "count"),
        [
            (["--status", "failed"], 1),
            (["--status", "running"], 1),
            (["--kind", "prefetch"], 0),
            (["--filter", "!url:1.jpg"], 0),
            (["--since", "10m"], 1),
        ],
        ids=str,
    )
    def test_filters(self, run: Command, simulated: Account, arguments: list[str], count: int) -> None:
        add(simulated, seconds=60, ago=3600, failing=(0,))
        add(simulated, seconds=600, ago=5)
        assert len(document(run("tasks", "--json", *arguments))["tasks"]) == count

    def test_ids_also_of_old_tasks(self, run: Command, simulated: Account) -> None:
        task_id = add(simulated, seconds=60, ago=3600 * 40)
        assert [task["task_id"] for task in document(run("tasks", "--json", task_id))["tasks"]] == [task_id]
        done = run("tasks", "20251009165320_00000000")
        assert (done.returncode, done.stdout) == (2, "")
        assert "unknown task id: 20251009165320_00000000" in done.stderr

    def test_unknown_words_of_a_filter(self, run: Command) -> None:
        done = run("tasks", "--status", "gone")
        assert (done.returncode, done.stdout) == (2, "")

    def test_no_answer(self, run: Command) -> None:
        done = run("tasks", "--json", UCLOUD_API_BASE_URL="http://127.0.0.1:9")
        assert (done.returncode, document(done)["outcome"]) == (5, "no-answer")


class TestInChinese:
    def test_statuses_in_chinese_are_understood(self, run: Command, simulated: Account) -> None:
        add(simulated, seconds=10.0, ago=100.0, failing=(1,))
        add(simulated, seconds=10.0, ago=200.0)
        done = run("tasks", "--status", "失败", "--lang", "zh")
        assert [line.split()[0] for line in done.stdout.splitlines()] == ["状态", "失败"]
        assert "刷新" in done.stdout

    def test_documents_are_the_same_in_every_language(self, run: Command, simulated: Account) -> None:
        task_id = add(simulated, seconds=10.0, ago=100.0, failing=(1,))
        for command in (["wait", task_id, "--json"], ["tasks", "--csv"], ["tasks", "--failed-urls"]):
            english, chinese = run(*command), run(*command, "--lang", "zh")
            assert chinese.returncode == english.returncode
            assert without_message(chinese.stdout) == without_message(english.stdout)
        assert "个 URL 失败" in run("wait", task_id, "--lang", "zh").stderr


def without_message(output: str) -> Any:
    """Return a JSON document without its sentence for people; any other text as it is."""
    if not output.startswith("{"):
        return output
    found = json.loads(output)
    assert found.pop("message")
    return found


class TestQuota:
    @pytest.fixture
    def simulated(self) -> Account:
        """An account on whose clock the day, and with it the quotas, does not change."""
        return Account(lambda: NOON, seed=1)

    def test_of_all_and_of_named_domains(self, run: Command, simulated: Account) -> None:
        assert run("refresh", f"{IMG}a").returncode == 0
        (found,) = document(run("quota", "--json", "img.example.com"))["quotas"]
        assert found["files"] == {"quota": 700, "submitted": 1, "left": 699}
        assert "699/700" in run("quota").stdout
        done = run("quota", "other.test")
        assert (done.returncode, done.stderr) == (2, "ucdn-tui: not a domain of this account: other.test\n")


@pytest.mark.parametrize(
    "command",
    [["tasks", "--json"], ["quota", "--json"], ["refresh", "--json", f"{IMG}a"]],
    ids=lambda command: str(command[0]),
)
def test_each_command_works_with_the_demo(command: list[str], tmp_path: Path) -> None:
    done = Command({"HOME": str(tmp_path)})(*command, "--demo")
    assert (done.returncode, document(done)["outcome"]) == (0, "done")
    assert not list(tmp_path.rglob("*.jsonl"))


@pytest.mark.parametrize("shell", ["bash", "zsh"])
def test_completions(shell: str) -> None:
    script = Command()("completion", shell).stdout
    assert "--dry-run" in script
    assert "prefetch" in script


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        (["--status", ""], "queued running success failed unknown"),
        (["--status", "f"], "failed"),
        (["--json", "--kind", "p"], "prefetch"),
    ],
)
def test_bash_offers_the_words_of_a_flag(words: list[str], offered: str) -> None:
    line = ["ucdn-tui", "tasks", *words]
    code = (
        f'eval "$({PROGRAM} completion bash)"\n'
        "set -- $(complete -p ucdn-tui)\n"
        'while [ "$1" != -F ]; do shift; done\n'
        f"COMP_WORDS=({' '.join(map(repr, line))}) COMP_CWORD={len(line) - 1}\n"
        '"$2"\n'
        'echo "${COMPREPLY[@]}"'
    )
    done = subprocess.run(
        ["bash", "-c", code], capture_output=True, encoding="utf-8", env=clean_environment(), check=True
    )
    assert done.stdout.strip() == offered


def test_offered_words_are_known_to_the_filter() -> None:
    words = [f"{flag.strip('-')}:{word}" for flag, offered in OFFERED.items() for word in offered]
    assert not Criteria(parse_words(" ".join(words))).unknown


@pytest.mark.parametrize("command", ["tasks", "wait", "quota", "refresh"])
def test_commands_do_not_import_textual(command: str) -> None:
    code = (
        f"import sys, ucdn_tui.cli.scripts.{'submit' if command == 'refresh' else command}\n"
        "assert 'textual' not in sys.modules"
    )
    subprocess.run([str(Path(PROGRAM).with_name("python")), "-c", code], check=True, timeout=PATIENCE)


def test_tasks_imports_only_what_it_needs_and_then_collects_garbage(run: Command) -> None:
    code = (
        "import gc, sys; from ucdn_tui.__main__ import main\n"
        "assert main() == 0\n"
        "print(*sys.modules, file=sys.stderr)\n"
        "assert gc.isenabled()"
    )
    done = subprocess.run(
        [str(Path(PROGRAM).with_name("python")), "-c", code, "tasks"],
        capture_output=True,
        encoding="utf-8",
        env=clean_environment(run.environment),
        check=True,
        timeout=PATIENCE,
    )
    modules = set(done.stderr.splitlines()[-1].split())
    assert "httpx" in modules
    assert not modules & {"textual", "keyring", "tomlkit", "tomllib", "shtab", "ucdn_tui.submit"}


def test_github_finds_no_commands_of_others(run: Command, simulated: Account, tmp_path: Path) -> None:
    """URLs come from a pull request's file names, ids and messages from the API."""
    hostile = "http://img.example.com/##[add-mask]|`x`<b>"
    summary = tmp_path / "summary.md"
    simulated.add("refresh", [hostile], created=time.time(), queue=0.0, work=1.0, failing=(0,), task_id="::error::1")
    done = run("wait", *FAST, "::error::1", GITHUB_ACTIONS="true", GITHUB_STEP_SUMMARY=str(summary))
    assert done.returncode == 3
    lines = [*done.stdout.splitlines(), *done.stderr.splitlines()]
    assert not [line for line in lines if "##[" in line]
    assert [line for line in lines if line.startswith("::")] == [
        "::error title=refresh %3A%3Aerror%3A%3A1::failed 1/1: " + hostile.replace("##[", "#\\x23[")
    ]
    assert "`http://img.example.com/##[add-mask]\\|'x'<b>`" in summary.read_text(encoding="utf-8")


def test_a_summary_that_is_a_pipe_is_not_waited_for(run: Command, simulated: Account, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    task_id = add(simulated, seconds=1)
    done = run("wait", *FAST, task_id, GITHUB_ACTIONS="true", GITHUB_STEP_SUMMARY=str(tmp_path / "pipe"))
    assert done.returncode == 0
    assert "Cannot write the step summary (Not a regular file)" in done.stderr


def test_usage_errors_have_a_document_too(run: Command) -> None:
    for arguments in (
        ["refresh", "--json"],
        ["refresh", "--json", "--file", "/missing/urls"],
        ["tasks", "--json", "--status", "x"],
    ):
        done = run(*arguments)
        assert (done.returncode, document(done)["outcome"]) == (2, "usage")

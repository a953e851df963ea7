"""Commands for scripts: what they print, their JSON and exit statuses, against a simulated account over HTTP."""

import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from support import PATIENCE, clean_environment
from support.program import PROGRAM, Command, variables
from support.servers.simulator_server import running_server
from ucdn_tui.cli.parser import OFFERED
from ucdn_tui.simulator.account import Account
from ucdn_tui.simulator.actions.losses import Loss
from ucdn_tui.simulator.actions.service import Service
from ucdn_tui.submit.journal import Journal
from ucdn_tui.watch.listing.filter import Criteria, parse_words

SCHEMA = json.loads((Path(__file__).parents[3] / "docs" / "schema.json").read_text(encoding="utf-8"))

IMG = "https://img.example.com/"

FAST = ("--interval", "1s")


@pytest.fixture
def simulated() -> Account:
    return Account(time.time, seed=1)


@pytest.fixture
def service(simulated: Account) -> Service:
    return Service(simulated)


@pytest.fixture
def environment(service: Service, simulated: Account, tmp_path: Path) -> Iterator[dict[str, str]]:
    with running_server(service) as url:
        folders = {"HOME": str(tmp_path), "XDG_STATE_HOME": str(tmp_path / "state")}
        yield {**variables(url, simulated.public_key, simulated.private_key), **folders}


@pytest.fixture
def run(environment: dict[str, str]) -> Command:
    return Command(environment)


def document(done: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    """Return the JSON on standard output, after checking it against the schema."""
    found = json.loads(done.stdout)
    jsonschema.validate(found, SCHEMA)
    assert found["exit_status"] == done.returncode
    return found


def add(simulated: Account, *, seconds: float, failing: tuple[int, ...] = (), count: int = 2, ago: float = 0.0) -> str:
    urls = [f"{IMG}{number}.jpg" for number in range(count)]
    created = time.time() - ago
    return simulated.add("refresh", urls, created=created, queue=0.0, work=seconds, failing=failing)


def submitted(service: Service) -> dict[str, int]:
    return {url: count for (_kind, url), count in service.submitted.items()}


class TestRefresh:
    def test_ids_of_the_tasks_are_the_result(self, run: Command, service: Service) -> None:
        done = run("refresh", f"{IMG}a", f"{IMG}b", "https://www.example.com/c")
        assert done.returncode == 0
        tasks = service.account.tasks("refresh")
        assert sorted(done.stdout.splitlines()) == sorted(plan.task_id for plan in tasks)
        assert submitted(service) == {f"{IMG}a": 1, f"{IMG}b": 1, "https://www.example.com/c": 1}

    def test_urls_come_from_standard_input_or_a_file(self, run: Command, service: Service, tmp_path: Path) -> None:
        assert run("refresh", "-", feed=f"\ufeff{IMG}a\r\n# comment\r\n{IMG}b\r\n").returncode == 0
        (tmp_path / "urls.txt").write_text(f"{IMG}c\n", encoding="utf-8")
        assert run("prefetch", "--file", str(tmp_path / "urls.txt")).returncode == 0
        assert set(service.submitted) == {("refresh", f"{IMG}a"), ("refresh", f"{IMG}b"), ("prefetch", f"{IMG}c")}

    def test_a_dry_run_sends_nothing(self, run: Command, service: Service) -> None:
        done = run("refresh", "--dry-run", "--json", f"{IMG}a", f"{IMG}shop/")
        found = document(done)
        assert (done.returncode, found["outcome"], found["plan"]["calls"]) == (0, "done", 2)
        assert found["plan"]["quota"][0] == {"domain": "img.example.com", "kind": "files", "needed": 1, "left": 700}
        assert submitted(service) == {}

    @pytest.mark.parametrize(
        ("urls", "reason"),
        [
            ([f"{IMG}a", "img.example.com/b"], "Nothing was sent: 1 invalid URL."),
            ([f"{IMG}shop/"], "Nothing was sent: directories have to be confirmed"),
            (
                [f"{IMG}{number}" for number in range(701)],
                "of img.example.com, 700 files may be refreshed today, not 701.",
            ),
            (["https://other.test/a"], "1 URL refused."),
        ],
        ids=["invalid", "directory", "quota", "refused"],
    )
    def test_nothing_is_sent(self, run: Command, service: Service, urls: list[str], reason: str) -> None:
        done = run("refresh", "--json", *urls)
        assert (done.returncode, document(done)["outcome"]) == (5, "nothing-sent")
        assert reason in done.stderr.splitlines()[-1]
        assert submitted(service) == {}

    def test_an_empty_list_is_no_error(self, run: Command, service: Service) -> None:
        done = run("refresh", "--json", "-", feed="# nothing\n\n")
        assert (done.returncode, document(done)["calls"]) == (0, [])
        assert "there are no URLs" in done.stderr

    def test_with_wait_the_failed_urls_are_the_result(self, run: Command) -> None:
        done = run("refresh", "--wait", "--timeout", "1s", f"{IMG}a")
        assert (done.returncode, done.stdout) == (124, "")

    def test_another_instance_that_submits_is_waited_for(
        self, environment: dict[str, str], service: Service, tmp_path: Path
    ) -> None:
        command = [PROGRAM, "refresh", f"{IMG}a"]
        with Journal(tmp_path / "state" / "ucdn-tui" / "submissions.jsonl", "another account").writing():
            process = subprocess.Popen(
                command,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env=clean_environment(environment),
                encoding="utf-8",
            )
            assert process.stderr is not None
            assert "Another ucdn-tui is submitting" in process.stderr.readline()
            assert submitted(service) == {}
        output, _errors = process.communicate(timeout=PATIENCE)
        assert (process.returncode, output.split()) == (0, [each.task_id for each in service.account.tasks("refresh")])
        assert submitted(service) == {f"{IMG}a": 1}

    def test_a_directory_is_confirmed_by_a_flag(self, run: Command, service: Service) -> None:
        assert run("refresh", "--yes", f"{IMG}shop/").returncode == 0
        assert submitted(service) == {f"{IMG}shop/": 1}

    def test_read_only_sends_nothing(self, run: Command, service: Service) -> None:
        done = run("refresh", "--read-only", f"{IMG}a")
        assert (done.returncode, done.stdout) == (5, "")
        assert "Read-only: nothing was sent." in done.stderr
        assert submitted(service) == {}

    def test_partly_sent(self, run: Command, service: Service) -> None:
        done = run("refresh", "--json", f"{IMG}a", "https://other.test/a")
        found = document(done)
        assert (done.returncode, found["outcome"]) == (7, "partly-sent")
        assert [(call["state"], bool(call["task_id"])) for call in found["calls"]] == [
            ("accepted", True),
            ("refused", False),
        ]
        assert submitted(service) == {f"{IMG}a": 1}

    def test_a_lost_answer_is_looked_up_and_nothing_sent_again(self, run: Command, service: Service) -> None:
        service.losses.append(Loss.ERROR_AFTER)
        done = run("refresh", "--json", f"{IMG}a")
        assert (done.returncode, document(done)["calls"][0]["state"]) == (0, "accepted")
        assert submitted(service) == {f"{IMG}a": 1}

    def test_wrong_keys(self, run: Command, service: Service) -> None:
        done = run("refresh", "--json", f"{IMG}a", UCLOUD_PRIVATE_KEY="wrong")
        assert (done.returncode, document(done)["outcome"]) == (4, "no-credentials")
        assert submitted(service) == {}

    def test_wrong_keys_that_only_the_submit_meets(
        self, run: Command, service: Service, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        answer = service.handle

        def refuse_submits(params: Mapping[str, str]) -> dict[str, Any]:
            is_submit = params.get("Action") == "RefreshNewUcdnDomainCache"
            return answer({**params, "Signature": "wrong"} if is_submit else params)

        monkeypatch.setattr(service, "handle", refuse_submits)
        done = run("refresh", "--json", f"{IMG}a")
        found = document(done)
        assert (done.returncode, found["outcome"]) == (4, "no-credentials")
        assert [call["state"] for call in found["calls"]] == ["refused"]
        assert "RetCode 171" in done.stderr.splitlines()[-1]
        assert submitted(service) == {}

    @pytest.mark.parametrize("arguments", [[], ["a", "--file", "b"], ["--type", "folder", "a"]], ids=str)
    def test_wrong_usage(self, run: Command, arguments: list[str]) -> None:
        done = run("refresh", *arguments)
        assert (done.returncode, done.stdout) == (2, "")


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

    def test_all_that_is_active(self, run: Command, simulated: Account) -> None:
        add(simulated, seconds=1, ago=3600)
        running = add(simulated, seconds=8)
        found = document(run("wait", "--all", "--json", *FAST))
        assert [task["task_id"] for task in found["tasks"]] == [running]

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

    def test_a_stream_has_a_line_for_each_change(self, run: Command, simulated: Account) -> None:
        done = run("wait", "--stream", "--quiet", *FAST, add(simulated, seconds=8))
        tasks = [json.loads(line)["task"] for line in done.stdout.splitlines()]
        for task in tasks:
            jsonschema.validate(task, {"$defs": SCHEMA["$defs"], "$ref": "#/$defs/task"})
        assert tasks[-1]["status"] == "success"
        assert len(tasks) > 1

    def test_an_interrupt_keeps_what_is_known(self, environment: dict[str, str], simulated: Account) -> None:
        task_id = add(simulated, seconds=600)
        command = [PROGRAM, "wait", "--json", *FAST, task_id]
        with subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=clean_environment(environment),
            encoding="utf-8",
        ) as process:
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


def test_a_closed_standard_output_keeps_the_status(environment: dict[str, str], service: Service) -> None:
    command = ["bash", "-c", f"exec '{PROGRAM}' refresh {IMG}a >&-"]
    done = subprocess.run(command, stderr=subprocess.PIPE, env=clean_environment(environment), timeout=PATIENCE)
    assert (done.returncode, submitted(service)) == (0, {f"{IMG}a": 1})
    assert b"Standard output is closed" in done.stderr


def test_usage_errors_have_a_document_too(run: Command) -> None:
    for arguments in (
        ["refresh", "--json"],
        ["refresh", "--json", "--file", "/missing/urls"],
        ["tasks", "--json", "--status", "x"],
    ):
        done = run(*arguments)
        assert (done.returncode, document(done)["outcome"]) == (2, "usage")

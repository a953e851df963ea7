"""`refresh` and `prefetch`: what they print, their JSON and exit statuses, against a simulated account over HTTP."""

import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from cli.scripts.documents import IMG, document, submitted
from support import PATIENCE, clean_environment
from support.program import PROGRAM, Command
from ucdn_tui.simulator.actions.losses import Loss
from ucdn_tui.simulator.actions.service import Service
from ucdn_tui.submit.journal import Journal


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


def test_a_closed_standard_output_keeps_the_status(environment: dict[str, str], service: Service) -> None:
    command = ["bash", "-c", f"exec '{PROGRAM}' refresh {IMG}a >&-"]
    done = subprocess.run(command, stderr=subprocess.PIPE, env=clean_environment(environment), timeout=PATIENCE)
    assert (done.returncode, submitted(service)) == (0, {f"{IMG}a": 1})
    assert b"Standard output is closed" in done.stderr

"""`--verify` of refresh, prefetch and wait; and what surrounds a command that verifies."""

import json
import os
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from cli.scripts.documents import SCHEMA, document
from cli.scripts.edge.checks import FAST, claims, refreshed
from support import PATIENCE, clean_environment
from support.program import PROGRAM, Command
from support.servers.scripted_edges import HOST, Reply, edges, hit, miss
from ucdn_tui.simulator.account import Account, ScaledClock
from ucdn_tui.simulator.domains import Domain


class TestSubmitted:
    """`refresh --verify` against an account whose minutes are seconds."""

    @pytest.fixture
    def simulated(self) -> Account:
        domains = (Domain(name=HOST), Domain(name="localhost"))
        return Account(ScaledClock(time.time, 60.0), seed=2, domains=domains)

    def test_it_waits_for_the_task_and_for_the_edges(self, run: Command, simulated: Account) -> None:
        with edges([hit(86_000), miss()], miss()) as served:
            done = run("refresh", "--verify", "--timeout", "1m", *FAST, "--resolve", served.resolve, served.url())
        assert (done.returncode, done.stdout) == (0, ""), done.stderr
        assert [served.asked_of(address) for address in served.addresses] == [2, 1]
        assert "Old copy at 1 of 2 addresses" in done.stderr
        assert "In effect at 2 of 2 addresses" in done.stderr.splitlines()[-1]

    def test_what_was_submitted_as_a_directory_is_judged_as_one(self, run: Command) -> None:
        with edges(hit(86_000)) as served:
            done = run("refresh", "--json", "--yes", "--verify", *FAST, "--resolve", served.resolve, served.url("a/"))
        (check,) = document(done)["checks"]
        assert (done.returncode, check["claim"], check["doubt"]) == (0, "cannot-tell", "directory")

    def test_what_was_not_sent_is_not_verified(self, run: Command) -> None:
        with edges(miss()) as served:
            done = run("refresh", "--json", "--verify", "--read-only", "--resolve", served.resolve, served.url())
        assert (done.returncode, document(done)["outcome"], served.asked) == (5, "nothing-sent", [])


class TestAfterTasks:
    """`--verify` of refresh, prefetch and wait. A missing prefetch is final, so nothing waits for another round."""

    def test_urls_that_are_not_in_effect_are_the_result_of_wait(self, run: Command, simulated: Account) -> None:
        with edges(miss(), miss("HIT")) as served:
            task_id = refreshed(simulated, served.url(), kind="prefetch")
            flags = ("wait", "--verify", "--resolve", served.resolve)
            done, as_json = run(*flags, task_id), run(*flags, "--json", task_id)
        assert (done.returncode, done.stdout) == (6, f"{served.url()}\n")
        assert f"{served.addresses[0]}  NOT THERE" in done.stderr
        found = document(as_json)
        assert (found["outcome"], [task["task_id"] for task in found["tasks"]]) == ("not-prefetched", [task_id])
        assert claims(as_json) == ["not-prefetched", "prefetched"]

    def test_wait_ends_when_the_edges_are_new(self, run: Command, simulated: Account) -> None:
        with edges(miss()) as served:
            done = run("wait", "--verify", "--resolve", served.resolve, refreshed(simulated, served.url()))
        assert (done.returncode, done.stdout) == (0, "")
        assert "In effect at 1 of 1 address" in done.stderr.splitlines()[-1]

    def test_quiet_says_only_what_is_wrong(self, run: Command, simulated: Account) -> None:
        with edges([miss("HIT"), miss()]) as served:
            flags = ("wait", "--verify", "--quiet", "--resolve", served.resolve)
            task_id = refreshed(simulated, served.url(), kind="prefetch")
            new, old = run(*flags, task_id), run(*flags, task_id)
        assert (new.returncode, new.stdout, new.stderr) == (0, "", "")
        assert (old.returncode, old.stderr.count("\n")) == (6, 1)

    def test_a_failed_task_keeps_its_status(self, run: Command, simulated: Account) -> None:
        with edges(miss()) as served:
            task_id = refreshed(simulated, served.url(), failing=(0,))
            done = run("wait", "--json", "--verify", "--resolve", served.resolve, task_id)
        assert (done.returncode, document(done)["outcome"]) == (3, "failed-urls")
        assert "checks" not in document(done)
        assert served.asked == []

    def test_a_time_out_of_a_task_keeps_its_status(self, run: Command, simulated: Account) -> None:
        with edges(miss()) as served:
            task_id = simulated.add("refresh", [served.url()], queue=0.0, work=600.0)
            done = run("wait", "--verify", "--timeout", "1s", *FAST, "--resolve", served.resolve, task_id)
        assert (done.returncode, served.asked) == (124, [])

    def test_a_stream_has_a_line_for_each_check(self, run: Command, simulated: Account) -> None:
        with edges(miss(), miss()) as served:
            task_id = refreshed(simulated, served.url())
            done = run("wait", "--stream", "--verify", "--resolve", served.resolve, task_id)
        lines = [json.loads(line) for line in done.stdout.splitlines()]
        assert [line["check"]["claim"] for line in lines] == ["no-copy", "no-copy"]

    def test_github_gets_an_annotation_and_a_row(self, run: Command, simulated: Account, tmp_path: Path) -> None:
        summary = tmp_path / "summary.md"
        with edges(miss(), miss()) as served:
            task_id = refreshed(simulated, served.url(), kind="prefetch")
            github = {"GITHUB_ACTIONS": "true", "GITHUB_STEP_SUMMARY": str(summary)}
            done = run("wait", "--verify", "--resolve", served.resolve, task_id, **github)
        where = "%2C ".join(served.addresses)
        assert f"::error title=verify {where}::NOT THERE: {served.url()}" in done.stderr.splitlines()
        rows = summary.read_text(encoding="utf-8")
        assert f"| verify | `{task_id}` | NOT THERE | `{served.addresses[1]} {served.url()}` |" in rows


class TestSurroundings:
    def test_hostile_headers_reach_neither_terminal_nor_github(self, run: Command, simulated: Account) -> None:
        bad = "\x1b]0;pwn\x07\u202e##[error]"
        with edges(Reply(301, {"Location": f"https://x/{bad}", "X-Via-Ucdn": f"HIT by {bad}", "ETag": bad})) as served:
            refreshed(simulated, served.url())
            flags = ("verify", "--resolve", served.resolve, served.url())
            done, as_json = run(*flags, GITHUB_ACTIONS="true"), run(*flags, "--json")
        assert all(line.isprintable() and "##[" not in line for line in done.stdout.splitlines())
        assert all(line.isprintable() and "##[" not in line for line in done.stderr.splitlines())
        assert as_json.stdout.isprintable() or all(line.isprintable() for line in as_json.stdout.splitlines())
        assert document(as_json)["outcome"] == "not-checked"

    @pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
    def test_a_signal_keeps_what_is_known(
        self, environment: dict[str, str], simulated: Account, number: signal.Signals
    ) -> None:
        with edges(hit(4000), Reply(is_silent=True)) as served:
            refreshed(simulated, served.url())
            command = [PROGRAM, "verify", "--json", "--timeout", "1h", *FAST, "--resolve", served.resolve]
            with subprocess.Popen(
                [*command, served.url()],
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env=clean_environment(environment),
                encoding="utf-8",
            ) as process:
                wait_for(lambda: len(served.asked) == 2)
                process.send_signal(number)
                output, errors = process.communicate(timeout=PATIENCE)
        found = json.loads(output)
        jsonschema.validate(found, SCHEMA)
        assert (process.returncode, found["outcome"]) == (128 + number, "interrupted")
        assert "Traceback" not in errors

    def test_a_closed_pipe_ends_it_without_a_word(self, environment: dict[str, str]) -> None:
        with edges(hit(4000)) as served:
            urls = " ".join(served.url(str(number)) for number in range(50))
            flags = f"--quiet --no-task --allow-private --resolve {served.resolve}"
            line = f"{PROGRAM} verify --json {flags} {urls} | head -1"
            done = subprocess.run(
                ["bash", "-c", line],
                capture_output=True,
                encoding="utf-8",
                env=clean_environment(environment),
                timeout=PATIENCE,
            )
        assert (done.stdout, done.stderr) == ("{\n", "")

    def test_the_demo_needs_no_network(self, alone: Command) -> None:
        done = alone("verify", "--demo", "--json", "https://img.example.com/a.jpg")
        found = document(done)
        assert (done.returncode, len(found["checks"])) == (0, 4)
        assert {check["claim"] for check in found["checks"]} == {"held"}

    def test_it_does_not_import_textual(self) -> None:
        code = "import sys, ucdn_tui.cli.scripts.verify\nassert 'textual' not in sys.modules"
        subprocess.run([os.path.join(os.path.dirname(PROGRAM), "python"), "-c", code], check=True, timeout=PATIENCE)


def wait_for(condition: Any) -> None:
    """Wait until a condition holds that another thread makes true."""
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, "it never happened"
        time.sleep(0.01)  # the other thread is a server, which tells nobody

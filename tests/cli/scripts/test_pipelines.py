"""The lines of docs/scripts.md, run as written; and commands in the surroundings of pipelines."""

import json
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from support import PATIENCE, clean_environment
from support.program import PROGRAM, Command, variables
from support.servers.edge_server import running_edges
from support.servers.simulator_server import running_server
from ucdn_tui.simulator.account import Account, ScaledClock
from ucdn_tui.simulator.actions.service import Service
from ucdn_tui.simulator.history import populate

DOCUMENT = (Path(__file__).parents[3] / "docs" / "scripts.md").read_text(encoding="utf-8")

SPEED = 60.0
"""A simulated minute takes a second."""


def lines_after(title: str) -> str:
    """Return the code below a title of the document."""
    found = re.search(rf"^{re.escape(title)}:\n\n((?:    .*\n)+)", DOCUMENT, re.MULTILINE)
    assert found is not None, title
    return re.sub(r"^    ", "", found[1], flags=re.MULTILINE)


@pytest.fixture
def service() -> Service:
    return Service(Account(ScaledClock(time.time, SPEED), seed=1))


@pytest.fixture
def environment(service: Service, tmp_path: Path) -> Iterator[dict[str, str]]:
    """A folder with a list of URLs, and the program on PATH."""
    (tmp_path / "urls.txt").write_text("https://img.example.com/1\nhttps://img.example.com/2\n", encoding="utf-8")
    with running_server(service) as url:
        keys = variables(url, service.account.public_key, service.account.private_key)
        path = f"{Path(PROGRAM).parent}:/usr/local/bin:/usr/bin:/bin"
        yield clean_environment({**keys, "HOME": str(tmp_path), "PATH": path})


def shell(line: str, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    folder = environment["HOME"]
    command = ["bash", "-o", "pipefail", "-c", line]
    return subprocess.run(command, capture_output=True, encoding="utf-8", env=environment, cwd=folder, timeout=PATIENCE)


def urls(service: Service) -> list[str]:
    return sorted(url for _kind, url in service.submitted)


class TestDocumentedLines:
    @pytest.mark.skipif(shutil.which("git") is None, reason="the documented lines call git")
    def test_what_a_commit_changed(self, service: Service, environment: dict[str, str], tmp_path: Path) -> None:
        (tmp_path / "public").mkdir()
        git = ["git", "-c", "user.name=me", "-c", "user.email=me@example.com", "-C", str(tmp_path)]
        subprocess.run([*git, "init", "-q"], check=True)
        for name in ("a.css", "b.css"):
            (tmp_path / "public" / name).write_text(name, encoding="utf-8")
            subprocess.run([*git, "add", "public"], check=True)
            subprocess.run([*git, "commit", "-qm", name], check=True)
        done = shell(lines_after("Refresh what a commit changed, and wait"), environment)
        assert done.returncode in (0, 3), done.stderr  # the simulator lets some URLs fail
        assert urls(service) == ["https://www.example.com/b.css"]

    def test_not_fail_if_it_only_takes_long(self, service: Service, environment: dict[str, str]) -> None:
        line = lines_after("Not fail if it only takes long")
        assert shell(line, environment).returncode in (0, 1)
        moment = service.account.now()
        service.account.now = lambda: moment  # no task ends any more
        assert shell(line.replace("10m", "1s"), environment).returncode == 0

    @pytest.mark.parametrize("is_late", [False, True], ids=["new", "old"])
    def test_fail_if_an_edge_serves_an_old_copy(
        self, service: Service, environment: dict[str, str], tmp_path: Path, is_late: bool
    ) -> None:
        line = lines_after("Refresh, and fail if an edge still serves an old copy when the tasks have ended")
        with running_edges(service.account) as edges:
            url = edges.url("img.example.com")
            edges.make_stale(edges.addresses[0], url, seconds=1e9 if is_late else 0.0)
            (tmp_path / "urls.txt").write_text(f"{url}\n", encoding="utf-8")
            resolve = f"img.example.com={','.join(edges.addresses)}"
            time_left = "15s" if is_late else "10m"
            flags = f" --interval 1s --resolve {resolve}"
            done = shell(line.replace("10m", time_left).rstrip() + flags, environment)
        assert (done.returncode, done.stdout) == ((6, f"{url}\n") if is_late else (0, "")), done.stderr

    def test_failed_urls_into_the_next_refresh(self, service: Service, environment: dict[str, str]) -> None:
        service.account.add("refresh", ["https://img.example.com/bad"], queue=0, work=1, failing=(0,))
        done = shell(lines_after("Failed URLs of the last hour into the next refresh"), environment)
        assert done.returncode == 0, done.stderr
        assert urls(service) == ["https://img.example.com/bad"]

    def test_ids_from_json(self, service: Service, environment: dict[str, str]) -> None:
        done = shell(lines_after("Ids from JSON"), environment)
        assert done.returncode in (0, 3), done.stderr
        assert urls(service) == ["https://img.example.com/1", "https://img.example.com/2"]


class TestSurroundings:
    def test_a_closed_pipe_ends_a_command_without_a_word(self, environment: dict[str, str], service: Service) -> None:
        populate(service.account, tasks=3000, urls=3)
        done = shell("ucdn-tui tasks --json | head -1", environment)
        assert (done.stdout, done.stderr) == ("{\n", "")

    def test_ten_thousand_tasks(self, environment: dict[str, str], service: Service) -> None:
        populate(service.account, tasks=10_000, urls=1)
        assert int(shell("ucdn-tui tasks --csv | wc -l", environment).stdout) == 10_001

    @pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
    def test_a_signal_ends_wait_with_its_status(
        self, environment: dict[str, str], service: Service, number: signal.Signals
    ) -> None:
        task_id = service.account.add("refresh", ["https://img.example.com/1"], queue=0, work=1e6)
        command = [PROGRAM, "wait", "--json", task_id]
        with subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment, encoding="utf-8"
        ) as process:
            assert process.stderr is not None
            assert process.stderr.readline().startswith("running")
            process.send_signal(number)
            output, _errors = process.communicate(timeout=PATIENCE)
        assert process.returncode == 128 + number
        assert json.loads(output)["outcome"] == "interrupted"

    @pytest.mark.parametrize(
        "changed",
        [{"LANG": "C", "LC_ALL": "C"}, {"HOME": None}, {"TERM": "dumb"}, {"TERM": None}, {"NO_COLOR": "1"}],
        ids=str,
    )
    def test_poor_surroundings(
        self, environment: dict[str, str], service: Service, changed: dict[str, str | None], tmp_path: Path
    ) -> None:
        service.account.add("refresh", ["https://www.example.com/活动/"], type="dir", queue=0, work=1)
        given = {name: value for name, value in environment.items() if changed.get(name, "") is not None}
        given |= {name: value for name, value in changed.items() if value is not None}
        given.setdefault("XDG_STATE_HOME", str(tmp_path / "state"))
        done = subprocess.run([PROGRAM, "tasks"], capture_output=True, env=given, timeout=PATIENCE)
        assert (done.returncode, done.stderr) == (0, b"")
        assert b"www.example.com" in done.stdout
        done = subprocess.run([PROGRAM, "refresh", "https://img.example.com/1"], capture_output=True, env=given)
        assert done.returncode == 0, done.stderr

    def test_without_keys(self, tmp_path: Path) -> None:
        done = Command({"HOME": str(tmp_path)})("tasks", "--json")
        assert (done.returncode, json.loads(done.stdout)["outcome"]) == (4, "no-credentials")

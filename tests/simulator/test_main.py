"""`python -m ucdn_tui.simulator`, run as a program."""

import os
import re
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest

from support import PATIENCE
from ucdn_tui.api.signature import sign
from ucdn_tui.simulator.__main__ import main
from ucdn_tui.simulator.edges import server as edge_server

_COMMAND = (sys.executable, "-m", "ucdn_tui.simulator")


@contextmanager
def _program(*arguments: str) -> Iterator[tuple[subprocess.Popen[str], dict[str, str]]]:
    """Start the simulator; yield the process and the variables that its first three lines export."""
    with subprocess.Popen(
        [*_COMMAND, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=_buffered()
    ) as process:
        try:
            assert process.stdout is not None
            lines = [process.stdout.readline() for _ in range(3)]
            assert all(line.startswith("export ") for line in lines), process.communicate()
            yield process, dict(shlex.split(line)[1].split("=", 1) for line in lines)
        finally:
            process.kill()


def _buffered() -> dict[str, str]:
    """Return an environment in which Python buffers output to a pipe, as it does by default."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}


def _refreshes(variables: dict[str, str]) -> dict[str, int]:
    """Return the number of URLs of each refresh task, by TaskId, without a time limit."""
    params = {
        "Action": "DescribeNewUcdnRefreshCacheTask",
        "BeginTime": "0",
        "PublicKey": variables["UCLOUD_PUBLIC_KEY"],
    }
    params["Signature"] = sign(params, variables["UCLOUD_PRIVATE_KEY"])
    answer = httpx.post(variables["UCLOUD_API_BASE_URL"], data=params, trust_env=False, timeout=PATIENCE).json()
    assert answer["RetCode"] == 0
    return {task["TaskId"]: len(task["UrlLists"]) for task in answer["TaskList"]}


def _submit(variables: dict[str, str]) -> httpx.Response:
    params = {
        "Action": "RefreshNewUcdnDomainCache",
        "PublicKey": variables["UCLOUD_PUBLIC_KEY"],
        "Type": "file",
        "UrlList.0": "https://img.example.com/a.jpg",
    }
    params["Signature"] = sign(params, variables["UCLOUD_PRIVATE_KEY"])
    return httpx.post(variables["UCLOUD_API_BASE_URL"], data=params, trust_env=False, timeout=PATIENCE)


@pytest.mark.parametrize(("number", "status"), [(signal.SIGTERM, 143), (signal.SIGINT, 0)])
def test_prints_exports_answers_and_exits_without_output(number: signal.Signals, status: int) -> None:
    with _program("--port", "0") as (process, variables):
        assert re.fullmatch(r"http://127\.0\.0\.1:\d+", variables["UCLOUD_API_BASE_URL"])
        assert _refreshes(variables)
        process.send_signal(number)
        output, errors = process.communicate(timeout=PATIENCE)
        assert (output, errors, process.returncode) == ("", "", status)


def test_keeps_serving_after_standard_output_is_closed() -> None:
    with _program() as (process, variables):
        assert process.stdout is not None
        process.stdout.close()
        assert _refreshes(variables)


def test_exports_can_be_pasted_into_a_shell() -> None:
    with _program("--seed", "5", "--tasks", "1") as (_, variables):
        lines = "".join(f"export {name}={shlex.quote(value)}\n" for name, value in variables.items())
        script = f'{lines}printf "%s\\n" "$UCLOUD_API_BASE_URL" "$UCLOUD_PUBLIC_KEY" "$UCLOUD_PRIVATE_KEY"'
        printed = subprocess.run(["sh", "-c", script], text=True, capture_output=True, check=True).stdout.split()
        assert printed == list(variables.values())


def test_options_set_the_size_of_the_account() -> None:
    with _program("--tasks", "40", "--urls", "3", "--no-arrivals") as (_, variables):
        tasks = _refreshes(variables)
        assert 15 < len(tasks) < 40
        assert set(tasks.values()) == {3}


@pytest.mark.parametrize("account", [[], ["--tasks", "10"]])
def test_speed_applies_to_arriving_tasks(account: list[str]) -> None:
    with _program(*account, "--speed", "5000") as (_, variables):
        before = _refreshes(variables)
        assert any(len(_refreshes(variables)) >= len(before) + 5 for _ in range(1000))


@pytest.mark.parametrize("account", [[], ["--tasks", "10"]])
def test_no_arrivals_option_stops_new_tasks(account: list[str]) -> None:
    with _program(*account, "--speed", "100000", "--no-arrivals") as (_, variables):
        before = _refreshes(variables)
        # A request takes at least a millisecond, so several tasks would arrive between these.
        assert all(_refreshes(variables) == before for _ in range(5))


def test_lose_options_lose_every_nth_answer_to_a_submission() -> None:
    with _program("--lose", "500-after", "--lose-every", "2", "--no-arrivals") as (_, variables):
        before = len(_refreshes(variables))
        assert [_submit(variables).status_code for _ in range(4)] == [200, 500, 200, 500]
        assert len(_refreshes(variables)) == before + 4


def test_lose_option_alone_loses_every_answer() -> None:
    with _program("--lose", "before", "--tasks", "1") as (_, variables):
        for _attempt in range(2):
            with pytest.raises(httpx.ReadError):
                _submit(variables)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has all of 127.0.0.0/8")
def test_edges_of_the_same_account_are_served_and_said_how_to_reach() -> None:
    with _program("--edges", "--speed", "1000", "--no-arrivals") as (process, variables):
        assert process.stderr is not None
        told, command = process.stderr.readline(), shlex.split(process.stderr.readline())
        assert all(f"127.0.20.{number}," in told for number in (1, 2, 3, 4))
        host, port, address = command[command.index("--resolve") + 1].split(":")
        assert command[-1] == f"http://{host}:{port}/"

        def is_hit(path: str) -> bool:
            headers = {"Host": "img.example.com"}
            answer = httpx.get(f"http://{address}:{port}{path}", headers=headers, trust_env=False, timeout=PATIENCE)
            assert answer.status_code == 200
            return answer.headers["X-Via-Ucdn"].startswith(f"HIT by {address}")

        assert is_hit("/a.jpg")
        for _ in range(2):  # a URL may fail once; each task takes less than a second
            _submit(variables)
        deadline = time.monotonic() + PATIENCE
        while is_hit("/a.jpg"):
            assert time.monotonic() < deadline, "the refresh never reached the edge"
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE) == 143


def test_a_system_without_the_edges_addresses_is_reported_in_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(edge_server, "ADDRESSES", ("192.0.2.1",))
    assert main(["--edges"]) == 2
    printed = capsys.readouterr()
    assert (printed.out, printed.err.count("\n")) == ("", 1)
    assert "cannot listen on 192.0.2.1: only Linux has" in printed.err


def test_port_in_use_is_reported_in_one_line() -> None:
    with _program() as (_, variables):
        port = variables["UCLOUD_API_BASE_URL"].rpartition(":")[2]
        second = subprocess.run([*_COMMAND, "--port", port], text=True, capture_output=True, timeout=PATIENCE)
    assert (second.returncode, second.stdout) == (2, "")
    assert second.stderr.count("\n") == 1
    assert port in second.stderr
    assert "is already in use" in second.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ["--port", "65536"],
        ["--port", "-1"],
        ["--port", "http"],
        ["--speed", "0"],
        ["--speed", "-2"],
        ["--speed", "nan"],
        ["--speed", "inf"],
        ["--tasks", "0"],
        ["--tasks", "1e3"],
        ["--tasks", "5", "--urls", "0"],
        ["--urls", "5"],
        ["--seed", "x"],
        ["--edges", "x"],
        ["--lose", "sometimes"],
        ["--lose", "after", "--lose-every", "0"],
        ["--lose-every", "2"],
        ["8080"],
    ],
)
def test_wrong_usage_exits_with_status_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main(arguments)
    assert left.value.code == 2
    assert "usage:" in capsys.readouterr().err


def test_help_shows_examples(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main(["--help"])
    assert left.value.code == 0
    assert "--port 8080" in capsys.readouterr().out

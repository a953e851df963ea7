"""The user's command at the end of a task: real programs, without a shell, with a time limit."""

import asyncio
import errno
import gc
import json
import logging
import os
import signal
import subprocess
import sys
import time
import tracemalloc
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Protocol

import pytest

from support import PATIENCE, clean_environment
from ucdn_tui.external import on_finish
from ucdn_tui.external.on_finish import FinishHook, parse_command

DOCUMENT = json.dumps({"id": "task-1", "url": "https://cdn.test/活.jpg"}, ensure_ascii=False)


async def until(holds: Callable[[], bool], message: str = "it did not happen") -> None:
    end = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < end, message
        await asyncio.sleep(0.01)


def script(folder: Path, body: str, name: str = "command", interpreter: str = "/bin/sh") -> str:
    """Write a script; return its path."""
    path = folder / name
    path.write_text(f"#!{interpreter}\n{body}\n", encoding="utf-8")
    path.chmod(0o755)
    return str(path)


def python(folder: Path, body: str, name: str = "command") -> str:
    return script(folder, body, name, sys.executable)


def text(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.exists() else ""


def is_gone(pid: int) -> bool:
    """Return whether the process has ended and was waited for; otherwise it is a zombie."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


def handles() -> set[str]:
    return set(os.listdir("/dev/fd"))


class Make(Protocol):
    def __call__(self, *command: str, limit: float = PATIENCE, environ: dict[str, str] | None = None) -> FinishHook: ...


@pytest.fixture
def reports() -> list[str]:
    return []


@pytest.fixture
async def make(reports: list[str]) -> AsyncIterator[Make]:
    """Create hooks, which are closed after the test; no exception may have reached the event loop's handler."""
    hooks: list[FinishHook] = []
    unhandled: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: unhandled.append(context))

    def make(*command: str, limit: float = PATIENCE, environ: dict[str, str] | None = None) -> FinishHook:
        hooks.append(FinishHook(command, reports.append, limit=limit, environ=environ))
        return hooks[-1]

    yield make
    for hook in hooks:
        await hook.aclose()
    gc.collect(1)  # finds the exceptions of tasks that nobody has awaited
    assert not unhandled


async def done(hook: FinishHook) -> None:
    """Wait until the hook has nothing running or scheduled."""
    await until(lambda: not [task for task in asyncio.all_tasks() if task.get_name() == "on-finish"])


class TestCommand:
    async def test_gets_the_document_and_a_newline_in_utf_8(
        self, make: Make, tmp_path: Path, reports: list[str]
    ) -> None:
        out = tmp_path / "out"
        make("sh", "-c", 'cat > "$0"', str(out)).run(DOCUMENT)
        await until(lambda: text(out) == f"{DOCUMENT}\n")
        assert not reports

    async def test_gets_a_document_with_a_lone_surrogate(self, make: Make, tmp_path: Path) -> None:
        out = tmp_path / "out"
        make("sh", "-c", 'cat > "$0"', str(out)).run('"\ud800"')
        await until(lambda: text(out) == '"\ufffd"\n')

    async def test_gets_its_arguments_without_a_shell(self, make: Make, tmp_path: Path) -> None:
        program = python(tmp_path, f"import json, sys; json.dump(sys.argv[1:], open({str(tmp_path / 'out')!r}, 'w'))")
        arguments = ["$HOME", "*", "; touch x", "a b", "活", ""]
        hook = make(program, *arguments)
        hook.run(DOCUMENT)
        await done(hook)
        assert json.loads(text(tmp_path / "out")) == arguments

    async def test_has_our_environment_without_the_private_key(
        self, make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for name in ("UCLOUD_PRIVATE_KEY", "UCLOUD_SECURITY_TOKEN"):
            monkeypatch.setenv(name, "46f09bb9fab4f12dfc160dae12273d5332b5debe")
        monkeypatch.setenv("WEBHOOK", "https://hook.test")
        hook = make("sh", "-c", 'env > "$0"', str(tmp_path / "out"))
        hook.run(DOCUMENT)
        await done(hook)
        assert "WEBHOOK=https://hook.test" in text(tmp_path / "out")
        assert "PATH=" in text(tmp_path / "out")
        assert "PRIVATE_KEY" not in text(tmp_path / "out")
        assert "46f09bb9" not in text(tmp_path / "out")

    async def test_has_the_given_environment_even_an_empty_one(
        self, make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("WEBHOOK", "https://hook.test")
        hook = make("/usr/bin/env", "sh", "-c", 'env > "$0"', str(tmp_path / "out"), environ={})
        hook.run(DOCUMENT)
        await done(hook)
        assert "PWD=" in text(tmp_path / "out")
        assert "WEBHOOK" not in text(tmp_path / "out")

    async def test_has_its_own_session_and_no_output(self, make: Make, tmp_path: Path) -> None:
        body = f"""
import json, os
results = os.getsid(0) == os.getpid(), os.fstat(1).st_rdev == os.stat(os.devnull).st_rdev
json.dump(results, open({str(tmp_path / "out")!r}, "w"))
"""
        hook = make(python(tmp_path, body))
        hook.run(DOCUMENT)
        await done(hook)
        assert json.loads(text(tmp_path / "out")) == [True, True]

    async def test_may_leave_its_input_unread(self, make: Make, reports: list[str]) -> None:
        hook = make("true")
        hook.run("x" * 10_000_000)
        await done(hook)
        assert not reports

    async def test_is_reaped_and_leaves_no_descriptor_open(self, make: Make, tmp_path: Path) -> None:
        hook = make("sh", "-c", 'echo $$ >> "$0"; echo trouble >&2', str(tmp_path / "pids"))
        before = handles()
        for _ in range(10):
            hook.run(DOCUMENT)
        await done(hook)
        pids = [int(pid) for pid in text(tmp_path / "pids").split()]
        assert len(pids) == 10
        await until(lambda: all(map(is_gone, pids)), "a zombie is left")
        assert handles() == before

    async def test_may_leave_a_background_process(self, make: Make, tmp_path: Path) -> None:
        go, out = tmp_path / "go", tmp_path / "out"
        late = f'while [ ! -e "{go}" ]; do sleep 0.02; done; echo late >&2; touch "{out}"'
        hook = make("sh", "-c", f"({late}) & exit 0")
        hook.run(DOCUMENT)
        await done(hook)
        go.touch()
        await until(out.exists, "SIGPIPE killed it")
        await asyncio.sleep(0)  # a remaining reader would be called now

    async def test_that_closes_its_standard_error_is_not_polled(
        self, make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        reads: list[int] = []
        read = os.read

        def counted(handle: int, size: int) -> bytes:
            reads.append(handle)
            return read(handle, size)

        hook = make("sh", "-c", 'exec 2>&-; touch "$0/up"; while [ ! -e "$0/go" ]; do sleep 0.01; done', str(tmp_path))
        hook.run(DOCUMENT)
        await until((tmp_path / "up").exists)
        monkeypatch.setattr(os, "read", counted)
        for _ in range(100):
            await asyncio.sleep(0)
        (tmp_path / "go").touch()
        await done(hook)
        assert len(reads) <= 1, "it reads the same end again and again"

    async def test_an_empty_command_is_not_run(self, make: Make) -> None:
        hook = make()
        hook.run(DOCUMENT)
        assert len(asyncio.all_tasks()) == 1


BUSY = """
import os, sys, time
from pathlib import Path
folder, number = Path(sys.argv[1]), sys.stdin.readline().strip()
running = folder / f"running-{number}"
running.touch()
with open(folder / "log", "a") as log:
    print(number, len(list(folder.glob("running-*"))), file=log)
while not (folder / "go").exists() and not (folder / f"go-{number}").exists():
    time.sleep(0.01)
running.unlink()
print("going", file=sys.stderr, flush=True)
(folder / f"done-{number}").touch()
"""


class TestManyCommands:
    def started(self, folder: Path) -> list[str]:
        return [line.split()[0] for line in text(folder / "log").splitlines()]

    async def test_four_run_at_once_and_the_rest_follow_in_order(self, make: Make, tmp_path: Path) -> None:
        hook = make(python(tmp_path, BUSY), str(tmp_path))
        for number in range(8):
            hook.run(str(number))
        await until(lambda: len(self.started(tmp_path)) == 4)
        assert sorted(self.started(tmp_path)) == ["0", "1", "2", "3"]
        for released, following in (("3", "4"), ("4", "5"), ("0", "6"), ("1", "7")):
            (tmp_path / f"go-{released}").touch()
            await until(lambda: len(self.started(tmp_path)) > int(following))  # noqa: B023
            assert self.started(tmp_path)[-1] == following
        (tmp_path / "go").touch()
        await done(hook)
        assert max(int(line.split()[1]) for line in text(tmp_path / "log").splitlines()) == 4

    async def test_closing_drops_waiting_and_detaches_running_commands(
        self, make: Make, tmp_path: Path, reports: list[str]
    ) -> None:
        hook = make(python(tmp_path, BUSY), str(tmp_path))
        for number in range(6):
            hook.run(str(number))
        await until(lambda: len(self.started(tmp_path)) == 4)
        await hook.aclose()
        hook.run("6")
        assert len(asyncio.all_tasks()) == 1  # so nothing can start
        (tmp_path / "go").touch()
        await until(lambda: len(list(tmp_path.glob("done-*"))) == 4, "one was killed")
        assert sorted(self.started(tmp_path)) == ["0", "1", "2", "3"]
        assert not reports

    async def test_a_detached_command_is_still_reaped(self, make: Make, tmp_path: Path) -> None:
        hook = make("sh", "-c", 'echo $$ > "$0/pid"; while [ ! -e "$0/go" ]; do sleep 0.01; done', str(tmp_path))
        before = handles()
        hook.run(DOCUMENT)
        await until(lambda: text(tmp_path / "pid").endswith("\n"))
        await hook.aclose()
        assert handles() == before
        (tmp_path / "go").touch()
        await until(lambda: is_gone(int(text(tmp_path / "pid"))), "a zombie is left")

    async def test_closing_before_the_start_runs_nothing(self, make: Make, tmp_path: Path) -> None:
        out = tmp_path / "out"
        hook = make("touch", str(out))
        hook.run(DOCUMENT)
        await hook.aclose()
        await hook.aclose()
        assert len(asyncio.all_tasks()) == 1
        assert not out.exists()


ENDING = """
import asyncio, sys
from pathlib import Path
from ucdn_tui.external.on_finish import FinishHook

async def main():
    hook = FinishHook(sys.argv[2:], print)
    hook.run("x" * 1_000_000)
    while not Path(sys.argv[1], "started").exists():
        await asyncio.sleep(0.01)
    await hook.aclose()

asyncio.run(main(), debug=True)
"""


async def test_the_command_outlives_the_program(tmp_path: Path) -> None:
    body = f"""
cd "{tmp_path}"
touch started
while [ ! -e go ]; do sleep 0.02; done
echo it may complain >&2
wc -c > count
touch done
"""
    command = [sys.executable, "-W", "error", "-c", ENDING, str(tmp_path), script(tmp_path, body)]
    ended = subprocess.run(command, env=clean_environment(), capture_output=True, text=True, timeout=PATIENCE)
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", "")
    (tmp_path / "go").touch()
    await until((tmp_path / "done").exists, "it was ended with the program, or by SIGPIPE")
    assert int(text(tmp_path / "count")) == 1_000_001


class TestFailure:
    async def failure(self, hook: FinishHook, reports: list[str]) -> str:
        hook.run(DOCUMENT)
        await done(hook)
        (report,) = reports
        return report

    async def test_to_start_is_reported(self, make: Make, tmp_path: Path, reports: list[str]) -> None:
        shown = await self.failure(make(str(tmp_path / "missing"), "--token=hush"), reports)
        assert shown.startswith("The command /")
        assert shown.endswith("/missing cannot be started: No such file or directory.")

    async def test_to_start_a_plain_file_is_reported(self, make: Make, tmp_path: Path, reports: list[str]) -> None:
        (tmp_path / "plain").touch(0o644)
        shown = await self.failure(make(str(tmp_path / "plain")), reports)
        assert shown.endswith("/plain cannot be started: Permission denied.")

    async def test_to_start_an_invalid_name_is_reported(self, make: Make, reports: list[str]) -> None:
        shown = await self.failure(make("a\0b"), reports)
        assert shown == r"The command a\x00b cannot be started: embedded null byte."

    async def test_is_reported_with_exit_status_and_first_error_line(self, make: Make, reports: list[str]) -> None:
        command = r"printf '\n no route\033[31m\033]0;x\007 to host\nsecond line\n' >&2; exit 3"
        shown = await self.failure(make("sh", "-c", command), reports)
        assert shown == r"The command sh failed with exit status 3: no route\x1b[31m\x1b]0;x\x07 to host"

    async def test_without_output_is_reported_with_the_exit_status(self, make: Make, reports: list[str]) -> None:
        assert await self.failure(make("false"), reports) == "The command false failed with exit status 1."

    async def test_by_a_signal_is_reported_with_its_name(self, make: Make, reports: list[str]) -> None:
        shown = await self.failure(make("sh", "-c", "kill -SEGV $$"), reports)
        assert shown == "The command sh was killed by signal SIGSEGV."

    @pytest.mark.skipif(not hasattr(signal, "SIGRTMIN"), reason="there are no real-time signals here")
    async def test_by_an_unnamed_signal_is_reported_with_its_number(self, make: Make, reports: list[str]) -> None:
        number = signal.SIGRTMIN + 3
        shown = await self.failure(make("sh", "-c", f"kill -{number} $$"), reports)
        assert shown == f"The command sh was killed by signal {number}."

    async def test_never_reports_the_arguments_or_the_document(
        self, make: Make, reports: list[str], caplog: pytest.LogCaptureFixture
    ) -> None:
        hook = make("sh", "-c", "exit 1", "--token=hush")
        for _ in range(3):
            hook.run(DOCUMENT)
        await done(hook)
        for shown in (*reports, *(record.getMessage() for record in caplog.records)):
            assert "hush" not in shown
            assert "task-1" not in shown

    async def test_is_reported_once_and_then_only_logged(
        self, make: Make, tmp_path: Path, reports: list[str], caplog: pytest.LogCaptureFixture
    ) -> None:
        hook = make(script(tmp_path, 'read status; exit "$status"'))
        for status in (0, 7, 0, 8, 9):
            hook.run(str(status))
            await done(hook)
        (report,) = reports
        assert report.endswith("failed with exit status 7.")
        logged = [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING]
        assert logged == [f"on-finish: exit status {status}: " for status in (7, 8, 9)]

    async def test_to_end_in_time_kills_the_command_and_its_children(
        self, make: Make, tmp_path: Path, reports: list[str]
    ) -> None:
        fifo = tmp_path / "fifo"
        os.mkfifo(fifo)
        handle = os.open(fifo, os.O_RDONLY | os.O_NONBLOCK)
        try:
            hook = make("sh", "-c", 'trap "" TERM; (echo here; exec sleep 600) > "$0" & wait', str(fifo), limit=2.0)
            hook.run(DOCUMENT)
            await until(lambda: _read(handle) == b"here\n")
            await done(hook)
            assert reports == ["The command sh took longer than 2 s and was killed."]
            await until(lambda: _read(handle) == b"", "what it has started lives on")
        finally:
            os.close(handle)

    async def test_to_be_killed_is_reported_without_waiting(
        self, make: Make, tmp_path: Path, reports: list[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def refuse(group: int, number: int) -> None:
            """Refuse as the system does for a command that runs as another user (sudo)."""
            raise PermissionError(errno.EPERM, "Operation not permitted")

        monkeypatch.setattr(os, "killpg", refuse)
        monkeypatch.setattr(on_finish, "_GRACE", 0.05)
        go, out = tmp_path / "go", tmp_path / "out"
        body = f'while [ ! -e "{go}" ]; do sleep 0.02; done; echo late >&2; touch "{out}"'
        shown = await self.failure(make("sh", "-c", body, limit=0.05), reports)
        assert shown == "The command sh takes longer than 0.05 s and cannot be killed."
        go.touch()
        await until(out.exists, "it was not let go")

    async def test_with_endless_error_output_does_not_fill_the_memory(self, make: Make, reports: list[str]) -> None:
        hook = make("sh", "-c", "head -c 100000000 /dev/zero | tr '\\0' x >&2; exit 1")
        tracemalloc.start()
        try:
            shown = await self.failure(hook, reports)
            assert tracemalloc.get_traced_memory()[1] < 5_000_000
        finally:
            tracemalloc.stop()
        assert shown.startswith("The command sh failed with exit status 1: xxxx")
        assert len(shown) < 300

    async def test_lets_the_next_command_run(self, make: Make, tmp_path: Path) -> None:
        hook = make(script(tmp_path, f'read n; echo "$n" >> "{tmp_path}/out"; exit 1'))
        for number in range(9):
            hook.run(str(number))
        await done(hook)
        assert sorted(text(tmp_path / "out").split()) == [str(number) for number in range(9)]


def _read(handle: int) -> bytes | None:
    try:
        return os.read(handle, 100)
    except BlockingIOError:  # the other end is open, without data
        return None


class TestParsing:
    @pytest.mark.parametrize(
        ("value", "command"),
        [
            (None, ()),
            ("", ()),
            ("  ", ()),
            ([], ()),
            ("notify-send 'All done' --urgency=low", ("notify-send", "All done", "--urgency=low")),
            (["notify.sh", "a b", "$HOME", ""], ("notify.sh", "a b", "$HOME", "")),
            ("echo #no comment", ("echo", "#no", "comment")),
        ],
    )
    def test_a_command_is_a_list_or_one_quoted_string(self, value: object, command: tuple[str, ...]) -> None:
        assert parse_command(value) == command

    @pytest.mark.parametrize(
        ("value", "why"),
        [
            (True, "as a list of strings or as one string."),
            (5, "as a list of strings or as one string."),
            ({"command": "x"}, "as a list of strings or as one string."),
            (["notify", 5], "as a list of strings or as one string."),
            ("notify 'All done", "an unclosed quotation mark, or ends in a backslash."),
            ("notify \\", "an unclosed quotation mark, or ends in a backslash."),
            (["", "x"], "begin with the name of a program."),
            ("'' x", "begin with the name of a program."),
        ],
    )
    def test_an_invalid_command_is_refused_with_a_sentence(self, value: object, why: str) -> None:
        with pytest.raises(ValueError) as caught:
            parse_command(value)
        assert str(caught.value).endswith(why)
        assert str(caught.value).startswith("It ")

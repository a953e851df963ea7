"""The user's command at the end of a task: real programs, without a shell, with a time limit."""

import asyncio
import gc
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from external.commands import DOCUMENT, Make, done, script, text, until
from support import PATIENCE, clean_environment


def python(folder: Path, body: str, name: str = "command") -> str:
    return script(folder, body, name, sys.executable)


def is_gone(pid: int) -> bool:
    """Return whether the process has ended and was waited for; otherwise it is a zombie."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


def handles() -> set[str]:
    return set(os.listdir("/dev/fd"))


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
        gc.collect()  # what other tests have left does not count
        before = handles()
        for _ in range(10):
            hook.run(DOCUMENT)
        await done(hook)
        pids = [int(pid) for pid in text(tmp_path / "pids").split()]
        assert len(pids) == 10
        await until(lambda: all(map(is_gone, pids)), "a zombie is left")
        assert handles() <= before

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
        gc.collect()  # what other tests have left does not count
        before = handles()
        hook.run(DOCUMENT)
        await until(lambda: text(tmp_path / "pid").endswith("\n"))
        await hook.aclose()
        assert handles() <= before
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
    asyncio.get_running_loop().slow_callback_duration = 60  # debug mode complains of a busy machine
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

"""Calls in daemon threads: results, cancellation, and an exit without delay."""

import asyncio
import subprocess
import sys

import pytest

from support import PATIENCE, clean_environment
from ucdn_tui import daemon_thread
from ucdn_tui.errors import UcdnTuiError


async def test_call_returns_its_result_or_raises() -> None:
    assert await daemon_thread.run(lambda: 5, "five") == 5
    with pytest.raises(ZeroDivisionError):
        await daemon_thread.run(lambda: 1 // 0, "zero")
    with pytest.raises(UcdnTuiError):
        await daemon_thread.run(lambda: (_ for _ in ()).throw(UcdnTuiError("x")), "error")


async def test_cancelled_call_runs_on_in_its_thread() -> None:
    began, go_on, finished = (daemon_thread.threading.Event() for _ in range(3))

    def call() -> None:
        began.set()
        go_on.wait(PATIENCE)
        finished.set()

    task = asyncio.create_task(daemon_thread.run(call, "slow"))
    while not began.is_set():
        await asyncio.sleep(0.001)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    go_on.set()
    assert finished.wait(PATIENCE), "the thread did not finish"


@pytest.mark.parametrize(
    "leave",
    ["daemon_thread.start(hang, 'hangs')", "asyncio.run(leave())"],
    ids=["from outside", "from an event loop"],
)
def test_hanging_call_does_not_delay_the_exit(leave: str) -> None:
    code = f"""
import asyncio, time
from ucdn_tui import daemon_thread
def hang(): time.sleep(600)
async def leave():
    task = asyncio.create_task(daemon_thread.run(hang, "hangs"))
    await asyncio.sleep(0)
{leave}
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, env=clean_environment(), timeout=PATIENCE, check=True
    )
    assert done.stderr == done.stdout == b""


def test_result_after_the_event_loop_has_closed_is_ignored() -> None:
    code = """
import asyncio, threading, time
from ucdn_tui import daemon_thread
go_on = threading.Event()
async def leave():
    future = daemon_thread.start(go_on.wait, "late")
    waiting = asyncio.wrap_future(future)
    return future, waiting
future, waiting = asyncio.run(leave())
go_on.set()
future.result(60)
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, env=clean_environment(), timeout=PATIENCE, check=True
    )
    assert done.stderr == b""


def test_with_a_running_thread_the_program_exits_without_pythons_own_exit() -> None:
    """That one crashes now and then, if the thread is in the C or Rust code of a TLS library."""
    code = """
import atexit, os, sys, time
from ucdn_tui import __main__, daemon_thread

def run():
    daemon_thread.start(lambda: time.sleep(600), "hangs")  # ends with the process, not by itself
    print("output")
    return 3

atexit.register(os.abort)
__main__._run = run
sys.exit(__main__.main())
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, env=clean_environment(), timeout=PATIENCE)
    assert (done.returncode, done.stdout, done.stderr) == (3, b"output\n", b"")

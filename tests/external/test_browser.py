"""URLs open in the user's browser, which gets no keys and cannot reach the terminal."""

import gc
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from support import PATIENCE, clean_environment
from support.terminals.terminal import StartTerminal
from ucdn_tui.external.browser import BrowserError, open_in_browser

URL = "https://cdn.example.com/图.jpg?a=1&b=2;c#top"
LINK = "https://cdn.example.com/%E5%9B%BE.jpg?a=1&b=2;c#top"
SECRET = "46f09bb9fab4f12dfc160dae12273d5332b5debe"

TOOLS = "PATH=/usr/bin:/bin"
"""The tools of a fake browser, whatever its environment."""

CALL = (
    "import os, sys; from ucdn_tui.external.browser import open_in_browser; open_in_browser(sys.argv[1], os.environ)\n"
)
"""A Python program that opens its first argument."""


@pytest.fixture
def opened(tmp_path: Path) -> Path:
    """The file to which a fake browser writes its arguments, one a line."""
    return tmp_path / "opened"


@pytest.fixture
def browser(tmp_path: Path, opened: Path) -> Callable[..., Path]:
    """Create fake browsers, which run shell commands and then write their arguments to `opened`."""

    def make(*commands: str, name: str = "browser") -> Path:
        script = tmp_path / "bin" / name
        script.parent.mkdir(exist_ok=True)
        # Renamed when complete, as tests read it as soon as it exists.
        written = f"printf '%s\\n' \"$@\" >'{opened}.part'", f"mv '{opened}.part' '{opened}'"
        script.write_text("\n".join(["#!/bin/sh", TOOLS, *commands, *written, ""]), encoding="utf-8")
        script.chmod(0o700)
        return script

    return make


def wait_for(path: Path) -> str:
    """Wait for the file; return its text."""
    end = time.monotonic() + PATIENCE
    while not path.exists():
        assert time.monotonic() < end, f"{path.name} did not appear"
        time.sleep(0.01)
    return path.read_text(encoding="utf-8")


def until(path: Path) -> str:
    """Return a shell command that waits for the file, for a minute at most."""
    return f"n=0; while [ ! -e '{path}' ] && [ $n -lt 6000 ]; do n=$((n + 1)); sleep 0.01; done"


def exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def environment(browser: Path, **others: str) -> dict[str, str]:
    return clean_environment({"BROWSER": str(browser), **others})


def test_a_url_is_opened_as_a_link(browser: Callable[..., Path], opened: Path) -> None:
    open_in_browser(URL, environment(browser()))
    assert wait_for(opened) == f"{LINK}\n"


@pytest.mark.parametrize("display", ["DISPLAY", "WAYLAND_DISPLAY"])
def test_the_desktops_browser_is_used(browser: Callable[..., Path], opened: Path, display: str) -> None:
    folder = browser(name="xdg-open").parent
    open_in_browser(URL, {"PATH": str(folder), display: "somewhere"}, "linux")
    assert wait_for(opened) == f"{LINK}\n"


@pytest.mark.parametrize("platform", ["darwin", "win32"])
def test_macos_and_windows_need_no_variable(browser: Callable[..., Path], opened: Path, platform: str) -> None:
    folder = browser(name="www-browser").parent
    open_in_browser(URL, {"PATH": str(folder), "TERM": "xterm"}, platform)
    assert wait_for(opened) == f"{LINK}\n"


@pytest.mark.parametrize("nothing", [{}, {"BROWSER": "", "DISPLAY": "", "WAYLAND_DISPLAY": ""}])
@pytest.mark.parametrize("platform", ["linux", "freebsd14"])
def test_a_text_browser_is_not_used(
    browser: Callable[..., Path], nothing: Mapping[str, str], platform: str, no_process: None
) -> None:
    folder = browser(name="www-browser").parent
    with pytest.raises(BrowserError) as caught:
        open_in_browser(URL, {"PATH": str(folder), "TERM": "xterm", **nothing}, platform)
    assert caught.value.title == "No graphical browser found"
    assert "BROWSER" in caught.value.advice


@pytest.mark.parametrize(
    "url", ["", "file:///etc/passwd", "javascript:alert(1)", "https://user:word@host/", "-n", "x\x1b"]
)
def test_an_invalid_url_is_neither_opened_nor_shown(browser: Callable[..., Path], url: str, no_process: None) -> None:
    with pytest.raises(BrowserError) as caught:
        open_in_browser(url, environment(browser()))
    assert "http" in caught.value.advice
    assert str(caught.value).isprintable()
    assert "word" not in str(caught.value)


def test_a_browser_that_does_not_start_is_an_error(
    browser: Callable[..., Path], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(sys, "executable", str(tmp_path / "gone"))
    with pytest.raises(BrowserError, match="No such file") as caught:
        open_in_browser(URL, environment(browser()))
    assert caught.value.advice


@pytest.mark.parametrize("broken", ["exit 3", None], ids=["fails", "is missing"])
def test_a_browser_that_takes_no_url_is_reported(
    browser: Callable[..., Path], tmp_path: Path, broken: str | None
) -> None:
    script = browser(broken) if broken else tmp_path / "missing"
    assert open_in_browser(URL, environment(script)).result(PATIENCE) != 0


def test_a_browser_that_takes_the_url_is_not_reported(browser: Callable[..., Path]) -> None:
    assert open_in_browser(URL, environment(browser())).result(PATIENCE) == 0


def test_the_browser_gets_the_environment_but_no_keys(
    browser: Callable[..., Path], opened: Path, tmp_path: Path
) -> None:
    seen = tmp_path / "environment"
    keys = {"UCLOUD_PUBLIC_KEY": "someone", "UCLOUD_PRIVATE_KEY": SECRET}
    open_in_browser(URL, environment(browser(f"env >'{seen}'"), MARK="passed on", **keys))
    wait_for(opened)
    text = seen.read_text(encoding="utf-8")
    assert "MARK=passed on" in text
    assert "UCLOUD" not in text
    assert SECRET not in text


def test_opening_does_not_wait_for_the_browser(browser: Callable[..., Path], opened: Path, tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    open_in_browser(URL, environment(browser(until(closed))))
    assert not opened.exists()
    closed.touch()
    wait_for(opened)


def test_no_zombie_remains(browser: Callable[..., Path], opened: Path, tmp_path: Path) -> None:
    pid = tmp_path / "pid"
    open_in_browser(URL, environment(browser(f"echo $PPID >'{pid}'")))
    gc.collect()  # collecting an unreferenced running process gives a warning, which is an error here
    wait_for(opened)
    end = time.monotonic() + PATIENCE
    while exists(int(pid.read_text())):  # true for a zombie
        assert time.monotonic() < end, "it was not reaped"
        time.sleep(0.01)


def test_exit_does_not_wait_for_the_browser(browser: Callable[..., Path], opened: Path, tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", CALL, URL],
        env=environment(browser(until(closed))),
        capture_output=True,
        encoding="utf-8",
        timeout=PATIENCE,
    )
    assert (done.stdout, done.stderr, done.returncode) == ("", "", 0)
    assert not opened.exists()
    closed.touch()
    wait_for(opened)


def test_a_browser_cannot_reach_the_terminal(
    browser: Callable[..., Path], opened: Path, tmp_path: Path, terminal: StartTerminal
) -> None:
    rude = "echo DRAWN; echo DRAWN >&2; (echo DRAWN >/dev/tty) 2>/dev/null; cat"
    program = CALL + (
        "import time\n"
        f"while not os.path.exists({str(opened)!r}): time.sleep(0.01)\n"
        "print('READY', flush=True); print('read', input())\n"
    )
    shown = terminal([sys.executable, "-c", program, URL], env={"BROWSER": str(browser(rude))})
    shown.wait_for("READY")
    shown.send("typed\r")
    assert shown.exit_status() == 0
    assert "read typed" in shown.text()
    assert b"DRAWN" not in shown.raw
    assert b"\a" not in shown.raw


def test_closing_the_terminal_does_not_close_the_browser(
    browser: Callable[..., Path], opened: Path, tmp_path: Path, terminal: StartTerminal
) -> None:
    closed = tmp_path / "closed"
    here = tmp_path / "here"
    slow = browser(f": >'{here}'", until(closed))
    shown = terminal([sys.executable, "-c", CALL + "input()", URL], env={"BROWSER": str(slow)})
    wait_for(here)
    shown.close()
    closed.touch()
    wait_for(opened)


def test_a_webbrowser_module_in_the_folder_is_not_run(
    browser: Callable[..., Path], opened: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "webbrowser.py").write_text(f"open({json.dumps(str(opened))}, 'w').write('not Python')")
    monkeypatch.chdir(tmp_path)
    open_in_browser(URL, environment(browser()))
    assert wait_for(opened) == f"{LINK}\n"


@pytest.fixture
def no_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fail if a process is started."""

    def start(*_: object, **__: object) -> None:
        pytest.fail("a process was started")

    monkeypatch.setattr(subprocess, "Popen", start)

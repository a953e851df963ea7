"""Where the terminal may ignore OSC 52, the copy menu uses a local clipboard tool as well."""

from collections.abc import Callable
from pathlib import Path

import pytest

from support.clock import FakeClock
from support.screen.dashboard import account, add, running_dashboard
from support.screen.export_menu import take
from support.screen.notifications import Notifications, record_notifications
from ucdn_tui.simulator.account import Account
from ucdn_tui.ui.terminal.escape_sequences import TerminalFeatures

SHORT_HINT = "Nothing in your clipboard? Press f in the copy menu."
HINT = "Nothing in your clipboard? Press f in the copy menu to save to a file."
KNOWN = TerminalFeatures(clipboard=True)


@pytest.fixture
def notifications(monkeypatch: pytest.MonkeyPatch) -> Notifications:
    return record_notifications(monkeypatch)


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    """The file to which the fake tool writes what it gets."""
    return tmp_path / "copied"


@pytest.fixture
def xclip(tmp_path: Path, copied: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Put a fake xclip on PATH, which ends with this shell command."""

    def install(last: str) -> None:
        script = tmp_path / "bin" / "xclip"
        script.parent.mkdir()
        script.write_text(f"#!/bin/sh\nPATH=/usr/bin:/bin\ncat >'{copied}'\n{last}\n")
        script.chmod(0o700)
        monkeypatch.setenv("PATH", str(script.parent))
        monkeypatch.setenv("DISPLAY", ":0")
        for name in ("SSH_CONNECTION", "SSH_TTY"):
            monkeypatch.delenv(name, raising=False)

    return install


@pytest.fixture
def simulated(clock: FakeClock) -> Account:
    simulated = account(clock)
    add(simulated, "one", count=2, ago=100)
    add(simulated, "x" * 726, count=100, ago=200)  # its URLs are too long for OSC 52
    return simulated


async def test_both_get_the_text(
    simulated: Account, clock: FakeClock, notifications: Notifications, copied: Path, xclip: Callable[[str], None]
) -> None:
    xclip("exit 0")
    async with running_dashboard(simulated, clock) as ui:
        await take(ui, "all")
        await ui.settle(lambda: notifications.toasts)
        assert notifications.words() == ["Copied 2 URLs"]
        assert copied.read_text() == ui.app.clipboard == "https://cdn.test/one-1.jpg\nhttps://cdn.test/one-2.jpg\n"


async def test_the_tool_gets_what_is_too_long_for_the_terminal(
    simulated: Account, clock: FakeClock, notifications: Notifications, copied: Path, xclip: Callable[[str], None]
) -> None:
    xclip("exit 0")
    async with running_dashboard(simulated, clock) as ui:
        await ui.press("j")
        await take(ui, "all")
        await ui.settle(lambda: notifications.toasts)
        assert notifications.words() == ["Copied 100 URLs"]
        assert (len(copied.read_text()), ui.app.clipboard) == (75_092, "")


async def test_a_failing_tool_leaves_the_terminal_and_a_word_about_it(
    simulated: Account, clock: FakeClock, notifications: Notifications, xclip: Callable[[str], None]
) -> None:
    xclip("exit 1")
    async with running_dashboard(simulated, clock) as ui:
        await take(ui, "url")
        await ui.settle(lambda: notifications.toasts)
        assert ui.app.clipboard == "https://cdn.test/one-1.jpg"
        failed = "xclip failed: exit status 1."
        assert notifications.words() == [f"{failed}\nSent to the terminal instead. {SHORT_HINT}"]


async def test_a_terminal_that_is_known_to_copy_needs_no_tool(
    simulated: Account, clock: FakeClock, notifications: Notifications, copied: Path, xclip: Callable[[str], None]
) -> None:
    xclip("exit 0")
    async with running_dashboard(simulated, clock, features=KNOWN) as ui:
        await take(ui, "url")
        assert notifications.words() == ["Copied 1 URL"]
        assert not copied.exists()

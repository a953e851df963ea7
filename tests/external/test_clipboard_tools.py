"""Local clipboard tools: which one is used where, and what it gets."""

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from support import PATIENCE, clean_environment
from ucdn_tui.external.clipboard_tools import ClipboardError, copy_with, find_tool

XCLIP = ["-selection", "clipboard", "-in"]


@pytest.fixture
def tool(tmp_path: Path) -> Callable[..., Path]:
    """Create fake tools, which run shell commands; return each one's path."""
    folder = tmp_path / "bin"
    folder.mkdir()

    def make(name: str, *commands: str) -> Path:
        script = folder / name
        script.write_text("\n".join(["#!/bin/sh", "PATH=/usr/bin:/bin", *commands, ""]))
        script.chmod(0o700)
        return script

    return make


def wait_for_end(reader: int) -> None:
    """Wait until no process has the other end of the pipe open."""
    end = time.monotonic() + PATIENCE
    while True:
        try:
            if not os.read(reader, 1):
                return
        except BlockingIOError:
            assert time.monotonic() < end, "a process still has it open"
            time.sleep(0.01)


def found(folder: Path, platform: str = "linux", **variables: str) -> list[str] | None:
    command = find_tool({"PATH": str(folder), **variables}, platform)
    return None if command is None else [Path(command[0]).name, *command[1:]]


class TestChoice:
    @pytest.fixture
    def all_of_them(self, tool: Callable[..., Path]) -> Path:
        for name in ("wl-copy", "xclip", "xsel", "pbcopy", "clip.exe"):
            tool(name)
        return tool("other").parent

    @pytest.mark.parametrize(
        ("platform", "variables", "command"),
        [
            ("linux", {"WAYLAND_DISPLAY": "w"}, ["wl-copy", "--type", "text/plain"]),
            ("linux", {"DISPLAY": ":0"}, ["xclip", *XCLIP]),
            ("linux", {"DISPLAY": ":0", "WAYLAND_DISPLAY": "w"}, ["wl-copy", "--type", "text/plain"]),
            ("linux", {"DISPLAY": ":0", "WSL_DISTRO_NAME": "Debian"}, ["clip.exe"]),
            ("darwin", {}, ["pbcopy"]),
            ("linux", {}, None),
            ("linux", {"DISPLAY": "", "WAYLAND_DISPLAY": ""}, None),
        ],
        ids=str,
    )
    def test_depends_on_the_desktop(
        self, all_of_them: Path, platform: str, variables: dict[str, str], command: list[str] | None
    ) -> None:
        assert found(all_of_them, platform, **variables) == command

    @pytest.mark.parametrize("variable", ["SSH_CONNECTION", "SSH_TTY"])
    @pytest.mark.parametrize("platform", ["linux", "darwin"])
    def test_is_none_in_a_remote_session(self, all_of_them: Path, platform: str, variable: str) -> None:
        assert found(all_of_them, platform, DISPLAY=":0", **{variable: "x"}) is None

    def test_falls_back_to_what_is_installed(self, tool: Callable[..., Path]) -> None:
        folder = tool("xsel").parent
        desktop = {"DISPLAY": ":0", "WAYLAND_DISPLAY": "w"}
        assert found(folder, **desktop) == ["xsel", "--clipboard", "--input"]
        tool("xclip")
        assert found(folder, **desktop) == ["xclip", *XCLIP]
        assert found(folder / "empty", **desktop) is None


class TestCopying:
    def test_the_tool_gets_the_text_and_no_keys(self, tool: Callable[..., Path], tmp_path: Path) -> None:
        text, seen = "https://cdn.test/图.jpg\n$(touch x) `id`\n\ud800", tmp_path / "environment"
        program = tool("xclip", f"cat >'{tmp_path}/text'", f"env >'{seen}'", f"echo \"$@\" >'{tmp_path}/arguments'")
        environment = clean_environment({"MARK": "passed on", "UCLOUD_PRIVATE_KEY": "46f09bb9"})
        copy_with([str(program), *XCLIP], text, environment, limit=PATIENCE)
        assert (tmp_path / "text").read_text(encoding="utf-8") == text.replace("\ud800", "\ufffd")
        assert (tmp_path / "arguments").read_text().split() == XCLIP
        assert "MARK=passed on" in seen.read_text()
        assert "46f09bb9" not in seen.read_text()

    @pytest.mark.parametrize(("text", "encoding"), [("https://a/b", "ascii"), ("https://a/图", "utf-16-le")])
    def test_windows_gets_utf_16_where_a_code_page_would_not_do(
        self, tool: Callable[..., Path], tmp_path: Path, text: str, encoding: str
    ) -> None:
        program = tool("clip.exe", f"cat >'{tmp_path}/text'")
        copy_with([str(program)], text, clean_environment(), limit=PATIENCE)
        assert (tmp_path / "text").read_bytes() == text.encode(encoding)

    def test_a_background_process_of_the_tool_is_not_waited_for(
        self, tool: Callable[..., Path], tmp_path: Path
    ) -> None:
        pid = tmp_path / "pid"
        program = tool("wl-copy", f"sleep 600 & echo $! >'{pid}'", f"cat >'{tmp_path}/text'")
        copy_with([str(program)], "text", clean_environment(), limit=PATIENCE)
        background = int(pid.read_text())
        try:
            assert (tmp_path / "text").read_text() == "text"
            assert os.getsid(background) != os.getsid(0), "it would end with our terminal"
        finally:
            os.kill(background, signal.SIGKILL)

    @pytest.mark.parametrize(
        ("commands", "why"),
        [
            (["exit 3"], "exit status 3"),
            (["exec 0<&-", "exit 1"], "exit status 1"),
            (["cat >/dev/null", "kill -9 $$"], "exit status -9"),
        ],
        ids=str,
    )
    def test_a_failure_is_an_error_that_names_the_tool(
        self, tool: Callable[..., Path], commands: list[str], why: str
    ) -> None:
        with pytest.raises(ClipboardError) as caught:
            copy_with([str(tool("xclip", *commands))], "x" * 1_000_000, clean_environment(), limit=PATIENCE)
        assert str(caught.value) == f"xclip failed: {why}."

    def test_a_tool_that_does_not_start_is_an_error(self, tmp_path: Path) -> None:
        with pytest.raises(ClipboardError, match="xclip failed: No such file or directory"):
            copy_with([str(tmp_path / "xclip")], "text", clean_environment(), limit=PATIENCE)

    def test_a_tool_that_hangs_is_killed_with_its_children(self, tool: Callable[..., Path], tmp_path: Path) -> None:
        pipe = tmp_path / "pipe"
        os.mkfifo(pipe)
        reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
        program = tool("xclip", f"exec 3>'{pipe}'", "sleep 600 &", "wait")
        try:
            with pytest.raises(ClipboardError, match="xclip failed: timed out after 1 s"):
                copy_with([str(program)], "text", clean_environment(), limit=1.0)
            wait_for_end(reader)
        finally:
            os.close(reader)

"""Copying text with a local clipboard tool, for terminals that may ignore OSC 52: without a shell or our terminal."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Final

from ucdn_tui.errors import UcdnTuiError
from ucdn_tui.i18n import _
from ucdn_tui.text import replace_surrogates

TIME_LIMIT: Final = 5.0
"""Seconds until a tool is killed. Tools read the text and return at once; some leave a process that holds it."""

_REMOTE: Final = ("SSH_CONNECTION", "SSH_TTY")
"""Set in a remote session, whose tools would fill the clipboard of the wrong machine."""

_WSL: Final = ("WSL_DISTRO_NAME", "WSL_INTEROP")


class ClipboardError(UcdnTuiError):
    """A clipboard tool did not take the text."""


def find_tool(environ: Mapping[str, str], platform: str = sys.platform) -> Sequence[str] | None:
    """Return the command that copies its standard input here; None without one, and in a remote session."""
    if any(environ.get(name) for name in _REMOTE):
        return None
    candidates: list[Sequence[str]] = []
    if platform == "darwin":
        candidates.append(["pbcopy"])
    if any(environ.get(name) for name in _WSL):  # first, as its desktop is Windows even with DISPLAY set
        candidates.append(["clip.exe"])
    if environ.get("WAYLAND_DISPLAY"):
        candidates.append(["wl-copy", "--type", "text/plain"])  # otherwise it guesses a type, such as JSON
    if environ.get("DISPLAY"):
        candidates += [["xclip", "-selection", "clipboard", "-in"], ["xsel", "--clipboard", "--input"]]
    for program, *arguments in candidates:
        if path := shutil.which(program, path=environ.get("PATH", os.defpath)):
            return [path, *arguments]
    return None


def copy_with(tool: Sequence[str], text: str, environ: Mapping[str, str], *, limit: float = TIME_LIMIT) -> None:
    """Run the tool with the text on its standard input, and wait for it, `limit` seconds at most.

    It gets `environ` without the UCLOUD_ variables. Raises ClipboardError.
    """
    program = os.path.basename(tool[0])
    variables = {name: value for name, value in environ.items() if not name.startswith("UCLOUD_")}
    if program == "pbcopy":
        variables["LC_ALL"] = "en_US.UTF-8"  # otherwise it may take the text for Mac OS Roman
    try:
        process = subprocess.Popen(  # noqa: S603 - no shell, and the text is no argument
            tool,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,  # not ours: a tool's background process would keep it open
            stderr=subprocess.DEVNULL,
            start_new_session=True,  # so that its background process survives our terminal
            env=variables,
        )
    except OSError as error:
        raise _failure(program, error.strerror or type(error).__name__) from None
    try:
        process.communicate(_encoded(text, program), timeout=limit)
    except subprocess.TimeoutExpired:
        with suppress(OSError):
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        raise _failure(program, _("timed out after {limit:g} s").format(limit=limit)) from None
    if process.returncode:
        raise _failure(program, _("exit status {status}").format(status=process.returncode))


def _encoded(text: str, program: str) -> bytes:
    """Return the bytes that the tool expects: UTF-8, but for clip.exe UTF-16, as it reads others in a code page."""
    text = replace_surrogates(text)
    return text.encode("utf-16-le") if program == "clip.exe" and not text.isascii() else text.encode()


def _failure(program: str, why: str) -> ClipboardError:
    return ClipboardError(_("{program} failed: {why}").format(program=program, why=why))

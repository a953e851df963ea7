"""Input for the sign-in screen in a terminal, and accounts to sign in to."""

import re
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from support.program import changed
from support.terminals.terminal import Terminal
from ucdn_tui.errors import RetCodeError
from ucdn_tui.simulator.account import Account, Project

TAB, SHIFT_TAB, ENTER, ESCAPE = "\t", "\x1b[Z", "\r", "\x1b"
UP, DOWN, END = "\x1b[A", "\x1b[B", "\x1b[F"
CTRL_C, CTRL_Q, CTRL_S, CTRL_X = "\x03", "\x11", "\x13", "\x18"

WRONG_KEY = str(RetCodeError(171, "Signature VerifyAC Error"))
"""The error for a wrong private key; on the screen it is wrapped, so look for it in `words(screen)`."""

UPDATED = r"updated \d+s ago"
FORM = r"^ *Profile name"
FOUND = r"will be saved in: Secret Service"


class Start(Protocol):
    """The `start` fixture: start the program with flags and variables, in a terminal, with a real keyring."""

    def __call__(self, *flags: str, columns: int = 100, rows: int = 30, **variables: str) -> Terminal: ...


def simulated(name: str, seed: int = 1, projects: Sequence[str] = ("org-only",)) -> Account:
    """Return an account in real time with one running task, of https://cdn.test/<name>-1.jpg."""
    account = Account(time.time, seed=seed, projects=[Project(one, f"Project {one}") for one in projects])
    account.add("refresh", [task_url(name)], created=time.time() - 9, queue=0, work=3600)
    return account


def task_url(name: str) -> str:
    return f"https://cdn.test/{name}-1.jpg"


def fill_in(
    program: Terminal,
    public_key: str,
    private_key: str,
    url: str | None = None,
    *,
    project: str | None = None,
    profile: str | None = None,
) -> None:
    """Fill in the empty form, from its first field on; `url` is entered as the "Other…" endpoint."""
    program.wait_for(FORM)
    program.paste(public_key)
    program.send(TAB)
    program.paste(private_key)
    program.send(TAB)
    if url is not None:
        before = _endpoint_lines(program)
        program.send(ENTER)
        program.wait_for("Other…")
        program.send(END)
        program.send(ENTER)
        program.wait_for(r"Endpoint +Other…")
        program.wait_until(lambda _: _endpoint_lines(program) > before, "there is no field for the endpoint")
        program.send(TAB)
        program.paste(url)
    program.send(TAB)
    program.paste(project or "")
    program.send(TAB)
    program.paste(profile or "default")
    program.wait_for(rf"Profile name +{profile or 'default'}$")
    program.wait_for(rf"Private key +•{{{len(private_key)}}}$")


def sign_in(
    program: Terminal,
    account: Account,
    url: str,
    *,
    private_key: str | None = None,
    profile: str | None = None,
) -> None:
    """Fill in the form for an account and submit it."""
    fill_in(program, account.public_key, private_key or account.private_key, url, profile=profile)
    program.wait_for(FOUND)
    program.send(CTRL_S)


def impatient(sign: Path) -> list[str]:
    """Return a command for the program. Once the file `sign` exists, keyring calls time out after one second.

    Until then they have the usual minute: on a busy machine a working keyring may be slow.
    """
    code = (
        "import pathlib; from ucdn_tui.account import credentials; "
        f"sign, with_store = pathlib.Path({str(sign)!r}), credentials.with_store; "
        "credentials.with_store = lambda use: with_store(use, **({'limit': 1.0} if sign.exists() else {}))"
    )
    return changed(code)


def words(screen: str) -> str:
    """Return a screen's text with its lines joined."""
    return re.sub(r"\s+", " ", screen)


def config_file(home: Path) -> Path:
    return home / ".config" / "ucdn-tui" / "config.toml"


def write_config(home: Path, text: str) -> Path:
    """Write the program's configuration file and return its path."""
    file = config_file(home)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    return file


def _endpoint_lines(program: Terminal) -> int:
    """Return the number of lines from the endpoint's to the project's."""
    lines = program.text().split("\n")
    first, second = (
        next(y for y, line in enumerate(lines) if line.lstrip().startswith(label))
        for label in ("Endpoint", "Project id")
    )
    return second - first

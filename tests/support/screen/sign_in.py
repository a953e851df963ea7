"""The sign-in screen as a person uses it, in a terminal; and accounts to sign in to."""

import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from support.terminals.terminal import Terminal
from ucdn_tui.simulator.account import Account, Project

TAB, SHIFT_TAB, ENTER, ESCAPE = "\t", "\x1b[Z", "\r", "\x1b"
UP, DOWN, END = "\x1b[A", "\x1b[B", "\x1b[F"
CTRL_C, CTRL_Q, CTRL_S, CTRL_X = "\x03", "\x11", "\x13", "\x18"

UPDATED = r"updated \d+s ago"
FORM = r"^ *Profile name"
FOUND = r"will be saved in: Secret Service"

MASKED = r"Private key +•{5}"


class Start(Protocol):
    """The `start` fixture: the program in a terminal, with flags and variables, on a machine with a keyring."""

    def __call__(self, *flags: str, columns: int = 100, rows: int = 30, **variables: str) -> Terminal: ...


def simulated(name: str, seed: int = 1, projects: Sequence[str] = ("org-only",)) -> Account:
    """Return an account in real time with one task that runs on, over https://cdn.test/<name>-1.jpg."""
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
    """Fill the empty form in, from its first field on; `url` is typed under "Other…"."""
    program.wait_for(FORM)
    program.paste(public_key)
    program.send(TAB)
    program.paste(private_key)
    program.send(TAB)
    if url is not None:
        before = _between(program)
        program.send(ENTER)
        program.wait_for("Other…")
        program.send(END)
        program.send(ENTER)
        program.wait_for(r"Endpoint +Other…")
        program.wait_until(lambda _: _between(program) > before, "there is no field for the address")
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
    """Fill the form in for an account, and send it."""
    fill_in(program, account.public_key, private_key or account.private_key, url, profile=profile)
    program.wait_for(FOUND)
    program.send(CTRL_S)


def impatient(program: str, sign: Path) -> list[str]:
    """Return the command that runs the program, and gives a keyring a second to answer once a file is there.

    Without it the keyring is given the minute that people get: one that answers may be slow on a busy machine.
    """
    code = (
        "import pathlib, sys; from ucdn_tui import __main__; from ucdn_tui.account import credentials; "
        f"sign, with_store = pathlib.Path({str(sign)!r}), credentials.with_store; "
        "credentials.with_store = lambda use: with_store(use, **({'limit': 1.0} if sign.exists() else {})); "
        f"sys.argv[0] = {program!r}; sys.exit(__main__.main())"
    )
    return [sys.executable, "-c", code]


def config_file(home: Path) -> Path:
    return home / ".config" / "ucdn-tui" / "config.toml"


def write_config(home: Path, text: str) -> Path:
    """Write the program's configuration, as its user may, and return the file."""
    file = config_file(home)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    return file


def _between(program: Terminal) -> int:
    """Return the lines from the endpoint's to the project's."""
    lines = program.text().split("\n")
    first, second = (
        next(y for y, line in enumerate(lines) if line.lstrip().startswith(label))
        for label in ("Endpoint", "Project id")
    )
    return second - first

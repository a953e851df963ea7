"""Command-line arguments, error messages and exit statuses."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from support import clean_environment
from support.program import PROGRAM, Command
from support.terminals.terminal import RESTORED, StartTerminal
from ucdn_tui import __version__
from ucdn_tui.cli import main as cli

SECRET = "46f09bb9fab4f12dfc160dae12273d5332b5debe"
KEYS = {"UCLOUD_PUBLIC_KEY": "someone", "UCLOUD_PRIVATE_KEY": SECRET}


def imported_by(*arguments: str) -> tuple[str, set[str]]:
    """Return the program's output with these arguments, and the top-level packages that it imports."""
    code = (
        "import sys, runpy\n"
        "try: runpy.run_module('ucdn_tui', run_name='__main__', alter_sys=True)\n"
        "except SystemExit as end: assert not end.code, end.code\n"
        "print('\\0' + ' '.join(sys.modules), end='')"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        check=True,
        env=clean_environment(),
    )
    text, _, modules = done.stdout.partition("\0")
    return text, {name.partition(".")[0] for name in modules.split()}


class TestVersionAndHelp:
    def test_version_imports_no_library(self) -> None:
        text, modules = imported_by("--version")
        assert text == f"ucdn-tui {__version__}\n"
        assert not modules & {"textual", "rich", "httpx", "msgspec", "argparse", "asyncio"}

    def test_version_among_other_flags(self) -> None:
        done = Command()("--demo", "--version")
        assert (done.returncode, done.stdout) == (0, f"ucdn-tui {__version__}\n")

    def test_help_fits_80_columns_and_imports_no_library(self) -> None:
        text, modules = imported_by("--help")
        assert not modules & {"textual", "rich", "httpx", "msgspec", "asyncio"}
        flags = ["--demo", "--endpoint", "--project-id", "--since", "--interval", "--log-file", "--version"]
        variables = ["UCLOUD_PUBLIC_KEY", "UCLOUD_PRIVATE_KEY", "UCLOUD_PROJECT_ID", "UCLOUD_API_BASE_URL"]
        for word in [*flags, *variables, "examples:", "ucdn-tui --demo", "exit status:"]:
            assert word in text
        assert max(map(len, text.splitlines())) <= 80

    def test_version_by_module_name(self) -> None:
        done = subprocess.run([sys.executable, "-m", "ucdn_tui", "--version"], capture_output=True, check=True)
        assert done.stdout == f"ucdn-tui {__version__}\n".encode()


COMMANDS = ["login", "logout", "profiles", "completion", "refresh", "prefetch", "tasks", "wait", "verify", "quota"]

WRONG = [
    (["--interval", "0s"], "argument --interval: '0s' is too short (minimum 1s)"),
    (["--interval", "0.1s"], "argument --interval: '0.1s' is too short (minimum 1s)"),
    (["--interval", "2h"], "argument --interval: '2h' is too long (maximum 1h)"),
    (["--interval", "5x"], "argument --interval: invalid duration '5x' (try 90s, 15m, 24h or 7d)"),
    (["--interval", "-5s"], "argument --interval: expected one argument (see ucdn-tui --help)"),
    (["--interval"], "argument --interval: expected one argument (see ucdn-tui --help)"),
    (["--since", "0"], "argument --since: '0' is too short (minimum 1s)"),
    (["--since", "400d"], "argument --since: '400d' is too long (maximum 366d)"),
    (["--since", "yesterday"], "argument --since: invalid duration 'yesterday' (try 90s, 15m, 24h or 7d)"),
    (["--since", "\x1b[2J"], r"argument --since: invalid duration '\x1b[2J' (try 90s, 15m, 24h or 7d)"),
    (["--bogus"], "unrecognized option: --bogus (see ucdn-tui --help)"),
    (["--bogus", "--other"], "unrecognized option: --bogus (see ucdn-tui --help)"),
    (["--dem"], "unrecognized option: --dem (see ucdn-tui --help)"),
    (["--bogus\x1b[2J"], r"unrecognized option: --bogus\x1b[2J (see ucdn-tui --help)"),
    (["--sinc", "7d"], "unrecognized option: --sinc (see ucdn-tui --help)"),
    (["-x", "profiles"], "unrecognized option: -x (see ucdn-tui --help)"),
    (["login", "--private-key=secret"], "unrecognized option: --private-key (see ucdn-tui --help)"),
    (["login", "--bogus"], "unrecognized option: --bogus (see ucdn-tui --help)"),
    (["login", "work"], "unrecognized argument: work (see ucdn-tui --help)"),
    (["two 1"], "invalid task id 'two 1' (see ucdn-tui --help)"),
    ([""], "invalid task id '' (see ucdn-tui --help)"),
    (["--demo", "2026\x1b[2J"], r"invalid task id '2026\x1b[2J' (see ucdn-tui --help)"),
    (["1" * 129], f"invalid task id '{'1' * 128}…' (see ucdn-tui --help)"),
    (["20261129_a", "20261129_b"], "unrecognized argument: 20261129_b (see ucdn-tui --help)"),
    (["20261129_a", "--bogus"], "unrecognized option: --bogus (see ucdn-tui --help)"),
    (["login", "20261129_a"], "unrecognized argument: 20261129_a (see ucdn-tui --help)"),
    (
        ["watch"],
        f"argument COMMAND: invalid choice: 'watch' (choose from {', '.join(map(repr, COMMANDS))})",
    ),
]


MISPLACED = [
    ("--profile", "nope", "profiles"),
    ("--endpoint", "https://h", "profiles"),
    ("--project-id", "org", "profiles"),
    ("--project-id", "org", "logout"),
    ("--public-key", "key", "logout"),
    ("--since", "7d", "login"),
    ("--interval", "5s", "logout"),
    ("--demo", "", "login"),
]
"""Flags, with their values, that have no meaning for a command."""


class TestWrongUsage:
    @pytest.mark.parametrize(("arguments", "words"), WRONG, ids=lambda value: ascii(value))
    def test_usage_error_is_status_2_with_a_hint(
        self, capsys: pytest.CaptureFixture[str], arguments: list[str], words: str
    ) -> None:
        assert cli.run(arguments) == 2
        out, err = capsys.readouterr()
        assert out == ""
        assert err == f"ucdn-tui: {words}.\n"
        assert err.rstrip("\n").isprintable()

    @pytest.mark.parametrize(("flag", "value", "command"), MISPLACED, ids=str)
    @pytest.mark.parametrize("side", ["before", "after"])
    def test_flag_without_meaning_for_the_command_is_status_2(
        self, capsys: pytest.CaptureFixture[str], flag: str, value: str, command: str, side: str
    ) -> None:
        words = [flag, value] if value else [flag]
        assert cli.run([*words, command] if side == "before" else [command, *words]) == 2
        err = capsys.readouterr().err
        assert err == f"ucdn-tui: {flag} does not apply to `ucdn-tui {command}` (see ucdn-tui --help).\n"

    @pytest.mark.parametrize("flag", ["--profile", "--endpoint", "--project-id"])
    def test_demo_has_no_account_to_select(self, capsys: pytest.CaptureFixture[str], flag: str) -> None:
        assert cli.run([flag, "https://h", "--demo"]) == 2
        assert f"{flag} does not apply to `ucdn-tui --demo`" in capsys.readouterr().err

    @pytest.mark.parametrize("arguments", [("--profile", "a\nb", "login"), ("login", "--profile", " a")])
    def test_login_checks_the_name_before_anything_else(self, arguments: tuple[str, ...]) -> None:
        done = Command()(*arguments)
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr.startswith("ucdn-tui: Invalid profile name.")

    def test_program_exits_with_status_2(self) -> None:
        done = Command()("--bogus")
        assert (done.returncode, done.stdout) == (2, "")
        assert "Traceback" not in done.stderr


class TestFlags:
    @pytest.mark.parametrize("arguments", [["--profile", "gone", "logout"], ["logout", "--profile", "gone"]])
    def test_work_on_either_side_of_a_command(self, capsys: pytest.CaptureFixture[str], arguments: list[str]) -> None:
        assert cli.run(arguments) == 2
        assert "Profile gone does not exist." in capsys.readouterr().err

    def test_of_time_may_be_plain_seconds_or_fractions(self) -> None:
        flags = cli._parser().parse(["--interval", "5", "--since", "1.5h"])
        assert (flags.interval, flags.since) == (5.0, 5400.0)

    def test_that_are_not_given_are_none(self) -> None:
        flags = cli._parser().parse(["login", "--endpoint", "https://h"])
        assert flags.endpoint == "https://h"
        assert (flags.demo, flags.profile, flags.public_key, flags.log_file) == (None, None, None, None)


class TestTaskId:
    @pytest.mark.parametrize(
        "arguments",
        [
            ["20261129_a", "--demo", "--since", "7d"],
            ["--demo", "20261129_a", "--since", "7d"],
            ["--demo", "--since", "7d", "20261129_a"],
            ["--since", "7d", "--profile", "20261129_a", "20261129_a"],
        ],
        ids=" ".join,
    )
    def test_may_stand_anywhere_among_the_flags(self, monkeypatch: pytest.MonkeyPatch, arguments: list[str]) -> None:
        seen: list[Any] = []
        monkeypatch.setattr(cli, "_dashboard", lambda flags, _environ: seen.append(flags) or 0)
        assert cli.run(arguments) == 0
        assert [(flags.task_id, flags.since) for flags in seen] == [("20261129_a", 7 * 86400.0)]

    def test_is_empty_without_one(self, monkeypatch: pytest.MonkeyPatch) -> None:
        seen: list[Any] = []
        monkeypatch.setattr(cli, "_dashboard", lambda flags, _environ: seen.append(flags) or 0)
        assert cli.run(["--profile", "20261129_a"]) == 0
        assert [(flags.task_id, flags.profile) for flags in seen] == [("", "20261129_a")]


class TestConnectionSettings:
    @pytest.mark.parametrize(
        "endpoint", ["http://api.ucloud.cn", "https://someone:pass@api.ucloud.cn", "https://h/\x1b[2J"]
    )
    @pytest.mark.parametrize("by", ["flag", "variable"])
    def test_unsafe_endpoint_is_refused(
        self, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, endpoint: str, by: str
    ) -> None:
        for name, value in KEYS.items():
            monkeypatch.setenv(name, value)
        if by == "variable":
            monkeypatch.setenv("UCLOUD_API_BASE_URL", endpoint)
        assert cli.run(["--endpoint", endpoint] if by == "flag" else []) == 2
        err = capsys.readouterr().err
        assert err.startswith("ucdn-tui: ")
        assert "endpoint" in err.lower()
        assert err.rstrip("\n").isprintable()
        assert "pass" not in err
        assert SECRET not in err

    def test_unencrypted_endpoint_error_says_why(self) -> None:
        done = Command(KEYS)("--endpoint", "http://api.ucloud.cn")
        assert done.returncode == 2
        assert "http://api.ucloud.cn is not encrypted. Use https://" in done.stderr

    @pytest.mark.parametrize("missing", KEYS)
    @pytest.mark.parametrize("blank", [None, "", "  "])
    def test_incomplete_key_pair_is_status_2(
        self, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, missing: str, blank: str | None
    ) -> None:
        for name, value in {**KEYS, missing: blank}.items():
            if value is not None:
                monkeypatch.setenv(name, value)
        assert cli.run([]) == 2
        err = capsys.readouterr().err
        assert err == f"ucdn-tui: Incomplete key pair. {missing} is not set. Set both keys, or neither.\n"

    def test_missing_keys_are_status_4_with_advice(self) -> None:
        done = Command({"UCLOUD_PUBLIC_KEY": "", "UCLOUD_PRIVATE_KEY": " "})()
        assert (done.returncode, done.stdout) == (4, "")
        assert done.stderr.startswith("ucdn-tui: No credentials. No keys in the environment, and no profile.")
        assert "ucdn-tui --demo" in done.stderr


class TestNoTerminal:
    @pytest.mark.parametrize("arguments", [["--demo"], []])
    def test_no_terminal_is_status_2(self, arguments: list[str]) -> None:
        done = Command(KEYS)(*arguments)
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr.startswith("ucdn-tui: No terminal. Standard input or standard error is redirected.")

    @pytest.mark.parametrize("stream", ["<&-", "2>&-"])
    def test_closed_streams_are_no_terminal(self, terminal: StartTerminal, stream: str) -> None:
        shell = terminal(["/bin/sh", "-c", f"{PROGRAM} --demo {stream}; echo status $?"])
        shell.wait_for("status 2")
        assert ("ucdn-tui: No terminal." in shell.text()) is (stream == "<&-")
        assert "Traceback" not in shell.text()

    @pytest.mark.parametrize("stream", ["<", "2>"])
    def test_standard_input_and_standard_error_must_be_terminals(self, terminal: StartTerminal, stream: str) -> None:
        shell = terminal(["/bin/sh", "-c", f"{PROGRAM} --demo {stream}/dev/null; echo status $?"])
        shell.wait_for("status 2")
        assert shell.exit_status() == 0
        assert shell.modes() == RESTORED

    @pytest.mark.parametrize("term", ["dumb", "unknown", "", None])
    def test_unsupported_term_is_status_2(self, terminal: StartTerminal, term: str | None) -> None:
        demo = terminal([PROGRAM, "--demo"], env={"TERM": term})
        assert demo.exit_status() == 2
        assert f"ucdn-tui: Unsupported terminal. TERM is {term or ''!r}." in demo.text()
        assert b"\x1b" not in demo.raw

    @pytest.mark.parametrize(
        ("variable", "value"),
        [("TEXTUAL_COLOR_SYSTEM", "16"), ("TEXTUAL_DRIVER", "none:None"), ("TEXTUAL_DRIVER", "os:path")],
    )
    def test_unusable_variable_of_textual_is_status_2(self, terminal: StartTerminal, variable: str, value: str) -> None:
        demo = terminal([PROGRAM, "--demo"], env={variable: value})
        assert demo.exit_status() == 2
        assert demo.text().strip() == f"ucdn-tui: {variable} is invalid: {value}."


class TestLogFile:
    @pytest.mark.parametrize("path", ["missing/log", "."])
    def test_unwritable_log_file_is_reported_before_drawing(
        self, terminal: StartTerminal, tmp_path: Path, path: str
    ) -> None:
        demo = terminal([PROGRAM, "--demo", "--log-file", path], columns=200, cwd=tmp_path)
        assert demo.exit_status() == 2
        text = demo.text()
        assert text.startswith(f"ucdn-tui: Cannot write the log file. {path}: ")
        assert "Choose another path with --log-file." in text
        assert b"\x1b" not in demo.raw


def test_help_version_and_errors_leave_no_files(tmp_path: Path) -> None:
    home = tmp_path / "untouched"
    home.mkdir()
    for arguments in (["--version"], ["--help"], ["--bogus"], []):
        Command({"HOME": str(home)})(*arguments)
    assert os.listdir(home) == []

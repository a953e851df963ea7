"""Output that cannot be written: a full device, a pipe that nobody reads, characters that the encoding lacks."""

import os
import subprocess
from pathlib import Path
from typing import IO

import pytest

from support import PATIENCE, clean_environment
from support.program import PROGRAM
from support.screen.sign_in import write_config

PRINTS = [["--version"], ["--help"], ["login", "--help"], ["profiles"]]
"""Arguments with which the program prints to standard output."""

FULL = pytest.mark.skipif(not Path("/dev/full").exists(), reason="has no /dev/full")


@pytest.fixture(params=["", "1"], ids=["buffered", "unbuffered"])
def environment(request: pytest.FixtureRequest, tmp_path: Path) -> dict[str, str]:
    write_config(tmp_path / "home", "[profiles.work]\n")
    return clean_environment({"PYTHONUNBUFFERED": request.param, "PYTHON_KEYRING_BACKEND": "none.of.these"})


def run(
    arguments: list[str], environment: dict[str, str], *, stdout: IO[str] | int, stderr: IO[str] | int
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [PROGRAM, *arguments],
        stdin=subprocess.DEVNULL,
        stdout=stdout,
        stderr=stderr,
        env=environment,
        encoding="utf-8",
        timeout=PATIENCE,
    )


@FULL
@pytest.mark.parametrize("arguments", PRINTS, ids=" ".join)
def test_full_device_is_status_1_with_one_line(arguments: list[str], environment: dict[str, str]) -> None:
    with open("/dev/full", "w", encoding="utf-8") as full:
        done = run(arguments, environment, stdout=full, stderr=subprocess.PIPE)
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == "ucdn-tui: Cannot write the output. No space left on device."
    assert done.stderr.count("Cannot write") == 1
    assert "Traceback" not in done.stderr
    assert "Exception" not in done.stderr


@pytest.mark.parametrize("arguments", PRINTS, ids=" ".join)
def test_broken_pipe_is_silent(arguments: list[str], environment: dict[str, str]) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    done = run(arguments, environment, stdout=writing, stderr=subprocess.PIPE)
    os.close(writing)
    assert done.returncode == 141
    lines = [line for line in done.stderr.splitlines() if "Keyring refused" not in line]
    assert lines == []


@FULL
def test_error_that_cannot_be_printed_keeps_its_status(environment: dict[str, str]) -> None:
    with open("/dev/full", "w", encoding="utf-8") as full:
        assert run(["--bogus"], environment, stdout=subprocess.DEVNULL, stderr=full).returncode == 2


@pytest.mark.parametrize("arguments", [["--help"], ["profiles"]], ids=" ".join)
def test_characters_that_the_encoding_lacks_are_escaped(
    tmp_path: Path, environment: dict[str, str], arguments: list[str]
) -> None:
    write_config(tmp_path / "home", '[profiles."工作"]\n')
    environment["PYTHONIOENCODING"] = "ascii"
    done = run(arguments, environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert done.returncode == 0
    assert (r"\u5de5\u4f5c" if arguments == ["profiles"] else r"COMMAND \u2026]") in done.stdout
    assert "Traceback" not in done.stderr


def test_closed_standard_error_sends_no_error_to_standard_output(environment: dict[str, str]) -> None:
    command = ["/bin/sh", "-c", 'exec "$0" --bogus 2>&-', PROGRAM]
    done = subprocess.run(command, stdout=subprocess.PIPE, env=environment, timeout=PATIENCE)
    assert (done.returncode, done.stdout) == (2, b"")

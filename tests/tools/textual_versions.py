"""Starts and uses the program with every Textual release that pyproject.toml admits, in a real terminal.

    PYTHONPATH=tests .venv/bin/python -m tools.textual_versions [VERSION …]

Each release gets two fresh virtual environments: one with the newest versions of all other dependencies, one with
their declared minima. Needs a package index, so it is not part of the test suite. Prints a Markdown table; the exit
status is 1 if an environment cannot be installed or the program fails in it.
"""

import re
import subprocess
import sys
import tempfile
import tomllib
import venv
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from packaging.requirements import Requirement
from packaging.version import Version

from support.terminals.terminal import RESTORED, Terminal

ROOT: Final = Path(__file__).parents[2]


def main(wanted: list[str]) -> int:
    """Check these releases, or all; return the exit status."""
    requirements = [Requirement(text) for text in _project()["dependencies"]]
    textual = next(requirement for requirement in requirements if requirement.name == "textual")
    others = [requirement for requirement in requirements if requirement is not textual]
    minima = [f"{requirement.name}=={_minimum(requirement)}" for requirement in others]
    print("minima:", *minima)
    print("\n| Textual | others newest | others at their minima |\n| --- | --- | --- |")
    failed = False
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        wheel = _wheel(folder)
        for version in wanted or _releases(textual):
            results = [
                _try(folder / f"{version}-{label}", [wheel, f"textual=={version}", *pins])
                for label, pins in (("newest", []), ("minima", minima))
            ]
            failed |= any(result != "ok" for result in results)
            print(f"| {version} | {' | '.join(results)} |", flush=True)
    return int(failed)


def _project() -> dict[str, list[str]]:
    project: dict[str, list[str]] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return project


def _minimum(requirement: Requirement) -> str:
    """Return the version after `>=`; StopIteration if there is none."""
    return next(specifier.version for specifier in requirement.specifier if specifier.operator == ">=")


def _releases(requirement: Requirement) -> Iterable[str]:
    """Return the admitted releases on the index, oldest first."""
    lines = _run([sys.executable, "-m", "pip", "index", "versions", requirement.name])
    listed = re.search(r"^Available versions: (.+)$", lines, re.MULTILINE)
    if listed is None:
        raise SystemExit(f"no versions of {requirement.name} on the package index")
    return sorted(requirement.specifier.filter(listed[1].split(", ")), key=Version)


def _wheel(folder: Path) -> str:
    _run([sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", str(folder), str(ROOT)])
    return str(next(folder.glob("*.whl")))


def _try(folder: Path, packages: list[str]) -> str:
    """Return "ok", or the failure in a new environment with these packages."""
    venv.create(folder, with_pip=True)
    try:
        _run([str(folder / "bin" / "python"), "-m", "pip", "install", "--quiet", *packages])
    except subprocess.CalledProcessError as error:
        return f"not installed: {_last_line(error.stderr)}"
    home = folder / "home"
    home.mkdir()
    argv = [str(folder / "bin" / "ucdn-tui"), "--demo"]
    with Terminal.start(argv, columns=120, env={"HOME": str(home)}, cwd=home) as program:
        try:
            _use(program)
        except AssertionError as error:
            print(error, file=sys.stderr)
            return f"failed: {str(error).partition(' The screen:')[0]} {_last_line(program.text())}"
    return "ok"


def _use(program: Terminal) -> None:
    """Open the help and the themes, filter, and quit; AssertionError if that fails."""
    program.wait_for(r"updated \d+s ago", timeout=60)
    program.wait_for(r"^✔ success .* 100%")
    program.send("?")
    program.wait_for("─ Help ─")
    program.send("\x1b")
    program.wait_gone("─ Help ─")
    program.send("T")
    program.wait_for("─ Theme ─")
    program.send("\x1b")
    program.wait_gone("─ Theme ─")
    program.send("/")
    program.wait_for(" Done  ")
    program.send("status:success")
    program.wait_for(r"status:success .*\d+ of \d+")
    program.send("\r")
    program.wait_gone(" Done  ")
    program.wait_for(r"status:success .*\d+ of \d+")
    program.send("q")
    assert (status := program.exit_status()) == 0, f"exit status {status}"
    assert program.modes() == RESTORED, str(program.modes())


def _last_line(text: str) -> str:
    return next((line.strip(" │╰─╯") for line in reversed(text.split("\n")) if line.strip(" │╰─╯")), "no output")


def _run(command: list[str]) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

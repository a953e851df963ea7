"""Fixtures for all tests: an isolated environment, a clock, terminals, a keyring and SVG snapshots."""

import gc
import importlib.metadata
import inspect
import itertools
import os
import re
import shutil
import sys
import time
from collections.abc import Generator, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import settings

from support import REMOTE, is_personal

# Textual reads its variables at import: a fixture would be too late, and the imports that lead to Textual stand below
# this.
for _name in filter(is_personal, list(os.environ)):
    del os.environ[_name]
os.environ["LANG"] = "C.UTF-8"
# Scrolling in steps paints many frames, which took a sixth of the tests' time. Programs in terminals keep it.
os.environ["TEXTUAL_ANIMATIONS"] = "none"

# Each worker compiles all tests otherwise, in every run: five seconds of its CPU.
sys.dont_write_bytecode = False

from textual.app import App

from support import catalogues, idle, stylesheets
from support.clock import FakeClock
from support.keyring import SecretService, running_secret_service
from support.program import PROGRAM
from support.screen.sign_in import Start
from support.svg import SvgSnapshot, compare, normalise
from support.terminals.terminal import StartTerminal, Terminal
from support.terminals.tmux import StartTmux, Tmux
from ucdn_tui import i18n
from ucdn_tui.api import caller
from ucdn_tui.watch.poll import fetcher

DRAWN_BY = {"textual": "8.2.8", "rich": "15.0.0"}
"""The versions that drew the stored snapshots. Other versions may use other colours."""

idle.install()
stylesheets.install()

# The same examples each time, so that a failure comes from the change under test. No deadline: machines differ.
# `pytest --hypothesis-profile=search` tries new examples.
settings.register_profile("same", deadline=None, derandomize=True, database=None, max_examples=50)
settings.register_profile("search", deadline=None, max_examples=1000)
settings.load_profile("same")


def pytest_xdist_auto_num_workers() -> int | None:
    """Run four tests at once on two cores: terminal tests mostly wait. Beyond four cores, memory counts, too."""
    if "PYTEST_XDIST_AUTO_NUM_WORKERS" in os.environ:
        return None  # xdist reads this variable itself
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return cores + min(cores, 4)


def pytest_collection_finish() -> None:
    """Collect garbage less often, and never look at the tests themselves: it took a seventh of their time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(5000, 20, 20)


_SLOW_FIXTURES = {"terminal", "tmux", "secret_service"}
_SLOW_FOLDERS = ("tests/cli/scripts/", "tests/tools/", "tests/benchmarks/", "tests/watch/differential/")

_KEYRING_CRASHES = ["SecretServiceNotAvailable", "Keyring not running"]
"""Errors of a test whose keyring daemon crashed, as gnome-keyring 42 does about once in a hundred starts."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark slow tests, and let tests with a keyring daemon run again after it crashed (any other failure counts)."""
    for item in items:
        runs_the_app = item.nodeid.startswith("tests/ui/") and inspect.iscoroutinefunction(getattr(item, "obj", None))
        fixtures = _SLOW_FIXTURES.intersection(getattr(item, "fixturenames", ()))
        if runs_the_app or fixtures or item.nodeid.startswith(_SLOW_FOLDERS):
            item.add_marker(pytest.mark.slow)
        if "secret_service" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.flaky(reruns=2, only_rerun=_KEYRING_CRASHES))


NO_SKIPS = os.environ.get("UCDN_TUI_NO_SKIPS") == "1"
"""Set in CI, where everything that tests need is installed: there a skipped test is a failure."""


class EmptyHome:
    """A home for tests without a `tmp_path`, replaced after a test that wrote to it: one for each test takes long."""

    def __init__(self, factory: pytest.TempPathFactory) -> None:
        self._factory = factory
        self.path = factory.mktemp("home")

    def replace_if_used(self) -> None:
        if any(self.path.iterdir()):
            self.path = self._factory.mktemp("home")


@pytest.fixture(scope="session")
def empty_home(tmp_path_factory: pytest.TempPathFactory) -> EmptyHome:
    return EmptyHome(tmp_path_factory)


@pytest.fixture(autouse=True)
def isolated_environment(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, empty_home: EmptyHome
) -> Iterator[None]:
    """Give the test and its child processes an empty home, and none of the developer's keys and proxies.

    The home is `tmp_path / "home"` if the test uses `tmp_path`.
    """
    for name in filter(is_personal, list(os.environ)):
        monkeypatch.delenv(name)
    for name, value in REMOTE.items():
        monkeypatch.setenv(name, value)
    home = empty_home.path
    if "tmp_path" in request.fixturenames:
        home = request.getfixturevalue("tmp_path") / "home"
        home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    yield
    empty_home.replace_if_used()


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    """Return to English after a test in another language."""
    yield
    i18n.use(i18n.ENGLISH)


@pytest.fixture(scope="session")
def chinese_catalogue(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the Chinese catalogue, compiled now."""
    folder = tmp_path_factory.mktemp("locale")
    catalogues.store(catalogues.read(catalogues.LOCALE / "zh_CN/LC_MESSAGES/ucdn-tui.po"), i18n.CHINESE, folder)
    return folder


@pytest.fixture
def chinese(english: None, chinese_catalogue: Path) -> None:
    """Speak Chinese during the test."""
    i18n.use(i18n.CHINESE, str(chinese_catalogue))


@pytest.fixture(scope="session")
def pseudo_catalogue(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the pseudo-language's catalogue."""
    folder = tmp_path_factory.mktemp("pseudo")
    catalogues.store(catalogues.pseudo_catalogue(), catalogues.PSEUDO, folder)
    return folder


@pytest.fixture
def pseudo_language(english: None, pseudo_catalogue: Path) -> None:
    """Speak a language during the test whose texts are long, and have an accent on each letter."""
    i18n.use(catalogues.PSEUDO, str(pseudo_catalogue))


@pytest.fixture(autouse=True)
def fixed_durations(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make decoding and storing always seem to take the same time, because it decides the batch size.

    On a busy machine they may take longer, and the program would send other requests than a test expects.
    """
    stopwatch = itertools.count(step=0.0001).__next__
    for module in (caller, fetcher):
        monkeypatch.setattr(module, "time", SimpleNamespace(time=time.time, perf_counter=stopwatch))


@pytest.fixture
def clock() -> FakeClock:
    """A clock that only the test moves."""
    return FakeClock()


@pytest.fixture
def terminal() -> Iterator[StartTerminal]:
    """`Terminal.start`; the programs are killed and reaped after the test."""
    with ExitStack() as stack:
        yield lambda *args, **kwargs: stack.enter_context(Terminal.start(*args, **kwargs))


@pytest.fixture
def tmux() -> Iterator[StartTmux]:
    """`Tmux.start`; the servers are killed after the test."""
    if shutil.which("tmux") is None:
        pytest.skip("tmux is not installed")
    with ExitStack() as stack:
        yield lambda *args, **kwargs: stack.enter_context(Tmux.start(*args, **kwargs))


@pytest.fixture
def svg_snapshot(request: pytest.FixtureRequest) -> SvgSnapshot:
    """Compare an app's screen with the stored one: `svg_snapshot(app)`, or `svg_snapshot(app, "narrow")` for another.

    Snapshots are in `snapshots/` beside the test. SNAPSHOT_UPDATE=1 stores the current screen instead of comparing.
    """
    installed = {name: importlib.metadata.version(name) for name in DRAWN_BY}
    if installed != DRAWN_BY:
        pytest.skip(f"snapshots were drawn by {_versions(DRAWN_BY)}; installed is {_versions(installed)}")
    folder = request.path.parent / "snapshots" / request.path.stem
    test = re.sub(r"[^\w.-]+", "_", request.node.nodeid.partition("::")[2]).strip("_")
    used: set[str] = set()

    def check(app: App[Any], name: str = "") -> None:
        if name in used:
            raise ValueError(f"two snapshots of one test have the name {name!r}")
        used.add(name)
        drawn = normalise(app.export_screenshot(title=app.title, simplify=True))
        compare(drawn, folder / f"{test}{name and '-' + name}.svg")

    return check


def _versions(versions: Mapping[str, str]) -> str:
    return ", ".join(f"{name} {version}" for name, version in versions.items())


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Turn a skipped test into a failure if UCDN_TUI_NO_SKIPS is set. (An expected failure is not a skip.)

    Also escape lone surrogates, which some tests log: reports are sent between processes as UTF-8.
    """
    report = yield
    report.sections = [(name, text.encode("utf-8", "backslashreplace").decode()) for name, text in report.sections]
    if NO_SKIPS and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = _skip_report(report.longrepr)
    return report


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """Do the same for a module that is skipped as a whole."""
    report = yield
    if NO_SKIPS and report.skipped:
        report.outcome = "failed"
        report.longrepr = _skip_report(report.longrepr)
    return report


def _skip_report(skip: object) -> str:
    reason = skip[2] if isinstance(skip, tuple) else skip
    return f"UCDN_TUI_NO_SKIPS is set, but this was skipped: {reason}"


@pytest.fixture
def secret_service(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch, isolated_environment: None
) -> Iterator[SecretService]:
    """A real, empty Secret Service for this process and its child processes.

    Each test has its own, because tests lock or stop it, and a killed client sometimes crashes gnome-keyring.
    """
    with running_secret_service(tmp_path_factory.mktemp("keyring")) as service:
        for name, value in service.environment.items():
            monkeypatch.setenv(name, value)
        yield service


@pytest.fixture
def short_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a short path, as sockets require."""
    return tmp_path_factory.mktemp("s")


@pytest.fixture
def start(terminal: StartTerminal, secret_service: SecretService) -> Start:
    """Start the program with access to the real keyring."""
    return lambda *flags, columns=100, rows=30, **variables: terminal(
        [PROGRAM, *flags], columns, rows, env={**secret_service.environment, **variables}
    )

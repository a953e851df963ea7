"""What every test gets: an environment with nothing personal in it, a clock, terminals, and SVG snapshots."""

import difflib
import importlib.metadata
import inspect
import itertools
import os
import re
import shutil
import time
from collections.abc import Generator, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import settings

from support import is_personal

# Textual reads its variables, and our catalogue of texts its language, when they are imported: a fixture is too late.
for _name in filter(is_personal, list(os.environ)):
    del os.environ[_name]
os.environ["LANG"] = "C.UTF-8"

from textual.app import App  # noqa: E402

from support import idle  # noqa: E402
from support.clock import FakeClock  # noqa: E402
from support.keyring import SecretService, running_secret_service  # noqa: E402
from support.program import PROGRAM  # noqa: E402
from support.screen.sign_in import Start  # noqa: E402
from support.svg import SvgSnapshot, normalise, screen_text  # noqa: E402
from support.terminals.terminal import StartTerminal, Terminal  # noqa: E402
from support.terminals.tmux import StartTmux, Tmux  # noqa: E402
from ucdn_tui.api import client  # noqa: E402
from ucdn_tui.watch.poll import fetcher  # noqa: E402

DRAWN_BY = {"textual": "8.2.8", "rich": "15.0.0"}
"""The versions that drew the stored snapshots: others may choose other colours."""

idle.install()

# The same examples each time: whether the suite passes says something about the change that was made. How long one
# takes is the machine's business. To look for new ones: `pytest --hypothesis-profile=search`.
settings.register_profile("same", deadline=None, derandomize=True, database=None, max_examples=50)
settings.register_profile("search", deadline=None, max_examples=1000)
settings.load_profile("same")


def pytest_xdist_auto_num_workers() -> int | None:
    """Run three tests at once on two cores: those of a terminal wait for most of their time."""
    if "PYTEST_XDIST_AUTO_NUM_WORKERS" in os.environ:
        return None  # xdist's own way to say how many
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return cores + max(1, cores // 2)


_SLOW_FIXTURES = {"terminal", "tmux", "secret_service"}


_DEATHS = ["SecretServiceNotAvailable", "does not answer as a keyring"]
"""What a test says whose daemon has died by itself, as gnome-keyring 42 does once in some hundred starts."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what the inner loop leaves out, and run a test again whose keyring daemon has died; any other failure counts."""
    for item in items:
        runs_the_app = item.nodeid.startswith("tests/ui/") and inspect.iscoroutinefunction(getattr(item, "obj", None))
        if runs_the_app or _SLOW_FIXTURES.intersection(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.slow)
        if "secret_service" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.flaky(reruns=2, only_rerun=_DEATHS))


NO_SKIPS = os.environ.get("UCDN_TUI_NO_SKIPS") == "1"
"""Where everything that tests need is to be had, as in CI, a skipped test is a test that nobody runs."""


@pytest.fixture(scope="session")
def shared_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty home for tests without files: two folders for each of thousands take long to make and to remove."""
    return tmp_path_factory.mktemp("home")


@pytest.fixture(autouse=True)
def nothing_personal(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, shared_home: Path
) -> Iterator[None]:
    """Give the test, and the programs that it starts, an empty home and none of the developer's keys and proxies.

    The home is `tmp_path / "home"` where the test has a `tmp_path`.
    """
    for name in filter(is_personal, list(os.environ)):
        monkeypatch.delenv(name)
    home = shared_home
    if "tmp_path" in request.fixturenames:
        home = request.getfixturevalue("tmp_path") / "home"
        home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    yield
    if any(shared_home.iterdir()):
        shutil.rmtree(shared_home)
        shared_home.mkdir()


@pytest.fixture(autouse=True)
def even_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have decoding and taking over always take the same few moments: pages and slices are sized by how long it took.

    On a busy machine it may take long by chance, and then other requests are sent than a test expects.
    """
    stopwatch = itertools.count(step=0.0001).__next__
    for module in (client, fetcher):
        monkeypatch.setattr(module, "time", SimpleNamespace(time=time.time, perf_counter=stopwatch))


@pytest.fixture
def clock() -> FakeClock:
    """A clock that stands still until the test moves it."""
    return FakeClock()


@pytest.fixture
def terminal() -> Iterator[StartTerminal]:
    """`Terminal.start`; what it started is reaped when the test is over."""
    with ExitStack() as stack:
        yield lambda *args, **kwargs: stack.enter_context(Terminal.start(*args, **kwargs))


@pytest.fixture
def tmux() -> Iterator[StartTmux]:
    """`Tmux.start`; what it started is ended when the test is over."""
    if shutil.which("tmux") is None:
        pytest.skip("tmux is not installed")
    with ExitStack() as stack:
        yield lambda *args, **kwargs: stack.enter_context(Tmux.start(*args, **kwargs))


@pytest.fixture
def svg_snapshot(request: pytest.FixtureRequest) -> SvgSnapshot:
    """Compare an app's screen with the stored one: `svg_snapshot(app)`, or `svg_snapshot(app, "narrow")` for a second.

    Stored under `snapshots/` beside the test. SNAPSHOT_UPDATE=1 stores what is drawn now instead of comparing.
    """
    installed = {name: importlib.metadata.version(name) for name in DRAWN_BY}
    if installed != DRAWN_BY:
        pytest.skip(f"snapshots were drawn by {_versions(DRAWN_BY)}; installed is {_versions(installed)}")
    folder = request.path.parent / "snapshots" / request.path.stem
    test = re.sub(r"[^\w.-]+", "_", request.node.nodeid.partition("::")[2]).strip("_")
    used: set[str] = set()

    def check(app: App[Any], name: str = "") -> None:
        if name in used:
            raise ValueError(f"two snapshots of one test need two names, but {name!r} is given twice")
        used.add(name)
        drawn = normalise(app.export_screenshot(title=app.title, simplify=True))
        _compare(drawn, folder / f"{test}{name and '-' + name}.svg")

    return check


def _compare(drawn: str, stored: Path) -> None:
    new = stored.with_suffix(".new.svg")
    if os.environ.get("SNAPSHOT_UPDATE") == "1":
        stored.parent.mkdir(parents=True, exist_ok=True)
        stored.write_text(drawn, encoding="utf-8")
        new.unlink(missing_ok=True)
        return
    expected = stored.read_text(encoding="utf-8") if stored.exists() else None
    if drawn == expected:
        new.unlink(missing_ok=True)
        return
    stored.parent.mkdir(parents=True, exist_ok=True)
    new.write_text(drawn, encoding="utf-8")
    hint = f"look at {new}; if it is right, run again with SNAPSHOT_UPDATE=1"
    if expected is None:
        pytest.fail(f"there is no snapshot {stored.name} yet: {hint}\n{screen_text(drawn)}", pytrace=False)
    # Where the words are the same, the elements show which colour or place isn't.
    difference = _diff(screen_text(expected), screen_text(drawn)) or _diff(expected, drawn)
    pytest.fail(f"the screen differs from {stored.name}: {hint}\n{difference}", pytrace=False)


def _diff(expected: str, drawn: str) -> str:
    return "\n".join(
        difflib.unified_diff(expected.splitlines(), drawn.splitlines(), "stored", "drawn now", lineterm="", n=1)
    )


def _versions(versions: Mapping[str, str]) -> str:
    return ", ".join(f"{name} {version}" for name, version in versions.items())


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Turn a skipped test into a failed one where nothing may be skipped. (An expected failure is no skip.)

    And have a report say only what can be encoded: it goes from process to process, and tests log half characters.
    """
    report = yield
    report.sections = [(name, text.encode("utf-8", "backslashreplace").decode()) for name, text in report.sections]
    if NO_SKIPS and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = _complaint(report.longrepr)
    return report


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """Do the same with a module that is skipped as a whole."""
    report = yield
    if NO_SKIPS and report.skipped:
        report.outcome = "failed"
        report.longrepr = _complaint(report.longrepr)
    return report


def _complaint(skip: object) -> str:
    reason = skip[2] if isinstance(skip, tuple) else skip
    return f"UCDN_TUI_NO_SKIPS is set, but this was skipped: {reason}"


@pytest.fixture
def secret_service(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch, nothing_personal: None
) -> Iterator[SecretService]:
    """A real Secret Service that keeps nothing yet; this process and the programs that it starts find it.

    It is this test's own, which may lock or stop it; and gnome-keyring dies, now and then, of a killed client.
    """
    with running_secret_service(tmp_path_factory.mktemp("keyring")) as service:
        for name, value in service.environment.items():
            monkeypatch.setenv(name, value)
        yield service


@pytest.fixture
def short_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for sockets, whose paths have to be short."""
    return tmp_path_factory.mktemp("s")


@pytest.fixture
def start(terminal: StartTerminal, secret_service: SecretService) -> Start:
    """Start the program where the real keyring is to be had."""
    return lambda *flags, columns=100, rows=30, **variables: terminal(
        [PROGRAM, *flags], columns, rows, env={**secret_service.environment, **variables}
    )

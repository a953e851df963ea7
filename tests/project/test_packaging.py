"""What is built and installed: the compiled translations are in it, though git has only their sources."""

import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

from support import PATIENCE
from support.catalogues import SOURCES, compiled_texts, read, texts

ROOT = Path(__file__).parents[2]

CATALOGUE = "ucdn_tui/locale/zh_CN/LC_MESSAGES/ucdn-tui"


def build(project: Path, target: str) -> Path:
    """Build the project; return the wheel or the source archive."""
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", target, "-d", "dist"],
        cwd=project,
        capture_output=True,
        timeout=PATIENCE,
        check=True,
    )
    (built,) = (project / "dist").iterdir()
    return built


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A source tree as git has it, without anything that is compiled."""
    project = tmp_path / "checkout"
    shutil.copytree(ROOT / "ucdn_tui", project / "ucdn_tui", ignore=shutil.ignore_patterns("__pycache__", "*.mo"))
    for name in ("pyproject.toml", "hatch_build.py", "README.md", "LICENSE", ".gitignore"):
        shutil.copy(ROOT / name, project)
    return project


def test_a_wheel_carries_the_compiled_catalogues(checkout: Path) -> None:
    with zipfile.ZipFile(build(checkout, "wheel")) as wheel:
        names = [name for name in wheel.namelist() if name.startswith("ucdn_tui/locale/")]
        assert names == [f"{CATALOGUE}.mo"]
        assert compiled_texts(wheel.read(names[0])) == texts(read(ROOT / f"{CATALOGUE}.po"))


def test_a_wheel_can_be_built_from_the_source_archive(checkout: Path, tmp_path: Path) -> None:
    with tarfile.open(build(checkout, "sdist")) as archive:
        archive.extractall(tmp_path / "unpacked", filter="data")
    (project,) = (tmp_path / "unpacked").iterdir()
    assert (project / f"{CATALOGUE}.po").exists()
    assert not (project / f"{CATALOGUE}.mo").exists(), "compiled when it is built"
    with zipfile.ZipFile(build(project, "wheel")) as wheel:
        assert f"{CATALOGUE}.mo" in wheel.namelist()


def test_a_source_tree_that_is_not_installed_speaks_english(checkout: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "ucdn_tui", "--help"],
        cwd=checkout,
        env={"LANGUAGE": "zh_CN"},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=True,
    )
    assert "watch a simulated account" in done.stdout


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.parts[-3])
def test_the_installed_catalogue_is_up_to_date(source: Path) -> None:
    installed = source.with_suffix(".mo")
    assert installed.exists(), "pip install -e . compiles it"
    assert compiled_texts(installed.read_bytes()) == texts(read(source)), "compile it: see CONTRIBUTING.md"

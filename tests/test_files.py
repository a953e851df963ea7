"""Files of the user: private folders, and what a killed instance leaves behind."""

import os
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from support import PATIENCE, clean_environment
from ucdn_tui.files import exclusive_lock, home_folder, make_private_folder, read_regular, replace_file


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.parametrize("mask", [0o000, 0o022, 0o077])
def test_each_new_folder_is_private_and_existing_ones_stay_as_they_are(tmp_path: Path, mask: int) -> None:
    (tmp_path / "old").mkdir()
    (tmp_path / "old").chmod(0o755)
    before = os.umask(mask)
    try:
        replace_file(tmp_path / "old" / "a" / "b" / "file", "text")
    finally:
        os.umask(before)
    assert mode(tmp_path / "old") == 0o755
    assert mode(tmp_path / "old" / "a") == mode(tmp_path / "old" / "a" / "b") == 0o700
    assert mode(tmp_path / "old" / "a" / "b" / "file") == 0o600


def test_folder_below_a_file_cannot_be_created(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(OSError, match="file"):
        make_private_folder(tmp_path / "file" / "folder")


KILLED = """
import os, signal, sys
from pathlib import Path
from ucdn_tui.files import replace_file
os.fsync = lambda _: os.kill(os.getpid(), signal.SIGKILL)
replace_file(Path(sys.argv[1]), "new")
"""


def test_what_a_killed_instance_left_is_removed_an_hour_later(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text("old", encoding="utf-8")
    subprocess.run([sys.executable, "-c", KILLED, str(path)], env=clean_environment(), timeout=PATIENCE)
    (left,) = set(tmp_path.iterdir()) - {path, tmp_path / "home"}
    assert path.read_text(encoding="utf-8") == "old"
    mine = [tmp_path / name for name in (".config.toml.swp", ".config.toml.original", ".other.toml.abcdefgh.tmp")]
    for file in mine:
        file.touch()
    replace_file(path, "newer")
    assert left.exists(), "its instance may still be writing"
    for file in (left, *mine):
        os.utime(file, (time.time() - 3700,) * 2)
    replace_file(path, "newest")
    assert set(tmp_path.iterdir()) == {path, tmp_path / "home", *mine}


def test_lock_is_held_by_one_until_the_end_of_its_block(tmp_path: Path) -> None:
    path = tmp_path / "folder" / "file.lock"
    with exclusive_lock(path):
        with pytest.raises(BlockingIOError), exclusive_lock(path):
            raise AssertionError("it is held")
        with exclusive_lock(path.with_name("other.lock")):
            pass
    with pytest.raises(ZeroDivisionError), exclusive_lock(path):
        raise ZeroDivisionError
    with exclusive_lock(path):
        assert (mode(path), mode(path.parent)) == (0o600, 0o700)


def test_lock_that_cannot_be_opened_is_not_taken_for_held(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    for path in (tmp_path / "folder", Path("/proc/ucdn-tui/file.lock")):
        with pytest.raises(OSError, match=r"folder|ucdn-tui") as caught, exclusive_lock(path):
            raise AssertionError("there is no lock")
        assert not isinstance(caught.value, BlockingIOError)


def test_line_ends_are_written_unchanged(tmp_path: Path) -> None:
    replace_file(tmp_path / "file", "one\r\ntwo\nthree")
    assert (tmp_path / "file").read_bytes() == b"one\r\ntwo\nthree"


def test_home_folder_may_be_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(uid: int) -> None:
        raise KeyError(uid)

    monkeypatch.setenv("HOME", "/home/someone")
    assert home_folder() == Path("/home/someone")
    monkeypatch.delenv("HOME")
    monkeypatch.setattr("pwd.getpwuid", unknown)
    assert home_folder() is None


class TestReadRegular:
    def test_content_or_its_beginning(self, tmp_path: Path) -> None:
        (tmp_path / "file").write_bytes(b"content")
        assert read_regular(tmp_path / "file") == b"content"
        assert read_regular(tmp_path / "file", 3) == b"con"

    def test_a_pipe_is_not_waited_for(self, tmp_path: Path) -> None:
        os.mkfifo(tmp_path / "pipe")
        with pytest.raises(OSError, match="Not a regular file"):
            read_regular(tmp_path / "pipe")

    def test_a_folder_and_a_missing_file_are_named_as_such(self, tmp_path: Path) -> None:
        with pytest.raises(IsADirectoryError):
            read_regular(tmp_path)
        with pytest.raises(FileNotFoundError):
            read_regular(tmp_path / "missing")

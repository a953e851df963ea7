"""An export is written into a new file as a whole, or not at all."""

import errno
import os
import resource
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from ucdn_tui.export import (
    ExportError,
    write_new,
)


@contextmanager
def files_of_at_most(size: int) -> Iterator[None]:
    """Let the operating system refuse to make a file larger than so many bytes, in the middle of writing it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


class TestAFile:
    @pytest.fixture
    def folder(self, tmp_path: Path) -> Path:
        folder = tmp_path / "folder"
        folder.mkdir()
        return folder

    def test_holds_the_text_as_it_is(self, folder: Path) -> None:
        path = write_new([folder], "tasks", ".csv", "one\ntwo\r\n图\ud800")
        assert path == folder / "tasks.csv"
        assert path.read_bytes() == "one\ntwo\r\n图\ufffd".encode()

    def test_is_its_owners_only(self, folder: Path) -> None:
        assert stat.S_IMODE(write_new([folder], "tasks", ".csv", "").stat().st_mode) == 0o600

    def test_never_takes_the_place_of_another(self, folder: Path) -> None:
        paths = [write_new([folder], "tasks", ".csv", text) for text in ("one", "two", "three")]
        assert [path.name for path in paths] == ["tasks.csv", "tasks-2.csv", "tasks-3.csv"]
        assert [path.read_text() for path in paths] == ["one", "two", "three"]

    def test_never_goes_through_a_link(self, folder: Path, tmp_path: Path) -> None:
        (folder / "tasks.csv").symlink_to(tmp_path / "elsewhere")
        assert write_new([folder], "tasks", ".csv", "text") == folder / "tasks-2.csv"
        assert not (tmp_path / "elsewhere").exists()

    def test_leaves_a_folder_of_its_name_alone(self, folder: Path) -> None:
        (folder / "tasks.csv").mkdir()
        assert write_new([folder], "tasks", ".csv", "text") == folder / "tasks-2.csv"

    def test_goes_into_the_first_folder_that_takes_it(self, folder: Path, tmp_path: Path) -> None:
        file = tmp_path / "file"
        file.touch()
        assert write_new([tmp_path / "missing", file, folder, tmp_path], "tasks", ".csv", "").parent == folder
        assert not (tmp_path / "missing").exists()

    def test_is_not_written_in_part(self, folder: Path) -> None:
        with files_of_at_most(100_000), pytest.raises(ExportError, match=os.strerror(errno.EFBIG)):
            write_new([folder], "tasks", ".csv", "x" * 200_000)
        assert list(folder.iterdir()) == []

    def test_that_cannot_be_finished_does_not_take_another_with_it(self, folder: Path) -> None:
        write_new([folder], "tasks", ".csv", "one")
        with files_of_at_most(100_000), pytest.raises(ExportError):
            write_new([folder], "tasks", ".csv", "x" * 200_000)
        assert [path.read_text() for path in folder.iterdir()] == ["one"]

    def test_counts_as_written_only_when_the_disk_has_it(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        def full(handle: int) -> None:
            assert os.fstat(handle).st_size == 4
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

        monkeypatch.setattr(os, "fsync", full)
        with pytest.raises(ExportError, match="No space left"):
            write_new([folder], "tasks", ".csv", "text")
        assert list(folder.iterdir()) == []

    def test_is_not_left_behind_when_the_user_leaves_meanwhile(
        self, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def interrupted(handle: int) -> None:
            raise KeyboardInterrupt

        monkeypatch.setattr(os, "fsync", interrupted)
        with pytest.raises(KeyboardInterrupt):
            write_new([folder], "tasks", ".csv", "text")
        assert list(folder.iterdir()) == []

    def test_that_nobody_takes_says_where_it_was_tried_and_why_not(self, tmp_path: Path) -> None:
        file = tmp_path / "file"
        file.touch()
        missing = tmp_path / "mis\x1bsing"
        with pytest.raises(ExportError) as caught:
            write_new([missing, file, missing], "tasks", ".csv", "")
        error = caught.value
        assert error.sentence == f"{tmp_path}/mis\\x1bsing: No such file or directory; {file}: Not a directory"
        assert all((error.title, error.advice))
        assert str(error).isprintable()

    def test_without_a_folder_is_an_error_too(self) -> None:
        with pytest.raises(ExportError, match="no folder"):
            write_new([], "tasks", ".csv", "")

    def test_gives_up_where_a_folder_is_full_of_its_name(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("ucdn_tui.export.write_file._NUMBERS", 3)
        for _ in range(2):
            write_new([folder], "tasks", ".csv", "")
        with pytest.raises(ExportError, match="too many files named tasks"):
            write_new([folder], "tasks", ".csv", "")

    @pytest.mark.parametrize(
        ("name", "file"),
        [
            ("refresh-20251009_4d8031d5", "refresh-20251009_4d8031d5.csv"),
            ("../../etc/passwd", "_.._etc_passwd.csv"),
            ("/etc/passwd", "_etc_passwd.csv"),
            ("a/b\\c:d", "a_b_c_d.csv"),
            (".hidden", "hidden.csv"),
            ("-rf", "rf.csv"),
            ("a\x00b\nc\x1b", "a_b_c_.csv"),
            ("图 片", "_.csv"),
            ("\ud800", "_.csv"),
            ("..", "export.csv"),
            ("", "export.csv"),
            ("x" * 10_000, "x" * 100 + ".csv"),
        ],
    )
    def test_has_a_name_that_stays_in_its_folder(self, folder: Path, name: str, file: str) -> None:
        assert write_new([folder], name, ".csv", "") == folder / file
        assert [path.name for path in folder.iterdir()] == [file]

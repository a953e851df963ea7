"""An export is written to a new file, whole or not at all."""

import errno
import os
import stat
from pathlib import Path

import pytest

from support.full_disk import files_of_at_most
from ucdn_tui.export import (
    ExportError,
    write_new,
)


class TestWriteNew:
    @pytest.fixture
    def folder(self, tmp_path: Path) -> Path:
        folder = tmp_path / "folder"
        folder.mkdir()
        return folder

    def test_writes_the_text_unchanged(self, folder: Path) -> None:
        path = write_new([folder], "tasks", ".csv", "one\ntwo\r\n图\ud800")
        assert path == folder / "tasks.csv"
        assert path.read_bytes() == "one\ntwo\r\n图\ufffd".encode()

    def test_only_the_owner_can_read_the_file(self, folder: Path) -> None:
        assert stat.S_IMODE(write_new([folder], "tasks", ".csv", "").stat().st_mode) == 0o600

    def test_never_replaces_a_file(self, folder: Path) -> None:
        paths = [write_new([folder], "tasks", ".csv", text) for text in ("one", "two", "three")]
        assert [path.name for path in paths] == ["tasks.csv", "tasks-2.csv", "tasks-3.csv"]
        assert [path.read_text() for path in paths] == ["one", "two", "three"]

    def test_never_follows_a_symbolic_link(self, folder: Path, tmp_path: Path) -> None:
        (folder / "tasks.csv").symlink_to(tmp_path / "elsewhere")
        assert write_new([folder], "tasks", ".csv", "text") == folder / "tasks-2.csv"
        assert not (tmp_path / "elsewhere").exists()

    def test_skips_a_name_that_is_a_folder(self, folder: Path) -> None:
        (folder / "tasks.csv").mkdir()
        assert write_new([folder], "tasks", ".csv", "text") == folder / "tasks-2.csv"

    def test_uses_the_first_writable_folder(self, folder: Path, tmp_path: Path) -> None:
        file = tmp_path / "file"
        file.touch()
        assert write_new([tmp_path / "missing", file, folder, tmp_path], "tasks", ".csv", "").parent == folder
        assert not (tmp_path / "missing").exists()

    def test_leaves_no_partial_file(self, folder: Path) -> None:
        with files_of_at_most(100_000), pytest.raises(ExportError, match=os.strerror(errno.EFBIG)):
            write_new([folder], "tasks", ".csv", "x" * 200_000)
        assert list(folder.iterdir()) == []

    def test_a_failure_does_not_remove_another_file(self, folder: Path) -> None:
        write_new([folder], "tasks", ".csv", "one")
        with files_of_at_most(100_000), pytest.raises(ExportError):
            write_new([folder], "tasks", ".csv", "x" * 200_000)
        assert [path.read_text() for path in folder.iterdir()] == ["one"]

    def test_fails_if_the_disk_reports_an_error_on_fsync(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        def full(handle: int) -> None:
            assert os.fstat(handle).st_size == 4
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

        monkeypatch.setattr(os, "fsync", full)
        with pytest.raises(ExportError, match="No space left"):
            write_new([folder], "tasks", ".csv", "text")
        assert list(folder.iterdir()) == []

    def test_an_interrupt_leaves_no_partial_file(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        def interrupted(handle: int) -> None:
            raise KeyboardInterrupt

        monkeypatch.setattr(os, "fsync", interrupted)
        with pytest.raises(KeyboardInterrupt):
            write_new([folder], "tasks", ".csv", "text")
        assert list(folder.iterdir()) == []

    def test_an_error_names_every_folder_and_its_reason(self, tmp_path: Path) -> None:
        file = tmp_path / "file"
        file.touch()
        missing = tmp_path / "mis\x1bsing"
        with pytest.raises(ExportError) as caught:
            write_new([missing, file, missing], "tasks", ".csv", "")
        error = caught.value
        reasons = f"{tmp_path}/mis\\x1bsing: No such file or directory, {file}: Not a directory"
        assert error.title == f"Export failed: {reasons}"
        assert error.advice
        assert str(error).isprintable()

    def test_without_folders_it_is_an_error(self) -> None:
        with pytest.raises(ExportError, match="no folder"):
            write_new([], "tasks", ".csv", "")

    def test_gives_up_after_too_many_files_of_one_name(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
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
    def test_a_name_cannot_leave_the_folder(self, folder: Path, name: str, file: str) -> None:
        assert write_new([folder], name, ".csv", "") == folder / file
        assert [path.name for path in folder.iterdir()] == [file]

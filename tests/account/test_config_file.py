"""Writing the configuration file, and files that cannot be read: nothing is lost."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from account.config_files import FULL, file_with, lines_of
from support import PATIENCE, clean_environment
from ucdn_tui import files
from ucdn_tui.account.config import Config, ConfigFile, Profile
from ucdn_tui.account.config_location import default_path
from ucdn_tui.errors import ConfigError


class TestWrite:
    def test_file_is_readable_by_its_owner_only(self, path: Path) -> None:
        ConfigFile(path).put(Profile("one"))
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
        assert os.listdir(path.parent) == [path.name]

    @pytest.mark.parametrize("broken", ["replace", "fsync"])
    def test_failed_write_leaves_the_old_file(self, path: Path, monkeypatch: pytest.MonkeyPatch, broken: str) -> None:
        def full(*_: object) -> None:
            raise OSError(28, "No space left on device")

        file = file_with(path, FULL)
        monkeypatch.setattr(os, broken, full)
        with pytest.raises(ConfigError, match=r"Cannot be written .No space left on device."):
            file.put(Profile("new"))
        assert path.read_text(encoding="utf-8") == FULL
        assert os.listdir(path.parent) == [path.name]

    def test_full_disk_leaves_the_old_file(self, path: Path) -> None:
        file_with(path, FULL + f"# {'x' * 70_000}\n")
        code = (
            "import resource, sys; from ucdn_tui.account.config import ConfigFile, Profile; from pathlib import Path\n"
            "resource.setrlimit(resource.RLIMIT_FSIZE, (65_536, resource.RLIM_INFINITY))\n"
            "ConfigFile(Path(sys.argv[1])).put(Profile('new'))"
        )
        done = run(code, str(path))
        assert "ConfigError: " in done.stderr
        assert "Cannot be written (File too large)" in done.stderr
        assert path.read_text(encoding="utf-8").startswith(FULL)
        assert os.listdir(path.parent) == [path.name]

    def test_instances_that_write_at_once_lose_no_profile(self, path: Path) -> None:
        code = (
            "import sys; from ucdn_tui import files; from ucdn_tui.account.config import ConfigFile, Profile\n"
            "from pathlib import Path\n"
            "files.LOCK_LIMIT = float(sys.argv[3])  # who waits for a lock may be overtaken, and writing may be slow\n"
            "print(flush=True); sys.stdin.readline()\n"
            "for number in range(20): ConfigFile(Path(sys.argv[1])).put(Profile(f'{sys.argv[2]}-{number}'))"
        )
        command = [sys.executable, "-c", code, str(path)]
        pipe = subprocess.PIPE
        writers = [
            subprocess.Popen([*command, name, str(PATIENCE)], stdin=pipe, stdout=pipe, env=clean_environment())
            for name in "abc"
        ]
        for writer in writers:
            assert writer.stdout is not None
            writer.stdout.readline()
        for writer in writers:  # now all of them are ready
            assert writer.stdin is not None
            writer.stdin.write(b"\n")
            writer.stdin.flush()
        for writer in writers:
            writer.communicate(timeout=PATIENCE)
        assert [writer.returncode for writer in writers] == [0, 0, 0]
        assert len(ConfigFile(path).load().profiles) == 60
        assert os.listdir(path.parent) == [path.name]

    def test_change_under_a_lock_that_is_never_released_is_refused(
        self, path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(files, "LOCK_LIMIT", 0.1)
        file = file_with(path, FULL)
        with files.locked_file(path), pytest.raises(ConfigError, match="Another program is changing it"):
            file.put(Profile("new"))
        assert path.read_text(encoding="utf-8") == FULL
        file.put(Profile("new"))

    def test_file_is_replaced_atomically(self, path: Path) -> None:
        file = file_with(path, FULL)
        with path.open(encoding="utf-8") as reader:  # an open reader still sees the old file
            file.put(Profile("new"))
            assert reader.read() == FULL

    def test_symbolic_link_is_preserved(self, path: Path, tmp_path: Path) -> None:
        target = tmp_path / "dotfiles" / "ucdn.toml"
        target.parent.mkdir()
        target.write_text(FULL, encoding="utf-8")
        path.parent.mkdir()
        path.symlink_to(target)
        ConfigFile(path).put(Profile("new"))
        assert path.is_symlink()
        assert "[profiles.new]" in lines_of(target)
        assert os.listdir(target.parent) == [target.name]

    def test_missing_folder_that_cannot_be_created_is_reported(self, tmp_path: Path) -> None:
        (tmp_path / "taken").write_text("a file", encoding="utf-8")
        with pytest.raises(ConfigError, match=r"Cannot be (read|written)"):
            ConfigFile(tmp_path / "taken" / "config.toml").put(Profile("new"))


def run(code: str, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """Run code in another process."""
    command = [sys.executable, "-c", code, *arguments]
    return subprocess.run(command, capture_output=True, encoding="utf-8", env=clean_environment(), timeout=PATIENCE)


def test_path_below_a_file_is_an_empty_configuration_that_cannot_be_changed() -> None:
    """System users have HOME=/dev/null."""
    file = ConfigFile(Path("/dev/null/.config/ucdn-tui/config.toml"))
    assert file.load() == Config()
    with pytest.raises(ConfigError, match="Cannot be written"):
        file.put(Profile("new"))


def test_no_home_folder_is_an_empty_configuration_that_cannot_be_changed(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(uid: int) -> None:
        raise KeyError(uid)

    monkeypatch.delenv("HOME")
    monkeypatch.setattr("pwd.getpwuid", unknown)
    file = ConfigFile(default_path())
    assert file.load() == Config()
    with pytest.raises(ConfigError, match="There is no home folder to save it in"):
        file.put(Profile("new"))
    monkeypatch.setenv("XDG_CONFIG_HOME", "/somewhere")
    assert default_path() == Path("/somewhere/ucdn-tui/config.toml")


BROKEN = {
    'default = "work"\n[profiles.work\nendpoint = 1\n': r"Not valid TOML.*line 2",
    'default = "work"\nx = \n': r"Not valid TOML.*line 2",
    "a = 1\na = 2\n": "Not valid TOML",
    "default = 5\n": "`default` must be a profile's name",
    "profiles = 5\n": "`profiles` must contain tables",
    "profiles = [1, 2]\n": "`profiles` must contain tables",
    "[profiles]\nwork = 5\n": "`profiles` must contain tables",
    "[profiles.work]\nendpoint = 5\n": "`endpoint` of profile work must be a string in quotes",
    "[profiles.work]\nproject_id = true\n": "`project_id` of profile work must be a string in quotes",
    '[profiles.work]\nread_only = "yes"\n': "`read_only` of profile work must be true or false",
    "[profiles.work]\ninterval = [5]\n": "`interval` of profile work must be a string in quotes",
    "[profiles.work]\nwindow = true\n": "`window` of profile work must be a string in quotes",
    "[profiles.work]\ninterval = -5\n": "`interval` of profile work: invalid duration '-5'",
    "[profiles.work]\ninterval = nan\n": "`interval` of profile work: invalid duration 'nan'",
    '[profiles.work]\nwindow = "a week"\n': "`window` of profile work: invalid duration 'a week' \\(try 90s, 15m",
    '[profiles.work]\ninterval = "0s"\n': r"`interval` of profile work: '0s' is too short \(minimum 1s\)\.",
    '[profiles.work]\ninterval = "2h"\n': r"`interval` of profile work: '2h' is too long \(maximum 1h\)\.",
    '[profiles.work]\nwindow = "400d"\n': r"`window` of profile work: '400d' is too long \(maximum 366d\)\.",
    '[profiles.""]\nendpoint = "https://x"\n': r"config\.toml: Invalid profile name\. '' cannot",
    '[profiles."\\u001b[2J"]\n': r"config\.toml: Invalid profile name\. '\\x1b\[2J' cannot",
    f"[profiles.work]\ninterval = {'1' * 5000}\n": "Not valid TOML",
    f"x = {'[' * 2000}{']' * 2000}\n": "Not valid TOML",
    f"x = {'{a=' * 2000}1{'}' * 2000}\n": "Not valid TOML",
}


@pytest.mark.parametrize(("text", "words"), BROKEN.items(), ids=lambda value: ascii(value[:60]))
def test_invalid_file_is_reported_and_never_overwritten(path: Path, text: str, words: str) -> None:
    file = file_with(path, text)
    changes = (
        file.load,
        lambda: file.put(Profile("new")),
        lambda: file.remove("work"),
        lambda: file.rename("work", "job"),
        lambda: file.set_default("work"),
    )
    for change in changes:
        with pytest.raises(ConfigError, match=words) as caught:
            change()
        assert str(caught.value).isprintable()
    assert path.read_text(encoding="utf-8") == text
    assert os.listdir(path.parent) == [path.name]


def test_file_that_only_tomlkit_cannot_read_is_not_changed(path: Path) -> None:
    text = f"x = {'[' * 150}{']' * 150}\n"
    file = file_with(path, text)
    assert file.load().profiles == {}
    with pytest.raises(ConfigError, match="Editing would lose settings"):
        file.put(Profile("new"))
    assert path.read_text(encoding="utf-8") == text


def test_error_names_the_file(path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        file_with(path, "x = ").load()
    assert str(path) in str(caught.value)


def test_invalid_utf8_and_a_folder_are_reported(path: Path) -> None:
    path.parent.mkdir()
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigError, match="Not UTF-8"):
        ConfigFile(path).load()
    with pytest.raises(ConfigError, match="Cannot be read"):
        ConfigFile(path.parent).load()

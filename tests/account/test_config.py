"""The configuration file: users edit it, so every change preserves what they wrote."""

import os
import stat
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from support import PATIENCE, clean_environment
from ucdn_tui import files
from ucdn_tui.account.config import NAME_LIMIT, Config, ConfigFile, Profile, check_name, default_path
from ucdn_tui.account.connection import from_profile
from ucdn_tui.errors import ConfigError

FULL = """\
# mine
default = "work"  # the usual one
theme = "nord"

[profiles.work]
endpoint = "https://api.ucloud.cn"
project_id = "org-one"  # the big one
interval = "5s"
window = "7d"
colour = "red"

[profiles."with space"]
endpoint = "https://api.surfercloud.com"

[keys]
quit = "x"
"""

WORK = Profile("work", "https://api.ucloud.cn", "org-one", 5.0, 7 * 86400.0)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "folder" / "config.toml"


def file_with(path: Path, text: str) -> ConfigFile:
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(text.encode())
    return ConfigFile(path)


def lines_of(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").splitlines()


def test_default_path_follows_the_platform(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert default_path() == Path.home() / ".config" / "ucdn-tui" / "config.toml"
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "elsewhere"))
    assert default_path() == tmp_path / "elsewhere" / "ucdn-tui" / "config.toml"


def test_missing_file_is_an_empty_configuration(path: Path) -> None:
    assert ConfigFile(path).load() == Config({}, "")
    assert not path.parent.exists()


def test_profiles_and_default_are_loaded(path: Path) -> None:
    config = file_with(path, FULL).load()
    assert config.default == "work"
    assert list(config.profiles.values()) == [WORK, Profile("with space", "https://api.surfercloud.com")]


def test_a_read_only_profile_stays_so_when_it_is_saved_again(path: Path) -> None:
    file = file_with(path, "[profiles.work]\nread_only = true\n")
    assert file.load().profiles["work"].read_only
    file.put(Profile("work", project_id="org-two"))
    assert file.load().profiles["work"] == Profile("work", project_id="org-two", read_only=True)
    assert from_profile(file.load(), "work").read_only


def test_saved_profiles_can_be_loaded(path: Path) -> None:
    file = ConfigFile(path)
    everything = Profile("工作 [b]", "https://api.ucloud.cn", "org-one", 90.0, 86400.0)
    file.put(everything)
    file.put(Profile("bare"))
    assert file.load() == Config({"工作 [b]": everything, "bare": Profile("bare")}, "工作 [b]")


def test_first_profile_becomes_the_default_and_later_ones_on_request(path: Path) -> None:
    file = ConfigFile(path)
    file.put(Profile("one"))
    file.put(Profile("two"))
    assert file.load().default == "one"
    file.put(Profile("two"), default=True)
    assert file.load().default == "two"
    file.set_default("one")
    assert file.load().default == "one"


def test_change_preserves_comments_and_unknown_settings(path: Path) -> None:
    file = file_with(path, FULL)
    file.put(Profile("work", "https://api.ucloud.cn", "org-two", 10.0, 7 * 86400.0))
    file.put(Profile("new", "https://new.example"))
    expected = FULL.replace('"org-one"', '"org-two"').replace('interval = "5s"', 'interval = "10s"').splitlines()
    assert [line for line in lines_of(path) if line in expected] == expected
    assert file.load().profiles["new"] == Profile("new", "https://new.example")


def test_settings_that_a_profile_no_longer_has_are_removed(path: Path) -> None:
    file = file_with(path, FULL)
    file.put(Profile("work"))
    assert file.load().profiles["work"] == Profile("work")
    assert 'colour = "red"' in lines_of(path)


def test_removing_the_default_makes_another_profile_the_default(path: Path) -> None:
    file = file_with(path, FULL)
    file.remove("work")
    config = file.load()
    assert (list(config.profiles), config.default) == (["with space"], "with space")
    file.remove("with space")
    file.remove("never there")
    left = file.load()
    assert (left.profiles, left.default) == ({}, "")
    document = tomllib.loads(path.read_text(encoding="utf-8"))
    assert (document["theme"], document["keys"]) == ("nord", {"quit": "x"})


def test_renamed_profile_retains_its_settings_and_stays_the_default(path: Path) -> None:
    file = file_with(path, FULL)
    file.rename("work", "job 2.0")
    config = file.load()
    assert config.default == "job 2.0"
    assert set(config.profiles) == {"job 2.0", "with space"}
    table = tomllib.loads(path.read_text(encoding="utf-8"))["profiles"]["job 2.0"]
    assert (table["colour"], table["project_id"]) == ("red", "org-one")
    assert "# the big one" in path.read_text(encoding="utf-8")


NOTATIONS = [
    pytest.param('profiles.one.endpoint = "https://o.example"\nprofiles.two.x = 1\n', id="dotted keys"),
    pytest.param('profiles = { one = { endpoint = "https://o.example" }, two = { x = 1 } }\n', id="inline"),
    pytest.param('[profiles]\none = { endpoint = "https://o.example" }\ntwo = { x = 1 }\n', id="inline rows"),
    pytest.param(
        '[profiles.one]\nendpoint = "https://o.example"\n[other]\na = 1\n[profiles.two]\nx = 1\n', id="out of order"
    ),
    pytest.param('[profiles.one]\nendpoint = "https://o.example"\n\n[profiles.two]\nx = 1', id="no line's end"),
    pytest.param('\ufeff[profiles.one]\nendpoint = "https://o.example"\n[profiles.two]\nx = 1\n', id="byte order mark"),
    pytest.param('[profiles.one]\r\nendpoint = "https://o.example"\r\n[profiles.two]\r\nx = 1\r\n', id="CRLF"),
]
"""TOML notations for the same two profiles."""


@pytest.mark.parametrize("text", NOTATIONS)
def test_change_is_complete_or_refused_in_any_toml_notation(path: Path, text: str) -> None:
    file = file_with(path, text)
    before = file.load()
    one = Profile("one", "https://o.example")
    assert (before.profiles, before.default) == ({"one": one, "two": Profile("two")}, "")
    try:
        file.put(Profile("three", project_id="org-three"), default=True)
    except ConfigError:
        assert path.read_bytes() == text.encode()
        with pytest.raises(ConfigError, match="Editing would lose settings"):
            file.put(Profile("three"))
        return
    after = file.load()
    assert after.profiles == {**before.profiles, "three": Profile("three", project_id="org-three")}
    assert after.default == "three"
    file.rename("three", "drei")
    file.put(Profile("two", interval=5.0))
    file.remove("one")
    expected = {"two": Profile("two", interval=5.0), "drei": Profile("drei", project_id="org-three")}
    assert (file.load().profiles, file.load().default) == (expected, "drei")
    assert tomllib.loads(path.read_text(encoding="utf-8"))["profiles"]["two"]["x"] == 1


@pytest.mark.parametrize("mark", ["", "\ufeff"], ids=["no mark", "byte order mark"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n"], ids=["LF", "CRLF"])
def test_line_ends_are_preserved_and_a_byte_order_mark_is_dropped(path: Path, mark: str, line_end: str) -> None:
    file = file_with(path, mark + FULL.replace("\n", line_end))
    assert file.load().profiles["work"] == WORK
    file.put(Profile("new", "https://new.example"))
    file.rename("new", "newer")
    written = path.read_bytes().decode()
    assert written.startswith("# mine")
    assert written.count(line_end) == written.count("\n") > FULL.count("\n")
    assert file.load().profiles["newer"] == Profile("newer", "https://new.example")


@pytest.mark.parametrize("kind", ["out of order", "no line's end", "CRLF", "byte order mark"])
def test_profiles_written_as_tables_can_be_changed(kind: str, path: Path) -> None:
    """Only unusual notations may be refused."""
    text = next(param.values[0] for param in NOTATIONS if param.id == kind)
    file_with(path, text).put(Profile("three"))


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
            "import sys; from ucdn_tui.account.config import ConfigFile, Profile; from pathlib import Path\n"
            "print(flush=True); sys.stdin.readline()\n"
            "for number in range(20): ConfigFile(Path(sys.argv[1])).put(Profile(f'{sys.argv[2]}-{number}'))"
        )
        command = [sys.executable, "-c", code, str(path)]
        pipe = subprocess.PIPE
        writers = [
            subprocess.Popen([*command, name], stdin=pipe, stdout=pipe, env=clean_environment()) for name in "abc"
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


@pytest.mark.parametrize("value", ["90", "90.0", '"90"', '"90s"', '"1.5m"'])
def test_durations_may_be_plain_seconds(path: Path, value: str) -> None:
    profile = file_with(path, f"[profiles.work]\ninterval = {value}\nwindow = {value}\n").load().profiles["work"]
    assert (profile.interval, profile.window) == (90.0, 90.0)


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


@pytest.mark.parametrize("name", ["default", "工作", "a.b", "[b]bold[/]", "x" * NAME_LIMIT, "two words"])
def test_any_printable_name_is_valid(name: str, path: Path) -> None:
    assert check_name(name) == name
    ConfigFile(path).put(Profile(name))
    assert list(ConfigFile(path).load().profiles) == [name]


@pytest.mark.parametrize(
    "name", ["", " ", " x", "x ", "a\nb", "\x1b[2J", "\x7f", "a\u202eb", "x" * (NAME_LIMIT + 1), "\ud800"]
)
def test_invalid_name_is_refused_with_a_printable_message(name: str) -> None:
    with pytest.raises(ConfigError) as caught:
        check_name(name)
    assert str(caught.value).isprintable()

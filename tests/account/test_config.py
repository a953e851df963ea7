"""The configuration file: users edit it, so every change preserves what they wrote."""

import tomllib
from pathlib import Path

import pytest

from account.config_files import FULL, file_with, lines_of
from ucdn_tui.account.config import NAME_LIMIT, Config, ConfigFile, Profile, check_name
from ucdn_tui.account.config_location import default_path
from ucdn_tui.account.connection import from_profile
from ucdn_tui.errors import ConfigError

WORK = Profile("work", "https://api.ucloud.cn", "org-one", 5.0, 7 * 86400.0)


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


@pytest.mark.parametrize("value", ["90", "90.0", '"90"', '"90s"', '"1.5m"'])
def test_durations_may_be_plain_seconds(path: Path, value: str) -> None:
    profile = file_with(path, f"[profiles.work]\ninterval = {value}\nwindow = {value}\n").load().profiles["work"]
    assert (profile.interval, profile.window) == (90.0, 90.0)


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

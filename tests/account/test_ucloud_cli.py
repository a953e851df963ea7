"""The profiles of the vendor's command-line tool: read in their documented format, and never changed."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from support.keyring import SecretService, no_bus
from support.program import PROGRAM
from support.screen.sign_in import ESCAPE, FORM, Start, config_file, simulated
from support.servers.simulator_server import running_server
from support.terminals.terminal import StartTerminal
from ucdn_tui.account.ucloud_cli import CliProfile, CliProfiles, read_cli_profiles
from ucdn_tui.api.endpoint import DEFAULT_ENDPOINT
from ucdn_tui.secret import Keys, Secret
from ucdn_tui.simulator.actions.service import Service

SETTINGS = [
    {
        "profile": "prod",
        "active": True,
        "project_id": "org-prod",
        "region": "cn-bj2",
        "zone": "",
        "base_url": "https://api.ucloud.cn/",
        "timeout_sec": 15,
        "max_retry_times": 3,
    },
    {"profile": "sister", "active": False, "base_url": "https://api.surfercloud.com/"},
    {"profile": "browser", "base_url": "https://api.ucloud.cn/"},
    {"profile": "unset"},
    {"profile": "old", "base_url": "http://api.ucloud.cn/"},
]
CREDENTIALS = [
    {"profile": "prod", "public_key": "prod-public", "private_key": "prod-private"},
    {"profile": "sister", "public_key": " s-public ", "private_key": "s-private\n", "auth_mode": "aksk"},
    {"profile": "browser", "auth_mode": "oauth", "access_token": "at", "refresh_token": "rt", "expires_at": 1},
    {"profile": "unset", "public_key": "", "private_key": ""},
    {"profile": "old", "public_key": "a", "private_key": "b"},
]


def install(home: Path, settings: Any = SETTINGS, credentials: Any = CREDENTIALS) -> dict[str, tuple[bytes, int]]:
    """Write the tool's files; return their state."""
    folder = home / ".ucloud"
    folder.mkdir(mode=0o700)
    for name, content in (("config.json", settings), ("credential.json", credentials)):
        if content is not None:
            data = content if isinstance(content, bytes) else json.dumps(content).encode()
            (folder / name).write_bytes(data)
            os.utime(folder / name, (1_700_000_000, 1_700_000_000))
    return state(home)


def state(home: Path) -> dict[str, tuple[bytes, int]]:
    """Return each file's content and modification time."""
    return {path.name: (path.read_bytes(), path.stat().st_mtime_ns) for path in (home / ".ucloud").iterdir()}


def test_profiles_have_keys_endpoint_and_project(tmp_path: Path) -> None:
    before = install(tmp_path)
    (prod, sister, browser, unset, old), problems = read_cli_profiles(tmp_path)
    keys = Keys("prod-public", Secret("prod-private"))
    assert prod == CliProfile("prod", DEFAULT_ENDPOINT, "org-prod", keys, is_active=True)
    assert problems == ()
    assert sister == CliProfile("sister", "https://api.surfercloud.com", "", Keys("s-public", Secret("s-private")))
    assert (browser.keys, unset.keys, old.keys) == (None, None, None)
    assert "oauth" in browser.reason
    assert unset.reason == "It has no key pair."
    assert "not encrypted" in old.reason
    assert "prod-private" not in repr(prod)
    assert state(tmp_path) == before


def test_no_files_give_no_profiles(tmp_path: Path) -> None:
    assert read_cli_profiles(tmp_path) == read_cli_profiles(None) == CliProfiles()
    assert read_cli_profiles(Path("/dev/null")) == CliProfiles()


def test_either_file_is_read_alone(tmp_path: Path) -> None:
    install(tmp_path, settings=None)
    found = read_cli_profiles(tmp_path).profiles
    assert [profile.name for profile in found if profile.keys] == ["prod", "sister", "old"]
    (tmp_path / ".ucloud" / "credential.json").unlink()
    (tmp_path / ".ucloud" / "config.json").write_text(json.dumps(SETTINGS), encoding="utf-8")
    assert not [profile for profile in read_cli_profiles(tmp_path).profiles if profile.keys]


@pytest.mark.parametrize("empty", [b"{}", b"null", b"[]", b'[{"profile": 5}]', b'[{"profile": ""}]', b"[{}]"])
def test_file_without_profiles_gives_none(tmp_path: Path, empty: bytes) -> None:
    install(tmp_path, settings=empty, credentials=empty)
    assert read_cli_profiles(tmp_path) == CliProfiles()


UNREADABLE = [
    (b"", ", line 1 cannot be read: not JSON."),
    (b"no JSON", ", line 1 cannot be read: not JSON."),
    (b'[\n{"profile": "prod",\n"public_', ", line 3 cannot be read: not JSON."),
    (b'[\n{"profile": "prod"},\n}', ", line 3 cannot be read: not JSON."),
    (b'[{"profile":\n "\xd6\xd0"}]', ", line 2 cannot be read: not UTF-8."),
    ("[]".encode("utf-16"), ", line 1 cannot be read: not UTF-8."),
    (b"[" * 100_000, ", line 1 cannot be read: not JSON."),
    (b"[1, null, []]", " cannot be read: not a list of profiles."),
    (b'"text"', " cannot be read: not a list of profiles."),
    (b" " * 2_000_000, " cannot be read: it is too large."),
]


@pytest.mark.parametrize(("content", "words"), UNREADABLE, ids=lambda value: ascii(value[:20]))
def test_unreadable_file_is_named_with_its_line(tmp_path: Path, content: bytes, words: str) -> None:
    install(tmp_path, credentials=content)
    found, problems = read_cli_profiles(tmp_path)
    assert problems == (f"~/.ucloud/credential.json{words}",)
    assert {profile.name: profile.reason for profile in found if profile.name in ("prod", "sister")} == dict.fromkeys(
        ("prod", "sister"), "Its keys cannot be read."
    )
    (tmp_path / ".ucloud" / "config.json").write_bytes(content)
    assert read_cli_profiles(tmp_path).profiles == ()
    assert len(read_cli_profiles(tmp_path).problems) == 2


def test_keys_are_not_imported_without_their_endpoint(tmp_path: Path) -> None:
    """They may be for another cloud."""
    install(tmp_path, settings=b"no JSON")
    found, problems = read_cli_profiles(tmp_path)
    assert [profile.keys for profile in found] == [None] * len(CREDENTIALS)
    assert {profile.reason for profile in found} == {"Its settings cannot be read."}
    assert len(problems) == 1


def test_file_without_permission_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install(tmp_path)
    path = tmp_path / ".ucloud" / "credential.json"
    path.chmod(0)
    if os.geteuid() == 0:  # root may read it
        refuse(path, monkeypatch)
    found, problems = read_cli_profiles(tmp_path)
    assert problems == ("~/.ucloud/credential.json cannot be read (Permission denied).",)
    assert found[0].reason == "Its keys cannot be read."


def refuse(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let opening this file fail as it does for a user without permission."""
    opening = os.open

    def opened(name: Any, *args: Any, **options: Any) -> int:
        if name == path:
            raise PermissionError(13, "Permission denied")
        return opening(name, *args, **options)

    monkeypatch.setattr(os, "open", opened)


def test_byte_order_marks_are_skipped(tmp_path: Path) -> None:
    install(tmp_path)
    expected = read_cli_profiles(tmp_path)
    for path in (tmp_path / ".ucloud").iterdir():
        path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert read_cli_profiles(tmp_path) == expected


def test_active_profile_comes_first(tmp_path: Path) -> None:
    settings = [{"profile": name, "active": name == "sister"} for name in ("prod", "unset", "sister")]
    install(tmp_path, settings)
    found = read_cli_profiles(tmp_path).profiles
    assert [(profile.name, profile.is_active) for profile in found][:3] == [
        ("sister", True),
        ("prod", False),
        ("unset", False),
    ]


def test_single_account_of_early_versions_is_read(tmp_path: Path) -> None:
    """The `OldConfig` of the tool, up to 0.1.7."""
    old = {"public_key": "a", "private_key": "b", "region": "cn-bj2", "zone": "cn-bj2-04", "project_id": "org-old"}
    install(tmp_path, old, None)
    (profile,), problems = read_cli_profiles(tmp_path)
    assert profile == CliProfile("default", DEFAULT_ENDPOINT, "org-old", Keys("a", Secret("b")), is_active=True)
    assert problems == ()


def test_channel_key_and_security_token_are_read_and_never_shown(tmp_path: Path) -> None:
    settings = [{**SETTINGS[0], "channel_key": "the-channel"}]
    credentials = [{**CREDENTIALS[0], "security_token": "the-token"}]
    install(tmp_path, settings, credentials)
    (profile,), _problems = read_cli_profiles(tmp_path)
    assert profile.keys == Keys("prod-public", Secret("prod-private"), Secret("the-token"), Secret("the-channel"))
    assert "the-" not in repr(profile)


@pytest.mark.parametrize("name", ["public_key", "private_key", "security_token", "channel_key"])
@pytest.mark.parametrize(("value", "words"), [('"in-quotes"', "is in quotes."), ("键", "contains invalid characters.")])
def test_unusable_key_is_the_reason(tmp_path: Path, name: str, value: str, words: str) -> None:
    install(tmp_path, SETTINGS[:1], [{**CREDENTIALS[0], name: value}])
    (profile,), _problems = read_cli_profiles(tmp_path)
    assert profile.keys is None
    assert profile.reason == f"Invalid key: The {name.replace('_', ' ')} {words}"


def test_invalid_values_affect_only_their_profile(tmp_path: Path) -> None:
    odd = [{"profile": "odd", "public_key": 5, "private_key": ["x"], "auth_mode": None}]
    install(tmp_path, [{"profile": "odd", "base_url": 7, "project_id": {}}], [*odd, *CREDENTIALS])
    found = {profile.name: profile for profile in read_cli_profiles(tmp_path).profiles}
    assert found["odd"] == CliProfile("odd", reason="It has no key pair.")
    assert found["prod"].keys


def test_folder_instead_of_a_file_is_named(tmp_path: Path) -> None:
    (tmp_path / ".ucloud" / "config.json").mkdir(parents=True)
    (problem,) = read_cli_profiles(tmp_path).problems
    assert problem == "~/.ucloud/config.json cannot be read (Is a directory)."


def test_sign_in_screen_imports_profiles_and_opens_the_active_one(
    start: Start, secret_service: SecretService, tmp_path: Path
) -> None:
    home, account = tmp_path / "home", simulated("imported")
    with running_server(Service(account)) as url:
        mine = {"profile": "mine", "base_url": f"{url}/", "project_id": "org-only", "active": True}
        settings = [*SETTINGS[1:], {**mine, "channel_key": "ch4nnel-key"}]
        keys = {"public_key": account.public_key, "private_key": account.private_key}
        before = install(home, settings, [*CREDENTIALS[1:], {"profile": "mine", **keys}])
        program = start()
        screen = program.wait_for(r"browser: .*oauth")
        assert "Import 2 profiles" in screen
        assert "mine: can be imported, the active one" in screen
        assert "unset: It has no key pair." in screen
        program.click(*program.find("Import 2 profiles"))
        program.wait_for(r"^ mine · org-only · .*updated")
        program.wait_for(r"imported-1\.jpg")
        program.send("q")
        assert program.exit_status() == 0
        assert secret_service.keys("mine") == {**keys, "channel_key": "ch4nnel-key"}
        assert secret_service.keys("sister") == {"public_key": "s-public", "private_key": "s-private"}
        assert secret_service.count() == 2
        assert state(home) == before
        written = config_file(home).read_text(encoding="utf-8")
        assert 'default = "mine"' in written
        assert account.private_key not in written
        assert "ch4nnel-key" not in written
        assert "s-private" not in written


def test_import_leaves_another_accounts_item_alone(start: Start, secret_service: SecretService, tmp_path: Path) -> None:
    """Another configuration may use the same keyring, and the same names."""
    install(tmp_path / "home", SETTINGS[:2], CREDENTIALS[:2])
    for name in ("prod", "sister"):
        secret_service.put_keys(name, "another", "account")
    program = start()
    program.wait_for("Import 2 profiles")
    program.click(*program.find("Import 2 profiles"))
    for name in ("prod", "sister"):
        program.wait_for(f"The keyring already has keys under the name {name}")
        assert secret_service.keys(name) == {"public_key": "another", "private_key": "account"}
    assert not config_file(tmp_path / "home").exists()


def test_unreadable_file_is_named_on_the_screen(start: Start, secret_service: SecretService, tmp_path: Path) -> None:
    install(tmp_path / "home", SETTINGS[:1], b"[")
    program = start()
    screen = program.wait_for(r"~/\.ucloud/credential\.json, line 1 cannot be read: not JSON\.")
    assert "prod: Its keys cannot be read." in screen
    assert "Import" not in screen


def test_unusable_profiles_are_listed_without_an_import_button(
    start: Start, secret_service: SecretService, tmp_path: Path
) -> None:
    install(tmp_path / "home", SETTINGS[2:3], CREDENTIALS[2:3])
    program = start()
    program.wait_for(FORM)
    screen = program.wait_for("oauth")
    assert "Import" not in screen
    program.send(ESCAPE)
    assert program.exit_status() == 0


def test_nothing_is_imported_without_a_keyring(terminal: StartTerminal, short_folder: Path, tmp_path: Path) -> None:
    install(tmp_path / "home", SETTINGS, CREDENTIALS)
    program = terminal([PROGRAM], env=no_bus(short_folder))
    program.wait_for("No keyring available")
    program.wait_gone("Import|imported")


def test_a_pipe_in_place_of_a_file_is_not_waited_for(tmp_path: Path) -> None:
    install(tmp_path)
    path = tmp_path / ".ucloud" / "credential.json"
    path.unlink()
    os.mkfifo(path)
    _found, problems = read_cli_profiles(tmp_path)
    assert problems == ("~/.ucloud/credential.json cannot be read (Not a regular file).",)

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
from ucdn_tui.account.ucloud_cli import CliProfile, read_cli_profiles
from ucdn_tui.api.endpoint import DEFAULT_ENDPOINT
from ucdn_tui.secret import Keys, Secret
from ucdn_tui.simulator.service import Service

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
    prod, sister, browser, unset, old = read_cli_profiles(tmp_path)
    assert prod == CliProfile("prod", DEFAULT_ENDPOINT, "org-prod", Keys("prod-public", Secret("prod-private")))
    assert sister == CliProfile("sister", "https://api.surfercloud.com", "", Keys("s-public", Secret("s-private")))
    assert (browser.keys, unset.keys, old.keys) == (None, None, None)
    assert "oauth" in browser.reason
    assert unset.reason == "It has no key pair."
    assert "not encrypted" in old.reason
    assert "prod-private" not in repr(prod)
    assert state(tmp_path) == before


def test_no_files_give_no_profiles(tmp_path: Path) -> None:
    assert read_cli_profiles(tmp_path) == []


def test_either_file_is_read_alone(tmp_path: Path) -> None:
    install(tmp_path, settings=None)
    assert [profile.name for profile in read_cli_profiles(tmp_path) if profile.keys] == ["prod", "sister", "old"]
    (tmp_path / ".ucloud" / "credential.json").unlink()
    (tmp_path / ".ucloud" / "config.json").write_text(json.dumps(SETTINGS), encoding="utf-8")
    assert not [profile for profile in read_cli_profiles(tmp_path) if profile.keys]


@pytest.mark.parametrize(
    "odd",
    [
        b"",
        b"{}",
        b"null",
        b"[1, null, []]",
        b"no JSON",
        b"\xff\xfe",
        b'[{"profile": 5}]',
        b"[" * 100_000,
        b'[{"profile": ""}]',
        b'[{"public_key": "a"}]',
        b" " * 2_000_000,
    ],
    ids=lambda odd: ascii(odd[:20]),
)
def test_invalid_file_gives_no_profiles(tmp_path: Path, odd: bytes) -> None:
    install(tmp_path, settings=odd, credentials=odd)
    assert read_cli_profiles(tmp_path) == []


def test_invalid_values_affect_only_their_profile(tmp_path: Path) -> None:
    odd = [{"profile": "odd", "public_key": 5, "private_key": ["x"], "auth_mode": None}]
    install(tmp_path, [{"profile": "odd", "base_url": 7, "project_id": {}}], [*odd, *CREDENTIALS])
    found = {profile.name: profile for profile in read_cli_profiles(tmp_path)}
    assert found["odd"] == CliProfile("odd", reason="It has no key pair.")
    assert found["prod"].keys


def test_folder_instead_of_a_file_gives_no_profiles(tmp_path: Path) -> None:
    (tmp_path / ".ucloud" / "config.json").mkdir(parents=True)
    assert read_cli_profiles(tmp_path) == []


def test_sign_in_screen_imports_profiles_and_opens_the_first(
    start: Start, secret_service: SecretService, tmp_path: Path
) -> None:
    home, account = tmp_path / "home", simulated("imported")
    with running_server(Service(account)) as url:
        settings = [{"profile": "mine", "base_url": f"{url}/", "project_id": "org-only"}, *SETTINGS[1:]]
        keys = {"public_key": account.public_key, "private_key": account.private_key}
        before = install(home, settings, [{"profile": "mine", **keys}, *CREDENTIALS[1:]])
        program = start()
        screen = program.wait_for(r"browser: .*oauth")
        assert "Import 2 profiles" in screen
        assert "mine: can be imported" in screen
        assert "unset: It has no key pair." in screen
        program.click(*program.find("Import 2 profiles"))
        program.wait_for(r"^ mine · org-only · .*updated")
        program.wait_for(r"imported-1\.jpg")
        program.send("q")
        assert program.exit_status() == 0
        assert secret_service.keys("mine") == keys
        assert secret_service.keys("sister") == {"public_key": "s-public", "private_key": "s-private"}
        assert secret_service.count() == 2
        assert state(home) == before
        written = config_file(home).read_text(encoding="utf-8")
        assert account.private_key not in written
        assert "s-private" not in written


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

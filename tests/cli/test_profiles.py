"""The commands logout and profiles: the installed program, a real server, a real keyring."""

import re
from pathlib import Path

import pytest

from support.keyring import SecretService, no_bus
from support.program import Command
from support.screen.sign_in import Start, config_file, write_config
from ucdn_tui.errors import KeyringError, KeyringReason
from ucdn_tui.simulator.account import Account


def test_logout_removes_the_keys_and_the_dashboard_asks_for_them(
    call: Command, start: Start, secret_service: SecretService, account: Account, url: str, home: Path
) -> None:
    write_config(home, f'default = "work"\n[profiles.work]\nendpoint = "{url}"\n[profiles.home]\n')
    secret_service.put_keys("work", account.public_key, account.private_key)
    secret_service.put_keys("home", "a", "b")
    for _ in range(2):
        done = call("logout")
        assert (done.returncode, done.stdout) == (0, 'Signed out of "work"; keys removed.\n')
    assert set(secret_service.items()) == {"home"}
    assert "[profiles.work]" in config_file(home).read_text(encoding="utf-8")
    program = start()
    program.wait_for(r"Profile name +work$")
    assert re.search(r"No keys. The keyring has none for profile work", program.text())


def test_logout_removes_each_of_several_items(call: Command, secret_service: SecretService, home: Path) -> None:
    write_config(home, 'default = "work"\n[profiles.work]\n')
    for number in "12":
        secret_service.put("work", '{"public_key": "a", "private_key": "b"}', copied=number)
    done = call("logout")
    assert (done.returncode, done.stdout) == (0, 'Signed out of "work"; keys removed.\n')
    assert secret_service.count() == 0


@pytest.mark.parametrize("arguments", [(), ("--profile", "gone")], ids=["none", "gone"])
def test_logout_without_an_existing_profile_is_status_2(call: Command, arguments: tuple[str, ...]) -> None:
    done = call("logout", *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert "No such profile" in done.stderr


def test_profiles_prints_a_table_without_keys(call: Command, secret_service: SecretService, home: Path) -> None:
    write_config(
        home,
        'default = "work"\n[profiles.work]\nendpoint = "https://api.surfercloud.com"\nproject_id = "org-one"\n'
        '[profiles."工作"]\n',
    )
    secret_service.put_keys("work", "its-public-key", "its-private-key")
    done = call("profiles")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == [
        "PROFILE  ENDPOINT                     PROJECT  KEYS",
        "work *   https://api.surfercloud.com  org-one  Secret Service",
        "工作     https://api.ucloud.cn        -        none",
    ]


def test_profiles_are_listed_without_a_keyring(home: Path, short_folder: Path) -> None:
    write_config(home, "[profiles.work]\n")
    done = Command(no_bus(short_folder))("profiles")
    assert done.returncode == 0
    assert re.search(r"^work +https://api\.ucloud\.cn +- +unknown$", done.stdout, re.MULTILINE)
    assert done.stderr.startswith(f"ucdn-tui: {KeyringError(KeyringReason.NONE)}")
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("item", ["no JSON", b"\xff"])
def test_one_invalid_item_does_not_hide_the_others(
    call: Command, secret_service: SecretService, home: Path, item: str | bytes
) -> None:
    write_config(home, "[profiles.work]\n[profiles.odd]\n")
    secret_service.put_keys("work", "a", "b")
    secret_service.put("odd", item)
    done = call("profiles")
    assert done.returncode == 0
    assert re.search(r"^work .* Secret Service$", done.stdout, re.MULTILINE)
    assert re.search(r"^odd .* unreadable$", done.stdout, re.MULTILINE)


def test_empty_list_of_profiles_says_how_to_create_one(call: Command) -> None:
    done = call("profiles")
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr == "No profiles. Create one with `ucdn-tui login`.\n"


@pytest.mark.parametrize("command", ["login", "logout", "profiles"])
def test_broken_configuration_is_status_2_and_left_unchanged(call: Command, home: Path, command: str) -> None:
    file = write_config(home, "ok = 1\nbroken = \n")
    done = call(command, feed="public\nprivate\n")
    assert (done.returncode, done.stdout) == (2, "")
    assert "line 2" in done.stderr
    assert str(file) in done.stderr
    assert file.read_text(encoding="utf-8") == "ok = 1\nbroken = \n"


def test_no_keys_and_no_terminal_is_status_4(call: Command) -> None:
    done = call()
    assert done.returncode == 4
    assert "ucdn-tui login" in done.stderr

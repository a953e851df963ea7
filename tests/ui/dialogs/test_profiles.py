"""The profiles dialog in a real terminal: add, rename, remove, and the account shown afterwards."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.keyring import SecretService
from support.screen.sign_in import (
    CTRL_S,
    DOWN,
    ENTER,
    ESCAPE,
    FORM,
    UPDATED,
    WRONG_KEY,
    Start,
    config_file,
    fill_in,
    simulated,
    task_url,
    words,
    write_config,
)
from support.servers.simulator_server import background_server
from support.terminals.terminal import Terminal
from ucdn_tui.simulator.account import Account
from ucdn_tui.simulator.actions.service import Service
from ucdn_tui.simulator.server import Server


@pytest.fixture
def one() -> Account:
    return simulated("of-one", seed=1, projects=("org-a", "org-b"))


@pytest.fixture
def two() -> Account:
    return simulated("of-two", seed=2)


@pytest.fixture
def servers(
    one: Account, two: Account, secret_service: SecretService, tmp_path: Path
) -> Iterator[tuple[Server, Server]]:
    """Both accounts' servers; their profiles and keys are saved."""
    with background_server(Service(one)) as first, background_server(Service(two)) as second:
        write_config(
            tmp_path / "home",
            f'default = "one"\n[profiles.one]\nendpoint = "{first.url}"\n[profiles.two]\nendpoint = "{second.url}"\n',
        )
        secret_service.put_keys("one", one.public_key, one.private_key)
        secret_service.put_keys("two", two.public_key, two.private_key)
        yield first, second


@pytest.fixture
def program(start: Start, servers: tuple[Server, Server]) -> Terminal:
    program = start("--interval", "1s")
    program.wait_for(r"of-one-1\.jpg")
    return program


def open_dialog(program: Terminal) -> None:
    program.send("P")
    program.wait_for("d Remove")


def test_renamed_current_profile_stays_current_with_its_keys(
    program: Terminal, secret_service: SecretService, one: Account, tmp_path: Path
) -> None:
    open_dialog(program)
    program.send("n")
    program.wait_for("New name")
    program.paste("job [b]1[/b]")
    program.send(ENTER)
    program.wait_for(r"job \[b\]1\[/b\] .*current · default")
    assert secret_service.keys("job [b]1[/b]") == {"public_key": one.public_key, "private_key": one.private_key}
    assert set(secret_service.items()) == {"job [b]1[/b]", "two"}
    program.send(ESCAPE)
    program.wait_for(r"^ job \[b\]1\[/b\] · .*" + UPDATED)
    program.wait_for(r"of-one-1\.jpg")
    assert '[profiles."job [b]1[/b]"]' in config_file(tmp_path / "home").read_text(encoding="utf-8")


def test_taken_or_invalid_name_is_refused(program: Terminal, secret_service: SecretService) -> None:
    open_dialog(program)
    program.send("n")
    program.wait_for("New name")
    program.paste("two")
    program.send(ENTER)
    program.wait_for("A profile named two already exists.")
    program.send("n")
    program.wait_for("New name")
    program.paste("x" * 65)
    program.send(ENTER)
    program.wait_for("Invalid profile name")
    assert set(secret_service.items()) == {"one", "two"}


def test_removing_the_current_profile_opens_the_next_one(
    program: Terminal, secret_service: SecretService, servers: tuple[Server, Server], two: Account
) -> None:
    open_dialog(program)
    program.send("d")
    program.wait_for('Remove "one" and its keys')
    program.send("n")  # no
    program.wait_gone('Remove "one" and its keys')
    assert set(secret_service.items()) == {"one", "two"}
    program.send("d")
    program.wait_for('Remove "one" and its keys')
    program.send("y")
    program.wait_gone('Remove "one" and its keys')
    program.wait_gone(r" one +http")
    assert set(secret_service.items()) == {"two"}
    program.send(ESCAPE)
    screen = program.wait_for(r"of-two-1\.jpg")
    assert task_url("of-one") not in screen
    assert {request["PublicKey"] for request in servers[1].service.requests} == {two.public_key}


def test_removing_another_profile_changes_nothing_else(program: Terminal, secret_service: SecretService) -> None:
    open_dialog(program)
    program.send(DOWN)
    program.send("d")
    program.wait_for('Remove "two" and its keys')
    program.send("y")
    program.wait_gone('Remove "two" and its keys')
    program.wait_gone(r" two +http")
    assert set(secret_service.items()) == {"one"}
    program.send(ESCAPE)
    program.wait_for(r"^ one · .*" + UPDATED)


def test_added_account_gets_its_own_name(
    program: Terminal, secret_service: SecretService, one: Account, servers: tuple[Server, Server]
) -> None:
    """The form is empty: with the current account's values it would overwrite that account."""
    third = simulated("of-third", seed=3)
    with background_server(Service(third)) as server:
        open_dialog(program)
        program.send("a")
        screen = program.wait_for(FORM)
        assert re.search(r"Public key( +from UCloud console > API keys)?$", screen, re.MULTILINE)
        assert not re.search(r"Profile name +(one|two)$", screen, re.MULTILINE)
        assert servers[0].url not in screen
        fill_in(program, third.public_key, third.private_key, server.url, profile="third")
        program.send(CTRL_S)
        program.wait_for(r"of-third-1\.jpg")
        assert secret_service.keys("one") == {"public_key": one.public_key, "private_key": one.private_key}
        assert secret_service.keys("third") == {"public_key": third.public_key, "private_key": third.private_key}
        assert {request["PublicKey"] for request in server.service.requests} == {third.public_key}
        assert {request["PublicKey"] for request in servers[0].service.requests} == {one.public_key}


def test_cancelled_add_and_project_choice_work_after_a_rename(program: Terminal, tmp_path: Path) -> None:
    open_dialog(program)
    program.send("n")
    program.wait_for("New name")
    program.paste("job")
    program.send(ENTER)
    program.wait_for(r"job .*current · default")
    program.send("a")
    program.wait_for(FORM)
    program.send(ESCAPE)
    program.wait_for(UPDATED)
    program.send("O")
    program.wait_for("Project org-b")
    program.send(DOWN + ENTER)
    program.wait_for(r"org-b · .*" + UPDATED)
    assert 'project_id = "org-b"' in config_file(tmp_path / "home").read_text(encoding="utf-8")


def test_cancelled_add_returns_to_the_current_account(program: Terminal) -> None:
    open_dialog(program)
    program.send("a")
    program.wait_for(FORM)
    program.send(ESCAPE)
    program.wait_for(r"^ one · .*" + UPDATED)
    program.wait_for(r"of-one-1\.jpg")


def test_project_choice_reports_a_profile_removed_elsewhere(program: Terminal, tmp_path: Path) -> None:
    """Another terminal or an editor may have removed the profile."""
    config_file(tmp_path / "home").write_text("# empty\n", encoding="utf-8")
    program.send("O")
    program.wait_for("Project org-b")
    program.send(DOWN + ENTER)
    program.wait_for("removed elsewhere")
    program.wait_for(r"^ one · .*" + UPDATED)
    assert config_file(tmp_path / "home").read_text(encoding="utf-8") == "# empty\n"


def test_broken_configuration_is_reported_and_polling_continues(program: Terminal, tmp_path: Path) -> None:
    config_file(tmp_path / "home").write_text("broken = \n", encoding="utf-8")
    program.send("P")
    program.wait_for("Not valid TOML")
    program.wait_for(r"^ one · .*" + UPDATED)


def test_wrong_keys_are_asked_for_and_other_profiles_work(
    program: Terminal, secret_service: SecretService, two: Account, servers: tuple[Server, Server]
) -> None:
    two._private_key = "changed"
    open_dialog(program)
    program.send(DOWN + ENTER)
    screen = program.wait_for(FORM)
    assert WRONG_KEY in words(screen)
    assert re.search(r"Profile name +two$", screen, re.MULTILINE)
    assert servers[1].url in screen
    assert re.search(rf"Public key +{two.public_key}$", screen, re.MULTILINE)
    program.paste("a-private-key")
    program.wait_for(r"Private key +•{13}$")
    assert b"a-private-key" not in program.raw
    program.send(ESCAPE)
    program.wait_for("SIGN-IN NEEDED")
    open_dialog(program)
    program.send("\x1b[A" + ENTER)
    program.wait_for(r"of-one-1\.jpg")


def test_unknown_public_key_is_asked_for_first(program: Terminal, two: Account) -> None:
    two.public_key = "changed"
    open_dialog(program)
    program.send(DOWN + ENTER)
    program.wait_for(FORM)
    program.paste("a-public-key")
    program.wait_for(r"Public key +a-public-key$")


def test_default_is_changed_on_request(program: Terminal, tmp_path: Path) -> None:
    open_dialog(program)
    program.wait_for(r"one .* current · default")
    program.send(DOWN)
    program.send("m")
    program.wait_for(r"two .* · default")
    assert not re.search(r"one .* default", program.text())
    assert 'default = "two"' in config_file(tmp_path / "home").read_text(encoding="utf-8")
    program.send(ENTER)  # it is still selected
    program.wait_for(r"of-two-1\.jpg")


def test_dialog_fits_a_small_terminal(start: Start, servers: tuple[Server, Server]) -> None:
    program = start(columns=50, rows=14)
    program.wait_for(r"of-one-1\.jpg")
    program.send("P")
    screen = program.wait_for("d Remove")
    assert re.search(r"│ one .*│$", screen, re.MULTILINE)
    assert re.search(r"│ two .*│$", screen, re.MULTILINE)
    program.send(ESCAPE)
    program.wait_gone("Profiles ─")

"""Sign-in, profiles and projects, with a real terminal, server and Secret Service."""

import re
from pathlib import Path

import pytest

from support.keyring import SecretService
from support.screen.sign_in import (
    CTRL_S,
    DOWN,
    ENTER,
    ESCAPE,
    FORM,
    TAB,
    UPDATED,
    WRONG_KEY,
    Start,
    config_file,
    fill_in,
    sign_in,
    simulated,
    task_url,
    words,
    write_config,
)
from support.servers.simulator_server import background_server, running_server
from support.terminals.terminal import RESTORED, Terminal
from ucdn_tui.simulator.actions.service import Service

FAST = ("--interval", "1s")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


def everything_under(folder: Path) -> str:
    return "\n".join(path.read_text(errors="replace") for path in folder.rglob("*") if path.is_file())


def leave(program: Terminal) -> None:
    program.send("q")
    assert program.exit_status() == 0
    assert program.modes() == RESTORED


def test_sign_in_is_needed_once_until_the_profile_is_removed(
    start: Start, secret_service: SecretService, home: Path
) -> None:
    account = simulated("first", projects=("org-main", "org-side"))
    with running_server(Service(account)) as url:
        program = start(*FAST)
        sign_in(program, account, url)
        program.wait_for("Choose a project")
        assert secret_service.items() == {}, "saved before the project was chosen"
        program.send(CTRL_S)
        program.wait_for(r"first-1\.jpg")
        assert secret_service.keys("default") == {
            "public_key": account.public_key,
            "private_key": account.private_key,
        }
        leave(program)
        assert account.private_key not in everything_under(home)
        assert account.public_key not in everything_under(home)

        program = start(*FAST)
        program.wait_for(rf"^ default · org-main · 127\.0\.0\.1:\d+ .*{UPDATED}")
        assert b"Private key" not in program.raw, "it asked for keys"

        program.send("P")
        program.wait_for(r"default +http://127\.0\.0\.1:\d+ · org-main · current · default")
        program.send("d")
        program.wait_for(r'Remove "default" and its keys\?')
        assert secret_service.items(), "removed before the answer"
        program.send("y")
        program.wait_for("No profiles yet")
        assert secret_service.items() == {}
        assert "profiles.default" not in config_file(home).read_text(encoding="utf-8")
        program.send(ESCAPE)
        program.wait_for("Private key")
        program.send(ESCAPE)
        assert program.exit_status() == 0
        assert program.modes() == RESTORED


def test_wrong_private_key_is_reported_and_nothing_is_saved(
    start: Start, secret_service: SecretService, home: Path
) -> None:
    account = simulated("first")
    with running_server(Service(account)) as url:
        program = start()
        sign_in(program, account, url, private_key="not-the-right-one")
        screen = program.wait_until(lambda text: WRONG_KEY in words(text), "the wrong key is not reported")
        assert re.search(rf"Public key +{account.public_key}$", screen, re.MULTILINE)
        assert re.search(r"Private key +•{17}$", screen, re.MULTILINE)
        assert re.search(rf"^ +{url}$", screen, re.MULTILINE)
        assert secret_service.items() == {}
        assert not config_file(home).exists()
        program.send(ESCAPE)
        assert program.exit_status() == 0
        assert program.modes() == RESTORED


def test_right_key_works_after_a_wrong_one(start: Start, secret_service: SecretService) -> None:
    account = simulated("first")
    with running_server(Service(account)) as url:
        program = start()
        sign_in(program, account, url, private_key="wrong")
        program.wait_until(lambda text: WRONG_KEY in words(text), "the wrong key is not reported")
        program.paste(account.private_key)  # into the focused field, whose text is selected
        program.wait_for(rf"Private key +•{{{len(account.private_key)}}}$")
        program.send(ENTER)
        program.wait_for(r"first-1\.jpg")
        assert secret_service.keys("default") == {
            "public_key": account.public_key,
            "private_key": account.private_key,
        }


def test_session_only_sign_in_saves_nothing(start: Start, secret_service: SecretService, home: Path) -> None:
    account = simulated("first")
    with running_server(Service(account)) as url:
        program = start()
        fill_in(program, account.public_key, account.private_key, url)
        program.send(TAB * 2 + ENTER)  # past "Sign in"
        screen = program.wait_for(rf"{UPDATED}")
        assert "this session" in screen
        leave(program)
        assert secret_service.items() == {}
        assert not config_file(home).exists()
        assert account.private_key not in everything_under(home)
        again = start()
        again.wait_for("Private key")


def test_escape_quits_the_first_sign_in_screen(start: Start, secret_service: SecretService) -> None:
    program = start()
    program.wait_for("esc Quit")
    program.send(ESCAPE)
    assert program.exit_status() == 0
    assert program.modes() == RESTORED


def test_each_profiles_key_reaches_only_its_own_server(start: Start, secret_service: SecretService, home: Path) -> None:
    one, two = simulated("of-one", seed=1), simulated("of-two", seed=2)
    with background_server(Service(one)) as first, background_server(Service(two)) as second:
        config = f"""default = "one"
[profiles.one]
endpoint = "{first.url}"
[profiles.two]
endpoint = "{second.url}"
"""
        write_config(home, config)
        secret_service.put_keys("one", one.public_key, one.private_key)
        secret_service.put_keys("two", two.public_key, two.private_key)
        program = start(*FAST)
        program.wait_for(r"of-one-1\.jpg")
        program.send("P")
        program.wait_for("current")
        program.send(DOWN + ENTER)
        program.wait_for(r"^ two · .*" + UPDATED)
        screen = program.wait_for(r"of-two-1\.jpg")
        assert task_url("of-one") not in screen
        program.wait_until(lambda _: len(second.service.requests) > 4, "polling has stopped")
        before = len(first.service.requests)  # one request may have been in flight
        program.wait_until(lambda _: len(second.service.requests) > 8, "polling has stopped")
        assert len(first.service.requests) == before, "the previous account is still polled"
        program.send("P")
        program.wait_for("current")
        program.send("\x1b[A" + ENTER)
        program.wait_for(r"^ one · .*" + UPDATED)
        screen = program.wait_for(r"of-one-1\.jpg")
        assert task_url("of-two") not in screen
        leave(program)
        assert {request["PublicKey"] for request in first.service.requests} == {one.public_key}
        assert {request["PublicKey"] for request in second.service.requests} == {two.public_key}

        by_flag = start("--profile", "two", UCLOUD_PROFILE="one")
        by_flag.wait_for(r"of-two-1\.jpg")
        by_variable = start(UCLOUD_PROFILE="two")
        by_variable.wait_for(r"of-two-1\.jpg")


def test_chosen_project_is_shown_and_saved(start: Start, secret_service: SecretService, home: Path) -> None:
    account = simulated("of-main", projects=("org-main", "org-side"))
    account.add("refresh", [task_url("of-side")], project_id="org-side", queue=0, work=3600)
    with running_server(Service(account)) as url:
        file = write_config(home, f'[profiles.work]\nendpoint = "{url}"\n')
        secret_service.put_keys("work", account.public_key, account.private_key)
        program = start(*FAST, "--profile", "work")
        program.wait_for(r"of-main-1\.jpg")
        program.send("O")
        program.wait_for(r"Project org-main +org-main · current")
        program.send(DOWN + ENTER)
        program.wait_for(r"^ work · org-side · ")
        screen = program.wait_for(r"of-side-1\.jpg")
        assert task_url("of-main") not in screen
        leave(program)
        assert 'project_id = "org-side"' in file.read_text(encoding="utf-8")


def test_flags_of_one_run_are_not_saved_by_a_sign_in(start: Start, secret_service: SecretService, home: Path) -> None:
    account = simulated("elsewhere", projects=("org-main", "org-side"))
    with running_server(Service(account)) as url:
        file = write_config(
            home,
            'default = "home"\n[profiles.home]\n[profiles.work]\nendpoint = "https://api.example.com"\n'
            'project_id = "org-main"\n',
        )
        before = file.read_text(encoding="utf-8")
        secret_service.put_keys("work", account.public_key, "old")
        program = start("--profile", "work", "--endpoint", url, "--project-id", "org-side")
        screen = program.wait_for(FORM)
        assert url in screen
        program.paste(account.private_key)
        program.wait_for(r"Private key +•{40}$")
        program.send(CTRL_S)
        program.wait_for(rf"^ work · org-side · {url.removeprefix('http://')} .*{UPDATED}")
        leave(program)
        assert file.read_text(encoding="utf-8") == before
        assert secret_service.keys("work") == {"public_key": account.public_key, "private_key": account.private_key}


def test_added_account_does_not_become_the_default(start: Start, secret_service: SecretService, home: Path) -> None:
    one, two = simulated("of-one", seed=1), simulated("of-two", seed=2)
    with running_server(Service(one)) as first, running_server(Service(two)) as second:
        file = write_config(home, f'default = "one"\n[profiles.one]\nendpoint = "{first}"\n')
        secret_service.put_keys("one", one.public_key, one.private_key)
        program = start()
        program.wait_for(r"of-one-1\.jpg")
        program.send("P")
        program.wait_for("a Add")
        program.send("a")
        program.wait_for(FORM)
        sign_in(program, two, second, profile="two")
        program.wait_for(r"of-two-1\.jpg")
        leave(program)
        assert 'default = "one"' in file.read_text(encoding="utf-8")


def test_changed_key_is_asked_for_and_known_tasks_stay(start: Start, secret_service: SecretService, home: Path) -> None:
    account = simulated("known")
    with running_server(Service(account)) as url:
        write_config(home, f'default = "work"\n[profiles.work]\nendpoint = "{url}"\ninterval = "1s"\n')
        secret_service.put_keys("work", account.public_key, account.private_key)
        program = start()
        program.wait_for(r"known-1\.jpg")
        account._private_key = "changed-in-the-console"
        screen = program.wait_for(FORM)
        assert WRONG_KEY in words(screen)
        program.wait_for("esc Back")
        assert re.search(r"Profile name +work$", screen, re.MULTILINE)
        assert url in screen
        program.send(ESCAPE)
        screen = program.wait_for("SIGN-IN NEEDED")
        assert "known-1.jpg" in screen
        program.send("r")  # poll again: the form opens again
        screen = program.wait_for(FORM)
        assert re.search(rf"Public key +{account.public_key}$", screen, re.MULTILINE)
        program.paste("changed-in-the-console")  # the masked field has the focus
        program.wait_for(r"Private key +•{22}$")
        program.send(CTRL_S)
        program.wait_for(r"^ work · .* running +" + UPDATED)
        assert secret_service.keys("work") == {
            "public_key": account.public_key,
            "private_key": "changed-in-the-console",
        }
        assert b"changed-in-the-console" not in program.raw

"""The subcommands, as scripts and people over SSH use them: the installed program, a real server, a real keyring."""

import asyncio
import re
import ssl
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
import trustme

from support import PATIENCE, clean_environment
from support.keyring import SecretService, no_bus
from support.program import PROGRAM
from support.screen.sign_in import Start, config_file, simulated, write_config
from support.servers.proxy import PROXY_SETTINGS, Proxy
from support.servers.raw_server import Behaviour, RawServer, answer, raw
from support.servers.simulator_server import running_server
from support.terminals.terminal import RESTORED, StartTerminal
from ucdn_tui.simulator.account import Account
from ucdn_tui.simulator.service import Service


@pytest.fixture
def account() -> Account:
    return simulated("first")


@pytest.fixture
def url(account: Account) -> Iterator[str]:
    with running_server(Service(account)) as address:
        yield address


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


class Call:
    """The program, away from any terminal."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self.environment = dict(environment)

    def __call__(self, *arguments: str, feed: str = "", **variables: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [PROGRAM, *arguments],
            input=feed,
            capture_output=True,
            encoding="utf-8",
            env=clean_environment({**self.environment, **variables}),
            timeout=PATIENCE,
        )


@pytest.fixture
def call(secret_service: SecretService) -> Call:
    return Call(secret_service.environment)


def kept(account: Account) -> dict[str, str]:
    return {"public_key": account.public_key, "private_key": account.private_key}


def test_login_reads_keys_from_a_pipe_and_the_dashboard_uses_them(
    call: Call, start: Start, secret_service: SecretService, account: Account, url: str, home: Path
) -> None:
    both = f"{account.public_key}\n{account.private_key}\n"
    done = call("login", "--profile", "work", "--endpoint", f"{url}/", "--project-id", "org-only", feed=both)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == 'Signed in to "work"; keys saved in Secret Service.\n'
    assert secret_service.keys("work") == kept(account)
    assert f'endpoint = "{url}"' in config_file(home).read_text(encoding="utf-8")
    program = start()
    program.wait_for(r"^ work · org-only · .*updated")


def test_login_has_a_flag_for_the_public_key_only(
    call: Call, secret_service: SecretService, account: Account, url: str
) -> None:
    done = call("login", "--endpoint", url, "--public-key", account.public_key, feed=account.private_key)
    assert (done.returncode, done.stderr) == (0, "")
    assert secret_service.keys("default") == kept(account)
    refused = call("login", "--private-key", account.private_key)
    assert refused.returncode == 2
    assert "--private-key" not in call("login", "--help").stdout


def test_login_in_a_terminal_does_not_show_the_private_key(
    start: Start, secret_service: SecretService, account: Account, url: str
) -> None:
    program = start("login", "--endpoint", url)
    program.wait_for("^Public key:$")
    program.send(f"{account.public_key}\r")
    program.wait_for("^Private key:$")
    program.wait_until(lambda _: not program.modes().echo, "the terminal still echoes")
    program.send(f"{account.private_key}\r")
    assert program.exit_status() == 0
    assert "Signed in to" in program.text()
    assert program.modes() == RESTORED
    assert account.private_key.encode() not in program.raw
    assert secret_service.keys("default") == kept(account)


@pytest.mark.parametrize("at", ["Public key:", "Private key:"])
def test_login_can_be_interrupted(start: Start, secret_service: SecretService, url: str, at: str) -> None:
    program = start("login", "--endpoint", url)
    program.wait_for("^Public key:$")
    if at != "Public key:":
        program.send("someone\r")
        program.wait_for(f"^{at}$")
        program.wait_until(lambda _: not program.modes().echo, "the terminal still echoes")
    program.wait_asleep()
    program.send("\x03")
    assert program.exit_status() == 130
    assert program.modes() == RESTORED
    assert b"Traceback" not in program.raw
    assert secret_service.items() == {}


def test_login_with_a_wrong_key_is_status_4_and_saves_nothing(
    call: Call, secret_service: SecretService, account: Account, url: str, home: Path
) -> None:
    for keys, words in (
        (f"{account.public_key}\nwrong-key\n", "RetCode 171: Signature VerifyAC Error"),
        (f"nobody\n{account.private_key}\n", "RetCode 172: User not found"),
    ):
        done = call("login", "--endpoint", url, feed=keys)
        assert (done.returncode, done.stdout) == (4, "")
        assert words in done.stderr
        assert done.stderr.count("\n") == 1
        assert account.private_key not in done.stderr
        assert "wrong-key" not in done.stderr
    assert secret_service.items() == {}
    assert not config_file(home).exists()


@pytest.mark.parametrize(
    ("behaviour", "words"),
    [
        (answer(b"", 500), "HTTP status 500"),
        (answer(b"<html>"), "web page"),
        (raw(b""), "Connection broken"),
    ],
    ids=["server trouble", "login page", "broken off"],
)
async def test_login_without_a_valid_answer_is_status_5_and_saves_nothing(
    call: Call, secret_service: SecretService, behaviour: Behaviour, words: str
) -> None:
    async with RawServer(behaviour) as server:
        done = await asyncio.to_thread(call, "login", "--endpoint", server.url, feed="public\nprivate\n")
    assert (done.returncode, done.stdout) == (5, "")
    assert words in done.stderr
    assert secret_service.items() == {}


def test_login_prompts_on_stderr_and_prints_its_result_to_stdout(
    terminal: StartTerminal, secret_service: SecretService, account: Account, url: str, tmp_path: Path
) -> None:
    told = tmp_path / "told"
    shell = ["/bin/sh", "-c", f"exec {PROGRAM} login --endpoint {url} >{told}"]
    program = terminal(shell, env=secret_service.environment)
    program.wait_for("^Public key:$")
    program.send(f"{account.public_key}\r")
    program.wait_for("^Private key:$")
    program.wait_until(lambda _: not program.modes().echo, "the terminal still echoes")
    program.send(f"{account.private_key}\r")
    assert program.exit_status() == 0
    assert told.read_text(encoding="utf-8") == 'Signed in to "default"; keys saved in Secret Service.\n'


@pytest.mark.parametrize("feed", ["", "public\n", "\nprivate\n", "  \n  \n"])
def test_login_without_both_keys_is_status_4(call: Call, secret_service: SecretService, url: str, feed: str) -> None:
    done = call("login", "--endpoint", url, feed=feed)
    assert done.returncode == 4
    assert "Both keys are needed" in done.stderr
    assert secret_service.items() == {}


def test_login_refuses_an_unencrypted_endpoint(call: Call) -> None:
    done = call("login", "--endpoint", "http://api.ucloud.cn", feed="public\nprivate\n")
    assert done.returncode == 2
    assert "not encrypted" in done.stderr


@pytest.mark.parametrize(("variables", "protocol"), PROXY_SETTINGS, ids=str)
async def test_login_uses_the_proxy(
    call: Call, secret_service: SecretService, variables: Mapping[str, str], protocol: str, tmp_path: Path
) -> None:
    authority, tls = trustme.CA(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("api.nonexistent.invalid").configure_cert(tls)
    authority.cert_pem.write_to_path(tmp_path / "authorities.pem")
    async with RawServer(answer(b'{"RetCode": 0}'), tls=tls) as server, Proxy(server.port) as proxy:
        named = {name: value.format(port=proxy.port) for name, value in variables.items()}
        named["SSL_CERT_FILE"] = str(tmp_path / "authorities.pem")
        endpoint = ("--endpoint", "https://api.nonexistent.invalid")
        done = await asyncio.to_thread(call, "login", *endpoint, feed="public\nprivate\n", **named)
    assert (done.returncode, done.stderr) == (0, "")
    assert proxy.asked == [(protocol, "api.nonexistent.invalid", 443)]
    assert secret_service.keys("default") == {"public_key": "public", "private_key": "private"}


def test_login_names_an_invalid_proxy(call: Call, secret_service: SecretService) -> None:
    done = call("login", feed="public\nprivate\n", ALL_PROXY="socks4://someone:hunter2@127.0.0.1:1080")
    assert (done.returncode, done.stdout) == (2, "")
    assert "ALL_PROXY is not the address of a proxy: socks4://127.0.0.1…" in done.stderr
    assert "Traceback" not in done.stderr
    assert "hunter2" not in done.stderr
    assert secret_service.items() == {}


def test_login_without_a_keyring_is_status_4(account: Account, url: str, home: Path, short_folder: Path) -> None:
    call = Call(no_bus(short_folder))
    done = call("login", "--endpoint", url, feed=f"{account.public_key}\n{account.private_key}\n")
    assert (done.returncode, done.stdout) == (4, "")
    assert "No keyring to keep keys in" in done.stderr
    assert not config_file(home).exists()


def test_second_login_replaces_the_keys_only(
    call: Call, secret_service: SecretService, account: Account, url: str, home: Path
) -> None:
    write_config(home, f'[profiles.work]\nendpoint = "{url}"\nproject_id = "org-only"\ninterval = "10s"\nmine = 1\n')
    done = call("login", feed=f"{account.public_key}\n{account.private_key}\n", UCLOUD_PROFILE="work")
    assert done.returncode == 0
    assert secret_service.keys("work") == kept(account)
    text = config_file(home).read_text(encoding="utf-8")
    for line in ('project_id = "org-only"', 'interval = "10s"', "mine = 1"):
        assert line in text


def test_logout_removes_the_keys_and_the_dashboard_asks_for_them(
    call: Call, start: Start, secret_service: SecretService, account: Account, url: str, home: Path
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


@pytest.mark.parametrize("arguments", [(), ("--profile", "gone")], ids=["none", "gone"])
def test_logout_without_an_existing_profile_is_status_2(call: Call, arguments: tuple[str, ...]) -> None:
    done = call("logout", *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert "No such profile" in done.stderr


def test_profiles_prints_a_table_without_keys(call: Call, secret_service: SecretService, home: Path) -> None:
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
    done = Call(no_bus(short_folder))("profiles")
    assert done.returncode == 0
    assert re.search(r"^work +https://api\.ucloud\.cn +- +unknown$", done.stdout, re.MULTILINE)
    assert done.stderr.startswith("ucdn-tui: No keyring to keep keys in")
    assert done.stderr.count("\n") == 1


def test_profiles_with_one_invalid_item_shows_the_others(call: Call, secret_service: SecretService, home: Path) -> None:
    write_config(home, "[profiles.work]\n[profiles.odd]\n")
    secret_service.put_keys("work", "a", "b")
    secret_service.put("odd", "no JSON")
    done = call("profiles")
    assert done.returncode == 0
    assert re.search(r"^work .* Secret Service$", done.stdout, re.MULTILINE)
    assert re.search(r"^odd .* unreadable$", done.stdout, re.MULTILINE)


def test_empty_list_of_profiles_says_how_to_create_one(call: Call) -> None:
    done = call("profiles")
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr == "No profiles. Create one with `ucdn-tui login`.\n"


@pytest.mark.parametrize("command", ["login", "logout", "profiles"])
def test_broken_configuration_is_status_2_and_left_unchanged(call: Call, home: Path, command: str) -> None:
    file = write_config(home, "ok = 1\nbroken = \n")
    done = call(command, feed="public\nprivate\n")
    assert (done.returncode, done.stdout) == (2, "")
    assert "line 2" in done.stderr
    assert str(file) in done.stderr
    assert file.read_text(encoding="utf-8") == "ok = 1\nbroken = \n"


def test_no_keys_and_no_terminal_is_status_4(call: Call) -> None:
    done = call()
    assert done.returncode == 4
    assert "ucdn-tui login" in done.stderr

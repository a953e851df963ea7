"""The command login: the installed program, a real server, a real keyring."""

import asyncio
import json
import ssl
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest
import trustme

from support import PATIENCE, clean_environment
from support.keyring import SecretService, no_bus
from support.program import PROGRAM, Command, answered
from support.screen.sign_in import Start, config_file, write_config
from support.servers.proxy import PROXY_SETTINGS, Proxy
from support.servers.raw_server import Behaviour, RawServer, answer, raw
from support.terminals.terminal import RESTORED, StartTerminal
from ucdn_tui.account.config import ConfigFile
from ucdn_tui.errors import Fault, KeyringError, KeyringReason, TransportError
from ucdn_tui.simulator.account import Account


def keys_of(account: Account) -> dict[str, str]:
    """Return the account's keys as the keyring item holds them."""
    return {"public_key": account.public_key, "private_key": account.private_key}


def test_login_reads_keys_from_a_pipe_and_the_dashboard_uses_them(
    call: Command, start: Start, secret_service: SecretService, account: Account, url: str, home: Path
) -> None:
    both = f"{account.public_key}\n{account.private_key}\n"
    done = call("login", "--profile", "work", "--endpoint", f"{url}/", "--project-id", "org-only", feed=both)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == 'Signed in to "work"; keys saved in Secret Service.\n'
    assert secret_service.keys("work") == keys_of(account)
    assert f'endpoint = "{url}"' in config_file(home).read_text(encoding="utf-8")
    program = start()
    program.wait_for(r"^ work · org-only · .*updated")


@pytest.mark.parametrize(
    ("default", "saved", "said"),
    [
        ("org-two", "org-two", "Project org-two is saved: the default one of 2. For another one, use --project-id, "),
        ("", "", "No project is saved: the account has 2, and none is the default. Choose one with --project-id, "),
    ],
    ids=["default", "no default"],
)
def test_login_saves_the_default_project_and_says_so(
    call: Command, secret_service: SecretService, home: Path, default: str, saved: str, said: str
) -> None:
    """A sub-account has to name a project, or every further call is refused."""

    def answer_projects(_call: dict[str, str]) -> str:
        ids = ("org-one", "org-two")
        return json.dumps(
            {"RetCode": 0, "ProjectSet": [{"ProjectId": one, "IsDefault": one == default} for one in ids]}
        )

    with answered(answer_projects) as variables:
        endpoint = ("--endpoint", variables["UCLOUD_API_BASE_URL"])
        done = call("login", *endpoint, feed="public\nprivate\n")
        assert (done.returncode, done.stdout) == (0, 'Signed in to "default"; keys saved in Secret Service.\n')
        assert done.stderr == f"{said}or press O in the dashboard.\n"
        profile = ConfigFile(config_file(home)).load().profiles["default"]
        assert profile.project_id == saved
        done = call("login", *endpoint, "--project-id", "org-one", feed="public\nprivate\n")
        assert done.stderr == ""
        assert ConfigFile(config_file(home)).load().profiles["default"].project_id == "org-one"


def test_login_has_a_flag_for_the_public_key_only(
    call: Command, secret_service: SecretService, account: Account, url: str
) -> None:
    done = call("login", "--endpoint", url, "--public-key", account.public_key, feed=account.private_key)
    assert (done.returncode, done.stderr) == (0, "")
    assert secret_service.keys("default") == keys_of(account)
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
    assert secret_service.keys("default") == keys_of(account)


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
    call: Command, secret_service: SecretService, account: Account, url: str, home: Path
) -> None:
    for keys, words in (
        (f"{account.public_key}\nwrong-key\n", "(RetCode 171): Signature VerifyAC Error"),
        (f"nobody\n{account.private_key}\n", "(RetCode 172): User not found"),
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
        (answer(b"", 500), "500"),
        (answer(b"<html>"), "web page"),
        (raw(b""), str(TransportError(Fault.BROKEN, "127.0.0.1"))),
    ],
    ids=["server error", "login page", "connection closed"],
)
async def test_login_without_a_valid_answer_is_status_5_and_saves_nothing(
    call: Command, secret_service: SecretService, behaviour: Behaviour, words: str
) -> None:
    async with RawServer(behaviour) as server:
        done = await asyncio.to_thread(call, "login", "--endpoint", server.url, feed="public\nprivate\n")
    assert (done.returncode, done.stdout) == (5, "")
    assert words in done.stderr
    assert secret_service.items() == {}


def test_login_prompts_on_stderr_and_prints_its_result_to_stdout(
    terminal: StartTerminal, secret_service: SecretService, account: Account, url: str, tmp_path: Path
) -> None:
    output = tmp_path / "output"
    shell = ["/bin/sh", "-c", f"exec {PROGRAM} login --endpoint {url} >{output}"]
    program = terminal(shell, env=secret_service.environment)
    program.wait_for("^Public key:$")
    program.send(f"{account.public_key}\r")
    program.wait_for("^Private key:$")
    program.wait_until(lambda _: not program.modes().echo, "the terminal still echoes")
    program.send(f"{account.private_key}\r")
    assert program.exit_status() == 0
    assert output.read_text(encoding="utf-8") == 'Signed in to "default"; keys saved in Secret Service.\n'


@pytest.mark.parametrize("feed", ["", "public\n", "\nprivate\n", "  \n  \n"])
def test_login_without_both_keys_is_status_4(call: Command, secret_service: SecretService, url: str, feed: str) -> None:
    done = call("login", "--endpoint", url, feed=feed)
    assert done.returncode == 4
    assert "Both keys are needed" in done.stderr
    assert secret_service.items() == {}


@pytest.mark.parametrize(
    "feed", [b"\xe9\nprivate-secret\n", b"public\nprivate-secret\xe9\n", "public\nprivate-secret\n".encode("utf-16")]
)
def test_login_with_bytes_of_another_encoding_is_status_2(secret_service: SecretService, url: str, feed: bytes) -> None:
    """A UTF-8 locale reads strictly, other than the C locale, which tests use."""
    done = subprocess.run(
        [PROGRAM, "login", "--endpoint", url],
        input=feed,
        capture_output=True,
        env=clean_environment({**secret_service.environment, "PYTHONIOENCODING": "utf-8:strict"}),
        timeout=PATIENCE,
    )
    assert done.stderr == b"ucdn-tui: Invalid key. Copy it from the console again.\n"
    assert done.returncode == 2
    assert secret_service.items() == {}


def test_login_ignores_a_byte_order_mark(
    call: Command, secret_service: SecretService, account: Account, url: str
) -> None:
    done = call("login", "--endpoint", url, feed=f"\ufeff{account.public_key}\n{account.private_key}\n")
    assert done.returncode == 0
    assert secret_service.keys("default") == keys_of(account)


@pytest.mark.parametrize("flags", [(), ("--public-key", "public")], ids=["public key", "private key"])
def test_typing_a_key_in_another_encoding_is_status_2(start: Start, url: str, flags: tuple[str, ...]) -> None:
    program = start("login", "--endpoint", url, *flags, PYTHONIOENCODING="utf-8:strict")
    program.wait_for("^P(rivate|ublic) key:$")
    program.wait_asleep()
    program.send(b"\xe9\r")
    assert program.exit_status() == 2
    assert "ucdn-tui: Invalid key. Copy it from the console again." in program.text()
    assert program.modes() == RESTORED


def test_login_with_closed_standard_input_is_status_4(secret_service: SecretService, url: str) -> None:
    command = ["/bin/sh", "-c", f"exec {PROGRAM} login --endpoint {url} <&-"]
    environment = clean_environment(secret_service.environment)
    done = subprocess.run(command, stderr=subprocess.PIPE, env=environment, encoding="utf-8", timeout=PATIENCE)
    assert done.returncode == 4
    assert done.stderr.startswith("ucdn-tui: Both keys are needed.")


def test_login_refuses_an_unencrypted_endpoint(call: Command) -> None:
    done = call("login", "--endpoint", "http://api.ucloud.cn", feed="public\nprivate\n")
    assert done.returncode == 2
    assert "not encrypted" in done.stderr


@pytest.mark.parametrize(("variables", "protocol"), PROXY_SETTINGS, ids=str)
async def test_login_uses_the_proxy(
    call: Command, secret_service: SecretService, variables: Mapping[str, str], protocol: str, tmp_path: Path
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


def test_login_names_an_invalid_proxy(call: Command, secret_service: SecretService) -> None:
    done = call("login", feed="public\nprivate\n", ALL_PROXY="socks4://someone:hunter2@127.0.0.1:1080")
    assert (done.returncode, done.stdout) == (2, "")
    assert "ALL_PROXY" in done.stderr
    assert "socks4://127.0.0.1…" in done.stderr
    assert "Traceback" not in done.stderr
    assert "hunter2" not in done.stderr
    assert secret_service.items() == {}


def test_login_without_a_keyring_is_status_4(account: Account, url: str, home: Path, short_folder: Path) -> None:
    call = Command(no_bus(short_folder))
    done = call("login", "--endpoint", url, feed=f"{account.public_key}\n{account.private_key}\n")
    assert (done.returncode, done.stdout) == (4, "")
    assert str(KeyringError(KeyringReason.NONE)) in done.stderr
    assert not config_file(home).exists()


@pytest.mark.parametrize("elsewhere", [False, True])
async def test_second_login_keeps_the_channel_key_of_the_same_endpoint(
    call: Command, secret_service: SecretService, home: Path, elsewhere: bool
) -> None:
    item = {"public_key": "old", "private_key": "older", "security_token": "token", "channel_key": "the-channel"}
    secret_service.put("work", json.dumps(item))
    async with RawServer(answer(b'{"RetCode": 0}')) as server:
        known = "https://api.example.com" if elsewhere else server.url
        write_config(home, f'[profiles.work]\nendpoint = "{known}"\n')
        flags = ("--profile", "work", "--endpoint", server.url)
        done = await asyncio.to_thread(call, "login", *flags, feed="public\nprivate\n")
    assert (done.returncode, done.stderr) == (0, "")
    (request,) = server.requests
    channel = {} if elsewhere else {"channel_key": "the-channel"}
    assert request.headers.get("channel-key") == channel.get("channel_key")
    assert "SecurityToken" not in request.form
    assert secret_service.keys("work") == {"public_key": "public", "private_key": "private", **channel}


def test_second_login_replaces_the_keys_only(
    call: Command, secret_service: SecretService, account: Account, url: str, home: Path
) -> None:
    write_config(home, f'[profiles.work]\nendpoint = "{url}"\nproject_id = "org-only"\ninterval = "10s"\nmine = 1\n')
    done = call("login", feed=f"{account.public_key}\n{account.private_key}\n", UCLOUD_PROFILE="work")
    assert done.returncode == 0
    assert secret_service.keys("work") == keys_of(account)
    text = config_file(home).read_text(encoding="utf-8")
    for line in ('project_id = "org-only"', 'interval = "10s"', "mine = 1"):
        assert line in text

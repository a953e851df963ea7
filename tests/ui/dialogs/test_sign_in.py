"""The sign-in form in a real terminal: fields, input errors, projects."""

import json
import re
from pathlib import Path

import pytest

from support.keyring import SecretService, no_bus
from support.program import PROGRAM, answered
from support.screen.sign_in import (
    CTRL_S,
    END,
    ENTER,
    FORM,
    FOUND,
    SHIFT_TAB,
    TAB,
    UPDATED,
    Start,
    config_file,
    fill_in,
    simulated,
    words,
)
from support.servers.simulator_server import running_server
from support.terminals.terminal import StartTerminal
from ucdn_tui.errors import Fault, TransportError
from ucdn_tui.simulator.actions.service import Service


@pytest.mark.parametrize("key", [TAB, ENTER], ids=["tab", "enter"])
def test_keys_typed_fast_go_into_their_own_fields(start: Start, key: str) -> None:
    """As password managers type: the private key must not be entered into the visible field."""
    program = start()
    program.wait_for(FORM)
    program.send(f"some-public-key{key}some-private-key")
    program.wait_for(r"Private key +•{16}$")
    assert re.search(r"Public key +some-public-key$", program.text(), re.MULTILINE)
    assert b"some-private-key" not in program.raw


def test_enter_goes_from_field_to_field_and_submits_in_the_last_one(
    start: Start, secret_service: SecretService
) -> None:
    account = simulated("first")
    with running_server(Service(account)) as url:
        program = start(UCLOUD_API_BASE_URL=url)
        program.wait_for(FOUND)
        assert re.search(rf"^ +{url}$", program.text(), re.MULTILINE), "the form starts with another endpoint"
        program.paste(account.public_key)
        program.send(ENTER)
        program.paste(account.private_key)
        program.send(ENTER)
        program.send(ENTER)  # opens the list of endpoints
        program.wait_for("surfercloud")
        program.send(ENTER)
        program.wait_gone("surfercloud")
        program.send(TAB + ENTER)
        program.paste("org-only")
        program.send(ENTER)
        program.paste("mine")
        program.wait_for(r"Profile name +mine$")
        assert re.search(r"Project id +org-only$", program.text(), re.MULTILINE)
        assert secret_service.items() == {}, "submitted too early"
        program.send(ENTER)
        program.wait_for(r"^ mine · org-only · .*" + UPDATED)


def test_unknown_public_key_is_asked_for_again(start: Start, secret_service: SecretService) -> None:
    account = simulated("first")
    with running_server(Service(account)) as url:
        program = start(UCLOUD_API_BASE_URL=url)
        program.wait_for(FOUND)
        program.send(f"nobody{TAB}{account.private_key}{CTRL_S}")
        program.wait_for("Wrong public key")
        program.paste(account.public_key)  # into the focused field, whose text is selected
        program.wait_for(rf"Public key +{account.public_key}$")
        program.send(ENTER + ENTER)  # the rest has been filled in: the second one submits
        program.wait_for(UPDATED)


def test_private_key_is_selected_after_each_refusal(terminal: StartTerminal, short_folder: Path) -> None:
    calls: list[dict[str, str]] = []

    def refuse(call: dict[str, str]) -> str:
        calls.append(call)
        return json.dumps({"RetCode": 171, "Message": f"attempt {len(calls)}"})

    with answered(refuse) as variables:
        url = {"UCLOUD_API_BASE_URL": variables["UCLOUD_API_BASE_URL"]}
        program = terminal([PROGRAM], env=no_bus(short_folder) | url)
        program.wait_for("No keyring available")
        program.send(f"public{TAB}wrong")
        for attempt, key in enumerate(("still-wrong", "wrong-again"), 1):
            program.send(CTRL_S)
            program.wait_for(f"attempt {attempt}")
            program.paste(key)
            program.wait_for(r"Private key +•{11}$")
        program.send(ENTER)  # the rest has been filled in
        program.wait_for("attempt 3")


def test_the_form_says_where_keys_come_from_and_what_they_need(start: Start) -> None:
    program = start(columns=80, rows=24)
    screen = words(program.wait_for("No account"))
    for part in (
        "Public key from UCloud console > API keys",
        "Rights that it needs: DescribeNewUcdnRefreshCacheTask, DescribeNewUcdnPrefetchCacheTask; to submit,",
        "`ucdn-tui --demo` needs none",
    ):
        assert part in screen
    program.resize(50, 14)
    program.wait_for("Profile name")
    program.send("\x1b[6~")  # page down
    program.wait_for("DescribeNewUcdnPrefetchCacheTask")


@pytest.mark.parametrize("endpoint", ["http://api.ucloud.cn", "api.ucloud.cn"])
def test_an_invalid_endpoint_in_the_environment_is_status_2(start: Start, endpoint: str) -> None:
    program = start(UCLOUD_API_BASE_URL=endpoint)
    assert program.exit_status() == 2
    assert endpoint in program.text()


def test_another_accounts_project_is_not_kept(terminal: StartTerminal, short_folder: Path) -> None:
    asked: list[str | None] = []

    def answer(call: dict[str, str]) -> str:
        owner = call["PublicKey"]
        if call["Action"] == "GetProjectList":
            if owner == "sub":
                return '{"RetCode": 299, "Message": "IAM permission error"}'
            return json.dumps({"RetCode": 0, "ProjectSet": [{"ProjectId": f"{owner}-{n}"} for n in range(2)]})
        asked.append(call.get("ProjectId"))
        return '{"RetCode": 0, "TaskList": [], "TotalCount": 0}'

    with answered(answer) as variables:
        url = {"UCLOUD_API_BASE_URL": variables["UCLOUD_API_BASE_URL"]}
        program = terminal([PROGRAM], env=no_bus(short_folder) | url)
        program.wait_for("No keyring available")
        program.send(f"one{TAB}private")
        program.wait_for(r"Private key +•{7}$")
        program.send(CTRL_S)
        program.wait_for(r"Project id +one-0$")
        program.send(SHIFT_TAB * 5)
        program.paste("two")
        program.send(CTRL_S)
        program.wait_for(r"Project id +two-0$")
        program.send(SHIFT_TAB)
        program.paste("one-1")
        program.wait_for(r"Project id +one-1$")
        program.send(SHIFT_TAB * 4)
        program.paste("three")
        program.send(CTRL_S)
        program.wait_for("one-1 is not a project of this account")
        program.wait_for(r"Project id +three-0$")
        program.send(SHIFT_TAB * 5)
        program.paste("sub")
        program.send(CTRL_S)
        program.wait_for(r"^ this session · .*" + UPDATED)
    assert set(asked) == {None}


def test_invalid_input_is_reported_and_the_fields_stay_filled(
    start: Start, secret_service: SecretService, tmp_path: Path
) -> None:
    program = start()

    def expect_complaint(complaint: str) -> None:
        program.send(CTRL_S)
        screen = program.wait_until(lambda text: complaint in words(text), f"{complaint!r} is not shown")
        assert re.search(r"Profile name +(mine|default)$", screen, re.MULTILINE)

    program.wait_for(FOUND)
    expect_complaint("Both keys are needed.")
    fill_in(program, "public", "private", "http://api.ucloud.cn", profile="mine")
    expect_complaint("http://api.ucloud.cn is not encrypted.")
    for url, complaint in (
        ("api.ucloud.cn", "an address such as https://api.ucloud.cn."),
        ("http://127.0.0.1:9", str(TransportError(Fault.REFUSED, "127.0.0.1"))),
    ):
        program.send(SHIFT_TAB * 2)
        program.paste(url)
        program.send(TAB * 2)
        program.wait_for(rf"^ +{url}$")
        expect_complaint(complaint)
    assert re.search(r"Public key +public$", program.text(), re.MULTILINE)
    assert re.search(r"Private key +•{7}$", program.text(), re.MULTILINE)
    assert secret_service.items() == {}
    assert not config_file(tmp_path / "home").exists()


def test_known_endpoints_can_be_chosen(start: Start) -> None:
    program = start()
    program.wait_for(FORM)
    program.send(TAB + TAB + ENTER)
    screen = program.wait_for("Other…")
    for endpoint in ("https://api.ucloud.cn", "https://api.surfercloud.com", "http://api.service.ucloud.cn"):
        assert endpoint in screen
    program.send(END + "\x1b[A" + ENTER)
    program.wait_for(r"Endpoint +http://api\.service\.ucloud\.cn")
    program.wait_gone("Other…")


def test_every_field_is_reachable_in_a_small_terminal(start: Start) -> None:
    program = start(columns=50, rows=14)
    program.wait_for(FORM)
    fill_in(program, "public", "private", "http://127.0.0.1:9", profile="mine")
    program.send(TAB)
    program.wait_for("Sign in +This session only")
    program.send(ENTER)
    program.wait_for("Connection refused")
    program.resize(100, 30)
    program.wait_for(r"Private key +•{7}$")


def test_sub_account_without_project_list_signs_in_with_a_typed_id(
    terminal: StartTerminal, secret_service: SecretService
) -> None:
    def answer(call: dict[str, str]) -> str:
        if call["Action"] == "GetProjectList":
            return '{"RetCode": 299, "Message": "IAM permission error"}'
        return '{"RetCode": 0, "TaskList": [], "TotalCount": 0}'

    with answered(answer) as variables:
        program = terminal([PROGRAM], env=secret_service.environment)
        fill_in(program, "sub", "its-key", variables["UCLOUD_API_BASE_URL"], project="org-typed")
        program.wait_for(FOUND)
        program.send(CTRL_S)
        program.wait_for(r"^ default · org-typed · .*" + UPDATED)
    assert secret_service.keys("default") == {"public_key": "sub", "private_key": "its-key"}


MARKUP = ("[/b]", "[prod] shop", "[test] shop", "[@click=app.quit]Production[/]")


def test_project_names_are_shown_literally_and_can_be_clicked(terminal: StartTerminal, short_folder: Path) -> None:
    asked: list[str] = []

    def answer(call: dict[str, str]) -> str:
        if call["Action"] == "GetProjectList":
            return json.dumps(
                {
                    "RetCode": 0,
                    "ProjectSet": [{"ProjectId": f"org-{n}", "ProjectName": m} for n, m in enumerate(MARKUP)],
                }
            )
        asked.append(call["ProjectId"])
        return '{"RetCode": 0, "TaskList": [], "TotalCount": 0}'

    with answered(answer) as variables:
        program = terminal([PROGRAM], env=no_bus(short_folder))
        program.wait_for("No keyring available")  # “This session only” is the only button now
        fill_in(program, "public", "private", variables["UCLOUD_API_BASE_URL"])
        program.send(TAB + ENTER)
        program.wait_for(r"Project +\[/b\] \(org-0\)")
        program.click(*program.find("[/b] (org-0)"))
        program.wait_until(lambda screen: all(f"{name} (org-" in screen for name in MARKUP), "a name is not shown")
        program.click(*program.find("Production[/] (org-3)"))
        program.wait_gone(r"\[prod\] shop")
        program.wait_for(r"Project id +org-3$")
        program.click(*program.find("Production[/] (org-3)"))
        program.wait_for(r"\[prod\] shop")
        program.click(*program.find("[prod] shop (org-1)"))
        program.wait_for(r"Project id +org-1$")
        program.click(*program.find("This session only"))
        program.wait_for(r"^ this session · org-1 · .*" + UPDATED)
        program.send("q")
        assert program.exit_status() == 0
    assert set(asked) == {"org-1"}

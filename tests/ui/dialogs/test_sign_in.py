"""The sign-in form in a real terminal: fields, input errors, projects."""

import json
import re
from pathlib import Path

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
    words,
)
from support.terminals.terminal import StartTerminal
from ucdn_tui.errors import Fault, TransportError


def test_keys_typed_fast_go_into_their_own_fields(start: Start) -> None:
    """As password managers type: the private key must not be entered into the visible field."""
    program = start()
    program.wait_for(FORM)
    program.send("some-public-key\tsome-private-key")
    program.wait_for(r"Private key +•{16}$")
    assert re.search(r"Public key +some-public-key$", program.text(), re.MULTILINE)
    assert b"some-private-key" not in program.raw


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
        fill_in(program, "public", "private", variables["UCLOUD_API_BASE_URL"])
        program.send(TAB + ENTER)  # “This session only”, because there is no keyring
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

"""Every error says what happened and what to do, in words that can be shown."""

import pytest

from ucdn_tui.errors import (
    ApiError,
    ConfigError,
    Fault,
    HttpStatusError,
    InternalError,
    KeyringError,
    KeyringReason,
    NoCredentialsError,
    NoTerminalError,
    ProtocolError,
    RetCodeError,
    TransportError,
    UcdnTuiError,
    UsageError,
)

RET_CODES = [110, 130, 150, 153, 160, 161, 170, 171, 172, 174, 292, 294, 295, 299]
"""Those that the notes on the API explain."""

EVIL = "[/b]{host}{}%s\x1b]52;c;x\x07\n\u202e\ud800"


def words(error: UcdnTuiError) -> tuple[str, str, str]:
    return error.title, error.sentence, error.advice


def assert_it_can_be_shown(error: UcdnTuiError) -> None:
    assert all(words(error))
    assert all(word in str(error) for word in words(error))
    assert str(error).isprintable()
    assert ".." not in str(error)
    str(error).encode()


@pytest.mark.parametrize("code", RET_CODES)
def test_every_ret_code_that_is_known_has_words_of_its_own(code: int) -> None:
    error, unknown = RetCodeError(code, "message"), RetCodeError(-1, "message")
    assert_it_can_be_shown(error)
    assert (error.title, error.advice) != (unknown.title, unknown.advice)
    assert f"RetCode {code}: message" in str(error)


@pytest.mark.parametrize(
    ("code", "hint"),
    [
        (110, "should pass"),
        (130, "should pass"),
        (150, "should pass"),
        (153, "less often"),
        (160, "endpoint"),
        (161, "endpoint"),
        (170, "private key"),
        (171, "private key"),
        (172, "public key"),
        (174, "Sign in"),
        (292, "project"),
        (294, "white list"),
        (295, "console"),
        (299, "administrator"),
        (230, "request id"),
    ],
)
def test_a_refusal_says_what_to_do_about_it(code: int, hint: str) -> None:
    assert hint in RetCodeError(code, "").advice


@pytest.mark.parametrize("code", [-1, 1, 230, 5001, 10**30])
def test_a_ret_code_that_nobody_knows_is_shown_with_its_message_as_it_came(code: int) -> None:
    error = RetCodeError(code, "参数错误 [b]", request_id="uuid")
    assert_it_can_be_shown(error)
    assert f"{code}: 参数错误 [b]" in error.sentence
    assert error.request_id == "uuid"


def test_a_message_is_made_harmless_and_kept_short_wherever_it_stands() -> None:
    error = RetCodeError(230, EVIL + "x" * 10_000)
    assert_it_can_be_shown(error)
    assert len(error.sentence) < 1000
    assert error.message.startswith(r"[/b]{host}{}%s\x1b]52;c;x\x07\n\u202e\ud800xxx")


@pytest.mark.parametrize("fault", list(Fault))
@pytest.mark.parametrize("host", ["api.ucloud.cn", EVIL])
@pytest.mark.parametrize("detail", ["certificate has expired", EVIL])
def test_every_fault_has_words_that_name_the_host(fault: Fault, host: str, detail: str) -> None:
    error = TransportError(fault, host, detail, action="GetProjectList")
    assert_it_can_be_shown(error)
    assert (error.fault, error.action) == (fault, "GetProjectList")
    assert ("api.ucloud.cn" if host != EVIL else "[/b]{host}") in error.sentence


def test_no_two_faults_are_told_alike() -> None:
    titles = {TransportError(fault, "host", "detail").title for fault in Fault}
    assert len(titles) == len(Fault)


def test_what_is_wrong_with_a_certificate_is_told() -> None:
    assert "has expired" in TransportError(Fault.CERTIFICATE, "host", "certificate has expired").sentence


@pytest.mark.parametrize("status", [100, 101, 201, 204, *range(300, 309), *range(400, 432), 451, *range(500, 512), 999])
def test_every_http_status_has_words_that_name_it(status: int) -> None:
    error = HttpStatusError(status, retry_after=3.0)
    assert_it_can_be_shown(error)
    assert str(status) in error.sentence
    assert (error.status, error.retry_after) == (status, 3.0)


def test_a_refused_request_and_trouble_of_the_server_are_told_apart() -> None:
    titles = {HttpStatusError(status).title for status in (302, 403, 407, 429, 502)}
    assert len(titles) == 5


@pytest.mark.parametrize(
    "error",
    [
        UsageError("Half a key pair", "UCLOUD_PRIVATE_KEY is not set.", "Set both keys, or neither."),
        NoTerminalError("No terminal", "There is none.", "Use another."),
        NoCredentialsError("No credentials", "There are none.", "Export both."),
        InternalError(ZeroDivisionError("division by zero")),
        ProtocolError("The answer is a web page."),
        ProtocolError("The answer is larger than 64 MB.", "Narrow the window (--since)."),
        ApiError("Title", "Sentence.", "Advice."),
    ],
    ids=lambda error: type(error).__name__,
)
def test_every_other_error_can_be_shown_and_is_one_of_ours(error: UcdnTuiError) -> None:
    assert_it_can_be_shown(error)
    assert isinstance(error, UcdnTuiError)


@pytest.mark.parametrize(
    "error",
    [UcdnTuiError("Title"), UcdnTuiError("Title", "", "Advice"), RetCodeError(1, ""), InternalError(KeyError())],
)
def test_an_error_of_which_little_is_known_still_says_something(error: UcdnTuiError) -> None:
    assert str(error).strip(" .")


def test_an_internal_errors_words_name_its_kind_but_not_what_it_was_about() -> None:
    error = InternalError(KeyError("46f09bb9fab4f12dfc160dae12273d5332b5debe"))
    assert "KeyError" in str(error)
    assert "46f09bb9" not in str(error) + repr(error)


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (UsageError("Title"), 2),
        (ConfigError("Title"), 2),
        (NoTerminalError("Title"), 2),
        (NoCredentialsError("Title"), 4),
        *((KeyringError(reason), 4) for reason in KeyringReason),
        *((RetCodeError(code, ""), 4) for code in (170, 171, 172, 174)),
        *((RetCodeError(code, ""), 5) for code in (110, 130, 150, 153, 160, 161, 230, 292, 294, 295, 299, -1)),
        *((TransportError(fault, "host"), 5) for fault in Fault),
        *((HttpStatusError(status), 5) for status in (302, 401, 407, 429, 500)),
        (ProtocolError("Sentence."), 5),
        (ApiError("Title"), 5),
        (InternalError(ZeroDivisionError()), 1),
        (UcdnTuiError("Title"), 1),
    ],
    ids=lambda value: str(value)[:40],
)
def test_an_error_knows_the_status_that_a_command_ends_with(error: UcdnTuiError, status: int) -> None:
    assert error.exit_status == status

"""Every error says what happened and what to do, in words that are safe to show."""

import pytest

from ucdn_tui.errors import (
    ApiError,
    ConfigError,
    Fate,
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
"""The documented RetCodes."""

EVIL = "[/b]{host}{}%s\x1b]52;c;x\x07\n\u202e\ud800"


def assert_can_be_shown(error: UcdnTuiError) -> None:
    assert error.title
    assert error.advice
    assert all(text in str(error) for text in (error.title, error.sentence, error.advice))
    assert str(error).isprintable()
    assert ".." not in str(error)
    str(error).encode()


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (HttpStatusError(500), "Server error (HTTP 500). Retrying automatically."),
        (HttpStatusError(429), "Rate limited (HTTP 429). Slowing down requests."),
        (
            ProtocolError("got a web page, not JSON"),
            "Unexpected response: got a web page, not JSON. Is the endpoint right, or a login page in the way?",
        ),
        (RetCodeError(171, "VerifyAC Error"), "Wrong private key (RetCode 171): VerifyAC Error. Enter it again."),
        (RetCodeError(153, ""), "Rate limited (RetCode 153). Slowing down requests."),
        (TransportError(Fault.DNS, "api.ucloud.cn"), "Name not found: api.ucloud.cn. Check the network."),
        (
            TransportError(Fault.CERTIFICATE, "api.ucloud.cn", "certificate has expired"),
            (
                "Certificate not trusted: certificate has expired (api.ucloud.cn). "
                "Check the endpoint and this machine's date. SSL_CERT_FILE adds CA certificates."
            ),
        ),
        (
            KeyringError(KeyringReason.UNREADABLE, "work"),
            "Keys cannot be read: the keyring's entry for work was not written by ucdn-tui. Sign in again.",
        ),
        (UcdnTuiError("Half a key pair", "One is missing.", "Set both."), "Half a key pair. One is missing. Set both."),
    ],
    ids=lambda value: str(value)[:30],
)
def test_an_error_says_what_happened_and_what_to_do(error: UcdnTuiError, words: str) -> None:
    assert str(error) == words


@pytest.mark.parametrize("code", RET_CODES)
def test_every_documented_ret_code_has_its_own_words(code: int) -> None:
    error, unknown = RetCodeError(code, "message"), RetCodeError(-1, "message")
    assert_can_be_shown(error)
    assert f"(RetCode {code}): message" in error.title
    assert error.title.partition(" (")[0] != unknown.title.partition(" (")[0]
    assert error.advice != unknown.advice


@pytest.mark.parametrize(
    ("code", "hint"),
    [
        (110, "Retrying"),
        (130, "Retrying"),
        (150, "Retrying"),
        (153, "Slowing down"),
        (160, "endpoint"),
        (161, "endpoint"),
        (170, "Enter it again"),
        (171, "Enter it again"),
        (172, "Enter your keys again"),
        (174, "Sign in"),
        (292, "project"),
        (294, "allowlist"),
        (295, "console"),
        (299, "administrator"),
        (230, "request id"),
    ],
)
def test_a_refusal_says_what_to_do(code: int, hint: str) -> None:
    assert hint in RetCodeError(code, "").advice


@pytest.mark.parametrize("code", [-1, 1, 230, 5001, 10**30])
def test_an_unknown_ret_code_is_shown_with_its_message(code: int) -> None:
    error = RetCodeError(code, "参数错误 [b]", request_id="uuid")
    assert_can_be_shown(error)
    assert error.title == f"API error (RetCode {code}): 参数错误 [b]"
    assert error.request_id == "uuid"


def test_a_message_is_sanitized_and_cut() -> None:
    error = RetCodeError(230, EVIL + "x" * 10_000)
    assert_can_be_shown(error)
    assert len(str(error)) < 1000
    assert error.message.startswith(r"[/b]{host}{}%s\x1b]52;c;x\x07\n\u202e\ud800xxx")


@pytest.mark.parametrize("fault", list(Fault))
@pytest.mark.parametrize("host", ["api.ucloud.cn", EVIL])
@pytest.mark.parametrize("detail", ["certificate has expired", EVIL])
def test_every_fault_names_the_host(fault: Fault, host: str, detail: str) -> None:
    error = TransportError(fault, host, detail, action="GetProjectList")
    assert_can_be_shown(error)
    assert (error.fault, error.action) == (fault, "GetProjectList")
    assert ("api.ucloud.cn" if host != EVIL else "[/b]{host}") in error.title


def test_every_fault_has_its_own_words() -> None:
    titles = {TransportError(fault, "host", "detail").title for fault in Fault}
    assert len(titles) == len(Fault)


@pytest.mark.parametrize("status", [100, 101, 201, 204, *range(300, 309), *range(400, 432), 451, *range(500, 512), 999])
def test_every_http_status_is_named(status: int) -> None:
    error = HttpStatusError(status, retry_after=3.0)
    assert_can_be_shown(error)
    assert error.title.endswith(f" (HTTP {status})")
    assert (error.status, error.retry_after) == (status, 3.0)


def test_http_statuses_of_different_causes_have_different_words() -> None:
    titles = {HttpStatusError(status).title.partition(" (")[0] for status in (204, 302, 403, 407, 429, 502)}
    assert len(titles) == 6


@pytest.mark.parametrize("reason", list(KeyringReason))
@pytest.mark.parametrize("what", ["", "Secret Service", EVIL])
def test_every_keyring_reason_can_be_shown(reason: KeyringReason, what: str) -> None:
    assert_can_be_shown(KeyringError(reason, what))


@pytest.mark.parametrize(
    "error",
    [
        UsageError("Half a key pair", "UCLOUD_PRIVATE_KEY is not set.", "Set both keys, or neither."),
        NoTerminalError("No terminal", "There is none.", "Use another."),
        NoCredentialsError("No credentials", "There are none.", "Export both."),
        InternalError(ZeroDivisionError("division by zero")),
        ProtocolError("not JSON"),
        ProtocolError("larger than 64 MB", "Choose a shorter time range (--since)."),
        ApiError("Title", "Sentence.", "Advice."),
    ],
    ids=lambda error: type(error).__name__,
)
def test_every_other_error_can_be_shown(error: UcdnTuiError) -> None:
    assert_can_be_shown(error)


@pytest.mark.parametrize(
    "error",
    [UcdnTuiError("Title"), UcdnTuiError("Title", "", "Advice"), RetCodeError(1, ""), InternalError(KeyError())],
)
def test_an_error_with_few_details_still_has_words(error: UcdnTuiError) -> None:
    assert str(error).strip(" .")


def test_an_internal_error_shows_the_type_but_not_the_value() -> None:
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
        (ProtocolError("not JSON"), 5),
        (ApiError("Title"), 5),
        (InternalError(ZeroDivisionError()), 1),
        (UcdnTuiError("Title"), 1),
    ],
    ids=lambda value: str(value)[:40],
)
def test_an_error_knows_its_exit_status(error: UcdnTuiError, status: int) -> None:
    assert error.exit_status == status


@pytest.mark.parametrize(
    ("error", "fate"),
    [
        (ApiError("Title"), Fate.UNKNOWN),
        (ApiError("Title", fate=Fate.NOT_SENT), Fate.NOT_SENT),
        *((TransportError(fault, "host"), Fate.UNKNOWN) for fault in Fault),
        (TransportError(Fault.REFUSED, "host", fate=Fate.NOT_SENT), Fate.NOT_SENT),
        (ProtocolError("not JSON"), Fate.UNKNOWN),
        (ProtocolError("not HTTP", fate=Fate.NOT_SENT), Fate.NOT_SENT),
        *((HttpStatusError(status), Fate.REFUSED) for status in (400, 407, 429, 499)),
        *((HttpStatusError(status), Fate.UNKNOWN) for status in (101, 204, 302, 399, 500, 503)),
        (HttpStatusError(400, fate=Fate.UNKNOWN), Fate.UNKNOWN),
        *((RetCodeError(code, ""), Fate.REFUSED) for code in RET_CODES if code != 110),
        (RetCodeError(110, ""), Fate.UNKNOWN),
    ],
    ids=str,
)
def test_an_error_knows_what_became_of_its_request(error: ApiError, fate: Fate) -> None:
    assert error.fate is fate


@pytest.mark.parametrize("lacks_project", [False, True])
def test_only_a_lack_of_permission_names_the_right(lacks_project: bool) -> None:
    for code in RET_CODES:
        error = RetCodeError(code, "", lacks_project=lacks_project, right="ucdn:RefreshNewUcdnDomainCache")
        assert_can_be_shown(error)
        assert ("ucdn:" in error.advice) is (code == 299)
        assert ("to name one" in error.advice) is (lacks_project and code in (292, 299))

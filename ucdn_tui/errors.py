"""One tree of errors, each with a title, a sentence, and what to do about it.

UcdnTuiError                exit status 1 where nothing else is said
├── UsageError              a flag, a variable or an address that cannot be used; exit status 2
│   └── ConfigError         the configuration file cannot be used; it is left as it is
├── NoTerminalError         there is no terminal to draw on; exit status 2
├── NoCredentialsError      no keys, and nobody to ask; exit status 4
├── KeyringError            the keyring cannot keep keys, or give them; `reason` says why; exit status 4
├── ExportError             a file cannot be written (in `export`)
├── BrowserError            a URL cannot be opened (in `browser`)
├── InternalError           our own mistake, caught where going on is better than dying
└── ApiError                a call brought no answer that can be used; has the action and the request id; exit status 5
    ├── TransportError      no answer: name not found, refused, broken off, too slow, certificate, proxy
    ├── HttpStatusError     an HTTP status other than 200, without an answer of the API's in it
    ├── ProtocolError       an answer, but not one of this API
    └── RetCodeError        the API's own refusal: RetCode, Message; exit status 4 where it refuses the keys

What each fault makes the screen say, and the poller do. What is known stays on the screen in any case, with its age;
one kind of tasks fails without the other; after each fault that passes, the next permitted try makes all right again.

fault                                         error, title                         what the poller does
--------------------------------------------  -----------------------------------  ---------------------------------
name not found                                TransportError "Name not found"      backs off
refused                                       TransportError "Connection refused"  backs off
no way to the host                            TransportError "No connection"       backs off
reset, before an answer or in its body; half  TransportError "Connection broken"   backs off
a body
no answer in time; a byte now and then        TransportError "Timed out"           backs off
certificate unknown, expired, another host's  TransportError "Certificate not      tries each minute
                                              trusted"
no TLS, or an old one                         TransportError "No secure           backs off
                                              connection"
the proxy is not there, or refuses            TransportError "Proxy failed"        backs off
not HTTP, broken or unknown compression,      ProtocolError "Not an answer of the  backs off
no JSON, empty, null, a list, a login page,   API"
no RetCode, over 64 MB, too many entries,
another action's answer
a redirect                                    HttpStatusError "Redirected"         backs off; never follows
HTTP 429                                      HttpStatusError "Rate limited"       backs off, not before Retry-After;
                                                                                   asks less often for minutes after
HTTP 407                                      HttpStatusError "Proxy refused"      backs off
HTTP 5xx                                      HttpStatusError "Server trouble"     backs off, not before Retry-After
any other HTTP status                         HttpStatusError "Request refused"    backs off
RetCode 110, 130, 150                         RetCodeError "API unavailable"       backs off
RetCode 153                                   RetCodeError "Rate limited"          as with HTTP 429
RetCode 160, 161                              RetCodeError "Action unknown"        backs off
RetCode 170, 171; 172; 174                    RetCodeError "Signature refused";    stops, and asks for keys
                                              "No such user"; "Login expired"
RetCode 292; 294; 295; 299                    RetCodeError "No such project";      tries each minute
                                              "Address refused"; "Security lock";
                                              "No permission"
any other RetCode                             RetCodeError "API error"             backs off
the keyring does not give the keys            KeyringError, NoCredentialsError     stops, and says what to do
a row, or a field, that cannot be read        (none)                               goes on; counts it on the screen,
                                                                                   and removes nothing meanwhile

Backing off is exponential, with full jitter, a second at the least and a minute at the most. `r` tries at once, but not
before a Retry-After is over.
"""

from enum import IntEnum, StrEnum

from ucdn_tui.i18n import _
from ucdn_tui.text import sanitize

SIGNATURE_CODES = frozenset({170, 171})
"""RetCodes that say that the signature, and so the private key, is wrong."""

AUTH_CODES = SIGNATURE_CODES | {172, 174}
"""RetCodes that say that the keys are wrong; any other answer was signed by keys that are right."""

_MESSAGE_LIMIT = 300
"""Characters of the API's own Message that are worth a place on the screen."""


class ExitStatus(IntEnum):
    """What the program ends with, for scripts."""

    DONE = 0
    CRASH = 1
    USAGE = 2
    """Wrong usage or configuration, or no terminal."""
    NO_CREDENTIALS = 4
    """No usable keys."""
    NO_ANSWER = 5
    """The API could not be reached, or refused."""


class UcdnTuiError(Exception):
    """Whatever can be told to a person: what happened (`title`, `sentence`) and what to do (`advice`)."""

    exit_status = ExitStatus.CRASH
    """What a command ends with that this error ends."""

    def __init__(self, title: str, sentence: str = "", advice: str = "") -> None:
        super().__init__(title, sentence, advice)
        self.title = title
        self.sentence = sentence
        self.advice = advice

    def __str__(self) -> str:
        parts = (part for part in (self.title, self.sentence, self.advice) if part)
        return " ".join(part if part.endswith((".", "!", "?", "…")) else f"{part}." for part in parts)


class UsageError(UcdnTuiError):
    """A flag, an environment variable or an address that cannot be used."""

    exit_status = ExitStatus.USAGE


class NoTerminalError(UcdnTuiError):
    """Standard input or output is no terminal that can be drawn on."""

    exit_status = ExitStatus.USAGE


class NoCredentialsError(UcdnTuiError):
    """There are no keys, and nobody who could be asked for them."""

    exit_status = ExitStatus.NO_CREDENTIALS


class ConfigError(UsageError):
    """The configuration file cannot be read, understood or written. It is left as it is."""


class KeyringReason(StrEnum):
    """Why keys cannot be kept or had."""

    NONE = "none"
    REFUSED = "refused"
    LOCKED = "locked"
    NOT_RUNNING = "not running"
    TIMED_OUT = "timed out"
    BROKEN = "broken"
    TOO_LONG = "too long"
    NOT_KEPT = "not kept"
    UNREADABLE = "unreadable"


class KeyringError(UcdnTuiError):
    """The keyring cannot keep keys, or give them. `what` names the keyring, or whatever the reason is about."""

    exit_status = ExitStatus.NO_CREDENTIALS

    def __init__(self, reason: KeyringReason, what: str = "") -> None:
        super().__init__(*_keyring_words(reason, sanitize(what, 120)))
        self.reason = reason


class InternalError(UcdnTuiError):
    """Our own mistake; what went wrong is in the log."""

    def __init__(self, cause: Exception) -> None:
        super().__init__(
            _("Internal error"),
            _("{name} in ucdn-tui itself.").format(name=type(cause).__name__),
            _("Run with --log-file and report what it says."),
        )


class ApiError(UcdnTuiError):
    """A call that brought no usable answer.

    `action` is the API action; `request_id` the X-UCLOUD-REQUEST-UUID that the vendor's support asks for, "" where none
    came; `retry_after` the seconds for which the server asked to be left alone, None where it did not.
    """

    exit_status = ExitStatus.NO_ANSWER

    def __init__(
        self,
        title: str,
        sentence: str = "",
        advice: str = "",
        *,
        action: str = "",
        request_id: str = "",
        retry_after: float | None = None,
    ) -> None:
        super().__init__(title, sentence, advice)
        self.action = action
        self.request_id = request_id
        self.retry_after = retry_after


class Fault(StrEnum):
    """Why no answer came."""

    DNS = "dns"
    REFUSED = "refused"
    UNREACHABLE = "unreachable"
    BROKEN = "broken"
    TIMEOUT = "timeout"
    CERTIFICATE = "certificate"
    TLS = "tls"
    PROXY = "proxy"


class TransportError(ApiError):
    """No answer came; `fault` says why."""

    def __init__(self, fault: Fault, host: str, detail: str = "", *, action: str = "", request_id: str = "") -> None:
        title, sentence, advice = _transport_words(fault, sanitize(host, 80), sanitize(detail, 120))
        super().__init__(title, sentence, advice, action=action, request_id=request_id)
        self.fault = fault


class HttpStatusError(ApiError):
    """An HTTP status other than 200, without the API's own words in the body."""

    def __init__(
        self, status: int, *, action: str = "", request_id: str = "", retry_after: float | None = None
    ) -> None:
        title, sentence, advice = _status_words(status)
        super().__init__(title, sentence, advice, action=action, request_id=request_id, retry_after=retry_after)
        self.status = status


class ProtocolError(ApiError):
    """An answer that is not one of this API: a login page, half a body, another action's."""

    def __init__(self, sentence: str, advice: str = "", *, action: str = "", request_id: str = "") -> None:
        super().__init__(
            _("Not an answer of the API"),
            sentence,
            advice or _("Is the endpoint right, and does the network ask for a login?"),
            action=action,
            request_id=request_id,
        )


class RetCodeError(ApiError):
    """The API's refusal: `code` (RetCode) and `message` (Message, as it came but harmless)."""

    def __init__(
        self,
        code: int,
        message: str,
        *,
        action: str = "",
        request_id: str = "",
        retry_after: float | None = None,
    ) -> None:
        self.code = code
        if code in AUTH_CODES:
            self.exit_status = ExitStatus.NO_CREDENTIALS
        self.message = sanitize(message, _MESSAGE_LIMIT)
        title, advice = _retcode_words(code)
        sentence = _("RetCode {code}: {message}").format(code=code, message=self.message or _("no message"))
        super().__init__(title, sentence, advice, action=action, request_id=request_id, retry_after=retry_after)


def _keyring_words(reason: KeyringReason, what: str) -> tuple[str, str, str]:
    without = _("Or go on for this session only, or set UCLOUD_PUBLIC_KEY and UCLOUD_PRIVATE_KEY.")
    unlock = _("Unlock it, and try again.")
    match reason:
        case KeyringReason.NONE:
            found = _("There is only {name}, which does not protect what it keeps.").format(name=what)
            return (
                _("No keyring to keep keys in"),
                found if what else _("No keyring runs here that keys could be kept in."),
                _("Install and start one, such as gnome-keyring or KWallet.") + " " + without,
            )
        case KeyringReason.REFUSED:
            return (
                _("Keyring refused"),
                _("PYTHON_KEYRING_BACKEND asks for {name}, which is not known to protect keys.").format(name=what),
                _("Unset it.") + " " + without,
            )
        case KeyringReason.LOCKED:
            return _("Keyring locked"), _("{name} is locked.").format(name=what), f"{unlock} {without}"
        case KeyringReason.NOT_RUNNING:
            return (
                _("Keyring not running"),
                _("{name} does not answer as a keyring.").format(name=what),
                _("Start it, and try again.") + " " + without,
            )
        case KeyringReason.TIMED_OUT:
            return (
                _("Keyring does not answer"),
                _("It may be waiting, in a window of its own, for its password."),
                f"{unlock} {without}",
            )
        case KeyringReason.TOO_LONG:
            return _("Keys too long"), _("{name} does not take values so long.").format(name=what), without
        case KeyringReason.NOT_KEPT:
            return _("Keys not kept"), _("{name} took the keys, but does not have them.").format(name=what), without
        case KeyringReason.UNREADABLE:
            return (
                _("Keys cannot be read"),
                _("What the keyring has for {name} was not written by this program.").format(name=what),
                _("Sign in again."),
            )
        case KeyringReason.BROKEN:
            return _("Keyring failed"), _("{name} failed.").format(name=what), f"{unlock} {without}"


def _transport_words(fault: Fault, host: str, detail: str) -> tuple[str, str, str]:
    connection = _("Check the network.")
    match fault:
        case Fault.DNS:
            words = _("Name not found"), _("No address is known for {host}."), connection
        case Fault.REFUSED:
            words = _("Connection refused"), _("{host} does not accept connections."), connection
        case Fault.UNREACHABLE:
            words = _("No connection"), _("{host} cannot be reached."), connection
        case Fault.BROKEN:
            words = _("Connection broken"), _("{host} closed the connection in the middle."), connection
        case Fault.TIMEOUT:
            words = _("Timed out"), _("{host} did not answer in time."), connection
        case Fault.CERTIFICATE:
            words = (
                _("Certificate not trusted"),
                _("{host}: {detail}."),
                _("Check the endpoint and the machine's date; SSL_CERT_FILE names further authorities."),
            )
        case Fault.TLS:
            words = (
                _("No secure connection"),
                _("{host} does not speak TLS as expected."),
                _("Check the endpoint."),
            )
        case Fault.PROXY:
            words = (
                _("Proxy failed"),
                _("The proxy did not connect to {host}."),
                _("Check HTTPS_PROXY, ALL_PROXY and NO_PROXY."),
            )
    title, sentence, advice = words
    return title, sentence.format(host=host, detail=detail), advice


def _status_words(status: int) -> tuple[str, str, str]:
    sentence = _("The server answered with HTTP status {status}.").format(status=status)
    match status:
        case 429:
            return _("Rate limited"), sentence, _("It is asked less often for a while.")
        case 407:
            return _("Proxy refused"), sentence, _("Check HTTPS_PROXY.")
        case _ if 300 <= status < 400:
            return (
                _("Redirected"),
                _("The server answered with a redirect (HTTP {status}), which is never followed.").format(
                    status=status
                ),
                _("Is the endpoint right, and does the network ask for a login?"),
            )
        case _ if status >= 500:
            return _("Server trouble"), sentence, _("The trouble is there, not here, and should pass.")
        case _ if status < 300:
            return _("Not an answer of the API"), sentence, _("Is the endpoint right?")
        case _:
            return _("Request refused"), sentence, _("Is the endpoint right?")


def _retcode_words(code: int) -> tuple[str, str]:
    match code:
        case 110 | 130 | 150:
            return _("API unavailable"), _("The trouble is there, not here, and should pass.")
        case 153:
            return _("Rate limited"), _("It is asked less often for a while.")
        case 160 | 161:
            return _("Action unknown"), _("Is the endpoint right?")
        case 170 | 171:
            return _("Signature refused"), _("The private key is wrong: give it again.")
        case 172:
            return _("No such user"), _("The public key is wrong: give it again.")
        case 174:
            return _("Login expired"), _("Sign in again.")
        case 292:
            return _("No such project"), _("Choose a project (--project-id).")
        case 294:
            return _("Address refused"), _("Add this machine's address to the account's IP white list.")
        case 295:
            return _("Security lock"), _("Unlock the account in the console.")
        case 299:
            return _("No permission"), _("Ask the account's administrator for access to UCDN.")
        case _:
            return _("API error"), _("The vendor's support asks for the request id.")

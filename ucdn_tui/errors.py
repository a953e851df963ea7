"""One tree of errors: what happened, what to do about it, and the exit status.

UcdnTuiError                exit status 1 unless a subclass says otherwise
├── UsageError              an invalid flag, variable or address; exit status 2
│   └── ConfigError         an unusable configuration file, which is left unchanged
├── NoTerminalError         no terminal to draw on; exit status 2
├── NoCredentialsError      no keys, and no way to ask for them; exit status 4
├── KeyringError            the keyring cannot store or return keys; `reason` says why; exit status 4
├── ExportError             a file cannot be written (in `export`)
├── BrowserError            a URL cannot be opened (in `external.browser`)
├── ClipboardError          a clipboard tool failed (in `external.clipboard_tools`)
├── InternalError           a bug of ours, caught where the program can continue
└── ApiError                a call without a usable answer; has action, request id and fate; exit status 5
    ├── TransportError      no answer: DNS, connection, timeout, certificate, proxy
    ├── HttpStatusError     an HTTP status other than 200, without an API answer in the body
    ├── ProtocolError       an answer, but not one of this API
    └── RetCodeError        the API's refusal: RetCode and Message; exit status 4 where it refuses the keys

The table lists each fault, how its error begins, and what the poller does. Data already on the screen stay there, with
their age. Refresh and prefetch fail independently. After a temporary fault, the next good answer restores everything.

fault                                         error, title                         what the poller does
--------------------------------------------  -----------------------------------  ---------------------------------
name not found                                TransportError "Name not found"      backs off
refused                                       TransportError "Connection refused"  backs off
host unreachable                              TransportError "No connection"       backs off
reset, before an answer or in its body; half  TransportError "Connection broken"   backs off
a body
no answer in time; one that trickles in       TransportError "Timed out"           backs off
certificate unknown, expired, another host's  TransportError "Certificate not      tries each minute
                                              trusted"
no TLS, or an old version                     TransportError "TLS handshake       backs off
                                              failed"
the proxy is not there, or refuses            TransportError "Proxy failed"        backs off
not HTTP, broken or unknown compression,      ProtocolError "Unexpected response"  backs off
not JSON, empty, null, a list, a login page,
no RetCode, TaskList no list, over 64 MB, too
many entries, another action's answer
a redirect                                    HttpStatusError "Redirect not        backs off; never follows
                                              followed"
HTTP 429                                      HttpStatusError "Rate limited"       backs off, not before Retry-After;
                                                                                   slows down requests for minutes
HTTP 407                                      HttpStatusError "Proxy refused"      backs off
HTTP 5xx                                      HttpStatusError "Server error"       backs off, not before Retry-After
any other HTTP status                         HttpStatusError "Request refused"    backs off
RetCode 110, 130, 150                         RetCodeError "API unavailable"       backs off
RetCode 153                                   RetCodeError "Rate limited"          as with HTTP 429
RetCode 160, 161                              RetCodeError "Unknown action"        backs off
RetCode 170, 171; 172; 174                    RetCodeError "Wrong private key";    stops, and asks for keys
                                              "Wrong public key"; "Login
                                              expired"
RetCode 292; 294; 295; 299                    RetCodeError "No such project";      tries each minute
                                              "IP address refused"; "Security
                                              lock"; "No permission"
any other RetCode                             RetCodeError "API error"             backs off
the keyring does not return the keys          KeyringError, NoCredentialsError     stops, and says what to do
an unreadable row or field                    (none)                               continues; shows how many; removes
                                                                                   tasks later if rows are unreadable

Back-off is exponential with full jitter, from a second to a minute. `r` retries at once, but not before Retry-After.

`ApiError.fate` tells whether a request that failed can have had an effect. The client sends a submit once; its caller
decides by the fate whether to submit again:

fate       what happened                                                           submitting again
---------  ----------------------------------------------------------------------  -------------------------------------
NOT_SENT   nothing left: name not found, refused, unreachable, no TLS, the         is safe
           certificate, the proxy did not connect, a timeout before sending, a
           value that cannot be encoded
REFUSED    the API or a gateway said that it did nothing: any RetCode but 0 and    is safe, once the cause is gone
           110, whatever the HTTP status; HTTP 4xx without one
UNKNOWN    sending had begun, and no usable answer came: a timeout, a reset, half  may submit twice: look for the task
           an answer, HTTP 3xx and 5xx, not HTTP, not JSON, another action's       first
           answer; RetCode 110, with which the gateway stops waiting for the API;
           HTTP 4xx that contains RetCode 0
"""

from enum import IntEnum, StrEnum

from ucdn_tui.i18n import _
from ucdn_tui.sentences import sentences
from ucdn_tui.text import sanitize

API_TIMED_OUT = 110
"""RetCode of the gateway when the API has not answered it for 60 s. What the API did is not known."""

RATE_LIMITED = 153
"""RetCode for too many requests."""

UNKNOWN_PUBLIC_KEY = 172
"""RetCode for a public key that nobody has."""

AUTH_CODES = frozenset({170, 171, UNKNOWN_PUBLIC_KEY, 174})
"""RetCodes for wrong keys; 170 and 171 for a wrong signature, and so a wrong private key.

Any other answer means that the keys were accepted.
"""

_MESSAGE_LIMIT = 300
"""Characters of the API's Message that are shown."""


class ExitStatus(IntEnum):
    """Exit statuses of the program, for scripts."""

    DONE = 0
    CRASH = 1
    USAGE = 2
    """Wrong usage or configuration, an unknown task id, or no terminal."""
    FAILED_URLS = 3
    """A task ended with failed URLs."""
    NO_CREDENTIALS = 4
    """No usable keys."""
    NO_ANSWER = 5
    """Nothing was submitted; the API refused, or could not be reached."""
    NOT_VERIFIED = 6
    """An edge still serves an old copy, or lacks a prefetched file, or none could be checked."""
    PARTLY_SENT = 7
    """Some URLs were submitted, others were not, or may have been."""
    TIME_OUT = 124
    """Time ran out while tasks were still running."""


class UcdnTuiError(Exception):
    """An error to show: what happened (`title`, and details in `sentence`) and what to do (`advice`)."""

    exit_status = ExitStatus.CRASH
    """Exit status of a command that fails with this error."""

    def __init__(self, title: str, sentence: str = "", advice: str = "") -> None:
        super().__init__(title, sentence, advice)
        self.title = title
        self.sentence = sentence
        self.advice = advice

    @property
    def log_text(self) -> str:
        """What logs say of it: in English, whatever the language."""
        return type(self).__name__

    def __str__(self) -> str:
        return sentences(self.title, self.sentence, self.advice)


class UsageError(UcdnTuiError):
    """A flag, an environment variable or an address is invalid."""

    exit_status = ExitStatus.USAGE


class NoTerminalError(UcdnTuiError):
    """Standard input or output is not a terminal that can be drawn on."""

    exit_status = ExitStatus.USAGE


class NoCredentialsError(UcdnTuiError):
    """There are no keys, and no way to ask for them."""

    exit_status = ExitStatus.NO_CREDENTIALS


class ConfigError(UsageError):
    """The configuration file cannot be read, parsed or written. It is left unchanged."""


class KeyringReason(StrEnum):
    """Why keys cannot be stored or read."""

    NONE = "none"
    REFUSED = "refused"
    LOCKED = "locked"
    NO_COLLECTION = "no collection"
    """Secret Service runs, but has no keyring yet."""
    NOT_RUNNING = "not running"
    TIMED_OUT = "timed out"
    BROKEN = "broken"
    TOO_LONG = "too long"
    NOT_SAVED = "not saved"
    SEVERAL = "several"
    """Several items are a profile's, so that a new one would not be read."""
    NOT_REMOVED = "not removed"
    GONE = "gone"
    """Another program removed the item during the call."""
    UNREADABLE = "unreadable"


class KeyringError(UcdnTuiError):
    """The keyring cannot store, return or remove keys. `what` is its name; for UNREADABLE, the profile's."""

    exit_status = ExitStatus.NO_CREDENTIALS

    def __init__(self, reason: KeyringReason, what: str = "") -> None:
        title, advice = _keyring_words(reason, sanitize(what, 120))
        super().__init__(title, advice=advice)
        self.reason = reason

    @property
    def log_text(self) -> str:
        return f"keyring: {self.reason}"


class InternalError(UcdnTuiError):
    """A bug of ours; the details are in the log."""

    def __init__(self, cause: Exception) -> None:
        super().__init__(
            _("Internal error: {name} in ucdn-tui itself").format(name=type(cause).__name__),
            advice=_("Run with --log-file and report the log."),
        )


class Fate(StrEnum):
    """What became of a request that failed. In doubt it is UNKNOWN."""

    NOT_SENT = "not sent"
    """No byte of it left."""

    REFUSED = "refused"
    """It arrived, and was answered: nothing was done."""

    UNKNOWN = "unknown"
    """It, or a part of it, may have arrived, and may have been carried out."""


class ApiError(UcdnTuiError):
    """A call without a usable answer.

    `action` is the API action. `request_id` is the X-UCLOUD-REQUEST-UUID that the vendor's support asks for, "" if none
    came. `retry_after` is the server's Retry-After in seconds, None if there was none. `fate` says whether the request
    can have had an effect.
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
        fate: Fate = Fate.UNKNOWN,
    ) -> None:
        super().__init__(title, sentence, advice)
        self.action = action
        self.request_id = request_id
        self.retry_after = retry_after
        self.fate = fate


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

    def __init__(
        self,
        fault: Fault,
        host: str,
        detail: str = "",
        *,
        action: str = "",
        request_id: str = "",
        fate: Fate = Fate.UNKNOWN,
    ) -> None:
        title, advice = _transport_words(fault, sanitize(host, 80), sanitize(detail, 120))
        super().__init__(title, advice=advice, action=action, request_id=request_id, fate=fate)
        self.fault = fault
        self._log_text = ", ".join(filter(None, (fault.value, sanitize(host, 80), sanitize(detail, 120))))

    @property
    def log_text(self) -> str:
        return self._log_text


class HttpStatusError(ApiError):
    """An HTTP status other than 200, without an API answer in the body. Without a `fate`, the status tells it."""

    def __init__(
        self,
        status: int,
        *,
        action: str = "",
        request_id: str = "",
        retry_after: float | None = None,
        fate: Fate | None = None,
    ) -> None:
        title, advice = _status_words(status)
        super().__init__(
            title,
            advice=advice,
            action=action,
            request_id=request_id,
            retry_after=retry_after,
            fate=fate or (Fate.REFUSED if 400 <= status < 500 else Fate.UNKNOWN),
        )
        self.status = status

    @property
    def log_text(self) -> str:
        return f"HTTP {self.status}"


class ProtocolError(ApiError):
    """An answer that is not one of this API: a login page, half a body, another action's. `what` says what came."""

    def __init__(
        self, what: str, advice: str = "", *, action: str = "", request_id: str = "", fate: Fate = Fate.UNKNOWN
    ) -> None:
        super().__init__(
            _("Unexpected response: {what}").format(what=what),
            advice=advice or _is_endpoint_right(),
            action=action,
            request_id=request_id,
            fate=fate,
        )


class RetCodeError(ApiError):
    """The API's refusal: `code` (RetCode) and `message` (Message, sanitized).

    `lacks_project` says that the request could have named a project and did not: a sub-account has to name one. `right`
    is the IAM action that the request needs, such as `ucdn:RefreshNewUcdnDomainCache`, if an administrator is to be
    asked for it.
    """

    def __init__(
        self,
        code: int,
        message: str,
        *,
        lacks_project: bool = False,
        right: str = "",
        action: str = "",
        request_id: str = "",
        retry_after: float | None = None,
    ) -> None:
        self.code = code
        if code in AUTH_CODES:
            self.exit_status = ExitStatus.NO_CREDENTIALS
        self.message = sanitize(message, _MESSAGE_LIMIT)
        problem, advice = _retcode_words(code, lacks_project=lacks_project, right=right)
        title = _("{problem} (RetCode {code}): {message}") if self.message else _("{problem} (RetCode {code})")
        super().__init__(
            title.format(problem=problem, code=code, message=self.message),
            advice=advice,
            action=action,
            request_id=request_id,
            retry_after=retry_after,
            fate=Fate.UNKNOWN if code == API_TIMED_OUT else Fate.REFUSED,
        )

    @property
    def log_text(self) -> str:
        return f"RetCode {self.code}"


def _keyring_words(reason: KeyringReason, what: str) -> tuple[str, str]:
    match reason:
        case KeyringReason.NONE:
            return (
                _("No keyring available"),
                _(
                    "Install one (gnome-keyring, KWallet), sign in for this session only,"
                    " or set UCLOUD_PUBLIC_KEY and UCLOUD_PRIVATE_KEY."
                ),
            )
        case KeyringReason.REFUSED:
            return (
                _("Keyring refused: PYTHON_KEYRING_BACKEND names {name}, which may not protect keys").format(name=what),
                _("Unset it, sign in for this session only, or set UCLOUD_PUBLIC_KEY and UCLOUD_PRIVATE_KEY."),
            )
        case KeyringReason.LOCKED:
            return _("Keyring locked: {name}").format(name=what), _unlock()
        case KeyringReason.NO_COLLECTION:
            return (
                _("Keyring missing: {name} runs, but has no default keyring").format(name=what),
                _(
                    "Create or unlock one (`gnome-keyring-daemon --unlock`; in KeePassXC, expose a group) and try"
                    " again, sign in for this session only, or set UCLOUD_PUBLIC_KEY and UCLOUD_PRIVATE_KEY."
                ),
            )
        case KeyringReason.NOT_RUNNING:
            return (
                _("Keyring not running: {name}").format(name=what),
                _(
                    "Start it and try again, sign in for this session only,"
                    " or set UCLOUD_PUBLIC_KEY and UCLOUD_PRIVATE_KEY."
                ),
            )
        case KeyringReason.TIMED_OUT:
            return _("Keyring not responding; it may be asking for its password in another window"), _unlock()
        case KeyringReason.TOO_LONG:
            return (
                _("Keys too long for {name}").format(name=what),
                _("Sign in for this session only, or set UCLOUD_PUBLIC_KEY and UCLOUD_PRIVATE_KEY."),
            )
        case KeyringReason.NOT_SAVED:
            return (
                _("Keys not saved: {name} accepted them, but does not return them").format(name=what),
                _("Sign in for this session only, or set UCLOUD_PUBLIC_KEY and UCLOUD_PRIVATE_KEY."),
            )
        case KeyringReason.SEVERAL:
            return (
                _("Keys not saved: {name} has several items of this profile").format(name=what),
                _("Remove them with `ucdn-tui logout`, then sign in again."),
            )
        case KeyringReason.NOT_REMOVED:
            return (
                _("Keys not removed: {name} still returns some").format(name=what),
                _("Remove the items of ucdn-tui with the keyring's own program."),
            )
        case KeyringReason.GONE:
            return (
                _("Keys gone: another program has just removed them from {name}").format(name=what),
                _("Try again, or sign in again."),
            )
        case KeyringReason.UNREADABLE:
            return (
                _("Keys cannot be read: the keyring's entry for {name} was not written by ucdn-tui").format(name=what),
                _("Sign in again."),
            )
        case KeyringReason.BROKEN:
            return _("Keyring failed: {name}").format(name=what), _unlock()


def _unlock() -> str:
    return _("Unlock it and try again, sign in for this session only, or set UCLOUD_PUBLIC_KEY and UCLOUD_PRIVATE_KEY.")


def _transport_words(fault: Fault, host: str, detail: str) -> tuple[str, str]:
    network = _("Check the network.")
    match fault:
        case Fault.DNS:
            title, advice = _("Name not found: {host}"), network
        case Fault.REFUSED:
            title, advice = _("Connection refused by {host}"), network
        case Fault.UNREACHABLE:
            title, advice = _("No connection to {host}"), network
        case Fault.BROKEN:
            title, advice = _("Connection broken by {host}"), network
        case Fault.TIMEOUT:
            title, advice = _("Timed out waiting for {host}"), network
        case Fault.CERTIFICATE:
            title = _("Certificate not trusted: {detail} ({host})")
            advice = _("Check the endpoint and this machine's date. SSL_CERT_FILE adds CA certificates.")
        case Fault.TLS:
            title, advice = _("TLS handshake failed with {host}"), _("Check the endpoint.")
        case Fault.PROXY:
            title = _("Proxy failed to connect to {host}")
            advice = _("Check HTTPS_PROXY, ALL_PROXY and NO_PROXY.")
    return title.format(host=host, detail=detail), advice


def _is_endpoint_right() -> str:
    return _("Is the endpoint right, or a login page in the way?")


def _status_words(status: int) -> tuple[str, str]:
    match status:
        case 429:
            title, advice = _("Rate limited (HTTP {status})"), _("Slowing down requests.")
        case 407:
            title, advice = _("Proxy refused (HTTP {status})"), _("Set HTTPS_PROXY to http://user:password@host:port.")
        case _ if 300 <= status < 400:
            title, advice = _("Redirect not followed (HTTP {status})"), _is_endpoint_right()
        case _ if status >= 500:
            title, advice = _("Server error (HTTP {status})"), _("Retrying automatically.")
        case _ if status < 300:
            title, advice = _("Unexpected response (HTTP {status})"), _is_endpoint_right()
        case _:
            title, advice = _("Request refused (HTTP {status})"), _("Check the endpoint.")
    return title.format(status=status), advice


def _retcode_words(code: int, *, lacks_project: bool, right: str) -> tuple[str, str]:
    if code == RATE_LIMITED:
        return _("Rate limited"), _("Slowing down requests.")
    match code:
        case 110 | 130 | 150:
            return _("API unavailable"), _("Retrying automatically.")
        case 160 | 161:
            return _("Unknown action"), _("Check the endpoint.")
        case 170 | 171:
            return _("Wrong private key"), _("Enter it again.")
        case 172:
            return _("Wrong public key"), _("Enter your keys again.")
        case 174:
            # The API gives the same code if the channel key is missing or another cloud's.
            advice = _("Sign in again. Keys of a dedicated cloud: import its profile of the ucloud CLI.")
            return _("Login expired"), advice
        case 292:
            advice = _choose_project() if lacks_project else _("Choose another project (O, or --project-id).")
            return _("No such project"), advice
        case 294:
            return _("IP address refused"), _("Add this machine's address to the account's IP allowlist.")
        case 295:
            return _("Security lock"), _("Unlock the account in the console.")
        case 299:
            return _("No permission"), _choose_project(right) if lacks_project else _ask_for(right)
        case _:
            return _("API error"), _("If it persists, give the request id to UCloud support.")


def _ask_for(right: str) -> str:
    if right:
        return _("Ask the account's administrator for {right}.").format(right=right)
    return _("Ask the account's administrator for access to UCDN.")


def _choose_project(right: str = "") -> str:
    if right:
        return _(
            "Choose a project (O, or --project-id): a sub-account has to name one."
            " If that does not help, ask the account's administrator for {right}."
        ).format(right=right)
    return _(
        "Choose a project (O, or --project-id): a sub-account has to name one."
        " If that does not help, ask the account's administrator for access to UCDN."
    )

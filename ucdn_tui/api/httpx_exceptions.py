"""Mapping the exceptions of httpx and the operating system to errors of our own."""

import errno
import re
import socket
import ssl
from collections.abc import Iterator

import httpx

from ucdn_tui.errors import ApiError, Fate, Fault, HttpStatusError, ProtocolError, TransportError
from ucdn_tui.i18n import _

_CUT_OFF = re.compile("disconnected|closed|incomplete", re.IGNORECASE)
"""How httpx words an answer that ended early; any other protocol error means that it was not HTTP."""

_NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError, httpx.UnsupportedProtocol)
"""What httpx raises before it sends."""

_UNREACHABLE = frozenset({errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN, errno.EADDRNOTAVAIL})


def transport_error(
    error: Exception,
    host: str,
    action: str,
    *,
    request_id: str = "",
    fate: Fate,
    at_proxy: bool = False,
    unrelated: BaseException | None = None,
) -> ApiError:
    """Return the error to raise instead of `error`, whose own text may be empty or hold the whole request.

    `request_id` is from the answer's head, if that came. `at_proxy` says that a proxy had not yet let it through.
    `unrelated` is an exception that was already being handled: Python adds it to the chain, but it is not a cause.
    """
    if isinstance(error, httpx.ProxyError) and str(error).startswith("407 "):  # its answer to CONNECT
        return HttpStatusError(407, action=action)
    fault, detail = fault_of(error, unrelated)
    if fault is Fault.CERTIFICATE:
        return TransportError(Fault.CERTIFICATE, host, detail, action=action, fate=fate)
    if is_no_http(error) and not at_proxy:
        return ProtocolError(_("not HTTP"), action=action, request_id=request_id, fate=fate)
    if at_proxy and fault is not Fault.TIMEOUT:
        fault = Fault.PROXY
    return TransportError(fault, host, action=action, request_id=request_id, fate=fate)


def fault_of(error: Exception, unrelated: BaseException | None = None) -> tuple[Fault, str]:
    """Return why no answer came, and of a certificate what TLS says. `unrelated` as in `transport_error`."""
    causes = list(_causes(error, unrelated))
    for cause in causes:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return Fault.CERTIFICATE, cause.verify_message.rstrip(".")
    return _fault(error, causes), ""


def is_no_http(error: Exception) -> bool:
    """Return whether something answered, but not in HTTP."""
    return isinstance(error, httpx.RemoteProtocolError) and not is_cut_off(error)


def fate_of(error: Exception, *, has_sent: bool | None) -> Fate:
    """Return what became of the request. `has_sent` says whether sending had begun, None if nothing tells."""
    if isinstance(error, httpx.LocalProtocolError):  # a header that HTTP cannot have: h11 refuses to write the head
        return Fate.NOT_SENT
    never = isinstance(error, _NOT_SENT) if has_sent is None else not has_sent
    return Fate.NOT_SENT if never else Fate.UNKNOWN


def is_cut_off(error: httpx.TransportError) -> bool:
    """Return whether the connection ended before the answer did."""
    if isinstance(error, httpx.RemoteProtocolError):
        return _CUT_OFF.search(str(error)) is not None
    return isinstance(error, httpx.ReadError | httpx.WriteError)


def _fault(error: Exception, causes: list[BaseException]) -> Fault:
    if isinstance(error, httpx.ProxyError) or not isinstance(error, httpx.HTTPError | OSError):
        return Fault.PROXY  # only the SOCKS code raises other exceptions
    if isinstance(error, httpx.TimeoutException | TimeoutError):
        return Fault.TIMEOUT
    for cause in causes:
        match cause:
            case socket.gaierror():
                return Fault.DNS
            case ConnectionRefusedError():
                return Fault.REFUSED
            case ssl.SSLError() if isinstance(error, httpx.ConnectError) or "_ALERT_" in (cause.reason or ""):
                return Fault.TLS  # in TLS 1.3 a server refuses the client only after the handshake
            case TimeoutError():
                return Fault.TIMEOUT
            case OSError() if cause.errno in _UNREACHABLE:
                return Fault.UNREACHABLE
    return Fault.UNREACHABLE if isinstance(error, httpx.ConnectError) else Fault.BROKEN


def _causes(error: BaseException | None, unrelated: BaseException | None) -> Iterator[BaseException]:
    """Yield the error and its causes, with the members of exception groups (one for each address of a host)."""
    seen = {id(unrelated)}
    queue: list[BaseException | None] = [error]
    while queue:
        current = queue.pop(0)
        if current is None or id(current) in seen:
            continue
        seen.add(id(current))
        yield current
        if isinstance(current, BaseExceptionGroup):
            queue.extend(current.exceptions)
        queue += [current.__cause__, current.__context__]

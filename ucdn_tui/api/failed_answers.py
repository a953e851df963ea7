"""The errors for answers that came, but are of no use: refusals, other HTTP statuses, and what is no answer at all."""

import logging
import time
from typing import Final, NamedTuple

import httpx

from ucdn_tui.api.decoding.decode import NotAnAnswerError, parse, read_int, read_str
from ucdn_tui.clock import parse_date
from ucdn_tui.errors import ApiError, Fate, HttpStatusError, ProtocolError, RetCodeError
from ucdn_tui.text import sanitize

log = logging.getLogger(__name__)

REQUEST_ID_HEADER: Final = "X-UCLOUD-REQUEST-UUID"


class Call(NamedTuple):
    """What an error has to know of its call."""

    action: str
    lacks_project: bool = False
    """Whether it could have named a project and did not."""

    right: str = ""
    """The IAM action that it needs, for a call that changes something."""


def no_answer(call: Call, error: NotAnAnswerError, response: httpx.Response) -> ProtocolError:
    """Return the error for an unusable answer. Its text is not logged, as it may come from any server."""
    log.warning("%s: unexpected response: %s, request id %s", call.action, error, request_id(response))
    return ProtocolError(error.words, error.advice, action=call.action, request_id=request_id(response))


def status_error(call: Call, response: httpx.Response, body: bytes) -> ApiError:
    """Return the error for an HTTP status other than 200: RetCodeError if the body has a RetCode."""
    log.warning("%s: HTTP %d, request id %s", call.action, response.status_code, request_id(response))
    try:
        answer = parse(body)
    except NotAnAnswerError:
        answer = {}
    ret_code = read_int(answer.get("RetCode"))
    if ret_code:
        return refusal(call, ret_code, read_str(answer.get("Message")), response)
    return HttpStatusError(
        response.status_code,
        action=call.action,
        request_id=request_id(response),
        retry_after=_retry_after(response),
        fate=Fate.UNKNOWN if ret_code == 0 else None,  # status and body contradict each other
    )


def refusal(call: Call, ret_code: int, message: str | None, response: httpx.Response) -> RetCodeError:
    """Return the error for a RetCode other than 0."""
    log.warning("%s: RetCode %d, request id %s", call.action, ret_code, request_id(response))
    return RetCodeError(
        ret_code,
        message or "",
        lacks_project=call.lacks_project,
        right=call.right,
        action=call.action,
        request_id=request_id(response),
        retry_after=_retry_after(response),
    )


def request_id(response: httpx.Response) -> str:
    """Return the answer's request id, "" if it has none."""
    return sanitize(response.headers.get(REQUEST_ID_HEADER, ""), 64)


def _retry_after(response: httpx.Response) -> float | None:
    """Return Retry-After in seconds, None without one. A date counts from the answer's own Date."""
    value = response.headers.get("Retry-After", "").strip()
    if value.isdecimal() and len(value) < 10:
        return float(value)
    until, now = parse_date(value), parse_date(response.headers.get("Date", ""))
    if until is None:
        return None
    return max(0.0, until - (now if now is not None else time.time()))

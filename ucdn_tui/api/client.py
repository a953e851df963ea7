"""UcdnClient: one choke point that signs, sends, times out and maps faults; one method an action; it never retries."""

import asyncio
import logging
import ssl
import sys
import time
from contextlib import suppress
from types import TracebackType
from typing import Final, Self, Unpack

import httpx

from ucdn_tui.api.body import read_body
from ucdn_tui.api.decode import (
    DescribeAnswer,
    NotAnAnswerError,
    decode_describe,
    parse,
    read_int,
    read_projects,
    read_ret_code,
    read_str,
)
from ucdn_tui.api.faults import transport_error
from ucdn_tui.api.loopback import is_loopback
from ucdn_tui.api.models import DescribeQuery, Project, TaskPage
from ucdn_tui.api.network import closing_socks, is_proxied, make_http
from ucdn_tui.api.signature import Value, flatten, sign
from ucdn_tui.clock import Clock, parse_date
from ucdn_tui.errors import ApiError, HttpStatusError, ProtocolError, RetCodeError
from ucdn_tui.i18n import _
from ucdn_tui.secret import Keys
from ucdn_tui.text import harmless

log = logging.getLogger(__name__)

DESCRIBE_REFRESH: Final = "DescribeNewUcdnRefreshCacheTask"
DESCRIBE_PREFETCH: Final = "DescribeNewUcdnPrefetchCacheTask"
GET_PROJECT_LIST: Final = "GetProjectList"

REQUEST_ID_HEADER: Final = "X-UCLOUD-REQUEST-UUID"

BODY_LIMIT: Final = 64 * 1024 * 1024
"""Bytes of an answer, packed and unpacked, that are read at the most.

The largest page that is asked for has 1,000 tasks, usually of 100 URLs each: 17 MB. Four times as much, 400,000 URLs,
leaves room for a server that ignores Limit and sends the whole window. A larger page is asked for
again by parts.
"""


class UcdnClient:
    """The UCDN API over one keep-alive connection pool. Every method raises ApiError and nothing else.

    Making one raises UsageError where the environment's certificates or proxies cannot be used.

    `timeout` is the time in seconds that one call may take in all. Close it, or use it as an async context manager.
    """

    def __init__(
        self,
        endpoint: str,
        keys: Keys,
        clock: Clock,
        *,
        project_id: str | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
        tls: ssl.SSLContext | None = None,
        timeout: float = 30.0,
        body_limit: int = BODY_LIMIT,
    ) -> None:
        self._url = httpx.URL(endpoint)
        self._keys = keys
        self._clock = clock
        self._project_id = project_id
        self._timeout = timeout
        self._body_limit = body_limit
        self._http = make_http(self._url, transport=transport, tls=tls, timeout=timeout)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def describe_refresh_tasks(self, **query: Unpack[DescribeQuery]) -> TaskPage:
        """Return refresh tasks (DescribeNewUcdnRefreshCacheTask)."""
        return await self._describe(DESCRIBE_REFRESH, query)

    async def describe_prefetch_tasks(self, **query: Unpack[DescribeQuery]) -> TaskPage:
        """Return prefetch tasks (DescribeNewUcdnPrefetchCacheTask)."""
        return await self._describe(DESCRIBE_PREFETCH, query)

    async def get_project_list(self) -> list[Project]:
        """Return the account's projects (GetProjectList); a sub-account may lack the permission to ask."""
        response, body = await self._call(GET_PROJECT_LIST, {"ProjectId": None})
        try:
            answer = parse(body)
            ret_code = read_ret_code(answer)
        except NotAnAnswerError as error:
            raise _no_answer(str(error), GET_PROJECT_LIST, response) from None
        if ret_code != 0:
            raise _refusal(GET_PROJECT_LIST, ret_code, read_str(answer.get("Message")), response)
        self._clock.observe(response.headers.get("Date", ""))
        projects = read_projects(answer.get("ProjectSet"))
        log.info("%s: %d projects, request id %s", GET_PROJECT_LIST, len(projects), _request_id(response))
        return projects

    async def _describe(self, action: str, query: DescribeQuery) -> TaskPage:
        params: dict[str, Value] = {
            "TaskId": query.get("task_ids"),
            "BeginTime": query.get("begin"),
            "EndTime": query.get("end"),
            "Status": query.get("status"),
            "Offset": query.get("offset"),
            "Limit": query.get("limit"),
            "IsDcdn": query.get("is_dcdn") or None,
        }
        response, body = await self._call(action, params)
        request_id = _request_id(response)
        await asyncio.sleep(0)  # what came in, and unpacking it, has taken its time: let a key have its turn
        began = time.perf_counter()
        try:
            answer, unread = decode_describe(body)
        except NotAnAnswerError as error:
            raise _no_answer(str(error), action, response, advice=error.advice) from None
        seconds = time.perf_counter() - began
        self._check(action, answer, response)
        rows = answer.task_list or []
        log.info(
            "%s: %d rows (%d unreadable), TotalCount %s, %d bytes, request id %s",
            action,
            len(rows),
            unread.items,
            answer.total_count,  # tasks or URLs, nobody knows: for the log only
            len(body),
            request_id,
        )
        return TaskPage(
            rows,
            received=len(rows) + unread.rows,
            unreadable=unread.items,
            request_id=request_id,
            decode_seconds=seconds,
        )

    def _check(self, action: str, answer: DescribeAnswer, response: httpx.Response) -> None:
        """Raise unless the answer says that it is a success, and one of this action."""
        if answer.ret_code != 0:
            raise _refusal(action, answer.ret_code, answer.message, response)
        if answer.action and answer.action not in (action, f"{action}Response"):
            raise _no_answer(_("The answer is one of another action."), action, response)
        self._clock.observe(response.headers.get("Date", ""))

    async def _call(self, action: str, params: dict[str, Value]) -> tuple[httpx.Response, bytes]:
        """Send one signed form POST and return the answer with status 200 and its unpacked body; raises ApiError."""
        form = flatten({"Action": action, "PublicKey": self._keys.public, "ProjectId": self._project_id, **params})
        form["Signature"] = self._signature(action, form)
        request_id, busy_with, proxied = "", sys.exception(), is_proxied(self._url)
        extensions = {"trace": closing_socks()}
        try:
            async with asyncio.timeout(self._timeout):
                async with self._http.stream("POST", self._url, data=form, extensions=extensions) as response:
                    request_id = _request_id(response)
                    body = await read_body(response, self._body_limit)
        except NotAnAnswerError as error:
            if response.status_code == 200:
                raise _no_answer(str(error), action, response, advice=error.advice) from None
            body = b""  # the status alone says what is wrong
        except Exception as error:
            # httpx lets through whatever its reader of a SOCKS proxy's words, or of its password, happens to raise.
            if not (proxied or isinstance(error, httpx.HTTPError | OSError)):
                raise
            fault = transport_error(
                error, self._url.host, action, request_id=request_id, proxied=proxied, unrelated=busy_with
            )
            log.warning("%s: %s", action, fault.title)
            raise fault from None
        if response.status_code != 200:
            raise _status_error(action, response, body)
        return response, body

    def _signature(self, action: str, form: dict[str, str]) -> str:
        with suppress(UnicodeEncodeError):  # left before anything is raised: its traceback would hold the key
            return sign(form, self._keys.private.reveal())
        raise ApiError(
            _("Request cannot be sent"),
            _("A key or an id holds what is no character."),
            _("Give the keys again."),
            action=action,
        )


def _no_answer(sentence: str, action: str, response: httpx.Response, *, advice: str = "") -> ProtocolError:
    """Return what to raise for an answer that is none of this call; its text is not logged, being anybody's."""
    log.warning("%s: %s Request id %s", action, sentence, _request_id(response))
    return ProtocolError(sentence, advice, action=action, request_id=_request_id(response))


def _status_error(action: str, response: httpx.Response, body: bytes) -> ApiError:
    """Return what an HTTP status other than 200 means: the API's own words if it says any, else the status."""
    log.warning("%s: HTTP %d, request id %s", action, response.status_code, _request_id(response))
    try:
        answer = parse(body)
    except NotAnAnswerError:
        answer = {}
    if ret_code := read_int(answer.get("RetCode")):
        return _refusal(action, ret_code, read_str(answer.get("Message")), response)
    return HttpStatusError(
        response.status_code,
        action=action,
        request_id=_request_id(response),
        retry_after=_retry_after(response),
    )


def _refusal(action: str, ret_code: int, message: str | None, response: httpx.Response) -> RetCodeError:
    log.warning("%s: RetCode %d, request id %s", action, ret_code, _request_id(response))
    return RetCodeError(
        ret_code,
        message or "",
        action=action,
        request_id=_request_id(response),
        retry_after=_retry_after(response),
    )


def _request_id(response: httpx.Response) -> str:
    return harmless(response.headers.get(REQUEST_ID_HEADER, ""), 64)


def _retry_after(response: httpx.Response) -> float | None:
    """Return Retry-After in seconds (a date is measured from the answer's own Date); None where there is none."""
    value = response.headers.get("Retry-After", "").strip()
    if value.isdecimal() and len(value) < 10:
        return float(value)
    until, now = parse_date(value), parse_date(response.headers.get("Date", ""))
    if until is None:
        return None
    return max(0.0, until - (now if now is not None else time.time()))

"""UcdnClient: one method per API action; it signs, sends, limits the time and maps faults, and never retries."""

import asyncio
import logging
import ssl
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType
from typing import Final, Generic, NamedTuple, Self, TypeVar, Unpack

import httpx

from ucdn_tui import daemon_thread
from ucdn_tui.api.body import read_body
from ucdn_tui.api.decode import (
    Answer,
    NotAnAnswerError,
    decode_projects,
    decode_tasks,
    parse,
    read_int,
    read_str,
)
from ucdn_tui.api.exception_mapping import is_cut_off, transport_error
from ucdn_tui.api.models import DescribeQuery, Project, TaskPage
from ucdn_tui.api.network import CALL_TIMEOUT, ConnectionTrace, make_http, proxy_for
from ucdn_tui.api.signature import Value, flatten, sign
from ucdn_tui.clock import Clock, parse_date
from ucdn_tui.errors import ApiError, HttpStatusError, ProtocolError, RetCodeError
from ucdn_tui.i18n import _
from ucdn_tui.secret import Keys
from ucdn_tui.text import sanitize

log = logging.getLogger(__name__)

_Content = TypeVar("_Content")

DESCRIBE_REFRESH: Final = "DescribeNewUcdnRefreshCacheTask"
DESCRIBE_PREFETCH: Final = "DescribeNewUcdnPrefetchCacheTask"
GET_PROJECT_LIST: Final = "GetProjectList"

REQUEST_ID_HEADER: Final = "X-UCLOUD-REQUEST-UUID"

BODY_LIMIT: Final = 64 * 1024 * 1024
"""Maximum size of an answer in bytes, compressed and decompressed.

The largest page that the poller requests has 1,000 tasks, usually with 100 URLs each: 17 MB. Four times as much,
400,000 URLs, leaves room for a server that ignores Limit and sends the whole window. A page that is too large is
requested again in smaller pages.
"""

THREAD_FROM: Final = 4 * 1024 * 1024
"""Size in bytes from which an answer is decoded in a thread, so that the screen handles keys meanwhile. A page that was
asked for is smaller; one that is read field by field can take seconds."""


class UcdnClient:
    """The UCDN API over one keep-alive connection pool. Every method raises ApiError and nothing else.

    The constructor raises UsageError if the environment's certificate or proxy settings are invalid.

    `timeout` is in seconds, for a whole call. Close the client, or use it as an async context manager.
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
        timeout: float = CALL_TIMEOUT,
        body_limit: int = BODY_LIMIT,
    ) -> None:
        self._url = httpx.URL(endpoint)
        self._keys = keys
        self._clock = clock
        self._project_id = project_id
        self._timeout = timeout
        self._body_limit = body_limit
        proxy = proxy_for(self._url)
        self._is_proxied = proxy is not None
        self._http = make_http(self._url, proxy=proxy, transport=transport, tls=tls, timeout=timeout)
        if keys.channel:  # without one there is no header: an empty one would name a channel, too
            self._http.headers["channel-key"] = keys.channel.reveal().encode("utf-8", "replace").decode()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.aclose()

    async def get(self) -> Self:
        """Return the client itself; LazyClient has the same method and creates the client first."""
        return self

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
        """Return the account's projects (GetProjectList); a sub-account may lack the permission."""
        reply = await self._ask(GET_PROJECT_LIST, {"ProjectId": None}, decode_projects)
        return reply.content

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
        reply = await self._ask(action, params, decode_tasks, repeatable=True)
        answer, unread = reply.content
        rows = answer.task_list or []
        return TaskPage(
            rows,
            received=len(rows) + unread.rows,
            unreadable=unread.items,
            unidentified=unread.unidentified,
            request_id=reply.request_id,
            decode_seconds=reply.decode_seconds,
        )

    async def _ask(
        self,
        action: str,
        params: dict[str, Value],
        decode: Callable[[bytes], Answer[_Content]],
        *,
        repeatable: bool = False,
    ) -> "_Reply[_Content]":
        """Sign and send one action; return its answer, with RetCode 0. Raises ApiError.

        `decode` gets the decompressed body, and raises NotAnAnswerError. `repeatable` says that the action changes
        nothing.
        """
        lacks_project = not self._project_id and "ProjectId" not in params
        form = self._sign(action, params)
        response, body = await self._send(action, form, repeatable=repeatable, lacks_project=lacks_project)
        await asyncio.sleep(0)  # reading and decompressing took time: let the event loop handle keys
        began = time.perf_counter()
        try:
            is_large = len(body) >= THREAD_FROM
            answer = await daemon_thread.run(lambda: decode(body), "decode") if is_large else decode(body)
        except NotAnAnswerError as error:
            raise _no_answer(error, action, response) from None
        seconds = time.perf_counter() - began
        if answer.ret_code != 0:
            raise _refusal(action, answer.ret_code, answer.message, response, lacks_project=lacks_project)
        if answer.action and answer.action not in (action, f"{action}Response"):
            raise _no_answer(NotAnAnswerError(_("an answer to another action")), action, response)
        self._clock.observe(response.headers.get("Date", ""))
        request_id = _request_id(response)
        log.info("%s: %s, %d bytes, request id %s", action, answer.summary, len(body), request_id)
        return _Reply(answer.content, request_id, seconds)

    def _sign(self, action: str, params: dict[str, Value]) -> dict[str, str]:
        """Return the signed form; raises ApiError if a key or an id cannot be encoded."""
        keys = self._keys
        account = {"PublicKey": keys.public, "ProjectId": self._project_id}
        if keys.token:
            account["SecurityToken"] = keys.token.reveal()
        form = flatten({"Action": action, **account, **params})
        with suppress(UnicodeEncodeError):  # the error is raised outside: here its traceback would hold the key
            return {**form, "Signature": sign(form, keys.private.reveal())}
        raise ApiError(
            _("Request not sent: a key or id contains an invalid character"),
            advice=_("Enter your keys again."),
            action=action,
        )

    async def _send(
        self, action: str, form: dict[str, str], *, repeatable: bool, lacks_project: bool
    ) -> tuple[httpx.Response, bytes]:
        """POST the form; return the response, with status 200, and its decompressed body. Raises ApiError.

        A server may close an idle connection just when a request takes it. A repeatable request is then sent again, on
        another connection; on a new one it is sent once.
        """
        request_id, handled, trace = "", sys.exception(), ConnectionTrace()
        try:
            async with asyncio.timeout(self._timeout):
                while True:
                    extensions = {"trace": trace}
                    try:
                        async with self._http.stream("POST", self._url, data=form, extensions=extensions) as response:
                            request_id = _request_id(response)
                            body = await read_body(response, self._body_limit)
                        break
                    except httpx.TransportError as error:
                        if not (repeatable and trace.was_idle and is_cut_off(error)):
                            raise
                        trace = ConnectionTrace()
        except NotAnAnswerError as error:
            if response.status_code == 200:
                raise _no_answer(error, action, response) from None
            body = b""  # the status alone says enough
        except Exception as error:
            # For a SOCKS proxy, httpx also raises errors of its parsers for the handshake and the password.
            if not (self._is_proxied or isinstance(error, httpx.HTTPError | OSError)):
                raise
            fault = transport_error(
                error, self._url.host, action, request_id=request_id, proxied=self._is_proxied, unrelated=handled
            )
            log.warning("%s: %s", action, fault.title)
            raise fault from None
        if response.status_code != 200:
            raise _status_error(action, response, body, lacks_project=lacks_project)
        return response, body


class _Reply(NamedTuple, Generic[_Content]):
    """A successful call's content and statistics."""

    content: _Content
    request_id: str
    decode_seconds: float


def _no_answer(error: NotAnAnswerError, action: str, response: httpx.Response) -> ProtocolError:
    """Return the error for an unusable answer. Its text is not logged, as it may come from any server."""
    log.warning("%s: unexpected response: %s, request id %s", action, error, _request_id(response))
    return ProtocolError(str(error), error.advice, action=action, request_id=_request_id(response))


def _status_error(action: str, response: httpx.Response, body: bytes, *, lacks_project: bool) -> ApiError:
    """Return the error for an HTTP status other than 200: RetCodeError if the body has a RetCode."""
    log.warning("%s: HTTP %d, request id %s", action, response.status_code, _request_id(response))
    try:
        answer = parse(body)
    except NotAnAnswerError:
        answer = {}
    if ret_code := read_int(answer.get("RetCode")):
        return _refusal(action, ret_code, read_str(answer.get("Message")), response, lacks_project=lacks_project)
    return HttpStatusError(
        response.status_code,
        action=action,
        request_id=_request_id(response),
        retry_after=_retry_after(response),
    )


def _refusal(
    action: str, ret_code: int, message: str | None, response: httpx.Response, *, lacks_project: bool
) -> RetCodeError:
    log.warning("%s: RetCode %d, request id %s", action, ret_code, _request_id(response))
    return RetCodeError(
        ret_code,
        message or "",
        lacks_project=lacks_project,
        action=action,
        request_id=_request_id(response),
        retry_after=_retry_after(response),
    )


def _request_id(response: httpx.Response) -> str:
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

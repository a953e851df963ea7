"""UcdnClient: one method per API action; it signs, sends, limits the time and maps faults, and never retries."""

import asyncio
import logging
import ssl
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import partial
from types import TracebackType
from typing import Final, Generic, NamedTuple, Self, TypeVar, Unpack

import httpx

from ucdn_tui import daemon_thread
from ucdn_tui.api.decoding.body import read_body
from ucdn_tui.api.decoding.decode import Answer, NotAnAnswerError, decode_projects, decode_task_id, decode_tasks
from ucdn_tui.api.decoding.decode_domains import (
    decode_domain_configs,
    decode_domains,
    decode_ip_locations,
    decode_quota,
)
from ucdn_tui.api.domains import DomainConfig, DomainList, DomainQuota
from ucdn_tui.api.exception_mapping import fate_of, is_cut_off, transport_error
from ucdn_tui.api.failed_answers import Call, no_answer, refusal, request_id, status_error
from ucdn_tui.api.models import (
    MAX_PREFETCH_URLS,
    MAX_REFRESH_URLS,
    DescribeQuery,
    IpLocation,
    Project,
    Submitted,
    TaskPage,
)
from ucdn_tui.api.network import CALL_TIMEOUT, ConnectionTrace, make_http, proxy_for
from ucdn_tui.api.signature import Value, flatten, sign
from ucdn_tui.clock import Clock
from ucdn_tui.errors import ApiError, Fate
from ucdn_tui.i18n import _
from ucdn_tui.secret import Keys
from ucdn_tui.text import replace_surrogates

log = logging.getLogger(__name__)

_Content = TypeVar("_Content")

DESCRIBE_REFRESH: Final = "DescribeNewUcdnRefreshCacheTask"
DESCRIBE_PREFETCH: Final = "DescribeNewUcdnPrefetchCacheTask"
REFRESH: Final = "RefreshNewUcdnDomainCache"
PREFETCH: Final = "PrefetchNewUcdnDomainCache"
GET_DOMAINS: Final = "GetUcdnDomainInfoList"
GET_QUOTA: Final = "GetUcdnDomainPrefetchRefreshState"
GET_DOMAIN_CONFIGS: Final = "GetUcdnDomainConfig"
GET_PROJECT_LIST: Final = "GetProjectList"
QUERY_IP_LOCATION: Final = "QueryIpLocation"

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

    `ApiError.fate` tells whether a request can have had an effect. That of a cancelled call is not known.

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
        self._is_traced = transport is None
        self._http = make_http(self._url, proxy=proxy, transport=transport, tls=tls, timeout=timeout)
        if keys.channel:  # without one there is no header: an empty one would name a channel, too
            self._http.headers["channel-key"] = keys.channel.reveal().encode("utf-8", "replace").decode()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.aclose()

    @property
    def account(self) -> str:
        """Names the endpoint, the project and the keys' owner, always the same, without showing a key."""
        from hashlib import sha256  # here, as only submitting needs it

        owner = sha256(self._keys.public.encode("utf-8", "replace")).hexdigest()[:16]
        return f"{self._url.netloc.decode()} {self._project_id or '-'} {owner}"

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

    async def submit_refresh(
        self,
        urls: Sequence[str],
        type: str,  # noqa: A002 - the API's own name
        *,
        is_dcdn: bool = False,
    ) -> Submitted:
        """Purge files, directories or playlists (RefreshNewUcdnDomainCache).

        `type` is `file`, `dir` or `m3u8`, for all URLs. URLs, `is_dcdn` and errors are as in `submit_prefetch`, but
        with up to MAX_REFRESH_URLS, and calls need no time between them.
        """
        return await self._submit(REFRESH, {"Type": type}, urls, MAX_REFRESH_URLS, is_dcdn=is_dcdn)

    async def submit_prefetch(self, urls: Sequence[str], *, is_dcdn: bool = False) -> Submitted:
        """Have files fetched from their origin (PrefetchNewUcdnDomainCache). Calls have to be 10 s apart.

        URLs are sent exactly as given, and once: after an error, `ApiError.fate` says whether they may have arrived.
        `is_dcdn` says that their domains have whole-site acceleration. Raises ValueError for no URLs, or for more than
        MAX_PREFETCH_URLS.
        """
        return await self._submit(PREFETCH, {}, urls, MAX_PREFETCH_URLS, is_dcdn=is_dcdn)

    async def get_domains(self) -> DomainList:
        """Return the domains of the project, or without one of the whole account (GetUcdnDomainInfoList)."""
        # Page 0 has all of them, the default is the first 20.
        params: dict[str, Value] = {"PageIndex": 0, "QueryByProject": True if self._project_id else None}
        reply = await self._ask(GET_DOMAINS, params, decode_domains, repeatable=True)
        return reply.content

    async def get_quota(self, domain_id: str) -> DomainQuota:
        """Return what a domain may submit today (GetUcdnDomainPrefetchRefreshState)."""
        reply = await self._ask(GET_QUOTA, {"DomainId": domain_id}, decode_quota, repeatable=True)
        return reply.content

    async def get_domain_configs(self, domain_ids: Sequence[str] = (), *, is_dcdn: bool = False) -> list[DomainConfig]:
        """Return the configurations of these domains, or of all (GetUcdnDomainConfig).

        Domains with whole-site acceleration are returned only with `is_dcdn`, the others only without it.
        """
        params: dict[str, Value] = {"DomainId": domain_ids, "IsDcdn": is_dcdn or None}
        decode = partial(decode_domain_configs, is_dcdn=is_dcdn)
        reply = await self._ask(GET_DOMAIN_CONFIGS, params, decode, repeatable=True)
        return reply.content

    async def get_ip_locations(self, ips: Sequence[str]) -> list[IpLocation]:
        """Return where these addresses are, without those that the API does not know (QueryIpLocation)."""
        params: dict[str, Value] = {"Ip": ips, "ProjectId": None}
        reply = await self._ask(QUERY_IP_LOCATION, params, decode_ip_locations, repeatable=True)
        return reply.content

    async def _submit(
        self, action: str, params: Mapping[str, Value], urls: Sequence[str], limit: int, *, is_dcdn: bool
    ) -> Submitted:
        if not 0 < len(urls) <= limit:
            raise ValueError(f"{action} takes 1 to {limit} URLs, not {len(urls)}")
        with_urls = {**params, "UrlList": urls, "IsDcdn": is_dcdn or None}
        reply = await self._ask(action, with_urls, decode_task_id, right=f"ucdn:{action}")
        return Submitted(reply.content, reply.request_id)

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
        params: Mapping[str, Value],
        decode: Callable[[bytes], Answer[_Content]],
        *,
        repeatable: bool = False,
        right: str = "",
    ) -> "_Reply[_Content]":
        """Sign and send one action; return its answer, with RetCode 0. Raises ApiError.

        `decode` gets the decompressed body, and raises NotAnAnswerError. `repeatable` says that the action changes
        nothing; one that does names the IAM action that it needs in `right`.
        """
        call = Call(action, lacks_project=not self._project_id and "ProjectId" not in params, right=right)
        form = self._sign(action, params)
        response, body = await self._send(call, form, repeatable=repeatable)
        await asyncio.sleep(0)  # reading and decompressing took time: let the event loop handle keys
        began = time.perf_counter()
        try:
            is_large = len(body) >= THREAD_FROM
            answer = await daemon_thread.run(lambda: decode(body), "decode") if is_large else decode(body)
        except NotAnAnswerError as error:
            raise no_answer(call, error, response) from None
        seconds = time.perf_counter() - began
        if answer.ret_code != 0:
            raise refusal(call, answer.ret_code, answer.message, response)
        named = (answer.action or "").strip()  # the API's own example has a space before it
        if named not in ("", action, f"{action}Response"):
            raise no_answer(call, NotAnAnswerError(_("an answer to another action")), response)
        self._clock.observe(response.headers.get("Date", ""))
        log.info("%s: %s, %d bytes, request id %s", action, answer.summary, len(body), request_id(response))
        return _Reply(answer.content, request_id(response), seconds)

    def _sign(self, action: str, params: Mapping[str, Value]) -> dict[str, str]:
        """Return the signed form; raises ApiError if a key, an id or a URL cannot be encoded."""
        keys = self._keys
        account = {"PublicKey": keys.public, "ProjectId": self._project_id}
        if keys.token:
            account["SecurityToken"] = keys.token.reveal()
        form = flatten({"Action": action, **account, **params})
        with suppress(UnicodeEncodeError):  # the error is raised outside: here its traceback would hold the key
            return {**form, "Signature": sign(form, keys.private.reveal())}
        if any(value != replace_surrogates(value) for name, value in form.items() if name.startswith("UrlList.")):
            title, advice = _("Request not sent: a URL contains an invalid character"), _("Correct the URL.")
        else:
            title, advice = (
                _("Request not sent: a key or id contains an invalid character"),
                _("Enter your keys again."),
            )
        raise ApiError(title, advice=advice, action=action, fate=Fate.NOT_SENT)

    async def _send(self, call: Call, form: dict[str, str], *, repeatable: bool) -> tuple[httpx.Response, bytes]:
        """POST the form; return the response, with status 200, and its decompressed body. Raises ApiError.

        A server may close an idle connection just when a request takes it. A repeatable request is then sent again, on
        another connection; on a new one it is sent once.
        """
        its_id, handled, trace, is_repeat = "", sys.exception(), ConnectionTrace(), False
        try:
            async with asyncio.timeout(self._timeout):
                while True:
                    extensions = {"trace": trace}
                    try:
                        async with self._http.stream("POST", self._url, data=form, extensions=extensions) as response:
                            its_id = request_id(response)
                            body = await read_body(response, self._body_limit)
                        break
                    except httpx.TransportError as error:
                        if not (repeatable and trace.was_idle and is_cut_off(error)):
                            raise
                        trace, is_repeat = ConnectionTrace(), True
        except NotAnAnswerError as error:
            if response.status_code == 200:
                raise no_answer(call, error, response) from None
            body = b""  # the status alone says enough
        except Exception as error:
            # For a SOCKS proxy, httpx also raises errors of its parsers for the handshake and the password.
            if not (self._is_proxied or isinstance(error, httpx.HTTPError | OSError)):
                raise
            has_sent = (is_repeat or trace.has_sent) if self._is_traced else None
            fault = transport_error(
                error,
                self._url.host,
                call.action,
                request_id=its_id,
                fate=fate_of(error, has_sent=has_sent),
                at_proxy=self._is_proxied and trace.is_before_tunnel,
                unrelated=handled,
            )
            log.warning("%s: %s", call.action, fault.title)
            raise fault from None
        if response.status_code != 200:
            raise status_error(call, response, body)
        return response, body


class _Reply(NamedTuple, Generic[_Content]):
    """A successful call's content and statistics."""

    content: _Content
    request_id: str
    decode_seconds: float

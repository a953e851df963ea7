"""Caller: signs an action, sends it, limits its time and size, and maps faults. What has an effect is sent once."""

import asyncio
import logging
import ssl
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from types import TracebackType
from typing import Final, Generic, NamedTuple, Self, TypeVar

import httpx

from ucdn_tui import daemon_thread
from ucdn_tui.api.decoding.body import read_body
from ucdn_tui.api.decoding.decode import Answer, NotAnAnswerError
from ucdn_tui.api.failed_answers import Call, no_answer, refusal, request_id, status_error
from ucdn_tui.api.httpx_exceptions import fate_of, is_cut_off, transport_error
from ucdn_tui.api.network import CALL_TIMEOUT, ConnectionTrace, make_http, proxy_for
from ucdn_tui.api.signature import Value, flatten, sign
from ucdn_tui.clock import Clock
from ucdn_tui.errors import ApiError, Fate
from ucdn_tui.i18n import N_, _
from ucdn_tui.secret import Keys
from ucdn_tui.text import replace_surrogates

log = logging.getLogger(__name__)

_Content = TypeVar("_Content")

BODY_LIMIT: Final = 64 * 1024 * 1024
"""Maximum size of an answer in bytes, compressed and decompressed.

The largest page that the poller requests has 1,000 tasks, usually with 100 URLs each: 17 MB. Four times as much,
400,000 URLs, leaves room for a server that ignores Limit and sends the whole window. A page that is too large is
requested again in smaller pages.
"""

THREAD_FROM: Final = 4 * 1024 * 1024
"""Size in bytes from which an answer is decoded in a thread, so that the screen handles keys meanwhile. A page that was
asked for is smaller; one that is read field by field can take seconds."""


class Caller:
    """Makes calls with an account's keys, over one keep-alive connection pool. `UcdnClient` says which.

    The constructor raises UsageError if the environment's certificate or proxy settings are invalid.

    `timeout` is in seconds, for a whole call. Close it, or use it as an async context manager.
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

    async def aclose(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def _ask(
        self,
        action: str,
        params: Mapping[str, Value],
        decode: Callable[[bytes], Answer[_Content]],
        *,
        repeatable: bool = False,
        right: str = "",
    ) -> "Reply[_Content]":
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
            raise no_answer(call, NotAnAnswerError(N_("an answer to another action")), response)
        self._clock.observe(response.headers.get("Date", ""))
        log.info("%s: %s, %d bytes, request id %s", action, answer.summary, len(body), request_id(response))
        return Reply(answer.content, request_id(response), seconds)

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
            log.warning("%s: %s", call.action, fault.log_text)
            raise fault from None
        if response.status_code != 200:
            raise status_error(call, response, body)
        return response, body


class Reply(NamedTuple, Generic[_Content]):
    """A successful call's content and statistics."""

    content: _Content
    request_id: str
    decode_seconds: float

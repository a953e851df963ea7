"""A transport to a real server with injected faults."""

from collections.abc import Callable

import httpx


def _refusal(code: int) -> httpx.Response:
    return httpx.Response(200, json={"RetCode": code, "Action": "x", "Message": "soak"})


def _raise(error: Exception) -> httpx.Response:
    raise error


FAULTS: tuple[Callable[[], httpx.Response], ...] = (
    lambda: _raise(httpx.ConnectError("")),
    lambda: _raise(httpx.ReadTimeout("")),
    lambda: _raise(httpx.RemoteProtocolError("Server disconnected without sending a response.")),
    lambda: httpx.Response(502),
    lambda: httpx.Response(429, headers={"Retry-After": "40"}),
    lambda: httpx.Response(200, content=b"<html>sign in to the network</html>"),
    lambda: httpx.Response(200, content=b'{"RetCode": 0, "TaskList": [{"TaskId": '),
    lambda: httpx.Response(302, headers={"Location": "https://login.example"}),
    *(lambda code=code: _refusal(code) for code in (110, 150, 153, 160, 292, 299, 8039)),  # type: ignore[misc]
)


class FaultyTransport(httpx.AsyncBaseTransport):
    """Real connections to the server, except while there is a `fault`."""

    def __init__(self) -> None:
        self._transport = httpx.AsyncHTTPTransport()
        self._idle_polls = 0
        self.in_flight = 0
        self.requests = 0
        self.fault: Callable[[], httpx.Response] | None = None
        self.hits: Callable[[str], bool] = lambda _body: True
        """Returns whether the fault affects a request, given its body."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.in_flight += 1
        self.requests += 1
        try:
            body = await request.aread()
            if self.fault is not None and self.hits(body.decode()):
                return self.fault()
            answer = await self._transport.handle_async_request(request)
            content = await answer.aread()
            return httpx.Response(answer.status_code, headers=answer.headers, content=content)
        finally:
            self.in_flight -= 1

    def is_idle(self) -> bool:
        """Return whether no request has been in flight for three checks in a row, so that time may pass."""
        self._idle_polls = 0 if self.in_flight else self._idle_polls + 1
        return self._idle_polls >= 3

    async def aclose(self) -> None:
        await self._transport.aclose()

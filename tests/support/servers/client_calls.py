"""API calls with known keys, and checks that their errors reveal no secret."""

import asyncio
import contextlib
import logging
import traceback
from collections.abc import Awaitable, Callable, Iterable, Iterator
from typing import Any

import pytest

from support import PATIENCE
from support.clock import FakeClock
from support.servers.raw_server import Behaviour, RawServer, Request
from ucdn_tui.api.client import DESCRIBE_REFRESH, REFRESH, UcdnClient
from ucdn_tui.errors import ApiError
from ucdn_tui.secret import Keys, Secret

PUBLIC_KEY = "ucloudsomeone@example.com1296235120854146120"
PRIVATE_KEY = "46f09bb9fab4f12dfc160dae12273d5332b5debe"
KEYS = Keys(PUBLIC_KEY, Secret(PRIVATE_KEY))

SHORT = 0.5
"""Timeout in seconds for calls that are meant to time out."""


def client_of(server: RawServer | str, **options: Any) -> UcdnClient:
    """Return a client for a server or an endpoint, with these keys and its own clock."""
    endpoint = server if isinstance(server, str) else server.url
    return UcdnClient(endpoint, KEYS, options.pop("clock", FakeClock()), **{"timeout": PATIENCE, **options})


Call = Callable[[UcdnClient], Awaitable[object]]


def describe(client: UcdnClient) -> Awaitable[object]:
    return client.describe_refresh_tasks(task_ids=["one"])


def submit(client: UcdnClient) -> Awaitable[object]:
    return client.submit_refresh(["http://example.com/one.css"], "file")


_ACTIONS = {describe: DESCRIBE_REFRESH, submit: REFRESH}


async def error_of(client: UcdnClient, requests: Iterable[Request] = (), call: Call = describe) -> ApiError:
    """Make a call that fails; return its error, after checking that it has words and reveals no secret."""
    with pytest.raises(ApiError) as caught:
        async with asyncio.timeout(PATIENCE):
            await call(client)
    error = caught.value
    assert error.title, "an error without a title"
    assert error.advice, "an error without advice"
    assert str(error).isprintable(), "an error that cannot be shown"
    assert error.action == _ACTIONS[call], "an error that does not know its action"
    _assert_no_secret_shows(error, requests)
    return error


async def error_from(
    *behaviours: Behaviour, timeout: float = PATIENCE, call: Call = describe, **options: Any
) -> ApiError:
    """Make a call to a server with these behaviours; return its error, checked as in `error_of`.

    The client must close all its connections. On a busy machine a call can time out before its request is sent; then it
    is repeated with more time.
    """
    async with RawServer(*behaviours) as server:
        async with client_of(server, timeout=timeout, **options) as client:
            error = await error_of(client, server.requests, call)
        await server.idle()
    if not server.requests and timeout < PATIENCE:
        return await error_from(*behaviours, timeout=4 * timeout, call=call, **options)
    assert server.requests, "the request did not arrive"
    return error


def _assert_no_secret_shows(error: ApiError, requests: Iterable[Request]) -> None:
    """Fail if the error or its printed traceback contains the private key or a request's signature.

    The local variables of the frames, which some tools print, must not contain the private key either.
    """
    printed = "".join(traceback.format_exception(error))
    assert "httpx." not in printed, "the traceback shows the error of httpx"
    shown = [str(error), repr(error), repr(vars(error)), printed]
    secrets = [PRIVATE_KEY, *(request.form["Signature"] for request in requests)]
    assert not [secret for secret in secrets for text in shown if secret in text], "a secret shows"
    assert PRIVATE_KEY not in "".join(_locals_of(error)), "the private key is in a local variable"


def _locals_of(error: BaseException | None) -> Iterator[str]:
    """Yield the repr of every local variable in the tracebacks of an error and its causes."""
    while error is not None:
        for frame, _ in traceback.walk_tb(error.__traceback__):
            for value in frame.f_locals.values():
                with contextlib.suppress(AttributeError):  # h11 leaves partly initialized objects
                    yield repr(value)
        error = error.__cause__ or error.__context__


def everything_in(records: Iterable[logging.LogRecord]) -> str:
    """Return everything in the log records, whatever the formatter."""
    return "\n".join(f"{record.getMessage()} {vars(record)!r}" for record in records)

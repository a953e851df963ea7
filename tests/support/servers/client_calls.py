"""Calls by a client whose keys are known, and a look at whether what they end with shows what nobody may see."""

import asyncio
import contextlib
import logging
import traceback
from collections.abc import Iterable, Iterator
from typing import Any

import pytest

from support import PATIENCE
from support.clock import FakeClock
from support.servers.raw_server import Behaviour, RawServer, Request
from ucdn_tui.api.client import DESCRIBE_REFRESH, UcdnClient
from ucdn_tui.errors import ApiError
from ucdn_tui.secret import Keys, Secret

PUBLIC_KEY = "ucloudsomeone@example.com1296235120854146120"
PRIVATE_KEY = "46f09bb9fab4f12dfc160dae12273d5332b5debe"
KEYS = Keys(PUBLIC_KEY, Secret(PRIVATE_KEY))

SHORT = 0.5
"""Seconds that a call may take where the server makes it take all of them."""


def client_of(server: RawServer | str, **options: Any) -> UcdnClient:
    """Return a client of a server, or of an address, with these keys and a clock of its own."""
    endpoint = server if isinstance(server, str) else server.url
    return UcdnClient(endpoint, KEYS, options.pop("clock", FakeClock()), **{"timeout": PATIENCE, **options})


async def error_of(client: UcdnClient, requests: Iterable[Request] = ()) -> ApiError:
    """Return the error that a call ends with: one of ours, with words to show, and without a secret."""
    with pytest.raises(ApiError) as caught:
        async with asyncio.timeout(PATIENCE):
            await client.describe_refresh_tasks(task_ids=["one"])
    error = caught.value
    assert error.title, "an error without a title"
    assert error.sentence, "an error without a sentence"
    assert str(error).isprintable(), "an error that cannot be shown"
    assert error.action == DESCRIBE_REFRESH, "an error that does not know its action"
    _assert_no_secret_shows(error, requests)
    return error


async def error_from(*behaviours: Behaviour, timeout: float = PATIENCE, **options: Any) -> ApiError:
    """Return the error that a call of a server with these behaviours ends with, looked at as in `error_of`.

    The client is then closed, and must have left no connection open. A call whose time was over before a busy machine
    had sent it is made again, with more time.
    """
    async with RawServer(*behaviours) as server:
        async with client_of(server, timeout=timeout, **options) as client:
            error = await error_of(client, server.requests)
        await server.idle()
    if not server.requests and timeout < PATIENCE:
        return await error_from(*behaviours, timeout=4 * timeout, **options)
    assert server.requests, "the call did not come through"
    return error


def _assert_no_secret_shows(error: ApiError, requests: Iterable[Request]) -> None:
    """Fail if an error's words, or a traceback as Python prints it, hold the private key or a request's signature.

    With the locals of every frame, as some tools print them, the private key still must not show.
    """
    printed = "".join(traceback.format_exception(error))
    assert "httpx." not in printed, "the traceback tells what httpx said, which is none of ours"
    shown = [str(error), repr(error), repr(vars(error)), printed]
    secrets = [PRIVATE_KEY, *(request.form["Signature"] for request in requests)]
    assert not [secret for secret in secrets for text in shown if secret in text], "a secret shows"
    assert PRIVATE_KEY not in "".join(_locals_of(error)), "the private key is in a local variable"


def _locals_of(error: BaseException | None) -> Iterator[str]:
    """Yield what the variables of every frame of an error, and of the errors that led to it, show of themselves."""
    while error is not None:
        for frame, _ in traceback.walk_tb(error.__traceback__):
            for value in frame.f_locals.values():
                with contextlib.suppress(AttributeError):  # h11 has objects that it never finished
                    yield repr(value)
        error = error.__cause__ or error.__context__


def everything_in(records: Iterable[logging.LogRecord]) -> str:
    """Return all that log records hold, whatever a formatter would make of it."""
    return "\n".join(f"{record.getMessage()} {vars(record)!r}" for record in records)

"""Errors from hostile responses."""

import asyncio
import json

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from support.clock import FakeClock
from support.data.hostile import BODIES, LONG, TEXTS
from support.screen.checks.hostile_checks import (
    check_printable,
)
from support.screen.checks.hostile_tasks import (
    SOME,
)
from ucdn_tui.api.client import UcdnClient
from ucdn_tui.api.models import TaskKind
from ucdn_tui.errors import ApiError
from ucdn_tui.secret import Keys, Secret
from ucdn_tui.ui.bars.freshness import freshness_text
from ucdn_tui.watch.freshness import freshness_of
from ucdn_tui.watch.poll.kind_poller import KindState
from ucdn_tui.watch.poll.poller import PollState

pytestmark = pytest.mark.slow


def transport_with(body: bytes, status: int = 200, headers: dict[str, bytes] | None = None) -> httpx.MockTransport:
    return httpx.MockTransport(lambda _request: httpx.Response(status, headers=headers or {}, content=body))


async def error_of(transport: httpx.AsyncBaseTransport) -> list[ApiError]:
    """Return the errors of the client's calls; calls that succeed have none."""
    errors = []
    async with UcdnClient(
        "https://h.test", Keys("someone", Secret("0123")), FakeClock(), transport=transport
    ) as client:
        for call in (client.describe_refresh_tasks, client.describe_prefetch_tasks, client.get_project_list):
            try:
                await call()
            except ApiError as error:
                errors.append(error)
    return errors


def check_error(error: ApiError) -> None:
    """Check that an error is one line of visible text, in itself and on the screen."""
    check_printable([str(error), error.request_id])
    state = PollState(dict.fromkeys(TaskKind, KindState(error=error, next_try=1.0)), 5.0, 5.0, 86400.0)
    text = freshness_text(freshness_of(state, 0.0), 0)
    check_printable([text.text, text.short, *(problem.in_full() for problem in text.problems)])


class TestErrors:
    @SOME
    @given(BODIES, st.sampled_from([200, 299, 302, 403, 407, 429, 503]), st.sampled_from(sorted(TEXTS.values())))
    def test_any_response_becomes_an_api_error_of_one_line(self, body: bytes, status: int, text: str) -> None:
        heads = {
            "X-UCLOUD-REQUEST-UUID": text.encode("utf-8", "surrogatepass"),
            "Retry-After": text.encode("utf-8", "surrogatepass"),
        }
        for error in asyncio.run(error_of(transport_with(body, status, heads))):
            check_error(error)

    @pytest.mark.parametrize("text", [*TEXTS.values(), "\x1b" * LONG], ids=[*TEXTS, "flood"])
    def test_messages_of_the_api_are_sanitized(self, text: str) -> None:
        body = json.dumps({"RetCode": 9, "Message": f"no: {text}", "Action": text}).encode()
        errors = asyncio.run(error_of(transport_with(body)))
        assert len(errors) == 3
        for error in errors:
            assert str(error).startswith("API error (RetCode 9): no: ")
            check_error(error)

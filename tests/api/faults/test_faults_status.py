"""HTTP statuses other than 200, over real sockets, with their Retry-After."""

import pytest

from support.servers.client_calls import error_from
from support.servers.raw_server import REQUEST_ID, RawServer, answer
from ucdn_tui.errors import HttpStatusError


@pytest.mark.parametrize(
    "status", [204, 301, 302, 303, 307, 308, 400, 401, 403, 404, 407, 418, 429, 500, 502, 503, 504]
)
@pytest.mark.parametrize("body", [b"", b"<html>oops</html>", b'{"RetCode": 0}', b"[]"], ids=repr)
async def test_an_http_status_without_an_api_answer_is_reported(status: int, body: bytes) -> None:
    if status == 204:
        body = b""
    error = await error_from(answer(body, status))
    assert isinstance(error, HttpStatusError)
    assert error.status == status
    assert str(status) in str(error)
    assert (error.request_id, error.retry_after) == (REQUEST_ID, None)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": "30"}, 30.0),
        ({"Retry-After": "0"}, 0.0),
        ({"Retry-After": "Thu, 09 Oct 2025 08:55:20 GMT"}, 120.0),
        ({"Retry-After": "Thu, 09 Oct 2025 08:00:00 GMT"}, 0.0),
        ({"Retry-After": "soon"}, None),
        ({"Retry-After": "-5"}, None),
        ({"Retry-After": ""}, None),
        ({}, None),
    ],
    ids=repr,
)
@pytest.mark.parametrize(
    "status_and_body", [(429, b""), (503, b"busy"), (429, b'{"RetCode": 153}'), (200, b'{"RetCode": 153}')]
)
async def test_retry_after_is_read(
    status_and_body: tuple[int, bytes], headers: dict[str, str | None], seconds: float | None
) -> None:
    status, body = status_and_body
    error = await error_from(answer(body, status, headers))
    assert error.title.startswith("Rate limited") or status == 503
    assert error.retry_after == seconds


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_is_not_followed(status: int) -> None:
    async with RawServer(answer(b'{"RetCode": 0}')) as elsewhere:
        error = await error_from(answer(b"", status, {"Location": f"{elsewhere.url}/?a=b"}))
    assert elsewhere.connections == 0
    assert isinstance(error, HttpStatusError)
    assert error.title == f"Redirect not followed (HTTP {status})"

"""What the client sends over a real socket, how it reads the answers, and what it never reveals."""

import logging
from typing import Any
from urllib.parse import quote, quote_plus

import pytest

from support.clock import FakeClock
from support.servers.client_calls import KEYS, PRIVATE_KEY, PUBLIC_KEY, client_of, everything_in
from support.servers.raw_server import DATE, RawServer, answer, raw
from ucdn_tui.api.client import DESCRIBE_PREFETCH, DESCRIBE_REFRESH, UcdnClient
from ucdn_tui.api.models import DescribeQuery
from ucdn_tui.api.signature import sign
from ucdn_tui.errors import ApiError, HttpStatusError, ProtocolError, RetCodeError
from ucdn_tui.secret import Secret

NOTHING = answer(b'{"RetCode": 0}')

EVERYTHING: DescribeQuery = {
    "task_ids": ["20190121141137_4d8031d5", "任务 & 2=二"],
    "begin": 1_760_000_000,
    "end": 1_760_000_600,
    "status": "unknow",
    "offset": 0,
    "limit": 100,
    "is_dcdn": True,
}

EVERY_PARAMETER = {
    "TaskId.0": "20190121141137_4d8031d5",
    "TaskId.1": "任务 & 2=二",
    "BeginTime": "1760000000",
    "EndTime": "1760000600",
    "Status": "unknow",
    "Offset": "0",
    "Limit": "100",
    "IsDcdn": "true",
}


@pytest.mark.parametrize(
    ("method", "action"),
    [
        (UcdnClient.describe_refresh_tasks, DESCRIBE_REFRESH),
        (UcdnClient.describe_prefetch_tasks, DESCRIBE_PREFETCH),
    ],
)
@pytest.mark.parametrize(
    ("query", "parameters"),
    [
        pytest.param({}, {}, id="nothing asked for"),
        pytest.param(EVERYTHING, EVERY_PARAMETER, id="everything asked for"),
        pytest.param({"is_dcdn": False, "task_ids": []}, {}, id="defaults are not sent"),
        pytest.param({"begin": 0, "end": 2}, {"BeginTime": "0", "EndTime": "2"}, id="a time of zero is one"),
    ],
)
@pytest.mark.parametrize("project", [None, "org-项目"])
async def test_a_query_is_a_signed_form_post_with_exactly_its_parameters(
    method: Any, action: str, query: DescribeQuery, parameters: dict[str, str], project: str | None
) -> None:
    async with RawServer(NOTHING) as server, client_of(server, project_id=project) as client:
        await method(client, **query)
    (request,) = server.requests
    assert (request.method, request.target) == ("POST", "/")
    assert request.headers["content-type"] == "application/x-www-form-urlencoded"
    form = request.form
    signature = form.pop("Signature")
    assert form == {
        "Action": action,
        "PublicKey": PUBLIC_KEY,
        **({"ProjectId": project} if project else {}),
        **parameters,
    }
    assert signature == sign(form, PRIVATE_KEY)


@pytest.mark.parametrize("channel", ["", "the-channel"])
@pytest.mark.parametrize("token", ["", "the-token+/="])
async def test_security_token_is_signed_and_the_channel_key_is_a_header(token: str, channel: str) -> None:
    keys = KEYS._replace(token=Secret(token), channel=Secret(channel))
    async with RawServer(NOTHING) as server, UcdnClient(server.url, keys, FakeClock()) as client:
        await client.describe_refresh_tasks()
        await client.get_project_list()
    for request in server.requests:
        assert request.form.get("SecurityToken") == (token or None)
        assert request.form.pop("Signature") == sign(request.form, PRIVATE_KEY)
        assert request.headers.get("channel-key") == (channel or None), "an empty header would be another channel"


async def test_task_ids_are_numbered_from_zero() -> None:
    ids = [f"20251009_{n:08x}" for n in range(50)]
    async with RawServer(NOTHING) as server, client_of(server) as client:
        await client.describe_refresh_tasks(task_ids=ids)
    form = server.requests[0].form
    assert [form[f"TaskId.{n}"] for n in range(50)] == ids
    assert "TaskId.50" not in form
    assert form["Signature"] == sign(form, PRIVATE_KEY)


async def test_a_path_in_the_endpoint_is_used() -> None:
    async with RawServer(NOTHING) as server, client_of(f"{server.url}/api/v1") as client:
        await client.describe_refresh_tasks()
    assert server.requests[0].target == "/api/v1"


async def test_keys_and_signature_are_in_the_body_only() -> None:
    async with RawServer(NOTHING) as server, client_of(server) as client:
        await client.describe_refresh_tasks(**EVERYTHING)
    (request,) = server.requests
    around = repr((request.method, request.target, request.headers))
    secrets = [PRIVATE_KEY, request.form["Signature"], PUBLIC_KEY, quote(PUBLIC_KEY), quote_plus(PUBLIC_KEY)]
    assert not [secret for secret in secrets if secret in around]
    assert PRIVATE_KEY not in request.body.decode()


@pytest.mark.parametrize(
    "behaviour",
    [
        pytest.param(NOTHING, id="success"),
        pytest.param(answer(b'{"RetCode": 171, "Message": "Signature VerifyAC Error"}'), id="refused"),
        pytest.param(answer(b"oops", 500), id="server error"),
        pytest.param(answer(b"", 302, {"Location": "http://127.0.0.1:9/"}), id="redirect"),
        pytest.param(answer(b"<html>"), id="login page"),
        pytest.param(raw(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{"), id="cut short"),
    ],
)
async def test_no_log_at_any_level_has_keys_or_signature(behaviour: Any, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    keys = KEYS._replace(token=Secret("the-token"), channel=Secret("the-channel"))
    async with RawServer(behaviour) as server, UcdnClient(server.url, keys, FakeClock()) as client:
        try:
            await client.describe_refresh_tasks()
        except ApiError:
            logging.getLogger("other").exception("it failed")
    assert {"httpcore.http11", "httpx"} <= {record.name for record in caplog.records}
    logged = everything_in(caplog.records) + caplog.text
    signature = server.requests[0].form["Signature"]
    secrets = [PRIVATE_KEY, signature, "Signature=", PUBLIC_KEY, quote(PUBLIC_KEY, safe=""), "the-token", "the-channel"]
    assert not [secret for secret in secrets if secret in logged]


async def test_calls_share_one_connection_also_after_errors() -> None:
    refused = answer(b'{"RetCode": 171, "Message": "Signature VerifyAC Error"}')
    async with RawServer(NOTHING, refused, answer(b"oops", 500), NOTHING) as server, client_of(server) as client:
        await client.describe_refresh_tasks()
        with pytest.raises(RetCodeError):
            await client.describe_prefetch_tasks()
        with pytest.raises(HttpStatusError):
            await client.describe_prefetch_tasks()
        await client.describe_refresh_tasks()
    assert [request.connection for request in server.requests] == [0, 0, 0, 0]


async def test_a_connection_closed_by_the_server_is_replaced() -> None:
    body = b'{"RetCode": 0}'
    leaving = raw(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))
    async with RawServer(leaving, NOTHING) as server, client_of(server) as client:
        await client.describe_refresh_tasks()
        await server.idle()
        await client.describe_refresh_tasks()
    assert [request.connection for request in server.requests] == [0, 1]


async def test_the_clock_observes_the_date_of_a_success() -> None:
    clock = FakeClock()
    async with RawServer(NOTHING) as server, client_of(server, clock=clock) as client:
        await client.describe_refresh_tasks()
    assert clock.observed == [DATE]


@pytest.mark.parametrize(
    "behaviour",
    [
        answer(b'{"RetCode": 153}'),
        answer(b"<html>"),
        answer(b"", 502),
        answer(b'{"RetCode": 0, "Action": "GetUcdnDomainInfoListResponse"}'),
    ],
    ids=["refusal", "login page", "bad gateway", "another action's"],
)
async def test_the_clock_ignores_the_date_of_an_error(behaviour: Any) -> None:
    clock = FakeClock()
    async with RawServer(behaviour) as server, client_of(server, clock=clock) as client:
        for call in (client.describe_refresh_tasks, client.get_project_list):
            with pytest.raises((RetCodeError, ProtocolError, HttpStatusError)):
                await call()
    assert clock.observed == []

"""Submitting: what goes over a real socket, and how the answers are read."""

import json
from typing import Any

import pytest

from support.servers.client_calls import PRIVATE_KEY, PUBLIC_KEY, client_of
from support.servers.raw_server import REQUEST_ID, RawServer, answer
from ucdn_tui.api.client import PREFETCH, REFRESH
from ucdn_tui.api.models import Submitted
from ucdn_tui.api.signature import sign
from ucdn_tui.errors import ApiError, Fate, RetCodeError

DONE = answer(b'{"RetCode": 0, "TaskId": "20251009165320_4d8031d5"}')

URLS = [
    "http://cdn.example.com/图 片.png?a=1&b=%20+%E4%BB%BB;c#d",
    "HTTPS://CDN.example.com:443/A/../b//",
    "http://cdn.example.com/\U0001f600/=&\u202e",
    " http://cdn.example.com/ ",
    "http://cdn.example.com/图 片.png?a=1&b=%20+%E4%BB%BB;c#d",
]
"""URLs that some programs would change, and one of them twice."""

AS_SENT = {f"UrlList.{number}": url for number, url in enumerate(URLS)}


@pytest.mark.parametrize(
    ("submit", "action", "parameters"),
    [
        (lambda client: client.submit_refresh(URLS, "file"), REFRESH, {"Type": "file"}),
        (lambda client: client.submit_refresh(URLS, "m3u8", is_dcdn=False), REFRESH, {"Type": "m3u8"}),
        (lambda client: client.submit_refresh(URLS, "dir", is_dcdn=True), REFRESH, {"Type": "dir", "IsDcdn": "true"}),
        (lambda client: client.submit_prefetch(URLS), PREFETCH, {}),
        (lambda client: client.submit_prefetch(URLS, is_dcdn=False), PREFETCH, {}),
        (lambda client: client.submit_prefetch(tuple(URLS), is_dcdn=True), PREFETCH, {"IsDcdn": "true"}),
    ],
)
@pytest.mark.parametrize("project", [None, "org-项目"])
async def test_a_submit_is_a_signed_form_post_with_exactly_its_parameters(
    submit: Any, action: str, parameters: dict[str, str], project: str | None
) -> None:
    async with RawServer(DONE) as server, client_of(server, project_id=project) as client:
        assert await submit(client) == Submitted("20251009165320_4d8031d5", REQUEST_ID)
    (request,) = server.requests
    assert (request.method, request.target) == ("POST", "/")
    assert request.headers["content-type"] == "application/x-www-form-urlencoded"
    assert request.body.isascii()
    form = request.form
    signature = form.pop("Signature")
    account = {"Action": action, "PublicKey": PUBLIC_KEY, **({"ProjectId": project} if project else {})}
    assert form == {**account, **parameters, **AS_SENT}
    assert signature == sign(form, PRIVATE_KEY), "the signature covers the URLs as they are, not as they are encoded"


@pytest.mark.parametrize(
    ("submit", "limit"),
    [
        (lambda client, urls: client.submit_refresh(urls, "file"), 100),
        (lambda client, urls: client.submit_prefetch(urls), 1000),
    ],
    ids=["refresh", "prefetch"],
)
async def test_a_call_takes_so_many_urls_and_no_more(submit: Any, limit: int) -> None:
    async with RawServer(DONE) as server, client_of(server) as client:
        await submit(client, [f"http://example.com/{n}" for n in range(limit)])
        for count in (0, limit + 1):
            with pytest.raises(ValueError, match=f"1 to {limit:d} URLs, not {count}"):
                await submit(client, ["http://example.com/"] * count)
    (request,) = server.requests
    assert [request.form[f"UrlList.{n}"] for n in range(limit)] == [f"http://example.com/{n}" for n in range(limit)]
    assert f"UrlList.{limit}" not in request.form


@pytest.mark.parametrize(
    ("given", "task_id"),
    [
        ({}, ""),
        ({"TaskId": None}, ""),
        ({"TaskId": ""}, ""),
        ({"TaskId": "kRtSCEHO"}, "kRtSCEHO"),
        ({"TaskId": 20190121}, "20190121"),
        ({"TaskId": True}, ""),
        ({"TaskId": ["kRtSCEHO"]}, ""),
        ({"TaskId": {"Id": "kRtSCEHO"}}, ""),
        ({"TaskId": "id \ud800"}, "id \ufffd"),
        ({"TaskId": "kRtSCEHO", "Action": None}, "kRtSCEHO"),
        ({"TaskId": "kRtSCEHO", "Action": f" {REFRESH}Response"}, "kRtSCEHO"),
        ({"TaskId": "kRtSCEHO", "RetCode": "0"}, "kRtSCEHO"),
    ],
    ids=repr,
)
async def test_a_success_counts_whatever_its_task_id(given: dict[str, Any], task_id: str) -> None:
    body = json.dumps({"RetCode": 0, "Action": f"{REFRESH}Response", **given}).encode()
    async with RawServer(answer(body)) as server, client_of(server) as client:
        assert await client.submit_refresh(URLS, "file") == Submitted(task_id, REQUEST_ID)
    assert len(server.requests) == 1


@pytest.mark.parametrize("task_id", ["", "\x1b]52;c;x\x07 \u202e" + "x" * 5000])
async def test_the_log_line_of_a_submit_is_short_and_safe(task_id: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", "ucdn_tui")
    body = json.dumps({"RetCode": 0, "TaskId": task_id}).encode()
    async with RawServer(answer(body)) as server, client_of(server) as client:
        await client.submit_prefetch(URLS)
    (record,) = (record for record in caplog.records if record.name.startswith("ucdn_tui"))
    assert record.getMessage().isprintable()
    assert len(record.getMessage()) < 300
    assert REQUEST_ID in record.getMessage()


@pytest.mark.parametrize("at", [0, 4])
async def test_a_url_that_cannot_be_encoded_is_not_sent(at: int) -> None:
    urls = [*URLS[:at], "http://example.com/\ud83d", *URLS[at:]]
    async with RawServer(DONE) as server, client_of(server) as client:
        for submit in (client.submit_prefetch(urls), client.submit_refresh(urls, "file")):
            with pytest.raises(ApiError, match="Request not sent: a URL contains an invalid character") as caught:
                await submit
            assert caught.value.fate is Fate.NOT_SENT
            assert caught.value.advice == "Correct the URL."
            assert PRIVATE_KEY not in repr(caught.value) + repr(vars(caught.value))
    assert server.connections == 0


async def test_an_id_that_cannot_be_encoded_is_not_sent() -> None:
    async with RawServer(DONE) as server, client_of(server) as client:
        with pytest.raises(ApiError, match="Request not sent: a key or id contains") as caught:
            await client.describe_refresh_tasks(task_ids=["id \ud83d"])
    assert caught.value.fate is Fate.NOT_SENT
    assert server.connections == 0


@pytest.mark.parametrize("status", [200, 403])
@pytest.mark.parametrize(
    ("submit", "right"),
    [
        (lambda client: client.submit_refresh(URLS, "file"), "ucdn:RefreshNewUcdnDomainCache"),
        (lambda client: client.submit_prefetch(URLS), "ucdn:PrefetchNewUcdnDomainCache"),
    ],
    ids=["refresh", "prefetch"],
)
async def test_a_submit_without_permission_names_the_missing_right(submit: Any, right: str, status: int) -> None:
    refused = answer(b'{"RetCode": 299, "Message": "IAM permission error"}', status)
    async with RawServer(refused) as server:
        async with client_of(server, project_id="org-one") as client:
            with pytest.raises(RetCodeError) as caught:
                await submit(client)
            words = "No permission (RetCode 299): IAM permission error. Ask the account's administrator for {}."
            assert str(caught.value) == words.format(right)
        async with client_of(server) as client:
            with pytest.raises(RetCodeError) as caught:
                await submit(client)
            assert caught.value.advice.startswith("Choose a project (O, or --project-id): ")
            assert caught.value.advice.endswith(f"ask the account's administrator for {right}.")


@pytest.mark.parametrize("code", [153, 171, 230])
async def test_another_refusal_of_a_submit_names_no_right(code: int) -> None:
    async with RawServer(answer(json.dumps({"RetCode": code}).encode())) as server, client_of(server) as client:
        with pytest.raises(RetCodeError) as caught:
            await client.submit_refresh(URLS, "file")
        with pytest.raises(RetCodeError) as likewise:
            await client.describe_refresh_tasks()
    assert "ucdn:" not in str(caught.value)
    assert str(caught.value) == str(likewise.value)


async def test_a_describe_without_permission_names_no_right() -> None:
    async with (
        RawServer(answer(b'{"RetCode": 299}')) as server,
        client_of(server, project_id="org-one") as client,
    ):
        with pytest.raises(RetCodeError, match=r"for access to UCDN\."):
            await client.describe_refresh_tasks()


async def test_submits_share_the_connection_of_the_other_calls() -> None:
    async with RawServer(answer(b'{"RetCode": 0}'), DONE) as server, client_of(server) as client:
        await client.describe_refresh_tasks()
        await client.submit_prefetch(URLS)
        await client.submit_refresh(URLS, "dir")
    assert [request.connection for request in server.requests] == [0, 0, 0]

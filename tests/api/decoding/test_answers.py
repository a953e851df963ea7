"""Answers and refusals over a real socket become pages and errors."""

import gzip
import json
import logging
import threading
from typing import Any

import pytest

from support.data.documents import PREFETCH_ANSWER, REFRESH_ANSWER, answer_body, task, url
from support.servers.client_calls import client_of
from support.servers.raw_server import REQUEST_ID, RawServer, answer
from ucdn_tui.api import client as client_module
from ucdn_tui.api.client import DESCRIBE_PREFETCH, DESCRIBE_REFRESH, UcdnClient
from ucdn_tui.errors import ApiError, ProtocolError, RetCodeError


@pytest.mark.parametrize(
    ("example", "method", "rows"),
    [
        (REFRESH_ANSWER, UcdnClient.describe_refresh_tasks, 1),
        (PREFETCH_ANSWER, UcdnClient.describe_prefetch_tasks, 7),
    ],
    ids=["refresh", "prefetch"],
)
@pytest.mark.parametrize("with_action", [True, False])
async def test_a_documented_example_becomes_a_page(
    example: str, method: Any, rows: int, with_action: bool, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "ucdn_tui")
    body = (example if with_action else example.replace('"Action"', '"Unknown"')).encode()
    async with RawServer(answer(body)) as server, client_of(server) as client:
        page = await method(client)
    assert (len(page.rows), page.received, page.unreadable) == (rows, rows, 0)
    assert page.request_id == REQUEST_ID
    total = {1: 2, 7: 4}[rows]
    assert f"{rows} rows (0 unreadable), TotalCount {total}, {len(body)} bytes, request id {REQUEST_ID}" in caplog.text


async def test_unreadable_rows_count_as_received_and_as_unreadable(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "ucdn_tui")
    body = answer_body(task("one"), None, "text", task("four", url(Progress="soon"), None), TotalCount="12")
    async with RawServer(answer(body)) as server, client_of(server) as client:
        page = await client.describe_refresh_tasks()
    assert [row.task_id for row in page.rows] == ["one", "four"]
    assert (page.received, page.unreadable) == (4, 4)
    assert "2 rows (4 unreadable), TotalCount 12," in caplog.text


async def test_a_compressed_answer_is_read(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "ucdn_tui")
    compressed = answer(gzip.compress(REFRESH_ANSWER.encode()), headers={"Content-Encoding": "gzip"})
    async with RawServer(compressed) as server, client_of(server) as client:
        page = await client.describe_refresh_tasks()
    assert page.received == 1
    assert f" {len(REFRESH_ANSWER.encode())} bytes," in caplog.text


@pytest.mark.parametrize("action", [DESCRIBE_REFRESH, DESCRIBE_PREFETCH])
@pytest.mark.parametrize("status", [200, 400, 401, 403, 429, 500, 503])
async def test_a_refusal_has_all_its_fields_with_any_http_status(action: str, status: int) -> None:
    body = json.dumps({"RetCode": 171, "Action": f"{action}Response", "Message": "签名 VerifyAC Error"}).encode()
    async with RawServer(answer(body, status)) as server, client_of(server) as client:
        methods = {
            DESCRIBE_REFRESH: client.describe_refresh_tasks,
            DESCRIBE_PREFETCH: client.describe_prefetch_tasks,
        }
        with pytest.raises(RetCodeError) as caught:
            await methods[action]()
    error = caught.value
    assert (error.code, error.message, error.request_id) == (171, "签名 VerifyAC Error", REQUEST_ID)
    assert (error.action, error.retry_after) == (action, None)
    assert "171" in str(error)
    assert "签名 VerifyAC Error" in str(error)


async def test_a_refusal_without_request_id_and_message_has_words() -> None:
    bare = answer(b'{"RetCode": "5001"}', headers={"X-UCLOUD-REQUEST-UUID": None, "Date": None})
    async with RawServer(bare) as server, client_of(server) as client:
        with pytest.raises(RetCodeError, match="5001") as caught:
            await client.describe_refresh_tasks()
    assert (caught.value.code, caught.value.message, caught.value.request_id) == (5001, "", "")


async def test_a_refusals_message_is_sanitized() -> None:
    message = "[red]no\x1b]52;c;x\x07\n\u202esecond\u200b line \ud800"
    body = json.dumps({"RetCode": 230, "Message": message + "x" * 5000}).encode()
    async with RawServer(answer(body)) as server, client_of(server) as client:
        with pytest.raises(RetCodeError) as caught:
            await client.describe_refresh_tasks()
    assert caught.value.message.startswith(r"[red]no\x1b]52;c;x\x07\n\u202esecond\u200b line ")
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 1000


@pytest.mark.parametrize("status", [200, 403])
@pytest.mark.parametrize("code", [292, 299])
async def test_a_refusal_without_a_project_says_to_choose_one(code: int, status: int) -> None:
    """A sub-account has to name a project: without one, even full rights are refused."""
    refused = answer(json.dumps({"RetCode": code, "Message": "IAM permission error"}).encode(), status)
    async with RawServer(refused) as server:
        for project in (None, "", "org-one"):
            async with client_of(server, project_id=project) as client:
                with pytest.raises(RetCodeError) as caught:
                    await client.describe_prefetch_tasks()
                first_step = caught.value.advice.partition(":")[0]
                assert (first_step == "Choose a project (O, or --project-id)") is not bool(project)
                assert project or "ask the account's administrator" in caught.value.advice
                with pytest.raises(RetCodeError) as caught:
                    await client.get_project_list()
                assert "to name one" not in caught.value.advice, "the call takes no project"


@pytest.mark.parametrize("body", [b'{"RetCode": 0}', b'{"RetCode": 230}', b"<html>"])
async def test_a_request_id_is_sanitized(body: bytes, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "ucdn_tui")
    behaviour = answer(body, headers={"X-UCLOUD-REQUEST-UUID": "\x1b]52;c;x\x07\x9b2J"})
    async with RawServer(behaviour) as server, client_of(server) as client:
        try:
            request_id = (await client.describe_refresh_tasks()).request_id
        except ApiError as error:
            request_id = error.request_id
    assert request_id
    assert request_id.isprintable()
    assert "".join(record.getMessage() for record in caplog.records if record.name.startswith("ucdn_tui")).isprintable()


@pytest.mark.parametrize(("rows", "is_large"), [(10, False), (100_000, True), (100_001, True)])
async def test_a_large_answer_is_decoded_in_a_thread(
    monkeypatch: pytest.MonkeyPatch, rows: int, is_large: bool
) -> None:
    threads: list[threading.Thread] = []
    decode_tasks = client_module.decode_tasks

    def decode(body: bytes) -> Any:
        threads.append(threading.current_thread())
        return decode_tasks(body)

    monkeypatch.setattr(client_module, "decode_tasks", decode)
    row = b'{"TaskId":"20251009000000_0","Status":"success"}'
    sent = answer(b'{"RetCode":0,"TaskList":[%s]}' % b",".join([row] * rows))
    async with RawServer(sent) as server, client_of(server) as client:
        if rows > 100_000:
            with pytest.raises(ProtocolError, match="too many entries"):
                await client.describe_refresh_tasks()
        else:
            assert (await client.describe_refresh_tasks()).received == rows
    assert [thread is threading.main_thread() for thread in threads] == [not is_large]

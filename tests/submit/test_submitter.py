"""Submitting a plan: its calls, and refusals, after which some calls are made again and others never."""

import ssl

import httpx
import pytest

from submit.batches import FILES, PREFETCHES, batch
from submit.world import Failure, World, ids, in_simulated_time, no_network, refusal, states, waits
from ucdn_tui.errors import KeyringError, KeyringReason

FIVE = [batch(f"http://img.example.com/{number}") for number in range(5)]


def times(world: World) -> list[float]:
    return [round(request.at, 3) for request in world.transport.requests]


@in_simulated_time
async def test_each_call_is_made_once_and_recorded(world: World) -> None:
    directory = batch("http://img.example.com/d/", type_="dir")
    playlist = batch("http://vod.example.com/x.m3u8", type_="m3u8")
    dcdn = batch("https://app.example.org/中文?x=%20", is_dcdn=True)
    batches = (FILES, directory, playlist, dcdn, PREFETCHES)
    async with world.start() as start:
        submission = await start.submit(*batches)
    assert states(submission) == ["accepted"] * 5
    assert submission.is_over
    requests = world.transport.requests
    assert [request.urls for request in requests] == [each.urls for each in batches]
    assert [request.params.get("Type") for request in requests] == ["file", "dir", "m3u8", "file", None]
    assert [request.params.get("IsDcdn") for request in requests] == [None, None, None, "true", None]
    tasks = world.tasks() | world.tasks(PREFETCHES.kind)
    assert [tasks[key] for key in ids(submission)] == [each.urls for each in batches]
    assert world.transport.searches == []


@in_simulated_time
async def test_progress_is_reported_before_and_after_each_call(world: World) -> None:
    seen: list[list[str]] = []
    async with world.start() as start:
        world.transport.on_request = lambda _request: seen.append(states(start.progress[-1].submission))
        await start.submit(FILES, PREFETCHES)
    assert seen == [["send", "not-sent"], ["accepted", "send"]]
    assert states(start.progress[-1].submission) == ["accepted", "accepted"]
    assert start.progress[-1].submission.is_over


@in_simulated_time
async def test_refused_call_spoils_no_other(world: World) -> None:
    unknown = batch("http://unknown.example/x")
    async with world.start() as start:
        submission = await start.submit(*FIVE[:2], unknown, *FIVE[2:4])
    assert states(submission) == ["accepted", "accepted", "refused", "accepted", "accepted"]
    assert "44001" in submission.calls[2].reason
    assert len(world.transport.requests) == 5
    assert not any(each.urls == unknown.urls for each in world.transport.requests[3:])


@pytest.mark.parametrize("failure", [refusal(299), refusal(230), refusal(44_003), httpx.Response(403), refusal(1, 400)])
@in_simulated_time
async def test_refusal_of_one_call_does_not_stop_the_rest(world: World, failure: Failure) -> None:
    world.transport.failures += [failure]
    async with world.start() as start:
        submission = await start.submit(*FIVE[:3])
    assert states(submission) == ["refused", "accepted", "accepted"]
    assert len(world.transport.requests) == 3


@pytest.mark.parametrize("code", [170, 171, 172, 174, 292, 294, 295])
@in_simulated_time
async def test_refusal_that_every_call_would_get_stops_the_rest(world: World, code: int) -> None:
    world.transport.failures += [None, refusal(code)]
    async with world.start() as start:
        submission = await start.submit(*FIVE)
    assert states(submission) == ["accepted", "refused", "not-sent", "not-sent", "not-sent"]
    assert submission.is_over
    assert f"RetCode {code}" in submission.calls[1].reason
    assert len(world.transport.requests) == 2


# Refusals and faults after which the same call is made again


@pytest.mark.parametrize("failure", [refusal(153), refusal(130), refusal(150), httpx.Response(429), no_network()])
@in_simulated_time
async def test_call_is_made_again_after_a_back_off_if_nothing_was_submitted(world: World, failure: Failure) -> None:
    world.transport.failures += [None, *[failure] * 5]
    async with world.start() as start:
        submission = await start.submit(*FIVE[:3])
    assert states(submission) == ["accepted"] * 3
    assert times(world) == [0, 0, 2, 7, 17, 37, 77, 77]
    assert waits(start.progress) == [2, 7, 17, 37, 77]
    assert submission.calls[1].reason == ""


@pytest.mark.parametrize(
    ("failure", "state"), [(refusal(153), "refused"), (httpx.Response(429), "refused"), (no_network(), "not-sent")]
)
@in_simulated_time
async def test_submission_ends_if_the_sixth_try_fails_as_well(world: World, failure: Failure, state: str) -> None:
    world.transport.failures += [failure] * 6
    async with world.start() as start:
        submission = await start.submit(*FIVE[:3])
    assert states(submission) == [state, "not-sent", "not-sent"]
    assert submission.is_over
    assert times(world) == [0, 2, 7, 17, 37, 77]
    assert submission.calls[0].reason
    assert world.tasks() == {}


@pytest.mark.parametrize(
    ("seconds", "waited"), [("0", 2), ("1", 2), ("30", 30), ("Thu, 09 Oct 2025 08:53:50 GMT", 30), ("120", 120)]
)
@pytest.mark.parametrize("code", [153, None])
@in_simulated_time
async def test_retry_after_prolongs_the_back_off(world: World, seconds: str, waited: float, code: int | None) -> None:
    headers = {"Retry-After": seconds, "Date": "Thu, 09 Oct 2025 08:53:20 GMT"}
    world.transport.failures += [refusal(code, **headers) if code else httpx.Response(429, headers=headers)]
    async with world.start() as start:
        submission = await start.submit(FILES)
    assert states(submission) == ["accepted"]
    assert times(world) == [0, waited]


@in_simulated_time
async def test_retry_after_of_more_than_two_minutes_ends_the_submission(world: World) -> None:
    world.transport.failures += [httpx.Response(429, headers={"Retry-After": "121"})]
    async with world.start() as start:
        submission = await start.submit(FILES)
    assert states(submission) == ["refused"]
    assert len(world.transport.requests) == 1


@in_simulated_time
async def test_certificate_that_is_not_trusted_is_not_tried_again(world: World) -> None:
    failure = no_network()
    failure.__cause__ = cause = ssl.SSLCertVerificationError("self-signed")
    cause.verify_message = "self-signed certificate"
    world.transport.failures.append(failure)
    async with world.start() as start:
        submission = await start.submit(*FIVE[:2])
    assert states(submission) == ["not-sent", "not-sent"]
    assert "Certificate not trusted" in submission.calls[0].reason
    assert times(world) == [0]


@in_simulated_time
async def test_without_keys_nothing_is_sent(world: World) -> None:
    async with world.start() as start:
        start.error = KeyringError(KeyringReason.LOCKED, "KWallet")
        submission = await start.submit(*FIVE[:2])
    assert states(submission) == ["not-sent", "not-sent"]
    assert [call.reason for call in submission.calls] == ["Keyring locked: KWallet", ""]
    assert submission.is_over
    assert world.transport.requests == []

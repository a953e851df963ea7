"""Where addresses are: what is asked for, and what is read from odd answers."""

import json
from typing import Any

import pytest

from support.servers.client_calls import PRIVATE_KEY, PUBLIC_KEY, client_of
from support.servers.raw_server import RawServer, answer, reset
from ucdn_tui.api.client import QUERY_IP_LOCATION
from ucdn_tui.api.decoding.decode import NotAnAnswerError
from ucdn_tui.api.decoding.decode_domains import decode_ip_locations
from ucdn_tui.api.models import IpLocation
from ucdn_tui.api.signature import sign

SHANGHAI = {"Ip": "192.0.2.1", "Area": "华东", "Isp": "电信", "City": "上海", "Exist": True}
PLACE = IpLocation("192.0.2.1", "华东", "电信", "上海")


def places(*rows: Any) -> list[IpLocation]:
    return decode_ip_locations(json.dumps({"RetCode": 0, "Data": rows}).encode()).content


async def test_the_addresses_are_asked_for_without_a_project() -> None:
    found = answer(json.dumps({"RetCode": 0, "Data": [SHANGHAI]}).encode())
    async with RawServer(found) as server, client_of(server, project_id="org-a") as client:
        assert await client.get_ip_locations(["192.0.2.1", "2001:db8::1"]) == [PLACE]
    form = server.requests[0].form
    assert form.pop("Signature") == sign(form, PRIVATE_KEY)
    addresses = {"Ip.0": "192.0.2.1", "Ip.1": "2001:db8::1"}
    assert form == {"Action": QUERY_IP_LOCATION, "PublicKey": PUBLIC_KEY, **addresses}


async def test_on_an_idle_connection_that_the_server_closes_it_is_sent_again() -> None:
    nothing = answer(b'{"RetCode": 0}')
    async with RawServer(nothing, reset(), nothing) as server, client_of(server) as client:
        for _ in range(2):
            assert await client.get_ip_locations(["192.0.2.1"]) == []
    assert [request.connection for request in server.requests] == [0, 0, 1]


def test_a_place_may_be_told_in_part() -> None:
    assert places({"Ip": "192.0.2.1", "City": "上海"}) == [IpLocation("192.0.2.1", city="上海")]
    assert places({**SHANGHAI, "Area": None, "Isp": ["x"]}) == [PLACE._replace(area="", isp="")]


@pytest.mark.parametrize(
    "row",
    [
        {**SHANGHAI, "Exist": False},
        {**SHANGHAI, "Exist": "false"},
        {**SHANGHAI, "Ip": ""},
        {**SHANGHAI, "Ip": None},
        {"Ip": "192.0.2.1", "Exist": True},
        {"Ip": "192.0.2.1", "Area": "", "Isp": "", "City": "", "Exist": True},
        None,
        "192.0.2.1",
    ],
    ids=repr,
)
def test_a_row_without_address_or_place_is_left_out_and_costs_no_other(row: Any) -> None:
    assert places(row, SHANGHAI) == [PLACE]


@pytest.mark.parametrize("junk", [None, "perhaps", 7, {}], ids=repr)
def test_a_place_counts_although_nothing_says_that_it_exists(junk: Any) -> None:
    assert places({**SHANGHAI, "Exist": junk}) == [PLACE]


@pytest.mark.parametrize("rows", [{}, "text", 7, True], ids=repr)
def test_rows_that_are_no_list_are_no_answer(rows: Any) -> None:
    with pytest.raises(NotAnAnswerError, match="Data is not a list"):
        decode_ip_locations(json.dumps({"RetCode": 0, "Data": rows}).encode())

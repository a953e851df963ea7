"""Which addresses a name has, and which of them may be asked."""

import socket

import pytest

from ucdn_tui.edge import addresses
from ucdn_tui.edge.addresses import LIMIT, is_loopback, is_public, resolve


@pytest.mark.parametrize(
    "address", ["8.8.8.8", "222.186.170.243", "2400:3200::1", "::ffff:8.8.8.8", "64:ff9b::808:808"]
)
def test_a_public_address_may_be_asked(address):
    assert is_public(address)


@pytest.mark.parametrize(
    "address",
    [
        *(
            "127.0.0.1",
            "10.1.2.3",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.0",
            "224.0.0.1",
        ),
        *("198.18.0.5", "192.0.2.1", "255.255.255.255", "240.0.0.1"),
        *("::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1", "ff02::1", "2001:db8::1"),
        *("::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::", "2002:a00:1::"),
        *("", "example.com", "1.2.3", "0x7f.1", "127.1"),
    ],
)
def test_an_address_that_is_not_public_is_not_asked(address):
    assert not is_public(address)


def test_loopback_is_this_machine_only():
    assert is_loopback("127.0.20.4")
    assert is_loopback("::1")
    assert is_loopback("::ffff:127.0.0.1")
    assert not is_loopback("::ffff:10.0.0.1")
    assert not is_loopback("10.0.0.1")
    assert not is_loopback("example.com")


async def test_localhost_resolves_to_loopback_once():
    found = await resolve("localhost")

    assert found.addresses
    assert all(map(is_loopback, found.addresses))
    assert len(set(found.addresses)) == len(found.addresses) == found.total


async def test_an_unknown_name_has_no_addresses():
    assert (await resolve("no-such-name.invalid")).addresses == ()


async def test_of_many_addresses_some_of_each_family_are_asked(monkeypatch):
    entries = [(socket.AF_INET, 1, 6, "CDN.Example.net.", (f"192.0.2.{n}", 0)) for n in range(1, 9)]
    entries += [(socket.AF_INET, 1, 6, "", ("192.0.2.1", 0))]
    entries += [(socket.AF_INET6, 1, 6, "", (f"2001:db8::{n}", 0, 0, 0)) for n in range(1, 9)]
    monkeypatch.setattr(addresses.socket, "getaddrinfo", lambda *_args, **_flags: entries)

    found = await resolve("example.com")

    assert len(found.addresses) == LIMIT
    assert sum(":" in address for address in found.addresses) == LIMIT // 2
    assert found.total == 16
    assert found.canonical == "cdn.example.net"


@pytest.mark.parametrize("error", [socket.gaierror("x"), OSError("x"), UnicodeError("label too long")])
async def test_a_resolver_that_fails_finds_nothing(monkeypatch, error):
    def fail(*_args, **_flags):
        raise error

    monkeypatch.setattr(addresses.socket, "getaddrinfo", fail)

    assert (await resolve("example.com")).addresses == ()

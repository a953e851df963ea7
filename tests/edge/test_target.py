"""How a URL is requested: exactly as written, or not at all."""

import pytest

from ucdn_tui.edge.target import parse_target


@pytest.mark.parametrize(
    ("url", "host", "port", "path"),
    [
        ("http://img.example.com/a.jpg", "img.example.com", 80, b"/a.jpg"),
        ("https://IMG.Example.com/A.jpg", "img.example.com", 443, b"/A.jpg"),
        ("http://example.com", "example.com", 80, b"/"),
        ("http://example.com:8080/", "example.com", 8080, b"/"),
        ("http://example.com/a?b=1&b=2", "example.com", 80, b"/a?b=1&b=2"),
        ("http://example.com/a?", "example.com", 80, b"/a?"),
        ("http://example.com/a#part?x", "example.com", 80, b"/a"),
        ("http://example.com/a//b/../c;d", "example.com", 80, b"/a//b/../c;d"),
        ("http://example.com/%7ea%2Fb", "example.com", 80, b"/%7ea%2Fb"),
        (
            "http://example.com/中文 1.jpg?名=值",
            "example.com",
            80,
            b"/%E4%B8%AD%E6%96%87%201.jpg?%E5%90%8D=%E5%80%BC",
        ),
        ("http://例子.example.com/", "xn--fsqu00a.example.com", 80, b"/"),
        ("http://[2001:DB8::1]:81/a", "2001:db8::1", 81, b"/a"),
        ("http://192.0.2.1/a", "192.0.2.1", 80, b"/a"),
    ],
)
def test_a_url_is_requested_as_it_is_written(url, host, port, path):
    target = parse_target(url)

    assert target is not None
    assert (target.host, target.port, target.path) == (host, port, path)


@pytest.mark.parametrize(
    "url",
    [
        *("", "img.example.com/a", "ftp://example.com/a", "http:///a", "http://", "http://?a", "mailto:a@example.com"),
        *(
            "http://user:secret@example.com/",
            "http://example.com:99999/",
            "http://example.com:x/",
            "http://example.com:0/",
        ),
        *(
            "http://exa mple.com/",
            "http://exa\\mple.com/",
            "http://[::1/",
            "http://[zz]/",
            "http://a\x00b/",
            "http://a/\r\nX: y",
        ),
        *("http://example.com/\u202egpj", "http://\u200b.com/", "http://%65xample.com/", "http://*.example.com/"),
        *("https://.example.com/", "https://a..example.com/", "http://./", "http://../"),
    ],
)
def test_a_text_that_is_no_url_is_not_requested(url):
    assert parse_target(url) is None


@pytest.mark.parametrize(
    ("url", "authority", "connects_to"),
    [
        ("http://example.com/a", "example.com", "http://192.0.2.7:80/"),
        ("https://example.com/a", "example.com", "https://192.0.2.7:443/"),
        ("https://example.com:444/a", "example.com:444", "https://192.0.2.7:444/"),
        ("http://[2001:db8::1]:81/", "[2001:db8::1]:81", "http://192.0.2.7:81/"),
    ],
)
def test_a_request_names_the_host_and_connects_to_the_address(url, authority, connects_to):
    target = parse_target(url)

    assert target is not None
    assert target.authority == authority
    assert target.at("192.0.2.7") == connects_to


def test_an_ipv6_address_is_put_in_brackets():
    target = parse_target("http://example.com/")

    assert target is not None
    assert target.at("2001:db8::7") == "http://[2001:db8::7]:80/"


@pytest.mark.parametrize(
    ("host", "port", "scheme"),
    [("b.example.com", 8080, "http"), ("例子.example.com", 443, "https"), ("2001:db8::1", 80, "http")],
)
def test_a_request_can_go_to_another_host(host, port, scheme):
    target = parse_target("https://example.com/a?b").of_host(host, port)

    assert target is not None
    assert (target.scheme, target.port, target.path) == (scheme, port, b"/a?b")
    assert target.authority.isascii()


@pytest.mark.parametrize(
    ("host", "port"),
    [
        *[("example.com", port) for port in (0, -1, 65536, 10**30)],
        *[(host, 80) for host in ("a/b", "a b", "a@b", "a?b", "a:80", "a\r\nX: y", "\ud800", ".a", "")],
    ],
)
def test_no_request_goes_to_what_is_no_host(host, port):
    assert parse_target("https://example.com/a?b").of_host(host, port) is None

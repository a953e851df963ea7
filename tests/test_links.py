"""Links are printable ASCII and lead to the same place as their URL."""

import re
import time
from urllib.parse import unquote_to_bytes, urlsplit

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ucdn_tui.links import LIMIT, link_of

CHARACTERS = st.characters(exclude_categories=()) | st.sampled_from(
    "\x1b\x07\x9c\\\x7f\n %@:;/?#[]＠．\u202e\ud800aſ字"
)
ANY_TEXT = st.lists(CHARACTERS, max_size=40).map("".join)
"""Includes lone surrogates, and harmful characters more often than by chance."""

SCHEMES = st.sampled_from(["http://", "https://", "HTTP://", "hTTps://", "httpſ://", "javascript://", "file://", ""])
HOSTS = (
    st.sampled_from(["cdn.example.com", "a:80", "[::1]", "[::1]:8080", "例え.jp", "u@a", "u:p@a", "a\\@b", ""])
    | ANY_TEXT
)
URLS = st.builds("".join, st.tuples(SCHEMES, HOSTS, st.sampled_from(["", "/", "?", "#"]), ANY_TEXT))


@pytest.mark.parametrize(
    "url",
    [
        "https://cdn.example.com",
        "http://cdn.example.com/",
        "https://cdn.example.com:8443/a/b.jpg?x=1&y=a;b,c#top",
        "https://cdn.example.com?x",
        "https://cdn.example.com#x",
        "https://a_b.example.com./~user/(1)/'a'!$*+=:@",
        "https://cdn.example.com/a%20b%E5%9b%be.jpg?next=http%3A%2F%2Fa%40b",
        "https://cdn.example.com/?mail=someone@example.com",
        "https://cdn.example.com/?list[]=1",
        "http://192.0.2.1/a",
        "http://[2001:db8::1]/a",
        "http://[::ffff:192.0.2.1]:8080/a",
    ],
)
def test_a_plain_url_is_its_own_link(url: str) -> None:
    assert link_of(url) == url


@pytest.mark.parametrize(
    ("url", "link"),
    [
        pytest.param("HTTPS://a/B", "https://a/B", id="a scheme in capitals"),
        pytest.param("http://a/b c", "http://a/b%20c", id="a space"),
        pytest.param("http://a/图.jpg", "http://a/%E5%9B%BE.jpg", id="another script"),
        pytest.param("http://a/😀", "http://a/%F0%9F%98%80", id="a character beyond 16 bits"),
        pytest.param("http://例え.jp/", "http://%E4%BE%8B%E3%81%88.jp/", id="a host in another script"),
        pytest.param(
            "http://फ़ाइल.example:81/",
            "http://" + "%E0%A4%AB%E0%A4%BC%E0%A4%BE%E0%A4%87%E0%A4%B2" + ".example:81/",
            id="a host with marks",
        ),
        pytest.param("http://%E4%BE%8b.jp/", "http://%E4%BE%8B.jp/", id="a percent-encoded host"),
        pytest.param("http://a%2eb/", "http://a.b/", id="a needlessly percent-encoded host"),
        pytest.param("http://a/\x1b]8;;x\x1b\\", "http://a/%1B]8;;x%1B%5C", id="a terminal command"),
        pytest.param("http://a/\x07\x7f\x00", "http://a/%07%7F%00", id="other controls"),
        pytest.param("http://a/\x9c\x9d", "http://a/%C2%9C%C2%9D", id="one-byte terminal commands"),
        pytest.param("http://a/\r\n\t", "http://a/%0D%0A%09", id="line ends and tabs"),
        pytest.param("http://a/\u202egpj", "http://a/%E2%80%AEgpj", id="a change of direction"),
        pytest.param("http://a/\u00a0\u200b", "http://a/%C2%A0%E2%80%8B", id="other spaces"),
        pytest.param('http://a/"<>\\^`{|}', "http://a/%22%3C%3E%5C%5E%60%7B%7C%7D", id="characters that no URL has"),
        pytest.param("http://a/100%", "http://a/100%25", id="a percent sign at the end"),
        pytest.param("http://a/%zz%4%41", "http://a/%25zz%254%41", id="a percent sign that encodes nothing"),
        pytest.param("http://a/%\x1b", "http://a/%25%1B", id="a percent sign before an encoded character"),
        pytest.param("http://[::1]:80/ ", "http://[::1]:80/%20", id="an address, and a space"),
    ],
)
def test_other_characters_are_percent_encoded(url: str, link: str) -> None:
    assert link_of(url) == link


@pytest.mark.parametrize(
    "url",
    [
        "",
        "cdn.example.com/a.jpg",
        "//cdn.example.com/a.jpg",
        "http:cdn.example.com",
        "http:/cdn.example.com",
        "javascript:alert(1)",
        "javascript://a/%0Aalert(1)",
        "file:///etc/passwd",
        "ftp://a/",
        "data:text/html,x",
        "xhttp://a/",
        " http://a/",
        "\nhttp://a/",
        "ht\ntp://a/",
        "http\x00://a/",
        "httpſ://a/",
        "view-source:http://a/",
    ],
)
def test_only_http_and_https_are_links(url: str) -> None:
    assert link_of(url) is None


@pytest.mark.parametrize(
    "url",
    [
        "http://",
        "http:///a",
        "http://?a",
        "http://:80/",
        "http://./",
        "http://-oProxyCommand=x/",
        "http://a b/",
        "http://a\n/",
        "http://a\tb/",
        "http://a\x1b/",
        "http://a\x9c/",
        "http://a\u202eb/",
        "http://a\u200bb/",
        "http://a%20b/",
        "http://a%ffb/",
        "http://a%/",
        "http://a%2541/",
        "http://a:b/",
        "http://a:123456/",
        "http://a:８０/",
        "http://a,b/",
        "http://a=\u0338b/",
        "http://[a/",
        "http://[::1%25eth0]/",
        "http://[::1]x/",
        "http://::1/",
    ],
)
def test_a_link_has_a_host(url: str) -> None:
    assert link_of(url) is None


@pytest.mark.parametrize(
    "url",
    [
        "https://user@example.com/",
        "https://user:password@example.com/",
        "https://cdn.example.com@example.net/",
        "https://cdn.example.com:80@example.net/",
        "https://@example.com/",
        "https://example.net\\@cdn.example.com/",
        "https://example.net\\a",
        "https://cdn.example.com%40example.net/",
        "https://cdn.example.com%2f.example.net/",
        "https://cdn.example.com%ef%bc%a0example.net/",
        "https://cdn.example.com＠example.net/",
        "https://cdn.example.com／.example.net/",
        "https://cdn.example.com℀.example.net/",
        "https://cdn.example.com：80",
        "https://［abc］/",
        "https://图片@example.com/ ",
    ],
)
def test_a_url_that_could_disguise_its_host_is_no_link(url: str) -> None:
    assert link_of(url) is None


@pytest.mark.parametrize("url", ["http://a/\ud800", "http://a\udfff/", "http://a/\ud83d\ude00", "http://a/?\udc9b8;;"])
def test_a_url_with_a_lone_surrogate_is_no_link(url: str) -> None:
    assert link_of(url) is None


def test_a_url_that_is_too_long_for_terminals_is_no_link() -> None:
    start = "https://cdn.example.com/"
    longest = start + "x" * (LIMIT - len(start))
    assert link_of(longest) == longest
    assert link_of(longest + "x") is None


def test_the_length_limit_applies_to_the_encoded_link() -> None:
    start = "https://cdn.example.com/"
    fits = (LIMIT - len(start)) // 9
    assert link_of(start + "图" * fits) is not None
    assert link_of(start + "图" * (fits + 1)) is None


@pytest.mark.parametrize("part", ["a", "a:1", ":", "%", "%4", "图", "\x1b", "[", "/"])
def test_no_url_takes_long_to_check(part: str) -> None:
    begin = time.thread_time()  # CPU time of this thread only
    for url in (
        f"http://{part * 100_000}",
        f"http://{part * (1990 // len(part))}",
        f"http://a/{part * (1980 // len(part))}",
    ):
        link_of(url)
    assert time.thread_time() - begin < 5


@given(URLS | ANY_TEXT)
@example("http://a/\x1b]8;;\x07\x9c\u202e")
@example("http://a/%")
@example("http://a≠/")
def test_any_link_is_printable_and_has_a_host(url: str) -> None:
    link = link_of(url)
    if link is None:
        return
    assert re.fullmatch(r"https?://[!-~]+", link)
    assert not set(link) & set('"<>\\^`{|}')
    assert re.fullmatch(r"([^%]|%[0-9A-Fa-f]{2})*", link)
    assert len(link) <= LIMIT
    parts = urlsplit(link)
    assert parts.hostname
    assert parts.username is None
    assert link_of(link) == link


@given(URLS)
def test_a_link_leads_to_the_same_place(url: str) -> None:
    link = link_of(url)
    if link is None:
        return
    assert unquote_to_bytes(link.partition("//")[2]) == unquote_to_bytes(url.partition("//")[2])


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=100))
def test_any_path_can_be_part_of_a_link(path: str) -> None:
    link = link_of(f"https://cdn.example.com/{path}")
    assert link is not None
    assert link.startswith("https://cdn.example.com/")

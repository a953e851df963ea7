"""Which endpoints keys may be sent to."""

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ucdn_tui.api.endpoint import check_endpoint
from ucdn_tui.errors import UsageError


@pytest.mark.parametrize(
    ("url", "endpoint"),
    [
        ("https://api.ucloud.cn", "https://api.ucloud.cn"),
        ("https://api.ucloud.cn/", "https://api.ucloud.cn"),
        ("https://api.surfercloud.com:8443//", "https://api.surfercloud.com:8443"),
        ("https://gateway.example/ucloud/", "https://gateway.example/ucloud"),
        ("https://[2001:db8::1]:8443", "https://[2001:db8::1]:8443"),
        ("https://xn--hww.example", "https://xn--hww.example"),
        ("https://under_score.example.", "https://under_score.example."),
        ("http://127.0.0.1:8080/", "http://127.0.0.1:8080"),
        ("http://127.8.9.1", "http://127.8.9.1"),
        ("http://[::1]:8080", "http://[::1]:8080"),
        ("http://localhost:8080", "http://localhost:8080"),
        ("http://LOCALHOST", "http://LOCALHOST"),
        ("http://api.service.ucloud.cn/", "http://api.service.ucloud.cn"),
    ],
)
def test_an_acceptable_endpoint_loses_its_trailing_slash(url: str, endpoint: str) -> None:
    assert check_endpoint(url) == endpoint


@pytest.mark.parametrize(
    "url",
    [
        "http://api.ucloud.cn",
        "http://192.168.0.1",
        "http://10.10.10.10",
        "http://0.0.0.0:8080",
        "http://[::]",
        "http://[::2]",
        "http://localhost.example",
        "http://127.0.0.1.example",
        "http://127.example.com.cn",
        "http://api.service.ucloud.cn.example",
        "http://x.api.service.ucloud.cn",
        "HTTP://api.ucloud.cn",
    ],
)
def test_plain_http_is_refused_outside_loopback_and_the_vpc(url: str) -> None:
    with pytest.raises(UsageError, match="not encrypted"):
        check_endpoint(url)


@pytest.mark.parametrize(
    "url",
    [
        "https://user:password@api.ucloud.cn",
        "https://user@api.ucloud.cn",
        "https://api.ucloud.cn@evil.example",
        "http://localhost@evil.example",
        "http://127.0.0.1:80@evil.example",
        "https://api.ucloud.cn/?Action=GetProjectList",
        "https://api.ucloud.cn?x",
        "https://api.ucloud.cn/#top",
    ],
)
def test_an_endpoint_with_user_query_or_fragment_is_refused(url: str) -> None:
    with pytest.raises(UsageError, match="more than a host and a path"):
        check_endpoint(url)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "api.ucloud.cn",
        "api.ucloud.cn:443",
        "//api.ucloud.cn",
        "https:",
        "https://",
        "https:///path",
        "https://:443",
        "ftp://api.ucloud.cn",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "https://api.ucloud.cn:port",
        "https://api.ucloud.cn:99999",
        "https://[::1",
        "https://[not-an-address]",
        "https://api.ucloud.cn/a b",
        "https://api.ucloud.cn\n",
        "https://api.ucloud.cn\r\nX: y",
        "https://api\t.ucloud.cn",
        "https://api.ucloud.cn\x1b[2J",
        "https://api.ucloud.cn/\udcff",
        "https://api.ucloud.cn\u202e",
        "https://云.example",
        "https://☃.example",
        "https://999.1.1.1",
        "https://127.1",
        "https://a..b",
        "https://a\u3002\u3002b",
        "https://xn--é.example",
        "https://" + "a" * 64 + ".example",
    ],
)
def test_an_invalid_endpoint_is_refused_with_an_example(url: str) -> None:
    with pytest.raises(UsageError, match=r"Use an address such as https://api\.ucloud\.cn\.") as caught:
        check_endpoint(url)
    assert str(caught.value).isprintable()


PIECES = st.sampled_from([*"ab-._~%:/[]1é☃\\ ", "xn--", "127.0.0.1", "::1", "256", "25"])


@given(st.lists(PIECES, max_size=8).map("".join))
def test_httpx_accepts_every_accepted_endpoint(rest: str) -> None:
    try:
        endpoint = check_endpoint(f"https://{rest}")
    except UsageError:
        return
    assert httpx.URL(endpoint).host


@pytest.mark.parametrize(
    "url",
    [
        "https://user:pass-word@api.ucloud.cn",
        "http://user:pass-word@api.ucloud.cn",
        "ftp://user:pass-word@api.ucloud.cn",
        "https://user:pass-word@api.ucloud.cn:99999",
        "https://user:pass-word@",
    ],
)
def test_a_password_in_an_endpoint_is_not_shown(url: str) -> None:
    with pytest.raises(UsageError) as caught:
        check_endpoint(url)
    assert "pass-word" not in repr(caught.value) + str(caught.value)

"""Connections from the environment, endpoint checks, and keys that no message shows."""

from collections.abc import Mapping

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ucdn_tui.account.connection import DEFAULT_ENDPOINT, Connection, check_endpoint, from_environment
from ucdn_tui.errors import NoCredentialsError, UsageError
from ucdn_tui.secret import Keys, Secret

PRIVATE_KEY = "46f09bb9fab4f12dfc160dae12273d5332b5debe"
BOTH = {"UCLOUD_PUBLIC_KEY": "public", "UCLOUD_PRIVATE_KEY": PRIVATE_KEY}


def test_both_keys_suffice_and_use_the_default_endpoint() -> None:
    assert from_environment(BOTH) == Connection("env", Keys("public", Secret(PRIVATE_KEY)), DEFAULT_ENDPOINT, None)
    assert DEFAULT_ENDPOINT == "https://api.ucloud.cn"


def test_endpoint_and_project_come_from_the_environment() -> None:
    extra = {"UCLOUD_API_BASE_URL": "https://api.surfercloud.com/", "UCLOUD_PROJECT_ID": "org-xyz"}
    connection = from_environment({**BOTH, **extra})
    assert (connection.endpoint, connection.project_id) == ("https://api.surfercloud.com", "org-xyz")


def test_each_flag_overrides_its_own_variable() -> None:
    environ = {**BOTH, "UCLOUD_API_BASE_URL": "https://one.example", "UCLOUD_PROJECT_ID": "org-one"}
    by_endpoint = from_environment(environ, endpoint="https://two.example")
    assert (by_endpoint.endpoint, by_endpoint.project_id) == ("https://two.example", "org-one")
    by_project = from_environment(environ, project_id="org-two")
    assert (by_project.endpoint, by_project.project_id) == ("https://one.example", "org-two")


def test_flag_overrides_an_invalid_variable() -> None:
    environ = {**BOTH, "UCLOUD_API_BASE_URL": "http://insecure.example"}
    assert from_environment(environ, endpoint="https://two.example").endpoint == "https://two.example"
    with pytest.raises(UsageError):
        from_environment(environ)


def test_variables_are_stripped_and_empty_ones_are_ignored() -> None:
    environ = {
        "UCLOUD_PUBLIC_KEY": " public\n",
        "UCLOUD_PRIVATE_KEY": f"\t{PRIVATE_KEY}\r\n",
        "UCLOUD_API_BASE_URL": "  ",
        "UCLOUD_PROJECT_ID": " ",
    }
    assert from_environment(environ) == from_environment(BOTH)


@pytest.mark.parametrize("environ", [{}, {"UCLOUD_PUBLIC_KEY": "", "UCLOUD_PRIVATE_KEY": "  "}])
def test_missing_keys_error_names_the_variables(environ: Mapping[str, str]) -> None:
    with pytest.raises(NoCredentialsError) as caught:
        from_environment(environ)
    assert "UCLOUD_PUBLIC_KEY" in str(caught.value)
    assert "UCLOUD_PRIVATE_KEY" in str(caught.value)


@pytest.mark.parametrize("missing", BOTH)
@pytest.mark.parametrize("value", [None, "", " "])
def test_incomplete_key_pair_error_names_the_missing_variable(missing: str, value: str | None) -> None:
    environ = {name: key for name, key in BOTH.items() if name != missing}
    if value is not None:
        environ[missing] = value
    with pytest.raises(UsageError, match=f"{missing} is not set") as caught:
        from_environment(environ)
    assert PRIVATE_KEY not in repr(caught.value) + str(caught.value)


@pytest.mark.parametrize("name", BOTH)
@pytest.mark.parametrize("bad", ["\udcff", "\x1b", "\n", "钥"], ids=ascii)
def test_invalid_key_error_does_not_show_the_key(name: str, bad: str) -> None:
    # os.environ decodes invalid UTF-8 to lone surrogates.
    with pytest.raises(UsageError) as caught:
        from_environment({**BOTH, name: f"{PRIVATE_KEY}{bad}{PRIVATE_KEY}"})
    assert PRIVATE_KEY not in repr(caught.value) + str(caught.value)


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
def test_an_endpoint_that_keys_may_go_to_is_taken_without_a_slash_at_its_end(url: str, endpoint: str) -> None:
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
def test_plain_http_is_refused_wherever_somebody_could_listen(url: str) -> None:
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
def test_an_endpoint_holds_neither_a_user_nor_a_query_nor_a_fragment(url: str) -> None:
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
def test_what_is_no_address_is_refused_with_an_example_of_one(url: str) -> None:
    with pytest.raises(UsageError, match=r"Give an address such as https://api\.ucloud\.cn\.") as caught:
        check_endpoint(url)
    assert str(caught.value).isprintable()


PIECES = st.sampled_from([*"ab-._~%:/[]1é☃\\ ", "xn--", "127.0.0.1", "::1", "256", "25"])


@given(st.lists(PIECES, max_size=8).map("".join))
def test_whatever_endpoint_is_taken_can_be_asked(rest: str) -> None:
    try:
        endpoint = check_endpoint(f"https://{rest}")
    except UsageError:
        return
    assert httpx.URL(endpoint).host  # httpx raises where it is none, and then nobody explains it


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
def test_a_password_in_an_address_is_not_repeated(url: str) -> None:
    with pytest.raises(UsageError) as caught:
        check_endpoint(url)
    assert "pass-word" not in repr(caught.value) + str(caught.value)


@pytest.mark.parametrize(
    ("endpoint", "host"),
    [
        ("https://api.ucloud.cn", "api.ucloud.cn"),
        ("https://gateway.example:8443/ucloud", "gateway.example:8443"),
        ("http://[::1]:8080", "[::1]:8080"),
    ],
)
def test_host_includes_the_port(endpoint: str, host: str) -> None:
    assert from_environment(BOTH, endpoint=endpoint).host == host


def test_repr_does_not_show_the_private_key() -> None:
    connection = from_environment(BOTH)
    assert "Secret(…)" in repr(connection)
    assert PRIVATE_KEY not in f"{connection!r} {connection} {connection.keys} {vars(connection)}"

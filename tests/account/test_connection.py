"""Connections from the environment, endpoint checks, and keys that no message shows."""

from collections.abc import Mapping

import pytest
from msgspec.structs import asdict

from ucdn_tui.account.connection import Connection, from_environment
from ucdn_tui.api.endpoint import DEFAULT_ENDPOINT
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


def test_security_token_comes_from_the_environment() -> None:
    connection = from_environment({**BOTH, "UCLOUD_SECURITY_TOKEN": f" {PRIVATE_KEY}\n"})
    assert connection.keys == Keys("public", Secret(PRIVATE_KEY), Secret(PRIVATE_KEY))
    assert PRIVATE_KEY not in repr(connection)


@pytest.mark.parametrize("name", [*BOTH, "UCLOUD_SECURITY_TOKEN"])
@pytest.mark.parametrize("quotes", ['""', "''", "“”", "``", " '", "' "], ids=ascii)
def test_key_in_quotes_is_called_so_without_showing_it(name: str, quotes: str) -> None:
    """Tools such as `docker run --env-file` pass on the quotes of their file."""
    with pytest.raises(UsageError) as caught:
        from_environment({**BOTH, name: f"{quotes[0]}{PRIVATE_KEY}{quotes[1]}"})
    word = name.removeprefix("UCLOUD_").replace("_", " ").lower()
    assert str(caught.value) == f"Invalid key. The {word} is in quotes. Remove the quotes."


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
    assert PRIVATE_KEY not in f"{connection!r} {connection} {connection.keys} {asdict(connection)}"

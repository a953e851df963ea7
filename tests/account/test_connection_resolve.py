"""Precedence of the sources for keys, endpoint and project."""

from collections.abc import Mapping

import pytest

from ucdn_tui.account.config import Config, Profile
from ucdn_tui.account.connection import Connection, resolve
from ucdn_tui.api.endpoint import DEFAULT_ENDPOINT
from ucdn_tui.errors import UsageError
from ucdn_tui.secret import Keys, Secret

KEYS = {"UCLOUD_PUBLIC_KEY": "public", "UCLOUD_PRIVATE_KEY": "private"}
EVERYTHING = {
    **KEYS,
    "UCLOUD_API_BASE_URL": "https://environment.example",
    "UCLOUD_PROJECT_ID": "org-environment",
    "UCLOUD_PROFILE": "by-variable",
}
CONFIG = Config(
    {
        name: Profile(name, f"https://{name}.example", f"org-{name}", 5.0, 3600.0)
        for name in ("by-flag", "by-variable", "by-default")
    },
    "by-default",
)

ENV = Connection("env", Keys("public", Secret("private")), "https://environment.example", "org-environment")


def profile(name: str) -> Connection:
    return Connection(name, None, f"https://{name}.example", f"org-{name}", name, 5.0, 3600.0)


def without(*names: str) -> dict[str, str]:
    return {name: value for name, value in EVERYTHING.items() if name not in names}


@pytest.mark.parametrize(
    ("flag", "environ", "expected"),
    [
        pytest.param("by-flag", EVERYTHING, profile("by-flag"), id="--profile beats all"),
        pytest.param(None, EVERYTHING, ENV, id="then keys in the environment"),
        pytest.param(None, without(*KEYS), profile("by-variable"), id="then UCLOUD_PROFILE"),
        pytest.param(None, without(*KEYS, "UCLOUD_PROFILE"), profile("by-default"), id="then the default"),
        pytest.param("", EVERYTHING, ENV, id="an empty flag is none"),
        pytest.param(None, {**EVERYTHING, **dict.fromkeys(KEYS, " ")}, profile("by-variable"), id="nor empty keys"),
        pytest.param(None, {"UCLOUD_PROFILE": " "}, profile("by-default"), id="nor an empty variable"),
    ],
)
def test_first_source_by_precedence_is_used_whole(
    flag: str | None, environ: Mapping[str, str], expected: Connection
) -> None:
    assert resolve(environ, CONFIG, profile=flag) == expected


@pytest.mark.parametrize("flag", ["by-flag", None])
@pytest.mark.parametrize("environ", [EVERYTHING, without(*KEYS), {}], ids=["all", "no keys", "nothing"])
def test_flag_overrides_only_its_own_setting(flag: str | None, environ: Mapping[str, str]) -> None:
    plain = resolve(environ, CONFIG, profile=flag)
    by_endpoint = resolve(environ, CONFIG, profile=flag, endpoint="https://flag.example/")
    by_project = resolve(environ, CONFIG, profile=flag, project_id="org-flag")
    assert plain is not None
    assert by_endpoint is not None
    assert by_project is not None
    assert (by_endpoint.endpoint, by_endpoint.project_id) == ("https://flag.example", plain.project_id)
    assert (by_project.endpoint, by_project.project_id) == (plain.endpoint, "org-flag")
    for other in (by_endpoint, by_project):
        assert (other.source, other.keys, other.profile) == (plain.source, plain.keys, plain.profile)


def test_profile_ignores_the_environments_endpoint_and_project() -> None:
    bare = Config({"bare": Profile("bare")}, "bare")
    for flag, environ in (("bare", EVERYTHING), (None, without(*KEYS, "UCLOUD_PROFILE"))):
        assert resolve(environ, bare, profile=flag) == Connection("bare", None, DEFAULT_ENDPOINT, None, "bare")


def test_environment_keys_ignore_the_profiles_endpoint_and_project() -> None:
    assert resolve(KEYS, CONFIG) == Connection("env", Keys("public", Secret("private")), DEFAULT_ENDPOINT)


def test_environment_keys_have_no_profile_name() -> None:
    connection = resolve({**KEYS, "UCLOUD_PROFILE": "by-default"}, CONFIG)
    assert connection is not None
    assert (connection.source, connection.profile) == ("env", None)


@pytest.mark.parametrize("missing", KEYS)
def test_incomplete_key_pair_is_an_error_even_with_a_default_profile(missing: str) -> None:
    with pytest.raises(UsageError, match=f"Incomplete key pair. {missing} is not set"):
        resolve(without(missing), CONFIG)
    assert resolve(without(missing), CONFIG, profile="by-flag") == profile("by-flag")


def test_no_source_gives_no_connection() -> None:
    assert resolve({}, Config()) is None
    assert resolve({"UCLOUD_API_BASE_URL": "https://x.example", "UCLOUD_PROJECT_ID": "org"}, Config()) is None
    assert resolve({}, Config(CONFIG.profiles, "")) is None


@pytest.mark.parametrize("environ", [{"UCLOUD_PROFILE": "gone"}, {}], ids=["variable", "default"])
def test_unknown_profile_error_lists_the_profiles(environ: Mapping[str, str]) -> None:
    with pytest.raises(UsageError, match=r"gone does not exist .profiles: by-default, by-flag, by-variable."):
        resolve(environ, Config(CONFIG.profiles, "gone"))
    with pytest.raises(UsageError, match="Profile gone does not exist"):
        resolve(EVERYTHING, CONFIG, profile="gone")


@pytest.mark.parametrize("endpoint", ["http://api.ucloud.cn", "ftp://x", "https://user:pass@x.example"])
def test_profiles_endpoint_is_checked(endpoint: str) -> None:
    config = Config({"bad": Profile("bad", endpoint)}, "bad")
    with pytest.raises(UsageError, match=r"(?i)endpoint"):
        resolve({}, config)
    fixed = resolve({}, config, endpoint="https://flag.example")
    assert fixed is not None
    assert fixed.endpoint == "https://flag.example"


def test_profile_connection_has_no_keys_and_repr_hides_the_private_key() -> None:
    assert resolve({}, CONFIG) == profile("by-default")
    assert "Keys(public='public', private=Secret(…), " in repr(ENV)

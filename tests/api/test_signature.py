"""Signatures match the published examples and the vendor's SDK."""

import hashlib
from typing import Any

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st
from ucloud.core.auth import Credential
from ucloud.core.typesystem import encoder

from ucdn_tui.api.signature import flatten, sign

PUBLIC_KEY = "ucloudsomeone@example.com1296235120854146120"
PRIVATE_KEY = "46f09bb9fab4f12dfc160dae12273d5332b5debe"

NAMES = st.text(min_size=1, max_size=12) | st.sampled_from(["TaskId", "Limit", "Offset", "UrlList", "区域"])
FLOATS = st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(2**60), 2**60).map(float)
SCALARS = st.text(max_size=20) | st.integers() | st.booleans() | FLOATS
PARAMS = st.dictionaries(NAMES, SCALARS | st.lists(SCALARS, max_size=13), max_size=8)


def without_exponent(params: dict[str, Any]) -> bool:
    """Return whether the SDK writes these parameters without an exponent."""
    values = [item for value in params.values() for item in (value if isinstance(value, list) else [value])]
    return not any(isinstance(value, float) and "e" in encoder.encode_value(value) for value in values)


@pytest.mark.parametrize(
    ("params", "signature"),
    [
        pytest.param(
            {"Action": "DescribeUHostInstance", "Region": "cn-bj2", "Limit": 10},
            "cba5cf5ec4d4233d206b1b54951e3787350a642f",
            id="DescribeUHostInstance",
        ),
        pytest.param(
            {
                "Action": "CreateUHostInstance",
                "CPU": 2,
                "ChargeType": "Month",
                "DiskSpace": 10,
                "ImageId": "f43736e1-65a5-4bea-ad2e-8a46e18883c2",
                "LoginMode": "Password",
                "Memory": 2048,
                "Name": "Host01",
                "Password": "VUNsb3VkLmNu",
                "Quantity": 1,
                "Region": "cn-bj2",
                "Zone": "cn-bj2-04",
            },
            "4f9ef5df2abab2c6fccd1e9515cb7e2df8c6bb65",
            id="CreateUHostInstance",
        ),
    ],
)
def test_published_examples_get_the_published_signature(params: dict[str, Any], signature: str) -> None:
    assert sign(flatten({"PublicKey": PUBLIC_KEY, **params}), PRIVATE_KEY) == signature


@given(params=PARAMS, public_key=st.text(), private_key=st.text())
@example(params={"TaskId": [f"t{n}" for n in range(12)]}, public_key="p", private_key="k")
@example(params={"UrlList": ["https://cdn.example.com/图片.jpg", "é", "e\u0301"]}, public_key="公", private_key="私")
@example(params={"a": True, "b": [False, 42.0, -0.0, 1e22, 0.1]}, public_key="p", private_key="k")
def test_flattening_and_signing_match_the_official_sdk(
    params: dict[str, Any], public_key: str, private_key: str
) -> None:
    assume(without_exponent(params))
    given_params = {"PublicKey": public_key, **params}
    assert flatten(given_params) == encoder.encode(given_params)
    # The SDK sets PublicKey itself, so a parameter of that name cannot be compared.
    assume("PublicKey" not in params and "Signature" not in params)
    theirs = Credential(public_key, private_key).verify_ac(encoder.encode(params))
    assert sign(flatten(given_params), private_key) == theirs


def test_names_are_sorted_as_strings_so_10_comes_before_2() -> None:
    flat = flatten({"TaskId": [f"t{n}" for n in range(11)]})
    text = "TaskId.0t0TaskId.1t1TaskId.10t10" + "".join(f"TaskId.{n}t{n}" for n in range(2, 10))
    assert sign(flat, "key") == hashlib.sha1(f"{text}key".encode()).hexdigest()


@given(params=PARAMS.map(flatten), private_key=st.text(), data=st.data())
def test_the_order_of_parameters_does_not_matter(params: dict[str, str], private_key: str, data: st.DataObject) -> None:
    shuffled = dict(data.draw(st.permutations(list(params.items()))))
    assert sign(shuffled, private_key) == sign(params, private_key)


def test_an_existing_signature_is_ignored() -> None:
    params = flatten({"Action": "GetProjectList"})
    signature = sign(params, PRIVATE_KEY)
    assert sign({**params, "Signature": signature}, PRIVATE_KEY) == signature


def test_a_different_key_or_value_changes_the_signature() -> None:
    signature = sign({"Action": "GetProjectList"}, PRIVATE_KEY)
    assert sign({"Action": "GetProjectList"}, PRIVATE_KEY[::-1]) != signature
    assert sign({"Action": "GetProjectLisT"}, PRIVATE_KEY) != signature


@given(FLOATS)
@example(5e-324)
@example(1e-7)  # the SDK writes 1e-07
@example(1.5e300)
def test_floats_are_exact_and_have_no_exponent(value: float) -> None:
    written = flatten({"x": value})["x"]
    assert "e" not in written.lower()
    assert float(written) == value


def test_unlike_the_sdk_tiny_floats_have_no_exponent() -> None:
    assert encoder.encode_value(1e-07) == "1e-07"
    assert flatten({"x": 1e-07}) == {"x": "0.0000001"}


@pytest.mark.parametrize(
    ("value", "flat"),
    [
        (None, {}),
        ([], {}),
        ("", {"Name": ""}),
        (0, {"Name": "0"}),
        (True, {"Name": "true"}),
        (False, {"Name": "false"}),
        (42.0, {"Name": "42"}),
        (0.5, {"Name": "0.5"}),
        (["a", "b"], {"Name.0": "a", "Name.1": "b"}),
        (("a", True), {"Name.0": "a", "Name.1": "true"}),
    ],
)
def test_values_are_encoded_as_the_api_reads_them(value: Any, flat: dict[str, str]) -> None:
    assert flatten({"Name": value}) == flat


def test_security_token_is_signed_like_any_parameter() -> None:
    """The example of the vendor's SDK for Go."""
    params = {
        "Action": "foo",
        "Name": "foo",
        "ProjectId": "bar",
        "PublicKey": "foo",
        "Region": "cn-bj2",
        "SecurityToken": "42",
        "Zone": "cn-bj2-02",
    }
    assert sign(params, "bar") == "170de002e3ca3acdc3a790badc4d14b09d183e4b"

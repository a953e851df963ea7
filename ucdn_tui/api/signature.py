"""The API's request signature, and the flattened parameters that it covers."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal

Scalar = str | int | float | bool
"""The value of one parameter, or an item of a list."""

Value = Scalar | Sequence[Scalar] | None
"""A parameter's value before flattening; None means that the parameter is not sent."""


def flatten(params: Mapping[str, Value]) -> dict[str, str]:
    """Return the parameters as strings: lists as Name.0, Name.1, …; None is left out."""
    return dict(_pairs(params))


def sign(params: Mapping[str, str], private_key: str) -> str:
    """Return the signature of flattened parameters, 40 hexadecimal digits.

    It is SHA-1 over every name and value, sorted by name as strings (TaskId.10 before TaskId.2), followed by the
    private key. All parameters are signed, Action and PublicKey included; an existing Signature is ignored. There is no
    nonce or timestamp, so a signed request can be replayed.
    """
    text = "".join(f"{name}{params[name]}" for name in sorted(params) if name != "Signature")
    return hashlib.sha1((text + private_key).encode()).hexdigest()  # noqa: S324 - the vendor requires SHA-1


def _pairs(params: Mapping[str, Value]) -> Iterator[tuple[str, str]]:
    for name, value in params.items():
        if value is None:
            continue
        if isinstance(value, str | int | float):
            yield name, _encode(value)
        else:
            for index, item in enumerate(value):
                yield f"{name}.{index}", _encode(item)


def _encode(value: Scalar) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case float() if value.is_integer():
            return str(int(value))
        case float():
            return format(Decimal(repr(value)), "f")  # never an exponent
        case _:
            return str(value)

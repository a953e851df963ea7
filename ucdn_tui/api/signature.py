"""The API's request signature, and the flattening of parameters that it is computed over."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal

Scalar = str | int | float | bool
"""What one parameter's value may be."""

Value = Scalar | Sequence[Scalar] | None
"""A parameter's value before flattening; None means that the parameter is not sent."""


def flatten(params: Mapping[str, Value]) -> dict[str, str]:
    """Return the parameters as the strings that travel: lists as Name.0, Name.1, …; None is left out."""
    return dict(_pairs(params))


def sign(params: Mapping[str, str], private_key: str) -> str:
    """Return the signature of flattened parameters, 40 hexadecimal digits.

    It is SHA-1 over each name and value, sorted by name as strings (TaskId.10 before TaskId.2), and then the private
    key. The parameters are all that are sent, Action and PublicKey included; a Signature among them is passed over.
    Neither a nonce nor a time is in it: whoever sees a signed request can send it again.
    """
    text = "".join(f"{name}{params[name]}" for name in sorted(params) if name != "Signature")
    return hashlib.sha1((text + private_key).encode()).hexdigest()  # noqa: S324 - the vendor's choice


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

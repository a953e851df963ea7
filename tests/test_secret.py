"""A secret never shows its value, except by `reveal`."""

import copy
import dataclasses
import json
import logging
import pickle
import traceback
from collections.abc import Callable

import msgspec
import pytest
from rich.pretty import pretty_repr

from ucdn_tui.secret import Keys, Secret

VALUE = "46f09bb9fab4f12dfc160dae12273d5332b5debe"
SECRET = Secret(VALUE)
KEYS = Keys("ucloudsomeone@example.com", SECRET)


@dataclasses.dataclass
class Holder:
    """An object with keys among its fields, as a connection is."""

    keys: Keys


HOLDERS = pytest.mark.parametrize(
    "holder", [SECRET, KEYS, Holder(KEYS), [SECRET], {"key": SECRET}], ids=["secret", "keys", "object", "list", "dict"]
)


@HOLDERS
@pytest.mark.parametrize(
    "show",
    [
        pytest.param(repr, id="repr"),
        pytest.param(str, id="str"),
        pytest.param(ascii, id="ascii"),
        pytest.param(format, id="format"),
        pytest.param("{!r:>60}".format, id="padded"),
        pytest.param(lambda holder: "%s" % (holder,), id="per cent"),  # noqa: UP031 - the old formatting is tested too
        pytest.param(lambda holder: f"{holder}{holder!s}{holder=}", id="f-string"),
        pytest.param(pretty_repr, id="rich, as in a crash report with locals"),
    ],
)
def test_no_text_form_shows_the_value(holder: object, show: Callable[[object], str]) -> None:
    shown = show(holder)
    assert "Secret(…)" in shown or r"Secret(\u2026)" in shown
    assert VALUE not in shown


@HOLDERS
@pytest.mark.parametrize(
    "store",
    [pickle.dumps, copy.copy, copy.deepcopy, json.dumps, msgspec.json.encode, msgspec.msgpack.encode],
    ids=["pickle", "copy", "deep copy", "JSON", "msgspec", "msgpack"],
)
def test_no_serialization_reveals_the_value(holder: object, store: Callable[[object], object]) -> None:
    try:
        stored = store(holder)
    except TypeError as error:
        stored = "".join(traceback.format_exception(error))
    assert VALUE not in str(stored)
    assert VALUE.encode() not in (stored if isinstance(stored, bytes) else b"")


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_a_secret_cannot_be_pickled(protocol: int) -> None:
    with pytest.raises(TypeError, match="not pickled"):
        pickle.dumps(SECRET, protocol)


def test_no_attribute_has_the_value() -> None:
    assert not hasattr(SECRET, "__dict__")
    assert VALUE not in repr([getattr(SECRET, name) for name in dir(SECRET) if not name.startswith("_")])


def test_a_log_record_does_not_show_the_value(caplog: pytest.LogCaptureFixture) -> None:
    logging.getLogger("other").warning("keys %s, secret %r, %s", KEYS, SECRET, {"private": SECRET})
    assert "Secret(…)" in caplog.text
    assert VALUE not in caplog.text


def test_reveal_returns_the_value() -> None:
    assert SECRET.reveal() == VALUE
    assert KEYS.private.reveal() == VALUE


def test_secrets_are_equal_by_value_and_differ_from_strings() -> None:
    assert Secret(VALUE) == SECRET
    assert hash(Secret(VALUE)) == hash(SECRET)
    assert Secret(VALUE[::-1]) != SECRET
    assert SECRET != VALUE
    assert hash(SECRET) != hash(VALUE)


def test_only_an_empty_secret_is_false() -> None:
    assert SECRET
    assert not Secret("")

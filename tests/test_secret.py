"""A secret does not show itself, however it is looked at."""

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
    """Something that has keys among its fields, as a connection does."""

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
        pytest.param(lambda holder: "%s" % (holder,), id="per cent"),  # noqa: UP031 - the old way is tried, too
        pytest.param(lambda holder: f"{holder}{holder!s}{holder=}", id="f-string"),
        pytest.param(pretty_repr, id="rich, as in a crash report with locals"),
    ],
)
def test_no_way_of_turning_it_into_text_shows_it(holder: object, show: Callable[[object], str]) -> None:
    shown = show(holder)
    assert "Secret(…)" in shown or r"Secret(\u2026)" in shown
    assert VALUE not in shown


@HOLDERS
@pytest.mark.parametrize(
    "store",
    [pickle.dumps, copy.copy, copy.deepcopy, json.dumps, msgspec.json.encode, msgspec.msgpack.encode],
    ids=["pickle", "copy", "deep copy", "JSON", "msgspec", "msgpack"],
)
def test_no_way_of_storing_it_gives_it_away(holder: object, store: Callable[[object], object]) -> None:
    try:
        stored = store(holder)
    except TypeError as error:
        stored = "".join(traceback.format_exception(error))
    assert VALUE not in str(stored)
    assert VALUE.encode() not in (stored if isinstance(stored, bytes) else b"")


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_it_is_not_pickled(protocol: int) -> None:
    with pytest.raises(TypeError, match="not pickled"):
        pickle.dumps(SECRET, protocol)


def test_it_has_no_attributes_to_look_through() -> None:
    assert not hasattr(SECRET, "__dict__")
    assert VALUE not in repr([getattr(SECRET, name) for name in dir(SECRET) if not name.startswith("_")])


def test_a_log_record_does_not_show_it(caplog: pytest.LogCaptureFixture) -> None:
    logging.getLogger("somebody").warning("keys %s, secret %r, %s", KEYS, SECRET, {"private": SECRET})
    assert "Secret(…)" in caplog.text
    assert VALUE not in caplog.text


def test_revealing_is_the_one_way_to_it() -> None:
    assert SECRET.reveal() == VALUE
    assert KEYS.private.reveal() == VALUE


def test_two_secrets_are_equal_when_they_are_the_same_and_a_text_is_not_one() -> None:
    assert Secret(VALUE) == SECRET
    assert hash(Secret(VALUE)) == hash(SECRET)
    assert Secret(VALUE[::-1]) != SECRET
    assert SECRET != VALUE
    assert hash(SECRET) != hash(VALUE)


def test_only_an_empty_secret_is_false() -> None:
    assert SECRET
    assert not Secret("")

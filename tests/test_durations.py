"""Spans of time as people write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ucdn_tui.durations import format_duration, parse_duration


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("90s", 90), ("15m", 900), ("24h", 86400), ("7d", 604800), ("0s", 0), ("007m", 420), ("999999999s", 999999999)],
)
def test_a_number_and_a_unit_are_so_many_seconds(text: str, seconds: float) -> None:
    assert parse_duration(text) == seconds


NO_DURATIONS = [
    *("", "s", "5", "5 s", " 5s", "5s ", "5s\n", "-5s", "+5s", "1.5h", "1e3s", "0x5s"),
    *("5S", "5w", "5ms", "1h30m", "٥s", "²s", "1000000000s", "9" * 10_000 + "s"),
]


@pytest.mark.parametrize("text", NO_DURATIONS, ids=lambda text: ascii(text[:12]))
def test_anything_else_is_no_duration(text: str) -> None:
    with pytest.raises(ValueError):
        parse_duration(text)


@given(st.text())
def test_no_text_ends_in_another_error_than_a_value_error(text: str) -> None:
    try:
        seconds = parse_duration(text)
    except ValueError:
        return
    assert seconds >= 0


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [(0, "0s"), (1, "1s"), (90, "90s"), (300, "5m"), (3600, "1h"), (86400, "24h"), (172800, "2d"), (90000, "25h")],
)
def test_a_span_is_shown_as_people_write_it(seconds: float, shown: str) -> None:
    assert format_duration(seconds) == shown


@given(st.integers(0, 400 * 86400))
def test_what_the_screen_says_of_a_window_can_be_given_as_a_flag_again(seconds: int) -> None:
    assert parse_duration(format_duration(seconds)) == seconds

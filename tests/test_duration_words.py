"""Durations are read from what people type, and shown in few characters."""

import re
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ucdn_tui.duration_words import (
    duration_range,
    duration_text,
    format_duration,
    parse_duration,
    parse_interval,
    parse_window,
    range_text,
    short_duration,
    whole_duration,
)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        *(("90s", 90), ("15m", 900), ("24h", 86400), ("7d", 604800), ("0s", 0), ("007m", 420)),
        *(("999999999s", 999999999), ("1.5h", 5400), ("0.1s", 0.1), ("1.1h", 3960), ("2.125s", 2.125)),
        *(("5", 5), ("3600", 3600), ("0.5", 0.5)),
    ],
)
def test_a_number_with_a_unit_or_of_seconds_is_parsed(text: str, seconds: float) -> None:
    assert parse_duration(text) == seconds


INVALID = [
    *("", "s", ".", ".5s", "5.s", "5 s", " 5s", "5s ", "5s\n", "5\n", "-5s", "-5", "+5s", "1e3s", "1e3", "0x5s", "0x5"),
    *("5S", "5w", "5ms", "1h30m", "٥s", "٥", "²s", "nan", "inf", "1000000000s", "1000000000", "9" * 10_000 + "s"),
    *("1.2.3s", "1,5h", "0.0001h"),
]


@pytest.mark.parametrize("text", INVALID, ids=lambda text: ascii(text[:12]))
def test_an_invalid_duration_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        parse_duration(text)


@given(st.text())
def test_parsing_any_text_raises_value_error_only(text: str) -> None:
    try:
        seconds = parse_duration(text)
    except ValueError:
        return
    assert seconds >= 0


@pytest.mark.parametrize("parse", [parse_interval, parse_window])
@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("0.1s", "'0.1s' is too short (minimum 1s)"),
        ("0", "'0' is too short (minimum 1s)"),
        ("5x", "invalid duration '5x' (try 90s, 15m, 24h or 7d)"),
    ],
)
def test_what_is_wrong_with_a_setting_is_said(parse: Callable[[str], float], text: str, sentence: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(sentence)}$"):
        parse(text)


@pytest.mark.parametrize(
    ("parse", "longest", "too_long", "said"),
    [(parse_interval, "1h", "3600.001s", "1h"), (parse_window, "366d", "8785h", "366d")],
)
def test_the_bounds_of_a_setting_belong_to_it(
    parse: Callable[[str], float], longest: str, too_long: str, said: str
) -> None:
    assert parse("1s") == parse("1") == 1.0
    assert parse(longest) == parse_duration(longest)
    with pytest.raises(ValueError, match=re.escape(f"'{too_long}' is too long (maximum {said})")):
        parse(too_long)


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (0, "0s"),
        (1, "1s"),
        (10, "10s"),
        (1.5, "1.5s"),
        (2.125, "2.125s"),
        (90, "90s"),
        (300, "5m"),
        (3600, "1h"),
        (86400, "24h"),
        (172800, "2d"),
        (90000, "25h"),
    ],
)
def test_a_setting_is_shown_in_the_largest_unit_that_divides_it(seconds: float, shown: str) -> None:
    assert format_duration(seconds) == shown


@given(st.integers(0, 400 * 86400 * 1000))
def test_a_formatted_duration_parses_to_the_same_seconds(milliseconds: int) -> None:
    seconds = milliseconds / 1000
    assert parse_duration(format_duration(seconds)) == seconds


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (0, "0s"),
        (0.999, "0s"),
        (59.9, "59s"),
        (60, "1m00s"),
        (61, "1m01s"),
        (3599, "59m59s"),
        (3600, "1h00m"),
        (86399, "23h59m"),
        (86400, "1d00h"),
        (100 * 86400 + 7200, "100d02h"),
        (1200 * 86400 + 7200, "1200d"),
    ],
)
def test_a_short_duration_has_its_two_largest_units(seconds: float, shown: str) -> None:
    assert short_duration(seconds) == shown


@pytest.mark.parametrize("seconds", [None, -1, -0.001, 10 * 365 * 86400, 1e300, float("inf"), float("nan")])
def test_a_nonsensical_duration_is_shown_as_a_dash(seconds: float | None) -> None:
    assert short_duration(seconds) == "—"


@given(st.floats())
def test_a_short_duration_fits_its_column(seconds: float) -> None:
    assert len(short_duration(seconds)) <= 7


@pytest.mark.parametrize(
    ("low", "high", "shown"),
    [
        (40, 90, "~40–90s"),
        (60, 120, "~60–120s"),
        (60, 180, "~1–3m"),
        (90, 150, "~1.5–2.5m"),
        (3600, 7200, "~60–120m"),
        (3600, 7260, "~1–2h"),
        (0, 450, "<7.5m"),
        (0, 18000, "<5h"),
    ],
)
def test_a_range_is_shown_in_one_unit(low: float, high: float, shown: str) -> None:
    assert duration_range(low, high) == shown


class TestInChinese:
    @pytest.mark.parametrize(
        ("seconds", "text"),
        [
            (52, "52秒"),
            (200, "3分20秒"),
            (3720, "1小时02分"),
            (190_800, "2天05小时"),
            (1200 * 86400, "1200天"),
            (None, "—"),
        ],
    )
    def test_sentences_have_the_words_of_the_units(self, chinese: None, seconds: float | None, text: str) -> None:
        assert duration_text(seconds) == text

    def test_whole_durations_and_ranges_have_them_too(self, chinese: None) -> None:
        assert whole_duration(86400) == "24小时"
        assert whole_duration(1.5) == "1.5秒"
        assert range_text(60, 180) == "~1–3分钟"
        assert range_text(0, 18_000) == "<5小时"

    def test_columns_and_files_have_the_letters(self, chinese: None) -> None:
        assert short_duration(200) == "3m20s"
        assert duration_range(60, 180) == "~1–3m"
        assert parse_duration(format_duration(5400)) == 5400
        assert format_duration(5400) == "90m"

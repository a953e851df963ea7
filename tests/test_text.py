"""Sanitized text is one printable line that shows its invisible characters."""

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ucdn_tui.text import LIMIT, replace_surrogates, sanitize

CHARACTERS = st.characters(exclude_categories=()) | st.sampled_from("\x1b\n\r\u0301\u0489\ufe0f\u200d\u202e\ud800…a字")
ANY_TEXT = st.lists(CHARACTERS, max_size=60).map("".join)
"""Includes lone surrogates, and harmful characters more often than by chance."""


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        pytest.param("\x1b[2J\x1b]52;c;eA==\x07", r"\x1b[2J\x1b]52;c;eA==\x07", id="terminal commands"),
        pytest.param("\x9b2J\x9d0;x\x9c", r"\x9b2J\x9d0;x\x9c", id="terminal commands of one byte"),
        pytest.param("\x00\x08\x7f", r"\x00\x08\x7f", id="other controls"),
        pytest.param("one\ntwo\r\nthree\ttab", r"one\ntwo\r\nthree\ttab", id="line ends and tabs"),
        pytest.param("a\x0bb\x0cc\x85d\u2028e\u2029f", r"a\x0bb\x0cc\x85d\u2028e\u2029f", id="rarer line ends"),
        pytest.param("a\u202eb\u202dc\u2067d\u2069e", r"a\u202eb\u202dc\u2067d\u2069e", id="direction overrides"),
        pytest.param("a\u200eb\u200fc\u061cd", r"a\u200eb\u200fc\u061cd", id="direction marks"),
        pytest.param("a\u200bb\u200cc\u200dd\u2060e\ufefff", r"a\u200bb\u200cc\u200dd\u2060e\ufefff", id="zero width"),
        pytest.param("soft\u00adhyphen", r"soft\xadhyphen", id="soft hyphen"),
        pytest.param("a\u00a0b\u3000c\u2003d", r"a\xa0b\u3000c\u2003d", id="other spaces"),
        pytest.param("a\ud800b\udfff", r"a\ud800b\udfff", id="lone surrogates"),
        pytest.param("a\U000e0041b\U000e007f", r"a\U000e0041b\U000e007f", id="tags"),
        pytest.param("a\ue000b\U0010ffffc\uffff", r"a\ue000b\U0010ffffc\uffff", id="unassigned characters"),
        pytest.param("☎\ufe0f☎\ufe0e", r"☎\ufe0f☎\ufe0e", id="variation selectors"),
        pytest.param("\u0301a", r"\u0301a", id="a mark without a base"),
        pytest.param("e\u0301\u0302\u0303\u0304\u0305", "e\u0301\u0302\u0303\\u0304\\u0305", id="too many marks"),
        pytest.param("a\u20dd\u20dd\u20dd\u20dd", "a\u20dd\u20dd\u20dd\\u20dd", id="too many enclosing marks"),
        pytest.param("a\n\u0301", "a\\n\u0301", id="a mark after an escape"),
    ],
)
def test_invisible_characters_become_escapes(text: str, shown: str) -> None:
    assert sanitize(text) == shown


@pytest.mark.parametrize(
    "text",
    [
        "",
        "https://cdn.example.com/a%20b.jpg?x=1&y=[/b]#top",
        "[red]markup[/]",
        r"C:\new",
        "签名错误：公钥不存在，请检查。",
        "https://cdn.example.com/图片/高清.jpg",
        "ファイル 파일 ไฟล์ ﻣﻠﻒ फ़ाइल",
        "Crème brûlée, e\u0301",
        "Vie\u0323\u0302t",
        "😀 ✓ ━ ×",
    ],
)
def test_ordinary_text_is_unchanged(text: str) -> None:
    assert sanitize(text) == text


@pytest.mark.parametrize(
    ("text", "limit", "shown"),
    [
        ("abcdef", 6, "abcdef"),
        ("abcdefg", 6, "abcde…"),
        ("图片图片图片图", 6, "图片图片图…"),
        ("abcde\x1b[2J", 6, "abcde…"),
        ("abcdef", 1, "…"),
    ],
)
def test_a_long_text_is_cut_with_an_ellipsis(text: str, limit: int, shown: str) -> None:
    assert sanitize(text, limit) == shown


def test_the_default_limit_cuts_too() -> None:
    assert sanitize("x" * LIMIT) == "x" * LIMIT
    assert sanitize("x" * (LIMIT * 100)) == "x" * (LIMIT - 1) + "…"


@given(ANY_TEXT, st.integers(1, 80))
@example("\u0301" * 60, 60)
def test_any_text_becomes_one_printable_encodable_line(text: str, limit: int) -> None:
    shown = sanitize(text, limit)
    assert shown.isprintable()
    assert len(shown.splitlines()) <= 1
    assert shown.encode("utf-8").decode("utf-8") == shown
    assert not any("\ufe00" <= character <= "\ufe0f" for character in shown)
    assert bool(shown) == bool(text)


@given(ANY_TEXT)
def test_marks_never_come_first_nor_four_in_a_row(text: str) -> None:
    marks = [unicodedata.category(character) in ("Mn", "Me") for character in sanitize(text)]
    assert marks[:1] != [True]
    assert not any(all(marks[at : at + 4]) for at in range(len(marks) - 3))


@given(ANY_TEXT)
def test_sanitizing_twice_changes_nothing(text: str) -> None:
    assert sanitize(sanitize(text)) == sanitize(text)


@given(ANY_TEXT)
def test_replacing_surrogates_changes_nothing_else(text: str) -> None:
    replaced = replace_surrogates(text)
    assert replaced.encode("utf-8").decode("utf-8") == replaced
    assert len(replaced) == len(text)
    pairs = zip(text, replaced, strict=True)
    assert all(new == ("\ufffd" if "\ud800" <= old <= "\udfff" else old) for old, new in pairs)


@pytest.mark.parametrize("character", "\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
def test_invisible_letters_become_escapes(character: str) -> None:
    escaped = character.encode("unicode_escape").decode()
    assert sanitize(f"https://h/a{character}b") == f"https://h/a{escaped}b"

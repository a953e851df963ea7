"""The user's language, where more than the translations depends on it."""

import pytest

from ucdn_tui.i18n import is_chinese


@pytest.mark.parametrize(
    "environ",
    [
        {"LANG": "zh_CN.UTF-8"},
        {"LANG": "en_US.UTF-8", "LC_MESSAGES": "zh_TW"},
        {"LANG": "en_US.UTF-8", "LC_MESSAGES": "de_DE", "LC_ALL": "zh_CN"},
        {"LC_ALL": "C.UTF-8", "LANGUAGE": "zh_CN:en"},
        {"LANGUAGE": "", "LC_ALL": "", "LANG": "zh"},
    ],
    ids=str,
)
def test_chinese_is_known_by_the_first_variable_that_is_set(environ: dict[str, str]) -> None:
    assert is_chinese(environ)


@pytest.mark.parametrize(
    "environ",
    [{}, {"LANG": "C"}, {"LANG": "zh_CN", "LC_ALL": "en_US"}, {"LANG": "zh_CN", "LANGUAGE": "en:zh"}],
    ids=str,
)
def test_other_languages_are_not_chinese(environ: dict[str, str]) -> None:
    assert not is_chinese(environ)

"""The user's language: which one the environment asks for, and when texts are translated."""

import subprocess
import sys

import pytest

from support import PATIENCE
from ucdn_tui.i18n import CHINESE, ENGLISH, language_named, language_of

IMPORT_ALL = """
import pkgutil
import ucdn_tui
from ucdn_tui import i18n

def fail(*texts):
    raise AssertionError(f"translated at import: {texts}")

i18n._ = i18n.ngettext = fail
for module in pkgutil.walk_packages(ucdn_tui.__path__, "ucdn_tui."):
    __import__(module.name)
    print(module.name)
"""


def test_no_text_is_translated_at_import() -> None:
    done = subprocess.run(
        [sys.executable, "-c", IMPORT_ALL], capture_output=True, text=True, timeout=PATIENCE, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "ucdn_tui.ui.keys.bindings" in done.stdout.split()


@pytest.mark.parametrize(
    "environ",
    [
        {"LANG": "zh_CN.UTF-8"},
        {"LANG": "en_US.UTF-8", "LC_MESSAGES": "zh_TW"},
        {"LANG": "en_US.UTF-8", "LC_MESSAGES": "de_DE", "LC_ALL": "zh_CN"},
        {"LC_ALL": "C.UTF-8", "LANGUAGE": "zh_CN:en"},
        {"LC_ALL": "C.UTF-8", "LANGUAGE": "de:zh_HK:en"},
        {"LANGUAGE": "", "LC_ALL": "", "LANG": "zh"},
    ],
    ids=str,
)
def test_chinese_is_known_by_the_first_variable_that_is_set(environ: dict[str, str]) -> None:
    assert language_of(environ) == CHINESE


@pytest.mark.parametrize(
    "environ",
    [{}, {"LANG": "C"}, {"LANG": "zh_CN", "LC_ALL": "en_US"}, {"LANG": "zh_CN", "LANGUAGE": "en:zh"}, {"LANG": "de"}],
    ids=str,
)
def test_anything_else_is_english(environ: dict[str, str]) -> None:
    assert language_of(environ) == ENGLISH


@pytest.mark.parametrize(
    "name",
    ["zh", "ZH", "zh_CN", "zh_CN.UTF-8", "zh_TW", "zh_HK.Big5", "zh_Hans", "zh-Hans-CN", "zh@pinyin"],
)
def test_every_chinese_locale_is_chinese(name: str) -> None:
    assert language_named(name) == CHINESE


@pytest.mark.parametrize("name", ["", "C", "zhx", "chinese", "fr", "_zh"])
def test_an_unknown_locale_names_no_language(name: str) -> None:
    assert language_named(name) is None

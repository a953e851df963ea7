"""The user's language: which one the environment asks for, and when texts are translated."""

import subprocess
import sys
from pathlib import Path

import pytest

from support import PATIENCE
from ucdn_tui import i18n
from ucdn_tui.i18n import CHINESE, ENGLISH, _, language_named, language_of, ngettext

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


def test_a_text_is_looked_up_when_it_is_shown(chinese: None) -> None:
    assert i18n.current() == CHINESE
    assert _("failed") == "失败"
    i18n.use(ENGLISH)
    assert _("failed") == "failed"


def test_a_text_without_a_translation_stays_english(chinese: None) -> None:
    assert _("not in any catalogue") == "not in any catalogue"
    assert ngettext("{n} oddity", "{n} oddities", 2) == "{n} oddities"


def test_no_text_has_no_translation(chinese: None) -> None:
    assert _("") == "", "a catalogue has its header there"


@pytest.mark.parametrize("content", [None, b"not a catalogue"])
def test_a_missing_or_broken_catalogue_leaves_english(tmp_path: Path, content: bytes | None) -> None:
    if content is not None:
        path = tmp_path / CHINESE / "LC_MESSAGES" / "ucdn-tui.mo"
        path.parent.mkdir(parents=True)
        path.write_bytes(content)
    i18n.use(CHINESE, str(tmp_path))
    assert i18n.current() == ENGLISH
    assert _("failed") == "failed"


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

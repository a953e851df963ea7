"""Which language a run speaks: `--lang`, then the configuration, then the environment."""

import os
from pathlib import Path

import pytest

from support.program import Command
from ucdn_tui import i18n
from ucdn_tui.cli.language import ARGPARSE, argparse_translated, choose_language

CHINESE, ENGLISH = "显示版本", "show the version"
"""The help's words for `--version`."""


def configure(text: str) -> Path:
    """Write the configuration; return its path."""
    path = Path.home() / ".config" / "ucdn-tui" / "config.toml"
    path.parent.mkdir(parents=True)
    path.write_text(text, encoding="utf-8")
    return path


def speaks(*arguments: str, **variables: str) -> str:
    """Return the language of the program's help."""
    done = Command()(*arguments, "--help", **variables)
    assert done.returncode == 0, done.stderr
    assert (CHINESE in done.stdout) != (ENGLISH in done.stdout)
    return i18n.CHINESE if CHINESE in done.stdout else i18n.ENGLISH


@pytest.mark.parametrize("value", ["zh", "zh_CN.UTF-8", "zh_TW", "zh_HK", "zh_Hans"])
def test_the_environment_asks_for_chinese(value: str) -> None:
    assert speaks(LANG=value) == i18n.CHINESE


def test_the_configuration_goes_before_the_environment() -> None:
    path = configure('language = "zh"\n')
    assert speaks() == i18n.CHINESE
    path.write_text('language = "en"\n')
    assert speaks(LANGUAGE="zh_CN") == i18n.ENGLISH


@pytest.mark.parametrize("arguments", [("--lang", "zh", "tasks"), ("tasks", "--lang", "zh"), ("tasks", "--lang=zh")])
def test_the_flag_works_on_either_side_of_a_command(arguments: tuple[str, ...]) -> None:
    assert speaks(*arguments) == i18n.CHINESE


@pytest.mark.parametrize("command", ["login", "logout", "profiles", "completion", "refresh", "wait", "quota"])
def test_every_command_takes_the_flag(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert speaks(command, "--lang", "zh") == i18n.CHINESE


def test_the_flag_goes_before_all_else() -> None:
    configure('language = "zh"\n')
    assert speaks("--lang", "en", LANGUAGE="zh_CN") == i18n.ENGLISH
    assert speaks("--lang", "zh", "--lang", "en") == i18n.ENGLISH, "the last one counts, as of every flag"


def test_an_unknown_language_is_an_error() -> None:
    done = Command()("tasks", "--lang", "fr")
    assert done.returncode == 2
    assert done.stderr == "ucdn-tui: argument --lang: unknown language 'fr' (en or zh).\n"


@pytest.mark.parametrize("value", ['"fr"', "3", "true", '""'])
def test_an_unknown_language_in_the_configuration_is_an_error(value: str) -> None:
    path = configure(f"language = {value}\n")
    done = Command()("profiles", LANG="C.UTF-8")
    assert done.returncode == 2
    assert f'{path}: `language` must be "en" or "zh".' in done.stderr
    assert speaks() == i18n.ENGLISH, "the help still shows"


@pytest.mark.parametrize("text", ['language = "zh', "\xff", 'title = "language"', "\ufefflanguage = 'zh'\r\n"])
def test_only_a_configuration_that_can_be_read_counts(text: str) -> None:
    configure("").write_bytes(text.encode("latin-1" if text == "\xff" else "utf-8"))
    assert speaks() == (i18n.CHINESE if text.startswith("\ufeff") else i18n.ENGLISH)


def test_the_words_after_two_hyphens_are_no_flags() -> None:
    choose_language(["wait", "--", "--lang", "zh"], {})
    assert i18n.current() == i18n.ENGLISH


def test_argparse_speaks_the_language_too() -> None:
    assert Command()("--lang", "zh", "--help").stdout.startswith("用法：")
    assert Command()("--help", LANG="zh_CN.UTF-8", LANGUAGE="en").stdout.startswith("usage: ")


@pytest.mark.parametrize("before", [None, "de"])
def test_programs_that_are_started_do_not_see_the_language(monkeypatch: pytest.MonkeyPatch, before: str | None) -> None:
    if before is not None:
        monkeypatch.setenv("LANGUAGE", before)
    with argparse_translated(os.environ):
        assert os.environ["LANGUAGE"] == i18n.ENGLISH
    assert os.environ.get("LANGUAGE") == before


@pytest.mark.parametrize("text", [text for text in ARGPARSE if text != "%(heading)s:"])
def test_argparse_has_the_texts_that_are_translated_for_it(text: str) -> None:
    import argparse

    source = Path(argparse.__file__).read_text(encoding="utf-8")
    assert repr(text) in source or f'"{text}"' in source

"""Translation: every text for users passes through `_` or `ngettext`, which look it up when they are called."""

import os.path  # not pathlib, which takes longer to import
from collections.abc import Mapping
from gettext import GNUTranslations, NullTranslations
from typing import Final

DOMAIN: Final = "ucdn-tui"

LOCALE: Final = os.path.join(os.path.dirname(__file__), "locale")
"""The folder of the catalogues."""

ENGLISH: Final = "en"
CHINESE: Final = "zh_CN"

_LANGUAGES: Final = {"en": ENGLISH, "zh": CHINESE}
"""By the first part of a locale's name: who reads zh_TW or zh_HK rather reads zh_CN than English."""

_language: str = ENGLISH
_catalogue: NullTranslations = NullTranslations()


def _(message: str) -> str:
    """Translate a text: `_("paused")`. Insert values afterwards: `_("{count} URLs").format(count=3)`."""
    return _catalogue.gettext(message) if message else ""  # a catalogue has its header under ""


def ngettext(one: str, many: str, n: int) -> str:
    """Translate a text that depends on a number: `ngettext("{n} URL", "{n} URLs", n).format(n=n)`."""
    return _catalogue.ngettext(one, many, n)


def N_(message: str) -> str:  # noqa: N802 - the name that extractions know
    """Mark a text in a table or a class, which exist before the language is known. Pass it through `_` to show it."""
    return message


def use(language: str, folder: str = LOCALE) -> None:
    """Translate into this language from now on. Without a readable catalogue, texts stay English."""
    global _language, _catalogue
    _language, _catalogue = ENGLISH, NullTranslations()
    if language != ENGLISH:
        try:
            with open(os.path.join(folder, language, "LC_MESSAGES", f"{DOMAIN}.mo"), "rb") as file:
                _language, _catalogue = language, GNUTranslations(file)
        except OSError:  # a source tree that is not installed has no compiled catalogue
            return


def current() -> str:
    """Return the language in use."""
    return _language


def language_named(name: str) -> str | None:
    """Return the language of a locale's name, such as `zh`, `zh_CN.UTF-8` or `zh-Hant-TW`; None for an unknown one."""
    for separator in "_-.@":
        name = name.partition(separator)[0]
    return _LANGUAGES.get(name.lower())


def language_of(environ: Mapping[str, str]) -> str:
    """Return the language that the environment asks for, by the variables that gettext reads, in its order."""
    variables = ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG")
    value = next((value for name in variables if (value := environ.get(name))), "")
    return next((found for name in value.split(":") if (found := language_named(name))), ENGLISH)

"""Translations for tests: compiled from the sources of this checkout, whatever was installed before."""

import re
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.mofile import read_mo, write_mo
from babel.messages.pofile import read_po

from ucdn_tui import i18n

LOCALE = Path(i18n.LOCALE)
TEMPLATE = LOCALE / f"{i18n.DOMAIN}.pot"
SOURCES = sorted(LOCALE.glob("*/LC_MESSAGES/*.po"))


def read(path: Path) -> Catalog:
    """Return a catalogue's source."""
    with path.open("rb") as file:
        return read_po(file)


def texts(catalogue: Catalog) -> dict[object, object]:
    """Return the translations by their texts, as far as there are any."""
    found = ((message.id, message.string) for message in catalogue if message.id and not message.fuzzy)
    return {_hashable(text): _hashable(translation) for text, translation in found if translation}


def compiled_texts(catalogue: bytes) -> dict[object, object]:
    """Return the same of a compiled catalogue."""
    return texts(read_mo(BytesIO(catalogue)))


def store(catalogue: Catalog, language: str, folder: Path) -> None:
    """Compile a catalogue into a folder for `i18n.use`."""
    path = folder / language / "LC_MESSAGES" / f"{i18n.DOMAIN}.mo"
    path.parent.mkdir(parents=True)
    with path.open("wb") as file:
        write_mo(file, catalogue)


def _hashable(text: str | Sequence[str]) -> str | tuple[str, ...]:
    """Return a text as it is, and the forms of a plural as a tuple."""
    return text if isinstance(text, str) else tuple(text)


PSEUDO = "qps"
"""The name of the pseudo-language."""

_ACCENTED = str.maketrans(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz", "ÀßÇÐÈƑĜĤÌĴĶĹṀÑÒÞǪŔŠŢÙṼŴẊÝŽàƀçđèƒĝĥìĵķĺṁñòþǫŕšţùṽŵẋýž"
)

_PLACEHOLDER = re.compile(r"(\{[^{}]*\}|%\([a-z_]+\)[srd]|%[srd])")

_LONGER = 0.4
"""By how much texts are longer in the pseudo-language than in English."""


def placeholders(text: str) -> list[str]:
    """Return what values are put in place of, in alphabetical order."""
    return sorted(_PLACEHOLDER.findall(text))


def pseudo(text: str) -> str:
    """Return a text as long as in a wordy language, in brackets, with an accent on each letter."""
    parts = _PLACEHOLDER.split(text)
    accented = "".join(part if at % 2 else part.translate(_ACCENTED) for at, part in enumerate(parts))
    letters = sum(len(part) for part in parts[::2])
    start, words, end = re.fullmatch(r"(\s*)(.*?)(\s*)", accented, re.DOTALL).groups()
    more = max(0, round(letters * _LONGER) - 2)
    filling = "".join(" " if more > 8 and at % 8 == 0 else "~" for at in range(more))
    return f"{start}⟦{words}{filling}⟧{end}"


def pseudo_catalogue() -> Catalog:
    """Return the catalogue of the pseudo-language: what is English on the screen is not translated."""
    catalogue = Catalog(locale="en")
    for message in read(TEMPLATE):
        if isinstance(message.id, tuple):
            catalogue.add(message.id, tuple(map(pseudo, message.id)))
        elif message.id:
            catalogue.add(message.id, pseudo(message.id))
    return catalogue

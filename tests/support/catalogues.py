"""Translations for tests: compiled from the sources of this checkout, whatever was installed before."""

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

"""The language that the configuration names. It is read apart from the rest, as every message depends on it."""

from ucdn_tui.account.config_location import default_path
from ucdn_tui.files import read_regular
from ucdn_tui.i18n import language_named


def configured_language() -> str | None:
    """Return the language; None if none is named. Mistakes are reported once the whole configuration is read."""
    path = default_path()
    try:
        text = read_regular(path) if path is not None else b""
        if b"language" not in text:
            return None
        import tomllib  # imported here because few configurations name a language

        name = tomllib.loads(text.decode("utf-8-sig").replace("\r\n", "\n")).get("language")
    except (OSError, ValueError, RecursionError):
        return None
    return language_named(name) if isinstance(name, str) else None

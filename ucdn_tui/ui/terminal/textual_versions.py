"""The Textual versions on which the use of its private parts was tested."""

from pathlib import Path

import textual

TESTED = frozenset({"8.2.4", "8.2.5", "8.2.6", "8.2.7", "8.2.8"})

# The version is read from the folder's name: importing `importlib.metadata` takes longer than this whole package.
_PACKAGES = Path(textual.__path__[0]).parent

IS_TESTED_TEXTUAL: bool = any((_PACKAGES / f"textual-{version}.dist-info").is_dir() for version in TESTED)
"""Whether private parts may be used. On other versions Textual's own behaviour stays, slower but correct."""

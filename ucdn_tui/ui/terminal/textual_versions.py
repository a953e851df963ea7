"""Which Textual versions the program's use of Textual's private parts was tested with."""

from pathlib import Path

import textual

TESTED = frozenset({"8.2.4", "8.2.5", "8.2.6", "8.2.7", "8.2.8"})

# Found by the folder's name: to import `importlib.metadata` for it takes longer than all the rest of this package.
_PACKAGES = Path(textual.__path__[0]).parent

IS_TESTED_TEXTUAL: bool = any((_PACKAGES / f"textual-{version}.dist-info").is_dir() for version in TESTED)
"""Whether private parts may be replaced; on any other version Textual's own behaviour stays, slower but right."""

"""Translation: every text for users passes through `_` or `ngettext`."""

import gettext
import os.path  # not pathlib, which takes longer to import
from collections.abc import Mapping

DOMAIN = "ucdn-tui"

_catalogue = gettext.translation(DOMAIN, localedir=os.path.join(os.path.dirname(__file__), "locale"), fallback=True)

_ = _catalogue.gettext
"""Translate a text: `_("paused")`. Insert values afterwards: `_("{count} URLs").format(count=3)`."""

ngettext = _catalogue.ngettext
"""Translate a text that depends on a number: `ngettext("{n} URL", "{n} URLs", n).format(n=n)`."""


def is_chinese(environ: Mapping[str, str]) -> bool:
    """Return whether the user's language is Chinese, by the variables that gettext reads, in its order."""
    names = ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG")
    return next((value for name in names if (value := environ.get(name))), "").startswith("zh")

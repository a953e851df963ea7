"""Every word for people passes through `_`, so that a translation needs no change of code."""

import gettext
import os.path  # not pathlib: `--version` is here for the impatient

DOMAIN = "ucdn-tui"

_catalogue = gettext.translation(DOMAIN, localedir=os.path.join(os.path.dirname(__file__), "locale"), fallback=True)

_ = _catalogue.gettext
"""Translate a text: `_("paused")`. Values are put in afterwards: `_("{count} URLs").format(count=3)`."""

ngettext = _catalogue.ngettext
"""Translate a text that depends on a number: `ngettext("{n} URL", "{n} URLs", n).format(n=n)`."""

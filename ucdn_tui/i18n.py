"""Translation: every text for users passes through `_` or `ngettext`."""

import gettext
import os.path  # not pathlib, which takes longer to import

DOMAIN = "ucdn-tui"

_catalogue = gettext.translation(DOMAIN, localedir=os.path.join(os.path.dirname(__file__), "locale"), fallback=True)

_ = _catalogue.gettext
"""Translate a text: `_("paused")`. Insert values afterwards: `_("{count} URLs").format(count=3)`."""

ngettext = _catalogue.ngettext
"""Translate a text that depends on a number: `ngettext("{n} URL", "{n} URLs", n).format(n=n)`."""

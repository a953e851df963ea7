"""The language of a run: that of `--lang`, else the configuration's, else the environment's."""

import gettext
from collections.abc import Iterator, Mapping, MutableMapping, Sequence
from contextlib import contextmanager
from itertools import pairwise
from typing import Final

from ucdn_tui import i18n
from ucdn_tui.i18n import N_, _

ARGPARSE: Final = (
    N_("usage: "),
    N_("%(heading)s:"),
    N_("positional arguments"),
    N_("options"),
    N_("show this help message and exit"),
    N_("argument %(argument_name)s: %(message)s"),
    N_("expected one argument"),
    N_("ignored explicit argument %r"),
    N_("invalid choice: %(value)r (choose from %(choices)s)"),
    N_("the following arguments are required: %s"),
)
"""The texts of argparse that can be seen."""


def choose_language(arguments: Sequence[str], environ: Mapping[str, str]) -> None:
    """Use the user's language from now on. The arguments are not parsed yet, as the parser has texts, too."""
    i18n.use(_given(arguments) or _configured() or i18n.language_of(environ))


def parse_language(text: str) -> str:
    """Return the language of this name; raises ValueError with a sentence for people."""
    if (language := i18n.language_named(text)) is None:
        raise ValueError(_("unknown language {text!r} (en or zh)").format(text=text))
    return language


@contextmanager
def argparse_translated(environ: MutableMapping[str, str]) -> Iterator[None]:
    """Have argparse find its texts in our catalogue. It asks gettext, which takes the language from a variable."""
    before = environ.get("LANGUAGE")
    gettext.bindtextdomain(i18n.DOMAIN, i18n.LOCALE)
    gettext.textdomain(i18n.DOMAIN)
    environ["LANGUAGE"] = i18n.current()
    try:
        yield
    finally:
        del environ["LANGUAGE"]  # programs that are started later shall not see it
        if before is not None:
            environ["LANGUAGE"] = before


def _given(arguments: Sequence[str]) -> str | None:
    """Return the language of the last `--lang`; None if that is missing or unknown, which the parser reports."""
    found = None
    for word, following in pairwise([*arguments, ""]):
        if word == "--":
            break
        if word == "--lang":
            found = following
        elif word.startswith("--lang="):
            found = word.removeprefix("--lang=")
    return i18n.language_named(found) if found else None


def _configured() -> str | None:
    from ucdn_tui.account.language import configured_language  # not needed with --lang

    return configured_language()

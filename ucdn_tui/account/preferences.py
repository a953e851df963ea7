"""Preferences in the configuration: key bindings, notifications, the finish command, links."""

from collections.abc import Callable, Mapping
from typing import Any

from msgspec import Struct, field

from ucdn_tui.i18n import _
from ucdn_tui.sentences import labelled, listed
from ucdn_tui.text import sanitize


class Notify(Struct, frozen=True):
    """How the end of a task is announced."""

    toast: bool = True
    """A message on the screen."""
    bell: bool = True
    """The terminal's bell."""
    title: bool = True
    """Task counts in the terminal's title."""
    desktop: bool = True
    """A desktop notification (OSC 9 or 777), in terminals known to support it."""
    progress: bool = True
    """Progress in the terminal's tab or task bar (OSC 9;4), in terminals known to support it."""


class Preferences(Struct, frozen=True):
    """The user's preferences; the defaults apply to anything the configuration does not set."""

    keys: Mapping[str, str] = field(default_factory=dict)
    """Key bindings that replace the default ones, by binding id."""
    notify: Notify = field(default_factory=Notify)
    on_finish: tuple[str, ...] = ()
    """A command and its arguments, run when a task ends; empty for none."""
    links: bool = True
    """Whether URLs are terminal hyperlinks (OSC 8)."""
    read_only: bool = False
    """Whether nothing may be submitted, in any account."""
    problems: tuple[str, ...] = ()
    """One sentence for each invalid setting."""


def preferences_of(document: Mapping[str, Any]) -> Preferences:
    """Return the preferences in a configuration. An invalid one keeps its default and is reported in `problems`."""
    problems: list[str] = []
    if unknown := sorted(set(document) - {*_NAMES}):
        problem = _("Unknown setting: {name}. The settings are {names}.")
        problems.append(problem.format(name=sanitize(listed(unknown), 80), names=listed(_NAMES)))

    def read(name: str, parse: Callable[[Any], Any], default: Any, *, invalid: Any = None) -> Any:
        if name not in document:
            return default
        try:
            return parse(document[name])
        except ValueError as error:
            problems.append(labelled(name, str(error)))
            return default if invalid is None else invalid

    return Preferences(
        keys=read("keys", _keys, {}),
        notify=read("notify", _notify, Notify()),
        on_finish=read("on_finish", _command, ()),
        links=read("links", _switch, True),
        read_only=read("read_only", _switch, False, invalid=True),  # the safe one
        problems=tuple(problems),
    )


_NAMES = ("default", "language", "profiles", "keys", "notify", "on_finish", "links", "read_only")
"""The settings at the top of the file; `config` reads the first three."""


def _command(value: Any) -> tuple[str, ...]:
    from ucdn_tui.external.on_finish import parse_command  # imported here because it is slow and rarely needed

    return parse_command(value)


def _switch(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError(_("Must be true or false."))  # noqa: TRY004 - the value in the user's file is wrong
    return value


def _keys(value: Any) -> dict[str, str]:
    if not isinstance(value, dict) or not all(isinstance(keys, str) for keys in value.values()):
        raise ValueError(_('Must be a table of keys in quotes, such as "find.sort" = "o".'))
    return dict(value)


def _notify(value: Any) -> Notify:
    names = set(Notify.__struct_fields__)
    if not isinstance(value, dict) or not all(isinstance(switch, bool) for switch in value.values()):
        raise ValueError(_("Must be a table of switches, each true or false."))
    if unknown := sorted(set(value) - names):
        problem = _("Unknown switch: {name}. The switches are {names}.")
        raise ValueError(problem.format(name=sanitize(listed(unknown), 80), names=listed(sorted(names))))
    return Notify(**value)

"""Preferences: how somebody likes the program, as the configuration says it; what is wrong costs only itself."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ucdn_tui.i18n import _
from ucdn_tui.text import sanitize


@dataclass(frozen=True)
class Notify:
    """In which ways it is told that a task is over."""

    toast: bool = True
    """A message on the screen."""
    bell: bool = True
    """The terminal's bell."""
    title: bool = True
    """The terminal's title counts the tasks."""
    desktop: bool = True
    """A notification of the desktop, by OSC 9 or 777, where the terminal is known to take it."""
    progress: bool = True
    """The progress in the terminal's tab or task bar, by OSC 9;4, likewise."""


@dataclass(frozen=True)
class Preferences:
    """How somebody likes it."""

    keys: Mapping[str, str] = field(default_factory=dict)
    """Other keys, by the id of what they do."""
    notify: Notify = field(default_factory=Notify)
    on_finish: tuple[str, ...] = ()
    """A command and its arguments, run when a task is over; empty for none."""
    links: bool = True
    """Whether URLs are hyperlinks of the terminal."""
    problems: tuple[str, ...] = ()
    """What could not be understood, in sentences."""


def preferences_of(document: Mapping[str, Any]) -> Preferences:
    """Return the preferences of a configuration; what is wrong is left out, and told in `problems`."""
    problems: list[str] = []

    def read(name: str, parse: Callable[[Any], Any], default: Any) -> Any:
        if name not in document:
            return default
        try:
            return parse(document[name])
        except ValueError as error:
            problems.append(f"{name}: {error}")
            return default

    return Preferences(
        keys=read("keys", _keys, {}),
        notify=read("notify", _notify, Notify()),
        on_finish=read("on_finish", _command, ()),
        links=read("links", _switch, True),
        problems=tuple(problems),
    )


def _command(value: Any) -> tuple[str, ...]:
    from ucdn_tui.external.on_finish import parse_command  # here, as few have one, and it brings much along

    return parse_command(value)


def _switch(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError(_("It has to be true or false."))  # noqa: TRY004 - of the value in somebody's file
    return value


def _keys(value: Any) -> dict[str, str]:
    if not isinstance(value, dict) or not all(isinstance(keys, str) for keys in value.values()):
        raise ValueError(_('It has to be a table of keys in quotes, such as "find.sort" = "o".'))
    return dict(value)


def _notify(value: Any) -> Notify:
    names = set(Notify.__dataclass_fields__)
    if not isinstance(value, dict) or not all(isinstance(switch, bool) for switch in value.values()):
        raise ValueError(_("It has to be a table of switches, each true or false."))
    if unknown := sorted(set(value) - names):
        words = _("There is no {name}, only {names}.")
        raise ValueError(words.format(name=sanitize(", ".join(unknown), 80), names=", ".join(sorted(names))))
    return Notify(**value)

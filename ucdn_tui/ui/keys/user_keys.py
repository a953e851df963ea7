"""The keys as the user has them: bindings grouped for the help, their displayed keys, and a check of own ones."""

import string
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from textual.app import App
from textual.binding import Binding, BindingType
from textual.keys import Keys

from ucdn_tui.i18n import _
from ucdn_tui.text import sanitize


class Section(NamedTuple):
    """A section of the help."""

    title: str
    bindings: list[Binding]


def bindings_of(*classes: Any) -> list[Binding]:
    """Return the bindings of these classes as written: one with several keys is one binding."""
    return [binding for cls in classes for binding in _written(cls.__dict__.get("BINDINGS", ()))]


def _written(bindings: Iterable[BindingType]) -> list[Binding]:
    return [binding for binding in bindings if isinstance(binding, Binding)]


def sections(offered: Iterable[Binding]) -> dict[str, Section]:
    """Return these bindings of the dashboard as the help groups them, by the first part of their ids."""
    titles = {
        "find": _("Filter and sort"),
        "take": _("Copy and export"),
        "submit": _("Submit"),
        "edge": _("At the edge"),
        "watch": _("Polling"),
        "app": _("General"),
        "filter": _("In the filter box"),
        "table": _("Navigation"),
    }
    found: dict[str, list[Binding]] = {part: [] for part in titles}
    for binding in offered:
        found[(binding.id or "").partition(".")[0]].append(binding)
    return {part: Section(titles[part], found_here) for part, found_here in found.items()}


def shown_keys(app: App[Any], binding: Binding, keymap: Mapping[str, str]) -> str:
    """Return a binding's keys as displayed: the user's own from `keymap`, else the default ones."""
    keys = _names(keymap.get(binding.id or "", binding.key))
    return " ".join(app.get_key_display(replace(binding, key=key, key_display=None)) for key in keys)


def checked(keymap: Mapping[str, str], contexts: Sequence[Sequence[Binding]]) -> tuple[dict[str, str], list[str]]:
    """Return the usable part of a keymap, and its problems in sentences.

    `contexts` are groups of bindings that work at the same time: within a group, a key can have one meaning only.
    """
    good: dict[str, str] = {}
    problems: list[str] = []
    known = {binding.id: ",".join(_names(binding.key)) for context in contexts for binding in context}
    for name, keys in keymap.items():
        names = [(part, _key_name(part)) for part in _parts(keys)]
        if name not in known:
            problems.append(_("Unknown key id {name}.").format(name=sanitize(name, 60)))
        elif not names:
            problems.append(_("No key given for {name}.").format(name=name))
        elif wrong := [part for part, key in names if key is None]:
            problem = _("Unknown key {key} for {name}.")
            problems.append(problem.format(key=sanitize(wrong[0], 40), name=name))
        else:
            good[name] = ",".join(dict.fromkeys(key for _part, key in names if key is not None))
    changed = {name: keys for name, keys in good.items() if keys != known[name]}
    while clash := _clash(changed, contexts):
        name, key, owner = clash
        del good[name], changed[name]
        if owner is None:
            problem = _("{key} cannot be used for {name}: it types text.")
        else:
            problem = _("{key} cannot be used for {name}: it is already {owner}.")
        problems.append(problem.format(key=sanitize(key, 40), name=name, owner=owner))
    return good, problems


class WhileTyping(list[Binding]):
    """Bindings that work while the user types in a field, which takes all letters and signs."""


def _clash(keymap: Mapping[str, str], contexts: Sequence[Sequence[Binding]]) -> tuple[str, str, str | None] | None:
    """Return the first id of the keymap whose key is taken, that key, and its other id (None: it types text)."""
    for context in contexts:
        owners: dict[str, str] = {}
        # Default keys come first: they win over changed ones.
        for binding in sorted(context, key=lambda binding: binding.id in keymap):
            name = binding.id or binding.description or binding.action
            for key in _names(keymap.get(name, binding.key)):
                if name not in keymap:
                    owners.setdefault(key, name)
                elif isinstance(context, WhileTyping) and _is_typed(key):
                    return name, key, None
                elif owners.setdefault(key, name) != name:
                    return name, key, owners[key]
    return None


def _names(keys: str) -> list[str]:
    """Return the valid keys by name, each once."""
    return list(dict.fromkeys(key for part in _parts(keys) if (key := _key_name(part)) is not None))


def _parts(keys: str) -> list[str]:
    return [stripped for part in keys.split(",") if (stripped := part.strip())] if keys != "," else [","]


def _key_name(key: str) -> str | None:
    """Return Textual's name of a key (`?` is question_mark, `Ctrl+O` ctrl+o); None if it is no key."""
    if len(key) == 1:
        return _sign_name(key)
    *modifiers, last = key.split("+") if not key.endswith("+") else [*key[:-2].split("+"), "+"]
    modifiers = [modifier.lower() for modifier in modifiers]
    last = _sign_name(last.lower() if modifiers else last) if len(last) == 1 else last.lower()
    if not _MODIFIERS.issuperset(modifiers) or last not in _KNOWN:
        return None
    if modifiers == ["shift"] and last in string.ascii_lowercase:
        return last.upper()
    return "+".join([*sorted(modifiers), last])


def _is_typed(key: str) -> bool:
    """Return whether a key types text into a field."""
    return "+" not in key and (key in _TYPED or key not in _KNOWN)


def _sign_name(sign: str) -> str:
    if sign == ",":
        return "comma"  # a comma separates keys, so Binding would see none
    return next(iter(Binding.make_bindings([Binding(sign, "")]))).key


_MODIFIERS = frozenset({"ctrl", "shift", "alt", "meta", "super", "hyper"})

_TYPED = frozenset({*string.ascii_letters, *string.digits, *map(_sign_name, string.punctuation), "space"})
"""Keys that type text into a field."""

_KNOWN = _TYPED | {key.value.rpartition("+")[2] for key in Keys} | {"enter", "tab", "backspace"}

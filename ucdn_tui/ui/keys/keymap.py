"""The keys: all there are, in sections, as the help and the palette have them; and those that somebody likes better."""

import string
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from textual.app import App
from textual.binding import Binding, BindingType
from textual.keys import Keys

from ucdn_tui.i18n import _
from ucdn_tui.text import sanitize
from ucdn_tui.ui.keys import bindings


class Section(NamedTuple):
    """What belongs together in the help."""

    title: str
    bindings: list[Binding]


def bindings_of(*classes: Any) -> list[Binding]:
    """Return the bindings of these classes, each as it was written, several keys and all."""
    return [binding for cls in classes for binding in _written(cls.__dict__.get("BINDINGS", ()))]


def _written(bindings: Iterable[BindingType]) -> list[Binding]:
    return [binding for binding in bindings if isinstance(binding, Binding)]


def sections() -> list[Section]:
    """Return the bindings of the dashboard as the help groups them."""
    titles = {
        "table": _("Move"),
        "find": _("Find"),
        "filter": _("While you type what to find"),
        "watch": _("Watch"),
        "take": _("Take away"),
        "app": _("Program"),
    }
    found: dict[str, list[Binding]] = {prefix: [] for prefix in titles}
    for binding in bindings.ALL:
        found[(binding.id or "").partition(".")[0]].append(binding)
    return [Section(titles[prefix], found_here) for prefix, found_here in found.items()]


def is_command(binding: Binding) -> bool:
    """Return whether the palette has it: all that does something, but moving about and typing."""
    return (binding.id or "").partition(".")[0] not in {"table", "filter"}


def shown_keys(app: App[Any], binding: Binding, keymap: Mapping[str, str]) -> str:
    """Return a binding's keys as people know them, those of the keymap if it has any."""
    keys = _names(keymap.get(binding.id or "", binding.key))
    return " ".join(app.get_key_display(replace(binding, key=key, key_display=None)) for key in keys)


def checked(keymap: Mapping[str, str], contexts: Sequence[Sequence[Binding]]) -> tuple[dict[str, str], list[str]]:
    """Return what can be used of a keymap, and in sentences what cannot.

    `contexts` are the bindings that work at the same time: within one of them, no key can do two things.
    """
    good: dict[str, str] = {}
    problems: list[str] = []
    known = {binding.id: ",".join(_names(binding.key)) for context in contexts for binding in context}
    for name, keys in keymap.items():
        names = [(part, _key_name(part)) for part in _parts(keys)]
        if name not in known:
            problems.append(_("There is nothing called {name}.").format(name=sanitize(name, 60)))
        elif not names:
            problems.append(_("{name} needs a key.").format(name=name))
        elif wrong := [part for part, key in names if key is None]:
            words = _("There is no key {key}, which {name} is to have.")
            problems.append(words.format(key=sanitize(wrong[0], 40), name=name))
        else:
            good[name] = ",".join(dict.fromkeys(key for _part, key in names if key is not None))
    changed = {name: keys for name, keys in good.items() if keys != known[name]}
    while clash := _clash(changed, contexts):
        name, key, other = clash
        del good[name], changed[name]
        words = _("{key} cannot be {name}: it is {other}.")
        problems.append(words.format(key=sanitize(key, 40), name=name, other=other))
    return good, problems


class WhileTyping(list[Binding]):
    """Bindings beside a field into which one types: letters and signs go there."""


def _clash(keymap: Mapping[str, str], contexts: Sequence[Sequence[Binding]]) -> tuple[str, str, str] | None:
    """Return the first id of the keymap whose key is something else as well, that key, and what it is."""
    for context in contexts:
        owners: dict[str, str] = {}
        # Those that are as they always were come first: what somebody has changed gives way.
        for binding in sorted(context, key=lambda binding: binding.id in keymap):
            name = binding.id or binding.description or binding.action
            for key in _names(keymap.get(name, binding.key)):
                if name not in keymap:
                    owners.setdefault(key, name)
                elif isinstance(context, WhileTyping) and _is_typed(key):
                    return name, key, _("what is typed")
                elif owners.setdefault(key, name) != name:
                    return name, key, owners[key]
    return None


def _names(keys: str) -> list[str]:
    """Return the names of keys that are keys, each once."""
    return list(dict.fromkeys(key for part in _parts(keys) if (key := _key_name(part)) is not None))


def _parts(keys: str) -> list[str]:
    return [stripped for part in keys.split(",") if (stripped := part.strip())] if keys != "," else [","]


def _key_name(key: str) -> str | None:
    """Return a key's name, spelt as Textual does (`?` is question_mark, `Ctrl+O` ctrl+o); None where it is none."""
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
    """Return whether a key puts something into a field."""
    return "+" not in key and (key in _TYPED or key not in _KNOWN)


def _sign_name(sign: str) -> str:
    if sign == ",":
        return "comma"  # which divides keys, and so cannot be asked for
    return next(iter(Binding.make_bindings([Binding(sign, "")]))).key


_MODIFIERS = frozenset({"ctrl", "shift", "alt", "meta", "super", "hyper"})

_TYPED = frozenset({*string.ascii_letters, *string.digits, *map(_sign_name, string.punctuation), "space"})
"""Keys that put something into a field."""

_KNOWN = _TYPED | {key.value.rpartition("+")[2] for key in Keys} | {"enter", "tab", "backspace"}

"""Texts for people that are put together from others: sentences, lists, labels. The language has the signs between."""

from collections.abc import Iterable

from ucdn_tui.i18n import _

_ENDS = (".", "!", "?", "…", "。", "！", "？")


def sentences(*texts: str) -> str:
    """Return the texts that are not empty, each as a sentence."""
    return _joined(_("{first} {second}"), map(sentence, filter(None, texts)))


def sentence(text: str) -> str:
    """Return the text with a full stop, if it does not end a sentence already."""
    return text if text.endswith(_ENDS) else _("{text}.").format(text=text)


def listed(names: Iterable[str]) -> str:
    """Return the names with a comma between them."""
    return _joined(_("{first}, {second}"), names)


def labelled(label: str, text: str) -> str:
    """Return the text behind what it is about: `keys: Unknown key.`"""
    return _("{label}: {text}").format(label=label, text=text)


def noted(text: str, note: str) -> str:
    """Return the text with a note in parentheses."""
    return _("{text} ({note})").format(text=text, note=note)


def _joined(pattern: str, texts: Iterable[str]) -> str:
    joined = ""
    for text in texts:
        joined = pattern.format(first=joined, second=text) if joined else text
    return joined

"""Parses each of Textual's style sheets once for all apps of a process."""

from typing import Any

from textual.css.model import RuleSet
from textual.css.stylesheet import Stylesheet

_parse_rules = Stylesheet._parse_rules
_parsed: dict[tuple[object, ...], list[RuleSet]] = {}


def _parse_once(sheet: Stylesheet, css: str, *args: Any, **kwargs: Any) -> list[RuleSet]:
    # The rules depend on the theme's variables, and on nothing else of the app.
    key = (css, args, tuple(kwargs.items()), frozenset(sheet._variables.items()))
    if key not in _parsed:
        _parsed[key] = _parse_rules(sheet, css, *args, **kwargs)
    return _parsed[key]


def install() -> None:
    """Keep what was parsed. Each app parses the same sheets otherwise: a tenth of the time of UI tests."""
    Stylesheet._parse_rules = _parse_once

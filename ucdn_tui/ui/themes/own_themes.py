"""The themes of the program's own, besides Textual's."""

from dataclasses import replace

from textual.theme import BUILTIN_THEMES

LIGHT = replace(
    BUILTIN_THEMES["textual-light"], background="#ffffff", surface="#fafafa", panel="#e6e6e6", foreground="#1f1f1f"
)
"""Textual's own light theme is grey, which leaves little room for colours."""

"""The two sets of glyphs."""

import dataclasses

from rich.cells import cell_len

from ucdn_tui.ui.text.glyphs import ASCII, UNICODE


def test_every_glyph_takes_one_cell() -> None:
    for glyphs in (UNICODE, ASCII):
        characters = [character for part in dataclasses.astuple(glyphs) for character in part]
        assert len(characters) == len(dataclasses.fields(glyphs)) + 7, "one each, but eight for a sparkline"
        assert {cell_len(character) for character in characters} == {1}


def test_ascii_set_is_ascii() -> None:
    assert "".join(dataclasses.astuple(ASCII)).isascii()

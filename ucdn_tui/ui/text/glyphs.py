"""The characters that stand for statuses, bars and indicators: one set for Unicode terminals, one for ASCII."""

from dataclasses import dataclass

from ucdn_tui.api.models import Status


@dataclass(frozen=True)
class Glyphs:
    """One set of characters, each one cell wide. The defaults are the Unicode set."""

    success: str = "✔"
    failure: str = "✖"
    process: str = "▶"
    wait: str = "○"
    unknown: str = "?"
    undocumented: str = "·"
    """For a status that the API does not document."""
    bar: str = "━"
    bar_half: str = "╸"
    bar_back: str = "━"
    nothing: str = "—"
    """In place of a value that is missing or makes no sense."""
    ellipsis: str = "…"
    ascending: str = "▲"
    descending: str = "▼"
    dot: str = "·"
    flagged: str = "●"
    stuck: str = "!"
    spark: str = "▁▂▃▄▅▆▇█"
    """The heights of a sparkline, lowest first."""


UNICODE = Glyphs()
ASCII = Glyphs("+", "x", ">", "o", "?", "~", "#", "=", "-", "-", "~", "^", "v", "-", "*", "!", "_.:-=+*#")


def status_glyph(status: str, glyphs: Glyphs) -> str:
    """Return a status's glyph."""
    match status:
        case Status.SUCCESS:
            return glyphs.success
        case Status.FAILURE:
            return glyphs.failure
        case Status.PROCESS:
            return glyphs.process
        case Status.WAIT:
            return glyphs.wait
        case Status.UNKNOWN:
            return glyphs.unknown
        case _:
            return glyphs.undocumented

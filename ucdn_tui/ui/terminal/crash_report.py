"""The report of a crash: without local variables, as one of them may hold a key, and without control characters."""

import re
from functools import wraps
from typing import Any

from rich.console import Console, RenderableType
from rich.segment import Segment, Segments

_CONTROLS = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]")


def traceback_report(console: Console) -> Segments:
    """Return the traceback of the exception that is being handled."""
    from rich.traceback import Traceback  # here, as it imports Pygments

    return sanitized_report(console, Traceback(show_locals=False, width=None))


def sanitized_report(console: Console, renderable: RenderableType) -> Segments:
    """Return the renderable with U+FFFD for controls: an exception's message may quote text from outside."""
    return Segments(map(_without_controls, console.render(renderable, console.options)))


def forbid_locals() -> None:
    """Make every traceback of Rich omit local variables, even where Textual asks for them.

    For untested versions of Textual, which might report a crash in a way that `TerminalApp` does not override.
    """
    from rich.traceback import Traceback

    original = Traceback.__init__

    @wraps(original)
    def without_locals(self: Traceback, *args: Any, **options: Any) -> None:
        original(self, *args, **{**options, "show_locals": False})

    Traceback.__init__ = without_locals  # type: ignore[method-assign]


def _without_controls(segment: Segment) -> Segment:
    return segment if segment.control else Segment(_CONTROLS.sub("\ufffd", segment.text), segment.style)

"""Draft: what the user has typed and chosen, and not submitted."""

from dataclasses import dataclass

from ucdn_tui.api.models import TaskKind
from ucdn_tui.submit.models import HARMLESS, Plan, UrlType

_TYPES: tuple[UrlType | None, ...] = (None, UrlType.FILE, UrlType.DIR, UrlType.M3U8)


@dataclass
class Draft:
    """The contents of the form."""

    kind: TaskKind = TaskKind.REFRESH
    type: UrlType | None = None
    text: str = ""

    def switch_kind(self) -> None:
        """Choose the other kind."""
        self.kind = TaskKind.PREFETCH if self.kind is TaskKind.REFRESH else TaskKind.REFRESH

    def next_type(self) -> None:
        """Choose the next type; after the last one, none."""
        self.type = _TYPES[(_TYPES.index(self.type) + 1) % len(_TYPES)]


def left_over(plan: Plan, planned: str, present: str) -> tuple[list[str], list[str]]:
    """Return the lines that the plan of a text dropped, and those that were added since, as from a file."""
    lines = planned.split("\n")
    dropped = [lines[each.line - 1] for each in plan.dropped if each.reason not in HARMLESS]
    known = set(lines)
    return dropped, [line for line in present.split("\n") if line.strip() and line not in known]

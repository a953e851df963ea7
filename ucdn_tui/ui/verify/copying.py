"""What can be copied of checks: the selected one, all of them as text, and all as JSON."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC

from ucdn_tui.api.models import IpLocation
from ucdn_tui.edge.documents import check_document
from ucdn_tui.edge.models import Check
from ucdn_tui.i18n import _, ngettext
from ucdn_tui.ui.dialogs.copy_menu import Artifact
from ucdn_tui.ui.dialogs.picker import Choice, Picker
from ucdn_tui.ui.text.glyphs import Glyphs
from ucdn_tui.ui.text.times import day_and_time
from ucdn_tui.ui.verify.details import Moments, place_words, plain_text

Places = Mapping[str, IpLocation]


def check_menu(
    selected: Check | None, checks: Sequence[Check], places: Places, moments: Moments, glyphs: Glyphs
) -> tuple[Picker, dict[str, Artifact]]:
    """Return the menu, and the text of each choice by its id."""

    def text(check: Check) -> str:
        return plain_text(check, place_words(places.get(check.probe.address)), moments, glyphs) + "\n"

    name, count = _name(moments), len(checks)
    copied = ngettext("Copied {count} check", "Copied {count} checks", count).format(count=count)
    offered = [
        (
            Choice("all", _("All checks ({count})").format(count=count)),
            Artifact(lambda: "\n".join(map(text, checks)), name, ".txt", copied),
        ),
        (Choice("json", _("All checks as JSON")), checks_file(checks, places, moments)),
    ]
    if selected is not None:
        one = Artifact(lambda: text(selected), name, ".txt", _("Copied the check"))
        offered.insert(0, (Choice("check", _("This check"), selected.probe.address), one))
    note = _("Enter or 1–{last} copies · f saves to a file").format(last=len(offered))
    menu = Picker(_("Copy"), [choice for choice, _artifact in offered], note=note, files=True)
    return menu, {choice.id: artifact for choice, artifact in offered}


def checks_file(checks: Sequence[Check], places: Places, moments: Moments) -> Artifact:
    """Return all checks as JSON."""

    def make() -> str:
        documents = [check_document(check, places.get(check.probe.address)) for check in checks]
        return json.dumps({"schema": 1, "checks": documents}, ensure_ascii=False, indent=2) + "\n"

    copied = ngettext("Copied {count} check as JSON", "Copied {count} checks as JSON", len(checks))
    return Artifact(make, _name(moments), ".json", copied.format(count=len(checks)))


def _name(moments: Moments) -> str:
    """Return the name of a file, without its suffix."""
    when = day_and_time(moments.now, UTC)
    return f"ucdn-checks-{when:%Y%m%d-%H%M%S}" if when is not None else "ucdn-checks"

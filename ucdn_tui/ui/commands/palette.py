"""The command palette: its commands, one line each, and the words that find them."""

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import ClassVar, NamedTuple, Protocol, cast

from rich.cells import cell_len
from textual.app import App
from textual.binding import Binding, BindingType
from textual.command import CommandList, CommandPalette, DiscoveryHit, Hit, Hits, Provider
from textual.content import Content
from textual.screen import Screen

from ucdn_tui.i18n import N_, _
from ucdn_tui.ui.commands.commands import Commands
from ucdn_tui.ui.dialogs.dialog import page_if_drawn
from ucdn_tui.ui.keys import bindings
from ucdn_tui.ui.panes.task_pane import TaskPane

_SURE = 1000.0
"""Added to the score of a command that has all words of the query: others have their letters only."""


class PaletteCommand(NamedTuple):
    """One line of the palette."""

    title: str
    run: Callable[[], object]
    words: str = ""
    """Other words for it, by which it is found as well."""
    keys: str = ""
    """Its keys, as displayed."""


class PaletteApp(Protocol):
    """The app whose commands the palette offers."""

    def palette_commands(self, screen: Screen[object]) -> Sequence[PaletteCommand]:
        """Return the commands of a screen."""


class Palette(CommandPalette):
    """Textual's palette. Its page keys do not end the program before its list is drawn."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("pageup", "page(-1)", show=False),
        Binding("pagedown", "page(1)", show=False),
    ]

    def action_page(self, pages: int) -> None:
        commands = self.query_one(CommandList)
        page_if_drawn(commands.action_page_down if pages > 0 else commands.action_page_up)


class CommandProvider(Provider):
    """Finds the app's commands by their titles and by other words for them."""

    @property
    def _commands(self) -> Sequence[PaletteCommand]:
        return cast("PaletteApp", self.app).palette_commands(self.screen)

    async def discover(self) -> Hits:
        """Yield all commands."""
        commands = self._commands
        for command in commands:
            yield DiscoveryHit(_line(command, Content(command.title), commands), command.run, text=command.title)

    async def search(self, query: str) -> Hits:
        """Yield the commands that fit a query, those with all its words first."""
        commands, matcher, found = self._commands, self.matcher(query), False
        for command in commands:
            score = matcher.match(command.title) + (_SURE if has_words(command, query) else 0.0)
            if score > 0:
                found = True
                line = _line(command, matcher.highlight(command.title), commands)
                yield Hit(score, line, command.run, text=command.title)
        if not found:  # otherwise Textual says so, in English
            yield Hit(0.0, Content(_("No matches.")), lambda: None)


def has_words(command: PaletteCommand, query: str) -> bool:
    """Return whether each word of a query begins a word of a command."""
    words = f"{command.title} {command.words}".lower().replace("(", " ").split()
    return all(any(word.startswith(part) for word in words) for part in query.lower().split())


def _line(command: PaletteCommand, title: Content, commands: Iterable[PaletteCommand]) -> Content:
    """Return the keys, in a column as wide as those of all commands, and the title."""
    width = max(cell_len(command.keys) for command in commands)
    keys = " " * (width - cell_len(command.keys)) + command.keys
    return Content.styled(keys, "not bold") + Content("  ") + title


_NOT_OFFERED = frozenset({"app.palette", "app.quit", "app.copy-or-quit", "table.back"})
"""The palette itself, and other keys for quitting."""

_WORDS = {
    "find.type": N_("find search words text host kind"),
    "find.process": N_("process active status"),
    "find.wait": N_("wait pending status"),
    "find.failure": N_("failure errors status"),
    "find.success": N_("success done finished status"),
    "find.unknown": N_("status"),
    "find.all": N_("reset clear filter"),
    "find.active": N_("running queued filter"),
    "find.sort": N_("order columns"),
    "find.reverse": N_("order descending ascending"),
    "find.follow": N_("tail latest"),
    "find.mark": N_("mark select notify"),
    "submit.new": N_("purge preload submit create url"),
    "submit.again": N_("resubmit retry repeat failed"),
    "submit.quota": N_("limit left usage domains"),
    "edge.verify": N_("check cdn cache stale old new copy probe test"),
    "watch.refresh": N_("refresh update poll full scan"),
    "watch.window": N_("window since last hours days history"),
    "watch.pause": N_("stop continue"),
    "watch.faster": N_("faster interval rate refresh seconds"),
    "watch.slower": N_("slower interval rate refresh seconds"),
    "watch.profiles": N_("account switch"),
    "watch.projects": N_("account switch"),
    "take.copy": N_("clipboard yank url id json support report"),
    "take.open": N_("browser web"),
    "take.export": N_("save file download"),
    "watch.utc": N_("time zone timezone local clock"),
    "app.help": N_("keys shortcuts manual"),
    "app.leave": N_("exit close"),
    "app.suspend": N_("background stop shell"),
    "app.theme": N_("dark light colors appearance"),
}
"""Other words for a command, by binding id."""


def is_offered(id_: str | None) -> bool:
    """Return whether the palette has the command of this binding id: moving the cursor and editing are left out."""
    left_out = {binding.id for binding in (*bindings.TABLE, *bindings.FILTER_BAR)}
    return id_ not in left_out | _NOT_OFFERED


def key_commands(app: App[None], commands: Commands) -> list[PaletteCommand]:
    """Return the commands that have a key on the dashboard."""
    return [
        PaletteCommand(
            _(binding.description),
            partial(app.call_later, app.run_action, binding.action, commands.owner(binding)),
            _(_WORDS.get(binding.id or "", "")),
            commands.keys(binding),
        )
        for binding in commands.bindings
        if is_offered(binding.id)
    ]


def filter_commands(tasks: TaskPane) -> list[PaletteCommand]:
    """Return commands that set the task list's filter text, for what has no key."""
    return [
        PaletteCommand(title, partial(tasks.filter_by, text), words)
        for text, title, words in (
            ("kind:refresh", _("Show refreshes only"), _("purge kind filter")),
            ("kind:prefetch", _("Show prefetches only"), _("preload kind filter")),
            ("is:stuck", _("Show stuck only"), _("filter hanging")),
            ("is:flagged", _("Show flagged only"), _("filter marked selected")),
        )
    ]

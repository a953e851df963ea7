"""Dialogs for profiles and projects: choose, rename, remove."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import ClassVar

from rich.text import Text
from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Input, OptionList
from textual.widgets.option_list import Option

from ucdn_tui.account.accounts import Accounts
from ucdn_tui.account.config import Config, Profile
from ucdn_tui.api.models import Project
from ucdn_tui.errors import UcdnTuiError
from ucdn_tui.i18n import N_, _
from ucdn_tui.text import sanitize
from ucdn_tui.ui.dialogs.dialog import Dialog, Options
from ucdn_tui.ui.dialogs.key_footer import KeyFooter
from ucdn_tui.ui.text.prose import Prose


@dataclass(frozen=True)
class Watch:
    """The user has chosen this profile."""

    name: str


@dataclass(frozen=True)
class Add:
    """The user wants to sign in to another account."""


class ProfilesDialog(Dialog[Watch | Add | None]):
    """The profiles; Enter chooses one. Renaming, removing and a new default take effect at once."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q", "dismiss", N_("Close"), id="profiles.close"),
        Binding("a", "add", N_("Add"), id="profiles.add"),
        Binding("n", "rename", N_("Rename"), id="profiles.rename"),
        Binding("d,delete", "remove", N_("Remove"), id="profiles.remove"),
        Binding("m", "make_default", N_("Make default"), id="profiles.default"),
    ]

    def __init__(self, accounts: Accounts, config: Config, current: str | None) -> None:
        super().__init__()
        self._accounts = accounts
        self._config = config
        self.current = current
        """The current profile's name, updated by a rename; None if there is none or it was removed."""

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog") as box:
            box.border_title = _("Profiles")
            yield Options(id="profiles", markup=False)
            yield Prose(id="note", classes="note")
        yield KeyFooter()

    def on_mount(self) -> None:
        self._fill()

    def _fill(self, highlighted: str | None = None) -> None:
        """Show the profiles, with this one or the current one highlighted."""
        options = self.query_one(OptionList)
        options.clear_options()
        options.add_options([Option(self._label(profile), id=name) for name, profile in self._config.profiles.items()])
        name = highlighted or self.current
        if name in self._config.profiles:
            options.highlighted = options.get_option_index(name)
        self._say("" if self._config.profiles else _("No profiles yet. Press a to add one."))

    def _label(self, profile: Profile) -> Text:
        details = [sanitize(part, 60) for part in (profile.endpoint, profile.project_id) if part]
        if profile.name == self.current:
            details.append(_("current"))
        if profile.name == self._config.default:
            details.append(_("default"))
        return Text.assemble(sanitize(profile.name), "  ", (" · ".join(details), "dim"))

    def _chosen(self) -> str | None:
        options = self.query_one(OptionList)
        return None if options.highlighted is None else options.get_option_at_index(options.highlighted).id

    @on(OptionList.OptionSelected)
    def _selected(self, message: OptionList.OptionSelected) -> None:
        if message.option.id is not None:
            self.dismiss(Watch(message.option.id))

    def action_add(self) -> None:
        self.dismiss(Add())

    @work(group="profiles", exclusive=True)
    async def action_rename(self) -> None:
        if (name := self._chosen()) is None:
            return
        new = await self.app.push_screen_wait(NameDialog(name))
        if new and new != name:
            try:
                await self._accounts.rename(name, new)
            except UcdnTuiError as error:
                self._say(str(error))
                return
            if self.current == name:
                self.current = new
            self._reload()

    @work(group="profiles", exclusive=True)
    async def action_remove(self) -> None:
        if (name := self._chosen()) is None:
            return
        if await self.app.push_screen_wait(
            ConfirmDialog(_('Remove "{name}" and its keys?').format(name=sanitize(name)))
        ):
            try:
                await self._accounts.remove(name)
            except UcdnTuiError as error:
                self._say(str(error))
                return
            if self.current == name:
                self.current = None
            self._reload()

    def action_make_default(self) -> None:
        if (name := self._chosen()) is None:
            return
        try:
            self._accounts.use(name)
        except UcdnTuiError as error:
            self._say(str(error))
            return
        self._reload(name)

    def _reload(self, highlighted: str | None = None) -> None:
        try:
            self._config = self._accounts.config()
        except UcdnTuiError as error:
            self._say(str(error))
        else:
            self._fill(highlighted)

    def _say(self, text: str) -> None:
        self.query_one("#note", Prose).update(text)


class ProjectDialog(Dialog[str | None]):
    """The account's projects; Enter chooses one."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,q", "dismiss", N_("Close"), id="project.close")]

    def __init__(self, projects: Callable[[], Awaitable[tuple[Project, ...]]], current: str | None) -> None:
        """`projects` asks the API; it may raise UcdnTuiError. `current`: the id of the project that is watched."""
        super().__init__()
        self._projects = projects
        self._current = current

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog") as box:
            box.border_title = _("Projects")
            yield Options(markup=False)
            yield Prose(_("Asking the API …"), id="note", classes="note")
        yield KeyFooter()

    @work
    async def on_mount(self) -> None:
        note, options = self.query_one("#note", Prose), self.query_one(OptionList)
        try:
            projects = await self._projects()
        except UcdnTuiError as error:
            note.update(str(error))
        else:
            note.update("" if projects else _("This account has no projects."))
            note.display = not projects
            options.add_options([Option(self._label(project), id=project.id) for project in projects])
            current = (at for at, project in enumerate(projects) if self._is_current(project))
            options.highlighted = next(current, 0 if projects else None)

    def _is_current(self, project: Project) -> bool:
        return project.is_default if self._current is None else project.id == self._current

    def _label(self, project: Project) -> Text:
        details = [sanitize(project.id, 60)]
        if self._is_current(project):
            details.append(_("current"))
        return Text.assemble(sanitize(project.name, 60), "  ", (" · ".join(details), "dim"))

    @on(OptionList.OptionSelected)
    def _selected(self, message: OptionList.OptionSelected) -> None:
        self.dismiss(message.option.id)


class NameDialog(Dialog[str | None]):
    """Asks for a profile's new name."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "dismiss", N_("Cancel"), id="name.close")]

    def __init__(self, name: str) -> None:
        super().__init__()
        self._old = name

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog") as box:
            box.border_title = _("New name")
            yield Input(self._old, compact=True)
        yield KeyFooter()

    @on(Input.Submitted)
    def _submitted(self, message: Input.Submitted) -> None:
        self.dismiss(message.value.strip())


class ConfirmDialog(Dialog[bool]):
    """Asks for confirmation."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "answer(True)", N_("Yes"), id="confirm.yes"),
        Binding("n,escape", "answer(False)", N_("No"), id="confirm.no"),
    ]

    def __init__(self, question: str) -> None:
        super().__init__()
        self._question = question

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog"):
            yield Prose(self._question)
        yield KeyFooter()

    def action_answer(self, answer: bool) -> None:
        self.dismiss(answer)

"""SubmitScreen: a text with URLs, the preview of what it would submit, and the confirmation."""

import asyncio
import os
import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar
from urllib.parse import unquote, urlsplit

from rich.text import Text
from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container, Horizontal, VerticalScroll
from textual.events import Paste, Resize
from textual.geometry import Size
from textual.message import Message
from textual.screen import ModalScreen, Screen
from textual.widgets import Button, Footer, Input, Static, TextArea

from ucdn_tui import daemon_thread
from ucdn_tui.api.models import TaskKind
from ucdn_tui.clock import Clock
from ucdn_tui.errors import UcdnTuiError, UsageError
from ucdn_tui.i18n import _, ngettext
from ucdn_tui.submit import quota
from ucdn_tui.submit.journal import DOUBTFUL, Call, CallState, Submission
from ucdn_tui.submit.plan import Known, Plan, UrlType, plan_in_slices
from ucdn_tui.submit.session import SubmitSession, hosts
from ucdn_tui.text import replace_surrogates, sanitize
from ucdn_tui.ui.dialogs.profiles import DIALOG_CSS, ConfirmDialog
from ucdn_tui.ui.glyphs import Glyphs
from ucdn_tui.ui.submit.submitting import SubmittingDialog, is_complete, outcome_words
from ucdn_tui.ui.submit.summary import summary_text
from ucdn_tui.ui.theme_styles import themed

_WIDE = 110
"""Cells from which the preview stands beside the URLs."""

_FILE_LIMIT = 32 * 1024 * 1024
"""Bytes of a file with URLs."""

_MOST_NAMED = 5
"""Directories that the second confirmation names."""

_TYPES: tuple[UrlType | None, ...] = (None, UrlType.FILE, UrlType.DIR, UrlType.M3U8)

_QUIET = 0.15
"""Seconds without a change before the text is read again."""


@dataclass
class Draft:
    """What the user has typed and chosen."""

    kind: TaskKind = TaskKind.REFRESH
    type: UrlType | None = None
    text: str = ""


class UrlArea(TextArea):
    """The text with the URLs. A file that is dropped on the terminal arrives as a paste of its path, and is read."""

    @dataclass
    class FileDropped(Message):
        """A path was pasted."""

        path: Path

    def on_paste(self, event: Paste) -> None:
        if (path := dropped_file(event.text)) is not None:
            event.prevent_default()
            event.stop()
            self.post_message(self.FileDropped(path))


class SubmitScreen(Screen[None]):
    """The form. `draft` is kept up to date, so that nothing typed is lost when the screen is left."""

    AUTO_FOCUS = "#urls"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss", _("Back"), id="submit.leave"),
        Binding("ctrl+s", "submit", _("Submit"), priority=True, id="submit.submit"),
        Binding("ctrl+o", "read_file", _("Read file"), priority=True, id="submit.file"),
        Binding("f2", "kind", _("Refresh / prefetch"), priority=True, id="submit.kind"),
        Binding("f3", "type", _("Type"), priority=True, id="submit.type"),
    ]

    DEFAULT_CSS = """
    SubmitScreen #head { height: 1; background: $panel; }
    SubmitScreen #head Button { margin: 0 2 0 0; min-width: 10; }
    SubmitScreen #title { width: auto; padding: 0 2 0 1; text-style: bold; }
    SubmitScreen #body { height: 1fr; layout: vertical; }
    SubmitScreen UrlArea { height: 1fr; min-height: 3; border: none; padding: 0; }
    SubmitScreen UrlArea:focus { border: none; }
    SubmitScreen #preview { height: auto; max-height: 50%; padding: 0 1; border-top: solid $primary 50%; }
    SubmitScreen.-wide #body { layout: horizontal; }
    SubmitScreen.-wide UrlArea { width: 1fr; height: 100%; }
    SubmitScreen.-wide #preview {
        width: 58; height: 100%; max-height: 100%; border-top: none; border-left: solid $primary 50%;
    }
    SubmitScreen #message { height: auto; max-height: 4; padding: 0 1; color: $text-error; display: none; }
    SubmitScreen #message.-shown { display: block; }
    """

    def __init__(
        self,
        draft: Draft,
        session: SubmitSession,
        clock: Clock,
        glyphs: Glyphs,
        *,
        running: Callable[[TaskKind], Mapping[str, str]],
        on_accepted: Callable[[Call], object],
        note: str = "",
    ) -> None:
        """`running` returns the URLs of unfinished tasks as `Known.running`. `note` is shown first."""
        super().__init__()
        self.draft = draft
        self._session = session
        self._clock = clock
        self._glyphs = glyphs
        self._running_urls = running
        self._on_accepted = on_accepted
        self._note = note
        self._plan: Plan | None = None
        """The plan of the present text; None while it is being made."""

        self._needs: list[quota.Need] = []
        self._quotas_known = False

    def compose(self) -> ComposeResult:
        self._fit(self.app.size)  # before the first frame
        with Horizontal(id="head"):
            yield Static(_("Submit"), id="title", markup=False)
            yield Button(id="kind", compact=True)
            yield Button(id="type", compact=True)
        with Container(id="body"):
            yield UrlArea(self.draft.text, id="urls", soft_wrap=False, show_line_numbers=True, tab_behavior="focus")
            with VerticalScroll(id="preview", can_focus=True):
                yield Static(id="summary", markup=False)
        yield Static(id="message", markup=False)
        yield Footer()

    def on_mount(self) -> None:
        self._label()
        self._say(self._note)
        self._make_plan()

    def on_resize(self, event: Resize) -> None:
        self._fit(event.size)

    def _fit(self, size: Size) -> None:
        self.set_class(size.width >= _WIDE, "-wide")

    # The text and its plan

    @on(TextArea.Changed)
    def _typed(self) -> None:
        self.draft.text = self.query_one(UrlArea).text
        self._make_plan()

    @on(Button.Pressed, "#kind")
    def action_kind(self) -> None:
        """Switch between refresh and prefetch."""
        is_refresh = self.draft.kind is TaskKind.REFRESH
        self.draft.kind = TaskKind.PREFETCH if is_refresh else TaskKind.REFRESH
        self._label()
        self._make_plan()

    @on(Button.Pressed, "#type")
    def action_type(self) -> None:
        """Choose the next type."""
        self.draft.type = _TYPES[(_TYPES.index(self.draft.type) + 1) % len(_TYPES)]
        self._label()
        self._make_plan()

    def _label(self) -> None:
        draft = self.draft
        kind = self.query_one("#kind", Button)
        kind.label = _("Refresh (purge)") if draft.kind is TaskKind.REFRESH else _("Prefetch")
        type_ = self.query_one("#type", Button)
        type_.label = _("type: {type}").format(type=draft.type or _("auto"))
        type_.display = draft.kind is TaskKind.REFRESH

    @work(group="plan", exclusive=True)
    async def _make_plan(self) -> None:
        """Read the text again, in slices, and ask for the quotas of its domains."""
        self._plan = None
        draft = Draft(self.draft.kind, self.draft.type, self.draft.text)
        await asyncio.sleep(_QUIET if draft.text else 0)
        if await self._planned(draft, Known(running=self._running_urls(draft.kind))):
            await self._planned(draft, await self._known(draft.kind))  # the domains may take a while to come

    async def _known(self, kind: TaskKind) -> Known:
        try:
            return await self._session.known(self._running_urls(kind))
        except UcdnTuiError as error:
            self._say(str(error))
            return Known(running=self._running_urls(kind))

    async def _planned(self, draft: Draft, known: Known) -> bool:
        """Make and show the plan; return whether it has URLs."""
        for plan in plan_in_slices(draft.text, draft.kind, draft.type, known):
            await asyncio.sleep(0)
            if plan is not None:
                quotas = await self._session.domains.quotas(hosts(plan)) if known.domains is not None else {}
                self._quotas_known = known.domains is not None or self._session.domains.error is not None
                self._plan, self._needs = plan, quota.needs(plan, quotas)
                self._show_plan()
        return self._plan is not None and bool(self._plan.accepted)

    def _show_plan(self) -> None:
        if self._plan is not None and self.is_attached:
            text = summary_text(self._plan, self._needs, self._glyphs, quotas_known=self._quotas_known)
            self.query_one("#summary", Static).update(themed(text))

    # Files

    @on(UrlArea.FileDropped)
    def _dropped(self, message: UrlArea.FileDropped) -> None:
        self._read(message.path)

    @work(group="file", exclusive=True)
    async def action_read_file(self) -> None:
        """Ask for a path and add the file's lines."""
        name = await self.app.push_screen_wait(PathDialog())
        if name:
            self._read(Path(name))

    @work(group="read", exclusive=True)
    async def _read(self, path: Path) -> None:
        try:
            text = await daemon_thread.run(lambda: read_urls(path), "read file")
        except UcdnTuiError as error:
            self._say(str(error))
            return
        area = self.query_one(UrlArea)
        before = area.text
        area.text = text if not before.strip() else f"{before.rstrip()}\n{text}"
        count = len(text.splitlines())
        words = ngettext("Read {count} line of {path}.", "Read {count} lines of {path}.", count)
        self.app.notify(words.format(count=count, path=sanitize(str(path), 120)), markup=False)

    # Submitting

    @work(group="submit", exclusive=True)
    async def action_submit(self) -> None:
        """Confirm what the preview shows, twice if it has directories, and make the calls."""
        self._say("")
        plan, draft = self._plan, self.draft
        if plan is None:
            self._say(_("Still reading the URLs. Try again in a moment."))
            return
        if not plan.accepted:
            self._say(_("There is no URL to submit."))
            return
        if excess := quota.too_many(self._needs):
            self._say(quota_words_of(excess))
            return
        try:
            seen = await self._session.seen()
        except UcdnTuiError as error:
            self._say(str(error))
            return
        if plan.directories and not await self.app.push_screen_wait(ConfirmDialog(directory_question(plan))):
            return
        dialog = SubmittingDialog(plan, self._session, self._clock, seen, self._glyphs, self._on_accepted)
        submission = await self.app.push_screen_wait(dialog)
        if submission is None:
            return
        self.app.notify(outcome_words(submission), markup=False)
        if is_complete(submission):
            draft.text = ""
            self.dismiss()
        else:
            self.query_one(UrlArea).text = remaining_text(submission)

    def _say(self, text: str) -> None:
        if self.is_attached:
            message = self.query_one("#message", Static)
            message.update(Text(text))
            message.set_class(bool(text), "-shown")


class PathDialog(ModalScreen[str | None]):
    """Asks for the path of a file with URLs."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "dismiss", _("Cancel"), id="path.close")]

    DEFAULT_CSS = "PathDialog { align: center middle; } PathDialog Input { height: 1; }" + DIALOG_CSS

    def compose(self) -> ComposeResult:
        with Container(classes="dialog") as box:
            box.border_title = _("File with URLs, one a line")
            yield Input(placeholder="urls.txt", compact=True)
        yield Footer()

    @on(Input.Submitted)
    def _submitted(self, message: Input.Submitted) -> None:
        self.dismiss(message.value.strip())


def dropped_file(text: str) -> Path | None:
    """Return the file whose path a terminal pastes when it is dropped; None if the text is none."""
    if "\n" in text.strip() or len(text) > 4096:
        return None
    try:
        words = shlex.split(text) if os.name == "posix" else [text.strip().strip('"')]
    except ValueError:
        return None
    if len(words) != 1:
        return None
    name = words[0]
    if name.startswith("file://"):
        name = unquote(urlsplit(name).path)
    try:
        path = Path(name)
        return path if path.is_absolute() and path.is_file() else None
    except (OSError, ValueError):
        return None


def read_urls(path: Path) -> str:
    """Return a file's text; raises UsageError if it cannot be read, is too large, or is not UTF-8."""
    shown = sanitize(str(path), 200)
    try:
        with path.expanduser().open("rb") as file:
            content = file.read(_FILE_LIMIT + 1)
    except (OSError, RuntimeError) as error:  # RuntimeError: `~` without a home folder
        why = getattr(error, "strerror", None) or str(error)
        raise UsageError(_("Cannot read {path} ({why})").format(path=shown, why=why)) from None
    if len(content) > _FILE_LIMIT:
        raise UsageError(_("{path} is larger than 32 MB").format(path=shown))
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise UsageError(_("{path} is not UTF-8 (line {line})").format(path=shown, line=line)) from None


def directory_question(plan: Plan) -> str:
    """Return the question of the second confirmation: which directories, and whole domains above all."""
    named = [
        _("the WHOLE DOMAIN {url}").format(url=sanitize(entry.url, 100))
        if entry.is_whole_domain
        else sanitize(entry.url, 100)
        for entry in plan.directories
    ]
    rest = len(named) - _MOST_NAMED
    lines = [*named[:_MOST_NAMED], *([_("… and {count} more").format(count=rest)] if rest > 0 else [])]
    question = _("Refresh these directories, with all that is in them?")
    load = _("Until the caches are full again, the origin gets more requests.")
    return "\n".join([question, "", *(f"  {line}" for line in lines), "", load])


def quota_words_of(excess: list[quota.Need]) -> str:
    """Return why nothing is sent, and how many URLs are too many."""
    need = excess[0]
    words = _("Nothing sent: {host} has {left} left today, and {count} are needed. Remove {excess} of its URLs.")
    return words.format(
        host=sanitize(need.host, 80), left=need.left, count=need.needed, excess=need.needed - (need.left or 0)
    )


def remaining_text(submission: Submission) -> str:
    """Return the URLs that are left: refused and not sent ones, and those without an answer as comments."""
    lines: list[str] = []
    for call in submission.calls:
        if call.state in (CallState.REFUSED, CallState.NOT_SENT):
            lines += call.batch.urls
    for call in submission.in_state(*DOUBTFUL):
        lines.append("# " + _("No answer: these may have been submitted. Remove the # to send them again."))
        lines += [f"# {url}" for url in call.batch.urls]
    return replace_surrogates("\n".join(lines))

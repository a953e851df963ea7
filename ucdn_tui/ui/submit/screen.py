"""SubmitScreen: a text with URLs, the preview of what it would submit, and the confirmation."""

import asyncio
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import ClassVar

from rich.text import Text
from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container, Horizontal, VerticalScroll
from textual.events import Resize
from textual.geometry import Size
from textual.screen import Screen
from textual.widgets import Button, Static, TextArea

from ucdn_tui import daemon_thread
from ucdn_tui.api.models import TaskKind
from ucdn_tui.clock import Clock
from ucdn_tui.errors import UcdnTuiError
from ucdn_tui.i18n import N_, _, ngettext
from ucdn_tui.submit import quota
from ucdn_tui.submit.files import read_urls
from ucdn_tui.submit.models import Known, Plan
from ucdn_tui.submit.plan import plan_in_slices
from ucdn_tui.submit.records import Call, CallState
from ucdn_tui.submit.session import SubmitSession, hosts
from ucdn_tui.submit.words import directory_words, excess_words, outcome_words, remaining_text
from ucdn_tui.text import sanitize
from ucdn_tui.ui.dialogs.key_footer import KeyFooter
from ucdn_tui.ui.dialogs.profiles import ConfirmDialog
from ucdn_tui.ui.submit.draft import Draft, left_over
from ucdn_tui.ui.submit.show import show
from ucdn_tui.ui.submit.submitting import SubmittingDialog, is_complete
from ucdn_tui.ui.submit.summary import summary_text
from ucdn_tui.ui.submit.url_area import PathDialog, UrlArea
from ucdn_tui.ui.text.glyphs import Glyphs
from ucdn_tui.ui.text.prose import Prose
from ucdn_tui.ui.theme_styles import themed

_WIDE = 110
"""Cells from which the preview stands beside the URLs."""

_MOST_HOSTS = 20
"""Domains whose quotas are asked for: each takes a call."""

_QUIET = 0.15
"""Seconds without a change before the text is read again."""


class SubmitScreen(Screen[None]):
    """The form. `draft` is kept up to date, so that nothing typed is lost when the screen is left."""

    AUTO_FOCUS = "#urls"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss", N_("Back"), id="submit.leave"),
        Binding("ctrl+s", "submit", N_("Submit"), priority=True, id="submit.submit"),
        Binding("ctrl+o", "read_file", N_("Read file"), priority=True, id="submit.file"),
        Binding("f2", "kind", N_("Refresh / prefetch"), priority=True, id="submit.kind"),
        Binding("f3", "type", N_("Type"), priority=True, id="submit.type"),
    ]

    DEFAULT_CSS = """
    SubmitScreen #head { height: 1; background: $panel; }
    SubmitScreen #head Button { margin: 0 2 0 0; min-width: 10; }
    SubmitScreen #title { width: auto; padding: 0 2 0 1; text-style: bold; }
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
        account: str,
    ) -> None:
        """`running` returns the URLs of unfinished tasks as `Known.running`."""
        super().__init__()
        self.draft = draft
        self._session = session
        self._clock = clock
        self._glyphs = glyphs
        self._running_urls = running
        self._on_accepted = on_accepted
        self._account = account
        self._path = ""
        """The path that was typed last."""

        self._planned_draft = Draft()
        """What `_plan` was made of."""

        self._plan: Plan | None = None
        """The plan of the present text; None while it is being made."""

        self._needs: list[quota.Need] = []
        self._is_final = False
        """Whether the plan takes the domains and quotas into account, as far as the API tells them."""

        self._seen: frozenset[str] = frozenset()
        """The journal's submissions when the plan was made."""

        self._timer: asyncio.TimerHandle | None = None
        """Runs while the text may still change."""

        self.has_rest = False
        """Whether the text is what a submission left: refused, not sent, without an answer, or dropped."""

    def compose(self) -> ComposeResult:
        self._fit(self.app.size)  # before the first frame
        with Horizontal(id="head"):
            yield Static(_("Submit to {account}").format(account=sanitize(self._account, 40)), id="title", markup=False)
            yield Button(id="kind", compact=True)
            yield Button(id="type", compact=True)
        with Container(id="body"):
            yield UrlArea(self.draft.text, id="urls", soft_wrap=False, show_line_numbers=True, tab_behavior="focus")
            with VerticalScroll(id="preview"):
                yield Prose(id="summary")
        yield Prose(id="message")
        yield KeyFooter(show_command_palette=False)

    def on_mount(self) -> None:
        self._label()
        self._make_plan()

    def on_unmount(self) -> None:
        self._stop_timer()

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
        self.draft.switch_kind()
        self._label()
        self._make_plan()

    @on(Button.Pressed, "#type")
    def action_type(self) -> None:
        """Choose the next type."""
        self.draft.next_type()
        self._label()
        self._make_plan()

    def _label(self) -> None:
        draft = self.draft
        kind = self.query_one("#kind", Button)
        kind.label = _("Refresh (purge)") if draft.kind is TaskKind.REFRESH else _("Prefetch")
        type_ = self.query_one("#type", Button)
        type_.label = _("type: {type}").format(type=draft.type or _("auto"))
        type_.display = draft.kind is TaskKind.REFRESH

    def _make_plan(self) -> None:
        """Forget the plan, and make another one once the text has not changed for a while."""
        self._plan, self._is_final = None, False
        self.workers.cancel_group(self, "plan")
        self._say("")
        self._stop_timer()
        self._timer = asyncio.get_running_loop().call_later(_QUIET if self.draft.text else 0, self._read_text)

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()

    @work(group="plan", exclusive=True)
    async def _read_text(self) -> None:
        """Read the text, in slices, and ask for the quotas of its domains."""
        draft = Draft(self.draft.kind, self.draft.type, self.draft.text)
        if await self._planned(draft, Known(running=self._running_urls(draft.kind))):
            await self._planned(draft, await self._known(draft.kind))  # the domains may take a while to come
        self._is_final = True

    async def _known(self, kind: TaskKind) -> Known:
        try:
            self._seen = await self._session.seen()
            return await self._session.known(kind, self._running_urls(kind))
        except UcdnTuiError as error:
            self._say(str(error))
            return Known(running=self._running_urls(kind))

    async def _planned(self, draft: Draft, known: Known) -> bool:
        """Make and show the plan; return whether it has URLs."""
        for plan in plan_in_slices(draft.text, draft.kind, draft.type, known):
            await asyncio.sleep(0)
            if plan is not None:
                names = hosts(plan)[:_MOST_HOSTS] if known.domains is not None else []
                quotas = await self._session.domains.quotas(names)
                quotas_known = known.domains is not None or self._session.domains.error is not None
                self._plan, self._planned_draft, self._needs = plan, draft, quota.needs(plan, quotas)
                text = summary_text(plan, self._needs, self._glyphs, quotas_known=quotas_known)
                show(self, "#summary", themed(text))
        return self._plan is not None and bool(self._plan.accepted)

    # Files

    @on(UrlArea.FileDropped)
    def _dropped(self, message: UrlArea.FileDropped) -> None:
        self._read(message.path)

    @work(group="file", exclusive=True)
    async def action_read_file(self) -> None:
        """Ask for a path and add the file's lines."""
        name = await self.app.push_screen_wait(PathDialog(self._path))
        if name:
            self._path = name
            self._read(Path(name))

    @work(group="read", exclusive=True)
    async def _read(self, path: Path) -> None:
        try:
            text = await daemon_thread.run(lambda: read_urls(path), "read file")
        except UcdnTuiError as error:
            self._say(str(error))
            return
        self.query_one(UrlArea).append(text)
        count = len(text.splitlines())
        words = ngettext("Added {count} line of {path}.", "Added {count} lines of {path}.", count)
        self.app.notify(words.format(count=count, path=sanitize(str(path), 120)), markup=False)

    # Submitting

    def action_submit(self) -> None:
        """Confirm what the preview shows, twice if it has directories, and make the calls."""
        area = self.query_one(UrlArea)
        if not area.read_only:
            area.read_only = True  # at once: the next key must not change what is submitted
            self._say("")
            self._submit()

    @work(group="submit", exclusive=True)
    async def _submit(self) -> None:
        try:
            await self._confirm_and_submit()
        finally:
            for area in self.query(UrlArea):
                area.read_only = False

    async def _confirm_and_submit(self) -> None:
        area = self.query_one(UrlArea)
        plan, planned, draft = self._plan, self._planned_draft, self.draft
        is_shown = planned == Draft(draft.kind, draft.type, area.text)  # what was typed last may be in no preview yet
        if plan is None or not self._is_final or not is_shown:
            self._say(_("Still asking for the domains and their quotas. Submit once they are shown."))
            return
        if not plan.accepted:
            self._say(_("There is no URL to submit."))
            return
        if excess := quota.too_many(self._needs):
            self._say(excess_words(excess[0]))
            return
        if plan.directories and not await self.app.push_screen_wait(ConfirmDialog(directory_words(plan))):
            return
        dialog = SubmittingDialog(plan, self._session, self._clock, self._seen, self._glyphs, self._on_accepted)
        submission = await self.app.push_screen_wait(dialog)
        if submission is None:
            return
        self._session.domains.forget_quotas()
        self.app.notify(outcome_words(submission), markup=False)
        if len(submission.in_state(CallState.NOT_SENT)) == len(submission.calls):
            self.has_rest = True
            return  # the text stays as it is, with its comments
        dropped, added = left_over(plan, planned.text, area.text)
        draft.text = "\n".join([*filter(None, [remaining_text(submission)]), *dropped, *added])
        self.has_rest = bool(draft.text)
        is_over = is_complete(submission) and not added and self.app.screen is self
        if is_over and (count := len(dropped)):
            words = ngettext("{count} dropped line is still there.", "{count} dropped lines are still there.", count)
            self.app.notify(words.format(count=count), title=_("Submit"), markup=False)
        if is_over:
            self.dismiss()
        else:
            area.text = draft.text

    def _say(self, text: str) -> None:
        show(self, "#message", Text(text))
        self.query("#message").set_class(bool(text), "-shown")

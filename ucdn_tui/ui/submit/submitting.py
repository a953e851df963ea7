"""SubmittingDialog: the calls of a plan while they are made, and what became of each."""

from collections.abc import Callable, Sequence
from typing import ClassVar

from rich.cells import cell_len
from rich.text import Text
from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.events import Resize

from ucdn_tui.clock import Clock
from ucdn_tui.duration_words import duration_text
from ucdn_tui.errors import UcdnTuiError
from ucdn_tui.i18n import N_, _
from ucdn_tui.sentences import labelled
from ucdn_tui.submit.models import Plan
from ucdn_tui.submit.records import Call, CallState, Submission
from ucdn_tui.submit.session import SubmitSession
from ucdn_tui.submit.submitter import Progress, Submitter
from ucdn_tui.submit.words import outcome_words, state_words, type_words
from ucdn_tui.text import sanitize
from ucdn_tui.ui.dialogs.dialog import Dialog
from ucdn_tui.ui.dialogs.key_footer import KeyFooter
from ucdn_tui.ui.submit.show import show
from ucdn_tui.ui.text.glyphs import Glyphs
from ucdn_tui.ui.text.prose import Prose
from ucdn_tui.ui.theme_styles import themed

_MOST_CALLS = 100
"""Calls that are listed, those around the running one: drawing thousands would block the screen."""

_FRAME = 7
"""Lines of the screen besides the calls: border, outcome and key line."""

_STYLES = {CallState.ACCEPTED: "ok", CallState.REFUSED: "bad", CallState.SENDING: "run", CallState.NOT_SENT: "dim"}


class SubmittingDialog(Dialog[Submission | None]):
    """Makes the calls. Closes by itself if all were accepted, else by a key; with None if it could not begin."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "stop_or_close", N_("Stop / Close"), id="submitting.stop"),
        Binding("enter", "close", N_("Close"), show=False, id="submitting.close"),
    ]

    DEFAULT_CSS = """
    SubmittingDialog .dialog { width: 100; }
    SubmittingDialog #calls { height: auto; }
    """

    def __init__(
        self,
        plan: Plan,
        session: SubmitSession,
        clock: Clock,
        seen: frozenset[str],
        glyphs: Glyphs,
        on_accepted: Callable[[Call], object],
    ) -> None:
        """`seen` as in Submitter.run. `on_accepted` is called once for each accepted call that has a TaskId."""
        super().__init__()
        self._plan = plan
        self._session = session
        self._clock = clock
        self._seen = seen
        self._glyphs = glyphs
        self._on_accepted = on_accepted
        self._reported: set[int] = set()
        self._submitter: Submitter | None = None
        self._progress: Progress | None = None
        self._submission: Submission | None = None
        self._error: UcdnTuiError | None = None
        self._is_stopping = False
        self._is_over = False

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog") as box:
            box.border_title = _("Submitting")
            with VerticalScroll(id="calls"):
                yield Prose(id="call-list")
            yield Prose(id="outcome")
        yield KeyFooter()

    def on_resize(self, event: Resize) -> None:
        """Leave room for the outcome below the calls."""
        self.query_one("#calls").styles.max_height = max(1, event.size.height - _FRAME)

    def on_mount(self) -> None:
        self.set_interval(1.0, self._show)
        self._run()

    @work(group="submit", exclusive=True)
    async def _run(self) -> None:
        try:
            self._submitter = await self._session.submitter(self._progressed)
            if self._is_stopping:
                self._submitter.stop()
            self._submission = await self._submitter.run(self._plan.batches, seen=self._seen)
        except UcdnTuiError as error:  # nothing was sent, or the journal failed in between
            self._error = error
            self._submission = self._progress.submission if self._progress else None
        self._is_over = True
        for box in self.query(".dialog"):
            box.border_title = _("Submitted")
        self._show()
        self._close_if_complete()

    def on_screen_resume(self) -> None:
        """Close now if all calls were accepted while another screen was on top."""
        self._close_if_complete()

    def _close_if_complete(self) -> None:
        """Close if nothing is left to say."""
        submission = self._submission if self._is_over and self._error is None else None
        if submission is not None and is_complete(submission):
            self.dismiss(submission)

    def _progressed(self, progress: Progress) -> None:
        self._progress = progress
        for number, call in enumerate(progress.submission.calls):
            if call.state is CallState.ACCEPTED and call.task_id and number not in self._reported:
                self._reported.add(number)
                self._on_accepted(call)
        self._show()

    def _show(self) -> None:
        calls = self._progress.submission.calls if self._progress else []
        made = sum(call.state is not CallState.NOT_SENT for call in calls)
        first = max(0, min(made - _MOST_CALLS // 2, len(calls) - _MOST_CALLS))
        calls = calls[first : first + _MOST_CALLS]
        counts = right_aligned([type_words(call.batch.type, len(call.batch.urls)) for call in calls])
        lines = [self._line(call, count) for call, count in zip(calls, counts, strict=True)]
        show(self, "#call-list", themed(Text("\n").join(lines)))
        show(self, "#outcome", themed(self._outcome()))

    def _line(self, call: Call, count: str) -> Text:
        glyphs = self._glyphs
        sign = {
            CallState.ACCEPTED: glyphs.success,
            CallState.REFUSED: glyphs.failure,
            CallState.SENDING: glyphs.process,
            CallState.NOT_SENT: glyphs.wait,
        }.get(call.state, glyphs.unknown)
        style = _STYLES.get(call.state, "wait")
        what = f"{count}  {sanitize(call.batch.host, 40)}"
        is_known = call.state is CallState.ACCEPTED and call.task_id
        detail = sanitize(call.task_id) if is_known else state_words(call.state)
        if call.reason and call.state is not CallState.ACCEPTED:
            detail = labelled(detail, sanitize(call.reason, 300))
        return Text.assemble((f"{sign} ", style), what, "  ", (detail, style))

    def _outcome(self) -> Text:
        if self._error is not None:
            return Text(f"\n{self._error}", "bad")
        if self._progress is None:
            return Text(_("Nothing will be sent …") if self._is_stopping else _("Starting …"), "dim")
        if self._is_over:
            return Text("\n" + outcome_words(self._progress.submission), "strong")
        calls, until = self._progress.submission.calls, self._progress.waiting_until
        done = sum(call.state is not CallState.NOT_SENT for call in calls)
        words = _("call {done} of {count}").format(done=done, count=len(calls))
        if until is not None:
            seconds = max(0.0, until - self._clock.elapsed())
            words += " · " + _("goes on in {time}").format(time=duration_text(seconds))
        hint = (
            _("Stopping after the running call …") if self._is_stopping else _("Escape stops after the running call.")
        )
        return Text(f"\n{words} · {hint}", "dim")

    def action_stop_or_close(self) -> None:
        """Stop after the running call; close once nothing runs."""
        if self._is_over:
            self.action_close()
        else:
            self._is_stopping = True
            if self._submitter is not None:
                self._submitter.stop()
            self._show()

    def action_close(self) -> None:
        if self._is_over:
            self.dismiss(self._submission)


def right_aligned(texts: Sequence[str]) -> list[str]:
    """Return the texts, each with as many cells as the widest one."""
    widest = max(map(cell_len, texts), default=0)
    return [" " * (widest - cell_len(text)) + text for text in texts]


def is_complete(submission: Submission) -> bool:
    """Return whether all calls were accepted."""
    return all(call.state is CallState.ACCEPTED for call in submission.calls)

"""VerifyDialog: what each address serves of some URLs, the diagnosis of one, and watching until nothing is old."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import ClassVar, Final

from rich.text import Text
from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.events import Resize

from ucdn_tui.clock import Clock
from ucdn_tui.edge.models import Round, Subject
from ucdn_tui.edge.session import EdgeSession
from ucdn_tui.edge.words import round_words
from ucdn_tui.i18n import N_, _
from ucdn_tui.text import sanitize
from ucdn_tui.ui.dialogs.copy_menu import Artifact
from ucdn_tui.ui.dialogs.dialog import Dialog
from ucdn_tui.ui.dialogs.key_footer import KeyFooter
from ucdn_tui.ui.dialogs.picker import Picker
from ucdn_tui.ui.panes.render_context import RenderContext
from ucdn_tui.ui.table.live_table import LiveTable
from ucdn_tui.ui.text.line_breaks import wrapped_text
from ucdn_tui.ui.text.prose import Prose
from ucdn_tui.ui.theme_styles import themed
from ucdn_tui.ui.verify.copying import check_menu, checks_file
from ucdn_tui.ui.verify.details import Moments, check_text, place_words
from ucdn_tui.ui.verify.diagnosis import DiagnosisView
from ucdn_tui.ui.verify.rounds import Rounds, State
from ucdn_tui.ui.verify.summary import remarks, summary_words, watch_words
from ucdn_tui.ui.verify.table import CheckTable

_WIDTH: Final = 160
"""Cells of the dialog at most."""

_FRAME = 3
"""Lines of the screen besides the dialog's content: its border and the keys."""

_BESIDE = 4
"""Cells beside the dialog's content: border and padding."""

_LOW = 20
"""Lines of the screen below which how much a check proves stands among the details, which scroll."""

_MOST_DETAILS = 9
"""Lines of the details at most."""


class VerifyDialog(Dialog[None]):
    """The checks. Closing it ends what is being asked."""

    AUTO_FOCUS = "#checks"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q", "back", N_("Back"), id="verify.close"),
        Binding("r", "check_again", N_("Check again"), id="verify.again"),
        Binding("w", "watch", N_("Watch"), id="verify.watch"),
        Binding("o", "ask_origin", N_("Ask origin"), id="verify.origin"),
        Binding("y", "copy", N_("Copy"), id="verify.copy"),
        Binding("E", "export", N_("Save"), id="verify.export"),
    ]

    DEFAULT_CSS = f"""
    VerifyDialog .dialog {{ width: {_WIDTH}; }}
    VerifyDialog #details {{ padding: 1 0 0 0; scrollbar-size-vertical: 1; scrollbar-gutter: stable; }}
    VerifyDialog #summary {{ padding: 1 0 0 0; }}
    VerifyDialog.-low #details, VerifyDialog.-low #summary {{ padding: 0; }}
    VerifyDialog #diagnosis {{ display: none; }}
    VerifyDialog.-diagnosis .dialog {{ height: 100%; }}
    VerifyDialog.-diagnosis #diagnosis {{ display: block; }}
    VerifyDialog.-diagnosis #checks, VerifyDialog.-diagnosis #details, VerifyDialog.-diagnosis #summary {{
        display: none;
    }}
    """

    def __init__(
        self,
        session: EdgeSession,
        subjects: Callable[[], Sequence[Subject]],
        left_out: int,
        clock: Clock,
        context: RenderContext,
        *,
        offer: Callable[[Picker, Mapping[str, Artifact]], object],
        save: Callable[[Artifact], object],
    ) -> None:
        """`subjects` returns the URLs with their purges as they are now; `left_out`: how many others are not checked.

        `offer` shows a copy menu, `save` writes a file.
        """
        super().__init__()
        self._session = session
        self._left_out = left_out
        self._context_of_cells = replace(context, patterns={}, hidden_prefix=0)
        self._glyphs = context.glyphs
        self._offer = offer
        self._save = save
        self._rounds = Rounds(session, subjects, clock, self._show, self._load_places)
        self._watch_lines = 1
        """Lines for what is said of watching. They only grow, so that nothing moves each second."""

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog") as box:
            box.border_title = Text(_("Verify at the edge"))
            yield CheckTable(self._context_of_cells)
            with VerticalScroll(id="details"):
                yield Prose(id="detail-text")
            yield Prose(id="summary")
            yield DiagnosisView(self._session, self._rounds, self._glyphs)
        yield KeyFooter()

    def on_mount(self) -> None:
        self._fit()
        self._show()
        self.set_interval(1.0, self._show_summary)
        self._run()

    def on_resize(self, _event: Resize) -> None:
        self._watch_lines = 1
        self._fit()
        self._show()

    # Rounds

    @work(group="verify", exclusive=True)
    async def _run(self, *, every: bool = True) -> None:
        await self._rounds.run(every=every)

    @work(group="places")
    async def _load_places(self, addresses: Sequence[str]) -> None:
        await self._session.load_places(addresses)
        self._show()

    def action_check_again(self) -> None:
        """Check all addresses now, unless that is going on."""
        if self._rounds.state is not State.ASKING:
            self._run()

    def action_watch(self) -> None:
        """Repeat until nothing is old any more; or stop that."""
        rounds = self._rounds
        if rounds.is_watching:
            if rounds.state is State.WAITING:
                self.workers.cancel_group(self, "verify")
            rounds.stop()
        else:
            rounds.watch()
            if rounds.state is State.DONE:
                self._run(every=False)
        self._show_summary()

    # What is shown

    @property
    def _table(self) -> CheckTable:
        return self.query_one(CheckTable)

    @property
    def _diagnosis(self) -> DiagnosisView:
        return self.query_one(DiagnosisView)

    @property
    def _moments(self) -> Moments:
        return Moments(self._context_of_cells.now(), self._context_of_cells.zone)

    @property
    def _is_low(self) -> bool:
        return self.size.height < _LOW

    def _fit(self) -> None:
        """Share the lines. The details keep their height, so that nothing moves when the cursor does."""
        self.set_class(self._is_low, "-low")
        height, summary = max(4, self.size.height - _FRAME), self._summary_lines()
        details = max(1, min(_MOST_DETAILS, (height - summary) // 2))
        self.query_one("#summary").styles.height = summary
        self.query_one("#details").styles.height = details
        self._table.styles.height = max(2, min(self._rounds.checks.total + 1, height - summary - details))

    def _summary_lines(self) -> int:
        longest = round_words(Round((), 0.0), "00:00:00")
        texts = [longest, *([] if self._is_low else remarks(self._rounds, self._left_out))]
        return self._watch_lines + (not self._is_low) + sum(map(self._lines_of, texts))

    def _lines_of(self, text: str) -> int:
        """Return how many lines a text takes in the dialog."""
        width = max(10, min(self.size.width, _WIDTH) - _BESIDE)
        return len(wrapped_text(text, width))

    def _show(self) -> None:
        if not self.query(CheckTable):  # not composed yet, or being removed
            return
        places = {address: place_words(place) for address, place in self._session.places.items()}
        rows, table = self._rounds.checks.rows(places, self._rounds.held_back), self._table
        is_fitting = len(rows) == len(table.view)
        table.show_rows(rows)
        if not is_fitting:
            self._fit()
        self._show_details()
        self._show_summary()

    @on(LiveTable.Highlighted)
    def _show_details(self) -> None:
        row = self._table.selected
        text = Text()
        if row is not None and row.check is not None:
            text = check_text(row.check, row.place, self._moments, self._glyphs)
        elif row is not None:
            words = _("asking …")
            if row.is_held_back:
                words = _(
                    "The prefetch has not ended yet. A check now would fetch the file itself. Watch waits for the end."
                )
            text = Text.assemble(words, "\n", sanitize(row.key[0], len(row.key[0])))
        if self._is_low:
            text.append("\n\n").append("\n".join(remarks(self._rounds, self._left_out)), "dim")
        self.query_one("#detail-text", Prose).update(themed(text))

    def _show_summary(self) -> None:
        watching = watch_words(self._rounds)
        if (needed := self._lines_of(watching)) > self._watch_lines:
            self._watch_lines = needed
            self._fit()
        said = summary_words(self._rounds, self._moments.zone, self._glyphs)
        rest = [] if self._is_low else remarks(self._rounds, self._left_out)
        lines = [Text(said, "strong"), *(Text(each, "dim") for each in rest), Text(watching)]
        for widget in self.query("#summary").results(Prose):
            widget.update(themed(Text("\n").join(lines)))

    # Diagnosis

    @on(LiveTable.Selected)
    def _diagnose(self) -> None:
        row = self._table.selected
        if row is not None and row.check is not None:
            self.add_class("-diagnosis")
            self._diagnosis.show(row.check, self._moments)
            self.set_focus(self._diagnosis)
            self.refresh_bindings()

    @on(DiagnosisView.Changed)
    def _diagnosis_changed(self) -> None:
        self.refresh_bindings()
        self._show()

    def action_ask_origin(self) -> None:
        self._diagnosis.ask_origin()

    def action_back(self) -> None:
        """Go back from the diagnosis; from the checks, close the dialog."""
        if self._diagnosis.shown is None:
            self.dismiss()
            return
        self._diagnosis.close()
        self.remove_class("-diagnosis")
        self.set_focus(self._table)
        self.refresh_bindings()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Enable each key in its view only."""
        views = self.query(DiagnosisView)
        view = views.first() if views else None
        if action == "ask_origin":
            return view is not None and view.can_ask_origin
        if action in ("check_again", "watch"):
            return view is None or view.shown is None
        return True

    # Copy and export

    def action_copy(self) -> None:
        row, last = self._table.selected, self._rounds.checks.last
        if last:
            check = self._diagnosis.shown or (row.check if row is not None else None)
            self._offer(*check_menu(check, last, self._session.places, self._moments, self._glyphs))

    def action_export(self) -> None:
        if last := self._rounds.checks.last:
            self._save(checks_file(last, self._session.places, self._moments))

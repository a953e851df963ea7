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
from textual.screen import ModalScreen
from textual.widgets import Static

from ucdn_tui.clock import Clock
from ucdn_tui.durations import short_duration
from ucdn_tui.edge.models import Round, Subject
from ucdn_tui.edge.session import EdgeSession
from ucdn_tui.edge.words import round_words, vantage_words
from ucdn_tui.i18n import N_, _
from ucdn_tui.text import sanitize
from ucdn_tui.ui import times
from ucdn_tui.ui.dialogs.copy_menu import Artifact
from ucdn_tui.ui.dialogs.key_footer import KeyFooter
from ucdn_tui.ui.dialogs.picker import Picker
from ucdn_tui.ui.dialogs.profiles import DIALOG_CSS
from ucdn_tui.ui.panes.render_context import RenderContext
from ucdn_tui.ui.table.live_table import LiveTable
from ucdn_tui.ui.theme_styles import themed
from ucdn_tui.ui.verify.copying import check_menu, checks_file
from ucdn_tui.ui.verify.details import Moments, check_text, place_words
from ucdn_tui.ui.verify.diagnosis import DiagnosisView
from ucdn_tui.ui.verify.rounds import WATCH_LIMIT, Rounds, State, WatchEnd
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


class VerifyDialog(ModalScreen[None]):
    """The checks. Closing it ends what is being asked."""

    AUTO_FOCUS = "#checks"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q", "back", N_("Close"), id="verify.close"),
        Binding("r", "check_again", N_("Check again"), id="verify.again"),
        Binding("w", "watch", N_("Watch"), id="verify.watch"),
        Binding("o", "ask_origin", N_("Ask origin"), id="verify.origin"),
        Binding("y", "copy", N_("Copy"), id="verify.copy"),
        Binding("E", "export", N_("Save"), id="verify.export"),
    ]

    DEFAULT_CSS = (
        f"""
    VerifyDialog {{ align: center middle; }}
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
        + DIALOG_CSS
    )

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

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog") as box:
            box.border_title = Text(_("Verify at the edge"))
            yield CheckTable(self._context_of_cells)
            with VerticalScroll(id="details"):
                yield Static(id="detail-text", markup=False)
            yield Static(id="summary", markup=False)
            yield DiagnosisView(self._session, self._rounds, self._glyphs)
        yield KeyFooter()

    def on_mount(self) -> None:
        self._fit()
        self._show()
        self.set_interval(1.0, self._show_summary)
        self._run()

    def on_resize(self, _event: Resize) -> None:
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
        width = max(10, min(self.size.width, _WIDTH) - _BESIDE)
        longest = round_words(Round((), 0.0), "00:00:00")
        texts = [longest, *([] if self._is_low else self._remarks())]
        return 1 + (not self._is_low) + sum(-(-len(each) // width) for each in texts)

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
            text.append("\n\n").append("\n".join(self._remarks()), "dim")
        self.query_one("#detail-text", Static).update(themed(text))

    def _show_summary(self) -> None:
        remarks = [] if self._is_low else self._remarks()
        lines = [Text(self._summary(), "strong"), *(Text(each, "dim") for each in remarks), Text(self._watch_words())]
        for widget in self.query("#summary").results(Static):
            widget.update(themed(Text("\n").join(lines)))

    def _summary(self) -> str:
        rounds = self._rounds
        if rounds.state is State.ASKING:
            return _("Asking … {asked} of {total}").format(asked=rounds.asked, total=rounds.to_ask)
        found = rounds.result
        if not found.checks:
            return _("Nothing was asked yet.")
        when = times.day_and_time(found.began, self._moments.zone)
        return round_words(found, f"{when:%H:%M:%S}" if when is not None else self._glyphs.nothing)

    def _watch_words(self) -> str:
        rounds = self._rounds
        if rounds.watch_end is not None:
            return {
                WatchEnd.NOTHING_OLD: _("Nothing is left to wait for. Watching has ended."),
                WatchEnd.TIME_OUT: _("Still old after {time}. Watching has ended.").format(
                    time=short_duration(WATCH_LIMIT)
                ),
            }[rounds.watch_end]
        if not rounds.is_watching:
            return ""
        if rounds.state is not State.WAITING:
            return _("Watching until nothing is old.")
        wait = short_duration(rounds.seconds_to_next)
        if rounds.is_waiting_for_tasks:
            return _("Watching. The task has not ended yet; next look in {wait}.").format(wait=wait)
        words = _("Watching until nothing is old. Next check in {wait}; ends in {left} at the latest.")
        return words.format(wait=wait, left=short_duration(rounds.seconds_left))

    def _remarks(self) -> list[str]:
        """Return what is not asked, and how much a check proves."""
        remarks = []
        if self._left_out:
            checked = len(self._rounds.checks.urls)
            words = _("{checked} of {total} URLs are checked, failed ones first.")
            remarks.append(words.format(checked=checked, total=checked + self._left_out))
        for host, found in self._rounds.resolutions.items():
            if found.total > len(found.addresses):
                words = _("{asked} of the {total} addresses of {host} are asked.")
                values = {"asked": len(found.addresses), "total": found.total, "host": sanitize(host, 60)}
                remarks.append(words.format(**values))
        return [*remarks, vantage_words()]

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

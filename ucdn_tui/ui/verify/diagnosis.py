"""DiagnosisView: one check in full, why the copy may be old, and the one request to the origin."""

from textual import work
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.message import Message

from ucdn_tui.edge.diagnosis import Evidence, Finding, diagnose
from ucdn_tui.edge.models import Check, Probe
from ucdn_tui.edge.session import EdgeSession, host_of
from ucdn_tui.edge.words import failure_words
from ucdn_tui.i18n import _
from ucdn_tui.text import sanitize
from ucdn_tui.ui.text.glyphs import Glyphs
from ucdn_tui.ui.text.prose import Prose
from ucdn_tui.ui.theme_styles import themed
from ucdn_tui.ui.verify.details import Moments, check_text, findings_text, place_words
from ucdn_tui.ui.verify.rounds import Rounds


class DiagnosisView(VerticalScroll):
    """Shows a check, which stays the same while further rounds are made."""

    DEFAULT_CSS = """
    DiagnosisView { height: 1fr; scrollbar-size-vertical: 1; scrollbar-gutter: stable; }
    """

    class Changed(Message):
        """The origin can, or can no longer, be asked; or its answer is there."""

    def __init__(self, session: EdgeSession, rounds: Rounds, glyphs: Glyphs) -> None:
        super().__init__(id="diagnosis")
        self._session = session
        self._rounds = rounds
        self._glyphs = glyphs
        self._moments = Moments(0.0, None)
        self.shown: Check | None = None
        """The check; None while the view is closed."""

        self.can_ask_origin = False
        """Whether the origin's address is known, and it was not asked yet."""

        self._findings: list[Finding] = []
        self._note = ""

    def compose(self) -> ComposeResult:
        yield Prose(id="diagnosis-text")

    def show(self, check: Check, moments: Moments) -> None:
        """Show this check, and look for causes. Nothing is asked but the domain's configuration."""
        self.shown, self._moments = check, moments
        self._find_causes(check)

    def close(self) -> None:
        """Stop asking."""
        self.workers.cancel_node(self)
        self.shown = None
        self._allow_origin(False)

    def ask_origin(self) -> None:
        """Ask the origin once whether the edge's copy is still right."""
        if self.shown is not None and self.can_ask_origin:
            self._compare(self.shown)

    @work(group="diagnosis", exclusive=True)
    async def _find_causes(self, check: Check) -> None:
        self._set(_("Asking for the domain's configuration …"), [])
        config = await self._session.config(host_of(check.subject.url))
        ips = config.origin.ips if config is not None and check.probe.answer is not None else ()
        if ips:
            words = _("Ask origin sends one conditional request to {address}: is this copy still right?")
            note = words.format(address=sanitize(ips[0], 60))
        elif check.probe.answer is None:
            note = _("There is no copy to compare with the origin.")
        else:
            note = _("The origin's address is not known, so it cannot be asked.")
        self._set(note, await self._diagnose(check))
        self._allow_origin(bool(ips))

    @work(group="diagnosis", exclusive=True)
    async def _compare(self, check: Check) -> None:
        self._allow_origin(False)
        self._set(_("Asking the origin …"), self._findings)
        judged, origin = await self._session.compare_with_origin(check)
        self._rounds.checks.judge_anew(judged)
        self.shown = judged
        self._set(self._answer_words(origin), await self._diagnose(judged, origin))
        self.post_message(self.Changed())

    def _answer_words(self, origin: Probe | None) -> str:
        if origin is None:
            return _("The origin could not be asked: its name has no address here.")
        if origin.answer is None:
            reason = failure_words(origin.failure) if origin.failure is not None else ""
            return _("The origin gave no answer. {reason}").format(reason=reason)
        words = _("The origin answered HTTP {status} at {time}.")
        return words.format(status=origin.answer.status, time=self._moments.shown(origin.at))

    async def _diagnose(self, check: Check, origin: Probe | None = None) -> list[Finding]:
        host = host_of(check.subject.url)
        config = await self._session.config(host)
        earlier = self._rounds.checks.earlier(check)
        return diagnose(Evidence(check, config, origin, self._rounds.resolutions.get(host), earlier))

    def _allow_origin(self, allowed: bool) -> None:
        self.can_ask_origin = allowed
        self.post_message(self.Changed())

    def _set(self, note: str, findings: list[Finding]) -> None:
        self._note, self._findings = note, findings
        self._paint()

    def _paint(self) -> None:
        check = self.shown
        if check is None:
            return
        place = place_words(self._session.places.get(check.probe.address))
        text = check_text(check, place, self._moments, self._glyphs)
        text.append(f"\n\n{self._note}\n", "dim").append_text(findings_text(self._findings, self._glyphs))
        self.query_one("#diagnosis-text", Prose).update(themed(text))

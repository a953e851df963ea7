"""SubmitActions: what `n`, `R` and `u` do on the dashboard, and how submitted tasks are followed."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit

from textual.screen import Screen

from ucdn_tui.api.models import Phase, Status, Task, TaskKey, TaskKind
from ucdn_tui.clock import Clock
from ucdn_tui.errors import UcdnTuiError
from ucdn_tui.i18n import _, ngettext
from ucdn_tui.submit.models import UrlType
from ucdn_tui.submit.records import Call, CallState
from ucdn_tui.submit.session import Api, Earlier, SubmitSession
from ucdn_tui.submit.words import outcome_words, remaining_text
from ucdn_tui.text import masked, sanitize
from ucdn_tui.ui.dialogs.picker import Choice, Picked, Picker
from ucdn_tui.ui.panes.panes import Panes
from ucdn_tui.ui.panes.task_pane import TaskPane
from ucdn_tui.ui.panes.url_columns import is_active
from ucdn_tui.ui.panes.url_pane import UrlPane
from ucdn_tui.ui.submit.draft import Draft
from ucdn_tui.ui.submit.quotas import QuotaDialog
from ucdn_tui.ui.submit.screen import SubmitScreen
from ucdn_tui.ui.text.glyphs import Glyphs
from ucdn_tui.url_identity import identity
from ucdn_tui.watch.listing.names import kind_word
from ucdn_tui.watch.session import WatchSession
from ucdn_tui.watch.store import Changes

_LONG = 60.0
"""Seconds that a message stays which the user must not miss."""


class SubmitActions:
    """Opens the screens, and follows what they submitted until it is listed."""

    def __init__(
        self,
        screen: Screen[None],
        api: Api,
        clock: Clock,
        watching: WatchSession,
        tasks: TaskPane,
        details: UrlPane,
        glyphs: Glyphs,
        journal_path: Path | None,
        account: str,
        drafts: dict[str, Draft],
    ) -> None:
        """account: its name, as the top line shows it. drafts: what was typed, by account, for the next dashboard."""
        self.session = SubmitSession(api, clock, journal_path)
        self._screen = screen
        self._clock = clock
        self._watching = watching
        self._store = watching.store
        self._tasks = tasks
        self._details = details
        self._glyphs = glyphs
        self._account = account
        self._drafts = drafts
        self._expected: dict[TaskKey, Call] = {}
        """Submitted tasks that are not listed yet."""

        self._to_select: TaskKey | None = None
        """The task to select once it is listed."""

        self._place: tuple[int, bool] = (0, False)
        """Where the user was when that task was submitted (`_user_place`). If it has changed, nothing is selected."""

    @property
    def _draft(self) -> Draft:
        """What was typed and not submitted."""
        return self._drafts.setdefault(self._account, Draft())

    @_draft.setter
    def _draft(self, draft: Draft) -> None:
        self._drafts[self._account] = draft

    def new(self) -> None:
        """Open the form with what was typed before."""
        if not self._draft.text:
            self._draft = Draft()
        self._open(self._draft)

    def _open(self, draft: Draft) -> None:
        self._to_select = None
        form = SubmitScreen(
            draft,
            self.session,
            self._clock,
            self._glyphs,
            running=self._running,
            on_accepted=self._accepted,
            account=self._account,
        )

        text = draft.text

        def left(_result: None) -> None:
            if form.has_rest or draft.text != text:  # also of a form that `R` opened
                self._draft = draft

        self._screen.app.push_screen(form, left)

    def resubmit(self) -> None:
        """Open the form with all URLs, or the failed ones, of the flagged tasks or the selected one."""
        selected = self._details.shown
        tasks = self._tasks.flagged or ([selected] if selected else [])
        offers: dict[str, Draft] = {}
        choices = []
        for kind in TaskKind:
            those = [task for task in tasks if task.kind is kind]
            for failed in (True, False):
                if urls := self._urls(those, failed=failed):
                    id_ = f"{kind}-{failed}"
                    offers[id_] = Draft(kind, _common_type(those), "\n".join(urls))
                    words = _("Failed URLs ({count})") if failed else _("All URLs ({count})")
                    choices.append(Choice(id_, words.format(count=len(urls)), kind_word(kind)))
        if not offers:
            self._say(_("No task is selected."))
        elif len(offers) == 1:
            self._open(next(iter(offers.values())))
        else:

            def picked_one(picked: Picked | None) -> None:
                if picked is not None:
                    self._open(offers[picked.id])

            note = _("The form opens; nothing is sent yet.")
            self._screen.app.push_screen(Picker(_("Submit again"), choices, note=note), picked_one)

    def _urls(self, tasks: Sequence[Task], *, failed: bool) -> list[str]:
        """Return the tasks' URLs, each once; one that cannot be shown is a comment, as it would be another URL."""
        urls = (url for task in tasks for url in self._store.urls(task.key))
        wanted = (url.url for url in urls if url.url and (not failed or url.status == Status.FAILURE))
        return list(dict.fromkeys(url if url == masked(url) else f"# {sanitize(url)}" for url in wanted))

    def quota(self) -> None:
        """Show the quotas, those of the listed tasks' hosts first."""
        hosts = Counter(_host(task.first_url) for task in self._store)
        self._screen.app.push_screen(QuotaDialog(self.session, [host for host, _count in hosts.most_common()]))

    def _running(self, kind: TaskKind) -> dict[str, str]:
        """Return the unfinished URLs of tasks of this kind, by identity, with the task's id."""
        tasks = [self._store[key] for key in self._store.keys_in(Phase.ACTIVE) if key.kind is kind]
        return {
            identity(url.url): task.task_id for task in tasks for url in self._store.urls(task.key) if is_active(url)
        }

    # After submitting

    def _accepted(self, call: Call) -> None:
        key = TaskKey(call.batch.kind, call.task_id)
        self._watching.know_types({call.task_id: call.batch.type})
        self._expected[key] = call
        if self._to_select is None:
            self._to_select, self._place = key, self._user_place()
        if (task := self._store.get(key)) is not None:  # a poll was faster
            self._found([task])
        else:
            self._watching.track(key)

    def apply(self, changes: Changes) -> None:
        """Select the first submitted task once it is listed, and report URLs that the API left out."""
        self._found(changes.current)

    def _found(self, tasks: Sequence[Task]) -> None:
        for task in tasks:
            call = self._expected.pop(task.key, None)
            if call is None:
                continue
            if task.key == self._to_select:
                self._select(task.key)
            listed = Counter(identity(url.url) for url in self._store.urls(task.key))
            if missing := Counter(map(identity, call.batch.urls)) - listed:
                count = missing.total()
                words = ngettext(
                    "Task {task_id} lacks {count} of the submitted URLs: {url}",
                    "Task {task_id} lacks {count} of the submitted URLs: {url} …",
                    count,
                )
                url = sanitize(next(iter(missing)), 200)
                self._warn(words.format(task_id=sanitize(task.task_id, 60), count=count, url=url))

    def _user_place(self) -> tuple[int, bool]:
        """Return how often the user has moved, and whether in the list of URLs."""
        moves = self._tasks.table.user_moves + self._details.table.user_moves
        return moves, self._screen.query_one(Panes).is_inside

    def _select(self, key: TaskKey) -> None:
        table = self._tasks.table
        if table.view.index_of(key) is None:
            self._say(_("The filter hides the new task; show all to see it."))
        elif self._user_place() == self._place:
            self._tasks.follow(False)
            table.move_to(key)

    # At the start

    async def resume(self) -> None:
        """Learn the types of submitted tasks, and report what became of calls of an earlier start."""
        try:
            journal = await self.session.journal()
            self._watching.know_types(journal.types())
            for earlier in await self.session.resolve():
                self._report(earlier)
        except UcdnTuiError as error:
            self._warn(_("What was submitted before is not known yet: {why}").format(why=error))

    def _report(self, earlier: Earlier) -> None:
        submission = earlier.submission
        self._watching.know_types({call.task_id: call.batch.type for call in submission.calls if call.task_id})
        for call in submission.in_state(CallState.ACCEPTED):
            if call.task_id:
                self._watching.track(TaskKey(call.batch.kind, call.task_id))
        if earlier.was_interrupted:
            words = _("The last submission was interrupted. {outcome}")
        else:
            words = _("What became of an earlier submission is known now. {outcome}")
        rest = remaining_text(submission, without=earlier.superseded) if earlier.was_interrupted else ""
        call = submission.calls[0]
        draft = self._draft
        if rest and (not draft.text or draft.kind is call.batch.kind):
            text = "\n".join(filter(None, [draft.text, rest]))
            self._draft = Draft(call.batch.kind, None if draft.text else call.batch.type or None, text)
            words = _("The last submission was interrupted. {outcome} The form has the rest (New).")
        self._warn(words.format(outcome=outcome_words(submission)))

    def _say(self, text: str) -> None:
        self._screen.app.notify(text, markup=False)

    def _warn(self, text: str) -> None:
        title = _("Submitted tasks")
        self._screen.app.notify(text, title=title, severity="warning", timeout=_LONG, markup=False)


def _common_type(tasks: Sequence[Task]) -> UrlType | None:
    """Return the type that all tasks have; None if they differ or it is not known."""
    types = {task.type for task in tasks}
    (only,) = types if len(types) == 1 else ("",)
    return UrlType(only) if only and only in set(UrlType) else None


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""

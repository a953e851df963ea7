"""VerifyActions: what `v` does on the dashboard."""

from collections.abc import Callable, Mapping, Sequence

from textual.screen import Screen

from ucdn_tui.clock import Clock
from ucdn_tui.edge.models import Subject
from ucdn_tui.edge.session import MOST_URLS, EdgeSession
from ucdn_tui.edge.subjects import subjects_of
from ucdn_tui.errors import UcdnTuiError
from ucdn_tui.i18n import _
from ucdn_tui.ui.dialogs.copy_menu import Artifact
from ucdn_tui.ui.dialogs.picker import Picker
from ucdn_tui.ui.panes.render_context import RenderContext
from ucdn_tui.ui.panes.task_pane import TaskPane
from ucdn_tui.ui.panes.url_pane import UrlPane
from ucdn_tui.ui.verify.sample import Sample, sample_of, sample_of_url
from ucdn_tui.ui.verify.screen import VerifyDialog
from ucdn_tui.watch.store import TaskStore


class VerifyActions:
    """Opens the dialog. The edges are reached by one session, made when it is first needed."""

    def __init__(
        self,
        screen: Screen[None],
        connect: Callable[[], EdgeSession],
        clock: Clock,
        store: TaskStore,
        tasks: TaskPane,
        details: UrlPane,
        context: RenderContext,
        *,
        offer: Callable[[Picker, Mapping[str, Artifact]], object],
        save: Callable[[Artifact], object],
    ) -> None:
        """`connect` raises UcdnTuiError. `offer` and `save`: of VerifyDialog."""
        self._screen = screen
        self._connect = connect
        self._clock = clock
        self._store = store
        self._tasks = tasks
        self._details = details
        self._context = context
        self._offer = offer
        self._save = save
        self._session: EdgeSession | None = None

    async def aclose(self) -> None:
        """Close the connections."""
        if self._session is not None:
            await self._session.aclose()

    def verify(self) -> None:
        """Verify the selected URL where the URL list has the focus; else the flagged tasks, or the selected one."""
        sample = self._sample()
        if sample is None or not sample.subjects:
            self._screen.app.notify(_("No URL is selected."), markup=False)
            return
        try:
            session = self._session or self._connect()
        except UcdnTuiError as error:
            self._screen.app.notify(str(error), severity="error", markup=False)
            return
        self._session = session

        def subjects() -> Sequence[Subject]:
            return self._current(sample)

        left_out = sample.total - len(sample.subjects)
        self._screen.app.push_screen(
            VerifyDialog(session, subjects, left_out, self._clock, self._context, offer=self._offer, save=self._save)
        )

    def _sample(self) -> Sample | None:
        shown = self._details.shown
        if self._details.table.has_focus:
            url = self._details.selected
            return sample_of_url(shown, url) if shown is not None and url is not None and url.url else None
        tasks = self._tasks.flagged or ([shown] if shown is not None else [])
        return sample_of(tasks, self._store.urls, MOST_URLS)

    def _current(self, sample: Sample) -> Sequence[Subject]:
        """Return the URLs with their purges as they are now; as they were if the task is no longer listed."""
        tasks = [task for key in sample.tasks if (task := self._store.get(key)) is not None]
        wanted = {subject.url for subject in sample.subjects}
        urls = ((task, [url for url in self._store.urls(task.key) if url.url in wanted]) for task in tasks)
        now = {subject.url: subject for subject in subjects_of(urls)}
        return [now.get(subject.url, subject) for subject in sample.subjects]

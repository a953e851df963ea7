"""Views of hostile tasks: sorted, filtered, and filled in slices."""

from typing import Any

import pytest
from hypothesis import given

from support.screen.checks.hostile_tasks import MANY, SEVERAL, SOME, all_criteria, rows_of, tasks_after
from ucdn_tui.api.models import TaskKind
from ucdn_tui.watch.listing.filter import Criteria, FilterContext, parse_words
from ucdn_tui.watch.listing.sort import task_order
from ucdn_tui.watch.listing.view import TaskView
from ucdn_tui.watch.store import Cause

pytestmark = pytest.mark.slow


def keys_of(view: TaskView) -> list[Any]:
    return [view.key_at(row) for row in range(len(view))]


class TestViews:
    @MANY
    @given(SEVERAL)
    def test_view_is_sorted_and_equal_to_one_filled_in_slices(self, bodies: list[bytes]) -> None:
        found = tasks_after(bodies)
        for sort, view in found.views.items():
            rebuilt = TaskView(found.store, task_order(sort), filled=False)
            while rebuilt.fill(1):
                assert len(rebuilt) <= len(found.store)
            assert keys_of(view) == keys_of(rebuilt)
            tasks = [view.row_at(row) for row in range(len(view))]
            assert {task.key for task in tasks} == set(found.store.keys())
            for name, cut in (("id", "task_id"), ("url", "first_url"), ("type", "type")):
                if sort.column == name:
                    texts = [getattr(task, cut)[:200] for task in tasks]
                    some = [text for text in texts if text]
                    assert texts == sorted(some, reverse=sort.reverse) + [""] * (len(texts) - len(some))

    @SOME
    @given(SEVERAL)
    def test_filtered_views_fill_in_slices_while_responses_arrive(self, bodies: list[bytes]) -> None:
        found, later = tasks_after(bodies[:1]), [rows for body in bodies[1:] if (rows := rows_of(body))]
        filters = [
            lambda task, criteria=criteria: criteria.shows_task(task, FilterContext(found.store.url_text))
            for criteria in all_criteria(found.store)
        ]
        slow = [TaskView(found.store, shown=shown, filled=False) for shown in filters]
        for rows in later:
            changes = found.store.apply(TaskKind.PREFETCH, rows, cause=Cause.POLL, now=found.now)
            for view in slow:
                view.apply(changes)
                view.fill(1)
        for view, shown in zip(slow, filters, strict=True):
            while view.fill(2):
                pass
            assert keys_of(view) == keys_of(TaskView(found.store, shown=shown))
            assert set(keys_of(view)) == {task.key for task in found.store if shown(task)}

    @SOME
    @given(SEVERAL)
    def test_each_word_of_a_task_finds_it(self, bodies: list[bytes]) -> None:
        found = tasks_after(bodies)
        for task in found.store:
            texts = {"id": task.task_id, "url": task.first_url, "type": task.type, "status": task.outcome}
            for field, text in texts.items():
                # At the end of a cut text, the last letter may change in lower case.
                for word in text[:400].split():
                    quoted = word.lstrip('!"') if '"' in word else f'"{word}"'
                    for wanted in parse_words(f"{field}:{quoted}"):
                        criteria = Criteria((wanted,))
                        assert criteria.shows_task(task, FilterContext()), (field, word)
                        assert not Criteria((wanted._replace(inverted=True),)).shows_task(task, FilterContext())

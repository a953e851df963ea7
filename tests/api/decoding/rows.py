"""A task in an answer, with any fields."""

from ucdn_tui.api.decoding.decode import Unread, decode_describe
from ucdn_tui.api.models import TaskRow

BOM = b"\xef\xbb\xbf"


def the_task(body: bytes) -> tuple[TaskRow, Unread]:
    """Return an answer's only task, and the counts of unreadable values."""
    answer, unread = decode_describe(body)
    assert answer.task_list is not None
    (row,) = answer.task_list
    return row, unread

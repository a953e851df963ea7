"""StoredTask: a task's URLs are the same before, during and after compression."""

import sys
import threading

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ucdn_tui.api.models import INT_LIMIT, TaskKey, TaskRow, UrlRow
from ucdn_tui.watch import stored_task as stored_task_module
from ucdn_tui.watch.store import Cause, TaskStore
from ucdn_tui.watch.stored_task import StoredTask, compress
from ucdn_tui.watch.summary import summarize, task_key
from watch.tasks import REFRESH, START, task_row, url_row


def stored_task_of(row: TaskRow) -> StoredTask:
    return StoredTask(summarize(task_key(REFRESH, row), row, is_dcdn=False, now=START), row)


def many(count: int = 50) -> TaskRow:
    return task_row("t", *(url_row(address=f"https://cdn.example.com/{n}.jpg") for n in range(count)))


TEXT = st.none() | st.text(st.characters(exclude_categories=["Cs"]), max_size=9)
# Not -1, whose hash equals that of -2 in Python; neither is a valid time or progress.
NUMBER = st.none() | st.integers(-INT_LIMIT, INT_LIMIT).filter(lambda number: number != -1)
URLS = st.none() | st.lists(st.builds(UrlRow, TEXT, NUMBER, NUMBER, TEXT, NUMBER), max_size=4)
ROW = st.builds(TaskRow, st.just("t"), URLS, TEXT, NUMBER, TEXT)


@given(ROW)
def test_compressed_urls_are_unchanged(row: TaskRow) -> None:
    stored = stored_task_of(row)
    assert stored.urls() == (row.url_lists or [])
    stored.compress()
    assert stored.urls() == (row.url_lists or [])
    stored.compress()
    assert stored.urls() == (row.url_lists or []), "compressed twice"
    assert stored.is_same(msgspec.structs.replace(row))


NO_URLS = TaskRow("t", None, "file", 1, "wait")
EMPTY_URLS = TaskRow("t", [], "file", 1, "wait")


@given(ROW, ROW)
@example(NO_URLS, EMPTY_URLS)
@example(EMPTY_URLS, NO_URLS)
def test_another_row_is_recognised_compressed_or_not(row: TaskRow, other: TaskRow) -> None:
    uncompressed, compressed = stored_task_of(row), stored_task_of(row)
    compressed.compress()
    meant = msgspec.structs.replace(row, url_lists=row.url_lists or []) == msgspec.structs.replace(
        other, url_lists=other.url_lists or []
    )
    assert uncompressed.is_same(other) == meant
    assert compressed.is_same(other) == meant


@pytest.mark.parametrize("is_compressed", [False, True])
@pytest.mark.parametrize(
    "change",
    [
        {"status": "failure"},
        {"progress": 99},
        {"finish_time": 1},
        {"create_time": 1},
        {"url": "https://other.example/"},
    ],
)
def test_any_change_of_the_last_url_is_noticed(is_compressed: bool, change: dict[str, object]) -> None:
    row = many()
    stored = stored_task_of(row)
    if is_compressed:
        stored.compress()
    urls = row.url_lists or []
    assert not stored.is_same(task_row("t", *urls[:-1], msgspec.structs.replace(urls[-1], **change)))
    assert not stored.is_same(task_row("t", *urls[:-1]))
    assert not stored.is_same(task_row("t", *urls[1:], urls[0]))
    assert stored.is_same(task_row("t", *urls))


@pytest.mark.parametrize("change", [{"status": "failure"}, {"type": "dir"}, {"create_time": 1}])
def test_a_change_of_a_compressed_task_is_noticed(change: dict[str, object]) -> None:
    stored = stored_task_of(many())
    stored.compress()
    assert not stored.is_same(msgspec.structs.replace(many(), **change))


def test_a_compressed_task_releases_its_row() -> None:
    row = many()
    stored = stored_task_of(row)
    before = sys.getrefcount(row)
    stored.compress()
    assert sys.getrefcount(row) == before - 1


def test_compress_compresses_all_tasks() -> None:
    tasks = [stored_task_of(many(n)) for n in range(5)]
    rows = [stored._row for stored in tasks]
    compress(tasks)
    assert all(rows)
    assert [stored._row for stored in tasks] == [None] * 5
    assert [len(stored.urls()) for stored in tasks] == [0, 1, 2, 3, 4]


class TestWhileItIsBeingPacked:
    """Other threads may read at any point of the compression."""

    @pytest.mark.parametrize("step", ["compress", "_fingerprint"])
    def test_reads_during_compression_find_everything(self, monkeypatch: pytest.MonkeyPatch, step: str) -> None:
        row = many()
        stored = stored_task_of(row)
        found: list[object] = []
        owner = stored_task_module.zlib if step == "compress" else stored_task_module
        real = getattr(owner, step)

        def read_meanwhile(*args: object) -> object:
            monkeypatch.setattr(owner, step, real)
            found.extend([stored.urls() == row.url_lists, stored.is_same(many()), not stored.is_same(many(3))])
            result = real(*args)
            found.append(stored.urls() == row.url_lists)
            return result

        monkeypatch.setattr(owner, step, read_meanwhile)
        stored.compress()
        assert found == [True] * 4
        assert stored.urls() == row.url_lists
        assert stored.is_same(many())

    def test_reads_in_other_threads_find_everything(self) -> None:
        row, same, other = many(), many(), many(49)
        tasks = [stored_task_of(row) for _ in range(300)]
        wrong: list[str] = []
        done = threading.Event()

        def read() -> None:
            while not done.is_set():
                for stored in tasks:
                    if stored.urls() != row.url_lists:
                        wrong.append("urls")
                    if not stored.is_same(same) or stored.is_same(other):
                        wrong.append("is_same")

        interval = sys.getswitchinterval()
        sys.setswitchinterval(1e-6)
        readers = [threading.Thread(target=read) for _ in range(2)]
        try:
            for reader in readers:
                reader.start()
            compressors = [threading.Thread(target=compress, args=(tasks,)) for _ in range(2)]
            for compressor in compressors:
                compressor.start()
            for compressor in compressors:
                compressor.join()
        finally:
            done.set()
            for reader in readers:
                reader.join()
            sys.setswitchinterval(interval)
        assert not wrong
        assert all(stored._row is None for stored in tasks)


class TestInTheStore:
    @pytest.fixture
    def store(self) -> TaskStore:
        store = TaskStore()
        rows = [many(), task_row("runs", url_row("process", 5), status="process"), task_row("odd", status="unknow")]
        store.apply(REFRESH, rows, cause=Cause.FIRST_LOAD, now=START)
        return store

    def test_settled_tasks_are_compressed_once(self, store: TaskStore) -> None:
        assert [stored.task.task_id for stored in store.take_uncompressed()] == ["t"]
        assert store.take_uncompressed() == []

    def test_an_unchanged_answer_compresses_nothing(self, store: TaskStore) -> None:
        compress(store.take_uncompressed())
        changes = store.apply(REFRESH, [many()], cause=Cause.RECONCILIATION, now=START + 300)
        assert not changes
        assert store.take_uncompressed() == []

    def test_a_task_that_changes_during_compression_has_the_last_row(self, store: TaskStore) -> None:
        uncompressed = store.take_uncompressed()
        changes = store.apply(REFRESH, [many(3)], cause=Cause.RECONCILIATION, now=START + 300)
        compress(uncompressed)
        assert len(changes.changed) == 1
        assert len(store.urls(TaskKey(REFRESH, "t"))) == 3
        compress(store.take_uncompressed())
        assert len(store.urls(TaskKey(REFRESH, "t"))) == 3

    def test_a_compressed_task_outside_the_window_keeps_its_urls(self, store: TaskStore) -> None:
        compress(store.take_uncompressed())
        key = TaskKey(REFRESH, "t")
        store.apply(REFRESH, cause=Cause.RECONCILIATION, now=START, out_of_window=[key])
        assert store[key].is_outside
        assert len(store.urls(key)) == 50
        assert not store.apply(REFRESH, [many()], cause=Cause.POLL, now=START), "returned by id, it stays outside"
        ((old, new),) = store.apply(REFRESH, [many()], cause=Cause.RECONCILIATION, now=START).changed
        assert (old.is_outside, new.is_outside) == (True, False)

    def test_words_are_found_in_compressed_urls(self, store: TaskStore) -> None:
        before = store.url_text(TaskKey(REFRESH, "t"))
        compress(store.take_uncompressed())
        assert store.url_text(TaskKey(REFRESH, "t")) == before
        assert "/49.jpg" in before


CREATED = st.none() | st.integers(0, 5) | st.just(10**12)
ANSWER = st.tuples(
    st.booleans(),
    st.lists(st.tuples(st.sampled_from("abcdef"), CREATED, st.sampled_from(["process", "success"])), max_size=4),
    st.lists(st.sampled_from("abcdef"), max_size=2),
    st.lists(st.sampled_from("abcdef"), max_size=1),
    st.sampled_from(Cause),
)


@given(st.lists(ANSWER, max_size=12))
def test_newest_yields_all_dated_tasks(
    answers: list[tuple[bool, list[tuple[str, int | None, str]], list[str], list[str], Cause]],
) -> None:
    store = TaskStore()
    for is_dcdn, rows, gone, left, cause in answers:
        store.apply(
            REFRESH,
            [task_row(task_id, status=status, create_time=created) for task_id, created, status in rows],
            cause=cause,
            now=START,
            is_dcdn=is_dcdn,
            gone=[TaskKey(REFRESH, one) for one in gone],
            out_of_window=[TaskKey(REFRESH, one) for one in left],
        )
        for is_whole_site in (False, True):
            dated = [task for task in store if task.is_dcdn == is_whole_site and task.created is not None]
            expected = sorted(dated, key=lambda task: (task.created, task.key), reverse=True)
            assert list(store.newest(REFRESH, is_dcdn=is_whole_site)) == expected

"""Entries: a task's URLs, the same whether they are packed or not, also while they are being packed."""

import sys
import threading

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ucdn_tui.api.models import INT_LIMIT, TaskKey, TaskRow, UrlRow
from ucdn_tui.watch import entry as entry_module
from ucdn_tui.watch.entry import Entry, pack
from ucdn_tui.watch.store import Cause, TaskStore
from ucdn_tui.watch.summary import summarise, task_key
from watch.watching import REFRESH, START, task_row, url_row


def entry_of(row: TaskRow) -> Entry:
    return Entry(summarise(task_key(REFRESH, row), row, is_dcdn=False, now=START), row)


def many(count: int = 50) -> TaskRow:
    return task_row("t", *(url_row(address=f"https://cdn.example.com/{n}.jpg") for n in range(count)))


TEXT = st.none() | st.text(st.characters(exclude_categories=["Cs"]), max_size=9)
NUMBER = st.none() | st.integers(-INT_LIMIT, INT_LIMIT)
URLS = st.none() | st.lists(st.builds(UrlRow, TEXT, NUMBER, NUMBER, TEXT, NUMBER), max_size=4)
ROW = st.builds(TaskRow, st.just("t"), URLS, TEXT, NUMBER, TEXT)


@given(ROW)
def test_what_is_packed_is_what_came(row: TaskRow) -> None:
    entry = entry_of(row)
    assert entry.urls() == (row.url_lists or [])
    entry.pack()
    assert entry.urls() == (row.url_lists or [])
    entry.pack()
    assert entry.urls() == (row.url_lists or []), "packed twice"
    assert entry.is_same(msgspec.structs.replace(row))


@given(ROW, ROW)
def test_packed_or_not_it_tells_another_row_from_its_own(row: TaskRow, other: TaskRow) -> None:
    loose, packed = entry_of(row), entry_of(row)
    packed.pack()
    assert loose.is_same(other) == (row == other)
    meant = row == other or msgspec.structs.replace(row, url_lists=row.url_lists or []) == msgspec.structs.replace(
        other, url_lists=other.url_lists or []
    )
    assert packed.is_same(other) == meant


@pytest.mark.parametrize("is_packed", [False, True])
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
def test_the_least_change_of_its_last_url_is_noticed(is_packed: bool, change: dict[str, object]) -> None:
    row = many()
    entry = entry_of(row)
    if is_packed:
        entry.pack()
    urls = row.url_lists or []
    assert not entry.is_same(task_row("t", *urls[:-1], msgspec.structs.replace(urls[-1], **change)))
    assert not entry.is_same(task_row("t", *urls[:-1]))
    assert not entry.is_same(task_row("t", *urls[1:], urls[0]))
    assert entry.is_same(task_row("t", *urls))


@pytest.mark.parametrize("change", [{"status": "failure"}, {"type": "dir"}, {"create_time": 1}])
def test_a_change_of_the_task_itself_is_noticed_once_packed(change: dict[str, object]) -> None:
    entry = entry_of(many())
    entry.pack()
    assert not entry.is_same(msgspec.structs.replace(many(), **change))


def test_packed_it_holds_the_row_no_more() -> None:
    row = many()
    entry = entry_of(row)
    before = sys.getrefcount(row)
    entry.pack()
    assert sys.getrefcount(row) == before - 1


def test_all_of_them_are_packed() -> None:
    entries = [entry_of(many(n)) for n in range(5)]
    rows = [entry._row for entry in entries]
    pack(entries)
    assert all(rows)
    assert [entry._row for entry in entries] == [None] * 5
    assert [len(entry.urls()) for entry in entries] == [0, 1, 2, 3, 4]


class TestWhileItIsBeingPacked:
    """At each point of the packing somebody else may read."""

    @pytest.mark.parametrize("step", ["compress", "_fingerprint"])
    def test_a_reader_in_the_middle_finds_all(self, monkeypatch: pytest.MonkeyPatch, step: str) -> None:
        row = many()
        entry = entry_of(row)
        found: list[object] = []
        owner = entry_module.zlib if step == "compress" else entry_module
        real = getattr(owner, step)

        def read_meanwhile(*args: object) -> object:
            monkeypatch.setattr(owner, step, real)
            found.extend([entry.urls() == row.url_lists, entry.is_same(many()), not entry.is_same(many(3))])
            result = real(*args)
            found.append(entry.urls() == row.url_lists)
            return result

        monkeypatch.setattr(owner, step, read_meanwhile)
        entry.pack()
        assert found == [True] * 4
        assert entry.urls() == row.url_lists
        assert entry.is_same(many())

    def test_readers_in_other_threads_never_see_half_of_it(self) -> None:
        row, same, other = many(), many(), many(49)
        entries = [entry_of(row) for _ in range(300)]
        wrong: list[str] = []
        done = threading.Event()

        def read() -> None:
            while not done.is_set():
                for entry in entries:
                    if entry.urls() != row.url_lists:
                        wrong.append("urls")
                    if not entry.is_same(same) or entry.is_same(other):
                        wrong.append("is_same")

        interval = sys.getswitchinterval()
        sys.setswitchinterval(1e-6)
        readers = [threading.Thread(target=read) for _ in range(2)]
        try:
            for reader in readers:
                reader.start()
            packers = [threading.Thread(target=pack, args=(entries,)) for _ in range(2)]
            for packer in packers:
                packer.start()
            for packer in packers:
                packer.join()
        finally:
            done.set()
            for reader in readers:
                reader.join()
            sys.setswitchinterval(interval)
        assert not wrong
        assert all(entry._row is None for entry in entries)


class TestInTheStore:
    @pytest.fixture
    def store(self) -> TaskStore:
        store = TaskStore()
        rows = [many(), task_row("runs", url_row("process", 5), status="process"), task_row("odd", status="unknow")]
        store.apply(REFRESH, rows, cause=Cause.FIRST_LOAD, now=START)
        return store

    def test_settled_tasks_are_to_be_packed_once(self, store: TaskStore) -> None:
        assert [entry.task.task_id for entry in store.take_loose()] == ["t"]
        assert store.take_loose() == []

    def test_an_answer_that_says_the_same_again_has_nothing_packed_again(self, store: TaskStore) -> None:
        pack(store.take_loose())
        changes = store.apply(REFRESH, [many()], cause=Cause.RECONCILIATION, now=START + 300)
        assert not changes
        assert store.take_loose() == []

    def test_a_task_that_changes_while_it_is_packed_is_what_came_last(self, store: TaskStore) -> None:
        loose = store.take_loose()
        changes = store.apply(REFRESH, [many(3)], cause=Cause.RECONCILIATION, now=START + 300)
        pack(loose)
        assert len(changes.changed) == 1
        assert len(store.urls(TaskKey(REFRESH, "t"))) == 3
        pack(store.take_loose())
        assert len(store.urls(TaskKey(REFRESH, "t"))) == 3

    def test_a_mark_on_a_packed_task_costs_it_no_url(self, store: TaskStore) -> None:
        pack(store.take_loose())
        key = TaskKey(REFRESH, "t")
        store.apply(REFRESH, cause=Cause.RECONCILIATION, now=START, left=[key])
        assert store[key].is_outside
        assert len(store.urls(key)) == 50
        assert not store.apply(REFRESH, [many()], cause=Cause.TICK, now=START), "had by its id, it stays outside"
        ((old, new),) = store.apply(REFRESH, [many()], cause=Cause.RECONCILIATION, now=START).changed
        assert (old.is_outside, new.is_outside) == (True, False)

    def test_words_are_found_in_packed_urls(self, store: TaskStore) -> None:
        before = store.url_text(TaskKey(REFRESH, "t"))
        pack(store.take_loose())
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
def test_the_newest_first_are_always_all_that_have_a_date(
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
            left=[TaskKey(REFRESH, one) for one in left],
        )
        for lane in (False, True):
            dated = [task for task in store if task.is_dcdn == lane and task.created is not None]
            expected = sorted(dated, key=lambda task: (task.created, task.key), reverse=True)
            assert list(store.newest(REFRESH, is_dcdn=lane)) == expected

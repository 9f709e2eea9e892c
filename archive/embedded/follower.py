"""The search index, which follows the store of record.

Whoever gets tantivy's writer lock indexes what is newer than the index and lets go. The index itself says up
to which change it goes (one document, in the same commit), so a process may be killed at any moment: the next
one goes on from there.

Which folder holds the index is a name in the store. A damaged index is left for a new, empty folder; the name
moves there only if no other process has moved it meanwhile.
"""

import errno
import os
import shutil
import threading
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import tantivy

from archive.embedded.compiler import current
from archive.embedded.schema import ID, INDEX_FORMAT, THROUGH, document, marker, open_index
from archive.embedded.store import Store
from archive.errors import ArchiveBusy, ArchiveError

WAIT_SECONDS = 60.0
"""How long a search waits while another process indexes; about 50,000 articles' worth."""

BATCH = 200
"""Articles read from the store at a time."""

COMMIT_EVERY = 5000
"""Articles after which a long catch-up is committed, so that a killed one has not worked in vain."""

HEAP_BYTES = 50_000_000
"""Memory of the index writer; below 15 MB tantivy refuses."""

ORPHAN_SECONDS = 86_400
"""Age at which a folder that nobody names is taken for what a killed rebuild left behind."""

_KEY = f"index-{INDEX_FORMAT}"
"""Under this name the store keeps the folder; programs with another index format keep their own."""

_HINDRANCES = (errno.ENOSPC, errno.EDQUOT, errno.EACCES, errno.EPERM, errno.EROFS, errno.EMFILE, errno.ENFILE)

T = TypeVar("T")


class Follower:
    """The index of one archive."""

    def __init__(self, store: Store, folder: Path) -> None:
        self._store = store
        self._folder = folder
        self._lock = threading.Lock()
        self._name = ""
        self._index: tantivy.Index | None = None

    def read(self, work: Callable[[tantivy.Searcher], T]) -> T:
        """What `work` makes of an index that holds every change made before this call.

        Raises ArchiveBusy where another process indexes for more than `WAIT_SECONDS`.
        """
        target = self._store.change()
        return self._mending(lambda index: work(self._caught_up(index, target)))

    def follow(self) -> bool:
        """Index what is newer, unless another process is at it; whether nothing is left to do."""
        return self._mending(lambda index: _follow(index, self._store))

    def rebuild(self) -> int:
        """Make the index anew beside the old one, then move to it; the number of articles in it."""
        name = _new_name()
        try:
            _follow(open_index(_made(self._folder / name), new=True), self._store)
            self._move(self._store.name(_KEY), name)
        except BaseException:
            shutil.rmtree(self._folder / name, ignore_errors=True)
            raise
        self._sweep(name)
        return self.read(lambda searcher: count(searcher, current()))

    def _move(self, old: str, new: str) -> None:
        if not self._store.swap_name(_KEY, old, new):
            raise ArchiveBusy(f"another process has just renewed the index in {self._folder}; search again")
        if old:
            shutil.rmtree(self._folder / old, ignore_errors=True)

    def _mending(self, work: Callable[[tantivy.Index], T]) -> T:
        """Do the work; if the index turns out to be damaged, once more on a new one."""
        for last in (False, True):
            name = self._store.name(_KEY)
            try:
                return work(self._open(name))
            except BaseException as error:
                if not _is_index_error(error):
                    raise
                if last or _is_hindrance(error):
                    message = f"the index in {self._folder} cannot be read or written: {error}"
                    raise ArchiveError(message.splitlines()[0]) from error
                self._renew(name)
        raise AssertionError

    def _open(self, name: str) -> tantivy.Index:
        """The index in the folder of this name, kept open while the name stays."""
        with self._lock:
            if self._index is None or name != self._name:
                self._index = open_index(self._folder / name)
                self._name = name
            return self._index

    def _renew(self, old: str) -> None:
        """Move to a new, empty index, unless another process has just done so."""
        if self._store.name(_KEY) != old:
            return
        name = _new_name()
        open_index(_made(self._folder / name), new=True)
        try:
            self._move(old, name)
        except ArchiveBusy:
            shutil.rmtree(self._folder / name, ignore_errors=True)

    def _caught_up(self, index: tantivy.Index, target: int) -> tantivy.Searcher:
        deadline = time.monotonic() + WAIT_SECONDS
        while (through := _through(index)) < target and not _follow(index, self._store):
            if self._store.name(_KEY) != self._name:
                raise FileNotFoundError("another process has renewed the index")
            if time.monotonic() > deadline:
                raise ArchiveBusy(
                    f"another process has been indexing {self._folder} for {WAIT_SECONDS:.0f} seconds;"
                    " search again when it is done"
                )
            time.sleep(0.02)
        if through > self._store.change():
            raise ValueError("the index is ahead of its store, which must be an older copy")
        return index.searcher()

    def _sweep(self, current: str) -> None:
        for folder in self._folder.glob("index-*"):
            if folder.name != current and time.time() - folder.stat().st_mtime > ORPHAN_SECONDS:
                shutil.rmtree(folder, ignore_errors=True)


def count(searcher: tantivy.Searcher, query: tantivy.Query) -> int:
    """Number of articles that match."""
    result: Any = searcher.search(query, 1)
    return int(result.count)


def _new_name() -> str:
    return f"{_KEY}-{uuid.uuid4().hex[:12]}"


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True)
    return folder


def _is_index_error(error: BaseException) -> bool:
    """Whether tantivy could not read or write its files (a panic in it is no subclass of Exception)."""
    return isinstance(error, (ValueError, OSError)) or type(error).__name__ == "PanicException"


def _is_hindrance(error: BaseException) -> bool:
    """Whether the machine is in the way, so that a new index would fare no better."""
    return any(os.strerror(number) in str(error) for number in _HINDRANCES)


def _through(index: tantivy.Index) -> int:
    """The number of the last change that the index holds; 0 for an empty one."""
    index.reload()
    searcher = index.searcher()
    hits = searcher.search(tantivy.Query.exists_query(THROUGH), 1, count=False).hits
    return searcher.doc(hits[0][1])[THROUGH][0] if hits else 0


def _follow(index: tantivy.Index, store: Store) -> bool:
    """Index all that is newer than the index; False where another has the lock."""
    try:
        writer = index.writer(HEAP_BYTES, 1)
    except ValueError as error:
        if "LockBusy" in str(error):
            return False
        raise
    try:
        through, target = _through(index), store.change()
        while through < target:
            through = _index_some(writer, store, through, target)
    finally:
        writer.wait_merging_threads()
    index.reload()
    return True


def _index_some(writer: tantivy.IndexWriter, store: Store, through: int, target: int) -> int:
    """Index and commit up to `COMMIT_EVERY` articles; the last change in the index after it."""
    count = 0
    while through < target and count < COMMIT_EVERY:
        changes = store.changes(through, target, limit=BATCH)
        for article_id in (*changes.deleted, *(article.id for article in changes.articles)):
            writer.delete_documents_by_term(ID, article_id)
        for article in changes.articles:
            writer.add_document(document(article))
            for former, until in changes.formers.get(article.id, []):
                writer.add_document(document(former, until))
        count += len(changes.articles)
        through = changes.through
    writer.delete_documents_by_query(tantivy.Query.exists_query(THROUGH))
    writer.add_document(marker(through))
    writer.commit()
    return through

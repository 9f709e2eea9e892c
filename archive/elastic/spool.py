"""The spool: what the server cannot take now waits here, on disk, and is written when it is back.

One SQLite file, used by many threads and processes at once. An article is acknowledged when `add` has
returned: it then survives kill -9 and a power failure.
"""

import json
import os
import sqlite3
import threading
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from archive.article import Article
from archive.database import Database, Layout, transaction
from archive.errors import ArchiveError, ArchiveFull
from archive.records import pack, unpack

_TABLES = """
CREATE TABLE IF NOT EXISTS articles (number INTEGER PRIMARY KEY AUTOINCREMENT, record BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS runs (number INTEGER PRIMARY KEY AUTOINCREMENT, record TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS servers (name TEXT PRIMARY KEY, uuid TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS totals (id INTEGER PRIMARY KEY, articles INTEGER, size INTEGER);
INSERT OR IGNORE INTO totals VALUES (1, 0, 0);
"""
"""AUTOINCREMENT: a number never comes again, so a late `remove` of what is gone takes no newer row.
The totals are kept along, because counting the rows would read the whole file."""

_IF_DAMAGED = "move its folder away and keep it, it holds articles that the server has not got"

_LAYOUT = Layout(
    "spool",
    version=1,
    tables=_TABLES,
    pragmas="PRAGMA auto_vacuum = FULL",  # room of removed articles goes back to the disk
    if_damaged=_IF_DAMAGED,
)

_NUMBERS = "number IN (SELECT value FROM json_each(?))"


class Spool:
    """Articles and run reports that wait for the server, in `folder`/spool.sqlite.

    The file is made by the first write; until then the spool is empty. `max_size` in bytes bounds the packed
    articles; the file takes up to twice as much. Every method raises ArchiveError where the file cannot be
    read or written, ArchiveBusy where another process has held it for half a minute.
    """

    def __init__(self, folder: Path, *, max_size: int) -> None:
        self.path = folder / "spool.sqlite"
        self._max_size = max_size
        self._database: Database | None = None
        self._lock = threading.Lock()

    def add(self, articles: Sequence[Article], *, bounded: bool = True) -> None:
        """Keep the articles, all or none; they are on disk when it returns.

        Raises ArchiveFull where `max_size` would be passed and `bounded` is on, and
        `archive.records.Refused` for an article without a JSON form.
        """
        records = [pack(article) for article in articles]
        added = sum(len(record) for record in records)
        if not records:
            return
        with self._writing() as connection:
            size = connection.execute("SELECT size FROM totals").fetchone()[0]
            if bounded and size + added > self._max_size:
                raise ArchiveFull(
                    f"the spool {self.path} is full ({size} bytes, {added} more to come, {self._max_size}"
                    " allowed): bring the server back, or allow a larger spool"
                )
            connection.executemany("INSERT INTO articles (record) VALUES (?)", ((one,) for one in records))
            connection.execute(
                "UPDATE totals SET articles = articles + ?, size = size + ?", (len(records), added)
            )

    def batch(self, limit: int, after: int = 0) -> list[tuple[int, Article]]:
        """At most `limit` articles with their numbers above `after`, oldest first."""
        rows = self._rows(
            "SELECT number, record FROM articles WHERE number > ? ORDER BY number LIMIT ?", after, limit
        )
        return [(number, self._unpacked(number, record)) for number, record in rows]

    def remove(self, numbers: Iterable[int]) -> None:
        """Forget the articles of those numbers; those that are gone already do not matter."""
        if self._opened() is None:
            return
        with self._writing() as connection:
            gone = connection.execute(
                f"DELETE FROM articles WHERE {_NUMBERS} RETURNING LENGTH(record)",  # noqa: S608
                (json.dumps(list(numbers)),),
            ).fetchall()
            connection.execute(
                "UPDATE totals SET articles = articles - ?, size = size - ?",
                (len(gone), sum(length for (length,) in gone)),
            )

    def count(self) -> int:
        """Number of articles that wait."""
        return sum(count for (count,) in self._rows("SELECT articles FROM totals"))

    def size(self) -> int:
        """Bytes of the packed articles that wait; what `max_size` bounds."""
        return sum(size for (size,) in self._rows("SELECT size FROM totals"))

    def add_run(self, record: Mapping[str, Any]) -> None:
        """Keep a run report (JSON types). Not bounded: a full spool must be able to say so."""
        text = json.dumps(record)
        with self._writing() as connection:
            connection.execute("INSERT INTO runs (record) VALUES (?)", (text,))

    def runs(self, limit: int) -> list[tuple[int, dict[str, Any]]]:
        """At most `limit` run reports with their numbers, oldest first."""
        rows = self._rows("SELECT number, record FROM runs ORDER BY number LIMIT ?", limit)
        return [(number, json.loads(record)) for number, record in rows]

    def remove_runs(self, numbers: Iterable[int]) -> None:
        """Forget the run reports of those numbers; those that are gone already do not matter."""
        if self._opened() is None:
            return
        with self._writing() as connection:
            connection.execute(f"DELETE FROM runs WHERE {_NUMBERS}", (json.dumps(list(numbers)),))  # noqa: S608

    def remember(self, server: str, uuid: str) -> None:
        """Note that the server (an address without credentials) was reached, and its cluster's uuid."""
        if self.known(server) == uuid:
            return
        with self._writing() as connection:
            connection.execute("INSERT OR REPLACE INTO servers VALUES (?, ?)", (server, uuid))

    def known(self, server: str) -> str | None:
        """The uuid of the cluster that was last reached at this address; None if none ever was."""
        rows = self._rows("SELECT uuid FROM servers WHERE name = ?", server)
        return str(rows[0][0]) if rows else None

    def close(self) -> None:
        """Close the file; a second call does nothing. The spool is of no use afterwards."""
        with self._lock:
            if self._database is not None:
                self._database.close()

    def _opened(self) -> Database | None:
        """The file, or None as long as nobody has written."""
        with self._lock:
            try:
                if self._database is None and self.path.exists():
                    self._database = Database(self.path, _LAYOUT)
            except OSError as error:
                raise self._unusable(error) from None
            return self._database

    def _made(self) -> Database:
        with self._lock:
            if self._database is None:
                try:
                    make_folder(self.path.parent)
                    self._database = Database(
                        self.path, _LAYOUT
                    )  # SQLite sees to it that its name is on disk
                except OSError as error:
                    raise self._unusable(error) from None
            return self._database

    def _unusable(self, error: OSError) -> ArchiveError:
        return ArchiveError(
            f"the spool {self.path} cannot be opened: {error.strerror}: {error.filename};"
            " check STATE_DIR and the rights of the folder"
        )

    def _rows(self, query: str, *values: object) -> list[Any]:
        database = self._opened()
        if database is None:
            return []
        with database.connection() as connection:
            return connection.execute(query, values).fetchall()

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        with self._made().connection() as connection, transaction(connection):
            yield connection

    def _unpacked(self, number: int, record: bytes) -> Article:
        try:
            return unpack(record)
        except (zlib.error, ValueError, TypeError) as error:
            raise ArchiveError(
                f"the spool {self.path} is damaged (article {number}: {error}); {_IF_DAMAGED}"
            ) from error


def make_folder(folder: Path) -> None:
    """Make the folder and those above it; their names are on disk when it returns. Raises OSError."""
    if folder.is_dir():
        return
    make_folder(folder.parent)
    folder.mkdir(exist_ok=True)
    sync_folder(folder.parent)


def sync_folder(folder: Path) -> None:
    """Return once the names of the files in it are on disk. Raises OSError."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

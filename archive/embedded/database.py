"""The SQLite file under the store: its tables, its connections, its errors."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from archive.errors import ArchiveBusy, ArchiveError

FORMAT = 1
"""Version of the tables, kept in SQLite's user_version; raise it when they change."""

BUSY_SECONDS = 30.0
"""How long a write waits for other processes' writes, each of which takes milliseconds."""

_TABLES = """
CREATE TABLE IF NOT EXISTS articles (
    number INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    change INTEGER NOT NULL UNIQUE,
    digest TEXT NOT NULL,
    date_fetched TEXT NOT NULL,
    url TEXT NOT NULL,
    site TEXT NOT NULL,
    in_language TEXT NOT NULL,
    date_published TEXT,
    fingerprint_size INTEGER NOT NULL,
    record BLOB NOT NULL
);
CREATE INDEX IF NOT EXISTS articles_language ON articles (in_language);
CREATE TABLE IF NOT EXISTS fingerprints (
    fp INTEGER NOT NULL,
    article INTEGER NOT NULL,
    PRIMARY KEY (fp, article)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS deleted (id TEXT PRIMARY KEY, change INTEGER NOT NULL);
CREATE INDEX IF NOT EXISTS deleted_change ON deleted (change);
CREATE TABLE IF NOT EXISTS counters (name TEXT PRIMARY KEY, value INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS names (name TEXT PRIMARY KEY, value TEXT NOT NULL);
INSERT OR IGNORE INTO counters VALUES ('change', 0);
"""


class Database:
    """One SQLite file for many threads and processes.

    A connection is used by one thread at a time and kept for the next.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._idle: list[sqlite3.Connection] = []
        self._lock = threading.Lock()
        self._closed = False
        with self.connection() as connection:
            self._prepare(connection)

    @contextmanager
    def connection(self) -> Iterator[sqlite3.Connection]:
        """A connection for this thread; SQLite's errors become the project's."""
        with self._lock:
            if self._closed:
                raise ArchiveError(f"the archive {self.path} is closed")
            connection = self._idle.pop() if self._idle else None
        try:
            connection = connection or self._connect()
            yield connection
        except sqlite3.Error as error:
            if connection and connection.in_transaction:
                connection.rollback()
            raise self._failure(error) from error
        finally:
            with self._lock:
                if connection and not self._closed:
                    self._idle.append(connection)
                elif connection:
                    connection.close()

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(
            self.path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False
        )
        connection.execute("PRAGMA synchronous = FULL")
        return connection

    def _failure(self, error: sqlite3.Error) -> ArchiveError:
        if "locked" in str(error) or "busy" in str(error):
            return ArchiveBusy(f"another process has held the archive {self.path} for too long; try again")
        return ArchiveError(f"the archive {self.path} cannot be read or written: {error}")

    def _prepare(self, connection: sqlite3.Connection) -> None:
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        if version not in (0, FORMAT):
            raise ArchiveError(
                f"the archive {self.path} is in format {version}, this program reads format {FORMAT};"
                " use the program that wrote it, or another ARCHIVE_URL"
            )
        if version == FORMAT:
            return
        connection.execute("PRAGMA journal_mode = WAL")
        with transaction(connection):
            for statement in _TABLES.split(";"):
                connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {FORMAT}")

    def close(self) -> None:
        """Close the connections; those in use close when their work is done."""
        with self._lock:
            self._closed = True
            idle, self._idle = self._idle, []
        for connection in idle:
            connection.close()


@contextmanager
def transaction(connection: sqlite3.Connection, kind: str = "IMMEDIATE") -> Iterator[None]:
    """A transaction that is rolled back on any error; IMMEDIATE ones may write."""
    connection.execute(f"BEGIN {kind}")
    try:
        yield
    except BaseException:
        if connection.in_transaction:
            connection.rollback()
        raise
    connection.execute("COMMIT")

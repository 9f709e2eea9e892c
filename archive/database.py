"""A SQLite file for many threads and processes: its tables, its connections, its errors."""

import sqlite3
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tenacity import retry, retry_if_exception, stop_after_delay, wait_random

from archive.errors import ArchiveBusy, ArchiveError

BUSY_SECONDS = 30.0
"""How long a write waits for other processes' writes, each of which takes milliseconds."""


@dataclass(frozen=True, slots=True)
class Layout:
    """What a file holds."""

    what: str
    """The file's name in messages, such as "archive"."""
    version: int
    """Kept in SQLite's user_version; raise it when the tables change."""
    tables: str
    """SQL statements that make an empty file ready, with semicolons between them."""
    pragmas: str = ""
    """Statements before the first table is made."""
    upgrades: Mapping[int, str] = field(default_factory=dict)
    """SQL statements that bring a file of this earlier version to the present one."""
    advice: str = "use the program that wrote it"
    """What to do about a file of another version."""
    if_damaged: str = "restore it from a copy"
    """What to do about a damaged file."""


class Database:
    """One SQLite file for many threads and processes.

    A connection is used by one thread at a time and kept for the next.
    """

    def __init__(self, path: Path, layout: Layout) -> None:
        self.path = path
        self._layout = layout
        self._idle: list[sqlite3.Connection] = []
        self._lock = threading.Lock()
        self._closed = False
        try:
            with self.connection() as connection:
                self._prepare(connection)
        except ArchiveError:
            self.close()
            raise

    @contextmanager
    def connection(self) -> Iterator[sqlite3.Connection]:
        """A connection for this thread; SQLite's errors become the project's."""
        with self._lock:
            if self._closed:
                raise ArchiveError(f"{self} is closed")
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

    def __str__(self) -> str:
        return f"the {self._layout.what} {self.path}"

    def _failure(self, error: sqlite3.Error) -> ArchiveError:
        # The low byte is the kind, the others say more of it (https://sqlite.org/rescode.html).
        code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
        if _is_busy(error):
            return ArchiveBusy(f"another process has held {self} for too long; try again")
        if code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
            return ArchiveError(f"{self} is damaged ({error}); {self._layout.if_damaged}")
        advice = "check the folder's rights and that its disk has room"
        return ArchiveError(f"{self} cannot be read or written: {error}; {advice}")

    def _prepare(self, connection: sqlite3.Connection) -> None:
        layout = self._layout
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        if version == layout.version:
            return
        if upgrade := layout.upgrades.get(version):
            self._make(connection, upgrade, since=version)
            return
        if version != 0:
            raise ArchiveError(
                f"{self} is in format {version}, this program reads format {layout.version}; {layout.advice}"
            )
        for pragma in filter(None, layout.pragmas.split(";")):
            connection.execute(pragma)
        use_write_ahead_log(connection)
        self._make(connection, layout.tables, since=0)

    def _make(self, connection: sqlite3.Connection, statements: str, *, since: int) -> None:
        """Run the statements, unless another process has done so meanwhile."""
        with transaction(connection):
            if connection.execute("PRAGMA user_version").fetchone()[0] != since:
                return
            for statement in statements.split(";"):
                connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {self._layout.version}")

    def close(self) -> None:
        """Close the connections; those in use close when their work is done."""
        with self._lock:
            self._closed = True
            idle, self._idle = self._idle, []
        for connection in idle:
            connection.close()


def _is_busy(error: BaseException) -> bool:
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
    return code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)


@retry(
    retry=retry_if_exception(_is_busy),
    stop=stop_after_delay(BUSY_SECONDS),
    wait=wait_random(0.01, 0.05),
    reraise=True,
)
def use_write_ahead_log(connection: sqlite3.Connection) -> None:
    """Put the file into WAL mode. Whatever its timeout, SQLite does not wait for others there: we do."""
    connection.execute("PRAGMA journal_mode = WAL")


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

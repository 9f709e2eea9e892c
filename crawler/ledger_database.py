"""The database under the ledger: SQLite by default, PostgreSQL for several machines."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from pg8000.exceptions import Error as PostgresError  # type: ignore[import-untyped]
from pg8000.exceptions import InterfaceError as PostgresAway

from archive.database import use_write_ahead_log
from archive.errors import LedgerError
from crawler.ledger_tables import SCHEMA_VERSION, metadata, version

_READING = "storytrail_reading"
"""Execution option of connections that only read."""
_SYNCED = "storytrail_synced"
"""Execution option of connections whose transactions are on the disk when they end."""
EXAMPLES = "sqlite:////path/ledger.sqlite or postgresql://user@host/database"
_CACHE_KIB = 65_536
"""Of SQLite's pages in memory, for one connection; with its own 2 MB a million URLs cost a fifth more CPU."""
_SCHEMA_LOCK = 0x5707_1EDC
"""Number of the advisory lock (any will do) under which one process at a time makes PostgreSQL's tables."""


class LedgerDatabase:
    """Connections to one ledger; `timeout` in seconds for a busy or unreachable database.

    `create` off: nothing is made where there is none. Raises LedgerError when it cannot be opened, is not
    there or has another schema version.
    """

    def __init__(self, url: str, timeout: float, *, create: bool = True) -> None:
        place = _place(url)
        self.location = place.render_as_string(hide_password=True)
        self.sqlite = place.get_backend_name() == "sqlite"
        options: dict[str, Any] = {"timeout": timeout}
        self._engine = sa.create_engine(place, connect_args=options, pool_pre_ping=not self.sqlite)
        if self.sqlite:
            sa.event.listen(self._engine, "connect", _configure_sqlite)
            sa.event.listen(self._engine, "begin", _begin_immediate)
        self._synced = self._engine.execution_options(**{_SYNCED: True})
        reading: dict[str, Any] = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
        self._reader = self._engine.execution_options(**({_READING: True} if self.sqlite else reading))
        try:
            if self.sqlite and not create and not Path(place.database or "").is_file():
                raise self._missing()
            with self._engine.begin() as connection:
                self._prepare(connection, create=create)
        except DATABASE_ERRORS as error:
            self.close()
            raise LedgerError(
                f"cannot open the ledger {self.location}: {reason_of(error)}; {self._advice}"
            ) from None
        except LedgerError:
            self.close()
            raise

    @property
    def _advice(self) -> str:
        return (
            "move it away or restore a copy"
            if self.sqlite
            else "see that the server runs and LEDGER_URL is right"
        )

    def _missing(self) -> LedgerError:
        return LedgerError(
            f"there is no ledger at {self.location} yet; run a crawl first, or set STATE_DIR or LEDGER_URL"
        )

    @contextmanager
    def begin(self, *, synced: bool = False) -> Iterator[sa.Connection]:
        """A transaction that may write; `synced`: it outlives a loss of power, not only of this process.

        With SQLite only; all others cost half as much CPU. After a loss of power the ledger is what it was a
        moment before: pages are fetched again. PostgreSQL does as it is configured.
        """
        with (self._synced if synced else self._engine).begin() as connection:
            yield connection

    @contextmanager
    def read(self) -> Iterator[sa.Connection]:
        """A transaction that sees one state of the ledger throughout and keeps nobody from writing."""
        with self._reader.begin() as connection:
            yield connection

    def close(self) -> None:
        """Close the connections; a second call does nothing."""
        self._engine.dispose()

    def _prepare(self, connection: sa.Connection, *, create: bool) -> None:
        if not self.sqlite:
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_SCHEMA_LOCK)))
        tables = sa.inspect(connection).get_table_names()
        found = connection.execute(sa.select(version.c.version)).scalar() if version.name in tables else None
        if found is None and "urls" in tables:
            found = 1  # the first schema had its number elsewhere
        if found not in (None, SCHEMA_VERSION):
            raise LedgerError(
                f"the ledger {self.location} has schema version {found}, not {SCHEMA_VERSION}; move it away"
            )
        if found is None:
            if not create:
                raise self._missing()
            metadata.create_all(connection)
            connection.execute(version.insert().values(version=SCHEMA_VERSION))


def _place(url: str) -> sa.URL:
    try:
        place = sa.make_url(url)
    except (sa.exc.ArgumentError, ValueError):  # ValueError: a port that is no number
        raise LedgerError(f"LEDGER_URL is not an SQLAlchemy URL such as {EXAMPLES}") from None
    if place.drivername == "postgresql":
        return place.set(drivername="postgresql+pg8000")
    if place.drivername not in ("sqlite", "postgresql+pg8000"):
        hidden = place.render_as_string(hide_password=True)
        raise LedgerError(
            f"the ledger {hidden}: only sqlite: and postgresql: are supported, such as {EXAMPLES}"
        )
    return place


DATABASE_ERRORS = (sa.exc.DBAPIError, sa.exc.TimeoutError, PostgresError, ConnectionError, TimeoutError)
"""What database calls may raise: pg8000 does not always wrap the socket's errors, nor SQLAlchemy pg8000's."""


def may_pass(error: BaseException) -> bool:
    """Whether PostgreSQL was away, restarted, or undid a transaction that another one crossed."""
    cause = getattr(error, "orig", error)
    if isinstance(cause, (ConnectionError, TimeoutError)):
        return True
    if not isinstance(cause, PostgresError):
        return False  # SQLite has waited already
    said = cause.args[0] if cause.args else ""
    code = said.get("C", "") if isinstance(said, dict) else ""
    # https://www.postgresql.org/docs/current/errcodes-appendix.html: 08 connection, 40 rollback, 57P shutdown
    return code.startswith(("08", "40", "57P")) or isinstance(cause, PostgresAway)


def reason_of(error: BaseException) -> str:
    """What the database said, on one line."""
    cause = getattr(error, "orig", None) or error
    said = cause.args[0] if cause.args else cause
    text = said.get("M", said) if isinstance(said, dict) else said  # pg8000 hands over the server's fields
    return " ".join(str(text).split()).rstrip(".")


def _configure_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # SQLAlchemy's "begin" event starts transactions, not the driver
    use_write_ahead_log(connection)
    connection.execute(f"PRAGMA cache_size=-{_CACHE_KIB}")


def _begin_immediate(connection: sa.Connection) -> None:
    # A read that later writes would fail at once under another writer; this waits for its turn instead.
    options = connection.get_execution_options()
    if not options.get(_READING):
        synchronous = "FULL" if options.get(_SYNCED) else "NORMAL"
        connection.connection.driver_connection.execute(f"PRAGMA synchronous={synchronous}")  # type: ignore[union-attr]
    connection.exec_driver_sql("BEGIN" if options.get(_READING) else "BEGIN IMMEDIATE")
